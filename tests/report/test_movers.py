"""What the page says would change most: nothing that chance would do as well."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from longgame.answers.glance import glance
from longgame.answers.leads import Lead, Third
from longgame.report import render
from tests.sample_answers import sample

NOTHING = "Nothing by itself: no assumption alone"


def lead(low: float, high: float, draws: int) -> Lead:
    return Lead("a", "a", Third(0.0, 0.0, low, draws), Third(1.0, 0.0, high, draws))


@pytest.mark.parametrize(("low", "high", "draws", "tells"), [
    (0.67, 0.71, 21, False), (0.67, 0.71, 2000, True), (0.3, 0.9, 21, True), (0.5, 0.5, 9, False), (1.0, 1.0, 9, False),
])  # fmt: skip
def test_a_difference_of_shares_tells_where_it_is_beyond_chance(low, high, draws, tells):
    assert lead(low, high, draws).tells is tells


def test_shares_that_are_one_seldom_seem_two():
    rng = np.random.default_rng(0)
    held = rng.binomial(40, 0.6, size=(4000, 2)) / 40
    assert 0.03 < np.mean([lead(low, high, 40).tells for low, high in held]) < 0.07


def with_draws(holds) -> dict:
    """The sample with 90 draws in which the margin of a claim rises with an assumption, and its truth is as given."""
    answers = copy.deepcopy(sample())
    claim, (first, *_) = answers["claims"][0], answers["claims"][0]["rests_on"]["assumptions"]
    claim["rests_on"]["assumptions"] = [first]
    for other in answers["claims"][1:]:
        other["rests_on"] = None
    claim["firmness"] = claim["firmness"] or "leaning"
    values = [place / 90 for place in range(90)]
    answers["drawn"]["assumptions"][first["assumption"]] = values
    answers["drawn"]["claims"][claim["id"]] = {"margin": values, "holds": [holds(place) for place in range(90)]}
    return answers


def test_an_assumption_that_moves_margins_and_no_share_is_not_named():
    answers = with_draws(lambda place: int(place % 3 > 0))
    assert glance(answers).movers == []


def test_an_assumption_that_moves_a_share_is_named():
    answers = with_draws(lambda place: int(place > 40))
    (mover,) = glance(answers).movers
    assert mover.claims == 1 and "holds in 0% of the draws" in mover.how and "in 100%" in mover.how


def test_the_page_says_so_where_nothing_would():
    answers = sample()
    for claim in answers["claims"]:
        claim["rests_on"] = None
    assert (NOTHING in render(answers)) is any(claim["firmness"] for claim in answers["claims"])
    assert any(claim["firmness"] for claim in answers["claims"])
