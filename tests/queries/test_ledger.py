"""The ledger's gains average to nothing, add up, and are what a hand would write down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from longgame.queries.case import Case
from longgame.queries.ledger import gain, ledger
from longgame.queries.nodes import opened, start
from longgame.queries.walk import walk
from longgame.queries.worth import levels
from longgame.solver.solve import solve
from tests.games import beer_quiche, random_game
from tests.queries import reference
from tests.queries.reference import path_of, saw

SPEAK, NEWS, PLAIN, SECRET, TURN, HUSH, FATE = range(7)  # the steps of a random game


def case_with(solution, *seen) -> Case:
    """A case whose path followed these observations."""
    case = Case(solution.game, None, solution.theta, {None: solution})
    case.path = path_of(solution, *seen)
    return case


@pytest.mark.parametrize("k", [SPEAK, NEWS, TURN, FATE])
def test_gains_over_what_could_have_been_seen_average_to_nothing(k):
    solution = reference.solved(14, periods=2)
    first = saw(0, SPEAK, 0)
    before = () if k == SPEAK else (first,)
    lines = [ledger(case_with(solution, *before, saw(0, k, a)))[-1] for a in range(2)]
    idle = 1.0 - sum(line.learned.probability for line in lines)
    assert abs(idle) < 1e-12  # the step does take place at every node, or the average would have a third part
    mean = sum(line.learned.probability * line.gains for line in lines)
    np.testing.assert_allclose(mean, 0.0, atol=1e-12)
    assert max(abs(line.gains).max() for line in lines) > 1e-3


def test_a_state_that_was_seen_is_a_gain_too():
    solution = reference.solved(14, periods=2)
    lines = [ledger(case_with(solution, saw(0, 7, state=np.eye(4)[s])))[0] for s in range(4) if reachable(solution, s)]
    assert len(lines) > 1
    assert sum(line.learned.probability for line in lines) == pytest.approx(1.0, abs=1e-12)
    mean = sum(line.learned.probability * line.gains for line in lines)
    np.testing.assert_allclose(mean, 0.0, atol=1e-11)


def reachable(solution, s: int) -> bool:
    ended = walk(solution, start(solution), lambda t, k, some: np.full(len(some), (t, k) >= (0, 7)))
    return bool((ended.halted.s == s).any())


def test_the_ledger_telescopes():
    """From the start to now: gains, and in between what was paid, the time that passed and what nobody reported.

    What happened in between is worked out apart from the ledger, by carrying a purse along the unreported steps.
    """
    solution = reference.solved(14, periods=2)
    case = case_with(solution, saw(0, SPEAK, 1), saw(0, TURN, 0), saw(1, SPEAK, 0))
    lines = ledger(case)
    game, nodes = solution.game, case.path.start
    total = levels(case, nodes)
    for line in lines:
        at = (line.learned.t, line.learned.seen.step)
        ahead = walk(solution, opened(game, nodes), lambda t, k, some, at=at: np.full(len(some), (t, k) >= at)).halted
        paid = ahead.purse[:, :, 0].sum((0, 2))
        factor = ahead.purse[:, :, 1].sum((0, 2))
        bare = levels(case, line.learned.before)  # just before the step, in that period's money
        np.testing.assert_allclose(levels(case, ahead), paid + factor * bare, atol=1e-11)
        in_between = bare - levels(case, nodes)
        # Interpolated values before a step differ from what its options give by what the lattice leaves out.
        at_the_step = line.expected - bare
        received = line.found - levels(case, line.learned.after)  # what the step itself paid
        total = total + in_between + at_the_step + line.gains - received
        nodes = line.learned.after
    np.testing.assert_allclose(total, levels(case, case.path.now), atol=1e-11)


@pytest.mark.parametrize("noise", ["mistakes", "tastes"])
def test_between_observations_of_one_period_nothing_is_gained_on_a_fine_lattice(noise):
    """Unreported steps are fair: expected values move by what they pay, up to the lattice's interpolation."""
    solution = solve(random_game(14, options=2, lots=1, periods=1, lattice=80, noise=noise))
    case = case_with(solution, saw(0, SPEAK, 1), saw(0, FATE, 0))
    game, after = solution.game, case.path.pieces[0].after
    ahead = walk(solution, opened(game, after), lambda t, k, some: np.full(len(some), (t, k) >= (0, FATE))).halted
    np.testing.assert_allclose(levels(case, ahead), levels(case, after), atol=2e-4)
    line = ledger(case)[1]
    np.testing.assert_allclose(line.expected, levels(case, line.learned.before), atol=1e-12)


def test_the_ledger_of_a_breakfast_by_hand():
    solution = solve(beer_quiche(precision=1.3, lattice=20))
    case = case_with(solution, saw(0, 0, 0))
    (line,) = ledger(case)
    at_prior = next(b for b, p in enumerate(solution.lattice.points) if np.allclose(p, [0.9, 0.1]))
    sigma, prior = np.asarray(solution.sigma[0][0])[0, :, :, at_prior], np.array([0.9, 0.1])  # [C, A]
    levels_by_option = []
    for option, likes in ((0, np.array([1.0, 0.0])), (1, np.array([0.0, 1.0]))):
        chance = prior @ sigma[:, option]
        posterior = prior * sigma[:, option] / chance
        then = solution.value_at(0, 1, 0, posterior)
        levels_by_option.append((chance, np.array([posterior @ (likes + then[0]), posterior @ then[1]])))
    mean = sum(chance * level for chance, level in levels_by_option)
    np.testing.assert_allclose(line.gains, levels_by_option[0][1] - mean, rtol=1e-10)
    np.testing.assert_allclose(line.shares, line.gains)  # the stakes of this game are 1
    assert gain(case, 0, ["t0k0"]) == pytest.approx(line.gains[0])
    with pytest.raises(KeyError):
        gain(case, 0, ["not_there"])


def test_nothing_at_stake_is_a_share_of_nothing():
    game = beer_quiche(precision=1.3, lattice=20)
    tables = game.tables(None, 0)._replace(stake=np.array([2.0, 0.0]))
    solution = solve(replace(game, tables=lambda theta, t: tables))
    case = case_with(solution, saw(0, 0, 0))
    [line] = ledger(case)
    np.testing.assert_allclose(line.shares, [line.gains[0] / 2.0, 0.0])
