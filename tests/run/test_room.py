"""How many draws are solved at once, by whom, and how long the rest takes."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest

from longgame.answers.ensemble import solve_draws
from longgame.run import local, memory, room
from longgame.run.budget import MEMORY, OVER, SHARE, bytes_needed, bytes_of_game
from longgame.run.executors import Pace, Threads
from longgame.run.local import Local
from longgame.run.plan import Chunk
from longgame.run.processes import Processes
from longgame.run.room import Room
from longgame.run.solver import SECONDS, Solver
from longgame.run.store import Memory
from longgame.run.study import silent
from tests.run.runs import assert_same, everything, small_run


@pytest.fixture(scope="module")
def solver() -> Solver:
    return small_run(draws=14, chunk=4)


def memory_for(solver: Solver, draws: float) -> float:
    """Bytes in which there is room for so many draws."""
    return draws * OVER * bytes_of_game(solver.study.game) / SHARE * 1.001


# --- memory -----------------------------------------------------------------------------------------------------------

ROOMS = [  # draws that fit -> workers, draws each; of 2 workers with chunks of 4
    (1e6, 2, 4, ""),
    (8, 2, 4, ""),
    (7, 2, 3, ", 6 at a time for want of memory"),
    (2, 2, 1, ", 2 at a time for want of memory"),
    (1, 1, 1, ", 1 at a time for want of memory"),
    (0.01, 1, 1, ", 1 at a time for want of memory"),
]


@pytest.mark.parametrize(("fit", "workers", "together", "said"), ROOMS)
def test_what_does_not_fit_into_memory_is_taken_fewer_at_a_time(solver, fit, workers, together, said):
    found = Room.of(solver.study, 4, 2, memory_for(solver, fit))
    assert (found.workers, found.together, str(found)) == (workers, together, said)


def test_little_memory_changes_no_number_and_is_said(solver, monkeypatch):
    plenty, little = Memory(solver.plan), Memory(solver.plan)
    solve_draws(solver, plenty, Threads(2), silent)
    monkeypatch.setattr(room, "free_memory", lambda: memory_for(solver, 1))
    several, told = [], []
    whole = Solver._several

    def counted(self, arrays, rows, *more):
        several.append(len(rows))
        return whole(self, arrays, rows, *more)

    monkeypatch.setattr(Solver, "_several", counted)
    solve_draws(solver, little, Threads(2), lambda *said: told.append(said[0]))
    assert set(several) == {1} and set(told) == {"Draws, 1 at a time for want of memory"}
    assert_same(everything(little), everything(plenty))


@pytest.mark.parametrize(("fit", "together"), [(50, 4), (4.5, 2), (1.5, 1), (-0.5, 1)])
def test_what_the_analyst_allows_counts_with_the_base_case_in_it(solver, monkeypatch, fit, together):
    each = OVER * bytes_of_game(solver.study.game)
    monkeypatch.setenv(MEMORY, str((bytes_needed(solver.study.game) + fit * each) / 1e9))
    found = Room.of(solver.study, 4, 2)
    assert found.together == together
    assert found.workers * found.together <= max(fit, 1)


def test_the_memory_of_a_container_counts(monkeypatch):
    files = {
        "/proc/meminfo": ["MemTotal: 9 kB", "MemAvailable:   8000 kB"],
        "/sys/fs/cgroup/memory.max": ["3000000"],
        "/sys/fs/cgroup/memory.current": ["1000000"],
    }
    monkeypatch.setattr(memory, "_lines", lambda path: files.get(path, []))
    assert room.free_memory() == 2_000_000
    monkeypatch.setenv(room.WORKERS, "4")
    assert room.shared_free_memory() == 500_000
    files["/sys/fs/cgroup/memory.max"] = ["max"]
    assert room.free_memory() == 8_192_000
    files.clear()
    assert room.free_memory() is None and room.shared_free_memory() is None
    assert Room.of(small_run().study, 4, 3).workers == 3, "where nothing is known, all is as usual"


# --- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2, 16])
@pytest.mark.parametrize("seed", range(4))
def test_the_time_left_is_right_within_a_factor_of_two_from_the_tenth_part_on(workers, seed):
    """Chunks of 4 draws that take 0.5 to 1.5 seconds, on workers that start up for half a minute first."""
    rng = np.random.default_rng(seed)
    seconds = rng.uniform(0.5, 1.5, size=200)
    free, ends = np.full(workers, 30.0), []
    for chunk, each in enumerate(seconds):
        who = int(free.argmin())
        free[who] += each
        ends.append((free[who], chunk))
    pace = Pace()
    pace.workers = workers
    for done, (now, chunk) in enumerate(sorted(ends), start=1):
        first = chunk < workers
        took = np.array([seconds[chunk] + 30.0 * first, not first])  # programs are compiled in the first
        pace.take(Chunk(chunk, 4 * chunk, 4 * chunk + 4), {SECONDS: took})
        left = pace.seconds_for(4 * (len(seconds) - done))
        assert left is not None
        if max(len(seconds) / 10, workers + 1) <= done < 0.9 * len(seconds):
            really = free.max() - now
            assert really / 2 < left < 2 * really


def test_a_chunk_says_how_long_it_took_and_its_arrays_do_not(solver):
    threads = Threads(1)
    assert threads.pace.seconds_for(5) is None
    chunk, arrays = next(threads.solve(solver, [Chunk(0, 0, 2)]))
    assert chunk.size == 2 and SECONDS not in arrays
    assert (threads.pace.seconds_for(4) or 0.0) > 0.0


# --- threads or processes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slow", [False, True])
def test_processes_take_over_where_draws_take_long(solver, monkeypatch, slow):
    monkeypatch.setattr(local, "cores", lambda: 2)
    monkeypatch.setattr(local, "WORTH", 0.0 if slow else 1e9)
    store, again, expected = Memory(solver.plan), Memory(solver.plan), Memory(solver.plan)
    solve_draws(solver, expected, Threads(1), silent)
    by_processes = []
    solve = Processes.solve
    monkeypatch.setattr(
        Processes, "solve", lambda self, solver, chunks: by_processes.append(len(chunks)) or solve(self, solver, chunks)
    )
    with closing(Local(1)) as executor:
        solve_draws(solver, store, executor, silent)
        solve_draws(solver, again, executor, silent)
    # one thread has two chunks of the four when the first ends
    assert by_processes == ([2, 4] if slow else []), "who has taken over, keeps the work"
    assert_same(everything(store), everything(expected))
    assert_same(everything(again), everything(expected))


def test_one_core_has_no_use_for_processes(solver, monkeypatch):
    monkeypatch.setattr(local, "cores", lambda: 1)
    monkeypatch.setattr(local, "WORTH", 0.0)
    monkeypatch.setattr(Processes, "solve", None)
    with closing(Local(1)) as executor:
        solve_draws(solver, Memory(solver.plan), executor, silent)
