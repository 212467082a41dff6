"""Chunks solved by processes of this machine, of which any may be killed without loss.

A pool that lost a worker is built anew; with half as many, where it was lost as they began. It cannot be known which of
the chunks that were out killed the worker, if any did; so they are tried together once more, and those that are lost
again are tried alone. A chunk that kills its worker even then is set aside.

Workers are begun anew (``spawn``), never forked: a fork beside running threads can hang. Each has one core to itself,
so that the threads of compiled programs do not fight for it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from multiprocessing.connection import wait
from typing import Any

from longgame.arrays import ONE_THREAD
from longgame.errors import RunError
from longgame.run.executors import Ended, Pace, as_they_end
from longgame.run.plan import Arrays, Chunk, Plan
from longgame.run.room import WORKERS, Room
from longgame.run.solver import Solver, Work, solve_chunk
from longgame.solver.kernel import cores

TRIES_ALONE = 2
TRIES_TO_BEGIN = 5  # of a worker by itself
LOST = "The process that solved {} ended every time it was tried, {} times alone."

#: A worker keeps memory that it has let go for its next arrays. The C library of Linux would give large arrays back to
#: the system at once, and every page of the next one would have to be cleared anew: a twelfth of the time of a draw of
#: a large game. Other systems take no notice.
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(2**30),  # bytes up to which an array is taken from the worker's own memory
    "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1),  # bytes of it that may lie idle
    "MALLOC_TOP_PAD_": str(2**26),  # bytes that it grows by
}


class Processes:
    """Worker processes of this machine. They are begun when they are needed, and wait for more work until ``close``.

    count  how many; one for each core if None
    work   what each of them does with a plan and a chunk: a function that a new process can import
    """

    def __init__(self, count: int | None = None, work: Work = solve_chunk):
        self.count = count or cores()
        self.pace = Pace()
        self._work = work
        self._pool: _Pool | None = None

    def room(self, solver: Solver) -> Room:
        """As many workers as there is memory for; how many draws each takes together, it sees itself."""
        room = Room.of(solver.study, solver.plan.chunk, self.count)
        return room if self._pool is None else replace(room, workers=self.pace.workers)

    def solve(self, solver: Solver, chunks: Sequence[Chunk]) -> Ended:
        """Each chunk with its arrays, in the order in which they end; those that no worker survives, set aside."""
        self.pace.workers = self.room(solver).workers  # those that are there stay
        try:
            suspects: deque[Chunk] = deque()
            yield from self._together(solver, deque(chunks), suspects)
            again: deque[Chunk] = deque()
            yield from self._together(solver, suspects, again)
            for chunk in again:
                yield chunk, self._alone(solver, chunk)
        except BaseException:  # also where the rest is wanted no more
            self.close()
            raise

    def close(self) -> None:
        """Let the workers go, each after the draw that it is solving."""
        if self._pool is not None:
            self._pool.end()
            self._pool = None

    def _together(self, solver: Solver, waiting: deque[Chunk], lost: deque[Chunk]) -> Ended:
        """Solve all chunks that wait; those that were out when a worker died are ``lost``."""
        count, failed_to_begin = self.pace.workers, 0
        while waiting:
            self._pool = pool = self._pool or _Pool(count)
            broken: list[Chunk] = []
            for chunk, future in as_they_end(pool, partial(_solve, self._work, solver.plan), waiting, count):
                if isinstance(future.exception(), BrokenExecutor):
                    broken.append(chunk)
                else:
                    yield self.pace.take(chunk, future.result())
            if not broken and not waiting:
                return
            self.close()
            if pool.begun.exception() is None:
                lost.extend(broken)
                count, failed_to_begin = self.pace.workers, 0
                continue
            waiting.extendleft(reversed(broken))
            failed_to_begin += count == 1
            if failed_to_begin == TRIES_TO_BEGIN:
                raise RunError("Worker processes end as soon as they begin; is there enough memory for one?")
            count = max(1, count // 2)  # there may not be enough memory for all of them

    def _alone(self, solver: Solver, chunk: Chunk) -> Arrays:
        """Solve one chunk with nothing beside it; what kills its worker each time is set aside."""
        self.close()
        for _ in range(TRIES_ALONE):
            alone = _Pool(1)
            try:
                return self.pace.take(chunk, alone.submit(_solve, self._work, solver.plan, chunk).result())[1]
            except BrokenExecutor:
                continue
            finally:
                alone.end()
        return solver.set_aside(chunk, LOST.format(chunk, TRIES_ALONE))


class _Pool(ProcessPoolExecutor):
    """Some workers. ``begun`` succeeds once one of them has begun."""

    def __init__(self, count: int):
        context = multiprocessing.get_context("spawn")
        self._count = count
        self._stop = context.RawValue("b", 0)  # no lock, which a worker could hold as it dies
        super().__init__(count, mp_context=context, initializer=_begin, initargs=(self._stop,))
        self.begun = self.submit(_begun)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As any executor; workers are begun here, and take the environment with them."""
        with _environment(ONE_THREAD | KEEP_MEMORY | {WORKERS: str(self._count)}):
            return super().submit(fn, *args, **kwargs)

    def end(self) -> None:
        """Each worker ends after the draw that it is solving."""
        self._stop.value = 1
        self.shutdown(cancel_futures=True)


@contextmanager
def worker_processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """So many workers for whatever a new process can import; they end with the context."""
    pool = _Pool(count)
    try:
        yield pool
    finally:
        pool.end()


# --- in the worker ----------------------------------------------------------------------------------------------------

_stop: Any = None


def _begin(stop: Any) -> None:
    """Set a worker up: Ctrl-C is the parent's to hear, and a worker does not outlive its parent."""
    global _stop
    _stop = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")  # they are for programmers, who let threads do it
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _begun() -> None:
    """The worker has begun."""


def _solve(work: Work, plan: Plan, chunk: Chunk) -> Arrays:
    return work(plan, chunk, lambda: bool(_stop.value))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


@contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    """The environment with some settings, for the processes that are begun meanwhile."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
