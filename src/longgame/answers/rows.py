"""The rows of the answers that describe the scenario, and those that are read off its base case."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from longgame.answers.answers import (
    ActorRow,
    AssumptionRow,
    BargainRow,
    BeliefRow,
    DealRow,
    ForecastPoint,
    ForecastRow,
    LedgerRow,
    ScenarioRow,
    SizeRow,
    SolverRow,
    WorldRow,
)
from longgame.answers.posture_answers import PostureRow
from longgame.choice.postures import PostureTable
from longgame.game.lattice import Lattice
from longgame.queries.deals import DealTable
from longgame.queries.forecast import simulate
from longgame.queries.ledger import ledger
from longgame.queries.path import Observation, condition, marginals, unique
from longgame.run.study import Array, SolvedDraw, Study
from longgame.scenario import library
from longgame.scenario.dump import dump
from longgame.scenario.expand import deals_of
from longgame.scenario.formulas import Expression
from longgame.scenario.language.expressions import unparse
from longgame.scenario.model import Assumption, Offer, Scenario
from longgame.solver.solution import CONVERGED, METHOD, Status

NOTHING_AT_STAKE = "nothing in the game matters to it: it takes all options alike"
TENTH = 0.1  # of a stake: the difference at which rationality is put into words

# --- what was asked --------------------------------------------------------------------------------------------------


def scenario_row(scenario: Scenario) -> ScenarioRow:
    """Which scenario was asked; the hash is of all of it, as it would be written out."""
    digest = hashlib.sha256(dump(scenario).encode("utf-8")).hexdigest()
    source = scenario.source
    file = None if source.name in library.names() and source.file == f"{source.name}.yaml" else source.file
    return ScenarioRow(source.name or scenario.title, scenario.title, file, digest, scenario.about)


def assumption_rows(scenario: Scenario) -> list[AssumptionRow]:
    """The assumptions as the analyst gave them."""
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
        for name, assumption in scenario.assumptions.items()
    ]


def _distribution(assumption: Assumption) -> dict[str, tuple[float, ...]] | None:
    """A distribution by name; a range by itself is a uniform one."""
    if assumption.distribution is not None:
        return {assumption.distribution.kind: tuple(map(float, assumption.distribution.parameters))}
    return {"uniform": tuple(map(float, assumption.range))} if assumption.range else None


def actor_rows(study: Study, draw: SolvedDraw) -> list[ActorRow]:
    """The actors, with their numbers at the base case."""
    discount, stake, precision = (
        np.asarray(table, dtype=float) for table in (draw.tables.discount, draw.tables.stake, draw.tables.precision)
    )
    rows = []
    for index, (name, actor) in enumerate(study.scenario.actors.items()):
        rationality = unique_numbers(precision[index] * stake[index])
        given: float | list[float] | None = rationality[0] if len(rationality) == 1 else rationality
        rows.append(
            ActorRow(
                name=name,
                says=actor.says,
                rationality=None if actor.lambda_ is not None else given,
                discount=float(discount[index]),
                stake=float(stake[index]),
                rationality_in_words=rationality_in_words(rationality) if stake[index] > 0 else NOTHING_AT_STAKE,
            )
        )
    return rows


def unique_numbers(values: Array) -> list[float]:
    """Each number once, in order; numbers that agree to ten digits are one."""
    return list(dict.fromkeys(float(f"{value:.10g}") for value in values))


def rationality_in_words(per_stake: Sequence[float]) -> str:
    """How often an actor takes the better of two options that differ by a tenth of its stake."""
    times = [f"{100 / (1 + np.exp(-TENTH * rationality)):.3g}" for rationality in per_stake]
    often = " or ".join(dict.fromkeys(times))
    known = ", depending on what it knows" if len(dict.fromkeys(times)) > 1 else ""
    return f"of two options that differ by a tenth of its stake it takes the better one {often} times in 100{known}"


def world_rows(study: Study, draw: SolvedDraw) -> list[WorldRow]:
    """The worlds with their priors."""
    prior = np.asarray(draw.tables.prior, dtype=float)
    return [
        WorldRow(name, float(prior[w]), {hidden: values[w] for hidden, values in study.game.hidden.items()})
        for w, name in enumerate(study.game.worlds)
    ]


def size_row(study: Study) -> SizeRow:
    """How large the game is."""
    game = study.game
    return SizeRow(
        states=len(game.ended),
        worlds=len(game.worlds),
        lattice_points=Lattice(len(game.worlds), game.lattice).size,
        lattice=game.lattice,
        steps=len(game.steps),
        periods=game.periods,
        actors=len(game.actors),
    )


# --- what was observed -----------------------------------------------------------------------------------------------


def belief_rows(study: Study, draw: SolvedDraw) -> list[BeliefRow]:
    """The prior, then what is believed after each piece of evidence."""
    path, worlds = draw.case.path, study.game.worlds
    prior = path.start.belief()
    first = BeliefRow(
        evidence=None,
        on=None,
        says="",
        source="",
        posterior=_by(worlds, prior),
        marginals=marginals(study.game, prior),
        bayes_factors={},
        likelihood={},
    )
    return [first, *(_belief_row(study, seen) for seen in path.observations)]


def _belief_row(study: Study, seen: Observation) -> BeliefRow:
    game = study.game
    factors = {
        hidden: {
            f"{one}:{other}": seen.bayes_factor(condition(game, hidden, one), condition(game, hidden, other))
            for one, other in combinations(unique(values), 2)
        }
        for hidden, values in game.hidden.items()
    }
    return BeliefRow(
        evidence=seen.id,
        on=seen.evidence.on,
        says=seen.evidence.says,
        source=seen.evidence.source,
        posterior=_by(game.worlds, seen.posterior),
        marginals=marginals(game, seen.posterior),
        bayes_factors=factors,
        likelihood=_by(game.worlds, seen.likelihood),
    )


def ledger_rows(study: Study, draw: SolvedDraw) -> list[LedgerRow]:
    """What each actor gained or lost by each piece of evidence."""
    actors = study.game.actors
    return [
        LedgerRow(
            evidence=entry.observation.id,
            on=entry.observation.evidence.on,
            by=None if entry.observation.actor is None else actors[entry.observation.actor],
            gains=_by(actors, entry.gains),
            shares=_by(actors, entry.shares),
        )
        for entry in ledger(draw.case)
    ]


# --- what is to be expected ------------------------------------------------------------------------------------------


def forecast_rows(study: Study, draw: SolvedDraw, seed: int) -> list[ForecastRow]:
    """When each public event is to be expected, by simulation from now on."""
    forecasts = study.scenario.forecasts
    if not forecasts:
        return []
    events = {name: study.game.event(forecast.event.tree)(draw.theta) for name, forecast in forecasts.items()}
    simulated = simulate(draw.case, events, seed=seed)
    dates = [study.scenario.clock.label(int(t)) for t in simulated.periods]
    return [
        ForecastRow(
            name,
            forecast.says,
            [
                ForecastPoint(date, float(p), float(error))
                for date, p, error in zip(dates, simulated.by[name], simulated.by_error[name], strict=True)
            ],
        )
        for name, forecast in forecasts.items()
    ]


def posture_rows(table: PostureTable) -> list[PostureRow]:
    """What each posture of an actor promises."""
    return [
        PostureRow(
            posture=posture,
            worlds=_by(table.worlds, table.values[index]),
            expected=float(table.expected[index]),
            worst=float(table.worst[index]),
            worst_regret=float(table.worst_regret[index]),
        )
        for index, posture in enumerate(table.postures)
    ]


def deal_rows(study: Study, table: DealTable) -> list[DealRow]:
    """Every named deal, priced for every actor."""
    deals = deals_of(study.scenario)
    return [
        DealRow(
            name=name,
            clauses={variable: _written(formula) for variable, formula in deals[name].set.items()},
            worth=_by(table.actors, table.worth[index]),
            share=_by(table.actors, table.share[index]),
            accepts={actor: bool(table.accepts[index, n]) for n, actor in enumerate(table.actors)},
            pareto=bool(table.pareto[index]),
        )
        for index, name in enumerate(table.deals)
    ]


def _written(formula: Any) -> str | float:
    return formula.plain() if isinstance(formula, Expression) else unparse(formula.tree)


def bargain_rows(scenario: Scenario, table: DealTable) -> list[BargainRow]:
    """Where bargaining would end between the parties of each offer, each pair of actors, and all of them."""
    if not table.deals:
        return []
    rows = []
    for parties in parties_of(scenario):
        end = table.agreement(parties)
        rows.append(
            BargainRow(
                between=list(end.between),
                zone=list(end.zone),
                nash=end.nash,
                kalai_smorodinsky=end.kalai_smorodinsky,
                egalitarian=end.egalitarian,
                utilitarian=end.utilitarian,
            )
        )
    return rows


def parties_of(scenario: Scenario) -> list[tuple[str, ...]]:
    """The groups that may bargain: the parties of each offer, each pair of actors, all actors; each group once."""

    def groups() -> Iterator[tuple[str, ...]]:
        for step in scenario.period:
            if isinstance(step, Offer):
                yield (step.by, *step.to)
        yield from combinations(scenario.actors, 2)
        if len(scenario.actors) > 1:
            yield tuple(scenario.actors)

    known: dict[frozenset[str], tuple[str, ...]] = {}
    for group in groups():
        known.setdefault(frozenset(group), group)
    return list(known.values())


# --- how it was solved -----------------------------------------------------------------------------------------------


def solver_row(study: Study, draw: SolvedDraw) -> SolverRow:
    """How the solutions of a draw ended, all taken together."""
    reports = draw.solved.values()
    return SolverRow(
        method=METHOD,
        lattice=study.game.lattice,
        tolerance=CONVERGED,
        residual=max((report.residual for report in reports), default=0.0),
        iterations=max((report.iterations for report in reports), default=0),
        jumps=sum(report.jumps for report in reports),
        unconverged=sum(sum(report.unconverged.values()) for report in reports),
        status=worst(report.status for report in reports).value,
    )


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of some statuses; converged where there is none."""
    found = set(statuses)
    return next((s for s in (Status.UNCONVERGED, Status.JUMPED) if s in found), Status.CONVERGED)


def _by(names: Sequence[str], values: Array) -> dict[str, float]:
    return {name: float(value) for name, value in zip(names, values, strict=True)}
