"""Who gained and who lost by what was observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from longgame.answers import figures, words
from longgame.answers.block import Answers, Block, Compared, Sources, by_name
from longgame.answers.doubt import in_doubt, with_doubt
from longgame.answers.parts import Cell, Folded, Line, Part, Section, Table
from longgame.queries.ledger import ledger

NIL = 0.0005  # of the stake: less is not seen


@dataclass(frozen=True)
class LedgerRow:
    """What each actor gained or lost by an observed move against what was expected just before it.

    doubt  what the piece leaves open, in words; empty where it is certain
    """

    evidence: str
    on: str | int | None
    by: str | None
    doubt: str
    gains: Mapping[str, float]
    shares: Mapping[str, float]


def _rows(sources: Sources) -> list[LedgerRow]:
    actors = sources.base.study.game.actors
    return [
        LedgerRow(
            evidence=entry.learned.id,
            on=entry.learned.evidence.ends,
            by=entry.learned.by,
            doubt=in_doubt(entry.learned),
            gains=by_name(actors, entry.gains),
            shares=by_name(actors, entry.shares),
        )
        for entry in ledger(sources.base.draw.case)
    ]


def _table(answers: Answers) -> list[Part]:
    rows = answers["ledger"]
    if not rows:
        return [Line("The scenario has no evidence, so there is nothing in the ledger.")]
    actors = list(rows[0]["shares"])
    told = {row["evidence"]: row["says"] for row in answers.get("beliefs", ())}
    largest = words.largest(share for row in rows for share in row["shares"].values())
    lines: list[tuple[str | Cell, ...]] = [
        (
            words.day(row["on"]), row["by"] or "", _observed(row, told.get(row["evidence"], "")),
            *(words.gain(row["shares"][actor], largest) for actor in actors),
        )
        for row in rows
    ]  # fmt: skip
    sums = (sum(row["shares"][actor] or 0.0 for row in rows) for actor in actors)
    lines.append(("", "", Cell("all together"), *(Cell(words.percent(total, signed=True)) for total in sums)))
    title = "Gains and losses, as shares of each actor's stake"
    return [Table(("On", "By", "Observed", *actors), lines, title=title, numbers=actors, keys=3, total=True)]


def _observed(row: Mapping[str, Any], says: str) -> Cell:
    return Cell(with_doubt(row["evidence"], row), page=with_doubt(says or row["evidence"], row))


INTRO = (
    "What each actor gained or lost by each observed move, against what was expected just before it: as a share of the"
    " spread between its best and worst reachable end."
)


def _section(answers: Answers) -> Section | None:
    rows = answers["ledger"]
    if not rows:
        return None
    numbers = {row["evidence"]: str(number) for number, row in enumerate(answers["beliefs"])}
    drawn = []
    for actor in rows[0]["shares"]:
        steps = [(numbers[row["evidence"]], row["shares"][actor]) for row in rows if row["evidence"] in numbers]
        gains = [(number, gain) for number, gain in steps if gain is not None and abs(gain) >= NIL]
        drawn += [figures.waterfall(actor, gains)] if gains else []
    below = [Line("The numbers under the bars are those of the evidence; moves that changed nothing are left out.")]
    table = Folded("The ledger in numbers", _table(answers))
    return Section("ledger", "Ledger", INTRO, [*drawn, *(below if drawn else []), table])


def _compared(answers: Answers) -> Compared:
    for row in answers["ledger"]:
        for actor, share in row["shares"].items():
            yield ("ledger", f"{row['evidence']} to {actor}"), share


LEDGER = Block("ledger", _rows, table=_table, section=_section, compared=_compared)
