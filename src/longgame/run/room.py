"""How many draws there is memory for at once.

A worker solves some draws side by side. What they take is estimated from the size of the game, and held against the
memory that is free: on the machine, and in the container if there is one. Where it does not suffice for all workers and
all draws that would go well together, first fewer draws are taken together, then fewer workers are given work. The
numbers do not depend on it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from longgame.run.study import Study
from longgame.run.together import abreast, bytes_of_draw

SHARE = 0.7  # of the free memory: the rest is for what comes later, and for others
OVER = 1.5  # measured: 1.25 to 1.45 times the arrays that are counted, with what is held for a moment
WORKERS = "LONGGAME_WORKERS"  # in the environment of a worker process: how many there are on the machine


@dataclass(frozen=True)
class Room:
    """How many workers solve how many draws each side by side.

    usual  how many draws would be side by side in all, were there memory enough
    """

    workers: int
    together: int
    usual: int

    @classmethod
    def of(cls, study: Study, chunk: int, workers: int, free: float | None = None) -> Room:
        """The room for workers that are to solve chunks of so many draws, in ``free`` bytes (those of the system)."""
        usual = min(chunk, abreast(study))
        free = free_memory() if free is None else free
        fit = max(1, int(SHARE * free / (OVER * bytes_of_draw(study)))) if free is not None else usual * workers
        workers_fit = min(workers, fit)
        return cls(workers_fit, min(usual, fit // workers_fit), usual * workers)

    def __str__(self) -> str:
        """What is to be said of it: nothing where all is as usual."""
        at_once = self.workers * self.together
        return f", {at_once} at a time for want of memory" if at_once < self.usual else ""


def free_memory() -> float | None:
    """Bytes that may still be taken; None where the system does not say."""
    return min(_free(), default=None)


def shared_free_memory() -> float | None:
    """The part of the free memory that is for this process, where it is a worker beside others."""
    free = free_memory()
    return None if free is None else free / int(os.environ.get(WORKERS) or os.cpu_count() or 1)


def _free() -> Iterator[float]:
    for line in _lines("/proc/meminfo"):
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            yield 1024.0 * float(value.split()[0])
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        with suppress(StopIteration, ValueError):  # no such group; or no limit: `max`
            yield max(0.0, float(next(iter(_lines(limit)))) - float(next(iter(_lines(used)))))


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="ascii").splitlines()
    except OSError:
        return []
