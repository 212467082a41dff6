"""The simulation against every history written out, against the prospects, and against itself."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from longgame.queries.case import Case
from longgame.queries.forecast import QUANTILES, _started, play, simulate
from longgame.queries.nodes import joined, start
from longgame.queries.prospects import by, expect, on
from longgame.solver.batch import Batch
from longgame.solver.evaluate import lattice_of
from longgame.solver.solution import Solution
from longgame.solver.solve import solve
from tests.games import news_only, random_game
from tests.queries import reference

PATHS = 40_000


def case_of(solution) -> Case:
    return Case(solution.game, None, solution.theta, {None: solution})


def near(found: float, error: float, want: float) -> bool:
    """Within four and a half standard errors (seeds are fixed: no test fails by chance)."""
    return abs(found - want) <= 4.5 * error + 1e-12


@pytest.mark.parametrize(("worlds", "lots"), [(2, 2), (3, 1)])
def test_simulation_against_every_history(worlds, lots):
    solution = reference.solved(1, worlds=worlds, lots=lots)
    slow, nodes = reference.Slow(solution), start(solution)
    found = reference.histories(slow, (1, 0))
    events = {f"state {s}": np.eye(4)[s] for s in range(4)}
    forecast = simulate(case_of(solution), events, nodes, paths=PATHS, seed=3)
    for s in range(4):
        want = sum(h.p for h in found if h.s == s)
        assert near(forecast.on[f"state {s}"][0], forecast.on_error[f"state {s}"][0], want)
        np.testing.assert_allclose(forecast.states["state"][0, s], forecast.on[f"state {s}"][0])
    for w, name in enumerate(solution.game.worlds):
        mean = sum(h.p * h.b[w] for h in found)
        assert forecast.mean_beliefs["world"][name][0] == pytest.approx(mean, abs=0.01)


def test_simulation_against_the_prospects():
    """Two periods on a fine lattice, where the prospects' interpolation is exact enough."""
    solution = solve(random_game(14, options=2, lots=1, periods=2, lattice=80))
    case, nodes = case_of(solution), start(solution)
    event = np.array([0.0, 1.0, 0.0, 0.0])
    forecast = simulate(case, {"event": event}, nodes, paths=PATHS, seed=1)
    np.testing.assert_array_equal(forecast.periods, [0, 1])
    for date in (0, 1):
        assert near(forecast.by["event"][date], forecast.by_error["event"][date], expect(case, by(event, date), nodes))
        assert near(forecast.on["event"][date], forecast.on_error["event"][date], expect(case, on(event, date), nodes))
    assert forecast.on_error["event"].min() > 1e-4  # nothing here is certain


def test_conditioning_on_a_world():
    solution = reference.solved(14, periods=2)
    case, nodes = case_of(solution), start(solution)
    event = np.array([0.0, 1.0, 0.0, 0.0])
    whole = simulate(case, {"event": event}, nodes, paths=PATHS, seed=1)
    alone = [nodes.given(np.arange(2) == w) for w in range(2)]
    parts = [simulate(case, {"event": event}, alone[w], paths=PATHS, seed=2 + w) for w in range(2)]
    mixed = nodes.belief() @ [part.by["event"] for part in parts]
    error = np.hypot(whole.by_error["event"], parts[0].by_error["event"])
    assert (abs(mixed - whole.by["event"]) <= 4.5 * error + 1e-12).all()
    truth = [part.mean_beliefs["world"]["w0"][1] for part in parts]
    assert truth[0] > nodes.belief()[0] + 0.005 > truth[1] + 0.01  # on average the public comes to believe what is true


def test_beliefs_are_a_martingale_along_simulated_paths():
    """News about three worlds: means stay at the prior, and the paths' beliefs are exactly those of Bayes' rule."""
    solution = solve(news_only(periods=3))
    nodes = start(solution)
    states, beliefs = play(solution, nodes, PATHS, np.random.default_rng(0), 2)
    assert states.shape == (3, PATHS) and beliefs.shape == (3, PATHS, 3)
    prior, good = np.array([0.2, 0.5, 0.3]), np.array([0.7, 0.2, 0.5])
    error = beliefs.std(1) / np.sqrt(PATHS)
    assert (abs(beliefs.mean(1) - prior) <= 4.5 * error).all()
    possible = [prior * good**n * (1 - good) ** (3 - n) for n in range(4)]
    exact = {
        tuple(np.round(joint / joint.sum(), 9)): joint.sum() * c
        for joint, c in zip(possible, (1, 3, 3, 1), strict=True)
    }
    found, counts = np.unique(np.round(beliefs[2], 9), axis=0, return_counts=True)
    assert {tuple(b) for b in found} == set(exact)
    for b, count in zip(found, counts, strict=True):
        p = exact[tuple(b)]
        assert abs(count / PATHS - p) <= 4.5 * np.sqrt(p * (1 - p) / PATHS)


def test_the_same_seed_gives_the_same_forecast_and_another_does_not():
    solution = reference.solved(14, periods=2)
    event = {"event": np.array([0.0, 1.0, 0.0, 1.0])}
    one, same, other = (simulate(case_of(solution), event, start(solution), paths=999, seed=s) for s in (5, 5, 6))
    np.testing.assert_array_equal(one.by["event"], same.by["event"])
    np.testing.assert_array_equal(one.beliefs["world"]["w0"], same.beliefs["world"]["w0"])
    assert (one.states["state"] != other.states["state"]).any()


def test_starts_are_shared_out_to_within_one_path():
    solution = reference.solved(14, periods=2)
    nodes = start(solution)
    moved = type(nodes)(nodes.t, nodes.k, (nodes.s + 1) % 4, nodes.b, nodes.joint)
    some = joined([nodes.scaled(0.3), moved.scaled(0.7)])
    begun = _started(some, 1000, np.random.default_rng(0))
    for m in range(2):
        for w in range(2):
            count = int(((begun.s == some.s[m]) & (begun.w == w)).sum())
            assert abs(count - 1000 * some.joint[m, w]) <= 1


def test_fans_and_distributions_are_what_they_say():
    solution = reference.solved(14, periods=2)
    forecast = simulate(case_of(solution), {}, start(solution), paths=2000, seed=0)
    fan = forecast.beliefs["world"]["w0"]
    assert fan.shape == (2, len(QUANTILES))
    assert (np.diff(fan, axis=1) >= 0).all()
    np.testing.assert_allclose(fan + forecast.beliefs["world"]["w1"][:, ::-1], 1.0, atol=1e-12)
    np.testing.assert_allclose(forecast.states["state"].sum(1), 1.0)


def test_a_forecast_starts_from_one_period():
    solution = reference.solved(14, periods=2)
    nodes = start(solution)
    later = type(nodes)(nodes.t + 1, nodes.k, nodes.s, nodes.b, nodes.joint)
    with pytest.raises(ValueError, match="one period"):
        simulate(case_of(solution), {}, joined([nodes, later]))


def unsolved(game) -> Solution:
    """Any choice probabilities will do to play by: these are drawn at random, and the game is not solved."""
    rng, lattice, tables = np.random.default_rng(0), lattice_of(game), game.tables(None, 0)

    def play_of(k: int) -> np.ndarray | None:
        mover, allowed = game.steps[k].mover, tables.steps[k].allowed
        if mover < 0:
            return None
        shape = (len(game.ended), int(game.cells[mover].max()) + 1, allowed.shape[1], lattice.size)
        weight = rng.random(shape) * allowed[:, None, :, None]
        return weight / weight.sum(2, keepdims=True)

    nothing = np.zeros((game.periods, len(game.steps)))
    sigma = [[play_of(k) for k in range(len(game.steps))] for _ in range(game.periods)]
    return Solution(Batch.one(game, game.base, lambda t: tables), 0, lattice, [], sigma, *[nothing] * 4)


def test_ten_thousand_paths_of_a_year_are_quick():
    """12 periods of 20 steps, two thirds of them informed moves."""
    game = random_game(2, states=30, options=3, lots=2, periods=12)
    tables = game.tables(None, 0)
    steps = [k for k in (0, 1, 3, 4, 6) for _ in range(4)]
    long = replace(
        game,
        steps=tuple(replace(game.steps[k], next=(n + 1,) * 3) for n, k in enumerate(steps)),
        tables=lambda theta, t: tables._replace(steps=tuple(tables.steps[k] for k in steps)),
    )
    solution = unsolved(long)
    simulate(case_of(solution), {}, start(solution), paths=100)
    began = time.process_time()
    simulate(case_of(solution), {"event": np.arange(30) > 20}, start(solution), paths=10_000)
    assert time.process_time() - began < 5.0
