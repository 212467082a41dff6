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

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from longgame.answers import reported_parts
from longgame.answers.answers import BLOCKS, refuse_no_game
from longgame.answers.assess import assess
from longgame.answers.block import plain
from longgame.answers.bundles import bundles_row, refuse_strangers
from longgame.answers.bundles import parts as bundle_parts
from longgame.answers.commitment import commitment_rows
from longgame.answers.commitment_parts import parts as commitment_parts
from longgame.answers.compare import held_at
from longgame.answers.deals import parties_of
from longgame.answers.ensemble import read_draws
from longgame.answers.explain import EXPLANATIONS, explanations
from longgame.answers.explain_words import parts as in_parts
from longgame.answers.parts import Line
from longgame.answers.play import play
from longgame.answers.reported import reported
from longgame.errors import Place, Problem, ScenarioError
from longgame.queries.atoms import Atom, Found
from longgame.queries.bundles import BundleTable
from longgame.queries.meaning import bundle_table
from longgame.report import render
from longgame.report.draw import paths_svg
from longgame.run.gradient import Array, gradient
from longgame.run.plan import Plan
from longgame.run.precision import Base, Precision
from longgame.run.solver import Solver
from longgame.run.store import Memory
from longgame.run.study import Plays, SolvedDraw, Study
from longgame.run.together import Together
from longgame.run.weighing import valid
from longgame.scenario.load import with_values
from longgame.scenario.model import Scenario
from longgame.solver.solution import CONVERGED
from longgame.studio.desk import Desk, GivenUp
from longgame.studio.files import Home
from longgame.studio.models import BundlesAsked, ExplainAsked, ReportAsked, SolveAsked, State, StateAsked
from longgame.studio.shelf import BLOCKS as SHOWN
from longgame.studio.shelf import Opened, Shelf
from longgame.studio.shown import described, firmly, shown, told
from longgame.text import nearest

PATIENCE = 5  # how much nicer threads are whose work nobody waits for at once
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
        return self.shelf.read(text, self.folder, state.origin)


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
        with ThreadPoolExecutor(2, "studio-later", initializer=_with_patience) as both:
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
        study, theta = _moved(opened, values)
        if study is opened.study:
            return opened.base
        draw, found = self._asked(study, theta, opened.base.draw.plays)
        return Base(study, draw, found, _no_error(opened))

    def _with_errors(self, base: Base, opened: Opened) -> Base:
        """The same with the error of its numbers: what other lattices say beside it."""
        theta, precision = base.draw.theta, opened.base.precision
        return replace(
            base, precision=precision.anew(lambda lattice: self._asked(base.study.refined(lattice), theta, {})[1])
        )

    def _asked(self, study: Study, theta: Array, near: Plays) -> tuple[SolvedDraw, Found]:
        """One draw with all that is shown of it looked up; only where its questions lead is it solved."""
        together = Together(study, theta[None], near, CONVERGED, self.progress)
        refuse_no_game(together.draws[0])
        found = together.look_up(_atoms(study), 1)[0]
        if isinstance(found, Exception):
            raise found
        return together.draws[0], found

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
            draws = read_draws(store, study.scenario)
            self.tell("shares", {"done": done, "size": plan.size, **firmly(base, draws)})

    # --- why, and what then ---

    @contextmanager
    def _soon(self, state: State) -> Iterator[tuple[Opened, Study, Array]]:
        """What a state is asked of, as soon as the processor is free: the scenario, and the values of the state."""
        with self.bench.desk.soon(self.stopped):
            opened = self.bench.shelf.open(self.bench.scenario(state), self.progress, self.stopped)
            yield opened, *_moved(opened, state.values)

    @contextmanager
    def _draw(self, opened: Opened, study: Study, theta: Array) -> Iterator[SolvedDraw]:
        """A draw at the values of a state. Raises ScenarioError where they make no game."""
        draw = study.draw(theta, near=opened.base.draw.plays, progress=self.progress)
        try:
            refuse_no_game(draw)
            yield draw
        finally:
            draw.case.close()

    def explain(self, asked: ExplainAsked) -> None:
        """Why a claim follows or fails at the values of a state, as the event ``explanation``."""
        with self._soon(asked.state) as (opened, study, theta):
            claim = next((one for one in study.claims if one.id == asked.claim), None)
            if claim is None:
                fix = nearest(asked.claim, [one.id for one in study.claims])
                found = f"`{asked.claim}`"
                raise ScenarioError(
                    [Problem("unknown-name", Place(path="claim"), "a claim of the scenario", found, fix)]
                )
            with self._draw(opened, study, theta) as draw:
                base = Base(study, draw, draw.look_up(EXPLANATIONS.needs(study)), _no_error(opened))
                row = plain(explanations(base, [claim])[0])
        self.tell("explanation", {"claim": asked.claim, "parts": told(in_parts(row)[1:])})  # all but the claim itself

    def paths(self, asked: StateAsked) -> None:
        """The likeliest courses of play at the values of a state, as the event ``drawing``."""
        with self._soon(asked.state) as (_, study, _):
            self.tell("drawing", {"svg": paths_svg(play(study.scenario, progress=self.progress))})

    def commitment(self, asked: StateAsked) -> None:
        """Whether each deal would be kept at the values of a state, as the event ``commitment``."""
        with self._soon(asked.state) as (opened, study, theta), self._draw(opened, study, theta) as draw:
            rows = plain(commitment_rows(study, draw))
        self.tell("commitment", {"parts": told(commitment_parts(rows))})

    def bundles(self, asked: BundlesAsked) -> None:
        """All that can be put together of the clauses at the values of a state, as the event ``bundles``."""
        with self._soon(asked.state) as (opened, study, theta):
            groups = [tuple(dict.fromkeys(asked.between))] if asked.between else parties_of(study)
            between = next(iter(groups), tuple(study.game.actors[:2]))
            refuse_strangers(study.game.actors, between, "between")
            if not study.scenario.clauses:
                parts = [Line("The scenario has no `clauses`, of which deals could be put together.")]
            else:
                row = plain(bundles_row(study, self._priced(opened, study, theta), [between]))
                parts = bundle_parts(row, maps=True)
        self.tell("bundles", {"between": list(between), "parts": told(parts)})

    def _priced(self, opened: Opened, study: Study, theta: Array) -> BundleTable:
        """All bundles, priced; those of the last state are kept for whoever asks for another pair of actors."""
        key = tuple(theta)
        made = opened.priced.get(key)
        if made is None:
            needed, table = bundle_table(study.binder.setting, "now")
            with self._draw(opened, study, theta) as draw:
                made = table(draw.look_up(needed))
            opened.priced.clear()
            opened.priced[key] = made
        return made

    def accounts(self, asked: StateAsked) -> None:
        """The accounts of a meeting side by side at the values of a state, as the event ``accounts``."""
        with self._soon(asked.state) as (_, study, _):
            found = None
            if study.scenario.accounts:
                found = plain(reported(study.scenario, progress=self.progress, ready=refuse_no_game)[0])
        self.tell("accounts", {"parts": told(reported_parts.table({"accounts": found}))})

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


def _atoms(study: Study) -> list[Atom]:
    """All that is looked up for what is shown."""
    return list(dict.fromkeys(atom for name in SHOWN for atom in BLOCKS[name].needs(study)))


def _names(opened: Opened) -> list[str]:
    return list(opened.scenario.assumptions)


def _with_patience() -> None:
    """Let this thread have the processor after others, the browser's above all, where the system can tell threads."""
    if sys.platform == "linux":
        with suppress(OSError):
            me = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, me, os.getpriority(os.PRIO_PROCESS, me) + PATIENCE)


def _moved(opened: Opened, values: Mapping[str, float]) -> tuple[Study, Array]:
    """The study at other values of some assumptions, and all values [P]. Raises ScenarioError for what cannot be."""
    scenario = opened.study.scenario
    there = with_values(scenario, {name: value for name, value in values.items() if _own(scenario, name) != value})
    moved = there.assumptions != scenario.assumptions
    theta = np.array([float(assumption.value) for assumption in there.assumptions.values()])
    return replace(opened.study, scenario=there) if moved else opened.study, theta


def _no_error(opened: Opened) -> Precision:
    """The precision of numbers whose error is not known yet, unless there is none."""
    before = opened.base.precision
    return Precision(before.exact, before.worlds, before.lattice)


def _own(scenario: Scenario, name: str) -> float | None:
    known = scenario.assumptions.get(name)
    return None if known is None else float(known.value)
