"""What the public should believe: before the evidence and after each piece of it, and how much each piece says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from longgame.answers import figures, words
from longgame.answers.block import Answers, Block, Compared, Sources, by_name
from longgame.answers.doubt import in_doubt, with_doubt
from longgame.answers.parts import Cell, Folded, Line, Part, Section, Table
from longgame.game.game import Game
from longgame.queries.path import Learned, condition, marginals, unique


@dataclass(frozen=True)
class BeliefRow:
    """What an observer believes after a piece of evidence; ``evidence`` is null in the first row, the prior.

    doubt  what the piece leaves open, in words; empty where it is certain
    """

    evidence: str | None
    on: str | int | None
    says: str
    doubt: str
    source: str
    posterior: Mapping[str, float]
    marginals: Mapping[str, Mapping[str, float]]
    bayes_factors: Mapping[str, Mapping[str, float]]
    likelihood: Mapping[str, float]


def _rows(sources: Sources) -> list[BeliefRow]:
    path, game = sources.base.draw.case.path, sources.base.study.game
    prior = path.start.belief()
    first = BeliefRow(None, None, "", "", "", by_name(game.worlds, prior), marginals(game, prior), {}, {})
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
        doubt=in_doubt(seen),
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
        seen = Cell(with_doubt(row["says"] or row["evidence"], row), small=row["source"] if sources else "")
        return (str(number), words.day(row["on"]), seen, *_percents(row["posterior"]))

    return Table(
        ("#", "On", "After", *worlds),
        [line(number) for number in range(len(rows))],
        title="Belief in each world",
        numbers=("#", *worlds),
        keys=3,
    )


NOTHING = 0.02  # nats: a factor within 2 % of one
DECISIVE = math.log(10.0)  # nats: what speaks so strongly has the darkest shade
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
            Cell(with_doubt(row["evidence"], row), page=with_doubt(row["says"] or row["evidence"], row)),
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
MATRIX = (
    "The evidence, the most telling first: how many times as likely each piece is if the named one of two is true as if"
    " the other is. Darker says more; one says nothing. The chance is that which the model gave it before it came."
)


def _section(answers: Answers) -> Section:
    rows = answers["beliefs"]
    if len(rows) == 1:
        return Section("beliefs", "Beliefs", INTRO, [_beliefs(answers, sources=True)])
    table = Folded("The belief after each piece of evidence, in numbers", [_beliefs(answers, sources=True)])
    return Section("beliefs", "Beliefs and evidence", INTRO, [*_charts(answers), table, *_matrix(answers)])


def _charts(answers: Answers) -> list[Part]:
    """The belief in each world; where a world is made of several hidden variables, in each value of each of them."""
    rows, drawn = answers["beliefs"], answers["drawn"]["beliefs"]
    hidden, actors = rows[0]["marginals"], [row["name"] for row in answers["actors"]]
    if len(hidden) < 2:
        return [figures.beliefs(rows, drawn)]
    charts: list[Part] = []
    for variable, values in hidden.items():
        worlds = {
            value: [world["name"] for world in answers["worlds"] if world["hidden"][variable] == value]
            for value in values
        }
        charts.append(figures.beliefs(rows, drawn, worlds, title=_titled(words.spelled(variable, actors))))
    band = " The line is of the given values; the band holds nine tenths of the draws." if drawn else ""
    told = f"Belief in each value of what is hidden, after each piece of evidence (a dot).{band}"
    return [*charts, Line(told, "aside")]


def _titled(name: str) -> str:
    return name[:1].upper() + name[1:]


def _matrix(answers: Answers) -> list[Part]:
    """Evidence against hypotheses, sorted by diagnosticity (Heuer 1999, Psychology of Intelligence Analysis, ch. 8)."""
    seen = answers["beliefs"][1:]
    pairs = [(hidden, pair) for hidden, factors in seen[0]["bayes_factors"].items() for pair in factors]
    chance = {piece["evidence"]: piece["model"] for piece in answers["surprise"]["pieces"]}

    def weight(row: Mapping[str, Any]) -> float:
        factors = [row["bayes_factors"][hidden].get(pair) for hidden, pair in pairs]
        return max((_nats(factor) for factor in factors), key=abs, default=0.0)

    headings = [_against(hidden, pair) for hidden, pair in pairs]
    def line(number: int, row: Mapping[str, Any]) -> tuple[str | Cell, ...]:
        seen = with_doubt(row["says"] or row["evidence"], row)
        return (
            str(number),
            words.day(row["on"]),
            Cell(seen, small=row["source"], anchor=f"evidence-{row['evidence']}"),
            words.percent(chance.get(row["evidence"])),
        )

    numbered = sorted(enumerate(seen, 1), key=lambda one: -abs(weight(one[1])))
    telling = [one for one in numbered if abs(weight(one[1])) >= NOTHING]
    rows = [
        (*line(number, row), *(_telling(row["bayes_factors"][hidden].get(pair), pair) for hidden, pair in pairs))
        for number, row in telling
    ]
    first, numbers = ("#", "On", "Evidence", "Chance"), ("#", "Chance")
    parts: list[Part] = [Table((*first, *headings), rows, title=MATRIX, numbers=numbers, keys=3)] if rows else []
    if quiet := [line(*one) for one in sorted(numbered) if one not in telling]:
        title = f"{words.count(len(quiet), 'piece')} of evidence without a word on what is hidden"
        parts.append(Folded(title, [Table(first, quiet, title="Evidence that says nothing", numbers=numbers, keys=3)]))
    nowhere = any(row["bayes_factors"][hidden].get(pair) is None for row in seen for hidden, pair in pairs)
    return [*parts, Line(NO_FACTOR)] if nowhere else parts


def _nats(factor: float | None) -> float:
    return math.log(min(max(factor, 1e-6), 1e6)) if factor is not None else 0.0


def _against(hidden: str, pair: str) -> str:
    one, _, other = pair.partition(":")
    return f"{hidden}: {one} or {other}"


def _telling(factor: float | None, pair: str) -> Cell:
    """What a piece says of two hypotheses: how many times as likely it is under the one that it speaks for."""
    one, _, other = pair.partition(":")
    if factor is None:
        return Cell("none")
    nats = _nats(factor)
    if abs(nats) < NOTHING:
        return Cell("says nothing")
    name, times = (one, factor) if nats > 0.0 else (other, 1.0 / factor if factor else None)
    shade = math.copysign(min(1.0, abs(nats) / DECISIVE), nats)
    how = f"{words.times(times)} times as likely" if times else "possible only"
    return Cell(f"{how} if {name}", shade=shade)


def _compared(answers: Answers) -> Compared:
    for world, p in answers["beliefs"][-1]["posterior"].items():
        yield ("beliefs", f"{world} now"), p
    for row in answers["beliefs"][1:]:
        for hidden, factors in row["bayes_factors"].items():
            for pair, factor in factors.items():
                what = f"{row['evidence']}, {hidden}: {pair.replace(':', ' against ')}"
                yield ("bayes factors", what), factor


BELIEFS = Block("beliefs", _rows, table=_table, section=_section, compared=_compared)
