"""Draws by threads of one process, by worker processes and by Dask workers: how long, how busy, what a draw costs.

    python benchmarks/draws.py SCENARIO DRAWS threads:2 processes:2 dask:2 ...

Prints a line of JSON for each way. The rate of the second half is that without the start of the workers. On a machine
that does other work the figures say little: compare runs that alternate.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import longgame
from longgame.answers.ensemble import solve_draws
from longgame.run.executors import ChunkExecutor, Threads
from longgame.run.plan import Plan
from longgame.run.processes import Processes
from longgame.run.solver import Solver
from longgame.run.store import Memory
from longgame.run.study import Study


def processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(solver: Solver, kind: str, count: int) -> dict[str, Any]:
    """All draws of a plan once, by so many workers of a kind."""
    size, marks = solver.plan.size, []
    with workers(kind, count) as executor:
        began, used = time.perf_counter(), processor_seconds()
        solve_draws(
            solver, Memory(solver.plan), executor, lambda _, done, size: marks.append((done, time.perf_counter()))
        )
        wall = time.perf_counter() - began
    used = processor_seconds() - used  # with worker processes that have ended
    middle, at = next(mark for mark in marks if mark[0] >= size // 2)
    later = (size - middle) / (marks[-1][1] - at) if middle < size else None
    return {
        "kind": kind,
        "workers": count,
        "draws": size,
        "seconds": wall,
        "draws_per_second": size / wall,
        "in_the_second_half": later,
        "cores_busy": used / wall,
        "processor_seconds_per_draw": used / size,
        "load": os.getloadavg()[0],
    }


@contextmanager
def workers(kind: str, count: int) -> Iterator[ChunkExecutor]:
    """Who solves: threads, processes, or the workers of a Dask cluster on this machine, of one thread each."""
    if kind == "threads":
        yield Threads(count)
    elif kind == "processes":
        with closing(Processes(count)) as processes:
            yield processes
    elif kind == "dask":
        from distributed import LocalCluster

        from longgame.run.cluster import Cluster

        with LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None, env={"NPROC": "1"}) as cluster:
            yield Cluster(cluster.scheduler_address)
    else:
        raise ValueError(f"expected threads, processes or dask, found {kind}")


def main(scenario: str, draws: str, *ways: str) -> None:
    study = Study.of(longgame.load(scenario))
    solver = Solver(study, Plan.of(study, int(draws), seed=0))
    solver.solve(next(solver.plan.chunks()))  # compiles
    for way in ways:
        kind, _, count = way.partition(":")
        print(json.dumps(measure(solver, kind, int(count))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
