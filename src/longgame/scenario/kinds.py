"""What kind of value each place of a scenario takes, read off the types of the model."""

from __future__ import annotations

import types
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from longgame.scenario.model import Scenario


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
    """The type of the value at ``part`` inside a value of type ``kind``; ``part`` may be the tag of a union."""
    kind = bare(kind)
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
        return next((choice for choice in arguments if tag_of(choice) == part), None)
    return None


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
