"""What is worked out for a browser, piece by piece: each piece is told as an event as soon as it is there.

Claims of a state, in the order in which somebody waits for them:

1. ``opened``   the scenario's assumptions and size, where they are asked for
2. ``claims``   the base case at the sliders' values, solved exactly, with every claim and belief
3. ``errors``   the claims again with the error of each number at these values: their lattice beside a finer one
4. ``slopes``   of one assumption after the other: how much margins move, for the preview of the next drag; and beside
   them ``shares`` over draws of the assumptions that no slider holds, as they come

Assumptions that were moved are held at their values in all draws, as in ``longgame whatif``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from longgame.answers.answers import BLOCKS, refuse_no_game
from longgame.answers.assess import assess
from longgame.answers.block import Base, Draws, Sources, plain
from longgame.answers.claims import judgement
from longgame.answers.compare import held_at
from longgame.answers.ensemble import Ensemble
from longgame.answers.game import size_row
from longgame.game import sample
from longgame.queries.claims import judge
from longgame.report import render
from longgame.run.gathered import Gathered
from longgame.run.gradient import Array, gradient
from longgame.run.plan import Plan
from longgame.run.precision import Precision
from longgame.run.solver import Solver
from longgame.run.store import Memory
from longgame.run.study import Study
from longgame.run.weighing import valid
from longgame.scenario.load import with_values
from longgame.scenario.model import Scenario
from longgame.studio.desk import Desk, GivenUp
from longgame.studio.files import Home
from longgame.studio.models import ReportAsked, SolveAsked, State
from longgame.studio.shelf import BLOCKS as SHOWN
from longgame.studio.shelf import Opened, Shelf

EVERY = 0.1  # seconds between two events of progress

Tell = Callable[[str, dict[str, Any]], None]  # (kind of event, its data)


@dataclass(frozen=True)
class Bench:
    """Where the work is done: the folder, the games that are kept, the turns at the processor."""

    folder: Home
    shelf: Shelf
    desk: Desk

    def scenario(self, state: State) -> Scenario:
        """The scenario of a state at its own values. Raises ScenarioError."""
        text = self.folder.read(state.origin) if state.text is None else state.text
        return self.shelf.read(text, self.folder.label(state.origin))


class Job:
    """One piece of work for one connection, which may end at any time."""

    def __init__(self, bench: Bench, tell: Tell, stopped: Callable[[], bool]):
        self.bench = bench
        self.tell = tell
        self.stopped = stopped
        self._told = 0.0

    def progress(self, stage: str, done: int, total: int) -> None:
        """Tell how far the work is; give it up where nobody waits for it."""
        if self.stopped():
            raise GivenUp
        now = time.monotonic()
        if now - self._told >= EVERY:
            self._told = now
            self.tell("progress", {"stage": stage, "done": done, "total": total})

    # --- claims ---

    def solve(self, asked: SolveAsked) -> None:
        """The claims of a state, piece by piece."""
        began = time.monotonic()
        with self.bench.desk.soon(self.stopped):
            opened = self.bench.shelf.open(self.bench.scenario(asked.state), self.progress, self.stopped)
            if asked.describe:
                self.tell("opened", described(opened))
            began = time.monotonic()
            base = self._base(opened, asked.state.values)
            self.tell("claims", shown(base, opened) | {"seconds": time.monotonic() - began})
        if base is not opened.base and opened.base.precision.beside is not None:
            with self.bench.desk.later(self.stopped):
                base = self._with_errors(base, opened)
            self.tell("errors", shown(base, opened))
        names = _names(opened)
        wanted = [names.index(name) for name in asked.first if name in names]
        which = [p for p in dict.fromkeys([*wanted, *opened.varying]) if p in opened.varying]
        with ThreadPoolExecutor(2, thread_name_prefix="studio-later") as both:
            parts = []
            if asked.draws:
                parts.append(both.submit(self._shares, opened, base, asked))
            if asked.slopes and which:
                parts.append(both.submit(self._slopes, opened, base, which))
            for part in parts:
                part.result()
        self.tell("done", {"seconds": time.monotonic() - began})

    def _base(self, opened: Opened, values: Mapping[str, float]) -> Base:
        """The base case at other values, from the play of the given ones."""
        scenario = opened.study.scenario
        moved = {name: value for name, value in values.items() if _own(scenario, name) != value}
        if not moved:
            return opened.base
        there = with_values(scenario, moved)
        study = replace(opened.study, scenario=there)
        theta = np.array([float(assumption.value) for assumption in there.assumptions.values()])
        draw = study.draw(theta, near=opened.base.draw.plays, progress=self.progress)
        refuse_no_game(draw)
        found = draw.look_up(_atoms(study))
        before = opened.base.precision
        return Base(study, draw, found, Precision(before.exact, before.worlds, before.lattice))

    def _with_errors(self, base: Base, opened: Opened) -> Base:
        """The same with the error of its numbers: what a finer lattice says beside it."""
        beside = opened.base.precision.beside
        assert beside is not None
        finer = base.study.refined(beside).draw(base.draw.theta, progress=self.progress)
        found = finer.look_up(_atoms(finer.study))
        return replace(base, precision=replace(base.precision, beside=beside, found=found))

    def _slopes(self, opened: Opened, base: Base, which: Sequence[int]) -> None:
        """How much the margins move with some assumptions at the values of the base case."""
        names = _names(opened)
        width = np.array([opened.width[opened.varying.index(p)] for p in which])

        def found_of(place: int, slopes: Array) -> None:
            self.tell("slopes", {"assumption": names[which[place]], "slopes": plain(slopes)})
            if self.stopped():
                raise GivenUp
            between()

        with self.bench.desk.later(self.stopped) as between:
            draw = base.study.draw(base.draw.theta, near=opened.base.draw.plays, progress=self.progress)
            try:
                gradient(base.study, draw, base.study.claims, which, width, self.progress, found_of)
            finally:
                draw.case.close()

    def _shares(self, opened: Opened, base: Base, asked: SolveAsked) -> None:
        """In what share of draws each claim holds, and how firmly it stands."""
        moved = {name: float(base.draw.theta[p]) for p, name in enumerate(_names(opened)) if name in asked.state.values}
        study = replace(base.study, scenario=held_at(base.study.scenario, moved))
        plan = Plan.of(study, asked.draws, asked.seed, temper=False)
        solver, store = Solver(study, plan, opened.base.draw.plays), Memory(plan)
        done, holds, count = 0, np.zeros(len(study.claims)), 0
        with self.bench.desk.later(self.stopped) as between:
            for chunk in plan.chunks():
                arrays = solver.solve(chunk, self.stopped)
                store.put(chunk, arrays)
                done += chunk.size
                answered = valid(arrays["status"])
                holds += (arrays["holds"][answered] == 1).sum(axis=0)
                count += int(answered.sum())
                if done < plan.size and count:
                    self.tell("shares", {"done": done, "size": plan.size, "share": plain(holds / count)})
                    between()
        if plan.size:
            draws = Draws(store, Ensemble.of(store), Gathered.of(store, study.scenario))
            self.tell("shares", {"done": done, "size": plan.size, **firmly(base, draws)})

    # --- the report ---

    def report(self, asked: ReportAsked) -> None:
        """The report of a state, as the event ``page``."""
        scenario = self.bench.scenario(asked.state)
        if asked.state.values:
            scenario = with_values(scenario, asked.state.values)
        with self.bench.desk.soon(self.stopped):
            self.bench.shelf.open(self.bench.scenario(asked.state), self.progress, self.stopped)  # refuses too large
        with self.bench.desk.later(self.stopped):
            found = assess(scenario, draws=asked.draws, seed=asked.seed, progress=self.progress)
            self.tell("page", {"name": scenario.source.name or "report", "html": render(found.to_json())})


def described(opened: Opened) -> dict[str, Any]:
    """What a browser must know of a scenario to show it."""
    scenario, study = opened.scenario, opened.study
    rows = plain(BLOCKS["assumptions"].make(Sources(opened.base)))
    for row in rows:
        row["low"], row["high"] = plain(sample.support(scenario.assumptions[row["name"]]))
    return {
        "title": scenario.title,
        "about": scenario.about,
        "name": scenario.source.name,
        "sha256": scenario.source.sha256,
        "assumptions": rows,
        "actors": {name: actor.says for name, actor in scenario.actors.items()},
        "worlds": list(study.game.worlds),
        "size": plain(size_row(study)),
        "estimate": asdict(opened.estimate),
        "exact": study.exact,
        "lattice": study.game.lattice,
    }


def shown(base: Base, opened: Opened) -> dict[str, Any]:
    """Claims and beliefs of a base case; ``errors`` says whether the errors are those of these very values.

    Where they are not known yet, the verdicts are told with those of the given values.
    """
    made = {name: BLOCKS[name].make(Sources(base)) for name in SHOWN}
    known = base.precision.exact or base.precision.found is not None or opened.base.precision.found is None
    if not known:
        rows = []
        for index, (row, claim) in enumerate(zip(made["claims"], base.study.claims, strict=True)):
            error = opened.base.error(opened.base.study.claims[index].holds)
            rows.append(replace(row, **judgement(judge(claim, base.found), None, index, error)))
        made["claims"] = rows
    return {"claims": plain(made["claims"]), "beliefs": plain(made["beliefs"]), "errors": known}


def firmly(base: Base, draws: Draws) -> dict[str, Any]:
    """Shares of all draws, and how firmly each verdict stands over them."""
    many = draws.many
    rows = [
        judgement(judge(claim, base.found), draws, index, base.error(claim.holds))
        for index, claim in enumerate(base.study.claims)
    ]
    count = range(len(rows))
    return {
        "valid": many.valid,
        "share": [many.share(index) for index in count],
        "share_weighted": [many.share_weighted(index) for index in count],
        "firmness": [row["firmness"] for row in rows],
        "spread": plain([row["spread"] for row in rows]),
        "effective": plain(many.effective),
    }


def _atoms(study: Study) -> Iterator[Any]:
    """All that is looked up for what is shown."""
    return iter(dict.fromkeys(atom for name in SHOWN for atom in BLOCKS[name].needs(study)))


def _names(opened: Opened) -> list[str]:
    return list(opened.scenario.assumptions)


def _own(scenario: Scenario, name: str) -> float | None:
    known = scenario.assumptions.get(name)
    return None if known is None else float(known.value)
