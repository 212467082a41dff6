"""Negotiation domains of other tools: read as they are written, and priced as brute force prices them."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import product

import numpy as np
import pytest

import longgame
from longgame.answers.domains import outcomes_of
from longgame.cli import main

DOMAIN = """<?xml version="1.0"?>
<negotiation_template>
<utility_space number_of_issues="3">
<objective index="0" name="root" type="objective" etype="objective">
  <issue index="1" name="Price" type="discrete" etype="discrete" vtype="discrete">
    <item index="1" value="low"/><item index="2" value="high"/>
  </issue>
  <issue index="2" name="Colour" type="discrete" etype="discrete" vtype="discrete">
    <item index="1" value="red"/><item index="2" value="green"/><item index="3" value="blue"/>
  </issue>
  <issue index="3" name="Days" type="integer" etype="integer" vtype="integer">
    <range lowerbound="1" upperbound="4"/>
  </issue>
</objective>
</utility_space>
</negotiation_template>
"""
UTILITY = """<utility_space>
<objective index="0" name="root" type="objective" etype="objective">
  <issue index="1" name="Price" type="discrete"><item index="1" value="low" evaluation="{low}"/><item index="2" value="high" evaluation="{high}"/></issue>
  <issue index="2" name="Colour" type="discrete">
    <item index="1" value="red" evaluation="4"/><item index="2" value="green" evaluation="{green}"/><item index="3" value="blue" evaluation="1"/>
    <similarity_function weight="0.6"><criteria_function weight="1"><item index="1" value="red" evaluation="9"/><item index="3" value="blue" evaluation="7"/></criteria_function></similarity_function>
  </issue>
  <issue index="3" name="Days" type="integer"><evaluator ftype="linear" parameter0="{offset}" parameter1="{slope}"/><range lowerbound="1" upperbound="4"/></issue>
  <weight index="1" value="0.5"/><weight index="2" value="{second}"/><weight index="3" value="0.2"/>
</objective>
<reservation value="{reserved}"/>
</utility_space>
"""  # noqa: E501
BUYER = {"low": 5, "high": 1, "green": 2, "offset": 4, "slope": -1, "second": 0.3, "reserved": 1.1}
SELLER = {"low": 1, "high": 6, "green": 5, "offset": 0, "slope": 1, "second": 0.1, "reserved": 0.9}
DAYS = range(1, 5)


def by_hand(of, divided=False):
    """The utility of each outcome, from the numbers above."""
    prices = {"low": of["low"], "high": of["high"]}
    colours = {"red": 4, "green": of["green"], "blue": 1}
    days = {day: of["offset"] + of["slope"] * day for day in DAYS}
    top = [max(some.values()) if divided else 1.0 for some in (prices, colours, days)]
    return np.array(
        [
            0.5 * prices[p] / top[0] + of["second"] * colours[c] / top[1] + 0.2 * days[d] / top[2]
            for p, c, d in product(prices, colours, DAYS)
        ]
    )


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "shop"
    home.mkdir()
    (home / "domain.xml").write_text(DOMAIN, encoding="utf-8")
    (home / "buyer.xml").write_text(UTILITY.format(**BUYER), encoding="utf-8")
    (home / "seller.xml").write_text(UTILITY.format(**SELLER), encoding="utf-8")
    return home


@pytest.mark.parametrize("divided", [False, True])
def test_against_brute_force(folder, divided):
    reserved = np.array([0.55, 0.45] if divided else [1.1, 0.9])
    for name, of, least in zip(("buyer", "seller"), (BUYER, SELLER), reserved, strict=True):
        (folder / f"{name}.xml").write_text(UTILITY.format(**{**of, "reserved": least}), encoding="utf-8")
    found = outcomes_of(folder, normalise=divided)
    utility = np.column_stack([by_hand(BUYER, divided), by_hand(SELLER, divided)])
    assert found.parties == ["buyer", "seller"] and found.outcomes == 24
    zone = np.array([(row >= reserved).all() and (row > reserved).any() for row in utility])
    assert found.zone == zone.sum()
    standing = [not any((o >= u).all() and (o > u).any() for o in utility) for u in utility]
    rows = sorted(tuple(round(row.utility[name], 9) for name in found.parties) for row in found.pareto)
    assert rows == sorted(tuple(round(float(x), 9) for x in u) for u in utility[standing])
    gains = np.where(zone[:, None], utility - reserved, -1.0)
    best = {
        "nash": np.where(zone, np.prod(gains, axis=1), -1.0),
        "kalai_smorodinsky": (gains / gains.max(axis=0)).min(axis=1),
    }
    for rule, score in best.items():
        point = found.points[rule]
        assert point is not None
        got = [point.utility[name] for name in found.parties]
        assert got == pytest.approx(utility[int(np.argmax(score))])


@pytest.mark.parametrize("days", [{"values": [1, 2, 3, 4]}, {"values": [1, 4], "type": "ContiguousIssue"}])
def test_yaml_says_the_same(folder, tmp_path, days):
    home = tmp_path / "plain"
    home.mkdir()
    issues = [
        {"name": "Price", "values": ["low", "high"]},
        {"name": "Colour", "values": ["red", "green", "blue"]},
        {"name": "Days", **days},
    ]
    (home / "shop.yml").write_text(json.dumps({"name": "shop", "issues": issues}), encoding="utf-8")
    for name, of in (("buyer", BUYER), ("seller", SELLER)):
        values = [
            {"type": "TableFun", "mapping": {"low": of["low"], "high": of["high"]}},
            {"type": "TableFun", "mapping": {"red": 4, "green": of["green"], "blue": 1}},
            {"type": "AffineFun", "slope": of["slope"], "bias": of["offset"]},
        ]
        weights = [0.5, of["second"], 0.2]
        given = {"type": "LinearAdditiveUtilityFunction", "values": values, "weights": weights}
        (home / f"{name}.yml").write_text(json.dumps({**given, "reserved_value": of["reserved"]}), encoding="utf-8")
    one, other = outcomes_of(folder).to_json(), outcomes_of(home).to_json()
    assert {key: one[key] for key in one if key != "domain"} == {key: other[key] for key in other if key != "domain"}


def test_numbers_with_weights_need_no_table(tmp_path):
    issues = [{"name": "x", "values": 3}, {"name": "y", "type": "ContiguousIssue", "values": [-2, 2]}]
    (tmp_path / "two.yml").write_text(json.dumps({"issues": issues}), encoding="utf-8")
    for name, weights in (("a", [1, -0.5]), ("b", [-1, 1])):
        text = json.dumps({"type": "AffineUtilityFunction", "weights": weights, "bias": 0.25})
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    found = outcomes_of(tmp_path)
    assert found.outcomes == 15
    assert {(row.utility["a"], row.utility["b"]) for row in found.pareto} == {
        (x - 0.5 * y + 0.25, y - x + 0.25) for x, y in [(2, -2), (2, -1), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2)]
    }


def test_the_command(folder, capsys):
    assert main(["deals", "--domain", str(folder)]) == 0
    assert "Where bargaining would end" in capsys.readouterr().out
    assert main(["deals", "--domain", str(folder / "domain.xml"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert main(["deals", "--domain", str(folder), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == len(found["pareto"]) and set(rows[0]) == {"Price", "Colour", "Days", "buyer", "seller"}
    assert main(["deals"]) == 2
    assert main(["deals", "truce-on-offer", "--domain", str(folder)]) == 2


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("domain.xml", "<negotiation_template><utility_space>", "can be read"),
        ("domain.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><negotiation_template/>", "DOCTYPE"),
        ("domain.xml", DOMAIN.replace('type="integer"', 'type="real"'), "Only issues with listed values"),
        ("buyer.xml", UTILITY.format(**BUYER).replace('name="Colour"', 'name="Color"'), "`Color`"),
        ("buyer.xml", UTILITY.format(**BUYER).replace('evaluation="4"', 'evaluation="much"'), "much"),
        ("buyer.xml", "<utility_space/>", "at least two parties"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_file(folder, file, text, said):
    (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(longgame.ScenarioError, match=re.escape(said)):
        outcomes_of(folder)


def test_a_folder_without_a_domain(tmp_path):
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(longgame.ScenarioError, match="a domain file"):
            outcomes_of(path)
