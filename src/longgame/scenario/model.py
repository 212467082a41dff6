"""What the analyst wrote: frozen objects, in the words of the scenario file. No arrays.

Every class is one block of the file and has the file's keys as its fields, so that a scenario can be written as YAML or
built in Python from the same objects, and loading and dumping round-trips. The docstring of a field is its description
in the JSON Schema. Pydantic sees to the shape of each block; what the blocks say to each other is checked in
``checks``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from longgame.errors import Place
from longgame.scenario.accounts import ReportedAccount, ReportedClause
from longgame.scenario.actions import (
    END_OF_PERIOD,
    STEP_KINDS,
    Chance,
    Costs,
    Deal,
    Draw,
    Effects,
    Move,
    Offer,
    Option,
    Outcome,
    SideOption,
    Simultaneous,
    Statement,
    Step,
)
from longgame.scenario.assumptions import Assumption, Distribution
from longgame.scenario.clauses import Clause, OneClause
from longgame.scenario.conduct import Conduct, Rule
from longgame.scenario.estimate import Coefficient, Estimate, Plays, Told
from longgame.scenario.evidence import Evidence
from longgame.scenario.families import FAMILIES, data_written_out, has_templates
from longgame.scenario.fields import Beside, Date, Dotted, Label, Line, Name, Names, Prose, Repeated
from longgame.scenario.formulas import Block, Cases, Expression, Formula, Question
from longgame.scenario.outcomes import ResolvedForecast
from longgame.scenario.periods import Clock, LaterPeriods
from longgame.scenario.places import Path, Source
from longgame.scenario.roles import DEFINITION, DISCOUNT, END, END_VALUE, EVENT, NEAR, PAYOFF, PRIOR, RATIONALITY
from longgame.scenario.variables import StateVariable, brought_variables
from longgame.scenario.variants import Variant

__all__ = [
    "END_OF_PERIOD", "STEP_KINDS", "Actor", "Assumption", "Cases", "Chance", "Claim", "Clause", "Clock",
    "Coefficient", "Conduct", "Costs", "Deal", "Distribution", "Draw", "Effects", "End", "Estimate", "Evidence",
    "Expression", "Forecast", "Formula", "HiddenVariable", "LaterPeriods", "Move", "Offer", "Option", "Outcome",
    "Plays", "Question", "ReportedAccount", "ReportedClause", "ResolvedForecast", "Scenario", "SideOption",
    "Simultaneous", "Solver", "Source", "StateVariable", "Statement", "Step", "Told", "Variant", "World",
]  # fmt: skip


class Actor(Block):
    """Somebody who moves, or whom the game's course concerns."""

    rationality: Annotated[Formula, RATIONALITY] | None = None
    """How surely the better option is taken: at 5 an option that is better by a fifth of the unit `per` is taken
    e = 2.7 times as often. May depend on the actor's own hidden variables."""
    per: Literal["decision", "stake"] = "stake"
    """What rationality is counted in: `decision`, what a decision of the actor usually moves (the better unit for a new
    scenario), or `stake`, the spread between its best and worst end (what a number without `per` has always meant)."""
    lambda_: Annotated[Formula, RATIONALITY] | None = Field(None, alias="lambda")
    """Instead of rationality: the raw precision of logit choice, per unit of payoff."""
    discount: Annotated[Formula, DISCOUNT]
    """What a payoff one step of the clock from now is worth today, between 0 and 1."""
    says: Prose = ""
    """Who this is, in a sentence."""


class HiddenVariable(Block):
    """Something true that only some know."""

    known_to: Names = ()
    """The actors who know its value. The others share the public belief."""
    accounts_of: Name | None = None
    """A state variable of which `accounts` say different things: what was really agreed is hidden. Its values are then
    what they say, each as likely, and known to those whose accounts they are, unless something else is written."""
    values: dict[Name, Annotated[Formula, PRIOR] | None] = Field(default_factory=dict)
    """Its values, each with its public prior probability, one of which may be `rest`; or, where rows of `worlds` name
    it and give the priors, a list of the values. Needed, but for `accounts_of`."""
    says: Prose = ""
    """What it is, in a sentence."""
    source: Prose = ""
    """Where the priors are from."""
    because: Prose = ""
    """Why these priors."""

    @model_validator(mode="before")
    @classmethod
    def _values_listed(cls, given: Any) -> Any:
        values = given.get("values") if isinstance(given, dict) else None
        if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
            return given
        return {**given, "values": dict.fromkeys(values)} if len(set(values)) == len(values) else given

    @model_serializer(mode="wrap")
    def _listed(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        out = handler(self)
        if all(prior is None for prior in self.values.values()):
            out["values"] = list(self.values)
        if not self.values:
            del out["values"]
        return out

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made = handler.resolve_ref_schema(handler(schema))
        made["anyOf"] = [{"required": ["values"]}, {"required": ["accounts_of"]}]
        values = made["properties"]["values"]
        with_priors = {key: value for key, value in values.items() if key not in ("title", "description")}
        made["properties"]["values"] = {
            "title": values.get("title"),
            "description": values.get("description"),
            "anyOf": [with_priors, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
        }
        return made


class World(Beside, Repeated):
    """One row of the joint prior: a combination of the hidden variables' values that can be.

    In a file the hidden variables stand beside ``name`` and ``p``: ``{name: eager, p: 0.3, aim: peace, skill: low}``.
    """

    name: Label
    """What this world is called."""
    p: Annotated[Formula, PRIOR]
    """Its prior probability, or `rest`."""
    values: dict[str, Name] = Field(default_factory=dict)
    """The value of each hidden variable that has no priors of its own."""
    says: Prose = ""
    """What it means, in a sentence."""

    @classmethod
    def _spread(cls) -> str:
        return "values"


class End(Block):
    """A state in which the game is over."""

    when: Annotated[Formula, END]
    """The states that are meant."""
    values: dict[Name, Annotated[Formula, END_VALUE]] = Field(default_factory=dict)
    """What it is worth to an actor; by default the last payoff for ever, payoff / (1 - discount)."""
    says: Prose = ""
    """What it is, in a sentence."""


class Forecast(Block):
    """A public event whose probability is wanted by date."""

    event: Annotated[Formula, EVENT]
    """The event, over state variables."""
    says: Prose = ""
    """What it is, in a sentence."""


class Claim(Block):
    """A sentence of the assessment, with a question that is true or false."""

    says: Prose
    """The sentence."""
    holds: Question
    """The question that decides it."""
    at: Date = "now"
    """When it is asked: after all evidence up to this date; `now` is after all of it, `start` before any."""
    shows: dict[Label, Question] = Field(default_factory=dict)
    """Numbers to show beside it."""
    because: Prose = ""
    """Why this question is what the sentence means."""
    note: Prose = ""
    """Anything a reader should know."""


class Solver(Block):
    """How the game is solved."""

    lattice: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    """Steps from belief 0 to belief 1; by default chosen by the number of worlds."""
    noise: Literal["mistakes", "tastes"] = "mistakes"
    """How random choice is read: as mistakes, or as private tastes that are part of the payoff."""
    near: dict[Dotted, dict[Name, Annotated[Formula, NEAR]]] = Field(default_factory=dict)
    """Of a game without an end: play to start the search from, by move and option the probability; the equilibrium near
    by is taken. What is left of 1 goes to the options that are not named. `STEP.ACTOR` is what one of several does."""


class Scenario(Block):
    """A whole scenario."""

    title: Line
    """What it is about, in a line."""
    about: Prose = ""
    """What it is about, at more length."""
    clock: Clock
    """The periods of the game."""
    families: dict[Name, Names] = Field(default_factory=dict)
    """Groups whose members much is said alike of: `{member}` in a text stands for each of the family `member`."""
    actors: dict[Name, Actor] = Field(min_length=1)
    """Who takes part."""
    assumptions: dict[Name, Assumption] = Field(default_factory=dict)
    """The numbers that a reader could dispute."""
    definitions: dict[Name, Annotated[Formula, DEFINITION]] = Field(default_factory=dict)
    """Names for expressions that are used more than once."""
    state: dict[Name, StateVariable] = Field(min_length=1)
    """What everybody can see."""
    hidden: dict[Name, HiddenVariable] = Field(default_factory=dict)
    """What only some know."""
    worlds: tuple[World, ...] = ()
    """A joint prior over the hidden variables; combinations left out cannot be."""
    period: tuple[Step, ...] = Field(min_length=1)
    """What happens in a period, in order."""
    payoffs: dict[Name, Annotated[Formula, PAYOFF]]
    """What each actor gets per period, from the state at its end."""
    end_values: dict[Name, Annotated[Formula, END_VALUE]] = Field(default_factory=dict)
    """What the horizon is worth to an actor; by default the last payoff for ever, payoff / (1 - discount)."""
    ends: dict[Name, End] = Field(default_factory=dict)
    """States in which the game is over."""
    deals: dict[Name, Deal] = Field(default_factory=dict)
    """Packages to be priced although nobody offers them."""
    clauses: dict[Name, OneClause] = Field(default_factory=dict)
    """What can be agreed upon, each by itself: all that can be put together of them is priced."""
    accounts: dict[Name, ReportedAccount] = Field(default_factory=dict)
    """What each side says of one meeting: what was agreed there, by state variable."""
    ladders: dict[Name, Annotated[tuple[Question, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """Steps of giving way, each a deal or another change, from the least to the most."""
    postures: dict[Name, dict[Name, dict[Dotted, Rule]]] = Field(default_factory=dict)
    """Rules that bind an actor for the whole game: the options it keeps to, step by step, always or in some states."""
    forecasts: dict[Name, Forecast] = Field(default_factory=dict)
    """Public events whose probability is wanted by date."""
    evidence: tuple[Evidence, ...] = ()
    """What was observed, in order."""
    outcomes: tuple[ResolvedForecast, ...] = ()
    """What became of the forecasts: for scores only, never for solving."""
    claims: dict[Name, Claim] = Field(default_factory=dict)
    """The sentences of the assessment."""
    estimate: Estimate | None = None
    """How the numbers of the game are found from many cases."""
    solver: Solver = Solver()
    """How the game is solved."""
    variants: dict[Name, Variant] = Field(default_factory=dict)
    """Structure that is doubted: the same scenario with parts of it changed, each with a prior weight."""

    _source: Source = PrivateAttr(default_factory=Source)
    _written: Mapping[str, Any] | None = PrivateAttr(None)

    @model_validator(mode="wrap")
    @classmethod
    def _written_out(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """What is written once for the members of a family, written out for each; with the variables of amounts."""
        short = isinstance(given, Mapping) and bool(given.get(FAMILIES)) and has_templates(given)
        made = handler(data_written_out(given) if short else given)
        told = {name: one for name, one in made.hidden.items() if one.accounts_of is not None}
        if told:
            filled = {name: one.model_copy(update=made.as_told(one)) for name, one in told.items()}
            object.__setattr__(made, "hidden", {**made.hidden, **filled})
        if short:
            made._written = given
        more = {name: variable for name, variable in made.brought.items() if name not in made.state}
        if more:
            object.__setattr__(made, "state", {**made.state, **more})  # frozen for everybody else
        return made

    def __eq__(self, other: object) -> bool:
        """Whether both say the same, wherever they were read from."""
        return isinstance(other, Scenario) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def as_told(self, hidden: HiddenVariable) -> dict[str, Any]:
        """What accounts say of a hidden variable that rests on them, for the keys that are not written."""
        accounts = [one for one in self.accounts.values() if hidden.accounts_of in one.clauses]
        said = dict.fromkeys(one.clauses[str(hidden.accounts_of)].value for one in accounts)
        found: dict[str, Any] = {"known_to": tuple(dict.fromkeys(one.by for one in accounts))}
        found["values"] = {value: Expression(f"1 / {len(said)}") for value in said}
        known = hidden.model_fields_set & {"known_to"}  # `known_to: []` says that nobody knows it
        return {key: value for key, value in found.items() if not getattr(hidden, key) and key not in known}

    @property
    def brought(self) -> dict[str, StateVariable]:
        """The state variables that its steps bring in themselves."""
        return brought_variables(self.period, self.state, self.clock.step, self.clauses)

    def plain(self) -> dict[str, Any]:
        """Plain data, as a file has it: without defaults, and without the variables that its steps bring in."""
        data = self.model_dump(by_alias=True, exclude_defaults=True)
        for name, variable in self.brought.items():
            if self.state[name] == variable:
                data["state"].pop(name, None)
        for name, hidden in self.hidden.items():
            if hidden.accounts_of is not None:
                if not hidden.known_to:
                    data["hidden"][name]["known_to"] = []
                for key, value in self.as_told(HiddenVariable(accounts_of=hidden.accounts_of)).items():
                    if getattr(hidden, key) == value:
                        del data["hidden"][name][key]
        return data

    @property
    def source(self) -> Source:
        """Where it was read from."""
        return self._source

    def read_from(self, source: Source) -> Self:
        """The same scenario, known to be read from ``source``."""
        made = self.model_copy()
        made._source = source
        return made

    @property
    def written(self) -> Mapping[str, Any] | None:
        """What was written, by top key, where it is said once for the members of a family; None where all is said."""
        return self._written

    def written_as(self, written: Mapping[str, Any]) -> Self:
        """The same scenario, known to be written so."""
        made = self.model_copy()
        made._written = written
        return made

    def place(self, path: Path, *, key: bool = False, text: str = "", character: int | None = None) -> Place:
        """Where something stands, for messages.

        Args:
            path: keys and positions from the top, ``("period", 0, "options", "cut", "when")``.
            key: the place of its key rather than of its value.
            text: the text of the expression that stands there.
            character: which of its characters is meant.
        """
        return self._source.place(path, key=key, text=text, character=character)
