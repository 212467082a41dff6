"""Draws by threads of one process and by worker processes: how long, how busy the cores, what a draw costs.

    python benchmarks/draws.py SCENARIO DRAWS threads:2 processes:2 ...

The rate of the second half is that without the start of the workers. On a machine that does other work the figures say
little: compare runs that alternate.
"""

from __future__ import annotations

import os
import resource
import sys
import time

import longgame
from longgame.assessment.draws.executors import Threads
from longgame.assessment.draws.plan import Plan
from longgame.assessment.draws.processes import Processes
from longgame.assessment.draws.solver import Solver
from longgame.assessment.draws.store import Memory
from longgame.assessment.ensemble import solve_draws
from longgame.assessment.study import Study

KINDS = {"threads": Threads, "processes": Processes}


def processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(solver: Solver, kind: str, count: int) -> str:
    size, marks = solver.plan.size, []
    began, used = time.perf_counter(), processor_seconds()
    solve_draws(
        solver, Memory(solver.plan), KINDS[kind](count), lambda _, done, size: marks.append((done, time.perf_counter()))
    )
    wall, used = time.perf_counter() - began, processor_seconds() - used
    middle, at = next(mark for mark in marks if mark[0] >= size // 2)
    later = (size - middle) / (marks[-1][1] - at)
    return (
        f"{kind} {count}: {wall:.1f} s, {used / wall:.2f} cores busy, {size / wall:.1f} draws/s "
        f"({later:.1f} in the second half), {1000 * used / size:.0f} ms of processor a draw, "
        f"load {os.getloadavg()[0]:.1f}"
    )


def main(scenario: str, draws: str, *ways: str) -> None:
    study = Study.of(longgame.load(scenario))
    solver = Solver(study, Plan.of(study, int(draws), seed=0))
    solver.solve(next(solver.plan.chunks()))  # compiles
    for way in ways:
        kind, _, count = way.partition(":")
        print(measure(solver, kind, int(count)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
