"""Structure in doubt: closed-form marginal likelihoods, the average by hand, mistakes, runs, pages, commands."""

from __future__ import annotations

import csv
import io
import json
import math

import numpy as np
import pytest
from scipy.stats import binom

import longgame
from longgame.answers.variants import flat_rows
from longgame.cli import main
from longgame.errors import ScenarioError
from longgame.inference.structure import log_marginal, posterior_weights, weights_interval
from longgame.run.plan import fewer
from longgame.run.solver import points
from longgame.run.study import Study
from longgame.scenario.expand import observations_of
from longgame.scenario.load import all_problems, loads, with_values
from longgame.scenario.overlays import variants_of
from longgame.scenario.schema import json_schema
from longgame.scenario.variants import Variant
from tests.run.runs import CLAIMS
from tests.tiny import TEXT, tiny

# B was loud: with P(yes) = p and a precision of log 3 that had the chance 3/4 p + 1/4 (1 - p); with log 9, 9/10 and
# 1/10. `poor` leaves both alone and makes the prize too small for the claim `rich`, which asks for more than 1.8.
VARIANTS = """
variants:
  sharp: {p: 0.3, says: B sees its interest better., actors: {b: {lambda: log(9)}}}
  poor:
    p: 0.2
    assumptions: {prize: {value: 0.8}, loud_cost: {value: 0, range: [-0.5, 0.5], source: a test}}
    period:
      - move: tell
        by: b
        options: {loud: {pay: {b: 1 - loud_cost if h == yes else -1}}, quiet: {}}
"""
PRIOR = np.array([0.5, 0.3, 0.2])


@pytest.fixture(scope="module")
def scenario():
    return tiny(CLAIMS + VARIANTS)


@pytest.fixture(scope="module")
def found(scenario):
    return longgame.variants(scenario, draws=64, seed=5)


# --- weights ----------------------------------------------------------------------------------------------------------


def test_weights_are_bayes_rule_over_means():
    logs = np.log([0.2, 0.4, 0.6])
    assert log_marginal(logs) == pytest.approx(math.log(0.4))
    assert log_marginal(np.array([*logs, np.nan])) == pytest.approx(math.log(0.4))  # not solved: left out
    assert log_marginal(np.array([*logs, -np.inf])) == pytest.approx(math.log(0.3))  # ruled out: counts with nothing
    weights = posterior_weights(np.array([0.5, 0.5]), np.log([0.1, 0.3]))
    assert weights == pytest.approx([0.25, 0.75])
    assert posterior_weights(np.array([0.5, 0.5]), np.array([-900.0, np.nan])) == pytest.approx([1.0, 0.0])


def test_the_interval_is_that_of_a_share_of_the_draws():
    """Half of 400 draws could have seen the evidence, and each of 7 draws of the other variant, with a half."""
    logs = np.where(np.arange(400) % 2 == 0, 0.0, -np.inf)
    low, high = weights_interval(np.array([0.5, 0.5]), [logs, np.full(7, math.log(0.5))], seed=1)
    counts = binom(400, 0.5).ppf([0.05, 0.95]) / 400
    assert [low[0], high[0]] == pytest.approx(counts / (counts + 0.5), abs=0.003)
    assert low[0] + high[1] == pytest.approx(1.0)


def test_the_interval_holds_the_weight_and_knows_that_draws_are_the_same():
    rng = np.random.default_rng(1)
    logs = rng.normal(0.0, 1.5, size=40)
    prior = np.array([0.5, 0.5])
    low, high = weights_interval(prior, [logs, logs + math.log(3.0)], seed=2)
    assert low == pytest.approx([0.25, 0.75]) and high == pytest.approx([0.25, 0.75])  # alike in every sample
    other = rng.normal(math.log(3.0), 1.5, size=41)
    low, high = weights_interval(prior, [logs, other], seed=2)
    weights = posterior_weights(prior, np.array([log_marginal(logs), log_marginal(other)]))
    assert (low < weights).all() and (weights < high).all() and (high - low > 0.05).all()


def test_at_the_given_values_the_likelihoods_have_their_closed_form(scenario):
    row = longgame.variants(scenario, draws=0).variants
    chances = np.array([0.5, 0.5, 0.5])  # an even prior: 3/4 and 1/4, or 9/10 and 1/10, make a half
    np.testing.assert_allclose([one.log_evidence for one in row.variants], np.log(chances), atol=1e-9)
    np.testing.assert_allclose([one.posterior for one in row.variants], PRIOR, atol=1e-9)
    surer = with_values(scenario, {"prior_yes": 0.75})
    row = longgame.variants(surer, draws=0).variants
    chances = np.array([0.625, 0.7, 0.625])
    np.testing.assert_allclose([one.log_evidence for one in row.variants], np.log(chances), atol=1e-9)
    np.testing.assert_allclose(
        [one.posterior for one in row.variants], PRIOR * chances / (PRIOR * chances).sum(), atol=1e-9
    )
    assert row.weighed_by == "given values" and row.variants[0].low is None


def test_over_draws_the_likelihood_is_the_mean_of_its_closed_form(scenario, found):
    """Every variant is tried on the same draws; the one with an assumption of its own has a column more."""
    row, made = found.variants, variants_of(scenario)
    assert [one.name for one in row.variants] == ["base", "sharp", "poor"] and row.weighed_by == "draws"

    def drawn(one):
        study = Study.of(one)
        return dict(zip(one.assumptions, points(study, 0, 64, 5).T, strict=True))

    base, sharp, poor = drawn(scenario), drawn(made["sharp"]), drawn(made["poor"])
    np.testing.assert_array_equal(base["prior_yes"], sharp["prior_yes"])
    np.testing.assert_array_equal(base["prior_yes"], poor["prior_yes"])
    yes = base["prior_yes"]
    loud = 1.0 / (1.0 + 3.0 ** -(1.0 - poor["loud_cost"]))
    likelihood = [0.75 * yes + 0.25 * (1 - yes), 0.9 * yes + 0.1 * (1 - yes), loud * yes + 0.25 * (1 - yes)]
    means = np.array([one.mean() for one in likelihood])
    np.testing.assert_allclose([one.log_evidence for one in row.variants], np.log(means), atol=1e-6)
    np.testing.assert_allclose(
        [one.posterior for one in row.variants], PRIOR * means / (PRIOR * means).sum(), atol=1e-6
    )
    assert all(one.low <= one.posterior <= one.high and one.valid == 64 for one in row.variants)


def test_the_average_is_that_by_hand(scenario, found):
    row = found.variants
    weight = {one.name: one.posterior for one in row.variants}
    prior = {one.name: one.prior for one in row.variants}
    assert prior == pytest.approx({"base": 0.5, "sharp": 0.3, "poor": 0.2})
    for claim in row.claims:
        if claim.id == "spoken":  # it has no answer anywhere: B speaks no more
            assert all(one.verdict == "no answer" for one in claim.variants.values())
            continue
        weighed = sum(weight[name] * one.share_weighted for name, one in claim.variants.items())
        assert claim.average == pytest.approx(weighed, abs=1e-9)
        assert claim.average_prior == pytest.approx(sum(prior[n] * one.share for n, one in claim.variants.items()))
    rich = next(claim for claim in row.claims if claim.id == "rich")
    prize = points(Study.of(scenario), 0, 64, 5)[:, 0]
    assert rich.variants["base"].share == (2.0 * prize > 1.8).mean()
    assert rich.variants["poor"].margin == pytest.approx(1.6 - 1.8) and rich.turns_in == {"poor": "fails"}


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_no_claim_is_said_to_follow_without_the_variant_in_which_it_turns(scenario):
    answers = longgame.assess(scenario, draws=(64, 16), seed=5).to_json()
    claims = {row["id"]: row for row in answers["claims"]}
    assert claims["rich"]["verdict"] == "follows" and claims["rich"]["turns_in"] == {"poor": "fails"}
    assert claims["early"]["turns_in"] == {} or claims["early"]["verdict"] != "follows"
    assert [row["valid"] for row in answers["variants"]["variants"]] == [64, 16, 16]
    light = scenario.model_copy(
        update={"variants": {name: one.model_copy(update={"p": 0.05}) for name, one in scenario.variants.items()}}
    )
    claims = {row["id"]: row for row in longgame.assess(light, draws=0).to_json()["claims"]}
    assert claims["rich"]["turns_in"] == {}  # at a twentieth of the weight it is not said


def test_rests_on_says_that_a_claim_rests_on_structure(scenario, tmp_path):
    alone = longgame.rests_on(scenario, "rich", draws=(20, 8))
    assert alone.turns_in == {"poor": "fails"}
    said = "It rests on structure: it fails in poor, with 20% of the weight together."
    assert alone.notes[0] == said
    longgame.assess(scenario, draws=20, folder=tmp_path / "run")
    (tmp_path / "run" / "answers.json").write_text(
        json.dumps(longgame.assess(scenario, draws=20).to_json()), encoding="utf-8"
    )
    assert longgame.rests_on(tmp_path / "run", "rich").notes[0] == said
    assert longgame.rests_on(scenario, "bold", draws=4).turns_in == {}


def test_a_variant_in_which_the_evidence_cannot_be_weighs_nothing():
    given = tiny("variants: {mute: {p: 0.5, actors: {b: {lambda: 0}}, period: [{move: tell, by: b, when: prize > 9,"
                 " options: {loud: {}, quiet: {}}}]}}\n" + CLAIMS)  # fmt: skip
    row = longgame.variants(given, draws=4).variants
    assert [one.posterior for one in row.variants] == pytest.approx([1.0, 0.0])
    assert row.weighed_by == "draws" and "which has no chance" in row.variants[1].note
    assert all(claim.variants["mute"] is None for claim in row.claims)


# --- the language -----------------------------------------------------------------------------------------------------


def test_variants_are_read_written_and_built(scenario):
    assert loads(longgame.dump(scenario)) == scenario
    made = variants_of(scenario)
    assert made["sharp"].actors["b"].lambda_.text == "log(9)" and not made["sharp"].variants
    assert list(made["poor"].assumptions) == ["prize", "prior_yes", "fixed", "loud_cost"]
    assert made["sharp"].evidence == scenario.evidence and made["sharp"].payoffs == scenario.payoffs
    built = tiny(CLAIMS).model_copy(update={"variants": {"sharp": Variant(p=0.3, changes={"solver": {"lattice": 6}})}})
    assert variants_of(built)["sharp"].solver.lattice == 6
    assert variants_of(with_values(scenario, {"prior_yes": 0.3}))["sharp"].assumptions["prior_yes"].value == 0.3
    wrong = built.model_copy(update={"variants": {"sharp": Variant(p=0.3, changes={"solvr": {}})}})
    with pytest.raises(ScenarioError, match="in the variant `sharp`"):
        variants_of(wrong)


MISTAKES = {
    "solver: {noise: tasts}": ("unknown-value", "solver.noise", "`tasts`"),
    "solvr: {lattice: 3}": ("unknown-key", "solvr", "`solvr`"),
    "payoffs: {a: pride}": ("unknown-name", "payoffs.a", "`pride`"),
    "claims: {ritch: null}": ("nothing-to-remove", None, "`ritch`"),
    "clock: {period: 3}": ("unknown-key", "clock.period", "`period`"),
    "hidden: {h: {values: {yes: 0.5, no: 0.6}}}": ("odds-sum", "hidden.h.values", "1.1"),
}


@pytest.mark.parametrize("overlay", MISTAKES)
def test_mistakes_of_an_overlay_stand_at_their_place_and_name_the_variant(overlay):
    code, path, found = MISTAKES[overlay]
    text = TEXT + CLAIMS + f"variants:\n  other: {{p: 0.3, {overlay}}}\n"
    problems = [problem for problem in all_problems(text, "tiny.yaml") if problem.severity == "error"]
    assert [problem.code for problem in problems] == [code], problems
    assert problems[0].found == f"{found}, in the variant `other`"
    assert problems[0].where.line == text.count("\n")
    assert path is None or problems[0].where.path == f"variants.other.{path}"


def test_what_a_variant_takes_away_is_missed_where_it_is_used():
    text = TEXT + CLAIMS + "variants: {other: {p: 0.3, postures: null}}\n"
    problems = [problem for problem in all_problems(text, "tiny.yaml") if problem.severity == "error"]
    claim = text.split("\n").index('  bold: {says: A should be bold., holds: "lead(a, bold) > 0"}') + 1
    assert [problem.where.line for problem in problems] == [claim]
    assert problems[0].where.path == "variants.other.claims.bold.holds" and "variant `other`" in problems[0].found


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("a: {p: 0, solver: {lattice: 3}}", "variant-weight"),
        ("a: {p: 0.5, solver: {lattice: 3}}, b: {p: 0.5, solver: {lattice: 2}}", "variant-weight"),
        ("base: {p: 0.5, solver: {lattice: 3}}", "reserved-name"),
        ("a: {p: 0.5, evidence: []}", "variant-key"),
        ("a: {p: 0.5, variants: {}}", "variant-key"),
        ("a: {p: 0.5}", "variant-key"),
        ("a: {solver: {lattice: 3}}", "missing-key"),
    ],
)
def test_weights_and_keys_are_checked(block, code):
    errors = [problem for problem in all_problems(TEXT + f"variants: {{{block}}}\n") if problem.severity == "error"]
    assert [problem.code for problem in errors] == [code]


def test_a_mistake_of_the_scenario_itself_is_said_once():
    text = TEXT.replace("c: -(x == high)\nend", "c: -(x == hihg)\nend") + VARIANTS
    errors = [problem for problem in all_problems(text) if problem.severity == "error"]
    assert len(errors) == 1 and "variant" not in errors[0].found


def test_dates_are_read_by_the_clock_of_the_variant():
    given = loads("""
title: Dates
clock: {start: 2025-03, step: 1 month, periods: 2}
actors: {a: {rationality: 5, per: decision, discount: 0.9}}
state: {x: {values: [low, high], start: low}}
period: [{move: pick, by: a, options: {stay: {}, go: {set: {x: high}}}}]
payoffs: {a: x == high}
evidence: [{on: 2025-04-10, move: pick, took: go, source: a test}]
claims: {it: {says: It is high., holds: "chance(x == high) > 0.5"}}
variants:
  fine: {p: 0.3, clock: {step: 2 weeks, periods: 4}}
  later: {p: 0.3, clock: {step: 1 week, then: [{step: 1 quarter, periods: 2}]}}
""")
    assert [seen.period for seen in observations_of(given)] == [1]
    later = variants_of(given)["later"]
    assert (later.clock.periods, [seen.period for seen in observations_of(later)]) == (4, [2])
    assert [seen.period for seen in observations_of(variants_of(given)["fine"])] == [2]
    assert [one.valid for one in longgame.variants(given, draws=0).variants.variants] == [0, 0, 0]


def test_the_schema_knows_the_keys_of_an_overlay():
    variant = json_schema()["$defs"]["Variant"]
    assert variant["required"] == ["p"] and not variant["additionalProperties"]
    assert {"clock", "solver", "p", "says"} <= variant["properties"].keys()
    assert not {"evidence", "variants", "outcomes"} & variant["properties"].keys()


# --- runs, pages, commands --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(scenario, tmp_path_factory):
    path = tmp_path_factory.mktemp("variants") / "tiny.yaml"
    path.write_text(longgame.dump(scenario), encoding="utf-8")
    return path


def test_a_run_keeps_the_draws_of_its_variants_and_goes_on_with_them(file, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["run", str(file), "--draws", "24", "--out", str(out)]) == 0
    assert "rests on structure" in capsys.readouterr().out
    before = json.loads((out / "answers.json").read_text())
    chunks = sorted((out / "variants").glob("*/chunks/*.npz"))
    assert {chunk.parent.parent.name for chunk in chunks} == {"sharp", "poor"}
    assert [row["draws"] for row in before["variants"]["variants"]] == [24, fewer(24), fewer(24)] == [24, 6, 6]
    kept = {chunk: chunk.stat().st_mtime_ns for chunk in chunks[1:]}
    chunks[0].unlink()
    (out / "answers.json").unlink()
    assert main(["resume", str(out)]) == 0
    after = json.loads((out / "answers.json").read_text())
    assert after["variants"] == before["variants"] and after["claims"] == before["claims"]
    assert chunks[0].exists() and {chunk: chunk.stat().st_mtime_ns for chunk in kept} == kept
    # A new run in its place takes away what it wrote, and nothing of the old one is taken for its own.
    assert main(["run", str(file), "--draws", "24", "--seed", "9", "--variant-draws", "4", "--out", str(out)]) == 0
    anew = json.loads((out / "answers.json").read_text())
    assert [row["draws"] for row in anew["variants"]["variants"]] == [24, 4, 4]
    capsys.readouterr()
    assert main(["variants", str(out)]) == 0
    assert "rich" in capsys.readouterr().out
    assert 'id="structure"' in (out / "report.html").read_text()


def test_the_command_prints_a_table_csv_and_json(file, capsys):
    assert main(["variants", str(file), "--draws", "8"]) == 0
    out = capsys.readouterr().out
    assert "What the evidence makes of each variant" in out and "as written" in out and "Turns in" in out
    assert main(["variants", str(file), "--draws", "8", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 4 * 3 and rows[2]["variant"] == "poor" and rows[2]["turns"] == "True"
    assert main(["variants", str(file), "--draws", "8", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in found["variants"]["variants"]] == ["base", "sharp", "poor"]
    assert len(flat_rows(found["variants"])) == 12
    assert main(["claims", str(file), "--draws", "0"]) == 0
    assert "follows; fails in poor" in capsys.readouterr().out


def test_a_scenario_without_variants_says_how_to_write_them(capsys):
    assert main(["variants", "truce-on-offer"]) == 2
    assert "expected a scenario with `variants`" in capsys.readouterr().err
