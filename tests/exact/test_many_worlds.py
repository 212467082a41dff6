"""A game with more worlds than a lattice of beliefs holds: solved exactly where it is small, and else refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.cli import main
from longgame.cli.output import Exit
from longgame.errors import ScenarioError
from longgame.run.estimation import Estimation
from longgame.run.study import Study
from longgame.scenario.case_file import CaseFile
from longgame.scenario.load import loads

KINDS = {"cheap": 0.35, "fair": 0.25, "dear": 0.4}
SIZES = {"cheap": 3, "fair": 4, "dear": 5}


def joining(values: Mapping[str, float], periods: int = 2) -> str:
    """North, who alone knows its cost, speaks; South joins or waits. A value is called by its kind and a number."""
    prior = ", ".join(f"{name}: {p!r}" for name, p in values.items())

    def are(kind: str) -> str:
        return " or ".join(f"cost == {name}" for name in values if name.startswith(kind))

    return f"""
title: A joint venture
clock: {{start: 2025, step: 1 year, periods: {periods}}}
actors:
  north: {{rationality: 3, per: decision, discount: 0.9}}
  south: {{rationality: 3, per: decision, discount: 0.9}}
assumptions:
  benefit: {{value: 1, range: [0.5, 2], source: judgement, because: An example.}}
state:
  joint: {{values: [apart, done], start: apart}}
hidden:
  cost: {{known_to: [north], values: {{{prior}}}, source: judgement, because: Nobody else can see it.}}
period:
  - move: speak
    by: north
    when: joint == apart
    options: {{loud: {{pay: {{north: "-1 if {are("cheap")} else -2 if {are("fair")} else -4"}}}}, quiet: {{}}}}
  - move: join
    by: south
    when: joint == apart
    options: {{join: {{set: {{joint: done}}}}, wait: {{}}}}
payoffs:
  north: (joint == done) * benefit
  south: (joint == done) * (1 if {are("cheap")} else 0.1 if {are("fair")} else -0.8)
evidence:
  - {{on: 2025, move: speak, took: loud, source: An example.}}
claims:
  joins: {{says: South joins., holds: chance(joint == done) > 0.5}}
"""


MANY = {f"{kind}{n}": p / SIZES[kind] for kind, p in KINDS.items() for n in range(SIZES[kind])}
TWELVE = joining(MANY)


QUESTIONS = "value(north)", "value(south)", "chance(joint == done)", "choice(speak.loud)", "worth(north, speak.loud)"


@pytest.mark.parametrize("question", QUESTIONS)
def test_values_that_differ_in_nothing_are_one(question):
    """Twelve worlds of three kinds are the game of three worlds."""
    three, twelve = (longgame.ask(loads(text), question) for text in (joining(KINDS), TWELVE))
    assert twelve["value"] == pytest.approx(three["value"], abs=1e-8)
    kinds = "cost == cheap0 or cost == cheap1 or cost == cheap2"
    belief = longgame.ask(loads(TWELVE), f"belief({kinds})")["value"]
    assert belief == pytest.approx(longgame.ask(loads(joining(KINDS)), "belief(cost == cheap)")["value"], abs=1e-8)
    assert abs(belief - KINDS["cheap"]) > 0.01  # what was said has told something


def test_a_run_of_draws_is_solved_exactly_too():
    three, twelve = (longgame.assess(loads(text), draws=8) for text in (joining(KINDS), TWELVE))
    assert twelve.solver.exact
    for one, other in zip(twelve.claims, three.claims, strict=True):
        assert (one.margin, one.share) == pytest.approx((other.margin, other.share), abs=1e-8)


ESTIMATE = """
estimate:
  formulas: {benefit: const}
  coefficients: {benefit.const: {start: 1}}
  evidence:
    - column: went
      means: {agreed: {speak: loud, join: join}, in_vain: {speak: loud, join: wait}, quiet: {speak: quiet}}
"""


def test_an_estimate_takes_them():
    found = []
    for values in (KINDS, MANY):
        text = joining(values, periods=1)
        cases = CaseFile("cases", {"went": ["agreed"] * 30 + ["in_vain"] * 10 + ["quiet"] * 60}, list(range(2, 102)))
        fit = Estimation.of(loads(text[: text.index("evidence:")] + ESTIMATE), cases).fit(searches=1)
        assert fit.maximum.converged
        found.append([fit.maximum.beta[0], fit.standard_error[0]])
    assert found[1] == pytest.approx(found[0], abs=1e-6)


def test_what_is_too_large_to_be_solved_exactly_is_refused():
    many = {f"cheap{n}": 0.05 for n in range(4)} | {f"fair{n}": 0.1 for n in range(4)} | {"dear": 0.4}
    with pytest.raises(ScenarioError) as caught:
        Study.of(loads(joining(many, periods=40)))
    [problem] = caught.value.problems
    assert problem.code == "too-many-worlds" and problem.found == "9"
    assert "solved exactly" in problem.fix and problem.where.line is not None
    assert np.isclose(sum(many.values()), 1.0)


def test_verify_has_no_lattice_to_verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "twelve.yaml"
    file.write_text(TWELVE, encoding="utf-8")
    assert main(["verify", str(file)]) == Exit.BAD_INPUT
    assert "too-many-worlds" in capsys.readouterr().err
