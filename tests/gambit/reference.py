"""Make the reference numbers with Gambit: run in an environment that has pygambit, not longgame.

    python tests/gambit/reference.py tests/gambit/games tests/gambit/reference.json

For every game and every lambda: the choice probabilities of Gambit's logit path follower, by player and name of the
information set. No times are kept, so that the file made again is the same. Made with pygambit 17.0.0b2, whose ways
of naming what is in a game differ from those of 16; what 16.7.0 found in the first 22 games differs by less than 1e-14.
"""

import json
import platform
import re
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
    labels, answers = labels_of(path), []
    for asked, result in zip(lambdas, results, strict=True):
        sets = [
            {"player": player, "label": label, "probabilities": dict(odds)}
            for player, own in labels.items()
            for label, (_, odds) in zip(own, result.profile[player], strict=True)
        ]
        answers.append({"lambda": asked, "lambda_reached": result.lam, "information_sets": sets})
    nodes = sum(line[:2] in ("p ", "c ", "t ") for line in path.read_text(encoding="utf-8").splitlines())
    return {"game": path.name, "nodes": nodes, "answers": answers}


def labels_of(path: Path) -> dict[str, list[str]]:
    """The names of the information sets of each player in the order of the tree: pygambit 17 does not tell them."""
    text = path.read_text(encoding="utf-8")
    players = re.findall(r'"([^"]*)"', text[text.index("{") : text.index("}")])
    sets: dict[str, dict[str, str]] = {player: {} for player in players}
    for player, number, label in re.findall(r'^p "[^"]*" (\d+) (\d+) "([^"]+)"', text, re.MULTILINE):
        sets[players[int(player) - 1]].setdefault(number, label)
    return {player: list(own.values()) for player, own in sets.items()}


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
