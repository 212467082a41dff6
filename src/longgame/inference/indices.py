"""Which assumptions an output rests on: sensitivity indices from draws that were not designed for them.

Two indices for each output and assumption, because each is blind to something:

* first order, S = Var(E[Y | x]) / Var(Y): the part of the output's variance that would go if the assumption were known.
  RBD-FAST: the output is read along the assumption, up its odd places and down its even ones, so that it makes one
  period; the power of the first M harmonics is the part explained (Plischke 2010, Reliability Engineering and System
  Safety 95), less the part that noise would have there (Tissot and Prieur 2012, the same 107). It sees nothing of an
  assumption that matters only together with others.
* PAWN: how far the distribution of the output moves when the assumption is known, as the Kolmogorov-Smirnov distance
  between the output in one of ten equal slices of the assumption and the output at large, averaged over the slices
  (Pianosi and Wagener 2018, Environmental Modelling and Software 108). It sees any dependence and needs no variance. It
  is never zero, not even for an assumption of no influence: whether that is all is tested (``dependence``).

Why these: both take any sample of independent inputs, and both make sense for a margin and for a truth that is only 0
or 1. The tests hold them to the values of SALib (Iwanaga, Usher and Herman 2022).

Intervals are a bootstrap by random halves: each resample takes half of the draws without putting any back. The spread
of a statistic over halves is that of the ordinary bootstrap (the weights are 0 or 2 in place of 0, 1, 2, ...;
Praestgaard and Wellner 1993), and no draw comes twice: copies lie next to each other along every assumption and would
look like structure. What a half does to the level (PAWN is larger with fewer draws) is taken out; only
its spread is used.

Shapes: D draws, P assumptions, Q outputs, n draws with an answer, S slices, M harmonics.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from longgame.inference.dependence import CHANCE, ranks, scores, tested

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Ints = NDArray[np.intp]

HARMONICS = 10  # of the first-order index: a wave over the range with up to ten crests is seen
SLICES = 10  # of PAWN
LEAST_IN_SLICE = 10  # draws
FEWEST = 40  # draws: below this nothing is estimated


@dataclass(frozen=True, eq=False)
class Indices:
    """How much each output rests on each assumption.

    first, first_low, first_high  [Q, P] the first-order index and its interval
    pawn, pawn_low, pawn_high     [Q, P] the PAWN index and its interval
    chance                        [Q, P] of one of the assumptions looking as telling if none mattered (``dependence``)
    direction                     [Q, P] Spearman's rank correlation: above zero where the output rises with it
    rank, rank_low, rank_high     [Q, P] 1 for the assumption with the largest PAWN; 0 where the output never varies
    draws, dropped                [Q] draws used, and draws without an answer that were left out
    notes                         [Q] sentences; empty where there is nothing to say
    """

    first: Array
    first_low: Array
    first_high: Array
    pawn: Array
    pawn_low: Array
    pawn_high: Array
    chance: Array
    direction: Array
    rank: NDArray[np.int_]
    rank_low: NDArray[np.int_]
    rank_high: NDArray[np.int_]
    draws: NDArray[np.int_]
    dropped: NDArray[np.int_]
    notes: tuple[str, ...]

    @property
    def matters(self) -> NDArray[np.bool_]:
        """[Q, P] whether the assumption moves the output by more than chance would."""
        return self.chance < CHANCE


def indices(
    x: Array,
    y: ArrayLike,
    *,
    resamples: int = 100,
    level: float = 0.95,
    seed: int = 0,
    possible: Mask | None = None,
) -> Indices:
    """The indices of outputs y [Q, D] (margins, or truths as 0 and 1; NaN for no answer) by assumptions x [D, P].

    An assumption that never varies gets zeros, and so does an output that never varies or has fewer than 40 answers.
    ``possible`` [Q, P] says which assumptions can have a part in which output at all; others get zeros.
    """
    x, outputs = np.asarray(x, dtype=float), np.atleast_2d(np.asarray(y, dtype=float))
    if outputs.shape[1] != len(x):
        raise ValueError(f"y must have one column for each of the {len(x)} draws, got {outputs.shape[1]}")
    answered = np.isfinite(outputs) & np.isfinite(x).all(axis=1)
    found = _Tables(outputs.shape[0], x.shape[1])
    notes = [_note(row[known]) for row, known in zip(outputs, answered, strict=True)]
    may = np.ones((len(outputs), x.shape[1]), bool) if possible is None else possible
    for known, members in _alike(answered):
        usable = members[[notes[q] == "" for q in members]]
        varies = np.flatnonzero(np.ptp(x[known], axis=0) > 0.0) if known.any() else np.empty(0, dtype=np.intp)
        if usable.size and varies.size:
            at = np.ix_(usable, varies)
            part = _Part(x[np.ix_(known, varies)], outputs[usable][:, known], may[at])
            part.fill(found, at, resamples, level, np.random.default_rng(seed))
    used = answered.sum(axis=1)
    return Indices(**vars(found), draws=used, dropped=len(x) - used, notes=tuple(notes))


class _Tables:
    """The arrays of the answer while they are being filled."""

    def __init__(self, outputs: int, assumptions: int):
        def table() -> Array:
            return np.zeros((outputs, assumptions))

        self.first, self.first_low, self.first_high = table(), table(), table()
        self.pawn, self.pawn_low, self.pawn_high = table(), table(), table()
        self.direction = table()
        self.chance = np.ones((outputs, assumptions))
        self.rank, self.rank_low, self.rank_high = (table().astype(int) for _ in range(3))


def _note(answers: Array) -> str:
    if answers.size == 0:
        return "No draw has an answer."
    if np.ptp(answers) == 0.0:
        return "The same in every draw: it rests on none of the assumptions within their ranges."
    if answers.size < FEWEST:
        return f"Only {answers.size} draws have an answer: too few for an index."
    return ""


def _alike(answered: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.bool_], Ints]]:
    """Outputs that are answered in the same draws, together: the mask [D] and the outputs."""
    masks, which = np.unique(answered, axis=0, return_inverse=True)
    for index, mask in enumerate(masks):
        yield mask, np.flatnonzero(np.ravel(which) == index)


@dataclass(frozen=True, eq=False)
class _Part:
    """Outputs y [Q, n] that are answered in the same draws, by assumptions x [n, P], all finite and none constant.

    possible  [Q, P] which assumption can have a part in which output
    """

    x: Array
    y: Array
    possible: Mask

    def fill(
        self, into: _Tables, at: tuple[Ints, ...], resamples: int, level: float, rng: np.random.Generator
    ) -> None:
        """Estimate everything, for the rows and columns ``at`` of the tables."""
        orders = np.argsort(self.x, axis=0, kind="stable").T
        first, pawn = self._both(self.y, orders)
        read = scores(self.x)
        into.chance[at] = np.stack([tested(read, y, may) for y, may in zip(self.y, self.possible, strict=True)])
        into.direction[at] = np.where(self.possible, _spearman(self.x, self.y), 0.0)
        into.first[at] = into.first_low[at] = into.first_high[at] = first
        into.pawn[at] = into.pawn_low[at] = into.pawn_high[at] = pawn
        into.rank[at] = into.rank_low[at] = into.rank_high[at] = _rank(pawn)
        if resamples < 2:
            return
        halves = [self._on_a_half(orders, rng) for _ in range(resamples)]
        firsts, pawns = (np.stack(both) for both in zip(*halves, strict=True))
        tails = [0.5 - level / 2.0, 0.5 + level / 2.0]
        firsts, pawns = firsts - firsts.mean(axis=0), pawns - pawns.mean(axis=0)
        into.first_low[at], into.first_high[at] = first + np.quantile(firsts, tails, axis=0)
        into.pawn_low[at], into.pawn_high[at] = np.clip(pawn + np.quantile(pawns, tails, axis=0), 0, 1)
        places = np.stack([_rank(pawn + half) for half in pawns])
        into.rank_low[at] = np.quantile(places, tails[0], axis=0, method="lower")
        into.rank_high[at] = np.quantile(places, tails[1], axis=0, method="higher")

    def _both(self, y: Array, orders: Sequence[Ints] | Ints) -> tuple[Array, Array]:
        """[Q, P] both indices of outputs [Q, n] by assumptions that put the draws in these orders [P, n]."""
        harmonics, slices = _resolution(y.shape[1])
        power, counts = _Power(y, harmonics), _counts(y)
        first = np.stack([power.first_order(order) for order in orders], axis=1)
        pawn = np.stack([_pawn(*counts, order, slices) for order in orders], axis=1)
        return np.where(self.possible, first, 0.0), np.where(self.possible, pawn, 0.0)

    def _on_a_half(self, orders: Ints, rng: np.random.Generator) -> tuple[Array, Array]:
        """[Q, P] both indices on a random half of the draws."""
        n = self.y.shape[1]
        taken = np.zeros(n, dtype=bool)
        taken[rng.permutation(n)[: n // 2]] = True
        place = np.cumsum(taken) - 1
        return self._both(self.y[:, taken], [place[order[taken[order]]] for order in orders])


def _resolution(n: int) -> tuple[int, int]:
    """How many harmonics and how many slices n draws can bear."""
    return max(1, min(HARMONICS, n // 16)), max(2, min(SLICES, n // LEAST_IN_SLICE))


# --- first order -----------------------------------------------------------------------------------------------------


class _Power:
    """The index of all outputs [Q, n] at once."""

    def __init__(self, y: Array, harmonics: int):
        n = y.shape[1]
        angle = 2.0 * np.pi / n * np.outer(np.arange(n), np.arange(1, harmonics + 1))
        self._waves = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)  # [n, 2 M]
        self._y = np.ascontiguousarray((y - y.mean(axis=1, keepdims=True)).T)  # [n, Q]
        self._total = n / 2.0 * (self._y**2).sum(axis=0)  # [Q] Parseval: the power of all harmonics
        self._noise = 2.0 * harmonics / n

    def first_order(self, order: Ints) -> Array:
        """[Q] the index of the assumption that puts the draws in this order [n]."""
        around = np.concatenate([order[::2], order[1::2][::-1]])
        power = ((self._waves.T @ self._y[around]) ** 2).sum(axis=0)
        explained = np.divide(power, self._total, out=np.zeros_like(power), where=self._total > 0.0)
        return explained - self._noise / (1.0 - self._noise) * (1.0 - explained)


# --- PAWN ------------------------------------------------------------------------------------------------------------


def _counts(y: Array) -> tuple[Ints, Ints]:
    """How many draws have a smaller output, and how many one that is not larger: [Q, n] each."""
    return (
        ranks(y, method="min", axis=1).astype(np.intp) - 1,
        ranks(y, method="max", axis=1).astype(np.intp),
    )


def _pawn(smaller: Ints, up_to: Ints, order: Ints, slices: int) -> Array:
    """[Q] the mean over slices of the Kolmogorov-Smirnov distance of the output in the slice to the output at large.

    Slices are runs of m = ceil(n / S) draws along the order, laid evenly, so that neighbours share at most one draw.
    With a slice's draws sorted by output, its distribution function jumps from (i - 1) / m to i / m at the i-th, and
    that of all from smaller / n to up_to / n; the distance is largest at one end of such a jump. Draws of equal output
    jump together: only the first of them has a 'from' and only the last a 'to'.
    """
    n = order.size
    m = -(-n // slices)
    members = order[(np.arange(slices) * (n - m) // (slices - 1))[:, None] + np.arange(m)]  # [S, m]
    to = np.sort(up_to[:, members], axis=-1)  # [Q, S, m]
    start = np.sort(smaller[:, members], axis=-1)
    steps = np.arange(m + 1) / m
    above = np.abs(steps[1:] - to / n)
    below = np.abs(start / n - steps[:-1])
    tied = to[..., 1:] == to[..., :-1]
    if tied.any():
        above[..., :-1][tied] = 0.0
        below[..., 1:][tied] = 0.0
    return np.maximum(above.max(axis=-1), below.max(axis=-1)).mean(axis=-1)


# --- order and direction ---------------------------------------------------------------------------------------------


def _rank(index: Array) -> NDArray[np.int_]:
    """[Q, P] 1 for the largest of each row; ties in the order of the assumptions."""
    return ranks(-index, method="ordinal", axis=1).astype(int)


def _spearman(x: Array, y: Array) -> Array:
    """[Q, P] rank correlations of outputs [Q, n] with assumptions [n, P]."""
    a, b = ranks(x, axis=0), ranks(y, axis=1)
    a, b = a - a.mean(axis=0), b - b.mean(axis=1, keepdims=True)
    return b @ a / np.sqrt((b**2).sum(axis=1)[:, None] * (a**2).sum(axis=0))
