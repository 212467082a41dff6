"""A record: forecasts of one or many cases, each made with the evidence up to a date, scored by what happened after.

Nobody should believe forecasts that were never scored. All cases are scored together, so that what is said of the model
does not rest on the one that suits it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from longgame.answers import words
from longgame.answers.answers import LAYOUT, ScenarioRow, base_case, made, scenario_row
from longgame.answers.block import Sources, plain
from longgame.answers.ensemble import read_draws, solve_draws
from longgame.answers.notebook import Findings
from longgame.answers.parts import Cell, Heading, Line, Part, Table, lines
from longgame.answers.scores import (
    GUESSES,
    OURS,
    GuessRow,
    ScoresRow,
    guess_rows,
    guess_table,
    guessed,
    in_words,
    library_outcomes,
    ours,
    shown_parts,
)
from longgame.answers.solver import worst
from longgame.errors import Place, Problem, ScenarioError
from longgame.inference.scores import Bin, brier, calibration, difference
from longgame.run.executors import ChunkExecutor, Threads
from longgame.run.plan import Plan
from longgame.run.solver import Solver
from longgame.run.store import Memory
from longgame.run.study import Progress, Study, silent
from longgame.run.tempering import tempered
from longgame.scenario.clock import DateError
from longgame.scenario.expand import known_by, observations_of
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.scenario.model import Evidence, Scenario
from longgame.solver.solution import Status

DRAWS = 128


@dataclass(frozen=True)
class CaseRow:
    """The scores of one scenario, made with the evidence ``until`` a date (null: with all of it)."""

    scenario: ScenarioRow
    until: str | None
    scores: ScoresRow
    status: Status


@dataclass(frozen=True)
class AheadRow:
    """How much lower the model's mean Brier score is than that of a guess, on the forecasts that both made.

    interval  of 95 %, cases drawn anew; null for fewer than three cases
    """

    guess: str
    n: int
    mean: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Record(Findings):
    """The scores of some cases, one by one and together.

    guesses      what each way of guessing scores over all forecasts
    ahead        how far the model is ahead of each
    calibration  of the model's forecasts (over the draws, where there are any): what happened, by what was given
    """

    longgame: str
    layout: int
    seed: int
    draws: int
    cases: list[CaseRow]
    guesses: list[GuessRow]
    ahead: list[AheadRow]
    calibration: list[Bin]
    says: str

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return parts(self.to_json())

    def rows(self) -> list[dict[str, Any]]:
        """A row for each scored forecast, for a table or a DataFrame."""
        return [
            {"scenario": case.scenario.name, "until": case.until, **plain(row)}
            for case in self.cases
            for row in case.scores.outcomes
        ]


def score(
    *scenarios: AnyScenario,
    until: Sequence[str | int] = (),
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
    executor: Callable[[], ChunkExecutor] = Threads,
) -> Record:
    """Score the forecasts of scenarios that say what became of them (``outcomes``).

    Args:
        scenarios: of which each has passed the checks; or files, or names of shipped ones.
        until: dates; the forecasts are made once for each, with the evidence up to it. With all evidence, if none.
        draws: how many draws of the assumptions the chances are averaged over, weighed by the evidence; 0 for the given
            values alone.
        seed: of the draws.
        progress: told what is being done, and how many parts of how many of it are done.
        executor: makes who solves the draws.

    Raises:
        ScenarioError: a scenario has no outcomes, makes no game, or its evidence cannot have happened in it; or a date
            cannot be read.
    """
    tell = progress or silent
    cases = []
    for given in scenarios:
        scenario = scenario_of(given)
        _refuse_without_outcomes(scenario)
        for date in until or (None,):
            cases.append(_case(scenario, date, draws, seed, tell, executor))
    return record_of(cases, seed, draws)


def with_outcomes() -> list[str]:
    """The shipped scenarios that say what became of their forecasts."""
    return list(library_outcomes())


def _refuse_without_outcomes(scenario: Scenario) -> None:
    if not scenario.outcomes:
        fix = "Add `outcomes: [{forecast: NAME, by: DATE, happened: no, source: ...}]`."
        place = scenario.place(())
        expected = "outcomes: what became of its forecasts"
        raise ScenarioError([Problem("no-outcomes", place, expected, "none", fix)])


def _case(
    scenario: Scenario,
    until: str | int | None,
    draws: int,
    seed: int,
    tell: Progress,
    executor: Callable[[], ChunkExecutor],
) -> CaseRow:
    asked = scenario if until is None else evidence_until(scenario, until)
    asked = asked.model_copy(update={"claims": {}})  # nothing is solved for the claims
    tell("Compiling", 0, 1)
    base = base_case(Study.of(asked), ["scores"], tell, draws)
    found = None
    if draws:
        plan = Plan.of(base.study, draws, seed)
        store, solver = Memory(plan), Solver(base.study, plan, base.draw.plays)
        with closing(executor()) as workers:
            solve_draws(solver, store, workers, tell)
            posterior = tempered(solver, store, workers, tell)
        found = read_draws(store, base.study.scenario, posterior)
    row = made(Sources(base, seed, found, progress=tell), ["scores"])["scores"]
    date = None if until is None else str(until)
    return CaseRow(scenario_row(scenario), date, row, worst(base.draw.statuses.values()))


def evidence_until(scenario: Scenario, date: str | int) -> Scenario:
    """The scenario with the evidence that is known on a date alone, as a question ``at`` the date has it.

    Of a time in which nothing was to be seen, the periods that are over are kept. Raises ScenarioError for a date that
    cannot be read.
    """
    observed = observations_of(scenario)
    try:
        known = known_by(scenario, observed, date)
    except DateError as error:
        place = Place(path="until")
        raise ScenarioError([Problem("bad-date", place, error.expected, error.found, error.fix)]) from None
    until: dict[int, int | None] = {}  # piece -> the last period that is known of it; None: all is
    for index in {seen.index for seen in observed}:
        mine = [(seen, is_known) for seen, is_known in zip(observed, known, strict=True) if seen.index == index]
        periods = [seen.period for seen, is_known in mine if is_known]
        each = all(seen.bit is None for seen, _ in mine)  # it is learned period by period
        if len(periods) == len(mine) or (periods and each):
            until[index] = None if len(periods) == len(mine) else max(periods)
    kept = tuple(_shorter(scenario, scenario.evidence[index], last) for index, last in sorted(until.items()))
    return scenario.model_copy(update={"evidence": kept})


def _shorter(scenario: Scenario, piece: Evidence, last: int | None) -> Evidence:
    """A piece of evidence up to a period; the whole of it for None."""
    return piece if last is None else piece.model_copy(update={"to": scenario.clock.label(last)})


def record_of(cases: Sequence[CaseRow], seed: int, draws: int) -> Record:
    """Some scored cases, taken together."""
    made_ones = [(case.scenario.name, vars(row)) for case in cases for row in case.scores.outcomes]
    scored = [(case, row) for case, row in made_ones if row["model"] is not None]
    rows = [row for _, row in scored]
    guesses = guess_rows(rows)
    return Record(
        longgame=metadata.version("longgame"),
        layout=LAYOUT,
        seed=seed,
        draws=draws,
        cases=list(cases),
        guesses=guesses,
        ahead=[_ahead(row.guess, scored) for row in guesses if row.guess not in OURS],
        calibration=calibration([ours(row) for row in rows], [row["happened"] for row in rows]),
        says=in_words([vars(guess) for guess in guesses]),
    )


def _ahead(guess: str, scored: Sequence[tuple[str, Mapping[str, Any]]]) -> AheadRow:
    """How far the model is ahead of a way of guessing that made at least one forecast."""
    both = [(case, row, p) for case, row in scored if (p := guessed(row, guess)) is not None]
    happened = [row["happened"] for _, row, _ in both]
    theirs, own = brier([p for *_, p in both], happened), brier([ours(row) for _, row, _ in both], happened)
    return AheadRow(guess, len(both), *difference(theirs, own, [case for case, *_ in both]))


# --- shown ------------------------------------------------------------------------------------------------------------


def parts(record: Mapping[str, Any]) -> list[Part]:
    """A record: what is said of it, all cases together, and each of them."""
    found: list[Part] = lines([record["says"]])
    if record["guesses"]:
        found += [
            guess_table(record["guesses"]),
            _ahead_table(record["ahead"]),
            _calibration_table(record["calibration"]),
        ]
    for case in record["cases"]:
        until = f", with the evidence up to {words.day(case['until'])}" if case["until"] else ""
        found.append(Heading(f"{case['scenario']['title']}{until}"))
        found.append(Line(f"Scored: the version whose digest begins with {case['scenario']['sha256'][:12]}.", "aside"))
        alone = len(record["cases"]) == 1  # then its scores are those above
        found += shown_parts({**case["scores"], "guesses": []} if alone else case["scores"])
    return found


def _ahead_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    cells = [
        (
            GUESSES.get(row["guess"], row["guess"]),
            str(row["n"]),
            f"{row['mean']:+.3f}",
            "too few cases" if row["interval"] is None else "{:+.3f} to {:+.3f}".format(*row["interval"]),
        )
        for row in rows
    ]
    numbers = ("Forecasts", "Ahead", "95 %")
    title = "How far the model's Brier score is ahead of a guess (below zero: behind), whole cases drawn anew"
    return Table(("Guess", *numbers), cells, title=title, numbers=numbers)


def _calibration_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    cells = [
        (
            f"{words.percent(row['low'])} to {words.percent(row['high'])}",
            str(row["n"]),
            words.percent(row["given"]),
            words.percent(row["share"]),
            "{} to {}".format(*map(words.percent, row["interval"])),
        )
        for row in rows
    ]
    numbers = ("Forecasts", "Given on average", "Happened", "95 %")
    title = "Calibration: what was given, and what happened"
    return Table(("Chance given", *numbers), cells, title=title, numbers=numbers)


def markdown(record: Mapping[str, Any]) -> str:
    """A record as a page of the documents."""
    return "\n".join([_INTRO, *(_marked(part) for part in parts(record))])


_INTRO = """# The record

What became of the forecasts of the shipped cases, the good ones and the bad. `make record` solves every case that has
`outcomes`, each with the evidence that its file holds, and writes this page; nothing on it is written by hand.
"""


def _marked(part: Part) -> str:
    match part:
        case Heading():
            return f"## {part.text}\n"
        case Line():
            return f"{part.text}\n"
        case Table():
            rule = ["---:" if heading in part.numbers else "---" for heading in part.headings]
            rows = [part.headings, rule, *([_cell(cell) for cell in row] for row in part.rows)]
            return "\n".join([f"{part.title}:\n", *("| " + " | ".join(row) + " |" for row in rows), ""])
        case _:
            raise TypeError(f"no page is written of a {type(part).__name__}")


def _cell(cell: str | Cell) -> str:
    return (cell if isinstance(cell, str) else cell.page or cell.text).replace("|", "\\|")
