"""Random stochastic games for ever, all choosing at once: how long the principal branch takes, beside sgamesolver.

    python -m benchmarks.stochastic

The times of sgamesolver 1.0.2 (compiled, its own defaults) that are printed are those that
``tests/solver/stochastic_games_reference.py`` noted when it made the numbers of the tests; run it again on the machine
at hand to compare. Measured side by side on one core, 30 November 2026, in processor time, the least of four runs:

    states  players  actions   sgamesolver   longgame   times as fast   values differ by
         2        2        2        0.014 s    0.014 s             1.0               1e-7
         5        2        3        0.036 s    0.034 s             1.1               2e-8
        10        3        2        0.046 s    0.039 s             1.2              2e-12
         8        4        2        0.049 s    0.040 s             1.2               1e-9
        20        2        3        0.137 s    0.046 s             3.0               2e-8
        30        3        2        0.385 s    0.076 s             5.1               1e-8
        30        4        2        0.617 s    0.091 s             6.8               5e-9

The larger the game, the larger the gain. longgame checks at each step that no other branch came between, and ends at a
residual below 1e-12; sgamesolver stops within 1e-7 of the precision asked for. Without the sparsity of its linear
systems (several columns told from one derivative) longgame takes twice as long from 20 states on.
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
        began = time.process_time()
        branch = follow(game)
        seconds = time.process_time() - began
        value = game.respond(branch.end.log_odds, 1.0).value[: known["states"]]
        apart = np.abs(value - np.array(known["values"])).max()
        print(ROW.format(known["states"], known["players"], known["actions"], known["seconds"], seconds, apart))


if __name__ == "__main__":
    main()
