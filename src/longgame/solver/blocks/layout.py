"""Where the values of a game with independent blocks stand: one row for each state and each point of its own lattice.

Each state has a lattice of its own, over the blocks that matter there (``game.matters``): the product of the lattices
of these. Rows of a state lie side by side: a point is a number in mixed radix, a digit for each block that matters.
Where play leads from a state to another, no new block begins to matter.

Letters as in ``game.blocks``; P_d points of the lattice of block d, E columns of values.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from longgame.game.blocks import NOBODY, Blocks
from longgame.game.game import Game
from longgame.game.lattice import Lattice
from longgame.game.matters import matters
from longgame.game.numbers import Numbers

MOST_KNOWN = 24  # tables of payoffs, of which it is kept what they come to


@dataclass(frozen=True, eq=False)
class Layout:
    """The rows of values.

    blocks    of the game; ``lattices`` [D] over the worlds of each
    matters   [S, D] bool
    owners    for each value function, the blocks of which its owner knows: it has a column for each of their worlds;
              what is not known is expected under the public belief
    """

    blocks: Blocks
    lattices: tuple[Lattice, ...]
    matters: np.ndarray
    owners: tuple[tuple[int, ...], ...]

    @cached_property
    def points(self) -> np.ndarray:
        """[D] P_d."""
        return np.array([lattice.size for lattice in self.lattices], np.int64)

    @cached_property
    def stride(self) -> np.ndarray:
        """[S, D] what one step of a block's digit adds to the row; 0 where the block does not matter."""
        sizes = np.where(self.matters, self.points, 1)
        after = np.cumprod(sizes[:, ::-1], axis=1)[:, ::-1]
        return np.where(self.matters, after // sizes, 0)

    @cached_property
    def count(self) -> np.ndarray:
        """[S] how many rows each state has."""
        return np.prod(np.where(self.matters, self.points, 1), axis=1)

    @cached_property
    def first(self) -> np.ndarray:
        """[S] the first row of each state."""
        return np.cumsum(self.count) - self.count

    @cached_property
    def total(self) -> int:
        """All rows."""
        return int(self.count.sum())

    def rows(self, at: np.ndarray, states: np.ndarray | None = None) -> np.ndarray:
        """All rows of some states (all, if None), where those of a state begin ``at`` [S]."""
        count = self.count if states is None else self.count[states]
        begin = at if states is None else at[states]
        local = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(begin, count) + local

    # --- columns ----------------------------------------------------------------------------------------------------

    @cached_property
    def columns(self) -> tuple[np.ndarray, ...]:
        """For each function its columns: an array with an axis for each block of which its owner knows."""
        shapes = [tuple(self.blocks.sizes[d] for d in owner) for owner in self.owners]
        firsts = np.cumsum([0, *(prod(shape) for shape in shapes)])
        return tuple(
            np.arange(first, first + prod(shape)).reshape(shape) for first, shape in zip(firsts, shapes, strict=False)
        )

    @cached_property
    def width(self) -> int:
        """E."""
        return sum(some.size for some in self.columns)

    @cached_property
    def function_of(self) -> np.ndarray:
        """[E] whose column each is."""
        return np.repeat(np.arange(len(self.columns)), [some.size for some in self.columns])

    @cached_property
    def by_world(self) -> np.ndarray:
        """[functions, W] the column of each function in each world of the game."""
        of_world = self.blocks.of_world
        none = np.zeros(of_world.shape[1], np.int64)
        return np.array([
            columns[tuple(of_world[d] for d in owner)] if owner else none + columns
            for owner, columns in zip(self.owners, self.columns, strict=True)
        ])  # fmt: skip

    def mine(self, function: int, block: int) -> np.ndarray:
        """[n_d] the column of a function in each world of a block, where its owner knows of nothing else; the same in
        all if it does not know of that either."""
        columns = self.columns[function]
        if block != NOBODY and self.owners[function] == (block,):
            return columns
        return np.repeat(columns.reshape(-1)[:1], self.blocks.size_of(block))

    def own(self, block: int) -> tuple[np.ndarray, np.ndarray]:
        """[E] the world of a block that a column is for, -1 if for none; [E, n_d] the same column for each of them."""
        world = np.full(self.width, -1, np.int64)
        partner = np.repeat(np.arange(self.width)[:, None], self.blocks.size_of(block), axis=1)
        for owner, columns in zip(self.owners, self.columns, strict=True):
            if block in owner:
                axis = owner.index(block)
                in_turn = np.moveaxis(columns, axis, -1)
                world[in_turn] = np.arange(in_turn.shape[-1])
                partner[in_turn] = in_turn[..., None, :]
        return world, partner

    # --- what payoffs come to -----------------------------------------------------------------------------------------

    @cached_property
    def _known(self) -> OrderedDict[Hashable, Any]:
        return OrderedDict()

    def _once(self, key: Hashable, find: Callable[[], Any]) -> Any:
        """What payoffs come to, kept for a while: mostly they are the same in the next period."""
        if key not in self._known:
            self._known[key] = find()
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]

    def expected(self, table: np.ndarray) -> np.ndarray:
        """[total, E] payoffs [S, functions, W]: of each in each world that its owner can tell; read only."""
        return self._once((table.tobytes(),), lambda: self._expected(table))

    def _expected(self, table: np.ndarray) -> np.ndarray:
        found = np.empty((self.total, self.width))
        for states in self._alike:
            rows = self.first[states][:, None] + np.arange(int(self.count[states[0]]))
            for function, owner in enumerate(self.owners):
                parts = self._over(table[states, function], states[0], owner)
                parts = self._apart(parts, owner, 1)
                found[rows[..., None], self.columns[function].reshape(-1)] = self._at_points(parts, states[0], 1, 1)
        return found

    def paid(self, table: np.ndarray, states: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray, bool]:
        """What a step that tells of a block pays, by option a and world w of the block: rows [R, A, n, E].

        Also where the rows of each state begin [S], and whether there is one for each point: what is paid may rest on a
        third block. In the column of somebody who knows of the block itself it counts where the worlds agree.

        Args:
            table: [S, A, functions, W].
            states: those in which the step takes place.
            block: of which it tells, or NOBODY.
        """
        return self._once((table.tobytes(), states.tobytes(), block), lambda: self._paid(table, states, block))

    def _paid(self, table: np.ndarray, states: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray, bool]:
        A, n = table.shape[1], self.blocks.size_of(block)
        told = () if block == NOBODY else (block,)
        groups = [here for some in self._alike if len(here := np.intersect1d(some, states))]
        parts = []
        for group in groups:
            for function, owner in enumerate(self.owners):
                part = self._over(table[group, :, function], group[0], (*owner, *told))
                part = self._apart(self._apart(part, told, 2), [d for d in owner if d != block], 2)
                if block in owner:
                    part = self._spread(part, owner, block)
                parts.append((group, self.columns[function].reshape(-1), part))
        each = any(part.size > len(group) * A * part.shape[-1] * part.shape[-2] for group, _, part in parts)
        count = np.where(np.isin(np.arange(len(self.count)), states), self.count if each else 1, 0)
        at = np.cumsum(count) - count
        found = np.zeros((int(count.sum()), A, n, self.width))
        for group, columns, part in parts:
            rows = at[group][:, None] + np.arange(int(count[group[0]]))
            full = self._at_points(part, group[0], 2, 2) if each else part.reshape(len(group), A, 1, *part.shape[-2:])
            cells = rows[:, :, None, None, None], np.arange(A)[:, None, None], np.arange(n)[:, None], columns
            found[cells] = np.broadcast_to(np.moveaxis(full, 1, 2), (*rows.shape, A, n, len(columns)))
        return found, at, each

    @staticmethod
    def _apart(parts: np.ndarray, blocks: Sequence[int], lead: int) -> np.ndarray:
        """The axes of some blocks [.., x_0, .., x_D-1, ..] put together as a last one, and left with length 1."""
        moved = np.moveaxis(parts, [lead + d for d in blocks], range(-len(blocks), 0)) if blocks else parts[..., None]
        moved = moved.reshape(*moved.shape[: moved.ndim - max(len(blocks), 1)], -1)
        return np.expand_dims(moved, [lead + d for d in sorted(blocks)])

    def _spread(self, parts: np.ndarray, owner: Sequence[int], block: int) -> np.ndarray:
        """[.., n, columns] of an owner who knows of the block: from [.., n, columns of its other blocks]."""
        sizes = [1 if d == block else self.blocks.sizes[d] for d in owner]
        full = [self.blocks.sizes[d] for d in owner]
        lead = parts.shape[:-1]
        return np.broadcast_to(parts.reshape(*lead, *sizes), (*lead, *full)).reshape(*lead, -1)

    @cached_property
    def kind(self) -> np.ndarray:
        """[S] a number for each set of blocks that matter in a state."""
        return np.unique(self.matters, axis=0, return_inverse=True)[1].ravel()

    @cached_property
    def _alike(self) -> list[np.ndarray]:
        """The states, by which blocks matter there."""
        return [np.flatnonzero(self.kind == one) for one in range(int(self.kind.max()) + 1)]

    def _over(self, table: np.ndarray, state: int, kept: Sequence[int]) -> np.ndarray:
        """Payoffs [..., W] as [..., x_0, .., x_D-1]: x_d is n_d where a block is kept, else P_d, or 1 where it is no
        matter: the expectation under what is believed of it at each point of its lattice."""
        parts, lead = table[..., self.blocks.world_at], table.ndim - 1
        for d, lattice in enumerate(self.lattices):
            axis = lead + d
            if d in kept:
                continue
            one = parts.take([0], axis=axis)
            if not self.matters[state, d] or np.array_equal(np.broadcast_to(one, parts.shape), parts):
                parts = one
            else:
                parts = np.moveaxis(np.tensordot(parts, lattice.points, axes=([axis], [1])), -1, axis)
        return parts

    def _at_points(self, parts: np.ndarray, state: int, lead: int, own: int) -> np.ndarray:
        """The same at all points: [.., count, ..], with so many axes before and after those of the blocks."""
        sizes = np.where(self.matters[state], self.points, 1)
        before, after = parts.shape[:lead], parts.shape[parts.ndim - own :]
        return np.broadcast_to(parts, (*before, *sizes, *after)).reshape(*before, -1, *after)


def layout_of(game: Game, blocks: Blocks, numbers: Numbers) -> Layout:
    """The layout of the actors' values in a game, for one draw of the assumptions."""
    lattices = tuple(Lattice(size, game.lattice if size > 1 else 1) for size in blocks.sizes)
    periods = [numbers(t) for t in range(game.periods if game.timed else 1)]
    return Layout(blocks, lattices, matters(blocks, periods), known_to(blocks))


def known_to(blocks: Blocks) -> tuple[tuple[int, ...], ...]:
    """[N] the blocks that each actor knows of: one, or none."""
    return tuple(() if block == NOBODY else (block,) for block in blocks.of_actor)
