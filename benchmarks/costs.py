"""What `check` says a run takes, beside what it does take, for shipped scenarios.

    python benchmarks/costs.py [SCENARIO ...] [--draws N] [--many N]

Prints a line of JSON for each scenario, all shipped ones if none is named. The truth is told from a run of few draws,
in a process of its own: what it takes beside its draws, and for each of the many the time of a draw in the chunks after
the first. Time is that of the processor, memory the most that was held at a time. Variants of a scenario and steps to
the posterior are left out of both.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from longgame.answers.assess import assess
from longgame.answers.checkup import checkup
from longgame.report import render
from longgame.run.executors import Threads
from longgame.run.solver import Solver
from longgame.run.study import Study
from longgame.scenario import library
from longgame.scenario.load import load
from longgame.scenario.model import Scenario

LARGE = 60.0  # seconds told: of such a scenario few draws are solved
FEW = 8


def scenario_of(name: str) -> Scenario:
    """A shipped scenario, or one in a file, without its variants."""
    scenario = load(Path(name) if Path(name).exists() else name)
    return scenario.model_copy(update={"variants": {}})


def told(name: str, draws: int) -> dict[str, Any]:
    """What the check says, and how long it takes to say it once the game is compiled and programs are loaded."""
    study = Study.of(scenario_of(name))
    began = time.process_time()
    estimate = checkup(study, draws=draws).estimate
    return {"told": estimate.seconds, "bytes told": estimate.bytes, "check": time.process_time() - began}


def true(name: str, draws: int, many: int) -> dict[str, Any]:
    """What a run takes."""
    chunks: list[tuple[float, int]] = []
    solve = Solver.solve

    def timed(self: Solver, chunk: Any, *more: Any) -> Any:
        began = time.thread_time()
        found = solve(self, chunk, *more)
        chunks.append((time.thread_time() - began, chunk.size))
        return found

    Solver.solve = timed  # type: ignore[method-assign]
    scenario = scenario_of(name)
    answers = assess(scenario, draws=draws, executor=Threads(), temper=False)
    render(answers.to_json(), scenario)
    later = chunks[1:] or chunks
    each = sum(seconds for seconds, _ in later) / sum(size for _, size in later)
    rest = time.process_time() - sum(seconds for seconds, _ in chunks)
    held = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"true": rest + many * each, "draw": each, "bytes": held}


def alone(*arguments: str) -> dict[str, Any]:
    """One of these in a process of its own."""
    done = subprocess.run([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    """Measure some scenarios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenarios", nargs="*")
    parser.add_argument("--draws", type=int, default=64, help="that are solved; of a large scenario, few are")
    parser.add_argument("--many", type=int, default=128, help="for which both are told")
    parser.add_argument("--part", choices=("told", "true"))
    given = parser.parse_args()
    if given.part:
        [name] = given.scenarios
        print(json.dumps(told(name, given.many) if given.part == "told" else true(name, given.draws, given.many)))
        return
    for name in given.scenarios or library.names():
        said = alone(name, "--part", "told", "--many", str(given.many))
        draws = given.draws if said["told"] < LARGE else min(FEW, given.draws)
        found = alone(name, "--part", "true", "--draws", str(draws), "--many", str(given.many))
        memory = alone(name, "--part", "told", "--many", str(draws)) if draws < given.many else said
        print(json.dumps({"scenario": name, **said, **found, "bytes told": memory["bytes told"]}), flush=True)


if __name__ == "__main__":
    main()
