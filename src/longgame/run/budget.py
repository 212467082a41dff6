"""What a game takes in memory, held against what there is: refused before it is solved, with what would mend it.

The memory is that which is free, on the machine and in the container; or what the analyst allows, in the environment as
``LONGGAME_MEMORY=4`` (gigabytes). What a run may take in time is free, unless ``LONGGAME_MINUTES=10`` (of one
processor) says so (``answers.cost``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from longgame.errors import Place, Problem, TooLargeError
from longgame.game.game import Game
from longgame.game.lattice import points_of
from longgame.game.states import grid_points
from longgame.run.memory import free_memory
from longgame.scenario.model import Scenario
from longgame.solver.blocks.size import bytes_at_once, bytes_of_solution

SHARE = 0.7  # of the free memory: the rest is for what comes later, and for others
OVER = 1.5  # measured: 1.25 to 1.45 times the arrays that are counted, with what is held for a moment
ALONE = 300e6  # bytes that a run takes without any solution (measured)
MEMORY, MINUTES = "LONGGAME_MEMORY", "LONGGAME_MINUTES"
MOST_WAYS = 3  # to mend it, that are told


def bytes_of_game(game: Game) -> int:
    """What the values and the play of all periods take, of one draw."""
    if game.factored:
        return bytes_of_solution(game)
    size = len(game.ended) * points_of(len(game.worlds), game.lattice)
    plays = sum((int(game.cells[step.mover].max()) + 1) * len(step.options) for step in game.steps if step.mover >= 0)
    return game.periods * (bytes_of_values(game) + 8 * size * plays)


def bytes_of_values(game: Game) -> int:
    """What the values at one place take, for all states and beliefs of a draw."""
    if game.factored:
        return bytes_at_once(game)
    return 8 * len(game.ended) * len(game.actors) * len(game.worlds) * points_of(len(game.worlds), game.lattice)


def allowed(name: str) -> float | None:
    """What the analyst allows, by the environment."""
    with suppress(KeyError, ValueError):
        return float(os.environ[name])
    return None


def memory_allowed() -> float | None:
    """Bytes that may be taken: what the analyst allows, or a part of what is free; None where nothing says."""
    given, free = allowed(MEMORY), free_memory()
    return 1e9 * given if given is not None else None if free is None else SHARE * free


def refuse_beyond_memory(scenario: Scenario, game: Game) -> None:
    """Raise TooLargeError where a single solution does not fit into the memory, with what would make it fit."""
    most = memory_allowed()
    if most is None or bytes_needed(game) <= most:
        return
    found = f"one that takes {size_in_words(game)}"
    raise too_large(scenario, fits_into(most), found, ways_in_words(scenario, game, most))


def too_large(scenario: Scenario, expected: str, found: str, fix: str) -> TooLargeError:
    """The refusal of a scenario that takes too much."""
    place = Place(path="scenario", file=scenario.source.file)
    return TooLargeError([Problem("too-large", place, expected, found, fix)])


def fits_into(most: float) -> str:
    """What is expected of a game for which there are so many bytes."""
    return f"a game that fits into {_gigabytes(most)} of memory"


def largest_that_fits(now: int, size: Callable[[int], float], most: float) -> tuple[int, float] | None:
    """The largest number below one at which a size is enough, from 1 on, and that size; None where none is."""
    return next(((number, taken) for number in range(now - 1, 0, -1) if (taken := size(number)) <= most), None)


def one_of(ways: Sequence[str], otherwise: str) -> str:
    """Some ways to mend it as a sentence; another one where there is none."""
    fix = "; or ".join(ways) or otherwise
    return f"{fix[0].upper()}{fix[1:]}."


def bytes_needed(game: Game, lattice: int | None = None, periods: int | None = None) -> float:
    """What it takes to solve a game once; as if it had another lattice, or other periods."""
    if game.factored:
        return ALONE + OVER * bytes_of_solution(game, lattice, periods)
    game = replace(game, lattice=lattice or game.lattice, periods=periods or game.periods)
    return ALONE + OVER * bytes_of_game(game)


def size_in_words(game: Game) -> str:
    """How large a game is."""
    states, worlds = f"states: {len(game.ended):,}", f"worlds: {len(game.worlds):,}"
    return f"{_gigabytes(bytes_needed(game))} ({states}, {worlds}, periods: {game.periods}, lattice: {game.lattice})"


def ways_in_words(scenario: Scenario, game: Game, most: float) -> str:
    """What makes a game fit into so many bytes, by the least that is given up."""
    otherwise = "No change alone is enough: coarsen grids, shorten the clock and drop hidden variables"
    return one_of(list(_ways(scenario, game, most))[:MOST_WAYS], otherwise)


def _ways(scenario: Scenario, game: Game, most: float) -> Iterator[str]:
    """Each single change that is enough, with what the game takes then."""
    if lattice := largest_that_fits(game.lattice, lambda number: bytes_needed(game, lattice=number), most):
        yield coarser(game, lattice[0], _gigabytes(lattice[1]))
    for name, variable in scenario.state.items():
        if variable.grid is not None and name not in scenario.brought:
            points, (low, high, _) = len(grid_points(*variable.grid)), variable.grid
            fewer = int(points * (most - ALONE) / (bytes_needed(game) - ALONE))
            if 2 <= fewer < points:
                size = ALONE + (bytes_needed(game) - ALONE) * fewer / points
                step = f"{(high - low) / (fewer - 1):.3g}"
                yield f"give `{name}` {fewer} points in place of {points}, a step of {step} (about {_gigabytes(size)})"
    if game.forever:
        return
    if periods := largest_that_fits(game.periods, lambda number: bytes_needed(game, periods=number), most):
        yield f"write `periods: {periods[0]}` in place of {game.periods} ({_gigabytes(periods[1])})"


def coarser(game: Game, lattice: int, size: str) -> str:
    """How to take a coarser lattice, and what it takes then."""
    return f"write `solver: {{lattice: {lattice}}}` in place of {game.lattice} ({size})"


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB"
