"""What does the arithmetic of the steps: the kernel on processors, JAX on accelerators.

Both find the same. The kernel is compiled once for all games and works on NumPy arrays; JAX compiles every shape of
step, keeps arrays where the accelerator has them, and serves derivatives everywhere (``tangent``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Literal, NamedTuple

import numpy as np

from longgame.arrays import Array, jax
from longgame.game.game import GameTables
from longgame.game.lattice import Lattice
from longgame.solver import kernel, move, step
from longgame.solver.move import Choice, Move, Start
from longgame.solver.step import Rules

EngineName = Literal["kernel", "jax"]


class Engine(NamedTuple):
    """What is done with a period, from its end to its start.

    solve_step     as in ``move.py``, with None for a start where there is nothing nearer than uniform play
    evaluate_step  as in ``step.py``
    period_end     (tables, start, needed, over) -> values at the end of a period; see ``kernel.period_end``
    period_start   (ended, end_value, first, needed) -> values at its start; see ``kernel.period_start``
    """

    solve_step: Callable[..., Choice]
    evaluate_step: Callable[..., Array]
    period_end: Callable[..., Array]
    period_start: Callable[..., Array]


def engine(name: EngineName | None = None, threads: int | None = None) -> Engine:
    """The engine of this name; if None, the kernel, or JAX where it has an accelerator.

    threads  how many cores the kernel uses: all that there are, if None
    """
    if (name or ("jax" if accelerated() else "kernel")) == "jax":
        return Engine(_solve_step, step.evaluate_step, _period_end, _period_start)
    threads = kernel.cores() if threads is None else threads
    return Engine(
        partial(kernel.solve_step, threads=threads),
        partial(kernel.evaluate_step, threads=threads),
        kernel.period_end,
        kernel.period_start,
    )


def accelerated() -> bool:
    """Whether JAX computes on something else than processors."""
    return _has_plugin() and jax.default_backend() != "cpu"


@cache
def _has_plugin() -> bool:
    """Whether anything is installed that JAX would use beside processors; if not, JAX need not be imported to know."""
    return any(map(find_spec, ("jax_plugins", "libtpu"))) or bool(entry_points(group="jax_plugins"))


def at_hand(tables: Array) -> Array:
    """A tree of arrays as the engine of this machine takes them quickest: NumPy's, but on an accelerator."""
    return tables if accelerated() else jax.tree.map(np.asarray, tables)


# JAX wants a start of the right shape in any case. It makes new arrays for all that comes out, with values everywhere.


def _solve_step(rules: Rules, lattice: Lattice, problem: Move, start: Start | None, known: bool) -> Choice:
    if not rules.circular:
        start = None
    elif start is None:
        start = move.uniform_start(rules, lattice, problem)
    return move.solve_step(rules, lattice, problem, start, known)


def _period_end(tables: GameTables, start: Array, needed: Array = None, over: Array = None) -> Array:
    return step.period_end(tables.flow, tables.discount, start)


def _period_start(ended: Array, end_value: Array, first: Array, needed: Array = None) -> Array:
    return step.period_start(ended, end_value, first) if np.any(ended) else first
