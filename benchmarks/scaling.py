"""What a solution costs by the size of the game, and what share of the machine's peak it reaches.

    python benchmarks/scaling.py

Prints a line of JSON. One size is changed at a time, all others are those of the reference game, but with ``STATES``
states. Times are the quickest of ``ROUNDS`` solutions, warm, on all cores. Memory is that of the values and play of all
periods, which are kept, and the peak of a whole process at some numbers of states.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numba
import numpy as np
from reference_game import REFERENCE, reference_game

from longgame.solver.solution import Solution
from longgame.solver.solve import solve

ROUNDS = 2
STATES = 250  # where another size is changed
SIZES: dict[str, list[int]] = {
    "states": [250, 500, 1000, 2000],
    "lattice": [10, 20, 40],
    "worlds": [2, 3],
    "periods": [6, 12, 24],
    "options": [2, 4, 8],
}
LATTICE_OF_WORLDS = {2: 20, 3: 12}  # those by default: 21 and 91 points
PEAK_AT = (1000, 2000)  # states
COPIED = 2**25  # doubles: 256 MB, more than any cache but the largest
MULTIPLIED = 2**11  # doubles: in the first cache
CHAIN, TIMES = 32, 2**12  # multiply-adds on each: in registers, and how often


def quickest(work: Callable[[], Any], rounds: int = ROUNDS, *, warm: bool = False) -> float:
    """Seconds of the quickest of some calls, after one that does not count unless all is ``warm``."""
    if not warm:
        work()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def size_in_bytes(solution: Solution) -> int:
    """Of the values and the play of all periods."""
    plays = (play for period in solution.sigma for play in period if play is not None)
    return sum(np.asarray(x).nbytes for x in (*solution.U, *plays))


def measure(**sizes: int) -> dict[str, Any]:
    """One game."""
    sizes = REFERENCE | {"states": STATES} | sizes
    game = reference_game(**sizes)
    solution = solve(game)
    seconds = quickest(lambda: solve(game), warm=True)
    print(f"{sizes}: {seconds:.2f} s", file=sys.stderr, flush=True)
    return {
        **sizes,
        "points": solution.lattice.size,
        "seconds": seconds,
        "bytes": size_in_bytes(solution),
        "most_iterations": int(solution.iterations.max()),
        "converged": not solution.unconverged.any(),
    }


def one_at_a_time() -> dict[str, list[dict[str, Any]]]:
    """Each size by itself; worlds with the lattice that they have by default."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for name, values in SIZES.items():
        rows[name] = []
        for value in values:
            sizes = {name: value}
            if name == "worlds":
                sizes |= {"lattice": LATTICE_OF_WORLDS[value]}
            rows[name].append(measure(**sizes))
    return rows


def peak_memory(states: int) -> float:
    """Megabytes that a process needs at most to solve the reference game with so many states, from its start."""
    done = subprocess.run([sys.executable, __file__, "--peak", str(states)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def copy_rate() -> float:
    """Bytes a second read and written by all cores, each copying its part of an array too large for most caches."""
    source, target = np.ones(COPIED), np.zeros(COPIED)
    cores = len(os.sched_getaffinity(0))
    parts = [slice(n * COPIED // cores, (n + 1) * COPIED // cores) for n in range(cores)]
    with ThreadPoolExecutor(cores) as pool:
        seconds = quickest(lambda: list(pool.map(lambda part: np.copyto(target[part], source[part]), parts)), 5)
    return 2 * source.nbytes / seconds


def arithmetic_rate() -> float:
    """Multiplications and additions a second in the first cache of one core: chains of x = a x + b, by Numba."""

    @numba.njit(fastmath={"contract"})
    def chains(x: Any) -> None:
        for _ in range(TIMES):
            for n in range(x.size):
                one = x[n]
                for _ in range(CHAIN):
                    one = one * 0.999 + 0.001
                x[n] = one

    numbers = np.ones(MULTIPLIED)
    chains(numbers)
    return 2 * MULTIPLIED * CHAIN * TIMES / quickest(lambda: chains(numbers), 5)


def least_traffic(sizes: dict[str, Any]) -> float:
    """Bytes that any backward induction moves: at each move all values read once, values before it and play written."""
    doubles = sizes["points"] * sizes["states"]
    actors = moves = 4
    values = actors * sizes["worlds"] * doubles
    play = (sizes["worlds"] + 1) / 2 * sizes["options"] * doubles  # half of the movers know the world
    return 8.0 * sizes["periods"] * moves * (2 * values + play)


def least_arithmetic(sizes: dict[str, Any]) -> float:
    """Multiplications and additions without which there is no answer: two successors for each option and value, two
    points of the lattice where the belief moves, and the sum over options; searching for play is not counted."""
    values = 4 * sizes["worlds"] * sizes["points"] * sizes["states"] * sizes["options"]
    return sizes["periods"] * 4 * values * (2 * 2 + 2 * sizes["worlds"] / 2 + 2)


def main() -> None:
    if sys.argv[1:2] == ["--peak"]:
        solve(reference_game(states=int(sys.argv[2])))
        status = Path("/proc/self/status").read_text(encoding="ascii")  # ru_maxrss would count the parent's, too
        print(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1000)
        return
    rows = one_at_a_time()
    (reference,) = (row for row in rows["states"] if row["states"] == REFERENCE["states"])
    copied, multiplied, cores = copy_rate(), arithmetic_rate(), len(os.sched_getaffinity(0))
    print(
        json.dumps(
            {
                "rows": rows,
                "peak_megabytes": {str(states): peak_memory(states) for states in PEAK_AT},
                "machine": {"copy_bytes_per_second": copied, "operations_per_second": multiplied},
                "reference": {
                    "seconds": reference["seconds"],
                    "least_bytes": least_traffic(reference),
                    "least_operations": least_arithmetic(reference),
                    "share_of_copy_rate": least_traffic(reference) / reference["seconds"] / copied,
                    "share_of_arithmetic": least_arithmetic(reference) / reference["seconds"] / multiplied / cores,
                },
            }
        )
    )


if __name__ == "__main__":
    main()
