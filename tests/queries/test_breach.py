"""What breaks a deal, by hand; what breaking and keeping it is charged; and how much is enough."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from longgame.game.compile import compile as compile_scenario
from longgame.game.game import SEVERAL, Side, Step, StepTables
from longgame.queries.breach import breaking, charged, deterring, falls
from longgame.scenario.load import loads
from tests.test_commitment import BOTH

STANDS = np.array([1.0, 1.0, 0.0])


def tables(away: list[list[float]], allowed: list[list[bool]], active: list[bool]) -> StepTables:
    """A step whose options lead to state 2 with these chances [S, A], and leave the state as it is otherwise."""
    lost = np.array(away)
    to = np.stack([np.broadcast_to(np.arange(len(lost))[:, None], lost.shape), np.full(lost.shape, 2)], axis=2)
    weight = np.stack([1.0 - lost, lost], axis=2)
    return StepTables(np.array(active), np.array(allowed), None, weight, to, None, None)


def step(mover: int, options: int, sides: tuple[Side, ...] = ()) -> Step:
    names = tuple(f"o{a}" for a in range(options))
    every = tuple(range(options))
    return Step("step", mover, names, (1,) * options, every, names, False, (False,) * options, sides=sides)


def test_an_option_breaks_a_deal_if_another_that_is_open_is_less_likely_to_end_it():
    away = [[0.0, 1.0, 0.3], [0.0, 1.0, 1.0], [0.0, 1.0, 0.3]]
    open_ = [[True, True, True], [False, True, True], [True, True, True]]
    numbers = tables(away, open_, [True, True, True])
    # in state 1 that which keeps it is closed, and in state 2 there is nothing to break
    np.testing.assert_allclose(falls(numbers, STANDS), [[0.0, 1.0, 0.3], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    expected = [[False, True, True], [False, False, False], [False, False, False]]
    np.testing.assert_array_equal(breaking(step(0, 3), numbers, STANDS)[0], expected)
    idle = tables(away, [[True] * 3] * 3, [False, True, True])
    assert not falls(idle, STANDS)[0].any()


def test_of_several_one_choice_of_the_others_is_enough():
    """Ann strikes or holds, Ben strikes or holds; only where Ben strikes does Ann's strike end the deal."""
    sides = (Side(0, ("strike", "hold"), (0, 0, 1, 1)), Side(1, ("strike", "hold"), (0, 1, 0, 1)))
    numbers = tables([[1.0, 0.0, 0.0, 0.0]] * 3, [[True] * 4] * 3, [True] * 3)
    found = breaking(step(SEVERAL, 4, sides), numbers, STANDS)
    for mover in (0, 1):
        np.testing.assert_array_equal(found[mover][0], [True, False, False, False])


def test_a_penalty_is_paid_by_who_breaks_it_and_a_payment_while_it_stands():
    game = compile_scenario(loads(BOTH))
    before = game.numbers(game.base)(0)
    stands = np.array([game.states.label(s) == "truce=yes" for s in range(len(game.ended))], dtype=float)
    assert stands.sum() == 1
    for replies, paid in ((frozenset[int](), 2.0), (frozenset([0]), 0.0)):
        after = charged(game.numbers(game.base), game, stands, 0, 2.0, 0.5, replies)(0)
        less = np.asarray(before.steps[0].pay) - np.asarray(after.steps[0].pay)
        strikes = np.array(game.steps[0].sides[0].taken) == 0
        np.testing.assert_allclose(less[:, :, 0, 0], paid * stands[:, None] * strikes)
        assert not less[:, :, 1].any()
        np.testing.assert_allclose(after.flow - before.flow, 0.5 * stands[:, None, None] * [[[1.0], [0.0]]])


@pytest.mark.parametrize(
    ("gain", "root"),
    [
        (lambda x: 3.0 - x, 3.0),
        (lambda x: np.exp(-8.0 * x) - np.exp(-4.0), 0.5),
        (lambda x: 1.0 - x**8 / 256.0, 2.0),
    ],
    ids=["straight", "convex", "concave"],
)
def test_the_smallest_amount_that_is_enough(gain: Callable[[float], float], root: float):
    asked = []

    def counted(x: float) -> float:
        asked.append(x)
        return gain(x)

    found = deterring(counted, 1.3, 1e-6)
    assert found is not None and gain(found) <= 0.0 < gain(found - 1e-6)
    assert found == pytest.approx(root, abs=1e-6)
    assert len(asked) < 25, "both ends of the interval are moved"


def test_where_nothing_is_enough():
    assert deterring(lambda x: 1.0 / (1.0 + x), 1.0, 1e-6) is None
