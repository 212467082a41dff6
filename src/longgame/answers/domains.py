"""Negotiation domains of other tools: their outcomes priced by the utilities that come with them.

A domain has issues, each with some values; an outcome takes one value of each. A party's utility of an outcome is the
sum over issues of weight times evaluation, and its reservation value is what it has with no agreement. Two forms are
read: the XML of GENIUS (Lin et al. 2014) and the YAML of NegMAS, whose reading of the XML is followed: evaluations
count as they are written. (GENIUS itself divides each by the best of its issue: ``normalise``.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.deals import RULES, by_end
from longgame.answers.notebook import Findings
from longgame.answers.parts import Line, Part, Table, lines
from longgame.choice.bargaining import pareto
from longgame.queries.deals import DealTable
from longgame.scenario.domains import Domain, read_domain

MOST = 2_000_000  # outcomes
SHOWN = 20


@dataclass(frozen=True)
class OutcomeRow:
    """An outcome: the value of each issue, and the utility of each party."""

    outcome: Mapping[str, str]
    utility: Mapping[str, float]


@dataclass(frozen=True)
class DomainRow(Findings):
    """A domain, priced.

    outcomes  how many there are; ``zone``, how many give no party less than its reservation value and one of them more
    pareto    those that no other improves on for somebody without loss to anybody
    points    where bargaining would end, by rule; null without a zone
    """

    domain: str
    parties: list[str]
    issues: Mapping[str, list[str]]
    reservation: Mapping[str, float]
    outcomes: int
    zone: int
    pareto: list[OutcomeRow]
    points: Mapping[str, OutcomeRow | None]

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return parts(self.to_json())

    def rows(self) -> list[dict[str, Any]]:
        """A row for each efficient outcome."""
        return [{**row.outcome, **row.utility} for row in self.pareto]


def outcomes_of(path: str | Path, *, normalise: bool = False) -> DomainRow:
    """Price every outcome of a negotiation domain for each of its parties.

    Args:
        path: the folder of the domain, or its domain file; the utilities lie beside it.
        normalise: divide each evaluation by the best of its issue, as GENIUS does.

    Raises:
        ScenarioError: a file cannot be read as a domain or a utility, or there are too many outcomes.
    """
    domain = read_domain(Path(path), most=MOST)
    utility = utilities(domain, normalise)
    reserved = np.array([party.reservation for party in domain.parties])
    names = tuple(party.name for party in domain.parties)
    unit = utility.max(axis=0) - np.maximum(reserved, utility.min(axis=0))
    table = DealTable(tuple(map(str, range(len(utility)))), names, utility - reserved, np.where(unit > 0.0, unit, 1.0))
    end = table.agreement(names)
    issues = {issue: list(values) for issue, values in domain.issues.items()}
    sizes = tuple(map(len, issues.values()))

    def outcome(number: int) -> OutcomeRow:
        places = np.unravel_index(number, sizes)
        values = {name: issues[name][int(place)] for name, place in zip(issues, places, strict=True)}
        return OutcomeRow(values, {name: float(utility[number, n]) for n, name in enumerate(names)})

    efficient = np.flatnonzero(pareto(table.gains, none=False))
    efficient = efficient[np.argsort(-utility[efficient].sum(axis=1), kind="stable")]
    ends = {rule: getattr(end, rule) for rule in RULES}
    return DomainRow(
        domain=domain.name,
        parties=list(names),
        issues=issues,
        reservation={name: float(value) for name, value in zip(names, reserved, strict=True)},
        outcomes=len(utility),
        zone=len(end.zone),
        pareto=[outcome(int(number)) for number in efficient],
        points={rule: None if name is None else outcome(int(name)) for rule, name in ends.items()},
    )


def utilities(domain: Domain, normalise: bool = False) -> np.ndarray:
    """[D, N] the utility of each outcome, in the order in which the last issue varies first, to each party."""
    columns = []
    for party in domain.parties:
        total = np.zeros(())
        for issue, values in domain.issues.items():
            found = np.array([party.evaluations[issue].get(value, 0.0) for value in values])
            top = found.max(initial=0.0)
            scale = 1.0 / top if normalise and top > 0.0 else 1.0
            total = total[..., None] + party.weights[issue] * scale * found
        columns.append(total.reshape(-1) + party.bias)
    return np.column_stack(columns)


def parts(found: Mapping[str, Any]) -> list[Part]:
    """A priced domain: where bargaining would end, and the efficient outcomes."""
    said = (
        f"{found['domain']}: {found['outcomes']:,} outcomes of {words.count(len(found['issues']), 'issue')}; by"
        f" {found['zone']:,} no party gets less than its reservation value and somebody more;"
        f" {len(found['pareto']):,} are efficient."
    )
    names = {rule: row and ", ".join(row["outcome"].values()) for rule, row in found["points"].items()}
    rows = {name: found["points"][rule] for rule, name in names.items()}
    shown = [("; ".join(rules), rows[name]) for name, rules in by_end(names).items()]
    shown += [("efficient", row) for row in found["pareto"][:SHOWN]]
    parties = found["parties"]
    cells = [
        (label, ", ".join(row["outcome"].values()), *(words.number(row["utility"][name]) for name in parties))
        for label, row in shown
    ]
    left = len(found["pareto"]) - SHOWN
    table = Table(("What", "Outcome", *parties), cells, title="Where bargaining would end", numbers=parties, keys=2)
    return [Line(said), table, *lines([f"{words.count(left, 'efficient outcome')} more." if left > 0 else ""], "aside")]
