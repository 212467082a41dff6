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

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from longgame.errors import Problem, ScenarioError
from longgame.game.game import Game
from longgame.queries.nodes import Equilibrium, Floats, Fork, Nodes, active, fork, joined, merged, opened, start
from longgame.queries.seen import fitting_states
from longgame.queries.walk import MOST_NODES, walk
from longgame.scenario.clock import parse_date
from longgame.scenario.expand import Observation, observations_of
from longgame.scenario.model import Evidence, Scenario

MOST_NAMED = 5  # states named in a message

COARSE = (
    "So many steps went unreported before {id} that beliefs were rounded to the solver's lattice on the way there: its "
    "likelihood is as exact as the lattice."
)


@dataclass(frozen=True, eq=False)
class ObservedStep:
    """The step that was observed, from some nodes.

    seen   what was observed
    state  [S] for a state that was seen, the chance that each state would be reported so; else None
    nodes  the nodes before it
    there  [M] bool: where it takes place
    fork   the step from there; None where it takes place nowhere, and for a state that was seen
    """

    seen: Observation
    state: Floats | None
    nodes: Nodes
    there: NDArray[np.bool_]
    fork: Fork | None

    @classmethod
    def of(cls, solution: Equilibrium, nodes: Nodes, seen: Observation, state: Floats | None = None) -> ObservedStep:
        """The step of an observation; ``state`` is worked out from the values that were seen, if it is not given."""
        if seen.seen:
            state = fitting_states(solution.game, seen.seen, solution.theta)
        there = (nodes.t == seen.period) & (nodes.k == seen.step)
        if state is not None or not there.any():
            return cls(seen, state, nodes, np.zeros_like(there), None)
        there &= active(solution, seen.period, seen.step, nodes.s)
        ahead = fork(solution, seen.period, seen.step, nodes.pick(there)) if there.any() else None
        return cls(seen, None, nodes, there, ahead)

    def opened(self, game: Game) -> ObservedStep:
        """The same from the same nodes with an empty purse."""
        nodes = opened(game, self.nodes)
        return replace(self, nodes=nodes, fork=self.fork and replace(self.fork, nodes=nodes.pick(self.there)))

    def every(self) -> Nodes:
        """The nodes after everything that can happen at the step: as probable as those before it."""
        return self.nodes if self.fork is None else joined([self.fork.follow(), self.nodes.pick(~self.there)])

    def fitting(self) -> tuple[Nodes | None, Floats]:
        """The nodes after what was observed (None: it cannot happen), and its likelihood [M, W] before it."""
        likely = np.full_like(self.nodes.joint, float(self.seen.quiet))  # what does not take place is quiet
        if self.state is not None:
            likely[:] = self.state[self.nodes.s][:, None]
            fitting = self.nodes.scaled(likely)
            return (fitting if fitting.mass > 0.0 else None), likely
        parts = [self.nodes.pick(~self.there)] if self.seen.quiet else []
        if self.fork is not None:
            fits = np.zeros(self.fork.odds.shape[1])
            fits[list(self.seen.options)] = 1.0
            taken = self.fork.odds * fits[:, None]
            likely[self.there] = taken.sum(1)
            parts.append(self.fork.follow(taken))
        parts = [part for part in parts if len(part)]
        return (joined(parts) if parts else None), likely


@dataclass(frozen=True, eq=False)
class Update:
    """What was learned at one observed step.

    seen         what was observed
    before       the nodes just before it (they sum to 1); those of them where it could not happen are among them
    after        the nodes just after it (they sum to 1)
    likelihood   [W] P(observation | world just before it, all earlier evidence)
    probability  P(observation | all earlier evidence)
    step         the step that it is about, from the nodes before it
    """

    seen: Observation
    before: Nodes
    after: Nodes
    likelihood: Floats
    probability: float
    step: ObservedStep

    def likelihood_of(self, condition: Sequence[bool] | np.ndarray) -> float:
        """P(observation | condition) for a condition on worlds [W]; NaN where that was impossible before."""
        believed = self.before.belief() * np.asarray(condition, dtype=float)
        return float(believed @ self.likelihood / believed.sum()) if believed.sum() > 0.0 else float("nan")


@dataclass(frozen=True, eq=False)
class Learned:
    """What one piece of evidence taught: one update, or, where nothing was to be seen for a while, one after another.

    Other evidence may lie between them. By the chain rule the probability of the whole piece is the product of those of
    its updates, each given all that came before it.
    """

    updates: tuple[Update, ...]

    @property
    def seen(self) -> Observation:
        """What was observed last."""
        return self.updates[-1].seen

    @property
    def id(self) -> str:
        """The name of the evidence, by which questions refer to it."""
        return self.seen.id

    @property
    def evidence(self) -> Evidence:
        """The evidence as the analyst wrote it."""
        return self.seen.evidence

    @property
    def t(self) -> int:
        """The period, from 0, in which it ends."""
        return self.seen.period

    @property
    def by(self) -> str | None:
        """Who moved; None for chance, for a state that was seen, and where nothing was to be seen."""
        return None if self.seen.quiet else self.seen.by

    @property
    def before(self) -> Nodes:
        """The nodes just before it."""
        return self.updates[0].before

    @property
    def after(self) -> Nodes:
        """The nodes just after it."""
        return self.updates[-1].after

    @property
    def prior(self) -> Floats:
        """[W] the belief just before the evidence."""
        return self.before.belief()

    @property
    def posterior(self) -> Floats:
        """[W] the belief just after the evidence."""
        return self.after.belief()

    @property
    def probability(self) -> float:
        """P(evidence | all evidence before each of its updates)."""
        return math.prod(update.probability for update in self.updates)

    @property
    def likelihood(self) -> Floats:
        """[W] P(evidence | world just before each update, all evidence before that)."""
        return np.prod([update.likelihood for update in self.updates], axis=0)

    def likelihood_of(self, condition: Sequence[bool] | np.ndarray) -> float:
        """P(evidence | condition) for a condition on worlds [W]; NaN where the condition was impossible before."""
        return math.prod(update.likelihood_of(condition) for update in self.updates)

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
    updates         what was learned at each observed step, in the order of play
    log_likelihood  log P(all evidence)
    notes           sentences about what was approximated; mostly none
    """

    scenario: Scenario
    start: Nodes
    updates: tuple[Update, ...]
    log_likelihood: float
    notes: tuple[str, ...]

    @cached_property
    def pieces(self) -> tuple[Learned, ...]:
        """What each piece of evidence taught, in the order in which they end."""
        ends = {update.seen.index: n for n, update in enumerate(self.updates)}
        return tuple(
            Learned(tuple(update for update in self.updates if update.seen.index == index))
            for index in sorted(ends, key=ends.__getitem__)
        )

    @property
    def now(self) -> Nodes:
        """The nodes after all evidence."""
        return self.updates[-1].after if self.updates else self.start

    def at(self, when: str | int) -> Nodes:
        """The nodes that a question is asked of: ``start`` (before any evidence), ``now`` (after all), or a date.

        A date stands for the whole of itself: ``2025-03`` takes in all evidence of March, ``2025-03-18`` all of that
        day, a number all of that period; that nothing was to be seen in a period is known when it is over. The nodes
        are those right after the last such evidence. Raises DateError for a date outside the clock.
        """
        if when in ("start", "now"):
            return self.start if when == "start" else self.now
        known = [update for update, is_by in zip(self.updates, self._is_by(when), strict=True) if is_by]
        return known[-1].after if known else self.start

    def piece(self, id: str) -> Learned:
        """What the piece of evidence of this name taught; KeyError if there is none."""
        for learned in self.pieces:
            if learned.id == id:
                return learned
        raise KeyError(id)

    def _is_by(self, when: str | int) -> list[bool]:
        """Whether each update lies within a date or before it."""
        clock = self.scenario.clock
        period = clock.period_of(when)  # a date outside the clock is an error, even where no evidence is near it
        if isinstance(when, int) or clock.start is None or when.strip().isdigit():
            return [update.seen.period <= period for update in self.updates]
        last = parse_date(when)[1]
        return [first <= last for first in self._days]

    @cached_property
    def _days(self) -> tuple[date, ...]:
        return tuple(_day(self.scenario, update.seen) for update in self.updates)


def follow(scenario: Scenario, game: Game, solution: Equilibrium) -> Path:
    """Follow the evidence of a scenario through a solution of its game (free play).

    Raises ScenarioError where the evidence cannot have happened in the game, with its place in the scenario.
    """
    if game not in _BOUND or _BOUND[game][0] is not scenario:
        _BOUND[game] = scenario, observations_of(scenario)
    nodes = first = start(solution)
    updates: list[Update] = []
    notes: dict[str, None] = {}
    for seen in _BOUND[game][1]:
        update, coarse = observe(solution, nodes, seen)
        if coarse:
            notes[COARSE.format(id=seen.id)] = None
        updates.append(update)
        nodes = update.after
    log_likelihood = float(sum(np.log(update.probability) for update in updates))
    return Path(scenario, first, tuple(updates), log_likelihood, tuple(notes))


#: The evidence of the scenario of a game, bound once for all draws.
_BOUND: WeakKeyDictionary[Game, tuple[Scenario, tuple[Observation, ...]]] = WeakKeyDictionary()


def observe(solution: Equilibrium, nodes: Nodes, seen: Observation, state: Floats | None = None) -> tuple[Update, bool]:
    """Predict and update by one observation; also says whether beliefs had to go to the lattice on the way.

    ``state`` [S], if given, is how likely each state would be reported so, for a state that was seen.
    """
    before, coarse = _predict(solution, nodes, seen)
    step = ObservedStep.of(solution, before, seen, state)
    fitting, likely = step.fitting()
    if fitting is None:
        raise ScenarioError([_impossible(solution.game, step)])
    after = merged(fitting.normalised())
    return Update(seen, before, after, _by_world(before, likely), fitting.mass, step), coarse


def _predict(solution: Equilibrium, nodes: Nodes, seen: Observation) -> tuple[Nodes, bool]:
    """1. Forward to the entry of the observed step, or past it where play leads past it."""
    target = (seen.period, seen.step)
    past = (nodes.t > seen.period) | (nodes.t == seen.period) & (nodes.k >= seen.step)
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


def _impossible(game: Game, observed: ObservedStep) -> Problem:
    """The evidence has probability 0: say what the game holds possible there."""
    seen, before = observed.seen, observed.nodes
    if observed.state is not None:
        could = "; ".join(sorted({game.states.label(int(s)) for s in before.s})[:MOST_NAMED])
        expected = f"a state that is possible at the end of that period after the earlier evidence, such as: {could}"
        fix = "Look at the start, the effects of the moves, and the earlier evidence."
    elif any((t, k) == (seen.period, seen.step) for t, k, _ in before.places()):
        step = game.steps[seen.step].name
        expected = f"something that can happen at `{step}` in some state that the earlier evidence allows"
        fix = "The `when` of the option is false there, or its chance is 0."
    else:
        step = game.steps[seen.step].name
        expected = f"a step that takes place in that period; `{step}` does not, after the earlier evidence"
        fix = "Its `when` is false, the game is over, or an earlier step of the period leads past it."
    return Problem("impossible-evidence", seen.place, expected, f"`{seen.id}`, which has no chance", fix)


def _day(scenario: Scenario, seen: Observation) -> date:
    """The first day that the date of the evidence can mean; where nothing was to be seen, the last of the period."""
    clock, on = scenario.clock, seen.evidence.on
    if seen.quiet:
        return parse_date(clock.date_of(seen.period + 1))[0] - timedelta(days=1)
    if on is None or isinstance(on, int) or on.strip().isdigit():
        return parse_date(clock.date_of(seen.period))[0]
    return parse_date(on)[0]


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
