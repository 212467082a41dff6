"""Deals and whether they would be kept, with what would make them last: what ``longgame commitment`` prints.

A remedy is looked for by solving the game again with it: a penalty that an actor pays with every option by which it
breaks the deal, a payment that it gets at the end of every period in which the deal stands, or a posture of anybody
(a guarantor, a watcher) to whom the others adapt. Actors' precision stays as it was. The amounts are the smallest that
leave the actor nothing to gain by breaking the deal at any date, found by the rule of false position.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from longgame.answers.answers import OnScenario, origin, refuse_no_game
from longgame.answers.commitment import (
    CommitmentRow,
    RemedyRow,
    commitment_row,
    fate_of,
    first_row,
    rounding,
    share_of,
    standing_to_the_end,
    unit,
)
from longgame.answers.commitment_parts import known_deals, parts
from longgame.answers.parts import Part
from longgame.answers.solver import worst
from longgame.errors import Problem, ScenarioError
from longgame.exact.exact_solution import NotSolved
from longgame.queries.breach import charged, deterring
from longgame.queries.case import Posture
from longgame.queries.commitment import Fate, fate, largest_gain
from longgame.queries.places import Places, View, over_states
from longgame.run.precision import ask, work
from longgame.run.study import Progress, SolvedDraw, Study, silent
from longgame.scenario.expand import deals_of
from longgame.scenario.expand.standing import stands
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.scenario.questions.tree import When
from longgame.solver.batch import tables_of
from longgame.solver.solution import CONVERGED, Status

NEAR = 1e-4  # of the stake: how near to the smallest amount one is found
SURE = 2.0  # times the smallest amount, which leaves it all one to the actor: an amount that shows
MOST_WORK = 2e8  # of one solution (``precision.work``): larger games are not solved again for amounts


@dataclass(frozen=True)
class Commitments(OnScenario):
    """What would become of deals that are made at a date, and what would make them last."""

    at: str
    commitment: list[CommitmentRow]
    status: Status

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return parts(self.to_json()["commitment"])

    def rows(self) -> list[dict[str, Any]]:
        """A row for each deal, period and move at which it can be broken, with values in units of payoff."""
        return [
            {"deal": deal.deal, "on": one.on, "by": one.by, "step": one.step, "option": one.option}
            | {"chance": one.chance, "gain": one.gain, "tempted": one.tempted, "breaks": one.breaks}
            | {f"{actor} if kept": value for actor, value in one.kept.items()}
            | {f"{actor} if broken": value for actor, value in one.broken.items()}
            for deal in self.commitment
            for one in deal.temptations
        ]


def commitment(
    scenario: AnyScenario,
    *,
    deals: tuple[str, ...] = (),
    at: str | int = "now",
    remedies: bool = True,
    progress: Progress | None = None,
) -> Commitments:
    """Say of deals whether they would be kept: who would break them and when, how long they stand, what would help.

    Args:
        scenario: one that has passed the checks and has deals; or a file, or the name of a shipped one.
        deals: which; all that have a name, if none is given.
        at: the date at which each is made: after all evidence up to it; ``now`` or ``start``.
        remedies: whether to look for penalties, payments and postures that would make them last.
        progress: as for ``assess``.

    Raises:
        ScenarioError: the scenario has no such deal, or makes no game.
        QuestionError: there is no such date.
    """
    given = scenario_of(scenario)
    known = deals_of(given)
    if not known:
        fix = "Add `deals: {NAME: {VARIABLE: VALUE}}`, or an offer."
        raise ScenarioError([Problem("no-deals", given.place(()), "deals that have a name", "none", fix)])
    names = known_deals(deals, {name: name for name in known})
    study = Study.of(given.model_copy(update={"claims": {}}))
    report = progress or silent
    asked = [atom for name in names for atom in standing_to_the_end(study, name, at)]
    found = ask(study, asked, progress=report, ready=refuse_no_game)
    statuses: list[Status] = []
    rows = [_Made(found.study, found.draw, name, at, report, statuses).row(remedies) for name in names]
    status = worst([*found.draw.statuses.values(), *statuses])
    return Commitments(**origin(given), at=str(at), commitment=rows, status=status)


@dataclass(frozen=True, eq=False)
class _Made:
    """A deal that is made at a date, in a solved draw."""

    study: Study
    draw: SolvedDraw
    deal: str
    at: When
    progress: Progress
    statuses: list[Status]

    def row(self, remedies: bool) -> CommitmentRow:
        """All that is said of it."""
        found = fate_of(self.study, self.draw, self.deal, self.at)
        row = commitment_row(self.study, self.draw, self.deal, found, self.at)
        if found is not None and remedies and row.moves:
            row.remedies.extend(self._remedies(found))
        return row

    def _remedies(self, found: Fate) -> Iterator[RemedyRow]:
        enough = work(self.study.game) <= MOST_WORK
        for mover in dict.fromkeys(one.mover for one in found.temptations):
            gain = largest_gain(found, mover)
            if enough and gain > rounding(self.draw, mover):
                yield self._amount("penalty", mover, gain)
                yield self._amount("payment", mover, gain)
        for posture in self.study.postures:
            yield self._posture(posture)

    def _amount(self, kind: Literal["penalty", "payment"], actor: int, gain: float) -> RemedyRow:
        """The smallest penalty for breaking the deal, or payment for keeping it, that leaves nothing to gain by it."""
        stake = unit(self.draw, actor)

        def gained(amount: float) -> float:
            if not amount:
                return gain
            most = largest_gain(self._with(kind, actor, amount), actor)
            return most if most == most else -stake  # it comes to no move at which it could

        amount = deterring(gained, gain, NEAR * stake)
        name = self.study.game.actors[actor]
        if amount is None:
            return RemedyRow(kind, name, "", None, None, None, None)
        share = share_of(self.draw, actor, amount)
        return self._remedy(kind, name, "", self._with(kind, actor, SURE * amount), amount, share)

    def _with(self, kind: Literal["penalty", "payment"], actor: int, amount: float) -> Fate:
        """What becomes of the deal in the game with a penalty or a payment."""
        study, draw = self.study, self.draw
        node = stands(study.scenario, self.deal)
        assert node is not None
        standing, replies = over_states(draw.case, node), study.binder.setting.replies
        amounts = (amount, 0.0) if kind == "penalty" else (0.0, amount)
        numbers = tables_of(study.game, draw.theta)
        changed = charged(numbers, study.game, standing, actor, *amounts, replies=replies)
        other = SolvedDraw(study, draw.theta, draw.plays, self.progress, CONVERGED, changed)
        nodes = Places(draw.case)(study.binder.setting.made(View(self.at), self.deal))
        found = fate(other.case, nodes, standing, None, replies)
        self.statuses.extend(other.statuses.values())
        return found

    def _posture(self, posture: Posture) -> RemedyRow:
        try:
            found = fate_of(self.study, self.draw, self.deal, self.at, posture)
        except (LookupError, NotSolved, ZeroDivisionError):
            found = None
        finally:
            self.draw.case.release(posture)
        return self._remedy("posture", *posture, found)

    def _remedy(
        self, kind: Any, actor: str, posture: str, found: Fate | None, amount: float | None = None,
        share: float | None = None,
    ) -> RemedyRow:  # fmt: skip
        if found is None:
            return RemedyRow(kind, actor, posture, amount, share, None, None)
        last = found.stands[max(found.stands)]
        return RemedyRow(kind, actor, posture, amount, share, last, first_row(self.study, self.draw, found))
