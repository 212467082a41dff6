"""The report: one page, sound as markup, with nothing from outside and nothing unescaped."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from longgame.answers import figures, words
from longgame.answers.answers import Answers
from longgame.report import render
from longgame.solver.solution import Status
from tests.conftest import SOURCE
from tests.sample_answers import sample

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}
OURS = ("charts.js", "page.js")
FIXED = ("on", "date", "started", "verdict", "firmness")  # of our own making
HOSTILE = "<script>alert('x')</script> & \"quoted\" \x07 {{ 7 * 7 }} {% raw %}"


class Outline(HTMLParser):
    """The elements of a page in order, and whether every element that is opened is closed."""

    def __init__(self, page: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.unbalanced: list[str] = []
        self.scripts: list[str] = []
        self._open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()
        self.unbalanced += self._open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self._open or self._open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        if self._open and self._open[-1] == "script":
            self.scripts.append(data)
        elif not self._open or self._open[-1] != "style":
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def page() -> str:
    return render(sample())


@pytest.fixture(scope="module")
def outline(page) -> Outline:
    return Outline(page)


def same_keys(value: Any, kind: Any, where: str = "answers") -> None:
    """The sample has the keys of the real layout, all the way down."""
    assert set(value) == {field.name for field in fields(kind)}, where
    hints = get_type_hints(kind)
    for key, item in value.items():
        inner = next((part for part in (hints[key], *get_args(hints[key])) if is_dataclass(part)), None)
        if inner and item is not None:
            by_name = get_origin(hints[key]) is Mapping
            for row in item if isinstance(item, list) else item.values() if by_name else [item]:
                if row is None:
                    continue  # there is none in the sample
                same_keys(row, inner, f"{where}.{key}")


def test_the_sample_has_the_layout_of_real_answers():
    same_keys(sample(), Answers)


def test_elements_are_balanced_and_ids_unique(outline):
    assert outline.unbalanced == []
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {attributes["href"] for attributes in outline.all("a") if (attributes["href"] or "").startswith("#")}
    assert targets and {target.removeprefix("#") for target in targets if target} <= set(ids)


def test_nothing_is_fetched_and_only_our_script_runs(page, outline):
    assert outline.all("iframe") == [] and outline.all("img") == []
    scripts = [script.get("type") for script in outline.all("script")]
    figured = len([drawing for drawing in outline.all("div") if "data-chart" in drawing])
    assert scripts == ["application/json"] * (figured + 1) + [None, None]
    for text, name in zip(outline.scripts[-2:], OURS, strict=True):
        assert text == (SOURCE / "report" / name).read_text(encoding="utf-8")
    assert [link["href"] for link in outline.all("link")] == ["data:,"]
    assert not re.search(r"url\(|@import", page.replace(outline.scripts[-2], ""))
    assert len(page) < 2_000_000
    for tag, attributes in outline.elements:
        assert "src" not in attributes and "style" not in attributes, tag
        assert not any(name.startswith("on") for name in attributes), tag
        if tag != "a":
            addresses = [value for name, value in attributes.items() if "href" in name and value != "data:,"]
            assert addresses == [], tag


def test_policy_allows_style_sheet_and_script_and_nothing_else(page, outline):
    policy = next(m["content"] for m in outline.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    hashed = (hashlib.sha256(text.encode()).digest() for text in (style.group(1), *outline.scripts[-2:]))
    digests = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashed]
    allowed = f"style-src {digests[0]}; script-src {digests[1]} {digests[2]}; img-src data:; "
    assert policy == f"default-src 'none'; {allowed}base-uri 'none'; form-action 'none'"


def test_structure_for_those_who_do_not_see_it(outline):
    assert outline.all("html")[0]["lang"] == "en"
    assert len(outline.all("h1")) == 1 and len(outline.all("main")) == 1
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(outline.all("caption")) == len(outline.all("table")) > 5
    assert all("scope" in attributes for attributes in outline.all("th"))
    assert all(a.get("aria-hidden") == "true" or a.get("role") == "img" for a in outline.all("svg"))
    drawings = [a for a in outline.all("div") if "data-chart" in a]
    # beliefs, the map of the claims, the tornado of one claim, a waterfall for each actor, the forecasts that are not
    # nil, the map of the bundles, and how long a deal stands and what keeping it is worth
    assert len(drawings) == 1 + 1 + 1 + 3 + 2 + 1 + 2
    assert all(drawing["role"] == "img" and len(drawing["aria-label"] or "") > 40 for drawing in drawings)


def test_it_says_what_the_answers_say(outline):
    text = " ".join(outline.text.split())
    for claim in sample()["claims"]:
        assert claim["says"] in text and claim["id"] in text
    assert "Holds in 122 of 128 draws (95%)" in text
    assert "Margin -0.0300" in text
    assert "A belief in what cannot be has no answer." in text
    assert "18 March 2025" in text
    assert "60% (33% to 87% over the draws) by December 2025" in text
    assert "It follows: the worth is +0.42" in text
    assert "-9.6%" in text  # the ledger: the defender lost 1.2 of 12.5
    assert "takes the better of two options 88 times in 100".capitalize() in text
    assert "Every step of the game was solved to the tolerance." in text
    assert "no named deal that both would take" in text
    told = "To each of 2 observed moves it gave 1.10 times the chance of a blind guess, which is hardly more"
    assert text.index(told) < text.index("Whether each sentence")  # at the top
    assert "So they were led to it in 3 steps." in text and "The evidence puts the weight on few draws." in text
    assert "Fails when aid effect < 0.07" in text


def cells_after(page: str, label: str) -> list[str]:
    """The four cells after the one that says ``label``."""
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", page)
    return cells[cells.index(label) + 1 :][:4]


def test_the_error_of_the_lattice_is_next_to_the_answers(page, outline):
    assert cells_after(page, "First 2 periods: lattice of 20, against exact beliefs") == ["0.0043", "3.1e-06", "0", "0"]
    along_play = ["0.017", "0.0014", "0.0052", "0.00066"]
    assert cells_after(page, "All periods: lattice of 20, against that of 40") == along_play
    assert cells_after(page[page.index("The same by step") :], "aid_<wbr>decision") == along_play
    assert "it covers the first 2 periods of 12" in outline.text


def test_a_claim_that_turns_on_a_finer_lattice_says_so():
    text = Outline(render(sample())).text
    assert "On a finer lattice of beliefs (40) the answer is another: margin +0.0100. It is no finding" in text
    assert "On a lattice of 40 serves_defender turns; margins move by 0.05 at most." in text


def test_a_run_that_was_not_verified_says_so():
    text = Outline(render(sample() | {"verification": None})).text
    assert "How far that is off is estimated beside a lattice of 40, and said with every margin." in text


def test_a_game_too_large_for_the_exact_method_says_so():
    answers = sample()
    answers["verification"] |= {"exact": None, "scope": "The game is too large for the exact method."}
    page = render(answers)
    assert "The game is too large for the exact method." in page and "against exact beliefs" not in page
    assert cells_after(page, "Lattice of 20, against that of 40")[0] == "0.017"


def test_every_claim_lies_in_one_heap(page):
    heaps = re.findall(r'<h2 id="heap-(\w+)">(.*?) <span class="count">(\d+)</span>', page)
    titles = {"stands": "Follows", "fails": "Fails", "built": "Built in", "none": "No answer"}
    assert heaps == [(key, title, "1") for key, title in titles.items()]
    assert "Of 4 claims 1 follows in most draws, 1 fails in most draws, 1 is built into the scenario and 1" in page


def test_nothing_is_said_of_most_draws_where_there_are_too_few():
    answers = sample()
    answers["claims"] = [claim | {"firmness": None, "built_in": False} for claim in answers["claims"]]
    page = render(answers)
    assert "Of 4 claims 2 follow at the given values, 1 fails at the given values and 1 has no answer." in page
    assert 'class="answer untried"' in page and "most draws" not in page[: page.index('<nav aria-label="Contents"')]


def test_unsolved_answers_are_not_hidden():
    answers = sample()
    answers["solver"]["unconverged"] = 3
    answers["solver"]["status"] = answers["claims"][0]["status"] = Status.UNCONVERGED.value
    page = render(answers)
    assert page.count(Status.UNCONVERGED.value) == 3  # at the top, at the claim, at the solution
    assert "At the given values, serves_<wbr>attacker rests on steps that were not solved" in page


def test_everything_is_escaped():
    answers = sample()

    def poison(value):
        if isinstance(value, dict):
            return {key: poison(item) if key not in FIXED else item for key, item in value.items()}
        if isinstance(value, list):
            return [poison(item) for item in value]
        return value + HOSTILE if isinstance(value, str) else value

    poisoned = poison(answers)
    for block in ("posterior", "likelihood"):
        for row in poisoned["beliefs"]:
            row[block] = {world + HOSTILE: p for world, p in row[block].items()}
    for one in poisoned["commitment"][0]["temptations"]:
        one |= {key: {actor + HOSTILE: worth for actor, worth in one[key].items()} for key in ("kept", "broken")}
    for group in poisoned["bundles"]["groups"]:
        for one in (*group["map"], *filter(None, group["points"].values())):
            one |= {key: {actor + HOSTILE: worth for actor, worth in one[key].items()} for key in ("share", "effect")}
    said = {"white_house", "kremlin"}

    def by_account(value):
        if isinstance(value, dict):
            return {key + HOSTILE if key in said else key: by_account(item) for key, item in value.items()}
        return [by_account(item) for item in value] if isinstance(value, list) else value

    poisoned["accounts"] = by_account(poisoned["accounts"])
    for block in ("beliefs", "claims", "assumptions", "forecasts"):
        poisoned["drawn"][block] = {name + HOSTILE: inside for name, inside in poisoned["drawn"][block].items()}
    for row in poisoned["postures"]:
        row["share"] = None
    page = render(poisoned)
    outline = Outline(page)
    assert outline.unbalanced == [] and "{{ 7 * 7 }}" in page and "{% raw %}" in page
    data = outline.scripts[:-2]
    drawings = [drawing for drawing in outline.all("div") if "data-chart" in drawing]
    assert len(data) == len(drawings) + 1 == 12  # the figures' data, the draws, and our scripts: no more
    assert all(json.loads(text)["data"]["values"] for text in data[:-1]) and "<" not in "".join(data)
    assert any("[U+0007]" in text for text in data)


def test_a_scenario_without_claims_evidence_or_hidden_variables():
    answers = copy.deepcopy(sample())
    answers["beliefs"] = [answers["beliefs"][0] | {"posterior": {"the world": 1.0}, "marginals": {}, "likelihood": {}}]
    answers["worlds"] = [{"name": "the world", "prior": 1.0, "hidden": {}}]
    for block in ("ledger", "forecasts", "postures", "deals", "bargaining", "claims", "explanations", "assumptions"):
        answers[block] = []
    answers["drawn"] = {"draws": 0, "assumptions": {}, "weights": None, "claims": {}, "beliefs": {}, "forecasts": {}}
    answers["ensemble"] = {"draws": 0, "valid": 0, "unconverged": 0, "effective_sample_size": 0.0, "set_aside": []}
    page = render(answers)
    assert Outline(page).unbalanced == []
    assert 'id="claims"' not in page and "every number in it is fixed" in page


def test_missing_numbers_are_said_not_shown_as_zero():
    answers = sample()
    answers["solver"]["residual"] = None
    answers["postures"][0]["perfect_information"] = None
    answers["postures"][0]["rows"][0]["worlds"]["peace"] = None
    answers["claims"][0] |= {"margin": None, "share": None, "share_weighted": None}
    answers["claims"][0]["shows"] = {"a chance that cannot be": None}
    page = render(answers)
    assert "None" not in Outline(page).text and "nan" not in Outline(page).text.lower().split()


def test_sources_become_links_only_if_they_are_web_addresses(page, outline):
    links = [a for a in outline.all("a") if not (a["href"] or "").startswith("#")]
    assert {a["href"] for a in links} == {"https://example.org/aid", "https://example.org/news"}  # no full stop
    assert all(a["rel"] == "noopener noreferrer" for a in links)
    answers = sample()
    answers["assumptions"][0]["source"] = "javascript:alert(1) and https://example.org/?a=1&b=<2>"
    attributes = [a["href"] for a in Outline(render(answers)).all("a")]
    assert "https://example.org/?a=1&b=" in attributes
    assert not any((href or "").startswith("javascript") for href in attributes)


def test_figures_are_in_the_page_s_colours():
    figure = figures.beliefs(sample()["beliefs"])
    assert "peace from 50% to 12%" in figure.says
    line = figure.spec["layer"][0]["encoding"]
    assert all(colour.startswith("var(--") for colour in line["color"]["scale"]["range"])
    dashes = line["strokeDash"]["scale"]["range"]
    assert len({tuple(dash) for dash in dashes}) == len(dashes) == 2  # lines differ without colour too


def test_a_chart_of_a_hidden_variable_adds_up_its_worlds():
    rows = [
        {"on": on, "posterior": {"a_x": p, "a_y": 0.25, "b_x": 0.75 - p}}
        for on, p in ((None, 0.5), ("2025-03", 0.4), ("2025-03", 0.3), ("2025-04", 0.1))
    ]
    drawn = {"a_x": [[0.5], [0.5], [0.2], [None]], "a_y": [[0.25]] * 4, "b_x": [[0.25], [0.25], [0.55], [0.7]]}
    figure = figures.beliefs(rows, drawn, {"a": ["a_x", "a_y"], "b": ["b_x"]}, title="Aim")
    values = {(one["world"], one["order"]): one for one in figure.spec["data"]["values"]}
    assert [values["a", order]["belief"] for order in range(4)] == pytest.approx([0.75, 0.65, 0.55, 0.35])
    assert values["a", 2]["low"] == pytest.approx(0.45) and math.isnan(values["a", 3]["low"])
    assert "a from 75% to 35%; b from 25% to 65%" in figure.says and figure.title == "Aim" and not figure.wide


def test_no_date_stands_twice_under_a_chart():
    dates = [None, "2025-03", "2025-03", "2025-03", "2025-04"]
    spec = figures.beliefs([{"on": on, "posterior": {"a": 1.0}} for on in dates]).spec
    axis = spec["layer"][0]["encoding"]["x"]["axis"]
    assert axis["labelExpr"].startswith("['before','Mar 2025','Apr 2025']") and len(axis["values"]) == 3


def test_several_hidden_variables_have_a_chart_each():
    answers = sample()
    for row in answers["beliefs"]:
        row["marginals"]["luck"] = {"good": row["posterior"]["peace"], "bad": row["posterior"]["reset"]}
    for world, luck in zip(answers["worlds"], ("good", "bad"), strict=True):
        world["hidden"]["luck"] = luck
    page = render(answers)
    assert "each value of “Aim”" in page and "each value of “Luck”" in page and "belief in each world" not in page


def test_the_ends_of_a_distribution_are_its_range():
    answers = sample()
    answers["assumptions"][1] |= {"range": None, "distribution": {"loguniform": [2.0, 8.0]}}
    assert re.search(r"<td[^>]*>2 to 8<", render(answers))


@pytest.mark.parametrize(
    "values",
    [[0.5, 0.5, 0.5], [0.0, 0.01, 0.99, 1.0], [0.3], [1.0, 1.0], [0.2, 0.8, 0.21, 0.79], [0.0, 0.0, 0.0, 0.0]],
)
def test_labels_keep_apart_and_in_order(values):
    gap = 0.065
    places = figures.spread(values, gap)
    pairs = sorted(zip(values, places, strict=True))
    assert [place for _, place in pairs] == sorted(places)
    assert all(after - before >= gap - 1e-12 for before, after in pairwise(sorted(places)))
    assert min(places) >= -1e-12 and max(places) <= 1 + 1e-12


def test_labels_stay_where_they_are_if_there_is_room():
    assert figures.spread([0.9, 0.1, 0.5], gap=0.065) == pytest.approx([0.9, 0.1, 0.5])


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        (words.number, 0.0421, "0.0421"),
        (words.number, 1250.4, "1,250"),
        (words.number, 12.34, "12.3"),
        (words.number, 0.002, "0.0020"),
        (words.number, -0.00031, "-0.00031"),
        (words.number, 3.2e-7, "3.2e-07"),
        (words.number, -2.3e-16, "0"),
        (words.tiny, 3.2e-12, "3.2e-12"),
        (words.number, None, "none"),
        (words.percent, 0.999, "over 99%"),
        (words.percent, 1.0, "100%"),
        (words.percent, 0.0001, "under 1%"),
        (words.percent, 0.0, "0%"),
        (words.given, 0.05, "0.05"),
        (words.given, 1_250_000, "1,250,000"),
        (words.times, 123.4, "123"),
        (words.times, 0.031, "0.031"),
        (words.day, "2025-03-18", "18 March 2025"),
        (words.day, "2025-03", "March 2025"),
        (words.day, 3, "period 3"),
        (words.day, "2025-13-01", "2025-13-01"),
        (words.short_day, "2025-03-18", "18 Mar 2025"),
        (words.sentence, "takes it", "Takes it."),
        (words.shown, True, "yes"),
        (words.shown, 0.5, "0.500"),
    ],
)
def test_words(function, value, text):
    assert function(value) == text
