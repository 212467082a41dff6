"""Random stochastic games for ever, all choosing at once: how long the principal branch takes, beside sgamesolver.

    python -m benchmarks.stochastic

The times of sgamesolver 1.0.2 (compiled, its own defaults) are those that
``tests/solver/stochastic_games_reference.py`` noted when it made the numbers of the tests; run it again on the machine
at hand to compare. Measured one after the other on one core of a machine with other work, 29 November 2026:

    states  players  actions   sgamesolver   longgame   values differ by
         2        2        2        0.11 s     0.04 s             1e-7
         5        2        3        0.23 s     0.34 s             2e-8
        10        3        2        0.36 s     0.11 s            2e-12
         8        4        2        0.30 s     0.17 s             1e-9
        20        2        3        0.94 s     0.31 s             2e-8
        30        3        2        2.75 s     0.51 s             1e-8
        30        4        2        4.25 s     0.74 s             5e-9

At 30 states longgame is 4 to 6 times as quick, at a few states as quick. It checks at each step that no other branch
came between, and ends at a residual below 1e-12; sgamesolver stops within 1e-7 of the precision asked for.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np

from longgame.solver.curve.continuation import follow
from tests.solver.stochastic import stochastic
from tests.solver.stochastic_games_reference import random_game

KNOWN = Path(__file__).parents[1] / "tests" / "solver" / "stochastic_games.json"
ROW = "{:>6} {:>8} {:>8} {:>11.2f} s {:>8.2f} s {:>18.0e}"


def main() -> None:
    print("states  players  actions   sgamesolver   longgame   values differ by")
    for known in json.loads(KNOWN.read_text(encoding="utf-8"))["games"]:
        payoff, odds = random_game(known["states"], known["players"], known["actions"], known["seed"])
        game = stochastic(payoff, odds, known["discount"], known["lambda"])
        began = time.perf_counter()
        branch = follow(game)
        seconds = time.perf_counter() - began
        value = game.respond(branch.end.log_odds, 1.0).value[: known["states"]]
        apart = np.abs(value - np.array(known["values"])).max()
        print(ROW.format(known["states"], known["players"], known["actions"], known["seconds"], seconds, apart))


if __name__ == "__main__":
    main()
