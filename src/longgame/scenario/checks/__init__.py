"""One named function for each way in which a scenario can be wrong.

Each takes a `Context` and yields its problems; `check` runs them all and puts the problems in file order. What pydantic
sees to (keys, kinds of values) is not repeated here.
"""

from __future__ import annotations

from longgame.errors import Problem, in_file_order
from longgame.scenario.checks import (
    accounts,
    advice,
    blocks,
    clauses,
    clock,
    estimate,
    evidence,
    forever,
    formulas,
    outcomes,
    questions,
    statements,
    steps,
    together,
    variants,
    worlds,
)
from longgame.scenario.context import Context
from longgame.scenario.model import Scenario

CHECKS = (
    *clock.CHECKS,
    *blocks.CHECKS,
    *forever.CHECKS,
    *worlds.CHECKS,
    formulas.check_formulas,
    *steps.CHECKS,
    *clauses.CHECKS,
    *accounts.CHECKS,
    *statements.CHECKS,
    *together.CHECKS,
    *evidence.CHECKS,
    *outcomes.CHECKS,
    *questions.CHECKS,
    *estimate.CHECKS,
    *variants.CHECKS,
    *advice.CHECKS,
)

_NAMING = ("unknown-step", "unknown-option")  # mistakes in what a piece of evidence without an id is called after


def check(scenario: Scenario) -> list[Problem]:
    """Everything that is wrong with a scenario, errors and warnings, in file order."""
    context = Context(scenario)
    found = [problem for run in CHECKS for problem in run(context)]
    nameless = {f"evidence.{index}" for index, piece in enumerate(scenario.evidence) if not piece.id}
    if any(p.code in _NAMING and ".".join(p.where.path.split(".")[:2]) in nameless for p in found):
        found = [problem for problem in found if problem.code != "unknown-evidence"]  # it may be that piece's name
    return in_file_order(found)
