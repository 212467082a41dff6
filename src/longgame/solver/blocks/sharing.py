"""Work on many fibres, shared out over the cores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np

PARTS = 4  # for each core: they do not all take the same time
WORTH_SHARING = 500  # fibres


def share_out(work: Callable[[int, int], None], count: int, threads: int) -> None:
    """Do the work for so many fibres, in parts."""
    if threads == 1 or count < WORTH_SHARING:
        work(0, count)
        return
    ends = np.linspace(0, count, threads * PARTS + 1).astype(int)
    list(_workers(threads).map(work, ends[:-1].tolist(), ends[1:].tolist()))


@lru_cache(maxsize=1)
def _workers(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="blocks")
