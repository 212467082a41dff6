"""Which posture to choose when neither the world nor the numbers are known: by rules over all worlds of all draws.

A scenario below is one world of one draw, of weight g(d) b(w, d), with g the weight of the draw. The rules:

    expected value   largest sum over scenarios of their weight times V
    maximin          largest min over scenarios of V                                              (Wald 1950)
    minimax regret   smallest max over scenarios of { max over a' of V(a', w, d) - V(a, w, d) }   (Savage 1951)
    satisficing      largest weight of the scenarios with V at or above a threshold               (Starr 1962)

Scenarios of no weight count in no rule. One posture dominates another if it is at least as good in every scenario and
better in some (weakly), or better in all (strictly).

Shapes: A postures, W worlds, G draws, K thresholds. The tables have an answer in every draw
(``PostureTable.answered``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from longgame.choice.table import RULES, PostureTable, Rule, first_best

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RobustChoice:
    """What the rules say of each posture.

    expected     [A] over worlds and draws
    worst        [A] in the worst scenario
    regret       [A] the largest, over scenarios
    mean_regret  [A] the expected regret: what choosing this posture is expected to cost against knowing everything
    satisficing  [A] the weight of the scenarios at or above the threshold; NaN where there is no threshold
    shares       rule -> [A] the weight of the draws in which the rule, applied to the draw alone, picks the posture
    weakly       [A, A] whether the first posture is nowhere worse than the second, and somewhere better
    strictly     [A, A] whether it is better everywhere
    slack        scores that are nearer to each other than this are equal
    """

    expected: Array
    worst: Array
    regret: Array
    mean_regret: Array
    satisficing: Array
    shares: dict[Rule, Array]
    weakly: Mask
    strictly: Mask
    slack: float

    def best(self, rule: Rule | str) -> int:
        """What a rule ('expected', 'maximin', 'regret', 'satisficing') picks; the first of several that tie."""
        if rule == "satisficing" and np.isnan(self.satisficing).any():
            raise ValueError("a satisficing choice needs a threshold")
        score = {
            "expected": self.expected,
            "maximin": self.worst,
            "regret": -self.regret,
            "satisficing": self.satisficing,
        }[rule]
        return int(first_best(score, 0.0 if rule == "satisficing" else self.slack))

    @property
    def dominated(self) -> Mask:
        """[A] the postures that another one dominates weakly."""
        return np.asarray(self.weakly.any(axis=0))


def robust_choice(table: PostureTable, threshold: ArrayLike | None = None) -> RobustChoice:
    """All rules at once. The threshold is a number, or one for each draw [G], in the units of the values."""
    n = len(table.values)
    difference = table.counted[:, None] - table.counted[None]  # [A, A, W, G]
    better, worse = difference > table.slack, difference < -table.slack
    nowhere_worse, somewhere_better = ~worse.any(axis=(2, 3)), better.any(axis=(2, 3))
    everywhere_better = (better | ~table.possible).all(axis=(2, 3))
    least = None if threshold is None else np.broadcast_to(np.asarray(threshold, dtype=float), table.weights.shape)
    return RobustChoice(
        expected=table.expected @ table.weights,
        worst=table.worst.min(axis=1),
        regret=table.worst_regret.max(axis=1),
        mean_regret=np.einsum("awg,wg,g->a", table.regret, table.belief, table.weights),
        satisficing=np.full(n, np.nan) if least is None else satisficing(table, least[None])[:, 0],
        shares={rule: _picked(table, rule) for rule in RULES},
        weakly=np.asarray(nowhere_worse & somewhere_better),
        strictly=np.asarray(everywhere_better & ~np.eye(n, dtype=bool)),
        slack=float(table.slack.max()),
    )


def _picked(table: PostureTable, rule: Rule) -> Array:
    """[A] the weight of the draws in which a rule picks each posture."""
    picked = table.best(rule)
    return np.array([table.weights[picked == posture].sum() for posture in range(len(table.values))])


def satisficing(table: PostureTable, thresholds: ArrayLike) -> Array:
    """[A, K] the weight of the scenarios in which each posture brings at least each threshold [K] or [K, G]."""
    at_least = np.asarray(thresholds, dtype=float)
    at_least = at_least[:, None] if at_least.ndim == 1 else at_least
    weight = table.belief * table.weights
    enough = [table.counted >= row - table.slack for row in at_least]
    return np.stack([(one * weight).sum(axis=(1, 2)) for one in enough], axis=1)
