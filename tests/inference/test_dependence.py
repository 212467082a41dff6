"""Who is named: those that an output depends on, and nobody else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from longgame.inference.dependence import CHANCE, dependence, ranks
from longgame.inference.draws import latin

Function = Callable[[np.ndarray], np.ndarray]
SEEDS = 20

# Output -> how many assumptions there are, those it depends on, in how many of 20 runs of 64 draws all of them are seen
# (with more draws in every one), and what it is.
OUTPUTS: dict[str, tuple[int, set[int], int, Function]] = {
    "a ratio of 2 of 64": (64, {5, 40}, 20, lambda u: (1 + u[:, 5]) / (1 + u[:, 40]) - 1),
    "a steep ratio": (64, {0, 1}, 20, lambda u: (0.2 + u[:, 0]) / (0.2 + u[:, 1]) - 1),
    "1 of 64": (64, {3}, 20, lambda u: u[:, 3] - 0.3),
    "3 of 40, unequal": (40, {0, 1, 39}, 19, lambda u: u[:, 0] + 0.7 * u[:, 1] - 0.5 * u[:, 39]),
    "through each other alone": (64, {0, 1}, 14, lambda u: (u[:, 0] - 0.5) * (u[:, 1] - 0.5)),
    "true or false": (64, {0, 1}, 15, lambda u: (u[:, 0] + u[:, 1] > 1).astype(float)),
    "seldom true": (64, {0, 1}, 0, lambda u: (u[:, 0] + u[:, 1] > 1.4).astype(float)),
    "a hill": (64, {7}, 20, lambda u: -((u[:, 7] - 0.5) ** 2)),
}


def named(output: str, draws: int) -> list[set[int]]:
    """The assumptions named for an output, for each seed."""
    count, _, _, function = OUTPUTS[output]
    found = []
    for seed in range(SEEDS):
        u = latin(draws, [f"a{p}" for p in range(count)], seed)
        found.append(set(np.flatnonzero(dependence(u, function(u)) < CHANCE).tolist()))
    return found


@pytest.mark.parametrize("draws", [64, 128, 512])
@pytest.mark.parametrize("output", OUTPUTS)
def test_no_more_than_one_run_in_twenty_names_a_stranger(output, draws):
    _, true, seen_in_64, _ = OUTPUTS[output]
    found = named(output, draws)
    assert sum(bool(one - true) for one in found) <= 0.05 * SEEDS
    assert sum(true <= one for one in found) >= (SEEDS if draws >= 128 else seen_in_64)


def test_where_nothing_matters_nothing_is_named():
    u = latin(128, [f"a{p}" for p in range(64)], 0)
    noise = np.random.default_rng(8).normal(size=(400, 128))
    assert sum((dependence(u, y) < CHANCE).any() for y in noise) <= 7  # 2 are expected; more than 7 once in 1,000


def test_a_straight_line_by_hand():
    """8 pairs and 2 assumptions, of which the straight line is the strongest: rank correlation times root of n - 1."""
    rng = np.random.default_rng(1)
    x = rng.permutation(np.arange(200.0))
    y = x + rng.normal(scale=150.0, size=200)
    chance = dependence(np.stack([x, np.tile([0.0, 1.0], 100)], axis=1), y)
    assert chance[0] == pytest.approx(16 * 2 * stats.norm.sf(abs(stats.spearmanr(x, y)[0]) * np.sqrt(199)), rel=1e-6)
    assert chance[0] < 1e-4 and chance[1] > 0.5


def test_only_the_order_counts():
    u = latin(128, ["a", "b", "c"], 3)
    y = u[:, 0] + 0.3 * u[:, 1]
    np.testing.assert_allclose(dependence(u, np.exp(5 * y)), dependence(u**3, y))


def test_what_is_not_possible_is_not_named_and_costs_nothing():
    u = latin(128, [f"a{p}" for p in range(64)], 2)
    y = u[:, 0] + u[:, 1]
    possible = np.arange(64) == 1
    found = dependence(u, y, possible)
    assert found[0] == 1.0 and found[1] == pytest.approx(dependence(u[:, [1]], y)[0])
    assert (dependence(u, y, np.zeros(64, bool)) == 1.0).all()


def test_an_output_that_is_known_from_what_was_found_leaves_nothing_to_test():
    u = latin(64, ["a", "b"], 0)
    flat = np.where(u[:, 0] > 0.5, 1.0, 0.0)
    found = dependence(np.stack([flat, u[:, 1]], axis=1), flat)
    assert found[0] < CHANCE < found[1]


@pytest.mark.parametrize("method", ["average", "min", "max", "ordinal"])
@pytest.mark.parametrize("axis", [0, 1])
def test_ranks_are_those_of_scipy(method, axis):
    values = np.random.default_rng(0).integers(0, 9, size=(30, 20)).astype(float)
    values[3:5] = [-np.inf] * 20, [np.inf] * 20
    np.testing.assert_array_equal(ranks(values, method, axis), stats.rankdata(values, method=method, axis=axis))
    assert ranks(np.zeros(0)).shape == (0,)
