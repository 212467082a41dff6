"""The draws of a run side by side, as far as the analysis of what a claim rests on needs them.

Counting goes chunk by chunk, with memory for one (``ensemble``); slopes, boxes and indices need all draws at once. So
they are given the first ``MOST`` of them: those of a Latin hypercube fill the ranges evenly from the first on.

Shapes: D draws that have answers, P assumptions that vary, Q claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longgame.game import sample
from longgame.inference.draws import DrawStatus
from longgame.inference.weights import ImportanceWeights, importance_weights
from longgame.run.plan import STATUSES, Axes
from longgame.run.store import Store, each_chunk
from longgame.run.study import Array
from longgame.run.weighing import valid
from longgame.scenario.model import Scenario
from longgame.scenario.questions.contained import contained

MOST = 4096  # draws


@dataclass(frozen=True, eq=False)
class Gathered:
    """Draws that have answers.

    number       [D] which draw of the run each is, from 0
    names        [P] the assumptions that vary
    base         [P] their values in the base case
    low, high    [P] the least and the greatest value of a draw
    by_factors   [P] whether the draws are even over factors (loguniform) and not over differences
    theta        [D, P] their values in the draws
    possible     [Q, P] whether a claim can depend on an assumption at all, as it is written
    holds        [Q, D] 1, 0, or NaN where a claim has no answer
    margin       [Q, D] NaN where it has none
    weights      what each draw weighs by the evidence
    tried        how many draws were looked at, with those that have no answers
    unconverged  how many of the D have a step that was not solved to the tolerance
    """

    number: NDArray[np.int_]
    names: tuple[str, ...]
    base: Array
    low: Array
    high: Array
    by_factors: NDArray[np.bool_]
    theta: Array
    possible: NDArray[np.bool_]
    holds: Array
    margin: Array
    weights: ImportanceWeights
    tried: int
    unconverged: int

    @classmethod
    def of(cls, store: Store, scenario: Scenario, most: int | None = None) -> Gathered:
        """The first ``most`` draws of a store (all, if None) of a scenario's run."""
        axes = store.plan.axes
        varying = [axes.assumption.index(name) for name in axes.varying]
        given = [scenario.assumptions[name] for name in axes.varying]
        support = np.array([sample.support(one) for one in given]).reshape(-1, 2)
        parts: list[dict[str, NDArray[Any]]] = []
        tried = unconverged = 0
        for chunk, arrays in each_chunk(store, "theta", "status", "log_likelihood", "holds", "margin"):
            if most is not None and chunk.start >= most:
                break
            here = slice(0, None if most is None else most - chunk.start)
            status = arrays["status"][here]
            some = valid(status)
            tried += len(status)
            unconverged += int((status == STATUSES.index(DrawStatus.UNCONVERGED)).sum())
            holds = arrays["holds"][here][some].astype(float)
            parts.append(
                {
                    "number": chunk.start + np.flatnonzero(some),
                    "theta": arrays["theta"][here][some][:, varying],
                    "holds": np.where(holds < 0.0, np.nan, holds),
                    "margin": arrays["margin"][here][some],
                    "log_likelihood": arrays["log_likelihood"][here][some].sum(axis=1),
                }
            )
        empty: dict[str, NDArray[Any]] = {
            "number": np.zeros(0, dtype=int),
            "theta": np.zeros((0, len(varying))),
            "holds": np.zeros((0, len(axes.claim))),
            "margin": np.zeros((0, len(axes.claim))),
            "log_likelihood": np.zeros(0),
        }
        joined = {name: np.concatenate([part[name] for part in parts or [empty]]) for name in empty}
        return cls(
            number=joined["number"],
            names=axes.varying,
            base=np.array([float(one.value) for one in given]),
            low=support[:, 0],
            high=support[:, 1],
            by_factors=np.array(
                [one.distribution is not None and one.distribution.kind == "loguniform" for one in given], bool
            ),
            theta=joined["theta"],
            possible=_possible(scenario, axes),
            holds=joined["holds"].T,
            margin=joined["margin"].T,
            weights=importance_weights(joined["log_likelihood"]),
            tried=tried,
            unconverged=unconverged,
        )

    @property
    def draws(self) -> int:
        """D."""
        return len(self.theta)

    def scaled(self, theta: Array) -> Array:
        """Assumptions [..., P] in units of their ranges: 0 at the lowest value, 1 at the highest, and half way between
        the two at their mean, or at their geometric mean where factors are what is equally likely."""
        low, high = self._even(self.low), self._even(self.high)
        return (self._even(theta) - low) / (high - low)

    def unscaled(self, point: Array) -> Array:
        """Assumptions [..., P] in their own units, from units of their ranges."""
        low, high = self._even(self.low), self._even(self.high)
        even = low + point * (high - low)
        return np.where(self.by_factors, np.exp(np.where(self.by_factors, even, 0.0)), even)

    def _even(self, theta: Array) -> Array:
        """Assumptions [..., P] on the scale on which they are measured: their logarithms, for those by factors."""
        return np.where(self.by_factors, np.log(np.where(self.by_factors, theta, 1.0)), theta)


def _possible(scenario: Scenario, axes: Axes) -> NDArray[np.bool_]:
    """[Q, P] whether a claim contains an assumption."""
    parts = contained(scenario)
    return np.array([[name in parts[claim] for name in axes.varying] for claim in axes.claim], bool).reshape(
        len(axes.claim), len(axes.varying)
    )
