"""The game of the speed comparisons, of any size: by default the reference game of the method.

S = 1,000 states, B = 21 points of belief, W = 2 worlds, T = 12 periods, N = 4 actors who move once a period each, with
A = 4 options of L = 2 successors each. Actors 0 and 2 know the world, so at their moves the public learns, and play is
a fixed point; actors 1 and 3 do not. An option shifts the state by up to a fiftieth of all, to two neighbouring states
by lot, as an effect does that lands between two points of a grid. Payoffs are waves over the states, of another phase
for each actor and world, between 0 and 1 a period; precision is RATIONALITY by what they can come to over all periods.
That is low enough for every point to be easy, also for plain iteration: what is compared is speed, not what can be
solved.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from longgame.game.game import Game
from tests.games import Part, Sketch

REFERENCE = {"states": 1000, "worlds": 2, "lattice": 20, "periods": 12, "options": 4}
ACTORS = 4
SHIFT = 0.02  # of the states
RATIONALITY = 6.0
DISCOUNT = 0.95


def reference_game(
    *, states: int = 1000, worlds: int = 2, lattice: int = 20, periods: int = 12, options: int = 4, seed: int = 1
) -> Game:
    """The game with S, W, the resolution of the lattice, T and A as given."""
    rng = np.random.default_rng(seed)
    cells = np.zeros((ACTORS, worlds), int)
    cells[0] = cells[2] = np.arange(worlds)
    parts = []
    for mover in range(ACTORS):
        landed = np.arange(states)[:, None] + states * rng.uniform(-SHIFT, SHIFT, (states, options))
        low = np.clip(np.floor(landed), 0, states - 2).astype(int)
        share = np.clip(landed - low, 0.0, 1.0)
        lottery = np.stack([low, low + 1], axis=-1), np.stack([1 - share, share], axis=-1)
        names = tuple(f"o{a}" for a in range(options))
        parts.append(Part(f"move {mover}", mover, names, lottery=lottery))
    place = np.linspace(0, 1, states)[:, None, None]
    flow = 0.5 + 0.5 * np.sin(2 * np.pi * (place + rng.uniform(size=(ACTORS, worlds))))
    return Sketch(
        tuple(f"actor {i}" for i in range(ACTORS)),
        parts,
        states=states,
        worlds=tuple(f"w{w}" for w in range(worlds)),
        cells=cells,
        precision=RATIONALITY * (1 - DISCOUNT),
        discount=DISCOUNT,
        flow=flow,
        end_value=flow / (1 - DISCOUNT),
        periods=periods,
        lattice=lattice,
    ).build()
