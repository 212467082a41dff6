"""Two assessments side by side: what changed, with the claims that turned first.

Both are tried on the same draws (common random numbers): a draw gives an assumption that has the same name in both the
same quantile of its distribution. So a claim that turns in a draw turns because of what differs between the two, not
because other numbers were drawn.

``whatif`` compares a scenario with itself at other values. In its draws the assumptions that are set stay fixed, at the
given values on one side and at the new ones on the other; all others are drawn from their ranges, alike on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from longgame.answers.answers import BLOCKS, LAYOUT, base_case
from longgame.answers.assess import DRAWS, answered
from longgame.answers.block import Compared
from longgame.answers.comparison import AnswerChange, ClaimChange, Comparison, SideRow, TurnedRow, ValueChange
from longgame.answers.kept import finished, read_answers
from longgame.errors import Place, Problem, ScenarioError
from longgame.run.executors import ChunkExecutor
from longgame.run.gathered import Gathered
from longgame.run.plan import Plan
from longgame.run.store import Memory
from longgame.run.study import Progress, Study, silent
from longgame.scenario.load import AnyScenario, scenario_of, scenario_or_folder, with_values
from longgame.scenario.model import Scenario

UNPAIRED = (
    "The two runs do not rest on the same draws (they have other seeds): their shares can be compared, but not draw by"
    " draw."
)
HELD = "In all draws {}; every other assumption is drawn alike on both sides."


@dataclass(frozen=True, eq=False)
class _Side:
    """One of the two: its answers in the layout of the file, its draws, and what they were drawn with."""

    answers: Mapping[str, Any]
    draws: Gathered
    plan: Plan


def compare(
    a: AnyScenario,
    b: AnyScenario,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
    executor: ChunkExecutor | None = None,
) -> Comparison:
    """Two assessments side by side.

    Args:
        a, b: scenarios, files, names, or folders of finished runs. A run brings its draws and their seed, for the
            other side too.
        draws: how many draws of the assumptions are solved, where no run says so.
        seed: of the draws, where no run says so.
        progress: told what is being done, and how many parts of how many of it are done.
        executor: who solves the draws; the threads of this process if None.

    Raises:
        ScenarioError: a scenario makes no game.
        RunError: a folder holds no finished run.
    """
    tell = progress or silent
    both = [scenario_or_folder(side) for side in (a, b)]
    runs = [None if isinstance(side, Scenario) else finished(side).plan for side in both]
    given = next((plan for plan in runs if plan is not None), None)
    studies = [Study.of(side) if isinstance(side, Scenario) else None for side in both]
    draws, seed = (draws, seed) if given is None else (given.draws, given.seed)
    sides = []
    for side, study in zip(both, studies, strict=True):
        if study is None:
            assert not isinstance(side, Scenario)
            sides.append(_read(Path(side)))
        else:
            sides.append(_solved(study, draws, seed, tell, executor))
    return _compared(*sides)


def whatif(
    scenario: AnyScenario,
    values: Mapping[str, float],
    *,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
    executor: ChunkExecutor | None = None,
) -> Comparison:
    """A scenario at its given values, and with some assumptions at other ``values``. Otherwise as ``compare``.

    Raises ScenarioError for a name that is no assumption, and for values out of its range or at which there is no game.
    """
    scenario = scenario_of(scenario)
    if not values:
        nothing = Problem("nothing-set", Place("--set"), "an assumption to change, as --set name=value", "none")
        raise ScenarioError([nothing])
    changed = with_values(scenario, values)
    before = held_at(scenario, {name: float(scenario.assumptions[name].value) for name in values})
    after = held_at(changed, values)
    found = compare(before, after, draws=draws, seed=seed, progress=progress, executor=executor)
    if not found.draws:
        return found
    held = [
        f"{name} is held at {float(scenario.assumptions[name].value):g} in A and at {value:g} in B"
        for name, value in values.items()
    ]
    return replace(found, note=" ".join(filter(None, (HELD.format(", ".join(held)), found.note))))


def held_at(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """The scenario with some assumptions fixed at given values, so that draws leave them alone."""
    fixed = {
        name: scenario.assumptions[name].model_copy(update={"value": value, "range": None, "distribution": None})
        for name, value in values.items()
    }
    return scenario.model_copy(update={"assumptions": {**scenario.assumptions, **fixed}})


def _solved(study: Study, draws: int, seed: int, tell: Progress, executor: ChunkExecutor | None) -> _Side:
    started = datetime.now(UTC)
    base = base_case(study, BLOCKS, tell, draws)
    store = Memory(Plan.of(base.study, draws, seed))
    found = answered(base, store, executor, tell, started)
    return _Side(found.to_json(), Gathered.of(store, study.scenario), store.plan)


def _read(folder: Path) -> _Side:
    """A finished run, as it is on the disk."""
    store = finished(folder)
    answers = read_answers(folder)
    return _Side(answers, Gathered.of(store, store.plan.read()), store.plan)


# --- side by side -----------------------------------------------------------------------------------------------------


def _compared(a: _Side, b: _Side) -> Comparison:
    paired = a.plan.seed == b.plan.seed and a.plan.size * b.plan.size > 0
    values = [{row["name"]: row["value"] for row in side.answers["assumptions"]} for side in (a, b)]
    others = [dict(_compared_answers(side.answers)) for side in (a, b)]
    return Comparison(
        longgame=a.answers["longgame"],
        layout=LAYOUT,
        a=a.answers["scenario"],
        b=b.answers["scenario"],
        seed=a.plan.seed,
        draws=min(a.plan.size, b.plan.size),
        paired=paired,
        note="" if paired or not (a.plan.size or b.plan.size) else UNPAIRED,
        assumptions=[
            ValueChange(name, values[0].get(name), values[1].get(name))
            for name in dict.fromkeys([*values[0], *values[1]])
            if values[0].get(name) != values[1].get(name)
        ],
        claims=_claims(a, b, paired),
        answers=[
            _change(key, others[0].get(key), others[1].get(key)) for key in dict.fromkeys([*others[0], *others[1]])
        ],
        status=(a.answers["solver"]["status"], b.answers["solver"]["status"]),
    )


def _claims(a: _Side, b: _Side, paired: bool) -> list[ClaimChange]:
    rows = [{row["id"]: row for row in side.answers["claims"]} for side in (a, b)]
    changes = []
    for id in dict.fromkeys([*rows[0], *rows[1]]):
        one, other = rows[0].get(id), rows[1].get(id)
        changes.append(
            ClaimChange(
                id=id,
                says=(other or one or {})["says"],
                a=_side_row(one),
                b=_side_row(other),
                turned=None if one is None or other is None else one["verdict"] != other["verdict"],
                in_draws=_in_draws(a, b, id) if paired and one and other else None,
            )
        )
    return sorted(changes, key=_how_much, reverse=True)


def _how_much(change: ClaimChange) -> tuple[bool, float, float]:
    """What turned comes first, then what turns in many draws, then what moved far."""
    draws = change.in_draws
    margins = [row.margin for row in (change.a, change.b) if row is not None and row.margin is not None]
    return (
        bool(change.turned),
        draws.only_a + draws.only_b if draws else 0.0,
        abs(margins[1] - margins[0]) if len(margins) == 2 else 0.0,
    )


def _side_row(row: Mapping[str, Any] | None) -> SideRow | None:
    return None if row is None else SideRow(**{field.name: row[field.name] for field in fields(SideRow)})


def _in_draws(a: _Side, b: _Side, claim: str) -> TurnedRow | None:
    """A claim in the draws that both sides answer; None where there is none."""
    here = [side.draws.holds[side.plan.axes.claim.index(claim)] for side in (a, b)]
    _, of_a, of_b = np.intersect1d(a.draws.number, b.draws.number, assume_unique=True, return_indices=True)
    one, other = here[0][of_a], here[1][of_b]
    known = np.isfinite(one) & np.isfinite(other)
    if not known.any():
        return None
    one, other = one[known] == 1.0, other[known] == 1.0
    return TurnedRow(
        draws=int(known.sum()),
        both=float((one & other).mean()),
        only_a=float((one & ~other).mean()),
        only_b=float((~one & other).mean()),
        neither=float((~one & ~other).mean()),
    )


def _change(key: tuple[str, str], a: float | str | None, b: float | str | None) -> AnswerChange:
    change = b - a if isinstance(a, int | float) and isinstance(b, int | float) else None
    return AnswerChange(*key, a, b, change)


def _compared_answers(answers: Mapping[str, Any]) -> Compared:
    """Every answer of the base case but the claims: (kind, what) -> a number, or a word."""
    for block in BLOCKS.values():
        yield from block.compared(answers)
