"""A period of the game, backwards, when everybody's play is known: the values before each of its steps.

The same functions give the last line of ``solve`` its values, ``Solution.values`` what it does not keep, and the
queries any quantity that is expected along the path of play (the chance of an event, say), as further value functions
without pay.

Axes: values [S, E, W, B] for E value functions; E = N, the actors' own, with pay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from longgame.arrays import Array
from longgame.game.game import Game
from longgame.game.lattice import Lattice
from longgame.game.linear import fixed_point
from longgame.game.numbers import GameTables, Numbers, StepTables
from longgame.solver import kernel
from longgame.solver.needed import only
from longgame.solver.rows import Rows
from longgame.solver.rules import rules_of


def lattice_of(game: Game) -> Lattice:
    """The belief lattice of a game."""
    return Lattice(len(game.worlds), game.lattice)


def precision_of_cells(game: Game, tables: GameTables, actor: int) -> Array:
    """[C] lambda of each of the actor's cells, from lambda by world; [X, C] of a batch."""
    return np.asarray(tables.precision)[..., actor, _first_worlds(game, actor)]


@lru_cache(maxsize=1024)
def _first_worlds(game: Game, actor: int) -> np.ndarray:
    """[C] a world of each of the actor's cells."""
    return np.unique(game.cells[actor], return_index=True)[1]


def horizon(tables: GameTables, lattice: Lattice) -> Array:
    """Values [S, N, W, B] at the horizon: the end values, whatever is believed."""
    return np.broadcast_to(tables.end_value[..., None], (*tables.end_value.shape, lattice.size))


def value_before(
    game: Game,
    tables: GameTables,
    k: int,
    play: Array | None,
    values: Sequence[Array | None],
    *,
    own: bool = True,
    threads: int = 1,
) -> Rows:
    """Value functions [S, E, W, B] before step k, from ``values`` (by step, K for the end of the period) after it.

    play     choice probabilities [S, C, A, B] at a move; anything at a chance step
    own      these are the actors' own values: payoffs at once, and what tastes add, are counted
    threads  how many cores to use
    """
    rules, _ = rules_of(game, k)
    step, passing = tables.steps[k], values[k + 1]
    assert passing is not None
    bonus = None
    if own and rules.tastes and play is not None:
        places = {mover: mover for mover in game.steps[k].movers}
        bonus = taste_bonus(game, tables, k, play, places, passing.shape[1])
    return expected_before(game, step, k, play, values, Paid(step.pay if own else None, bonus), threads)


class Paid(NamedTuple):
    """What value functions get at a step: ``pay`` [S, A, E, W] by option, ``bonus`` [S, E, W, B] for the choice."""

    pay: Array | None = None
    bonus: Array | None = None


def expected_before(
    game: Game,
    step: StepTables,
    k: int,
    play: Array | None,
    values: Sequence[Array | None],
    paid: Paid,
    threads: int = 1,
) -> Rows:
    """Any value functions [S, E, W, B] before step k, from ``values`` after it and what is paid on the way."""
    rules, targets = rules_of(game, k)
    following, passing = tuple(values[target] for target in targets), values[k + 1]
    assert passing is not None
    odds = step.chance if rules.chance else play
    return kernel.evaluate_step(rules, lattice_of(game), step, following, passing, odds, *paid, threads)


def taste_bonus(
    game: Game, tables: GameTables, k: int, play: Array, places: Mapping[int, int], functions: int
) -> np.ndarray:
    """What tastes add to values [S, E, W, B] at step k: something for its movers, where it takes place.

    places  mover -> the value function that gets it; of movers that are not there nothing is wanted

    The value of a logit choice with tastes is log-sum-exp(lambda Q) / lambda = sum of sigma Q + entropy / lambda.
    Without precision there is no scale for tastes, and no bonus.
    """
    active = np.asarray(tables.steps[k].active)[:, None, None]
    bonus = np.zeros((len(play), functions, len(game.worlds), play.shape[-1]))
    for mover, own in plays_of(game, k, play):
        if mover in places:
            precision = precision_of_cells(game, tables, mover)
            some = precision > 0.0
            entropy = -(own * np.log(np.where(own > 0.0, own, 1.0))).sum(axis=2)
            worth = np.where(some, 1.0 / np.where(some, precision, 1.0), 0.0)[..., None] * entropy  # [S, C, B]
            bonus[:, places[mover]] = np.where(active, worth[:, game.cells[mover]], 0.0)
    return bonus


def plays_of(game: Game, k: int, play: Array) -> Iterator[tuple[int, np.ndarray]]:
    """Each mover of step k with its own play [..., C, own options, B] by its cells.

    Where several choose at the same time, ``play`` [..., C, A, B] is by profile, and by what all of them know together.
    """
    step, rows = game.steps[k], game.rows(k)
    if not step.sides:
        yield step.mover, np.asarray(play)
    for side in step.sides:
        taken = np.equal.outer(np.array(side.taken), np.arange(len(side.options))).astype(float)
        by_cell = np.asarray(play)[..., rows[_first_worlds(game, side.mover)], :, :]  # the same in all worlds of a cell
        yield side.mover, np.einsum("...cab,ao->...cob", by_cell, taken)


def evaluate_period(
    game: Game, tables: GameTables, plays: Sequence[Array | None], start: Array, needed: np.ndarray | None = None
) -> list[Rows]:
    """The actors' values [S, N, W, B] before every step of a period and, last, at its end: K + 1 of them.

    plays   [K], as ``play`` in :func:`value_before`
    start   [S, N, W, B] the values at the start of the next period
    needed  [K + 1, S] bool: where they are wanted; None: everywhere
    """
    end = kernel.period_end(tables, start, None if needed is None else needed[-1])
    tables = tables if needed is None else only(tables, needed)
    values = [end] * (len(game.steps) + 1)
    for k in reversed(range(len(game.steps))):
        values[k] = value_before(game, tables, k, plays[k], values)
    return values


def values_of_play(
    game: Game, numbers: Numbers, plays: Sequence[Sequence[Array | None]], since: int = 0
) -> list[np.ndarray]:
    """The actors' values [S, N, W, B] at the start of each period from ``since`` on, and at the horizon.

    plays  by period and step, as in :func:`value_before`
    """
    last = numbers(game.periods - 1)
    if game.forever:
        return [_for_ever(game, last, plays[-1])] * (game.periods + 1 - since)
    found = [np.array(horizon(last, lattice_of(game)))]
    ended = np.resize(np.asarray(game.ended), len(last.flow))
    for t in reversed(range(since, game.periods)):
        first = evaluate_period(game, numbers(t), plays[t], found[0])[0]
        found.insert(0, kernel.period_start(ended, numbers(t).end_value, first))
    return found


def _for_ever(game: Game, tables: GameTables, plays: Sequence[Array | None]) -> np.ndarray:
    """The actors' values [S, N, W, B] at the start of a period if play is the same in all periods.

    Raises:
        ArithmeticError: they were not found.
    """
    ended = np.resize(np.asarray(game.ended), len(tables.flow))

    def before(start: np.ndarray) -> np.ndarray:
        return kernel.period_start(ended, tables.end_value, evaluate_period(game, tables, plays, start)[0])

    nothing = before(np.zeros((*tables.flow.shape, lattice_of(game).size)))
    found = fixed_point(lambda start: before(start) - nothing, nothing)
    if found is None:
        raise ArithmeticError("the values of this play for ever were not found")
    return found
