"""A game as an extensive tree in SVG: from left to right, information sets joined by dashed lines."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from longgame.answers import words
from longgame.answers.game_tree import TreeAnswer, TreeNode, children
from longgame.report.draw.game import title
from longgame.report.draw.svg import GAP, LEFT, MARGIN, RIGHT, SMALL, WIDTH, Sheet, actor_colour, width_of
from longgame.report.draw.wording import for_reader

ROW = 21.0  # from one end of a play to the next
TINY = 10.0  # the size of texts at the branches
SLOPE = 26.0  # the part of a branch that is not level
NODE = 4.5
BULGE = 16.0  # of a dashed line that passes other nodes


def tree_svg(found: TreeAnswer, *, style: bool = True) -> str:
    """A tree as one ``<svg>`` element; it is wider than other drawings where its branches need the room."""
    found = for_reader(found, found.players)
    drawing = _Tree(found)
    sheet = Sheet()
    y = title(sheet, found.title or "A game", under(found)) + GAP
    y = drawing.legend(sheet, y)
    end = drawing.draw(sheet, y)
    if found.solved:
        end = sheet.block(LEFT, end + 4, reading(found), RIGHT - LEFT, size=SMALL, fill="soft") + GAP
    return sheet.document(
        end + MARGIN - GAP, f"The game as a tree: {found.title}", described(found), name="tree", width=drawing.width,
        style=style,
    )  # fmt: skip


def under(found: TreeAnswer) -> str:
    """What stands under the title of a tree."""
    ends = sum(node.payoffs is not None for node in found.nodes)
    moves = [one for one in found.sets if one.owner is not None]
    return (
        f"As an extensive game: {words.count(len(found.nodes), 'node')}, {words.count(ends, 'way')} to end, "
        f"{words.count(len(moves), 'information set')} of {words.count(len(found.players), 'player')}. "
        "At each end stands what the whole play pays, counted at its start."
    )


def reading(found: TreeAnswer) -> str:
    """How the probabilities are read."""
    return (
        "The numbers at branches are probabilities, of chance or, in the equilibrium, of choice; branches are as thick "
        f"as play is likely to come there. {found.solved}"
    )


def described(found: TreeAnswer) -> str:
    """A tree in sentences, by information set."""
    below, said = children(found.nodes), [under(found)]
    for one in found.sets:
        first = below[one.nodes[0]]
        actions = [_with_odds(found.nodes[child]) for child in first]
        where = f" (at {len(one.nodes)} nodes that it cannot tell apart)" if len(one.nodes) > 1 and one.owner else ""
        said.append(f"{one.owner or 'chance'}, {one.name}{where}: {', '.join(actions)}.")
    return " ".join(said)


def _with_odds(node: TreeNode) -> str:
    odds = odds_of(node)
    return f"{node.action} {odds}" if odds else node.action


def odds_of(node: TreeNode) -> str:
    """The probability of the branch into a node, as short as it can be; empty where it is not known."""
    p = node.chance if node.choice is None else node.choice
    if p is None:
        return ""
    if 0 < p < 0.005 or 0.995 < p < 1:
        return "<0.01" if p < 0.5 else ">0.99"
    return f"{p:.2f}"


class _Tree:
    """Where everything stands."""

    def __init__(self, found: TreeAnswer):
        self.found, self.nodes, self.below = found, found.nodes, children(found.nodes)
        self.colours = {name: actor_colour(place) for place, name in enumerate(found.players)}
        self.depth = [0] * len(self.nodes)
        for place, node in enumerate(self.nodes):
            if node.parent is not None:
                self.depth[place] = self.depth[node.parent] + 1
        self.rows = self._rows()
        self.payoffs = [
            [words.number(node.payoffs[player]) if node.payoffs else "" for node in self.nodes]
            for player in range(len(found.players))
        ]
        self.pay = [max(width_of(text, SMALL) for text in column) + 12 for column in self.payoffs]
        needed = self._needed()
        self.before = width_of(self.mover(0), TINY) + 8 if self.mover(0) else 0.0
        least = 24 + self.before + sum(needed) + sum(self.pay)
        spare = max(0.0, RIGHT - LEFT - least) / max(len(needed), 1)
        self.x = [LEFT + 8.0 + self.before]
        for size in needed:
            self.x.append(self.x[-1] + size + spare)
        self.width = max(WIDTH, self.x[-1] + 16 + sum(self.pay) + MARGIN)

    def _rows(self) -> list[float]:
        """[V] the row of each node: ends of plays one under the other, others in the middle of what follows."""
        rows, ends = [0.0] * len(self.nodes), 0
        stack = [(0, False)]
        while stack:
            node, seen = stack.pop()
            if not self.below[node]:
                rows[node], ends = float(ends), ends + 1
            elif seen:
                rows[node] = (rows[self.below[node][0]] + rows[self.below[node][-1]]) / 2
            else:
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(self.below[node]))
        self.ends = ends
        return rows

    def _needed(self) -> list[float]:
        """How wide each column of branches must be for its texts."""
        needed: dict[int, float] = defaultdict(float)
        for place, node in enumerate(self.nodes):
            if node.parent is None:
                continue
            above = width_of(node.action, TINY, "bold") + width_of(odds_of(node), TINY) + 5
            size = max(above, width_of(self.mover(place), TINY)) + SLOPE + 5 + BULGE
            needed[self.depth[place]] = max(needed[self.depth[place]], size)
        return [needed[depth] for depth in sorted(needed)]

    def mover(self, place: int) -> str:
        """Who moves at a node, at the first node of its information set alone; and at which step."""
        info = self.nodes[place].info
        if info is None or self.found.sets[info].nodes[0] != place:
            return ""
        one = self.found.sets[info]
        return _short(one.name) if one.name else ""

    def legend(self, sheet: Sheet, y: float) -> float:
        """Whose colour is whose; where what follows begins."""
        x = LEFT
        owners = [*self.found.players, *(["chance"] if any(one.owner is None for one in self.found.sets) else [])]
        for name in owners:
            size = width_of(name, SMALL) + 30
            if x > LEFT and x + size > RIGHT:
                x, y = LEFT, y + 16
            self._mark(sheet, x + 6, y - 4, None if name == "chance" else name)
            sheet.text(x + 16, y, name, size=SMALL, fill=self.colours.get(name, "soft"))
            x += size
        return y + 26

    def draw(self, sheet: Sheet, top: float) -> float:
        """The tree; where what follows begins."""
        at = [(self.x[depth], top + ROW * row) for depth, row in zip(self.depth, self.rows, strict=True)]
        for place, node in enumerate(self.nodes):
            if node.parent is not None:
                self._branch(sheet, at[node.parent], at[place], place)
        self._sets(sheet, at)
        for place, node in enumerate(self.nodes):
            x, y = at[place]
            if node.info is not None:
                self._mark(sheet, x, y, self.found.sets[node.info].owner)
                continue
            right = x + 10
            for player, size in enumerate(self.pay):
                right += size
                fill = self.colours[self.found.players[player]]
                sheet.text(right - 6, y + 4, self.payoffs[player][place], size=SMALL, fill=fill, anchor="end")
        if text := self.mover(0):
            x, y = at[0]
            sheet.text(x - 10, y + 3.5, text, size=TINY, fill="soft", anchor="end")
        return top + ROW * self.ends + GAP

    def _branch(self, sheet: Sheet, above: tuple[float, float], here: tuple[float, float], place: int) -> None:
        (x, y), (end, level), node = above, here, self.nodes[place]
        info = self.nodes[node.parent or 0].info
        owner = None if info is None else self.found.sets[info].owner
        thick = 1.2 if node.reach is None else 0.8 + 5 * node.reach
        opacity = "1" if node.reach is None or node.reach > 0.005 else "0.45"
        colour = self.colours.get(owner or "", "soft")
        bend = x + SLOPE
        line = [(x, y), (bend, level), (end, level)]
        sheet.line(line, stroke=colour, stroke_width=thick, stroke_linejoin="round", stroke_opacity=opacity)
        sheet.text(bend + 5, level - 3.5 - thick / 2, node.action, size=TINY, face="bold")
        if odds := odds_of(node):
            beside = bend + 10 + width_of(node.action, TINY, "bold")
            sheet.text(beside, level - 3.5 - thick / 2, odds, size=TINY, fill="soft")
        if text := self.mover(place):
            sheet.text(end - BULGE, level + 10.5 + thick / 2, text, size=TINY, fill="soft", anchor="end")

    def _mark(self, sheet: Sheet, x: float, y: float, owner: str | None) -> None:
        if owner is None:
            sheet.path(f"M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5Z", fill="soft")
        else:
            sheet.circle(x, y, NODE, fill=self.colours[owner], stroke="paper", stroke_width=1)

    def _sets(self, sheet: Sheet, at: list[tuple[float, float]]) -> None:
        """Dashed lines between the nodes that a player cannot tell apart."""
        standing: dict[float, list[tuple[float, int | None]]] = defaultdict(list)
        for place, (x, y) in enumerate(at):
            standing[x].append((y, self.nodes[place].info))
        for info, one in enumerate(self.found.sets):
            if one.owner is None or len(one.nodes) < 2:
                continue
            in_order = sorted((at[place] for place in one.nodes), key=lambda spot: spot[1])
            for (x, y), (x2, y2) in pairwise(in_order):
                passed = x != x2 or any(y < other < y2 and whose != info for other, whose in standing[x])
                bulge = BULGE * (1 + info % 3 / 2)  # so that lines of several sets part
                middle = f"Q{min(x, x2) - bulge:.1f} {(y + y2) / 2:.1f} " if passed else "L"
                dashed = {"stroke_width": 1.4, "stroke_dasharray": "4 4"}
                sheet.path(f"M{x:.1f} {y:.1f}{middle}{x2:.1f} {y2:.1f}", stroke=self.colours[one.owner], **dashed)


def _short(name: str) -> str:
    """The name of an information set: of a reply, the deal that it answers; of a file's, as it is."""
    parts = name.split(" | ")[0].split(".")
    return parts[1] if len(parts) == 3 else parts[0]
