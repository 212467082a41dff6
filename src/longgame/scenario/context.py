"""What every check is given: the scenario, its flat steps, what its names are, and how to report a problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from longgame.errors import Place, Problem
from longgame.scenario.clock import DateError
from longgame.scenario.expand import FlatStep, steps_of
from longgame.scenario.formulas import Cases, Expression, Unreadable, is_rest, leaves
from longgame.scenario.language.expressions import Node, depth_of, names_in
from longgame.scenario.language.templates import member_at, origin_of
from longgame.scenario.model import (
    Deal,
    Draw,
    Effects,
    Move,
    Offer,
    Scenario,
    SideOption,
    Simultaneous,
    Statement,
    Step,
)
from longgame.scenario.periods import PERIOD, PERIOD_LENGTH
from longgame.scenario.places import Path

NameKind = Literal["state", "passing", "hidden", "assumption", "definition", "period", "choice"]

KIND_WORDS: Mapping[str, str] = {
    "state": "state variable",
    "passing": "variable of a period",
    "hidden": "hidden variable",
    "assumption": "assumption",
    "definition": "definition",
    "period": "word",
    "choice": "choice of this step",
}


@dataclass(frozen=True)
class Role:
    """What a formula is for, and so which names it may use.

    Attributes:
        words: what it is called in messages.
        state, hidden, assumptions, period: whether it may use these.
        passing: whether it may use what is forgotten when a period is over.
    """

    words: str
    state: bool = False
    hidden: bool = False
    assumptions: bool = True
    period: bool = False
    passing: bool = False

    def allows(self, kind: str) -> bool:
        """Whether a name of this kind may be used."""
        return {
            "state": self.state,
            "passing": self.passing,
            "hidden": self.hidden,
            "assumption": self.assumptions,
            "period": self.period,
        }.get(kind, True)

    @property
    def allowed(self) -> str:
        """What it may use, in words."""
        kinds = [
            words
            for allowed, words in (
                (self.state, "state variables"),
                (self.hidden, "hidden variables"),
                (self.assumptions, "assumptions"),
                (self.period, "`period`"),
            )
            if allowed
        ]
        return " and ".join([", ".join(kinds[:-1]), kinds[-1]] if len(kinds) > 1 else kinds) or "numbers"


START = Role("the start of a variable")
PRIOR = Role("a prior probability")
RATIONALITY = Role("rationality", hidden=True)
DISCOUNT = Role("a discount factor")
GUARD = Role("a condition of a step or option", state=True, period=True, passing=True)
SET = Role("a new value", state=True, period=True, passing=True)
CLAUSE = Role("a clause of a deal", state=True, passing=True)
LOTTERY = Role("the odds of an option's lottery", state=True, period=True, passing=True)
ODDS = Role("the odds of a chance step", state=True, hidden=True, period=True, passing=True)
BECOMES = Role("the odds of a hidden change", state=True, hidden=True, period=True, passing=True)
PAY = Role("a payment", state=True, hidden=True, period=True, passing=True)
DEAL_PAY = Role("a payment of a deal", state=True, hidden=True, passing=True)
PAYOFF = Role("a payoff", state=True, hidden=True, period=True)
END_VALUE = Role("an end value", state=True, hidden=True)
END = Role("the condition of an end", state=True, assumptions=False)
CONDUCT = Role("the condition of a posture", state=True, assumptions=False, passing=True)
EVENT = Role("a public event", state=True)
SEEN = Role("an observed value", assumptions=False)
INERTIA = Role("the chance that a move is not thought over")
RELIABILITY = Role("the chance that a source is right")
FOUND_OUT = Role("the cost of being found out")
DEFINITION = Role("a definition", state=True, hidden=True, period=True, passing=True)
CONDITION = Role("a condition on the world", hidden=True, assumptions=False)
TRUTH = Role("what makes a word true", hidden=True, assumptions=False)
NEAR = Role("play to start from", state=True)
QUANTITY = Role("a public quantity", state=True)


@dataclass(frozen=True)
class Slot:
    """One formula of the scenario, with its place and its role.

    Attributes:
        target: the state variable whose value it gives, if any: then it may be a word of that variable.
        actor: whose rationality it is, if any.
        sides: who chooses at the same time in its step, with their options: an actor's name stands for its choice.
    """

    path: Path
    formula: Expression | Cases
    role: Role
    target: str | None = None
    actor: str | None = None
    sides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """A scenario under examination; ``sides`` as of the slot that is looked at."""

    scenario: Scenario
    sides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def steps(self) -> tuple[FlatStep, ...]:
        """The flat steps of the period."""
        return steps_of(self.scenario)

    @cached_property
    def kinds(self) -> dict[str, NameKind]:
        """What each name that expressions can use is."""
        kinds: dict[str, NameKind] = dict.fromkeys(self.sides, "choice")
        kinds.update(dict.fromkeys(self.scenario.definitions, "definition"))
        kinds.update(dict.fromkeys(self.scenario.assumptions, "assumption"))
        kinds.update(dict.fromkeys(self.scenario.hidden, "hidden"))
        for name, variable in self.scenario.state.items():
            kinds[name] = "state" if variable.lasts == "game" else "passing"
        kinds[PERIOD] = kinds[PERIOD_LENGTH] = "period"
        return kinds

    @cached_property
    def words(self) -> dict[str, tuple[str, ...]]:
        """The words of each variable that has words, public or hidden."""
        public = {name: v.values for name, v in self.scenario.state.items() if v.values is not None and not v.numeric}
        return {**self.sides, **{name: tuple(v.values) for name, v in self.scenario.hidden.items()}, **public}

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """Every formula of the scenario."""
        return tuple(_slots(self.scenario))

    @cached_property
    def base(self) -> dict[str, float | str]:
        """The values of the assumptions in the base case."""
        return {name: assumption.value for name, assumption in self.scenario.assumptions.items()}

    @cached_property
    def definitions_used(self) -> dict[str, frozenset[str]]:
        """Definition -> the definitions that stand in it."""
        definitions = self.scenario.definitions
        return {name: names_of(formula) & definitions.keys() for name, formula in definitions.items()}

    @cached_property
    def definitions_in_order(self) -> dict[str, int]:
        """Definition -> its depth with all that it uses, each after those it uses; without those on a circle."""
        users: dict[str, list[str]] = {}
        for name, used in self.definitions_used.items():
            for other in used:
                users.setdefault(other, []).append(name)
        missing = {name: len(used) for name, used in self.definitions_used.items()}
        waiting = [name for name, count in missing.items() if not count]
        depths = dict.fromkeys(missing, 0)
        for name in waiting:  # grows while it is walked
            depths[name] += depth_of(self.scenario.definitions[name].tree)
            for user in users.get(name, ()):
                depths[user] = max(depths[user], depths[name])
                missing[user] -= 1
                if not missing[user]:
                    waiting.append(user)
        return {name: depths[name] for name in waiting}

    @cached_property
    def rests_on(self) -> dict[str, frozenset[str]]:
        """Definition -> the variables, assumptions and ``period`` that it rests on, through other definitions."""
        definitions = self.scenario.definitions
        found: dict[str, frozenset[str]] = {}
        for name in [*self.definitions_in_order, *(definitions.keys() - self.definitions_in_order.keys())]:
            names = names_of(definitions[name])
            own = {used for used in names if self.kinds.get(used, "definition") != "definition"}
            found[name] = frozenset(own.union(*(found.get(used, frozenset()) for used in names & definitions.keys())))
        return found

    @cached_property
    def clock_is_sound(self) -> bool:
        """Whether the clock itself can be read, so that dates can be judged by it."""
        try:
            self.scenario.clock.period_of(1)
            self.scenario.clock.date_of(self.scenario.clock.periods)
        except DateError:
            return False
        return True

    def date_error(self, when: str | int) -> DateError | None:
        """What is wrong with a date, if anything; nothing where the clock itself is wrong."""
        try:
            self.scenario.clock.period_of(when)
        except DateError as error:
            return error if self.clock_is_sound else None
        return None

    def problem(
        self,
        code: str,
        path: Path,
        expected: str,
        found: str,
        fix: str = "",
        *,
        key: bool = False,
        at: tuple[Expression, Node] | None = None,
        severity: str = "error",
    ) -> Problem:
        """A problem at a path: at its value, at its key, or at one part of the expression that stands there."""
        text, character = ("", None) if at is None else (at[0].text, at[1].span[0])
        if character is not None and not path:  # a question that is asked from outside the file
            place = Place("question", "question", 1, origin_of(text, character) + 1, member_at(text, character))
        else:
            place = self.scenario.place(path, key=key, text=text, character=character)
        return Problem(code, place, expected, found, fix, severity)


def names_of(formula: Expression | Cases) -> frozenset[str]:
    """Every name that stands in a formula, the variables of its cases too."""
    names = {name.id for _, leaf in leaves(formula) for name in names_in(leaf.tree)}
    return frozenset(names.union(_case_variables(formula)))


def _case_variables(formula: Expression | Cases) -> Iterator[str]:
    if isinstance(formula, Cases):
        yield formula.depends_on
        for part in formula.cases.values():
            yield from _case_variables(part)


_SHARED = (PRIOR, LOTTERY, ODDS, BECOMES)  # where one of several probabilities may be ``rest``

# --- every formula of a scenario -------------------------------------------------------------------------------------


def _slots(scenario: Scenario) -> Iterator[Slot]:
    """Every formula with its role; what could not be read is left out, and so is ``rest`` among odds."""
    for slot in _all_slots(scenario):
        if not isinstance(slot.formula, Unreadable) and not (slot.role in _SHARED and is_rest(slot.formula)):
            yield slot


def _all_slots(scenario: Scenario) -> Iterator[Slot]:
    for name, actor in scenario.actors.items():
        for key, formula in (("rationality", actor.rationality), ("lambda", actor.lambda_)):
            if formula is not None:
                yield Slot(("actors", name, key), formula, RATIONALITY, actor=name)
        yield Slot(("actors", name, "discount"), actor.discount, DISCOUNT)
    for name, formula in scenario.definitions.items():
        yield Slot(("definitions", name), formula, DEFINITION)
    for name, variable in scenario.state.items():
        yield Slot(("state", name, "start"), variable.start, START, target=name)
    for name, hidden in scenario.hidden.items():
        for value, prior in hidden.values.items():
            if prior is not None:
                yield Slot(("hidden", name, "values", value), prior, PRIOR)
    for index, world in enumerate(scenario.worlds):
        yield Slot(("worlds", index, "p"), world.p, PRIOR)
    for index, step in enumerate(scenario.period):
        yield from _step_slots(step, ("period", index))
    for block, role in (("payoffs", PAYOFF), ("end_values", END_VALUE)):
        for actor_name, formula in getattr(scenario, block).items():
            yield Slot((block, actor_name), formula, role)
    for name, end in scenario.ends.items():
        yield Slot(("ends", name, "when"), end.when, END)
        for actor_name, formula in end.values.items():
            yield Slot(("ends", name, "values", actor_name), formula, END_VALUE)
    for name, deal in scenario.deals.items():
        yield from _deal_slots(deal, ("deals", name))
    for name, clause in scenario.clauses.items():
        for variable_name, formula in clause.set.items():
            yield Slot(("clauses", name, "set", variable_name), formula, CLAUSE, target=variable_name)
        for actor_name, formula in clause.pay.items():
            yield Slot(("clauses", name, "pay", actor_name), formula, DEAL_PAY)
        for actor_name, formula in clause.breach.items():
            yield Slot(("clauses", name, "breach", actor_name), formula, DEAL_PAY)
    for name, account in scenario.accounts.items():
        if account.found_out is not None:
            yield Slot(("accounts", name, "found_out"), account.found_out, FOUND_OUT)
    for actor_name, postures in scenario.postures.items():
        for posture, conduct in postures.items():
            for step_name, kept in conduct.items():
                if kept.when is not None:
                    yield Slot(("postures", actor_name, posture, step_name, "when"), kept.when, CONDUCT)
    for name, forecast in scenario.forecasts.items():
        yield Slot(("forecasts", name, "event"), forecast.event, EVENT)
    for step_name, play in scenario.solver.near.items():
        for option_name, formula in play.items():
            yield Slot(("solver", "near", step_name, option_name), formula, NEAR)
    for index, piece in enumerate(scenario.evidence):
        for variable_name, values in (piece.seen or {}).items():
            path: Path = ("evidence", index, "seen", variable_name)
            for place, value in enumerate(values):
                yield Slot(path if len(values) == 1 else (*path, place), value, SEEN, target=variable_name)
        if piece.p is not None:
            yield Slot(("evidence", index, "p"), piece.p, RELIABILITY)


def _step_slots(step: Step, path: Path) -> Iterator[Slot]:
    if step.when is not None:
        yield Slot((*path, "when"), step.when, GUARD)
    if isinstance(step, Offer):
        for name, deal in step.deals.items():
            yield from _deal_slots(deal, (*path, "deals", name))
    elif isinstance(step, Move):
        if step.inertia is not None:
            yield Slot((*path, "inertia"), step.inertia, INERTIA)
        for name, option in step.options.items():
            where: Path = (*path, "options", name)
            if option.when is not None:
                yield Slot((*where, "when"), option.when, GUARD)
            yield from _effect_slots(option, where)
            for key, draw in option.lottery.items():
                yield Slot((*where, "lottery", key, "p"), draw.p, LOTTERY)
                yield from _gift_slots(draw, (*where, "lottery", key))
    elif isinstance(step, Statement):
        for word, formula in step.true.items():
            yield Slot((*path, "true when", word), formula, TRUTH)
        if step.costs.lie is not None:
            yield Slot((*path, "costs", "lie"), step.costs.lie, PAY)
    elif isinstance(step, Simultaneous):
        for actor, options in step.moves.items():
            for name, option in options.items():
                where = (*path, "moves", actor, name)
                if option.when is not None:
                    yield Slot((*where, "when"), option.when, GUARD)
                yield from _gift_slots(option, where)
        for slot in _gift_slots(step, path):
            yield replace(slot, sides=step.options)
    else:
        for name, outcome in step.outcomes.items():
            yield Slot((*path, "outcomes", name, "p"), outcome.p, ODDS)
            yield from _effect_slots(outcome, (*path, "outcomes", name))


def _effect_slots(effects: Effects, path: Path) -> Iterator[Slot]:
    yield from _gift_slots(effects, path)
    for name, odds in effects.becomes.items():
        for value, formula in odds.items():
            yield Slot((*path, "becomes", name, value), formula, BECOMES)


def _gift_slots(effects: Effects | Draw | SideOption | Simultaneous, path: Path) -> Iterator[Slot]:
    for name, formula in effects.set.items():
        yield Slot((*path, "set", name), formula, SET, target=name)
    for name, formula in effects.pay.items():
        yield Slot((*path, "pay", name), formula, PAY)


def _deal_slots(deal: Deal, path: Path) -> Iterator[Slot]:
    for name, formula in deal.set.items():
        yield Slot((*path, name), formula, CLAUSE, target=name)
    if deal.when is not None:
        yield Slot((*path, "when"), deal.when, GUARD)
    for key in ("pay", "breach"):
        for name, formula in getattr(deal, key).items():
            yield Slot((*path, key, name), formula, DEAL_PAY)
