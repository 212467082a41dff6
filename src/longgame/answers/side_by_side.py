"""The accounts of a meeting put side by side: what ``longgame accounts`` prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from longgame.answers.answers import OnScenario, origin, refuse_no_game
from longgame.answers.parts import Part
from longgame.answers.reported import reported
from longgame.answers.reported_parts import parts
from longgame.answers.reported_rows import ReportedRows
from longgame.errors import Problem, ScenarioError
from longgame.run.study import Progress, silent
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.solver.solution import Status


@dataclass(frozen=True)
class ComparedAccounts(ReportedRows, OnScenario):
    """The accounts of a scenario, each two of them side by side, at a date."""

    at: str
    status: Status

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return parts(self.to_json())

    def rows(self) -> list[dict[str, Any]]:
        """A row for each clause of each two accounts, with its worth to each actor in units of payoff."""
        return [
            {"first": pair.between[0], "second": pair.between[1], "clause": row.clause, "how": row.how}
            | {"first value": row.values[pair.between[0]], "second value": row.values[pair.between[1]]}
            | {"wider": row.wider}
            | {actor: one.worth for actor, one in row.worth.items()}
            for pair in self.pairs
            for row in pair.clauses
        ]


def accounts(scenario: AnyScenario, *, at: str | int = "now", progress: Progress | None = None) -> ComparedAccounts:
    """Put the accounts of a meeting side by side, all from one solution.

    Args:
        scenario: one that has passed the checks and has ``accounts``; or a file, or the name of a shipped one.
        at: the date at which what was agreed would come into force: after all evidence up to it; ``now`` or ``start``.
        progress: as for ``assess``.

    Raises:
        ScenarioError: the scenario has no accounts, or makes no game.
        QuestionError: there is no such date.
    """
    given = scenario_of(scenario)
    if not given.accounts:
        fix = "Add `accounts: {NAME: {by: ACTOR, on: DATE, clauses: {VARIABLE: VALUE}}}`."
        raise ScenarioError([Problem("no-accounts", given.place(()), "accounts: what each side says", "none", fix)])
    found, status = reported(given, at, progress or silent, refuse_no_game)
    return ComparedAccounts(**vars(found), **origin(given), at=str(at), status=status)
