"""What each account says about what was really agreed, as the statement of an author whom a false one costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from longgame.answers.block import by_name
from longgame.choice.hearsay import MOST_WORDS, heard


@dataclass(frozen=True)
class SaidRow:
    """One account as a statement.

    cost     what it costs its author if something else was agreed
    chance   what was agreed, by the account that says it -> the chance that the author gives this account
    factors  the same of all others -> how many times as likely it is given if it is true as if that other is
    """

    account: str
    by: str
    cost: float
    chance: Mapping[str, float]
    factors: Mapping[str, float]


@dataclass(frozen=True)
class StatementsRow:
    """All accounts as statements, each made without hearing the others.

    belief    what was agreed, by the account that says it -> how likely that is after all of them, if each was as
              likely before
    residual  the largest change of a chance if it were worked out once more
    """

    accounts: list[SaidRow]
    belief: Mapping[str, float]
    residual: float


def statements(
    says: Mapping[str, object], by: Mapping[str, str], worth: Mapping[str, Mapping[str, float]],
    cost: Mapping[str, float], precision: Mapping[str, float],
) -> StatementsRow | None:  # fmt: skip
    """What accounts say as statements; None where only one thing is said, or too much at once.

    Args:
        says: account -> all that it says; accounts that say the same are true together.
        by: account -> its author.
        worth: account -> author -> what all that it says is worth to the author.
        cost: account -> what it costs its author if something else was agreed.
        precision: author -> lambda.
    """
    things: list[str] = [name for n, name in enumerate(says) if says[name] not in list(says.values())[:n]]
    place = {name: next(n for n, thing in enumerate(things) if says[thing] == says[name]) for name in says}
    if len(things) < 2 or len(things) ** (len(says) + 1) > MOST_WORDS:
        return None
    found = heard(
        np.array([[worth[thing][by[name]] for thing in things] for name in says]),
        np.array([cost[name] for name in says]),
        np.array([precision[by[name]] for name in says]),
        np.full(len(things), 1.0 / len(things)),
    )
    rows = []
    for i, (name, own) in enumerate(place.items()):
        chance = found.says[i, :, own]
        factors = {thing: float(chance[own] / chance[n]) for n, thing in enumerate(things) if n != own}
        rows.append(SaidRow(name, by[name], cost[name], by_name(things, chance), factors))
    return StatementsRow(rows, by_name(things, found.belief(list(place.values()))), found.residual)
