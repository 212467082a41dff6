"""A chunk of draws -> its arrays. What is found in a draw depends on the plan and the number of the draw alone.

``solve_chunk(plan, chunk)`` is a pure function that any process can run: it reads the scenario from the plan, and keeps
the compiled game for the next chunk. Whoever has a compiled game at hand makes a ``Solver`` of it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from longgame.choice.table import RULES
from longgame.errors import ScenarioError
from longgame.exact.exact_solution import NotSolved
from longgame.game import sample
from longgame.inference.draws import DrawStatus, latin
from longgame.queries.atoms import Found, ValueByWorld, View
from longgame.queries.claims import judge
from longgame.queries.forecast import simulate
from longgame.queries.meaning import posture_table
from longgame.run.plan import DETAIL, STATUSES, Arrays, Chunk, Plan, varying
from longgame.run.room import Room, shared_free_memory
from longgame.run.study import Plays, SolvedDraw, Study
from longgame.run.together import Together, abreast
from longgame.solver.solution import Status

SECONDS = "seconds"  # beside the arrays of a chunk that was solved: [how long it took, 1 if not its thread's first]
LONGEST_DETAIL = 500  # characters
FORESEEN = 128  # draws, the first of a run, that are played forward for the scenario's forecasts
PATHS = 1_000  # of each of these: the chances of draws differ by far more than what a simulation of so many is off by
TOLERANCE = 1e-6  # of a draw's choice probabilities: far finer than draws differ, and half the work of the base case's


#: What a worker does with a plan and a chunk; it is told when to stop.
Work = Callable[[Plan, Chunk, Callable[[], bool]], Arrays]


class Stopped(Exception):
    """A chunk was given up because the run is to stop."""


def never() -> bool:
    """The run goes on."""
    return False


class Solver:
    """A plan and its compiled game: solves one chunk after another.

    ``near`` is the play of the base case; from its free play the search for the play of each draw starts, under a
    posture too: postures change little of it. Without it free play is solved when the first chunk comes.
    """

    def __init__(self, study: Study, plan: Plan, near: Plays | None = None):
        self.study = study
        self.plan = plan
        self._near = None if near is None else self._free_play(near)
        self._lock = threading.Lock()
        self._warm: set[int] = set()  # threads that have solved a chunk: programs are at hand from then on
        setting = study.binder.setting
        self._tables = [posture_table(setting, View(), study.game.actors.index(actor)) for actor in plan.axes.actor]
        atoms = [atom for claim in study.claims for atom in claim.holds.atoms]
        self._free = [ValueByWorld(View("now"), study.game.actors.index(actor)) for actor in plan.axes.actor]
        self._atoms = atoms + self._free + [atom for needs, _ in self._tables for atom in needs]
        # The dates of the axis `at` as the claims have them: a period stays a number.
        dates = [*(claim.claim.at for claim in study.claims), "now"]
        self._dates = list({str(at): at for at in dates}.values())

    def solve(self, chunk: Chunk, stopped: Callable[[], bool] = never, together: int | None = None) -> Arrays:
        """The arrays of a chunk, and the ``SECONDS`` that it took; as many draws ``together`` as go well if None.

        Raises Stopped between two draws once ``stopped`` says so.
        """
        near = self._start()
        began = time.perf_counter()
        together = together or min(self.plan.chunk, abreast(self.study))
        arrays = self.plan.blank(chunk.size)
        arrays["theta"][:] = self.points_of(chunk)
        details = []
        for first in range(0, chunk.size, together):
            if stopped():
                raise Stopped
            rows = range(first, min(first + together, chunk.size))
            for row, (status, detail) in zip(rows, self._several(arrays, rows, near, chunk, together), strict=True):
                arrays["status"][row] = STATUSES.index(status)
                details.append(detail[:LONGEST_DETAIL])
        seconds = np.array([time.perf_counter() - began, threading.get_ident() in self._warm])
        self._warm.add(threading.get_ident())
        return arrays | {DETAIL: np.array(details, dtype=str), SECONDS: seconds}

    def set_aside(self, chunk: Chunk, reason: str) -> Arrays:
        """The arrays of a chunk that no process could solve: its draws are counted, with the reason."""
        arrays = self.plan.blank(chunk.size)
        arrays["theta"][:] = self.points_of(chunk)
        arrays["status"][:] = STATUSES.index(DrawStatus.SET_ASIDE)
        return arrays | {DETAIL: np.array([reason[:LONGEST_DETAIL]] * chunk.size)}

    def points_of(self, chunk: Chunk) -> NDArray[np.float64]:
        """[size, P] the assumptions in the draws of a chunk."""
        if not chunk.cube:
            return points(self.study, chunk.start, chunk.stop, self.plan.seed)
        return _from_cube(self.study, np.frombuffer(chunk.cube).reshape(chunk.size, -1))

    def _start(self) -> Plays:
        """The play of the base case."""
        with self._lock:
            if self._near is None:
                try:
                    self._near = self._base()
                except NotSolved:
                    self.study = self.study.on_lattice
                    self._near = self._base()
            return self._near

    def _base(self) -> Plays:
        base = self.study.draw()
        base.case.solution()
        if self.study.exact:  # which finds play where it is asked
            base.look_up(self._atoms)
        return self._free_play(base.plays)

    def _free_play(self, near: Plays) -> Plays:
        return near if self.study.exact else {under: play for under, play in near.items() if under is None}

    def _several(
        self, arrays: Arrays, rows: range, near: Plays, chunk: Chunk, count: int
    ) -> list[tuple[DrawStatus, str]]:
        """Solve some draws together, as far as their questions need it, and write what was found into their rows."""
        # There are always as many, so that the same compiled programs serve; those over are not asked anything.
        thetas = np.resize(arrays["theta"][rows.start : rows.stop], (count, arrays["theta"].shape[1]))
        together = Together(self.study, thetas, near, TOLERANCE)
        try:
            found = together.look_up(() if chunk.evidence_only else self._atoms, len(rows))
            ended = []
            for draw, one, row in zip(together.draws, found, rows, strict=False):
                here = {name: array[row : row + 1] for name, array in arrays.items()}
                ended.append(self._attempt(draw, one, here, chunk))
                if ended[-1][0].counts and not chunk.cube and chunk.start + row < FORESEEN:
                    self._foresee(draw, here)
            return ended
        finally:
            together.close()

    def _attempt(self, draw: SolvedDraw, found: Found | Exception, row: Arrays, chunk: Chunk) -> tuple[DrawStatus, str]:
        try:
            return self._one(draw, found, row, chunk), ""
        except Exception as error:  # whatever it is, one draw must not end the others; it is counted, with its reason
            blank = self.plan.blank(1)
            for name in blank.keys() - {"theta", DETAIL}:
                row[name][:] = blank[name]
            return DrawStatus.FAILED, f"{type(error).__name__}: {error}"

    def _one(self, draw: SolvedDraw, found: Found | Exception, row: Arrays, chunk: Chunk) -> DrawStatus:
        """Write what was found in a draw into its row."""
        if not draw.valid:
            return DrawStatus.INVALID
        try:
            path = draw.case.path
        except ScenarioError:
            self._report(draw, row)
            return DrawStatus.IMPOSSIBLE
        evidence = {seen.id: math.log(seen.probability) for seen in path.pieces}
        after = {seen.id: seen.posterior for seen in path.pieces}
        row["log_likelihood"][0] = [evidence[id] for id in self.plan.axes.evidence]
        row["learned"][0] = [path.start.belief(), *(after[id] for id in self.plan.axes.evidence)]
        row["belief"][0] = [path.at(when).belief() for when in self._dates]
        if isinstance(found, Exception):
            raise found
        if not chunk.evidence_only:
            self._answer(found, row)
        self._report(draw, row)
        missed = Status.UNCONVERGED in draw.statuses.values() or not np.isfinite(row["log_likelihood"]).all()
        return DrawStatus.UNCONVERGED if missed else DrawStatus.SOLVED

    def _answer(self, found: Found, row: Arrays) -> None:
        """Write what the claims and the choices among postures come to into a row."""
        for number, claim in enumerate(self.study.claims):
            verdict = judge(claim, found)
            row["holds"][0, number] = -1 if verdict.holds is None else int(verdict.holds)
            row["margin"][0, number] = verdict.margin
        tables = [make(found) for _, make in self._tables]
        if tables:
            row["posture_value"][0] = np.concatenate([table.values[:, :, 0] for table in tables])
            row["free_value"][0] = [found.vector(atom) for atom in self._free]
        first = 0
        for number, table in enumerate(tables):
            best = [int(table.best(rule)[0]) for rule in RULES]
            row["choice"][0, number] = [-1 if posture < 0 else first + posture for posture in best]
            first += len(table.values)

    def _foresee(self, draw: SolvedDraw, row: Arrays) -> None:
        """Write what is to be expected in a draw into its row, by the same random numbers in every draw."""
        if not (names := self.plan.axes.forecast):
            return
        game, scenario = self.study.game, self.study.scenario
        events = {name: game.event(scenario.forecasts[name].event.tree)(draw.theta) for name in names}
        found = simulate(draw.case, events, paths=PATHS, seed=self.plan.seed)
        ends = [self.plan.axes.end.index(scenario.clock.end_label(int(t))) for t in found.periods]
        row["chance"][0][:, ends] = [found.by[name] for name in names]

    @staticmethod
    def _report(draw: SolvedDraw, row: Arrays) -> None:
        residuals = [report.residual for report in draw.solved.values()]
        row["residual"][0] = np.max(residuals) if residuals else np.nan  # not a number if one of them is none
        row["iterations"][0] = max((report.iterations for report in draw.solved.values()), default=0)
        row["jumps"][0] = sum(report.jumps for report in draw.solved.values())


def points(study: Study, start: int, stop: int, seed: int) -> NDArray[np.float64]:
    """[stop - start, P] draws of the assumptions: Latin hypercubes, through the distribution of each."""
    return _from_cube(study, cube_points(study, start, stop, seed))


def cube_points(study: Study, start: int, stop: int, seed: int) -> NDArray[np.float64]:
    """[stop - start, varying assumptions] the same points in the unit cube."""
    names = list(study.scenario.assumptions)
    return latin(stop, [names[p] for p in varying(study)], seed, start=start)


def _from_cube(study: Study, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """[D, P] the assumptions at points u [D, varying] of the unit cube."""
    cube = np.full((len(u), len(study.scenario.assumptions)), 0.5)
    cube[:, varying(study)] = u
    return sample.draws(study.scenario, cube)


def solve_chunk(plan: Plan, chunk: Chunk, stopped: Callable[[], bool] = never) -> Arrays:
    """The arrays of a chunk, in any process that has the plan.

    Raises RunError where the software here is not that of the plan.
    """
    with _LOCK:  # two threads of one process must not compile the same game twice
        solver, together = _solver(plan)
    return solver.solve(chunk, stopped, together)


@lru_cache(maxsize=1)
def _solver(plan: Plan) -> tuple[Solver, int]:
    """The solver of a plan, and how many draws there is memory for at once."""
    plan.same_software()
    study = Study.of(plan.read())
    return Solver(study, plan), Room.of(study, plan.chunk, 1, shared_free_memory()).together


_LOCK = threading.Lock()
