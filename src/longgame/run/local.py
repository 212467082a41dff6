"""Who solves draws on this machine where nobody says: threads, and worker processes once these are worth their start.

Threads cost nothing to start, but wait for each other wherever Python works and not a compiled program. Processes keep
all cores busy, but each of them has to start, to compile the game and to solve the base case before its first draw:
about what this process has worked until its own. So the first chunks go to threads, and as soon as their pace tells
that the rest will take them some times as long as such a start, the rest goes to processes.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from contextlib import closing

from longgame.run.executors import Ended, Pace, Threads
from longgame.run.plan import Chunk
from longgame.run.processes import Processes
from longgame.run.room import Room
from longgame.run.solver import Solver
from longgame.solver.kernel import cores

#: So many starts of a worker must the rest take threads, for processes to be worth it. On two cores processes were 1.5
#: times as fast as threads (the flagship, turn about), and r / 1.5 + start < r where r is more than three starts.
WORTH = 3.0


class Local:
    """Threads of this process, or worker processes that take over from them."""

    def __init__(self, count: int | None = None):
        self._threads = Threads(count)
        self._processes: Processes | None = None
        self._start: float | None = None  # the seconds of work that a worker needs before its first draw

    @property
    def pace(self) -> Pace:
        """That of those who work."""
        return (self._processes or self._threads).pace

    def room(self, solver: Solver) -> Room:
        """As many threads as there is memory for."""
        return self._threads.room(solver)

    def solve(self, solver: Solver, chunks: Sequence[Chunk]) -> Ended:
        """Each chunk with its arrays, in the order in which they end."""
        if self._start is None:
            self._start = time.process_time()
        waiting, rest = deque(chunks), []
        if self._processes is None:
            with closing(self._threads.solve_waiting(solver, waiting)) as ended:
                for part in ended:
                    if waiting and self._worth_processes(waiting):
                        rest = [*waiting]
                        waiting.clear()
                    yield part
        if rest or waiting:
            self._processes = self._processes or Processes(self._threads.count)
            yield from self._processes.solve(solver, rest or list(waiting))

    def close(self) -> None:
        """Let worker processes go."""
        if self._processes is not None:
            self._processes.close()

    def _worth_processes(self, waiting: Sequence[Chunk] | deque[Chunk]) -> bool:
        seconds = self._threads.pace.seconds_for(sum(chunk.size for chunk in waiting))
        return cores() > 1 and seconds is not None and seconds > WORTH * (self._start or 0.0)
