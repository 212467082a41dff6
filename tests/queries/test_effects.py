"""What is said of a claim beside its verdict: a prior that decides it, postures and changes without effect."""

from __future__ import annotations

import pytest

from longgame.queries.claims import atoms_of
from longgame.queries.effects import remarks
from longgame.run.study import Study
from longgame.scenario.load import loads
from tests.tiny import TEXT

CLAIM = """
claims:
  it:
    says: A sentence.
    at: %s
    holds: %s
"""
QUIET = TEXT.replace("took: loud", "took: quiet")


def said(holds: str, at: str = "now", text: str = TEXT) -> list[str]:
    study = Study.of(loads(text + CLAIM % (at, holds)))
    [claim] = study.claims
    found = study.draw().look_up(atoms_of((*claim.questions, *claim.beside.questions)))
    return list(remarks(claim.holds, claim.beside, found))


def test_a_claim_that_the_prior_decides_against_the_evidence():
    """B was quiet, which speaks for no: from 1/2 the belief in yes fell to 1/4."""
    assert said("belief(h == yes) > 0.2", text=QUIET) == [
        "It holds by the prior alone, against the evidence: before any evidence its margin was +0.3, now it is +0.05."
    ]
    assert said("belief(h == yes) > 0.2") == []  # loud: for it
    assert said("belief(h == yes) > 0.3", text=QUIET) == []  # it does not hold any more
    assert said("belief(h == yes) > 0.2", at="start", text=QUIET) == []


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        ("value(b, under=a.bold) < 5", ["the posture a.bold changes nothing"]),
        ("value(a, under=a.bold) > value(a, under=a.safe)", []),
        ("chance(x == high, after=calm) > 0.5", ["calm changes nothing: it is 0.75 with it and 0.75"]),
        ("chance(x == high, after=boost) > 0.5", []),
        ("worth(a, calm) > -1", ["the change is worth nothing to a"]),
        ("worth(a, boost) > -1", []),
        ("value(a) > min(prize, -3)", ["The assumption prize, which it names, changes nothing in it."]),
        ("value(a) > min(prize, 1)", []),  # half a prize does
        ("value(a) > prize / 2", []),
        ("lead(b, one) > -1", ["one is no better and no worse than the next best to b"]),
    ],
)
def test_what_has_no_effect(holds, expected):
    text = TEXT.replace("postures:\n", "postures:\n  b:\n    one: {tell: [loud]}\n    two: {tell: [quiet]}\n")
    found = said(holds, text=text)
    assert len(found) == len(expected) and all(one in sentence for one, sentence in zip(expected, found, strict=True))
