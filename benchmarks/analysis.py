"""What the analysis after the solves takes: 2,000 made-up draws of 40 assumptions and 27 claims.

    python benchmarks/analysis.py

Prints the processor time of each part, in seconds: everything that ``rests-on`` reads off the draws, for every claim,
and the short of it that ``run`` writes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from longgame.inference.draws import latin
from longgame.inference.indices import indices
from longgame.inference.prim import find_boxes
from longgame.inference.weights import importance_weights, shares

DRAWS, ASSUMPTIONS, CLAIMS = 2000, 40, 27


def made_up() -> tuple[np.ndarray, np.ndarray]:
    """Points [D, P] and margins [Q, D]: each rests on a few assumptions, with an interaction and some noise."""
    rng = np.random.default_rng(0)
    u = latin(DRAWS, [f"a{p}" for p in range(ASSUMPTIONS)], 0)
    slope = rng.normal(size=(CLAIMS, ASSUMPTIONS)) * (rng.random((CLAIMS, ASSUMPTIONS)) < 0.15)
    margin = slope @ (u - 0.5).T + u[:, 0] * u[:, 1] + 0.03 * rng.normal(size=(CLAIMS, DRAWS))
    return u, margin - np.quantile(margin, 0.3, axis=1, keepdims=True)


def main() -> None:
    """Measure each part and print it."""
    u, margin = made_up()
    holds = (margin > 0.0).astype(float)

    def weighed() -> None:
        weights = importance_weights(3.0 * np.log(u[:, 0])).weights
        shares(holds)
        shares(holds, weights)

    parts: dict[str, Callable[[], Any]] = {
        "shares with intervals": weighed,
        "indices with intervals": lambda: indices(u, np.concatenate([margin, holds])),
        "boxes": lambda: [find_boxes(u, 1.0 - row) for row in holds],
        "indices, in short": lambda: indices(u, margin, resamples=0),
        "boxes, in short": lambda: [find_boxes(u, 1.0 - row, most=1) for row in holds],
    }
    for name, part in parts.items():
        began = time.process_time()
        part()
        print(f"{name:24} {time.process_time() - began:6.1f}")


if __name__ == "__main__":
    main()
