"""Periods of several lengths, against the same game with one length, in which nobody can move where nothing begins."""

from __future__ import annotations

import numpy as np
import pytest

from longgame.answers.ask import ask
from longgame.exact.belief_tree import tree_of
from longgame.exact.exact_batch import ExactBatch
from longgame.exact.exact_solution import ExactSolution
from longgame.exact.public_histories import solve_histories
from longgame.exact.unroll import unroll
from longgame.game.compile import compile as compile_scenario
from longgame.game.functions import evaluate
from longgame.game.game import Game
from longgame.game.terms import Terms
from longgame.queries.account import Level, accounts
from longgame.queries.case import Case
from longgame.scenario.lasting import run_down
from longgame.scenario.load import loads
from longgame.scenario.periods import Clock, by_period
from longgame.solver.batch import Batch, tables_of
from longgame.solver.batch import by_period as by_period_kept
from longgame.solver.blocks.solve import solve_blocks
from longgame.solver.solve import solve, solve_batch
from tests.reference import solve_slowly

GAME = """
title: Near months and far quarters
clock: {start: 2025-01, step: 1 month, CLOCK}
actors:
  host: {rationality: 5, per: decision, discount: patience}
  guest: {rationality: 4, per: decision, discount: 0.8}
assumptions:
  patience: {value: 0.9, range: [0.7, 0.95], source: judgement, because: A test.}
state:
  truce: {values: [none, full], start: none}
hidden:
  aim: {known_to: [host], values: {peace: 0.4, war: rest}}
  will: {known_to: [guest], values: {weak: 0.5, firm: rest}}
period:
  - move: offer
    by: host
    when: BEGINS
    options: {wait: {}, sign: {set: {truce: full}, pay: {guest: 0.3, host: -0.1}}, leave: {set: {truce: none}}}
  - move: reply
    by: guest
    when: BEGINS
    options: {wait: {}, quit: {set: {truce: none}, pay: {host: -0.2}}}
  - chance: luck
    when: BEGINS
    outcomes: {bad: {p: CHANCE, set: {truce: none}}, good: {p: rest}}
payoffs:
  host: {depends on: aim, peace: (truce == full) + 0.1, war: 0.5 * (truce == none)}
  guest: {depends on: will, weak: 0.7 * (truce == full), firm: 0.3 * (truce == none)}
end_values: {guest: 2 * (truce == full)}
evidence: [{on: 2025-02, move: offer, took: wait}]
claims: {k: {says: K., holds: value(host) > 0}}
solver: {lattice: 3}
"""


def both(near: int, far: int) -> tuple[str, str]:
    """The game with so many months and quarters; and with months alone, in which quarters begin in some."""
    begin = [*range(1, near + 1), *range(near + 1, near + 3 * far + 1, 3)]
    uneven = GAME.replace("CLOCK", f"periods: {near}, then: [{{step: 1 quarter, periods: {far}}}]")
    even = GAME.replace("CLOCK", f"periods: {near + 3 * far}").replace("BEGINS", f"period in {begin}")
    return (
        uneven.replace("BEGINS", "period > 0").replace("CHANCE", '"within(0.1, period_length)"'),
        even.replace("CHANCE", f"0.1 if period <= {near} else 1 - 0.9 ** 3"),
    )


UNEVEN, EVEN = both(2, 2)
SHORT = both(2, 1)
PERIODS = ((0, 0), (1, 1), (2, 2), (3, 5))  # the same moment on both clocks


def game_of(text: str) -> Game:
    return compile_scenario(loads(text))


def _value(solution, t: int, belief: np.ndarray) -> np.ndarray:
    """[N, W] at the start of a period in the first state."""
    if hasattr(solution, "value_at"):
        return np.asarray(solution.value_at(t, 0, 0, belief))
    return solution.values_at(t, 0, np.array([0]), belief[None])[0]


@pytest.fixture(scope="module")
def games() -> tuple[Game, Game]:
    return game_of(UNEVEN), game_of(EVEN)


def exactly(game: Game) -> ExactSolution:
    return ExactSolution(game, game.base, tables_of(game, game.base))


def test_the_unit_of_rationality_and_the_stakes_are_the_same(games):
    uneven, even = games
    np.testing.assert_allclose(uneven.decision_scale(uneven.base), even.decision_scale(even.base), rtol=1e-12)
    for (t, u), name in ((pair, name) for pair in PERIODS for name in ("stake", "precision")):
        found, right = (getattr(g.tables(g.base, p), name) for g, p in ((uneven, t), (even, u)))
        np.testing.assert_allclose(found, right, rtol=1e-12)


@pytest.mark.parametrize("method", [solve, solve_blocks])
def test_values_and_play_are_those_of_the_even_clock(games, method):
    found, right = (method(game) for game in games)
    for t, u in PERIODS:
        for k in range(2):
            play, other = (np.asarray(getattr(one, "odds", one)) for one in (found.sigma[t][k], right.sigma[u][k]))
            if play.shape == other.shape:
                np.testing.assert_allclose(play, other, atol=1e-10)
        belief = np.array([0.1, 0.2, 0.3, 0.4])
        mine, theirs = (_value(s, p, belief) for s, p in ((found, t), (right, u)))
        np.testing.assert_allclose(mine, theirs, atol=1e-10)


def test_without_secrets_they_are_the_same_to_rounding():
    known = [text.split("hidden:")[0] + "period:" + text.split("\nperiod:")[1] for text in (UNEVEN, EVEN)]
    payoffs = "payoffs: {host: (truce == full) + 0.1, guest: 0.7 * (truce == full)}\nend_values"
    known = [text.split("payoffs:")[0] + payoffs + text.split("end_values")[1] for text in known]
    found, right = (solve(game_of(text)) for text in known)
    for t, u in PERIODS:
        np.testing.assert_allclose(found.values(t, 0), right.values(u, 0), rtol=1e-12, atol=1e-12)
    slow = solve_slowly(found.game)
    np.testing.assert_allclose(found.values(0, 0), slow.U[0], atol=1e-10)


def test_exactly_too_and_over_all_histories():
    short = [game_of(text) for text in SHORT]
    found, right = map(exactly, short)
    for t, u in PERIODS[:3]:
        np.testing.assert_allclose(_value(found, t, found.prior), _value(right, u, found.prior), atol=1e-9)
    shortest = game_of(both(1, 1)[0])
    expected = _value(exactly(shortest), 0, found.prior) @ found.prior
    np.testing.assert_allclose(list(solve_histories(shortest).worth.values()), expected, atol=1e-7)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("actor", [0, 1])
def test_accounts_add_up_and_a_long_period_has_what_its_steps_have(exact, actor):
    made = []
    for text in SHORT:
        scenario, game = loads(text), game_of(text)
        solution = exactly(game) if exact else solve(game)
        case = Case(game, scenario, game.base, {None: solution})
        [account] = accounts(case, Terms.of(scenario, game, game.base, actor), [[Level(case.path.start)]])
        assert account.total == pytest.approx(_value(solution, 0, solution.prior)[actor] @ solution.prior, abs=1e-9)
        made.append(account.amounts)
    uneven, even = made
    sums = [even[:, 0], even[:, 1], even[:, 2:5].sum(axis=1), even[:, 5]]
    np.testing.assert_allclose(uneven, np.stack(sums, axis=1), atol=1e-9)


@pytest.mark.parametrize(
    ("question", "date", "same"),
    [
        ("chance(truce == full, by=DATE)", "2025-02", "2025-02"),
        ("chance(truce == full, on=DATE)", "2025-05", "2025-04"),
        ("chance(truce == full, by=DATE)", "2025-08", "2025-08"),
        ("value(guest)", "", ""),
        ("worth(host, set(truce=full))", "", ""),
        ("belief(aim == war)", "", ""),
        ("choice(offer.sign, given=aim == peace)", "", ""),
    ],
)
def test_questions_have_the_same_answers(question, date, same):
    found, right = (
        ask(loads(text), question.replace("DATE", f'"{when}"'))
        for text, when in ((UNEVEN, date), (EVEN, same))
    )
    assert found["value"] == pytest.approx(right["value"], abs=1e-8)


def test_derivatives_of_the_numbers_are_right(games):
    """By the discount factor, which enters what a long period pays and what comes after it."""
    game, step = games[0], 1e-6
    assert game.formulas is not None
    tables = game.formulas.tables
    _, slopes = tables.slopes(game.base, np.ones((1, 1)))
    for t in range(game.periods):
        more, less = (tables(game.base + way * step, t) for way in (1, -1))
        for name in ("flow", "discount", "end_value"):
            by_difference = (getattr(more, name) - getattr(less, name)) / (2 * step)
            np.testing.assert_allclose(getattr(slopes(t), name)[0], by_difference, atol=1e-6)


def test_draws_are_solved_side_by_side(games):
    game = games[0]
    thetas = np.array([[0.75], [0.9]])
    together = np.asarray(solve_batch(Batch.of(game, thetas)).values(0, 0))
    alone = np.concatenate([np.asarray(solve(game, theta).values(0, 0)) for theta in thetas])
    np.testing.assert_allclose(together, alone, atol=1e-12)


def test_so_are_the_cases_of_an_estimate():
    """Exact solutions of many draws at once: steps that do not take place add nothing to the tree of beliefs."""
    thetas, found = np.array([[0.75], [0.9]]), []
    for game in map(game_of, both(1, 1)):
        numbers = by_period_kept(game.timed, lambda t, game=game: game.tables(thetas, t).each(_draws_last))
        tree = tree_of(game, tables_of(game, game.base), [(0, 0, 0)], 100_000)
        found.append(ExactBatch(tree).solve(tree.numbers(numbers, np.asarray), np.asarray(numbers(0).prior)))
    assert found[0].solved.all() and found[1].solved.all()
    np.testing.assert_allclose(found[0].z, found[1].z, atol=1e-8)


def _draws_last(x: np.ndarray) -> np.ndarray:
    return np.moveaxis(np.asarray(x), 0, -1)


def test_where_all_ends_are_alike_the_stake_is_what_the_periods_can_pay():
    """A month and then two quarters, payments of 1 at the beginning of each: by hand. So for a game written out."""
    text = """
title: Payments
clock: {periods: 1, then: [{step: 1 quarter, periods: 2}]}
actors: {a: {rationality: 1, discount: 0.5}}
state: {x: {values: [low, high], start: low}}
period: [{move: m, by: a, options: {keep: {}, take: {set: {x: high}, pay: {a: 1}}}}]
payoffs: {a: x == high}
end_values: {a: 7}
"""
    game = game_of(text)
    by_steps = sum(0.5**n for n in range(7))
    for t in range(3):
        assert game.tables(game.base, t).stake == pytest.approx(by_steps + 1 + 0.5 + 0.5**4)
    written = unroll(game, lambda t: game.tables(game.base, t))
    assert np.unique(written.scale).tolist() == [0.5**4, 0.5, 1.0]


def test_a_deal_lasts_for_a_time_whatever_the_periods():
    """Four months of months and quarters: it lapses where a quarter begins of which it would last less than half."""
    pace = Clock(periods=3, then=[{"step": "1 quarter", "periods": 3}]).pace

    def periods(struck: int, months: int, lasts: str) -> int:
        after, more = run_down("left", lasts, pace)
        left, t = float(months), struck
        while t + 1 < pace.periods:
            env = {"left": np.float64(left), "period": np.float64(t + 2)}
            if not evaluate(more, env):
                break
            left, t = float(evaluate(after, env)), t + 1
        return t + 1 - struck

    assert [periods(t, 4, "4 months") for t in range(5)] == [3, 3, 2, 1, 1]
    assert [periods(t, 5, "5 months") for t in range(4)] == [4, 3, 2, 2]
    assert [periods(t, 2, "2 periods") for t in range(4)] == [2, 2, 2, 2]


def test_a_number_for_each_period():
    tree = by_period([1.0, 1.0, 3.0, 3.0, 12.0])
    assert [float(evaluate(tree, {"period": np.float64(t)})) for t in range(1, 7)] == [1, 1, 3, 3, 12, 12]
