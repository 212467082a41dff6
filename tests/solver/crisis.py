"""The dynamic crisis game of Crisman-Cox and Gibilisco (2018), from its published parameters and covariates.

Both states choose a hostility 1, 2 or 3 at once, every month; the next state is the larger of the two. Payoffs:

    u_i(s, a, b) = X_ij . beta_s [s > 1] + Z_i . kappa_a [a > 1] + gamma_s [a > 1 and b > 1] + alpha_i [b >= s > a]

Each action carries a shock of its own (noise is taste), lambda is 1 and the discount factor 0.9.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

DISCOUNT = 0.9
_X, _Z = ("const", "minpolity", "log_capratio", "sqrt_depend"), ("const", "log_gdppc", "log_milperpc")


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def dyads(folder: Path) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For each pair of states: payoffs [3, 2, 3, 3], published action values [2, 3, 3], counts of choices [2, 3, 3]."""
    given = {row["parameter"]: float(row["estimate"]) for row in rows_of(folder, "published_parameters")}
    countries = {row["country"]: row for row in rows_of(folder, "countries")}
    alpha = [value for name, value in given.items() if name.startswith("alpha")]
    gamma = [value for name, value in given.items() if name.startswith("gamma")]
    pairs = rows_of(folder, "dyads")
    values = np.zeros((len(pairs), 2, 3, 3))
    for row in rows_of(folder, "published_equilibrium_values"):
        place = (int(row[key]) - 1 for key in ("dyad", "player", "state", "action"))
        values[tuple(place)] = float(row["v"])
    counts = np.zeros((len(pairs), 2, 3, 3))
    for row in rows_of(folder, "panel"):
        for i in (0, 1):
            counts[int(row["dyad"]) - 1, i, int(row["state"]) - 1, int(row[f"action{i + 1}"]) - 1] += 1
    for d, pair in enumerate(pairs):
        payoff = np.zeros((3, 2, 3, 3))
        for i in (0, 1):
            country = countries[pair[f"country{i + 1}"]]
            audience = alpha[int(pair[f"country{i + 1}"]) - 1]
            for s, a, b in np.ndindex(3, 3, 3):  # a its own action, b the other's
                worth = sum(float(pair[f"x{i + 1}_{x}"]) * given[f"beta_state{s + 1}:{x}"] for x in _X) if s else 0.0
                worth += sum(float(country[f"z_{z}"]) * given[f"kappa_action{a + 1}:{z}"] for z in _Z) if a else 0.0
                worth += (gamma[s] if a and b else 0.0) + (audience if b >= s > a else 0.0)
                payoff[(s, i, a, b) if i == 0 else (s, i, b, a)] = worth
        yield payoff, values[d], counts[d]


def leads() -> np.ndarray:
    """[3, 3, 3, 3] the odds of the next state: it is the larger of the two actions."""
    odds = np.zeros((3, 3, 3, 3))
    for a, b in np.ndindex(3, 3):
        odds[:, a, b, max(a, b)] = 1.0
    return odds
