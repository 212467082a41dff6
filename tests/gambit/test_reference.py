"""Gambit as the judge: its logit choice probabilities, kept in reference.json, against the histories method.

The .efg files that come from scenarios of ours are also exported anew, and the scenarios are solved without the detour.
``make check-gambit`` makes the reference numbers again.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from longgame.exact.efg import parse_efg, read_efg
from longgame.exact.extensive import CHANCE
from longgame.exact.gambit import GambitGame, for_gambit
from longgame.exact.histories import describe, solve_extensive
from longgame.exact.tree import Tree
from longgame.game.compile import compile as compile_scenario
from longgame.scenario.load import load
from longgame.solver.batch import tables_of
from longgame.solver.curve.continuation import BranchStatus

HERE = Path(__file__).parent
REFERENCE = json.loads((HERE / "reference.json").read_text(encoding="utf-8"))
GAMES = {row["game"].removesuffix(".efg"): row for row in REFERENCE["games"]}
SCENARIOS = sorted(path.stem for path in (HERE / "scenarios").glob("*.yaml"))
AGREEMENT = 1e-7

CASES = [(name, answer["lambda"]) for name, row in GAMES.items() for answer in row["answers"]]


@cache
def exported(name: str) -> GambitGame:
    scenario = load(HERE / "scenarios" / f"{name}.yaml")
    game = compile_scenario(scenario)
    return for_gambit(game, tables_of(game, np.asarray(game.base, float)), title=scenario.title)


def theirs(name: str, precision: float) -> dict[tuple[str, str], dict[str, float]]:
    [answer] = [answer for answer in GAMES[name]["answers"] if answer["lambda"] == precision]
    return {(row["player"], row["label"]): row["probabilities"] for row in answer["information_sets"]}


def test_the_reference_covers_what_it_should():
    assert len(GAMES) >= 20
    assert set(SCENARIOS) <= set(GAMES)
    assert {path.stem for path in (HERE / "games").glob("*.efg")} == set(GAMES)
    for row in GAMES.values():
        assert [answer["lambda"] for answer in row["answers"]][:4] == [0.5, 1.0, 2.0, 5.0]
        for answer in row["answers"]:
            assert abs(answer["lambda_reached"] - answer["lambda"]) < 1e-7


@pytest.mark.parametrize(("name", "precision"), CASES)
def test_choice_probabilities_agree_with_gambit(name: str, precision: float):
    solution = solve_extensive(read_efg(HERE / "games" / f"{name}.efg"), precision)
    assert solution.residual < 1e-10
    ours = {(r["player"], r["label"]): r["probabilities"] for r in describe(solution, precision)["information_sets"]}
    reference = theirs(name, precision)
    assert ours.keys() == reference.keys()
    for where, probabilities in reference.items():
        assert ours[where] == pytest.approx(probabilities, rel=0, abs=AGREEMENT), where


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_exported_as_the_game_that_gambit_solved(name: str):
    now, then = parse_efg(exported(name).text), read_efg(HERE / "games" / f"{name}.efg")
    assert now.players == then.players
    np.testing.assert_array_equal(now.parent, then.parent)
    np.testing.assert_array_equal(now.infoset, then.infoset)
    np.testing.assert_allclose(now.pay, then.pay, rtol=0, atol=1e-12)
    np.testing.assert_allclose(now.chance, then.chance, rtol=0, atol=1e-12)
    assert [now.labels[h] for h in range(len(now.owner))] == [then.labels[h] for h in range(len(then.owner))]
    assert [now.actions(h) for h in range(len(now.owner))] == [then.actions(h) for h in range(len(then.owner))]


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("precision", [1.0, 5.0])
def test_a_scenario_solved_directly_agrees_with_gambit(name: str, precision: float):
    """The scenario at ``precision`` times its own lambda, over its public histories and cells."""
    written, said = exported(name).written, exported(name)
    solution = solve_extensive(written.game, written.precision * precision / said.precision, recall=False)
    reference = theirs(name, precision)
    for h in np.flatnonzero(said.game.owner != CHANCE).tolist():
        where = said.game.owner_name(h), said.game.labels[h]
        expected = list(reference[where].values())
        np.testing.assert_allclose(solution.choice(h), expected, rtol=0, atol=AGREEMENT, err_msg=str(where))


def test_a_branch_that_turns_back_is_followed_round_as_gambit_does():
    game = read_efg(HERE / "games" / "two_repliers.efg")
    before, after = solve_extensive(game, 50.0), solve_extensive(game, 100.0)
    assert before.status is BranchStatus.FOLLOWED
    assert after.status is BranchStatus.TURNED
    assert np.array(after.turns) * 100 == pytest.approx([61.7, 34.3], abs=0.3)


@pytest.mark.parametrize("name", sorted(GAMES))
def test_hard_precision(name: str):
    """Precision times payoff spread of 200: an equilibrium to the last digits, on the branch."""
    game = read_efg(HERE / "games" / f"{name}.efg")
    heat = Tree(game, np.ones(len(game.owner))).heat
    solution = solve_extensive(game, 200 / heat)
    assert solution.status in (BranchStatus.FOLLOWED, BranchStatus.TURNED)
    assert solution.residual < 1e-10
