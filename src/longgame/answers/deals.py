"""What each named deal is worth to everybody, who would take it, and where bargaining would end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from longgame.answers import words
from longgame.answers.block import Answers, Block, Compared, Sources, by_name
from longgame.answers.parts import Cell, Line, Part, Points, Section, Table, lines
from longgame.queries.deals import DealTable, Effect
from longgame.queries.meaning import deal_table
from longgame.run.precision import Base
from longgame.run.study import Study
from longgame.scenario.expand import deals_of
from longgame.scenario.formulas import Expression
from longgame.scenario.language.expressions import unparse
from longgame.scenario.model import Offer
from longgame.scenario.questions.tree import Lookup

RULES: Mapping[str, str] = {  # of ``Agreement``, in words
    "nash": "Nash",
    "kalai_smorodinsky": "Kalai and Smorodinsky",
    "egalitarian": "gains as equal as can be",
    "utilitarian": "the largest sum of gains",
}


@dataclass(frozen=True)
class DealRow:
    """One named deal, priced for every actor.

    share   its worth as a share of the actor's stake; null where nothing that can happen in play matters to it
    effect  actor -> whether it gains by the deal, loses, or is indifferent (to within 1e-9 of its stake)
    """

    name: str
    clauses: Mapping[str, str | float]
    worth: Mapping[str, float]
    share: Mapping[str, float | None]
    effect: Mapping[str, Effect]
    pareto: bool


@dataclass(frozen=True)
class BargainRow:
    """Where bargaining between some parties would end, by four solutions; null where there is no zone of agreement."""

    between: list[str]
    zone: list[str]
    nash: str | None
    kalai_smorodinsky: str | None
    egalitarian: str | None
    utilitarian: str | None


def _priced(base: Base) -> DealTable:
    return deal_table(base.study.binder.setting, "now")[1](base.found)


def _deals(sources: Sources) -> list[DealRow]:
    deals, table = deals_of(sources.base.study.scenario), _priced(sources.base)
    return [
        DealRow(
            name=name,
            clauses={variable: _written(formula) for variable, formula in deals[name].set.items()},
            worth=by_name(table.actors, table.worth[index]),
            share={
                actor: float(share) if stake > 0.0 else None
                for actor, share, stake in zip(table.actors, table.share[index], table.stake, strict=True)
            },
            effect={actor: table.effect(index, n) for n, actor in enumerate(table.actors)},
            pareto=bool(table.pareto[index]),
        )
        for index, name in enumerate(table.deals)
    ]


def _written(formula: Any) -> str | float:
    return formula.plain() if isinstance(formula, Expression) else unparse(formula.tree)


def _bargaining(sources: Sources) -> list[BargainRow]:
    table = _priced(sources.base)
    if not table.deals:
        return []
    ends = [table.agreement(parties) for parties in parties_of(sources.base.study)]
    return [
        BargainRow(
            between=list(end.between),
            zone=list(end.zone),
            nash=end.nash,
            kalai_smorodinsky=end.kalai_smorodinsky,
            egalitarian=end.egalitarian,
            utilitarian=end.utilitarian,
        )
        for end in ends
    ]


def parties_of(study: Study) -> list[tuple[str, ...]]:
    """The groups that bargain, each once: the parties of each offer, and those whom a claim names as accepting."""

    def groups() -> Iterator[tuple[str, ...]]:
        for step in study.scenario.period:
            if isinstance(step, Offer):
                yield (step.by, *step.to)
        for question in (question for claim in study.claims for question in claim.questions):
            for leaf in question.understood.leaves:
                if isinstance(leaf, Lookup) and leaf.function == "deal_share":
                    yield dict(leaf.arguments).get("accepted_by", ())

    known: dict[frozenset[str], tuple[str, ...]] = {}
    for group in groups():
        if len(group) > 1:
            known.setdefault(frozenset(group), group)
    return list(known.values())


def _table(answers: Answers) -> list[Part]:
    rows = answers["deals"]
    if not rows:
        return [Line("The scenario names no deals.")]
    return [_prices(rows), *_no_stake(rows), Line(INTRO), *(Line(text) for text in _ends(answers))]


def _prices(rows: list[Mapping[str, Any]]) -> Table:
    actors = list(rows[0]["share"])
    some_do_not_care = any("indifferent" in row["effect"].values() for row in rows)
    said = {"gains": "Accepted by"} | ({"indifferent": "Indifferent"} if some_do_not_care else {})
    largest = words.largest(share for row in rows for share in row["share"].values() if share is not None)
    lines = [
        (
            row["name"], *(_worth(row, actor, largest) for actor in actors),
            *(", ".join(actor for actor in actors if row["effect"][actor] == effect) or "nobody" for effect in said),
            "yes" if row["pareto"] else "no",
        )
        for row in rows
    ]  # fmt: skip
    title = "Worth of each deal, as a share of each actor's stake"
    return Table(("Deal", *actors, *said.values(), "Efficient"), lines, title=title, numbers=actors)


def _no_stake(rows: list[Mapping[str, Any]]) -> list[Part]:
    none = [actor for actor, share in rows[0]["share"].items() if share is None]
    return lines([words.without_stake(none)] if none else [], "aside")


def _worth(row: Mapping[str, Any], actor: str, largest: float) -> Cell | str:
    """What a deal is worth to an actor: as a share of its stake, or in units of payoff where it has none."""
    share = row["share"][actor]
    return words.number(row["worth"][actor], signed=True) if share is None else words.gain(share, largest)


def _ends(answers: Answers) -> list[str]:
    deals = len(answers["deals"])
    return [f"Between {words.listed(row['between'])}: {_end(row, deals)}" for row in answers["bargaining"]]


def by_end(ends: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Where bargaining would end -> the rules that say so, in words; from the end by each rule, None for none."""
    found: dict[str, list[str]] = {}
    for rule, end in ends.items():
        if end is not None:
            found.setdefault(end, []).append(RULES.get(rule, rule))
    return found


def _end(row: Mapping[str, Any], deals: int) -> str:
    """Where bargaining between some parties about so many named deals would end, as a sentence."""
    zone, parties = row["zone"], "both" if len(row["between"]) == 2 else "all"
    if not zone:
        return f"there is no named deal that {parties} would take now rather than go on without one."
    taken = words.listed(zone) if len(zone) <= 3 else f"{len(zone)} of the {deals} named deals"
    by_deal = by_end({rule: row[rule] for rule in RULES})
    ends = [
        f"at {deal} by {'every rule' if len(by_deal) == 1 else words.listed(names)}" for deal, names in by_deal.items()
    ]
    return f"{parties} would take {taken} now rather than go on without. Bargaining would end {'; '.join(ends)}."


INTRO = (
    "What each deal would be worth to everybody if it were struck now, as a share of each actor's stake, against going"
    " on without it: what comes then, a later agreement among it, is counted. An actor accepts what it gains by; who"
    " neither gains nor loses a billionth of its stake is indifferent. Efficient: no other deal is better for one and"
    " worse for none."
)


def _section(answers: Answers) -> Section | None:
    rows = answers["deals"]
    if not rows:
        return None
    ends = [Points(_ends(answers))] if answers["bargaining"] else []
    return Section("deals", "Deals", INTRO, [_prices(rows), *_no_stake(rows), *ends])


def _worths(answers: Answers) -> Compared:
    for row in answers["deals"]:
        for actor, share in row["share"].items():
            yield ("deals", f"{row['name']} to {actor}"), row["worth"][actor] if share is None else share


def _agreements(answers: Answers) -> Compared:
    for row in answers["bargaining"]:
        yield ("bargaining", f"Nash, between {', '.join(row['between'])}"), row["nash"]


DEALS = Block(
    "deals",
    _deals,
    needs=lambda study: deal_table(study.binder.setting, "now")[0],
    table=_table,
    section=_section,
    compared=_worths,
)
BARGAINING = Block("bargaining", _bargaining, needs=DEALS.needs, compared=_agreements, beside="deals")
