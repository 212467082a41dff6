"""The geometry of bargaining, held against known answers: Nash's own example, textbook games, brute force."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from longgame.choice.bargaining import (
    best_for,
    egalitarian,
    kalai_smorodinsky,
    logrolling,
    marginal,
    nash,
    pareto,
    shapley,
    utilitarian,
)

# Nash (1950, Econometrica 18, p. 155-162), section "Examples": what Bill's and Jack's goods are worth to each of them.
BILLS = {"book": (2, 4), "whip": (2, 2), "ball": (2, 1), "bat": (2, 2), "box": (4, 1)}
JACKS = {"pen": (10, 1), "toy": (4, 1), "knife": (6, 2), "hat": (2, 2)}


def test_bill_and_jack_swap_what_nash_says_they_swap():
    goods = [*BILLS, *JACKS]
    swaps = list(product([False, True], repeat=len(goods)))
    gains = np.zeros((len(swaps), 2))
    for row, moved in enumerate(swaps):
        for good, moves in zip(goods, moved, strict=True):
            bill, jack = (BILLS | JACKS)[good]
            sign = -1 if good in BILLS else 1
            gains[row] += (sign * bill * moves, -sign * jack * moves)
    good = np.flatnonzero((gains >= 0).all(axis=1))
    chosen = good[nash(gains[good])]
    assert {g for g, moves in zip(goods, swaps[chosen], strict=True) if moves} == {
        "book", "whip", "ball", "bat", "pen", "toy", "knife",
    }  # fmt: skip
    assert gains[chosen].tolist() == [12.0, 5.0]


def line(n=1001):
    """A straight frontier from (1, 0) to (0, 1) on which the first party's last third is out of reach."""
    x = np.linspace(0.0, 1.0, n)
    return np.column_stack([x, 1.0 - x])


@pytest.mark.parametrize(
    ("rule", "at"),
    [(nash, 0.5), (kalai_smorodinsky, 1 / 3), (egalitarian, 0.5)],
)
def test_each_solution_on_a_cut_line(rule, at):
    """The frontier (x, 1 - x) for x <= 1/2: Nash and equal gains keep to the corner, Kalai and Smorodinsky do not."""
    gains = line(3001)
    gains = gains[gains[:, 0] <= 0.5 + 1e-12]
    assert gains[rule(gains), 0] == pytest.approx(at, abs=4e-4)


def test_the_largest_sum():
    assert utilitarian(np.array([[1.0, 1.0], [3.0, 0.0], [0.0, 2.0]])) == 1


def test_the_frontier_against_brute_force():
    rng = np.random.default_rng(3)
    for n in (2, 3, 4):
        gains = rng.integers(-3, 6, size=(700, n)).astype(float)
        options = np.vstack([gains, np.zeros(n)])
        for none in (True, False):
            others = options if none else gains
            slow = [not any((o >= g).all() and (o > g).any() for o in others) for g in gains]
            assert pareto(gains, none=none).tolist() == slow


def test_a_hundred_thousand_rows_have_a_frontier():
    gains = np.random.default_rng(0).normal(size=(100_000, 4))
    stand = pareto(gains)
    best = gains[stand]
    some = gains[np.random.default_rng(1).choice(len(gains), 200)]
    assert all((best >= row - 1e-9).all(axis=1).any() or (row <= 0).all() for row in some)


def by_orders(worth):
    """Shapley values by their definition: the mean over all orders of what each clause adds when its turn comes."""
    count = len(worth).bit_length() - 1
    values = np.zeros((count, *np.shape(worth)[1:]))
    orders = list(permutations(range(count)))
    for order in orders:
        had = 0
        for clause in order:
            values[clause] += worth[had | 1 << clause] - worth[had]
            had |= 1 << clause
    return values / len(orders)


def test_shapley_values():
    gloves = np.array([0, 0, 0, 1, 0, 1, 0, 1.0])  # clauses 1 and 2 are left gloves, 0 the right one
    assert shapley(gloves) == pytest.approx([2 / 3, 1 / 6, 1 / 6])
    airport = np.array([max([0, *(cost for m, cost in enumerate((1, 2, 4)) if n >> m & 1)]) for n in range(8)], float)
    assert shapley(airport) == pytest.approx([1 / 3, 5 / 6, 17 / 6])  # Littlechild and Owen 1973
    worth = np.random.default_rng(5).normal(size=(32, 3))
    worth[0] = 0.0
    assert shapley(worth) == pytest.approx(by_orders(worth))
    assert shapley(worth).sum(axis=0) == pytest.approx(worth[-1])
    assert marginal(worth)[2] == pytest.approx(worth[31] - worth[27])
    with pytest.raises(ValueError, match="2\\^M"):
        shapley(np.zeros(6))


def test_logrolling_is_seen_where_neither_concession_stands_alone():
    worth = np.full((3, 3, 2), -np.inf)
    for clause, alone in enumerate([(-1.0, 3.0), (3.0, -1.0), (1.0, 1.0)]):
        worth[clause, clause] = alone
    worth[0, 1] = worth[1, 0] = (2.0, 2.0)
    worth[0, 2] = worth[2, 0] = (0.0, 4.0)
    worth[1, 2] = worth[2, 1] = (4.0, 1.0)  # the third stands alone
    assert logrolling(worth) == [(0, 1)]


def test_the_best_that_is_signed():
    gains = np.array([[5.0, -1.0], [2.0, 1.0], [2.0, 3.0]])
    assert best_for(gains, 0, np.array([False, True, True])) == 2
    assert best_for(gains, 0, np.zeros(3, dtype=bool)) is None
