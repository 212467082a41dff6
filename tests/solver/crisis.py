"""The dynamic crisis game of Crisman-Cox and Gibilisco (2018), from its published parameters and covariates.

Both states choose a hostility 1, 2 or 3 at once, every month; the next state is the larger of the two. Payoffs:

    u_i(s, a, b) = X_ij . beta_s [s > 1] + Z_i . kappa_a [a > 1] + gamma_s [a > 1 and b > 1] + alpha_i [b >= s > a]

Each action carries a shock of its own (noise is taste), lambda is 1 and the discount factor 0.9.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

STATES, ACTIONS = ("peace", "crisis", "war"), ("none", "some", "extreme")
_X, _Z = ("const", "minpolity", "log_capratio", "sqrt_depend"), ("const", "log_gdppc", "log_milperpc")


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def dyads(folder: Path) -> Iterator[tuple[dict[str, float], np.ndarray, np.ndarray]]:
    """For each pair of states: assumptions, published action values [2, 3, 3], counts of choices [2, 3, 3].

    Both arrays are by player, state and action. The assumptions are those of ``crisis.yaml``: what covariates and
    published coefficients come to, and the published choice probabilities to start from.
    """
    given = {row["parameter"]: float(row["estimate"]) for row in rows_of(folder, "published_parameters")}
    countries = {row["country"]: row for row in rows_of(folder, "countries")}
    alpha = [value for name, value in given.items() if name.startswith("alpha")]
    gamma = [value for name, value in given.items() if name.startswith("gamma")]
    pairs = rows_of(folder, "dyads")
    values, counts = np.zeros((len(pairs), 2, 3, 3)), np.zeros((len(pairs), 2, 3, 3))
    for row in rows_of(folder, "published_equilibrium_values"):
        values[tuple(int(row[key]) - 1 for key in ("dyad", "player", "state", "action"))] = float(row["v"])
    for row in rows_of(folder, "panel"):
        for i in (0, 1):
            counts[int(row["dyad"]) - 1, i, int(row["state"]) - 1, int(row[f"action{i + 1}"]) - 1] += 1
    for d, pair in enumerate(pairs):
        theta = {f"both_in_{state}": gamma[s] for s, state in enumerate(STATES)}
        for i, who in enumerate(("first", "second")):
            country = countries[pair[f"country{i + 1}"]]
            theta[f"audience_{who}"] = alpha[int(pair[f"country{i + 1}"]) - 1]
            for s in (2, 3):
                worth = sum(float(pair[f"x{i + 1}_{x}"]) * given[f"beta_state{s}:{x}"] for x in _X)
                theta[f"{STATES[s - 1]}_{who}"] = worth
            for a in (2, 3):
                worth = sum(float(country[f"z_{z}"]) * given[f"kappa_action{a}:{z}"] for z in _Z)
                theta[f"{ACTIONS[a - 1]}_{who}"] = worth
            odds = np.exp(values[d, i])
            odds /= odds.sum(axis=1, keepdims=True)
            for s, a in product(range(3), (1, 2)):
                theta[f"{who}_{ACTIONS[a]}_in_{STATES[s]}"] = float(odds[s, a])
        yield theta, values[d], counts[d]
