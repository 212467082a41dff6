"""Gambit's own collection of games: where its path follower and ours end apart, and which of them is on the branch.

    python tests/gambit/collection.py gambit REPOSITORY GAMBIT.jsonl    in an environment that has pygambit 16.7.0
    python tests/gambit/collection.py ours REPOSITORY OURS.jsonl
    python tests/gambit/collection.py settle REPOSITORY GAMBIT.jsonl OURS.jsonl SETTLED.jsonl
    python tests/gambit/collection.py summary GAMBIT.jsonl OURS.jsonl SETTLED.jsonl tests/gambit/collection.json

REPOSITORY is a checkout of gambitproject/gambit, whose games are under its own licence and are not kept here. Every
game and lambda is worked on in a process of its own, for no longer than so many seconds of the processor. Each result
is written down at once, and what is written down already is not done again.

1. ``gambit`` solves every .efg file at lambda 0.5, 2 and 10 with Gambit's ``logit_solve_lambda`` at its defaults.
2. ``ours`` solves them with ``solve_extensive``, and traces the branch independently (``tests/exact/tiny_steps.py``) at
   a moderate pace.
3. ``settle`` takes those in which the two differ by more than 1e-6. The branch is traced a hundred times as fine as
   ours. From Gambit's answer the curve is then traced with lambda falling, to see whether it comes from the principal
   branch, and where it left it.
4. ``summary`` keeps the differences with their verdicts.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

LAMBDAS = (0.5, 2.0, 10.0)
APART = 1e-6  # choice probabilities that are further apart differ; a lambda that is so far from the one asked for, too
SECONDS, SETTLING = 20, 900  # of the processor, for an answer and for settling a difference
MODERATE = (0.02, 0.1)  # ``Steps`` where nothing is to be settled
NEAR = 0.05  # choice probabilities of crossings that are the same, and their lambdas as a share
STOPPED = 1e-4  # how far from the branch Gambit may stop
KEYS = {
    "file": "in Gambit's repository",
    "asked": "lambda",
    "verdict": "see verdicts",
    "gambit_reached": "the lambda at which Gambit's answer is",
    "apart": "the largest difference of a choice probability between ours and Gambit's",
    "where": "the player, its information set and the action of that difference",
    "ours": "that probability in ours",
    "gambits": "that probability in Gambit's",
    "residual": "of ours: the largest difference from the logit response to all choices",
    "gambit_residual": "the same of Gambit's, at the lambda that it reached",
    "status": "of ours",
    "turns": "the lambdas at which ours turned",
    "crossings": "the lambdas at which ours crossed other branches",
    "tracing": "how the tracing in tiny steps ended: there, at the lambda asked for; lost; or too long",
    "steps": "of that tracing, a hundred times as fine as ours",
    "apart_from_tracing": "the largest difference of a choice probability between ours and that tracing",
    "tracing_turns": "the lambdas at which that tracing turned",
    "tracing_crossings": "the lambdas at which it crossed other branches",
    "stopped_off_branch": "where Gambit stopped short: how far from that tracing at the lambda it reached",
    "back": "where the curve through Gambit's answer leads, lambda falling: to the start (lambda = 0), or back there",
    "back_turns": "the lambdas at which that curve turns",
    "met": "the lambdas at which it meets the principal branch where that is crossed",
    "apart_from_polished": "ours against Gambit's after Newton's method",
    "choices": "ours, by player and number of the information set",
    "gambit_choices": "Gambit's",
}


def bounded(work: Callable[..., dict[str, Any]], *given: Any, seconds: int = SECONDS) -> dict[str, Any]:
    """What ``work`` finds in a process of its own; ``{"error": ...}`` if it fails or takes too long."""

    def run(end: Any) -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        began = time.process_time()
        try:
            found = work(*given)
        except Exception as error:  # whatever is refused
            found = {"error": f"{type(error).__name__}: {error}"[:200]}
        end.send(found | {"seconds": round(time.process_time() - began, 3)})

    context = multiprocessing.get_context("fork")
    mine, its = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(its,))
    process.start()
    its.close()
    try:
        found = mine.recv()
    except EOFError:
        found = {"error": f"more than {seconds} s"}
    process.join()
    return found


def done(path: Path) -> set[tuple[str, float]]:
    """What is written down already."""
    return {(row["file"], row["asked"]) for row in rows_of(path)} if path.exists() else set()


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def append(path: Path, row: dict[str, Any]) -> None:
    """One row more."""
    with path.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(row) + "\n")


# --- Gambit and ours -------------------------------------------------------------------------------------------------


def each(repository: Path, out: Path, work: Callable[[Path, float], dict[str, Any]]) -> None:
    """A row a game and lambda: ``{file, asked, seconds}`` and what is found, or ``error``."""
    before = done(out)
    for path in sorted(repository.rglob("*.efg")):
        name = path.relative_to(repository).as_posix()
        for asked in LAMBDAS:
            if (name, asked) not in before:
                append(out, {"file": name, "asked": asked} | bounded(work, path, asked))


def by_gambit(path: Path, asked: float) -> dict[str, Any]:
    """``{lambda, by_node}``: choice probabilities by the place of an information set's first node, depth first."""
    import pygambit  # pyright: ignore[reportMissingImports]

    game = pygambit.read_efg(str(path))
    [found] = pygambit.qre.logit_solve_lambda(game, [asked])
    numbers = iter(found[i] for i in range(len(found)))
    place = {node: i for i, node in enumerate(_depth_first(game.root))}
    by_node = {}
    for infoset in (infoset for player in game.players for infoset in player.infosets):
        first = min(place[node] for node in infoset.members)
        by_node[first] = [float(next(numbers)) for _ in infoset.actions]
    return {"lambda": float(found.lam), "by_node": by_node}


def _depth_first(root: Any) -> Iterator[Any]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack += [] if node.is_terminal else reversed(list(node.children))


def by_us(path: Path, asked: float) -> dict[str, Any]:
    """The same by us, and how far it is from a tracing at a moderate pace."""
    from longgame.exact.efg import read_efg
    from longgame.exact.extensive import check_perfect_recall
    from longgame.exact.histories import solve_extensive
    from tests.exact.tiny_steps import Equations, Steps, trace

    game = read_efg(path)
    check_perfect_recall(game)
    equations = Equations(game)
    solution = solve_extensive(game, asked)
    ours = {int(h): solution.choice(h) for h in equations.sets}
    traced = trace(equations, asked, Steps(*MODERATE), seconds=SECONDS * 0.6)
    return {
        "by_node": {place: ours[h].tolist() for place, h in first_places(game).items()},
        "status": solution.status.name,
        "residual": solution.residual,
        "turns": [share * asked for share in solution.turns],
        "crossings": [share * asked for share in solution.crossings],
        "traced": traced.ended,
        "apart_from_traced": apart(ours, equations.choices(traced.z)) if traced.ended == "there" else None,
    }


# --- differences -----------------------------------------------------------------------------------------------------


def pairs(gambit: Path, ours: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The rows of Gambit's and of ours for the same game and lambda, where there are both, and something to choose."""
    mine = {(row["file"], row["asked"]): row for row in rows_of(ours)}
    for row in rows_of(gambit):
        other = mine.get((row["file"], row["asked"]))
        if other is not None and row.get("by_node") and other.get("by_node"):
            yield row, other


def differ(gambit: dict[str, Any], ours: dict[str, Any]) -> bool:
    """Whether they do, in a choice or in the lambda that was reached."""
    return abs(gambit["lambda"] - gambit["asked"]) > APART or apart(gambit["by_node"], ours["by_node"]) > APART


def settle(repository: Path, gambit: Path, ours: Path, out: Path) -> None:
    """A row a difference: see ``KEYS``."""
    before = done(out)
    for theirs, mine in pairs(gambit, ours):
        where = theirs["file"], theirs["asked"]
        if where not in before and differ(theirs, mine):
            append(out, {"file": where[0], "asked": where[1]} | bounded(settled, repository, theirs, seconds=SETTLING))


def settled(repository: Path, gambit: dict[str, Any]) -> dict[str, Any]:
    """The branch traced a hundred times as fine, and where Gambit's answer comes from."""
    import numpy as np

    from longgame.exact.efg import read_efg
    from longgame.exact.histories import solve_extensive
    from tests.exact.tiny_steps import Equations, Steps, trace

    asked, at = gambit["asked"], gambit["lambda"]
    game = read_efg(repository / gambit["file"])
    equations = Equations(game)
    solution = solve_extensive(game, asked)
    ours = {int(h): solution.choice(h) for h in equations.sets}
    theirs = {h: np.array(gambit["by_node"][place]) for place, h in first_places(game).items()}
    h = max(ours, key=lambda h: float(np.abs(ours[h] - theirs[h]).max()))
    a = int(np.abs(ours[h] - theirs[h]).argmax())
    tracing = trace(equations, asked, seconds=SETTLING / 2)
    found: dict[str, Any] = {
        "gambit_reached": at,
        "apart": apart(ours, theirs),
        "where": [f"{game.owner[h] + 1}.{game.numbers[h]}", a + 1],
        "ours": float(ours[h][a]),
        "gambits": float(theirs[h][a]),
        "residual": solution.residual,
        "gambit_residual": equations.residual(theirs, at),
        "status": solution.status.name,
        "turns": [share * asked for share in solution.turns],
        "crossings": [share * asked for share in solution.crossings],
        "tracing": tracing.ended,
        "steps": tracing.steps,
        "tracing_turns": tracing.turns,
        "tracing_crossings": [lam for lam, _ in tracing.crossings],
        "choices": by_number(game, ours),
        "gambit_choices": by_number(game, theirs),
    }
    if tracing.ended == "there":
        found["apart_from_tracing"] = apart(ours, equations.choices(tracing.z))
    if abs(at - asked) > APART:
        upto = trace(equations, at, Steps(), seconds=SETTLING / 4) if at > 0 else None
        if upto is not None and upto.ended == "there":
            found["stopped_off_branch"] = apart(equations.choices(upto.z), theirs)
        return found
    z = equations.newton(equations.odds(theirs), at)
    if z is not None and apart(equations.choices(z), theirs) < NEAR:
        found["apart_from_polished"] = apart(ours, equations.choices(z))
        back = trace(equations, at, Steps(), start=(z, at), seconds=SETTLING / 4)
        found |= {"back": back.ended, "back_turns": back.turns}
        found["met"] = [
            lam
            for lam, z in back.crossings
            for other, w in tracing.crossings
            if abs(lam - other) < NEAR * lam and apart(equations.choices(z), equations.choices(w)) < NEAR
        ]
    return found


def first_places(game: Any) -> dict[str, int]:
    """Our information sets, by the place of their first node, depth first."""
    places, stack, place = {}, [0], 0
    while stack:
        node = stack.pop()
        h = int(game.infoset[node])
        if h >= 0:
            stack += [int(game.first_child[node]) + a for a in reversed(range(int(game.degree[node])))]
            if game.owner[h] >= 0 and h not in places.values():
                places[str(place)] = h
        place += 1
    return places


def by_number(game: Any, choices: dict[int, Any]) -> dict[str, list[float]]:
    """The same by the number of player and information set: ``{"1.2": [...]}``."""
    return {f"{game.owner[h] + 1}.{game.numbers[h]}": p.tolist() for h, p in choices.items()}


def apart(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> float:
    """The largest difference of a choice probability."""
    return max((abs(float(p) - float(q)) for h in one for p, q in zip(one[h], other[h], strict=True)), default=0.0)


# --- verdicts --------------------------------------------------------------------------------------------------------

VERDICTS = {
    "gambit stops short": "Gambit ends at a lambda under the one asked for, on the principal branch.",
    "gambit strays": "Gambit's answer is an equilibrium, but its curve does not come from the principal branch.",
    "gambit inexact": "The same equilibrium; Gambit's numbers are further than 1e-6 from it.",
    "at a crossing": "The principal branch runs through a point where others cross it, as in a symmetric game. Ours "
    "goes straight on; Gambit's answer is on a branch that leaves it there (traced back to that point).",
    "a later point": "Gambit's answer is a later point of the principal branch at the same lambda.",
    "ours strays": "Ours is not what the tracing in tiny steps comes to.",
    "unsettled": "The tracing in tiny steps took too long or was lost.",
}


def verdict(row: dict[str, Any]) -> str:
    """Of a row that differs: a key of ``VERDICTS``."""
    if row.get("tracing") != "there":
        return "unsettled"
    if row["apart_from_tracing"] > APART:
        return "ours strays"
    if abs(row["gambit_reached"] - row["asked"]) > APART:
        return "gambit stops short" if row.get("stopped_off_branch", 1.0) < STOPPED else "gambit strays"
    if row.get("apart_from_polished", 1.0) < APART:
        return "gambit inexact"
    if row.get("met"):
        return "at a crossing"
    return {"start": "a later point", "there": "gambit strays"}.get(row.get("back", ""), "unsettled")


def summary(gambit: Path, ours: Path, settled_rows: Path, out: Path) -> None:
    """Write the verdicts and their count."""
    mine = [row for row in rows_of(ours) if "error" not in row]
    both = list(pairs(gambit, ours))
    rows = [row | {"verdict": verdict(row)} for row in rows_of(settled_rows)]
    distances = [row["apart_from_traced"] for row in mine if row["traced"] == "there"]
    made = {
        "made_by": [line.strip() for line in (__doc__ or "").split("\n\n")[1].splitlines()],
        "pygambit": "16.7.0",
        "games": "gambitproject/gambit at commit 8883f7591cb86563b54be3fb00b8d2ab5ea91647",
        "summary": {
            "games": len({row["file"] for row in rows_of(ours)}),
            "lambdas": LAMBDAS,
            "solved_by_us": len(mine),
            "traced_independently": len(distances),
            "largest_distance_from_tracing": max(distances),
            "not_solved_by_us": _reasons(ours),
            "not_solved_by_gambit": _reasons(gambit),
            "compared": len(both),
            "compared_by_lambda": {str(asked): sum(row["asked"] == asked for row, _ in both) for asked in LAMBDAS},
            "agree": sum(not differ(*pair) for pair in both),
            "verdicts": dict(Counter(row["verdict"] for row in rows)),
        },
        "verdicts": VERDICTS,
        "keys": KEYS,
        "differences": [{key: row[key] for key in KEYS if key in row} for row in rows],
    }
    out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(made["summary"], indent=1))


def _reasons(rows: Path) -> dict[str, int]:
    """How many games and lambdas for each reason."""
    errors = [row["error"] for row in rows_of(rows) if "error" in row]
    return dict(Counter("imperfect recall" if "imperfect-recall" in error else error for error in errors))


def main(task: str, *paths: str) -> None:
    given = [Path(path) for path in paths]
    import_module("pygambit" if task == "gambit" else "tests.exact.tiny_steps")  # once, for all processes
    if task in ("gambit", "ours"):
        each(*given, work=by_gambit if task == "gambit" else by_us)  # type: ignore[misc]
    else:
        {"settle": settle, "summary": summary}[task](*given)


if __name__ == "__main__":
    main(*sys.argv[1:])
