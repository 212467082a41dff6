"""The kinds of values that the keys of a scenario take: names, prose, numbers, dates, odds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from longgame.scenario.formulas import Block, Formula


def prose(given: Any) -> Any:
    """A text without space around it; a number (a year, say) as a text."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return str(given)
    return given.strip() if isinstance(given, str) else given


def _listed(given: Any) -> Any:
    return (given,) if isinstance(given, str) else given


def _certain(given: Any) -> Any:
    return {given: 1} if isinstance(given, str) else given


Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", strict=True)]
"""A name that expressions can use: letters, digits and ``_``, not beginning with a digit."""
Dotted = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$", strict=True)]
"""A name, or names joined by dots: ``truce_offer.energy_truce``."""
Label = Annotated[str, StringConstraints(min_length=1, strict=True)]
"""A heading in the analyst's words."""
Prose = Annotated[str, BeforeValidator(prose, json_schema_input_type=str | float)]
"""A sentence, or several."""
Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Whole = Annotated[int, Field(strict=True)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_listed, json_schema_input_type=Name | list[Name])]
"""One name, or a list of names."""
Date = Annotated[str | int, Field(union_mode="left_to_right")]
"""2025-03, 2025-03-18, or the number of a period, counted from 1."""
Odds = Annotated[dict[Name, Formula], BeforeValidator(_certain, json_schema_input_type=Name | dict[Name, Formula])]
"""The values that a hidden variable may take, each with its probability; or one value, for certain."""


class Beside(Block):
    """A block of which one field, a mapping, stands directly beside the others in the file."""

    @classmethod
    def _spread(cls) -> str:
        raise NotImplementedError

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        own = {key: value for key, value in given.items() if key in cls.model_fields}
        beside = {key: value for key, value in given.items() if key not in cls.model_fields}
        named = own.get(cls._spread(), {})
        return {**own, cls._spread(): {**named, **beside}} if isinstance(named, dict) else given

    @model_serializer(mode="wrap")
    def _scatter(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        out = handler(self)
        return {**out.pop(self._spread(), {}), **out}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made = handler.resolve_ref_schema(handler(schema))
        spread = made["properties"].pop(cls._spread())
        made["required"] = [key for key in made.get("required", []) if key != cls._spread()]
        made["additionalProperties"] = (
            next(iter(spread.get("patternProperties", {}).values()), None) or spread["additionalProperties"]
        )
        return made
