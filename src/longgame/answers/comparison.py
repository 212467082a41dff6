"""Two assessments side by side: the layout of the comparison (docs/assumptions.md), and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from longgame.answers import words
from longgame.answers.notebook import Findings
from longgame.answers.parts import Line, Part, Table, lines, points
from longgame.answers.verdicts import Firmness, Verdict, headline, margin

NOTHING_COMMON = "Nothing to compare: “{}” and “{}” have no claim and no other answer of the same name."
MOST_CHANGES = 30  # answers on a screen; all are in --json


@dataclass(frozen=True)
class SideRow:
    """A claim on one side; null where that side has no such claim, or no draws."""

    holds: bool | None
    margin: float | None
    share: float | None
    share_weighted: float | None
    verdict: Verdict
    firmness: Firmness | None
    error: float | None


@dataclass(frozen=True)
class TurnedRow:
    """A claim in the draws that both sides answer: how many, and the parts of them in which it holds."""

    draws: int
    both: float
    only_a: float
    only_b: float
    neither: float


@dataclass(frozen=True)
class ClaimChange:
    """A claim on both sides. ``turned``: it has another verdict at the base case; null where it is on one side only."""

    id: str
    says: str
    a: SideRow | None
    b: SideRow | None
    turned: bool | None
    in_draws: TurnedRow | None


@dataclass(frozen=True)
class AnswerChange:
    """Another answer on both sides, at the base case. ``change`` is b less a; null where they are not numbers."""

    block: str
    what: str
    a: float | str | None
    b: float | str | None
    change: float | None


@dataclass(frozen=True)
class ValueChange:
    """An assumption whose given value differs; null where a side has none of this name."""

    name: str
    a: float | None
    b: float | None


@dataclass(frozen=True)
class Comparison(Findings):
    """Two assessments side by side.

    a, b     which they are, as the block ``scenario`` of the answers has it
    paired   both rest on the same draws
    claims   those that turned first, then those that turn in the most draws
    answers  every other answer of the base case that either side gives
    status   [2] the sentences on the solutions of the base cases
    """

    longgame: str
    layout: int
    a: Mapping[str, Any]
    b: Mapping[str, Any]
    seed: int
    draws: int
    paired: bool
    note: str
    assumptions: list[ValueChange]
    claims: list[ClaimChange]
    answers: list[AnswerChange]
    status: tuple[str, str]

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return parts(self.to_json())


# --- shown ------------------------------------------------------------------------------------------------------------


def parts(found: Mapping[str, Any]) -> list[Part]:
    """Two assessments: the assumptions and claims on both sides, then the other answers that changed."""
    if not _has_common(found):
        return [Line(NOTHING_COMMON.format(found["a"]["title"], found["b"]["title"]))]
    shown: list[Part] = []
    if found["a"]["name"] != found["b"]["name"] or not found["assumptions"]:
        shown += lines([f"A: {found['a']['title']}", f"B: {found['b']['title']}"])
    if found["assumptions"]:
        rows = [(row["name"], words.given(row["a"]), words.given(row["b"])) for row in found["assumptions"]]
        shown.append(Table(("Assumption", "A", "B"), rows, title="Assumptions that differ", numbers=("A", "B")))
    if found["claims"]:
        shown += _claims(found["claims"], drawn=bool(found["draws"]))
    changed = [row for row in found["answers"] if _differs(row)]
    largest = _largest(changed)
    if changed:
        rows = [(row["block"], row["what"], _answer(row["a"]), _answer(row["b"]), _by(row)) for row in largest]
        columns, title = ("A", "B", "Change"), "Other answers that changed"
        shown.append(Table(("Answer", "Of", *columns), rows, title=title, numbers=columns, keys=2))
    kept, left_out = len(found["answers"]) - len(changed), len(changed) - len(largest)
    said = (
        f"{words.sentence(words.count(kept, 'other answer') + ' stayed as they were')}" if kept else "",
        f"{words.count(left_out, 'more change')} in --json." if left_out else "",
        f"Shares are of {words.count(found['draws'], 'draw')}, seed {found['seed']}." if found["draws"] else "",
        found["note"],
    )
    return [*shown, *points(said)]


def _has_common(found: Mapping[str, Any]) -> bool:
    """Whether there is a claim or another answer that both sides give."""
    return any(row["a"] is not None and row["b"] is not None for row in (*found["claims"], *found["answers"]))


def _claims(claims: list[Mapping[str, Any]], *, drawn: bool) -> list[Part]:
    columns = ("Margin A", "Margin B", *(("Draws A", "Draws B", "Turned in") if drawn else ()))
    rows = [_claim(row, drawn=drawn) for row in claims]
    title = "Claims, and what becomes of them; those that turned first"
    turned = sum(bool(row["turned"]) for row in claims)
    return [
        Table(("Claim", "A", "B", *columns), rows, title=title, numbers=columns, keys=3),
        Line(f"{turned or 'None'} of {words.count(len(claims), 'claim')} turned at the given values."),
    ]


def _claim(row: Mapping[str, Any], *, drawn: bool) -> tuple[str, ...]:
    sides, draws = (row["a"], row["b"]), row["in_draws"]
    told = (
        *("not there" if side is None else headline(side) for side in sides),
        *("" if side is None else margin(side) for side in sides),
    )
    if not drawn:
        return (row["id"], *told)
    shares = ("" if side is None else words.percent(side["share"]) for side in sides)
    return (row["id"], *told, *shares, words.percent(draws["only_a"] + draws["only_b"]) if draws else "")


def _differs(row: Mapping[str, Any]) -> bool:
    """Whether an answer is another one on the other side, so far that its digits show it."""
    if row["change"] is None:
        return row["a"] != row["b"]
    return abs(row["change"]) > 1e-6 * max(abs(row["a"]), abs(row["b"]))


def _largest(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Block by block, the rows that changed most; at most so many that they fit a screen."""
    blocks = list(dict.fromkeys(row["block"] for row in rows))
    each = max(2, MOST_CHANGES // max(len(blocks), 1))
    kept: list[Mapping[str, Any]] = []
    for block in blocks:
        here = [row for row in rows if row["block"] == block]
        kept += sorted(here, key=lambda row: -abs(row["change"]) if row["change"] is not None else -1e300)[:each]
    return kept


def _answer(value: float | str | None) -> str:
    return value if isinstance(value, str) else words.number(value)


def _by(row: Mapping[str, Any]) -> str:
    return "" if row["change"] is None else words.number(row["change"], signed=True)
