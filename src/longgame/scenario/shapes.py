"""What is wrong with the shape of a block, in the words of the scenario rather than in pydantic's.

Pydantic says where by a path that also names its own unions and fields; here the path is followed through the file as
it stands, and each kind of error gets its sentence.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from longgame.errors import Problem
from longgame.scenario.formulas import SLIP
from longgame.scenario.model import STEP_KINDS, Scenario
from longgame.scenario.places import Path, Source
from longgame.text import describe, nearest


@dataclass(frozen=True)
class Fault:
    """One error of shape: the problem, and what to leave out so that the rest can be read.

    ``path`` is the value that is at fault; ``missing`` a key that is not there.
    """

    problem: Problem
    path: Path
    missing: str | int | None
    readable: bool


def fault_of(error: ErrorDetails, data: Any, source: Source) -> Fault:
    """Put one of pydantic's errors into words, with its place."""
    path, missing, is_key = _follow(error["loc"], data)
    kind = error["type"]
    context = error.get("ctx", {})
    at_key, text, character = is_key or kind == "extra_forbidden", "", None
    if kind == SLIP:
        code, expected, found, fix = (context[key] for key in ("code", "expected", "found", "fix"))
        given = error["input"]
        if isinstance(given, str):
            text, character = given, context["start"]
    elif kind == "missing" and isinstance(missing, str):
        code, expected, found = "missing-key", f"the key `{missing}`", "none"
        fix = f"Add `{missing}: ...` here."
        at_key = True
    elif kind == "extra_forbidden":
        known = _keys_at(error["loc"][:-1])
        code, found = "unknown-key", f"`{path[-1]}`"
        expected = "one of the keys " + ", ".join(known) if len(known) <= 12 else "a key of the language"
        fix = nearest(str(path[-1]), known)
    else:
        code, expected, fix = _in_words(kind, context, is_key, error)
        found = f"`{path[-1]}`" if is_key else describe(error["input"])
        if kind == "missing":  # a list that is too short
            code, expected, found = (
                "list-length",
                f"a list of {int(missing or 0) + 1} or more",
                f"a list of {missing or 0}",
            )
    place = source.place(path, key=at_key, text=text, character=character)
    return Fault(Problem(code, place, expected, found, fix), path, missing, kind == SLIP)


def _follow(loc: tuple[int | str, ...], data: Any) -> tuple[Path, str | int | None, bool]:
    """Follow pydantic's path through the data, past its own words.

    Returns:
        The path of the value, the key that is missing there (or None), and whether a key itself is meant.
    """
    path: list[int | str] = []
    rest: list[int | str] = []
    for index, part in enumerate(loc):
        if index == 2 and loc[0] == "period" and part in STEP_KINDS:
            continue  # which kind of step it is, not the key of that name
        if part in (data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()):
            data = cast(Any, data)[part]
            path.append(part)
            rest = []
        else:
            rest.append(part)
    is_key = bool(rest) and rest[-1] == "[key]"
    missing = rest[-1] if rest and not is_key else None
    return tuple(path), missing, is_key


def _in_words(kind: str, context: Mapping[str, Any], is_key: bool, error: ErrorDetails) -> tuple[str, str, str]:
    """Code, what was expected, and the fix, for pydantic's own kinds of error."""
    if kind == "string_pattern_mismatch" or (is_key and kind == "string_type"):
        return "bad-name", "a name of letters, digits and `_` that begins with a letter", _name_fix(error["input"])
    if kind == "string_type":
        fixes = {bool: "Write yes or no, or put it in quotes.", int: "Numbers go on a `grid`."}
        return "not-a-word", "a word or a text", fixes.get(type(error["input"]), "")
    if kind == "string_too_short":
        return "not-a-word", "a text", ""
    if kind.startswith("union_tag"):
        return "step-kind", "a step with the key " + " or ".join(f"`{kind}`" for kind in STEP_KINDS), ""
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        fix = "Write {} for a block without keys." if error["input"] is None else ""
        return "not-a-block", "a block of keys", fix
    if kind in ("tuple_type", "list_type"):
        return "not-a-list", "a list", "Write [a, b]."
    if kind in ("too_long", "too_short"):
        bound = context.get("max_length", context.get("min_length"))
        limit = "at most" if kind == "too_long" else "at least"
        return "list-length", f"{limit} {bound} {'entry' if bound == 1 else 'entries'}", ""
    if kind in ("float_type", "int_type", "int_from_float", "finite_number"):
        whole = "whole " if kind.startswith("int") else ""
        fix = "An expression cannot stand here." if isinstance(error["input"], str) else ""
        return "not-a-number", f"a {whole}number", fix
    if kind == "literal_error":
        return "unknown-value", str(context.get("expected", "another word")).replace("'", "`"), ""
    bounds = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most")}
    if kind in bounds:
        key, words = bounds[kind]
        return "out-of-range", f"a number of {words} {context[key]}", ""
    return "shape", error["msg"][:1].lower() + error["msg"][1:], ""


def _name_fix(given: Any) -> str:
    if not isinstance(given, str):
        return "Numbers go on a `grid`."
    tidy = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in given).strip("_")
    return f"Write `{tidy}`." if tidy[:1].isalpha() else ""


# --- which keys a block has ------------------------------------------------------------------------------------------


def _keys_at(loc: tuple[int | str, ...]) -> list[str]:
    """The keys of the block that pydantic's path leads to, as they are written in a file."""
    kind: Any = Scenario
    for part in loc:
        kind = _inside(kind, part)
    model = _bare(kind)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _inside(kind: Any, part: int | str) -> Any:
    """The type of the value at ``part`` inside a value of type ``kind``; ``part`` may be the tag of a union."""
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if part in (name, field.alias):
                return field.annotation if not field.metadata else Annotated[field.annotation, *field.metadata]
        return None
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is dict:
        return arguments[1]
    if origin is tuple:
        return arguments[0]
    if origin in (Union, types.UnionType):
        return next((choice for choice in arguments if _tag(choice) == part), None)
    return None


def _tag(choice: Any) -> str | None:
    return next((note.tag for note in get_args(choice)[1:] if hasattr(note, "tag")), None)


def _bare(kind: Any) -> Any:
    """The type without notes, and of ``X | None`` the ``X``."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, types.UnionType):
            choices = [choice for choice in get_args(kind) if choice is not type(None)]
            if len(choices) != 1:
                return kind
            kind = choices[0]
        else:
            return kind
