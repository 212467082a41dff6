"""The report as people see it: in a browser, in both colour schemes, narrow and wide, and by the rules of axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from longgame.report import render
from tests.sample_answers import sample

WIDE, NARROW = {"width": 1200, "height": 900}, {"width": 390, "height": 800}


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(sample()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(
    scope="module", params=[("light", WIDE), ("dark", WIDE), ("light", NARROW)], ids=["light", "dark", "narrow"]
)
def opened(request, browser, report) -> Iterator[tuple[Any, list[str], list[str]]]:
    """The page in a browser, with everything that it complains of and everything that it asks for."""
    scheme, size = request.param
    context = browser.new_context(color_scheme=scheme, viewport=size, bypass_csp=False)
    page = context.new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: requests.append(asked.url))
    page.goto(report, wait_until="networkidle")
    yield page, complaints, requests
    context.close()


def test_it_asks_for_nothing_and_complains_of_nothing(opened, report):
    page, complaints, requests = opened
    assert page.title() == "A truce on offer - longgame"
    assert complaints == []
    assert requests == [report]


def test_it_is_styled_and_drawn(opened):
    page, _, _ = opened
    assert page.evaluate("getComputedStyle(document.querySelector('.claim')).display") == "grid"
    assert page.locator("svg.figure").count() == page.locator("[data-chart]").count() == 4
    for number in range(page.locator("svg.figure").count()):
        box = page.locator("svg.figure").nth(number).bounding_box()
        assert box["width"] > 100 and box["height"] > 80
    line = page.locator("svg.figure path[stroke='var(--c1)']").first
    colour = line.evaluate("path => getComputedStyle(path).stroke")
    assert colour.startswith("rgb("), "the figure's colours come from the page"


def test_nothing_is_cut_off_at_the_side(opened):
    page, _, _ = opened
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_links_lead_to_their_sections(opened, report):
    page, _, _ = opened
    page.get_by_role("navigation").get_by_role("link", name="Ledger").click()
    assert page.url == f"{report}#ledger"
    assert page.get_by_role("heading", name="Ledger").is_visible()


def test_axe_finds_nothing(opened):
    from axe_playwright_python.sync_playwright import Axe

    page, _, _ = opened
    results = Axe().run(page)
    found = [
        (violation["id"], node["html"], node.get("failureSummary"))
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
    assert found == []
    assert len(results.response["passes"]) > 15, "axe-core must have looked at something"


def test_it_prints_on_paper(browser, report):
    page = browser.new_page()
    page.goto(report)
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF-")
    page.close()


@pytest.mark.parametrize("name", ["claims", "beliefs", "postures"])
def test_figures_and_tables_have_names(browser, report, name):
    page = browser.new_page()
    page.goto(report)
    section = page.get_by_role("region", name=name.capitalize(), exact=True)
    assert section.get_by_role("heading").first.inner_text().lower() == name
    page.close()
