"""The textbook scenarios against their closed forms: exactly where there is one, in the limit where theory has one.

The closed forms are in ``closed_forms.py``; docs/known-answers.md shows the same comparisons as curves.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from longgame.exact.histories import solve_extensive
from longgame.exact.unroll import unroll
from longgame.game.game import Game
from longgame.queries.claims import judge
from longgame.queries.questions import look_up
from longgame.run.study import Study
from longgame.scenario import library
from longgame.scenario.load import load
from longgame.solver.batch import tables_of
from longgame.solver.solution import Solution, Status
from longgame.solver.solve import solve
from tests import closed_forms
from tests.closed_forms import Dispute

EXACT = 1e-9
TEXTBOOKS = [name for name in library.names() if library.group_of(name) == "textbooks"]


@cache
def study(name: str) -> Study:
    return Study.of(load(name))


def theta_of(game: Game, turned: dict[str, float]) -> np.ndarray:
    theta = np.array(game.base, dtype=float)
    for name, value in turned.items():
        theta[game.assumptions.index(name)] = value
    return theta


def solved(name: str, *, lattice: int | None = None, **turned: float) -> Solution:
    """A textbook scenario with some of its assumptions changed."""
    game = study(name).game
    if lattice is not None:
        game = replace(game, lattice=lattice)
    return solve(game, theta_of(game, turned))


def state(solution: Solution, **words: Any) -> int:
    """The state in which the variables have these values; those not named, as at the start."""
    states = solution.game.states
    wanted = list(states.codes[int(np.asarray(solution.tables(0).start_index)[0])])
    for i, variable in enumerate(states.variables):
        if variable.name in words:
            wanted[i] = variable.points.index(words[variable.name])
    (found,) = np.flatnonzero((states.codes == wanted).all(axis=1))
    return int(found)


def play(solution: Solution, step: str, t: int = 0, belief: np.ndarray | None = None, **words: Any) -> np.ndarray:
    """[C, A] choice at a step of period t."""
    k = [one.name for one in solution.game.steps].index(step)
    return solution.choice_at(t, k, state(solution, **words), solution.prior if belief is None else belief)


def value(solution: Solution) -> np.ndarray:
    """[N] what the actors can expect at the start."""
    return solution.value_at(0, 0, state(solution), solution.prior) @ solution.prior


# --- Rubinstein -------------------------------------------------------------------------------------------------------

TWENTIETHS = np.linspace(0, 1, 21)


@pytest.mark.parametrize("patience", [0.5, 0.7, 0.9])
@pytest.mark.parametrize("precision", [1.0, 20.0, 200.0, 4999.0])
def test_alternating_offers_are_those_of_the_recursion(patience: float, precision: float) -> None:
    solution = solved("rubinstein", patience=patience, precision=precision)
    by_hand = closed_forms.alternating_offers(TWENTIETHS, patience, precision, 12)
    np.testing.assert_allclose(value(solution), by_hand, atol=EXACT)


@pytest.mark.parametrize("patience", [0.5, 0.7, 0.9])
def test_the_first_s_share_is_that_of_the_theorem_to_a_step_of_the_grid(patience: float) -> None:
    first, second = value(solved("rubinstein", patience=patience, precision=4000.0))
    assert abs(first - closed_forms.stahl(patience, 12)) < 0.05
    assert abs(first + second - 1) < 0.001  # agreed at once


def test_on_a_fine_grid_the_error_falls_as_log_precision_over_precision() -> None:
    precision = np.array([30.0, 100.0, 300.0, 1000.0, 3000.0])
    shares = [closed_forms.alternating_offers(np.linspace(0, 1, 2001), 0.7, p, 60)[0] for p in precision]
    error = closed_forms.stahl(0.7, 60) - np.array(shares)
    rate = np.polyfit(np.log(precision / np.log(precision)), np.log(error), 1)[0]
    assert rate == pytest.approx(-1, abs=0.1)
    assert 0 < error[-1] < 0.002


def test_between_sharp_players_the_error_is_some_steps_of_the_grid() -> None:
    """Each offer is rounded to the grid, and patience passes the error on: at most step * (1 + d + d^2 + ...)."""
    for steps in (10, 20, 50, 100, 400):
        share, _ = closed_forms.alternating_offers(np.linspace(0, 1, steps + 1), 0.7, 1e6, 60)
        assert abs(share - 1 / 1.7) < 1 / steps / (1 - 0.7)


def test_the_horizon_counts_for_patience_to_its_power() -> None:
    for periods in (1, 2, 7, 12):
        error = closed_forms.stahl(0.7, periods) - 1 / 1.7
        assert error == pytest.approx(-((-0.7) ** periods) / 1.7, abs=1e-12)


# --- Fearon -----------------------------------------------------------------------------------------------------------

DEMANDS = np.linspace(0.5, 1, 21)
COSTS = np.array([0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize("own_cost", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("precision", [1.0, 30.0, 500.0, 20000.0])
def test_demand_acceptance_and_war_are_those_of_the_closed_form(own_cost: float, precision: float) -> None:
    solution = solved("fearon", own_cost=own_cost, precision=precision)
    by_hand = closed_forms.ultimatum(DEMANDS, COSTS, np.full(4, 0.25), 0.5, own_cost, precision)
    np.testing.assert_allclose(play(solution, "demands")[0], by_hand.demand, atol=EXACT)
    assert value(solution)[0] == pytest.approx(by_hand.value, abs=EXACT)
    points = next(v for v in solution.game.states.variables if v.name == "demand").points
    for demand, accepted in zip(DEMANDS, by_hand.accept, strict=True):
        nearest = min(points, key=lambda point, demand=demand: abs(point - demand))
        np.testing.assert_allclose(play(solution, "reply", demand=nearest)[:, 0], accepted, atol=EXACT)


def test_with_many_types_and_demands_the_risk_is_fearon_s() -> None:
    for own_cost in (0.0, 0.1, 0.2, 0.5):
        demand, war = closed_forms.best_demand(0.4, 0.5, own_cost)
        costs = 0.4 * (np.arange(400) + 0.5) / 400
        found = closed_forms.ultimatum(np.linspace(0.5, 1, 2001), costs, np.full(400, 1 / 400), 0.5, own_cost, 3e5)
        assert found.war == pytest.approx(war, abs=0.01)
        assert np.linspace(0.5, 1, 2001)[found.demand.argmax()] == pytest.approx(demand, abs=0.005)


def test_who_would_lose_much_by_a_war_runs_no_risk() -> None:
    careful = solved("fearon", own_cost=0.5, precision=5000.0)
    assert value(careful)[0] == pytest.approx(0.575, abs=1e-6)  # the demand just below what all types accept


# --- Powell -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", [1.0, 20.0, 500.0, 20000.0])
@pytest.mark.parametrize("shift", [0.0, 0.1, 0.13, 0.4])
def test_attacks_are_those_of_the_recursion(shift: float, precision: float) -> None:
    solution = solved("powell", shift=shift, precision=precision)
    by_hand = closed_forms.commitment(Dispute(shift=shift), precision)
    found = [play(solution, "offer", t=t)[0, 0] for t in (0, 1)]
    np.testing.assert_allclose(found, by_hand, atol=EXACT)


@pytest.mark.parametrize("dispute", [Dispute(), Dispute(strength=0.7), Dispute(cost_rising=1.0, cost_declining=0.1)])
def test_war_comes_at_powell_s_boundary(dispute: Dispute) -> None:
    boundary = dispute.boundary()
    turned = {"strength": dispute.strength, "cost_rising": dispute.cost_rising}
    turned["cost_declining"] = dispute.cost_declining
    for shift, attacks in [(boundary - 1e-3, 0.0), (boundary + 1e-3, 1.0)]:
        solution = solved("powell", shift=shift, precision=10000.0, **turned)
        assert play(solution, "offer")[0, 0] == pytest.approx(attacks, abs=1e-6)
        assert play(solution, "offer", t=1)[0, 0] < 1e-6  # none when power moves no more


def test_the_switch_nears_the_boundary_as_precision_grows() -> None:
    boundary = Dispute().boundary()

    def distance(precision: float) -> float:
        below, above = boundary - 0.05, boundary + 0.05
        for _ in range(50):
            middle = (below + above) / 2
            attacks = closed_forms.commitment(Dispute(shift=middle), precision)[0] > 0.5
            below, above = (below, middle) if attacks else (middle, above)
        return abs(below - boundary)

    at = [distance(precision) for precision in (20.0, 60.0, 200.0, 600.0)]
    assert at == sorted(at, reverse=True)
    assert at[0] > 1e-3 and at[-1] < 2e-5


# --- Cho and Kreps ----------------------------------------------------------------------------------------------------

# Of strong strangers, and what it is worth not to be fought; beer by the strong and by the weak in theory.
REGIONS = [
    (0.9, 2.0, 1.0, 1.0),  # pooling on beer
    (0.6, 2.0, 1.0, 1.0),
    (0.3, 2.0, 1.0, 0.3 / 0.7),  # the weak mix so that beer leaves the watcher in doubt
    (0.9, 0.5, 1.0, 0.0),  # separation
    (0.3, 0.5, 1.0, 0.0),
]


@pytest.mark.parametrize(("strong", "quiet", "if_strong", "if_weak"), REGIONS)
def test_breakfast_in_each_region(strong: float, quiet: float, if_strong: float, if_weak: float) -> None:
    solution = solved("beer-quiche", strong_share=strong, quiet=quiet, precision=100.0)
    np.testing.assert_allclose(play(solution, "order")[:, 0], [if_strong, if_weak], atol=2e-3)
    assert solution.status is not Status.UNCONVERGED


@pytest.mark.parametrize(("strong", "quiet"), [region[:2] for region in REGIONS])
def test_the_principal_branch_is_found_without_a_lattice(strong: float, quiet: float) -> None:
    precisions = [1.0, 3.0, 10.0, 30.0]
    game = study("beer-quiche").game
    for precision, by_hand in zip(precisions, closed_forms.beer_quiche(strong, quiet, precisions), strict=True):
        turned = {"strong_share": strong, "quiet": quiet, "precision": precision}
        written = unroll(game, tables_of(game, theta_of(game, turned)))
        exact = solve_extensive(written.game, written.precision, recall=False)
        sets = [h for h in range(len(written.game.owner)) if written.game.actions(h) == ("beer", "quiche")]
        assert sorted(exact.choice(h)[0] for h in sets) == pytest.approx(
            sorted([by_hand.beer_strong, by_hand.beer_weak]), abs=EXACT
        )


def test_the_error_of_the_lattice_falls_with_its_square() -> None:
    tenths = np.arange(1, 10) / 10  # priors that are points of all three lattices
    exact = {strong: closed_forms.beer_quiche(strong, 2.0, [2.0])[0][:2] for strong in tenths}
    resolutions, errors = [10, 20, 40], []
    for resolution in resolutions:
        solution = solved("beer-quiche", precision=2.0, lattice=resolution)
        found = {strong: play(solution, "order", belief=np.array([strong, 1 - strong]))[:, 0] for strong in tenths}
        errors.append(np.sqrt(np.mean([(found[strong] - exact[strong]) ** 2 for strong in tenths])))
    rate = np.polyfit(np.log(resolutions), np.log(errors), 1)[0]
    assert rate == pytest.approx(-2, abs=0.3)
    assert errors[-1] < 1e-4


def test_no_belief_is_left_to_be_invented() -> None:
    """What is thought of a breakfast that nobody has follows from Bayes' rule on the way to the limit: it is weak."""
    beliefs = [by_hand.weak_quiche for by_hand in closed_forms.beer_quiche(0.9, 2.0, [0.01, 1.0, 3.0, 10.0])]
    assert beliefs == sorted(beliefs)
    assert beliefs[0] == pytest.approx(0.1, abs=0.001) and beliefs[-1] > 0.9999


# --- McKelvey and Palfrey ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", [0.0, 0.3, 2.0, 10.0, 500.0])
@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_the_centipede_is_that_of_the_recursion(precision: float, scale: float) -> None:
    solution = solved("centipede", precision=precision, scale=scale)
    taken = [play(solution, step)[0, 0] for step in ("first", "second", "third", "fourth")]
    by_hand = closed_forms.centipede(scale * closed_forms.FOUR_MOVES, precision)
    np.testing.assert_allclose(taken, by_hand, atol=EXACT)


def test_four_times_the_money_is_four_times_the_precision() -> None:
    scaled = solved("centipede", precision=1.5, scale=4.0)
    sharper = solved("centipede", precision=6.0)
    assert play(scaled, "first")[0, 0] == pytest.approx(play(sharper, "first")[0, 0], abs=1e-12)


def test_backward_induction_is_the_limit() -> None:
    assert play(solved("centipede", precision=0.0), "first")[0, 0] == 0.5
    assert play(solved("centipede", precision=200.0), "first")[0, 0] == pytest.approx(1.0, abs=1e-9)


# --- Kreps and Wilson -------------------------------------------------------------------------------------------------


def reputation_path(solution: Solution) -> list[tuple[float, float]]:
    """(chance that the shop opens, that an ordinary store fights it) where all that open are fought."""
    belief, path = solution.prior, []
    for t in range(solution.game.periods):
        opens = play(solution, "entry", t, belief)[0, 1]
        fights = play(solution, "answer", t, belief, entered="yes")[:, 0]
        path.append((float(opens), float(fights[1])))
        belief = belief * fights / (belief @ fights)
    return path


def test_reputation_is_built_and_spent_as_in_kreps_and_wilson() -> None:
    theory = np.array(closed_forms.reputation(0.1, 0.5, 2.0, 0.999, 6))
    near, far = (np.abs(np.array(reputation_path(solved("chain-store", precision=p))) - theory).max() for p in (30, 10))
    assert near < 0.03
    assert near < 0.7 * far


# --- their claims -----------------------------------------------------------------------------------------------------

# The claim, its answer in the base case, and assumptions that turn it.
TURNS = [
    ("rubinstein", "shares_of_the_theorem", True, {"precision": 5.0}),
    ("rubinstein", "agreement_at_once", True, {"precision": 1.0}),
    ("rubinstein", "asking_first_is_worth_something", True, {"precision": 0.0}),
    ("rubinstein", "even_split", False, {"precision": 1.0}),
    ("fearon", "risk_worth_taking", True, {"own_cost": 0.5}),
    ("fearon", "war_by_calculation", True, {"own_cost": 0.5}),
    ("fearon", "fear_is_met_with_peace", True, {"precision": 20.0}),
    ("fearon", "fear_pays", True, {"own_cost": -0.6, "highest_cost": 0.3}),
    ("fearon", "demands_serve_peace", False, {"own_cost": 0.5}),
    ("powell", "war_now", True, {"shift": 0.1}),
    ("powell", "as_the_theorem_says", True, {"shift": 0.122, "precision": 5.0}),
    ("powell", "no_war_without_a_shift", True, {"precision": 1.0}),
    ("powell", "rise_pays", False, {"shift": 0.1}),
    ("powell", "peace_cannot_be_promised", True, {"shift": 0.1}),
    ("preventive-war", "both_would_rather_have_it", True, {"promised": 0.5}),
    ("preventive-war", "the_stronger_would_break_it", True, {"odds_later": 0.25}),
    ("preventive-war", "so_the_weaker_strikes", True, {"odds_later": 0.25}),
    ("preventive-war", "as_the_theorem_says", True, {"odds_later": 0.345, "margin": 0.05}),
    ("preventive-war", "it_stands_to_the_end", False, {"odds_later": 0.25}),
    ("beer-quiche", "all_have_beer", True, {"strong_share": 0.3}),
    ("beer-quiche", "left_alone", True, {"strong_share": 0.3}),
    ("beer-quiche", "quiche_is_for_the_weak", True, {"precision": 0.5}),
    ("beer-quiche", "quiche_is_fought", True, {"precision": 0.5}),
    ("beer-quiche", "breakfast_tells", False, {"quiet": 0.5}),
    ("centipede", "first_passes", True, {"precision": 10.0}),
    ("centipede", "later_is_surer", True, {"precision": 0.1}),
    ("centipede", "worth_playing", True, {"precision": 50.0}),
    ("centipede", "backward_induction", False, {"precision": 20.0}),
    ("chain-store", "first_stays_away", True, {"tough_share": 0.001}),
    ("chain-store", "fighting_keeps_the_doubt_alive", True, {"tough_share": 0.001}),
    ("chain-store", "fight_shows_little", True, {"tough_share": 0.001}),
    ("chain-store", "paradox", False, {"tough_share": 0.001}),
]


@pytest.mark.parametrize(("name", "claim", "base", "turned"), TURNS, ids=[f"{turn[0]}-{turn[1]}" for turn in TURNS])
def test_claim_can_fail(name: str, claim: str, base: bool, turned: dict[str, float]) -> None:
    assert answer(name, claim, {}) is base
    assert answer(name, claim, turned) is not base


def test_every_claim_is_turned() -> None:
    assert {(name, claim) for name, claim, *_ in TURNS} == {
        (name, claim) for name in TEXTBOOKS for claim in load(name).claims
    }


def answer(name: str, claim: str, turned: dict[str, float]) -> bool | None:
    bound = next(one for one in study(name).claims if one.id == claim)
    case = solved_case(name, tuple(turned.items()))
    return judge(bound, look_up(case, bound.holds.atoms)).holds


@cache
def solved_case(name: str, turned: tuple[tuple[str, float], ...]) -> Any:
    draw = study(name).draw(theta_of(study(name).game, dict(turned)))
    assert draw.valid
    return draw.case
