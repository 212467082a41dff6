"""What the analyst wrote: frozen objects, in the words of the scenario file. No arrays, no JAX.

Every class is one block of the file and has the file's keys as its fields, so that a scenario can be written as YAML or
built in Python from the same objects, and loading and dumping round-trips.
"""
from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from longgame.scenario.expressions import Node

# --- expressions -----------------------------------------------------------------------------------------------------
# Expression: text + tree (parsed once). Accepts str | int | float | bool on input; dumps to the text (or number).
# Cases: {"depends on": HIDDEN_OR_STATE_VARIABLE, value: Formula, ...}; `.tree` is nested IfElse(Binary("==", Name, Name)).
# Formula = Expression | Cases; both have `.tree: Node`.


class Expression: ...  # placeholder


class Cases: ...  # placeholder


Formula = Expression | Cases


class Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Clock(Block):
    start: str | None = None          # "2025-03" or "2025-03-18"; without it dates are period numbers 1, 2, ...
    step: str = "1 month"             # "N day(s)|week(s)|month(s)|quarter(s)|year(s)"
    periods: int


class Actor(Block):
    rationality: Formula | None = None    # per stake; exactly one of rationality, lambda
    lambda_: Formula | None = Field(None, alias="lambda")
    discount: Formula = ...           # in (0, 1)
    says: str = ""                    # who this is, in a sentence


class Distribution(Block):
    """one of: {uniform: [lo, hi]}, {normal: [mean, sd]}, {lognormal: [mu, sigma]}, {triangular: [lo, mode, hi]}, {beta: [a, b]}
    (beta scaled to `range` when given)."""


class Assumption(Block):
    value: float
    range: tuple[float, float] | None = None
    distribution: Distribution | None = None
    unit: str = ""
    source: str = ""
    because: str = ""
    says: str = ""


class StateVariable(Block):
    grid: tuple[float, float, float] | None = None   # low, high, step: numeric
    values: tuple[str, ...] | None = None            # words
    start: Formula = ...                             # number or expression of assumptions; or a word
    unit: str = ""
    says: str = ""


class HiddenVariable(Block):
    known_to: tuple[str, ...]
    values: dict[str, Formula]        # value -> prior probability (expression of assumptions, or `rest`)
    says: str = ""
    source: str = ""
    because: str = ""


class World(Block):
    """One row of `worlds:`; extra keys are the hidden variables' values."""
    name: str
    p: Formula
    values: dict[str, str]


class Effects(Block):
    """What every option, deal reply and outcome can do."""
    set: dict[str, Formula] = {}
    pay: dict[str, Formula] = {}
    becomes: dict[str, Any] = {}      # hidden variable -> {value: probability Formula}, or a bare value (certain)
    then: str | None = None           # a later step of the period, or "end of period"


class Option(Effects):
    when: Formula | None = None
    signal: str | None = None
    lottery: dict[str, Outcome] = {}  # a public lottery over next states, odds the same in every world
    says: str = ""


class Outcome(Effects):
    p: Formula                        # or the word `rest`
    says: str = ""


class Move(Block):
    move: str
    by: str
    when: Formula | None = None
    options: dict[str, Option]
    says: str = ""


class Offer(Block):
    offer: str
    by: str
    to: tuple[str, ...]
    when: Formula | None = None
    deals: dict[str, Deal]
    says: str = ""


class Deal(Block):
    """Clauses of a deal: state variable -> value. In YAML the clauses stand directly beside `when`, `pay`, `says`."""
    set: dict[str, Formula]
    when: Formula | None = None
    pay: dict[str, Formula] = {}
    says: str = ""


class Chance(Block):
    chance: str
    when: Formula | None = None
    outcomes: dict[str, Outcome]
    says: str = ""


class End(Block):
    when: Formula
    values: dict[str, Formula] = {}
    says: str = ""


class Evidence(Block):
    id: str = ""
    on: str | int
    move: str | None = None
    by: str | None = None
    took: str | None = None
    signal: str | None = None
    chance: str | None = None
    happened: str | None = None
    seen: dict[str, Formula] | None = None
    source: str = ""
    because: str = ""
    says: str = ""


class Claim(Block):
    says: str
    holds: Formula
    at: str | int = "now"
    shows: dict[str, Formula] = {}
    because: str = ""
    note: str = ""


class Forecast(Block):
    event: Formula
    says: str = ""


class Solver(Block):
    lattice: int | None = None
    noise: Literal["mistakes", "tastes"] = "mistakes"


class Scenario(Block):
    title: str
    about: str = ""
    clock: Clock
    actors: dict[str, Actor]
    assumptions: dict[str, Assumption] = {}
    definitions: dict[str, Formula] = {}
    state: dict[str, StateVariable]
    hidden: dict[str, HiddenVariable] = {}
    worlds: tuple[World, ...] = ()
    period: tuple[Move | Offer | Chance, ...]
    payoffs: dict[str, Formula]
    end_values: dict[str, Formula] = {}
    ends: dict[str, End] = {}
    deals: dict[str, Deal] = {}
    postures: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {}
    forecasts: dict[str, Forecast] = {}
    evidence: tuple[Evidence, ...] = ()
    claims: dict[str, Claim] = {}
    solver: Solver = Solver()
