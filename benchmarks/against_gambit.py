"""The histories method against Gambit's logit path follower, on the same games, by size.

    python benchmarks/against_gambit.py GAMBIT_PYTHON OUT.json [--limit SECONDS]

GAMBIT_PYTHON is an interpreter that has pygambit (``make check-gambit`` makes one). The games are signalling games of
two types in which informed and uninformed move in turn, with random payoffs in [0, 1], from 15 nodes upwards. Each is
solved at lambda = 1 by both, one after the other, until Gambit needs more than the limit; then longgame goes on alone.
Times of longgame are the median of repeated solutions in one process, all but reading the file; times of Gambit are one
call of ``logit_solve_lambda`` with its default settings.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import numpy as np

from longgame.exact.efg import read_efg
from longgame.exact.efg_write import write_efg
from longgame.exact.extensive import CHANCE, ExtensiveGame, Listed
from longgame.exact.histories import ExtensiveSolution, solve_extensive

PRECISION = 1.0
MOVES = (2, 3, 4, 5, 6, 7, 8, 12, 15)
REPEATS = 9

GAMBIT = """
import json, re, sys, time
import pygambit
game = pygambit.read_efg(sys.argv[1])
began = time.perf_counter()
[result] = pygambit.qre.logit_solve_lambda(game, [float(sys.argv[2])])
seconds = time.perf_counter() - began
sets = dict.fromkeys(re.findall('^p "" ([0-9]+) [0-9]+ "([^"]+)"', open(sys.argv[1]).read(), re.MULTILINE))
labels = [label for player in ("1", "2") for by, label in sets if by == player]  # pygambit 17 does not tell them
found = [[p for _, p in odds] for player in game.players for _, odds in result.profile[player]]
odds = dict(zip(labels, found, strict=True))
print(json.dumps({"seconds": seconds, "version": pygambit.__version__, "odds": odds}))
"""


def alternating_game(moves: int, seed: int = 0) -> ExtensiveGame:
    """Two types; an informed and an uninformed player move in turn, ``moves`` times, two actions each."""
    rng = np.random.default_rng(seed)
    parent, move, infoset, chance = [[-1]], [[-1]], [[0]], [[1.0]]
    owner, actions, labels = [CHANCE], [("strong", "weak")], ["type"]
    prior = rng.dirichlet([5.0, 5.0])
    nodes = np.array([1, 2])
    parent.append([0, 0])
    move.append([0, 1])
    chance.append(prior.tolist())
    types, history = np.array([0, 1]), np.array([0, 0])
    for level in range(moves):
        informed = level % 2 == 0
        key = history * 2 + types if informed else history
        found, sets = np.unique(key, return_inverse=True)
        infoset.append((len(owner) + sets).tolist())
        for value in found.tolist():
            past = f"{value // 2 if informed else value:0{level}b}" if level else ""
            owner.append(0 if informed else 1)
            actions.append(("up", "down"))
            labels.append(f"after {past or 'nothing'}" + (f", {('strong', 'weak')[value % 2]}" if informed else ""))
        first = int(nodes[-1]) + 1
        parent.append(np.repeat(nodes, 2).tolist())
        move.append([0, 1] * len(nodes))
        chance.append([1.0] * (2 * len(nodes)))
        types, history = np.repeat(types, 2), np.repeat(history * 2, 2) + np.tile([0, 1], len(nodes))
        nodes = np.arange(first, first + 2 * len(nodes))
    infoset.append([-1] * len(nodes))
    pay = np.zeros((int(nodes[-1]) + 1, 2))
    pay[nodes] = rng.uniform(size=(len(nodes), 2)).round(6)
    return Listed(
        title=f"Two types, {moves} moves in turn",
        players=["informed", "uninformed"],
        parent=np.concatenate(parent),
        move=np.concatenate(move),
        infoset=np.concatenate(infoset),
        pay=pay,
        chance=np.concatenate(chance),
        owner=owner,
        actions=actions,
        labels=labels,
    ).arranged()


def ours(path: Path) -> tuple[dict, ExtensiveSolution]:
    game = read_efg(path)
    solution = solve_extensive(game, PRECISION)
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        solution = solve_extensive(game, PRECISION)
        times.append(time.perf_counter() - began)
    row = {"seconds": statistics.median(times), "residual": solution.residual, "passes": solution.passes}
    return row, solution


def gambits(python: str, path: Path, limit: float) -> dict | None:
    command = [python, "-c", GAMBIT, str(path), str(PRECISION)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=True)
    except subprocess.TimeoutExpired:
        return None
    return json.loads(done.stdout)


def difference(solution: ExtensiveSolution, theirs: dict) -> float:
    """The largest difference in choice probability."""
    game = solution.game
    sets = [h for h in range(len(game.owner)) if game.owner[h] != CHANCE]
    return max(float(np.abs(solution.choice(h) - theirs["odds"][game.labels[h]]).max()) for h in sets)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gambit_python", help="none: longgame alone")
    parser.add_argument("out", type=Path)
    parser.add_argument("--limit", type=float, default=150.0, help="seconds after which Gambit is stopped")
    given = parser.parse_args()
    rows, version, patient = [], None, given.gambit_python != "none"
    with tempfile.TemporaryDirectory() as folder:
        for moves in MOVES:
            game = alternating_game(moves)
            path = Path(folder) / f"{moves}.efg"
            path.write_text(write_efg(game), encoding="utf-8")
            row, solution = ours(path)
            row = {"moves": moves, "nodes": game.nodes, "longgame": row, "gambit": None}
            if patient:
                theirs = gambits(given.gambit_python, path, given.limit)
                if theirs is None:
                    row["gambit"] = {"seconds": None, "stopped_after": given.limit}
                    patient = False
                else:
                    version = theirs["version"]
                    row["gambit"] = {"seconds": theirs["seconds"], "largest_difference": difference(solution, theirs)}
                    row["ratio"] = theirs["seconds"] / row["longgame"]["seconds"]
            rows.append(row)
            print(json.dumps(row), flush=True)
    made = {
        "made_by": "python benchmarks/against_gambit.py GAMBIT_PYTHON OUT.json " + f"--limit {given.limit:g}",
        "lambda": PRECISION,
        "pygambit": version,
        "python": sys.version.split()[0],
        "numpy": metadata.version("numpy"),
        "scipy": metadata.version("scipy"),
        "processor": processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "games": rows,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def processor() -> str:
    """The name of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


if __name__ == "__main__":
    main()
