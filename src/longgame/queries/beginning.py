"""Where questions begin to look: from there on they follow play, and nowhere else must anything be solved.

A question stands at some places (a period, a step and a state each). It may make changes first: a state that is set is
looked at where it is set; an option is taken the next time that its step comes up on the way of play.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from longgame.game.game import Game
from longgame.game.numbers import GameTables, Numbers
from longgame.queries.atoms import Atom
from longgame.queries.case import Case
from longgame.queries.places import Places, View, clauses
from longgame.scenario.clock import DateError
from longgame.scenario.expand import Observation, known_by, observations_of
from longgame.scenario.questions.tree import Change, SetTo, When
from longgame.solver.needed import lead, reached

Mask = NDArray[np.bool_]  # [T, K + 1, S] places: the states at the entry of each step, K at the end of the period


def first_period(case: Case, atoms: Iterable[Atom]) -> int:
    """The first period in whose values some atoms may look: that of their nodes, before any change."""
    places = Places(case)
    return min((int(places(View(at)).t.min()) for at in {atom.view.at for atom in atoms}), default=0)


def at_nodes(case: Case) -> Callable[[When], Mask]:
    """By date, the places at which a question of that date stands, on the path that the evidence took."""
    places = Places(case)

    def stand(at: When) -> Mask:
        nodes, here = places(View(at)), nowhere(case.game)
        here[nodes.t, nodes.k, nodes.s] = True
        return here

    return stand


def on_the_way(case: Case, numbers: Numbers) -> Callable[[When], Mask]:
    """By date, the places at which questions of free play may stand, before it is known where the evidence leads.

    They stand at the start, or after the last piece of evidence that is known by then.
    """
    game, observed = case.game, observations_of(case.scenario)
    start = nowhere(game)
    start[0, 0, numbers(0).start_index[numbers(0).start_weight > 0.0]] = True
    told = _as_observed(numbers, observed)
    come = reached(game, told, start)

    def stand(at: When) -> Mask:
        if (last := _last_known(case, observed, at)) is None:
            return start
        here, t = nowhere(game), last.period
        if _is_certain(last):
            return _led(game, told, come, last.step, last.options, [t])
        here[t, last.step :] = come[t, last.step :]
        return here

    return stand


def _last_known(case: Case, observed: Sequence[Observation], at: When) -> Observation | None:
    """The last that was observed by a date; None if nothing was."""
    if at == "start" or not observed:
        return None
    if at == "now":
        return observed[-1]
    with suppress(DateError):  # the question itself will say what is wrong
        known = known_by(case.scenario, observed, at)
        return next((seen for seen, by_then in zip(observed[::-1], known[::-1], strict=True) if by_then), None)
    return None


def _is_certain(seen: Observation) -> bool:
    """Whether it is known that one of some options was taken."""
    return bool(seen.options) and seen.p is None and seen.bit is None and not seen.negative


def _as_observed(numbers: Numbers, observed: Sequence[Observation]) -> Numbers:
    """The numbers with only those options open at observed steps that were taken, where that is certain."""

    def told(t: int) -> GameTables:
        now = numbers(t)
        steps = list(now.steps)
        for seen in observed:
            if seen.period == t and _is_certain(seen):
                open_ = np.asarray(steps[seen.step].allowed)
                taken = np.isin(np.arange(open_.shape[-1]), seen.options)
                steps[seen.step] = steps[seen.step]._replace(allowed=open_ & taken)
        return now._replace(steps=tuple(steps))

    return told


def nowhere(game: Game) -> Mask:
    """No place at all."""
    return np.zeros((game.periods, len(game.steps) + 1, len(game.ended)), dtype=bool)


def first_places(case: Case, numbers: Numbers, atoms: Iterable[Atom], stand: Callable[[When], Mask]) -> Mask:
    """The places at which some atoms of one solution begin to look.

    numbers  of the draw under the posture of the solution, by period
    stand    by date, the places at which questions of that date stand
    """
    first = nowhere(case.game)
    ways: dict[When, dict[tuple[Change, ...], None]] = {}
    for atom in atoms:
        ways.setdefault(atom.view.at, {}).update(dict.fromkeys(atom.ways))
        if atom.anywhere:
            first[int(np.argmax(stand(atom.view.at).any(axis=(1, 2)))) :] = True
    for at, changes in ways.items():
        here = stand(at)
        first |= here
        for way in changes:
            there, settings = here, [n for n, change in enumerate(way) if isinstance(change, SetTo)]
            for change in way[: settings[-1] + 1] if settings else ():  # what is taken after that is on the way of play
                there = _after(case, numbers, there, change)
                first |= there
    return first


def _after(case: Case, numbers: Numbers, here: Mask, change: Change) -> Mask:
    """The places to which a change leads from some places."""
    there = nowhere(case.game)
    if isinstance(change, SetTo):
        made = clauses(case, change)
        t, k, s = np.nonzero(here)
        place, lot = np.nonzero(made.weight[s])
        t, k, s = t[place], k[place], made.successor[s[place], lot]
        if made.begins is not None:
            time, begins = made.begins
            k = np.where((k <= time) & begins[s], time + 1, k)
        there[t, k, s] = True
        return there
    come = reached(case.game, numbers, here)
    options = case.game.steps[change.step].profiles(change.option)
    return _led(case.game, numbers, come, change.step, options, range(len(come)))


def _led(game: Game, numbers: Numbers, come: Mask, k: int, options: Iterable[int], periods: Iterable[int]) -> Mask:
    """Where some options of step k lead to in some periods, from the places to which play may come."""
    there = nowhere(game)
    for t in periods:
        tables = numbers(t).steps[k]
        at = np.flatnonzero(come[t, k] & np.asarray(tables.active))
        for after, successor in lead(game, k, tables, at, options) if len(at) else ():
            there[t, after, successor] = True
    return there
