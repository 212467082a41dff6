"""Games with independent blocks of hidden variables, against exact beliefs and against one lattice over all worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from longgame.compiled import read
from longgame.exact.public_histories import HistoriesSolution, solve_histories
from longgame.game.lattice import Lattice
from longgame.run.precision import coarser_than, factor, stepwise
from longgame.solver.blocks.between import coarse, finer, prolonged
from longgame.solver.blocks.solution import BlockSolution
from longgame.solver.blocks.solve import solve_blocks
from longgame.solver.kernel import fibres
from longgame.solver.solve import solve
from tests.solver.blocks import BlockShape, draw_blocks

SHAPES = (
    BlockShape(),
    BlockShape(sizes=(2, 3), periods=2, moves=2),
    BlockShape(sizes=(2, 2, 2), becomes=True),
    BlockShape(sizes=(3, 2), noise="tastes", becomes=True),
    BlockShape(sizes=(2, 2, 2, 2)),
)


def _numbers(game, solution: BlockSolution, exact: HistoriesSolution) -> tuple[np.ndarray, np.ndarray]:
    """All choices and expectations at the histories of the exact solution: found, and exact."""
    found, right = [np.zeros(0)], [np.zeros(0)]
    for move in exact.moves:
        at = move.period, move.step, move.state, move.belief
        first = np.unique(game.cells[game.steps[move.step].mover], return_index=True)[1]
        choice = solution.odds(*at)[:, :, first].swapaxes(1, 2)
        open_ = np.isfinite(move.choice)
        worth = np.einsum("gnw,gw->gn", solution.values_at(*at), move.belief)
        found += [choice[open_], worth.ravel()]
        right += [move.choice[open_], np.einsum("gnw,gw->gn", np.nan_to_num(move.value), move.belief).ravel()]
    return np.concatenate(found), np.concatenate(right)


@pytest.mark.parametrize("precision", [1.0, 3.0])
def test_choices_and_values_are_exact_within_the_stated_error(precision):
    errors, stated, before = [], [], []
    for seed in range(16):
        game = draw_blocks(SHAPES[seed % len(SHAPES)], seed, precision)
        exact = solve_histories(game, game.base)
        by = {r: _numbers(game, solve_blocks(replace(game, lattice=r)), exact) for r in (4, *coarser_than(4))}
        found, right = by[4]
        errors.append(np.abs(found - right))
        stated.append(stepwise(4, np.abs(found - by[3][0]), np.abs(by[3][0] - by[2][0])))
        before.append(factor(max(game.blocks.sizes), 4, 2) * np.abs(found - by[2][0]))
    error, limit = np.concatenate(errors), np.concatenate(stated)
    counts = error > 1e-4
    assert len(error) > 1000
    assert np.median(error) < 1e-4
    assert (error <= np.maximum(limit, 1e-4)).mean() > 0.98
    assert (error[counts] <= limit[counts]).mean() > 0.95
    assert np.median(limit[counts] / error[counts]) < 0.6 * np.median(np.concatenate(before)[counts] / error[counts])


def test_the_error_is_told_from_two_steps_of_the_lattice():
    assert coarser_than(1) == () and coarser_than(2) == coarser_than(3) == (1,)
    assert coarser_than(4) == (3, 2) and coarser_than(6) == (5, 4) and coarser_than(20) == (10,)
    assert stepwise(5, 0.01, 0.02) == pytest.approx(5 * (0.005 + 0.005))


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_solution_over_all_worlds(seed):
    game = draw_blocks(BlockShape(sizes=(2, 2), becomes=seed % 2 == 0, periods=2), seed)
    whole, apart = solve(replace(game, lattice=16)), solve_blocks(replace(game, lattice=8))
    rng = np.random.default_rng(seed)
    for _ in range(5):
        s, b = int(rng.integers(2)), np.multiply.outer(*rng.dirichlet(np.ones(2), size=2)).ravel()
        values = apart.values_at(0, 0, np.array([s]), b[None])[0]
        np.testing.assert_allclose(values @ b, whole.value_at(0, 0, s, b) @ b, atol=0.02)


def test_programs_are_compiled_once_whoever_made_the_tables():
    """A kind of array that Numba tells from others would have them compiled again, which takes half a minute."""
    tables = {}

    def kept(theta, t):
        if t not in tables:
            own = game.tables(theta, t)
            steps = [
                step._replace(weight=read(step.weight), successor=read(step.successor, np.int32)) for step in own.steps
            ]
            tables[t] = own._replace(steps=tuple(steps))
        return tables[t]

    game = draw_blocks(BlockShape(sizes=(2, 2), moves=1, news=False), 0)
    one, other = solve_blocks(game), solve_blocks(replace(game, tables=kept))
    b = one.prior[None]
    np.testing.assert_array_equal(one.values_at(0, 0, np.zeros(1, int), b), other.values_at(0, 0, np.zeros(1, int), b))
    for program in (fibres.solve_fibres, fibres.before_step, fibres.look_ahead, fibres.between):
        assert len(program.signatures) <= 1


def test_a_lattice_that_is_fine_by_itself_is_left_as_it_is():
    game = draw_blocks(BlockShape(), 0)
    [few, more] = (solve_blocks(replace(game, lattice=r)) for r in (7, 20))
    assert finer(more.layout.lattices[0]) == more.layout.lattices[0]
    prior = few.prior[None]
    np.testing.assert_allclose(
        few.values_at(0, 0, np.array([0]), prior), more.values_at(0, 0, np.array([0]), prior), atol=2e-3
    )


@pytest.mark.parametrize(("worlds", "resolution"), [(2, 1), (2, 2), (2, 5), (3, 2), (3, 4), (4, 2)])
def test_between_the_points_values_go_through_them_and_quadratics_are_kept(worlds, resolution):
    lattice = Lattice(worlds, resolution)
    points, fine = lattice.points, finer(lattice).points
    values = 1.0 + points[:, 0] + (points[:, 0] * points[:, -1] if resolution > 1 else 0.0)
    expected = 1.0 + fine[:, 0] + (fine[:, 0] * fine[:, -1] if resolution > 1 else 0.0)
    np.testing.assert_allclose(prolonged(lattice) @ values, expected, atol=1e-9)
    np.testing.assert_array_equal(fine[coarse(lattice)], points)


def test_what_matters_no_more_takes_no_room():
    game = draw_blocks(BlockShape(sizes=(2, 2, 2), pay=False, news=False, moves=1), 0)
    tables = game.tables(game.base, 0)
    own = tables._replace(flow=np.zeros_like(tables.flow), end_value=np.zeros_like(tables.end_value))
    alone = solve_blocks(replace(game, tables=lambda theta, t: own))
    assert alone.layout.matters[:, 1:].sum() == 0
    assert alone.layout.matters[0, 0] and not alone.layout.matters[-1, 0]


@pytest.mark.parametrize("shape", SHAPES[1:3], ids=str)
def test_values_that_were_let_go_are_found_again_from_the_play(shape):
    game = draw_blocks(shape, 3, 2.0)
    solution = solve_blocks(replace(game, lattice=3))
    bare, exact = replace(solution, U=[]), solve_histories(game, game.base)
    for found, right in zip(_numbers(game, bare, exact), _numbers(game, solution, exact), strict=True):
        np.testing.assert_allclose(found, right, atol=1e-9)
