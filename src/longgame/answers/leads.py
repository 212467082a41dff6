"""What an assumption does to a claim, read off the draws: those in which it is low beside those in which it is high.

The draws are cut into thirds by the assumption; all else varies in both as it does in all draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longgame.answers import words

THIRDS = 3
SURE = 2.0  # standard errors: with them, one difference in 22 that is none is taken for one


@dataclass(frozen=True)
class Third:
    """The draws at one end of an assumption.

    at      its mean value there
    margin  the claim's mean margin there
    share   of these draws in which the claim holds
    draws   how many they are
    """

    at: float
    margin: float
    share: float
    draws: int


@dataclass(frozen=True)
class Lead:
    """An assumption that moves a claim, and its name in words, with what becomes of the claim at its two ends."""

    assumption: str
    name: str
    low: Third
    high: Third

    @property
    def turns(self) -> bool:
        """From one end to the other the claim's mean margin changes its sign."""
        return (self.low.margin > 0.0) != (self.high.margin > 0.0)

    @property
    def moved(self) -> float:
        """How much of its share of draws the claim gains or loses from one end to the other."""
        return abs(self.high.share - self.low.share)

    @property
    def tells(self) -> bool:
        """That is more than chance would make of so many draws: over ``SURE`` standard errors of the difference of two
        shares, if both were one (the two-sample test of proportions)."""
        low, high = self.low, self.high
        share = (low.share * low.draws + high.share * high.draws) / (low.draws + high.draws)
        return self.moved > SURE * math.sqrt(share * (1.0 - share) * (1.0 / low.draws + 1.0 / high.draws))


def leads_of(answers: Mapping[str, Any], claim: Mapping[str, Any]) -> list[Lead]:
    """The assumptions that move a claim's margin by more than chance would, those that move it farthest first."""
    drawn = answers["drawn"]
    if not claim["rests_on"] or claim["id"] not in drawn["claims"]:
        return []
    here, actors = drawn["claims"][claim["id"]], [row["name"] for row in answers["actors"]]
    found = []
    for row in claim["rests_on"]["assumptions"]:
        values = drawn["assumptions"][row["assumption"]]
        known = [(x, m, h) for x, m, h in zip(values, here["margin"], here["holds"], strict=True) if m is not None]
        known.sort(key=lambda draw: draw[0])
        size = len(known) // THIRDS
        if size:
            name = words.spelled(row["assumption"], actors)
            found.append(Lead(row["assumption"], name, _third(known[:size]), _third(known[-size:])))
    return sorted(found, key=lambda lead: -abs(lead.high.margin - lead.low.margin))


def _third(draws: Sequence[tuple[float, float, int]]) -> Third:
    at, margin, holds = (sum(column) / len(draws) for column in zip(*draws, strict=True))
    return Third(at, margin, holds, len(draws))
