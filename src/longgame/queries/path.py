"""The path that the evidence took: an exact Bayes filter through free play.

A filter keeps the joint probability of everything that nobody reported (which state, which public belief, which world)
and does two things in turn, as in a hidden Markov model (Baum and Petrie 1966; Rabiner 1989):

1. Predict. Walk to the step that the next piece of evidence is about; every step on the way is summed over.
2. Update. Keep what fits the evidence, as far as it fits (``observed``): with before(m, w) the joint probability of
   node and world just before it and l(m, w) the chance of the evidence there,

       likelihood of world w   L(w) = sum over m of before(m, w) l(m, w)  /  sum over m of before(m, w)
       posterior of world w    proportional to before(w) L(w), and moved on where the option itself changes the world
       P(evidence | all before it) = sum over m and w of before(m, w) l(m, w)

The actors' own beliefs are updated with the same choice probabilities that make the likelihood, so that the analyst
who sees everything believes what the actors believe. An analyst whose evidence is in doubt does not: what the actors
saw is then one of several things, each with its node. The Bayes factor of a piece of evidence between two conditions
on the world is the ratio of its likelihoods under them, each averaged over the worlds of the condition as they were
believed just before (the diagnosticity of the Analysis of Competing Hypotheses; Heuer 1999).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from weakref import WeakKeyDictionary

import numpy as np

from longgame.errors import Problem, ScenarioError
from longgame.game.game import Game
from longgame.queries.nodes import Equilibrium, Floats, Nodes, joined, merged, start
from longgame.queries.observed import ObservedStep
from longgame.queries.walk import MOST_NODES, walk
from longgame.scenario.expand import Observation, known_by, observations_of
from longgame.scenario.model import Evidence, Scenario

MOST_NAMED = 5  # states named in a message

COARSE = (
    "So many steps went unreported before {id} that beliefs were rounded to the solver's lattice on the way there: its "
    "likelihood is as exact as the lattice."
)


@dataclass(frozen=True, eq=False)
class Update:
    """What was learned at one observed step.

    seen         what was observed
    before       the nodes just before it (they sum to 1); those of them where it could not happen are among them
    after        the nodes just after it (they sum to 1)
    likelihood   [W] P(observation | world just before it, all earlier evidence)
    probability  P(observation | all earlier evidence)
    steps        the steps that it is about, from the nodes before them: one, unless only the whole is said of several
    """

    seen: Observation
    before: Nodes
    after: Nodes
    likelihood: Floats
    probability: float
    steps: tuple[ObservedStep, ...]

    @property
    def step(self) -> ObservedStep:
        """The last step that it is about, at which it was learned."""
        return self.steps[-1]

    def likelihood_of(self, condition: Sequence[bool] | np.ndarray) -> float:
        """P(observation | condition) for a condition on worlds [W]; NaN where that was impossible before."""
        believed = self.before.belief() * np.asarray(condition, dtype=float)
        return float(believed @ self.likelihood / believed.sum()) if believed.sum() > 0.0 else float("nan")


@dataclass(frozen=True, eq=False)
class Learned:
    """What one piece of evidence taught: one update, or, where something was not for a while, one after another.

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
        return None if self.evidence.quiet is not None else self.seen.by

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

    start, updates  the nodes before the first step, and what was learned at each observed step, in the order of play
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
        self.scenario.clock.period_of(when)  # outside the clock it is an error, even where no evidence is near it
        return known_by(self.scenario, [update.seen for update in self.updates], when)


def follow(scenario: Scenario, game: Game, solution: Equilibrium) -> Path:
    """Follow the evidence of a scenario through a solution of its game (free play).

    Raises ScenarioError where the evidence cannot have happened in the game, with its place in the scenario.
    """
    return follow_all(scenario, solution, [(seen, None) for seen in _observations(scenario, game)])


def alone(scenario: Scenario, game: Game, solution: Equilibrium, id: str) -> Learned:
    """What one piece of evidence would teach if it were the only one. Raises ScenarioError as ``follow``."""
    return follow_all(scenario, solution, [(o, None) for o in _observations(scenario, game) if o.id == id]).piece(id)


def _observations(scenario: Scenario, game: Game) -> tuple[Observation, ...]:
    if game not in _BOUND or _BOUND[game][0] is not scenario:
        _BOUND[game] = scenario, observations_of(scenario)
    return _BOUND[game][1]


#: The evidence of the scenario of a game, bound once for all draws.
_BOUND: WeakKeyDictionary[Game, tuple[Scenario, tuple[Observation, ...]]] = WeakKeyDictionary()


def follow_all(
    scenario: Scenario, solution: Equilibrium, observed: Sequence[tuple[Observation, Floats | None]]
) -> Path:
    """Follow observations, in the order of play, through a solution.

    With one goes how likely each state would be reported so, [S], for a state that was seen; None: as its values say.
    Raises ScenarioError as ``follow``.
    """
    nodes = first = start(solution)
    updates: list[Update] = []
    notes: dict[str, None] = {}
    under_way = defaultdict[int, list[ObservedStep]](list)
    for _, group in groupby(observed, key=lambda pair: (pair[0].period, pair[0].step)):
        together = list(group)
        learned, nodes, coarse = _learn(solution, nodes, together, under_way)
        if coarse:
            notes |= {COARSE.format(id=seen.id): None for seen, _ in together}
        updates += learned
    log_likelihood = float(sum(np.log(update.probability) for update in updates))
    return Path(scenario, first, tuple(updates), log_likelihood, tuple(notes))


def observe(solution: Equilibrium, nodes: Nodes, seen: Observation, state: Floats | None = None) -> tuple[Update, bool]:
    """Predict and update by one observation; also says whether beliefs had to go to the lattice on the way.

    ``state`` [S], if given, is how likely each state would be reported so, for a state that was seen.
    """
    (update,), _, coarse = _learn(solution, nodes, [(seen, state)], defaultdict(list))
    return update, coarse


def _learn(
    solution: Equilibrium,
    nodes: Nodes,
    together: Sequence[tuple[Observation, Floats | None]],
    under_way: defaultdict[int, list[ObservedStep]],
) -> tuple[list[Update], Nodes, bool]:
    """Predict and update by all that was observed at one step: what was learned, and the nodes after it.

    ``under_way`` keeps the steps of pieces that are said of several as a whole, by piece. Flag: as in ``observe``.
    """
    before, coarse = _predict(solution, nodes, together[0][0])
    step = ObservedStep.of(solution, before, *together[0])
    ways = {0: np.ones_like(step.hit)}  # by the bits that are set here: how well each way fits what is known so far
    updates: list[Update] = []
    settled = 0
    for number, (seen, state) in enumerate(together):
        step = step.about(solution, seen, state)
        step = replace(step, known=None if number == 0 else np.sum(list(ways.values()), axis=0))
        under_way[seen.index].append(step)
        if not seen.last and seen.bit is not None:
            ways = _parted(ways, step.turned, 1 << seen.bit)
            continue
        fitting, likely = step.fitting()
        if fitting is None:
            raise ScenarioError([_impossible(solution.game, step)])
        after = merged(replace(fitting.normalised(), marks=None))
        steps = tuple(under_way.pop(seen.index))
        updates.append(Update(seen, step.before, after, _by_world(step.before, likely), fitting.mass, steps))
        ways = {bits: weights * step.fits for bits, weights in ways.items()}
        settled |= 0 if seen.bit is None else 1 << seen.bit
    if updates and before.marks is None and list(ways) == [0]:  # nothing to remember
        return updates, updates[-1].after, coarse
    return updates, _marked(step, ways, settled), coarse


def _parted(ways: Mapping[int, Floats], turned: Floats, bit: int) -> dict[int, Floats]:
    """The ways parted by whether a bit is set after them, which they are with probability ``turned``."""
    parted: dict[int, Floats] = {}
    for bits, weights in ways.items():
        for marked, share in ((bits | bit, turned), (bits, 1.0 - turned)):
            if (weights * share).any():
                parted[marked] = parted.get(marked, 0.0) + weights * share
    return parted


def _marked(step: ObservedStep, ways: Mapping[int, Floats], settled: int) -> Nodes:
    """The nodes after all that was observed at a step, with the bits that are set here and without the settled ones."""
    parts = []
    for bits, weights in ways.items():
        nodes = step.after(weights)
        if nodes is not None:
            old = np.zeros(len(nodes), dtype=np.int64) if nodes.marks is None else nodes.marks
            parts.append(replace(nodes, marks=(old | bits) & ~settled))
    after = joined(parts)
    return merged(replace(after, marks=after.marks if np.any(after.marks) else None).normalised())


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
    if seen.bit is not None:
        expected = "something that can happen at one of its steps and dates, after the earlier evidence"
        fix = "Look at the `when` of the steps and options, and at the evidence of the same time."
    elif observed.state is not None:
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
