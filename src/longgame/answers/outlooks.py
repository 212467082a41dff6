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
from longgame.choice.information import information_value, value_of_certainty
from longgame.choice.learning import value_of_assumptions
from longgame.choice.rules import robust_choice
from longgame.choice.table import RULES, PostureTable
from longgame.choice.turning import curve, turning_beliefs
from longgame.game.game import Game
from longgame.inference.draws import weighted_quantiles
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

    def names(self, actor: str) -> list[str]:
        """An actor's postures."""
        return [name.partition(".")[2] for name in self.postures if name.partition(".")[0] == actor]

    def table(self, game: Game, actor: str) -> PostureTable:
        """What one actor can expect under each of its postures, in each world of each draw."""
        mine = [n for n, name in enumerate(self.postures) if name.partition(".")[0] == actor]
        values = self.values[:, mine].transpose(1, 2, 0)
        cells = game.cells[game.actors.index(actor)]
        return PostureTable.of(values, self.belief.T, self.gathered.weights.weights, cells)

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
    whole, names, gathered = choices.table(game, actor), choices.names(actor), choices.gathered
    kept = whole.answered
    if not kept.any():
        return None
    table, theta = whole.only(kept), gathered.theta[kept]
    threshold = choices.unbound(actor) if at_least is None else np.full(gathered.draws, at_least)
    found = robust_choice(table, threshold[kept])
    x = None if over is None else theta[:, gathered.names.index(over)]
    return RobustRow(
        draws=int(kept.sum()),
        dropped=int((~kept).sum()),
        threshold=UNBOUND if at_least is None else f"{at_least:g}",
        rows=[
            RobustPostureRow(
                posture=name,
                expected=float(found.expected[a]),
                worst=float(found.worst[a]),
                worst_regret=float(found.regret[a]),
                mean_regret=float(found.mean_regret[a]),
                satisficing=float(found.satisficing[a]),
                dominated_by=[other for b, other in enumerate(names) if found.weakly[b, a]],
            )
            for a, name in enumerate(names)
        ],
        best={rule: names[found.best(rule)] for rule in (*RULES, "satisficing")},
        information=[_spread(table, about, heard) for about, heard in pieces(game)],
        certainty=value_of_certainty(table),
        assumptions=_worth_learning(table, theta, gathered.names) if kept.sum() >= FEWEST else {},
        turning=[_turning(game, table, row, names.index(row.posture), over, x) for row in turning],
    )


def _worth_learning(table: PostureTable, theta: Array, names: Sequence[str]) -> dict[str, float]:
    """The assumptions that are worth more than chance would suggest, the dearest first; none more than certainty."""
    found = value_of_assumptions(table, theta)
    worth = np.minimum(found.value, value_of_certainty(table))  # the estimate is a noisy one
    order = [int(p) for p in np.argsort(-worth, kind="stable") if found.matters[p] and worth[p] > 0.0]
    return {names[p]: float(worth[p]) for p in order}


def _spread(table: PostureTable, about: str, heard: Sequence[object]) -> SpreadRow:
    found = information_value(table, heard)
    return SpreadRow(about, found.mean, found.low, found.high, found.undecided)


def _turning(
    game: Game, table: PostureTable, row: TurningRow, posture: int, over: str | None, x: Array | None
) -> TurningSpreadRow:
    """A turning belief over the draws and, perhaps, over the values x [G] of an assumption."""
    name, _, value = row.condition.partition(" == ")
    belief, ever = turning_beliefs(table, posture, condition(game, name, value))
    low, middle, high = (
        weighted_quantiles(belief[ever], table.weights[ever], QUANTILES) if ever.any() else (None, None, None)
    )
    return TurningSpreadRow(
        condition=row.condition,
        posture=row.posture,
        low=low,
        middle=middle,
        high=high,
        best_somewhere=float(table.weights[ever].sum()),
        over=None if over is None or x is None else _curve(table, over, x, np.where(ever, belief, np.nan)),
    )


def _curve(table: PostureTable, over: str, x: Array, belief: Array) -> CurveRow:
    found = curve(x, belief, table.weights, bins=min(BINS, max(1, len(x) // 8)))
    return CurveRow(
        assumption=over,
        at=found.at.tolist(),
        low=found.low.tolist(),
        middle=found.middle.tolist(),
        high=found.high.tolist(),
        draws=found.draws.tolist(),
    )
