"""The file ``run.json``: a plan, what its arrays mean, and the digests of the files that the run wrote beside them.

It is read with every value looked at, since a run is gone on with for hours on the strength of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

from longgame.errors import RunError
from longgame.run.plan import FIELDS, Axes, Plan

LAYOUT = 4


def write_run(plan: Plan, files: Mapping[str, str]) -> str:
    """The text of ``run.json``."""
    arrays = {name: {"kind": kind, "axes": ["draw", *axes]} for name, (kind, _, axes) in FIELDS.items()}
    own = {"layout": LAYOUT} | asdict(plan) | {"versions": dict(plan.versions), "arrays": arrays}
    return json.dumps(own | {"digest": plan.digest, "files": dict(files)}, indent=2, ensure_ascii=False) + "\n"


def read_run(content: bytes) -> tuple[Plan, dict[str, str]]:
    """The plan and the digests of files. Raises RunError, naming the key, for what no run has written."""
    own = _parsed(content)
    if own.get("layout") != LAYOUT:
        raise RunError(f"The run has layout {own.get('layout')}; this longgame knows layout {LAYOUT}.")
    for key, (fits, expected) in EXPECTED.items():
        if key not in own:
            raise RunError(f"Expected `{key}`, {expected}; there is none.")
        if not fits(own[key]):
            raise RunError(f"`{key}`: expected {expected}, found {_short(own[key])}.")
    own |= {
        "axes": Axes(**{name: tuple(names) for name, names in own["axes"].items()}),
        "versions": tuple(own["versions"].items()),
    }
    plan = Plan(**{field.name: own[field.name] for field in fields(Plan)})
    if own["digest"] != plan.digest:
        raise RunError("`digest`: the plan was changed after the run had begun; its draws are not those of this plan.")
    return plan, own["files"]


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        own = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise RunError(f"Expected text in UTF-8, found byte 0x{content[error.start]:02x} at {error.start}.") from None
    except (ValueError, RecursionError) as error:
        raise RunError(f"Expected JSON: {error}.") from None
    if not isinstance(own, dict):
        raise RunError(f"Expected an object in JSON, found {_short(own)}.")
    return own


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:60] + "..."


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _number_from(least: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _texts_by_name(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_text, value.values()))


def _axes(value: Any) -> bool:
    names = {field.name for field in fields(Axes)}
    return isinstance(value, dict) and value.keys() == names and all(map(_texts, value.values()))


#: Key -> (whether a value fits, what is expected).
EXPECTED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "scenario": (_text, "the scenario as text"),
    "name": (_text, "a text"),
    "file": (lambda value: value is None or _text(value), "a text or null"),
    "seed": (_number_from(0), "a whole number from 0 on"),
    "draws": (_number_from(0), "a whole number from 0 on"),
    "chunk": (_number_from(1), "a whole number from 1 on"),
    "every_posture": (_truth, "true or false"),
    "versions": (_texts_by_name, "a text for each name"),
    "axes": (_axes, f"a list of names for each of {', '.join(field.name for field in fields(Axes))}"),
    "temper": (_truth, "true or false"),
    "variant_draws": (lambda value: value is None or _number_from(0)(value), "a whole number from 0 on, or null"),
    "digest": (_text, "a text"),
    "files": (_texts_by_name, "a text for each name"),
}
