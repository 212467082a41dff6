"""Who solves the chunks of a run: threads of this process, processes of this machine (``processes``), or a cluster.

An executor takes a solver and the chunks that are still to be solved, and gives back each with its arrays in the order
in which they end. The numbers do not depend on the executor.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ThreadPoolExecutor, wait
from statistics import fmean
from typing import Protocol

from longgame.run.memory import give_back
from longgame.run.plan import Arrays, Chunk, Plan
from longgame.run.room import Room
from longgame.run.solver import SECONDS, Solver
from longgame.solver.kernel import cores

Ended = Generator[tuple[Chunk, Arrays], None, None]

AHEAD = 2  # chunks given out for each worker: one that it solves, and the next
RECENT = 32  # chunks by which the pace is told


class Pace:
    """How fast draws are solved, from the time that the last chunks took their workers.

    The first chunk of a worker, in which programs may be compiled, counts only until there is another.
    """

    def __init__(self) -> None:
        self.workers = 1
        self._first: list[float] = []  # seconds for a draw
        self._later: deque[float] = deque(maxlen=RECENT)

    def take(self, chunk: Chunk, arrays: Arrays) -> tuple[Chunk, Arrays]:
        """Note the time that a chunk took, which then leaves its arrays."""
        if SECONDS in arrays:
            seconds, warm = arrays.pop(SECONDS)
            (self._later if warm else self._first).append(float(seconds) / chunk.size)
        return chunk, arrays

    def seconds_for(self, draws: int) -> float | None:
        """How long so many draws take; None before that can be told."""
        if not (self._first or self._later):
            return None
        each = fmean(self._later) if self._later else min(self._first)
        return each * draws / self.workers


class ChunkExecutor(Protocol):
    """Solves chunks."""

    @property
    def pace(self) -> Pace:
        """How fast, so far."""
        ...

    def room(self, solver: Solver) -> Room | None:
        """How many draws are solved at once, as far as this process has a say in it."""
        ...

    def solve(self, solver: Solver, chunks: Sequence[Chunk]) -> Ended:
        """Each chunk with its arrays, in the order in which they end. Closing the iterator stops the work."""
        ...

    def close(self) -> None:
        """Let the workers go. Those that ``solve`` needs later are begun anew."""
        ...


class Threads:
    """Threads of this process: most of the time is spent inside compiled programs, which let go of the lock."""

    def __init__(self, count: int | None = None):
        self.count = count or cores()
        self.pace = Pace()
        self._rooms: dict[Plan, Room] = {}

    def room(self, solver: Solver) -> Room:
        """As many threads as there is memory for, when a run begins."""
        if solver.plan not in self._rooms:
            self._rooms[solver.plan] = Room.of(solver.study, solver.plan.chunk, self.count)
        return self._rooms[solver.plan]

    def solve(self, solver: Solver, chunks: Sequence[Chunk]) -> Ended:
        """Each chunk with its arrays, in the order in which they end."""
        yield from self.solve_waiting(solver, deque(chunks))

    def solve_waiting(self, solver: Solver, waiting: deque[Chunk]) -> Ended:
        """The same of chunks that wait; who takes some out of the queue meanwhile, has them for himself."""
        stop = threading.Event()
        room = self.room(solver)
        self.pace.workers = room.workers
        pool = ThreadPoolExecutor(room.workers, thread_name_prefix="draws")
        try:
            work = lambda chunk: solver.solve(chunk, stop.is_set, room.together)  # noqa: E731
            for chunk, future in as_they_end(pool, work, waiting, room.workers):
                yield self.pace.take(chunk, future.result())
        finally:
            stop.set()  # after an interrupt: the draw that is being solved is the last
            pool.shutdown(cancel_futures=True)
            give_back()

    def close(self) -> None:
        """There are none that outlast ``solve``."""


def as_they_end(
    pool: Executor, solve: Callable[[Chunk], Arrays], waiting: deque[Chunk], workers: int
) -> Iterator[tuple[Chunk, Future[Arrays]]]:
    """Give the ``waiting`` chunks to a pool, a few at a time, and yield each as it ends.

    A chunk leaves ``waiting`` when it is given out. When the pool breaks, those that were out come back with its error
    and no others are given out.
    """
    out: dict[Future[Arrays], Chunk] = {}
    broken = False
    while True:
        while waiting and not broken and len(out) < AHEAD * workers:
            try:
                future = pool.submit(solve, waiting[0])
            except BrokenExecutor:
                broken = True
            else:
                out[future] = waiting.popleft()
        if not out:
            return
        for future in wait(out, return_when=FIRST_COMPLETED).done:
            broken = broken or isinstance(future.exception(), BrokenExecutor)
            yield out.pop(future), future
