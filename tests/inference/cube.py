"""Points of the unit cube, as the draws of a run lie."""

from __future__ import annotations

import numpy as np

from longgame.inference.draws import latin


def cube(draws: int, assumptions: int, seed: int) -> np.ndarray:
    """[draws, assumptions] points of a Latin hypercube."""
    return latin(draws, [f"x{p}" for p in range(assumptions)], seed)
