"""Claims: whether a sentence of the assessment follows, by what margin, and what it shows beside.

A claim is bound once to a game and judged in any number of draws. A verdict says what was found in one draw; how often
a claim holds over many draws is counted elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from longgame.queries.atoms import Atom, Found
from longgame.queries.binding import Binder
from longgame.queries.effects import Beside, beside
from longgame.queries.questions import BoundQuestion
from longgame.queries.truth import Answer
from longgame.scenario.model import Claim
from longgame.scenario.questions.understand import understand_claim


@dataclass(frozen=True, eq=False)
class BoundClaim:
    """A claim whose questions are bound to a game.

    holds   the question that decides it
    shows   label -> what is shown beside it
    beside  what is asked to see whether it holds for the reason that it gives
    """

    id: str
    claim: Claim
    holds: BoundQuestion
    shows: Mapping[str, BoundQuestion]
    beside: Beside

    @property
    def questions(self) -> tuple[BoundQuestion, ...]:
        """The question that decides, then those that are shown."""
        return (self.holds, *self.shows.values())


@dataclass(frozen=True)
class Verdict:
    """What was found of a claim in one draw.

    holds    True, False, or None where it has no answer
    margin   how far it is from turning, above zero where it holds; NaN where it has no answer
    reasons  why it has no answer, in words
    """

    holds: bool | None
    margin: float
    reasons: tuple[str, ...] = ()


def bind_claims(binder: Binder, claims: Mapping[str, Claim]) -> tuple[BoundClaim, ...]:
    """Bind every claim of a scenario; raises QuestionError with all that is wrong with the first that is not sound."""
    understood = {id: understand_claim(binder.understanding, id, claim) for id, claim in claims.items()}
    return tuple(
        BoundClaim(
            id,
            claims[id],
            binder.bind(holds),
            {label: binder.bind(shown) for label, shown in shows.items()},
            beside(binder, holds),
        )
        for id, (holds, shows) in understood.items()
    )


def atoms_of(questions: Iterable[BoundQuestion]) -> tuple[Atom, ...]:
    """Everything that questions look up, each once."""
    return tuple(dict.fromkeys(atom for question in questions for atom in question.atoms))


def judge(claim: BoundClaim, found: Found) -> Verdict:
    """Whether a claim holds in a draw, from what was looked up in it."""
    answer = claim.holds.work_out(found)
    reasons = claim.holds.reasons(found) if answer.truth is None else ()
    return Verdict(answer.truth, math.nan if answer.margin is None else answer.margin, reasons)


def shown(claim: BoundClaim, found: Found) -> dict[str, Answer]:
    """What a claim shows beside its verdict."""
    return {label: question.work_out(found) for label, question in claim.shows.items()}
