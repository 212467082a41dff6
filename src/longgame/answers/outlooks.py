"""Postures over worlds and draws: which to choose when neither the truth nor the numbers are known.

The values of every posture in every world were kept with each draw; here they are put side by side and handed to the
rules of ``choice``. Draws are weighed by the likelihood that they give to the evidence, worlds by what is
believed in each draw now.

Shapes: A postures, W worlds, D draws that have answers, P assumptions that vary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longgame.answers.posture_rows import (
    CurveRow,
    RobustPostureRow,
    RobustRow,
    SpreadRow,
    TurningRow,
    TurningSpreadRow,
)
from longgame.answers.postures import pieces
from longgame.choice.information import information_value, value_of_assumptions, value_of_certainty
from longgame.choice.postures import RULES
from longgame.choice.robust import Outlook, robust_choice
from longgame.choice.turning import curve, turning_beliefs
from longgame.game.game import Game
from longgame.inference.weights import weighted_quantiles
from longgame.queries.path import condition
from longgame.run.gathered import Gathered
from longgame.run.store import Store, each_chunk
from longgame.run.study import Array
from longgame.run.weighing import valid

UNBOUND = "what the actor could expect if it were not bound to a posture"
QUANTILES = (0.05, 0.5, 0.95)
BINS = 8  # of a curve over an assumption
FEWEST = 40  # draws: below this nothing is said of single assumptions


@dataclass(frozen=True, eq=False)
class Choices:
    """What the draws of a run say of postures.

    gathered  the draws that have answers
    values    [D, all postures, W]; ``free`` [D, actors, W]: not bound
    belief    [D, W] now
    """

    gathered: Gathered
    postures: tuple[str, ...]
    actors: tuple[str, ...]
    values: Array
    free: Array
    belief: Array

    @classmethod
    def of(cls, store: Store, gathered: Gathered) -> Choices:
        """Read them from a store, for the draws that were gathered from it."""
        axes = store.plan.axes
        now = axes.at.index("now")
        parts: list[tuple[NDArray[np.float64], ...]] = []
        left = gathered.draws
        for _, arrays in each_chunk(store, "status", "posture_value", "free_value", "belief"):
            some = np.flatnonzero(valid(arrays["status"]))[:left]
            left -= len(some)
            parts.append((arrays["posture_value"][some], arrays["free_value"][some], arrays["belief"][some, now]))
            if not left:
                break
        values, free, belief = (np.concatenate(part) for part in zip(*parts, strict=True))
        return cls(gathered, axes.posture, axes.actor, values, free, belief)

    def outlook(self, game: Game, actor: str) -> Outlook | None:
        """One actor's values [A, W, D]; None where no draw has all of them."""
        mine = [n for n, name in enumerate(self.postures) if name.partition(".")[0] == actor]
        names = [self.postures[n].partition(".")[2] for n in mine]
        cells = game.cells[game.actors.index(actor)]
        try:
            weights = self.gathered.weights.weights
            return Outlook.of(names, self.values[:, mine].transpose(1, 2, 0), self.belief.T, weights, list(cells))
        except ValueError:  # no draw has a value for every posture
            return None

    def unbound(self, actor: str) -> Array:
        """[D] what an actor could expect if it were not bound."""
        return np.where(self.belief > 0.0, self.free[:, self.actors.index(actor)] * self.belief, 0.0).sum(axis=1)


def robust_row(
    game: Game, choices: Choices, turning: Sequence[TurningRow], actor: str, *, over: str | None, at_least: float | None
) -> RobustRow | None:
    """An actor's choice over worlds and draws; None where no draw has a value for every posture.

    turning   where the best posture turns at the base case: for these conditions and postures it is asked again
    over      an assumption over which the turning beliefs are followed
    at_least  the threshold of the satisficing share; what the actor could expect unbound, if None
    """
    outlook = choices.outlook(game, actor)
    if outlook is None:
        return None
    gathered = choices.gathered
    threshold = choices.unbound(actor) if at_least is None else np.full(gathered.draws, at_least)
    found = robust_choice(outlook, threshold)
    beaten = {
        name: [other for b, other in enumerate(found.postures) if found.weakly[b, a]]
        for a, name in enumerate(found.postures)
    }
    return RobustRow(
        draws=found.draws,
        dropped=found.dropped,
        threshold=UNBOUND if at_least is None else f"{at_least:g}",
        rows=[
            RobustPostureRow(
                posture=name,
                expected=float(found.expected[a]),
                worst=float(found.worst[a]),
                worst_regret=float(found.regret[a]),
                mean_regret=float(found.mean_regret[a]),
                satisficing=float(found.satisficing[a]),
                dominated_by=beaten[name],
            )
            for a, name in enumerate(found.postures)
        ],
        best={rule: found.best(rule) for rule in (*RULES, "satisficing")},
        information=[_spread(outlook, about, heard) for about, heard in pieces(game)],
        certainty=max(value_of_certainty(outlook), 0.0),
        assumptions=_worth_learning(outlook, gathered) if found.draws >= FEWEST else {},
        turning=[_turning(game, outlook, row, gathered, over) for row in turning],
    )


def _worth_learning(outlook: Outlook, gathered: Gathered) -> dict[str, float]:
    """The assumptions that are worth more than chance would suggest, the dearest first; none more than certainty."""
    found = value_of_assumptions(outlook, gathered.theta)
    worth = np.minimum(found.value, value_of_certainty(outlook))  # the estimate is a noisy one
    order = [int(p) for p in np.argsort(-worth, kind="stable") if worth[p] > max(found.floor, 0.0)]
    return {gathered.names[p]: float(worth[p]) for p in order}


def _spread(outlook: Outlook, about: str, heard: Sequence[object]) -> SpreadRow:
    found = information_value(outlook, heard)
    return SpreadRow(about, found.mean, found.low, found.high, found.undecided)


def _turning(game: Game, outlook: Outlook, row: TurningRow, gathered: Gathered, over: str | None) -> TurningSpreadRow:
    """A turning belief over the draws and, perhaps, over an assumption."""
    name, _, value = row.condition.partition(" == ")
    belief, ever = turning_beliefs(outlook, row.posture, condition(game, name, value))
    low, middle, high = (
        weighted_quantiles(belief[ever], outlook.weights[ever], QUANTILES) if ever.any() else (None, None, None)
    )
    return TurningSpreadRow(
        condition=row.condition,
        posture=row.posture,
        low=low,
        middle=middle,
        high=high,
        best_somewhere=float(outlook.weights[ever].sum()),
        over=None if over is None else _curve(outlook, gathered, over, np.where(ever, belief, np.nan)),
    )


def _curve(outlook: Outlook, gathered: Gathered, over: str, belief: Array) -> CurveRow:
    x = gathered.theta[outlook.kept, gathered.names.index(over)]
    found = curve(x, belief, outlook.weights, bins=min(BINS, max(1, len(x) // 8)))
    return CurveRow(
        assumption=over,
        at=found.at.tolist(),
        low=found.low.tolist(),
        middle=found.middle.tolist(),
        high=found.high.tolist(),
        draws=found.draws.tolist(),
    )
