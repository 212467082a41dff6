"""What breaks a deal: which options end it by whose doing, and a game in which that has a price.

Shapes: S states, A options (of a step with several movers, profiles), N actors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from longgame.game.game import Game, Step
from longgame.game.numbers import GameTables, Numbers, StepTables
from longgame.solver.batch import by_period

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

LIKELIER = 1e-12  # of a probability: a smaller difference is rounding


def falls(tables: StepTables, stands: Floats) -> Floats:
    """[S, A] the chance that an option ends a deal that stands; nothing where it does not, or the option is closed."""
    away = (np.asarray(tables.weight) * (stands[np.asarray(tables.successor)] == 0.0)).sum(axis=-1)
    here = np.asarray(tables.allowed) & np.asarray(tables.active)[:, None] & (stands != 0.0)[:, None]
    return np.where(here, away, 0.0)


def breaking(step: Step, tables: StepTables, stands: Floats) -> Mapping[int, Mask]:
    """Mover -> [S, A] where a deal may fall with an option that breaks it by the mover's doing.

    An option of a mover's own breaks a deal if, whatever the others choose, it is likelier to end it than some other
    that is open; for what others choose at the same time, one choice of theirs is enough.
    """
    away, open_ = falls(tables, stands), np.asarray(tables.allowed)
    sides = {side.mover: np.array(side.taken) for side in step.sides} or {step.mover: np.arange(len(step.options))}
    found = {}
    for mover, own in sides.items():
        others = np.array([taken for other, taken in sides.items() if other != mover]).reshape(-1, len(own)).T
        breaks = np.zeros((len(away), own.max() + 1), dtype=bool)
        for choice in np.unique(others, axis=0):
            some = np.flatnonzero((others == choice).all(axis=1))
            least = np.where(open_[:, some], away[:, some], 2.0).min(axis=1, keepdims=True)
            breaks[:, own[some]] |= open_[:, some] & (away[:, some] > least + LIKELIER)
        found[mover] = breaks[:, own] & (away > LIKELIER)
    return found


def charged(
    numbers: Numbers, game: Game, stands: Floats, actor: int, penalty: float = 0.0, payment: float = 0.0,
    replies: frozenset[int] = frozenset(),
) -> Numbers:  # fmt: skip
    """The numbers of a game in which an actor pays a penalty whenever it breaks a deal, or is paid while it stands.

    penalty  paid with each option that breaks it, but for ``replies``, by which another deal takes its place
    payment  received at the end of each period in which it stands
    """

    def changed(t: int) -> GameTables:
        tables = numbers(t)
        steps = list(tables.steps)
        for k, step in enumerate(game.steps):
            if not penalty or actor not in step.movers or k in replies:
                continue
            broken = breaking(step, steps[k], stands)[actor]
            if broken.any():
                shape = (*broken.shape, len(game.actors), len(game.worlds))
                pay = np.zeros(shape) if steps[k].pay is None else np.broadcast_to(steps[k].pay, shape).copy()
                pay[:, :, actor] -= penalty * broken[:, :, None]
                steps[k] = steps[k]._replace(pay=pay)
        flow = np.array(tables.flow)
        flow[:, actor] += payment * stands[:, None]
        return tables._replace(steps=tuple(steps), flow=flow)

    return by_period(game.timed, changed)


def deterring(gain: Callable[[float], float], first: float, tolerance: float, most: int = 60) -> float | None:
    """The smallest amount at which a gain from breaking is nothing, to within ``tolerance``; None if none is enough.

    gain   amount -> what is gained by breaking the deal if so much is at stake; above nothing at 0
    first  an amount to begin with; it is doubled as long as it is too little
    """
    low, at_low, high = 0.0, gain(0.0), first
    at_high = gain(high)
    for _ in range(most):
        if at_high <= 0.0:
            break
        low, at_low, high = high, at_high, 2.0 * high
        at_high = gain(high)
    if at_high > 0.0:
        return None
    side = 0
    while high - low > tolerance:  # the Illinois rule: regula falsi that moves both ends
        middle = (low * at_high - high * at_low) / (at_high - at_low)
        middle = min(max(middle, low + 0.5 * tolerance), high - 0.5 * tolerance)
        at_middle = gain(middle)
        if at_middle > 0.0:
            low, at_low = middle, at_middle
            at_high = at_high / 2.0 if side > 0 else at_high
            side = 1
        else:
            high, at_high = middle, at_middle
            at_low = at_low / 2.0 if side < 0 else at_low
            side = -1
    return high
