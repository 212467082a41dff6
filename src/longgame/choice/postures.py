"""Which posture to choose before the truth is known: the table posture x world, and what it says by each rule.

A posture binds one actor for the whole horizon and is solved as its own game. The table holds what the actor can expect
from the question's date on under each posture in each world, V(p, w). With the belief b of that date:

    expected value      E(p) = sum over w of b(w) V(p, w)                   choose the largest
    maximin             M(p) = min over w of V(p, w)                        choose the largest (Wald 1950)
    minimax regret      R(p) = max over w of { max over q of V(q, w) - V(p, w) }   choose the smallest (Savage 1951)

Information is worth the gain in the best expected value from choosing the posture after it is learned instead of before
(Howard 1966): with the worlds sorted into the parts that the actor could then tell apart,

    value = sum over parts of b(part) max over p of E(p | part)  -  the same over the parts it can tell apart already.

Shapes: P postures, W worlds. Everything here is NumPy on a table that others have filled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Rule = Literal["expected", "maximin", "regret"]
RULES: tuple[Rule, ...] = ("expected", "maximin", "regret")
ROUNDING = 1e-12  # differences of values smaller than this, as a part of the values, are nothing

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PostureTable:
    """What one actor can expect under each of its postures in each world.

    actor     whose postures these are
    postures  names [P]
    worlds    names [W]
    values    [P, W] the actor's expected payoff from the question's date on
    belief    [W] the public belief at that date; a world of zero belief is no longer possible and counts in no rule
    cells     [W] which worlds the actor can tell apart already: equal numbers mean 'cannot'
    """

    actor: str
    postures: tuple[str, ...]
    worlds: tuple[str, ...]
    values: Array
    belief: Array
    cells: NDArray[np.int_]

    def __post_init__(self) -> None:
        expected = (len(self.postures), len(self.worlds))
        if self.values.shape != expected:
            raise ValueError(f"values must have shape {expected} (postures, worlds), got {self.values.shape}")

    @cached_property
    def possible(self) -> NDArray[np.bool_]:
        """[W] the worlds that the belief has not ruled out."""
        return self.belief > 0.0

    @cached_property
    def expected(self) -> Array:
        """[P] E(p): the value of each posture, worlds weighed by the belief."""
        return self.values @ self.belief

    @cached_property
    def worst(self) -> Array:
        """[P] M(p): the value of each posture in the possible world that is worst for it."""
        return self.values[:, self.possible].min(axis=1)

    @cached_property
    def regret(self) -> Array:
        """[P, W] how far each posture falls short of the best posture for that world."""
        return self.values.max(axis=0) - self.values

    @cached_property
    def worst_regret(self) -> Array:
        """[P] R(p): the largest regret over the possible worlds."""
        return self.regret[:, self.possible].max(axis=1)

    def score(self, rule: Rule) -> Array:
        """[P] the score by a rule, turned so that more is better (regret counts negative)."""
        scores: dict[Rule, Callable[[], Array]] = {
            "expected": lambda: self.expected,
            "maximin": lambda: self.worst,
            "regret": lambda: -self.worst_regret,
        }
        return scores[rule]()

    def best(self, rule: Rule) -> str:
        """The posture that the rule chooses; the first named one where several tie."""
        return self.postures[int(np.argmax(self.score(rule)))]

    def lead(self, posture: str, rule: Rule = "expected") -> float:
        """How far a posture is ahead of the next best by a rule; negative when it is behind.

        With a single posture there is nothing to be ahead of and the lead is not a number.
        """
        score = self.score(rule)
        chosen = self.postures.index(posture)
        others = np.delete(score, chosen)
        return float(score[chosen] - others.max()) if others.size else float("nan")

    def perfect_information(self) -> float:
        """What it would be worth to the actor to learn which world it is before it chooses."""
        return self.information_value(range(len(self.worlds)))

    def information_value(self, about: Sequence[int] | Sequence[str]) -> float:
        """What it would be worth to learn something before choosing a posture.

        ``about`` says for each world [W] what would be learned in it; worlds with equal entries stay together. What the
        actor knows already stays known, so learning it again is worth nothing.
        """
        finer = [(int(cell), item) for cell, item in zip(self.cells, about, strict=True)]
        told, untold = (told_apart(self.values, self.belief, labels) for labels in (finer, self.cells.tolist()))
        gain = float(told.max(axis=1).sum() - untold.max(axis=1).sum())
        # Never negative in theory; what rounding leaves is nothing.
        return gain if gain > ROUNDING * float(np.abs(self.values).max()) else 0.0

    def turning_belief(self, posture: str, condition: NDArray[np.bool_]) -> float:
        """The smallest belief in a condition at which the posture is best by expected value; 1 if there is none.

        The belief q in the condition is moved while the odds inside the condition, and outside it, stay as they are:

            V(p, q) = q E(p | condition) + (1 - q) E(p | not condition)

        This is a line in q for each posture, so the posture's lead over each rival is a line too, and the beliefs at
        which no rival is ahead form an interval. Its lower end is returned.
        """
        inside = self.values @ conditional(self.belief, condition)
        outside = self.values @ conditional(self.belief, ~np.asarray(condition, dtype=bool))
        chosen = self.postures.index(posture)
        low, high = 0.0, 1.0
        for rival in range(len(self.postures)):
            if rival == chosen:
                continue
            lead_at_0 = outside[chosen] - outside[rival]
            lead_at_1 = inside[chosen] - inside[rival]
            if lead_at_0 < 0.0 and lead_at_1 < 0.0:
                return 1.0
            if lead_at_0 < 0.0:
                low = max(low, lead_at_0 / (lead_at_0 - lead_at_1))
            elif lead_at_1 < 0.0:
                high = min(high, lead_at_0 / (lead_at_0 - lead_at_1))
        return float(low) if low <= high else 1.0


def told_apart(values: Array, belief: Array, labels: Sequence[object]) -> Array:
    """[parts, P, ...] what each posture is worth in each part of the worlds, times the probability of the part.

    values  [P, W, ...] of each posture in each world, and belief [W, ...]
    labels  [W] what somebody would know in each world: worlds with equal labels are one part
    """
    parts = np.array([[label == one for label in labels] for one in dict.fromkeys(labels)], dtype=float)
    return np.einsum("gw,pw...,w...->gp...", parts, values, belief)


def conditional(belief: Array, condition: NDArray[np.bool_]) -> Array:
    """[W] the belief given a condition on the worlds; even odds over its worlds where the belief gives it nothing.

    A condition that holds in no world leaves the belief as it is: there is nothing to condition on.
    """
    condition = np.asarray(condition, dtype=bool)
    weight = np.where(condition, belief, 0.0)
    total = weight.sum()
    if total > 0.0:
        return weight / total
    count = condition.sum()
    return condition / count if count else np.asarray(belief, dtype=float)
