"""The studio's page in a real browser, by mouse and keyboard."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe

import longgame
from longgame.scenario.load import loads
from longgame.studio.app import app
from longgame.studio.work import Bench
from tests.studio.games import ORIGIN, TINY, TOKEN, bench

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]},
         "rules": {"target-size": {"enabled": True}}}  # fmt: skip
SOON = 60_000  # ms, of a machine that others use as well


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    made = bench(tmp_path_factory.mktemp("studio"))
    longgame.assess(loads(TINY), draws=4)  # the solver is compiled, once on a machine
    return made


@pytest.fixture(scope="module")
def address(place: Bench) -> Iterator[str]:
    server = uvicorn.Server(
        uvicorn.Config(app(place, TOKEN, ORIGIN), port=0, log_level="critical", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/{TOKEN}/"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    own = (address, "data:", "blob:")
    opened.on("request", lambda one: None if one.url.startswith(own) else said.append(one.url))
    opened.goto(address)
    opened.wait_for_selector(".rows .row", timeout=SOON)
    yield opened
    context.close()
    refused = [text for text in said if "status of 422" not in text]  # what was wrong on purpose
    assert refused == []


def margin(page: Any, row: int = 0) -> str:
    return page.locator(".row .margin b").nth(row).inner_text().replace("\N{MINUS SIGN}", "-")


def settled(page: Any) -> None:
    page.wait_for_function("() => !document.querySelector('.margin.guess')", timeout=SOON)


def slopes(page: Any) -> None:
    page.wait_for_selector(".board[data-slopes='2']", timeout=SOON)


def test_a_slider_by_mouse_previews_and_then_solves(page: Any):
    slopes(page)
    assert margin(page) == "+0.05"  # 0.75 - 0.7
    slider = page.locator("#slider-prior_yes")
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.31 * box["width"], box["y"] + box["height"] / 2, steps=4)
    page.wait_for_selector(".row .margin.guess")
    assert page.locator(".row .margin").first.inner_text().startswith("about ")
    assert "An estimate" in page.locator(".status").inner_text()
    value = page.locator("[aria-label='prior yes, value']").input_value()
    preview = 0.05 + 0.75 * (float(value) - 0.5)  # the slope of Bayes' rule at a half
    assert float(margin(page)) == pytest.approx(preview, abs=0.006)
    assert "was: follows" in page.locator(".row").first.inner_text()
    page.mouse.up()
    settled(page)
    prior = float(page.locator("[aria-label='prior yes, value']").input_value())
    exact = 0.75 * prior / (0.75 * prior + 0.25 * (1 - prior)) - 0.7
    assert float(margin(page)) == pytest.approx(exact, abs=0.006)
    assert page.locator(".row .badge").first.inner_text() == "Fails"


def test_a_slider_by_keyboard_and_back(page: Any):
    slopes(page)
    page.locator("#slider-prior_yes").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.row .margin b').textContent === '+0.06'", timeout=SOON)
    settled(page)
    page.keyboard.press("Control+z")
    page.wait_for_function("() => document.querySelector('.row .margin b').textContent === '+0.05'", timeout=SOON)
    assert page.locator("[aria-label='prior yes, value']").input_value() == "0.500"
    assert page.locator(".slider .ends").nth(1).inner_text().split() == ["0.250", "0.750"]  # as many digits
    page.keyboard.press("Control+Shift+z")
    page.wait_for_function("() => document.querySelector('.row .margin b').textContent === '+0.06'", timeout=SOON)
    page.get_by_role("button", name="Reset 1").click()
    page.wait_for_function("() => document.querySelector('.row .margin b').textContent === '+0.05'", timeout=SOON)


def test_colour_and_words_say_no_more_than_the_draws_do(page: Any):
    page.wait_for_function("() => document.querySelector('.row .firm').textContent", timeout=SOON)
    rows = [(row.get_attribute("class").split()[1], row.locator(".judged").inner_text().split("\n"))
            for row in page.locator(".row").all()]  # fmt: skip
    assert rows[0] == ("heap-thread", ["Follows", "contested"])
    assert rows[2] == ("heap-built", ["Fails", "built in"])
    page.locator("[aria-label='prior yes, value']").fill("0.6")
    page.keyboard.press("Enter")
    page.wait_for_selector(".row.untried")  # the draws are those of another state
    page.wait_for_selector(".row:nth-child(1).heap-built, .row:nth-child(1).heap-stands", timeout=SOON)


def test_margins_have_their_units(page: Any):
    assert page.locator(".row .margin .unit").first.inner_text().strip() == "of probability"


def test_a_claim_opens_to_what_moves_it_and_why(page: Any):
    slopes(page)
    page.get_by_role("button", name="A loud yes is believed.").press("Enter")
    more = page.locator(".more")
    assert "belief(h == yes) > 0.7" in more.inner_text() and "prior yes" in more.locator(".moves").inner_text()
    more.get_by_role("button", name="prior yes").click()
    page.wait_for_function("() => document.activeElement.id === 'slider-prior_yes'", timeout=SOON)
    more.get_by_role("button", name="Explain").click()
    page.wait_for_selector(".explained p", timeout=SOON)
    assert "75%" in page.locator(".explained").inner_text()


def test_the_panels_by_keyboard(page: Any):
    page.locator("#tab-claims").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#tab-evidence").get_attribute("aria-selected") == "true"
    assert "75 %" in page.locator("#panel").inner_text()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".picture img", timeout=SOON)
    page.get_by_role("button", name="Draw it at the sliders' values").click()
    page.wait_for_function("() => document.querySelectorAll('.picture img').length === 2", timeout=SOON)
    drawn = "[...document.querySelectorAll('.picture img')].every((one) => one.naturalWidth > 100)"
    page.wait_for_function(f"() => {drawn}")


def test_a_map_of_bundles_for_two_actors_and_the_accounts_side_by_side(page: Any):
    page.locator("#tab-deals").click()
    page.get_by_role("button", name="Draw the map at the sliders' values").click()
    page.wait_for_selector(".deals .chart svg.figure", timeout=SOON)
    says = page.locator(".deals .chart").get_attribute("aria-label")
    assert "worth to a against worth to b" in says
    marks = page.locator(".deals .chart svg.figure .mark-symbol path[transform]").count()
    assert marks >= 5  # seven bundles, and what the colours mean
    assert "nobody who is not at the table loses" in page.locator(".deals figcaption").inner_text()
    page.get_by_label("Up").select_option("c")
    assert "for others at the table" in page.locator("section.deals").inner_text()
    page.get_by_label("b", exact=True).check()
    page.get_by_role("button", name="Draw the map at the sliders' values").click()
    page.wait_for_selector(".deals .chart[aria-label*='to a against worth to c'] svg.figure", timeout=SOON)
    assert "Between a, c and b" in page.locator("section.deals").inner_text()
    page.get_by_role("button", name="Put them side by side").click()
    page.wait_for_selector(".deals table:has-text('contradicted, wider in told')", timeout=SOON)
    page.get_by_role("button", name="Would deals be kept").click()
    page.wait_for_selector(".deals h3:has-text('boost')", timeout=SOON)
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []


def test_the_editor_says_what_is_wrong_and_completes_and_solves(page: Any):
    page.locator("#tab-scenario").click()
    page.wait_for_selector(".cm-content", timeout=SOON)
    page.get_by_text("The checker finds").or_(page.locator(".marks")).first.wait_for(timeout=SOON)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("  surer: {says: Surer., holds: belief(h == ye) > 0.6}")
    page.wait_for_selector(".marks .error", timeout=SOON)
    assert "`ye`" in page.locator(".marks .error").inner_text()
    for _ in range(len(") > 0.6}")):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Control+Space")
    page.wait_for_selector(".cm-tooltip-autocomplete li", timeout=SOON)
    assert "yes" in page.locator(".cm-tooltip-autocomplete").inner_text()
    page.wait_for_timeout(100)
    page.keyboard.press("Enter")
    page.wait_for_selector(".marks .error", state="detached", timeout=SOON)
    page.keyboard.press("Control+Enter")
    page.locator("#tab-claims").click()
    page.wait_for_selector("text=Surer.", timeout=SOON)
    assert page.locator(".row .badge").nth(3).inner_text() == "Follows"


def test_two_states_side_by_side(page: Any):
    slopes(page)
    page.locator("#tab-compare").click()
    page.get_by_role("button", name="Keep this state").click()
    page.locator("[aria-label='prior yes, value']").fill("0.3")
    page.keyboard.press("Enter")
    settled(page)
    page.wait_for_selector("tr.turned", timeout=SOON)
    text = page.locator("section.compare").inner_text()
    assert "1 of 3 claims turn" in text and "prior yes" in text and "0.50" in text and "0.30" in text


def test_a_state_is_saved_shared_and_opened(page: Any, place: Bench, tmp_path: Path):
    page.locator("[aria-label='prize, value']").fill("1.25")
    page.keyboard.press("Enter")
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Share", exact=True).click()
    shared = tmp_path / "state.json"
    download.value.save_as(shared)
    state = json.loads(shared.read_text())
    assert state["values"] == {"prize": 1.25} and "A tiny game" in state["text"]
    page.get_by_role("button", name="Save…").first.click()
    page.get_by_label("Name of the file").fill("my rent!")
    page.keyboard.press("Enter")
    assert "“my rent!” cannot be a file's name" in page.locator("dialog .warning").inner_text()
    page.get_by_label("Name of the file").fill("dearer")
    page.get_by_role("textbox", name="Title").fill("A dearer game")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('A dearer game')", timeout=SOON)
    assert "Saved as dearer.yaml." in page.locator(".status").inner_text()
    assert longgame.load(place.folder.root / "dearer.yaml").assumptions["prize"].value == 1.25
    page.locator("input[type=file]").set_input_files(shared)
    page.wait_for_selector("h1:has-text('A tiny game')", timeout=SOON)
    page.wait_for_selector(".slider.moved", timeout=SOON)


def test_the_page_is_exported(page: Any, tmp_path: Path):
    with page.expect_download(timeout=SOON) as download:
        page.get_by_role("button", name="Export page").click()
    download.value.save_as(tmp_path / "page.html")
    assert "<title>" in (tmp_path / "page.html").read_text() and "A tiny game" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (820, "dark"), (390, "light")])
def test_everybody_can_use_it(browser: Any, address: str, width: int, scheme: str):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(".rows .row", timeout=SOON)
    slopes(page)
    page.locator(".row .opens").first.click()
    for tab in ("claims", "assumptions", "evidence", "game", "deals", "scenario", "compare"):
        if page.locator(f"#tab-{tab}").is_visible():
            page.locator(f"#tab-{tab}").click()
        else:
            assert tab == "assumptions" and width > 960
        if tab == "scenario":
            page.wait_for_selector(".cm-content", timeout=SOON)
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == [], tab
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{tab} is wider than the screen"
    context.close()
