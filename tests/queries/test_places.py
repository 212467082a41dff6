"""From where changes are made: states on the way that play never comes to, and steps that evidence says are past."""

from __future__ import annotations

import pytest

from longgame.answers.ask import ask
from longgame.scenario.load import loads

#: A vote that only takes place where the level is high, to which play never leads by itself.
TEXT = """
title: A vote that is not taken
clock: {periods: 2}
actors:
  ann: {lambda: 1, discount: 0.5}
state:
  level: {grid: [0, 4, 1], start: 0}
  calm: {values: [yes, no], start: yes}
period:
  - move: talk
    by: ann
    options: {quiet: {}, loud: {set: {calm: no}}}
  - move: vote
    by: ann
    when: level >= 3
    options: {pass: {pay: {ann: 8}}, fail: {pay: {ann: 8}}}
payoffs: {ann: level}
end_values: {ann: 0}
"""
#: The level is paid in both periods, and with a high one the votes that are still to come.
VOTES = 8 + 0.5 * 8
TALK = "{on: 1, move: talk, took: quiet}"


@pytest.mark.parametrize(
    ("change", "worth"),
    [
        ("[set(level=1), set(level=2)]", 2 * 1.5),
        ("[set(level=3), set(level=level - 2)]", 1.5),
        ("[set(level=4), set(level=level / 2), set(calm=no)]", 2 * 1.5),
        ("[set(calm=no), set(level=3)]", 3 * 1.5 + VOTES),
        ("[talk.loud, set(level=4), set(level=level - 1)]", 3 * 1.5 + VOTES),
    ],
)
def test_each_change_of_a_list_leads_on_from_where_the_one_before_led(change: str, worth: float):
    assert ask(loads(TEXT), f"worth(ann, {change})")["value"] == pytest.approx(worth)


@pytest.mark.parametrize(
    "said", ["", "{from: 1, to: 1, quiet: {vote: pass}}", "{on: 1, move: vote, not: pass}"]
)
def test_a_step_that_did_not_take_place_is_past(said: str):
    """A change that would have brought the vote about comes too late for it, once evidence tells of the vote."""
    pieces = "".join(f"  - {piece[:-1]}, source: a test}}\n" for piece in (TALK, said) if piece)
    votes = VOTES - 8 if said else VOTES
    assert ask(loads(f"{TEXT}evidence:\n{pieces}"), "worth(ann, set(level=4))")["value"] == pytest.approx(6 + votes)
