"""Derivatives of equilibria by implicit differentiation: closed forms, and differences of full solutions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from longgame.game.compile import compile as compile_scenario
from longgame.queries.claims import atoms_of, judge
from longgame.run.gradient import gradient
from longgame.run.plan import varying
from longgame.run.study import Study
from longgame.scenario.load import load, loads
from longgame.solver import kernel
from longgame.solver.solve import solve
from longgame.solver.tangent import tangents
from tests.tiny import tiny

#: A signal, a secret change of the world, news, a grid that is landed on between its points, tastes or mistakes.
EVERYTHING = """
title: Everything at once
clock: {periods: 2}
actors:
  owner: {rationality: keen, per: stake, discount: patience}
  rival: {lambda: 2, discount: 0.8}
assumptions:
  keen: {value: 7, range: [5, 9], source: judgement, because: A test.}
  patience: {value: 0.83, range: [0.7, 0.9], source: judgement, because: A test.}
  cost: {value: 0.23, range: [0.1, 0.4], source: judgement, because: A test.}
  telling: {value: 0.71, range: [0.6, 0.9], source: judgement, because: A test.}
  drift: {value: 0.31, range: [0.1, 0.6], source: judgement, because: A test.}
  shift: {value: 0.17, range: [0.1, 0.3], source: judgement, because: A test.}
  stocked: {value: 0.47, range: [0.3, 0.6], source: judgement, because: A test.}
state:
  ground: {grid: [0, 2, 0.5], start: 1}
hidden:
  stock: {known_to: [owner], values: {full: stocked, empty: rest}}
period:
  - move: posture
    by: owner
    options:
      boast: {signal: talk, pay: {owner: -cost if stock == full else -3 * cost}}
      arm: {signal: talk, becomes: {stock: full}, pay: {owner: -0.9}}
      quiet: {}
  - chance: report
    outcomes:
      seen: {p: telling if stock == full else 0.2}
      unseen: {p: rest}
  - move: decision
    by: rival
    options:
      raid: {set: {ground: ground - drift}, pay: {owner: -0.5}}
      stay: {}
  - chance: night
    outcomes:
      passes: {p: 1, becomes: {stock: {empty: shift if stock == full else 0, full: 0}}}
payoffs:
  owner: ground * (1.2 if stock == full else 0.7)
  rival: (ground - 1) if stock == full else 1.4 * (1 - ground)
end_values:
  owner: 2 * ground
  rival: -ground
solver: {lattice: 6, noise: NOISE}
"""


#: Several choose at the same time, three times over; in one game a choice says what its side alone knows.
AT_ONCE = """
title: Two who strike at the same time
clock: {periods: 3}
actors:
  one: {rationality: keen, discount: patience}
  other: {lambda: 1.3, discount: 0.8}
assumptions:
  keen: {value: 1.7, range: [1, 3], source: judgement, because: A test.}
  patience: {value: 0.83, range: [0.7, 0.9], source: judgement, because: A test.}
  cost: {value: 0.23, range: [0.1, 0.4], source: judgement, because: A test.}
  strong: {value: 0.4, range: [0.1, 0.9], source: judgement, because: A test.}
state:
  ground: {grid: [0, 2, 1], start: 1}
HIDDEN
period:
  - together: strikes
    moves:
      one: {strike: {pay: {one: -cost}}, hold: {}}
      other: {strike: {pay: {other: -0.2}}, hold: {}}
    set: {ground: ground - (other == strike) + (one == strike)}
    pay: {other: -0.6 * (one == strike and other == strike)}
payoffs:
  one: ground * WORTH
  other: 1 - ground
end_values:
  one: 2 * ground * WORTH
  other: -ground
solver: {lattice: 6, noise: NOISE}
"""
PUBLIC = AT_ONCE.replace("HIDDEN", "").replace("WORTH", "strong")
PRIVATE = AT_ONCE.replace(
    "HIDDEN", "hidden:\n  will: {known_to: [one], values: {firm: strong, faint: rest}}"
).replace("WORTH", "(1 if will == firm else 0.4)")


#: What happens by chance, and how far the ground shifts, depend on how long a period is.
UNEVEN = EVERYTHING.replace("{periods: 2}", "{periods: 1, then: [{step: 1 quarter, periods: 1}]}")
UNEVEN = UNEVEN.replace("ground - drift", "ground - drift * period_length / 2")
UNEVEN = UNEVEN.replace("p: telling if stock", "p: 1 - (1 - telling) ** period_length if stock")


@pytest.mark.parametrize("noise", ["mistakes", "tastes"])
@pytest.mark.parametrize(
    "text", [EVERYTHING, UNEVEN, PUBLIC, PRIVATE], ids=["everything", "uneven clock", "public", "private"]
)
def test_tangents_are_those_of_full_solutions(text: str, noise: str):
    game = compile_scenario(loads(text.replace("NOISE", noise)))
    theta = np.asarray(game.base, float)
    solution = solve(game, theta, tolerance=1e-12)
    assert solution.iterations.max() > 3, "there is a fixed point to differentiate"
    found = tangents(solution, np.eye(len(theta)))
    h = 1e-5
    for p, v in enumerate(h * np.eye(len(theta))):
        sides = [solve(game, there, near=solution, tolerance=1e-13) for there in (theta + v, theta - v)]
        pairs = [(sides[0].U, sides[1].U, found.U)]
        pairs += [(a, b, c) for a, b, c in zip(sides[0].sigma, sides[1].sigma, found.sigma, strict=True)]
        for above, below, moved in pairs:
            for one, other, slope in zip(above, below, moved, strict=True):
                if slope is not None:
                    expected = (np.asarray(one) - np.asarray(other)) / (2 * h)
                    np.testing.assert_allclose(slope[..., p], expected, rtol=1e-5, atol=1e-6)


def test_a_posture_s_game_moves_by_its_own_numbers():
    game = compile_scenario(loads(EVERYTHING.replace("NOISE", "mistakes")))
    theta, closed = np.asarray(game.base, float), {0: np.array([True, False, True])}
    solution = solve(game, theta, allowed=closed, tolerance=1e-12)
    v = np.eye(len(theta))[2]
    sides = [solve(game, theta + sign * 1e-5 * v, allowed=closed, near=solution, tolerance=1e-13) for sign in (1, -1)]
    expected = (np.asarray(sides[0].U[0]) - np.asarray(sides[1].U[0])) / 2e-5
    found = tangents(solution, v[None], allowed=closed)
    np.testing.assert_allclose(found.U[0][..., 0], expected, rtol=1e-5, atol=1e-6)


def test_no_search_is_made(monkeypatch):
    game = compile_scenario(load("take-it-or-leave-it"))
    solution = solve(game)

    def search(*_):
        raise AssertionError("a fixed point was searched for")

    monkeypatch.setattr(kernel, "solve_step", search)
    assert np.isfinite(tangents(solution, np.eye(len(game.base))).U[0]).all()


CLOSED = """
claims:
  rich: {says: s, holds: "worth(a, pick.go, than=pick.stay, given=h == yes) > 1.8"}
  goes: {says: s, holds: choice(pick.go) > 0.5}
  bold: {says: s, holds: "lead(a, bold) > 0"}
  trusted: {says: s, holds: prior(h == yes) > 0.25}
  gone: {says: s, holds: choice(tell.loud) > 0.5}
"""


def margins_move(study: Study):
    which = varying(study)
    return gradient(study, study.draw(), study.claims, which, np.ones(len(which)))


def test_closed_forms():
    found = margins_move(Study.of(tiny(CLOSED)))
    go = 0.75  # the logit of log(3) * prize * 2 * (2 b - 1), at a belief b of 3/4
    prize = [2.0, go * (1 - go) * math.log(3), 1.0, 0.0]
    np.testing.assert_allclose(found.slope[:4, 0], prize, rtol=1e-8, atol=1e-10)
    assert found.slope[3, 1] == pytest.approx(1.0)
    assert np.isnan(found.slope[4]).all(), "what has no answer has no slope"
    # b = 3 p / (1 + 2 p) moves by 3 / (1 + 2 p)^2 = 3/4; the lead is 2 prize (2 b - 1)
    assert found.slope[2, 1] == pytest.approx(3.0)
    # so small a game is solved exactly: play moves by go (1 - go) log(3) 4 prize with the belief, without a corner
    by_prior = go * (1 - go) * math.log(3) * 4 * 0.75
    assert found.below[1, 1] == pytest.approx(by_prior, rel=1e-4)
    assert found.above[1, 1] == pytest.approx(by_prior, rel=1e-4)
    assert found.slope[1, 1] == pytest.approx(by_prior, rel=1e-4)
    assert not found.corner[:2].any()


def test_margins_move_as_those_of_full_solutions():
    # an effect lands exactly on a point of its grid: the slopes to the two sides differ
    text = EVERYTHING.replace("NOISE", "mistakes").replace("drift: {value: 0.31", "drift: {value: 0.5")
    claims = """
postures:
  owner: {open: {posture: [boast, quiet]}, shut: {posture: [quiet]}}
evidence:
  - {on: 1, move: posture, took: quiet, source: a test}
claims:
  dear: {says: s, holds: value(owner) > 1}
  shown: {says: s, holds: belief(stock == full) > 0.3}
  raided: {says: s, holds: chance(ground < 0.6) > 0.4 and choice(decision.raid) > 0.1}
  open_best: {says: s, holds: "lead(owner, open) > 0"}
"""
    study = Study.of(loads(text.replace("solver:", claims + "solver:")))
    draw, which = study.draw(tolerance=1e-12), varying(study)
    found = gradient(study, draw, study.claims, which, np.ones(len(which)))
    atoms = atoms_of(claim.holds for claim in study.claims)

    def margins(theta):
        there = study.draw(theta, draw.plays, tolerance=1e-13).look_up(atoms)
        return np.array([judge(claim, there).margin for claim in study.claims])

    h = 1e-5
    expected = np.empty_like(found.slope)
    for row, p in enumerate(which):
        v = h * np.eye(len(draw.theta))[p]
        expected[:, row] = (margins(draw.theta + v) - margins(draw.theta - v)) / (2 * h)
    corner = np.arange(len(which)) == 4
    np.testing.assert_allclose(found.slope[:, ~corner], expected[:, ~corner], rtol=1e-5, atol=2e-6)
    np.testing.assert_allclose(found.slope[:, 4], expected[:, 4], rtol=2e-4)  # where curvature differs too, by h
    assert (np.abs(expected).max(axis=1) > 0.01).all()
    assert found.corner[0].tolist() == corner.tolist()
