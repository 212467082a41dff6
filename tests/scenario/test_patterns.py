"""The patterns of `longgame new`: sound without a warning, solved in seconds, with claims that could go either way."""

from __future__ import annotations

import re
from functools import cache

import pytest

import longgame
from longgame.answers import checkup
from longgame.answers.verdicts import LEAST_DRAWS
from longgame.errors import ScenarioError
from longgame.scenario.patterns import DEFAULT, begun, patterns, text_of

KINDS = {
    "crisis-bargaining",
    "party-in-the-dark",
    "truce-on-offer",
    "sanctions",
    "alliance-trust",
    "mediation",
    "labour-dispute",
    "joint-accord",
}
every_pattern = pytest.mark.parametrize("pattern", sorted(KINDS))


@cache
def scenario(pattern: str):
    return longgame.loads(begun("my-case", pattern), "my-case.yaml")


def test_there_are_these():
    assert set(patterns()) == KINDS and DEFAULT in KINDS
    assert all(said["about"] and said["answers"].endswith("?") and said["fits"] for said in patterns().values())


@every_pattern
def test_only_the_name_is_put_in(pattern):
    kept, new = text_of(pattern), begun("my-case", pattern)
    assert kept.count("NAME") == 2 and kept.count("TITLE") == 1
    assert new == kept.replace("NAME", "my-case").replace("TITLE", "My case")
    assert 'title: "My case"\n' in new and "longgame run my-case.yaml" in new


@every_pattern
def test_reads_as_an_assessment(pattern):
    """First what it answers, when it fits, what to change; not too long, no line too wide, and all of it said."""
    text = text_of(pattern)
    assert re.match(r"# .+\n#\n# Answers .+\?\n# Fits .+\n# Change first  1\. (.+\n# +)+", text)
    lines = text.splitlines()
    assert 60 <= len(lines) <= 125 and max(map(len, lines)) <= 125
    made = scenario(pattern)
    assert all(actor.says and actor.per == "decision" for actor in made.actors.values())
    assert all(one.source and one.because and (one.range or one.distribution) for one in made.assumptions.values())
    assert all(hidden.says and hidden.known_to for hidden in made.hidden.values()) and made.hidden
    assert made.evidence and made.postures and made.forecasts
    assert 4 <= len(made.claims) <= 6 and all(claim.says.endswith(".") for claim in made.claims.values())


@every_pattern
def test_precision_is_doubted(pattern):
    precision = scenario(pattern).assumptions["precision"].distribution
    assert precision is not None and precision.loguniform is not None


@every_pattern
def test_sound_without_a_warning(pattern, tmp_path):
    path = tmp_path / "my-case.yaml"
    path.write_text(begun("my-case", pattern), encoding="utf-8")
    _, warnings = longgame.read(path)
    _, size, more = longgame.describe(scenario(pattern))
    found = checkup.checkup(scenario(pattern))
    assert [str(problem) for problem in (*warnings, *more, *found.problems)] == []
    assert 2 <= size["worlds"] <= 4


@every_pattern
def test_claims_go_either_way(pattern):
    """None is built in, and not all say the same. So they rest on numbers that a reader may dispute."""
    answers = longgame.assess(scenario(pattern), draws=LEAST_DRAWS + 5, seed=3)
    assert {claim.verdict for claim in answers.claims} == {"follows", "fails"}
    assert all(claim.firmness != "built in" for claim in answers.claims)
    assert any(claim.firmness in ("contested", "leaning") for claim in answers.claims)
    assert answers.solver.unconverged == 0


@every_pattern
def test_round_trip(pattern):
    made = scenario(pattern)
    assert longgame.loads(longgame.dump(made)) == made


@pytest.mark.parametrize("name", ["", "no-such", "../teaching/truce-on-offer", "crisis-bargaining.yaml"])
def test_no_other_pattern(name):
    with pytest.raises(ScenarioError, match=r"\[no-such-pattern\].*(crisis-bargaining|Did you mean)"):
        text_of(name)


def test_a_word_of_the_name_is_no_place_for_another():
    assert "check TITLE-NAME.yaml" in begun("TITLE-NAME")
