"""Games without an end near play that is given: the equilibrium there, what is said of it, and its play as a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.answers.stationary import describe_stationary, starting_there
from longgame.game.compile import compile as compile_scenario
from longgame.scenario.load import load, loads
from longgame.solver.others import other_solutions
from longgame.solver.solution import Status
from longgame.solver.solve import solve
from tests.solver.test_forever import RUBINSTEIN, SIEGE, STRIKES, alike, at_start, for_ever, game_of


@pytest.mark.parametrize(
    ("asks", "leaves", "worth"), [("055", "040", (0.54989, 0.44999)), ("060", "045", (0.58665, 0.39933))]
)
def test_play_that_is_given_leads_to_the_equilibrium_near_by(asks: str, leaves: str, worth: tuple[float, float]):
    """At a precision of 200 who bargains has three equilibria: the principal one is alike for both, two are not."""
    near = f"""
solver:
  near:
    first_asks: {{keep_{asks}: 1}}
    second_asks: {{leave_{leaves}: 1}}
    second_replies: {{accept: 1 if share < 0.{asks[1:]} + 0.02 else 0}}
    first_replies: {{accept: 1 if share > 0.{leaves[1:]} - 0.01 else 0}}
"""
    found = solve(game_of(for_ever(RUBINSTEIN) + near))
    assert found.status is Status.NEAR and found.residual.max() < 1e-12
    assert at_start(found) == pytest.approx(worth, abs=1e-5)
    assert alike().status is Status.JUMPED and at_start(alike()) == pytest.approx((0.55782, 0.40592), abs=1e-5)
    stayed = solve(alike().game, near=found, stay=True)
    assert np.abs(at_start(stayed) - at_start(found)).max() < 1e-12
    if asks == "055":  # to which a finite horizon leads as well
        finite = solve(game_of(RUBINSTEIN.replace("periods: 12", "periods: 40")))
        assert at_start(finite) == pytest.approx(worth, abs=1e-5)


def test_play_that_leads_nowhere_is_said():
    near = """
solver:
  near:
    first_asks: {keep_080: 1}
    second_asks: {leave_090: 1}
    second_replies: {accept: 1 if share < 0.312 else 0}
    first_replies: {accept: 1 if share > 0.423 else 0}
"""
    found = solve(game_of(for_ever(RUBINSTEIN) + near))
    assert found.status is Status.STRAYED and "leads to no equilibrium" in found.status.value
    assert np.abs(at_start(found) - at_start(alike())).max() < 1e-9


@pytest.mark.parametrize("text", [SIEGE, STRIKES], ids=["public", "at once"])
def test_what_is_listed_is_the_play_and_leads_to_itself(text: str, tmp_path: Path):
    solution = solve(game_of(for_ever(text)))
    told, game = describe_stationary(solution), solution.game
    labels = [game.states.label(s) for s in range(len(game.ended))]
    assert list(told["worth"].values()) == pytest.approx(at_start(solution).tolist())
    places = [(row["step"], row["state"], tuple(row["belief"].values())) for row in told["rows"]]
    assert len(set(places)) == len(places)
    for row in told["rows"]:
        k, s = game.step(row["step"].split(".")[0]), labels.index(row["state"])
        assert sum(cell["probability"] for cell in row["cells"]) == pytest.approx(1.0)
        belief, i = np.array(list(row["belief"].values())), game.actors.index(row["by"])
        total = sum(cell["probability"] * cell["worth"] for cell in row["cells"])
        assert total == pytest.approx(solution.value_at(0, k, s, belief)[i] @ belief)
        if not game.steps[k].sides:
            choice = np.array(list(row["cells"][0]["choice"].values()))
            played = solution.choice_at(0, k, s, belief)[0]
            assert np.allclose(choice, played[np.asarray(solution.tables(0).steps[k].allowed[s])], atol=1e-12)
    (tmp_path / "game.yaml").write_text(for_ever(text), encoding="utf-8")
    (tmp_path / "there.yaml").write_text(starting_there(told, "game.yaml"), encoding="utf-8")
    again = solve(compile_scenario(load(tmp_path / "there.yaml")))
    assert again.status is Status.NEAR and np.abs(at_start(again) - at_start(solution)).max() < 1e-9


def test_play_to_start_from_is_a_product_of_what_each_does():
    near = "near: {strikes.one: {strike: 0.9}, strikes.other: {hold: 0.8 if ground == 1 else 0.4}}"
    game = game_of(for_ever(STRIKES).replace("lattice: 4", near))
    play = game.play_near(game.base, 0, np.ones((3, 4), dtype=bool))
    assert game.steps[0].options == ("strike_strike", "strike_hold", "hold_strike", "hold_hold")
    at = np.flatnonzero(game.states.values("ground") == 1.0)[0]
    assert play[at] == pytest.approx([0.18, 0.72, 0.02, 0.08])
    assert play[at - 1] == pytest.approx([0.54, 0.36, 0.06, 0.04])


@pytest.mark.parametrize(
    ("near", "said"),
    [
        ("strikes.one: {strike: 2}", "error [odds-outside]: expected a probability from 0 to 1, found 2"),
        ("strikes.one: {strike: -ground}", "error [odds-outside]: expected a probability from 0 to 1, found -"),
        ("strikes.one: {strike: 0.7, hold: 0.7}", "error [odds-sum]: expected probabilities that make 1 at most"),
    ],
)
def test_what_is_no_chance_is_refused(near: str, said: str):
    text = for_ever(STRIKES).replace("lattice: 4", f"near: {{{near}}}")
    assert text != for_ever(STRIKES)
    assert said in "\n".join(str(problem) for problem in longgame.check(loads(text)))


def test_random_starts_find_the_other_equilibria():
    found = [at_start(other)[0] for other in other_solutions(alike(), starts=3)]
    assert found and all(np.abs(worth - np.array([0.54989, 0.58665])).min() < 1e-5 for worth in found)
