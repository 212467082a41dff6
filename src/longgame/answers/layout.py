"""What ``rests_on`` answers, in the layout of docs/assumptions.md: each class is one block, its fields are the keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from longgame.answers.answers import EnsembleRow, ScenarioRow, plain


@dataclass(frozen=True)
class ShareRow:
    """The share of draws in which the claim holds, with a Wilson interval at 95 %."""

    share: float
    low: float
    high: float


@dataclass(frozen=True)
class SharesRow:
    """How often the claim holds over the draws.

    plain      every draw counts the same
    weighted   each draw weighed by the likelihood that it gives to the evidence
    no_answer  draws in which it has no answer; they are left out of both
    khat       how far the weights can be trusted: the shape of the tail of Pareto's distribution; null where it is flat
    warnings   on the weights
    """

    plain: ShareRow
    weighted: ShareRow
    no_answer: int
    khat: float
    warnings: list[str]


@dataclass(frozen=True)
class MeasureRow:
    """How much an output rests on an assumption, by the draws; intervals at 95 % by bootstrap.

    pawn       how far the output's distribution moves when the assumption is known, 0 to 1
    first      the part of the output's variance that would go if the assumption were known
    direction  Spearman's rank correlation: above zero where the output rises with the assumption
    rank       1 for the assumption with the largest pawn
    matters    pawn is larger than chance would make it
    """

    pawn: float
    pawn_low: float
    pawn_high: float
    first: float
    first_low: float
    first_high: float
    direction: float
    rank: int
    rank_low: int
    rank_high: int
    matters: bool


@dataclass(frozen=True)
class EffectRow:
    """What one assumption does to the claim.

    slope   the derivative of the margin by the assumption at the base case, in the units of both
    below   the slope towards smaller values, and ``above`` towards larger ones; they differ at a corner, and the slope
            is then the mean of the two
    reach   how far the margin would move over the whole range at that slope
    margin  its measures for the margin of the claim over the draws; null where there are none
    truth   the same for whether it holds
    """

    assumption: str
    unit: str
    value: float
    low: float
    high: float
    slope: float
    below: float
    above: float
    reach: float
    margin: MeasureRow | None
    truth: MeasureRow | None


@dataclass(frozen=True)
class BoxRow:
    """A box of assumptions in which the claim turns (another verdict than at the base case).

    says      the box in words
    limits    assumption -> lowest and highest value; null where there is no limit
    coverage  the part of the draws in which it turns that lie inside
    density   the part of the draws inside in which it turns
    mass      the part of all draws that lies inside
    """

    says: str
    limits: Mapping[str, tuple[float | None, float | None]]
    coverage: float
    density: float
    mass: float


@dataclass(frozen=True)
class CounterexampleRow:
    """A point at which the claim has turned, solved anew at that very point.

    says           the changes in words
    values         assumption -> its value at the point, for those that differ from the base case
    distance       the length of the change, in units of the ranges
    holds, margin  of the claim at the point
    status         the sentence on the solutions there
    confirmed      solved from nothing, the claim has turned at the point
    """

    says: str
    values: Mapping[str, float]
    distance: float
    holds: bool | None
    margin: float
    status: str
    confirmed: bool


@dataclass(frozen=True)
class TurnsRow:
    """What turns the claim: the nearest change that was found, and the change of the fewest assumptions."""

    nearest: CounterexampleRow | None
    sparsest: CounterexampleRow | None
    evaluations: int
    note: str


@dataclass(frozen=True)
class RestsOn:
    """On which assumptions a claim rests.

    built_in  it holds at the base case and in every one of at least 59 valid draws
    unseen    the largest share of draws in which it could fail without having failed in any of these, at 95 %
    notes     sentences that belong to the answer
    """

    longgame: str
    layout: int
    scenario: ScenarioRow
    seed: int
    draws: int
    id: str
    says: str
    question: str
    at: str | int
    holds: bool | None
    margin: float
    built_in: bool
    unseen: float
    shares: SharesRow | None
    effects: list[EffectRow]
    boxes: list[BoxRow]
    turns: TurnsRow
    ensemble: EnsembleRow
    status: str
    notes: list[str]

    def to_json(self) -> dict[str, Any]:
        """The answer as nested dicts and lists that ``json.dumps`` writes as they are."""
        return plain(self)
