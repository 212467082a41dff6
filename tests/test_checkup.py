"""What `check` says of a sound scenario: what is at stake, choices near a lottery, curved odds, what a run takes."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytest

from longgame.answers.checkup import Checkup, checkup, in_words, stake_rows
from longgame.answers.words import number
from longgame.queries.atoms import Chance, View
from longgame.run.study import Study
from longgame.scenario.load import loads
from longgame.scenario.model import Scenario

STRIKE = (Path(__file__).parent / "cases" / "strike.yaml").read_text(encoding="utf-8")

DRIFT: dict[str, Any] = {
    "title": "A number that drifts, and may be lost",
    "clock": {"periods": 3},
    "actors": {"one": {"rationality": 20, "discount": 0.9}},
    "state": {"x": {"grid": [0, 1, 0.25], "start": 0.5}, "lost": {"values": ["no", "yes"], "start": "no"}},
    "period": [
        {"move": "push", "by": "one", "options": {"wait": {}, "push": {"set": {"x": "x + 0.1"}, "pay": {"one": -0.2}}}},
        {"chance": "luck", "outcomes": {"bad": {"p": "0.5 * exp(-x)", "set": {"lost": "yes"}}, "good": {"p": "rest"}}},
    ],
    "payoffs": {"one": "1 - (lost == yes)"},
    "forecasts": {"lost": {"event": "lost == yes"}},
    "evidence": [{"on": 1, "move": "push", "took": "wait"}],
}


def drift(**blocks: Any) -> Scenario:
    return Scenario.model_validate({**copy.deepcopy(DRIFT), **blocks})


def odds(p: str) -> list[dict[str, Any]]:
    period = copy.deepcopy(DRIFT["period"])
    period[1]["outcomes"]["bad"]["p"] = p
    return period


def stakes(scenario: Scenario) -> dict[str, Any]:
    study = Study.of(scenario)
    return {row.actor: row for row in stake_rows(study, study.draw())}


def test_stakes_say_which_end_makes_them():
    """A strike for ever costs a rich employer 0.8 a fortnight, over 1 - 0.98: a stake of 40."""
    rows = stakes(loads(STRIKE))
    employer, mediator = rows["employer"], rows["mediator"]
    assert employer.stake == pytest.approx(0.8 / 0.02)
    assert employer.world.startswith("rich")
    assert (employer.best.value, employer.worst.value) == pytest.approx((0, -40))
    assert employer.worst.end is None and employer.worst.for_ever and "strike=on" in employer.worst.state
    assert mediator.best.end == "agreement"
    [pay] = mediator.pays
    assert (pay.option, pay.amount) == ("mediation.propose_five", -0.05)
    assert pay.share == pytest.approx(-0.05 / mediator.stake)


def test_stakes_that_the_scenario_states():
    rows = stakes(loads(STRIKE + "\nend_values: {employer: -10 * (wage == open), gewerkschaft: 0, mediator: 0}\n"))
    assert rows["employer"].worst.for_ever is not (rows["employer"].worst.end is None)
    assert rows["mediator"].worst.value == 0 and not rows["mediator"].worst.for_ever


def test_where_all_ends_are_alike_the_stake_is_what_periods_pay():
    scenario = drift(end_values={"one": 0}, period=[DRIFT["period"][0]])
    row = stakes(scenario)["one"]
    assert (row.best, row.worst) == (None, None)
    assert row.stake == pytest.approx(0.2 * (1 - 0.9**3) / 0.1)


def test_choices_without_rationality_are_lotteries():
    found = checkup(drift(actors={"one": {"rationality": 0, "discount": 0.9}}))
    [row] = found.decisions
    assert (row.evidence, row.likeliest, row.blind, row.lottery) == ("push_wait", 0.5, 0.5, pytest.approx(1))
    [problem] = [problem for problem in found.problems if problem.code == "lottery"]
    assert problem.where.path == "actors.one" and "1 of 1 near a lottery (push_wait)" in problem.found
    assert "`end_values`" in problem.fix  # the stake is made by the payoff for ever


def test_choices_that_differ_are_none():
    """At a rationality that decides, the choice has the entropy of its probabilities, worked out by hand."""
    scenario = drift(actors={"one": {"lambda": 3, "discount": 0.9}}, period=[DRIFT["period"][0]])
    found = checkup(scenario)
    [row] = found.decisions
    p = 1 / (1 + math.exp(-3 * 0.2))  # waiting saves 0.2, and nothing else differs
    assert row.likeliest == pytest.approx(p)
    assert row.lottery == pytest.approx(-(p * math.log(p) + (1 - p) * math.log(1 - p)) / math.log(2))
    assert [problem.code for problem in found.problems] == []


@pytest.mark.parametrize(
    ("p", "curve"),
    [
        ("0.9 * exp(-8 * (x - 0.5))", 0.9 * (0.5 * (1 + math.exp(-2)) - math.exp(-1))),  # between 0.5 and 0.75
        ("0.5 if x > 0.6 else 0", 0.25),
        ("0.5 * exp(-x)", 0),  # too straight to be spoken of
        ("0.5 - 0.4 * x", 0),
        ("0.3", 0),
    ],
)
def test_curved_odds_and_what_a_finer_grid_changes(p: str, curve: float):
    scenario = drift(period=odds(p))
    found = checkup(scenario)
    if not curve:
        assert found.grids == []
        return
    [row] = found.grids
    assert (row.variable, row.path, row.step) == ("x", "period.1.outcomes.bad.p", 0.125)
    assert row.curve == pytest.approx(curve)
    assert [problem.where.path for problem in found.problems if problem.code == "coarse-grid"] == [row.path]
    for grid, chance in zip((0.25, 0.125), row.forecasts["lost"], strict=True):
        state = {**DRIFT["state"], "x": {"grid": [0, 1, grid], "start": 0.5}}
        study = Study.of(drift(period=odds(p), state=state))
        atom = Chance(View(), 2, scenario.forecasts["lost"].event.tree)
        assert study.draw().look_up([atom]).number(atom) == pytest.approx(chance, abs=1e-9)


def test_effects_that_land_on_points_bias_nothing():
    period = odds("0.9 * exp(-8 * (x - 0.5))")
    period[0]["options"]["push"]["set"] = {"x": "x + 0.25"}
    assert checkup(drift(period=period)).grids == []


def test_estimates_grow_with_the_draws():
    few, many = (checkup(drift(), draws=draws).estimate for draws in (4, 4000))
    assert many.seconds > few.seconds > 0
    assert many.bytes >= few.bytes > 100e6


def test_all_of_it_in_words():
    found: Checkup = checkup(drift())
    text = " ".join(str(part) for part in in_words(found))
    [stake] = found.stakes
    assert number(stake.stake) in text and "push.push -0.200" in text and "A run of 128 draws" in text
    assert "The payoff for ever, where the clock stops, makes the stake of one." in text
