"""Chunks solved by the workers of a Dask cluster; needs ``pip install 'longgame[cluster]'``.

Dask gives the chunks of a lost worker to others, and gives up those that lost several workers (four, unless the
scheduler is set otherwise), together with chunks that only waited there. So each of these is tried again with nothing
beside it, and set aside if its workers die even then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from functools import partial
from typing import Any

from distributed import Client, KilledWorker

from longgame.errors import RunError
from longgame.run.executors import Ended, Pace, as_they_end
from longgame.run.plan import Arrays, Chunk, Plan
from longgame.run.solver import Solver, Work, never, solve_chunk

SECONDS_TO_CONNECT = 10
LOST = "The workers that solved {} died every time it was tried, also with nothing beside it."


class Cluster:
    """The workers of a Dask cluster, by the address of its scheduler: ``tcp://host:8786``.

    ``work`` is what each of them does with a plan and a chunk: a function that they can import.
    """

    def __init__(self, address: str, work: Work = solve_chunk):
        self.address = address
        self.pace = Pace()
        self._work = work

    def room(self, solver: Solver) -> None:
        """Each worker sees to its own."""

    def solve(self, solver: Solver, chunks: Sequence[Chunk]) -> Ended:
        """Each chunk with its arrays, in the order in which they end. Raises RunError where no cluster answers."""
        try:
            client = Client(self.address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise RunError(f"No Dask scheduler answers at {self.address}: {error}") from None
        with client:
            workers: Any = client.nthreads()
            threads = sum(workers.values())
            if not threads:
                raise RunError(f"The Dask cluster at {self.address} has no workers.")
            self.pace.workers = threads
            pool = client.get_executor(pure=False)
            try:
                work = partial(_solve, self._work, solver.plan)
                lost = []
                for chunk, future in as_they_end(pool, work, deque(chunks), threads):
                    if isinstance(future.exception(), KilledWorker):
                        lost.append(chunk)
                    else:
                        yield self.pace.take(chunk, future.result())
                for chunk in lost:
                    try:
                        yield self.pace.take(chunk, pool.submit(work, chunk).result())
                    except KilledWorker:
                        yield chunk, solver.set_aside(chunk, LOST.format(chunk))
            except (CancelledError, OSError, TimeoutError) as error:  # futures are cancelled when the scheduler is gone
                raise RunError(f"The Dask scheduler at {self.address} does not answer any more: {error!r}.") from None
            finally:
                pool.shutdown(wait=False)  # what was given out is cancelled with the client

    def close(self) -> None:
        """They are the cluster's, and stay."""


@contextmanager
def cluster_pool(address: str) -> Iterator[Executor]:
    """The workers of a cluster for whatever they can import. Raises RunError where none answers."""
    try:
        client = Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise RunError(f"No Dask scheduler answers at {address}: {error}") from None
    with client:
        pool = client.get_executor(pure=False)
        try:
            yield pool
        finally:
            pool.shutdown(wait=False)


def _solve(work: Work, plan: Plan, chunk: Chunk) -> Arrays:
    return work(plan, chunk, never)
