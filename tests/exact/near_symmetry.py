"""Games that are all but symmetric, in which other equilibria come as close to the principal branch as the asymmetry.

    python tests/exact/near_symmetry.py [GAMES] [FIRST]

solves so many games (320 if not said; the first FIRST are left out) and the games of tests/gambit at six precisions
each, traces their branches independently (``tiny_steps``) and ten times as fine, and says in which the two end apart.
``test_near_symmetry`` does the same for a few.

Three kinds, each with 2 to 5 messages (or strategies) m, an asymmetry e from 1e-4 to 1e-1, and a precision above the
one at which the symmetric game has a pitchfork:

    talk         a sender of m types has m messages that cost nothing; both want the receiver to guess the type
    lies         the same with a true type on a line, quadratic losses, and a cost e of every false message
    coordination two choose among m at the same time, and want to choose alike
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from longgame.exact.efg import parse_efg, read_efg
from longgame.exact.extensive import ExtensiveGame
from longgame.exact.histories import ExtensiveSolution, solve_extensive
from longgame.exact.tree import Tree
from tests.exact.tiny_steps import Equations, Steps, Traced, trace

SAME = 1e-8  # choice probabilities that are closer are the same

Pay = Callable[[int, int, int], tuple[float, float]]  # by type, message and action


def signalling(types: int, messages: int, actions: int, pay: Pay, prior: np.ndarray) -> str:
    """A game in which a sender who knows its type sends a message, and a receiver acts."""
    lines = ['EFG 2 R "signalling" { "sender" "receiver" }']
    lines.append('c "" 1 "" { ' + " ".join(f'"t{i}" {p:.17f}' for i, p in enumerate(prior)) + " } 0")
    for t in range(types):
        lines.append(f'p "" 1 {t + 1} "type {t}" {{ ' + " ".join(f'"m{j}"' for j in range(messages)) + " } 0")
        for m in range(messages):
            lines.append(f'p "" 2 {m + 1} "after {m}" {{ ' + " ".join(f'"a{j}"' for j in range(actions)) + " } 0")
            for a in range(actions):
                one, two = map(float, pay(t, m, a))
                lines.append(f't "" {1 + a + actions * (m + messages * t)} "" {{ {one!r}, {two!r} }}')
    return "\n".join(lines)


def simultaneous(first: np.ndarray, second: np.ndarray) -> str:
    """Two choose a row and a column; payoffs [m, m] each."""
    m = len(first)
    names = " ".join(f'"s{j}"' for j in range(m))
    lines = ['EFG 2 R "simultaneous" { "row" "column" }', f'p "" 1 1 "" {{ {names} }} 0']
    for i in range(m):
        lines.append(f'p "" 2 1 "" {{ {names} }} 0')
        lines += [f't "" {1 + j + m * i} "" {{ {float(first[i, j])!r}, {float(second[i, j])!r} }}' for j in range(m)]
    return "\n".join(lines)


def near_symmetric(seed: int) -> tuple[ExtensiveGame, float, str]:
    """A game, its precision, and what it is."""
    rng = np.random.default_rng(seed)
    m, kind = 2 + seed % 4, ("talk", "lies", "coordination")[seed // 4 % 3]
    e = float(10.0 ** rng.uniform(-4, -1))
    precision = float(rng.uniform(1.2, 4.0)) * m
    off = rng.normal(size=(2, m, m, m)) * e
    if kind == "coordination":
        text = simultaneous(np.eye(m) + off[0, 0], np.eye(m) + off[1, 0])
    elif kind == "lies":
        place, guess = np.linspace(0, 1, m), np.linspace(0, 1, 2 * m - 1)
        text = signalling(
            m, m, 2 * m - 1,
            lambda t, s, a: (-4 * (place[t] - guess[a]) ** 2 - e * (s != t), -4 * (place[t] - guess[a]) ** 2),
            np.full(m, 1 / m),
        )  # fmt: skip
    else:
        prior = np.full(m, 1 / m) + 0.1 * e * np.linspace(-1, 1, m)
        text = signalling(m, m, m, lambda t, s, a: ((a == t) + off[0, t, s, a], (a == t) + off[1, t, s, a]), prior)
    return parse_efg(text), precision, f"{seed}: {kind}, {m} by {m}, asymmetry {e:.1e}, lambda {precision:.2f}"


def judged(game: ExtensiveGame, precision: float, times: float = 10.0) -> tuple[ExtensiveSolution, Traced, float]:
    """The solution, a tracing so many times as fine, and the largest difference between their choice probabilities."""
    solution, equations = solve_extensive(game, precision), Equations(game)
    traced = trace(equations, precision, Steps(change=0.1 / times, vary=0.5 / times))
    if traced.ended != "there":
        return solution, traced, np.inf
    choices = equations.choices(traced.z)
    return solution, traced, max(float(np.abs(solution.choice(h) - p).max()) for h, p in choices.items())


def every_game(games: int) -> Iterator[tuple[ExtensiveGame, float, str]]:
    """What is traced: games, their precisions, and what they are."""
    yield from map(near_symmetric, range(games))
    for path in sorted((Path(__file__).parents[1] / "gambit" / "games").glob("*.efg")):
        game = read_efg(path)
        steep = 200 / Tree(game, np.ones(len(game.owner))).heat
        for precision in (0.5, 2.0, 5.0, 20.0, 50.0, steep):
            yield game, precision, f"{path.stem}, lambda {precision:.2f}"


def main(games: int = 320, first: int = 0) -> int:
    differ = count = 0
    for game, precision, name in islice(every_game(games), first, None):
        solution, traced, apart = judged(game, precision)
        count += 1
        differ += apart > SAME
        said = f"{solution.status.name}, traced in {traced.steps} steps: {traced.ended}, apart {apart:.1e}"
        print(f"{name}: {said}{'  DIFFERENT' if apart > SAME else ''}", flush=True)
    print(f"{differ} of {count} differ.")
    return differ


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])) > 0)
