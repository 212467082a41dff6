"""The answers: what a run says, in the layout of ``answers.json``.

Each class is one block of the file and has the file's keys as its fields, in the file's order. The layout is stable:
``layout`` is raised when a key changes its meaning or goes. Every number is a plain float, or null where there is none
(an answer that could not be had is never written as NaN or infinity). Two runs with the same scenario, seed and number
of draws on the same machine give the same file, but for ``started`` and ``seconds``.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from longgame.answers.posture_answers import PosturesRow
from longgame.answers.verification import VerificationRow

LAYOUT = 1


@dataclass(frozen=True)
class ScenarioRow:
    """Which scenario was asked. ``sha256`` is of the whole of it, after ``extends`` and ``--set``."""

    name: str
    title: str
    file: str | None
    sha256: str
    about: str


@dataclass(frozen=True)
class AssumptionRow:
    """One assumption as the analyst gave it; ``distribution`` is a name and its numbers, or null for a fixed number."""

    name: str
    value: float
    range: tuple[float, float] | None
    distribution: Mapping[str, tuple[float, ...]] | None
    unit: str
    source: str
    because: str
    says: str


@dataclass(frozen=True)
class ActorRow:
    """One actor; numbers at the base case. ``rationality`` is per stake, a list of its values where it is private."""

    name: str
    says: str
    rationality: float | list[float] | None
    discount: float
    stake: float
    rationality_in_words: str


@dataclass(frozen=True)
class WorldRow:
    """One world: what may be true without being known to all, with its prior."""

    name: str
    prior: float
    hidden: Mapping[str, str]


@dataclass(frozen=True)
class SizeRow:
    """How large the game is."""

    states: int
    worlds: int
    lattice_points: int
    lattice: int
    steps: int
    periods: int
    actors: int


@dataclass(frozen=True)
class BeliefRow:
    """What an observer believes after a piece of evidence; ``evidence`` is null in the first row, the prior."""

    evidence: str | None
    on: str | int | None
    says: str
    source: str
    posterior: Mapping[str, float]
    marginals: Mapping[str, Mapping[str, float]]
    bayes_factors: Mapping[str, Mapping[str, float]]
    likelihood: Mapping[str, float]


@dataclass(frozen=True)
class LedgerRow:
    """What each actor gained or lost by an observed move against what was expected just before it."""

    evidence: str
    on: str | int
    by: str | None
    gains: Mapping[str, float]
    shares: Mapping[str, float]


@dataclass(frozen=True)
class ForecastPoint:
    """The probability that an event has happened by a date."""

    date: str | int
    probability: float
    standard_error: float


@dataclass(frozen=True)
class ForecastRow:
    """A public event and when it is to be expected."""

    name: str
    says: str
    by: list[ForecastPoint]


@dataclass(frozen=True)
class DealRow:
    """One named deal, priced for every actor; ``share`` is its worth as a share of the actor's stake."""

    name: str
    clauses: Mapping[str, str | float]
    worth: Mapping[str, float]
    share: Mapping[str, float]
    accepts: Mapping[str, bool]
    pareto: bool


@dataclass(frozen=True)
class BargainRow:
    """Where bargaining between some parties would end, by four solutions; null where there is no zone of agreement."""

    between: list[str]
    zone: list[str]
    nash: str | None
    kalai_smorodinsky: str | None
    egalitarian: str | None
    utilitarian: str | None


@dataclass(frozen=True)
class LeadRow:
    """An assumption that moves a claim's margin by more than chance would.

    index      how far the distribution of the margin moves when the assumption is known, 0 to 1 (PAWN)
    direction  Spearman's rank correlation: above zero where the margin rises with the assumption
    """

    assumption: str
    index: float
    direction: float


@dataclass(frozen=True)
class RestsOnRow:
    """What a claim rests on, in short; ``longgame rests-on`` has the whole.

    draws        with an answer to the claim, of which all this is read
    assumptions  those that move its margin, the most telling first, five at most
    box          where it turns, in words; empty where no box of assumptions gathers the draws in which it does
    """

    draws: int
    assumptions: list[LeadRow]
    box: str


@dataclass(frozen=True)
class FinerRow:
    """What becomes of a claim at the base case on a lattice of beliefs of twice the resolution."""

    lattice: int
    holds: bool | None
    margin: float | None


@dataclass(frozen=True)
class ClaimRow:
    """One claim of the assessment and what became of it.

    holds           at the base case; null where it has no answer there
    margin          how far it is from turning; above zero where it holds
    share           the share of valid draws in which it holds; null without draws
    share_weighted  the same, with each draw weighed by the likelihood that it gives to the evidence
    built_in        it holds at the base case and in every valid draw, of which there are 59 or more (so that, at 95 %
                    confidence, it fails in less than a twentieth): nothing that the assumptions allow turns it
    status          the sentence on the solutions that the answer rests on
    note            the analyst's own note, and warnings
    shows           label -> value of the further questions that the claim shows
    rests_on        the assumptions that decide it; null where fewer than 40 draws have an answer
    finer           the claim on a finer lattice of beliefs; null unless the run was to be verified
    """

    id: str
    says: str
    holds: bool | None
    margin: float | None
    share: float | None
    share_weighted: float | None
    built_in: bool
    status: str
    note: str
    question: str
    at: str | int
    shows: Mapping[str, float | bool | None]
    rests_on: RestsOnRow | None = None
    finer: FinerRow | None = None


@dataclass(frozen=True)
class SetAsideRow:
    """Draws that were given up because every process that tried to solve them died; numbers count from 0."""

    first: int
    last: int
    reason: str


@dataclass(frozen=True)
class PosteriorRow:
    """How the draws were led to the posterior, where their weights alone would not do.

    draws             particles of equal weight that stand for the posterior, ``different`` of them different
    steps             of temperature
    solved            points that were solved on the way and at its end
    log_evidence      the logarithm of the probability that the prior gives to the evidence
    effective_before  how many draws of equal weight those of the prior were worth
    says              all this in words
    """

    draws: int
    different: int
    steps: int
    solved: int
    log_evidence: float
    effective_before: float
    says: str


@dataclass(frozen=True)
class EnsembleRow:
    """How the draws went: all, those with answers, of these the ones with an unconverged step, and what they weigh.

    set_aside  the draws that no process could solve; they are among ``draws`` and not among ``valid``
    warnings   sentences on how far what is weighed by the evidence can be trusted
    posterior  null where the weights of the draws do
    """

    draws: int
    valid: int
    unconverged: int
    effective_sample_size: float
    set_aside: list[SetAsideRow]
    warnings: list[str] = field(default_factory=list)
    posterior: PosteriorRow | None = None


@dataclass(frozen=True)
class SolverRow:
    """How the base case was solved, all solutions taken together (free play and each posture)."""

    method: str
    lattice: int
    tolerance: float
    residual: float
    iterations: int
    jumps: int
    unconverged: int
    status: str


@dataclass(frozen=True)
class Answers:
    """Everything that a run says. ``to_json`` gives the layout of the file as plain objects."""

    longgame: str
    scenario: ScenarioRow
    versions: Mapping[str, str]
    seed: int
    draws: int
    started: str
    seconds: float
    assumptions: list[AssumptionRow]
    actors: list[ActorRow]
    worlds: list[WorldRow]
    size: SizeRow
    beliefs: list[BeliefRow]
    ledger: list[LedgerRow]
    forecasts: list[ForecastRow]
    postures: list[PosturesRow]
    deals: list[DealRow]
    bargaining: list[BargainRow]
    claims: list[ClaimRow]
    ensemble: EnsembleRow
    solver: SolverRow
    verification: VerificationRow | None = None
    layout: int = field(default=LAYOUT)

    def to_json(self) -> dict[str, Any]:
        """The file ``answers.json`` as nested dicts and lists that ``json.dumps`` writes as they are."""
        blocks = plain(self)
        head = {"longgame": blocks.pop("longgame"), "layout": blocks.pop("layout")}
        return head | blocks


def plain(value: Any) -> Any:
    """A value as JSON has it: plain numbers (null for what is not finite), strings, lists and dicts."""
    if dataclasses.is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    number = float(value)
    return number if math.isfinite(number) else None
