"""What the public should believe: before the evidence and after each piece of it, and how much each piece says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from longgame.answers import figures, words
from longgame.answers.block import Answers, Block, Compared, Sources, by_name
from longgame.answers.parts import Cell, Line, Part, Section, Table
from longgame.game.game import Game
from longgame.queries.path import Learned, condition, marginals, unique


@dataclass(frozen=True)
class BeliefRow:
    """What an observer believes after a piece of evidence; ``evidence`` is null in the first row, the prior."""

    evidence: str | None
    on: str | int | None
    says: str
    source: str
    posterior: Mapping[str, float]
    marginals: Mapping[str, Mapping[str, float]]
    bayes_factors: Mapping[str, Mapping[str, float]]
    likelihood: Mapping[str, float]


def _rows(sources: Sources) -> list[BeliefRow]:
    path, game = sources.base.draw.case.path, sources.base.study.game
    prior = path.start.belief()
    first = BeliefRow(None, None, "", "", by_name(game.worlds, prior), marginals(game, prior), {}, {})
    return [first, *(_row(game, seen) for seen in path.pieces)]


def _row(game: Game, seen: Learned) -> BeliefRow:
    factors = {
        hidden: {
            f"{one}:{other}": seen.bayes_factor(condition(game, hidden, one), condition(game, hidden, other))
            for one, other in combinations(unique(values), 2)
        }
        for hidden, values in game.hidden.items()
    }
    return BeliefRow(
        evidence=seen.id,
        on=seen.evidence.ends,
        says=seen.evidence.says,
        source=seen.evidence.source,
        posterior=by_name(game.worlds, seen.posterior),
        marginals=marginals(game, seen.posterior),
        bayes_factors=factors,
        likelihood=by_name(game.worlds, seen.likelihood),
    )


def _beliefs(answers: Answers, *, sources: bool) -> Table:
    rows = answers["beliefs"]
    worlds = list(rows[0]["posterior"])

    def line(number: int) -> tuple[str | Cell, ...]:
        row = rows[number]
        if row["evidence"] is None:
            return ("", "", "before any evidence", *_percents(row["posterior"]))
        seen = Cell(row["says"] or row["evidence"], small=row["source"] if sources else "")
        return (str(number), words.day(row["on"]), seen, *_percents(row["posterior"]))

    return Table(
        ("#", "On", "After", *worlds),
        [line(number) for number in range(len(rows))],
        title="Belief in each world",
        numbers=("#", *worlds),
        keys=3,
    )


NO_FACTOR = (
    "None: one of the two has prior 0, or is ruled out by this evidence or by what came before it, and of what cannot"
    " be nothing is more or less likely."
)


def _percents(posterior: Mapping[str, float]) -> list[str]:
    return [words.percent(p) for p in posterior.values()]


def _factors(answers: Answers) -> list[Part]:
    """How much each piece says; nothing where nothing is hidden or nothing was seen."""
    seen = answers["beliefs"][1:]
    pairs = [(hidden, pair) for row in seen[:1] for hidden, factors in row["bayes_factors"].items() for pair in factors]
    if not pairs:
        return []
    headings = [f"{hidden}: {pair.replace(':', ' against ')}" for hidden, pair in pairs]
    rows = [
        (
            str(number),
            Cell(row["evidence"], page=row["says"]),
            *(words.times(row["bayes_factors"][hidden].get(pair)) for hidden, pair in pairs),
        )
        for number, row in enumerate(seen, 1)
    ]
    title = (
        "Bayes factors: how many times as likely each piece of evidence is if the first is true as if the second is."
        " One says nothing; far from one, above or below, says much."
    )
    table = Table(("#", "Evidence", *headings), rows, title=title, numbers=("#", *headings), keys=2)
    nowhere = any(row["bayes_factors"][hidden].get(pair) is None for row in seen for hidden, pair in pairs)
    return [table, Line(NO_FACTOR)] if nowhere else [table]


def _table(answers: Answers) -> list[Part]:
    return [_beliefs(answers, sources=False), *_factors(answers)]


INTRO = (
    "What the public should believe, before the evidence and after each piece of it, if everybody plays the solution"
    " and draws the conclusions."
)


def _section(answers: Answers) -> Section:
    drawn: list[Part] = [figures.beliefs(answers["beliefs"])] if len(answers["beliefs"]) > 1 else []
    return Section("beliefs", "Beliefs", INTRO, [*drawn, _beliefs(answers, sources=True), *_factors(answers)])


def _compared(answers: Answers) -> Compared:
    for world, p in answers["beliefs"][-1]["posterior"].items():
        yield ("beliefs", f"{world} now"), p
    for row in answers["beliefs"][1:]:
        for hidden, factors in row["bayes_factors"].items():
            for pair, factor in factors.items():
                what = f"{row['evidence']}, {hidden}: {pair.replace(':', ' against ')}"
                yield ("bayes factors", what), factor


BELIEFS = Block("beliefs", _rows, table=_table, section=_section, compared=_compared)
