"""Scenario -> Game: the one place where names become axes.

scenario  --plan_of-->  plan  --reach-->  states  --Tables-->  tables(theta, t)
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from math import comb, prod
from pathlib import Path
from typing import Any

import numpy as np

from longgame.errors import Problem, ScenarioError, TooLargeError
from longgame.game import checks
from longgame.game.blocks import Blocks, blocks_of, is_factored
from longgame.game.checks.worlds import too_many_worlds
from longgame.game.formulas import Formulas, as_tree
from longgame.game.functions import evaluate, truth
from longgame.game.game import Game, Step
from longgame.game.lattice import MOST_WORLDS, RESOLUTION
from longgame.game.matters import beliefs_at, matters
from longgame.game.numbers import CHANCE, SEVERAL
from longgame.game.plan import Change, EffectPlan, EndPlan, OptionPlan, Plan, StepPlan, bind_change
from longgame.game.reach import Hypothesis, Reached, TooManyStatesError, reach
from longgame.game.sample import limits
from longgame.game.sides import Side, joined_cells
from longgame.game.states import LARGEST_ID, States, Variable, grid_points
from longgame.game.symbols import Symbols
from longgame.game.tables import Tables
from longgame.scenario.bundles import bundles_of, settings_of
from longgame.scenario.checks import check
from longgame.scenario.context import Context
from longgame.scenario.expand import (
    FlatOption,
    FlatStep,
    Observation,
    deals_of,
    observations_of,
    steps_of,
    with_ends_of,
    worlds_of,
)
from longgame.scenario.expand.lasting import lasting_deals
from longgame.scenario.formulas import Expression
from longgame.scenario.language.expressions import Name, Node, Number
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.scenario.model import Scenario
from longgame.scenario.periods import PERIOD, PERIOD_LENGTH, by_period
from longgame.scenario.questions.tree import Changes, Lookup, SetTo, Understood, deal_changes
from longgame.scenario.questions.understand import Understanding, understand_claim

MOST_STATES = 2_000_000
MOST_SOLVED = 1.2e7  # steps at a state and a belief that a game with independent blocks is solved at, by default
CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
SHARE_OF_MEMORY = 0.5  # of what is free, that the values of one solution may take


def compile(scenario: AnyScenario, questions: Sequence[Understood] = ()) -> Game:
    """The game of a scenario; one that ends may have more worlds than a lattice holds.

    Args:
        scenario: from a file, or built in Python; it is checked here.
        questions: to be asked beside the scenario's claims; the changes in them are allowed for.

    Raises:
        ScenarioError: mistakes in the scenario, or those that only its game shows.
        TooLargeError: there are more states than fit.
    """
    scenario = scenario_of(scenario)
    if mistakes := [problem for problem in check(scenario) if problem.severity == "error"]:
        raise ScenarioError(scenario.source.blamed(mistakes))
    plan = plan_of(scenario)
    blocks = blocks_of(scenario, plan)
    if plan.forever and (mistakes := list(too_many_worlds(scenario, blocks, plan.steps))):
        raise ScenarioError(scenario.source.blamed(mistakes))
    factored = is_factored(blocks)
    lattice = scenario.solver.lattice or (1 if factored else RESOLUTION.get(len(plan.worlds), 1))
    if len(plan.worlds) == 1:
        lattice = 1
    changes = [*_deals(scenario, plan), *_asked(scenario, plan, questions)]
    reached = _reach(scenario, plan, changes, observations_of(scenario), lattice)
    states = States(plan.variables, plan.decode(reached.ids).astype(np.int32))
    tables = Tables(plan, states, reached.played, reached.asked)
    if problems := checks.errors(scenario, tables):
        raise ScenarioError(scenario.source.blamed(problems))
    if factored and not scenario.solver.lattice:
        lattice = affordable(blocks, plan, tables)
    return Game(
        actors=plan.actors,
        worlds=plan.worlds,
        hidden={
            name: tuple(words[code] for code in plan.world_codes[:, h])
            for h, (name, words) in enumerate(plan.hidden.items())
        },
        cells=plan.cells,
        states=states,
        ended=tables.over,
        steps=tuple(_step(plan, step) for step in plan.steps),
        periods=plan.periods,
        lattice=lattice,
        noise=scenario.solver.noise,
        assumptions=plan.assumptions,
        timed=any(tables.timed) or bool(plan.lengths),
        tables=tables,
        base=plan.base,
        formulas=Formulas(tables),
        forever=plan.forever,
        lengths=plan.lengths,
        near=_near(scenario, plan),
        blocks=blocks,
    )


# --- scenario -> plan -------------------------------------------------------------------------------------------------


def plan_of(scenario: Scenario) -> Plan:
    """The scenario with its names resolved."""
    brought = scenario.brought
    variables = tuple(_variable(name, given, given == brought.get(name)) for name, given in scenario.state.items())
    hidden = {name: tuple(given.values) for name, given in scenario.hidden.items()}
    symbols = _symbols(scenario, variables, hidden)
    actors = tuple(scenario.actors)
    worlds = worlds_of(scenario)
    codes = np.array(
        [[words.index(world.values[name]) for name, words in hidden.items()] for world in worlds], np.int64
    ).reshape(len(worlds), len(hidden))
    ranges = [limits(assumption) for assumption in scenario.assumptions.values()]
    binder = _Binder(symbols, variables, actors, hidden)

    def by_actor(formulas: Mapping[str, Any]) -> tuple[Node | None, ...]:
        return tuple(binder.tree(formulas[name].tree) if name in formulas else None for name in actors)

    return Plan(
        symbols=symbols,
        variables=variables,
        start=binder.change({name: as_tree(given.start) for name, given in scenario.state.items()}),
        actors=actors,
        discount=tuple(symbols.bind(actor.discount.tree) for actor in scenario.actors.values()),
        precision=tuple(
            symbols.bind((actor.lambda_ if actor.rationality is None else actor.rationality).tree)  # type: ignore[union-attr]
            for actor in scenario.actors.values()
        ),
        unit=tuple("payoff" if actor.rationality is None else actor.per for actor in scenario.actors.values()),
        hidden=hidden,
        worlds=tuple(world.name for world in worlds),
        world_codes=codes,
        prior=tuple(symbols.bind(world.prior) for world in worlds),
        cells=_cells(scenario, codes),
        steps=tuple(binder.step(step) for step in steps_of(scenario)),
        payoffs=tuple(symbols.bind(scenario.payoffs[name].tree) for name in actors),
        end_values=by_actor(scenario.end_values),
        ends=tuple(EndPlan(n, symbols.bind(end.when.tree), by_actor(end.values)) for n, end in scenario.ends.items()),
        assumptions=tuple(scenario.assumptions),
        base=np.array([float(a.value) for a in scenario.assumptions.values()]),
        low=np.array([low for low, _ in ranges], float),
        high=np.array([high for _, high in ranges], float),
        periods=scenario.clock.periods,
        forever=scenario.clock.forever,
        lengths=scenario.clock.pace.lengths,
    )


def _variable(name: str, given: Any, brought: bool) -> Variable:
    points = tuple(given.values) if given.grid is None else grid_points(*given.grid)
    start = given.start.tree if brought and isinstance(given.start, Expression) else None
    value = start.value if isinstance(start, Number) else start.id if isinstance(start, Name) else None
    return Variable(name, points, given.grid is not None, points.index(value) if value in points else None)


def _symbols(scenario: Scenario, variables: Sequence[Variable], hidden: Mapping[str, tuple[str, ...]]) -> Symbols:
    words = {v.name: v.points for v in variables if not v.numeric} | dict(hidden)
    names = {v.name for v in variables} | hidden.keys() | scenario.assumptions.keys() | {PERIOD}
    symbols = Symbols(words, frozenset(names), scenario.clock.period_of)
    length = {PERIOD_LENGTH: by_period(scenario.clock.pace.lengths)}
    return symbols.define({name: f.tree for name, f in scenario.definitions.items()} | length)


def _cells(scenario: Scenario, codes: np.ndarray) -> np.ndarray:
    """[N, W] each actor's cell: the worlds in which all that it knows has the same values, numbered as they come."""
    cells = np.zeros((len(scenario.actors), len(codes)), np.int64)
    for i, actor in enumerate(scenario.actors):
        known = [h for h, hidden in enumerate(scenario.hidden.values()) if actor in hidden.known_to]
        seen: dict[tuple[int, ...], int] = {}
        cells[i] = [seen.setdefault(tuple(row[known].tolist()), len(seen)) for row in codes]
    return cells


class _Binder:
    """Names -> positions, for the steps of a period."""

    def __init__(
        self,
        symbols: Symbols,
        variables: Sequence[Variable],
        actors: Sequence[str],
        hidden: Mapping[str, tuple[str, ...]],
    ):
        self.symbols, self.actors, self.hidden = symbols, actors, hidden
        self.variables = variables

    def tree(self, node: Node | None) -> Node | None:
        return None if node is None else self.symbols.bind(node)

    def change(self, clauses: Mapping[str, Node]) -> Change:
        return bind_change(self.symbols, self.variables, clauses)

    def pay(self, *payments: Mapping[str, Node]) -> tuple[tuple[int, Node], ...]:
        return tuple((self.actors.index(n), self.symbols.bind(node)) for some in payments for n, node in some.items())

    def option(self, option: FlatOption) -> OptionPlan:
        effects = [EffectPlan(None, self.change(option.set), self.pay(option.pay))]
        if option.lottery:
            effects = [
                EffectPlan(
                    self.tree(branch.p),
                    self.change({**option.set, **branch.set}),
                    self.pay(option.pay, branch.pay),
                )
                for branch in option.lottery
            ]
        becomes = tuple(
            (name, tuple((self.hidden[name].index(value), self.symbols.bind(p)) for value, p in odds.items()))
            for name, odds in option.becomes.items()
        )
        return OptionPlan(option.name, self.tree(option.when), self.tree(option.p), tuple(effects), becomes)

    def step(self, step: FlatStep) -> StepPlan:
        signals = tuple(dict.fromkeys(option.signal for option in step.options))
        return StepPlan(
            name=step.name,
            mover=SEVERAL if step.sides else CHANCE if step.by is None else self.actors.index(step.by),
            when=self.tree(step.when),
            options=tuple(self.option(option) for option in step.options),
            next=tuple(option.next for option in step.options),
            signal=tuple(signals.index(option.signal) for option in step.options),
            signals=signals,
            truths=tuple(self.symbols.bind(o.true) for o in step.options if o.true is not None) if step.honest else (),
            sides=tuple(Side(self.actors.index(side.by), side.options, side.taken) for side in step.sides),
        )


# --- plan -> game -----------------------------------------------------------------------------------------------------


def _step(plan: Plan, step: StepPlan) -> Step:
    return Step(
        name=step.name,
        mover=step.mover,
        options=tuple(option.name for option in step.options),
        next=step.next,
        signal=step.signal,
        signals=step.signals,
        informed=_informed(plan, step),
        stays=tuple(not any(effect.sets for effect in option.effects) for option in step.options),
        lies=_lies(plan, step),
        sides=step.sides,
    )


def _lies(plan: Plan, step: StepPlan) -> tuple[tuple[bool, ...], ...]:
    """Of a statement that starts from honest talk, which words are lies in which worlds."""
    if not step.truths:
        return ()
    known = plan.symbols.environment(plan.hidden_columns(), evaluate)
    shape = (len(plan.worlds),)
    return tuple(tuple((~np.broadcast_to(truth(known.of(node)), shape)).tolist()) for node in step.truths)


def _near(scenario: Scenario, plan: Plan) -> dict[int, dict[int, Node]]:
    """The play that is given to start from, by step and option; what one of several does as in ``FlatStep.acts``."""
    found: dict[int, dict[int, Node]] = {}
    for k, step in enumerate(plan.steps):
        options = {step.name: {option.name: a for a, option in enumerate(step.options)}}
        acts = [(side, own) for side in step.sides for own in side.options]
        for act, (side, own) in enumerate(acts, len(step.options)):
            options.setdefault(f"{step.name}.{plan.actors[side.mover]}", {})[own] = act
        for name, places in options.items():
            for own, formula in scenario.solver.near.get(name, {}).items():
                found.setdefault(k, {})[places[own]] = formula.tree
    return found


def _informed(plan: Plan, step: StepPlan) -> bool:
    """Whether the public belief can move at a step."""
    if any(option.becomes for option in step.options):
        return True
    if len(step.signals) < 2:
        return False
    if step.mover == CHANCE:
        used = plan.symbols.used(*(option.odds for option in step.options))
        return len(plan.worlds) > 1 and not used.isdisjoint(plan.hidden)
    return bool(plan.cells[list(step.movers)].max() > 0)


# --- size -------------------------------------------------------------------------------------------------------------


def _reach(
    scenario: Scenario, plan: Plan, changes: Sequence[Hypothesis], evidence: Sequence[Observation], lattice: int
) -> Reached:
    """The reachable states, or a TooLargeError before memory is taken."""
    if prod(plan.sizes) > LARGEST_ID:
        raise _too_large(scenario, plan, plan.sizes, f"{float(prod(plan.sizes)):.1e} combinations of values")
    each = bytes_per_state(plan, lattice)
    room = int(SHARE_OF_MEMORY * memory() / each)
    place, step = ({one.name: n for n, one in enumerate(some)} for some in (plan.variables, plan.steps))
    time = {place[deal.left]: step[deal.time] for deal in lasting_deals(scenario).values()}
    try:
        return reach(plan, changes, evidence, min(MOST_STATES, room), time)
    except TooManyStatesError as error:
        size = f"more than {error.states:,} states" if error.states else "states"
        if room < MOST_STATES:
            size += f" of about {each / 1e6:,.1f} MB each, on this machine of {memory() / 1e9:.0f} GB"
        raise _too_large(scenario, plan, error.points, size) from None


def affordable(blocks: Blocks, plan: Plan, tables: Tables) -> int:
    """The finest lattice of a game with independent blocks whose values and play are few enough."""
    periods = [tables(plan.base, t) for t in range(plan.periods if any(tables.timed) else 1)]
    where, finest = matters(blocks, periods), max(RESOLUTION.get(size, 1) for size in blocks.sizes)
    active = np.sum([np.sum([step.active for step in now.steps], axis=0) for now in periods], axis=0)
    for resolution in range(finest, 1, -1):
        points = beliefs_at(blocks, where, resolution)
        if plan.periods / len(periods) * float(points @ active) <= MOST_SOLVED:
            return resolution
    return 1


def bytes_per_state(plan: Plan, lattice: int) -> int:
    """What a solution takes for each state: values and play at all lattice points, for all periods."""
    W, N, T, K = len(plan.worlds), len(plan.actors), plan.periods, len(plan.steps)
    values = N * W * (T + 1 + 2 * (K + 1))  # at the start of all periods, and inside the two at hand
    rows = [int(joined_cells(plan.cells[list(step.movers)]).max()) + 1 for step in plan.steps]
    play = T * sum(n * len(s.options) for n, s in zip(rows, plan.steps, strict=True) if s.mover != CHANCE)
    return 8 * (comb(lattice + W - 1, W - 1) if W <= MOST_WORLDS else 1) * (values + play)


def memory() -> int:
    """Bytes of memory that this process may use: the machine's, or the container's; 8 GB where nothing says."""
    try:
        machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        machine = 8 * 10**9
    try:
        return min(machine, int(CONTAINER_LIMIT.read_text()))
    except (OSError, ValueError):  # no container, or no limit ("max")
        return machine


def _too_large(scenario: Scenario, plan: Plan, points: Sequence[int], size: str) -> TooLargeError:
    order = sorted(range(len(points)), key=lambda i: -points[i])
    most = [i for i in order if points[i] > 1][:4]
    named = ", ".join(f"`{plan.variables[i].name}` ({points[i]:,} values)" for i in most)
    fix = f"The most values have {named}. Give them a coarser grid or fewer words"
    fix += ", or leave one out"
    fix += "." if len(plan.worlds) == 1 else "; or take fewer worlds or a smaller lattice."
    place = scenario.place(("state", plan.variables[most[0]].name), key=True) if most else scenario.place(("state",))
    return TooLargeError([Problem("too-large", place, "a game that fits in memory", size, fix)])


# --- what questions ask about -----------------------------------------------------------------------------------------


def _deals(scenario: Scenario, plan: Plan) -> Iterator[Hypothesis]:
    for name, deal in deals_of(scenario).items():
        yield [[plan.change(with_ends_of(scenario, name, deal))]]
    for changes in settings_of(bundles_of(scenario))[0]:
        for stage in _stages(changes):
            yield [[plan.change(dict(part.clauses)) for part in stage]]


def _asked(scenario: Scenario, plan: Plan, questions: Sequence[Understood]) -> Iterator[Hypothesis]:
    """The changes that questions name, but for single deals: every ``set(...)``, and every list of changes."""
    understanding, deals = Understanding(Context(scenario)), deal_changes(scenario).values()
    claims = [understand_claim(understanding, id, claim) for id, claim in scenario.claims.items()]
    asked = [*questions, *(question for holds, shows in claims for question in (holds, *shows.values()))]
    lookups = dict.fromkeys(leaf for question in asked for leaf in question.leaves if isinstance(leaf, Lookup))
    given = [changes for lookup in lookups for changes in lookup.changes]
    for changes in dict.fromkeys(changes for changes in given if changes not in deals):
        stages = [[plan.change(dict(part.clauses)) for part in stage] for stage in _stages(changes)]
        if any(stages):
            yield stages
        for part in [part for stage in stages for part in stage[1:]]:
            yield [[part]]  # a change is known in every state of which may be asked, whatever is made before it


def _stages(changes: Changes) -> Iterator[list[SetTo]]:
    """What is set at once, parted by the moves that are taken in between."""
    stage: list[SetTo] = []
    for change in changes:
        if isinstance(change, SetTo):
            stage.append(change)
        else:
            yield stage
            stage = []
    yield stage
