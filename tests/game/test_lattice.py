"""The belief lattice: its points, and interpolation on the Kuhn triangulation against one made by hand."""

from __future__ import annotations

from itertools import permutations, product
from math import comb

import numpy as np
import pytest

from longgame.game.lattice import MOST_WORLDS, RESOLUTION, Lattice

SIZES = [(1, 1), (1, 5), (2, 1), (2, 20), (3, 1), (3, 4), (4, 3), (5, 2), (8, 2)]


def random_beliefs(worlds: int, count: int, seed: int = 0) -> np.ndarray:
    """Beliefs from all over the simplex, with some worlds ruled out."""
    rng = np.random.default_rng(seed)
    beliefs = rng.dirichlet(np.full(worlds, 0.5), size=count) * (rng.random((count, worlds)) < 0.8)
    beliefs[beliefs.sum(axis=1) == 0.0, 0] = 1.0
    return beliefs / beliefs.sum(axis=1, keepdims=True)


def by_hand(lattice: Lattice, values: np.ndarray, belief: np.ndarray) -> float:
    """The value [B] at a belief: every simplex of the triangulation is tried, by solving for barycentric coordinates.

    Simplices are the chains x, x + e_p(1), x + e_p(1) + e_p(2), ... over whole monotone x and all permutations p.
    """
    n, resolution = lattice.worlds - 1, lattice.resolution
    place = {tuple(np.rint(np.cumsum(point)[:n] * resolution).astype(int)): b for b, point in enumerate(lattice.points)}
    x = np.cumsum(belief)[:n] * resolution
    for corner in product(range(resolution + 1), repeat=n):
        for order in permutations(range(n)):
            chain = [np.array(corner)]
            for j in order:
                chain.append(chain[-1] + (np.arange(n) == j))
            index = [place.get(tuple(vertex.tolist())) for vertex in chain]
            if None in index:
                continue
            system = np.vstack([np.array(chain).T, np.ones(n + 1)])
            weight = np.linalg.solve(system, np.append(x, 1.0))
            if weight.min() >= -1e-12:
                return float(weight @ values[index])
    raise AssertionError(f"no simplex holds {belief}")


@pytest.mark.parametrize(("worlds", "resolution"), SIZES)
def test_points_are_all_beliefs_in_whole_steps(worlds: int, resolution: int):
    lattice = Lattice(worlds, resolution)
    assert lattice.points.shape == (lattice.size, worlds) == (comb(resolution + worlds - 1, worlds - 1), worlds)
    steps = lattice.points * resolution
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-12)
    assert steps.min() >= 0 and np.all(steps.sum(axis=1) == pytest.approx(resolution))
    assert len(np.unique(np.rint(steps), axis=0)) == lattice.size


@pytest.mark.parametrize(("worlds", "resolution"), SIZES)
def test_a_point_is_found_at_its_own_index(worlds: int, resolution: int):
    lattice = Lattice(worlds, resolution)
    index, weight = lattice.locate(lattice.points)
    own = np.zeros((lattice.size, lattice.size))
    np.add.at(own, (np.arange(lattice.size)[:, None], index), weight)
    np.testing.assert_allclose(own, np.eye(lattice.size), atol=1e-12)


@pytest.mark.parametrize(("worlds", "resolution"), SIZES)
def test_weights_are_a_lottery_with_the_belief_as_its_mean(worlds: int, resolution: int):
    """So interpolation is exact for linear functions, and an interpolated belief is a martingale."""
    lattice = Lattice(worlds, resolution)
    beliefs = random_beliefs(worlds, 500)
    index, weight = lattice.locate(beliefs)
    assert index.min() >= 0 and index.max() < lattice.size and weight.min() >= 0.0
    np.testing.assert_allclose(weight.sum(axis=-1), 1.0, atol=1e-14)
    np.testing.assert_allclose(np.einsum("pv,pvw->pw", weight, lattice.points[index]), beliefs, atol=1e-13)


@pytest.mark.parametrize(("worlds", "resolution"), [(2, 5), (3, 4), (4, 3), (5, 2)])
def test_interpolation_is_that_of_the_triangulation(worlds: int, resolution: int):
    lattice = Lattice(worlds, resolution)
    values = np.random.default_rng(1).normal(size=lattice.size)
    beliefs = random_beliefs(worlds, 20, seed=2)
    index, weight = lattice.locate(beliefs)
    expected = [by_hand(lattice, values, belief) for belief in beliefs]
    np.testing.assert_allclose((weight * values[index]).sum(axis=-1), expected, atol=1e-12)


@pytest.mark.parametrize("worlds", [2, 3, 4, 5])
def test_the_order_of_worlds_may_be_turned_round_or_shifted(worlds: int):
    """The facets are where a sum over neighbouring worlds is a whole step, and the rest of a sum is one as well.

    For up to three worlds these are all orders; of four, others have another triangulation.
    """
    lattice = Lattice(worlds, 3)
    values = np.random.default_rng(5).normal(size=lattice.size)
    beliefs = random_beliefs(worlds, 50, seed=6)
    index, weight = lattice.locate(beliefs)
    expected = (weight * values[index]).sum(axis=-1)
    for first in (list(range(worlds)), list(range(worlds))[::-1]):
        for shift in range(worlds):
            order = first[shift:] + first[:shift]
            place = [int(np.abs(lattice.points[:, order] - point).max(axis=1).argmin()) for point in lattice.points]
            index, weight = lattice.locate(beliefs[:, order])
            np.testing.assert_allclose((weight * values[np.array(place)[index]]).sum(axis=-1), expected, atol=1e-12)


def test_default_resolutions_are_those_of_the_documents():
    assert [RESOLUTION[worlds] for worlds in (1, 2, 3, 4)] == [1, 20, 12, 10]
    assert RESOLUTION.keys() == set(range(1, MOST_WORLDS + 1))
    for worlds in range(2, MOST_WORLDS + 1):
        assert 21 <= Lattice(worlds, RESOLUTION[worlds]).size <= 330


@pytest.mark.parametrize(("worlds", "resolution"), [(0, 3), (MOST_WORLDS + 1, 3), (2, 0)])
def test_lattices_that_cannot_be(worlds: int, resolution: int):
    with pytest.raises(ValueError, match="expected"):
        Lattice(worlds, resolution)
