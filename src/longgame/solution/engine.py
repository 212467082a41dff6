"""What does the arithmetic of the steps: the kernel on processors, JAX on accelerators.

Both find the same. The kernel is compiled once for all games and works on NumPy arrays; JAX compiles every shape of
step, keeps arrays where the accelerator has them, and serves derivatives everywhere (``tangent``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

import jax
import numpy as np

from longgame.arrays import Array
from longgame.game.lattice import Lattice
from longgame.solution import kernel, move, step
from longgame.solution.move import Choice, Move, Start
from longgame.solution.step import Rules

EngineName = Literal["kernel", "jax"]


class Engine(NamedTuple):
    """The two things that are done with a step; see ``move.solve_step`` and ``step.evaluate_step``.

    ``solve_step`` takes None for a start where there is nothing nearer than uniform play. To both an array can be given
    as ``out``, into which the values may be put.
    """

    solve_step: Callable[..., Choice]
    evaluate_step: Callable[..., Array]


def engine(name: EngineName | None = None, threads: int | None = None) -> Engine:
    """The engine of this name; if None, the kernel, or JAX where it has an accelerator.

    threads  how many cores the kernel uses: all that there are, if None
    """
    if (name or ("jax" if accelerated() else "kernel")) == "jax":
        return Engine(_solve_step, _evaluate_step)
    threads = kernel.cores() if threads is None else threads
    return Engine(partial(kernel.solve_step, threads=threads), partial(kernel.evaluate_step, threads=threads))


def accelerated() -> bool:
    """Whether JAX computes on something else than processors."""
    return jax.default_backend() != "cpu"


def at_hand(tables: Array) -> Array:
    """A tree of arrays as the engine of this machine takes them quickest: NumPy's, but on an accelerator."""
    return tables if accelerated() else jax.tree.map(np.asarray, tables)


def _solve_step(
    rules: Rules, lattice: Lattice, problem: Move, start: Start | None, known: bool, out: Array | None = None
) -> Choice:
    """JAX wants a start of the right shape in any case, and arrays of its own for what comes out."""
    if not rules.circular:
        start = None
    elif start is None:
        start = move.uniform_start(rules, lattice, problem)
    return move.solve_step(rules, lattice, problem, start, known)


def _evaluate_step(*args: Array, out: Array | None = None) -> Array:
    return step.evaluate_step(*args)
