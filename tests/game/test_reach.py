"""Reachability: by hand, against enumeration over draws, and what is refused for its size."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longgame.errors import TooLargeError
from longgame.game import compile as compiler
from longgame.game.compile import compile, plan_of
from longgame.game.functions import evaluate
from longgame.game.game import Game
from longgame.game.reach import TooManyStatesError, reach
from longgame.game.sample import draws
from longgame.scenario.language.expressions import parse
from longgame.scenario.model import Scenario
from tests.game.scenarios import BASE, small
from tests.game.test_tables import RICH


def labels(game: Game) -> set[str]:
    return {game.states.label(s) for s in range(len(game.states))}


def step(option: dict[str, Any], **keys: Any) -> dict[str, Any]:
    return {"move": "go", "by": "mover", "options": {"stay": {}, "move": option}, **keys}


def xs(scenario: Scenario) -> list[float]:
    return sorted(set(compile(scenario).states.values("x").tolist()))


@pytest.mark.parametrize(
    ("option", "assumptions", "expected"),
    [
        ({"set": {"x": "x + 0.25"}}, {}, [0.5, 0.75, 1.0]),
        ({"set": {"x": "x + 0.25"}, "when": "x < 0.75"}, {}, [0.5, 0.75]),
        ({"set": {"x": "x + 0.25"}, "when": "period == 2"}, {}, [0.5, 0.75, 1.0]),  # any period, to be safe
        ({"set": {"x": "x + 0.25"}, "when": "period > 3"}, {}, [0.5]),  # never
        ({"set": {"x": "x + 0.25"}, "when": "period == 1"}, {}, [0.5, 0.75]),
        ({"set": {"x": "1 if x > 0 else 0.25"}}, {}, [0.5, 1.0]),
        ({"set": {"x": "1 if x > q else 0.25"}}, {"q": {"value": 0.1, "range": [0.1, 0.6]}}, [0.25, 0.5, 1.0]),
        ({"set": {"x": "0.5 + q"}}, {"q": {"value": 0.25}}, [0.5, 0.75]),
        ({"set": {"x": "0.5 + q"}}, {"q": {"value": 0.2, "range": [0.1, 0.25]}}, [0.5, 0.75]),
        ({"set": {"x": "0.5 + q"}}, {"q": {"value": 0.2, "range": [0.1, 0.26]}}, [0.5, 0.75, 1.0]),
        ({"set": {"x": "0.5 - q"}}, {"q": {"value": 9, "range": [0.5, 99]}}, [0.0, 0.5]),
        ({"set": {"x": 0}, "when": "q > 1"}, {"q": {"value": 0.5, "range": [0, 1]}}, [0.5]),
        ({"set": {"x": 0}, "when": "q > 1"}, {"q": {"value": 0.5, "range": [0, 2]}}, [0.0, 0.5]),
        ({"lottery": {"a": {"p": 1, "set": {"x": 0}}, "b": {"p": "rest", "set": {"x": 1}}}}, {}, [0.0, 0.5]),
    ],
)
def test_what_an_option_can_reach(option: dict[str, Any], assumptions: dict[str, Any], expected: list[float]) -> None:
    assert xs(small(period=[step(option)], assumptions=assumptions)) == expected


def test_the_horizon_ends_the_search() -> None:
    state = {**BASE["state"], "x": {"grid": [0, 1, 0.01], "start": 0}}
    period = [step({"set": {"x": "x + 0.01"}}), step({"set": {"x": "x + 0.01"}}, move="again")]
    game = compile(small(state=state, period=period, clock={"periods": 3}))
    assert sorted(game.states.values("x").tolist()) == [0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06]


def test_order_of_steps_counts() -> None:
    """Tense only after the last step, and calm again before the first: x moves only where mood is tense."""
    period = [
        {"chance": "calming", "outcomes": {"calm": {"p": 1, "set": {"mood": "calm"}}}},
        step({"set": {"x": "x + 0.25"}}, when="mood == tense"),
        {"chance": "rousing", "outcomes": {"tense": {"p": 1, "set": {"mood": "tense"}}}},
    ]
    assert labels(compile(small(period=period))) == {"x=0.5, mood=calm", "x=0.5, mood=tense"}


def test_jumps_are_followed() -> None:
    jump = {"then": "end of period", "set": {"mood": "tense"}}
    period = [
        {"move": "first", "by": "mover", "options": {"leap": jump}},
        step({"set": {"x": "x + 0.25"}}),
    ]
    assert labels(compile(small(period=period))) == {"x=0.5, mood=calm", "x=0.5, mood=tense"}


def test_nothing_follows_the_end_of_the_game() -> None:
    scenario = small(period=[step({"set": {"x": "x + 0.25"}})], ends={"won": {"when": "x >= 0.75"}})
    assert xs(scenario) == [0.5, 0.75]


def test_changes_in_questions_are_allowed_for() -> None:
    period = [step({"set": {"x": "x + 0.25"}, "when": "x < 0.3"})]
    assert xs(small(period=period)) == [0.5]
    deals = {"retreat": {"x": 0}}
    assert xs(small(period=period, deals=deals)) == [0, 0.25, 0.5]
    claim = {"says": "s", "holds": "value(mover, after=[set(x=x - 0.25), set(x=x / 2)]) > 0"}
    game = compile(small(period=period, claims={"c": claim}))
    assert sorted(set(game.states.values("x"))) == [0, 0.25, 0.5]
    assert game.formulas is not None
    assert game.formulas.tables.played.sum() == 1


def test_changes_are_made_where_questions_are_asked() -> None:
    """At the start, and after each piece of evidence: not in states that are possible only at other times."""
    state = {**BASE["state"], "x": {"grid": [0, 1, 0.1], "start": 0}}
    period = [step({"set": {"x": "x + 0.1"}})]
    ends = {"done": {"when": "mood == tense"}}
    deals = {"leap": {"x": "x + 0.4", "mood": "tense"}}

    def leaps(evidence: list[dict[str, Any]]) -> list[float]:
        game = compile(small(state=state, period=period, deals=deals, ends=ends, evidence=evidence))
        return sorted(game.states.values("x")[game.states.values("mood") == 1].tolist())

    assert leaps([]) == [0.4]
    assert leaps([{"on": 1, "move": "go", "took": "move"}]) == [0.4, 0.5]
    assert leaps([{"on": 1, "move": "go", "took": "stay"}]) == [0.4]
    assert leaps([{"on": 3, "move": "go", "took": "stay"}]) == [0.4, 0.5, 0.6]
    assert leaps([{"on": 3, "seen": {"x": 0.2}}]) == [0.4, 0.6]
    assert leaps([{"on": 1, "seen": {"x": 0.07}}]) == [0.4, 0.5]


def test_after_a_change_there_is_all_the_time_of_the_game() -> None:
    """Play comes to 0.2 late, a question may start from there: what then follows must be there too."""
    state = {**BASE["state"], "x": {"grid": [0, 1, 0.1], "start": 0}}
    period = [step({"set": {"x": "x + 0.1"}})]
    assert xs(small(state=state, period=period)) == [0, 0.1, 0.2, 0.3]
    assert xs(small(state=state, period=period, deals={"jump": {"x": 0.2}})) == [0, 0.1, 0.2, 0.3, 0.4, 0.5]


def brute_force(game: Game, thetas: np.ndarray) -> tuple[set[str], list[set[int]]]:
    """States met by following the tables' own successors, draw by draw, period by period: by label, and those at which
    each step begins."""
    assert game.formulas is not None
    met: set[int] = set()
    K = len(game.steps)
    begun: list[set[int]] = [set() for _ in range(K)]
    for theta in thetas:
        tables = game.formulas.tables(theta, 0)
        here = {int(i) for i, w in zip(tables.start_index, tables.start_weight, strict=True) if w > 0}
        for _ in range(game.periods):
            entry: list[set[int]] = [here] + [set() for _ in range(K)]
            for k, numbers in enumerate(tables.steps):
                active, allowed = np.asarray(numbers.active), np.asarray(numbers.allowed)
                successor, weight = np.asarray(numbers.successor), np.asarray(numbers.weight)
                met |= entry[k]
                begun[k] |= entry[k]
                for s in entry[k]:
                    if not active[s]:
                        entry[k + 1].add(s)
                        continue
                    for a, following in enumerate(game.steps[k].next):
                        if allowed[s, a] and (numbers.chance is None or np.asarray(numbers.chance)[s, a].max() > 0):
                            entry[following] |= {
                                int(i) for i, w in zip(successor[s, a], weight[s, a], strict=True) if w > 0
                            }
            met |= entry[K]
            here = entry[K]
    return {game.states.label(s) for s in met}, begun


def test_reachable_states_are_those_that_draws_reach() -> None:
    """Every state that some draw reaches is kept; and in this game the bounds are tight, so no other one is."""
    scenario = small(**RICH)
    game = compile(scenario)
    assert game.formulas is not None
    rng = np.random.default_rng(3)
    corners = rng.integers(0, 2, (8, len(game.assumptions))).astype(float)
    thetas = draws(scenario, np.concatenate([corners, rng.random((8, len(game.assumptions)))]))
    played = {game.states.label(s) for s in np.flatnonzero(game.formulas.tables.played)}
    assert brute_force(game, thetas)[0] == played


SETS = ["x + q", "x - r", "x * 0.5 + q / 4", "0.25 if x > q else x + r", "min(x, q)", "1 - x", "q", "x - 0.25"]
GUARDS = ["x < 0.75", "mood == tense", "x > r", "q > r", "not (mood == calm and x == 0)"]


def effects() -> st.SearchStrategy[dict[str, Any]]:
    moods = ["calm", "tense", "tense if x > q else calm"]
    change = st.fixed_dictionaries({}, optional={"x": st.sampled_from(SETS), "mood": st.sampled_from(moods)})
    return st.fixed_dictionaries({"set": change}, optional={"when": st.sampled_from(GUARDS)})


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.lists(effects(), min_size=1, max_size=2), st.none() | st.sampled_from(GUARDS)), max_size=3),
    st.integers(0, 2**32 - 1),
)
def test_no_draw_leaves_the_reachable_states(moves: list[tuple[list[dict[str, Any]], str | None]], seed: int) -> None:
    period = [
        {
            "move": f"m{k}",
            "by": "mover",
            "options": {"stay": {}, **{f"o{a}": option for a, option in enumerate(options)}},
            **({"when": when} if when else {}),
        }
        for k, (options, when) in enumerate(moves)
    ]
    given_ranges = {"q": {"value": 0.3, "range": [0, 0.6]}, "r": {"value": 0.2, "range": [0.1, 0.5]}}
    scenario = small(period=[*period, BASE["period"][1]], assumptions=given_ranges)
    game = compile(scenario)
    assert game.formulas is not None
    rng = np.random.default_rng(seed)
    thetas = draws(scenario, np.concatenate([rng.random((6, 2)), rng.integers(0, 2, (2, 2))]))
    tables = game.formulas.tables
    played = {game.states.label(s) for s in np.flatnonzero(tables.played)}
    met, begun = brute_force(game, thetas)
    assert met <= played
    x = game.states.values("x")
    for theta in thetas:
        names = {"x": x, "mood": game.states.values("mood").astype(float), "q": theta[0], "r": theta[1]}
        for k, (options, _) in enumerate(moves):
            numbers = tables(theta, 0).steps[k]
            for a, option in enumerate(options, start=1):
                if "x" in option["set"]:
                    target = evaluate(tables.plan.symbols.bind(parse(option["set"]["x"])), names)
                    mean = (numbers.weight[:, a] * x[numbers.successor[:, a]]).sum(-1)
                    # Play may come to a state at the very end only: what would follow there need not be in the game.
                    at = np.isin(np.arange(len(x)), list(begun[k]))
                    here = numbers.active & numbers.allowed[:, a] & at
                    expected = np.clip(np.broadcast_to(target, x.shape), 0, 1)
                    np.testing.assert_allclose(mean[here], expected[here], atol=1e-8)


def test_every_successor_in_play_is_a_reachable_state() -> None:
    """Weights that fell on a missing state would have been moved: expectations show it."""
    scenario = small(**RICH)
    game = compile(scenario)
    x = game.states.values("x")
    for theta in draws(scenario, np.random.default_rng(5).random((10, len(game.assumptions)))):
        push = game.tables(theta, 0).steps[0]
        open_ = np.asarray(push.active & push.allowed[:, 1])
        expected = (np.asarray(push.weight) * x[np.asarray(push.successor)]).sum(-1)[open_, 1]
        np.testing.assert_allclose(expected, np.minimum(x[open_] + theta[0], 1.0), atol=1e-8)


def wide(variables: int, points: int) -> Scenario:
    names = [f"v{i}" for i in range(variables)]
    state = {name: {"grid": [0, points - 1, 1], "start": 0} for name in names}
    options = {f"up_{name}": {"set": {name: f"{name} + 1"}} for name in names}
    period = [{"move": f"go{i}", "by": "mover", "options": options} for i in range(8)]
    return small(state=state, period=period, payoffs={"mover": "v0", "other": "v1"}, clock={"periods": 100})


def test_a_product_beyond_counting_is_refused_at_once() -> None:
    began = time.perf_counter()
    with pytest.raises(TooLargeError) as caught:
        compile(wide(10, 1000))
    assert time.perf_counter() - began < 1
    message = str(caught.value)
    assert "[too-large]" in message and "1.0e+30" in message and "`v0` (1,000 values)" in message
    assert "coarser grid" in message


def test_too_many_reachable_states_are_refused_quickly() -> None:
    began = time.perf_counter()
    with pytest.raises(TooLargeError) as caught:
        compile(wide(6, 100))
    assert time.perf_counter() - began < 20
    assert "states" in str(caught.value) and "coarser grid" in str(caught.value)


def test_a_game_beyond_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "memory", lambda: 1_000)
    with pytest.raises(TooLargeError) as caught:
        compile(small())
    message = str(caught.value)
    assert "more than" in message and "MB each" in message and "`x`" in message


def test_one_wide_effect_is_refused_before_it_is_listed() -> None:
    names = [f"v{i}" for i in range(4)]
    state = {name: {"grid": [0, 999, 1], "start": 0} for name in names}
    everywhere = {"move": "go", "by": "mover", "options": {"any": {"set": {name: "q * 999" for name in names}}}}
    scenario = small(
        state=state,
        period=[everywhere],
        payoffs={"mover": "v0", "other": "v1"},
        assumptions={"q": {"value": 0.5, "range": [0, 1]}},
    )
    with pytest.raises(TooManyStatesError) as caught:
        reach(plan_of(scenario), limit=100_000)
    assert caught.value.points == (1000, 1000, 1000, 1000)


def test_few_states_of_a_large_product_are_fine() -> None:
    state = {f"v{i}": {"grid": [0, 99, 1], "start": i} for i in range(9)}
    period = [step({"set": {"v0": "v0 + 1"}})]
    game = compile(small(state=state, period=period, payoffs={"mover": "v0", "other": "v1"}))
    assert len(game.states) == 4
