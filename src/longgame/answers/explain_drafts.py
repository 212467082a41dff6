"""Claims while their explanations are put together: what is asked for each, so that all of it is found together.

First the numbers of the comparison that binds are taken apart, and it is asked what the moves ahead could make of them.
When that is known, the most telling choices are kept, and the account of what a deviation from each costs is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from longgame.answers.accounts import account_row, shortened
from longgame.answers.explain_rows import AccountRow
from longgame.answers.naming import Naming
from longgame.answers.units import unit_of_number
from longgame.game.game import CHANCE
from longgame.game.terms import Terms
from longgame.queries.account import Account, Accounting, AskedAccount, Level
from longgame.queries.atoms import Choice, Foreseen
from longgame.queries.case import Posture
from longgame.queries.choices import CHANGES_NOTHING, Coming, Values, coming, foreseen_after, next_time, telling
from longgame.queries.claims import BoundClaim
from longgame.queries.compared import Compared, binding, leaves_of
from longgame.queries.levels import Apart, taken_apart
from longgame.queries.nodes import Nodes
from longgame.queries.places import Places
from longgame.run.precision import Base
from longgame.scenario.questions.grammar import Kind
from longgame.scenario.questions.tree import Leaf, Lookup, Term

MOST_CHOICES = 3  # of one number
COUNTS = 1e-3  # of the most telling choice: what moves a number by less is left out


class Explaining:
    """What all explanations of a base case share."""

    def __init__(self, base: Base):
        self.base, self.case = base, base.draw.case
        self.scenario, self.game = base.study.scenario, base.study.game
        self.naming = Naming(base.study.binder.setting)
        self.terms = lru_cache(maxsize=None)(self._terms)
        self.accounting = Accounting(self.case, self.terms)
        self.values, self.places = Values(self.case), Places(self.case)
        self.coming = lru_cache(maxsize=None)(self._coming)

    def _terms(self, actor: int) -> Terms:
        return Terms.of(self.scenario, self.game, self.base.draw.theta, actor)

    def _coming(self, nodes: Nodes, under: Posture | None) -> list[Coming]:
        steps = coming(self.case, nodes, under)
        for step in steps:
            self.look_at(step)
        return steps

    def look_at(self, step: Coming) -> None:
        """Ask what the mover of a step can expect after each option."""
        for option in step.open if step.mover != CHANCE else ():
            self.values.ask(step.afresh.after(option, step.mover), step.under)

    def unit(self, term: Term, kind: Kind) -> str:
        """The unit of a number."""
        return unit_of_number(self.naming, term, kind)

    def account(self, actor: int, account: Account, per: float = 1.0, most: int | None = None) -> AccountRow:
        """An account as a row, of its so many largest terms and all else together."""
        stake = float(self.base.draw.tables.stake[actor])
        row = account_row(self.naming, self.terms(actor), account, stake, per)
        return row if most is None else shortened(row, most)


@dataclass(eq=False)
class AskedNumber:
    """One look-up of the comparison that binds, while its explanation is put together."""

    leaf: Leaf
    value: float
    apart: Apart | None = None
    asked: AskedAccount | None = None
    weighed: list[WeighedChoice] = field(default_factory=list)


@dataclass(eq=False)
class WeighedChoice:
    """A choice with what the number comes to after each option, and what the mover can expect after each.

    step   where it comes up; of several branches (after a change, and without it) the first
    gains  option -> the branches where it is open, each with what the number gains there if the option is sure
    """

    step: Coming
    then: Mapping[int, float]
    moves: float
    gains: Mapping[int, list[tuple[Coming, float]]] = field(default_factory=dict)
    deviation: AskedAccount | None = None

    def values(self, known: Values) -> dict[int, float]:
        """What the mover can expect after each option, the best first; chance expects nothing."""
        step = self.step
        if step.mover == CHANCE:
            return {}
        found = {a: known.of(step.afresh.after(a, step.mover), step.under, step.mover) for a in step.open}
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))


@dataclass(eq=False)
class Draft:
    """One claim, while its explanation is put together."""

    explaining: Explaining
    claim: BoundClaim
    binds: Compared | None
    numbers: dict[Leaf, AskedNumber]
    ahead: list[tuple[AskedNumber, Coming, float]] = field(default_factory=list)

    @classmethod
    def of(cls, explaining: Explaining, claim: BoundClaim) -> Draft:
        """What is to be looked at for a claim; its accounts are asked for."""
        term = claim.holds.understood.term
        draft = cls(explaining, claim, None, {})
        draft.binds = binding(term, draft.look_up)
        for leaf in leaves_of(draft.binds.term) if draft.binds else ():
            number = draft.numbers[leaf] = AskedNumber(leaf, draft.look_up(leaf))
            if isinstance(leaf, Lookup) and math.isfinite(number.value):
                draft._ask(number, leaf)
        return draft

    def look_up(self, leaf: Leaf) -> float:
        """The value of a look-up."""
        return self.claim.holds.parts[leaf].value(self.explaining.base.found)

    def _ask(self, number: AskedNumber, leaf: Lookup) -> None:
        """Ask for what a number is made of."""
        case, found = self.explaining.case, self.explaining.base.found
        bound = self.claim.holds.parts[leaf]
        with suppress(LookupError, ZeroDivisionError):
            number.apart = taken_apart(case, self.explaining.places, leaf, bound, found)
        if number.apart is not None:
            number.asked = self.explaining.accounting.ask(number.apart.actor, number.apart.levels)
            self._look_ahead(number, number.apart)
        match bound.atoms[0]:
            case Choice() as atom:
                nodes = self.explaining.places(atom.view).without_purse
                takers = case.game.steps[atom.step].takers(atom.option)
                step = next_time(case, nodes, atom.view.under, atom.step, takers[0] if len(takers) == 1 else CHANCE)
                self.explaining.look_at(step)
                number.weighed = [WeighedChoice(step, {}, number.value)]
            case Foreseen() as atom:
                nodes = self.explaining.places(atom.view)
                steps = self.explaining.coming(nodes, atom.view.under)
                for step, then in zip(steps, foreseen_after(case, atom, nodes, steps), strict=True):
                    gains = {a: [(step, value - number.value)] for a, value in then.items()}
                    number.weighed.append(WeighedChoice(step, then, telling(step, then, number.value), gains))

    def _look_ahead(self, number: AskedNumber, apart: Apart) -> None:
        """Ask what the moves that are to come make of a number in payoffs."""
        for level in apart.levels:
            if level.nodes.t.min() >= self.explaining.game.periods:
                continue
            for step in self.explaining.coming(level.nodes, level.under):
                for option in step.open:
                    self.explaining.values.ask(step.after(option, apart.actor), step.under)
                    self.explaining.values.ask(step.before(option), step.under)
                self.ahead.append((number, step, level.times))

    def choose(self) -> None:
        """Choose the most telling choices, and ask for the account of what a deviation from each costs."""
        branches: dict[tuple[int, int, Posture | None], list[tuple[Coming, float]]] = {}
        for number, step, times in self.ahead:
            branches.setdefault((id(number), step.step, step.under), []).append((step, times))
        for number in self.numbers.values():
            for key, some in branches.items():
                if key[0] == id(number):
                    number.weighed.append(self._weighed(number, some))
        for number in self.numbers.values():
            most = max((one.moves for one in number.weighed), default=0.0)
            told = [one for one in number.weighed if one.moves > max(CHANGES_NOTHING, COUNTS * most)]
            number.weighed = sorted(told, key=lambda one: -one.moves)[:MOST_CHOICES]
            for one in number.weighed:
                one.deviation = self._deviation(one)

    def _weighed(self, number: AskedNumber, branches: list[tuple[Coming, float]]) -> WeighedChoice:
        """A choice with what a number in payoffs comes to after each option, wherever the step comes up."""
        assert number.apart is not None
        actor, per, values = number.apart.actor, number.apart.per, self.explaining.values
        gains: dict[int, list[tuple[Coming, float]]] = {}
        for step, times in branches:
            for a in step.open:
                after = values.of(step.after(a, actor), step.under, actor)
                free = values.of(step.before(a), step.under, actor)
                gains.setdefault(a, []).append((step, times * step.reached * (after - free) / per))
        then = {a: number.value + sum(gain for _, gain in some) for a, some in gains.items()}
        first = next((step for step, times in branches if times > 0.0), branches[0][0])
        then = {a: value for a, value in then.items() if a in first.open}
        return WeighedChoice(first, then, telling(first, then, number.value), gains)

    def _deviation(self, one: WeighedChoice) -> AskedAccount | None:
        """The account of the mover's best option less its next best."""
        step, ranked = one.step, list(one.values(self.explaining.values))
        if len(ranked) < 2:
            return None
        levels = [
            Level(step.afresh.after(option, step.mover), step.under, times=times, paid_at=step.step)
            for option, times in zip(ranked[:2], (1.0, -1.0), strict=True)
        ]
        return self.explaining.accounting.ask(step.mover, levels)
