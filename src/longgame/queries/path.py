"""The path that the evidence took: an exact Bayes filter through free play.

A filter keeps the joint probability of everything that nobody reported (which state, which public belief, which world)
and does two things in turn, as in a hidden Markov model (Baum and Petrie 1966; Rabiner 1989):

1. Predict. Walk to the step that the next piece of evidence is about; every step on the way is summed over.
2. Update. Keep what fits the evidence: with before(m, w) the joint probability of node and world just before it and
   l(m, w) the chance of the evidence there,

       likelihood of world w   L(w) = sum over m of before(m, w) l(m, w)  /  sum over m of before(m, w)
       posterior of world w    proportional to before(w) L(w), and moved on where the option itself changes the world
       P(evidence | all before it) = sum over m and w of before(m, w) l(m, w)

The actors' own beliefs are updated with the same choice probabilities that make the likelihood, so that the analyst
who sees everything believes what the actors believe. The Bayes factor of a piece of evidence between two conditions
on the world is the ratio of its likelihoods under them, each averaged over the worlds of the condition as they were
believed just before (the diagnosticity of the Analysis of Competing Hypotheses; Heuer 1999).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longgame.errors import Problem, ScenarioError
from longgame.game.game import Game
from longgame.queries.nodes import Floats, Fork, Nodes, active, fork, joined, merged, opened, start
from longgame.queries.sightings import Sighting, sightings
from longgame.queries.walk import MOST_NODES, walk
from longgame.scenario.clock import parse_date
from longgame.scenario.model import Evidence, Scenario
from longgame.solver.solution import Solution

MOST_NAMED = 5  # states named in a message

COARSE = (
    "So many steps went unreported before {id} that beliefs were rounded to the solver's lattice on the way there: its "
    "likelihood is as exact as the lattice."
)


@dataclass(frozen=True, eq=False)
class ObservedStep:
    """The step that a piece of evidence is about, from some nodes.

    nodes  the nodes before it
    there  [M] bool: where it takes place
    fork   the step from there; None where it takes place nowhere, and for a state that was seen
    """

    nodes: Nodes
    there: NDArray[np.bool_]
    fork: Fork | None

    @classmethod
    def of(cls, solution: Solution, nodes: Nodes, sighting: Sighting) -> ObservedStep:
        """The step of a sighting."""
        there = (nodes.t == sighting.t) & (nodes.k == sighting.k)
        if sighting.state is not None or not there.any():
            return cls(nodes, np.zeros_like(there), None)
        there &= active(solution, sighting.t, sighting.k, nodes.s)
        ahead = fork(solution, sighting.t, sighting.k, nodes.pick(there)) if there.any() else None
        return cls(nodes, there, ahead)

    def opened(self, game: Game) -> ObservedStep:
        """The same from the same nodes with an empty purse."""
        nodes = opened(game, self.nodes)
        return ObservedStep(nodes, self.there, self.fork and replace(self.fork, nodes=nodes.pick(self.there)))

    def every(self) -> Nodes:
        """The nodes after everything that can happen at the step: as probable as those before it."""
        return self.nodes if self.fork is None else joined([self.fork.follow(), self.nodes.pick(~self.there)])

    def fitting(self, sighting: Sighting) -> tuple[Nodes | None, Floats]:
        """The nodes after what fits the sighting (None: it cannot happen), and its likelihood [M, W] before it."""
        likely = np.zeros_like(self.nodes.joint)
        if sighting.state is not None:
            likely[:] = sighting.state[self.nodes.s][:, None]
            fitting = self.nodes.scaled(likely)
            return (fitting if fitting.mass > 0.0 else None), likely
        if self.fork is None:
            return None, likely
        fits = np.zeros(self.fork.odds.shape[1])
        fits[list(sighting.options)] = 1.0
        seen = self.fork.odds * fits[:, None]
        likely[self.there] = seen.sum(1)
        fitting = self.fork.follow(seen)
        return (fitting if len(fitting) else None), likely


@dataclass(frozen=True, eq=False)
class Observation:
    """What one piece of evidence taught.

    sighting     the evidence as it was found in the game
    before       the nodes just before it (they sum to 1); those of them where it could not happen are among them
    after        the nodes just after it (they sum to 1)
    likelihood   [W] P(evidence | world just before it, all earlier evidence)
    probability  P(evidence | all earlier evidence)
    step         the step that it is about, from the nodes before it
    """

    sighting: Sighting
    before: Nodes
    after: Nodes
    likelihood: Floats
    probability: float
    step: ObservedStep

    @property
    def id(self) -> str:
        """The name of the evidence, by which questions refer to it."""
        return self.sighting.id

    @property
    def evidence(self) -> Evidence:
        """The evidence as the analyst wrote it."""
        return self.sighting.evidence

    @property
    def t(self) -> int:
        """The period, from 0."""
        return self.sighting.t

    @property
    def actor(self) -> int | None:
        """Who moved; None for chance and for a state that was seen."""
        return self.sighting.actor

    @property
    def prior(self) -> Floats:
        """[W] the belief just before the evidence."""
        return self.before.belief()

    @property
    def posterior(self) -> Floats:
        """[W] the belief just after the evidence."""
        return self.after.belief()

    def likelihood_of(self, condition: Sequence[bool] | np.ndarray) -> float:
        """P(evidence | condition) for a condition on worlds [W]; NaN where the condition was impossible before."""
        believed = self.prior * np.asarray(condition, dtype=float)
        return float(believed @ self.likelihood / believed.sum()) if believed.sum() > 0.0 else float("nan")

    def bayes_factor(self, one: Sequence[bool] | np.ndarray, other: Sequence[bool] | np.ndarray) -> float:
        """How many times as likely the evidence is under ``one`` condition on worlds [W] as under the ``other``.

        Infinite where the other rules it out; NaN where either condition was impossible before the evidence.
        """
        above, below = self.likelihood_of(one), self.likelihood_of(other)
        if below > 0.0 or np.isnan(below) or np.isnan(above):
            return above / below
        return float("inf") if above > 0.0 else float("nan")


@dataclass(frozen=True, eq=False)
class Path:
    """The evidence, followed through free play.

    start           the nodes before the first step
    observations    what each piece of evidence taught, in order
    log_likelihood  log P(all evidence)
    notes           sentences about what was approximated; mostly none
    """

    scenario: Scenario
    start: Nodes
    observations: tuple[Observation, ...]
    log_likelihood: float
    notes: tuple[str, ...]

    @property
    def now(self) -> Nodes:
        """The nodes after all evidence."""
        return self.observations[-1].after if self.observations else self.start

    def at(self, when: str | int) -> Nodes:
        """The nodes that a question is asked of: ``start`` (before any evidence), ``now`` (after all), or a date.

        A date stands for the whole of itself: ``2025-03`` takes in all evidence of March, ``2025-03-18`` all of that
        day, a number all of that period. The nodes are those right after the last such evidence. Raises DateError for
        a date outside the clock.
        """
        if when in ("start", "now"):
            return self.start if when == "start" else self.now
        known = [seen for seen, is_by in zip(self.observations, self._is_by(when), strict=True) if is_by]
        return known[-1].after if known else self.start

    def observation(self, id: str) -> Observation:
        """The piece of evidence of this name; KeyError if there is none."""
        for seen in self.observations:
            if seen.id == id:
                return seen
        raise KeyError(id)

    def _is_by(self, when: str | int) -> list[bool]:
        """Whether each observation lies within a date or before it."""
        clock = self.scenario.clock
        period = clock.period_of(when)  # a date outside the clock is an error, even where no evidence is near it
        if isinstance(when, int) or clock.start is None or when.strip().isdigit():
            return [seen.t <= period for seen in self.observations]
        last = parse_date(when)[1]
        return [first <= last for first in self._first_days]

    @cached_property
    def _first_days(self) -> tuple[date, ...]:
        return tuple(_first_day(self.scenario, seen) for seen in self.observations)


def follow(scenario: Scenario, game: Game, solution: Solution) -> Path:
    """Follow the evidence of a scenario through a solution of its game (free play).

    Raises ScenarioError where the evidence cannot have happened in the game, with its place in the scenario.
    """
    nodes = first = start(solution)
    observations: list[Observation] = []
    notes: list[str] = []
    log_likelihood = 0.0
    for sighting in sightings(scenario, game, solution.theta):
        seen, coarse = observe(solution, nodes, sighting)
        log_likelihood += float(np.log(seen.probability))
        if coarse:
            notes.append(COARSE.format(id=seen.id))
        observations.append(seen)
        nodes = seen.after
    return Path(scenario, first, tuple(observations), log_likelihood, tuple(notes))


def observe(solution: Solution, nodes: Nodes, sighting: Sighting) -> tuple[Observation, bool]:
    """Predict and update by one piece of evidence; also says whether beliefs had to go to the lattice on the way."""
    before, coarse = _predict(solution, nodes, sighting)
    step = ObservedStep.of(solution, before, sighting)
    fitting, likely = step.fitting(sighting)
    if fitting is None:
        raise ScenarioError([_impossible(solution.game, sighting, before)])
    seen = Observation(
        sighting=sighting,
        before=before,
        after=merged(fitting.normalised()),
        likelihood=_by_world(before, likely),
        probability=fitting.mass,
        step=step,
    )
    return seen, coarse


def reveal(solution: Solution, before: Nodes, sighting: Sighting) -> tuple[Nodes, Nodes | None, Floats]:
    """What could have come of the nodes ``before``, and what fits the evidence.

    Returns the nodes after everything that could have happened at the observed step (as probable as ``before``),
    those of them that fit the evidence (None: it could not happen), and its likelihood [M, W] by node and world
    before.
    """
    step = ObservedStep.of(solution, before, sighting)
    return step.every(), *step.fitting(sighting)


def _predict(solution: Solution, nodes: Nodes, sighting: Sighting) -> tuple[Nodes, bool]:
    """1. Forward to the entry of the observed step, or past it where play leads past it."""
    target = (sighting.t, sighting.k)
    past = (nodes.t > sighting.t) | (nodes.t == sighting.t) & (nodes.k >= sighting.k)
    if past.all() and len(nodes) <= MOST_NODES:
        return nodes, False
    ended = walk(solution, nodes, lambda t, k, some: np.full(len(some), (t, k) >= target))
    assert ended.halted is not None  # the end of the period is always reached
    return ended.halted, bool(ended.coarse.any())


def _by_world(before: Nodes, likely: Floats) -> Floats:
    """[W] the likelihood of the evidence in each world; in a world that was held impossible, over all nodes."""
    total = before.joint.sum(0)
    share = np.where(total > 0.0, before.joint / np.where(total > 0.0, total, 1.0), before.weight[:, None])
    return (share * likely).sum(0)


def _impossible(game: Game, sighting: Sighting, before: Nodes) -> Problem:
    """The evidence has probability 0: say what the game holds possible there."""
    if sighting.state is not None:
        could = "; ".join(sorted({game.states.label(int(s)) for s in before.s})[:MOST_NAMED])
        expected = f"a state that is possible at the end of that period after the earlier evidence, such as: {could}"
        fix = "Look at the start, the effects of the moves, and the earlier evidence."
    elif any((t, k) == (sighting.t, sighting.k) for t, k, _ in before.places()):
        step = game.steps[sighting.k].name
        expected = f"something that can happen at `{step}` in some state that the earlier evidence allows"
        fix = "The `when` of the option is false there, or its chance is 0."
    else:
        step = game.steps[sighting.k].name
        expected = f"a step that takes place in that period; `{step}` does not, after the earlier evidence"
        fix = "Its `when` is false, the game is over, or an earlier step of the period leads past it."
    return Problem("impossible-evidence", sighting.place, expected, f"`{sighting.id}`, which has no chance", fix)


def _first_day(scenario: Scenario, seen: Observation) -> date:
    """The first day that the date of the evidence can mean."""
    if isinstance(seen.evidence.on, int) or seen.evidence.on.strip().isdigit():
        return parse_date(scenario.clock.date_of(seen.t))[0]
    return parse_date(seen.evidence.on)[0]


def marginals(game: Game, belief: Floats) -> Mapping[str, Mapping[str, float]]:
    """A belief over worlds [W] as the probability of each value of each hidden variable."""
    return {
        hidden: {
            value: float(sum(belief[w] for w in range(len(values)) if values[w] == value)) for value in unique(values)
        }
        for hidden, values in game.hidden.items()
    }


def condition(game: Game, hidden: str, value: str) -> np.ndarray:
    """[W] the worlds in which a hidden variable has a value."""
    return np.array([found == value for found in game.hidden[hidden]])


def unique(values: Sequence[str]) -> list[str]:
    """Each value once, in order of first appearance."""
    return list(dict.fromkeys(values))
