"""The draws that a run hands to its page: their numbers are those of the closed forms of the tiny game."""

from __future__ import annotations

import json

import numpy as np
import pytest

from longgame.answers.assess import assess
from longgame.run.solver import FORESEEN
from tests.run.runs import CLAIMS
from tests.tiny import tiny


@pytest.fixture(scope="module")
def answers():
    return assess(tiny(CLAIMS), draws=130, seed=3).to_json()


def test_every_list_has_an_entry_for_each_draw(answers):
    drawn = answers["drawn"]
    assert drawn["draws"] == 128 and list(drawn["assumptions"]) == ["prize", "prior_yes"]
    columns = [
        *drawn["assumptions"].values(), drawn["weights"], *drawn["claims"]["rich"].values(),
        *(column for world in drawn["beliefs"].values() for column in world), *drawn["forecasts"]["high"],
    ]  # fmt: skip
    assert {len(column) for column in columns} == {128}
    assert list(drawn["claims"]) == [claim["id"] for claim in answers["claims"]]
    json.dumps(drawn, allow_nan=False)


def test_claims_and_beliefs_of_the_draws_are_those_of_the_closed_forms(answers):
    drawn = answers["drawn"]
    prize, prior = (np.array(drawn["assumptions"][name]) for name in ("prize", "prior_yes"))
    np.testing.assert_allclose(drawn["claims"]["rich"]["margin"], 2 * prize - 1.8, rtol=2e-4, atol=1e-4)
    assert drawn["claims"]["rich"]["holds"] == (prize > 0.9).astype(int).tolist()
    assert set(drawn["claims"]["spoken"]["holds"]) == {None}
    before, after = drawn["beliefs"]["yes"]
    np.testing.assert_allclose(before, prior, rtol=1e-4)
    # B is loud with probability 3/4 if yes, and 1/4 if no
    np.testing.assert_allclose(after, prior * 0.75 / (0.25 + prior / 2), rtol=1e-4)
    np.testing.assert_allclose(np.add(drawn["beliefs"]["no"], drawn["beliefs"]["yes"]), 1.0, atol=1e-4)


def test_draws_are_weighed_by_what_they_say_of_the_evidence(answers):
    drawn = answers["drawn"]
    assert sum(drawn["weights"]) == pytest.approx(1.0, abs=1e-3)
    weight, prior = np.array(drawn["weights"]), np.array(drawn["assumptions"]["prior_yes"])
    order = np.argsort(prior)
    assert (np.diff(weight[order]) >= -1e-6).all(), "who was loud is likelier the likelier yes is"


def test_the_draws_are_played_forward(answers):
    drawn = answers["drawn"]
    prize, prior = (np.array(drawn["assumptions"][name]) for name in ("prize", "prior_yes"))
    belief = prior * 0.75 / (0.25 + prior / 2)
    going = 1.0 / (1.0 + 3.0 ** -(2 * prize * (2 * belief - 1.0)))
    (found,) = drawn["forecasts"]["high"]
    assert len(answers["forecasts"][0]["by"]) == 1 and drawn["draws"] == FORESEEN
    np.testing.assert_allclose(found, going, atol=0.06)  # a thousand paths


def test_without_draws_there_are_none():
    drawn = assess(tiny(CLAIMS), draws=0).to_json()["drawn"]
    assert drawn["draws"] == 0 and drawn["claims"] == {} and drawn["weights"] is None
