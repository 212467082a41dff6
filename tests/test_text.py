"""What an analyst writes is shown, never obeyed: by a terminal, a page, or the reader's eye."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

import longgame
from longgame.cli import main
from longgame.errors import Place, Problem
from longgame.report import render
from longgame.text import composed, is_name, likeness, nearest, possessive, scripts_in, visible
from tests.sample_answers import sample
from tests.tiny import TEXT

CASES = Path(__file__).parent / "cases"
HOSTILE = "a\x1b[2J\x9b31m\r\u202eb\x07\u2066\u200f\u2028\ufeff\ud800"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, öäü and 中文", "plain, öäü and 中文"),
        ("two\n\tlines", "two\n\tlines"),
        ("می\u200cرود", "می\u200cرود"),  # spelling needs the joiner
        ("\x1b[31m", "[U+001B][31m"),
        ("\r\n", "[U+000D]\n"),
        ("\u202eabc", "[U+202E]abc"),
        ("\U000e0041", "[U+E0041]"),
    ],
)
def test_visible(text: str, shown: str):
    assert visible(text) == shown
    assert visible(shown) == shown


def test_nothing_that_is_obeyed_is_left():
    assert not OBEYED.search(visible("".join(map(chr, range(0x11000)))))


def test_a_problem_is_one_line_that_is_not_obeyed():
    problem = Problem("code", Place("", f"{HOSTILE}.yaml", 1, 1), HOSTILE, f"{HOSTILE}\nforged: 1 problem", HOSTILE)
    assert not OBEYED.search(str(problem))
    assert "\n" not in str(problem)


def test_a_page_holds_none():
    def poisoned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: poisoned(part) for key, part in value.items()}
        return [poisoned(part) for part in value] if isinstance(value, list) else value

    answers = poisoned(sample())
    for claim in answers["claims"]:
        claim["says"] += HOSTILE
        claim["shows"] = {HOSTILE: 1.0}
    answers["scenario"]["title"] += HOSTILE
    answers["assumptions"][0]["source"] += HOSTILE
    page = render(answers)
    assert not OBEYED.search(page)
    assert "[U+001B]" in page


def test_a_hostile_scenario(capsys: pytest.CaptureFixture[str]):
    """Escape sequences, bells, carriage returns and overrides in every text of a scenario: told, and shown."""
    file = str(CASES / "xss.yaml")
    scenario, problems = longgame.read(file)
    assert {p.where.line for p in problems if p.code == "unseen"} == {1, 2, 5, 29, 30, 35, 37}
    assert not OBEYED.search(repr(scenario.model_dump()).encode().decode("unicode_escape", "replace"))
    assert main(["check", file]) == 0
    said = capsys.readouterr()
    assert not OBEYED.search(said.out + said.err)


@pytest.mark.parametrize("argument", [f"{HOSTILE}.yaml".replace("\ud800", ""), "\x1b[2J"])
def test_hostile_arguments(argument: str, capsys: pytest.CaptureFixture[str]):
    assert main(["check", argument]) == 2
    assert main([argument]) == 2
    said = capsys.readouterr()
    assert not OBEYED.search(said.out + said.err)


@pytest.mark.parametrize("name", ["aid", "größe", "Größe_2", "цена", "价格", "नाम", "السعر", "π", "_x", "𐤀𐤁"])
def test_names_of_any_script(name: str):
    assert is_name(composed(name))
    assert is_name(composed(unicodedata.normalize("NFD", name)))


@pytest.mark.parametrize("name", ["", "2x", "a-b", "a b", "a.b", "²", "€", "a\u202e", "a\u200d", "、"])
def test_no_names(name: str):
    assert not is_name(name)


def test_names_that_look_alike():
    alike = "\N{CYRILLIC SMALL LETTER A}id"
    assert likeness(alike) == "aid"
    assert scripts_in(alike) == {"LATIN", "CYRILLIC"}
    assert nearest(alike, ["aim", "aid"]) == "Did you mean `aid`? It looks the same and is written with other letters."
    assert nearest("ade", ["aid", "aide"]) == "Did you mean `aide`?"


@pytest.mark.parametrize(("name", "whose"), [("Patron", "Patron's"), ("US", "US's"), ("Tenants", "Tenants'")])
def test_whose_something_is(name: str, whose: str):
    assert possessive(name) == whose


def test_a_name_typed_in_another_form_is_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Some keyboards write an accent as a character of its own; names of files are left as they are."""
    name = unicodedata.normalize("NFD", "dérive")
    path = tmp_path / f"{name}.yaml"
    claim = f"claims:\n  {composed(name)}: {{says: x, holds: belief(h == yes) > 0.7}}\n"
    path.write_text(TEXT + claim, encoding="utf-8")
    assert main(["explain", str(path), name, "--no-slopes"]) == 0
    assert composed(name) in capsys.readouterr().out
