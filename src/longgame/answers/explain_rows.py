"""What ``explain`` answers: one claim taken apart, in the layout of docs/explain.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from longgame.answers.verdicts import Verdict


@dataclass(frozen=True)
class AmountRow:
    """One term of an account.

    term       as it is written in the scenario: "-war_cost_russia * fighting"
    says       in words: "war cost"
    where      the conditions under which it is there, in words; empty where it always is
    about      what the scenario says of the assumptions in it
    amount     what it adds
    by_period  the same by period, beside ``periods`` of the account
    """

    term: str
    says: str
    where: str
    about: str
    amount: float
    by_period: list[float]


@dataclass(frozen=True)
class AccountRow:
    """A number in payoffs taken apart; the amounts add up to ``total``.

    unit       of all amounts
    stake      of the actor, for shares
    periods    the dates of the columns; the last is what comes after the horizon, or after the game is over
    terms      the largest first; those that are nil are left out
    by_period  of all terms together
    """

    actor: str
    unit: str
    total: float
    stake: float
    periods: list[str]
    terms: list[AmountRow]
    by_period: list[float]


@dataclass(frozen=True)
class OptionRow:
    """One option of a choice, or one outcome of chance.

    probability  that it is taken, if the step comes up
    by_world     the same by world; empty where it is the same in all
    value        what the mover can expect after it; null for chance
    short        how far that is below the mover's best option
    then         what the number that is asked for comes to if it is taken
    """

    option: str
    says: str
    probability: float
    by_world: Mapping[str, float]
    value: float | None
    short: float | None
    then: float | None


@dataclass(frozen=True)
class ChoiceRow:
    """A choice on which a number rests.

    by         who moves; null for chance
    on         the first date on which it may come up
    reached    the chance that it comes up
    moves      how much the number that is asked for moves with it: half of the expected distance between options
    options    the likeliest first
    deviation  the account of the mover's best option less its next best; null for chance, and where there is but one
    says       the choice in a sentence
    """

    step: str
    name: str
    by: str | None
    on: str
    reached: float
    moves: float
    options: list[OptionRow]
    deviation: AccountRow | None
    says: str


@dataclass(frozen=True)
class TellingRow:
    """What one piece of evidence adds to a belief.

    doubt       what the piece leaves open, in words; empty where it is certain
    log_odds    added to the log-odds of the condition, in nats; null where it settles them
    if_true     how likely it was if the condition is true, and ``if_false``, if it is not
    before, after  the belief in the condition
    by_world    how likely it was in each world: the choice probabilities behind it
    """

    evidence: str
    on: str | int | None
    says: str
    doubt: str
    log_odds: float | None
    if_true: float | None
    if_false: float | None
    before: float
    after: float
    by_world: Mapping[str, float]


@dataclass(frozen=True)
class NumberRow:
    """One number that is looked up for a side.

    question  as it is written; ``says``, in words
    kind      what kind of number it is; ``unit``, its unit
    weight    by how much the side moves with it
    account   the number taken apart; null for what is no payoff
    choices   the choices that make it, the most telling first
    evidence  what each piece of evidence adds, for a belief
    notes     what else is to be said
    """

    question: str
    says: str
    kind: str
    unit: str
    value: float | None
    weight: float
    account: AccountRow | None = None
    choices: list[ChoiceRow] = field(default_factory=list)
    evidence: list[TellingRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ComparedSideRow:
    """One side of a comparison: as it is written, in words, its value, and the numbers in it.

    account  of the whole side, where it is made of several payoffs of one actor; else null
    """

    question: str
    says: str
    value: float | None
    kind: str
    unit: str
    numbers: list[NumberRow]
    account: AccountRow | None = None


@dataclass(frozen=True)
class ComparisonRow:
    """One comparison of a claim.

    question   as it is written; ``says``, in words
    negated    the claim says that it does not hold
    wanted     what the claim wants of the left side: "more than" the right
    binds      it decides the claim
    left, right  its sides; of one that does not bind without what they are made of
    """

    question: str
    says: str
    negated: bool
    wanted: str
    holds: bool | None
    margin: float | None
    binds: bool
    left: ComparedSideRow
    right: ComparedSideRow


@dataclass(frozen=True)
class SlopeRow:
    """What one assumption does to the margin at the base case.

    slope    the derivative of the margin by it; ``reach``, how far the margin would move over its range at that slope
    at_low   the margin solved at the lower end of its range, and ``at_high``, at the upper end; null where that was
             not done, or has no answer there
    """

    assumption: str
    says: str
    unit: str
    value: float
    low: float
    high: float
    slope: float
    reach: float
    at_low: float | None = None
    at_high: float | None = None


@dataclass(frozen=True)
class TurnRow:
    """A change of one thing that turns the claim.

    kind       ``assumption``, or ``choice``: the chance of an option at its next time, all else being played as it is
    what       the assumption, or STEP.OPTION
    value, to  what it is, and what it would have to be
    distance   the change as a part of the range of the assumption, or as a change of the chance
    confirmed  solved there, the claim has turned; null where it was not tried
    """

    says: str
    kind: Literal["assumption", "choice"]
    what: str
    value: float
    to: float
    unit: str
    distance: float
    confirmed: bool | None


@dataclass(frozen=True)
class ExplanationRow:
    """One claim explained.

    sentences    it in three sentences
    comparisons  all that it compares, in the order in which they are written; one of them binds
    assumptions  that move the margin at the base case, the farthest first; empty where slopes were not asked for
    turns        the nearest changes that turn it, the nearest first
    notes        on structure, error and whatever else decides
    """

    id: str
    says: str
    question: str
    at: str | int
    holds: bool | None
    margin: float | None
    verdict: Verdict
    error: float | None
    sentences: list[str]
    comparisons: list[ComparisonRow]
    assumptions: list[SlopeRow]
    turns: list[TurnRow]
    notes: list[str]
