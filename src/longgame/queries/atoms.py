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
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longgame.queries import ledger, prospects, worth
from longgame.queries.case import Case, Posture
from longgame.queries.nodes import Nodes
from longgame.scenario.clock import DateError
from longgame.scenario.expressions import Node

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


def first_period(case: Case, atoms: Iterable[Atom]) -> int:
    """The first period in whose values some atoms may look: that of their nodes, before any change."""
    places = _Places(case)
    return min((int(places(View(at)).t.min()) for at in {atom.view.at for atom in atoms}), default=0)


def first_places(case: Case, atoms: Iterable[Atom]) -> np.ndarray:
    """[T, K + 1, S] bool: the places at which some atoms begin to look; from there they follow play.

    An atom that makes changes first may look at any place from the period of its nodes on.
    """
    game, places = case.game, _Places(case)
    first = np.zeros((game.periods, len(game.steps) + 1, len(game.ended)), dtype=bool)
    for at, changes in {(atom.view.at, _changes(atom)) for atom in atoms}:
        nodes = places(View(at))
        if changes:
            first[int(nodes.t.min()) :] = True
        else:
            first[nodes.t, nodes.k, nodes.s] = True
    return first


def _changes(atom: Atom) -> bool:
    return bool(atom.view.after or (isinstance(atom, Worth) and (atom.changes or atom.than)))


def find(case: Case, atoms: Sequence[Atom], found: Found) -> None:
    """Work out atoms that all need the same solution, and put what is found into ``found``."""
    places = _Places(case)
    places.measure(view for atom in atoms for view in atom.levels)
    asks: dict[Atom, prospects.Ask] = {}
    for atom in atoms:
        try:
            if isinstance(atom, Chance | Expected):
                asks[atom] = _prospect(case, atom, places)
            else:
                found.values[atom] = _look_up(case, atom, places)
        except (LookupError, ZeroDivisionError, DateError) as error:
            _no_answer(found, atom, error)
    _foresee(case, asks, found)


def _foresee(case: Case, asks: dict[Atom, prospects.Ask], found: Found) -> None:
    """All prospects together, after those whose date has passed have been sorted out."""
    for atom, ask in list(asks.items()):
        first = int(ask.nodes.t.max())
        if first > ask.prospect.date:
            del asks[atom]
            _no_answer(found, atom, LookupError(f"{case.scenario.clock.label(ask.prospect.date)} is past by then"))
    for atom, value in zip(asks, prospects.foresee(case, list(asks.values())), strict=True):
        found.values[atom] = value


def _no_answer(found: Found, atom: Atom, error: Exception) -> None:
    found.values[atom] = float("nan")
    found.reasons[atom] = str(error.args[0]) if error.args else str(error)


class _Places:
    """The nodes of each view, worked out once."""

    def __init__(self, case: Case):
        self.case = case
        self._known: dict[View, Nodes] = {}
        self._levels: dict[View, Array] = {}
        self._by_world: dict[View, Array] = {}

    def __call__(self, view: View) -> Nodes:
        """The nodes at a date, given worlds, after changes; where they stand in the solution of the view."""
        nodes = self._known.get(view)
        if nodes is None:
            nodes = self._known[view] = self._nodes(view)
        return nodes

    def _nodes(self, view: View) -> Nodes:
        if view.after:
            return worth.after(self.case, self.made(view.after), self(replace(view, after=())), view.under)
        if view.given is not None:
            return self(replace(view, given=None)).given(np.asarray(view.given))
        return self.case.path.at(view.at)

    def measure(self, views: Iterable[View]) -> None:
        """Work out the levels of some views of one solution together; those that have none raise when asked for."""
        sets: dict[View, Nodes] = {}
        for view in dict.fromkeys(views):
            with suppress(LookupError, ZeroDivisionError, DateError):
                sets[view] = self(view)
        under = next((view.under for view in sets), None)
        self._levels.update(zip(sets, worth.levels_of(self.case, list(sets.values()), under), strict=True))

    def levels(self, view: View) -> Array:
        """[N] what every actor can expect there; for changes that look the same to all of them (see ``Take``)."""
        levels = self._levels.get(view)
        return worth.levels(self.case, self(view), view.under) if levels is None else levels

    def levels_by_world(self, view: View) -> Array:
        """[N, W] what every actor can expect there, by what the truth is."""
        if view not in self._by_world:
            self._by_world[view] = worth.levels_by_world(self.case, self(view), view.under)
        return self._by_world[view]

    def made(self, changes: Sequence[Change]) -> list[worth.Change]:
        """Changes as arrays, for this draw of the assumptions."""
        return [_made(self.case, change) for change in changes]


def _made(case: Case, change: Change) -> worth.Change:
    if isinstance(change, Take):
        return worth.Taken(change.step, change.option)
    if change not in case.memory:
        successor, weight = case.game.change(dict(change.clauses), case.theta)
        pay = case.game.payments(dict(change.pay), case.theta) if change.pay else None
        case.memory[change] = worth.Clauses(np.asarray(successor), np.asarray(weight), pay)
    return case.memory[change]


def _prospect(case: Case, atom: Chance | Expected, places: _Places) -> prospects.Ask:
    if isinstance(atom, Expected):
        prospect = prospects.on(_over_states(case, atom.number), atom.date)
    else:
        prospect = (prospects.on if atom.on else prospects.by)(_over_states(case, atom.event), atom.date)
    return prospects.Ask(prospect, places(atom.view), atom.view.under)


def _over_states(case: Case, node: Node) -> Array:
    """[S] an event or a number in every state, for this draw of the assumptions."""
    if ("states", node) not in case.memory:
        case.memory["states", node] = np.asarray(case.game.event(node)(case.theta), dtype=float)
    return case.memory["states", node]


def _look_up(case: Case, atom: Atom, places: _Places) -> float | Array:
    view = atom.view
    match atom:
        case Value(_, actor) if atom.levels:
            return float(places.levels(view)[actor])
        case Value(_, actor):
            nodes = places(replace(view, after=()))
            return worth.value(case, actor, nodes, places.made(view.after), view.under)
        case Worth(_, actor) if atom.levels:
            after, before = map(places.levels, atom.levels)
            return float(after[actor] - before[actor])
        case Worth(_, actor, changes, than):
            others = None if than is None else places.made(than)
            return worth.worth(case, actor, places.made(changes), places(view), others, view.under)
        case Stake(_, actor):
            return worth.stake(case, actor)
        case ValueByWorld(_, actor):
            return places.levels_by_world(view)[actor]
        case Belief():
            return places(view).belief()
        case Choice(_, step, option):
            return prospects.choice(case, step, option, places(view), view.under)
        case Likelihood(_, evidence, given):
            seen = case.path.observation(evidence)
            return seen.likelihood_of(np.ones(len(case.game.worlds)) if given is None else np.asarray(given))
        case BayesFactor(_, evidence, one, other):
            return case.path.observation(evidence).bayes_factor(np.asarray(one), np.asarray(other))
        case Gain(_, actor, evidence):
            return ledger.gain(case, actor, evidence)
        case Assumption(_, index):
            return float(case.theta[index])
    raise TypeError(f"no such atom: {type(atom).__name__}")


def _public(changes: Sequence[Change]) -> bool:
    """Whether changes look the same to all actors: an option that is taken does not, as its mover knows why."""
    return all(isinstance(change, SetTo) for change in changes)
