"""Make the reference numbers with Gambit: run in an environment that has pygambit, not longgame.

    python tests/gambit/reference.py tests/gambit/games tests/gambit/reference.json

For every game and every lambda: the choice probabilities of Gambit's logit path follower, by player and name of the
information set. No times are kept, so that the file made again is the same. Results of pygambit 16.4 to 16.7 cannot
be asked for their profile (that raises an error), so they are indexed by integers: by player, information set and
action.
"""

import json
import platform
import sys
import time
from pathlib import Path

import pygambit

LAMBDAS = [0.5, 1.0, 2.0, 5.0]
FURTHER = {"two_repliers.efg": [50.0, 100.0]}  # its principal branch turns back at 61.7 and again at 34.3
FIRST_STEP, MAX_ACCELERATION = 0.01, 1.05  # smaller than the defaults, for accuracy


def solve(path: Path) -> dict:
    game = pygambit.read_efg(str(path))
    lambdas = LAMBDAS + FURTHER.get(path.name, [])
    results = pygambit.qre.logit_solve_lambda(game, lambdas, first_step=FIRST_STEP, max_accel=MAX_ACCELERATION)
    answers = []
    for asked, result in zip(lambdas, results, strict=True):
        numbers = iter(result[i] for i in range(len(result)))
        sets = [
            {
                "player": player.label,
                "label": infoset.label,
                "probabilities": {action.label: next(numbers) for action in infoset.actions},
            }
            for player in game.players
            for infoset in player.infosets
        ]
        answers.append({"lambda": asked, "lambda_reached": result.lam, "information_sets": sets})
    return {"game": path.name, "nodes": len(list(game.nodes)), "answers": answers}


def main(folder: str, out: str) -> None:
    games = []
    for path in sorted(Path(folder).glob("*.efg")):
        began = time.perf_counter()
        games.append(solve(path))
        print(f"{path.name}: {games[-1]['nodes']} nodes, {time.perf_counter() - began:.3f} s", flush=True)
    made = {
        "made_by": "python tests/gambit/reference.py tests/gambit/games tests/gambit/reference.json",
        "call": f"pygambit.qre.logit_solve_lambda(game, lambdas, first_step={FIRST_STEP}, "
        f"max_accel={MAX_ACCELERATION})",
        "pygambit": pygambit.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {platform.system()}",
        "games": games,
    }
    Path(out).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
