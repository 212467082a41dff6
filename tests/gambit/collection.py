"""Gambit's own collection of games: where its path follower and ours end apart, and which of them is on the branch.

    python tests/gambit/collection.py answers REPOSITORY ANSWERS.jsonl    in an environment that has pygambit
    python tests/gambit/collection.py settle REPOSITORY ANSWERS.jsonl tests/gambit/collection.json

REPOSITORY is a checkout of gambitproject/gambit, whose games are under its own licence and are not kept here. The first
solves every .efg file in it with ``logit_solve_lambda`` at the default settings and lambda 0.5, 2 and 10. The second
solves them with the histories method, and settles each difference: the branch is traced a hundred times as fine, and
the game is solved again with payoffs that are a millionth off, for a few millionths drawn at random.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

LAMBDAS = (0.5, 2.0, 10.0)
APART = 1e-6  # choice probabilities that are further apart differ; a lambda that is so far from the one asked for, too
SECONDS = 60  # that Gambit is given for a game
FINER, OFF, TRIES = 100.0, 1e-6, 6


def gambit_answers(repository: Path, out: Path) -> None:
    """A line a game and lambda: ``{file, asked, lambda, by_node}``, or ``{file, asked, error}``."""
    import pygambit  # pyright: ignore[reportMissingImports]

    with out.open("w", encoding="utf-8") as lines:
        for path in sorted(repository.rglob("*.efg")):
            for asked in LAMBDAS:
                row: dict[str, Any] = {"file": path.relative_to(repository).as_posix(), "asked": asked}
                signal.alarm(SECONDS)
                try:
                    game = pygambit.read_efg(str(path))
                    [found] = pygambit.qre.logit_solve_lambda(game, [asked])
                    numbers = iter(found[i] for i in range(len(found)))
                    place = {node: i for i, node in enumerate(_depth_first(game.root))}
                    row |= {"lambda": found.lam, "by_node": {}}
                    for infoset in (infoset for player in game.players for infoset in player.infosets):
                        first = min(place[node] for node in infoset.members)
                        row["by_node"][first] = [next(numbers) for _ in infoset.actions]
                except Exception as error:  # whatever Gambit refuses, and what takes it too long
                    row["error"] = f"{type(error).__name__}: {error}"[:200]
                signal.alarm(0)
                lines.write(json.dumps(row) + "\n")


def _depth_first(root: Any) -> Iterator[Any]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack += [] if node.is_terminal else reversed(list(node.children))


def settle(repository: Path, answers: Path, out: Path) -> None:
    """Write the verdicts: see the keys of what is written."""
    import numpy as np

    from longgame.errors import ScenarioError
    from longgame.exact.efg import read_efg
    from longgame.exact.extensive import ExtensiveGame

    agree, refused, verdicts = 0, set(), []
    for line in answers.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if "error" in row:
            refused.add(row["file"])
            continue
        try:
            game = read_efg(repository / row["file"])
        except ScenarioError:  # imperfect recall
            refused.add(row["file"])
            continue
        theirs = {int(node): np.array(p) for node, p in row["by_node"].items()}
        order = depth_first_places(game)

        def apart(
            game: ExtensiveGame, precision: float, times: float = 1.0, theirs: Any = theirs, order: Any = order
        ) -> tuple[float, Any, dict[int, np.ndarray]]:
            by_set, found = choices(game, precision, times)
            ours = {node: by_set[int(game.infoset[order[node]])] for node in theirs}
            return max((float(np.abs(ours[n] - theirs[n]).max()) for n in theirs), default=0.0), found, ours

        off = apart(game, row["lambda"])[0]
        short = abs(row["lambda"] - row["asked"]) > APART
        if off <= APART and not short:
            agree += 1
            continue
        _, end, asked_ours = apart(game, row["asked"])
        times = FINER if not short and row["asked"] == max(LAMBDAS) else 10.0
        fine = apart(game, row["asked"], times)[2]
        rng = np.random.default_rng(0)
        reached = 0
        for _ in range(TRIES):
            shaken = replace(game, pay=game.pay + OFF * rng.normal(size=game.pay.shape) * (game.infoset < 0)[:, None])
            reached += apart(shaken, row["lambda"])[0] < 1e-3
        verdict = {
            "file": row["file"],
            "lambda": row["asked"],
            "gambit_reached": row["lambda"],
            "apart": off,
            "finer": times,
            "apart_from_finer": max((float(np.abs(asked_ours[n] - fine[n]).max()) for n in fine), default=0.0),
            "status": end.status.name,
            "crossings": [share * row["asked"] for share in end.crossings],
            "shaken_to_gambit": reached,
            "choices": {str(n): p.tolist() for n, p in asked_ours.items()},
        }
        verdicts.append(verdict)
        print({k: v for k, v in verdict.items() if k != "choices"}, flush=True)
    keys = {
        "apart": "largest difference of a choice probability, at the lambda that Gambit reached",
        "apart_from_finer": "the same from a tracing of ours that is `finer` times as fine, at the lambda asked for",
        "crossings": "the lambdas at which the branch runs through a point where others leave it",
        "shaken_to_gambit": f"of {TRIES} games with payoffs {OFF:g} off, in how many ours leads to Gambit's answer",
        "choices": "ours at the lambda asked for, by the place of an information set's first node, depth first",
    }
    made = {"pygambit": "16.7.0", "agree": agree, "refused": sorted(refused), "keys": keys, "verdicts": verdicts}
    out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def depth_first_places(game: Any) -> list[int]:
    """The nodes of a game of ours, depth first."""
    order, stack = [], [0]
    while stack:
        node = stack.pop()
        order.append(node)
        if game.infoset[node] >= 0:
            stack += [int(game.first_child[node]) + a for a in reversed(range(int(game.degree[node])))]
    return order


def choices(game: Any, precision: float, times: float = 1.0) -> tuple[dict[int, Any], Any]:
    """The choice probabilities of every information set, traced so many times as fine; and the branch."""
    from longgame.exact.tree import Tree
    from tests.exact.near_symmetry import trace

    sigma, found = trace(game, precision, times)
    tree = Tree(game, game.owner * 0.0)
    return {int(h): sigma[tree.slot_set == h] for h in tree.sets}, found


if __name__ == "__main__":
    if sys.argv[1] == "answers":
        gambit_answers(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        settle(*map(Path, sys.argv[2:5]))
