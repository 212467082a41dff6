"""The compiled kernel: its vectors against NumPy, its lattice against ``Lattice``, and that threads change nothing.

That it finds what the twin finds is tested in ``test_solve``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numba
import numpy as np
import pytest

from longgame import compiled
from longgame.game.lattice import Lattice
from longgame.solver import kernel
from longgame.solver.kernel.elementary import exp, log
from longgame.solver.kernel.lanes import LANES, first_lanes, floor, largest, size, smallest, some, spread, where
from longgame.solver.kernel.memory import load, load_some, pointer, store, store_some, transpose
from longgame.solver.kernel.numbers import Grid, Room, StepNumbers, room, scratch_in, step_of
from longgame.solver.kernel.points import read_signals
from longgame.solver.solution import Status
from longgame.solver.solve import solve
from tests.games import random_game

RNG = np.random.default_rng(5)


@numba.njit(error_model="numpy")
def of_each(what: int, x: Any, y: Any, out: Any) -> None:
    """A function of eight numbers at a time, over flat arrays whose length is a multiple of eight."""
    a, b, c = pointer(x), pointer(y), pointer(out)
    for n in range(0, x.size, LANES):
        one, other = load(a, n), load(b, n)
        if what == 0:
            found = exp(one)
        elif what == 1:
            found = log(one)
        elif what == 2:
            found = floor(one) + size(other)
        elif what == 3:
            found = largest(one, other) - 2.0 * smallest(one, other) / spread(4.0)
        else:
            found = where(~((one < other) & (one > 0.0)) | (other <= 0.25), one, other)
        store(c, n, found)


def found(what: int, x: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
    out = np.empty_like(x)
    of_each(what, x, x if y is None else y, out)
    return out


def test_a_part_of_a_program_is_nothing_to_be_called():
    found(0, np.zeros(LANES))
    for _ in range(2):
        with pytest.raises(TypeError, match="a part of compiled programs"):
            exp(np.zeros(LANES))


def test_the_exponential_is_right_to_the_last_bits():
    special = [0.0, -0.0, 1.0, -1.0, 690.0, -707.9, 1e-300, -1e-9]
    x = np.concatenate([-700.0 * RNG.random(4000), RNG.normal(size=3992), special])
    np.testing.assert_allclose(found(0, x), np.exp(x), rtol=4e-16)


def test_the_exponential_of_very_little_is_next_to_nothing():
    far = found(0, np.array([-709.0, -1e4, -1e300, -np.inf, -708.0, -708.1, -5000.0, -710.0]))
    assert np.all((far > 0.0) & (far < 1e-306))


def test_the_logarithm_is_right_for_all_probabilities():
    special = [1.0, 0.5, 2.0, 1e-290, 1 - 1e-16, 0.7, 0.71, 1.4]
    x = np.concatenate([10.0 ** -(290.0 * RNG.random(4000)), RNG.random(3992), special])
    np.testing.assert_allclose(found(1, x), np.log(x), rtol=1e-12, atol=1e-13)


def test_arithmetic_is_that_of_numpy():
    x, y = RNG.normal(size=800), RNG.normal(size=800)
    np.testing.assert_array_equal(found(2, x, y), np.floor(x) + np.abs(y))
    np.testing.assert_array_equal(found(3, x, y), np.maximum(x, y) - 2.0 * np.minimum(x, y) / 4.0)
    np.testing.assert_array_equal(found(4, x, y), np.where(~((x < y) & (x > 0.0)) | (y <= 0.25), x, y))


@numba.njit(error_model="numpy")
def moved(x: Any, count: int, out: Any, rows: Any) -> bool:
    here = first_lanes(count)
    store_some(pointer(out), 0, load_some(pointer(x), 0, here) + 1.0, here)
    transpose(pointer(x), pointer(rows), 3, 10)
    return some(load(pointer(x), 0) > 63.0) or some(here)


def test_lanes_that_are_masked_are_left_alone():
    x, rows = np.arange(64.0), np.zeros(90)
    for count in range(-1, 10):
        out = np.full(8, -5.0)
        assert moved(x, count, out, rows) == (count > 0)
        kept = np.arange(8) >= count
        np.testing.assert_array_equal(out, np.where(kept, -5.0, x[:8] + 1.0))


def test_a_block_is_turned_over():
    x, rows = RNG.random(64), np.zeros(90)
    moved(x, 8, np.empty(8), rows)
    for n in range(8):
        np.testing.assert_array_equal(rows[3 + 10 * n : 11 + 10 * n], x[n::8])


@numba.njit(error_model="numpy")
def vertices_of(numbers: StepNumbers, grid: Grid, space: Room, plays: Any, place: Any, weight: Any) -> None:
    """The vertices after the one signal of a step in which world w says it with chance ``plays`` [W]."""
    step = step_of(numbers, grid, 1)
    scratch = scratch_in(step, space)
    scratch.options[0] = 0
    for w in range(step.worlds):
        store(scratch.plays, w * LANES, load(pointer(plays), w * LANES))
    read_signals(step, 0, 0, 1, scratch)
    for n in range(step.worlds * LANES):
        place[n], weight[n] = scratch.place[n] // step.rank, scratch.weight[n]


@pytest.mark.parametrize(("worlds", "resolution"), [(1, 1), (2, 20), (2, 7), (3, 12), (4, 10), (4, 3), (6, 4), (8, 3)])
def test_beliefs_lie_between_the_points_that_the_lattice_says(worlds: int, resolution: int):
    """Random beliefs, and beliefs on points, edges and faces, where coordinates are equal or whole."""
    lattice = Lattice(worlds, resolution)
    beliefs = np.concatenate([
        RNG.dirichlet(np.ones(worlds), 12),
        lattice.points[RNG.integers(lattice.size, size=12)],
        lattice.points[RNG.integers(lattice.size, size=(16, 2))].mean(axis=1),
    ])  # fmt: skip
    for eight in beliefs.reshape(-1, LANES, worlds):
        numbers, grid = _one_signal(lattice)
        place, weight = np.zeros(worlds * LANES, np.int32), np.zeros(worlds * LANES)
        vertices_of(numbers, grid, room(numbers, grid, 1), np.ascontiguousarray(eight.T), place, weight)
        index, share = lattice.locate(eight)
        values = RNG.random(lattice.size)
        ours = (values[place] * weight).reshape(worlds, LANES).sum(axis=0)
        np.testing.assert_allclose(ours, (values[index] * share).sum(axis=1), atol=1e-13)
        np.testing.assert_allclose(weight.reshape(worlds, LANES).sum(axis=0), 1.0, atol=1e-13)
        assert np.all(weight > -1e-13) and np.all((place >= 0) & (place < lattice.size))


def _one_signal(lattice: Lattice) -> tuple[StepNumbers, Grid]:
    """A chance step of one outcome; the belief beforehand is uniform, so the odds say what is believed afterwards."""
    worlds = lattice.worlds
    row = np.arange(worlds)
    whole = kernel.grid_of(lattice, row.tobytes())
    grid = whole._replace(belief=kernel.read(np.full_like(whole.belief, 1.0 / worlds)))
    numbers = StepNumbers(
        row=kernel.read(row, np.int64),
        signal=kernel.read(np.zeros(1), np.int64),
        after=kernel.read(np.zeros(1), np.int64),
        stays=kernel.read(np.ones(1), np.uint8),
        rows=worlds,
        signals=1,
        chance=True,
        moves=True,
        allowed=kernel.read(np.ones((1, 1)), np.uint8),
        weight=kernel.read(np.ones((1, 1, 1))),
        successor=kernel.read(np.zeros((1, 1, 1)), np.int32),
        pay=kernel._NOTHING_4,
        becomes=kernel._NOTHING_4,
        odds=kernel.read(np.ones((1, 1, worlds))),
    )
    return numbers, grid


@pytest.mark.parametrize("threads", [2, 3])
def test_the_number_of_threads_does_not_matter(threads: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kernel, "_WORTH_SHARING", 0)
    game = random_game(3, states=13, options=3, lattice=6, precision=2.0)
    monkeypatch.setattr(kernel, "cores", lambda: 1)
    alone = solve(game)
    monkeypatch.setattr(kernel, "cores", lambda: threads)
    shared = solve(game)
    for one, other in zip(alone.U, shared.U, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(alone.iterations, shared.iterations)


def test_a_game_of_more_periods_has_the_same_end():
    """Arrays of a period that is done with are written over; what is kept must not be."""
    short, long = (replace(random_game(4, states=5, lattice=4), periods=periods) for periods in (2, 6))
    one, other = solve(short), solve(long)
    for left, right in zip(reversed(one.U), reversed(other.U), strict=False):
        np.testing.assert_allclose(left, right, atol=1e-9)


def test_programs_are_kept_under_the_text_of_the_kernel(monkeypatch: pytest.MonkeyPatch, tmp_path):
    """A kernel with other text must never be given programs of this one."""
    monkeypatch.setenv("LONGGAME_CACHE", str(tmp_path))

    def one_more(x: int) -> int:
        return x + 1

    made = compiled.program(one_more)
    assert not compiled.is_kept(one_more) and made(1) == 2 and compiled.is_kept(one_more)
    [folder] = (tmp_path / "programs").iterdir()
    assert folder.name == f"kernel-{compiled._text()}" and list(folder.rglob("*.nbi"))
    monkeypatch.setenv("LONGGAME_CACHE", "")
    assert compiled.program(one_more)(1) == 2 and not compiled.is_kept(one_more)


@pytest.mark.parametrize("ends", [True, False])
def test_what_another_process_compiles_is_waited_for_but_not_for_ever(ends: bool, monkeypatch, tmp_path):
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setenv("LONGGAME_CACHE", str(tmp_path))
    monkeypatch.setattr(compiled, "PATIENCE", 100.0 if ends else 0.0)

    def one_more(x: int) -> int:
        return x + 1

    made, waited = compiled.program(one_more), []
    folder = tmp_path / "programs" / f"kernel-{compiled._text()}"
    with open(folder / f"{__name__}.one_more.lock", "ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        def wait(seconds: float) -> None:
            waited.append(made.signatures)
            fcntl.flock(other, fcntl.LOCK_UN)

        monkeypatch.setattr(compiled, "sleep", wait)
        assert made(1) == 2
    assert waited == ([[]] if ends else []), "nothing is compiled as long as another process is at it"
    assert compiled.is_kept(one_more)


def test_numbers_that_are_none_are_reported_and_do_no_harm():
    """Draws that make no game are solved beside others: what is not a number must not be taken for a place."""
    game = random_game(3, states=5, options=3, lattice=6, precision=2.0)
    numbers = game.tables(game.base, 0)

    def sick(table: Any) -> Any:
        return np.full_like(table, np.nan)

    steps = tuple(
        step._replace(weight=sick(step.weight), chance=None if step.chance is None else sick(step.chance))
        for step in numbers.steps
    )
    for broken in (numbers._replace(flow=sick(numbers.flow)), numbers._replace(steps=steps)):
        solution = solve(game, tables=lambda t, broken=broken: broken)
        assert solution.status is Status.UNCONVERGED
    alone = solve(game)
    assert alone.status is Status.CONVERGED
