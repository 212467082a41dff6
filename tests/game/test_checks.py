"""What only the game shows to be wrong: each with the place and the words expected."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from longgame.errors import Problem, ScenarioError
from longgame.game import checks
from longgame.game.compile import compile
from tests.game.scenarios import BASE, small

WAIT: dict[str, Any] = {"move": "act", "by": "mover", "options": {"wait": {}}}


def chance(**outcomes: Any) -> list[dict[str, Any]]:
    return [WAIT, {"chance": "c", "outcomes": outcomes}]


def act(**options: Any) -> list[dict[str, Any]]:
    return [{"move": "act", "by": "mover", "options": options}]


def errors(**blocks: Any) -> list[Problem]:
    with pytest.raises(ScenarioError) as caught:
        compile(small(**blocks))
    return list(caught.value.problems)


def ranged(value: float, low: float, high: float) -> dict[str, Any]:
    return {"value": value, "range": [low, high]}


HIDDEN = {"aim": {"known_to": ["mover"], "values": {"peace": "q", "war": "rest"}}}

WRONG: dict[str, tuple[dict[str, Any], str, str, list[str]]] = {
    "odds above one in the base case": (
        {
            "period": chance(a={"p": "2 * x"}, b={"p": "rest"}),
            "state": {**BASE["state"], "x": {"grid": [0, 1, 0.25], "start": 1}},
        },
        "odds-outside",
        "period.1.outcomes.a.p",
        ["from 0 to 1", "2 in the state x=1", "clip(..., 0, 1)"],
    ),
    "rest below zero": (
        {"period": chance(a={"p": 0.7}, b={"p": "0.2 + x"}, c={"p": "rest"})},
        "odds-outside",
        "period.1.outcomes.c.p",
        ["-0.4 in the state x=0.5, mood=calm"],
    ),
    "odds above one at an extreme": (
        {"period": chance(a={"p": "q + x"}, b={"p": "rest"}), "assumptions": {"q": ranged(0.2, 0, 0.6)}},
        "odds-outside",
        "period.1.outcomes.a.p",
        ["1.1 in the state x=0.5", "with q = 0.6", "Narrow the range of q"],
    ),
    "odds above one for two assumptions together": (
        {
            "period": chance(a={"p": "q + r"}, b={"p": "rest"}),
            "assumptions": {"q": ranged(0.3, 0, 0.6), "r": ranged(0.3, 0, 0.6)},
        },
        "odds-outside",
        "period.1.outcomes.a.p",
        ["with q = ", "with r = ", "Narrow the range of q or r"],
    ),
    "odds that do not make one": (
        {"period": chance(a={"p": "x"}, b={"p": "x / 4"})},
        "odds-sum",
        "period.1.outcomes",
        ["probabilities that make 1", "0.625 in the state x=0.5", "`rest`"],
    ),
    "odds of a world": (
        {
            "period": chance(a={"p": "q if aim == peace else 0"}, b={"p": "rest"}),
            "hidden": {"aim": {"known_to": ["mover"], "values": {"peace": 0.5, "war": 0.5}}},
            "assumptions": {"q": ranged(0.5, 0.5, 1.5)},
        },
        "odds-outside",
        "period.1.outcomes.a.p",
        ["1.5 in the world `peace`, with q = 1.5"],
    ),
    "a lottery": (
        {"period": act(draw={"lottery": {"a": {"p": "q"}, "b": {"p": "rest"}}}), "assumptions": {"q": ranged(1, 0, 2)}},
        "odds-outside",
        "period.0.options.draw.lottery.a.p",
        ["2 with q = 2"],
    ),
    "a prior": (
        {"hidden": HIDDEN, "assumptions": {"q": ranged(0.5, -0.1, 0.9)}},
        "odds-outside",
        "hidden.aim.values.peace",
        ["-0.1 with q = -0.1"],
    ),
    "a joint prior": (
        {
            "hidden": {"aim": {"known_to": ["mover"], "values": ["peace", "war"]}},
            "worlds": [{"name": "good", "p": "q", "aim": "peace"}, {"name": "bad", "p": "1.2 - q", "aim": "war"}],
            "assumptions": {"q": ranged(0.5, 0.3, 0.6)},
        },
        "odds-sum",
        "worlds",
        ["1.2"],
    ),
    "a hidden change": (
        {
            "hidden": HIDDEN,
            "assumptions": {"q": ranged(0.5, 0, 1), "r": ranged(0.5, 0.5, 1.25)},
            "period": act(turn={"becomes": {"aim": {"war": "r"}}}),
        },
        "odds-outside",
        "period.0.options.turn.becomes.aim.peace",
        ["-0.25 in the world `peace`, with r = 1.25"],
    ),
    "a discount": (
        {
            "actors": {**BASE["actors"], "other": {"rationality": 1, "discount": "q + 0.05"}},
            "assumptions": {"q": ranged(0.9, 0.8, 0.95)},
        },
        "discount-outside",
        "actors.other.discount",
        ["1 with q = 0.95"],
    ),
    "a rationality": (
        {
            "actors": {**BASE["actors"], "other": {"rationality": "q", "discount": 0.5}},
            "assumptions": {"q": ranged(1, -2, 1)},
        },
        "rationality-negative",
        "actors.other.rationality",
        ["at least 0", "-2 with q = -2"],
    ),
    "a payoff divided by zero": (
        {"payoffs": {"mover": "1 / (x - 0.75)", "other": "x"}},
        "not-finite",
        "payoffs.mover",
        ["a finite number", "in the state x=0.75", "`x / y if y > 0 else 0`"],
    ),
    "a payoff by way of a definition": (
        {"definitions": {"d": "log(1 - x)"}, "payoffs": {"mover": "d", "other": "x"}},
        "not-finite",
        "definitions.d",
        ["`log(1 - x)`, which is none in the state x=1", "it is used in payoffs.mover"],
    ),
    "a payment at an extreme": (
        {"period": act(pay={"pay": {"mover": "sqrt(q)"}}), "assumptions": {"q": ranged(1, -1, 1)}},
        "not-finite",
        "period.0.options.pay.pay.mover",
        ["with q = -1"],
    ),
    "a guard that is no number": (
        {"period": [{**WAIT, "when": "log(-1)"}]},
        "not-finite",
        "period.0.when",
        ["`log(-1)`, which is none", "only numbers above 0 have a logarithm"],
    ),
    "a guard of an option that is no number": (
        {"period": act(wait={}, push={"when": "sqrt(x - 0.75) < 1", "set": {"x": "x + 0.25"}})},
        "not-finite",
        "period.0.options.push.when",
        ["`sqrt(x - 0.75)`, which is none in the state x=0.5"],
    ),
    "what a comparison hides": (
        {"payoffs": {"mover": "1 if log(x - 0.75) > 0 else 0", "other": "x"}},
        "not-finite",
        "payoffs.mover",
        ["`log(x - 0.75)`, which is none in the state x=0.5"],
    ),
    "a prior that compares what is no number with itself": (
        {"hidden": {"aim": {"known_to": ["mover"], "values": {"peace": "log(q) == log(q)", "war": "rest"}}},
         "assumptions": {"q": ranged(0.5, -1, 1)}},
        "not-finite",
        "hidden.aim.values.peace",
        ["`log(q)`, which is none with q = -1"],
    ),
    "a world in which there is no number": (
        {"hidden": HIDDEN, "assumptions": {"q": ranged(0.5, 0.1, 0.9)},
         "payoffs": {"mover": "1 / (aim == peace)", "other": "x"}},
        "not-finite",
        "payoffs.mover",
        ["`1 / (aim == peace)`, which is none in the world `war`"],
    ),
    "a case": (
        {"payoffs": {"mover": {"depends on": "mood", "calm": 0, "tense": "x / (x - x)"}, "other": "x"}},
        "not-finite",
        "payoffs.mover.tense",
        ["`x / (x - x)`, which is none in the state x=0.75, mood=tense"],
    ),
    "infinity less infinity": (
        {"payoffs": {"mover": "exp(1000) - exp(1000) > 0", "other": "x"}},
        "not-finite",
        "payoffs.mover",
        ["`exp(1000) - exp(1000)`, which is none"],
    ),
    "a product beyond what can be held": (
        {"payoffs": {"mover": "x + 1e308 * 10", "other": "x"}},
        "not-finite",
        "payoffs.mover",
        ["`1e308 * 10`, which is too large a number", "Choose a larger unit."],
    ),
    "a sum beyond what can be held": (
        {"payoffs": {"mover": "1 if 1e308 + 1e308 > x else 0", "other": "x"}},
        "not-finite", "payoffs.mover", ["`1e308 + 1e308`, which is too large"],
    ),
    "a power beyond what can be held": (
        {"payoffs": {"mover": "(10 * x) ** 400", "other": "x"}},
        "not-finite", "payoffs.mover", ["`(10 * x) ** 400`, which is too large a number in the state x=0.75"],
    ),
    "a division by next to nothing": (
        {"payoffs": {"mover": "x / 1e-320", "other": "x"}},
        "not-finite", "payoffs.mover", ["`x / 1e-320`, which is too large"],
    ),
    "an exponential beyond what can be held": (
        {"payoffs": {"mover": "0 - exp(q)", "other": "x"}, "assumptions": {"q": ranged(1, 0, 800)}},
        "not-finite", "payoffs.mover", ["`exp(q)`, which is too large a number with q = 800"],
    ),
    "a payoff whose sums would be beyond what can be held": (
        {"payoffs": {"mover": "1e300 * x", "other": "x"}},
        "not-finite", "payoffs.mover", ["`1e300 * x`, which is too large"],
    ),
    "an end": (
        {"ends": {"done": {"when": "0 / (x - 1) == 1"}}},
        "not-finite", "ends.done.when", ["`0 / (x - 1)`, which is none in the state x=1"],
    ),
    "a forecast": (
        {"forecasts": {"far": {"event": "1 / (x - 1) > 2"}}},
        "not-finite", "forecasts.far.event", ["`1 / (x - 1)`, which is none in the state x=1"],
    ),
    "a question": (
        {"claims": {"far": {"says": "It is far.", "holds": "chance(log(x - 1) > 2) > 0.5"}}},
        "not-finite", "claims.far.holds", ["`log(x - 1)`, which is none in the state x=0.5"],
    ),
    "a new value": (
        {"period": act(jump={"set": {"x": "0 / (x - 0.5)"}})},
        "not-finite",
        "period.0.options.jump.set.x",
        ["in the state x=0.5"],
    ),
    "no open option": (
        {"period": act(push={"when": "x < 0.75", "set": {"x": "x + 0.25"}}, rest={"when": "x < 0.6"})},
        "no-open-option",
        "period.0",
        ["an open option of `act`", "all closed in the state x=0.75, mood=calm"],
    ),
    "evidence of a closed option": (
        {
            "period": act(wait={}, push={"when": "x > 0.6", "set": {"x": "x + 0.25"}}),
            "evidence": [{"id": "early", "on": 1, "move": "act", "took": "push"}],
        },
        "impossible-evidence",
        "evidence.0",
        ["`early`, which has no chance", "chosen or happen at `act` in the state x=0.5, mood=calm"],
    ),
    "evidence of a step that does not take place": (
        {
            "period": [{**WAIT, "when": "mood == tense"}],
            "evidence": [{"on": 1, "move": "act", "took": "wait"}],
        },
        "impossible-evidence",
        "evidence.0",
        ["`act` does not in the state x=0.5, mood=calm"],
    ),
    "evidence of a step that is led past": (
        {
            "period": [*act(leap={"then": "end of period"}), {**WAIT, "move": "later"}],
            "evidence": [{"on": 2, "move": "later", "took": "wait"}],
        },
        "impossible-evidence",
        "evidence.0",
        ["`later` is led past"],
    ),
    "evidence against earlier evidence": (
        {
            "evidence": [
                {"id": "pushed", "on": 1, "move": "act", "took": "push"},
                {"id": "sun", "on": 1, "chance": "weather", "happened": "fine"},
                {"id": "tension", "on": 1, "seen": {"mood": "tense"}},
            ]
        },
        "impossible-evidence",
        "evidence.2.seen",
        ["`tension`", "the state x=0.75, mood=calm"],
    ),
}


@pytest.mark.parametrize(("blocks", "code", "place", "words"), WRONG.values(), ids=WRONG.keys())
def test_mistakes_that_only_the_game_shows(blocks: dict[str, Any], code: str, place: str, words: list[str]) -> None:
    problems = errors(**copy.deepcopy(blocks))
    assert [(problem.code, problem.where.path) for problem in problems] == [(code, place)]
    for word in words:
        assert word in str(problems[0])


RIGHT: dict[str, dict[str, Any]] = {
    "odds out of bounds where the step does not take place": {
        "period": [{**chance(a={"p": "0.6 / x - 0.4"}, b={"p": "rest"})[1], "when": "x > 0.6"}],
        "state": {**BASE["state"], "x": {"grid": [0, 1, 0.25], "start": 0.25}},
    },
    "odds whose bounds are wider than their values": {
        "period": chance(a={"p": "(q - q) + 0.5"}, b={"p": "rest"}),
        "assumptions": {"q": ranged(5, 0, 10)},
    },
    "a guard before `and`": {"payoffs": {"mover": "x > 0.5 and 1 / (x - 0.5) > 2 or x == 0.5", "other": "x"}},
    "what counts in one world only": {
        "hidden": HIDDEN,
        "assumptions": {"q": ranged(0.5, 0.1, 0.9)},
        "payoffs": {"mover": {"depends on": "aim", "peace": 0, "war": "0 if aim == peace else 1"}, "other": "x"},
    },
    "an exponential that comes to nothing": {"payoffs": {"mover": "1 / (1 + exp(4000 * (x - 0.6)))", "other": "x"}},
    "a payoff that counts in one case only": {
        "payoffs": {"mover": {"depends on": "mood", "tense": "1 / (x - 0.5)", "calm": 0}, "other": "x"}
    },
    "a guard before `else`": {"payoffs": {"mover": "0 if x == 0.5 else 1 / (x - 0.5)", "other": "x"}},
    "otherwise is what no other case is": {
        "payoffs": {"mover": {"depends on": "mood", "calm": 0, "otherwise": "1 / (x - 0.5)"}, "other": "x"}
    },
    "a guarded logarithm": {"payoffs": {"mover": "log(1 - x) if x < 1 else -9", "other": "x"}},
    "options that may all be closed in some draws": {
        "period": act(push={"when": "x < q", "set": {"x": "x + 0.25"}}),
        "assumptions": {"q": ranged(0.9, 0.1, 2)},
    },
    "evidence that fits": {
        "evidence": [
            {"on": 1, "move": "act", "took": "push"},
            {"on": 1, "seen": {"mood": "tense", "x": 0.7}},
            {"on": 2, "chance": "weather", "happened": "fine"},
            {"on": 2, "seen": {"mood": "calm"}},
        ]
    },
}


@pytest.mark.parametrize("blocks", RIGHT.values(), ids=RIGHT.keys())
def test_no_false_alarm(blocks: dict[str, Any]) -> None:
    compile(small(**copy.deepcopy(blocks)))


def warned(**blocks: Any) -> list[Problem]:
    scenario = small(**blocks)
    return checks.warnings(scenario, compile(scenario))


def test_effects_beyond_the_grid_are_warned_of() -> None:
    period = act(wait={}, leap={"set": {"x": "x + 3"}})
    (problem,) = warned(period=period)
    assert (problem.code, problem.severity) == ("leaves-grid", "warning")
    assert problem.where.path == "period.0.options.leap.set.x"
    assert "from 0 to 1" in str(problem) and "3.5 in the state x=0.5, mood=calm, held back at 1" in str(problem)


def test_small_steps_at_the_end_of_a_grid_are_fine() -> None:
    assert warned(period=act(wait={}, push={"set": {"x": "x + 0.25"}})) == []


def test_states_in_which_all_is_over_are_warned_of() -> None:
    period = [{**act(wait={}, end={"set": {"x": 1}})[0], "when": "x < 1"}]
    (problem,) = warned(period=period)
    assert (problem.code, problem.where.path) == ("dead-state", "ends")
    assert "1 where nothing can happen any more, such as x=1, mood=calm" in str(problem)
    assert warned(period=period, ends={"done": {"when": "x >= 1"}}) == []


MOODS = {"x": BASE["state"]["x"], "mood": {"values": ["calm", "tense", "wild"], "start": "calm"}}


def weather(**p: Any) -> list[dict[str, Any]]:
    return [WAIT, {"chance": "c", "outcomes": {mood: {"p": odds, "set": {"mood": mood}} for mood, odds in p.items()}}]


def test_a_present_state_that_the_evidence_leaves_open_is_warned_of() -> None:
    even = weather(calm="1 / 3", tense="1 / 3", wild="rest")
    seen = [{"on": 2, "move": "act", "took": "wait"}]
    (problem,) = warned(state=MOODS, period=even, evidence=seen)
    assert (problem.code, problem.severity, problem.where.path) == ("open-present", "warning", "evidence.0")
    assert "`mood` open: calm (33%), tense (33%), wild (33%)" in problem.found
    assert warned(state=MOODS, period=weather(calm=0.6, tense=0.2, wild="rest"), evidence=seen) == []
    known = [{"on": 1, "seen": {"mood": "wild"}}, *seen]
    assert warned(state=MOODS, period=even, evidence=known) == []
    quiet = [{"from": 1, "to": 1, "quiet": {"c": "calm"}}, *seen]
    assert warned(state=MOODS, period=even, evidence=quiet) == []


def test_a_state_that_hardly_anything_leads_to_is_warned_of() -> None:
    seen = [{"on": 1, "seen": {"mood": "wild"}}]
    (problem,) = warned(state=MOODS, period=weather(calm=0.6, tense=0.396, wild="rest"), evidence=seen)
    assert (problem.code, problem.where.path) == ("rare-state", "evidence.0.seen")
    assert "one that 0.004 of all ways lead to" in problem.found
    assert warned(state=MOODS, period=weather(calm=0.6, tense=0.38, wild="rest"), evidence=seen) == []


def test_all_problems_come_at_once() -> None:
    found = errors(
        payoffs={"mover": "1 / (x - 0.5)", "other": "log(x - 0.5)"},
        actors={**BASE["actors"], "other": {"rationality": "r", "discount": 0.5}},
        assumptions={"r": ranged(1, -1, 1)},
    )
    assert sorted(problem.code for problem in found) == ["not-finite", "not-finite", "rationality-negative"]
