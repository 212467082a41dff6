"""The page asked by its reader: what it counts from the draws, against NumPy; sorting, filters, the keyboard."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from longgame.answers import figures
from longgame.report import render
from tests.conftest import SOURCE
from tests.sample_answers import sample

FRONT = Path(__file__).parents[2] / "front" / "report"


@pytest.fixture
def page(browser, report):
    page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page.goto(report, wait_until="networkidle")
    yield page
    page.close()


def handle(page, name: str, end: str):
    return page.locator(f"#range-{name} [role=slider].{end}")


def ends(page, name: str) -> tuple[float, float]:
    low, high = (float(handle(page, name, end).get_attribute("aria-valuenow")) for end in ("from", "to"))
    return low, high


def press(page, name: str, end: str, *keys: str) -> None:
    handle(page, name, end).focus()
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_timeout(100)


def said(page, claim: str) -> str:
    return page.locator(f"#claim-{claim} [data-now]").inner_text()


def inside(page, *names: str) -> np.ndarray:
    """[D] whether a draw is inside the ranges that the page shows, by NumPy."""
    drawn = sample()["drawn"]["assumptions"]
    kept = np.ones(128, dtype=bool)
    for name in names:
        low, high = ends(page, name)
        kept &= (np.array(drawn[name]) >= low) & (np.array(drawn[name]) <= high)
    return kept


# --- counting ---------------------------------------------------------------------------------------------------------


def test_shares_and_margins_are_those_that_numpy_counts(page):
    press(page, "aid_effect", "from", *["PageUp"] * 2)
    press(page, "reset_prize", "to", *["PageDown"] * 3, "ArrowLeft")
    kept = inside(page, "aid_effect", "reset_prize")
    assert 40 < kept.sum() < 100
    assert page.locator("[data-left]").inner_text().startswith(f"{kept.sum()} of 128 draws left.")
    for claim in ("serves_attacker", "serves_defender"):
        here = sample()["drawn"]["claims"][claim]
        holds = np.array(here["holds"])[kept].sum()
        found = re.fullmatch(r"Holds in (\d+) of (\d+) left \((.*)%\); median margin (.*)", said(page, claim))
        assert found, said(page, claim)
        assert (int(found[1]), int(found[2])) == (holds, kept.sum())
        assert float(found[3]) == pytest.approx(100 * holds / kept.sum(), abs=0.5)
        assert float(found[4]) == pytest.approx(np.median(np.array(here["margin"])[kept]), rel=5e-3)
        bar = page.locator(f"#claim-{claim} [data-bar]").get_attribute("width")
        assert float(bar) == pytest.approx(100 * holds / kept.sum())


def test_weights_count_where_there_are_any(browser, tmp_path):
    answers = sample()
    weights = np.arange(1.0, 129.0)
    answers["drawn"]["weights"] = (weights / weights.sum()).tolist()
    (tmp_path / "report.html").write_text(render(answers), encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "report.html").as_uri(), wait_until="networkidle")
    press(page, "reset_prize", "from", *["PageUp"] * 3)
    kept = inside(page, "reset_prize")
    holds = np.array(answers["drawn"]["claims"]["serves_defender"]["holds"]) == 1
    share = weights[kept & holds].sum() / weights[kept].sum()
    assert f"; {100 * share:.0f}% weighed by the evidence;" in said(page, "serves_defender")
    page.close()


def test_firmness_and_colour_are_those_of_the_draws_that_are_left(page):
    claim, firm = page.locator("#claim-serves_defender"), page.locator("#claim-serves_defender [data-firmness]")
    assert firm.inner_text() == "leaning" and "heap-fails" in claim.get_attribute("class")
    press(page, "reset_prize", "to", *["PageDown"] * 3)  # it holds from 0.22 / 0.28 of the range on
    assert firm.inner_text() == "built in" and "heap-built" in claim.get_attribute("class")
    press(page, "reset_prize", "to", *["PageDown"] * 4)
    assert firm.inner_text() == "too few draws" and "untried" in claim.get_attribute("class")
    assert "Too few to say how firmly" in page.locator("[data-left]").inner_text()
    press(page, "reset_prize", "to", "PageDown", "PageDown")
    assert "Too few to tell" in page.locator("[data-left]").inner_text()
    press(page, "reset_prize", "to", "Home")
    assert "None is inside all these ranges" in page.locator("[data-left]").inner_text()
    assert said(page, "serves_defender") == "No draw is left"


def test_a_given_value_outside_is_said(page):
    press(page, "aid_effect", "from", *["PageUp"] * 2)
    assert "ruled out" not in page.locator("[data-left]").inner_text()
    press(page, "aid_effect", "from", *["PageUp"] * 2)  # 0.11 and more; 0.1 is given
    assert "The given value lies outside" in page.locator("[data-left]").inner_text()


def test_reset_brings_back_what_was_written(page):
    board = page.locator(".board")
    before = board.inner_text()
    reset = page.get_by_role("button", name="Reset all ranges")
    assert reset.is_disabled()
    press(page, "aid_effect", "from", *["PageUp"] * 5)
    assert board.inner_text() != before and reset.is_enabled()
    reset.click()
    page.wait_for_timeout(100)
    assert board.inner_text() == before and ends(page, "aid_effect") == (0.05, 0.2)


def test_a_handle_can_be_dragged_and_does_not_pass_the_other(page):
    lower, upper = handle(page, "aid_effect", "from"), handle(page, "aid_effect", "to")
    lower.scroll_into_view_if_needed()
    track = page.locator("#range-aid_effect .track-between").bounding_box()
    box = lower.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + track["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)
    assert ends(page, "aid_effect")[0] == pytest.approx(0.125, abs=0.003)
    assert page.locator("[data-left]").inner_text().startswith(f"{inside(page, 'aid_effect').sum()} of 128")
    press(page, "aid_effect", "from", "End")
    assert ends(page, "aid_effect") == (0.2, 0.2)
    one, other = lower.bounding_box(), upper.bounding_box()
    assert one["x"] + one["width"] <= other["x"] + 0.5, "both can still be reached"


def test_bands_are_of_the_draws_that_are_left(page):
    page.wait_for_function("document.querySelectorAll('svg.figure').length === 10")
    bands = "[...document.querySelectorAll('[data-live=beliefs] svg path')].map(path => path.getAttribute('d')).join()"
    before = page.evaluate(bands)
    press(page, "aid_effect", "from", *["PageUp"] * 5)
    page.wait_for_function(f"{bands} !== {json.dumps(before)}")
    # what the script works out for a band is what the page was written with, for the same draws
    kept = inside(page, "aid_effect")
    stage = np.array(sample()["drawn"]["beliefs"]["peace"][2])[kept]
    narrowed = sample()["drawn"]["beliefs"] | {"peace": [[0.0], [0.0], stage.tolist()]}
    narrowed["reset"] = [[1.0], [1.0], (1.0 - stage).tolist()]
    values = figures.beliefs(sample()["beliefs"], narrowed).spec["data"]["values"]
    low, high = next((v["low"], v["high"]) for v in values if v["world"] == "peace" and v["order"] == 2)
    np.testing.assert_allclose([low, high], np.quantile(stage, [0.05, 0.95]))


# --- sorting, filtering, finding, links -------------------------------------------------------------------------------


def shown(page) -> list[str]:
    there = "all => all.filter(one => !one.hidden).map(one => one.dataset.claim)"
    return list(page.locator("[data-claim]").evaluate_all(there))


def test_claims_are_filtered_by_their_fate(page):
    assert shown(page) == [claim["id"] for claim in sample()["claims"]]
    page.get_by_role("button", name="Fails").click()
    assert shown(page) == ["serves_defender"]
    assert page.locator("[data-shown]").inner_text() == "1 of 4 claims"
    assert page.get_by_role("button", name="Fails").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="All", exact=True).click()
    assert len(shown(page)) == 4


def test_claims_are_found_by_their_words(page):
    page.get_by_label("Find").fill("DEFENDER")
    assert "serves_defender" in shown(page) and "always" not in shown(page)
    page.get_by_label("Find").fill("no such words")
    assert shown(page) == [] and page.locator("[data-shown]").inner_text() == "0 of 4 claims"


@pytest.mark.parametrize(
    ("by", "order"),
    [
        ("Firmest first", ["always", "serves_attacker", "serves_defender", "undefined"]),
        ("Share of draws", ["always", "serves_attacker", "serves_defender", "undefined"]),
        ("Margin, in spreads", ["always", "serves_attacker", "serves_defender", "undefined"]),
        ("Shakiest first", ["serves_defender", "serves_attacker", "always", "undefined"]),
    ],
)
def test_claims_are_sorted(page, by, order):
    page.get_by_label("Sort").select_option(label=by)
    assert shown(page) == order
    page.get_by_label("Sort").select_option(label="As written")
    assert shown(page) == [claim["id"] for claim in sample()["claims"]]


def test_the_keyboard_is_enough(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").startswith("Skip to")
    page.keyboard.press("Enter")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.filter") == "fails":
            break
    page.keyboard.press("Space")
    assert shown(page) == ["serves_defender"]
    page.locator("#claim-serves_defender summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#claim-serves_defender details").first.evaluate("one => one.open")


def test_a_link_opens_what_it_leads_to(page):
    page.get_by_role("button", name="Fails").click()
    page.locator("header").get_by_role("link", name=re.compile("about serves_attacker")).first.click()
    page.wait_for_timeout(100)
    claim = page.locator("#claim-serves_attacker")
    assert claim.is_visible() and claim.locator("details").first.evaluate("one => one.open")
    claim.get_by_role("link", name="aid effect").click()
    assert page.url.endswith("#assumption-aid_effect")
    row = page.locator("#assumption-aid_effect").evaluate("one => one.closest('tr').textContent")
    assert row.startswith("aid effect")


# --- the script itself ------------------------------------------------------------------------------------------------


def test_the_scripts_are_made_of_the_sources_that_lie_beside_them():
    sources = hashlib.sha256()
    for file in sorted(FRONT.iterdir(), key=lambda file: file.name):
        sources.update(file.read_bytes())
    for name in ("charts.js", "page.js"):
        built = (SOURCE / "report" / name).read_text(encoding="utf-8")
        assert built.rstrip().endswith(f"// {sources.hexdigest()}"), "run `make front`"
