"""Random small games for the properties, and what may be done to a game without changing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from longgame.game.game import CHANCE, Game, GameTables, Step, StepTables
from longgame.game.lattice import Lattice
from longgame.game.states import States
from tests.games import Part, Sketch


@dataclass(frozen=True)
class Shape:
    """How large a random game is. ``public``: every actor knows the world."""

    worlds: int = 2
    actors: int = 2
    states: int = 3
    options: int = 3
    periods: int = 2
    lattice: int = 3
    changes: bool = True
    public: bool = False
    noise: str = "mistakes"


TWO, THREE = Shape(), Shape(worlds=3, actors=3, periods=1, changes=False)


def seeds() -> st.SearchStrategy[int]:
    """Of the numbers of a game."""
    return st.integers(0, 2**32 - 1)


def draw_game(shape: Shape, seed: int, precision: float = 2.0) -> Game:
    """A game with a secret among its signals, news, guards, lotteries, an end, and an aim that may change."""
    rng = np.random.default_rng(seed)
    S, N, W, A = shape.states, shape.actors, shape.worlds, shape.options
    names = tuple(f"o{a}" for a in range(A))

    def lottery() -> tuple[np.ndarray, np.ndarray]:
        return rng.integers(S, size=(S, A, 2)), rng.dirichlet(np.ones(2), size=(S, A))

    def pay() -> np.ndarray:
        return rng.normal(size=(S, A, N, W)) * 0.5

    def guard() -> np.ndarray:
        return (rng.random((S, A)) < 0.7) | (np.arange(A) == rng.integers(A))

    becomes = 0.7 * np.eye(W) + 0.3 * rng.dirichlet(np.ones(W), size=(S, A, W))
    secret = (0, 0, *range(1, A - 1)) if A > 2 else tuple(range(A))
    odds = np.moveaxis(rng.dirichlet(np.ones(A), size=(S, W)), -1, 1)
    parts = [
        Part("speak", 0, names, lottery=lottery(), allowed=guard(), pay=pay()),
        Part("news", CHANCE, names, lottery=lottery(), odds=odds),
        Part("answer", 1, names, lottery=lottery(), allowed=guard(), pay=pay(), active=np.arange(S) != S - 2),
        # What is done in secret changes no public state, from which it could be told.
        Part("hide", 0, names, signal=secret, becomes=becomes if shape.changes else None, pay=pay(), allowed=guard()),
    ]
    cells = np.zeros((N, W), int)
    cells[range(N) if shape.public else [0, -1]] = np.arange(W)
    cells[1] = np.arange(W) if shape.public else 0
    return Sketch(
        tuple(f"actor {i}" for i in range(N)), parts, states=S, worlds=tuple(f"w{w}" for w in range(W)), cells=cells,
        prior=rng.dirichlet(np.full(W, 3.0)), precision=precision * rng.uniform(0.5, 1.5, size=(N, 1)),
        discount=rng.uniform(0.7, 0.95, size=N), flow=rng.normal(size=(S, N, W)) * 0.5,
        end_value=rng.normal(size=(S, N, W)), ended=[S - 1], periods=shape.periods, lattice=shape.lattice,
        noise=shape.noise,
    ).build()  # fmt: skip


def numbers_of(game: Game) -> GameTables:
    """The numbers of a game, which here are the same in all periods."""
    return game.tables(game.base, 0)


def with_numbers(game: Game, **changed) -> Game:
    """The game with some of its tables replaced."""
    tables = numbers_of(game)._replace(**changed)
    return replace(game, tables=lambda theta, t: tables)


# --- other names for the same things ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Names:
    """Permutations: the new n-th actor, option (of every step), world or state is the old ``actors[n]`` and so on."""

    actors: Sequence[int]
    options: Sequence[int]
    worlds: Sequence[int]
    states: Sequence[int]

    def points(self, lattice: Lattice) -> np.ndarray:
        """[B] the old index of each new lattice point."""
        old = lattice.points[:, np.argsort(self.worlds)]
        return np.array([int(np.abs(lattice.points - belief).max(axis=1).argmin()) for belief in old])


def renamed(game: Game, names: Names) -> Game:
    """The same game with other names for everything in it."""
    pa, po, pw, ps = (np.array(p) for p in (names.actors, names.options, names.worlds, names.states))
    actor, state = np.argsort(pa), np.argsort(ps)  # old -> new
    tables = numbers_of(game)

    def step_tables(step: StepTables) -> StepTables:
        return StepTables(
            active=step.active[ps],
            allowed=step.allowed[ps][:, po],
            pay=None if step.pay is None else step.pay[ps][:, po][:, :, pa][..., pw],
            weight=step.weight[ps][:, po],
            successor=state[step.successor[ps][:, po]].astype(np.int32),
            becomes=None if step.becomes is None else step.becomes[ps][:, po][:, :, pw][..., pw],
            chance=None if step.chance is None else step.chance[ps][:, po][..., pw],
        )

    def step_rules(step: Step) -> Step:
        return replace(
            step,
            mover=step.mover if step.mover == CHANCE else int(actor[step.mover]),
            next=tuple(step.next[a] for a in po),
            signal=_numbered(step.signal[a] for a in po),
            stays=tuple(step.stays[a] for a in po),
        )

    new = tables._replace(
        steps=tuple(step_tables(step) for step in tables.steps),
        flow=tables.flow[ps][:, pa][:, :, pw],
        end_value=tables.end_value[ps][:, pa][:, :, pw],
        discount=tables.discount[pa],
        precision=tables.precision[pa][:, pw],
        stake=tables.stake[pa],
        prior=tables.prior[pw],
        start_index=state[tables.start_index].astype(np.int32),
    )
    return replace(
        game,
        actors=tuple(game.actors[i] for i in pa),
        worlds=tuple(game.worlds[w] for w in pw),
        cells=np.array([_numbered(row) for row in game.cells[pa][:, pw]]),
        states=States(game.states.variables, game.states.codes[ps]),
        ended=game.ended[ps],
        steps=tuple(step_rules(step) for step in game.steps),
        tables=lambda theta, t: new,
    )


def _numbered(labels) -> tuple[int, ...]:
    """Labels numbered in the order in which they first occur."""
    seen: dict[int, int] = {}
    return tuple(seen.setdefault(int(label), len(seen)) for label in labels)
