"""What an actor can expect under each of its postures in each world, and what each rule says of it, draw by draw.

A posture binds one actor for the whole horizon and is solved as its own game. V(a, w, g) is what the actor can expect
from the question's date on under posture a if the world is w, in draw g of the assumptions; b(w, g) is the public
belief of that date. In one draw:

    expected value      E(a) = sum over w of b(w) V(a, w)                            choose the largest
    maximin             M(a) = min over w of V(a, w)                                 choose the largest (Wald 1950)
    minimax regret      R(a) = max over w of { max over a' of V(a', w) - V(a, w) }   choose the smallest (Savage 1951)

A world that the belief has ruled out counts in no rule. Values that are nearer to each other than ``EQUAL`` are equal,
and of equal postures every rule chooses the first.

Shapes: A postures, W worlds, G draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rule = Literal["expected", "maximin", "regret"]
RULES: tuple[Rule, ...] = ("expected", "maximin", "regret")
EQUAL = 1e-7  # of the largest value of a draw: games are not solved so exactly that smaller differences mean anything

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PostureTable:
    """What one actor can expect under each of its postures, in each world of each draw.

    values   [A, W, G] NaN where there is no answer
    belief   [W, G] sums to one over worlds
    weights  [G] of the draws; they sum to one
    cells    [W] which worlds the actor can tell apart already: equal numbers mean 'cannot'
    """

    values: Array
    belief: Array
    weights: Array
    cells: NDArray[np.int_]

    @classmethod
    def of(
        cls, values: ArrayLike, belief: ArrayLike, weights: ArrayLike | None = None, cells: ArrayLike | None = None
    ) -> PostureTable:
        """From values [A, W, G], or [A, W] of one draw, a belief [W] or [W, G], and weights [G] in any unit.

        Without weights all draws weigh the same; without cells the actor can tell no worlds apart.
        """
        v = np.asarray(values, dtype=float)
        v = v[:, :, None] if v.ndim == 2 else v
        if v.ndim != 3:
            raise ValueError(f"values must have axes for postures, worlds and draws, got the shape {v.shape}")
        _, W, G = v.shape
        b = np.asarray(belief, dtype=float)
        if b.shape not in ((W,), (W, G)):
            raise ValueError(f"a belief for values of shape {v.shape} has shape {(W,)} or {(W, G)}, got {b.shape}")
        b = np.broadcast_to(b[:, None] if b.ndim == 1 else b, (W, G))
        g = np.ones(G) if weights is None else np.asarray(weights, dtype=float)
        return cls(v, b, g / g.sum(), np.zeros(W, dtype=int) if cells is None else np.asarray(cells))

    def only(self, draws: Mask) -> PostureTable:
        """The table of some of the draws [G]. Raises ValueError where none is left, or none of any weight."""
        if not (self.weights[draws] > 0.0).any():
            raise ValueError("no draw of the table is left")
        return PostureTable.of(self.values[:, :, draws], self.belief[:, draws], self.weights[draws], self.cells)

    @cached_property
    def answered(self) -> Mask:
        """[G] the draws of some weight with a value for every posture in every possible world."""
        return (np.isfinite(self.counted) & np.isfinite(self.belief)).all(axis=(0, 1)) & (self.weights > 0.0)

    @cached_property
    def possible(self) -> Mask:
        """[W, G] the worlds that the belief has not ruled out."""
        return ~(self.belief == 0.0)

    @cached_property
    def counted(self) -> Array:
        """[A, W, G] the values that count: what a ruled-out world would bring is of no account, and 0 here."""
        return np.where(self.possible, self.values, 0.0)

    @cached_property
    def slack(self) -> Array:
        """[G] values of a draw that are nearer to each other than this are equal."""
        return EQUAL * np.abs(self.counted).max(axis=(0, 1), initial=0.0)

    @cached_property
    def expected(self) -> Array:
        """[A, G] E(a): the value of each posture, worlds weighed by the belief."""
        return np.einsum("awg,wg->ag", self.counted, self.belief)

    @cached_property
    def worst(self) -> Array:
        """[A, G] M(a): the value of each posture in the possible world that is worst for it."""
        return np.where(self.possible, self.counted, np.inf).min(axis=1)

    @cached_property
    def regret(self) -> Array:
        """[A, W, G] how far each posture falls short of the best one for that world; 0 in a ruled-out world."""
        return self.counted.max(axis=0) - self.counted

    @cached_property
    def worst_regret(self) -> Array:
        """[A, G] R(a): the largest regret over the possible worlds."""
        return self.regret.max(axis=1)

    def score(self, rule: Rule) -> Array:
        """[A, G] the score by a rule in each draw, turned so that more is better (regret counts negative)."""
        return {"expected": self.expected, "maximin": self.worst, "regret": -self.worst_regret}[rule]

    def best(self, rule: Rule) -> Ints:
        """[G] the posture that a rule chooses in each draw; -1 where a value is missing."""
        return first_best(self.score(rule), self.slack)

    def lead(self, posture: int, rule: Rule = "expected") -> Array:
        """[G] how far a posture is ahead of the next best by a rule; negative where it is behind.

        With a single posture there is nothing to be ahead of and the lead is not a number.
        """
        score = self.score(rule)
        others = np.delete(score, posture, axis=0)
        return score[posture] - others.max(axis=0) if len(others) else np.full(score.shape[1], np.nan)


def first_best(score: Array, slack: Array | float) -> Ints:
    """[...] the first posture whose score [A, ...] is the largest but for the slack; -1 where a score is missing."""
    best = (score >= score.max(axis=0) - slack).argmax(axis=0)
    return np.where(np.isnan(score).any(axis=0), -1, best)
