"""How surprising the evidence was: a game whose probabilities are known by hand, and the two guesses."""

from __future__ import annotations

import math

import numpy as np
import pytest

from longgame.answers.answers import BLOCKS, base_case, made
from longgame.answers.assess import assess
from longgame.answers.block import Sources
from longgame.answers.surprise import AddedRow, _in_words
from longgame.answers.surprise import _verdict as in_words
from longgame.queries.surprise import added, surprises
from longgame.run.study import Study
from longgame.scenario.load import loads
from tests.tiny import tiny

# A plays red, blue or green each period, and blue pays it log 2 more at once; lambda is 1, and nothing it does changes
# the state: so it is blue with probability 1/2, and red and green have 1/4 each. While x is high green is barred: then
# red has 1/3. The coin falls on heads with 9/10, and then x is high for ever.
TEXT = """
title: Colours
clock: {periods: 6}
actors: {a: {lambda: 1, discount: 0.5}, b: {lambda: 1, discount: 0.5}}
state: {x: {values: [low, high], start: low}}
period:
  - move: colour
    by: a
    options: {red: {}, blue: {pay: {a: log(2)}}, green: {when: x == low}}
  - move: told
    by: a
    when: x == high
    options: {yes: {}}
  - chance: coin
    outcomes: {heads: {p: 0.9, set: {x: high}}, tails: {p: rest}}
payoffs: {a: 0, b: 0}
evidence:
"""
MOVES = [
    "{on: 1, move: colour, took: blue}",
    "{on: 1, chance: coin, happened: tails}",
    "{on: 1, seen: {x: low}}",
    "{on: 2, move: colour, took: blue}",
    "{on: 2, chance: coin, happened: tails}",
    "{on: 3, move: colour, took: green}",
    "{on: 3, chance: coin, happened: heads}",
    "{on: 4, move: colour, took: red}",
    "{on: 4, move: told, took: 'yes'}",
]
CLAIM = "claims: {any: {says: Something., holds: value(a) > 0}}"


def colours(moves=MOVES):
    return loads(TEXT + "".join(f"  - {move}\n" for move in moves) if moves else TEXT.replace("evidence:\n", ""))


@pytest.fixture(scope="module")
def found():
    base = base_case(Study.of(colours()), ["surprise"])
    return surprises(base.study.game, base.draw.case.path.updates)


def test_what_the_model_gave(found):
    expected = [1 / 2, 0.1, 1.0, 1 / 2, 0.1, 1 / 4, 0.9, 1 / 3, 1.0]
    assert [one.model for one in found] == pytest.approx(expected)


def test_one_over_what_could_be_seen(found):
    assert [one.blind for one in found] == pytest.approx([1 / 3, 1 / 2, 1, 1 / 3, 1 / 2, 1 / 3, 1 / 2, 1 / 2, 1])


def test_as_last_time_by_the_rule_of_succession(found):
    # blue again: nothing known of repeating, 1/2; tails again: one of one repeated, 2/3; not blue: a half of what the
    # two of two that were repeated leave, 1/4; not tails: three were repeated of four; green is barred by now.
    expected = [1 / 3, 1 / 2, 1, 1 / 2, 2 / 3, (1 / 4) / 2, 1 - (2 + 1) / (3 + 2), 1 / 2, 1]
    assert [one.status_quo for one in found] == pytest.approx(expected)


def test_only_moves_with_a_choice_count(found):
    assert [one.move for one in found] == [True, False, False, True, False, True, False, True, False]


def test_a_step_that_may_not_take_place_counts_alike():
    # Whether x is high is not reported: `told` takes place where it is, with 9/10, and then there is nothing else.
    base = base_case(Study.of(colours(["{on: 2, move: told, took: 'yes'}"])), ["surprise"])
    (one,) = surprises(base.study.game, base.draw.case.path.updates)
    assert (one.model, one.blind, one.status_quo) == pytest.approx((0.9, 0.9, 0.9)) and not one.move


def test_what_was_quiet_counts_move_by_move():
    # Nothing but red in two periods. Told, with 9/10 in the second period, would have been something to see.
    quiet = "{quiet: {colour: red}, from: 1, to: 2}"
    base = base_case(Study.of(colours([quiet])), ["surprise"])
    first, second = surprises(base.study.game, base.draw.case.path.updates)
    assert (first.model, first.blind, first.status_quo) == pytest.approx((1 / 4, 1 / 3, 1 / 3))
    assert (second.model, second.blind) == pytest.approx((0.1 / 4 + 0.9 / 3, 0.1 / 3 + 0.9 / 2))
    assert second.status_quo == pytest.approx(1 / 2)
    row = made(Sources(base), ["surprise"])["surprise"]
    assert row.moves == 2 and row.pieces[0].model == pytest.approx(first.model * second.model)
    assert row.to_blind.nats == pytest.approx(math.log(row.pieces[0].model / row.pieces[0].blind))


def test_options_that_look_the_same_are_one_thing_to_be_seen():
    text = TEXT.replace("red: {}", "red: {signal: warm}").replace("log(2)}}", "log(2)}, signal: warm}")
    base = base_case(Study.of(loads(text + "  - {on: 1, move: colour, signal: warm}\n")), ["surprise"])
    (one,) = surprises(base.study.game, base.draw.case.path.updates)
    assert (one.model, one.blind) == pytest.approx((3 / 4, 1 / 2))


def test_the_sums():
    sources = Sources(base_case(Study.of(colours()), ["surprise"]))
    row = made(sources, ["surprise"])["surprise"]
    nats = math.log(3 / 2) + math.log(3 / 2) + math.log(3 / 4) + math.log(2 / 3)
    assert row.moves == 4 and row.to_blind.nats == pytest.approx(nats)
    assert row.to_blind.factor == pytest.approx(math.exp(nats / 4))
    assert row.says.startswith("Over 4 observed moves the model adds +0.1 nats (a factor of 1.03 a move)")
    assert "hardly tells these moves from chance" in row.says and row.over_draws is None


@pytest.mark.parametrize(
    ("factor", "words"), [(0.9, "worse than chance"), (1.1, "hardly"), (1.5, "it tells these"), (3.0, "well from")]
)
def test_in_words(factor, words):
    assert words in in_words(factor)


def test_over_draws_it_is_their_mixture():
    # B is loud with 1/4 + p/2 at a prior p, uniform on [1/4, 3/4]: a half on average, and the blind guess is a half.
    row = assess(tiny(CLAIM), draws=64).surprise
    assert row.pieces[0].over_draws == pytest.approx(0.5, abs=1e-3) and row.over_draws is not None
    assert row.over_draws.nats == pytest.approx(0.0, abs=2e-3)


def test_pieces_over_draws_depend_on_those_before():
    evidence = [f"{{on: {t}, chance: coin, happened: tails}}" for t in (1, 2)]
    doubted = "assumptions: {heads: {value: 0.5, range: [0, 1], source: judgement, because: A test.}}\nstate:"
    text = TEXT.replace("p: 0.9", "p: heads").replace("state:", doubted)
    row = assess(loads(text + "".join(f"  - {one}\n" for one in evidence) + CLAIM), draws=128).surprise
    # with p uniform, tails has a half, and after one tails two thirds (the rule of succession again)
    assert [one.over_draws for one in row.pieces] == pytest.approx([1 / 2, 2 / 3], abs=5e-3)
    assert [one.model for one in row.pieces] == pytest.approx([1 / 2, 1 / 2])


def test_without_evidence_nothing_is_said():
    row = made(Sources(base_case(Study.of(colours([])), ["surprise"])), ["surprise"])["surprise"]
    assert (row.moves, row.pieces, row.says) == (0, [], "")
    assert BLOCKS["surprise"].section({"surprise": {"pieces": []}}) is None
    assert added(0.5, 0.25) == pytest.approx(math.log(2)) and np.isclose(row.to_blind.factor, 1.0)


def test_two_guesses_that_say_the_same_are_told_in_one_sentence():
    one, other = AddedRow(-0.3, 0.86), AddedRow(-0.5, 0.78)
    alike, apart = _in_words(2, one, one, None), _in_words(2, one, other, None)
    assert alike.count("-0.3 nats") == 1 and "and as much to the guess that all goes as last time" in alike
    assert "Against the guess that all goes as last time it adds -0.5 nats" in apart
