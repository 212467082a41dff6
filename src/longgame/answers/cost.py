"""What a run takes, in time and memory: told before it is begun."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from longgame.errors import ScenarioError
from longgame.exact.exact_solution import NotSolved
from longgame.queries.atoms import Atom, ValueByWorld
from longgame.queries.meaning import posture_table
from longgame.queries.places import View
from longgame.run.budget import (
    ALONE,
    MINUTES,
    OVER,
    allowed,
    bytes_of_game,
    coarser,
    fits_into,
    largest_that_fits,
    one_of,
    too_large,
)
from longgame.run.memory import free_memory
from longgame.run.plan import Chunk, Plan, fewer
from longgame.run.precision import work, work_beside
from longgame.run.room import Room
from longgame.run.solver import Solver
from longgame.run.study import Progress, SolvedDraw, Study, silent
from longgame.run.together import abreast
from longgame.scenario.model import Scenario
from longgame.scenario.overlays import named, variants_of
from longgame.solver.blocks.solve import solve_blocks
from longgame.solver.kernel import cores
from longgame.solver.solve import solve
from longgame.text import duration

AFFORDABLE = 10.0  # seconds of processor time that a check may solve for
DRAW = 1 / 3  # of the base case's work is in a draw: it starts from the base case, to a coarser tolerance (measured)
STARTING = 2.5  # seconds that a run takes without any solution (measured)
FEW = 4  # periods, by which the others are told
QUICK = 1.0  # second: of a base case that takes less, some draws are solved too
TRIED = 4  # draws
OUTLIER = 3.0  # times what a period takes in the middle: programs are compiled in it, which a run does once


@dataclass(frozen=True)
class Pace:
    """What a run takes in seconds of one processor.

    starting  without any solution, the compilation of the game included
    base      of the base case, everything that claims and postures ask
    beside    times that, on the lattice that tells how far it is off
    draw      for each draw of the assumptions
    """

    starting: float
    base: float
    beside: float
    draw: float

    @property
    def once(self) -> float:
        """Of all but the draws."""
        return self.starting + self.base * (1.0 + self.beside)

    def seconds(self, draws: int) -> float:
        """Of a run of so many draws."""
        return self.once + self.draw * draws

    def times(self, more: float, starting: float) -> Pace:
        """That of another scenario, a solution of which is so many times the work."""
        return replace(self, starting=starting, base=self.base * more, draw=self.draw * more)


class Laps:
    """What the periods of a solution take, told by its progress, which is passed on."""

    def __init__(self, tell: Progress = silent):
        self._tell = tell
        self._ends: list[float] = []

    def __call__(self, stage: str, done: int, total: int) -> None:
        """A period is done; none yet where a solution begins."""
        if done == 0:
            self._ends = []
        self._ends.append(time.process_time())
        self._tell(stage, done, total)

    def seconds(self, periods: int) -> float | None:
        """What so many take, by those that were done; None before there was any.

        A period that took far longer than others counts as one of them: in it programs were compiled.
        """
        laps = np.diff(self._ends)
        if not len(laps):
            return None
        return float(np.minimum(laps, OUTLIER * np.median(laps)).mean()) * periods


@dataclass(frozen=True)
class EstimateRow:
    """What a run of so many draws takes, roughly: seconds of one processor, and bytes of memory.

    variants  how many the scenario has, of each of which ``variant_draws`` are solved too
    """

    draws: int
    seconds: float
    bytes: float
    variants: int = 0
    variant_draws: int = 0


def cost(study: Study, draws: int = 0) -> EstimateRow:
    """What a study takes, told from its last periods alone: to refuse what is too large before it is begun."""
    return estimate_of(study, _told(study), draws)


def with_variants(estimate: EstimateRow, study: Study, pace: Pace) -> EstimateRow:
    """The same with the variants of the scenario, each of which is compiled; ``pace``: of the scenario itself.

    Raises ScenarioError, naming the variant, where one makes no game: it is too large, or its evidence cannot be.
    """
    draws, seconds, memory, made = fewer(estimate.draws), estimate.seconds, estimate.bytes, 0
    for name, scenario in variants_of(study.scenario).items():
        began = time.process_time()
        try:
            variant = Study.of(scenario)
        except ScenarioError as error:
            raise type(error)([named(problem, name) for problem in error.problems]) from None
        more = work(variant.game) / work(study.game)
        one = estimate_of(variant, pace.times(more, time.process_time() - began), draws)
        seconds, memory, made = seconds + one.seconds, max(memory, one.bytes), made + 1
    return replace(estimate, seconds=seconds, bytes=memory, variants=made, variant_draws=draws if made else 0)


def refuse_too_large(scenario: Scenario, estimate: EstimateRow, seconds: float, share: float, fix: str) -> None:
    """Raise TooLargeError where a base case takes more seconds, or more than a share of the free memory."""
    free = free_memory()
    if estimate.seconds > seconds:
        expected = f"a game whose base case takes at most {duration(seconds)}"
        found = f"one that takes about {duration(estimate.seconds)}"
    elif free is not None and estimate.bytes > share * free:
        expected = fits_into(share * free)
        found = f"one that takes {estimate.bytes / 1e9:.1f} GB"
    else:
        return
    raise too_large(scenario, expected, found, fix)


def refuse_beyond_minutes(study: Study, draws: int) -> None:
    """Raise TooLargeError where a run takes more time of one processor than the analyst allows, if that was said."""
    minutes = allowed(MINUTES)
    if minutes is None or study.exact:
        return
    pace, most, game = _told(study), 60.0 * minutes, study.game
    seconds = pace.seconds(draws)
    if seconds <= most:
        return
    ways = []
    if draws and pace.seconds(1) <= most:
        ways.append(f"take `--draws {int((most - pace.once) / pace.draw)}` in place of {draws}")

    def on_lattice(lattice: int) -> float:
        return pace.times(work(game, lattice) / work(game), STARTING).seconds(draws)

    if lattice := largest_that_fits(game.lattice, on_lattice, most):
        ways.append(coarser(game, lattice[0], duration(lattice[1])))
    periods = int(game.periods * (most - STARTING) / (seconds - STARTING))
    if periods >= 1:
        ways.append(f"write `periods: {periods}` in place of {game.periods}")
    expected, found = f"a run that takes at most {duration(most)}", f"one that takes about {duration(seconds)}"
    fix = one_of(ways, f"allow more (`{MINUTES}`), or coarsen grids and drop hidden variables")
    raise too_large(study.scenario, expected, found, fix)


def measured(study: Study, draw: SolvedDraw, laps: Laps, draws: int) -> Pace:
    """What a run takes, told from as much of it as can be done in a few seconds.

    The base case is solved if it is small enough, and asked; and if that is quick some draws are. Else it is told from
    its last periods, and a draw from the base case.

    Args:
        study: the scenario.
        draw: its base case, in which solutions and answers stay.
        laps: the progress of that draw.
        draws: how many the run is to have.
    """
    if study.exact:
        try:
            base = _seconds(draw.case.solution) + _seconds(lambda: draw.look_up(_base_atoms(study), keep=True))
        except NotSolved:
            study = study.on_lattice
        else:
            return _tried(study, draw, Pace(STARTING, base, 0.0, DRAW * base), draws)
    pace, atoms = _told(study), _base_atoms(study)
    unders = _solutions(atoms)
    if pace.base > AFFORDABLE * unders:
        return pace
    took = _seconds(draw.case.solution)
    free = laps.seconds(study.game.periods) or took
    if free * unders > QUICK:
        evidence = _seconds(lambda: draw.case.path)
        of_free = [atom for atom in atoms if atom.view.under is None]
        asked = _seconds(lambda: draw.look_up(of_free, keep=True)) / max(len(of_free), 1)
        base = evidence + free * unders + asked * len(atoms)
        return replace(pace, base=base, draw=DRAW * base)
    draw.look_up(atoms, keep=True)  # programs are loaded
    base = _seconds(lambda: study.draw().look_up(atoms))
    return _tried(study, draw, replace(pace, base=base, draw=DRAW * base), draws)


def _tried(study: Study, draw: SolvedDraw, pace: Pace, draws: int) -> Pace:
    """The same with what some draws take, where that is soon known."""
    if not draws or pace.base > QUICK:
        return pace
    solver = Solver(study, Plan.of(study, draws, 0), draw.plays)
    few = min(TRIED, draws)
    solver.solve(Chunk(0, 0, 1), together=1)  # programs are loaded
    return replace(pace, draw=_seconds(lambda: solver.solve(Chunk(0, 0, few), together=few)) / few)


def _told(study: Study) -> Pace:
    """What a run takes, told from the last periods of its base case."""
    base = _one_seconds(study) * _solutions(_base_atoms(study))
    return Pace(STARTING, base, work_beside(study), DRAW * base)


def _solutions(atoms: list[Atom]) -> int:
    """How many solutions they are asked of."""
    return len({None, *(atom.view.under for atom in atoms)})


def _base_atoms(study: Study) -> list[Atom]:
    """What the claims and all postures ask."""
    atoms = [atom for claim in study.claims for atom in claim.holds.atoms]
    for actor in study.scenario.postures:
        atoms += posture_table(study.binder.setting, View(), study.game.actors.index(actor))[0]
    return atoms


def _one_seconds(study: Study) -> float:
    """Seconds of processor time for one solution, told from its last periods; all of it where it is exact."""
    game, last = study.game, study.game.periods - 1
    if study.exact:
        try:
            everything = [ValueByWorld(View(), actor) for actor in range(len(game.actors))]
            return _seconds(lambda: study.draw().look_up(everything))
        except NotSolved:
            pass
    solved, laps = solve_blocks if game.factored else solve, Laps()
    solved(game, game.base, since=max(last - 1, 0))  # programs are loaded, or compiled
    laps("", 0, 1)
    took = _seconds(lambda: solved(game, game.base, since=max(last + 1 - FEW, 0), progress=lambda *n: laps("", *n)))
    return took if game.forever else laps.seconds(game.periods) or took


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def estimate_of(study: Study, pace: Pace, draws: int) -> EstimateRow:
    """What a run takes at such a pace."""
    room = Room.of(study, min(draws, abreast(study)) or 1, cores())
    at_once = min(room.together * room.workers, draws)
    held = 0.0 if study.exact else OVER * bytes_of_game(study.game) * (1 + at_once)
    return EstimateRow(draws, pace.seconds(draws), ALONE + held)
