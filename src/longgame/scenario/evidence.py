"""Evidence: what was observed, how surely, and when."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    WrapSerializer,
    model_serializer,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from longgame.scenario.fields import Chosen, Date, Dotted, Name, Names, Prose, Real, Repeated, numbers_as_texts
from longgame.scenario.formulas import Expression
from longgame.scenario.roles import RELIABILITY, SEEN

Quiet = dict[Name, Names] | list[Name] | Name


def _each_quiet(given: Any) -> Any:
    names = [given] if isinstance(given, str) else given
    return dict.fromkeys(names, ()) if isinstance(names, list) and all(isinstance(n, str) for n in names) else given


def _together(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else (given,)


def _alone(given: tuple[Any, ...] | None, handler: SerializerFunctionWrapHandler) -> Any:
    out = handler(given)
    return out[0] if out is not None and len(out) == 1 else out


_SOME = Field(min_length=1)
_Alone = WrapSerializer(_alone)
OneOf = Annotated[
    tuple[Name, ...],
    _SOME,
    BeforeValidator(_together, json_schema_input_type=Name | Annotated[list[Name], _SOME]),
    _Alone,
]
_Number = Chosen | Real
ChosenOf = Annotated[
    tuple[Chosen, ...],
    _SOME,
    BeforeValidator(
        lambda given: numbers_as_texts(_together(given)),
        json_schema_input_type=_Number | Annotated[list[_Number], _SOME],
    ),
    _Alone,
]
Values = Annotated[
    tuple[Expression, ...],
    SEEN,
    _SOME,
    BeforeValidator(_together, json_schema_input_type=Expression | Annotated[list[Expression], _SOME]),
    _Alone,
]


class Evidence(Repeated):
    """Something that was observed: a move, a reply, a chance event, the state at the end of a period, or nothing."""

    id: Name | None = None
    """What it is called; by default made of step and option, `aid_decision_cut`."""
    on: Date | None = None
    """When it was; needed, unless it is `between` two dates or `quiet`."""
    between: tuple[Date, Date] | None = None
    """The first and the last date at which it may have been: it was at some time between them."""
    move: Dotted | None = None
    """The move or offer at which something was chosen."""
    by: Name | None = None
    """Of an offer: who replied; without it, what was offered."""
    took: ChosenOf | None = None
    """The option that was taken, or a list of which it was one; of a reply, `accept` or `reject`; of an amount, the
    number, or `[lowest, highest]`."""
    signal: OneOf | None = None
    """What was seen, where several options look the same; or a list of which it was one."""
    chance: Name | None = None
    """The chance step at which something happened."""
    happened: OneOf | None = None
    """The outcome, or a list of which it was one."""
    not_: ChosenOf | None = Field(None, alias="not")
    """What was not taken, or did not happen: an option, an outcome or a signal, or a list of them."""
    seen: dict[Name, Values] | None = None
    """State variables with the values they had at the end of the period; of a number, also a range
    `[lowest, highest]`, of a word, also a list of words of which it was one."""
    quiet: Annotated[dict[Name, Names], BeforeValidator(_each_quiet, json_schema_input_type=Quiet)] | None = None
    """Steps at which nothing was to be seen from `from` to `to`; or each step with the option (or options) that this
    means, where it is not the one that changes nothing."""
    from_: Date | None = Field(None, alias="from")
    """Of what was quiet: the first period."""
    to: Date | None = None
    """Of what was quiet: the last period."""
    p: Annotated[Expression, RELIABILITY] | None = None
    """The chance that the source is right; where it is wrong, it says nothing. Without it, what is said is certain."""
    source: Prose = ""
    """Where it was reported."""
    because: Prose = ""
    """Why it is read in this way."""
    says: Prose = ""
    """What it was, in a sentence."""

    @property
    def begins(self) -> str | int | None:
        """The date on which it begins."""
        return self.between[0] if self.between is not None else self.on if self.quiet is None else self.from_

    @property
    def ends(self) -> str | int | None:
        """The date on which it ends."""
        return self.between[1] if self.between is not None else self.on if self.quiet is None else self.to

    @property
    def forms(self) -> tuple[str, ...]:
        """What it is: one of `move`, `chance`, `seen` and `quiet`, unless there is a mistake."""
        return tuple(form for form in ("move", "chance", "seen", "quiet") if getattr(self, form) is not None)

    @property
    def certain(self) -> bool:
        """Whether it leaves nothing open of what happened at its step, or of how long that was quiet."""
        named = self.took or self.signal or self.happened or ()
        return self.p is None and self.not_ is None and self.between is None and len(named) < 2

    @model_serializer(mode="wrap")
    def _quiet_listed(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        out = handler(self)
        if self.quiet and not any(self.quiet.values()):
            out["quiet"] = list(self.quiet)
        return out

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made = handler.resolve_ref_schema(handler(schema))
        made["anyOf"] = [{"required": ["on"]}, {"required": ["between"]}, {"required": ["quiet", "from", "to"]}]
        return made
