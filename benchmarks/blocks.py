"""Many private actors: one solution, its time, its memory, and how far its choices are off.

    python benchmarks/blocks.py SCENARIO [--lattice R] [--beside R]

Prints a line of JSON. Choices are compared at the prior, in every state and at every move of the first period, with
those on the lattice of resolution ``--beside``.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from longgame.game.compile import compile
from longgame.game.game import CHANCE
from longgame.run.budget import bytes_needed
from longgame.scenario.load import load
from longgame.solver.blocks.solution import BlockSolution
from longgame.solver.blocks.solve import solve_blocks


def choices(solution: BlockSolution) -> np.ndarray:
    """All choices of the first period at the prior, where they are open."""
    game, now, found = solution.game, solution.tables(0), []
    for k, step in enumerate(game.steps):
        states = np.flatnonzero(now.steps[k].active)
        if step.mover != CHANCE and len(states):
            prior = np.broadcast_to(solution.prior, (len(states), len(solution.prior)))
            found.append(solution.odds(0, k, states, prior).ravel())
    return np.concatenate(found)


def main() -> None:
    """Measure one scenario."""
    parser = argparse.ArgumentParser()
    parser.add_argument("scenario")
    parser.add_argument("--lattice", type=int)
    parser.add_argument("--beside", type=int)
    given = parser.parse_args()
    file = Path(given.scenario)
    scenario = load(file if file.exists() else given.scenario)
    if given.lattice:
        scenario = scenario.model_copy(update={"solver": scenario.solver.model_copy(update={"lattice": given.lattice})})
    game = compile(scenario)
    solve_blocks(game, since=game.periods - 1)  # programs are loaded, or compiled
    began = time.process_time()
    solution = solve_blocks(game)
    seconds = time.process_time() - began
    memory = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    off = None
    if given.beside:
        there = solve_blocks(replace(game, lattice=given.beside))
        apart = np.abs(choices(solution) - choices(there))
        off = {"largest": float(apart.max()), "mean": float(apart.mean())}
    sizes = {"states": len(game.ended), "worlds": len(game.worlds), "periods": game.periods, "lattice": game.lattice}
    told = {"seconds": seconds, "bytes": memory, "bytes told": bytes_needed(game), "status": solution.status.name}
    print(json.dumps({"scenario": scenario.title, **sizes, **told, "off": off}))


if __name__ == "__main__":
    main()
