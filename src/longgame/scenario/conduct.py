"""What a posture keeps to at a step."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, SerializerFunctionWrapHandler, model_serializer

from longgame.scenario.fields import Choices, Chosen
from longgame.scenario.formulas import Block, Formula
from longgame.scenario.roles import CONDUCT


class Conduct(Block):
    """What a posture keeps to at a step: some of the options, always or in some states."""

    when: Annotated[Formula, CONDUCT] | None = None
    """The states in which `keep` binds; always, if left out."""
    keep: Choices = ()
    """The options that it keeps to."""
    otherwise: Choices = ()
    """The options that it keeps to in all other states; any, if left out."""

    @model_serializer(mode="wrap")
    def _plainly(self, handler: SerializerFunctionWrapHandler) -> Any:
        out = handler(self)
        return out if self.when is not None or self.otherwise else out["keep"]


def _kept(given: Any) -> Any:
    return {"keep": given} if isinstance(given, str | int | float | list | tuple) else given


_Plainly = Chosen | float | list[Chosen | float]
Rule = Annotated[Conduct, BeforeValidator(_kept, json_schema_input_type=_Plainly | Conduct)]
"""Some options, always; or a `Conduct`."""
