"""The JSON Schema accepts what the loader accepts, as far as shape goes, and refuses what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from longgame.scenario import library
from longgame.scenario.schema import json_schema
from longgame.scenario.yaml_tree import compose, data_of

HERE = Path(__file__).parent
BASE = (HERE / "base.yaml").read_text(encoding="utf-8")
CASES = yaml.safe_load((HERE / "broken.yaml").read_text(encoding="utf-8"))
SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)

# What pydantic refuses, a schema can refuse; the text of an expression it cannot read.
SHAPE = {
    "unknown-key", "missing-key", "bad-name", "list-length", "not-a-number", "out-of-range", "step-kind", "not-a-block",
    "not-a-word", "unknown-value",
}  # fmt: skip


def data(text: str) -> object:
    return data_of(compose(text, None, []))


def test_the_schema_is_valid():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"].endswith("2020-12/schema")
    assert SCHEMA["$id"] == "urn:longgame:scenario"


def keys_of(part: object, path: str = "") -> Iterator[tuple[str, dict]]:
    """Every key that the schema describes, with its path in the schema."""
    if isinstance(part, list):
        for index, each in enumerate(part):
            yield from keys_of(each, f"{path}/{index}")
    if isinstance(part, dict):
        for name, field in part.get("properties", {}).items():
            yield f"{path}/{name}", field
        for name, each in part.items():
            yield from keys_of(each, f"{path}/{name}")


def test_every_key_is_described():
    """A person who hovers over a key in an editor reads what it is."""
    found = dict(keys_of(SCHEMA))
    assert len(found) > 200
    assert [path for path, field in found.items() if len(field.get("description", "")) < 8] == []
    assert found["/$defs/Evidence/took"]["description"].startswith("The option that was taken")
    assert found["/then/claims"]["description"] == "The sentences of the assessment."


@pytest.mark.parametrize("name", library.names())
def test_shipped_scenarios_are_valid(name: str):
    errors = [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(data(library.read(name)))]
    assert errors == []


def test_the_base_is_valid():
    assert VALIDATOR.is_valid(data(BASE))


def shape_cases() -> list[str]:
    return [
        name
        for name, case in CASES.items()
        if {found.split()[1].rstrip(":") for found in case["found"]} <= SHAPE
        and name not in ("rationality negative", "value infinite")
    ]


@pytest.mark.parametrize("name", shape_cases())
def test_broken_shapes_are_refused(name: str):
    text = BASE
    for old, new in CASES[name]["edit"]:
        text = text.replace(old, new)
    assert not VALIDATOR.is_valid(data(text))


def test_there_are_enough_of_them():
    assert len(shape_cases()) >= 15


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("extends: base.yaml\n", True),
        ("extends: base.yaml\nassumptions: {prize: {value: 3}}\n", True),
        ("extends: base.yaml\nclaims: {end_near: null}\nend_values: null\n", True),
        ("extends: base.yaml\nperiod: [{remove: weather}]\n", True),
        ("extends: base.yaml\nperiod: [{chance: rain, after: weather, outcomes: {wet: {p: 1}}}]\n", True),
        ("extends: base.yaml\nassumptions: {prize: {worth: 3}}\n", False),
        ("extends: base.yaml\nperiod: [{chance: rain, under: weather, outcomes: {wet: {p: 1}}}]\n", False),
        ("extends: base.yaml\nforcasts: {}\n", False),
        ("extends: 3\n", False),
        ("title: Alone\n", False),
    ],
)
def test_extensions(text: str, valid: bool):
    assert VALIDATOR.is_valid(data(text)) == valid
