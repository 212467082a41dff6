"""The principal branch is kept where others come near: near symmetry and at pitchforks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.exact.efg import parse_efg, read_efg
from longgame.exact.exact_solution import solved_exactly
from longgame.exact.extensive import CHANCE
from longgame.exact.histories import solve_extensive
from longgame.exact.public_histories import solve_histories
from longgame.exact.tree import Tree
from longgame.solver.curve.arc import Arc, Pace
from longgame.solver.curve.bordered import Bordered
from longgame.solver.curve.continuation import BranchStatus, follow
from longgame.solver.curve.curve import BranchPoint, Curve
from longgame.solver.solution import Status
from tests.exact.near_symmetry import SAME, judged, near_symmetric, simultaneous

LIES = Path(__file__).parents[1] / "cases" / "cs_eps.efg"
SCENARIO = LIES.with_suffix(".yaml")


@pytest.mark.parametrize("seed", [0, 1, 6, 9, 12, 20, 22, 25, 29, 45])
def test_near_symmetry_a_finer_tracing_ends_at_the_same_place(seed: int):
    """Perturbed pitchforks of all kinds; ``near_symmetry`` holds all of them, and traces finer still."""
    game, precision, name = near_symmetric(seed)
    solution, traced, apart = judged(game, precision, 3.0)
    assert solution.status is not BranchStatus.JUMPED, name
    assert (solution.status is BranchStatus.CROSSED) == bool(traced.crossings), name
    assert apart < SAME, name


@pytest.mark.parametrize(
    ("precision", "says_a"), [(4.0, 0.4060), (6.0, 0.7594), (10.0, 0.9263), (20.0, 0.99533), (40.0, 0.999974)]
)
@pytest.mark.parametrize("branch", [False, True])
def test_talk_that_costs_a_liar_a_little_informs(precision: float, says_a: float, branch: bool):
    """Three states, a lie costs 0.01; drawing the branch does not change where it leads."""
    solution = solve_extensive(read_efg(LIES), precision, branch=branch)
    assert solution.choice(1)[0] == pytest.approx(says_a, abs=1e-4 if precision < 30 else 1e-6)
    assert solution.residual < 1e-11
    assert solution.status is (BranchStatus.FOLLOWED if precision < 5 else BranchStatus.CROSSED)


@pytest.mark.parametrize("cost", ["0.001", "0.02", "0.05"])
@pytest.mark.parametrize("precision", [4, 6, 15, 40])
def test_questions_are_answered_from_the_same_branch(cost: str, precision: int):
    """The quick search of small games gives way to the follower where branches are near."""
    text = (
        SCENARIO.read_text(encoding="utf-8")
        .replace("0.01 *", f"{cost} *")
        .replace("lambda: 40", f"lambda: {precision}")
    )
    game = longgame.compile(longgame.loads(text))
    quick, cells = solved_exactly(game), solve_histories(game).at("say").cells
    assert quick is not None
    start = np.asarray(quick.tables(0).start_index)[:1]
    says = quick.odds(0, 0, start, quick.prior[None])[0]  # by message and type
    np.testing.assert_allclose(says.T, [list(cell.choice.values()) for cell in cells], rtol=0, atol=1e-9)
    assert (precision == 4 or cost == "0.05") == (quick.status is Status.CONVERGED)


@pytest.mark.parametrize("asymmetry", [1e-5, 1e-3, 1e-1])
@pytest.mark.parametrize("favoured", [0, 1])
def test_a_perturbed_pitchfork_leads_to_the_side_that_is_favoured(asymmetry: float, favoured: int):
    """Coordination on one of two, one worth a little more to both: beyond lambda = 2 there are three equilibria.

    The principal branch goes to the favoured one (it is the risk-dominant one: Turocy 2005).
    """
    pay = np.eye(2)
    pay[favoured, favoured] += asymmetry
    solution = solve_extensive(parse_efg(simultaneous(pay, pay)), 8.0)
    assert solution.status is BranchStatus.FOLLOWED
    assert solution.choice(0)[favoured] > 0.97


def test_a_crossing_is_said_and_gone_straight_through():
    """Two further branches leave the even one at lambda = 2."""
    game = parse_efg(simultaneous(np.eye(2), np.eye(2)))
    tree = Tree(game, np.full(2, 8.0))
    found = follow(tree)
    assert found.status is BranchStatus.CROSSED
    assert np.array(found.crossings) * 8.0 == pytest.approx([2.0], abs=1e-2)
    np.testing.assert_allclose(tree.softmax(found.end.log_odds)[0], 0.5, atol=1e-9)


def test_a_crossing_at_the_very_precision_asked_for_is_no_gap():
    solution = solve_extensive(parse_efg(simultaneous(np.eye(2), np.eye(2))), 2.0)
    assert solution.status is BranchStatus.CROSSED
    np.testing.assert_allclose(solution.choice(0), 0.5, atol=1e-9)


def test_orientation_is_kept():
    """The determinant of the bordered system never changes its sign along a branch that only turns."""
    game, precision, _ = near_symmetric(1)
    curve = Curve(Tree(game, np.where(game.owner == CHANCE, 0.0, precision)))
    signs = []
    arc = Arc(curve, Pace(), lambda point: None)
    station = arc.station

    def watched(*given):
        found = station(*given)
        assert found is not None
        signs.append(np.sign(np.linalg.det(found.system.matrix)))
        return found

    arc.station = watched  # type: ignore[method-assign]
    assert arc.follow(BranchPoint(0.0, np.zeros(curve.tree.slots))) is not None
    assert arc.turns and len(signs) > 20 and set(signs) == {1.0}


def test_variation_is_the_spectral_radius():
    """Of B0^-1 (B1 - B0): bounded where the matrix is assembled, estimated where it is not."""
    rng = np.random.default_rng(0)
    change = rng.normal(size=(30, 31)) * 0.02
    change[:, 0] += 0.3
    row = np.eye(31)[-1]
    matrices = np.eye(30, 31), np.eye(30, 31) + change
    for cells, bounds in ((10, (1.0, 1.2)), (10_000_000, (0.9, 1.1))):
        before, after = (
            Bordered(lambda dw, dq, m=m: m @ np.vstack([dw, dq[None]]), row, cells) for m in matrices
        )  # fmt: skip
        radius = np.abs(np.linalg.eigvals(np.linalg.solve(before.matrix, after.matrix) - np.eye(31))).max()
        assert before.dense == (cells == 10)
        assert bounds[0] * radius <= before.variation(after, rng.normal(size=31))[0] <= bounds[1] * radius
