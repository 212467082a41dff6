"""Answers in a notebook: tables as HTML that stands by itself, charts as Vega-Lite specifications."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from xml.etree import ElementTree

import longgame
from longgame.answers.answers import sections, tables
from longgame.answers.notebook import COLOURS, SCHEMA, VEGA_LITE, charts, html
from longgame.answers.parts import Cell, Facts, Heading, Line, Points, Table
from tests.sample_answers import sample
from tests.test_assessment import CLAIMS
from tests.tiny import TEXT


def test_parts_as_html_are_what_they_say_and_run_nothing():
    hostile = "<script>alert(1)</script> & \u202e"
    table = Table(("On", "N"), [(hostile, "1"), (Cell("a", page="b", small="c"), "2")], title="T", numbers=("N",))
    text = html([Heading("H"), Line(hostile), table, Points(["p"]), Facts([("n", "f")])])
    root = ElementTree.fromstring(f"<div>{text}</div>")
    assert [element.tag for element in root] == ["h4", "p", "table", "ul", "dl"]
    assert [cell.text for cell in root.iter("td")] == ["<script>alert(1)</script> & [U+202E]", "1", "b", "2"]
    assert [cell.get("style") for cell in root.iter("th")] == ["text-align: left", "text-align: right"]
    assert not list(root.iter("script"))
    ElementTree.fromstring(f"<div>{html(tables(sample()))}</div>")


def test_every_chart_of_the_report_stands_by_itself():
    found = charts(sections(sample()))
    assert {name.split()[0] for name in found} >= {"beliefs", "claims", "forecasts"}
    for name, chart in found.items():
        assert chart.name == name and chart.says
        spec = json.loads(json.dumps(chart.spec, allow_nan=False))
        assert spec["$schema"] == SCHEMA and "var(--" not in json.dumps(spec)
        assert chart._repr_mimebundle_() == {VEGA_LITE: chart.spec, "text/plain": chart.says}


def test_the_colours_are_those_of_the_page():
    style = (files("longgame.report") / "base.css").read_text(encoding="utf-8")
    light = style[: style.index("@media")]
    assert {name: value for name, value in re.findall(r"--(\w+): (#\w+);", light) if name != "link"} == COLOURS


def test_answers_show_themselves():
    scenario = longgame.loads(TEXT + CLAIMS)
    answers = longgame.assess(scenario, draws=2)
    shown = answers._repr_html_()
    assert all(claim.says in shown for claim in answers.claims) and "<table>" in shown
    assert answers.charts["beliefs"].spec["layer"]
    claim = answers.claims[0].id
    for answer in (
        longgame.explain(scenario, claim, slopes=False),
        longgame.whatif(scenario, {"prize": 1.25}, draws=0),
        longgame.sweep(scenario, {"prize": [1.0, 1.25]}),
        longgame.timeline(scenario),
    ):
        assert claim in answer._repr_html_() or "Where it may lead" in answer._repr_html_()
    assert "tell, by" in longgame.strategy_at(scenario, "tell", longgame.Seen(at="start"))._repr_html_()
    assert longgame.play(scenario)._repr_html_() is None  # it is drawn
