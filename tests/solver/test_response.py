"""The response that the path follower walks on: its derivative against differences, and its laws."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from longgame.game.lattice import Lattice
from longgame.solver.kernel.branch import follow_branch
from longgame.solver.kernel.response import Problem, look, newton, room_for
from tests.reference import respond

OPTIONS, LOTS = 3, [(0, 0, 1), (0, 1, 2)]  # signals: two options share one, or each has its own


@numba.njit
def looked_at(point: Problem, z: Any, other: Any, tau: float) -> Any:
    """At z, on the piece in which the beliefs lie: all that is known; and at ``other``, as that piece continues it."""
    room = room_for(point, z)
    look(point, room, other, True)
    far = room.response.copy()
    look(point, room, z, True)
    response, change, weight = room.response.copy(), room.change.copy(), room.weight.copy()
    sign = newton(room, z, tau)
    solved = room.system.copy()
    look(point, room, other, False)
    return response, change, weight, sign, solved, room.response, far


def problem(seed: int, worlds: int, resolution: int, signal: tuple[int, ...], becomes: bool) -> tuple[Problem, Lattice]:
    rng = np.random.default_rng(seed)
    lattice = Lattice(worlds, resolution)
    cell = np.arange(worlds) % 2
    belief = rng.dirichlet(np.ones(worlds))
    return Problem(
        ahead=rng.normal(size=(OPTIONS, worlds, lattice.size)),
        pay=rng.normal(size=(OPTIONS, worlds)),
        becomes=rng.dirichlet(np.ones(worlds), size=(OPTIONS, worlds)) if becomes else np.zeros((0, 0, 0)),
        precision=np.array([1.5, 0.7]),
        belief=belief,
        inside=belief / np.bincount(cell, belief)[cell],
        cell=cell,
        signal=np.array(signal),
        signals=max(signal) + 1,
        resolution=float(resolution),
    ), lattice


def centred(z: np.ndarray) -> np.ndarray:
    return z - z.mean(axis=1, keepdims=True)


@pytest.mark.parametrize("becomes", [False, True])
@pytest.mark.parametrize("signal", LOTS)
@pytest.mark.parametrize(("worlds", "resolution"), [(2, 7), (3, 4), (4, 3)])
def test_the_response_and_its_derivative(worlds: int, resolution: int, signal: tuple[int, ...], becomes: bool):
    point, lattice = problem(worlds + resolution, worlds, resolution, signal, becomes)
    rng = np.random.default_rng(1)
    z, step = centred(rng.normal(size=(2, OPTIONS))), 1e-6 * centred(rng.normal(size=(2, OPTIONS)))
    response, change, weight, sign, solved, near, far = looked_at(point, z, z + step, 0.4)
    np.testing.assert_allclose(response, respond(point, lattice, z), atol=1e-12)
    np.testing.assert_allclose(near, far, atol=1e-12)  # a small step does not lead out of the piece
    np.testing.assert_allclose(weight.sum(axis=1), 1.0)
    assert weight.min() >= 0.0
    moved = np.tensordot(step.ravel(), change, axes=1)
    np.testing.assert_allclose(near - response, moved, atol=1e-10)
    system = np.eye(z.size) - 0.4 * change.reshape(z.size, z.size).T
    np.testing.assert_allclose(system @ solved[:, -2], (z - 0.4 * response).ravel(), atol=1e-12)
    np.testing.assert_allclose(system @ solved[:, -1], response.ravel(), atol=1e-12)
    assert sign == np.sign(np.linalg.det(system))


@pytest.mark.parametrize("signal", LOTS)
@pytest.mark.parametrize(("worlds", "resolution"), [(2, 7), (4, 3)])
def test_a_piece_is_continued_beyond_itself(worlds: int, resolution: int, signal: tuple[int, ...]):
    """There the response is that of a linear function of the belief: of a lattice of one step, if values are linear."""
    point, lattice = problem(3, worlds, resolution, signal, True)
    slope = np.random.default_rng(2).normal(size=(OPTIONS, worlds, worlds))
    point = point._replace(ahead=slope @ lattice.points.T)
    z, other = np.zeros((2, OPTIONS)), centred(3.0 * np.random.default_rng(4).normal(size=(2, OPTIONS)))
    *_, continued, anew = looked_at(point, z, other, 0.4)
    np.testing.assert_allclose(continued, anew, atol=1e-12)


@pytest.mark.parametrize("signal", LOTS)
@pytest.mark.parametrize("worlds", [2, 3, 4])
def test_a_point_is_followed_to_its_equilibrium(worlds: int, signal: tuple[int, ...]):
    point, lattice = problem(7, worlds, 5, signal, True)
    for heat in (1.0, 8.0, 40.0):
        sharp = point._replace(precision=heat * point.precision)
        play = np.full((2, OPTIONS), 1.0 / OPTIONS)
        moved, turns, _ = follow_branch(sharp, np.zeros_like(play), play, 1e-12, 1e-10, 10_000)
        assert moved < 1e-11 and turns > 1
        np.testing.assert_allclose(play.sum(axis=1), 1.0)
        z = centred(np.log(play))
        np.testing.assert_allclose(respond(sharp, lattice, z), z, atol=1e-9 * heat)
