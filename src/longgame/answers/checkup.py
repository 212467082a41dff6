"""What ``check`` says of a sound scenario beside its size: what is at stake, how evidence was chosen, what a run takes.

Stakes and curved odds are read off the game. What else is said needs solutions, and is said only where these are to be
had in a few seconds: how near to a lottery the choices are that the evidence is about, and what a finer grid would
change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from longgame.answers import words
from longgame.answers.cost import AFFORDABLE, EstimateRow, Laps, estimate_of, measured, with_variants
from longgame.answers.parts import Line, Part, Table
from longgame.errors import Problem
from longgame.game.checks.curves import Curve, curved_odds
from longgame.game.checks.probe import Probe
from longgame.game.formulas import Formulas
from longgame.game.game import Game
from longgame.queries.atoms import Chance, View
from longgame.queries.path import Learned
from longgame.run.study import Progress, SolvedDraw, Study, silent, study_of
from longgame.scenario.checks.advice import unit_of_payoff
from longgame.scenario.context import Context
from longgame.scenario.load import AnyScenario
from longgame.scenario.model import Scenario
from longgame.text import duration, listed

LOTTERY = 0.95  # of the uncertainty that a blind guess has: choices with more say next to nothing
DRAWS = 128  # of a run, if nothing else is said


@dataclass(frozen=True)
class EndRow:
    """One end of the game: its value to an actor, the state, what ends it (None: the horizon), and whether its value
    is the payoff for ever because the scenario states none."""

    value: float
    state: str
    end: str | None
    for_ever: bool


@dataclass(frozen=True)
class PayRow:
    """The largest one-off payment of an option, and its share of the stake."""

    option: str
    amount: float
    share: float


@dataclass(frozen=True)
class StakeRow:
    """What is at stake for an actor: the spread between its best and its worst end, in the world where that is widest.

    ``unit`` is that of its payoffs, empty where the scenario states none. ``best`` and ``worst`` are None where all
    ends are alike: then the stake is what the periods can pay.
    """

    actor: str
    stake: float
    unit: str
    world: str
    best: EndRow | None
    worst: EndRow | None
    pays: list[PayRow]


@dataclass(frozen=True)
class DecisionRow:
    """One observed choice: how likely the likeliest option was, what a blind guess gives, and how much of a lottery it
    was: the share of a blind guess's uncertainty (entropy) that is left to whoever knows the world."""

    evidence: str
    actor: str
    likeliest: float
    blind: float
    lottery: float


@dataclass(frozen=True)
class GridRow:
    """Odds that are curved over one step of a grid, and what forecasts come to on a grid twice as fine."""

    variable: str
    path: str
    curve: float
    state: str
    step: float
    forecasts: dict[str, list[float]]


@dataclass(frozen=True)
class Checkup:
    """All of it, and the warnings that follow."""

    stakes: list[StakeRow]
    decisions: list[DecisionRow]
    grids: list[GridRow]
    estimate: EstimateRow
    problems: list[Problem]


def checkup(scenario: AnyScenario | Study, *, draws: int = DRAWS, progress: Progress | None = None) -> Checkup:
    """What there is to say of a scenario that has passed the checks. Raises ScenarioError, TooLargeError."""
    study = study_of(scenario)
    laps = Laps(progress or silent)
    draw = study.draw(progress=laps)
    pace = measured(study, draw, laps, draws)
    stakes = list(stake_rows(study, draw))
    decisions = list(decision_rows(draw)) if draw.solved else []
    grids = list(_grid_rows(study, draw, pace.base))
    problems = [*_lotteries(study.scenario, stakes, decisions), *(_coarse(study.scenario, row) for row in grids)]
    estimate = with_variants(estimate_of(study, pace, draws), study, pace)
    return Checkup(stakes, decisions, grids, estimate, problems)


# --- stakes -----------------------------------------------------------------------------------------------------------


def stake_rows(study: Study, draw: SolvedDraw) -> Iterator[StakeRow]:
    """The stakes of all actors, and the one-off payments beside them."""
    stakes = np.asarray(draw.tables.stake)
    game, ends, context = study.game, np.asarray(draw.tables.end_value), Context(study.scenario)
    for i, actor in enumerate(game.actors):
        played = np.where(_formulas(study).tables.played[:, None], ends[:, i], np.nan)
        spread = np.nanmax(played, axis=0) - np.nanmin(played, axis=0)
        w = int(np.argmax(spread))
        differ = abs(spread[w] - stakes[i]) <= 1e-9 * max(stakes[i], 1e-300)
        found = [_end(study, i, w, int(pick(played[:, w])), ends) for pick in (np.nanargmax, np.nanargmin)]
        best, worst = found if differ and stakes[i] > 0 else (None, None)
        pays = list(_pay_rows(study, draw, i, float(stakes[i])))
        yield StakeRow(actor, float(stakes[i]), unit_of_payoff(context, actor), game.worlds[w], best, worst, pays)


def _end(study: Study, actor: int, world: int, state: int, ends: np.ndarray) -> EndRow:
    tables = _formulas(study).tables
    by = next((e for e, here in enumerate(tables.ended_by) if here[state]), None)
    plan = tables.plan
    given = plan.end_values[actor] if by is None else plan.ends[by].values[actor]
    stays = "staying there" if study.game.forever else None
    name = stays if by is None else plan.ends[by].name
    return EndRow(float(ends[state, actor, world]), study.game.states.label(state), name, given is None)


def _pay_rows(study: Study, draw: SolvedDraw, actor: int, stake: float) -> Iterator[PayRow]:
    for step, tables in zip(study.game.steps, draw.tables.steps, strict=True):
        if tables.pay is None:
            continue
        pay = np.asarray(tables.pay)[:, :, actor]  # [S, A, W]
        for a, option in enumerate(step.options):
            amounts = pay[:, a].ravel()
            amount = float(amounts[np.argmax(np.abs(amounts))])
            if amount:
                yield PayRow(f"{step.name}.{option}", amount, amount / stake if stake else np.inf)


def _formulas(study: Study) -> Formulas:
    assert study.game.formulas is not None  # it was compiled from a scenario
    return study.game.formulas


# --- choices along the evidence ---------------------------------------------------------------------------------------


def decision_rows(draw: SolvedDraw) -> Iterator[DecisionRow]:
    """How much of a lottery each observed choice was, for whoever knows the world."""
    for piece in draw.case.path.pieces:
        row = _decision(piece, draw.case.game)
        if row is not None:
            yield row


def _decision(piece: Learned, game: Game) -> DecisionRow | None:
    fork = piece.updates[-1].step.fork
    if fork is None or piece.by is None:
        return None
    weight, odds = fork.nodes.joint, dict(fork.own_odds)[game.actors.index(piece.by)]  # [M, W], [M, own options, W]
    open_ = (odds > 0).sum(axis=1)
    matters = (weight > 0) & (open_ > 1)
    if not matters.any():
        return None
    entropy = -(np.where(odds > 0, odds * np.log(np.where(odds > 0, odds, 1.0)), 0.0)).sum(axis=1)
    share = np.where(matters, weight, 0.0) / weight[matters].sum()
    return DecisionRow(
        evidence=piece.id,
        actor=piece.by,
        likeliest=float((share * odds.max(axis=1)).sum()),
        blind=float((share / np.maximum(open_, 1)).sum()),
        lottery=float((share * entropy / np.log(np.maximum(open_, 2))).sum()),
    )


def typical_decision(stake: StakeRow, decisions: Sequence[DecisionRow]) -> str:
    """What an actor's rationality comes to at its own observed decisions, as a sentence without its stop."""
    likeliest, blind = (float(np.mean([getattr(row, key) for row in decisions])) for key in ("likeliest", "blind"))
    observed = f"{words.count(len(decisions), 'observed choice')} of {stake.actor}"
    return (
        f"at the {observed} the likeliest option is taken {100 * likeliest:.0f} times in 100, where a blind guess takes"
        f" it {100 * blind:.0f} times"
    )


def _lotteries(
    scenario: Scenario, stakes: Sequence[StakeRow], decisions: Sequence[DecisionRow]
) -> Iterator[Problem]:
    """The actors whose observed choices are near a lottery, so that next to nothing is learned from them."""
    for stake in stakes:
        own = [row for row in decisions if row.actor == stake.actor]
        near = [row for row in own if row.lottery >= LOTTERY]
        if not near:
            continue
        fix = "Raise its rationality, or give it payoffs in which its options differ."
        if scenario.actors[stake.actor].per == "stake":
            fix = f"Count its rationality in what its decisions move (`per: decision`). Or: {fix[0].lower()}{fix[1:]}"
        if ends := _unfinished(stake):
            fix = (
                f"Its stake, {words.number(stake.stake)}, is made by the payoff for ever where the clock stops in the"
                f" state {ends[-1].state}: state `end_values`, what an unfinished game is worth."
            )
        place = scenario.place(("actors", stake.actor), key=True)
        expected = "observed choices from which something is learned"
        found = (
            f"{len(near)} of {len(own)} near a lottery ({listed(row.evidence for row in near)}):"
            f" {typical_decision(stake, near)}"
        )
        yield Problem("lottery", place, expected, found, fix, "warning")


def _unfinished(stake: StakeRow) -> list[EndRow]:
    """Of the ends that make a stake, those of an unfinished game, worth the payoff for ever as nothing is stated."""
    return [end for end in (stake.best, stake.worst) if end is not None and end.for_ever and end.end is None]


# --- grids ------------------------------------------------------------------------------------------------------------


def _grid_rows(study: Study, draw: SolvedDraw, base: float) -> Iterator[GridRow]:
    curves = list(curved_odds(Probe(study.scenario, _formulas(study).tables)))
    variables = sorted({curve.variable for curve in curves})
    steps = {name: study.scenario.state[name].grid for name in variables}
    moved: Mapping[str, list[float]] = {}
    if variables and draw.solved and base * 2.5 ** len(variables) < AFFORDABLE:
        moved = _on_finer_grid(study, draw, variables)
    for curve in _worst(curves):
        grid = steps[curve.variable]
        assert grid is not None  # only numbers are curved
        yield GridRow(
            curve.variable, ".".join(map(str, curve.path)), curve.curve, curve.state, grid[2] / 2, dict(moved)
        )


def _worst(curves: Sequence[Curve]) -> list[Curve]:
    """The most curved odds of each variable."""
    worst: dict[str, Curve] = {}
    for curve in sorted(curves, key=lambda curve: -curve.curve):
        worst.setdefault(curve.variable, curve)
    return list(worst.values())


def _on_finer_grid(study: Study, draw: SolvedDraw, variables: Sequence[str]) -> dict[str, list[float]]:
    """Forecast -> its chance by the horizon, as it is and with grids twice as fine for some variables."""
    state = dict(study.scenario.state)
    for name in variables:
        grid = state[name].grid
        assert grid is not None
        state[name] = state[name].model_copy(update={"grid": (grid[0], grid[1], grid[2] / 2)})
    finer = Study.of(study.scenario.model_copy(update={"state": state}).read_from(study.scenario.source))
    finer_draw = finer.draw()
    chances: dict[str, list[float]] = {}
    for name, forecast in study.scenario.forecasts.items():
        atom = Chance(View(), study.game.periods - 1, forecast.event.tree)
        chances[name] = [one.look_up([atom], keep=True).number(atom) for one in (draw, finer_draw)]
    return chances


def _coarse(scenario: Scenario, row: GridRow) -> Problem:
    path = tuple(int(part) if part.isdigit() else part for part in row.path.split("."))
    found = (
        f"odds that are curved between two of its points: in the state {row.state} they are off by {row.curve:.2g}"
        " half-way to the next"
    )
    if row.forecasts:
        name, (now, finer) = max(row.forecasts.items(), key=lambda item: abs(item[1][1] - item[1][0]))
        found += f"; on a grid twice as fine the forecast `{name}` comes to {finer:.3f} instead of {now:.3f}"
    fix = f"Take a step of {row.step:g}: a coarse grid blurs what is straight, and biases what is curved."
    expected = f"a grid of `{row.variable}` on which the odds are straight"
    return Problem("coarse-grid", scenario.place(path), expected, found, fix, "warning")


# --- as text ----------------------------------------------------------------------------------------------------------


def in_words(found: Checkup) -> list[Part]:
    """What is at stake, how long a run takes."""
    rows = [
        (
            row.actor,
            f"{words.number(row.stake)} {row.unit}".rstrip(),
            _end_in_words(row.best),
            _end_in_words(row.worst),
            _pays_in_words(row),
        )
        for row in found.stakes
    ]
    title = "What is at stake: the spread between an actor's best and its worst end"
    headings = ("Actor", "Stake", "Best end", "Worst end", "One-off payments")
    table = Table(headings, rows, title=title, numbers=("Stake",))
    made = [row.actor for row in found.stakes if _unfinished(row)]
    said = (
        f"The payoff for ever, where the clock stops, makes the stake of {words.listed(made)}. `end_values` say what an"
        " unfinished game is worth."
    )
    own = {row.actor: [d for d in found.decisions if d.actor == row.actor] for row in found.stakes}
    lines = [Line(words.sentence(typical_decision(row, own[row.actor]))) for row in found.stakes if own[row.actor]]
    estimate = found.estimate
    took = (
        f"A run of {words.count(estimate.draws, 'draw')}{_beside(estimate)} takes roughly"
        f" {duration(estimate.seconds)} of one processor"
        f" and {max(estimate.bytes / 1e9, 0.1):.1f} GB of memory."
    )
    return [table, *([Line(said)] if made else []), *lines, Line(took)]


def _beside(estimate: EstimateRow) -> str:
    """What is solved beside the draws of the scenario itself."""
    if not estimate.variants:
        return ""
    each = f"{estimate.variant_draws} of each of" if estimate.variants > 1 else f"{estimate.variant_draws} of"
    return f" and {each} {words.count(estimate.variants, 'variant')}"


def _end_in_words(end: EndRow | None) -> str:
    if end is None:
        return "all alike"
    how = "at the horizon" if end.end is None else f"by {end.end}"
    return f"{words.number(end.value)}: {end.state}, {how}{', the payoff for ever' if end.for_ever else ''}"


def _pays_in_words(row: StakeRow) -> str:
    largest = sorted(row.pays, key=lambda pay: -abs(pay.amount))[:3]
    return "; ".join(f"{pay.option} {words.number(pay.amount)} ({100 * pay.share:.2g}%)" for pay in largest)

