"""The elementary questions: each is a look-up in one solution, and they are asked many at a time.

A function of the question language (``worth``, ``chance``, ``lead``, ...) is worked out from one or more atoms. An atom
names one solution, so that the atoms of all claims can be sorted by solution, asked together, and the solution let
go before the next is made; and equal atoms are asked once, however many claims need them. What an atom asks is in
numbers already (actor 2, step 5, worlds 0 and 3), never in names.

Where there is no answer (a move that cannot come up any more, a chance given what is impossible), the answer is NaN
and the reason is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longgame.queries.case import Posture
from longgame.scenario.language.expressions import Node

Array = NDArray[np.float64]
Mask = tuple[bool, ...]  # [W] the worlds in which a condition holds
When = str | int  # a date, a period, ``now`` or ``start``


@dataclass(frozen=True)
class SetTo:
    """Some state variables are set, all at once: a deal, or ``set(...)``. ``pay`` is what a deal pays at once."""

    clauses: tuple[tuple[str, Node], ...]
    pay: tuple[tuple[str, Node], ...] = ()


@dataclass(frozen=True)
class Take:
    """An option is taken at the next time that its step comes up."""

    step: int
    option: int


Change = SetTo | Take


@dataclass(frozen=True)
class View:
    """From where something is asked.

    at     the date of the question, as the claim has it
    given  only these worlds are looked at, though the actors do not know it; None for all
    after  changes that are made first
    under  the posture that an actor is bound to; None for free play
    """

    at: When = "now"
    given: Mask | None = None
    after: tuple[Change, ...] = ()
    under: Posture | None = None


@dataclass(frozen=True)
class Atom:
    """Base of the elementary questions; ``view`` says from where each is asked."""

    view: View

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


@dataclass(frozen=True)
class Stake(Atom):
    """The spread between an actor's best and worst reachable end."""

    actor: int


@dataclass(frozen=True)
class ValueByWorld(Atom):
    """[W] what an actor can expect if the truth is w, at the nodes where it may then be (all, if w is ruled out)."""

    actor: int


@dataclass(frozen=True)
class Belief(Atom):
    """[W] the public belief."""


@dataclass(frozen=True)
class Choice(Atom):
    """The chance that an option is taken when its step next comes up."""

    step: int
    option: int


@dataclass(frozen=True)
class Chance(Atom):
    """The chance of an event: at the end of some period up to ``date``, or (``on``) at the end of that very period."""

    event: Node
    date: int
    on: bool = False


@dataclass(frozen=True)
class Expected(Atom):
    """What a number is expected to be at the end of a period."""

    number: Node
    date: int


@dataclass(frozen=True)
class Likelihood(Atom):
    """How likely a piece of evidence was just before it came, given some worlds (all, if None)."""

    evidence: str
    given: Mask | None = None


@dataclass(frozen=True)
class BayesFactor(Atom):
    """How many times as likely a piece of evidence was given some worlds as given others."""

    evidence: str
    one: Mask
    other: Mask


@dataclass(frozen=True)
class Gain(Atom):
    """What an actor gained by pieces of evidence against what it expected just before each."""

    actor: int
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Assumption(Atom):
    """The value of an assumption in this draw."""

    index: int


@dataclass
class Found:
    """What was found: the values of atoms, and for those without an answer the reason."""

    values: dict[Atom, float | Array] = field(default_factory=dict)
    reasons: dict[Atom, str] = field(default_factory=dict)

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


def _public(changes: Sequence[Change]) -> bool:
    """Whether changes look the same to all actors: an option that is taken does not, as its mover knows why."""
    return all(isinstance(change, SetTo) for change in changes)
