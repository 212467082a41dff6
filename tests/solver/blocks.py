"""Random small games whose hidden variables fall into independent blocks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from longgame.game.blocks import NOBODY, Blocks
from longgame.game.game import CHANCE, Game
from tests.games import Part, Sketch


@dataclass(frozen=True)
class BlockShape:
    """How large a random game is; one actor for each block, and one who knows nothing."""

    sizes: tuple[int, ...] = (2, 2)
    states: int = 3
    options: int = 2
    periods: int = 1
    lattice: int = 4
    moves: int = 3
    becomes: bool = False
    pay: bool = True
    news: bool = True
    noise: str = "mistakes"


def draw_blocks(shape: BlockShape, seed: int, precision: float = 1.0) -> Game:
    """A game in which everybody's payoffs may rest on everybody's secrets, with news, a secret choice and an end."""
    rng = np.random.default_rng(seed)
    sizes, S, A = shape.sizes, shape.states, shape.options
    D, N, W = len(sizes), len(sizes) + 1, int(np.prod(sizes))
    of_world = np.array(np.unravel_index(np.arange(W), sizes))
    names = tuple(f"o{a}" for a in range(A))
    prior = reduce(np.multiply.outer, [rng.dirichlet(np.full(n, 4.0)) for n in sizes]).reshape(-1)

    def lottery() -> tuple[np.ndarray, np.ndarray]:
        return rng.integers(S, size=(S, A, 2)), rng.dirichlet(np.ones(2), size=(S, A))

    def pay() -> np.ndarray | None:
        return rng.normal(size=(S, A, N, W)) * 0.3 if shape.pay and rng.random() < 0.5 else None

    def guard() -> np.ndarray:
        return (rng.random((S, A)) < 0.8) | (np.arange(A) == rng.integers(A))

    def changes(block: int) -> np.ndarray:
        n = sizes[block]
        own = 0.7 * np.eye(n) + 0.3 * rng.dirichlet(np.ones(n), size=(S, A, n))
        others = np.all(np.delete(of_world[:, :, None] == of_world[:, None], block, axis=0), axis=0)
        return own[:, :, of_world[block]][..., of_world[block]] * others

    parts, steps = [], []
    for number in range(shape.moves):
        mover = (number + seed) % N
        block = mover if mover < D else NOBODY
        becomes = changes(block) if shape.becomes and number == 0 and block != NOBODY else None
        signal = (0,) * A if number == 2 and mover == D else None
        more = {"pay": pay(), "allowed": guard(), "becomes": becomes, "signal": signal}
        parts.append(Part(f"move {number}", mover, names, lottery=lottery(), **more))
        steps.append(block)
    if shape.news:
        block = int(rng.integers(D))
        odds = np.moveaxis(rng.dirichlet(np.full(A, 2.0), size=(S, sizes[block])), -1, 1)[..., of_world[block]]
        parts.insert(1, Part("news", CHANCE, names, lottery=lottery(), odds=odds, pay=pay()))
        steps.insert(1, block)
    cells = np.vstack([of_world, np.zeros((1, W), int)])
    game = Sketch(
        tuple(f"actor {i}" for i in range(N)), parts, states=S, worlds=tuple(f"w{w}" for w in range(W)), cells=cells,
        prior=prior, precision=precision * rng.uniform(0.5, 1.5, size=(N, 1)), discount=rng.uniform(0.7, 0.95, size=N),
        flow=rng.normal(size=(S, N, W)) * 0.5, end_value=rng.normal(size=(S, N, W)), ended=[S - 1],
        periods=shape.periods, lattice=shape.lattice, noise=shape.noise,
    ).build()  # fmt: skip
    blocks = Blocks(
        tuple((f"h{d}",) for d in range(D)), of_world, (*range(D), NOBODY), tuple(steps),
        (*(tuple(range(n)) for n in sizes), (0,)), (),
    )  # fmt: skip
    return replace(game, blocks=blocks)
