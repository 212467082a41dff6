"""What can be put together of the clauses of a scenario.

Each clause has one part or several: the values, or the amounts, of which a deal has one or none. A bundle takes at most
one part of each clause, as far as what clauses need and exclude allows, and no two parts that set the same variable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from longgame.errors import Problem, ScenarioError
from longgame.scenario.clauses import ALWAYS, Clause
from longgame.scenario.expand import trees
from longgame.scenario.expand.lasting import lasting_clauses, lasting_deals
from longgame.scenario.language.trees import Name, Node, Number, Span
from longgame.scenario.lasting import periods_of
from longgame.scenario.model import Scenario
from longgame.scenario.questions.tree import Changes, SetTo

MOST = 200_000  # bundles
MOST_PARTS = 12  # of a bundle, of which every part is looked at
_NOWHERE: Span = (0, 0)


@dataclass(frozen=True)
class ClausePart:
    """One way to agree on a clause.

    clause  its name; ``label``, how this way of it is called; ``written``, how a question names it
    set     the state variables that it sets; ``pay``, what actors get at once
    needs   the clauses without which it is not in force
    left    of one that lasts for a time, the variable that counts the periods that are left

    Of one scenario two parts are the same if they are called the same.
    """

    clause: str
    label: str
    set: tuple[tuple[str, Node], ...] = field(default=(), compare=False)
    pay: tuple[tuple[str, Node], ...] = field(default=(), compare=False)
    needs: tuple[str, ...] = field(default=(), compare=False)
    left: str = field(default="", compare=False)

    @property
    def written(self) -> str:
        """As it stands in the bundle of a question: ``truce == full``, ``payment == 0.5``, ``aid_ends``."""
        own = self.label.removeprefix(self.clause).lstrip("= ")
        own = f'"{own}"' if " " in own else own
        return f"{self.clause} == {own}" if own else self.clause


Bundle = tuple[ClausePart, ...]


def parts_of(scenario: Scenario, name: str) -> tuple[ClausePart, ...]:
    """The ways to agree on a clause, in the order in which it has them."""
    clause, lasting, deals = scenario.clauses[name], lasting_clauses(scenario, name), lasting_deals(scenario).values()
    found = []
    for part in _parts_of(name, clause):
        part = replace(part, needs=tuple(clause.needs))
        one = next((one for one in lasting.values() if one.clauses == dict(part.set)), None)
        if one is None or ALWAYS in clause.lasts:
            found.append(part)
        if one is not None:
            for time in clause.times:
                struck = one.struck(periods_of(time, scenario.clock.step), deals=deals)
                set_ = (*part.set, *struck.items())
                found.append(replace(part, label=f"{part.label} for {time}", set=set_, left=one.left))
    return tuple(found)


def _parts_of(name: str, clause: Clause) -> tuple[ClausePart, ...]:
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
    clauses = scenario.clauses
    place = {name: number for number, name in enumerate(clauses)}
    found: list[Bundle] = [()]
    before: list[ClausePart] = []
    for number, name in enumerate(clauses):
        ways = parts_of(scenario, name)
        apart = {way: frozenset(one for one in before if _apart(clauses, one, way)) for way in ways}
        found = [
            (*bundle, *way)
            for bundle in found
            for way in ((), *((way,) for way in ways))
            if not way or not apart[way[0]] or apart[way[0]].isdisjoint(bundle)
        ]
        told = [n for n in place if clauses[n].needs and number == max(place[n], *(place[o] for o in clauses[n].needs))]
        if told:
            found = [bundle for bundle in found if not _lacks(bundle, told)]
        if len(found) - 1 > (MOST if number + 1 == len(clauses) else 5 * MOST):
            where = scenario.place(("clauses",), key=True)
            fix = "Leave clauses out, give a clause fewer values or amounts, or say what it `needs` and `excludes`."
            raise ScenarioError([Problem("too-many-bundles", where, f"at most {MOST:,} bundles", "more", fix)])
        before += ways
    return found[1:]


def _lacks(bundle: Bundle, names: Sequence[str]) -> bool:
    """Whether one of some clauses is in a bundle without what it needs."""
    has = {part.clause for part in bundle}
    return any(part.clause in names and not has.issuperset(part.needs) for part in bundle)


def _apart(clauses: Mapping[str, Clause], one: ClausePart, other: ClausePart) -> bool:
    """Whether two parts cannot be agreed upon together."""
    both = {name for name, _ in one.set} & {name for name, _ in other.set}
    return bool(both) or _excluded(clauses, one.clause, frozenset({other.clause}))


def _excluded(clauses: Mapping[str, Clause], name: str, has: frozenset[str]) -> bool:
    return any(other in clauses[name].excludes or name in clauses[other].excludes for other in has)


def in_force(bundle: Bundle) -> Bundle:
    """Those of some parts that are in force: whose clauses have what they need among them."""
    has = {part.clause for part in bundle}
    kept = tuple(part for part in bundle if has.issuperset(part.needs))
    return kept if len(kept) == len(bundle) else in_force(kept)


def sub_bundles(bundle: Bundle) -> list[Bundle]:
    """[2^M] what is in force of some parts of a bundle; bit m of the index says whether part m is among them."""
    return [
        in_force(tuple(part for m, part in enumerate(bundle) if number >> m & 1)) for number in range(1 << len(bundle))
    ]


def unfit(clauses: Mapping[str, Clause], bundle: Bundle) -> str:
    """Why some parts cannot be agreed upon together; empty where they can."""
    has = [part.clause for part in bundle]
    for part in bundle:
        missing = [name for name in part.needs if name not in has]
        if missing:
            return f"`{part.clause}` without `{missing[0]}`, which it needs"
    for one, other in combinations(bundle, 2):
        if one.clause == other.clause:
            return f"`{one.clause}` twice"
        if _excluded(clauses, one.clause, frozenset({other.clause})):
            return f"`{one.clause}` and `{other.clause}`, which exclude each other"
        both = {name for name, _ in one.set} & {name for name, _ in other.set}
        if both:
            return f"`{one.clause}` and `{other.clause}`, which both set `{min(both)}`"
    return ""


def settings_of(bundles: Sequence[Bundle]) -> tuple[list[Changes], list[int]]:
    """The different things that bundles set, as changes, that of nothing first; and of each bundle, which of them."""
    known: dict[Bundle, int] = {}  # parts that set something -> the position of what they set
    places: dict[Changes, int] = {(): 0}
    for bundle in bundles:
        parts = _that_set(bundle)
        if parts not in known:
            clauses = tuple(sorted((clause for part in parts for clause in part.set), key=lambda clause: clause[0]))
            begins = tuple(part.left for part in parts if part.left)
            change = (SetTo(clauses, begins=begins),) if clauses else ()
            known[parts] = places.setdefault(change, len(places))
    return list(places), [known[_that_set(bundle)] for bundle in bundles]


def _that_set(bundle: Bundle) -> Bundle:
    return tuple(part for part in bundle if part.set)
