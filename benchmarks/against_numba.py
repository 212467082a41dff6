"""longgame against a hand-written Numba kernel: the reference game, on the cores there are.

    taskset -c 0 env NUMBA_NUM_THREADS=1 python benchmarks/against_numba.py    # one core
    python benchmarks/against_numba.py                                         # all

Prints a line of JSON. The two solve in turn; times are the median of ``ROUNDS`` solutions each, warm.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable

import kernel
import numba
import numpy as np
from reference_game import reference_game

from longgame.solver.solution import CONVERGED
from longgame.solver.solve import solve

ROUNDS = 7


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    game = reference_game()
    ours: dict[str, float] = {"first": seconds(lambda: solve(game))}
    theirs: dict[str, float] = {"first": seconds(lambda: kernel.solve(game, CONVERGED))}
    ways = (lambda: solve(game), lambda: kernel.solve(game, CONVERGED))
    times = [[seconds(way) for way in ways] for _ in range(ROUNDS)]
    ours["seconds"], theirs["seconds"] = map(statistics.median, zip(*times, strict=True))
    solution = solve(game)
    value, sigma, iterations = kernel.solve(game, CONVERGED)
    apart = max(
        float(np.abs(np.asarray(play) - sigma[t, k, :, : play.shape[1]]).max())
        for t, period in enumerate(solution.sigma)
        for k, play in enumerate(period)
        if play is not None
    )
    print(
        json.dumps(
            {
                "cores": len(os.sched_getaffinity(0)),
                "numba": numba.__version__,
                "longgame": ours | {"residual": float(solution.residual.max())},
                "kernel": theirs | {"iterations": int(iterations)},
                "ratio": theirs["seconds"] / ours["seconds"],
                "largest_difference_of_choice": apart,
                "largest_difference_of_value": float(np.abs(np.asarray(solution.U[0]) - value).max()),
            }
        )
    )


if __name__ == "__main__":
    main()
