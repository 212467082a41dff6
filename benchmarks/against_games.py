"""Two published models of strategic choice, estimated by longgame and by the R package games, in turn.

    python benchmarks/against_games.py RSCRIPT [--rounds ROUNDS]

A line of JSON for each model: the median seconds of an estimate by each, and the log-likelihoods that they found. Both
search once, on one core, from their own starts, and work out errors from the Hessian. The package leaves its data.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from longgame.run.estimation import Estimation
from longgame.scenario.load import load

HERE = Path(__file__).parent
ESTIMATES = HERE.parent / "tests" / "cases" / "estimates"
SCENARIOS = {"war1800": "crisis", "leblang2003": "currency"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rscript", help="R with the package games 1.1.2")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [given.rscript, str(HERE / "against_games.R"), folder, str(given.rounds)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        for line in done.stdout.splitlines():
            theirs = json.loads(line)
            estimation = Estimation.of(
                load(str(ESTIMATES / f"{SCENARIOS[theirs['model']]}.yaml")), Path(folder) / f"{theirs['model']}.csv"
            )
            seconds, log = [], 0.0
            for _ in range(given.rounds + 1):
                began = time.perf_counter()
                log = estimation.fit(searches=1).maximum.log_likelihood
                seconds.append(time.perf_counter() - began)
            ours = {"seconds": float(np.median(seconds[1:])), "log_likelihood": log}
            size = {"rows": len(estimation.data.row), "coefficients": len(estimation.coefficients)}
            print(json.dumps({"model": theirs["model"], **size, "games": theirs, "longgame": ours}))


if __name__ == "__main__":
    main()
