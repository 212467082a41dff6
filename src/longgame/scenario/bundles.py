"""What can be put together of the clauses of a scenario.

Each clause has one part or several: the values, or the amounts, of which a deal has one or none. A bundle takes at most
one part of each clause, as far as what clauses need and exclude allows, and no two parts that set the same variable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from longgame.errors import Problem, ScenarioError
from longgame.scenario.clauses import Clause
from longgame.scenario.expand import trees
from longgame.scenario.language.trees import Name, Node, Number, Span
from longgame.scenario.model import Scenario
from longgame.scenario.questions.tree import Changes, SetTo

MOST = 200_000  # bundles
_NOWHERE: Span = (0, 0)


@dataclass(frozen=True)
class ClausePart:
    """One way to agree on a clause.

    clause  its name; ``label``, how this way of it is called
    set     the state variables that it sets; ``pay``, what actors get at once
    """

    clause: str
    label: str
    set: tuple[tuple[str, Node], ...] = ()
    pay: tuple[tuple[str, Node], ...] = ()


Bundle = tuple[ClausePart, ...]


def parts_of(name: str, clause: Clause) -> tuple[ClausePart, ...]:
    """The ways to agree on a clause, in the order in which it has them."""
    fixed = tuple(trees(clause.set).items())
    paid = tuple(trees(clause.pay).items())
    if clause.values:
        words = ((value, ((name, Name(value, _NOWHERE)), *fixed)) for value in clause.values)
        return tuple(ClausePart(name, f"{name}={value}", set_, paid) for value, set_ in words)
    if clause.from_ is not None and clause.to is not None:
        sums = ((amount, _payment(clause.from_, -amount), _payment(clause.to, amount)) for amount in clause.amounts)
        return tuple(ClausePart(name, f"{name} {amount:g}", fixed, (*paid, *both)) for amount, *both in sums)
    return (ClausePart(name, name, fixed, paid),)


def _payment(actor: str, amount: float) -> tuple[str, Node]:
    return actor, Number(amount, _NOWHERE)


def bundles_of(scenario: Scenario) -> list[Bundle]:
    """Every bundle with something in it, in order: the last clause varies first.

    Raises ScenarioError where there are more than ``MOST``.
    """
    found: list[Bundle] = []
    for bundle in _bundles(scenario.clauses, list(scenario.clauses)):
        if bundle:
            found.append(bundle)
        if len(found) > MOST:
            place = scenario.place(("clauses",), key=True)
            fix = "Leave clauses out, give a clause fewer values or amounts, or say what it `needs` and `excludes`."
            raise ScenarioError([Problem("too-many-bundles", place, f"at most {MOST:,} bundles", "more", fix)])
    return found


def _bundles(clauses: Mapping[str, Clause], names: Sequence[str]) -> Iterator[Bundle]:
    """All bundles, that of nothing among them."""
    parts = [(None, *parts_of(name, clauses[name])) for name in names]
    sets = [{part: frozenset(variable for variable, _ in part.set) for part in ways if part} for ways in parts]

    def going_on(place: int, chosen: Bundle, has: frozenset[str], taken: frozenset[str]) -> Iterator[Bundle]:
        if place == len(names):
            if all(has.issuperset(clauses[name].needs) for name in has):
                yield chosen
            return
        name = names[place]
        for part in parts[place]:
            if part is None:
                yield from going_on(place + 1, chosen, has, taken)
            elif not (taken & sets[place][part]) and not _excluded(clauses, name, has):
                yield from going_on(place + 1, (*chosen, part), has | {name}, taken | sets[place][part])

    return going_on(0, (), frozenset(), frozenset())


def _excluded(clauses: Mapping[str, Clause], name: str, has: frozenset[str]) -> bool:
    return any(other in clauses[name].excludes or name in clauses[other].excludes for other in has)


def setting_of(bundle: Bundle) -> Changes:
    """What a bundle sets, as a change; nothing that it pays. Empty where it only pays."""
    clauses = tuple(sorted((clause for part in bundle for clause in part.set), key=lambda clause: clause[0]))
    return (SetTo(clauses),) if clauses else ()


def settings_of(bundles: Sequence[Bundle]) -> list[Changes]:
    """The different things that bundles set, in the order in which they come up; that of nothing first."""
    return list(dict.fromkeys([(), *map(setting_of, bundles)]))
