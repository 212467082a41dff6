"""Warnings of `check` on what is told and remembered, and when an end value counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.errors import Problem
from longgame.exact.public_histories import solve_histories
from longgame.game.checks import warnings
from longgame.solver.solve import solve

CASES = Path(__file__).parents[1] / "cases"


def warned(text: str) -> dict[str, Problem]:
    scenario = longgame.loads(text)
    return {problem.code: problem for problem in warnings(scenario, longgame.compile(scenario))}


def case(name: str) -> str:
    return (CASES / f"{name}.yaml").read_text(encoding="utf-8")


def test_messages_that_differ_in_nothing_are_said_to_tell_nothing():
    problem = warned(case("cs0"))["cheap-talk"]
    assert problem.where.line == 17 and problem.severity == "warning"
    assert problem.found.startswith("`a`, `b`, `c`, which differ in nothing but their names")
    assert "--others" in problem.fix and "Let a lie cost a little" in problem.fix
    play = solve_histories(longgame.compile(longgame.loads(case("cs0")))).at("say")
    for cell in play.cells:  # it is so
        assert list(cell.choice.values()) == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a: {set: {msg: a}}", "a: {set: {msg: a}, pay: {sender: -0.01 * (theta != lo)}}"),
        ("      a0: {set: {act: a0}}", "      a0: {when: msg != a, set: {act: a0}}"),
        ("receiver: -(x - th) ** 2", "receiver: -(x - th) ** 2 - 0.1 * (msg == a)"),
    ],
)
def test_a_message_that_differs_in_its_cost_or_in_what_follows_is_not_interchangeable(old: str, new: str):
    text = case("cs0")
    assert old in text
    problem = warned(text.replace(old, new)).get("cheap-talk")
    assert problem is not None and problem.found.startswith("`b`, `c`, which")  # the other two still are
    assert "cheap-talk" not in warned(case("cs_eps"))


def test_messages_that_nobody_hears_are_no_talk():
    assert "cheap-talk" not in warned(case("cs0").replace("set: {msg: a}", "signal: said").replace(
        "set: {msg: b}", "signal: said").replace("set: {msg: c}", "signal: said"))  # fmt: skip


def test_private_news_that_is_overwritten():
    """After two private pluses Blue believes 0.8; with the memory written down 16/17."""
    problem = warned(case("private_signal"))["forgotten-news"]
    assert problem.where.line == 11
    assert problem.found == "`look` drawn anew each time: what it told blue of guilty is gone"
    assert "forgotten-news" not in warned(case("private_memory"))
    assert "forgotten-news" not in warned(case("private_signal").replace("periods: 2", "periods: 1").replace(
        "when: period == 2", "when: period == 1"))  # fmt: skip


@pytest.mark.parametrize(
    ("name", "plus", "belief"), [("private_signal", "plus", 0.8), ("private_memory", "two_plus", 16 / 17)]
)
def test_what_is_believed_after_two_private_pluses(name: str, plus: str, belief: float):
    row = solve_histories(longgame.compile(longgame.loads(case(name)))).at("punish", "1: peek peeked; 2: peek peeked")
    p = {world: value for world, value in row.belief.items() if world.endswith(f", {plus}")}
    assert p[f"g, {plus}"] / sum(p.values()) == pytest.approx(belief)
    [cell] = [cell for cell in row.cells if cell.knows.endswith(f"={plus}")]
    assert cell.choice["yes"] == pytest.approx(1 / (1 + np.exp(-5 * (2 * belief - 1))))


def test_an_end_value_comes_in_place_of_the_next_period():
    """The payoff of the period in which the game ends, 1, and the end value, 10, discounted by a half: 6."""
    game = longgame.compile(longgame.load(CASES / "endval.yaml"))
    assert solve(game).U[0][0, 0, 0, 0] == pytest.approx(6.0)
    assert solve_histories(game).worth["a"] == pytest.approx(6.0)
    shown = longgame.ask(longgame.load(CASES / "endval.yaml"), "value(a)", at="start")
    assert shown["value"] == pytest.approx(6.0)
