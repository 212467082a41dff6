"""Claims and ladders: the questions that are asked, when they can be asked, and the changes that they name."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.errors import Problem
from longgame.scenario.context import Context
from longgame.scenario.questions.understand import Understanding, claim_problems, ladder_problems


def claims_can_be_asked(context: Context) -> Iterator[Problem]:
    """Each step of a ladder is a change; each claim asks what is true or false, at a date on the clock."""
    understanding = Understanding(context)
    for name in context.scenario.ladders:
        yield from ladder_problems(understanding, name)
    for id, claim in context.scenario.claims.items():
        yield from claim_problems(understanding, id, claim)


CHECKS = (claims_can_be_asked,)
