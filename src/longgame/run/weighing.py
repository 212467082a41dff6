"""Which draws count and what they weigh, read from a store."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longgame.inference.weights import ImportanceWeights, importance_weights
from longgame.run.plan import STATUSES
from longgame.run.store import Store, each_chunk
from longgame.run.study import Array

_COUNTS = np.array([status.counts for status in STATUSES])


def valid(status: NDArray[np.int8]) -> NDArray[np.bool_]:
    """[D] whether a draw has answers, from its status as the arrays have it."""
    return _COUNTS[status]


@dataclass(frozen=True, eq=False)
class Weighed:
    """What the draws of a store weigh.

    by_draw  [D] the weight of each draw; zero where it has no answers, else by the likelihood that it gives to the
             evidence, Pareto-smoothed; they sum to one if any draw has answers
    report   on the weights of the draws that have answers
    """

    by_draw: Array
    report: ImportanceWeights

    @classmethod
    def of(cls, store: Store) -> Weighed:
        """Weigh the draws of a store; of all that it holds, only one number of each draw is kept."""
        logs, counts = np.empty(store.plan.size), np.zeros(store.plan.size, dtype=bool)
        for chunk, arrays in each_chunk(store, "status", "log_likelihood"):
            counts[chunk.start : chunk.stop] = valid(arrays["status"])
            logs[chunk.start : chunk.stop] = arrays["log_likelihood"].sum(axis=1)
        report = importance_weights(logs[counts])
        by_draw = np.zeros(store.plan.size)
        by_draw[counts] = report.weights
        return cls(by_draw, report)
