"""Files that are spoilt at random: whatever is in them, they are read, or refused at a place in them, in a sentence."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from longgame.errors import Problem, ScenarioError
from longgame.game.compile import compile
from longgame.scenario.load import loads
from longgame.text import visible

HERE = Path(__file__).parent
TEXTS = [
    (HERE / "base.yaml").read_text(encoding="utf-8"),
    (HERE.parent / "cases" / "strike.yaml").read_text(encoding="utf-8"),
    (HERE.parent / "cases" / "lender.yaml").read_text(encoding="utf-8"),
]
WORDS = re.compile(r"[\w.]+")
ODD = [
    *("~", "null", "true", "no", "-1", "0", "1e308", "1e-320", ".inf", ".nan", "30%", "30 %", "0x1F", "[]", "{}"),
    *("[a, b]", "{a: b}", "rest", "log(-1)", "1 / 0", "10 ** 400", "exp(1000)", "x = 1", "not", "period", "otherwise"),
    *("2025-02-30", "99999", *"()'|>%@`?-,#\\", '"'),
    *("__class__", "lambda", "extends", "then", "größe", "名", "𐀀", "&a", "*a", "!t"),
]
ODD += [": ", ", ", "\t", "\r", "\u202e", "\x1b[2J", "\ufeff", "a" * 300, "1" * 400, "\N{CYRILLIC SMALL LETTER A}id"]
ODD += ["18 March 2025", "depends on", "end of period", "30 %", "x y"]


def word(text: str, chance: random.Random) -> str:
    """One word for another, or for something odd."""
    found = chance.choice(list(WORDS.finditer(text)))
    new = chance.choice(ODD) if chance.random() < 0.6 else chance.choice(WORDS.findall(text))
    return text[: found.start()] + new + text[found.end() :]


def letter(text: str, chance: random.Random) -> str:
    """A letter taken out, put in, or changed."""
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(["", chance.choice(ODD)[:1], text[at] * 2]) + text[at + 1 :]


def line(text: str, chance: random.Random) -> str:
    """A line taken out, doubled, moved, or set in or out."""
    lines = text.splitlines()
    at = chance.randrange(len(lines))
    kind = chance.randrange(4)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(chance.randrange(len(lines)), lines[at])
    elif kind == 2:
        lines.insert(chance.randrange(len(lines)), lines.pop(at))
    else:
        lines[at] = "  " + lines[at] if chance.random() < 0.5 else lines[at][2:]
    return "\n".join(lines)


def end(text: str, chance: random.Random) -> str:
    """The rest cut off."""
    return text[: chance.randrange(len(text))]


KINDS: list[Callable[[str, random.Random], str]] = [word, word, word, letter, line, line, end]


def spoilt(seed: int) -> str:
    """A text with one mistake or some."""
    chance = random.Random(seed)
    text = chance.choice(TEXTS)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        text = chance.choice(KINDS)(text, chance) or "x"
    return text


def is_told(problem: Problem, text: str) -> bool:
    """Whether a problem has a place in the text and a sentence that is fit to be shown."""
    where = problem.where
    inside = where.line is not None and 1 <= where.line <= len(re.split("\r\n|\r|\n|\x85|\u2028|\u2029", text)) + 1
    said = f"{problem.expected}{problem.found}{problem.fix}"
    clean = problem.expected and problem.found and visible(said) == said and "\n" not in said
    return inside and bool(clean) and "object at 0x" not in said and problem.code != "shape"


def examined(text: str) -> list[Problem]:
    """What is wrong with a text. Raises whatever is not meant to be raised."""
    try:
        scenario = loads(text)
        compile(scenario)
    except ScenarioError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize("first", range(0, 240, 30))
def test_spoilt_files(first: int):
    for seed in range(first, first + 30):
        text = spoilt(seed)
        untold = [problem for problem in examined(text) if not is_told(problem, text)]
        assert untold == [], f"seed {seed}"
