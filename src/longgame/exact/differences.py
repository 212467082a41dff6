"""How far two solutions of a game are apart at places of play, over all of them and by step."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Differences:
    """How far two solutions are apart.

    choice   the largest difference of a choice probability at any place, and its mean over the path of play (each place
             and cell weighted by its probability)
    worth    the same for what an actor expects from there on, as a share of its stake
    """

    choice: float
    choice_mean: float
    worth: float
    worth_mean: float


@dataclass(frozen=True)
class StepDifferences(Differences):
    """The same at one step of the period, in all periods together."""

    step: str


@dataclass
class _Sums:
    choice: float = 0.0
    choice_sum: float = 0.0
    worth: float = 0.0
    worth_sum: float = 0.0
    weight: float = 0.0

    def means(self) -> tuple[float, float, float, float]:
        total = self.weight or 1.0
        return self.choice, self.choice_sum / total, self.worth, self.worth_sum / total


@dataclass
class Tally:
    """Differences as they are found, place by place."""

    steps: dict[str, _Sums] = field(default_factory=lambda: defaultdict(_Sums))

    def add(self, step: str, choice: np.ndarray, probability: np.ndarray, worth: np.ndarray) -> None:
        """Count G places before a step.

        choice       [G, C] the largest difference of a choice probability, by what the mover may know
        probability  [G, C] of the place and of that
        worth        [G] the largest difference of an actor's worth, as a share of its stake
        """
        sums, weight = self.steps[step], probability.sum(axis=1)
        sums.choice = max(sums.choice, float(choice.max(initial=0.0)))
        sums.worth = max(sums.worth, float(worth.max(initial=0.0)))
        sums.choice_sum += float((choice * probability).sum())
        sums.worth_sum += float((worth * weight).sum())
        sums.weight += float(weight.sum())

    def whole(self) -> Differences:
        """Over all steps."""
        every = list(self.steps.values())
        return Differences(
            *_Sums(
                max((sums.choice for sums in every), default=0.0),
                sum(sums.choice_sum for sums in every),
                max((sums.worth for sums in every), default=0.0),
                sum(sums.worth_sum for sums in every),
                sum(sums.weight for sums in every),
            ).means()
        )

    def by_step(self, order: tuple[str, ...]) -> list[StepDifferences]:
        """The steps that were counted, in this order."""
        return [StepDifferences(*self.steps[step].means(), step) for step in order if step in self.steps]
