"""Bundles of clauses: which there are, and what each is worth, against deals priced one by one and sums by hand."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest

import longgame
from longgame.answers.priced import clauses
from longgame.cli import main
from longgame.queries.bundles import called
from longgame.scenario.bundles import bundles_of
from longgame.scenario.load import all_problems

CASE = """
title: Two neighbours and a fence
clock: {periods: 2}
actors:
  ann: {lambda: 1, discount: 0.5}
  ben: {lambda: 1, discount: 0.5}
  cat: {lambda: 1, discount: 0.5}
state:
  fence: {values: [none, low, high], start: none}
  tree: {values: [stands, felled], start: stands}
  seen: {values: ["no", "yes"], start: "no"}
hidden:
  mood: {known_to: [ann], values: {calm: 0.25, cross: 0.75}}
period:
  - move: look
    by: ann
    options: {look: {set: {seen: "yes"}}, wait: {}}
payoffs:
  ann: 2 * (fence == high) + (fence == low) - 3 * (tree == felled)
  ben: 4 * (tree == felled) - (fence == high) - 2 * (fence == low) * (mood == cross)
  cat: -1 * (tree == felled)
end_values: {ann: 0, ben: 0, cat: 0}
clauses:
  fence: [low, high]
  tree: felled
  sum: {from: ben, to: ann, amounts: [1, 2], needs: tree}
  feast: {pay: {cat: 1, ann: 0.5 * (mood == calm)}, excludes: sum}
"""
LEVEL = 1.5  # one period's payoff now and half of it the next


@pytest.fixture(scope="module")
def priced():
    return clauses(longgame.loads(CASE), between=["ann", "ben"])


def test_every_bundle_that_may_be_is_there_once():
    names = [called(bundle) for bundle in bundles_of(longgame.loads(CASE))]
    assert len(names) == len(set(names)) == 3 * (2 * 2 + 2) - 1  # any fence; with or without tree and feast, or a sum
    assert "fence=low + tree=felled + sum 2" in names and "tree=felled + feast" in names
    assert not any("sum" in name and ("tree=felled" not in name or "feast" in name) for name in names)


def test_worth_by_hand(priced):
    rows = {row["bundle"]: row for row in priced.rows()}
    row = rows["fence=high + tree=felled + sum 2"]
    assert [row["ann"], row["ben"], row["cat"]] == pytest.approx([-LEVEL + 2, 3 * LEVEL - 2, -LEVEL])
    low = rows["fence=low"]
    assert low["ben if calm"] == pytest.approx(0.0)
    assert low["ben if cross"] == pytest.approx(-2 * LEVEL)
    assert low["ben"] == pytest.approx(-2 * LEVEL * 0.75)
    assert rows["feast"]["ann"] == pytest.approx(0.125) and rows["feast"]["ann if calm"] == pytest.approx(0.5)


def test_bundles_cost_what_deals_cost(priced):
    text = CASE + "deals:\n  swap: {fence: high, tree: felled, pay: {ann: 2, ben: -2}}\n"
    found = longgame.examine(longgame.loads(text), "deals")["deals"][0]
    row = next(row for row in priced.rows() if row["bundle"] == "fence=high + tree=felled + sum 2")
    assert {actor: row[actor] for actor in found["worth"]} == pytest.approx(found["worth"], abs=1e-12)


def test_what_is_said_of_the_bundles(priced):
    found = priced.to_json()["bundles"]
    group = found["groups"][0]
    rows = priced.rows()
    gain = [row for row in rows if row["ann"] > 0 and row["ben"] > 0]
    assert found["count"] == len(rows) == 17
    assert group["signed"] == len(gain)
    assert group["harmed"]["cat"] == pytest.approx(sum(row["cat"] < 0 for row in gain) / len(gain))
    best = max(gain, key=lambda row: row["ann"])
    assert group["best"]["ann"]["name"] == best["bundle"]
    product = max(gain, key=lambda row: row["ann"] * row["ben"])
    assert group["points"]["nash"]["name"] == product["bundle"]
    assert group["logrolling"] == []  # a felled tree and a high fence leave ann with a loss


def test_what_a_clause_adds_before_it_has_what_it_needs():
    """A sum without the felled tree is not in force: it adds nothing first, and what both bring second."""
    scenario = longgame.loads(CASE)
    bundle = "[sum == 1, tree == felled, fence == high]"
    found = {
        name: longgame.ask(scenario, f"shapley(ann, {name}, {bundle})")["value"] for name in ("tree", "sum", "fence")
    }
    assert found == pytest.approx({"tree": -3 * LEVEL + 0.5, "sum": 0.5, "fence": 2 * LEVEL})


@pytest.mark.parametrize(
    ("bundle", "said"),
    [
        ("[fence, tree]", "Known: fence == low, fence == high"),
        ("[fence == wide, tree]", "Known: fence == low, fence == high"),
        ("[fence == low, fence == high]", "`fence` twice"),
        ("[sum == 1, fence == low]", "without `tree`, which it needs"),
        ("[sum == 1, tree, feast]", "exclude each other"),
        ("[tree]", "a clause of the bundle: tree"),
        ("[]", "an empty list"),
        ("[fense]", "fence"),
    ],
)
def test_what_is_wrong_with_a_bundle_is_said(bundle, said):
    with pytest.raises(longgame.QuestionError, match=re.escape(said)):
        longgame.ask(longgame.loads(CASE), f"shapley(ann, fence, {bundle})")


def test_a_refused_wish_is_mended_by_the_nearest_bundle(priced):
    group = priced.to_json()["bundles"]["groups"][0]
    for party, (wish, *nearest) in group["mended"].items():
        assert wish["share"][party] == max(row[f"{party} as a share"] for row in priced.rows())
        assert any(effect != "gains" for actor, effect in wish["effect"].items() if actor in ("ann", "ben"))
        assert nearest and all(nearest[0]["effect"][actor] == "gains" for actor in ("ann", "ben"))


def test_the_command(tmp_path, capsys):
    file = tmp_path / "fence.yaml"
    file.write_text(CASE, encoding="utf-8")
    assert main(["clauses", str(file), "--between", "ann, ben"]) == 0
    assert "Between ann and ben" in " ".join(capsys.readouterr().out.split())
    assert main(["clauses", str(file), "--json", "--between", "ann,ben"]) == 0
    assert json.loads(capsys.readouterr().out)["bundles"]["count"] == 17
    assert main(["clauses", str(file), "--csv", "--between", "ann,ben"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 17 and np.isfinite(float(rows[0]["ann"]))
    assert main(["clauses", str(file), "--between", "ann,benn"]) == 2
    assert "`ben`" in capsys.readouterr().err
    assert main(["clauses", "take-it-or-leave-it"]) == 2
    assert "clauses" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("clause", "code", "said"),
    [
        ("fense: [low]", "unknown-variable", "`fence`"),
        ("fence: [lou]", "unknown-value", "`low`"),
        ("odd: {says: nothing}", "empty-clause", "`values`"),
        ("odd: {from: ben, amounts: [1]}", "missing-key", "`to`"),
        ("odd: {from: ben, to: bem, amounts: [1]}", "unknown-actor", "`ben`"),
        ("odd: {from: ben, to: ben, amounts: [1]}", "same-actor", "another actor"),
        ("odd: {set: {tree: felled}, needs: fense}", "unknown-clause", "`fence`"),
        ("odd: {set: {tre: felled}}", "unknown-variable", "`tree`"),
        ("odd: {pay: {bem: 1}}", "unknown-actor", "`ben`"),
        ("odd: {set: {tree: burnt}}", None, "tree"),
        ("odd: {from: ben, to: ann, amounts: [0]}", None, "more than 0"),
    ],
)
def test_what_is_wrong_with_a_clause_is_said_at_its_place(clause, code, said):
    text = CASE.split("clauses:")[0] + "clauses:\n" + ("" if clause.startswith("fen") else "  fence: low\n")
    text += f"  {clause}\n"
    found = [problem for problem in all_problems(text) if problem.severity == "error"]
    assert len(found) == 1 and found[0].where.line == text.count("\n")
    assert said in str(found[0]) and (code is None or found[0].code == code)


def test_too_many_bundles_are_refused():
    many = "clauses:\n" + "".join(f"  c{n}: {{pay: {{ann: 1}}}}\n" for n in range(20))
    scenario = longgame.loads(CASE.split("clauses:")[0] + many)
    with pytest.raises(longgame.ScenarioError, match="at most 200,000 bundles"):
        bundles_of(scenario)
