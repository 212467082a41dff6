"""Accounts of one meeting, side by side: where they differ, what each difference is worth, what would tell them apart.

Everything is found by questions of the language, asked together of one solution:

    worth(actor, set(truce=energy), than=set(truce=full))    what one account is worth against the other
    choice(step.option, after=set(truce=energy))             how likely conduct is if that account holds

The public belief stays as it is when something is set. Where a hidden variable has the difference (``accounts_of``),
conduct is looked at in the worlds in which that is as the account says, which its authors know. The ratio of the
chances of an option under two accounts is the Bayes factor by which seeing it taken speaks for the first, given that
its step comes up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from math import inf, isfinite, log
from typing import Any

import numpy as np

from longgame.answers.block import Block, Sources
from longgame.answers.naming import Naming
from longgame.answers.reported_parts import compared, section, table
from longgame.answers.reported_rows import (
    ClauseDifferenceRow,
    How,
    PairRow,
    ReportedRow,
    ReportedRows,
    SignRow,
    WorthRow,
)
from longgame.answers.said import StatementsRow, statements
from longgame.answers.solver import worst
from longgame.choice.bargaining import TOLERANCE
from longgame.queries.atoms import Atom, Choice, ComesUp
from longgame.queries.deals import EFFECTS
from longgame.queries.places import Mask, View
from longgame.queries.questions import BoundQuestion
from longgame.run.precision import Base, ask
from longgame.run.study import Progress, SolvedDraw, Study, silent
from longgame.scenario.accounts import ReportedAccount
from longgame.scenario.formulas import Expression, Question
from longgame.scenario.language.expressions import Binary, Name, balanced
from longgame.scenario.model import Scenario
from longgame.scenario.questions.tree import Changes, Lookup, Understood
from longgame.scenario.questions.understand import understand
from longgame.solver.solution import Status

Settings = tuple[tuple[str, str], ...]  # state variables with their values, sorted
NOTHING: Settings = ()


def reported(
    scenario: Scenario,
    at: str | int = "now",
    progress: Progress = silent,
    ready: Callable[[SolvedDraw], None] = lambda draw: None,
) -> tuple[ReportedRows, Status]:
    """All that is said of the accounts of a scenario at a date, and how it was solved.

    It takes a solution of its own, since the game of a run need not have all that accounts say in it, and would be
    larger with it in every draw. ``ready`` may refuse the draw. Raises QuestionError where there is no such date.
    """
    study = Study.of(scenario.model_copy(update={"claims": {}}), list(_worths(scenario, at).values()))
    questions = _Questions.of(study, at)
    base = ask(study, questions.atoms, told=questions.worths.values(), progress=progress, ready=ready)
    asked = _Asked(questions, base)
    given = scenario.accounts
    rows = ReportedRows(
        accounts=[
            ReportedRow(name, one.by, one.on, one.source, one.says, dict(_all(one)), asked.worth(_all(one), NOTHING))
            for name, one in given.items()
        ],
        pairs=[_pair(asked, one, other) for one, other in combinations(given, 2)],
        statements=_statements(asked),
    )
    status = worst(base.draw.statuses.values())
    base.draw.case.close()
    return rows, status


def _all(account: ReportedAccount) -> Settings:
    return tuple(sorted((name, clause.value) for name, clause in account.clauses.items()))


def _said(account: ReportedAccount, clause: str) -> Settings:
    """What an account says of a clause: nothing, or a value."""
    return ((clause, account.clauses[clause].value),) if clause in account.clauses else ()


def _named(one: ReportedAccount, other: ReportedAccount) -> list[str]:
    """The clauses of two accounts, those of the first in front."""
    return list(dict.fromkeys((*one.clauses, *other.clauses)))


# --- asked ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Questions:
    """All that is asked of one solution.

    worths   (actor, what is set, what else) -> the question of its worth
    stakes   actor -> the question of its stake
    options  (what is set, step, option) -> the chance that is looked up
    comes    (what is set, step) -> when the step next comes up
    costs    account -> the question of what it costs its author if something else was agreed
    """

    worths: Mapping[tuple[str, Settings, Settings], BoundQuestion]
    stakes: Mapping[str, BoundQuestion]
    options: Mapping[tuple[Settings, int, int], Choice]
    comes: Mapping[tuple[Settings, int], ComesUp]
    costs: Mapping[str, BoundQuestion]

    @classmethod
    def of(cls, study: Study, at: str | int) -> _Questions:
        """Those of the accounts of a scenario."""
        scenario = study.scenario
        given = list(scenario.accounts.values())
        told = {name: one.found_out for name, one in scenario.accounts.items() if isinstance(one.found_out, Expression)}
        understood, first = _worths(scenario, at), next(iter(scenario.actors))

        def bound(question: Question) -> BoundQuestion:
            return study.binder.bind(understand(scenario, question, at))

        views = {
            _all(one): View(at, _truth(study, one), _change(understood[first, _all(one), NOTHING])) for one in given
        }
        options = {
            (said, k, a): Choice(view, k, a) for said, view in views.items() for k, a in _conduct(study)
        }
        return cls(
            {key: study.binder.bind(one) for key, one in understood.items()},
            {actor: bound(Question(f"stake({actor})")) for actor in scenario.actors},
            options,
            {(change, k): ComesUp(choice.view, k) for (change, k, _), choice in options.items()},
            {name: bound(Question(cost.text)) for name, cost in told.items()},
        )

    @property
    def atoms(self) -> list[Atom]:
        """All that is to be looked up."""
        asked = (*self.worths.values(), *self.stakes.values(), *self.costs.values())
        return [*(atom for one in asked for atom in one.atoms), *self.options.values(), *self.comes.values()]


def _truth(study: Study, account: ReportedAccount) -> Mask | None:
    """The worlds in which what is hidden of the accounts' difference is as an account says; None: nothing of it is."""
    tests = [
        Binary("==", Name(name), Name(account.clauses[one.accounts_of].value))
        for name, one in study.scenario.hidden.items()
        if one.accounts_of in account.clauses and account.clauses[one.accounts_of].value in one.values
    ]
    worlds = study.game.condition(balanced("and", tests)) if tests else None
    return None if worlds is None or not worlds.any() else tuple(map(bool, worlds))


def _worths(scenario: Scenario, at: str | int) -> dict[tuple[str, Settings, Settings], Understood]:
    """(actor, what is set, what else) -> the question of its worth."""
    given = list(scenario.accounts.values())
    against = dict.fromkeys((_all(one), NOTHING) for one in given)
    for one, other in combinations(given, 2):
        against[_all(one), _all(other)] = None
        against |= dict.fromkeys((_said(one, clause), _said(other, clause)) for clause in _named(one, other))
    return {
        (actor, change, than): understand(scenario, _question(actor, change, than), at)
        for change, than in against
        for actor in scenario.actors
    }


@dataclass(frozen=True, eq=False)
class _Asked:
    """All questions to one solution, with their answers."""

    questions: _Questions
    base: Base

    def worth(self, change: Settings, than: Settings) -> dict[str, WorthRow]:
        """Actor -> what it is worth to it that something is set, and nothing, or something else, is not."""
        found = {}
        for actor, stake in self.questions.stakes.items():
            question = self.questions.worths[actor, change, than]
            worth, size = (one.work_out(self.base.found).value for one in (question, stake))
            assert worth is not None and size is not None
            error = self.base.error(question)
            nothing = max(error or 0.0, TOLERANCE * (size or 1.0))
            effect = EFFECTS[int(worth > nothing) - int(worth < -nothing)]
            found[actor] = WorthRow(worth + 0.0, worth / size + 0.0 if size > 0.0 else None, error, effect)
        return found

    def chance(self, settings: Settings, k: int, a: int) -> float | None:
        """How likely an option is when its step next comes up; None where it cannot."""
        found = self.base.found.number(self.questions.options[settings, k, a])
        return found if isfinite(found) else None

    def when(self, settings: Settings, k: int) -> int | None:
        """The first period, from 0, in which a step may next come up; None where it cannot."""
        found = self.base.found.number(self.questions.comes[settings, k])
        return int(found) if isfinite(found) else None


def _statements(asked: _Asked) -> StatementsRow | None:
    """The accounts as statements, where one of them says what a false one costs."""
    bound = asked.questions.costs
    if not bound:
        return None
    given, case = asked.base.study.scenario.accounts, asked.base.draw.case
    precision = case.solution(None).tables(0).precision
    costs = {name: bound[name].work_out(asked.base.found).value if name in bound else 0.0 for name in given}
    worths = {name: asked.worth(_all(one), NOTHING) for name, one in given.items()}
    return statements(
        says={name: _all(one) for name, one in given.items()},
        by={name: one.by for name, one in given.items()},
        worth={name: {actor: row.worth for actor, row in rows.items()} for name, rows in worths.items()},
        cost={name: max(0.0, cost or 0.0) for name, cost in costs.items()},
        precision={
            actor: float(np.mean(np.asarray(precision)[n])) for n, actor in enumerate(asked.base.study.game.actors)
        },
    )


def _question(actor: str, change: Settings, than: Settings) -> Question:
    """The question of a worth; that of nothing against something is the loss of what that is worth."""
    if not change:
        return Question(f"-worth({actor}, {_written(than)})")
    return Question(f"worth({actor}, {_written(change)}{f', than={_written(than)}' if than else ''})")


def _written(settings: Settings) -> str:
    return f"set({', '.join(f'{name}={value}' for name, value in settings)})"


def _change(understood: Understood) -> Changes:
    """What is set in a question of a worth."""
    (leaf,) = understood.leaves
    assert isinstance(leaf, Lookup)
    (changes,) = leaf.changes
    return changes


def _conduct(study: Study) -> Iterator[tuple[int, int]]:
    """Every step and option that some one actor takes; positions in the game."""
    for k, step in enumerate(study.game.steps):
        for a in range(len(step.options) + len(step.acts)):
            if len(step.takers(a)) == 1:
                yield k, a


# --- compared ---------------------------------------------------------------------------------------------------------


def _pair(asked: _Asked, one: str, other: str) -> PairRow:
    given = asked.base.study.scenario.accounts
    first, second = given[one], given[other]
    worth = asked.worth(_all(first), _all(second))
    accepted = {"gains": one, "loses": other, "indifferent": None}
    return PairRow(
        between=[one, other],
        clauses=[_clause(asked, one, other, clause) for clause in _named(first, second)],
        worth=worth,
        gains={actor: accepted[row.effect] for actor, row in worth.items()},
        watch=_watch(asked, one, other),
    )


def _clause(asked: _Asked, one: str, other: str, clause: str) -> ClauseDifferenceRow:
    scenario = asked.base.study.scenario
    reported = {name: scenario.accounts[name].clauses.get(clause) for name in (one, other)}
    first, second = (None if found is None else found.value for found in reported.values())
    how: How = "only in one" if first is None or second is None else "agreed"
    wider = None
    if first is not None and second is not None and first != second:
        how = "contradicted"
        variable = scenario.state[clause]
        words = list(map(str, variable.points))
        place = [float(value) if variable.numeric else words.index(value) for value in (first, second)]
        wider = one if place[0] > place[1] else other
    quotes = dict(
        zip(reported, marked(*("" if found is None else found.quote for found in reported.values())), strict=True)
    )
    settings = [_said(scenario.accounts[name], clause) for name in (one, other)]
    return ClauseDifferenceRow(clause, how, {one: first, other: second}, wider, quotes, asked.worth(*settings))


def marked(one: str, other: str) -> tuple[str, str]:
    """Two quotes with the words that the other has not between « and »; as they are where one is empty."""
    if not one or not other:
        return one, other
    words = one.split(), other.split()
    bare = [[word.strip(".,;:!?\"'").casefold() for word in each] for each in words]
    alike = SequenceMatcher(None, bare[0], bare[1], autojunk=False)
    found: tuple[list[str], list[str]] = ([], [])
    for tag, start, end, begin, stop in alike.get_opcodes():
        for into, said in zip(found, (words[0][start:end], words[1][begin:stop]), strict=True):
            if said:
                text = " ".join(said)
                into.append(text if tag == "equal" else f"«{text}»")
    return " ".join(found[0]), " ".join(found[1])


def _watch(asked: _Asked, one: str, other: str) -> list[SignRow]:
    study = asked.base.study
    naming = Naming(study.binder.setting)
    settings = [_all(study.scenario.accounts[name]) for name in (one, other)]
    found = list[tuple[float, int, SignRow]]()
    for k, a in _conduct(study):
        step = study.game.steps[k]
        first, second = (asked.chance(each, k, a) for each in settings)
        strength = _strength(first or 0.0, second or 0.0)
        if not strength:
            continue
        (actor,) = step.takers(a)
        comes = min(t for each in settings if (t := asked.when(each, k)) is not None)
        row = SignRow(
            step=step.name,
            option=step.options[a] if a < len(step.options) else _own(step.acts[a - len(step.options)]),
            by=study.game.actors[actor],
            says=naming.taken(k, a),
            on=study.scenario.clock.label(comes),
            chance={one: first, other: second},
            ratio=first / second if first and second else None,
            speaks_for=one if strength > 0.0 else other,
        )
        found.append((-abs(strength), comes, row))
    found.sort(key=lambda each: each[:2])
    return [row for *_, row in found]


def _own(act: tuple[Any, int]) -> str:
    """What one of several who choose at the same time does."""
    side, own = act
    return str(side.options[own])


def _strength(one: float, other: float) -> float:
    """The logarithm of the ratio of two chances; 0 where they differ by rounding alone."""
    if abs(one - other) <= TOLERANCE:
        return 0.0
    return log(one / other) if one > 0.0 and other > 0.0 else inf if one > 0.0 else -inf


# --- the block of a run -----------------------------------------------------------------------------------------------


def _rows(sources: Sources) -> ReportedRows | None:
    scenario = sources.base.study.scenario
    return reported(scenario, progress=sources.progress)[0] if scenario.accounts else None


REPORTED = Block("accounts", _rows, table=table, section=section, compared=compared)
