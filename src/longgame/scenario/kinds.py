"""What kind of value each place of a scenario takes, and what its formulas are for, read off the types of the model."""

from __future__ import annotations

import types
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from longgame.scenario.fields import Beside
from longgame.scenario.formulas import Cases, Expression
from longgame.scenario.model import Scenario
from longgame.scenario.places import Path
from longgame.scenario.roles import Role


def kind_at(path: tuple[int | str, ...]) -> Any:
    """The type of the value that a path leads to; parts of it may be tags of unions. None where it leads nowhere."""
    kind: Any = Scenario
    for part in path:
        kind = inside(kind, part)
    return bare(kind)


def written_keys(kind: Any) -> list[str]:
    """The keys of a block of this type, as they are written in a file; none of what is no block."""
    return list(fields_of(kind))


def fields_of(kind: Any) -> dict[str, FieldInfo]:
    """The fields of a block of this type by the keys of a file; none of what is no block."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return {}
    return {field.alias or name: field for name, field in kind.model_fields.items()}


def inside(kind: Any, part: int | str) -> Any:
    """The type of the value at ``part`` inside a value of type ``kind``.

    In a union ``part`` may be the tag of a choice, or the key of one: of the first that has it.
    """
    kind = bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if part in (name, field.alias):
                return _noted(field)
        return inside(_noted(kind.model_fields[kind._spread()]), part) if issubclass(kind, Beside) else None
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is dict:
        return arguments[1]
    if origin is tuple:
        return arguments[0]
    if origin in (Union, types.UnionType):
        found = next((choice for choice in arguments if tag_of(choice) == part), None)
        return found or next(filter(None, (inside(choice, part) for choice in arguments)), None)
    return None


def _noted(field: FieldInfo) -> Any:
    return field.annotation if not field.metadata else Annotated[field.annotation, *field.metadata]


def tag_of(choice: Any) -> str | None:
    """The tag of one choice of a union."""
    return next((note.tag for note in get_args(choice)[1:] if hasattr(note, "tag")), None)


def bare(kind: Any) -> Any:
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


# --- blocks and formulas ----------------------------------------------------------------------------------------------


def blocks_in(value: Any, path: Path = ()) -> Iterator[tuple[Path, BaseModel]]:
    """Every block in a value, with its path."""
    if isinstance(value, BaseModel):
        yield path, value
        beside = value._spread() if isinstance(value, Beside) else ""
        for name, field in type(value).model_fields.items():
            yield from blocks_in(getattr(value, name), path if name == beside else (*path, field.alias or name))
    elif isinstance(value, dict | tuple):
        for part, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from blocks_in(each, (*path, part))


def role_of(kind: Any) -> Role | None:
    """What a formula of this type is for, as the model notes beside it; None for what is no formula with a note."""
    notes = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    role = next((note for note in notes if isinstance(note, Role)), None)
    if role is not None or bare(kind) is kind:
        return role
    choices = get_args(kind)[:1] if notes else get_args(kind)
    return next(filter(None, map(role_of, choices)), None)


def role_at(path: Path) -> Role | None:
    """What the formula at a path is for, if one can stand there; that of cases is that of the formula they make."""
    return _role_and_key(path)[0]


def target_at(path: Path) -> str | None:
    """The state variable whose value is given at a path, if one is: a word of it may stand there."""
    role, key = _role_and_key(path)
    return key if role is not None and role.gives else None


def _role_and_key(path: Path) -> tuple[Role | None, str]:
    """The role of the formula at a path, and the last name on the way to it."""
    kind, key = Scenario, ""
    for part in path:
        named = bare(kind)
        key = str(part) if isinstance(part, str) and part not in fields_of(named) else key
        kind = inside(kind, part)
        if (role := role_of(kind)) is not None:
            return role, key
    return None, key


def formulas_in(
    value: Any, kind: Any = Scenario, path: Path = (), key: str = ""
) -> Iterator[tuple[Path, str, Expression | Cases, Role]]:
    """Every formula in a value of a type: its path, the last name on the way to it, itself, and what it is for."""
    role = role_of(kind)
    if role is not None:
        several = isinstance(value, tuple) and len(value) > 1
        for place, formula in enumerate(value if isinstance(value, tuple) else (value,)):
            if formula is not None:
                yield (*path, place) if several else path, key, formula, role
    elif isinstance(value, BaseModel):
        for name, part, inner in _ways(type(value)):
            yield from formulas_in(getattr(value, name), inner, (*path, *part), key)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from formulas_in(each, get_args(bare(kind))[1], (*path, name), name)
    elif isinstance(value, tuple):
        for place, each in enumerate(value):
            yield from formulas_in(each, get_args(bare(kind))[0], (*path, place), key)


@cache
def _ways(block: type[BaseModel]) -> tuple[tuple[str, tuple[str, ...], Any], ...]:
    """The fields of a block in which there are formulas: name, key in a file (none if it stands beside), and type."""
    beside = block._spread() if issubclass(block, Beside) else ""
    kinds = {name: (field.alias or name, _noted(field)) for name, field in block.model_fields.items()}
    return tuple((name, () if name == beside else (key,), kind) for name, (key, kind) in kinds.items() if _leads(kind))


def _leads(kind: Any) -> bool:
    """Whether there are formulas with a role in values of a type."""
    if role_of(kind) is not None:
        return True
    inner = bare(kind)
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return bool(_ways(inner))
    return any(map(_leads, get_args(inner)))


def is_question(path: Path) -> bool:
    """Whether a question stands at a path."""
    return path[:1] == ("claims",) and (path[2:] == ("holds",) or (len(path) == 4 and path[2] == "shows"))
