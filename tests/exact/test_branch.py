"""Hard equilibria: high precision, pooling and separating regions, folds and kinks of the principal branch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.exact.histories import solve_extensive
from longgame.exact.unroll import unroll
from longgame.exact.verify import verify
from longgame.game.game import Game
from longgame.solver.curve.continuation import BranchStatus
from longgame.solver.solution import Solution, Status
from longgame.solver.solve import solve
from tests.games import beer_quiche, random_game, secret_choice, sender_receiver
from tests.reference import solve_slowly

CASES = Path(__file__).parents[1] / "cases"
SHARP = [20.0, 66.0, 200.0]  # times a payoff spread of 3: up to 600


def at(game: Game, prior: float) -> Game:
    """The same game with another prior probability of the first of two worlds."""
    numbers = game.tables(game.base, 0)._replace(prior=np.array([prior, 1.0 - prior]))
    return replace(game, tables=lambda theta, t: numbers)


def exact(game: Game):
    """The histories method: choice probabilities by step, public history and cell."""
    written = unroll(game, lambda t: game.tables(game.base, t))
    solution = solve_extensive(written.game, written.precision, recall=False)
    sets = np.flatnonzero(written.game.owner >= 0)
    return solution, {(int(written.step[h]), int(written.history[h]), int(written.cell[h])): solution.choice(h)
                      for h in sets.tolist()}  # fmt: skip


def is_solved(solution: Solution) -> None:
    """Solved to the tolerance; and started from its own play, the search stays there."""
    assert solution.residual.max() < 1e-9 and not solution.unconverged.any()
    assert solution.status is (Status.JUMPED if solution.jumps.any() else Status.CONVERGED)
    again = solve(solution.game, near=solution)
    for ours, theirs in zip(solution.sigma[0], again.sigma[0], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-8)


# --- known answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", SHARP)
def test_both_types_pool_where_the_strong_are_likely(precision: float):
    """Cho and Kreps 1987: with 0.9 strong, all have beer, nobody who has beer is fought."""
    solution = solve(beer_quiche(precision))
    assert solution.residual.max() < 1e-9
    breakfast = solution.choice_at(0, 0, 0, np.array([0.9, 0.1]))
    beer = 0
    np.testing.assert_allclose(breakfast[:, beer], 1.0, atol=1e-3)
    after_beer = solution.choice_at(0, 1, 0, np.array([0.9, 0.1]))
    np.testing.assert_allclose(after_beer[0], [0.0, 1.0], atol=1e-3)


@pytest.mark.parametrize("precision", [20.0, 66.0])
def test_types_mix_where_the_weak_are_likely(precision: float):
    """With 0.3 strong the only sequential equilibrium mixes: the strong have beer; the weak have beer so often that
    half of those who do are weak (3/7 of them); and half of those who have beer are fought.

    The lattice is fine enough to resolve the receiver's steep choice.
    """
    solution = solve(beer_quiche(precision, lattice=100))
    assert solution.residual.max() < 1e-9
    breakfast = solution.choice_at(0, 0, 0, np.array([0.3, 0.7]))
    assert breakfast[0, 0] > 1.0 - 1e-3
    assert breakfast[1, 0] == pytest.approx(3 / 7, abs=1.0 / precision)
    belief = 0.3 * breakfast[0, 0] / (0.3 * breakfast[0, 0] + 0.7 * breakfast[1, 0])
    assert belief == pytest.approx(0.5, abs=0.4 / precision)
    found, plays = exact(at(beer_quiche(precision), 0.3))
    assert found.residual < 1e-10
    ours = [plays[0, min(h for k, h, c in plays if k == 0), c] for c in (0, 1)]
    np.testing.assert_allclose(breakfast, ours, atol=2e-2)


@pytest.mark.parametrize("precision", SHARP)
def test_types_separate_where_a_signal_costs_enough(precision: float):
    """The signal that is not a type's own costs it 3, and a good guess is worth 2: each gives its own."""
    game = sender_receiver(precision, lattice=20)
    numbers = game.tables(game.base, 0)
    send = numbers.steps[0]._replace(pay=3.0 * numbers.steps[0].pay)
    costly = numbers._replace(steps=(send, numbers.steps[1]))
    solution = solve(replace(game, tables=lambda theta, t: costly))
    is_solved(solution)
    play = solution.choice_at(0, 0, 0, np.array([0.4, 0.6]))
    np.testing.assert_allclose(play, np.eye(2), atol=1e-7)
    assert solution.status is Status.CONVERGED


# --- against the exact method -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("prior", "precision"), [(0.9, 3.0), (0.9, 30.0), (0.3, 3.0), (0.6, 4.0)])
def test_the_lattice_closes_in_on_the_exact_equilibrium(prior: float, precision: float):
    """Twice as fine, at least half as far away, until both methods agree."""
    found = verify(replace(at(beer_quiche(precision), prior), lattice=50))
    assert found.converged
    assert found.finer_exact.choice_mean < max(0.5 * found.exact.choice_mean, 1e-6)
    assert found.finer_exact.worth < 1e-3


def test_a_branch_that_turns_is_said_to_have_jumped():
    """Pooling on either breakfast is perfect at 0.9 strong; at these precisions the branch turns back on its way."""
    solution = solve(beer_quiche(20.0))
    is_solved(solution)
    assert solution.status is Status.JUMPED and "several equilibria" in solution.status.value
    assert solution.jumps.sum() > 0
    assert solution.jumps[0, 1] == 0, "the receiver has nothing to hide"


def test_the_exact_method_says_so_too():
    """Where the sender's branch turns, at a prior of 0.6, the joint branch of both turns as well, or is followed."""
    found, _ = exact(at(beer_quiche(20.0), 0.6))
    assert found.residual < 1e-10 and found.status in (BranchStatus.FOLLOWED, BranchStatus.TURNED)


# --- kinks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", SHARP)
def test_secret_choices_at_high_precision(precision: float):
    """The curve runs from facet to facet of the lattice here, and turns by any angle at each."""
    is_solved(solve(secret_choice(precision, shared=True)))


@pytest.mark.parametrize(("seed", "precision"), [(0, 10.0), (1, 60.0), (0, 100.0)])
def test_every_feature_at_high_precision(seed: int, precision: float):
    """Three worlds: triangles, with sharp turns between them."""
    game = random_game(seed, worlds=3, states=3, options=2, periods=2, lattice=4, precision=precision)
    solution = solve(game)
    assert solution.residual.max() < 1e-9 and not solution.unconverged.any()


def test_the_curve_followed_is_the_principal_branch(monkeypatch: pytest.MonkeyPatch):
    """All points are handed to the follower; where the branch does not turn, raising precision slowly ends there too.

    No other test has this lattice: what is compiled here is of no use elsewhere.
    """
    game = replace(secret_choice(1.0, shared=True), lattice=7)
    monkeypatch.setattr("longgame.solver.kernel.NOT_SETTLED", -1.0)  # no point counts as settled by iteration
    followed = solve(game, tolerance=1e-12)
    assert followed.iterations.max() > 40 and not followed.jumps.any()
    twin = solve_slowly(game)
    np.testing.assert_allclose(followed.sigma[0][0], twin.sigma[0][0], atol=1e-10)


# --- near symmetry ----------------------------------------------------------------------------------------------------


def test_talk_that_costs_a_liar_a_little_is_solved_on_the_lattice():
    """At lambda 40 it informs; all states in which the sender faces the same are solved at once, within bounds."""
    solution = solve(longgame.compile(longgame.load(CASES / "cs_eps.yaml")))
    state = int(np.asarray(solution.tables(0).start_index)[0])
    says = solution.choice_at(0, 0, state, solution.prior)
    assert says[0, 0] == pytest.approx(0.99997, abs=1e-5) and says[1, 1] > 0.999 and says[2, 2] > 0.999
    assert solution.status is Status.JUMPED and not solution.unconverged.any()


def test_iteration_does_not_stay_where_responses_lead_away_from(monkeypatch: pytest.MonkeyPatch):
    """At lambda 6, in the midst of the simplex, even talk is an equilibrium that the branch has left."""
    text = (CASES / "cs_eps.yaml").read_text(encoding="utf-8").replace("lambda: 40", "lambda: 6")
    game = longgame.compile(longgame.loads(text))
    found = solve(game)
    monkeypatch.setattr("longgame.solver.kernel.NOT_SETTLED", -1.0)  # all points are followed
    followed = solve(game)
    for ours, theirs in zip(found.sigma[0], followed.sigma[0], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-7)
    assert found.choice_at(0, 0, 0, np.full(3, 1 / 3))[0, 0] > 0.5


def test_a_state_has_a_budget_of_responses(monkeypatch: pytest.MonkeyPatch):
    """Branches that are not followed to their end by then are lost: another equilibrium is taken, and counted."""
    game = longgame.compile(longgame.load(CASES / "cs_eps.yaml"))
    monkeypatch.setattr("longgame.solver.branch.MOST_IN_A_STATE", 1)
    solution = solve(game)
    assert solution.iterations.max() < 1_000
    assert solution.status is not Status.CONVERGED
