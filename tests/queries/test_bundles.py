"""Bundles of clauses: which there are, and what each is worth, against deals priced one by one and sums by hand."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest

import longgame
from longgame.answers.bundle_map import bundle_map, thinned
from longgame.answers.priced import clauses
from longgame.cli import main
from longgame.queries.bundles import BundleTable, called
from longgame.scenario.bundles import bundles_of
from longgame.scenario.dump import dump
from longgame.scenario.load import all_problems
from tests.choice.test_bargaining import BILLS, JACKS

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


def test_in_a_world_that_is_ruled_out_a_price_is_what_it_would_be_there():
    """There is a row only where Ann is cross, and there was one."""
    news = "  - {chance: news, outcomes: {row: {p: 0.5 * (mood == cross)}, quiet: {p: rest}}}\n  - move: look"
    text = CASE.replace("  - move: look", news) + "evidence: [{on: 1, chance: news, happened: row}]\n"
    rows = {row["bundle"]: row for row in clauses(longgame.loads(text), between=["ann", "ben"]).rows()}
    assert rows["feast"]["ann"] == pytest.approx(0.0) and rows["feast"]["ann if calm"] == pytest.approx(0.5)
    assert rows["fence=low"]["ben if calm"] == pytest.approx(0.0)


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
    assert found["no_stake"] == ["ann", "ben", "cat"]  # and what is said of them is in units of payoff
    assert found["clauses"][0]["alone"]["ann"] == rows[0]["ann"] != 0.0 and rows[0]["ann as a share"] is None
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


def test_the_map_shows_who_is_harmed(priced):
    group = priced.to_json()["bundles"]["groups"][0]
    figure = bundle_map(group)
    points = {point["name"]: point for point in figure.spec["data"]["values"]}
    rows = {row["bundle"]: row for row in priced.rows()}
    assert set(points) <= set(rows)
    for name, point in points.items():
        row = rows[name]
        assert (point["x"], point["y"]) == (row["ann"], row["ben"])  # nobody has a stake
        gains, loses = [row["ann"] > 1e-9, row["ben"] > 1e-9], [row["ann"] < -1e-9, row["ben"] < -1e-9]
        assert point["zone"] == (any(gains) and not any(loses))
        assert point["others"] == ("all others lose" if row["cat"] < -1e-9 else "no other loses")
    ends = {end["name"] for end in group["points"].values()}
    labels = [point["end"] for point in points.values() if point["end"]]
    assert ends <= set(points) and len(", ".join(labels).split(", ")) == len(group["points"])  # each rule once
    best = [(row["ann"], row["ben"]) for row in rows.values()]
    frontier = [p for p in best if not any(q[0] >= p[0] and q[1] >= p[1] and q != p for q in best)]
    assert set(frontier) <= {(point["x"], point["y"]) for point in points.values()}
    assert "nash" in figure.says.lower()


def test_a_map_of_many_bundles_stays_small():
    gains = np.random.default_rng(2).normal(size=(50_000, 2))
    shown = thinned(gains, [17])
    assert 17 in shown and len(shown) < 800


def test_the_nearest_bundle_that_serves_all_by_hand():
    """Of those in which one clause is another, that which is best for the first party; else one by which nobody loses.

    Two that lack a clause and have one more are as near, and what is better for ann is farther away.
    """
    bundles = list(bundles_of(longgame.loads(CASE)))
    place = {called(bundle): n for n, bundle in enumerate(bundles)}
    prices = np.full((len(bundles), 3, 3), -1.0)
    for name, gain in {"fence=high": 3.0, "fence=high + tree=felled + sum 2": 1.0, "fence=low": 10.0}.items():
        prices[place[name], :2] = gain
    wish, parties = place["fence=high + tree=felled"], ("ann", "ben")
    table = BundleTable(bundles, ("ann", "ben", "cat"), ("calm", "cross"), np.ones(3), prices)
    assert table.mended(wish, parties) == place["fence=high"]
    prices[:, 1] = np.minimum(prices[:, 1], 0.0)  # ben gains by none
    table = BundleTable(bundles, ("ann", "ben", "cat"), ("calm", "cross"), np.ones(3), prices)
    assert table.mended(wish, parties) == place["fence=high"]
    assert table.mended(wish, ("cat", "ann")) is None


def test_a_refused_wish_is_mended_by_the_nearest_bundle(priced):
    group = priced.to_json()["bundles"]["groups"][0]
    for party, (wish, *nearest) in group["mended"].items():
        assert wish["share"][party] == max(row[party] for row in priced.rows())
        assert any(effect != "gains" for actor, effect in wish["effect"].items() if actor in ("ann", "ben"))
        assert nearest and all(nearest[0]["effect"][actor] == "gains" for actor in ("ann", "ben"))


def test_without_a_bundle_that_all_sign_the_nearest_by_which_none_loses_is_told():
    """Cat is indifferent to all that serves Ann and Ben."""
    text = CASE.replace("cat: -1 * (tree == felled)", "cat: 0 * (tree == felled)").replace("{cat: 1, ", "{")
    group = clauses(longgame.loads(text), between=["ann", "ben", "cat"]).to_json()["bundles"]["groups"][0]
    assert group["signed"] == 0 and group["zone"] > 0 and group["mended"]["ann"]
    for _, nearest in group["mended"].values():
        effects = [nearest["effect"][actor] for actor in ("ann", "ben", "cat")]
        assert "loses" not in effects and "gains" in effects


def test_where_no_bundle_serves_all_it_is_said_where_one_would_and_what_each_would_like(tmp_path, capsys):
    """A low fence alone costs Ben 2 in the cross world, nothing in the calm one."""
    file = tmp_path / "fence.yaml"
    file.write_text(CASE.split("clauses:")[0] + "clauses:\n  fence: low\n", encoding="utf-8")
    [group] = clauses(longgame.load(file), between=["ann", "ben"]).to_json()["bundles"]["groups"]
    assert group["zone"] == 0 and group["zones"] == {"calm": 1, "cross": 0}
    assert main(["clauses", str(file), "--between", "ann,ben"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "the only bundle is not better for them than none at all. - If it were known: 1 if calm." in said
    assert "ann would like fence=low best, which ben would not sign" in said


GOODS = """
title: Bill and Jack
clock: {periods: 1}
actors:
  bill: {lambda: 1, discount: 0.5}
  jack: {lambda: 1, discount: 0.5}
state:
  day: {values: [fair, foul], start: fair}
period:
  - move: walk
    by: bill
    options: {home: {}, out: {set: {day: foul}}}
payoffs: {bill: 0 * (day == foul), jack: 0}
clauses:
"""


def test_nash_s_own_example_as_clauses():
    """Nash (1950): what Bill and Jack give each other, from a scenario in which each good is a clause."""
    goods = {name: (-bill, jack) for name, (bill, jack) in BILLS.items()}
    goods |= {name: (bill, -jack) for name, (bill, jack) in JACKS.items()}
    text = GOODS + "".join(f"  {name}: {{pay: {{bill: {b}, jack: {j}}}}}\n" for name, (b, j) in goods.items())
    scenario = longgame.loads(text)
    found = clauses(scenario, between=["bill", "jack"]).to_json()["bundles"]
    group = found["groups"][0]
    moved = {"book", "whip", "ball", "bat", "pen", "toy", "knife"}
    assert found["count"] == 2**9 - 1 and set(group["points"]["nash"]["name"].split(" + ")) == moved
    assert group["points"]["nash"]["share"] == pytest.approx({"bill": 12.0, "jack": 5.0})
    values = {row["name"]: row["shapley"] for row in found["clauses"] if row["shapley"] is not None}
    assert values == {name: pytest.approx(dict(zip(("bill", "jack"), goods[name], strict=True))) for name in moved}
    # A trade of two gifts serves both if, and only if, each brings more to the one who gets it than he gives.
    trades = {
        frozenset((one, other))
        for one, (bill, jack) in BILLS.items()
        for other, (to_bill, of_jack) in JACKS.items()
        if to_bill > bill and jack > of_jack
    }
    assert {frozenset(pair) for pair in group["logrolling"]} == trades and frozenset(("book", "pen")) in trades


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
    assert main(["clauses", str(file), "--between", "ann,ben,ann"]) == 2
    assert "`ann` twice" in capsys.readouterr().err
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
        ("odd: {set: {tree: felled}, lasts: [two months]}", "bad-time", "Or `always`."),
        ("odd: {set: {tree: felled}, extend: [ann]}", "breach-alone", "lasts: 3 months"),
        ("odd: {set: {tree: felled}, lasts: 1 period, extend: [bem]}", "unknown-actor", "`ben`"),
        ("odd: {set: {tree: felled}, lasts: 1 period, breach: {bem: 1}}", "unknown-actor", "`ben`"),
        ("odd: {pay: {ann: 1}, lasts: 1 period}", "lasting-clause", "sets something"),
        ("odd: {set: {tree: felled if seen == yes else stands}, lasts: 1 period}", "lasting-clause", "a word"),
    ],
)
def test_what_is_wrong_with_a_clause_is_said_at_its_place(clause, code, said):
    text = CASE.split("clauses:")[0] + "clauses:\n" + ("" if clause.startswith("fen") else "  fence: low\n")
    text += f"  {clause}\n"
    found = [problem for problem in all_problems(text) if problem.severity == "error"]
    assert len(found) == 1 and found[0].where.line == text.count("\n")
    assert said in str(found[0]) and (code is None or found[0].code == code)


PAUSE = """
title: A pause between two
clock: {start: 2025-01, step: 1 month, periods: 4}
actors:
  ann: {lambda: 1, discount: 0.5}
  ben: {lambda: 1, discount: 0.5}
state:
  truce: {values: [none, energy, full], start: none}
period:
  - move: shell
    by: ann
    options: {hold: {}, fire: {set: {truce: none}, pay: {ann: -50}}}
payoffs:
  ann: (truce == full) + 0.5 * (truce == energy)
  ben: 2 * (truce == full)
end_values: {ann: 0, ben: 0}
clauses:
  truce: {values: [energy, full], lasts: [2 months, 1 month, always]}
"""


def test_times_are_of_one_kind_where_periods_differ_in_length():
    text = PAUSE.replace("periods: 4}", "periods: 4, then: [{step: 1 quarter, periods: 2}]}")
    assert not [problem for problem in all_problems(text) if problem.severity == "error"]
    [found] = [p for p in all_problems(text.replace("2 months", "2 periods")) if p.severity == "error"]
    assert found.code == "bad-time" and found.where.path == "clauses.truce.lasts"



def test_a_clause_for_a_time_is_worth_what_it_brings_until_then():
    rows = {row["bundle"]: (row["ann"], row["ben"]) for row in clauses(longgame.loads(PAUSE)).rows()}
    counted = {"": 1.875, " for 2 months": 1.5, " for 1 month": 1.0}  # a period's payoff, discounted by a half
    whole = {"truce=full": (1.0, 2.0), "truce=energy": (0.5, 0.0)}
    assert rows == {
        name + time: pytest.approx((ann * sum_, ben * sum_), abs=1e-9)
        for name, (ann, ben) in whole.items()
        for time, sum_ in counted.items()
    }


def test_a_clause_is_extended_if_all_agree():
    """After two months ann, then ben, may let it go on for two more, which is worth 1.5 and 3 to them."""
    scenario = longgame.loads(PAUSE.replace("always]", "always], extend: [ann, ben]"))
    ben = 1 / (1 + np.exp(-3.0))
    ann = 1 / (1 + np.exp(-1.5 * ben))
    found = {row["bundle"]: row for row in clauses(scenario).rows()}["truce=full for 2 months"]
    assert found["ann"] == pytest.approx(1.5 + 0.25 * 1.5 * ann * ben)
    assert found["ben"] == pytest.approx(3.0 + 0.25 * 3.0 * ann * ben)
    asked = longgame.ask(scenario, 'shapley(ben, truce, [truce == "full for 2 months"])')["value"]
    assert asked == pytest.approx(found["ben"])
    assert longgame.loads(dump(scenario)) == scenario


def test_breaking_a_clause_for_a_time_costs_its_breach():
    """Ann, who fires with the chance 1/2 where it costs her nothing, pays 3 for breaking it."""
    text = PAUSE.replace("pay: {ann: -50}", "pay: {ann: 0}").replace("periods: 4", "periods: 1")
    free, priced = (
        {row["bundle"]: row["ann"] for row in clauses(longgame.loads(one)).rows()}["truce=full for 1 month"]
        for one in (text, text.replace("always]", "always], breach: {ann: 3}"))
    )
    fires = [1 / (1 + np.exp(1.0)), 1 / (1 + np.exp(1.0 + 3.0))]
    assert free == pytest.approx(1 - fires[0])
    assert priced == pytest.approx((1 - fires[1]) - 3 * fires[1])


def test_too_many_bundles_are_refused(monkeypatch):
    monkeypatch.setattr("longgame.scenario.bundles.MOST", 2_000)
    many = "clauses:\n" + "".join(f"  c{n}: {{pay: {{ann: 1}}}}\n" for n in range(11))  # 2,048, with none of them
    scenario = longgame.loads(CASE.split("clauses:")[0] + many)
    with pytest.raises(longgame.ScenarioError, match="at most 2,000 bundles"):
        bundles_of(scenario)


FOR_A_TIME = "  fence: {values: [low, high], lasts: [1 period, always], extend: [ben]}\n"
LASTING = CASE.replace("  fence: [low, high]\n", FOR_A_TIME)


@pytest.mark.parametrize("text", [CASE, LASTING, CASE.replace("title:", "solver: {lattice: 6}\ntitle:")])
@pytest.mark.parametrize("lattice", [False, True])
def test_accounts_by_payoff_term_add_up_to_the_worth(text, lattice):
    """Of every bundle and actor, to 1e-9; solved exactly, and on a lattice of beliefs."""
    if lattice:
        text = text.replace("{periods: 2}", "{periods: 40}")  # too long to be solved exactly
    scenario = longgame.loads(text)
    names = [called(bundle) for bundle in bundles_of(scenario)]
    priced = clauses(scenario, bundles=names)
    assert [one.name for one in priced.accounts] == names
    for one, prices in zip(priced.accounts, priced.table.prices[:, :, -1], strict=True):
        for account, worth in zip(one.accounts, prices, strict=True):
            assert account.total == pytest.approx(worth, abs=1e-9)
            assert sum(term.amount for term in account.terms) == pytest.approx(worth, abs=1e-9)
            assert sum(account.by_period) == pytest.approx(worth, abs=1e-9)


def test_an_account_by_hand(tmp_path, capsys):
    file = tmp_path / "fence.yaml"
    file.write_text(CASE, encoding="utf-8")
    wanted = "tree=felled + sum 2 + fence == high"  # in any order
    [one] = clauses(longgame.loads(CASE), bundles=[wanted]).accounts
    assert one.name == "fence=high + tree=felled + sum 2"
    ann, ben, cat = ({term.says: term.amount for term in account.terms} for account in one.accounts)
    assert ann == pytest.approx({"3 times tree is felled": -3 * LEVEL, "2 times fence is high": 2 * LEVEL, "sum 2": 2})
    assert ben == pytest.approx({"4 times tree is felled": 4 * LEVEL, "fence is high": -LEVEL, "sum 2": -2})
    assert list(cat.values()) == pytest.approx([-LEVEL])
    assert main(["clauses", str(file), "--bundle", wanted]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "What fence=high + tree=felled + sum 2 is worth, by payoff term" in said and "sum 2 +2.00 +2.00 0" in said
    assert main(["clauses", str(file), "--bundle", wanted, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert sum(float(row["amount"]) for row in rows if row["actor"] == "ben") == pytest.approx(3 * LEVEL - 2)
    wrongs = {"sum 2": "without `tree`", "fense=low": "Did you mean", "fence=low + fence=high": "twice"}
    for wrong, told in wrongs.items():
        assert main(["clauses", str(file), "--bundle", wrong]) == 2
        assert told in capsys.readouterr().err


def test_a_run_tells_why_a_bundle_is_worth_what_it_is():
    offer = "  - offer: swap\n    by: ann\n    to: ben\n    deals: {a: {tree: felled}}\n"
    text = CASE.replace("  - move: look", f"{offer}  - move: look")
    row = longgame.assess(longgame.loads(text), draws=0).bundles
    ends = {end.name for group in row.groups for end in (*group.points.values(), *group.best.values()) if end}
    assert ends and {one.name for one in row.accounts} == ends
    nash = row.groups[0].points["nash"]
    account = next(one for one in row.accounts if one.name == nash.name).accounts[0]
    assert account.total / account.stake == pytest.approx(nash.share["ann"], abs=1e-9)
