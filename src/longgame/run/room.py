"""How many draws there is memory for at once.

A worker solves some draws side by side. What they take is estimated from the size of the game, and held against the
memory that is free: on the machine, and in the container if there is one; or against what the analyst allows
(``LONGGAME_MEMORY``), less what the base case takes. Where it does not suffice for all workers and
all draws that would go well together, first fewer draws are taken together, then fewer workers are given work. The
numbers do not depend on it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from longgame.run.budget import MEMORY, OVER, SHARE, allowed, bytes_needed, bytes_of_game
from longgame.run.memory import free_memory
from longgame.run.study import Study
from longgame.run.together import abreast

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
        most = _most(study, free_memory() if free is None else free)
        fit = usual * workers if most is None else max(1, int(most / (OVER * bytes_of_game(study.game))))
        workers_fit = min(workers, fit)
        return cls(workers_fit, min(usual, fit // workers_fit), usual * workers)

    def __str__(self) -> str:
        """What is to be said of it: nothing where all is as usual."""
        at_once = self.workers * self.together
        return f", {at_once} at a time for want of memory" if at_once < self.usual else ""


def _most(study: Study, free: float | None) -> float | None:
    """Bytes that the draws may take beside the base case; None where nothing says."""
    given = allowed(MEMORY)
    if given is None:
        return None if free is None else SHARE * free
    return 1e9 * given / int(os.environ.get(WORKERS) or 1) - bytes_needed(study.game)


def shared_free_memory() -> float | None:
    """The part of the free memory that is for this process, where it is a worker beside others."""
    free = free_memory()
    return None if free is None else free / int(os.environ.get(WORKERS) or os.cpu_count() or 1)
