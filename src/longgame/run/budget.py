"""What a game takes in memory, held against what there is: refused before it is solved, with what would mend it.

The memory is that which is free, on the machine and in the container; or what the analyst allows, in the environment as
``LONGGAME_MEMORY=4`` (gigabytes). What a run may take in time is free, unless ``LONGGAME_MINUTES=10`` (of one
processor) says so (``answers.cost``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from longgame.errors import Place, Problem, TooLargeError
from longgame.game.game import Game
from longgame.game.states import grid_points
from longgame.run.memory import free_memory
from longgame.scenario.model import Scenario
from longgame.solver.blocks.size import bytes_at_once, bytes_of_solution
from longgame.solver.evaluate import lattice_of

SHARE = 0.7  # of the free memory: the rest is for what comes later, and for others
OVER = 1.5  # measured: 1.25 to 1.45 times the arrays that are counted, with what is held for a moment
ALONE = 450e6  # bytes that a run takes without any solution (measured)
MEMORY, MINUTES = "LONGGAME_MEMORY", "LONGGAME_MINUTES"
MOST_WAYS = 3  # to mend it, that are told


def bytes_of_game(game: Game) -> int:
    """What the values and the play of all periods take, of one draw."""
    if game.factored:
        return bytes_of_solution(game)
    size = len(game.ended) * lattice_of(game).size
    plays = sum((int(game.cells[step.mover].max()) + 1) * len(step.options) for step in game.steps if step.mover >= 0)
    return game.periods * (bytes_of_values(game) + 8 * size * plays)


def bytes_of_values(game: Game) -> int:
    """What the values at one place take, for all states and beliefs of a draw."""
    if game.factored:
        return bytes_at_once(game)
    return 8 * len(game.ended) * len(game.actors) * len(game.worlds) * lattice_of(game).size


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
    place = Place(path="scenario", file=scenario.source.file)
    expected, found = f"a game that fits into {most / 1e9:.1f} GB of memory", f"one that takes {size_in_words(game)}"
    raise TooLargeError([Problem("too-large", place, expected, found, ways_in_words(scenario, game, most))])


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
    ways = list(_ways(scenario, game, most))[:MOST_WAYS]
    if not ways:
        return "No change alone is enough: coarsen grids, shorten the clock and drop hidden variables."
    return f"{ways[0][0].upper()}{ways[0][1:]}" + "".join(f"; or {way}" for way in ways[1:]) + "."


def _ways(scenario: Scenario, game: Game, most: float) -> Iterator[str]:
    """Each single change that is enough, with what the game takes then."""
    for lattice in range(game.lattice - 1, 0, -1):
        if (size := bytes_needed(game, lattice=lattice)) <= most:
            yield f"write `solver: {{lattice: {lattice}}}` in place of {game.lattice} ({_gigabytes(size)})"
            break
    for name, variable in scenario.state.items():
        if variable.grid is not None and name not in scenario.brought:
            points, (low, high, _) = len(grid_points(*variable.grid)), variable.grid
            fewer = int(points * (most - ALONE) / (bytes_needed(game) - ALONE))
            if 2 <= fewer < points:
                size = ALONE + (bytes_needed(game) - ALONE) * fewer / points
                step = f"{(high - low) / (fewer - 1):.3g}"
                yield f"give `{name}` {fewer} points in place of {points}, a step of {step} (about {_gigabytes(size)})"
    for periods in range(game.periods - 1, 0, -1) if not game.forever else ():
        if (size := bytes_needed(game, periods=periods)) <= most:
            yield f"write `periods: {periods}` in place of {game.periods} ({_gigabytes(size)})"
            break


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB"
