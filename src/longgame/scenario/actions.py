"""What happens in a period: moves with their options, offers with deals, statements, chance with its outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import (
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from longgame.scenario.acceptance import ALL, Acceptance, acceptance_of
from longgame.scenario.fields import AMOUNT, Amount, Beside, Label, Name, Names, Odds, Prose, Repeated, Whole
from longgame.scenario.formulas import Block, Expression, Formula
from longgame.scenario.language.expressions import Binary, Node
from longgame.scenario.language.expressions import Name as Named
from longgame.scenario.roles import CLAUSE, DEAL_PAY, GUARD, INERTIA, LOTTERY, ODDS, PAY, SET, TRUTH

END_OF_PERIOD = "end of period"

Guard = Annotated[Formula, GUARD]
Settings = dict[Name, Annotated[Formula, SET]]
Payments = dict[Name, Annotated[Formula, PAY]]
DealPayments = dict[Name, Annotated[Formula, DEAL_PAY]]


class Effects(Block):
    """What every option and outcome can do."""

    set: Settings = Field(default_factory=dict)
    """New values of state variables, all worked out from the state before."""
    pay: Payments = Field(default_factory=dict)
    """What actors get at once."""
    becomes: dict[Name, Odds] = Field(default_factory=dict)
    """New values of hidden variables: one for certain, or several by lot. What is missing to one leaves the variable
    as it was."""
    then: Label | None = None
    """The later step of the period that follows, or `end of period`; by default the next step."""
    says: Prose = ""
    """What it is, in a sentence."""


class Outcome(Effects):
    """One thing that can happen at a chance step."""

    p: Annotated[Formula, ODDS]
    """Its probability, or `rest`."""


class Draw(Block):
    """One outcome of an option's lottery, with what it does beside the option itself."""

    p: Annotated[Formula, LOTTERY]
    """Its probability, or `rest`; the same in every world."""
    set: Settings = Field(default_factory=dict)
    """New values of state variables, in place of the option's own where both set one."""
    pay: Payments = Field(default_factory=dict)
    """What actors get at once, beside what the option pays."""
    says: Prose = ""
    """What it is, in a sentence."""


class Option(Effects):
    """One thing that a mover can do."""

    when: Guard | None = None
    """When it is open; always, if left out."""
    amount: Amount | None = None
    """A number that is chosen with it, by its name: `{rate: [lowest, highest, step]}`. The name may stand for it here
    and in later steps of the period."""
    signal: Name | None = None
    """What others see of it; by default the option itself. Options with the same signal cannot be told apart."""
    lottery: dict[Name, Draw] = Field(default_factory=dict)
    """Public chances that follow from it, with the same odds in every world."""


class Move(Repeated):
    """A step at which an actor chooses one of some options."""

    move: Name
    """The name of the step."""
    by: Name
    """Who chooses."""
    when: Guard | None = None
    """When the step takes place; always, if left out."""
    amount: Amount | None = None
    """In the place of options: the number that is chosen, `[lowest, highest, step]`, which later steps of the period
    may call `amount`, or by a name of its own, `{rate: [lowest, highest, step]}`."""
    inertia: Annotated[Expression, INERTIA] | None = None
    """The chance, below 1, that it is not thought over this time: then nobody chooses, and the option that changes
    nothing stands."""
    stays: Name | None = None
    """Beside `inertia`: the option that stands when it is not thought over, where it is not the one that changes
    nothing."""
    options: dict[Name, Option]
    """What can be chosen."""
    says: Prose = ""
    """What it is, in a sentence."""

    @model_validator(mode="before")
    @classmethod
    def _amount_alone(cls, given: Any) -> Any:
        alone = isinstance(given, dict) and AMOUNT in given and "options" not in given
        return {**given, "options": {}} if alone else given

    @model_serializer(mode="wrap")
    def _without_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        out = handler(self)
        return out if self.options else {key: value for key, value in out.items() if key != "options"}

    @property
    def name(self) -> str:
        """The name of the step."""
        return self.move

    @property
    def choices(self) -> dict[str, Option]:
        """What can be chosen: the options, or a number alone."""
        if self.options or self.amount is None:
            return self.options
        return {name: Option(amount=self.amount) for name in self.amount}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made = handler.resolve_ref_schema(handler(schema))
        made["required"].remove("options")
        made["anyOf"] = [{"required": ["options"]}, {"required": [AMOUNT]}]
        return made


class Deal(Beside):
    """A package of clauses: state variables with the values that the deal gives them.

    In a file the clauses stand beside ``when``, ``pay`` and ``says``: ``{truce: full, aid: cut, says: ...}``.
    """

    set: dict[Name, Annotated[Formula, CLAUSE]] = Field(default_factory=dict)
    """The clauses; usually written directly beside the other keys."""
    when: Guard | None = None
    """When it can be offered; always, if left out."""
    pay: DealPayments = Field(default_factory=dict)
    """What actors get at once when it is struck."""
    lasts: str | None = None
    """How long it lasts: `3 periods` or `30 days`. Then what it set is as it was before; for ever, if left out."""
    breach: DealPayments = Field(default_factory=dict)
    """Of a deal that lasts: what an actor pays whose move sets a clause to something else before it lapses."""
    says: Prose = ""
    """What it is, in a sentence."""

    @classmethod
    def _spread(cls) -> str:
        return "set"


class Offer(Repeated):
    """A step at which an actor offers one of some deals, or none, and others take it or leave it, in order."""

    offer: Name
    """The name of the step."""
    by: Name
    """Who offers."""
    to: Names
    """Who must accept, in the order in which they are asked."""
    accepted_by: str | Whole = ALL
    """Whose acceptance is needed: `all`, `any`, a number, `4 of [canada, brazil, kenya]`, or a condition over who
    accepted, `canada and (brazil or kenya)`."""
    when: Guard | None = None
    """When the step takes place; always, if left out."""
    amount: Amount | None = None
    """A number that is offered with each deal, `[lowest, highest, step]`, by the name `amount` or one of its own:
    `{wage: [lowest, highest, step]}`. It may stand in the deals and in later steps of the period."""
    deals: dict[Name, Deal] = Field(min_length=1)
    """What can be offered."""
    says: Prose = ""
    """What it is, in a sentence."""

    @property
    def name(self) -> str:
        """The name of the step."""
        return self.offer

    @property
    def acceptance(self) -> Acceptance | None:
        """When it counts as accepted; None where all must accept. Raises ExpressionError."""
        return acceptance_of(self.offer, self.to, self.accepted_by)


class Costs(Block):
    """What words cost the one who says them."""

    lie: Annotated[Formula, PAY] | None = None
    """What it costs to say what is not true; nothing, if left out."""


class Statement(Repeated):
    """A step at which an actor says something about what it knows, true or not, and the others hear it."""

    statement: Name
    """The name of the step."""
    by: Name
    """Who speaks."""
    about: Name
    """The hidden variable that it is about; the speaker must know it."""
    words: Names = Field(alias="says")
    """What can be said: values of the variable, or other words, with what makes each true under `true when`."""
    when: Guard | None = None
    """When the step takes place; always, if left out."""
    true: dict[Name, Annotated[Formula, TRUTH]] = Field(default_factory=dict, alias="true when")
    """Word -> the condition on hidden variables under which it is true; by default that `about` has the value of that
    name."""
    costs: Costs = Costs()
    """What words cost."""
    records: Name | None = None
    """A state variable that takes the word that was said as its value, for later steps to refer to."""
    start: Literal["honest"] | None = None
    """`honest`: of several equilibria take that to which honest talk leads as the cost of lying falls to what it is."""
    note: Prose = ""
    """What it is, in a sentence."""

    @property
    def name(self) -> str:
        """The name of the step."""
        return self.statement

    @property
    def says(self) -> str:
        """What it is, in a sentence; in a file, the key ``says`` has the words."""
        return self.note

    def truth(self, word: str) -> Node:
        """The condition under which a word is true."""
        given = self.true.get(word)
        return Binary("==", Named(self.about), Named(word)) if given is None else given.tree


class Chance(Repeated):
    """A step at which one of some outcomes happens by chance; news, where the odds depend on a hidden variable."""

    chance: Name
    """The name of the step."""
    when: Guard | None = None
    """When the step takes place; always, if left out."""
    outcomes: dict[Name, Outcome] = Field(min_length=1)
    """What can happen."""
    says: Prose = ""
    """What it is, in a sentence."""

    @property
    def name(self) -> str:
        """The name of the step."""
        return self.chance


class SideOption(Block):
    """One thing that one of several can do who choose at the same time."""

    when: Guard | None = None
    """When it is open; always, if left out."""
    set: Settings = Field(default_factory=dict)
    """New values of state variables that follow from it, whatever the others do."""
    pay: Payments = Field(default_factory=dict)
    """What actors get at once for it, whatever the others do."""
    says: Prose = ""
    """What it is, in a sentence."""


class Simultaneous(Repeated):
    """A step at which several actors choose at the same time: nobody sees the others' choice before its own."""

    together: Name
    """The name of the step."""
    when: Guard | None = None
    """When the step takes place; always, if left out."""
    moves: dict[Name, Annotated[dict[Name, SideOption], Field(min_length=1)]] = Field(min_length=2)
    """Who chooses, and what each can choose. Everybody sees all choices afterwards."""
    set: Settings = Field(default_factory=dict)
    """New values of state variables; what was chosen may stand in them, as in `attacker == strike`."""
    pay: Payments = Field(default_factory=dict)
    """What actors get at once; what was chosen may stand in it."""
    inertia: Annotated[Expression, INERTIA] | None = None
    """The chance, below 1, that nobody thinks it over this time: then all do what `stays` says."""
    stays: dict[Name, Name] = Field(default_factory=dict)
    """Beside `inertia`: actor -> its option that stands then; of who has one option that changes nothing, that one."""
    says: Prose = ""
    """What it is, in a sentence."""

    @property
    def name(self) -> str:
        """The name of the step."""
        return self.together

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """Who chooses, and the names of what each can choose."""
        return {actor: tuple(options) for actor, options in self.moves.items()}


STEP_KINDS = ("move", "together", "offer", "statement", "chance")


def _step_kind(given: Any) -> str | None:
    if isinstance(given, dict):
        return next((kind for kind in STEP_KINDS if kind in given), None)
    return next((kind for kind in STEP_KINDS if hasattr(given, kind)), None)


Step = Annotated[
    Annotated[Move, Tag("move")]
    | Annotated[Simultaneous, Tag("together")]
    | Annotated[Offer, Tag("offer")]
    | Annotated[Statement, Tag("statement")]
    | Annotated[Chance, Tag("chance")],
    Discriminator(_step_kind),
]


def amounts_of(step: Step) -> Iterator[tuple[tuple[str, ...], str, tuple[float, float, float]]]:
    """The amounts that are chosen at a step: the path inside the step, the name, and [lowest, highest, step]."""
    if isinstance(step, Chance | Simultaneous | Statement):
        return
    for name, grid in (step.amount or {}).items():
        yield ("amount",), name, grid
    for option, chosen in step.options.items() if isinstance(step, Move) else ():
        for name, grid in (chosen.amount or {}).items():
            yield ("options", option, "amount"), name, grid
