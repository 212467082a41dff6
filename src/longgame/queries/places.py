"""From where something is asked, and the nodes where that is: worked out once for all atoms of one solution."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from longgame.queries import worth
from longgame.queries.case import Case, Posture
from longgame.queries.nodes import Nodes
from longgame.scenario.clock import DateError
from longgame.scenario.expand.lasting import lasting_deals
from longgame.scenario.language.expressions import Name, Node
from longgame.scenario.questions.tree import Change, SetTo, Take, When

Array = NDArray[np.float64]
Mask = tuple[bool, ...]  # [W] the worlds in which a condition holds


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


class Places:
    """The nodes of each view, worked out once."""

    def __init__(self, case: Case):
        self.case = case
        self._known: dict[View, Nodes] = {}
        self._levels: dict[View, Array] = {}
        self._by_world: dict[tuple[View, int], Array] = {}

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

    def level(self, view: View, actor: int) -> float:
        """What one actor can expect there."""
        found = float(self.levels(view)[actor])
        return worth.value(self.case, actor, self(view), (), view.under) if np.isnan(found) else found

    def levels_by_world(self, view: View, actor: int) -> Array:
        """[W] what an actor can expect there, by what the truth is."""
        if (view, actor) not in self._by_world:
            self._by_world[view, actor] = worth.levels_by_world(self.case, self(view), actor, view.under)
        return self._by_world[view, actor]

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
        begins = _begins(case, change.begins) if change.begins else None
        case.memory[change] = worth.Clauses(np.asarray(successor), np.asarray(weight), pay, begins)
    return case.memory[change]


def _begins(case: Case, left: tuple[str, ...]) -> tuple[int, NDArray[np.bool_]]:
    """The last step at which the time of some deals runs down, and the states in which no other's does before it."""
    counts = {deal.time: deal.left for deal in lasting_deals(case.scenario).values()}
    time = max(k for k, step in enumerate(case.game.steps) if counts.get(step.name) in left)
    before = {counts[step.name] for step in case.game.steps[:time] if step.name in counts} - set(left)
    others = [over_states(case, Name(other)) > 0.0 for other in sorted(before)]
    return time, ~np.any(others, axis=0) if others else np.ones(len(case.game.ended), dtype=bool)


def over_states(case: Case, node: Node) -> Array:
    """[S] an event or a number in every state, for this draw of the assumptions."""
    if ("states", node) not in case.memory:
        case.memory["states", node] = np.asarray(case.game.event(node)(case.theta), dtype=float)
    return case.memory["states", node]
