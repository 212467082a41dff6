"""What a decision usually moves: by hand, by brute force, and what must not change it."""

from __future__ import annotations

from functools import cache
from math import lcm, sqrt

import numpy as np
import pytest
from hypothesis import given, settings

import longgame
from longgame.game.decisions import Decisions
from longgame.game.duals import Dual
from longgame.game.game import Game
from longgame.game.numbers import CHANCE, SEVERAL
from longgame.game.sides import Side
from tests.properties.games import THREE, TWO, Shape, draw_game, numbers_of, seeds

PENNIES = """
title: Matching pennies, the first choice in secret
clock: {periods: 1}
actors:
  row: {lambda: 1, discount: 0.5}
  col: {lambda: 1, discount: 0.5}
state:
  guess: {values: [unset, L, R], start: unset}
hidden:
  r: {known_to: [row], values: {U: 1, D: 0}, source: judgement, because: It is overwritten.}
period:
  - move: rowmove
    by: row
    options:
      up: {signal: chose, becomes: {r: U}}
      down: {signal: chose, becomes: {r: D}}
  - move: colmove
    by: col
    options:
      left: {set: {guess: L}}
      right: {set: {guess: R}}
payoffs:
  row:
    depends on: r
    U: 9 * (guess == L)
    D: 1 * (guess == R)
  col:
    depends on: r
    U: 1 * (guess == R)
    D: 1 * (guess == L)
end_values: {row: 0, col: 0}
"""

IDLE = """
  - move: yawning
    by: row
    options: {yawn: {}, stretch: {}}
payoffs:
"""


def of(text: str) -> np.ndarray:
    game = longgame.compile(longgame.loads(text))
    return game.decision_scale(game.base)


def test_of_matching_pennies_it_is_what_either_can_change_given_the_other():
    """In the columns of the matrix (9, 0), (0, 1) row can change 9 or 1; col can change 1 in either row."""
    assert of(PENNIES) == pytest.approx([sqrt((81 + 1) / 2), 1.0], abs=1e-12)


def test_of_the_centipede():
    """From the last node back, everybody taking with one half: see the closed form in the comments."""
    game = longgame.compile(longgame.load("centipede"))
    end = np.array([[0.4, 0.1], [0.2, 0.8], [1.6, 0.4], [0.8, 3.2], [6.4, 1.6]])
    third = (end[3] + end[4]) / 2  # after passing at the third node
    second = (end[2] + third) / 2
    # Given what the other does next: it takes, or it passes and half and half follows.
    red = [[end[0, 0] - end[1, 0], end[0, 0] - second[0]], [end[2, 0] - end[3, 0], end[2, 0] - end[4, 0]]]
    blue = [[end[1, 1] - end[2, 1], end[1, 1] - third[1]], [end[3, 1] - end[4, 1]] * 2]
    squares = [[np.mean(np.square(node)) for node in nodes] for nodes in (red, blue)]
    expected = [sqrt((x + y / 4) / 1.25) for x, y in squares]
    assert game.decision_scale(game.base) == pytest.approx(expected, abs=1e-12)


def test_a_step_of_no_concern_changes_nothing():
    assert of(PENNIES.replace("payoffs:\n", IDLE.lstrip("\n"))) == pytest.approx(of(PENNIES), abs=1e-12)


@pytest.mark.parametrize("periods", [2, 5, 20])
def test_the_same_decision_again_and_again_moves_the_same(periods: int):
    assert of(PENNIES.replace("periods: 1", f"periods: {periods}"))[1] == pytest.approx(1.0, abs=1e-12)


def test_it_has_the_unit_of_payoffs():
    doubled = PENNIES.replace("9 * (", "18 * (").replace("1 * (", "2 * (").replace("{row: 0,", "{row: 7,")
    assert of(doubled) == pytest.approx(2 * of(PENNIES), abs=1e-12)


def test_nothing_at_stake():
    idle = PENNIES.split("payoffs:")[0] + "payoffs: {row: 1, col: 0}\nend_values: {row: 0, col: 0}\n"
    assert of(idle).tolist() == [0.0, 0.0]


TALK = """
title: Cheap talk
clock: {periods: 1}
actors:
  speaker: {rationality: 6, per: decision, discount: 0.5}
  hearer: {rationality: 6, per: decision, discount: 0.5}
state:
  said: {values: [nothing, a, b], start: nothing}
  done: {values: [nothing, a, b], start: nothing}
hidden:
  truth: {known_to: [speaker], values: {a: 0.5, b: 0.5}, source: judgement, because: A test.}
period:
  - move: speak
    by: speaker
    options: {a: {set: {said: a}}, b: {set: {said: b}}}
  - move: act
    by: hearer
    options: {a: {set: {done: a}}, b: {set: {done: b}}}
payoffs:
  speaker: 3 * (done == a)
  hearer: {depends on: truth, a: 1 * (done == a), b: 1 * (done == b)}
end_values: {speaker: 3 * (done == a), hearer: 0}
"""


def test_who_only_talks_counts_in_its_stake():
    """Nothing that it says changes anything by itself; who hears it acts, and that moves 1."""
    game = longgame.compile(longgame.loads(TALK))
    assert game.decision_scale(game.base) == pytest.approx([0.0, 1.0], abs=1e-12)
    assert game.tables(game.base, 0).precision[:, 0] == pytest.approx([6 / 3, 6 / 1], abs=1e-12)


def test_draws_side_by_side_and_slopes():
    """Each draw as by itself; slopes as differences have them."""
    game = longgame.compile(longgame.load("deterrence-crisis"))
    thetas = game.base + np.array([[0.0], [1e-6], [-1e-6]]) * np.eye(len(game.base))[0]
    found = game.decision_scale(thetas)
    assert found == pytest.approx(np.array([game.decision_scale(theta) for theta in thetas]), abs=1e-13)
    numbers, slopes = game.tables.slopes(game.base, np.eye(len(game.base)))
    assert numbers(0).precision == pytest.approx(game.tables(game.base, 0).precision, abs=1e-14)
    text = longgame.dump(longgame.load("deterrence-crisis")).replace("per: stake", "per: decision")
    game = longgame.compile(longgame.loads(text))
    _, slopes = game.tables.slopes(game.base, np.eye(len(game.base)))
    for p in range(len(game.base)):
        step = 1e-6 * np.eye(len(game.base))[p]
        difference = (game.tables(game.base + step, 0).precision - game.tables(game.base - step, 0).precision) / 2e-6
        assert slopes(0).precision[p] == pytest.approx(difference, abs=1e-6)


@settings(max_examples=6, deadline=None)
@given(seed=seeds())
@pytest.mark.parametrize("shape", [TWO, THREE, Shape(options=2, periods=3)], ids=["two", "three", "long"])
def test_brute_force(shape: Shape, seed: int):
    game = draw_game(shape, seed)
    decisions = Decisions([x.mover for x in game.steps], [x.next for x in game.steps], game.ended, game.periods)
    assert decisions.scale(lambda t: numbers_of(game)) == pytest.approx(brute_force(game), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("periods", [3, None], ids=["ends", "for ever"])
@pytest.mark.parametrize("together", [False, True], ids=["in turn", "together"])
def test_slopes_along_several_directions_at_once(together: bool, periods: int | None):
    """As differences have them, with slopes in all tables, of two draws side by side."""
    game = draw_game(Shape(options=4, periods=3), 11)
    movers, sides = [step.mover for step in game.steps], [()] * len(game.steps)
    if together:
        both = Side(0, ("a", "b"), (0, 0, 1, 1)), Side(1, ("a", "b"), (0, 1, 0, 1))
        movers, sides = [SEVERAL if len(step.options) == 4 else step.mover for step in game.steps], [
            both if len(step.options) == 4 else () for step in game.steps
        ]
        assert SEVERAL in movers
    decisions = Decisions(movers, [step.next for step in game.steps], game.ended, periods, sides)
    rng, V = np.random.default_rng(11), 3
    two = numbers_of(game).each(lambda x: np.stack([x, x]))
    moves = {id(x): rng.normal(size=(V, *x.shape)) for x in two.arrays() if x.dtype == float}

    def along(v: int, step: float) -> np.ndarray:
        moved = two.each(lambda x: x + step * moves[id(x)][v] if id(x) in moves else x)
        return decisions.scale(lambda t: moved)

    found = decisions.scale(lambda t: two.each(lambda x: Dual(x, moves[id(x)]) if id(x) in moves else x), V)
    assert found.value == pytest.approx(along(0, 0.0), rel=1e-12)
    for v in range(V):
        assert found.slope[v] == pytest.approx((along(v, 1e-6) - along(v, -1e-6)) / 2e-6, rel=1e-6, abs=1e-6)


def brute_force(game: Game) -> list[float]:
    """The same by recursion over single places, straight from the definition."""
    tables, K, N, W = numbers_of(game), len(game.steps), len(game.actors), len(game.worlds)
    M = lcm(*(n for step in game.steps if step.mover != CHANCE for n in range(2, len(step.options) + 1)))

    def options(k: int, s: int) -> list[int]:
        return np.flatnonzero(tables.steps[k].allowed[s]).tolist()

    def ends(k: int, s: int, w: int, a: int) -> list[tuple[float, int, int]]:
        """(odds, state, world) after an option."""
        step = tables.steps[k]
        lots = zip(step.weight[s, a].tolist(), step.successor[s, a].tolist(), strict=True)
        becomes = np.eye(W)[w] if step.becomes is None else step.becomes[s, a, w]
        worlds = list(zip(becomes.tolist(), range(W), strict=True))
        return [(p * q, to, v) for p, to in lots for q, v in worlds]

    def chances(k: int, s: int, w: int) -> list[tuple[float, int]]:
        if game.steps[k].mover == CHANCE:
            return list(zip(tables.steps[k].chance[s, :, w].tolist(), range(len(game.steps[k].options)), strict=True))
        return [(1 / len(options(k, s)), a) for a in options(k, s)]

    @cache
    def value(t: int, k: int, s: int, w: int, i: int, m: int | None) -> float:
        """What i expects; the next move of another is at quantile m, if any is given."""
        if t == game.periods or (k == 0 and game.ended[s]):
            return float(tables.end_value[s, i, w])
        if k == K:
            return float(tables.flow[s, i, w] + tables.discount[i] * value(t + 1, 0, s, w, i, m))
        step, mover = tables.steps[k], game.steps[k].mover
        if not step.active[s]:
            return value(t, k + 1, s, w, i, m)
        if m is not None and mover not in (CHANCE, i):
            open_ = options(k, s)
            return taken(t, k, s, w, i, None, open_[m * len(open_) // M])
        return sum(p * taken(t, k, s, w, i, m, a) for p, a in chances(k, s, w))

    def taken(t: int, k: int, s: int, w: int, i: int, m: int | None, a: int) -> float:
        pay = 0.0 if tables.steps[k].pay is None else float(tables.steps[k].pay[s, a, i, w])
        place = game.steps[k].next[a]
        place = place if 0 <= place <= K else K
        return pay + sum(p * value(t, place, to, v, i, m) for p, to, v in ends(k, s, w, a) if p > 0)

    total, weight = [0.0] * N, [0.0] * N

    @cache
    def squared(t: int, k: int, s: int, w: int) -> float:
        found = [[taken(t, k, s, w, game.steps[k].mover, m, a) for a in options(k, s)] for m in range(M)]
        return float(np.mean([(max(x) - min(x)) ** 2 for x in found]))

    here = {
        (0, s, w): prior * lot
        for w, prior in enumerate(tables.prior.tolist())
        for s, lot in zip(tables.start_index.tolist(), tables.start_weight.tolist(), strict=True)
        if not game.ended[s]
    }
    for t in range(game.periods):
        for k in range(K):
            for (_, s, w), p in [item for item in here.items() if item[0][0] == k]:
                if not tables.steps[k].active[s]:
                    here[k + 1, s, w] = here.get((k + 1, s, w), 0.0) + p
                    continue
                i = game.steps[k].mover
                if i != CHANCE and len(options(k, s)) > 1:
                    total[i] += p * squared(t, k, s, w)
                    weight[i] += p
                for q, a in chances(k, s, w):
                    place = game.steps[k].next[a]
                    place = place if 0 <= place <= K else K
                    for r, to, v in ends(k, s, w, a):
                        here[place, to, v] = here.get((place, to, v), 0.0) + p * q * r
        here = {(0, s, w): p for (k, s, w), p in here.items() if k == K and not game.ended[s]}
    return [sqrt(x / y) if y else 0.0 for x, y in zip(total, weight, strict=True)]
