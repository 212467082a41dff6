"""A scenario solved over its public histories: closed forms, Gambit, Bayes' rule, and the lattice method."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.errors import TooLargeError
from longgame.exact.methods import solve
from longgame.exact.public_histories import HistoriesSolution, describe_histories, solve_histories
from longgame.game.game import Game
from longgame.solver.curve.continuation import BranchStatus
from tests import closed_forms
from tests.games import one_shot, random_game
from tests.tiny import TEXT

GAMBIT = Path(__file__).parents[1] / "gambit"
SCENARIOS = sorted(path.stem for path in (GAMBIT / "scenarios").glob("*.yaml"))


def compiled(name: str) -> Game:
    return longgame.compile(longgame.load(name))


@cache
def crisis() -> HistoriesSolution:
    """A shipped scenario over three of its periods, with several moves in each and one side that knows more."""
    return solve(replace(compiled("deterrence-crisis"), periods=3), method="histories")


# --- against what is known -------------------------------------------------------------------------------------------


def test_a_game_worked_out_by_hand():
    solution = solve(longgame.compile(longgame.loads(TEXT)), method="histories")
    tell, pick = solution.at("tell"), solution.at("pick", "1: tell loud")
    assert [(cell.knows, cell.probability) for cell in tell.cells] == [("h=yes", 0.5), ("h=no", 0.5)]
    assert tell.cells[0].choice == pytest.approx({"loud": 0.75, "quiet": 0.25})
    assert pick.belief == pytest.approx({"yes": 0.75, "no": 0.25}) and pick.reach == pytest.approx(0.5)
    assert (pick.by, pick.state, pick.period) == ("a", {"x": "low"}, 1)
    [cell] = pick.cells
    assert cell.knows == "" and cell.probability == pytest.approx(1.0)
    assert cell.choice == pytest.approx({"stay": 0.25, "go": 0.75}) and cell.worth == pytest.approx(0.75)
    assert pick.worth == pytest.approx({"a": 0.75, "b": 0.0, "c": -1.5})
    assert solution.worth["b"] == pytest.approx(0.25)  # half the time 3/4 of 1, else a quarter of -1
    with pytest.raises(KeyError, match="tell after 1: tell loud"):
        solution.at("tell", "1: tell loud")


@pytest.mark.parametrize("name", SCENARIOS)
def test_choices_agree_with_gambit(name: str):
    """At the scenario's own precision, for which Gambit's lambda is 1; by step, what was seen and what is known."""
    reference = json.loads((GAMBIT / "reference.json").read_text(encoding="utf-8"))
    [game] = [row for row in reference["games"] if row["game"] == f"{name}.efg"]
    [answer] = [answer for answer in game["answers"] if answer["lambda"] == 1.0]
    theirs: dict[str, list[dict[str, float]]] = defaultdict(list)
    for row in answer["information_sets"]:
        theirs[re.sub(r" \(\d+\)$", "", row["label"])].append(row["probabilities"])
    ours: dict[str, list[dict[str, float]]] = defaultdict(list)
    for row in solve(compiled(str(GAMBIT / "scenarios" / f"{name}.yaml")), method="histories").rows():
        for cell in row.cells:
            knows = f" | {cell.knows}" if cell.knows else ""
            ours[f"{row.step} | {row.history}{knows}"].append(cell.choice)
    assert ours.keys() == theirs.keys()
    for label in theirs:  # where a set is there twice, its owner differs in what it did in secret, or the start differs
        for some, other in ((ours[label], theirs[label]), (theirs[label], ours[label])):
            for choice in some:
                assert any(choice == pytest.approx(match, rel=0, abs=1e-7) for match in other), label


def test_a_game_without_secrets_is_solved_from_its_end():
    """The centipede; `test_textbooks` holds backward induction to its closed form."""
    game = compiled("centipede")
    backwards = solve(game)
    solution = solve(game, method="histories")
    assert solution.histories == 4
    for move in solution.moves:
        choice = backwards.choice_at(move.period, move.step, int(move.state[0]), move.belief[0])
        np.testing.assert_allclose(move.choice[0], choice, atol=1e-12)


@pytest.mark.parametrize("quiet", [0.5, 2.0])
def test_beer_or_quiche(quiet: float):
    game = compiled("beer-quiche")
    theta = game.theta({"strong_share": 0.6, "quiet": quiet, "precision": 3.0})
    order = solve(game, theta, method="histories").at("order")
    [by_hand] = closed_forms.beer_quiche(0.6, quiet, [3.0])
    drinks = {cell.knows.split("=")[1]: cell.choice["beer"] for cell in order.cells}
    assert drinks == pytest.approx({"strong": by_hand.beer_strong, "weak": by_hand.beer_weak}, abs=1e-9)


def test_a_steep_game_is_solved_to_the_last_digits():
    """Kreps and Wilson's chain store: in each of five rounds a response multiplies the error of the next."""
    solution = solve_histories(compiled("chain-store"), periods=5)
    assert solution.converged and solution.status is BranchStatus.FOLLOWED
    assert solution.residual < 1e-12
    fight = solution.at("answer", "1: entry open, answer fight; 2: entry open").cells
    assert [cell.knows for cell in fight] == ["kind=tough", "kind=ordinary"]


def test_where_the_game_may_start_in_several_states_they_are_told_apart():
    """A number between two points of its grid is a lottery between them."""
    wider = TEXT.replace("\nstate:\n", "\nstate:\n  y: {grid: [0, 1, 1], start: 0.25, unit: 1}\n")
    solution = solve(longgame.compile(longgame.loads(wider)), method="histories")
    labels = {row.history: row for row in solution.rows()}
    assert {"start (y=0)", "start (y=1)", "start (y=0); 1: tell loud"} <= labels.keys()
    assert labels["start (y=0)"].reach == pytest.approx(0.75)


# --- what must hold in any game --------------------------------------------------------------------------------------


def test_probabilities_and_beliefs_fit_together():
    for move in crisis().moves:
        np.testing.assert_allclose(move.belief.sum(axis=1), 1.0, atol=1e-12)
        np.testing.assert_allclose(move.probability.sum(axis=1), move.reach, atol=1e-14)
        possible = ~np.isnan(move.choice).all(axis=2)
        np.testing.assert_allclose(np.nansum(move.choice, axis=2)[possible], 1.0, atol=1e-12)
    first = crisis().moves[0]
    assert first.reach.tolist() == [pytest.approx(1.0)]
    np.testing.assert_allclose(first.worth[0], list(crisis().worth.values()), atol=1e-12)


def test_beliefs_follow_bayes_rule():
    rows = {(row.step, row.history): row for row in crisis().rows()}
    start = rows["forces_decision", "the start"]
    for option in ("keep", "raise"):
        after = rows["challenge", f"1: forces_decision {option}"]
        likely = {cell.knows: cell.probability * cell.choice[option] for cell in start.cells}
        assert after.reach == pytest.approx(sum(likely.values()))
        assert list(after.belief.values()) == pytest.approx([p / after.reach for p in likely.values()])


def test_what_the_mover_expects_averages_to_what_the_public_expects():
    for row in crisis().rows():
        assert sum(cell.probability for cell in row.cells) == pytest.approx(1.0)
        assert sum(cell.probability * cell.worth for cell in row.cells) == pytest.approx(row.worth[row.by], abs=1e-10)


def test_histories_that_are_hardly_ever_reached_have_beliefs():
    game = compiled("beer-quiche")
    numbers = game.tables(game.theta({"strong_share": 0.9, "quiet": 2.0}), 0)
    steep = numbers._replace(precision=np.full_like(numbers.precision, 2000.0))
    solution = solve(game, method="histories", tables=lambda t: steep)
    unlikely = min(solution.rows(), key=lambda row: row.reach)
    assert unlikely.reach < 1e-300 and solution.converged
    assert sum(unlikely.belief.values()) == pytest.approx(1.0)
    assert all(np.isfinite(list(row.worth.values())).all() for row in solution.rows())


def test_secrets_guards_lotteries_and_news():
    game = random_game(1, states=3, options=2, periods=1, precision=2.0)
    solution = solve(game, method="histories")
    assert solution.residual < 1e-10
    for row in solution.rows():
        assert sum(cell.probability for cell in row.cells) == pytest.approx(1.0)
        assert sum(cell.probability * cell.worth for cell in row.cells) == pytest.approx(row.worth[row.by], abs=1e-10)


# --- against the lattice method --------------------------------------------------------------------------------------


def test_both_methods_agree_where_all_beliefs_are_points_of_the_lattice():
    game = compiled("take-it-or-leave-it")
    lattice = solve(game, method="lattice")
    for move in solve(game, method="histories").moves:
        for g, state in enumerate(move.state.tolist()):
            there = lattice.choice_at(move.period, move.step, state, move.belief[g])
            np.testing.assert_allclose(move.choice[g], np.where(np.isnan(move.choice[g]), np.nan, there), atol=1e-9)
            value = lattice.value_at(move.period, move.step, state, move.belief[g])
            np.testing.assert_allclose(move.value[g], value, atol=1e-9)


def test_a_posture_binds():
    game = longgame.compile(longgame.loads(TEXT))
    bound = solve(game, method="histories", allowed={1: np.array([True, False])})
    assert [row.step for row in bound.rows()] == ["tell"]  # who may only stay does not choose
    assert bound.worth["a"] == pytest.approx(0.0)


# --- asking ----------------------------------------------------------------------------------------------------------


def test_a_game_that_is_too_large_says_what_fits():
    with pytest.raises(TooLargeError, match=r"Its first 3 period\(s\) have 125,251. Take these alone"):
        longgame.solve(compiled("truce-on-offer"), method="histories")
    assert solve_histories(compiled("truce-on-offer"), periods=1).written.game.nodes == 123


def test_what_belongs_to_the_other_method_is_refused():
    game = one_shot([1.0, 2.0])
    with pytest.raises(TypeError, match="lattice method"):
        solve(game, method="histories", since=1)  # pyright: ignore[reportArgumentType, reportCallIssue]
    with pytest.raises(ValueError, match='"lattice" or "histories"'):
        solve(game, method="grid")  # pyright: ignore[reportArgumentType, reportCallIssue]


def test_the_layout_of_the_answers():
    answers = describe_histories(crisis(), 0.05)
    assert answers["histories"] == answers["left_out"] + len(answers["rows"]) == crisis().histories
    assert min(row["reach"] for row in answers["rows"]) >= 0.05
    json.dumps(answers, allow_nan=False)
