"""How atoms are found: look-ups in one solution, for one draw or for several that were solved side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from longgame.queries import ledger, prospects, worth
from longgame.queries.abreast import Abreast
from longgame.queries.atoms import (
    Assumption,
    Atom,
    BayesFactor,
    Belief,
    Chance,
    Change,
    Choice,
    Expected,
    Found,
    Gain,
    Likelihood,
    SetTo,
    Stake,
    Take,
    Value,
    ValueByWorld,
    View,
    Worth,
)
from longgame.queries.case import Case
from longgame.queries.nodes import Nodes
from longgame.scenario.clock import DateError
from longgame.scenario.language.expressions import Node

Array = NDArray[np.float64]
Each = Callable[[Callable[[int], object]], Iterable[int]]  # (what to do in a draw) -> the draws in which it was done


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
    for at, changes in {(atom.view.at, any(atom.ways)) for atom in atoms}:
        nodes = places(View(at))
        if changes:
            first[int(nodes.t.min()) :] = True
        else:
            first[nodes.t, nodes.k, nodes.s] = True
    return first


def find(case: Case, atoms: Sequence[Atom], found: Found) -> None:
    """Work out atoms that all need the same solution, and put what is found into ``found``."""
    inquiry = Inquiry(case, atoms, found)
    inquiry.look_up()
    inquiry.foresee()


class Inquiry:
    """Atoms that all need the same solution, asked of one case; what is found goes into ``found``.

    First everything but prospects is looked up; then prospects, all together.
    """

    def __init__(self, case: Case, atoms: Sequence[Atom], found: Found):
        self.case = case
        #: What must be foreseen; filled by ``look_up``.
        self.prospects: dict[Atom, prospects.Ask] = {}
        self._atoms = atoms
        self._found = found
        self._places = _Places(case)

    def start(self, ahead: NextTime) -> Nodes | None:
        """The nodes that a next time is asked from; None if there are none, for whatever reason."""
        with suppress(Exception):  # the question itself will say what is wrong
            nodes = self._places(ahead.view)
            return nodes if ahead.purse else nodes.without_purse
        return None

    def look_up(self) -> None:
        """Everything but prospects."""
        self._places.measure(view for atom in self._atoms for view in atom.levels)
        for atom in self._atoms:
            try:
                if isinstance(atom, Chance | Expected):
                    self.prospects[atom] = _prospect(self.case, atom, self._places)
                else:
                    self._found.values[atom] = _look_up(self.case, atom, self._places)
            except (LookupError, ZeroDivisionError, DateError) as error:
                _no_answer(self._found, atom, error)

    def foresee(self) -> None:
        """The prospects."""
        values = prospects.foresee(self.case, list(self.prospects.values()))
        self._found.values.update(zip(self.prospects, values, strict=True))


def find_abreast(draws: Abreast, atoms: Sequence[Atom], found: Sequence[Found], each: Each) -> None:
    """The same for draws that were solved side by side; what is the same work in all of them is done once.

    found  by draw, where what is found in it goes
    each   does something in every draw in which nothing went wrong so far, and says in which it was done
    """
    inquiries = {g: Inquiry(case, atoms, found[g]) for g, case in draws.cases.items()}
    for ahead in _next_times(atoms):
        starts = {g: inquiry.start(ahead) for g, inquiry in inquiries.items()}
        draws.look_ahead(ahead.step, {g: nodes for g, nodes in starts.items() if nodes is not None})
    left = each(lambda g: inquiries[g].look_up())
    prospects.work_out(draws.whole, draws.under, draws.cases, {g: inquiries[g].prospects for g in left})
    each(lambda g: inquiries[g].foresee())


@dataclass(frozen=True)
class NextTime:
    """The next time that a step takes place; ``purse``: with what was paid on the way to the nodes of the view."""

    view: View
    step: int
    purse: bool = True


def _next_times(atoms: Iterable[Atom]) -> list[NextTime]:
    """The next times that atoms ask for, each after those that its own view needs.

    Where clauses are set before an option is taken, the nodes are known only to the question itself.
    """
    found: dict[NextTime, None] = {}
    for atom in atoms:
        before = replace(atom.view, after=())
        ways = [(before, atom.view.after)]
        if isinstance(atom, Worth):
            ways += [(atom.view, atom.changes), (atom.view, atom.than or ())]
        for view, changes in ways:
            if changes and isinstance(changes[0], Take):
                found[NextTime(view, changes[0].step)] = None
        if isinstance(atom, Choice):
            found[NextTime(atom.view, atom.step, purse=False)] = None
    return list(found)


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
        return [
            worth.Taken(change.step, change.option) if isinstance(change, Take) else clauses(self.case, change)
            for change in changes
        ]


def clauses(case: Case, change: SetTo) -> worth.Clauses:
    """What is set, as arrays, for one draw of the assumptions; the case remembers it."""
    if change not in case.memory:
        successor, weight = case.game.change(dict(change.clauses), case.theta)
        pay = case.game.payments(dict(change.pay), case.theta) if change.pay else None
        case.memory[change] = worth.Clauses(np.asarray(successor), np.asarray(weight), pay)
    return case.memory[change]


def _prospect(case: Case, atom: Chance | Expected, places: _Places) -> prospects.Ask:
    """How a prospect is asked for; LookupError if its date has passed."""
    nodes = places(atom.view)
    if int(nodes.t.max()) > atom.date:
        raise LookupError(f"{case.scenario.clock.label(atom.date)} is past by then")
    if isinstance(atom, Expected):
        prospect = prospects.on(_over_states(case, atom.number), atom.date)
    else:
        prospect = (prospects.on if atom.on else prospects.by)(_over_states(case, atom.event), atom.date)
    return prospects.Ask(prospect, nodes, atom.view.under)


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
