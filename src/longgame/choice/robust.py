"""Which posture to choose when neither the world nor the numbers are known: postures over worlds and draws.

V(a, w, d) is what the actor can expect under posture a in world w of draw d; b(w, d) is the public belief of that draw
and g(d) its weight. A scenario below is one world of one draw, of weight b g. The rules:

    expected value   largest sum over w, d of g b V
    maximin          largest min over scenarios of V                                              (Wald 1950)
    minimax regret   smallest max over scenarios of { max over a' of V(a', w, d) - V(a, w, d) }   (Savage 1951)
    satisficing      largest weight of the scenarios with V at or above a threshold               (Starr 1962)

Worlds that the belief has ruled out, and draws of no weight, count in no rule. One posture dominates another if it is
at least as good in every scenario and better in some (weakly), or better in all (strictly).

Shapes: A postures, W worlds, D draws, K thresholds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from longgame.choice.postures import RULES, Rule

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

EQUAL = 1e-7  # of the largest value: draws are not solved so exactly that smaller differences mean anything


@dataclass(frozen=True, eq=False)
class Outlook:
    """What one actor can expect under each of its postures, in each world of each draw.

    postures  names [A]
    values    [A, W, D] finite
    belief    [W, D] sums to one over worlds
    weights   [D] sum to one
    cells     [W] which worlds the actor can tell apart already: equal numbers mean 'cannot'
    kept      [D before] which of the draws given have a value everywhere; the others were left out
    """

    postures: tuple[str, ...]
    values: Array
    belief: Array
    weights: Array
    cells: NDArray[np.int_]
    kept: Mask

    @classmethod
    def of(
        cls,
        postures: Sequence[str],
        values: ArrayLike,
        belief: ArrayLike,
        weights: ArrayLike | None = None,
        cells: Sequence[int] | None = None,
    ) -> Outlook:
        """From values [A, W, D], a belief [W] or [W, D] and, perhaps, weights [D] of the draws.

        A draw with a value that is not finite, in a world that its belief does not rule out, is left out.
        """
        v = np.asarray(values, dtype=float)
        if v.ndim != 3 or v.shape[0] != len(postures):
            raise ValueError(f"values must have shape ({len(postures)} postures, worlds, draws), got {v.shape}")
        _, W, D = v.shape
        b = np.asarray(belief, dtype=float)
        b = np.broadcast_to(b[:, None] if b.ndim == 1 else b, (W, D))
        g = np.ones(D) if weights is None else np.asarray(weights, dtype=float)
        kept = (np.isfinite(v) | (b == 0.0)).all(axis=(0, 1)) & np.isfinite(b).all(axis=0) & (g > 0.0)
        if not kept.any():
            raise ValueError("no draw has a value for every posture in every possible world")
        v = np.where(b > 0.0, v, 0.0)[:, :, kept]  # what a ruled-out world would bring is of no account
        g = g[kept] / g[kept].sum()
        return cls(tuple(postures), v, b[:, kept], g, np.asarray(cells if cells is not None else [0] * W), kept)

    @cached_property
    def possible(self) -> Mask:
        """[W, D] the scenarios that are not ruled out."""
        return self.belief > 0.0

    @cached_property
    def slack(self) -> float:
        """Values that are nearer to each other than this are equal."""
        return EQUAL * float(np.abs(self.values).max(initial=0.0))

    @cached_property
    def by_draw(self) -> Array:
        """[A, D] the expected value of each posture in each draw."""
        return np.einsum("awd,wd->ad", self.values, self.belief)

    @cached_property
    def regret(self) -> Array:
        """[A, W, D] how far each posture falls short of the best one for that scenario."""
        return self.values.max(axis=0) - self.values

    def worst_by_draw(self) -> Array:
        """[A, D] the value in the possible world that is worst."""
        return np.where(self.possible, self.values, np.inf).min(axis=1)

    def regret_by_draw(self) -> Array:
        """[A, D] the largest regret over the possible worlds."""
        return np.where(self.possible, self.regret, -np.inf).max(axis=1)


@dataclass(frozen=True, eq=False)
class RobustChoice:
    """What the rules say of each posture.

    postures     names [A]
    expected     [A] over worlds and draws
    worst        [A] in the worst scenario
    regret       [A] the largest, over scenarios
    mean_regret  [A] the expected regret: what choosing this posture is expected to cost against knowing everything
    satisficing  [A] the weight of the scenarios at or above the threshold; NaN where there is no threshold
    shares       rule -> [A] the weight of the draws in which the rule, applied to the draw alone, picks the posture
    weakly       [A, A] whether the first posture is nowhere worse than the second, and somewhere better
    strictly     [A, A] whether it is better everywhere
    draws        used
    dropped      draws left out, because a posture has no value in them
    """

    postures: tuple[str, ...]
    expected: Array
    worst: Array
    regret: Array
    mean_regret: Array
    satisficing: Array
    shares: dict[Rule, Array]
    weakly: Mask
    strictly: Mask
    draws: int
    dropped: int

    def best(self, rule: Rule | str) -> str:
        """What a rule ('expected', 'maximin', 'regret', 'satisficing') picks; the first named one where several tie."""
        if rule == "satisficing" and np.isnan(self.satisficing).any():
            raise ValueError("a satisficing choice needs a threshold")
        score = {
            "expected": self.expected,
            "maximin": self.worst,
            "regret": -self.regret,
            "satisficing": self.satisficing,
        }[rule]
        return self.postures[int(np.argmax(score))]

    @property
    def undominated(self) -> tuple[str, ...]:
        """The postures that no other one dominates weakly."""
        beaten = np.flatnonzero(np.any(self.weakly, axis=0))
        return tuple(name for index, name in enumerate(self.postures) if index not in beaten)


def robust_choice(outlook: Outlook, threshold: ArrayLike | None = None) -> RobustChoice:
    """All rules at once. The threshold is a number, or one for each draw given, in the units of the values."""
    worst, regret = outlook.worst_by_draw(), outlook.regret_by_draw()
    scores: dict[Rule, Array] = {"expected": outlook.by_draw, "maximin": worst, "regret": -regret}
    n = len(outlook.postures)
    difference = outlook.values[:, None] - outlook.values[None]  # [A, A, W, D]
    nowhere_worse = ((difference >= -outlook.slack) | ~outlook.possible).all(axis=(2, 3))
    somewhere_better = ((difference > outlook.slack) & outlook.possible).any(axis=(2, 3))
    everywhere_better = ((difference > outlook.slack) | ~outlook.possible).all(axis=(2, 3))
    return RobustChoice(
        postures=outlook.postures,
        expected=outlook.by_draw @ outlook.weights,
        worst=worst.min(axis=1),
        regret=regret.max(axis=1),
        mean_regret=np.einsum("awd,wd,d->a", outlook.regret, outlook.belief, outlook.weights),
        satisficing=np.full(n, np.nan)
        if threshold is None
        else satisficing(outlook, np.asarray(threshold)[None])[:, 0],
        shares={rule: _picked(scores[rule], outlook) for rule in RULES},
        weakly=np.asarray(nowhere_worse & somewhere_better),
        strictly=np.asarray(everywhere_better & ~np.eye(n, dtype=bool)),
        draws=len(outlook.weights),
        dropped=int((~outlook.kept).sum()),
    )


def _picked(score: Array, outlook: Outlook) -> Array:
    """[A] the weight of the draws in which each posture has the best score [A, D]; the first of several."""
    first = (score >= score.max(axis=0) - outlook.slack).argmax(axis=0)
    return np.bincount(first, weights=outlook.weights, minlength=len(score)).astype(float)


def satisficing(outlook: Outlook, thresholds: ArrayLike) -> Array:
    """[A, K] the weight of the scenarios in which each posture brings at least each threshold.

    Thresholds are numbers [K], or [K, D before] if they differ between the draws that the outlook was made of.
    """
    at_least = np.asarray(thresholds, dtype=float)
    if at_least.ndim == 2:
        at_least = at_least[:, outlook.kept]
    else:
        at_least = np.broadcast_to(at_least[:, None], (at_least.size, len(outlook.weights)))
    weight = outlook.belief * outlook.weights
    return np.stack([((outlook.values >= row - outlook.slack) * weight).sum(axis=(1, 2)) for row in at_least], axis=1)
