"""Moves at the same time: three methods of ours (Gambit judges them in tests/gambit), and games of laboratories."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from longgame.exact.exact_solution import solved_exactly
from longgame.exact.methods import solve
from longgame.game.compile import compile as compile_scenario
from longgame.game.game import Game
from longgame.game.lattice import Lattice
from longgame.queries.nodes import fork, start
from longgame.queries.path import follow
from longgame.scenario.load import load, loads
from longgame.solver.solution import Solution, Status

SCENARIOS = Path(__file__).parents[1] / "gambit" / "scenarios"
GAMES = {path.stem: path for path in sorted(SCENARIOS.glob("*.yaml")) if "together:" in path.read_text("utf-8")}


@cache
def compiled(name: str) -> Game:
    return compile_scenario(load(GAMES[name]))


def test_there_are_enough_games():
    assert len(GAMES) >= 10
    assert sum(len(compiled(name).worlds) > 1 for name in GAMES) >= 4


@pytest.mark.parametrize("name", GAMES)
def test_nobody_sees_what_the_others_choose(name: str):
    """At the first choice of all, each side has one information set for each thing that it may know."""
    game = compiled(name)
    k = next(k for k, step in enumerate(game.steps) if step.sides)
    written = solve(game, method="histories").written
    histories = {int(written.history[h]) for h in np.flatnonzero((written.period == 0) & (written.step == k))}
    for history in histories:
        here = np.flatnonzero((written.period == 0) & (written.step == k) & (written.history == history))
        owners = written.game.owner[here]
        for side in game.steps[k].sides:
            assert (owners == side.mover).sum() <= game.cells[side.mover].max() + 1


@pytest.mark.parametrize("name", GAMES)
def test_the_lattice_and_the_tree_of_beliefs_agree_with_the_histories(name: str):
    game = compiled(name)
    worth = np.array(list(solve(game, method="histories").worth.values()))
    tree, lattice = solved_exactly(game), solve(game)
    assert tree is not None
    nodes = start(lattice)
    b = nodes.b[0]
    np.testing.assert_allclose(tree.values_at(0, 0, nodes.s, nodes.b)[0] @ b, worth, rtol=0, atol=1e-10)
    near = 1e-9 if len(game.worlds) == 1 or game.periods == 1 else 1e-7  # the priors are lattice points
    np.testing.assert_allclose(lattice.value_at(0, 0, int(nodes.s[0]), b) @ b, worth, rtol=0, atol=near)
    assert lattice.status is Status.CONVERGED and tree.status is Status.CONVERGED
    k = next(k for k, step in enumerate(game.steps) if step.sides)
    if k == 0:
        there = [fork(solution, 0, k, nodes).odds for solution in (tree, lattice)]
        np.testing.assert_allclose(there[1], there[0], rtol=0, atol=near)
        np.testing.assert_allclose(there[0].sum(axis=1), 1.0, atol=1e-12)


# Two rounds in which each side has a will that the other does not know: what is chosen moves beliefs, and these count.
ROUNDS = """
title: Two rounds between two who each know their own will
clock: {periods: 2}
actors:
  one: {lambda: 1.5, discount: 0.9}
  other: {lambda: 2, discount: 0.8}
state:
  ground: {grid: [0, 2, 1], start: 1}
hidden:
  first: {known_to: [one], values: {firm: 0.4, faint: rest}}
  second: {known_to: [other], values: {firm: 0.7, faint: rest}}
period:
  - together: strikes
    moves:
      one: {strike: {pay: {one: -0.3}}, hold: {}}
      other: {strike: {pay: {other: -0.2}}, hold: {}}
    set: {ground: ground - (other == strike) + (one == strike)}
payoffs:
  one: ground * (1.5 if first == firm else 0.3)
  other: (2 - ground) * (1.2 if second == firm else 0.2)
end_values:
  one: 2 * ground * (1.5 if first == firm else 0.3)
  other: 2 * (2 - ground) * (1.2 if second == firm else 0.2)
solver: {lattice: 5}
"""


@cache
def rounds() -> tuple[Game, Solution]:
    game = compile_scenario(loads(ROUNDS))
    return game, solve(game)


@pytest.mark.parametrize("text", [ROUNDS, GAMES["attack"].read_text(encoding="utf-8")], ids=["rounds", "attack"])
def test_everywhere_on_the_lattice_each_side_answers_what_the_others_play(text: str):
    """Q of each side, anew in NumPy: from the values of the next period, at the belief to which each profile leads."""
    game = compile_scenario(loads(text))
    tables, solution, lattice = game.tables(game.base, 0), solve(game), Lattice(len(game.worlds), game.lattice)
    step, numbers = game.steps[0], tables.steps[0]
    play = np.asarray(solution.sigma[0][0])[:, game.rows(0)]  # [S, W, profiles, B]
    end = tables.flow[..., None] + np.reshape(tables.discount, (-1, 1, 1)) * np.asarray(solution.U[1])  # [S, N, W, B]
    for s, b in product(range(len(play)), range(lattice.size)):
        open_, belief = np.flatnonzero(numbers.allowed[s]), lattice.points[b]
        pi = play[s][:, open_, b]
        mass = belief[:, None] * pi
        ahead = np.einsum("yl,ylnwb->ynwb", numbers.weight[s, open_], end[numbers.successor[s, open_]])
        had = numbers.pay[s, open_]  # [profiles, N, W]
        for y, (index, weight) in enumerate(zip(*lattice.locate((mass / mass.sum(axis=0)).T), strict=True)):
            had[y] += ahead[y][..., index] @ weight
        for side in step.sides:
            taken, cells = np.array(side.taken)[open_], np.asarray(game.cells[side.mover])
            for cell in np.unique(cells[belief > 0]):
                within = np.where(cells == cell, belief, 0.0) / belief[cells == cell].sum()
                precision, w = tables.precision[side.mover, cells == cell][0], int(np.argmax(cells == cell))
                chosen = [taken == option for option in np.unique(taken)]
                choice = np.array([pi[w, some].sum() for some in chosen])
                expected = [within @ (pi * had[:, side.mover].T)[:, some].sum(axis=1) for some in chosen]
                odds = np.exp(precision * np.array(expected) / choice)
                np.testing.assert_allclose(choice, odds / odds.sum(), rtol=0, atol=1e-7)


def chance_of(game: Game, solution: Solution, told: Callable[[list[str]], float]) -> float:
    """How likely evidence of all periods is, over every history; ``told`` is how likely it is given the profiles."""
    tables, k, total = game.tables(game.base, 0), 0, 0.0

    def onward(t: int, s: int, belief: np.ndarray, joint: np.ndarray, seen: list[str]) -> float:
        if t == game.periods:
            return joint.sum() * told(seen)
        play = solution.choice_at(t, k, s, belief)[game.rows(k)]  # [W, A]
        found = 0.0
        for a, name in enumerate(game.steps[k].options):
            mass = belief * play[:, a]
            for after, weight in zip(tables.steps[k].successor[s, a], tables.steps[k].weight[s, a], strict=True):
                if weight > 0.0:
                    found += onward(t + 1, int(after), mass / mass.sum(), joint * play[:, a] * weight, [*seen, name])
        return found

    for s, weight in zip(tables.start_index.tolist(), tables.start_weight, strict=True):
        total += weight * onward(0, s, solution.prior, solution.prior, [])
    return total


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        ("{on: 1, move: strikes, by: one, took: strike}", lambda x: x[0].startswith("strike")),
        ("{on: 2, move: strikes, by: other, not: strike}", lambda x: x[1].endswith("hold")),
        (
            "{on: 1, move: strikes, by: one, took: hold}, {on: 1, move: strikes, by: other, took: strike}",
            lambda x: x[0] == "hold_strike",
        ),
        ("{on: 2, move: strikes, took: [strike_hold, hold_strike]}", lambda x: x[1] in ("strike_hold", "hold_strike")),
        ("{between: [1, 2], move: strikes, by: other, took: strike}", lambda x: any(y.endswith("strike") for y in x)),
        (
            "{on: 1, move: strikes, took: strike_strike}, {on: 2, move: strikes, by: one, took: strike, p: 0.7}",
            lambda x: (x[0] == "strike_strike") * (0.7 * x[1].startswith("strike") + 0.3),
        ),
    ],
)
def test_evidence_of_one_and_of_all_is_as_likely_as_over_every_history(evidence: str, told: Callable):
    scenario = loads(f"{ROUNDS}evidence: [{evidence}]\n")
    game, solution = rounds()
    path = follow(scenario, game, solution)
    assert np.exp(path.log_likelihood) == pytest.approx(chance_of(game, solution, told), rel=1e-9)


def test_a_posture_of_one_is_the_game_in_which_it_has_no_other_option():
    game, _ = rounds()
    side = game.steps[0].sides[0]
    bound = solve(game, allowed={0: np.array(side.taken) == side.options.index("hold")})
    other = compile_scenario(loads(ROUNDS.replace("one: {strike: {pay", "one: {strike: {when: ground > 9, pay")))
    there = [[game.states.label(s) for s in range(len(game.ended))].index(other.states.label(s)) for s in (0, 1)]
    assert len(other.ended) == 2  # the ground of one that never strikes does not grow
    assert np.abs(np.asarray(bound.U[0])[there] - np.asarray(solve(other).U[0])).max() < 1e-9


def test_tastes_are_worth_the_log_of_the_sum():
    """In the last period: log-sum-exp(lambda Q) / lambda, of what each side knows."""
    game = compile_scenario(loads(ROUNDS.replace("lattice: 5", "lattice: 2, noise: tastes")))
    tables, solution, lattice = game.tables(game.base, 0), solve(game), Lattice(len(game.worlds), game.lattice)
    play, last, step = np.asarray(solution.sigma[1][0])[:, game.rows(0)], tables.steps[0], game.steps[0]
    end = tables.flow + np.asarray(tables.discount)[:, None] * tables.end_value  # [S, N, W]
    for s, b in product(range(len(play)), range(lattice.size)):
        belief = lattice.points[b]
        for side in step.sides:
            taken, cells = np.array(side.taken), np.asarray(game.cells[side.mover])
            ahead = np.einsum("al,alw->aw", last.weight[s], end[last.successor[s], side.mover])
            had = last.pay[s, :, side.mover] + ahead
            for cell in np.unique(cells[belief > 0]):
                within = np.where(cells == cell, belief, 0.0) / belief[cells == cell].sum()
                precision, w = tables.precision[side.mover, cells == cell][0], int(np.argmax(cells == cell))
                own = [taken == option for option in range(len(side.options))]
                chance = [play[s, w, some, b].sum() for some in own]
                gain = [within @ (play[s, :, some, b] * had[some]).sum(axis=0) for some in own]
                q = np.array(gain) / chance
                value = within @ np.asarray(solution.U[1])[s, side.mover, :, b]
                assert value == pytest.approx(np.log(np.exp(precision * q).sum()) / precision, abs=1e-9)


# --- games of laboratories --------------------------------------------------------------------------------------------

# Ochs (1995) as in McKelvey and Palfrey (1995), and the twelve games of Selten and Chmura (2008): what Up-Left,
# Up-Right, Down-Left and Down-Right pay the row and then the column player; how many choices of each were seen, of them
# Up and Left.
OCHS = ((1.1141, 0, 0, 0.2785), (0, 1.1141, 1.1141, 0), 128, 67.456, 46.848)
SELTEN_CHMURA = (
    ((10, 0, 9, 8), (8, 18, 9, 8), 4800, 309, 3424),
    ((9, 0, 6, 8), (4, 13, 7, 5), 4800, 966, 2584),
    ((8, 0, 7, 10), (7, 14, 7, 4), 4800, 753, 3922),
    ((7, 0, 5, 9), (4, 11, 6, 2), 4800, 1423, 3573),
    ((7, 0, 4, 8), (2, 9, 5, 1), 4800, 1579, 3230),
    ((7, 1, 3, 8), (1, 7, 5, 0), 4800, 2115, 2876),
    ((10, 4, 9, 14), (12, 22, 9, 8), 2400, 246, 1506),
    ((9, 3, 6, 11), (7, 16, 7, 5), 2400, 568, 1481),
    ((8, 3, 7, 13), (9, 17, 7, 4), 2400, 595, 2017),
    ((7, 2, 5, 11), (6, 13, 6, 2), 2400, 852, 1666),
    ((7, 2, 4, 10), (4, 11, 5, 1), 2400, 814, 1573),
    ((7, 3, 3, 10), (3, 9, 5, 0), 2400, 1059, 1478),
)

LABORATORY = """
title: A game of a laboratory
clock: {{periods: 1}}
actors:
  row: {{lambda: {precision}, discount: 0.5}}
  column: {{lambda: {precision}, discount: 0.5}}
state:
  played: {{values: [no, yes], start: no}}
period:
  - together: round
    moves:
      row: {{up: {{}}, down: {{}}}}
      column: {{left: {{}}, right: {{}}}}
    set: {{played: yes}}
    pay:
      row: ({0} if column == left else {1}) if row == up else {2} if column == left else {3}
      column: ({4} if column == left else {5}) if row == up else {6} if column == left else {7}
payoffs: {{row: 0, column: 0}}
end_values: {{row: 0, column: 0}}
"""


def play(pays: tuple[float, ...], precision: float) -> tuple[float, float]:
    """The shares of Up and of Left."""
    game = compile_scenario(loads(LABORATORY.format(*pays, precision=precision)))
    sigma = np.asarray(solve(game).sigma[0][0])[game.tables(game.base, 0).start_index[0], 0, :, 0]
    return float(sigma[0] + sigma[1]), float(sigma[0] + sigma[2])


def log_likelihood(games: tuple, precision: float) -> float:
    total = 0.0
    for row, column, n, up, left in games:
        p, q = play((*row, *column), precision)
        total += up * math.log(p) + (n - up) * math.log(1 - p) + left * math.log(q) + (n - left) * math.log(1 - q)
    return total


def test_the_game_of_ochs_at_the_published_precision():
    """McKelvey and Palfrey (1995) print 1.84561; what is played there, and its likelihood, were worked out anew."""
    p, q = play((*OCHS[0], *OCHS[1]), 1.84561)
    assert (p, q) == pytest.approx((0.61565, 0.38329), abs=5e-6)
    assert log_likelihood((OCHS,), 1.84561) == pytest.approx(-174.76453, abs=5e-5)
    assert log_likelihood((OCHS,), 1.84561) > max(log_likelihood((OCHS,), x) for x in (1.84, 1.85))


def test_the_twelve_games_of_selten_and_chmura():
    """At the precision of greatest likelihood, 1.32425679; the published 1.3214 is a mean of a posterior beside it."""
    assert log_likelihood(SELTEN_CHMURA, 1.32425679) == pytest.approx(-49881.91258, abs=1e-4)
    assert log_likelihood(SELTEN_CHMURA, 1.3214) == pytest.approx(-49881.91258, abs=0.01)
    assert log_likelihood(SELTEN_CHMURA, 1.3214) < log_likelihood(SELTEN_CHMURA, 1.32425679)


@pytest.mark.parametrize("game", SELTEN_CHMURA)
def test_each_laboratory_game_is_in_equilibrium(game: tuple):
    """The two equations of a 2 x 2 game, written down."""
    r, c = game[:2]
    p, q = play((*r, *c), 1.3214)
    assert math.log(p / (1 - p)) == pytest.approx(1.3214 * (q * (r[0] - r[2]) + (1 - q) * (r[1] - r[3])), abs=1e-8)
    assert math.log(q / (1 - q)) == pytest.approx(1.3214 * (p * (c[0] - c[1]) + (1 - p) * (c[2] - c[3])), abs=1e-8)
