"""Claims: the questions that they ask, at a date when they can be asked."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.errors import Problem
from longgame.scenario.context import Context
from longgame.scenario.questions.understand import Understanding, claim_problems


def claims_can_be_asked(context: Context) -> Iterator[Problem]:
    """Each claim asks something true or false, about names that there are, at a date on the clock."""
    understanding = Understanding(context)
    for id, claim in context.scenario.claims.items():
        yield from claim_problems(understanding, id, claim)


CHECKS = (claims_can_be_asked,)
