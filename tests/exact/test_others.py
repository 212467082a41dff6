"""Several equilibria: what random starts find beside the principal branch."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.answers.others import others_of
from longgame.cli import main
from longgame.exact.efg import parse_efg
from longgame.exact.histories import solve_extensive
from longgame.exact.others import other_equilibria, other_histories
from longgame.exact.public_histories import solve_histories
from longgame.solver.curve.continuation import BranchStatus
from longgame.solver.others import other_solutions
from longgame.solver.solve import solve
from tests.exact.near_symmetry import simultaneous

CASES = Path(__file__).parents[1] / "cases"


def chicken_by_bisection(precision: float) -> list[float]:
    """How often the first dares in each equilibrium of chicken_10, by a scan of its own response to the other's."""

    def error(p: float) -> float:
        """By how much the first's response to the second's response to p is above p."""
        dares = p * -3.0 + (1 - p) * 2.5 - p * -1.0  # what it is worth to the second, over swerving
        q = 1 / (1 + np.exp(-precision * dares))
        return 1 / (1 + np.exp(-precision * (2 * (1 - q) - 3 * q + q))) - p

    grid = np.linspace(0.0, 1.0, 20_001)
    found = []
    for low, high in itertools.pairwise(grid):
        a, b = float(low), float(high)
        if error(a) * error(b) > 0:
            continue
        for _ in range(60):
            middle = (a + b) / 2
            a, b = (middle, b) if error(a) * error(middle) > 0 else (a, middle)
        found.append(a)
    return found


def test_chicken_has_three():
    solution = solve_histories(longgame.compile(longgame.load(CASES / "chicken_10.yaml")))
    others = other_histories(solution)
    assert len(others) == 2
    dares = sorted(one.at("first").cells[0].choice["dare"] for one in (solution, *others))
    assert dares == pytest.approx(chicken_by_bisection(10.0), abs=1e-6)
    assert dares[1] == pytest.approx(0.5561, abs=5e-5)
    for one in others:
        assert one.converged and one.status is BranchStatus.OTHER and one.residual < 1e-10


@pytest.mark.parametrize("size", [2, 3])
def test_coordination_has_one_for_every_set_of_actions(size: int):
    """At high precision every set of actions may be mixed evenly among: 2^m - 1 equilibria."""
    found = other_equilibria(parse_efg(simultaneous(np.eye(size), np.eye(size))), 12.0)
    assert len(found) + 1 == 2**size - 1
    for one in found:
        np.testing.assert_allclose(one.choice(0), one.choice(1), atol=1e-8)  # both put the same weights


def test_where_there_is_one_there_are_no_others():
    pennies = parse_efg(simultaneous(np.eye(2), 1 - np.eye(2)))
    assert other_equilibria(pennies, 5.0, starts=8) == ()
    assert other_equilibria(parse_efg(simultaneous(np.eye(2), np.eye(2))), 1.5, starts=8) == ()


def test_the_same_seed_finds_the_same():
    game = parse_efg(simultaneous(np.eye(3) * [1, 2, 3], np.eye(3) * [3, 2, 1]))
    first, again = (other_equilibria(game, 4.0, starts=8, seed=3) for _ in range(2))
    assert len(first) >= 2
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.sigma, other.sigma)
    principal = solve_extensive(game, 4.0)
    assert all(np.abs(one.sigma - principal.sigma).max() > 1e-6 for one in first)


def test_the_command_lists_them(capsys: pytest.CaptureFixture[str]):
    assert main(["solve", str(CASES / "chicken_10.yaml"), "--others", "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)
    assert answers["starts"] == 32 and len(answers["others"]) == 2
    assert sorted(one["worth"]["a"] for one in answers["others"]) == pytest.approx([-0.48185, 2.0], abs=1e-5)
    assert main(["solve", str(CASES / "chicken_10.yaml"), "--others", "--starts", "8"]) == 0
    printed = capsys.readouterr().out
    assert "Several equilibria" in printed and "2 other equilibria found from 8 random starts" in printed
    assert main(["solve", str(CASES / "pennies.yaml"), "--others", "--starts", "4"]) == 0
    assert "No other equilibrium was found from 4 random starts" in capsys.readouterr().out


# --- on the lattice, and the claims -----------------------------------------------------------------------------------


def test_the_lattice_finds_the_three_of_chicken():
    """Its errors are those of the lattice: the exact method finds 0.5561."""
    principal = solve(longgame.compile(longgame.load(CASES / "chicken_10.yaml")))
    others = other_solutions(principal)
    state = int(np.asarray(principal.tables(0).start_index)[0])
    dares = sorted(one.choice_at(0, 0, state, one.prior)[0, 0] for one in (principal, *others))
    assert dares == pytest.approx(chicken_by_bisection(10.0), abs=5e-3)
    for one in others:
        assert not one.unconverged.any() and one.residual.max() < 1e-9


def test_where_nothing_is_hidden_the_lattice_finds_no_other():
    assert other_solutions(solve(longgame.compile(longgame.load("rubinstein"))), starts=2) == ()


def test_claims_are_judged_in_each_and_marked_where_they_turn():
    found = others_of(longgame.load(CASES / "chicken_10.yaml"))
    assert found.starts == 32 and len(found.others) == 2 and found.turned == ["c"]
    assert [claim.holds for claim in found.principal.claims] == [False]
    assert all(other.claims[0].holds for other in found.others)
    assert sorted(other.claims[0].margin for other in found.others) == pytest.approx([0.056, 0.5], abs=5e-3)
    assert found.principal.worth == pytest.approx({"a": -1.0, "b": 2.5}, abs=1e-6)


def test_the_command_marks_claims_that_turn(capsys: pytest.CaptureFixture[str]):
    case = str(CASES / "chicken_10.yaml")
    assert main(["claims", case, "--draws", "0", "--others"]) == 0
    printed = capsys.readouterr().out
    assert "2 other equilibria found from 32 random starts" in printed and "c turns in another equilibrium" in printed
    assert main(["claims", case, "--draws", "0", "--others", "--json"]) == 0
    others = json.loads(capsys.readouterr().out)["others"]
    assert others["turned"] == ["c"] and len(others["others"]) == 2
    assert set(others["principal"]) == {"worth", "residual", "claims"}
