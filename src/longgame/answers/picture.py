"""What the picture of a game shows: who moves when, what each option does, what is public and who knows what.

It is read off the scenario alone: nothing is compiled and nothing is solved.

Everything that is written as a formula is said in words, with the scenario's own names in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from longgame.answers.phrases import chance, change, condition, inertia, signed
from longgame.scenario.acceptance import ALL
from longgame.scenario.context import Context, names_of
from longgame.scenario.expand import all_worlds
from longgame.scenario.formulas import Expression, Formula, is_rest
from longgame.scenario.language.arithmetic import number_of
from longgame.scenario.language.expressions import Unary
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.scenario.model import (
    STEP_KINDS,
    Chance,
    Deal,
    Draw,
    Effects,
    End,
    Move,
    Offer,
    Option,
    Outcome,
    Scenario,
    SideOption,
    Simultaneous,
    Statement,
    StateVariable,
    Step,
)
from longgame.scenario.roles import END, GUARD


@dataclass(frozen=True)
class ShownActor:
    """An actor. ``knows``: hidden variables; ``cares_about``: the variables that enter what it is paid each period."""

    name: str
    says: str
    knows: tuple[str, ...]
    cares_about: tuple[str, ...]


@dataclass(frozen=True)
class ShownBranch:
    """One outcome of an option's lottery; ``chance`` in words, None for the rest; else as ``ShownOption``."""

    name: str
    says: str
    chance: str | None
    does: tuple[str, ...]
    pays: Mapping[str, str]


@dataclass(frozen=True)
class ShownOption:
    """An option of a move, a deal of an offer, or an outcome of chance.

    when    when it is open; None: always
    chance  of an outcome: its odds in words; None for the rest, and for options
    does    what it sets and what it changes in secret, one by one
    pays    what each actor gets at once
    seen_as what others see of it, where that is not the option itself
    alike   the other options that look the same
    then    the step that follows, where it is not the next one
    """

    name: str
    says: str
    when: str | None
    chance: str | None
    does: tuple[str, ...]
    pays: Mapping[str, str]
    lottery: tuple[ShownBranch, ...]
    seen_as: str | None
    alike: tuple[str, ...]
    then: str | None


@dataclass(frozen=True)
class ShownStep:
    """A step of the period.

    kind   move, together, offer, statement or chance
    by     who moves; None for chance, and where several choose at the same time
    to     of an offer: who must accept, in the order in which they are asked
    knows  what the mover knows and others do not
    news   of chance: the hidden variables on which the odds depend, so that what happens tells of them
    sides  those who choose at the same time, each with what it knows and others do not
    inertia  of a move: the chance that it is not thought over, and the option that stands then; None: it always is
    """

    name: str
    kind: str
    by: str | None
    to: tuple[str, ...]
    says: str
    when: str | None
    options: tuple[ShownOption, ...]
    knows: tuple[str, ...]
    news: tuple[str, ...]
    sides: Mapping[str, tuple[str, ...]]
    inertia: tuple[str, str] | None = None


@dataclass(frozen=True)
class ShownHidden:
    """A hidden variable; ``values`` with their public prior at the base case, None where it is no plain number."""

    name: str
    says: str
    known_to: tuple[str, ...]
    values: Mapping[str, float | None]


@dataclass(frozen=True)
class ShownVariable:
    """A state variable: ``values`` are its words, ``grid`` is lowest, highest and step of a number."""

    name: str
    says: str
    unit: str
    values: tuple[str, ...]
    grid: tuple[float, float, float] | None
    start: str


@dataclass(frozen=True)
class ShownEnd:
    """A way for the game to be over."""

    name: str
    says: str
    when: str


@dataclass(frozen=True)
class Picture:
    """A game as it is drawn.

    first, last  the dates of the first and the last period; empty where periods have numbers alone
    terms        the definitions that stand in conditions, in words
    """

    title: str
    periods: int
    pace: tuple[tuple[int, str], ...]  # how many periods of which length, one after the other
    first: str
    last: str
    actors: tuple[ShownActor, ...]
    hidden: tuple[ShownHidden, ...]
    steps: tuple[ShownStep, ...]
    state: tuple[ShownVariable, ...]
    ends: tuple[ShownEnd, ...]
    terms: Mapping[str, str]
    forever: bool = False


def picture(scenario: AnyScenario) -> Picture:
    """The picture of a scenario's game."""
    scenario = scenario_of(scenario)
    context, clock = Context(scenario), scenario.clock
    return Picture(
        title=scenario.title,
        periods=clock.periods,
        forever=clock.forever,
        pace=((clock.first, clock.step), *((part.periods, part.step) for part in clock.then)),
        first=clock.label(0) if clock.start else "",
        last=(clock.end_label if clock.then else clock.label)(clock.periods - 1) if clock.start else "",
        actors=tuple(
            ShownActor(name, actor.says, known_by(scenario, name), _cares(context, name))
            for name, actor in scenario.actors.items()
        ),
        hidden=_hidden(context),
        steps=tuple(_step(context, index) for index in range(len(scenario.period))),
        state=tuple(_variable(context, name, variable) for name, variable in scenario.state.items()),
        ends=tuple(_end(name, end) for name, end in scenario.ends.items()),
        terms=_terms(context),
    )


def known_by(scenario: Scenario, actor: str) -> tuple[str, ...]:
    """The hidden variables that an actor knows."""
    return tuple(name for name, hidden in scenario.hidden.items() if actor in hidden.known_to)


def _end(name: str, end: End) -> ShownEnd:
    return ShownEnd(name, end.says, condition(end.when.tree))


def _variable(context: Context, name: str, variable: StateVariable) -> ShownVariable:
    number = number_of(variable.start.tree, _values(context))
    start = condition(variable.start.tree) if number is None else f"{number:.6g}"
    return ShownVariable(name, variable.says, variable.unit, variable.values or (), variable.grid, start)


def _terms(context: Context) -> Mapping[str, str]:
    """The definitions that stand in conditions, those that stand in others too, in the scenario's order."""
    scenario = context.scenario
    found: set[str] = set()
    for slot in context.slots:
        if slot.role in (GUARD, END):
            found |= names_of(slot.formula) & scenario.definitions.keys()
    for name in reversed(context.definitions_in_order):
        if name in found:
            found |= context.definitions_used[name]
    return {name: condition(formula.tree) for name, formula in scenario.definitions.items() if name in found}


# --- what is hidden ---------------------------------------------------------------------------------------------------


def _hidden(context: Context) -> tuple[ShownHidden, ...]:
    """The hidden variables with the public prior of each value, added up over the worlds."""
    values = _values(context)
    worlds = [(world.values, number_of(world.prior, values)) for world in all_worlds(context.scenario)]
    return tuple(
        ShownHidden(
            name,
            hidden.says,
            hidden.known_to,
            {value: _total(p for chosen, p in worlds if chosen[name] == value) for value in hidden.values},
        )
        for name, hidden in context.scenario.hidden.items()
    )


def _total(numbers: Iterable[float | None]) -> float | None:
    found = list(numbers)
    known = [number for number in found if number is not None]
    return sum(known) if len(known) == len(found) else None


def _values(context: Context) -> Mapping[str, float | str]:
    """The assumptions' base values, and the definitions that are numbers by them."""
    values = dict(context.base)
    for name in context.definitions_in_order:
        number = number_of(context.scenario.definitions[name].tree, values)
        if number is not None:
            values[name] = number
    return values


# --- steps ------------------------------------------------------------------------------------------------------------


def _step(context: Context, index: int) -> ShownStep:
    scenario = context.scenario
    step = scenario.period[index]
    following = scenario.period[index + 1].name if index + 1 < len(scenario.period) else None
    by = step.by if isinstance(step, Move | Offer | Statement) else None
    sides = tuple(step.moves) if isinstance(step, Simultaneous) else ()
    return ShownStep(
        name=step.name,
        kind=next(kind for kind in STEP_KINDS if hasattr(step, kind)),
        by=by,
        to=step.to if isinstance(step, Offer) else (),
        says=step.says,
        when=_when(step.when),
        options=tuple(_options(step, following)),
        knows=() if by is None else known_by(scenario, by),
        news=_news(context, step) if isinstance(step, Chance) else (),
        sides={actor: known_by(scenario, actor) for actor in sides},
        inertia=inertia(context, step),
    )


def _options(step: Step, following: str | None) -> Iterable[ShownOption]:
    match step:
        case Simultaneous():
            for actor, options in step.moves.items():
                for name, option in options.items():
                    yield _side_option(f"{actor}: {name}", option, option.when)
            if step.set or step.pay:
                yield _side_option("all together", step, None)
        case Move():
            seen = {name: option.signal or name for name, option in step.choices.items()}
            for name, option in step.choices.items():
                alike = tuple(other for other in seen if other != name and seen[other] == seen[name])
                yield _option(name, option, seen[name], alike, following)
        case Offer():
            for name, deal in step.deals.items():
                yield replace(_deal(name, deal), does=(*_chosen(step), *_needs(step), *_sets(deal), *_time(deal)))
        case Statement():
            for word in step.words:
                does = () if step.records is None else (f"{step.records} becomes {word}",)
                lie = step.costs.lie
                cost = {} if lie is None else {step.by: f"{signed(Unary('-', lie.tree))}, if it is not true"}
                true = f"true if {condition(step.truth(word))}"
                yield ShownOption(word, true, None, None, does, cost, (), None, (), None)
        case Chance():
            for name, outcome in step.outcomes.items():
                yield _option(name, outcome, name, (), following)


def _option(
    name: str, option: Option | Outcome, seen: str, alike: tuple[str, ...], following: str | None
) -> ShownOption:
    move = isinstance(option, Option)
    return ShownOption(
        name=name,
        says=option.says,
        when=_when(option.when) if move else None,
        chance=None if move or is_rest(option.p) else condition(option.p.tree),
        does=(*(_chosen(option) if move else ()), *_sets(option), *_secrets(option)),
        pays=_pays(option),
        lottery=tuple(_branch(key, draw) for key, draw in option.lottery.items()) if move else (),
        seen_as=seen if seen != name or alike else None,
        alike=alike,
        then=option.then if option.then not in (None, following) else None,
    )


def _chosen(block: Option | Offer) -> tuple[str, ...]:
    """Which number is chosen, in words."""
    return tuple(
        f"{name} is chosen from {low:g} to {high:g} in steps of {step:g}"
        for name, (low, high, step) in (block.amount or {}).items()
    )


def _time(deal: Deal) -> tuple[str, ...]:
    """How long it lasts, and what it costs to break it, in words."""
    prices = (f"{actor} pays {signed(formula.tree).lstrip('+')} to break it" for actor, formula in deal.breach.items())
    return () if deal.lasts is None else (f"lasts {deal.lasts}", *prices)


def _needs(offer: Offer) -> tuple[str, ...]:
    """Whose acceptance is needed, in words, where that is not everybody's."""
    return () if offer.accepted_by == ALL else (f"accepted by {offer.accepted_by}",)


def _side_option(name: str, effects: SideOption | Simultaneous, when: Formula | None) -> ShownOption:
    says = effects.says if isinstance(effects, SideOption) else ""
    return ShownOption(name, says, _when(when), None, _sets(effects), _pays(effects), (), None, (), None)


def _deal(name: str, deal: Deal) -> ShownOption:
    return ShownOption(name, deal.says, _when(deal.when), None, _sets(deal), _pays(deal), (), None, (), None)


def _branch(name: str, draw: Draw) -> ShownBranch:
    return ShownBranch(name, draw.says, None if is_rest(draw.p) else condition(draw.p.tree), _sets(draw), _pays(draw))


def _sets(effects: Effects | Deal | Draw | SideOption | Simultaneous) -> tuple[str, ...]:
    """What is set, in words."""
    return tuple(change(name, formula.tree) for name, formula in effects.set.items())


def _pays(effects: Effects | Deal | Draw | SideOption | Simultaneous) -> dict[str, str]:
    """What actors get at once, with its sign."""
    return {actor: signed(formula.tree) for actor, formula in effects.pay.items()}


def _secrets(effects: Effects) -> list[str]:
    """What changes of what is hidden, in words."""
    said = []
    for name, odds in effects.becomes.items():
        for value, formula in odds.items():
            number = formula.number if isinstance(formula, Expression) else None
            when = "" if number == 1.0 else " otherwise" if is_rest(formula) else f" {chance(formula.tree)}"
            said.append(f"in secret, {name} becomes {value}{when}")
    return said


def _when(formula: Formula | None) -> str | None:
    return None if formula is None else condition(formula.tree)


def _news(context: Context, step: Chance) -> tuple[str, ...]:
    names = set().union(*(names_of(outcome.p) for outcome in step.outcomes.values()))
    return _behind(context, names, context.scenario.hidden)


def _cares(context: Context, actor: str) -> tuple[str, ...]:
    """The variables on which an actor's payoff depends."""
    scenario = context.scenario
    formula = scenario.payoffs.get(actor)
    return () if formula is None else _behind(context, names_of(formula), {**scenario.state, **scenario.hidden})


def _behind(context: Context, names: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Which of some variables stand behind names, through definitions."""
    found = {name for one in names for name in context.rests_on.get(one, {one})}
    return tuple(name for name in known if name in found)
