"""Work on many fibres, shared out over the cores."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from longgame.solver.kernel import each_of

PARTS = 4  # for each core: they do not all take the same time
WORTH_SHARING = 500  # fibres


def share_out(work: Callable[[int, int], None], count: int, threads: int) -> None:
    """Do the work for so many fibres, in parts."""
    if threads == 1 or count < WORTH_SHARING:
        work(0, count)
        return
    ends = np.linspace(0, count, threads * PARTS + 1).astype(int)
    each_of(lambda part: work(*part), list(pairwise(ends.tolist())), threads)
