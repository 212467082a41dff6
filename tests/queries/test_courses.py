"""Courses of play against every history written out, and against the chances that questions find."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

import longgame
from longgame.answers.block import plain
from longgame.answers.course_rows import stretches
from longgame.answers.play import play
from longgame.answers.situation import Seen
from longgame.answers.strategy import strategy_at, tables
from longgame.errors import QuestionError
from longgame.queries.courses import Course, courses, pruned
from longgame.queries.nodes import start
from longgame.queries.questions import answer
from longgame.report.draw import paths_svg, paths_text
from longgame.run.study import Study
from longgame.scenario.formulas import Question
from longgame.scenario.questions.understand import understand
from tests.queries import reference
from tests.tiny import tiny


def leaf_of(course: Course, taken) -> Course:
    """The course that a history belongs to; steps that leave no choice are no part of it."""
    for event in taken:
        course = next((further for further in course.further if further.event == event), course)
    return next((further for further in course.further if further.event is None), course)


@pytest.mark.parametrize(("seed", "worlds", "lots"), [(1, 2, 1), (2, 3, 1), (3, 2, 2)])
def test_courses_against_every_history(seed, worlds, lots):
    solution = reference.solved(seed, worlds=worlds, lots=lots)
    found = courses(solution, start(solution), 0, 1e-300)
    slow, want = reference.Slow(solution), defaultdict(float)
    waiting = reference.beginnings(slow)
    while waiting:
        history = waiting.pop()
        if history.t == 1:
            want[id(leaf_of(found, history.taken))] += history.p
        else:
            waiting += [further for further in reference.one_step(slow, history) if further.p > 0.0]
    ends = list(found.ends())
    assert len(ends) > 8 and all(end.over for end in ends)
    got = [end.probability for end in ends]
    np.testing.assert_allclose([want[id(end)] for end in ends], got, rtol=1e-9, atol=1e-15)
    assert sum(want.values()) == pytest.approx(1.0, abs=1e-12)


def every(course: Course):
    yield course
    for further in course.further:
        yield from every(further)


def test_what_is_left_out_is_summed():
    solution = reference.solved(1, worlds=2, lots=2)
    whole = courses(solution, start(solution), 0, 1e-300)
    for least in (0.001, 0.02, 0.3):
        found = courses(solution, start(solution), 0, least)
        again = pruned(whole, least)
        for one, other in zip(every(found), every(again), strict=True):
            assert one.event == other.event and one.probability == pytest.approx(other.probability, abs=1e-13)
            assert one.other == pytest.approx(other.other, abs=1e-13)
        for course in every(found):
            if not course.over:
                rest = sum(further.probability for further in course.further) + course.other
                assert rest == pytest.approx(course.probability, abs=1e-12)
            assert course.probability >= least


def test_courses_that_have_no_end_are_refused():
    solution = reference.solved(1)
    with pytest.raises(ValueError, match="too unlikely"):
        courses(solution, start(solution), 0, 0.0)


def test_long_courses_are_refused_before_they_are_too_long():
    text = """
title: A long game
clock: {periods: 150}
actors: {a: {lambda: 100, discount: 0.9}}
state: {x: {values: [low, high], start: low}}
period:
  - move: pick
    by: a
    options: {stay: {}, spoil: {pay: {a: -1}}}
payoffs: {a: 0}
"""
    scenario = longgame.loads(text)
    with pytest.raises(QuestionError, match=r"--until.*at most 100 things"):
        play(scenario, until=150)
    found = play(scenario, until=90)
    assert sum(end.probability for end in found.course.ends()) == pytest.approx(1.0) and found.course.further[0].stays
    assert paths_text(found) and paths_svg(found)


def test_where_all_is_over_nothing_more_happens():
    found = play(longgame.load("beer-quiche"), Seen(after="challenge.fight"))
    assert found.course.over and found.course.further == () and found.course.probability == 1.0
    assert "100%" in paths_text(found) and "<svg" in paths_svg(found)


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        ({}, ""),
        ({"given": "aim == reset"}, ", given=aim == reset"),
        ({"given": "peace"}, ", given=aim == peace"),
        ({"under": "defender.defy"}, ", under=defender.defy"),
        ({"after": "set(aid=full)"}, ", after=set(aid=full)"),
        ({"after": "aid_decision.keep"}, ", after=aid_decision.keep"),
        ({"at": "start"}, ""),
        ({"at": "2025-03-03"}, ""),
    ],
)
def test_courses_agree_with_questions(seen, asked):
    """The first thing that happens with `choice`, what has happened by the end with `chance`."""
    scenario, view = longgame.load("truce-on-offer"), Seen(**seen)
    found = play(scenario, view, least=1e-5, until="2025-04")
    first: dict[str, float] = defaultdict(float)
    for row in found.course.further:
        first[f"{row.step}.{row.option}"] += row.probability
    texts = *(f"choice({name}{asked})" for name in first), f'chance(truce == full, on="2025-04"{asked})'
    questions = [understand(scenario, Question(text), view.at) for text in texts]
    study = Study.of(scenario, questions)
    found_there = answer(study.draw().case, [study.binder.bind(one) for one in questions])
    *choices, full_by_then = (one.value for one in found_there)
    for (name, probability), chosen in zip(first.items(), choices, strict=True):
        assert probability == pytest.approx(chosen, abs=2e-4), name
    ends = [row for row in found.course.ends() if not row.further]
    full = sum(row.probability for row in ends if row.state["truce"] == "full")
    unsure = sum(row.probability for row in ends if row.state["truce"] is None) + 1.0 - sum(r.probability for r in ends)
    assert full - 1e-6 <= full_by_then + 2e-3 and full_by_then <= full + unsure + 2e-3
    assert unsure < 0.02


def test_a_tiny_game_by_hand():
    """B, who was loud, is believed with 3/4, so A goes with probability 3/4; before, B is loud with probability 1/2."""
    scenario = tiny()
    now = play(scenario).course.further
    assert [(row.option, round(row.probability, 9)) for row in now] == [("go", 0.75), ("stay", 0.25)]
    before = play(scenario, Seen(at="start")).course
    loud = next(row for row in before.further if row.option == "loud")
    assert loud.probability == pytest.approx(0.5, abs=1e-9)
    assert loud.belief["h"]["yes"] == pytest.approx(0.75, abs=1e-9)
    go = next(row for row in loud.further if row.option == "go")
    assert go.chance == pytest.approx(0.75, abs=1e-9) and go.probability == pytest.approx(0.375, abs=1e-9)
    assert go.state["x"] == "high" and go.over


def test_lines_lose_nothing():
    """What leaves a line on its way is counted to the fork before it."""
    found = play(longgame.load("take-it-or-leave-it"), Seen(at="start"), least=0.01)
    waiting = [stretches(found.course)]
    while waiting:
        line = waiting.pop()
        if line.further:
            total = sum(further.probability for further in line.further) + line.other
            assert total == pytest.approx(line.probability, abs=1e-12) and line.other >= -1e-12
        waiting += line.further


# --- the strategy -----------------------------------------------------------------------------------------------------


def test_the_strategy_of_a_tiny_game_by_hand():
    scenario = tiny()
    found = strategy_at(scenario, "pick")
    assert found.by == "a" and found.period == ("1",) and found.states == pytest.approx({"x=low": 1.0})
    (row,) = found.rows
    options = {option.option: option for option in row.options}
    assert options["go"].probability == pytest.approx(0.75, abs=1e-9)
    assert options["go"].worth == pytest.approx(1.0, abs=1e-9) and options["stay"].worth == pytest.approx(0.0, abs=1e-9)
    assert row.worth == pytest.approx(0.75, abs=1e-9)
    even = strategy_at(scenario, "pick", belief={"yes": 0.5}).rows[0].options
    assert [option.probability for option in even] == pytest.approx([0.5, 0.5], abs=1e-9)
    done = strategy_at(scenario, "pick", state={"x": "high"})
    assert done.states == pytest.approx({"x=high": 1.0})
    tell = strategy_at(scenario, "tell", Seen(at="start"))
    assert {row.knows: row.options[0].probability for row in tell.rows} == pytest.approx({"h=yes": 0.75, "h=no": 0.25})
    assert tell.rows[0].options[0].belief == {"h": pytest.approx({"yes": 0.75, "no": 0.25})}


@pytest.mark.parametrize("name", ["beer-quiche", "take-it-or-leave-it"])
def test_strategies_agree_with_questions(name):
    scenario = longgame.load(name)
    step, hidden = {"beer-quiche": ("order", "kind"), "take-it-or-leave-it": ("terms.bold.responder", "resolve")}[name]
    found = strategy_at(scenario, step, Seen(at="start"))
    assert len(found.rows) == 2 and sum(row.chance for row in found.rows) == pytest.approx(1.0)
    for row in found.rows:
        given = f"given={hidden} == {row.knows.split('=')[1]}"
        one, other = row.options
        for option in row.options:
            asked = longgame.ask(scenario, f"choice({step}.{option.option}, {given})", at="start")
            assert option.probability == pytest.approx(asked["value"], abs=1e-9)
        question = f"worth({found.by}, {step}.{one.option}, than={step}.{other.option}, {given})"
        assert one.worth - other.worth == pytest.approx(longgame.ask(scenario, question, at="start")["value"], abs=1e-9)
        assert row.worth == pytest.approx(sum(option.probability * option.worth for option in row.options), abs=1e-9)


def test_choice_is_logit_in_what_options_are_worth():
    scenario = longgame.load("beer-quiche")
    for belief in (0.05, 0.3, 0.5, 0.9):
        there = {"state": {"breakfast": "beer"}, "belief": {"strong": belief}}
        fight, leave = strategy_at(scenario, "challenge", Seen(at="start"), **there).rows[0].options
        odds = fight.probability / leave.probability
        assert np.log(odds) == pytest.approx(20 * (fight.worth - leave.worth), abs=1e-6)
        assert leave.worth - fight.worth == pytest.approx(2 * belief - 1, abs=1e-9)


def test_the_time_of_a_step_by_date_is_that_of_play():
    scenario = longgame.load("truce-on-offer")
    found = strategy_at(scenario, "aid_decision", on="2025-04")
    next_time = strategy_at(scenario, "aid_decision")
    assert found.states == pytest.approx(next_time.states)
    for one, other in zip(found.rows, next_time.rows, strict=True):
        assert [o.probability for o in one.options] == pytest.approx([o.probability for o in other.options])
        assert [o.worth for o in one.options] == pytest.approx([o.worth for o in other.options])
    assert found.rows[0].options[1].worth is None  # there is no aid to cut
    assert [line.text for line in tables(plain(found))[:1]] == ["aid_decision, by patron, in April 2025"]


@pytest.mark.parametrize(
    ("step", "more", "option", "words"),
    [
        ("aid", {}, "--strategy", "Known: aid_decision"),
        ("aid_decision", {"on": "2025-03"}, "--on", "still to come"),
        ("aid_decision", {"on": "1999"}, "--on", "a date from"),
        ("truce_offer", {"state": {"truce": "full"}}, "--strategy", "a step that takes place"),
        ("aid_decision", {"state": {"aid": "none"}}, "--state", "full, cut"),
        ("aid_decision", {"belief": {"war": 0.5}}, "--belief", "WORLD=PROBABILITY"),
        ("aid_decision", {"belief": {"peace": 0.5, "reset": 0.6}}, "--belief", "a sum of 1.1"),
        ("aid_decision", {"belief": {"peace": -0.5}}, "--belief", "from 0"),
        ("aid_decision", {"seen": Seen(given="aim == war")}, "--given", "peace, reset"),
        ("aid_decision", {"seen": Seen(under="patron.stead")}, "--under", "Did you mean `patron.steady`"),
        ("aid_decision", {"seen": Seen(after="set(aid=")}, "--after", "found the end"),
        ("aid_decision", {"seen": Seen(at="2031")}, "--at", "a date from"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_its_option(step, more, option, words):
    with pytest.raises(QuestionError) as caught:
        strategy_at(longgame.load("truce-on-offer"), step, **more)
    assert [problem.where.path for problem in caught.value.problems] == [option]
    assert words in str(caught.value)


def test_paths_are_refused_at_their_options():
    scenario = longgame.load("truce-on-offer")
    for more in ({"until": "2025-02"}, {"until": "soon"}, {"least": 0.0}):
        with pytest.raises(QuestionError) as caught:
            play(scenario, **more)
        assert [problem.where.path for problem in caught.value.problems] == [f"--{key}" for key in more]
    with pytest.raises(QuestionError, match=r"--least.* 5,000 paths"):
        play(scenario, until="2026-02", least=1e-9)
    with pytest.raises(QuestionError):
        play(scenario, Seen(after="truce_offer.energy_truce.attacker.accept"))  # there is an energy truce already
