"""The answers on postures, in the layout of docs/answers.md: each class is one block, its fields are the keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class InformationRow:
    """What it would be worth to the actor to learn something about the world before it chooses a posture.

    about  a hidden variable, 'which world it is', or 'whether it is WORLD'
    """

    about: str
    value: float


@dataclass(frozen=True)
class TurningRow:
    """The smallest belief in a condition at which a posture has the best expected value.

    condition  a value of a hidden variable
    posture    the best one for an actor that is sure of the condition
    belief     null where the posture is the best one at every belief
    """

    condition: str
    posture: str
    belief: float | None


@dataclass(frozen=True)
class SpreadRow:
    """What it is worth to learn something, over the draws.

    mean, low, high  to an actor that knows the assumptions: the mean over draws, the 5 % and the 95 % quantile
    undecided        to one that doubts the assumptions as the analyst does, and chooses one posture for all draws
    """

    about: str
    mean: float
    low: float
    high: float
    undecided: float


@dataclass(frozen=True)
class RobustPostureRow:
    """One posture over all worlds and draws; draws are weighed by the evidence, worlds by the belief in each draw.

    worst         in the worst world of the worst draw
    worst_regret  the most that another posture would have brought more in any world of any draw
    mean_regret   what it is expected to cost against knowing everything
    satisficing   the part of worlds and draws in which it brings at least the threshold
    dominated_by  postures that are nowhere worse and somewhere better
    """

    posture: str
    expected: float
    worst: float
    worst_regret: float
    mean_regret: float
    satisficing: float
    dominated_by: list[str]


@dataclass(frozen=True)
class CurveRow:
    """A turning belief over an assumption, in bins of equally many draws: 5 %, 50 % and 95 % quantiles in each."""

    assumption: str
    at: list[float]
    low: list[float]
    middle: list[float]
    high: list[float]
    draws: list[int]


@dataclass(frozen=True)
class TurningSpreadRow:
    """A turning belief over the draws.

    low, middle, high  its 5 %, 50 % and 95 % quantiles among the draws in which the posture is best at some belief
    best_somewhere     the part of the draws that these are
    over               the same over one assumption; null where it was not asked for
    """

    condition: str
    posture: str
    low: float | None
    middle: float | None
    high: float | None
    best_somewhere: float
    over: CurveRow | None


@dataclass(frozen=True)
class RobustRow:
    """An actor's choice among its postures when neither the world nor the numbers are known.

    draws        with a value for every posture; ``dropped``: without
    threshold    of ``satisficing``, in words
    best         rule -> the posture that it chooses
    certainty    what it would be worth to learn the world and all assumptions
    assumptions  assumption -> what it would be worth to learn it; only those worth more than chance would suggest
    """

    draws: int
    dropped: int
    threshold: str
    rows: list[RobustPostureRow]
    best: Mapping[str, str]
    information: list[SpreadRow]
    certainty: float
    assumptions: Mapping[str, float]
    turning: list[TurningSpreadRow]


@dataclass(frozen=True)
class PostureRow:
    """What one posture promises: by world, by the current belief, at worst, and its largest regret."""

    posture: str
    worlds: Mapping[str, float]
    expected: float
    worst: float
    worst_regret: float


@dataclass(frozen=True)
class PosturesRow:
    """An actor's choice among its postures.

    best         rule -> the posture that it chooses
    information  what it would be worth to learn something about the world before choosing
    turning      at which belief the best posture turns
    share        rule -> posture -> the share of draws in which the rule chooses it; null where the draws did not solve
                 for this actor's postures, because no claim needs them
    over_draws   the same choice over worlds and draws; null in the same case
    """

    actor: str
    rows: list[PostureRow]
    best: Mapping[str, str]
    perfect_information: float
    information: list[InformationRow]
    turning: list[TurningRow]
    share: Mapping[str, Mapping[str, float]] | None
    over_draws: RobustRow | None = None
