"""Every example of docs/language.md is a scenario, or a part of one, that loads as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from longgame.errors import ScenarioError
from longgame.scenario import model as model_module
from longgame.scenario.checks import check
from longgame.scenario.checks.formulas import check_slot
from longgame.scenario.context import Context, Slot
from longgame.scenario.formulas import Expression, Question
from longgame.scenario.load import load, loads
from longgame.scenario.model import Scenario
from longgame.scenario.questions.grammar import QUESTIONS
from longgame.scenario.questions.understand import understand
from longgame.scenario.roles import DEFINITION

DOCS = Path(__file__).parents[2] / "docs" / "language.md"
TEXT = DOCS.read_text(encoding="utf-8")
BLOCKS = [
    pytest.param(match[1], match[2], id=f"line {TEXT[: match.start()].count(chr(10)) + 2}")
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
]
FIRST = str(BLOCKS[0].values[1])


def read(example: str, folder: Path) -> Scenario:
    """An example by itself if it is whole or extends another, otherwise laid over the first of the page."""
    if example.startswith(("title:", "extends:")) and ("period:" in example or "extends:" in example):
        return loads(example)
    (folder / "first.yaml").write_text(FIRST, encoding="utf-8")
    (folder / "example.yaml").write_text(f"extends: first.yaml\n{example}", encoding="utf-8")
    return load(folder / "example.yaml")


@pytest.mark.parametrize(("kind", "example"), BLOCKS)
def test_example(kind: str, example: str, tmp_path: Path):
    if kind == "yaml":
        read(example, tmp_path)
        return
    scenario = loads(FIRST)
    for line in example.splitlines():
        if kind == "formulas":
            slot = Slot(("definitions", "example"), Expression(line), DEFINITION)
            assert [str(problem) for problem in check_slot(Context(scenario), slot)] == [], line
        else:
            assert kind == "questions"
            understand(scenario, Question(line))


def test_the_first_scenario_has_no_warnings():
    assert [str(problem) for problem in check(loads(FIRST))] == []


def test_every_question_has_an_example_and_a_line():
    questions = "".join(block.values[1] for block in BLOCKS if block.values[0] == "questions")
    for name in QUESTIONS:
        assert f"{name}(" in questions
        assert f"| `{name}(" in TEXT


def keys_of(model: type, seen: set[type]) -> set[str]:
    """Every key of a block and of the blocks inside it."""
    if model in seen or not hasattr(model, "model_fields"):
        return set()
    seen.add(model)
    keys = set()
    for name, field in model.model_fields.items():
        keys.add(field.alias or name)
        for part in re.findall(r"longgame\.scenario\.\w+\.(\w+)", repr(field.annotation)):
            keys |= keys_of(getattr(model_module, part, object), seen)
    return keys


def test_every_key_has_an_example():
    examples = "".join(block.values[1] for block in BLOCKS if block.values[0] == "yaml")
    keys = keys_of(Scenario, set())
    assert {"title", "grid", "known_to", "lottery", "lambda", "triangular", "happened", "noise"} <= keys
    written_beside = {"cases", "changes"}  # these stand directly in their block
    missing = [key for key in keys - written_beside if not re.search(rf"\b{key}:", examples)]
    assert missing == []


def test_the_message_on_the_page_is_the_real_one():
    broken = FIRST.replace("  attacker: 1 - strength", "  attacker: 1 - strenght")
    with pytest.raises(ScenarioError) as caught:
        loads(broken, "truce.yaml")
    shown = re.search(r"^    truce\.yaml:\d+:\d+: (.*)$", TEXT, re.MULTILINE)
    assert shown is not None
    assert str(caught.value).endswith(shown[1])
