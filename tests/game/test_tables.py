"""The tables of small scenarios, by hand; and what must hold of any tables."""

from __future__ import annotations

import copy
import re
from typing import Any

import numpy as np
import pytest

from longgame.errors import QuestionError, ScenarioError
from longgame.game.compile import compile
from longgame.game.game import CHANCE, Game
from longgame.game.sample import draws
from longgame.scenario.language.expressions import parse
from longgame.solver.batch import Batch
from tests.game.scenarios import BASE, small

RICH = {
    "clock": {"periods": 4},
    "assumptions": {
        "drift": {"value": 0.1, "range": [0.02, 0.3]},
        "prior": {"value": 0.4, "range": [0.2, 0.6]},
        "luck": {"value": 0.5, "range": [0.1, 0.9]},
        "prize": {"value": 2, "range": [1, 3]},
    },
    "definitions": {"hot": "mood == tense", "worth_of_x": "prize * x if aim == gain else x"},
    "hidden": {"aim": {"known_to": ["mover"], "values": {"gain": "prior", "peace": "rest"}}},
    "actors": {
        "mover": {"rationality": {"depends on": "aim", "gain": 10, "peace": 30}, "per": "stake", "discount": 0.9},
        "other": {"lambda": 1.5, "discount": 0.8},
    },
    "period": [
        {
            "move": "act",
            "by": "mover",
            "when": "not (hot and x == 0)",
            "options": {
                "wait": {},
                "push": {"when": "x < 1", "set": {"x": "x + drift", "mood": "tense"}, "pay": {"other": "-drift"}},
                "feint": {
                    "signal": "push",
                    "when": "x < 1",
                    "set": {"x": "x + drift", "mood": "tense"},
                    "pay": {"mover": "-0.2"},
                },
                "gamble": {
                    "when": "x < 1",
                    "pay": {"mover": "-0.1"},
                    "lottery": {
                        "up": {"p": "luck", "set": {"x": "x + 0.25"}, "pay": {"mover": "prize"}},
                        "down": {"p": "rest", "set": {"x": "x - 0.25"}},
                    },
                    "then": "end of period",
                },
            },
        },
        {
            "offer": "talks",
            "by": "other",
            "to": ["mover"],
            "when": "hot",
            "deals": {"truce": {"mood": "calm", "pay": {"other": 0.5}}},
        },
        {
            "chance": "news",
            "outcomes": {
                "leak": {"p": "0.8 if aim == gain else 0.1", "becomes": {"aim": {"peace": "luck"}}},
                "quiet": {"p": "rest"},
            },
        },
    ],
    "payoffs": {"mover": "worth_of_x", "other": "1 - x - 0.1 * hot"},
    "ends": {"over": {"when": "x >= 1", "values": {"other": "-prize"}}},
}


@pytest.fixture(scope="module")
def rich() -> Game:
    return compile(small(**RICH))


def state(game: Game, **values: Any) -> int:
    label = ", ".join(f"{v.name}={values[v.name]}" for v in game.states.variables)
    return [game.states.label(s) for s in range(len(game.states))].index(label)


def successors(game: Game, step: str, option: str, theta: np.ndarray | None = None, **values: Any) -> dict[str, float]:
    k = game.step(step)
    a, s = game.steps[k].options.index(option), state(game, **values)
    tables = game.tables(game.base if theta is None else theta, 0).steps[k]
    chances: dict[str, float] = {}
    for to, weight in zip(np.asarray(tables.successor[s, a]), np.asarray(tables.weight[s, a]), strict=True):
        if weight > 0:
            chances[game.states.label(to)] = chances.get(game.states.label(to), 0.0) + float(weight)
    return chances


def test_small_scenario_by_hand() -> None:
    game = compile(small())
    assert game.actors == ("mover", "other") and game.worlds == ("the only world",)
    labels = [game.states.label(s) for s in range(len(game.states))]
    assert labels == [
        "x=0.5, mood=calm",
        "x=0.75, mood=calm",
        "x=0.75, mood=tense",
        "x=1, mood=calm",
        "x=1, mood=tense",
    ]
    tables = game.tables(game.base, 0)
    act, weather = tables.steps
    assert np.asarray(act.allowed).tolist() == [[True, True]] * 3 + [[True, False]] * 2
    assert act.pay is None and act.chance is None and act.becomes is None
    assert act.successor.shape == (5, 2, 1)
    assert np.asarray(act.successor[:3, :, 0]).tolist() == [[0, 2], [1, 4], [2, 4]]
    assert np.asarray(weather.successor[:, :, 0]).tolist() == [[0, 0], [1, 1], [1, 2], [3, 3], [3, 4]]
    np.testing.assert_allclose(weather.chance[:, :, 0], [[0.25, 0.75]] * 5)
    np.testing.assert_allclose(tables.flow[:, 0, 0], [0.5, 0.75, 0.75, 1, 1])
    np.testing.assert_allclose(tables.end_value[:, 0, 0], np.array([0.5, 0.75, 0.75, 1, 1]) / 0.1)
    np.testing.assert_allclose(tables.stake, [0.5 / 0.1, 0.5 / 0.2])
    np.testing.assert_allclose(tables.precision, [[10 / 5], [20 / 2.5]])
    assert tables.prior.tolist() == [1.0]
    assert tables.start_index.tolist() == [0] and tables.start_weight.tolist() == [1.0]
    assert bool(tables.valid)
    assert [step.stays for step in game.steps] == [(True, False), (False, True)]
    assert [step.informed for step in game.steps] == [False, False]
    assert not game.timed and game.lattice == 1


def test_steps_of_a_rich_scenario(rich: Game) -> None:
    names = [step.name for step in rich.steps]
    assert names == ["act", "talks", "talks.truce.mover", "news"]
    act, talks, reply, news = rich.steps
    assert (act.mover, talks.mover, reply.mover, news.mover) == (0, 1, 0, CHANCE)
    assert act.signals == ("wait", "push", "gamble") and act.signal == (0, 1, 1, 2)
    assert act.next == (1, 1, 1, 4)
    assert talks.options == ("no_offer", "truce") and talks.next == (3, 2)
    assert reply.options == ("accept", "reject") and reply.next == (3, 3)
    assert [step.informed for step in rich.steps] == [True, False, True, True]
    assert rich.hidden == {"aim": ("gain", "peace")}
    assert rich.cells.tolist() == [[0, 1], [0, 0]]


def test_numbers_of_a_rich_scenario(rich: Game) -> None:
    tables = rich.tables(rich.base, 0)
    assert bool(tables.valid)
    np.testing.assert_allclose(tables.prior, [0.4, 0.6])
    s = state(rich, x=0.5, mood="calm")
    act, _, reply, news = tables.steps
    np.testing.assert_allclose(act.pay[s, 1], [[0, 0], [-0.1, -0.1]])
    np.testing.assert_allclose(act.pay[s, 2], [[-0.2, -0.2], [0, 0]])
    np.testing.assert_allclose(act.pay[s, 3], [[-0.1 + 0.5 * 2] * 2, [0, 0]])
    hot = state(rich, x=0.5, mood="tense")
    np.testing.assert_allclose(reply.pay[hot], [[[0, 0], [0.5, 0.5]], [[0, 0], [0, 0]]])
    assert not reply.active[s] and reply.active[hot]
    np.testing.assert_allclose(news.chance[s], [[0.8, 0.1], [0.2, 0.9]])
    np.testing.assert_allclose(news.becomes[s], [[[0.5, 0.5], [0, 1]], [[1, 0], [0, 1]]])
    np.testing.assert_allclose(tables.flow[s], [[1.0, 0.5], [0.5, 0.5]])
    over = state(rich, x=1, mood="tense")
    assert rich.ended[over] and not any(step.active[over] for step in tables.steps)
    np.testing.assert_allclose(tables.end_value[over], [[20, 10], [-2, -2]])
    np.testing.assert_allclose(tables.end_value[s], [[10, 5], [2.5, 2.5]])
    np.testing.assert_allclose(tables.precision[1], [1.5, 1.5])
    np.testing.assert_allclose(tables.precision[0], np.array([10, 30]) / float(tables.stake[0]))


def test_successors_between_points(rich: Game) -> None:
    assert successors(rich, "act", "push", x=0.5, mood="calm") == pytest.approx(
        {"x=0.5, mood=tense": 0.6, "x=0.75, mood=tense": 0.4}
    )
    theta = rich.theta({"drift": 0.3})
    assert successors(rich, "act", "push", theta, x=0.5, mood="calm") == pytest.approx(
        {"x=0.75, mood=tense": 0.8, "x=1, mood=tense": 0.2}
    )
    assert successors(rich, "act", "gamble", x=0.5, mood="calm") == pytest.approx(
        {"x=0.75, mood=calm": 0.5, "x=0.25, mood=calm": 0.5}
    )
    assert successors(rich, "talks.truce.mover", "accept", x=0.5, mood="tense") == {"x=0.5, mood=calm": 1.0}


def test_constant_effects_have_one_successor(rich: Game) -> None:
    shapes = [step.successor.shape[2] for step in rich.tables(rich.base, 0).steps]
    assert shapes == [2, 1, 1, 1]


def test_a_step_whose_options_are_all_closed_is_passed_over() -> None:
    period = [{"move": "act", "by": "mover", "options": {"push": {"when": "x < limit", "set": {"x": "x + 0.25"}}}}]
    assumptions = {"limit": {"value": 0.75, "range": [0.5, 2]}}
    game = compile(small(period=period, assumptions=assumptions))
    tables = game.tables(game.base, 0)
    np.testing.assert_array_equal(tables.steps[0].active, game.states.values("x") < 0.75)
    assert np.asarray(tables.steps[0].allowed).all()


def test_period_makes_a_game_timed() -> None:
    game = compile(small(payoffs={"mover": "x * (period >= 3)", "other": "1"}))
    assert game.timed
    assert float(game.tables(game.base, 1).flow[0, 0, 0]) == 0
    assert float(game.tables(game.base, 2).flow[0, 0, 0]) == 0.5


def test_start_between_points_is_a_lottery() -> None:
    state = {"x": {"grid": [0, 1, 0.25], "start": "first"}, "mood": {"values": ["calm", "tense"], "start": "tense"}}
    game = compile(small(state=state, assumptions={"first": {"value": 0.3, "range": [0.1, 0.4]}}))
    tables = game.tables(game.base, 0)
    start = {
        game.states.label(i): float(w)
        for i, w in zip(np.asarray(tables.start_index), np.asarray(tables.start_weight), strict=True)
    }
    assert start == pytest.approx({"x=0.25, mood=tense": 0.8, "x=0.5, mood=tense": 0.2})


def everything(game: Game, theta: np.ndarray, t: int = 0) -> list[np.ndarray]:
    return list(game.tables(theta, t).arrays())


def cube(game: Game, count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, len(game.assumptions)))


def test_tables_of_any_draw_are_sound(rich: Game) -> None:
    size = len(rich.states)
    for theta in draws(small(**RICH), cube(rich, 20, seed=1)):
        tables = rich.tables(theta, 0)
        assert bool(tables.valid)
        for step in tables.steps:
            active = np.asarray(step.active)
            np.testing.assert_allclose(np.asarray(step.weight).sum(-1), 1.0, atol=1e-12)
            assert np.asarray(step.weight).min() >= 0
            assert np.asarray(step.successor).min() >= 0 and np.asarray(step.successor).max() < size
            assert np.asarray(step.allowed)[active].any(axis=1).all()
            if step.chance is not None:
                np.testing.assert_allclose(np.asarray(step.chance).sum(1), 1.0, atol=1e-12)
            if step.becomes is not None:
                np.testing.assert_allclose(np.asarray(step.becomes).sum(-1), 1.0, atol=1e-12)


def test_tables_of_draws_are_those_of_each(rich: Game) -> None:
    thetas = draws(small(**RICH), cube(rich, 4))
    for t in (0, 1):
        together = everything(rich, thetas, t)
        for d, theta in enumerate(thetas):
            for ours, theirs in zip(together, everything(rich, theta, t), strict=True):
                assert ours.shape == (len(thetas), *theirs.shape)
                np.testing.assert_array_equal(ours[d], theirs)


def test_derivatives_are_finite_and_right(rich: Game) -> None:
    assert rich.formulas is not None

    values, slopes = rich.formulas.tables.slopes(rich.base, np.eye(len(rich.base)))
    for t in (0, 1):
        for ours, theirs in zip(values(t).arrays(), everything(rich, rich.base, t), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        for p, h in enumerate(1e-6 * np.eye(len(rich.base))):
            sides = [rich.tables(rich.base + sign * h, t) for sign in (1.0, -1.0)]
            for slope, above, below in zip(slopes(t).arrays(), *(side.arrays() for side in sides), strict=True):
                if above.dtype == float:
                    np.testing.assert_allclose(slope[p], (above - below) / 2e-6, rtol=1e-5, atol=1e-6)
                else:
                    assert not slope[p].any()


def test_a_draw_with_impossible_odds_is_not_valid() -> None:
    period = [BASE["period"][0], {"chance": "c", "outcomes": {"a": {"p": "q"}, "b": {"p": "rest"}}}]
    game = compile(small(period=period, assumptions={"q": {"value": 0.9, "range": [0.5, 1]}}))
    assert bool(game.tables(np.array([1.0]), 0).valid)
    assert not bool(game.tables(np.array([1.2]), 0).valid)  # beyond what it was compiled for
    assert not bool(game.tables(np.array([-0.2]), 0).valid)


def test_unused_nonsense_does_no_harm() -> None:
    """A closed option may divide by zero; nothing of it is seen in values or derivatives."""
    period = [
        {
            "move": "act",
            "by": "mover",
            "options": {
                "wait": {"set": {"x": "x - 0.25"}},
                "pay": {"when": "x > 0", "pay": {"mover": "-cost / x"}, "set": {"x": "x / x"}},
            },
        }
    ]
    game = compile(small(period=period, assumptions={"cost": {"value": 0.1, "range": [0, 1]}}))
    tables = game.tables(game.base, 0)
    assert bool(tables.valid)
    assert all(np.all(np.isfinite(x)) for x in tables.arrays())
    assert game.formulas is not None
    _, slopes = game.formulas.tables.slopes(game.base, np.ones((1, 1)))
    assert all(np.all(np.isfinite(x)) for x in slopes(0).arrays())


def relabelled(block: Any, names: dict[str, str]) -> Any:
    """The same block with words of the scenario replaced, in keys and expressions alike."""
    if isinstance(block, dict):
        return {relabelled(key, names): relabelled(value, names) for key, value in block.items()}
    if isinstance(block, list):
        return [relabelled(item, names) for item in block]
    if isinstance(block, str):
        for old, new in names.items():
            block = re.sub(rf"\b{old}\b", new, block)
    return block


def test_names_do_not_matter(rich: Game) -> None:
    names = {"x": "strength", "mood": "climate", "calm": "cold", "tense": "warm", "aim": "goal", "gain": "win",
             "mover": "anna", "other": "bert", "drift": "slide", "hot": "heated", "act": "deed"}  # fmt: skip
    twin = compile(small(**relabelled({**BASE, **RICH}, names)))
    for ours, theirs in zip(everything(rich, rich.base), everything(twin, twin.base), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_questions_are_read_as_arrays(rich: Game) -> None:
    x, mood = rich.states.values("x"), rich.states.values("mood")
    np.testing.assert_array_equal(rich.event(parse("x > 0.5 and mood == tense"))(rich.base), (x > 0.5) & (mood == 1))
    np.testing.assert_allclose(rich.event(parse("drift * x"))(rich.base), 0.1 * x)
    assert rich.condition(parse("aim == peace")).tolist() == [False, True]
    with pytest.raises(QuestionError, match="hidden"):
        rich.condition(parse("x > 0"))
    with pytest.raises(QuestionError, match="state variables"):
        rich.event(parse("aim == peace"))
    with pytest.raises(QuestionError, match="nonsense"):
        rich.event(parse("nonsense > 1"))


def test_changes_are_successors() -> None:
    deals = {"thaw": {"mood": "calm", "x": 0.6}}
    claims = {"c": {"says": "s", "holds": "worth(mover, set(x=0)) > 0"}}
    game = compile(small(deals=deals, claims=claims))
    s = state(game, x=0.5, mood="calm")
    for clauses in (deals["thaw"], {"mood": parse("calm"), "x": parse("0.6")}):
        successor, weight = game.change(clauses, game.base)
        chances = {game.states.label(i): w for i, w in zip(successor[s], weight[s], strict=True)}
        assert chances == pytest.approx({"x=0.5, mood=calm": 0.6, "x=0.75, mood=calm": 0.4})
    successor, weight = game.change({"x": 0}, game.base)
    assert game.states.label(successor[s, 0]) == "x=0, mood=calm" and weight.tolist() == [[1.0]] * len(game.states)
    with pytest.raises(QuestionError, match="compiled for"):
        compile(small()).change({"x": 0.1}, game.base)
    with pytest.raises(QuestionError, match="unknown-name"):
        game.change({"y": 1}, game.base)


def test_where_all_ends_are_alike_the_stake_is_what_the_periods_can_pay() -> None:
    steps = copy.deepcopy(BASE["period"])
    steps[0]["options"]["wait"]["pay"] = {"mover": "-0.5"}
    game = compile(small(period=steps, end_values={"mover": 7}))
    paid = (0.5 + 0.5) * (1 + 0.9 + 0.9**2)  # x from 0.5 to 1 (it cannot fall), and the payment, in three periods
    np.testing.assert_allclose(game.tables(game.base, 0).stake, [paid, 0.5 / 0.2])


WIDER = {  # x may rise from 0.5 to 1 in play; what that is worth depends on the world and on an assumption
    "assumptions": {"prize": {"value": 3, "range": [2, 5]}},
    "hidden": {"aim": {"known_to": ["mover"], "values": {"gain": 0.25, "peace": "rest"}}},
    "payoffs": {"mover": "prize * x if aim == gain else x", "other": "1 - x"},
}


def test_the_stake_is_that_of_the_world_in_which_it_is_widest() -> None:
    game = compile(small(**WIDER))
    np.testing.assert_allclose(game.tables(game.base, 0).stake, [3 * 0.5 / 0.1, 0.5 / 0.2])


def test_every_draw_has_its_own_stake() -> None:
    game = compile(small(**WIDER))
    prizes = np.array([[2.0], [3.0], [5.0]])
    expected = np.concatenate([prizes * 0.5 / 0.1, np.full((3, 1), 0.5 / 0.2)], axis=1)
    tables = game.tables(prizes, 0)
    np.testing.assert_allclose(tables.stake, expected)
    np.testing.assert_allclose(tables.precision[:, 0, 0], tables.precision[0, 0, 0] * expected[0, 0] / expected[:, 0])
    batch = Batch.of(game, prizes)
    for g in range(3):
        np.testing.assert_allclose(batch.draw(g)(0).stake, expected[g])
        np.testing.assert_allclose(batch.draw(g)(0).precision, tables.precision[g])


def test_stakes_do_not_depend_on_the_questions() -> None:
    plain = compile(small())
    asked = compile(small(claims={"c": {"says": "s", "holds": "worth(mover, set(x=0)) > 0"}}))
    assert len(asked.states) > len(plain.states)
    np.testing.assert_allclose(asked.tables(asked.base, 0).stake, plain.tables(plain.base, 0).stake)


def test_theta_by_name(rich: Game) -> None:
    assert rich.theta({"prize": 3}).tolist() == [0.1, 0.4, 0.5, 3.0]
    with pytest.raises(ScenarioError, match="from 1 to 3"):
        rich.theta({"prize": 4})
    with pytest.raises(ScenarioError, match="an assumption"):
        rich.theta({"price": 2})
    with pytest.raises(KeyError):
        rich.step("nothing")
