"""What a run takes, in time and memory: told before it is begun."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from longgame.errors import ScenarioError
from longgame.queries.atoms import Atom
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
from longgame.run.plan import fewer
from longgame.run.precision import work
from longgame.run.room import Room
from longgame.run.study import SolvedDraw, Study
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
    one, solutions = _one_seconds(study), len({None, *(atom.view.under for atom in _base_atoms(study))})
    return estimate_of(study, one * solutions, draws)


def with_variants(estimate: EstimateRow, study: Study, base: float) -> EstimateRow:
    """The same with the variants of the scenario, each of which is compiled; ``base``: seconds of the base case.

    Raises ScenarioError, naming the variant, where one makes no game: it is too large, or its evidence cannot be.
    """
    draws, seconds, memory, made = fewer(estimate.draws), estimate.seconds, estimate.bytes, 0
    for name, scenario in variants_of(study.scenario).items():
        try:
            variant = Study.of(scenario)
        except ScenarioError as error:
            raise type(error)([named(problem, name) for problem in error.problems]) from None
        one = estimate_of(variant, base * work(variant.game) / work(study.game), draws)
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
    told, most = cost(study, draws), 60.0 * minutes
    if told.seconds <= most:
        return
    game, base = study.game, (told.seconds - STARTING) / (1 + DRAW * draws)
    ways = []
    if draws and STARTING + base * (1 + DRAW) <= most:
        ways.append(f"take `--draws {int(((most - STARTING) / base - 1) / DRAW)}` in place of {draws}")

    def seconds(lattice: int) -> float:
        return STARTING + (told.seconds - STARTING) * work(game, lattice) / work(game)

    if lattice := largest_that_fits(game.lattice, seconds, most):
        ways.append(coarser(game, lattice[0], duration(lattice[1])))
    periods = int(game.periods * (most - STARTING) / (told.seconds - STARTING))
    if periods >= 1:
        ways.append(f"write `periods: {periods}` in place of {game.periods}")
    expected, found = f"a run that takes at most {duration(most)}", f"one that takes about {duration(told.seconds)}"
    fix = one_of(ways, f"allow more (`{MINUTES}`), or coarsen grids and drop hidden variables")
    raise too_large(study.scenario, expected, found, fix)


def base_seconds(study: Study, draw: SolvedDraw) -> float:
    """Seconds of processor time for the base case with all claims and postures: measured, or told from its end."""
    atoms, free = _base_atoms(study), _one_seconds(study)
    unders = {None, *(atom.view.under for atom in atoms)}
    if free < AFFORDABLE:
        free = _seconds(draw.case.solution)
    if free * len(unders) > AFFORDABLE:
        return free * len(unders)
    return free + _seconds(lambda: draw.look_up(atoms, keep=True))


def _base_atoms(study: Study) -> list[Atom]:
    """What the claims and all postures ask."""
    atoms = [atom for claim in study.claims for atom in claim.holds.atoms]
    for actor in study.scenario.postures:
        atoms += posture_table(study.binder.setting, View(), study.game.actors.index(actor))[0]
    return atoms


def _one_seconds(study: Study) -> float:
    """Seconds of processor time for one solution, told from its last periods."""
    game, last = study.game, study.game.periods - 1
    solved = solve_blocks if game.factored else solve
    solved(game, game.base, since=last)  # programs are loaded, or compiled
    free = one = _seconds(lambda: solved(game, game.base, since=last))
    if last and one < 1.0:  # the last period starts from nothing, the others from the one after them
        few = min(_seconds(lambda: solved(game, game.base, since=max(last - 2, 0))) for _ in range(2))
        free += max(few - one, 0.0) / min(last, 2) * last
    else:
        free *= game.periods
    return free


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def estimate_of(study: Study, base: float, draws: int) -> EstimateRow:
    """What a run takes whose base case takes so many seconds."""
    room = Room.of(study, min(draws, abreast(study)) or 1, cores())
    held = OVER * bytes_of_game(study.game) * (1 + room.together * room.workers)
    return EstimateRow(draws, STARTING + base * (1 + DRAW * draws), ALONE + held)
