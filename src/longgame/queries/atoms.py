"""The elementary questions: each is a look-up in one solution, and they are asked many at a time.

A function of the question language (``worth``, ``chance``, ``lead``, ...) is worked out from one or more atoms. An atom
names one solution, so that the atoms of all claims can be sorted by solution, asked together, and the solution let
go before the next is made; and equal atoms are asked once, however many claims need them. What an atom asks is in
numbers already (actor 2, step 5, worlds 0 and 3), never in names; and it says itself how it is looked up.

Where there is no answer (a move that cannot come up any more, a chance given what is impossible), the answer is NaN
and the reason is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from longgame.queries import ledger, prospects, worth
from longgame.queries.case import Case, Posture
from longgame.queries.path import alone
from longgame.queries.places import Mask, Places, View, over_states
from longgame.scenario.language.expressions import Node
from longgame.scenario.questions.tree import Change, SetTo, Take

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Atom:
    """Base of the elementary questions; ``view`` says from where each is asked."""

    view: View

    #: Whether it looks at places to which play under the posture of its view need not lead.
    anywhere: ClassVar[bool] = False

    def look_up(self, case: Case, places: Places) -> float | Array:
        """Its value in the solution of its view. LookupError, ZeroDivisionError, DateError: why it has none."""
        raise NotImplementedError

    @cached_property
    def levels(self) -> tuple[View, ...]:
        """The views in which what every actor can expect makes up the answer: one, or one less another; mostly none."""
        return ()

    @cached_property
    def ways(self) -> tuple[tuple[Change, ...], ...]:
        """What is changed before anything is looked up, in each of the situations that are looked at."""
        return (self.view.after,)


@dataclass(frozen=True)
class Value(Atom):
    """What an actor can expect from here on."""

    actor: int

    @cached_property
    def levels(self) -> tuple[View, ...]:
        """Its own view, unless an option is taken first: that does not look the same to all actors."""
        return (self.view,) if _public(self.view.after) else ()

    def look_up(self, case: Case, places: Places) -> float:
        """In the values."""
        if self.levels:
            return places.level(self.view, self.actor)
        nodes = places(replace(self.view, after=()))
        return worth.value(case, self.actor, nodes, places.made(self.view.after), self.view.under)


@dataclass(frozen=True)
class Worth(Atom):
    """What an actor gains by changes, against none of them or against others."""

    actor: int
    changes: tuple[Change, ...]
    than: tuple[Change, ...] | None = None

    @cached_property
    def levels(self) -> tuple[View, ...]:
        """After the changes, and without them or after the others."""
        than = self.than or ()
        if not _public((*self.changes, *than)):
            return ()
        return replace(self.view, after=self.changes), replace(self.view, after=than)

    @cached_property
    def ways(self) -> tuple[tuple[Change, ...], ...]:
        """Those of the view, and after them the changes, or the others."""
        before = self.view.after
        return before, before + self.changes, before + (self.than or ())

    def look_up(self, case: Case, places: Places) -> float:
        """In the values after the changes and before them."""
        if self.levels:
            after, before = (places.level(view, self.actor) for view in self.levels)
            return worth.difference(after, before)
        others = None if self.than is None else places.made(self.than)
        made, nodes = places.made(self.changes), places(self.view)
        return worth.worth(case, self.actor, made, nodes, others, self.view.under)


@dataclass(frozen=True)
class Stake(Atom):
    """The spread between an actor's best and worst reachable end."""

    actor: int

    def look_up(self, case: Case, places: Places) -> float:
        """In the tables of free play."""
        return worth.stake(case, self.actor)


@dataclass(frozen=True)
class ValueByWorld(Atom):
    """[W] what an actor can expect if the truth is w, at the nodes where it may then be (all, if w is ruled out)."""

    actor: int

    def look_up(self, case: Case, places: Places) -> Array:
        """In the values."""
        return places.levels_by_world(self.view, self.actor)


@dataclass(frozen=True)
class Belief(Atom):
    """[W] the public belief."""

    def look_up(self, case: Case, places: Places) -> Array:
        """At the nodes of the view."""
        return places(self.view).belief()


@dataclass(frozen=True)
class Choice(Atom):
    """The chance that an option is taken when its step next comes up."""

    step: int
    option: int

    def look_up(self, case: Case, places: Places) -> float:
        """At the next time of the step."""
        return prospects.choice(case, self.step, self.option, places(self.view), self.view.under)


@dataclass(frozen=True)
class ComesUp(Atom):
    """The first period, from 0, in which a step may next come up."""

    step: int

    def look_up(self, case: Case, places: Places) -> float:
        """LookupError where it cannot any more."""
        forks = case.next_time(self.step, places(self.view).without_purse, self.view.under)
        return float(min(fork.nodes.t.min() for fork in forks))


@dataclass(frozen=True)
class Foreseen(Atom):
    """Base of what is to be expected at the ends of periods up to ``date``: all of it is foreseen together."""

    date: int

    def prospect(self, case: Case) -> prospects.Prospect:
        """What is to be expected, in every state."""
        raise NotImplementedError

    def ask(self, case: Case, places: Places) -> prospects.Ask:
        """How it is asked for; LookupError if its date has passed."""
        nodes, label = places(self.view), case.scenario.clock.label
        if (latest := int(nodes.t.max())) > self.date:
            taken = [case.game.steps[change.step].name for change in self.view.after if isinstance(change, Take)]
            then = f"when `{taken[-1]}` comes up, which may be as late as {label(latest)}" if taken else ""
            fix = "ask without a date, or of a later one"
            raise LookupError(f"{label(self.date)} " + (f"may be past {then}: {fix}" if then else "is past by then"))
        return prospects.Ask(self.prospect(case), nodes, self.view.under)


@dataclass(frozen=True)
class Chance(Foreseen):
    """The chance of an event: at the end of some period up to ``date``, or (``on``) at the end of that very period."""

    event: Node
    on: bool = False

    def prospect(self, case: Case) -> prospects.Prospect:
        """The event."""
        return (prospects.on if self.on else prospects.by)(over_states(case, self.event), self.date)


@dataclass(frozen=True)
class Expected(Foreseen):
    """What a number is expected to be at the end of a period."""

    number: Node

    def prospect(self, case: Case) -> prospects.Prospect:
        """The number."""
        return prospects.on(over_states(case, self.number), self.date)


@dataclass(frozen=True)
class Likelihood(Atom):
    """How likely a piece of evidence was just before it came, given some worlds (all, if None)."""

    evidence: str
    given: Mask | None = None

    def look_up(self, case: Case, places: Places) -> float:
        """On the path of the evidence."""
        worlds = np.ones(len(case.game.worlds)) if self.given is None else np.asarray(self.given)
        return _known(case.path.piece(self.evidence).likelihood_of(worlds))


@dataclass(frozen=True)
class PriorPredictive(Atom):
    """How likely a piece of evidence was at the start, before all evidence, given some worlds (all, if None)."""

    evidence: str
    given: Mask | None = None

    def look_up(self, case: Case, places: Places) -> float:
        """On the path that this piece alone takes."""
        key = "alone", self.evidence
        if key not in case.memory:
            case.memory[key] = alone(case.scenario, case.game, case.solution(), self.evidence)
        worlds = np.ones(len(case.game.worlds)) if self.given is None else np.asarray(self.given)
        return _known(case.memory[key].likelihood_of(worlds))


@dataclass(frozen=True)
class BayesFactor(Atom):
    """How many times as likely a piece of evidence was given some worlds as given others."""

    evidence: str
    one: Mask
    other: Mask

    def look_up(self, case: Case, places: Places) -> float:
        """On the path of the evidence."""
        one, other = np.asarray(self.one), np.asarray(self.other)
        piece = case.path.piece(self.evidence)
        if _known(piece.likelihood_of(one)) == 0.0 == _known(piece.likelihood_of(other)):
            raise ZeroDivisionError(f"`{self.evidence}` could not happen under either condition")
        return piece.bayes_factor(one, other)


@dataclass(frozen=True)
class Gain(Atom):
    """What an actor gained by pieces of evidence against what it expected just before each."""

    actor: int
    evidence: tuple[str, ...]

    def look_up(self, case: Case, places: Places) -> float:
        """In the ledger."""
        return ledger.gain(case, self.actor, self.evidence)


@dataclass(frozen=True)
class Assumption(Atom):
    """The value of an assumption in this draw."""

    index: int

    def look_up(self, case: Case, places: Places) -> float:
        """In the draw."""
        return float(case.theta[self.index])


@dataclass
class Found:
    """What was found: the values of atoms, and for those without an answer the reason."""

    values: dict[Atom, float | Array] = field(default_factory=dict)
    reasons: dict[Atom, str] = field(default_factory=dict)

    def has(self, atoms: Iterable[Atom]) -> bool:
        """Whether all of some atoms were looked up."""
        return all(atom in self.values for atom in atoms)

    def add(self, other: Found) -> None:
        """Take up what was found elsewhere as well."""
        self.values.update(other.values)
        self.reasons.update(other.reasons)

    def number(self, atom: Atom) -> float:
        """The value of an atom that is a number."""
        return float(self.values[atom])

    def vector(self, atom: Atom) -> Array:
        """The value of an atom that has one number for each world."""
        return np.asarray(self.values[atom])


def by_solution(atoms: Iterable[Atom]) -> dict[Posture | None, list[Atom]]:
    """Each atom once, sorted by the solution that it needs; free play first, since the others start from its path."""
    sorted_atoms: dict[Posture | None, list[Atom]] = {None: []}
    for atom in dict.fromkeys(atoms):
        sorted_atoms.setdefault(atom.view.under, []).append(atom)
    return sorted_atoms


def _known(likelihood: float) -> float:
    if np.isnan(likelihood):
        raise ZeroDivisionError("just before the evidence, its condition could not be true")
    return likelihood


def _public(changes: Sequence[Change]) -> bool:
    """Whether changes look the same to all actors: an option that is taken does not, as its mover knows why."""
    return all(isinstance(change, SetTo) for change in changes)
