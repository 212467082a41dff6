"""Where play may lead, against every history written out and against the chances that questions find."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

import longgame
from longgame.answers.situation import Seen
from longgame.answers.timeline import timeline, told
from longgame.errors import QuestionError
from longgame.queries.nodes import start
from longgame.queries.spread import shares, spread
from longgame.scenario.load import loads
from tests.queries import reference


@pytest.mark.parametrize(("seed", "worlds", "lots"), [(1, 2, 1), (3, 2, 2), (2, 3, 1)])
def test_flows_against_every_history(seed, worlds, lots):
    solution = reference.solved(seed, worlds=worlds, lots=lots)
    kinds = np.arange(len(solution.game.ended)) % 3
    found = spread(solution, start(solution), [0], kinds)
    slow, want = reference.Slow(solution), defaultdict(float)
    waiting = [(int(kinds[history.s]), history) for history in reference.beginnings(slow)]
    while waiting:
        kind, history = waiting.pop()
        if history.t == 1:
            want[kind, int(kinds[history.s])] += history.p
        else:
            waiting += [(kind, further) for further in reference.one_step(slow, history) if further.p > 0.0]
    for (one, other), probability in want.items():
        assert found.flows[0, one, other] == pytest.approx(probability, abs=1e-12)
    assert found.flows.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(shares(solution, start(solution), [0], kinds)[1], found.shares[0], atol=1e-12)


@pytest.mark.parametrize("seen", [{}, {"given": "aim == reset"}, {"under": "patron.leave"}, {"after": "set(aid=full)"}])
def test_shares_agree_with_questions(seen):
    scenario = longgame.load("truce-on-offer")
    found = timeline(scenario, Seen(**seen), by=["truce"])
    asked = "".join(f", {key}={text}" for key, text in seen.items())
    full = next(line for line in found.lines if line.state == {"truce": "full"})
    series = longgame.ask(scenario, f"chance(truce == full{asked})", every_period=True)["series"]
    answers = {row["on"]: row["value"] for row in series}
    assert len(found.dates) > 4
    assert full.shares == pytest.approx([answers[date] for date in found.dates], abs=0.004)


def test_what_flows_adds_up():
    found = timeline(longgame.load("truce-on-offer"))
    assert found.variables == ("aid", "truce") and found.dates[-1] == "2026-02"
    before = np.array([line.now for line in found.lines])
    assert before.sum() == pytest.approx(1.0)
    for place, flow in enumerate(np.array(found.flows)):
        after = np.array([line.shares[place] for line in found.lines])
        np.testing.assert_allclose(flow.sum(1), before, atol=1e-5)
        np.testing.assert_allclose(flow.sum(0), after, atol=1e-12)
        before = after


def test_a_game_that_is_over_stays_so():
    found = timeline(longgame.load("take-it-or-leave-it"), Seen(at="start"))
    lines = {tuple(line.state.values()): (line.now, *line.shares) for line in found.lines}
    assert lines["open",] == (1.0, 0.0) and sum(lines["agreed",]) + sum(lines["war",]) == pytest.approx(1.0)
    answer = longgame.ask(longgame.load("take-it-or-leave-it"), "chance(outcome == war)", at="start")
    assert lines["war",][1] == pytest.approx(answer["value"], abs=1e-9)


def test_states_that_are_too_many_are_told_apart_by_fewer_variables():
    text = """
title: Many states
clock: {periods: 2}
actors: {a: {rationality: 5, discount: 0.9}}
state:
  x: {values: [x0, x1, x2], start: x0}
  y: {values: [y0, y1, y2, y3], start: y0}
period:
  - chance: one
    outcomes: {a: {p: 1/3, set: {x: x0}}, b: {p: 1/3, set: {x: x1}}, c: {p: rest, set: {x: x2}}}
  - chance: two
    outcomes:
      {a: {p: 1/4, set: {y: y0}}, b: {p: 1/4, set: {y: y1}}, c: {p: 1/4, set: {y: y2}}, d: {p: rest, set: {y: y3}}}
payoffs: {a: 0}
"""
    scenario = longgame.loads(text)
    found = timeline(scenario)
    assert len(found.variables) == 1 and len(found.others) == 1
    assert sum(line.shares[-1] for line in found.lines) == pytest.approx(1.0, abs=1e-12)
    whole = timeline(scenario, by=["x", "y"])
    assert len(whole.lines) == 8 and whole.lines[-1].state == {}  # seven, and all others
    assert sum(line.shares[-1] for line in whole.lines) == pytest.approx(1.0, abs=1e-12)
    assert max(line.shares[-1] for line in whole.lines[:7]) == pytest.approx(1 / 12, abs=1e-12)


def test_what_cannot_be_told_apart_is_refused():
    for by, words in ((["strength"], "aid, truce"), (["truse"], "Did you mean `truce`")):
        with pytest.raises(QuestionError, match=words):
            timeline(longgame.load("truce-on-offer"), by=by)
    with pytest.raises(QuestionError, match="--until"):
        timeline(longgame.load("truce-on-offer"), until="2025-02")


TENANT = """
title: Stay or leave
clock: {start: 2025-01, step: 1 month, CLOCK}
actors: {tenant: {lambda: 1, discount: 0.9}}
state: {home: {values: [here, away], start: here}}
period: [{move: decision, by: tenant, options: {stay: {}, leave: {set: {home: away}}}}]
payoffs: {tenant: home == here}
"""


@pytest.mark.parametrize(
    ("clock", "uneven"), [("periods: 4", False), ("periods: 2, then: [{step: 1 year, periods: 2}]", True)]
)
def test_a_reader_is_told_that_dates_are_unequally_far_apart(clock: str, uneven: bool):
    found = timeline(loads(TENANT.replace("CLOCK", clock)))
    assert found.uneven is uneven and ("time between them differs" in told(found)) is uneven
