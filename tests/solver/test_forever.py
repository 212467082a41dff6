"""Games without an end: closed forms, long horizons, responses worked out by hand, and derivatives by differences."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from longgame.errors import ScenarioError
from longgame.exact.exact_solution import solved_exactly
from longgame.exact.gambit import for_gambit
from longgame.game.compile import compile as compile_scenario
from longgame.game.game import Game
from longgame.game.numbers import CHANCE
from longgame.game.terms import Terms
from longgame.queries.account import Level, accounts
from longgame.run.study import Study
from longgame.run.together import Together
from longgame.scenario.checks import check
from longgame.scenario.dump import dump
from longgame.scenario.library import read
from longgame.scenario.load import load, loads
from longgame.solver.batch import Batch, tables_of
from longgame.solver.curve.continuation import BranchStatus, follow
from longgame.solver.curve.curve import Curve
from longgame.solver.solution import Solution, Status
from longgame.solver.solve import solve, solve_batch
from longgame.solver.stationary.public import Near, PublicGame
from longgame.solver.tangent import tangents
from tests.solver.crisis import dyads
from tests.solver.stochastic import stochastic
from tests.solver.stochastic_games_reference import random_game
from tests.solver.test_tangent import EVERYTHING

RUBINSTEIN = read("rubinstein")
BELIEFS = EVERYTHING[: EVERYTHING.index("end_values")] + "solver: {lattice: 6, noise: tastes}\n"
#: A siege: whoever is up may press, tire, or settle; weather is chance. Everything is public.
SIEGE = """
title: A siege
clock: {periods: 2}
actors:
  inside: {rationality: keen, per: decision, discount: 0.9}
  outside: {lambda: 1.5, discount: patience}
assumptions:
  keen: {value: 4, range: [2, 8], source: judgement, because: A test.}
  patience: {value: 0.85, range: [0.7, 0.95], source: judgement, because: A test.}
  cost: {value: 0.3, range: [0.1, 0.5], source: judgement, because: A test.}
  storm: {value: 0.2, range: [0.1, 0.4], source: judgement, because: A test.}
state:
  food: {grid: [0, 3, 1], start: 3}
  over: {values: [no, yes], start: no}
period:
  - move: sally
    by: inside
    when: food > 0
    options:
      wait: {set: {food: food - 1}}
      raid:
        pay: {inside: -cost}
        lottery: {won: {p: 0.4, set: {food: food + 1}}, lost: {p: rest, set: {food: food - 1.5}}}
  - chance: weather
    outcomes: {storm: {p: storm, pay: {outside: -1}}, calm: {p: rest}}
  - move: siege
    by: outside
    options:
      stay: {}
      storm_walls: {pay: {outside: -2 * cost}, set: {food: food - 1}}
      leave: {set: {over: yes}}
payoffs:
  inside: food / 3 + 2 * (over == yes) - (food == 0)
  outside: (food == 0) - cost
ends:
  gone: {when: over == yes}
"""

#: Both may strike at the same time, and one knows what it is worth to it.
STRIKES = """
title: Strikes at the same time
clock: {periods: 2}
actors:
  one: {lambda: keen, discount: 0.8}
  other: {lambda: 2, discount: 0.7}
assumptions:
  keen: {value: 1.5, range: [1, 3], source: judgement, because: A test.}
  price: {value: 0.3, range: [0.1, 0.5], source: judgement, because: A test.}
state:
  ground: {grid: [0, 2, 1], start: 1}
hidden:
  will: {known_to: [one], values: {firm: 0.4, faint: rest}}
period:
  - together: strikes
    moves:
      one: {strike: {pay: {one: -price}}, hold: {}}
      other: {strike: {pay: {other: -price}}, hold: {}}
    set: {ground: ground - (other == strike) + (one == strike)}
payoffs: {one: ground * (1.5 if will == firm else 0.3), other: 2 - ground}
solver: {lattice: 4}
"""

PASTIME = """
title: Every period is like every other
clock: {periods: 3}
actors: {a: {rationality: 2, per: decision, discount: 0.9}}
state: {x: {values: [u, v], start: u}}
period: [{move: m, by: a, options: {p: {pay: {a: 1.5}}, q: {}}}]
payoffs: {a: 0}
"""


def for_ever(text: str) -> str:
    start = text.index("periods: ")
    return text[:start] + "periods: forever" + text[text.index("}", start) :]


@cache
def game_of(text: str) -> Game:
    return compile_scenario(loads(text))


@cache
def alike() -> Solution:
    """The principal equilibrium of alternating offers, which treats both sides alike."""
    return solve(game_of(for_ever(RUBINSTEIN)))


def at_start(solution: Solution) -> np.ndarray:
    """[N] what everybody can expect at the start, by the prior."""
    first = solution.tables(0)
    index, weight = np.asarray(first.start_index), np.asarray(first.start_weight)
    rows = [solution.value_at(0, 0, int(s), solution.prior) @ solution.prior for s in index]
    return weight @ np.stack(rows)


def test_alternating_offers_for_ever_divide_as_the_theorem_says():
    """1 / (1 + d) and d / (1 + d) as rationality grows, to half a step of the grid of shares; less far from it."""
    game = game_of(for_ever(RUBINSTEIN))
    far = []
    for precision in (20.0, 200.0, 5000.0):
        found = solve(game, game.theta({"precision": precision, "patience": 0.6}))
        assert found.residual.max() < 1e-10
        far.append(np.abs(at_start(found) - np.array([1.0, 0.6]) / 1.6).max())
    assert far[2] < 0.025 + 1e-3 and far[0] > far[1] > far[2]


@pytest.mark.parametrize("text", [SIEGE, BELIEFS, STRIKES, RUBINSTEIN], ids=["siege", "beliefs", "at once", "offers"])
def test_long_horizons_come_to_it(text: str):
    # Units of rationality depend on the horizon; at a precision of 200 the two who bargain have several equilibria.
    for unit in ("stake", "decision"):
        text = text.replace(f"rationality: keen, per: {unit}", "lambda: keen")
    text = text.replace("{value: 200,", "{value: 50,")
    endless = solve(game_of(for_ever(text)))
    assert endless.status is not Status.UNCONVERGED and endless.residual.max() < 1e-9
    gaps = []
    for periods in (10, 20, 40):
        start = text.index("periods: ")
        long = text[:start] + f"periods: {periods}" + text[text.index("}", start) :]
        gaps.append(np.abs(at_start(solve(game_of(long))) - at_start(endless)).max())
    assert gaps[0] > gaps[1] > gaps[2] and gaps[2] < 0.05 * gaps[0]


def test_everybody_responds_to_the_values_of_the_play():
    """Value of the policy by a linear system over states and steps, then the logit response: written out by hand."""
    solution = solve(game_of(for_ever(SIEGE)))
    game, tables = solution.game, solution.tables(0)
    S, N, K = len(game.ended), 2, len(game.steps)
    matrix, rhs = np.eye(S * (K + 1)), np.zeros((N, S * (K + 1)))
    blocks = np.repeat(matrix[None], N, axis=0)
    for s in range(S):
        row = K * S + s
        for i in range(N):
            d, flow = tables.discount[i], tables.flow[s, i, 0]
            rhs[i, row] = flow + (d * tables.end_value[s, i, 0] if game.ended[s] else 0.0)
            blocks[i, row, s] -= 0.0 if game.ended[s] else d
        for k, step in enumerate(game.steps):
            row, numbers = k * S + s, tables.steps[k]
            if not numbers.active[s]:
                blocks[:, row, row + S] -= 1.0
                continue
            play = numbers.chance[s, :, 0] if step.mover == CHANCE else np.asarray(solution.sigma[0][k])[s, 0, :, 0]
            for a, p in enumerate(play * numbers.allowed[s]):
                after = K if step.next[a] < 0 else step.next[a]
                for successor, weight in zip(numbers.successor[s, a], numbers.weight[s, a], strict=True):
                    blocks[:, row, after * S + successor] -= p * weight
                rhs[:, row] += 0.0 if numbers.pay is None else p * numbers.pay[s, a, :, 0]
    value = np.stack([np.linalg.solve(blocks[i], rhs[i]) for i in range(N)]).reshape(N, K + 1, S)
    live = ~np.asarray(game.ended)
    assert np.abs(value[:, 0, live] - np.asarray(solution.U[0])[live, :, 0, 0].T).max() < 1e-12
    for k, step in enumerate(game.steps):
        for s in np.flatnonzero(tables.steps[k].active) if step.mover != CHANCE else ():
            numbers, i = tables.steps[k], step.mover
            open_ = np.flatnonzero(numbers.allowed[s])
            ahead = [value[i, K if step.next[a] < 0 else step.next[a]][numbers.successor[s, a]] for a in open_]
            q = np.array([np.dot(numbers.weight[s, a], x) for a, x in zip(open_, ahead, strict=True)])
            q += 0.0 if numbers.pay is None else numbers.pay[s, open_, i, 0]
            z = tables.precision[i, 0] * (q - q.max())
            expected = np.exp(z) / np.exp(z).sum()
            assert np.abs(np.asarray(solution.sigma[0][k])[s, 0, open_, 0] - expected).max() < 1e-12


@pytest.mark.parametrize("text", [SIEGE, BELIEFS, STRIKES], ids=["public", "with beliefs", "at once"])
def test_slopes_are_those_of_differences(text: str):
    game = game_of(for_ever(text))
    solution = solve(game, tolerance=1e-12)
    P = len(game.assumptions)
    change = tangents(solution, np.eye(P))
    for p in range(P):
        step = np.zeros(P)
        step[p] = 1e-5
        near, far = (solve(game, game.base + sign * step, near=solution, tolerance=1e-12) for sign in (-1, 1))
        expected = (np.asarray(far.U[0]) - np.asarray(near.U[0])) / 2e-5
        assert np.abs(change.U[0][..., p] - expected).max() < 1e-4 * max(1.0, np.abs(expected).max())
        for k, turned in enumerate(change.sigma[0]):
            if turned is not None:
                on = np.asarray(solution.tables(0).steps[k].active)
                differ = (np.asarray(far.sigma[0][k]) - np.asarray(near.sigma[0][k])) / 2e-5
                assert np.abs(turned[..., p] - differ)[on].max() < 1e-4 * max(1.0, np.abs(differ).max())


def test_draws_are_solved_as_by_themselves():
    study = Study.of(loads(for_ever(SIEGE)))
    game = study.game
    thetas = np.stack([game.base, game.theta({"keen": 7.5, "storm": 0.35}), game.theta({"patience": 0.72})])
    base = solve(game)
    together = Together(study, thetas, {None: base}, 1e-9)
    for theta, draw in zip(thetas, together.draws, strict=True):
        alone = solve(game, theta)
        beside = solve(game, theta, near=base)
        assert np.abs(at_start(beside) - at_start(alone)).max() < 1e-11
        assert draw.valid
    batch = solve_batch(Batch.of(game, thetas))
    for g, theta in enumerate(thetas):
        assert np.abs(at_start(batch.of_draw(g)) - at_start(solve(game, theta))).max() < 1e-12


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("forever", "forever, shown: 0", "expected a number of at least 1, found `0`"),
        ("forever", "12, shown: 12", "expected `shown` beside `periods: forever`, found `periods: 12`"),
        ("when: food > 0", "when: food > period", "found `period`. Let a state variable say"),
        ("(food == 0) - cost", "(food == 0) - cost * (period > 2)", "found `period`. Let a state variable say"),
        ("ends:", "end_values: {inside: 3}\nends:", "expected no `end_values` beside `periods: forever`, found some"),
        ("ends:", "solver: {near: {siege: {stray: 1}}}\nends:", "`stray`. Did you mean `stay`?"),
        ("ends:", "solver: {near: {weather: {storm: 1}}}\nends:", "expected a move, found `weather`. The moves are"),
        ("discount: 0.9", "discount: 1", "expected a number above 0 and below 1, found `1`"),
    ],
)
def test_what_contradicts_it_is_refused(old: str, new: str, said: str):
    assert said in _only_error(for_ever(SIEGE).replace(old, new, 1))


def _only_error(text: str) -> str:
    try:
        problems = check(loads(text))
    except ScenarioError as error:
        problems = error.problems
    (problem,) = [one for one in problems if one.severity == "error"]
    return str(problem)


@pytest.mark.parametrize(
    ("near", "said"),
    [
        ("strikes: {strike_hold: 1}", "expected a move, found `strikes`. Did you mean `strikes.one`?"),
        ("strikes.one: {strikes: 1}", "`strikes`. Did you mean `strike`?"),
    ],
)
def test_play_to_start_from_is_said_of_each(near: str, said: str):
    assert said in _only_error(for_ever(STRIKES).replace("{lattice: 4}", f"{{near: {{{near}}}}}"))


@pytest.mark.parametrize("text", [SIEGE, BELIEFS], ids=["public", "with beliefs"])
def test_accounts_add_up_to_what_is_expected(text: str):
    scenario = loads(for_ever(text).replace("forever", "forever, shown: 3"))
    study = Study.of(scenario)
    case = study.draw().case
    solution = case.solution()
    assert isinstance(solution, Solution)
    for i in range(2):
        terms = Terms.of(scenario, case.game, case.theta, i)
        [account] = accounts(case, terms, [[Level(case.path.start)]])
        assert account.total == pytest.approx(at_start(solution)[i], rel=1e-9)
        assert np.abs(account.amounts[:, -1]).sum() > 0.0


def test_it_reads_and_writes_as_itself():
    scenario = loads(for_ever(SIEGE).replace("forever", "forever, shown: 36"))
    assert scenario.clock.forever and scenario.clock.periods == 36
    assert loads(dump(scenario)) == scenario and "periods: forever" in dump(scenario)
    assert loads(for_ever(SIEGE)).clock.periods == 24


def test_nothing_is_written_out():
    game = game_of(for_ever(SIEGE))
    assert solved_exactly(game) is None
    with pytest.raises(ScenarioError, match="whose histories have no end"):
        for_gambit(game, tables_of(game, game.base), title="")


def test_the_unit_of_a_decision_does_not_depend_on_how_much_is_shown():
    few, many = (game_of(for_ever(SIEGE).replace("forever", f"forever, shown: {n}")) for n in (3, 50))
    assert np.array_equal(few.decision_scale(few.base), many.decision_scale(many.base))
    steady = game_of(for_ever(PASTIME)).decision_scale(np.zeros(0))
    assert steady == pytest.approx(game_of(PASTIME).decision_scale(np.zeros(0)))


# --- several choose at once -------------------------------------------------------------------------------------------


def test_random_stochastic_games_are_solved_as_another_program_solves_them():
    """The principal branch of the package sgamesolver, to what it asks of its last corrector step."""
    for known in json.loads((Path(__file__).parent / "stochastic_games.json").read_text())["games"]:
        payoff, odds = random_game(known["states"], known["players"], known["actions"], known["seed"])
        game = stochastic(payoff, odds, known["discount"], known["lambda"])
        branch = follow(game)
        assert branch.status is BranchStatus.FOLLOWED
        reply = game.respond(branch.end.log_odds, 1.0)
        assert np.abs(reply.response - branch.end.log_odds).max() < 1e-10
        values = np.array(known["values"])
        assert np.abs(reply.value[: known["states"]] - values).max() < 1e-5 * np.abs(values).max()


def test_derivatives_of_simultaneous_choices_are_those_of_differences():
    payoff, odds = random_game(4, 3, 2, 11)
    game, rng = stochastic(payoff, odds, 0.9, 3.0, tastes=True), np.random.default_rng(0)
    at, turn = (game.centre(np.append(rng.normal(size=game.slots - 1), 0.0)) for _ in range(2))
    reply, e = game.respond(at, 0.7), 1e-6
    far, near = (game.respond(at + sign * e * turn, 0.7 + sign * e * 0.3).response for sign in (1, -1))
    assert np.allclose(game.tangent(reply, turn[:, None], np.array([0.3]))[:, 0], (far - near) / (2 * e), atol=1e-7)


def test_published_equilibria_are_stayed_at_though_responses_lead_away(shared_data: Path):
    """Crisman-Cox and Gibilisco 2018: 179 pairs of states; log-likelihood -8190.526140567, 156 unstable (spec)."""
    game = compile_scenario(load(Path(__file__).parent / "crisis.yaml"))
    place = np.argsort(game.states.values("relations"))
    total, unstable, sample = 0.0, 0, 0
    for d, (theta, published, counts) in enumerate(dyads(shared_data / "audience-costs-ajps")):
        found = solve(game, game.theta(theta), tolerance=1e-10)
        assert found.status is Status.NEAR and found.residual.max() < 1e-10
        both = np.asarray(found.sigma[0][0])[place, 0, :, 0].reshape(3, 3, 3)
        play = np.stack([both.sum(axis=2), both.sum(axis=1)])  # [2, 3, 3]
        odds = np.exp(published - np.log(np.exp(published).sum(axis=-1, keepdims=True)))
        assert np.abs(play - odds).max() < 1e-8
        total += float((counts * np.log(play)).sum())
        if d % 6 == 0:  # plain iteration of responses leaves it: an eigenvalue of the response is beyond 1
            public = PublicGame.of(game, found.tables(0))
            curve = Curve(public.responses)
            at = public.unknowns(Near(found.sigma[0], found.U[0]))
            rows = curve.bordered(curve.assess(at, 1.0)[0], np.append(np.zeros(curve.size), 1.0)).rows
            radius = np.abs(np.linalg.eigvals(np.eye(curve.size) - rows[:, : curve.size])).max()
            unstable, sample = unstable + (radius > 1.0), sample + 1
    assert total == pytest.approx(-8190.526140567, abs=1e-6)
    assert unstable > 0.7 * sample
