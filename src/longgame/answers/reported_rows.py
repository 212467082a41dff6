"""The rows of accounts that are put side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from longgame.answers.said import StatementsRow
from longgame.queries.deals import Effect

How = Literal["agreed", "contradicted", "only in one"]


@dataclass(frozen=True)
class WorthRow:
    """What a change is worth to an actor: in units of payoff, as a share of its stake, and what that makes it do.

    share  null where nothing that can happen in play makes a difference to the actor, so that it has no stake
    error  how far the worth may be off; null where that is not known. Within it the actor is indifferent.
    """

    worth: float
    share: float | None
    error: float | None
    effect: Effect


@dataclass(frozen=True)
class ReportedRow:
    """One account, and what it would be worth to every actor if all that it says came into force now."""

    name: str
    by: str
    on: str | int
    source: str
    says: str
    clauses: Mapping[str, str]
    worth: Mapping[str, WorthRow]


@dataclass(frozen=True)
class ClauseDifferenceRow:
    """A clause in two accounts.

    values  account -> the value that it says; null where it says nothing of the clause
    wider   the account whose value stands later in the list of the variable's values, or is larger; null without two
    quotes  account -> its words, those that the other has not between « and »
    worth   actor -> worth of what the first says against what the second says; where only one says something, of that
            against nothing
    """

    clause: str
    how: How
    values: Mapping[str, str | None]
    wider: str | None
    quotes: Mapping[str, str]
    worth: Mapping[str, WorthRow]


@dataclass(frozen=True)
class SignRow:
    """An option of a coming step, and how likely it is under each of two accounts if the step comes up.

    on         the first date at which the step may come up, under either account
    chance     account -> chance; null where the step cannot come up under it
    ratio      chance under the first by that under the second; null where one of them is 0 or there is none
    speaks_for the account for which taking it speaks
    """

    step: str
    option: str
    by: str
    says: str
    on: str | None
    chance: Mapping[str, float | None]
    ratio: float | None
    speaks_for: str


@dataclass(frozen=True)
class PairRow:
    """Two accounts side by side.

    worth  actor -> worth of all that the first says against all that the second says
    gains  actor -> the account that it would gain from having accepted; null for one who is indifferent
    watch  conduct that would tell them apart, the strongest sign first
    """

    between: list[str]
    clauses: list[ClauseDifferenceRow]
    worth: Mapping[str, WorthRow]
    gains: Mapping[str, str | None]
    watch: list[SignRow]


@dataclass(frozen=True)
class ReportedRows:
    """The accounts of a meeting, each two of them side by side.

    statements  what each says about what was agreed; null where none of them says what a false one costs
    """

    accounts: list[ReportedRow]
    pairs: list[PairRow]
    statements: StatementsRow | None
