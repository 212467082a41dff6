"""Logit Markov equilibria of random stochastic games by the package sgamesolver: made once, kept as numbers.

Run in an environment of its own: ``pip install sgamesolver==1.0.2``, then
``python tests/solver/stochastic_games_reference.py > tests/solver/stochastic_games.json``.
The games are those that ``random_game`` draws; the tests draw the same.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

np.NaN = np.nan  # which sgamesolver 1.0.2 still asks for

# (states, players, actions, discount, lambda, seed)
GAMES = [
    (2, 2, 2, 0.9, 2.0, 1), (5, 2, 3, 0.95, 5.0, 2), (10, 3, 2, 0.9, 4.0, 3), (8, 4, 2, 0.9, 3.0, 4),
    (20, 2, 3, 0.95, 3.0, 5), (30, 3, 2, 0.9, 3.0, 6), (30, 4, 2, 0.9, 2.0, 7),
]  # fmt: skip


def random_game(states: int, players: int, actions: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Payoffs [S, N, A, ...] and the odds of the next state [S, A, ..., S]."""
    rng = np.random.default_rng(seed)
    profiles = (actions,) * players
    payoff = rng.uniform(size=(states, players, *profiles))
    odds = rng.exponential(size=(states, *profiles, states))
    return payoff, odds / odds.sum(axis=-1, keepdims=True)


def main() -> None:
    import sgamesolver

    found = []
    for states, players, actions, discount, precision, seed in GAMES:
        payoff, odds = random_game(states, players, actions, seed)
        game = sgamesolver.SGame(
            payoff_matrices=list(payoff), transition_matrices=list(odds), discount_factors=[discount] * players
        )
        qre = sgamesolver.homotopy.QRE(game)
        qre.solver_setup(target_lambda=precision)
        qre.solver.verbose = 0
        began = time.perf_counter()
        qre.solve()
        seconds = time.perf_counter() - began
        equilibrium = qre.equilibrium
        found.append(
            {
                "states": states, "players": players, "actions": actions, "discount": discount, "lambda": precision,
                "seed": seed, "seconds": round(seconds, 3), "values": np.round(equilibrium.values, 12).tolist(),
            }
        )  # fmt: skip
        print(states, players, actions, round(seconds, 2), file=sys.stderr, flush=True)
    json.dump({"sgamesolver": "1.0.2", "games": found}, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
