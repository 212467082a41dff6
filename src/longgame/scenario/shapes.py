"""What is wrong with the shape of a block, in the words of the scenario rather than in pydantic's.

Pydantic says where by a path that also names its own unions and fields; here the path is followed through the file as
it stands, and each kind of error gets its sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import Any, cast

from pydantic_core import ErrorDetails

from longgame.errors import Problem
from longgame.scenario.acceptance import HOW
from longgame.scenario.formulas import SLIP
from longgame.scenario.kinds import kind_at, written_keys
from longgame.scenario.model import END_OF_PERIOD, STEP_KINDS
from longgame.scenario.places import Path, Source, Spot
from longgame.scenario.yaml_tree import Broken
from longgame.text import describe, is_name, likeliest, listed, nearest


@dataclass(frozen=True)
class Fault:
    """One error of shape: the problem, and what to do so that the rest can be read.

    Attributes:
        path: the value that is at fault.
        missing: a key that is not there, or how many entries are.
        meant: the key that an unknown one can only mean.
        readable: only the text of the expression is at fault.
        broken: the analyst is told of this value already.
        echo: the error follows from others.
    """

    problem: Problem
    path: Path
    missing: str | int | None = None
    meant: str | None = None
    readable: bool = False
    broken: bool = False
    echo: bool = False


def fault_of(error: ErrorDetails, data: Any, source: Source) -> Fault:
    """Put one of pydantic's errors into words, with its place."""
    path, missing, is_key = _follow(error["loc"], data)
    kind = error["type"]
    context = error.get("ctx", {})
    at_key, text, character, meant = is_key or kind == "extra_forbidden", "", None, None
    given = error["input"]
    if kind == SLIP:
        code, expected, found, fix = (context[key] for key in ("code", "expected", "found", "fix"))
        if isinstance(given, str):
            text, character = given, context["start"]
    elif kind == "missing" and isinstance(missing, str):
        code, expected, found = "missing-key", f"the key `{missing}`", "none"
        fix = f"Add `{missing}: ...` here."
        at_key = True
    elif kind == "extra_forbidden":
        code, found = "unknown-key", f"`{path[-1]}`"
        expected, fix, meant = _unknown_key(str(path[-1]), written_keys(kind_at(error["loc"][:-1])))
    elif kind.startswith("union_tag") and isinstance(given, Mapping):
        code, found = "step-kind", listed(f"`{key}`" for key in given) or "no keys"
        expected = "a step with the key " + " or ".join(f"`{kind}`" for kind in STEP_KINDS)
        slip = next((key for key in given if likeliest(str(key), STEP_KINDS)), None)
        fix, meant = (nearest(slip, STEP_KINDS), likeliest(slip, STEP_KINDS)) if slip else ("", None)
        path = (*path, slip) if slip else path
        at_key = slip is not None
    else:
        code, expected, fix = _in_words(kind, context, is_key, error)
        meant = _tidy(given) if is_key and code == "bad-name" else None
        found = f"`{path[-1]}`" if is_key else _as_written(given, source.spots.get(path))
        if kind == "missing":  # a list that is too short
            code, expected, found = (
                "list-length",
                f"a list of {int(missing or 0) + 1} or more",
                f"a list of {missing or 0}",
            )
    place = source.place(path, key=at_key, text=text, character=character)
    broken = isinstance(given, Broken)
    enough = kind == "too_short" and isinstance(given, Sized) and len(given) >= context["min_length"]
    problem = Problem(code, place, expected, found, fix)
    return Fault(problem, path, missing, meant, kind == SLIP, broken, broken or enough)


def _as_written(given: Any, spot: Spot | None) -> str:
    """A value as it stands in the file; ``1e100`` rather than ``1e+100``."""
    plain = spot is not None and spot.raw and isinstance(given, int | float)
    return describe(spot.raw if spot is not None and plain else given)


EXTENDS = "extends"
NAMING = ("id", "signal", "name", *STEP_KINDS)  # keys whose value is a new name

# What other tools, or other people, call the keys of the language.
_CALLED = {
    **dict.fromkeys(("include", "import", "imports", "inherits", "based_on", "base"), EXTENDS),
    "players": "actors", "parties": "actors", "agents": "actors", "parameters": "assumptions", "params": "assumptions",
    "variables": "state", "states": "state", "types": "hidden", "steps": "period", "moves": "period",
    "stages": "period", "utilities": "payoffs", "utility": "payoffs", "observations": "evidence",
    "observed": "evidence", "hypotheses": "claims", "events": "forecasts", "strategies": "postures",
    "condition": "when", "if": "when", "probability": "p", "prob": "p", "player": "by", "actor": "by",
    "actions": "options", "choices": "options", "effects": "set", "effect": "set", "description": "says",
    "label": "says", "text": "says", "reason": "because", "date": "on", "actions taken": "took", "default": "value",
    "payoff": "pay", "payments": "pay", "cost": "pay", "prior": "values", "priors": "values", "beta": "discount",
    "horizon": "periods", "length": "periods", "next": "then", "goto": "then",
}  # fmt: skip


_NO_INERTIA = (
    "Only a `move`, and what several choose `together`, have inertia. Put a `chance` step before this one, of which "
    f"one outcome goes on and the other has `then:` with the step after it, or `{END_OF_PERIOD}`."
)


def _unknown_key(name: str, known: list[str]) -> tuple[str, str, str | None]:
    """What was expected instead of an unknown key, how to mend it, and what it can only mean."""
    expected = "one of the keys " + ", ".join(known) if len(known) <= 12 else "a key of the language"
    if "actors" in known:
        known = [*known, EXTENDS]
    called = _CALLED.get(name.lower())
    if called in known:
        form = "FILE" if called == EXTENDS else "..."
        return expected, f"Write `{called}: {form}`.", called
    if name in ("inertia", "stays") and not {"offer", "statement"}.isdisjoint(known):
        return expected, _NO_INERTIA, None
    return expected, nearest(name, known), likeliest(name, known)


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
    if "accepted_by" in error["loc"][:-1]:
        return "acceptance", "whose acceptance is needed", HOW
    if error["loc"][-1:] in (("str",), ("int",)):  # the two forms of a date, each refused by itself
        return "bad-date", "a date, or the number of a period", "Write 2025-03 or 2025-03-18."
    if kind == "string_pattern_mismatch" or (is_key and kind == "string_type"):
        new = is_key or error["loc"][-1] in NAMING
        fix = _name_fix(error["input"]) if new or not isinstance(error["input"], str) else ""
        fix = fix or ("A name has no spaces." if " " in str(error["input"]) else "")
        return "bad-name", "a name of letters, digits and `_` that begins with a letter", fix
    if kind == "string_type":
        fixes = {bool: "Write yes or no, or put it in quotes.", int: "Numbers go on a `grid`."}
        return "not-a-word", "a word or a text", fixes.get(type(error["input"]), "")
    if kind == "string_too_short":
        return "not-a-word", "a text", ""
    if kind.startswith("union_tag"):  # not even a block
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
        if error["input"] == "forever":
            fix = "Only a clock of one length has no end: `clock: {periods: forever}`."
        return "not-a-number", f"a {whole}number", fix
    if kind == "literal_error":
        return "unknown-value", str(context.get("expected", "another word")).replace("'", "`"), ""
    bounds = {
        "greater_than_equal": ("ge", "at least"),
        "less_than_equal": ("le", "at most"),
        "greater_than": ("gt", "more than"),
    }
    if kind in bounds:
        key, words = bounds[kind]
        return "out-of-range", f"a number of {words} {context[key]}", ""
    return "shape", "another kind of value", ""


def _name_fix(given: Any) -> str:
    if not isinstance(given, str):
        return "Numbers go on a `grid`."
    tidy = _tidy(given)
    return f"Write `{tidy}`." if tidy else ""


def _tidy(given: Any) -> str | None:
    """The name that a text most likely means, if any."""
    tidy = "".join(letter if letter.isalnum() else "_" for letter in str(given)).strip("_")
    return tidy if is_name(tidy) else None
