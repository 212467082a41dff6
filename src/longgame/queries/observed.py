"""What a piece of evidence says of one step of the game, from where play may stand before it.

Play can go on from a node in several ways: by each option of the step, or past it where it does not take place. A piece
of evidence says how likely it is to be reported as it was if play goes each way (virtual evidence; Pearl 1988):

    it happened         1 where the way gives one of the options that it names, else 0; of a state that was seen, how
                        well the state fits
    it did not          1 less that
    the source is       p times the same, and 1 - p: if it is wrong it says nothing
    right with p

In the game everything is seen; it is the analyst who is not sure. So the actors' beliefs go on from what was taken,
whatever it was, and what the analyst does not know is a mixture over nodes.

A piece may be about several steps as a whole: it was at some time in a span, or the report of a while is right or wrong
as one. Each node then carries one bit on its way, whether it was so far; the piece is learned at the last of its steps.

Shapes: M nodes before, A options of the step (none for the state at the end of a period), W worlds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longgame.game.functions import evaluate
from longgame.game.game import Game
from longgame.game.states import ON_POINT, Variable
from longgame.queries.nodes import Equilibrium, Floats, Fork, Ints, Nodes, active, fork, joined, opened
from longgame.scenario.expand import Observation
from longgame.scenario.language.expressions import Name, Node


@dataclass(frozen=True, eq=False)
class ObservedStep:
    """The step that was observed, from some nodes.

    seen   what was observed
    state  [S] for a state that was seen, the chance that each state would be reported so; else None
    nodes  the nodes before it
    there  [M] bool: where it takes place
    fork   the step from there; None where it takes place nowhere, and for a state that was seen
    p      the chance that the source is right
    known  [M, A + 1] how well each way (the last: past the step) fits other evidence of the same step that was taken in
           before; None where there is none
    """

    seen: Observation
    state: Floats | None
    nodes: Nodes
    there: NDArray[np.bool_]
    fork: Fork | None
    p: float = 1.0
    known: Floats | None = None

    @classmethod
    def of(cls, solution: Equilibrium, nodes: Nodes, seen: Observation, state: Floats | None = None) -> ObservedStep:
        """The step of an observation; ``state`` is worked out from the values that were seen, if it is not given."""
        there = (nodes.t == seen.period) & (nodes.k == seen.step)
        ahead = None
        if seen.step == len(solution.game.steps) or not there.any():
            there = np.zeros_like(there)
        else:
            there &= active(solution, seen.period, seen.step, nodes.s)
            ahead = fork(solution, seen.period, seen.step, nodes.pick(there)) if there.any() else None
        return cls(seen, None, nodes, there, ahead).about(solution, seen, state)

    def about(self, solution: Equilibrium, seen: Observation, state: Floats | None = None) -> ObservedStep:
        """The same step for another piece of evidence."""
        if seen.seen:
            state = fitting_states(solution.game, seen.seen, solution.theta)
        p = 1.0 if seen.p is None else chance_right(solution.game, seen.p, solution.theta)
        return replace(self, seen=seen, state=state, p=p)

    def opened(self, game: Game) -> ObservedStep:
        """The same from the same nodes with an empty purse."""
        nodes = opened(game, self.nodes)
        return replace(self, nodes=nodes, fork=self.fork and replace(self.fork, nodes=nodes.pick(self.there)))

    @property
    def hit(self) -> Floats:
        """[M, A + 1] how well each way fits what was observed here, as if the source were right."""
        if self.state is not None:
            return self.state[self.nodes.s][:, None]
        options = 0 if self.fork is None else self.fork.odds.shape[1]
        hit = np.zeros((len(self.nodes), options + 1))
        hit[:, [a for a in self.seen.options if a < options]] = 1.0
        hit[:, -1] = float(self.seen.negative)
        return hit

    @property
    def turned(self) -> Floats:
        """[M, A + 1] how likely the bit of the piece is set after each way: it was, or, of one that says what did not
        happen, it was broken."""
        here = 1.0 - self.hit if self.seen.negative else self.hit
        return here if self.seen.bit is None else np.where(self._marked[:, None], 1.0, here)

    @property
    def fits(self) -> Floats:
        """[M, A + 1] how likely the piece is to be reported as it was if play goes each way; at its last step."""
        true = 1.0 - self.turned if self.seen.negative else self.turned
        return true if self.seen.p is None else self.p * true + (1.0 - self.p)

    @property
    def _marked(self) -> NDArray[np.bool_]:
        marks = self.nodes.marks
        if marks is None or self.seen.bit is None:
            return np.zeros(len(self.nodes), dtype=bool)
        return (marks >> self.seen.bit) & 1 == 1

    def chance(self, ways: Floats) -> Floats:
        """[M, W] the expectation of what ``ways`` [M, A + 1] say, over the ways that play may go."""
        found = np.repeat(ways[:, -1:], self.nodes.joint.shape[1], axis=1)
        if self.fork is not None:
            found[self.there] = (self.fork.odds * ways[self.there, :-1, None]).sum(1)
        return found

    def after(self, ways: Floats) -> Nodes | None:
        """The nodes after the step, each way as probable as before it times ``ways`` [M, A + 1]; None: nowhere."""
        past = np.flatnonzero(~self.there & (ways[:, -1] > 0.0))
        parts = [self._passed(past).scaled(ways[past, -1:])] if len(past) else []
        if self.fork is not None:
            parts.append(self.fork.follow(self.fork.odds * ways[self.there, :-1, None]))
        parts = [part for part in parts if len(part)]
        return joined(parts) if parts else None

    def _passed(self, past: Ints) -> Nodes:
        """Some of the nodes, past the step: it did not take place, so no change that is made now can bring it about."""
        nodes = self.nodes.pick(past)
        here = (nodes.t == self.seen.period) & (nodes.k == self.seen.step) & (self.state is None)
        return nodes.moved(nodes.k + here)

    @property
    def _known(self) -> Floats:
        return np.ones_like(self.hit) if self.known is None else self.known

    @property
    def before(self) -> Nodes:
        """The nodes before the step as other evidence of the same step leaves them; they sum to 1."""
        return self.nodes if self.known is None else self.nodes.scaled(self.chance(self.known)).normalised()

    def every(self) -> Nodes:
        """The nodes after everything that can happen at the step: as probable as those before it."""
        nodes = self.after(self._known)
        assert nodes is not None  # something can happen
        return nodes if self.known is None else nodes.normalised()

    def fitting(self) -> tuple[Nodes | None, Floats]:
        """The nodes after what was observed (None: it cannot happen), and its likelihood [M, W] before it."""
        ways = self._known * self.fits
        nodes, likely = self.after(ways), self.chance(ways)
        if self.known is not None:
            before = self.chance(self.known)
            mass = float((self.nodes.joint * before).sum())
            nodes = None if nodes is None else nodes.scaled(1.0 / mass)
            likely = np.divide(likely, before, out=np.zeros_like(likely), where=before > 0.0)
        return nodes if nodes is not None and nodes.mass > 0.0 else None, likely


# --- what was seen of the state ---------------------------------------------------------------------------------------

def fitting_states(game: Game, seen: Mapping[str, Sequence[Node]], theta: np.ndarray) -> np.ndarray:
    """[S] how well each state fits the values that were seen of some variables."""
    env = _names(game, theta)
    fit = np.ones(len(game.states.codes))
    for place, variable in enumerate(game.states.variables):
        if variable.name in seen:
            fit *= fitting_points(variable, seen[variable.name], env)[game.states.codes[:, place]]
    return fit


def fitting_points(variable: Variable, seen: Sequence[Node], env: Mapping[str, float]) -> np.ndarray:
    """[points] how well each value of a variable fits what was seen of it: a number, the ends of a range, or words.

    A number between two grid points stands for a lot between them, as everywhere in the game, so each of the two fits
    with its share of the lot; a number beyond the grid fits the end. In a range each point fits as well as it fits the
    number of the range that is nearest to it: those inside wholly, the next on either side with its share.
    """
    points = np.arange(len(variable.points))
    if not variable.numeric:
        words = {value.id for value in seen if isinstance(value, Name)}
        return np.array([word in words for word in variable.points], dtype=float)
    low, high = (_position(variable, float(evaluate(value, env))) for value in (seen[0], seen[-1]))
    return np.maximum(0.0, 1.0 - np.maximum(np.maximum(low - points, points - high), 0.0))


def chance_right(game: Game, p: Node, theta: np.ndarray) -> float:
    """The chance that the source of a piece of evidence is right."""
    return float(evaluate(p, _names(game, theta)))


def _position(variable: Variable, value: float) -> float:
    position = float(np.clip(variable.position(value), 0, len(variable.points) - 1))
    nearest = round(position)
    return nearest if abs(position - nearest) < ON_POINT else position


def _names(game: Game, theta: np.ndarray) -> Mapping[str, Any]:
    """The assumptions and what is defined by them, in one draw."""
    known = dict(zip(game.assumptions, np.asarray(theta, dtype=float), strict=True))
    return known if game.formulas is None else game.formulas.tables.plan.symbols.environment(known, evaluate)
