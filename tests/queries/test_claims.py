"""Claims: bound once, judged in any draw; they hold, fail, or have no answer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from longgame.answers.claims import spread
from longgame.errors import QuestionError
from longgame.queries.binding import Binder
from longgame.queries.claims import atoms_of, bind_claims, judge, shown
from longgame.queries.questions import look_up
from longgame.run.study import Study
from longgame.scenario.formulas import Question
from longgame.scenario.model import Claim
from tests.tiny import tiny

CLAIMS = """
claims:
  heard:
    says: A believes B.
    holds: belief(h == yes) > 0.7
    shows: {before: prior(h == yes), after: belief(h == yes), likely: belief(h == yes) > 0.5}
  before:
    says: The same, asked before B has spoken.
    at: start
    holds: belief(h == yes) > 0.7
  rich:
    says: The prize is large.
    holds: worth(a, pick.go, than=pick.stay, given=h == yes) > 1.8
  spoken:
    says: B will speak again.
    holds: choice(tell.loud) > 0.5
"""


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.of(tiny(CLAIMS))


def verdicts(study, **assumptions):
    claims = study.claims
    case = study.draw(study.game.theta(assumptions)).case
    found = look_up(case, atoms_of(question for claim in claims for question in claim.questions))
    return {claim.id: judge(claim, found) for claim in claims}, {claim.id: shown(claim, found) for claim in claims}


def test_verdicts_at_the_base_case(study):
    found, labels = verdicts(study)
    assert found["heard"].holds is True and found["heard"].margin == pytest.approx(0.05)
    assert found["before"].holds is False and found["before"].margin == pytest.approx(-0.2)
    assert found["rich"].holds is True and found["rich"].margin == pytest.approx(0.2)
    assert {label: answer.value for label, answer in labels["heard"].items()} == pytest.approx(
        {"before": 0.5, "after": 0.75, "likely": 1.0}
    )
    assert labels["heard"]["likely"].truth is True


def test_a_claim_without_an_answer_says_why(study):
    found, _ = verdicts(study)
    assert found["spoken"].holds is None and math.isnan(found["spoken"].margin)
    assert "`tell` cannot come up" in found["spoken"].reasons[0]


@pytest.mark.parametrize(
    ("assumptions", "claim", "holds"),
    [
        ({"prize": 0.8}, "rich", False),
        ({"prize": 1.4}, "rich", True),
        ({"prior_yes": 0.3}, "heard", False),
        ({"prior_yes": 0.7}, "before", False),
        ({"prior_yes": 0.72}, "before", True),
    ],
)
def test_claims_turn_with_the_assumptions_that_they_rest_on(study, assumptions, claim, holds):
    found, _ = verdicts(study, **assumptions)
    assert found[claim].holds is holds


def test_mistakes_in_claims_are_placed_in_the_file(study):
    binder = Binder(tiny(CLAIMS), study.game)
    wrong = {"heard": Claim(says="", holds=Question("belief(h == maybe) > 0.7"))}
    with pytest.raises(QuestionError) as caught:
        bind_claims(binder, wrong)
    where = caught.value.problems[0].where
    assert where.path == "claims.heard.holds" and where.line is not None


def test_a_number_is_no_claim(study):
    with pytest.raises(QuestionError, match="true or false"):
        bind_claims(study.binder, {"number": Claim(says="", holds=Question("value(a)"))})


def test_a_margin_that_does_not_vary_has_no_spread():
    assert spread(np.array([0.1, 0.1 + 1e-9, math.nan])) == 0.0  # what the solver leaves open in a draw
    assert spread(np.array([0.1, 0.2])) == pytest.approx(0.05)
    assert spread(np.array([0.1, math.nan])) is None
