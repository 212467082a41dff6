"""The zeros of a stationary game's linear systems: none is missed, and few derivatives tell all. Sums over runs."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from longgame.solver.batch import tables_of
from longgame.solver.curve.bordered import Bordered, Sparsity
from longgame.solver.curve.curve import Curve
from longgame.solver.curve.runs import sums_of_runs
from longgame.solver.stationary.public import PublicGame
from longgame.solver.stationary.responses import StationaryResponses
from tests.solver.stochastic import stochastic
from tests.solver.stochastic_games_reference import random_game
from tests.solver.test_forever import RUBINSTEIN, SIEGE, for_ever, game_of


def at_once() -> StationaryResponses:
    return stochastic(*random_game(6, 3, 2, 11), 0.9, 3.0, tastes=True)


def in_turn(text: str) -> StationaryResponses:
    game = game_of(for_ever(text))
    return PublicGame.of(game, tables_of(game, game.base)(0)).responses


@pytest.mark.parametrize("made", [at_once, partial(in_turn, SIEGE), partial(in_turn, RUBINSTEIN)])
def test_no_zero_is_claimed_where_there_is_none(made: partial[StationaryResponses]):
    responses = made()
    curve, rng = Curve(responses), np.random.default_rng(1)
    at = responses.respond(responses.centre(rng.normal(size=responses.slots)), 0.5)
    whole = Bordered(partial(curve.derivative, at), np.zeros(curve.size + 1), curve.cells).rows
    free, last = curve.unknowns
    there = (responses.pattern[free] | responses.pattern[last])[:, free] | np.eye(curve.size, dtype=bool)
    assert not (whole[:, :-1] != 0.0)[~there].any()


def test_columns_that_share_no_row_are_told_from_one_derivative():
    responses = at_once()
    curve = Curve(responses)
    sparsity = curve.sparsity
    assert isinstance(sparsity, Sparsity) and sparsity.seeds.shape == (curve.size, 6 + 3)  # states and players
    at = responses.respond(responses.centre(np.random.default_rng(2).normal(size=responses.slots)), 0.7)
    row = np.zeros(curve.size + 1)
    whole = Bordered(partial(curve.derivative, at), row, curve.cells).rows
    few = Bordered(partial(curve.derivative, at), row, curve.cells, sparsity=sparsity).rows
    np.testing.assert_allclose(few, whole, rtol=0, atol=1e-14)


@pytest.mark.parametrize("width", [(), (3,), (2, 40)])
def test_sums_over_runs_are_those_of_each_run_alone(width: tuple[int, ...]):
    rows, starts = np.random.default_rng(0).normal(size=(9, *width)), np.array([0, 1, 5, 7])
    alone = [rows[first:last].sum(axis=0) for first, last in zip(starts, [*starts[1:], 9], strict=True)]
    np.testing.assert_allclose(sums_of_runs(rows, starts), alone, atol=1e-14)
