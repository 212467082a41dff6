"""What stands in a scenario where a number may depend on something: expressions, cases, questions.

An `Expression` keeps its text and its tree; two are equal when their trees are, so that ``0.10`` equals ``0.1`` and
spaces do not matter. `Cases` give one formula for each value of a variable. Both have ``tree``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from longgame.scenario.language.expressions import (
    Binary,
    ExpressionError,
    IfElse,
    Name,
    Node,
    Number,
    Unary,
    balanced,
    format_number,
    parse,
)
from longgame.scenario.yaml_tree import Broken
from longgame.text import likeliest

OTHERWISE = "otherwise"
REST = "rest"
_CASES = "Values by case stand beside the key `depends on`, which names the variable."
SLIP = "longgame"  # the type of our own errors among pydantic's


class Block(BaseModel):
    """Base of every block of a scenario: frozen, and without keys that the language does not have."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True, validate_default=False
    )


@dataclasses.dataclass(frozen=True, init=False, repr=False)
class Expression:
    """An expression as the analyst wrote it, parsed once.

    Args:
        text: an expression, or a number.

    Raises:
        ExpressionError: the text is not an expression of the language.
    """

    text: str = dataclasses.field(compare=False)
    tree: Node

    questions: ClassVar[bool] = False

    def __init__(self, text: str | int | float | bool):
        written = text if isinstance(text, str) else format_number(float(text))
        object.__setattr__(self, "text", str(text).lower() if isinstance(text, bool) else written)
        object.__setattr__(self, "tree", parse(written, questions=self.questions))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"

    def __str__(self) -> str:
        return self.text

    @property
    def number(self) -> float | None:
        """The number that stands here by itself, or None."""
        match self.tree:
            case Number(value):
                return value
            case Unary("-", Number(value)):
                return -value
        return None

    def plain(self) -> str | int | float:
        """What a file would hold: a number where the text is just that, otherwise the text."""
        number = self.number
        if number is None:
            return str(self.text)
        return int(number) if number == int(number) and abs(number) < 1e15 else number

    @classmethod
    def _read(cls, given: Any) -> Expression:
        """What pydantic calls for a value of this type."""
        if isinstance(given, cls | Unreadable):
            return given
        if isinstance(given, Broken):
            return Unreadable()
        if isinstance(given, Expression):
            given = given.text
        if not isinstance(given, str | int | float):
            found = {dict: "a block of keys", list: "a list", type(None): "nothing"}.get(type(given), "something else")
            fix = "Write 0 for nothing." if given is None else ""
            raise _slip(ExpressionError("a number or an expression", found, 0, 0, fix, "formula"))
        try:
            return cls(given)
        except ExpressionError as error:
            raise _slip(error) from None
        except (OverflowError, ValueError):
            raise _slip(ExpressionError("a finite number", f"`{given}`", 0, 0)) from None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.plain_serializer_function_ser_schema(cls.plain)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": ["string", "number", "boolean"], "title": cls.__name__}


class Unreadable(Expression):
    """Stands for an expression that could not be read, so that the rest of its scenario can still be checked."""

    def __init__(self) -> None:
        super().__init__(0)


def _slip(error: ExpressionError) -> PydanticCustomError:
    """The error in pydantic's form; ``problems`` turns it into a `Problem`."""
    context = {"code": error.code, "expected": error.expected, "found": error.found, "fix": error.fix}
    return PydanticCustomError(SLIP, "expected {expected}, found {found}", {**context, "start": error.start})


class Question(Expression):
    """An expression over the questions that a solved game answers: ``worth(attacker, energy_truce) > 0``."""

    questions: ClassVar[bool] = True


class Cases(Block):
    """One formula for each value of a hidden variable or of a state variable with words.

    In a file the values stand beside the key ``depends on``; ``otherwise`` stands for all values that are not named.
    In Python: ``Cases(depends_on="aim", cases={"peace": ..., "reset": ...})``.
    """

    depends_on: str = Field(alias="depends on")
    """The variable whose value decides."""
    cases: dict[str, Formula]

    @model_validator(mode="before")
    @classmethod
    def _values_beside(cls, given: Any) -> Any:
        if isinstance(given, dict) and "depends on" in given:
            return {
                "depends_on": given["depends on"],
                "cases": {key: value for key, value in given.items() if key != "depends on"},
            }
        if isinstance(given, dict) and "cases" not in given:
            slip = likeliest("depends on", map(str, given))
            fix = f"Did you mean `depends on` by `{slip}`?" if slip else _CASES
            raise _slip(ExpressionError("a number or an expression", "a block of keys", 0, 0, fix, "formula"))
        return given

    @model_serializer(mode="wrap")
    def _beside(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        out = handler(self)
        cases = out.pop("cases", {})
        return {**out, **cases}

    @property
    def tree(self) -> Node:
        """The cases as ``A if VARIABLE == a else B if VARIABLE == b else ...``; the last case needs no test."""
        trees = {value: formula.tree for value, formula in self.cases.items()}
        if OTHERWISE in trees:
            trees[OTHERWISE] = trees.pop(OTHERWISE)  # to the end
        return _chosen(Name(self.depends_on), list(trees.items())) if trees else Number(0.0)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made = handler.resolve_ref_schema(handler(schema))
        formula = made["properties"].pop("cases")["additionalProperties"]
        made["required"] = ["depends on"]
        made["minProperties"] = 2
        made["additionalProperties"] = formula
        return made


_FEW = 8


def _chosen(variable: Name, cases: Sequence[tuple[str, Node]]) -> Node:
    """The tree that picks a case: one test after the other, or, where there are many, half of them at a time."""
    if len(cases) == 1:
        return cases[0][1]
    first = 1 if len(cases) <= _FEW else len(cases) // 2
    test = balanced("or", [Binary("==", variable, Name(value)) for value, _ in cases[:first]])
    return IfElse(test, _chosen(variable, cases[:first]), _chosen(variable, cases[first:]))


def _form(given: Any) -> str:
    return "cases" if isinstance(given, dict | Cases) else "expression"


Formula = Annotated[
    Annotated[Expression, Tag("expression")] | Annotated[Cases, Tag("cases")],
    Discriminator(_form),
]

Cases.model_rebuild()


def leaves(
    formula: Expression | Cases, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Expression]]:
    """Every expression of a formula with its path in the file, starting from ``path``."""
    if isinstance(formula, Cases):
        for value, part in formula.cases.items():
            yield from leaves(part, (*path, value))
    else:
        yield path, formula


def is_rest(formula: Expression | Cases | None) -> bool:
    """Whether a probability is the word ``rest``: whatever is missing to one."""
    return isinstance(formula, Expression) and formula.tree == Name(REST)


def with_rest(odds: Mapping[str, Expression | Cases]) -> dict[str, Node]:
    """Probabilities as trees, with ``rest`` written out as one minus the others."""
    named = [formula.tree for formula in odds.values() if not is_rest(formula)]
    remainder = one_minus(named)
    return {name: remainder if is_rest(formula) else formula.tree for name, formula in odds.items()}


def one_minus(parts: Sequence[Node]) -> Node:
    """``1 - a - b - ...``; where there are many, their sum is worked out by halves, which keeps the tree shallow."""
    if len(parts) > _FEW:
        return Binary("-", Number(1.0), _sum(parts))
    tree: Node = Number(1.0)
    for part in parts:
        tree = Binary("-", tree, part)
    return tree


def _sum(parts: Sequence[Node]) -> Node:
    middle = len(parts) // 2
    return parts[0] if len(parts) == 1 else Binary("+", _sum(parts[:middle]), _sum(parts[middle:]))
