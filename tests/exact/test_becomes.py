"""What is hidden may change: exact beliefs, worths and choices after `becomes`, at moves and at chance steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.exact.extensive import CHANCE
from longgame.exact.public_histories import solve_histories
from longgame.exact.verify import verify
from tests.games import random_game

CASES = Path(__file__).parents[1] / "cases"

SEVERAL = """
title: All that may become of two secrets
clock: {periods: 1}
actors: {a: {lambda: 1, discount: 0.5}, b: {lambda: 1, discount: 0.5}}
state: {x: {values: [low, high], start: low}}
hidden:
  r: {known_to: [a], values: {U: 0.6, D: 0.4}, source: x}
  q: {known_to: [b], values: {M: 0.5, N: 0.5}, source: x}
period:
  - chance: certainly
    outcomes:
      swapped: {p: 1, becomes: {r: {U: 1 if r == D else 0, D: rest}}}
  - move: look
    by: b
    options: {see: {}, skip: {}}
  - move: forced
    by: a
    options:
      only: {becomes: {q: M}}
  - move: hide
    by: a
    options:
      stay: {signal: hidden}
      turn: {signal: hidden, becomes: {r: D}}
      both: {becomes: {r: U, q: N}}
  - move: reply
    by: b
    options: {raise: {set: {x: high}}, leave: {}}
payoffs: {a: 0, b: {depends on: r, U: 1 * (x == high), D: 0}}
end_values: {a: 0, b: 0}
"""


def test_a_secret_move_that_writes_the_secret():
    """Matching pennies with payoffs 9 and 1 (Ochs 1995), written as a move that nobody sees; lambda 1."""
    solution = solve_histories(longgame.compile(longgame.load(CASES / "pennies.yaml")))
    reply = solution.at("colmove", "1: rowmove chose")
    assert reply.belief["U"] == pytest.approx(0.8936, abs=5e-5)
    assert reply.worth == pytest.approx({"row": 2.5886, "col": 0.6474}, abs=5e-5)
    up = solution.at("rowmove").cells[0].choice["up"]
    left = reply.cells[0].choice["left"]
    assert up == pytest.approx(1 / (1 + np.exp(1 - left - 9 * left)), abs=1e-9)  # U: 9 left, D: 1 - left
    assert reply.belief["U"] == pytest.approx(up, abs=1e-12)


def test_a_secret_that_is_turned_in_public():
    solution = solve_histories(longgame.compile(longgame.load(CASES / "bec_open.yaml")))
    assert solution.at("guess", "1: act flip").belief["U"] == 0.0
    assert solution.at("guess", "1: act stay").belief["U"] == pytest.approx(0.7)
    right = 1 / (1 + np.exp(-2.0))
    assert solution.at("guess", "1: act flip").worth["b"] == pytest.approx(2 * right)
    assert solution.at("guess", "1: act flip").cells[0].choice["right"] == pytest.approx(right)


def test_chance_forced_moves_and_several_at_once():
    """By hand: chance swaps r, so that U has 0.4; the forced move makes q M; then a chooses each with a third.

    After `hidden` r is U only if it stayed: 0.4 / 2; after `both` it is U and q is N for certain.
    """
    solution = solve_histories(longgame.compile(longgame.loads(SEVERAL)))

    def belief(step: str, history: str) -> dict[str, float]:
        return {world: p for world, p in solution.at(step, history).belief.items() if p}

    start = "1: certainly swapped"
    assert belief("look", start) == pytest.approx({"U, M": 0.2, "U, N": 0.2, "D, M": 0.3, "D, N": 0.3})
    past = f"{start}, look see, forced only"
    assert belief("hide", past) == pytest.approx({"U, M": 0.4, "D, M": 0.6})
    assert belief("reply", f"{past}, hide hidden") == pytest.approx({"U, M": 0.2, "D, M": 0.8})
    assert belief("reply", f"{past}, hide both") == pytest.approx({"U, N": 1.0})
    assert solution.at("reply", f"{past}, hide both").cells[0].choice["raise"] == pytest.approx(1 / (1 + np.exp(-1)))
    hidden = solution.at("reply", f"{past}, hide hidden").cells[0]
    assert hidden.choice["raise"] == pytest.approx(1 / (1 + np.exp(-0.2)))


@pytest.mark.parametrize("name", ["pennies", "bec_open"])
def test_verify_raises_no_alarm(name: str):
    found = verify(longgame.compile(longgame.load(CASES / f"{name}.yaml")))
    assert found.exact.choice < 1e-4 and found.exact.worth < 1e-4


@pytest.mark.parametrize("certain", [True, False])
@pytest.mark.parametrize("seed", [0, 1, 4])
def test_beliefs_are_those_of_the_path_of_play(seed: int, certain: bool):
    """Public beliefs are carried along by Bayes' rule, from the choices found and the tables alone."""
    game = random_game(seed, worlds=3, states=3, options=2, periods=1, precision=1.0)
    numbers, W = game.tables(game.base, 0), len(game.worlds)
    rng = np.random.default_rng(seed)
    if certain:  # each option leads every world to another, without a lot
        changed = [
            rows._replace(becomes=None if rows.becomes is None else np.eye(W)[rng.integers(W, size=(3, 2, W))])
            for rows in numbers.steps
        ]
        numbers = numbers._replace(steps=tuple(changed))
    solution = solve_histories(game, tables=lambda t: numbers)
    choice = {(m.step, int(h)): (m.belief[g], m.choice[g]) for m in solution.moves for g, h in enumerate(m.history)}
    assert any(rows.becomes is not None for rows in numbers.steps)
    seen = solution.written.histories
    checked = 0
    for (_, history), (belief, _) in choice.items():
        path = [history]
        while seen.parent[path[-1]] >= 0:
            path.append(int(seen.parent[path[-1]]))
        joint = np.asarray(numbers.prior) * 1.0
        for before, after in zip(path[:0:-1], path[-2::-1], strict=True):
            at, state = int(seen.step[after]), int(seen.state[before])
            step, rows = game.steps[at], numbers.steps[at]
            moved = np.zeros(W)
            for a in np.flatnonzero(np.asarray(step.signal) == seen.signal[after]).tolist():
                lot = np.sum(rows.weight[state, a] * (rows.successor[state, a] == seen.state[after]))
                if step.mover == CHANCE:
                    odds = rows.chance[state, a]
                elif rows.allowed[state].sum() == 1:
                    odds = np.full(W, float(rows.allowed[state, a]))
                else:
                    odds = np.nan_to_num(choice[at, before][1][game.cells[step.mover], a])
                becomes = np.eye(W) if rows.becomes is None else rows.becomes[state, a]
                moved += (joint * odds * lot) @ becomes
            joint = moved
        np.testing.assert_allclose(belief, joint / joint.sum(), atol=1e-12)
        checked += len(path) > 2
    assert checked > 5
