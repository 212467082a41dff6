"""How likely what was observed of plays of a game without an end is, in many draws of its assumptions.

Play is the same in every period, and nothing is hidden. So the chance of what was seen in some periods is worked out
back from the last of them, each on the tree of one period (``exact/stationary_batch``):

    L_t(s) = chance of what was seen in period t and of what comes after it, from the state s at its start,
    L_t = 1 after the last period of which anything was seen

Draws that differ only in where play starts share an equilibrium. Each is found first by the solver of a single draw, on
the principal branch or near the play that the scenario gives, and kept on its branch from there on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from longgame.arrays import Array
from longgame.exact import passes
from longgame.exact.belief_tree import tree_of
from longgame.exact.exact_batch import ExactBatch, each_array, of_draws
from longgame.exact.passes import Numbers
from longgame.exact.stationary_batch import StationaryBatch
from longgame.game.numbers import GameTables
from longgame.game.tables import Tables
from longgame.inference.fits import Fit, Seen
from longgame.inference.likelihood import DrawNumbers, Kind, Records, nodes_of
from longgame.solver.stationary.places import places_of
from longgame.solver.stationary.public import PublicGame
from longgame.solver.stationary.solve import play_given

_EXACT = 1e-9  # residual of an equilibrium near which Newton's method begins


@dataclass(frozen=True, eq=False)
class EndlessFit(Fit):
    """What is seen of a play over some periods: the first of them as of ``Fit``, and those after it.

    later  of each further period: what is seen there, and whether a game that is over before it fits what is seen from
           there on
    """

    later: Sequence[tuple[Fit, bool]] = ()

    @classmethod
    def of(cls, batch: ExactBatch, roots: Sequence[int], seen: Seen, *, goes_on: bool = False) -> EndlessFit:
        """Some observations on the tree of a period."""
        last = max((piece.period for piece in seen), default=0)
        fits = []
        for t in range(last + 1):
            now = tuple(replace(piece, period=0) for piece in seen if piece.period == t)
            fits.append(Fit.of(batch, roots, now, goes_on=t < last))
        over = [all(piece.negative for piece in seen if piece.period >= t) for t in range(1, last + 1)]
        return cls(fits[0].nodes, fits[0].roots, list(zip(fits[1:], over, strict=True)))

    def likelihood(
        self, batch: ExactBatch, numbers: Numbers, z: Array, after: Mapping[int, np.ndarray] | None = None
    ) -> Array:
        """[roots, W, X] the chance of what was seen, from each root."""
        assert isinstance(batch, StationaryBatch)
        for fit, over in reversed(self.later):
            found = fit.likelihood(batch, numbers, z, after)
            fits = np.full_like(found[0], float(over))
            ends = {n: fits for n, node in enumerate(batch.nodes) if node.kind == passes.END}
            after = ends | {n: found[r] for n, r in batch.ends.items()}
        return super().likelihood(batch, numbers, z, after)


class EndlessRecords(Records):
    """Records of plays of one game without an end, in which nothing is hidden."""

    def _parts(self, numbers: DrawNumbers) -> list[tuple[Kind, np.ndarray]]:
        valid = np.flatnonzero(numbers.valid)
        return [(self._kind(key, numbers, some), some) for key, some in numbers.alike(valid, starts=False)]

    def _kind(self, key: bytes, numbers: DrawNumbers, draws: np.ndarray) -> Kind:
        known = self._kinds.get(key)
        if known is not None and not set(_starts(numbers, draws)) <= set(known.states):
            del self._kinds[key]
        return super()._kind(key, numbers, draws)

    def _made(self, numbers: DrawNumbers, draws: np.ndarray) -> Kind:
        one = numbers.one(int(draws[0]))
        states = sorted({*places_of(self.game, one(0)).again.tolist(), *_starts(numbers, draws)})
        period = replace(self.game, periods=1, forever=False)
        tree = tree_of(period, one, [(0, 0, s) for s in states], self.most, alike=True)
        plain = ExactBatch(tree, self.noise, self.game.noise == "tastes")
        nodes = nodes_of(plain, one, states)
        batch = StationaryBatch(tree, plain.noise, plain.tastes, states, nodes)
        return Kind(batch, states, nodes, [EndlessFit.of(batch, nodes, some) for some in self.seen])

    def _solve(
        self, kind: Kind, numbers: DrawNumbers, draws: np.ndarray, rows: np.ndarray
    ) -> tuple[Array, np.ndarray, Numbers, GameTables]:
        batch, directions = kind.batch, numbers.directions
        assert isinstance(batch, StationaryBatch)
        real, carried = numbers.real(rows), numbers.carried(rows) if directions else None
        plain, prior = batch.tree.numbers(real, np.asarray), np.asarray(real(0).prior)
        moving = plain if carried is None else batch.tree.numbers(carried, np.asarray)
        first, which = _alike(moving, numbers.theta[rows][:, self._steering])

        some, before = of_draws(plain, first), self._before(kind, draws[first])

        def begin(lost: np.ndarray) -> Array:
            if self.game.near and before is not None:  # the play that was meant ends: no other is looked for
                return np.full((len(batch.unknown), len(lost)), np.nan)
            return np.stack([self._begin(batch, numbers, int(rows[first[n]])) for n in lost.tolist()], axis=1)

        found = batch.solve(some, prior[:, first], before, begin)
        self._remember(kind, dict(zip(draws.tolist(), which.tolist(), strict=True)), found, some, prior[:, first])
        if carried is None:
            return found.z[:, which], found.solved[which], plain, real(0)
        few = each_array(moving, lambda x: x[..., first, :])
        z = batch.turned(few, np.asarray(carried(0).prior)[:, first], found)
        solved = found.solved & np.isfinite(z).all(axis=(0, 2))
        return z[:, which], solved[which], moving, carried(0)

    def _begin(self, batch: StationaryBatch, numbers: DrawNumbers, g: int) -> Array:
        """Where to look for the equilibrium of a draw."""
        one, theta = numbers.one(g), numbers.theta[g]
        near = play_given(self.game, theta, one) if self.game.near else None
        return batch.begin(PublicGame.of(self.game, one(0)).solve(near, near is not None, _EXACT))

    @cached_property
    def _steering(self) -> list[int]:
        """The assumptions that the play rests on near which equilibria are looked for."""
        assert isinstance(self.game.tables, Tables)
        nodes = [node for options in self.game.near.values() for node in options.values()]
        used = self.game.tables.plan.symbols.used(*nodes)
        return [p for p, name in enumerate(self.game.assumptions) if name in used]


def _starts(numbers: DrawNumbers, draws: np.ndarray) -> list[int]:
    """The states in which play starts in some of the draws."""
    index, weight = (np.asarray(x)[draws] for x in numbers.starts)
    return np.unique(index[weight > 0.0]).astype(int).tolist()


def _alike(numbers: Numbers, beside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first of the draws that agree in all numbers and in what stands ``beside`` them [G, ..], and for each draw
    which of these [G] it is like."""
    G = len(beside)
    parts = [beside, *(x for name, x in zip(Numbers._fields, numbers, strict=True) if name != "which")]
    axes = [0, *(x.ndim - (2 if numbers.discount.ndim == 4 else 1) for x in parts[1:])]
    rows = [np.moveaxis(x, axis, 0).reshape(G, -1).view(np.float64) for x, axis in zip(parts, axes, strict=True)]
    table = np.ascontiguousarray(np.concatenate(rows, axis=1))
    found: dict[bytes, int] = {}
    which = np.array([found.setdefault(row.tobytes(), len(found)) for row in table])
    return np.unique(which, return_index=True)[1], which
