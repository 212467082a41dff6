"""The JSON Schema of a scenario file, made from the same definitions that read it.

Editors that know the schema complete keys and mark mistakes of shape as the file is typed. What the blocks say to each
other (unknown names, odds that do not make one) only ``longgame check`` can tell.

A file that extends another has a looser schema: it may leave out anything, and delete with ``null``.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from longgame.scenario.merge import POSITIONS, REMOVE
from longgame.scenario.model import Scenario
from longgame.scenario.variants import FIXED
from longgame.text import NAME, TEMPLATE

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
ID = "urn:longgame:scenario"
FILE = "longgame.schema.json"
"""What the schema is called beside a scenario that names it."""
NAMED = f"# yaml-language-server: $schema={FILE}\n"
"""The line of a scenario that names it, as editors understand it."""
_REFERENCE = "#/$defs/"
_CHANGED = "Changed"
_STEPS = ("Move", "Simultaneous", "Offer", "Statement", "Chance")
_EXTENDS = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
    "description": "The file, or the shipped scenario, that this one builds on; or a list, each laid over the last.",
}


def json_schema() -> Schema:
    """The schema, in draft 2020-12."""
    whole = _for_each(_named_keys(Scenario.model_json_schema(by_alias=True)))
    definitions: dict[str, Schema] = whole.pop("$defs")
    changed = {name + _CHANGED: _changed(definition) for name, definition in definitions.items()}
    changed |= {name + _CHANGED: _placed(definitions[name]) for name in _STEPS}
    properties = {name: _or_nothing(_changed(field)) for name, field in whole["properties"].items()}
    steps = [{"$ref": f"{_REFERENCE}{name}{_CHANGED}"} for name in _STEPS]
    properties["period"] = {
        "description": whole["properties"]["period"]["description"],
        "type": ["array", "null"],
        "items": {"anyOf": [*steps, _REMOVAL]},
    }
    overlay = {name: field for name, field in properties.items() if name not in FIXED}
    for variant in (definitions["Variant"], changed["Variant" + _CHANGED]):
        variant |= {"properties": overlay | variant["properties"], "additionalProperties": False}
    schema = {
        "$schema": DRAFT,
        "$id": ID,
        "title": "longgame scenario",
        "description": "A strategic assessment, written as a game.",
        "type": "object",
        "if": {"required": ["extends"]},
        "then": {"properties": {"extends": _EXTENDS, **properties}, "additionalProperties": False},
        "else": {key: whole[key] for key in ("properties", "required", "additionalProperties")},
        "$defs": {**definitions, **changed},
    }
    return _described(schema)


def _described(schema: Schema) -> Schema:
    """The schema with what each key means beside it: an editor does not look behind references and choices."""
    definitions = schema["$defs"]

    def meaning(field: Any) -> str:
        if "description" in field or "$ref" not in field:
            return field.get("description") or next((m for f in field.get("anyOf", ()) if (m := meaning(f))), "")
        return meaning(definitions[field["$ref"].removeprefix(_REFERENCE)])

    def walk(part: Any) -> Any:
        if isinstance(part, list):
            return [walk(each) for each in part]
        if not isinstance(part, dict):
            return part
        made = {key: walk(each) for key, each in part.items()}
        for name, field in part.get("properties", {}).items():
            made["properties"][name] = made["properties"][name] | {"description": " ".join(meaning(field).split())}
        return made

    return walk(schema)


_REMOVAL: Schema = {
    "type": "object",
    "properties": {REMOVE: {"type": "string", "description": "The step to take out."}},
    "required": [REMOVE],
    "additionalProperties": False,
}


def _named_keys(schema: Any) -> Any:
    """Every mapping by its key's pattern, as a rule for its keys and one for its values, which leaves no other keys."""
    if isinstance(schema, list):
        return [_named_keys(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: _named_keys(part) for key, part in schema.items() if key != "patternProperties"}
    for pattern, value in schema.get("patternProperties", {}).items():
        out["propertyNames"] = {"pattern": pattern}
        out["additionalProperties"] = _named_keys(value)
    return out


def _for_each(schema: Any) -> Any:
    """Where a name stands, one with ``{member}`` in it may."""
    if isinstance(schema, list):
        return [_for_each(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: _for_each(part) for key, part in schema.items()}
    if isinstance(out.get("pattern"), str):
        out["pattern"] = out["pattern"].replace(NAME, TEMPLATE)
    return out


def _changed(schema: Any) -> Any:
    """The schema of a change: nothing is required, keys may be deleted. Lists are replaced whole, so they stay."""
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "array":
        return deepcopy(schema)
    out: Schema = {}
    for key, part in schema.items():
        if key == "properties":
            out[key] = {name: _or_nothing(_changed(field)) for name, field in part.items()}
        elif key == "additionalProperties" and isinstance(part, dict):
            out[key] = _or_nothing(_changed(part))
        elif key in ("anyOf", "oneOf"):
            out["anyOf"] = [_changed(choice) for choice in part]
        elif key == "$ref":
            out[key] = part + _CHANGED
        elif key not in ("required", "minProperties", "default", "discriminator"):
            out[key] = deepcopy(part)
    return out


def _or_nothing(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _placed(step: Schema) -> Schema:
    """A step that may say where it is put."""
    out = deepcopy(step)
    for word in POSITIONS:
        out["properties"][word] = {"type": "string", "description": f"The step {word} which this one is put."}
    return out
