"""The exact equilibria of many draws of one game at once, and how they move with the assumptions.

A game that was observed many times is solved for every case: draws in which the same can happen, of one small game.
They share the tree of beliefs (``belief_tree``), and each response of everybody to everybody (``passes``) is worked out
for all of them together, node by node, with the draws as the last axes of every array.

1. Equilibrium. The log-odds z that move beliefs are a fixed point z = R(z). Newton's method finds it,

       z <- z + (1 - dR/dz)^-1 (R(z) - z)

   from the log-odds of earlier numbers nearby where those are known, so that the branch is kept; else along the
   principal branch, from uniform play at a share of 0 of the precision to a share of 1, each draw at a pace of its own.
   A step after which play is far from where it was expected is taken back and halved. On the principal branch the
   determinant of 1 - dR/dz, which is 1 at uniform play, stays positive as long as it does not turn; where it is not, a
   draw counts as not solved. Without private knowledge nothing moves a belief, and one response is the equilibrium;
   but the log-odds of those who choose at the same time are of such a fixed point too.
2. Derivatives. dz = (1 - dR/dz)^-1 dR/dtheta v, the implicit function theorem: one linear system for each draw.
3. All derivatives of a response are taken by complex steps: f(x + i h v) = f(x) + i h f'(x) v, with an h so small that
   nothing is lost to rounding or to higher orders (Squire and Trapp 1998, SIAM Review 40).

Letters as in ``passes``; X the axes of the draws: [G], or [G, V] with directions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from longgame.arrays import Array
from longgame.exact.passes import Numbers
from longgame.exact.search import CLOSE, FAR, FIRST, LEAST
from longgame.exact.tree_batch import TreeBatch

STEP = 1e-20  # h
FAR_FROM_BASE = 0.5  # a probability that is so far from that of earlier numbers is looked at again
TIGHT = 1e-11  # residuals of log-odds, relative where those are large
MOST_NEWTON = 25
MOST_ROUNDS = 400  # steps along the branch
MOST_STEPS, SHORTEST = 60, 1e-3  # from earlier numbers to others: how many, and the shortest part of the way


@dataclass(frozen=True, eq=False)
class Equilibria:
    """The equilibria of G draws.

    z       [D, G] log-odds
    bend    [G, U, U] 1 - dR/dz of the log-odds that are unknown; None where there are none
    solved  [G] bool
    sign    [G] of the determinant of bend, which tells branches from each other where they turn
    """

    z: Array
    bend: Array | None
    solved: Array
    sign: Array | None = None


Begin = Callable[[Array], Array]
"""Positions of draws [n] -> log-odds [D, n] to begin at; NaN where there is no equilibrium."""


class Before(NamedTuple):
    """Equilibria of earlier numbers: log-odds z [D, G], the sign [G] of the determinant there, those numbers [.., G]
    and the prior [W, G]."""

    z: Array
    sign: Array
    numbers: Numbers
    prior: Array

    def some(self, draws: Array) -> Before:
        """Those of some of the draws."""
        return Before(self.z[:, draws], self.sign[draws], of_draws(self.numbers, draws), self.prior[:, draws])

    @classmethod
    def joined(cls, parts: Sequence[Before]) -> Before:
        """Those of several, one after the other."""
        z, sign, numbers, prior = zip(*parts, strict=True)
        fields = zip(Numbers._fields, zip(*numbers, strict=True), strict=True)
        joined = Numbers(*(x[0] if name == "which" else np.concatenate(x, axis=-1) for name, x in fields))
        return cls(np.concatenate(z, axis=1), np.concatenate(sign), joined, np.concatenate(prior, axis=1))


@dataclass(frozen=True, eq=False)
class ExactBatch(TreeBatch):
    """A tree, from the start of the game on, in which many draws are solved together."""

    # --- 1. equilibrium ----------------------------------------------------------------------------------------------

    @property
    def unknown(self) -> Array:
        """[D] bool: the log-odds that the others answer to."""
        return self.tree.unknown

    def solve(
        self, numbers: Numbers, prior: Array, before: Before | None = None, begin: Begin | None = None
    ) -> Equilibria:
        """The equilibria of draws with numbers [.., G] and prior [W, G], on the branch of earlier ones where these are.

        Where Newton's method does not lead there at once, the numbers are changed from the earlier ones bit by bit.
        ``begin`` says near which log-odds those of some draws are that have none before, or are lost; without it the
        principal branch is followed.
        """
        draws = numbers.discount.shape[2]
        if not self.unknown.any():
            z = self.respond(numbers, prior, np.zeros((len(self.unknown), draws)))
            return Equilibria(z, None, np.isfinite(z).all(axis=0))

        def anew(rows: Array) -> Equilibria:
            some, priors = of_draws(numbers, rows), prior[:, rows]
            if begin is None:
                return self._follow(some, priors)
            return self._settle(some, priors, begin(rows), np.ones(len(rows)))

        if before is None:
            return anew(np.arange(draws))
        found = self._near(numbers, prior, before.z, before.sign)
        lost = np.flatnonzero(~found.solved)
        if len(lost):
            _put(found, lost, self._gradually(of_draws(numbers, lost), prior[:, lost], before.some(lost)))
        lost = np.flatnonzero(~found.solved)
        if len(lost):
            _put(found, lost, anew(lost))
        return found

    def _near(self, numbers: Numbers, prior: Array, z: Array, sign: Array) -> Equilibria:
        """The equilibria next to log-odds z [D, G], if they lie on the same branch."""
        found = self._settle(numbers, prior, z, np.ones(z.shape[1]))
        found.solved[np.abs(self._plays(found.z) - self._plays(z)).max(axis=0) > FAR_FROM_BASE] = False
        found.solved[found.sign != sign] = False
        return found

    def _gradually(self, numbers: Numbers, prior: Array, before: Before) -> Equilibria:
        """From earlier numbers to these along a straight line, each draw in steps that are halved where one fails."""
        z, draws = before.z.copy(), before.z.shape[1]
        way, stride = np.zeros(draws), np.full(draws, 0.5)
        found = Equilibria(z, np.zeros((draws, *[int(self.unknown.sum())] * 2)), np.zeros(draws, bool), np.zeros(draws))
        for _ in range(MOST_STEPS):
            rows = np.flatnonzero((way < 1.0) & (stride >= SHORTEST))
            if not len(rows):
                break
            target = np.minimum(1.0, way[rows] + stride[rows])
            between = _mixture(of_draws(before.numbers, rows), of_draws(numbers, rows), target)
            belief = (1.0 - target) * before.prior[:, rows] + target * prior[:, rows]
            there = self._near(between, belief, z[:, rows], before.sign[rows])
            on, good = rows[there.solved], there.solved
            stride[rows] = np.where(good, 1.5 * (target - way[rows]), (target - way[rows]) / 2.0)
            way[on], z[:, on] = target[good], there.z[:, good]
            last = rows[good & (target == 1.0)]
            if len(last):
                _put(found, last, _rows(there, np.flatnonzero(good & (target == 1.0))))
        return found

    def _settle(self, numbers: Numbers, prior: Array, z: Array, share: Array) -> Equilibria:
        """The fixed points near log-odds z [D, G], by Newton's method."""
        unknown, z = np.flatnonzero(self.unknown), np.array(z, dtype=float)
        U, draws = len(unknown), z.shape[1]
        solved, lost = np.zeros(draws, dtype=bool), np.zeros(draws, dtype=bool)
        bend = np.zeros((draws, U, U))
        for _ in range(MOST_NEWTON):
            rows = np.flatnonzero(~solved & ~lost)
            if not len(rows):
                break
            towards = z[:, rows, None] + np.zeros(U, dtype=complex)
            towards[unknown, :, np.arange(U)] += 1j * STEP
            some = each_array(of_draws(numbers, rows), lambda x: x[..., None])
            with np.errstate(all="ignore"):  # what is not finite counts as lost
                found = self.respond(some, prior[:, rows, None], towards, share[rows, None])
            response = found.real[:, :, 0]
            residual = response[unknown] - z[unknown][:, rows]
            size = np.abs(residual).max(axis=0)
            bend[rows] = np.eye(U) - np.moveaxis(found.imag[unknown] / STEP, 0, 1)
            good = np.isfinite(size) & np.isfinite(bend[rows]).all(axis=(1, 2))
            solved[rows] = good & (size <= TIGHT * np.maximum(1.0, np.abs(response).max(axis=0)))
            lost[rows] = ~good
            z[:, rows[good]] = response[:, good]
            on = good & ~solved[rows]
            if on.any():
                step = _solved(bend[rows[on]], residual[:, on].T[..., None])[..., 0].T
                z[np.ix_(unknown, rows[on])] += step - residual[:, on]
        bend[~solved] = np.eye(U)
        return Equilibria(z, bend, solved, np.linalg.slogdet(bend)[0])

    def _follow(self, numbers: Numbers, prior: Array) -> Equilibria:
        """Along the principal branch, each draw at its own pace."""
        unknown, draws = self.unknown, numbers.discount.shape[2]
        D = len(unknown)
        zero = np.zeros((D, draws))
        slope = self.respond(numbers, prior, zero, 1e-6) * 1e6
        hottest = np.maximum(np.abs(slope[unknown]).max(axis=0), 1e-300)
        stride = FIRST / hottest
        share, z = np.zeros(draws), zero.copy()
        trail = [(np.zeros(draws), slope.copy()), (np.zeros(draws), slope.copy())]  # z / share, at two shares
        bend = np.tile(np.eye(int(unknown.sum())), (draws, 1, 1))
        lost = ~np.isfinite(hottest)
        for _ in range(MOST_ROUNDS):
            rows = np.flatnonzero((share < 1.0) & ~lost)
            if not len(rows):
                break
            target = np.minimum(1.0, share[rows] + stride[rows])
            guess = target * _extrapolated([(s[rows], v[:, rows]) for s, v in trail], target)
            found = self._settle(of_draws(numbers, rows), prior[:, rows], guess, target)
            missed = np.abs(self._plays(found.z) - self._plays(guess)).max(axis=0)
            good = found.solved & (found.sign == 1.0) & (missed <= FAR)
            took = target - share[rows]
            longer = np.clip(np.sqrt(CLOSE / np.maximum(missed, 1e-12)), 0.5, 4.0)
            stride[rows] = took * np.where(good, longer, 0.5)
            lost[rows] = ~good & (stride[rows] * hottest[rows] < LEAST)
            on = rows[good]
            (earlier, before), (last, there) = trail
            earlier[on], before[:, on] = last[on], there[:, on]
            last[on], there[:, on] = target[good], found.z[:, good] / target[good]
            share[on], z[:, on], bend[on] = target[good], found.z[:, good], found.bend[good]  # type: ignore[index]
        return Equilibria(z, bend, share >= 1.0, np.ones(draws))

    def _plays(self, z: Array) -> Array:
        """[.., G] all choice probabilities."""
        plays = [self.play(z, chooser).reshape(-1, z.shape[1]) for node in self.nodes for chooser in node.choosers]
        return np.concatenate(plays)

    # --- 2. derivatives ----------------------------------------------------------------------------------------------

    def turned(self, numbers: Numbers, prior: Array, found: Equilibria) -> Array:
        """[D, G, V] log-odds z + i h dz, for numbers and a prior that carry i h times their slopes."""
        z = found.z[:, :, None].astype(complex)
        response = self.respond(numbers, prior, z)
        if found.bend is None:
            return response
        unknown = self.unknown
        change = np.moveaxis(response.imag[unknown], 0, 1)  # [G, U, V]
        z = np.repeat(z, change.shape[-1], axis=-1)
        z[unknown] += 1j * np.moveaxis(_solved(found.bend, change), 1, 0)
        return self.respond(numbers, prior, z)


def _solved(bend: Array, right: Array) -> Array:
    """The solutions of linear systems [G, U, U] with right sides [G, U, V]; least squares where one is singular."""
    try:
        return np.linalg.solve(bend, right)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(bend) @ right


def each_array(numbers: Numbers, change: Callable[[Array], Array]) -> Numbers:
    """The same numbers with something done to every array of the draws."""
    return Numbers(*(x if name == "which" else change(x) for name, x in zip(Numbers._fields, numbers, strict=True)))


def of_draws(numbers: Numbers, rows: Array) -> Numbers:
    """The numbers of some of the draws."""
    return each_array(numbers, lambda x: x[..., rows])


def _mixture(one: Numbers, other: Numbers, share: Array) -> Numbers:
    """A share [G] of the way from some numbers to others."""
    pairs = zip(Numbers._fields, one, other, strict=True)
    return Numbers(*(b if name == "which" else (1.0 - share) * a + share * b for name, a, b in pairs))


def _rows(found: Equilibria, rows: Array) -> Equilibria:
    """Some of the equilibria."""
    assert found.bend is not None and found.sign is not None
    return Equilibria(found.z[:, rows], found.bend[rows], found.solved[rows], found.sign[rows])


def _put(found: Equilibria, rows: Array, anew: Equilibria) -> None:
    """Put equilibria in the place of some others."""
    assert found.bend is not None and anew.bend is not None
    assert found.sign is not None and anew.sign is not None
    found.z[:, rows], found.bend[rows] = anew.z, anew.bend
    found.solved[rows], found.sign[rows] = anew.solved, anew.sign


def _extrapolated(trail: Sequence[tuple[Array, Array]], share: Array) -> Array:
    """[D, G] the line through two points (s [G], value [D, G]) at a share [G]; the last where both are one."""
    (s, one), (last, other) = trail
    apart = np.where(last == s, 1.0, last - s)
    return other + (other - one) * np.where(last == s, 0.0, (share - last) / apart)
