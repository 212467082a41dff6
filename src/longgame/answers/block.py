"""A block of the answers: one topic, all that belongs to it in one place.

A block owns the type of its rows, how they are made, their table on a terminal, their section of the report and how
two of it are compared. To add one, write a module with a ``Block`` and list it in ``answers`` (docs/contributing.md).
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from longgame.answers.parts import Part, Section
from longgame.queries.atoms import Atom
from longgame.queries.questions import BoundQuestion
from longgame.run.precision import Base
from longgame.run.study import Progress, Study, silent

if TYPE_CHECKING:  # the base case alone needs none of it
    from longgame.answers.ensemble import Ensemble
    from longgame.answers.structure import Structure
    from longgame.run.gathered import Gathered
    from longgame.run.store import Store
    from longgame.run.tempering import Tempered

Answers = Mapping[str, Any]  # the layout of answers.json, as plain objects
Compared = Iterator[tuple[tuple[str, str], float | str | None]]  # (what kind, of what) -> the answer


@dataclass(frozen=True, eq=False)
class Draws:
    """The draws of a run: ``many`` counts all of them, ``gathered`` has the first ones side by side."""

    store: Store
    many: Ensemble
    gathered: Gathered
    posterior: Tempered | None = None


@dataclass(frozen=True, eq=False)
class Sources:
    """What blocks are made from.

    base      the base case
    seed      of the simulations
    draws     None where only the base case was asked for
    finer     the base case on a finer lattice, as far as claims need it; None unless the run is to be verified
    progress  told what is being done
    structure the variants of the scenario; None where it has none, or they were not solved
    """

    base: Base
    seed: int = 0
    draws: Draws | None = None
    finer: Base | None = None
    progress: Progress = silent
    structure: Structure | None = None


@dataclass(frozen=True)
class Block:
    """One topic of the answers.

    name      its key in ``answers.json``
    make      its rows (dataclasses whose fields are the keys of the layout)
    needs     what must be looked up at the base case before they can be made
    told      questions whose answers it tells with their errors
    table     what a terminal shows of it, from the whole answers or those of some blocks
    section   its section of the report, from the whole answers; None where there is nothing to show
    compared  every answer of it that ``compare`` sets side by side
    headline  what is said of it before everything else: above the claims of a run, and at the top of the report
    beside    the block with which the command line shows it
    """

    name: str
    make: Callable[[Sources], Any]
    needs: Callable[[Study], Iterable[Atom]] = lambda study: ()
    told: Callable[[Study], Iterable[BoundQuestion]] = lambda study: ()
    table: Callable[[Answers], list[Part]] = lambda answers: []
    section: Callable[[Answers], Section | None] = lambda answers: None
    compared: Callable[[Answers], Compared] = lambda answers: iter(())
    headline: Callable[[Answers], list[Part]] = lambda answers: []
    beside: str = ""


def plain(value: Any) -> Any:
    """A value as JSON has it: plain numbers (null for what is not finite), strings, lists and dicts."""
    if dataclasses.is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    number = float(value)
    return number if math.isfinite(number) else None


def by_name(names: Iterable[str], values: Iterable[float]) -> dict[str, float]:
    """Name -> number."""
    return {name: float(value) for name, value in zip(names, values, strict=True)}
