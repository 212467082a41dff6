"""A scenario file in its canonical layout: keys in order, two spaces a level, comments where they were.

What is said stays the same: names keep their order, texts and expressions stay as they are written, blocks stay
blocks, and what stands between braces stays there as long as it fits on a line and has no comment in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from longgame.errors import Problem, ScenarioError
from longgame.scenario.layout.notes import Comment, Entry, Node, Noted, noted
from longgame.scenario.layout.order import kind_inside, ordered
from longgame.scenario.model import Scenario
from longgame.scenario.yaml_tree import compose, data_of

WIDTH = 120
_STEP = 2
_TOGETHER = ("extends", "title", "about")  # at the top, between which no blank line is put


def formatted(text: str, file: str | None = None) -> str:
    """The text in its canonical layout; formatted again, it stays as it is.

    Raises:
        ScenarioError: it is not a scenario's YAML: a key twice, an alias, a brace that is not closed.
    """
    problems: list[Problem] = []
    before = data_of(compose(text, file, problems))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise ScenarioError(errors)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    taken = noted(text)
    made = "\n".join(_whole(taken)) + "\n"
    again: list[Problem] = []
    if data_of(compose(made, file, again)) != before or sorted(noted(made).comments) != sorted(taken.comments):
        raise AssertionError("the layout has changed what the scenario says")
    return made


def _whole(taken: Noted) -> Iterator[str]:
    """The lines of a file."""
    yield from _comments(taken.head, 0)
    first = taken.root.entries[0] if taken.root.entries else None
    if taken.head and first is not None and first.blank:
        yield ""
    previous = ""
    for number, entry in enumerate(_sorted(taken.root, Scenario)):
        if number and not (previous in _TOGETHER and entry.name in _TOGETHER):
            yield ""
        previous = entry.name
        yield from _entry(entry, 0, Scenario, blank=False)
    yield from _comments(taken.root.below, 0)


def _sorted(node: Node, kind: Any) -> list[Entry]:
    if node.kind != "map":
        return node.entries
    return [node.entries[place] for place in ordered(kind, [entry.name for entry in node.entries])]


def _comments(comments: list[Comment], indent: int) -> Iterator[str]:
    for number, comment in enumerate(comments):
        if number and comment.blank:
            yield ""
        yield " " * indent + comment.text


def _entry(entry: Entry, indent: int, kind: Any, *, blank: bool) -> Iterator[str]:
    """The lines of a key and its value, with the comments around them."""
    if blank and entry.blank:
        yield ""
    yield from _comments(entry.above, indent)
    inner = _inner(kind, entry.name, entry.value)
    yield from _value(f"{' ' * indent}{entry.key}:", entry, indent, inner)


def _inner(kind: Any, name: str | int, value: Node) -> Any:
    """The type of a value, chosen by its keys where a union leaves a choice."""
    return kind_inside(kind, name, [entry.name for entry in value.entries])


def _value(lead: str, entry: Entry, indent: int, kind: Any) -> Iterator[str]:
    """A value after its key or dash: on the same line, or as a block under it."""
    value = entry.value
    note = f"  {entry.beside}" if entry.beside else ""
    if value.kind == "scalar":
        yield from _scalar(lead, value.raw, note, indent)
        return
    line = f"{lead} {_flow(value, kind)}" if value.flow or not value.entries else ""
    if line and not value.commented and (len(line) <= WIDTH or not value.entries):
        yield line + note
        return
    yield lead + note
    yield from _block(value, indent + _STEP, kind)


def _scalar(lead: str, raw: str, note: str, indent: int) -> Iterator[str]:
    """A value of one or more lines."""
    first, *more = raw.split("\n")
    if raw[:1] in ("|", ">"):
        written = [len(line) - len(line.lstrip(" ")) for line in more if line.strip()]
        given = re.search(r"[1-9]", first.split("#")[0])
        old = min(written, default=0)
        new = indent + (int(given[0]) if given else _STEP)
        yield f"{lead} {first}{note}".rstrip()
        for line in more:
            yield (" " * new + line[old:]).rstrip() if line.strip() else ""
        return
    if not more:
        yield f"{lead} {first}{note}".rstrip()
        return
    yield f"{lead} {first.rstrip()}".rstrip()
    for number, line in enumerate(more, 1):
        end = note if number == len(more) else ""
        yield (" " * (indent + _STEP) + line.strip() + end) if line.strip() else ""


def _flow(node: Node, kind: Any) -> str:
    """A value on one line."""
    if node.kind == "scalar":
        return " ".join(node.raw.split()) if node.raw[:1] not in ("'", '"') else _one_line(node.raw)
    if node.kind == "list":
        return f"[{', '.join(_flow(entry.value, _inner(kind, 0, entry.value)) for entry in node.entries)}]"
    parts = (f"{e.key}: {_flow(e.value, _inner(kind, e.name, e.value)) or 'null'}" for e in _sorted(node, kind))
    return f"{{{', '.join(parts)}}}"


def _one_line(quoted: str) -> str:
    """A quoted text on one line, folded as YAML folds it; one that cannot be stays as it is."""
    return re.sub(r"[ \t]*\n[ \t]*", " ", quoted) if "\n" in quoted and "\\\n" not in quoted else quoted


def _block(node: Node, indent: int, kind: Any) -> Iterator[str]:
    """The lines of a block of keys or of a list."""
    for number, entry in enumerate(_sorted(node, kind)):
        if node.kind == "map":
            yield from _entry(entry, indent, kind, blank=number > 0)
        else:
            yield from _item(entry, indent, _inner(kind, 0, entry.value), blank=number > 0)
    yield from _comments(node.below, indent)


def _item(entry: Entry, indent: int, kind: Any, *, blank: bool) -> Iterator[str]:
    """The lines of an item of a list: a block of keys begins beside the dash."""
    if blank and entry.blank:
        yield ""
    yield from _comments(entry.above, indent)
    value = entry.value
    dash = f"{' ' * indent}-"
    line = f"{dash} {_flow(value, kind)}" if value.flow else ""
    one = value.kind == "scalar" or not value.entries or (line and not value.commented and len(line) <= WIDTH)
    if one or (value.kind == "list" and entry.beside):
        yield from _value(dash, entry, indent, kind)
        return
    first = _sorted(value, kind)[0]
    yield from _comments(first.above, indent)
    first.above, first.blank = [], False
    if entry.beside and not first.beside:
        first.beside, entry.beside = entry.beside, ""
    elif entry.beside:
        yield f"{' ' * indent}{entry.beside}"
    lines = list(_block(value, indent + _STEP, kind))
    yield dash + lines[0][indent + 1 :]
    yield from lines[1:]
