"""The assumptions as the analyst gave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longgame.answers import words
from longgame.answers.block import Answers, Block, Sources
from longgame.answers.parts import Cell, Line, Section, Table
from longgame.scenario.model import Assumption

BOUNDED = ("uniform", "loguniform", "triangular")  # distributions whose first and last numbers are their ends


@dataclass(frozen=True)
class AssumptionRow:
    """One assumption as the analyst gave it; ``distribution`` is a name and its numbers, or null for a fixed number."""

    name: str
    value: float
    range: tuple[float, float] | None
    distribution: Mapping[str, tuple[float, ...]] | None
    unit: str
    source: str
    because: str
    says: str


def _rows(sources: Sources) -> list[AssumptionRow]:
    return [
        AssumptionRow(
            name=name,
            value=float(assumption.value),
            range=assumption.range,
            distribution=_distribution(assumption),
            unit=assumption.unit,
            source=assumption.source,
            because=assumption.because,
            says=assumption.says,
        )
        for name, assumption in sources.base.study.scenario.assumptions.items()
    ]


def _distribution(assumption: Assumption) -> dict[str, tuple[float, ...]] | None:
    """A distribution by name; a range by itself is a uniform one."""
    if assumption.distribution is not None:
        return {assumption.distribution.kind: tuple(map(float, assumption.distribution.parameters))}
    return {"uniform": tuple(map(float, assumption.range))} if assumption.range else None


INTRO = (
    "Every number that a reader could dispute, with its range and where it comes from. Within a range every value"
    " counts as equally likely, unless another distribution is named. Judgement is marked as such."
)


def _section(answers: Answers) -> Section:
    rows = answers["assumptions"]
    if not rows:
        return Section("assumptions", "Assumptions", INTRO, [Line("It names none: every number in it is fixed.")])
    actors = [row["name"] for row in answers["actors"]]
    table = Table(
        ("Name", "Value", "Range", "Unit", "Where it comes from"),
        [
            (
                Cell(words.spelled(row["name"], actors), small=row["says"], anchor=f"assumption-{row['name']}"),
                words.given(row["value"]),
                Cell(_range(row), small=_other_than_uniform(row)),
                row["unit"],
                ". ".join(filter(None, (row["source"], row["because"]))),
            )
            for row in rows
        ],
        title=words.count(len(rows), "assumption"),
        numbers=("Value",),
    )
    return Section("assumptions", "Assumptions", INTRO, [table])


def _range(row: Mapping[str, Any]) -> str:
    if row["range"]:
        return f"{words.given(row['range'][0])} to {words.given(row['range'][1])}"
    return _spread(row["distribution"]) if row["distribution"] else "fixed"


def _spread(distribution: Mapping[str, Sequence[float]]) -> str:
    """Between which values a distribution lies, where it names them."""
    ((kind, numbers),) = distribution.items()
    return f"{words.given(numbers[0])} to {words.given(numbers[-1])}" if kind in BOUNDED else ""


def _other_than_uniform(row: Mapping[str, Any]) -> str:
    named = (row["distribution"] or {}).items()
    return "; ".join(f"{name} {', '.join(map(words.given, numbers))}" for name, numbers in named if name != "uniform")


ASSUMPTIONS = Block("assumptions", _rows, section=_section)
