"""Forecasts by simulation: many public paths, each with its exact beliefs.

Each path draws its world from the belief of the question, then goes on step by step: the mover plays the choice
probabilities of the solution at the path's own public belief and in its own cell, chance draws its outcomes in that
world, the belief is updated by Bayes' rule with the same probabilities, and the state moves by lot. Nothing is
rounded to the lattice.

Where a path starts, node and world, is drawn by systematic sampling (Carpenter, Clifford and Fearnhead 1999): each
start gets its share of the paths to within one, so that conditioning on a world, or a start that is a lottery, adds
no noise of its own. The standard errors are those of independent paths, which is on the safe side.

The same seed gives the same paths. Shapes: n paths, D dates (ends of periods), W worlds, A options, C cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from longgame.game.game import Game
from longgame.queries.case import Case, Posture
from longgame.queries.nodes import Equilibrium, Floats, Ints, Nodes, active, odds
from longgame.queries.path import marginals

PATHS = 10_000
Watch = Callable[[int, int, Ints, Floats], None]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class Forecast:
    """What became of the paths.

    periods        [D] the periods at whose ends things were counted, from 0
    paths          n
    by, by_error   event -> [D] share of paths in which it held at the end of some period so far; standard error
    on, on_error   event -> [D] share of paths in which it held at the end of this period; standard error
    beliefs        hidden variable -> value -> [D, quantiles] of the public's probability for it, over paths
    mean_beliefs   hidden variable -> value -> [D] its mean
    states         state variable -> [D, points] share of paths at each of its grid points or words
    quantiles      the quantiles of ``beliefs``
    """

    periods: Ints
    paths: int
    seed: int
    by: Mapping[str, Floats]
    by_error: Mapping[str, Floats]
    on: Mapping[str, Floats]
    on_error: Mapping[str, Floats]
    beliefs: Mapping[str, Mapping[str, Floats]]
    mean_beliefs: Mapping[str, Mapping[str, Floats]]
    states: Mapping[str, Floats]
    quantiles: tuple[float, ...] = QUANTILES


def simulate(
    case: Case,
    events: Mapping[str, ArrayLike],
    nodes: Nodes | None = None,
    paths: int = PATHS,
    seed: int = 0,
    under: Posture | None = None,
    last: int | None = None,
) -> Forecast:
    """Play the game forward from ``nodes`` (now, if left out), counting ``events`` (name -> [S]) at periods' ends.

    last  the last period to play, from 0; the horizon if left out
    """
    solution = case.solution(under)
    nodes = case.path.now if nodes is None else nodes
    last = case.game.periods - 1 if last is None else last
    states, beliefs = play(solution, nodes, paths, np.random.default_rng(seed), last)
    return _counted(case.game, events, states, beliefs, last, seed)


@dataclass(eq=False)
class _Paths:
    """n paths under way; changed in place, as every step touches some of them. k, s, w [n]; b [n, W]."""

    k: Ints
    s: Ints
    w: Ints
    b: Floats


def play(
    solution: Equilibrium,
    nodes: Nodes,
    paths: int,
    random: np.random.Generator,
    last: int,
    watch: Watch | None = None,
) -> tuple[Ints, Floats]:
    """Simulate: the states [D, n] and public beliefs [D, n, W] at the ends of the nodes' own period to period ``last``.

    ``watch`` is told of every step that is about to be taken: period, step, states [n] and public beliefs [n, W].

    Raises ValueError where the nodes stand in several periods.
    """
    first = int(nodes.t[0])
    if (nodes.t != first).any():
        raise ValueError("a forecast starts from nodes of one period")
    under_way = _started(nodes, paths, random)
    states, beliefs = [], []
    for t in range(first, last + 1):
        for k in range(len(solution.game.steps)):
            _step(solution, t, k, under_way, random, watch)
        states.append(under_way.s.copy())
        beliefs.append(under_way.b.copy())
        under_way.k[:] = 0
    return np.array(states), np.array(beliefs)


def _started(nodes: Nodes, paths: int, random: np.random.Generator) -> _Paths:
    """Nodes and worlds to start from, by systematic sampling of their joint probability."""
    edges = np.cumsum(nodes.joint.reshape(-1)) / nodes.mass
    points = (random.random() + np.arange(paths)) / paths
    chosen = np.minimum(np.searchsorted(edges, points, side="right"), edges.size - 1)
    m, w = np.divmod(chosen, nodes.joint.shape[1])
    return _Paths(nodes.k[m].copy(), nodes.s[m].copy(), w.astype(np.int64), nodes.b[m].copy())


def _step(
    solution: Equilibrium, t: int, k: int, paths: _Paths, random: np.random.Generator, watch: Watch | None
) -> None:
    """Take step k in every path that stands at it."""
    here = np.flatnonzero(paths.k == k)
    on = active(solution, t, k, paths.s[here])
    paths.k[here[~on]] = k + 1
    rows = here[on]
    if not len(rows):
        return
    step, tables = solution.game.steps[k], solution.tables(t).steps[k]
    s, w, b = paths.s[rows], paths.w[rows], paths.b[rows]
    if watch is not None:
        watch(t, k, s, b)
    each = np.arange(len(rows))
    q = odds(solution, t, k, s, b)  # [n, A, W]
    a = _drawn(q[each, :, w], random)
    becomes = None if tables.becomes is None else np.asarray(tables.becomes)
    if step.informed:
        paths.b[rows] = _updated(step.signal, q, a, b, None if becomes is None else becomes[s])
    if becomes is not None:
        paths.w[rows] = _drawn(becomes[s, a, w], random)
    lot = _drawn(np.asarray(tables.weight)[s, a], random)
    paths.s[rows] = np.asarray(tables.successor)[s, a, lot]
    paths.k[rows] = np.where(np.asarray(step.next) < 0, len(solution.game.steps), step.next)[a]


def _updated(signal: tuple[int, ...], q: Floats, a: Ints, b: Floats, becomes: Floats | None) -> Floats:
    """[n, W] Bayes' rule after the signals of the options ``a`` [n]; becomes [n, A, W, W']."""
    given = np.asarray(signal) == np.asarray(signal)[a][:, None]  # [n, A]
    mass = b[:, None, :] * q * given[:, :, None]
    joint = mass.sum(1) if becomes is None else np.einsum("naw,nawv->nv", mass, becomes)
    return joint / joint.sum(1, keepdims=True)


def _drawn(p: Floats, random: np.random.Generator) -> Ints:
    """[n] one index from each row of probabilities [n, A]; an index of no probability is never drawn."""
    edges = np.cumsum(p, axis=1)
    drawn = (random.random(len(p))[:, None] * edges[:, -1:] >= edges).sum(1)
    return np.minimum(drawn, p.shape[1] - 1)


def _counted(
    game: Game, events: Mapping[str, ArrayLike], states: Ints, beliefs: Floats, last: int, seed: int
) -> Forecast:
    """Count the paths."""
    dates, paths = states.shape
    by, by_error, on, on_error = {}, {}, {}, {}
    for name, event in events.items():
        held = np.asarray(event, dtype=float)[states]  # [D, n]
        so_far = 1.0 - np.cumprod(1.0 - held, axis=0)
        on[name], on_error[name] = held.mean(1), held.std(1) / np.sqrt(paths)
        by[name], by_error[name] = so_far.mean(1), so_far.std(1) / np.sqrt(paths)
    values = {
        hidden: {value: np.array(found) == value for value in marginals(game, beliefs[0, 0])[hidden]}
        for hidden, found in game.hidden.items()
    }
    chances = {hidden: {value: beliefs @ which for value, which in row.items()} for hidden, row in values.items()}
    return Forecast(
        periods=np.arange(last + 1 - dates, last + 1),
        paths=paths,
        seed=seed,
        by=by,
        by_error=by_error,
        on=on,
        on_error=on_error,
        beliefs={
            hidden: {value: np.quantile(chance, QUANTILES, axis=1).T for value, chance in row.items()}
            for hidden, row in chances.items()
        },
        mean_beliefs={
            hidden: {value: chance.mean(1) for value, chance in row.items()} for hidden, row in chances.items()
        },
        states={
            variable.name: np.array(
                [np.bincount(game.states.codes[row, place], minlength=len(variable.points)) / paths for row in states]
            )
            for place, variable in enumerate(game.states.variables)
        },
    )
