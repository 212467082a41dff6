"""Who solves the chunks of a run: threads of this process, processes of this machine (``processes``), or a cluster.

An executor takes a solver and the chunks that are still to be solved, and gives back each with its arrays in the order
in which they end. The numbers do not depend on the executor.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ThreadPoolExecutor, wait
from typing import Protocol

from longgame.run.plan import Arrays, Chunk
from longgame.run.solver import Solver
from longgame.solver.kernel import cores

Ended = Generator[tuple[Chunk, Arrays], None, None]

AHEAD = 2  # chunks given out for each worker: one that it solves, and the next


class ChunkExecutor(Protocol):
    """Solves chunks."""

    def solve(self, solver: Solver, chunks: Sequence[Chunk]) -> Ended:
        """Each chunk with its arrays, in the order in which they end. Closing the iterator stops the work."""
        ...

    def close(self) -> None:
        """Let the workers go. Those that ``solve`` needs later are begun anew."""
        ...


class Threads:
    """Threads of this process: nearly all of the time is spent inside compiled programs, which let go of the lock."""

    def __init__(self, count: int | None = None):
        self.count = count or cores()

    def solve(self, solver: Solver, chunks: Sequence[Chunk]) -> Ended:
        """Each chunk with its arrays, in the order in which they end."""
        stop = threading.Event()
        pool = ThreadPoolExecutor(self.count, thread_name_prefix="draws")
        try:
            ended = as_they_end(pool, lambda chunk: solver.solve(chunk, stop.is_set), deque(chunks), self.count)
            for chunk, future in ended:
                yield chunk, future.result()
        finally:
            stop.set()  # after an interrupt: the draw that is being solved is the last
            pool.shutdown(cancel_futures=True)

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
