"""The kinds of values that the keys of a scenario take: names, prose, numbers, dates, odds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    StringConstraints,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from longgame.scenario.clock import iso
from longgame.scenario.formulas import Block, Formula
from longgame.scenario.language.tokens import PERCENTAGE, number_of
from longgame.scenario.roles import BECOMES
from longgame.text import NAME, composed, is_name, visible


def prose(given: Any) -> Any:
    """A text without space around it; a number (a year, say) as a text."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return str(given)
    return visible(given.strip()) if isinstance(given, str) else given


def _composed(given: Any) -> Any:
    return composed(given) if isinstance(given, str) else given


def _names(given: str) -> str:
    if not all(map(is_name, given.split("."))):
        raise PydanticCustomError("string_pattern_mismatch", "a character that no name has")
    return given


def _share(given: Any) -> Any:
    return number_of(given) if isinstance(given, str) and PERCENTAGE.fullmatch(given) else given


_SHARES = WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{PERCENTAGE.pattern}$"}]})


def _listed(given: Any) -> Any:
    return (given,) if isinstance(given, str) else given


def _certain(given: Any) -> Any:
    return {given: 1} if isinstance(given, str) else given


_Name = Annotated[str, StringConstraints(pattern=f"^{NAME}$", strict=True)]
_Dotted = Annotated[str, StringConstraints(pattern=rf"^{NAME}(\.{NAME})*$", strict=True)]
Name = Annotated[_Name, BeforeValidator(_composed, json_schema_input_type=_Name), AfterValidator(_names)]
"""A name that expressions can use: letters of any script, digits and ``_``, not beginning with a digit."""
Dotted = Annotated[_Dotted, BeforeValidator(_composed, json_schema_input_type=_Dotted), AfterValidator(_names)]
"""A name, or names joined by dots: ``truce_offer.energy_truce``."""
Label = Annotated[str, StringConstraints(min_length=1, strict=True), AfterValidator(visible)]
"""A heading in the analyst's words."""
Prose = Annotated[str, BeforeValidator(prose, json_schema_input_type=str | float)]
"""A sentence, or several."""
Line = Annotated[Prose, AfterValidator(lambda text: " ".join(text.split()))]
"""A sentence on one line."""
Real = Annotated[
    float,
    BeforeValidator(_share, json_schema_input_type=Annotated[float, _SHARES]),
    Field(strict=True, allow_inf_nan=False),
]
"""A number; a percentage, `30 %`, counts as one."""
Whole = Annotated[int, Field(strict=True)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_listed, json_schema_input_type=Name | list[Name])]
"""One name, or a list of names."""
Date = Annotated[
    str | int,
    Field(union_mode="left_to_right"),
    BeforeValidator(lambda given: iso(given) if isinstance(given, str) else given, json_schema_input_type=str | int),
]
"""2025-03, 2025-03-18, 18 March 2025, or the number of a period, counted from 1."""
Odds = Annotated[
    dict[Name, Annotated[Formula, BECOMES]],
    BeforeValidator(_certain, json_schema_input_type=Name | dict[Name, Formula]),
]
"""The values that a hidden variable may take, each with its probability; or one value, for certain."""


def _amount_named(given: Any) -> Any:
    return {AMOUNT: given} if isinstance(given, list | tuple) else given


AMOUNT = "amount"
_Grid = tuple[Real, Real, Real]
_Named = Annotated[dict[Name, _Grid], Field(min_length=1, max_length=1)]
Amount = Annotated[_Named, BeforeValidator(_amount_named, json_schema_input_type=_Grid | _Named)]
"""A number that is chosen, from [lowest, highest, step]: by its name, which is `amount` if none is given."""
_Chosen = rf"{NAME}|-?[0-9]+(?:\.[0-9]+)?"
Chosen = Annotated[
    str, StringConstraints(pattern=f"^(?:{_Chosen})$", strict=True), PlainSerializer(lambda text: _as_number(text))
]
"""An option by its name, or by the amount that is chosen with it."""


def _chosen(given: Any) -> Any:
    return numbers_as_texts(given if isinstance(given, list | tuple) else [given])


_Choices = Chosen | float | list[Chosen | float]
Choices = Annotated[tuple[Chosen, ...], BeforeValidator(_chosen, json_schema_input_type=_Choices)]
"""One option, or a list; of an amount, a number, or [lowest, highest]."""


def numbers_as_texts(given: Any) -> Any:
    """A list in which the numbers are texts."""
    plain = isinstance(given, list | tuple)
    return [_number_as_text(each) for each in given] if plain else _number_as_text(given)


def _as_number(text: str) -> str | float:
    return float(text) if text[:1] == "-" or text[:1].isdigit() else text


def _number_as_text(given: Any) -> Any:
    return f"{given:.12g}" if isinstance(given, int | float) and not isinstance(given, bool) else given


class Repeated(Block):
    """An entry of a list, which may be written once for the members of a family."""

    each: Names = ()
    """The family, or the families, for each of whose members this stands once."""


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
