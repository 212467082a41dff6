"""A game as an extensive tree for a terminal; nodes that are not told apart have the same number."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.answers import words
from longgame.answers.game_tree import TreeAnswer, children
from longgame.report.draw.game_text import lines_of
from longgame.report.draw.tree import odds_of, reading, under
from longgame.text import visible


def tree_text(found: TreeAnswer, width: int = 100) -> str:
    """A tree as lines; those of its branches are as long as they must be."""
    return "\n".join(line.rstrip() for line in _lines(found, width))


def _lines(found: TreeAnswer, width: int) -> Iterator[str]:
    yield from lines_of(found.title or "A game", width)
    yield from lines_of(under(found), width)
    yield ""
    below = children(found.nodes)
    numbers = _numbers(found)
    stack = [(0, "", "")]
    while stack:
        place, before, after = stack.pop()
        node = found.nodes[place]
        action = f"{node.action} {odds_of(node)}".strip()
        yield before + visible(" ".join([*([action] if action else []), _ahead(found, place, numbers)]))
        last = len(below[place]) - 1
        stack += [
            (child, after + ("└─ " if n == last else "├─ "), after + ("   " if n == last else "│  "))
            for n, child in reversed(list(enumerate(below[place])))
        ]
    yield ""
    note = f"[1], [2]: nodes with the same number are not told apart. Payoffs: {', '.join(found.players)}."
    yield from lines_of(note, width)
    if found.solved:
        yield from lines_of(reading(found), width)


def _numbers(found: TreeAnswer) -> dict[int, int]:
    """The information sets that have several nodes, numbered."""
    several = [info for info, one in enumerate(found.sets) if one.owner is not None and len(one.nodes) > 1]
    return {info: number for number, info in enumerate(several, 1)}


def _ahead(found: TreeAnswer, place: int, numbers: dict[int, int]) -> str:
    """Who moves at a node, or how the play has ended."""
    node = found.nodes[place]
    if node.info is None:
        return f"→ {', '.join(map(words.number, node.payoffs or ()))}"
    one = found.sets[node.info]
    number = f" [{numbers[node.info]}]" if node.info in numbers else ""
    name = f" {one.name.split(' | ')[0]}" if one.name else ""
    return f"· {one.owner or 'chance'}{name}{number}"
