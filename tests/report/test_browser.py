"""The report as people see it: in a browser, in both colour schemes, narrow and wide, and by the rules of axe-core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

WIDE, TABLET, NARROW = {"width": 1440, "height": 900}, {"width": 820, "height": 1100}, {"width": 390, "height": 800}


@pytest.fixture(
    scope="module", params=[("light", WIDE), ("dark", TABLET), ("light", NARROW)], ids=["wide", "dark tablet", "narrow"]
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
    page.wait_for_function("document.querySelectorAll('svg.figure').length === 10")
    assert page.locator("[data-chart]").count() == 11  # the tornado is drawn when its claim is opened
    for number in range(page.locator("svg.figure").count()):
        box = page.locator("svg.figure").nth(number).bounding_box()
        assert box["width"] > 100 and box["height"] > 80
    labels = page.locator("svg.figure text").all_text_contents()
    assert "0" in labels and "+0.0%" not in labels
    page.locator("#claim-serves_attacker summary").first.click()
    page.wait_for_function("document.querySelectorAll('svg.figure').length === 11")
    line = page.locator("svg.figure path[stroke='var(--c1)']").first
    colour = line.evaluate("path => getComputedStyle(path).stroke")
    assert colour.startswith("rgb("), "the figure's colours come from the page"


def test_nothing_is_cut_off_at_the_side(opened):
    page, _, _ = opened
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_links_lead_to_their_sections(opened, report):
    page, _, _ = opened
    page.get_by_role("navigation").get_by_role("link", name="Ledger", exact=True).click()
    assert page.url == f"{report}#ledger"
    assert page.get_by_role("heading", name="Ledger", exact=True).is_visible()


def test_axe_finds_nothing(opened):
    from axe_playwright_python.sync_playwright import Axe

    page, _, _ = opened
    page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    page.wait_for_function("!document.querySelector('[data-chart]:not(:has(svg.figure))')")
    results = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}})
    found = [
        (violation["id"], node["html"], node.get("failureSummary"))
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
    assert found == []
    assert len(results.response["passes"]) > 15, "axe-core must have looked at something"


def test_nothing_is_cut_off_when_all_is_open(opened):
    page, _, _ = opened
    page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_answer_is_on_the_first_screen(browser, report):
    page = browser.new_page(viewport=WIDE)
    page.goto(report)
    for text in ("Of 4 claims 1 follows in most draws", "To each of 2 observed moves", "What would change most"):
        box = page.get_by_text(text).first.bounding_box()
        assert box["y"] + box["height"] < WIDE["height"], text
    page.close()


def test_it_reads_without_its_scripts(browser, report):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report)
    assert page.get_by_text("Holds in 122 of 128 draws (95%)").is_visible()
    assert not page.get_by_role("button").first.is_visible(), "what needs the script is not shown"
    page.locator("#claim-serves_attacker summary").first.click()
    assert page.get_by_text("It is made of +0.52 by strength").is_visible()
    context.close()


def test_it_prints_on_paper(browser, report):
    page = browser.new_page()
    page.goto(report)
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").is_visible()
    assert not page.get_by_text("Narrow your doubts").is_visible()
    assert page.get_by_text("Of 4 claims").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF-")
    page.close()


@pytest.mark.parametrize("name", ["Claims", "Beliefs and evidence", "Postures"])
def test_sections_have_names(browser, report, name):
    page = browser.new_page()
    page.goto(report)
    section = page.get_by_role("region", name=name, exact=True)
    assert section.get_by_role("heading").first.inner_text() == name
    page.close()
