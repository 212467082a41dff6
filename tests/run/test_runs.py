"""Runs: the same numbers whoever solves them and however often they are interrupted; nothing lost, nothing hidden."""

from __future__ import annotations

import dataclasses
import gc
import multiprocessing
import os
import signal
import threading
import time
import tracemalloc
from contextlib import closing, contextmanager

import numpy as np
import pytest

from longgame.answers.assess import assess, resume
from longgame.answers.ensemble import Ensemble, solve_draws
from longgame.errors import RunError
from longgame.inference.draws import DrawStatus
from longgame.run import processes
from longgame.run.executors import Threads
from longgame.run.plan import DETAIL, STATUSES, Chunk, chunk_size
from longgame.run.processes import Processes
from longgame.run.results import write_results
from longgame.run.solver import SECONDS, Solver, Stopped, solve_chunk
from longgame.run.store import CHUNKS, Folder, Memory, room_in
from longgame.run.study import silent
from longgame.run.table import write_csv
from tests.run import workers
from tests.run.runs import CLAIMS, assert_same, everything, small_run
from tests.tiny import tiny


@pytest.fixture(scope="module")
def solver() -> Solver:
    return small_run()


@pytest.fixture(scope="module")
def solved(solver):
    """All draws, solved by one thread without an interruption."""
    store = Memory(solver.plan)
    solve_draws(solver, store, Threads(1), silent)
    return everything(store)


# --- plans ------------------------------------------------------------------------------------------------------------


def test_a_plan_says_what_its_arrays_mean(solver):
    assert solver.plan.axes.posture == ("a.bold", "a.safe") and solver.plan.axes.at == ("now", "start")
    assert solver.plan.axes.varying == ("prize", "prior_yes")
    assert solver.plan.read() == solver.study.scenario


def test_other_software_is_refused(solver):
    old = dataclasses.replace(solver.plan, versions=(("longgame", "0.0.1"), *solver.plan.versions[1:]))
    with pytest.raises(RunError, match=r"longgame 0\.0\.1 \(here"):
        old.same_software()
    with pytest.raises(RunError, match="other versions"):
        solve_chunk(old, next(old.chunks()))


@pytest.mark.parametrize("draws", [0, 1, 7, 128, 2000, 100_000])
@pytest.mark.parametrize("abreast", [1, 8, 64])
def test_chunks_cover_all_draws_once(solver, draws, abreast):
    plan = dataclasses.replace(solver.plan, draws=draws, chunk=chunk_size(draws, abreast))
    assert plan.chunk <= abreast or plan.chunk % abreast == 0
    chunks = list(plan.chunks())
    assert [n for chunk in chunks for n in range(chunk.start, chunk.stop)] == list(range(draws))
    assert len(chunks) < 400


# --- a chunk ----------------------------------------------------------------------------------------------------------


def test_a_draw_is_the_same_in_any_chunk(solver, solved):
    middle = solver.solve(Chunk(0, 5, 8))
    assert middle.pop(SECONDS)[0] > 0.0
    assert_same(middle, {name: array[5:8] for name, array in solved.items()})


def test_what_is_found_in_a_draw(solver, solved):
    # with a prize x the gain of going over staying, if yes, is 2 x; B was loud, with probability 1/4 + p/2
    prize, prior = solved["theta"][:, 0], solved["theta"][:, 1]
    np.testing.assert_allclose(solved["margin"][:, 0], 2 * prize - 1.8, atol=1e-9)
    np.testing.assert_array_equal(solved["holds"][:, 0], (prize > 0.9).astype(int))
    assert set(solved["holds"][:, 1]) == {-1} and np.isnan(solved["margin"][:, 1]).all()
    np.testing.assert_allclose(solved["log_likelihood"][:, 0], np.log(0.25 + prior / 2), atol=1e-9)
    np.testing.assert_allclose(solved["belief"][:, 1], np.stack([prior, 1 - prior], axis=1), atol=1e-9)
    np.testing.assert_allclose(solved["posture_value"][:, 0], np.stack([2 * prize, -2 * prize], axis=1), atol=1e-9)
    np.testing.assert_allclose(solved["posture_value"][:, 1], 0.0, atol=1e-9)
    assert solved["residual"].max() < 1e-9 and set(solved["status"]) == {0}


def test_a_draw_that_fails_is_kept_with_its_reason(solver, solved, monkeypatch):
    one = Solver._one

    def fails_once(self, draw, found, row, chunk):
        status = one(self, draw, found, row, chunk)
        if row["theta"][0, 0] == solved["theta"][1, 0]:
            raise ZeroDivisionError("no stake")
        return status

    monkeypatch.setattr(Solver, "_one", fails_once)
    arrays = solver.solve(Chunk(0, 0, 3))
    assert [STATUSES[status] for status in arrays["status"]] == [
        DrawStatus.SOLVED,
        DrawStatus.FAILED,
        DrawStatus.SOLVED,
    ]
    assert arrays[DETAIL].tolist() == ["", "ZeroDivisionError: no stake", ""]
    assert np.isnan(arrays["margin"][1]).all() and set(arrays["holds"][1]) == {-1}


# --- interruptions ----------------------------------------------------------------------------------------------------


class Interrupted(Threads):
    """Threads, until Ctrl-C after some chunks."""

    def __init__(self, after: int):
        super().__init__(1)
        self.after = after

    def solve(self, solver, chunks):
        yield from super().solve(solver, chunks[: self.after])
        raise KeyboardInterrupt


def without_times(answers):
    return {key: value for key, value in answers.to_json().items() if key not in ("started", "seconds")}


def test_a_resumed_run_gives_the_numbers_of_an_uninterrupted_one(tmp_path):
    scenario = tiny(CLAIMS)
    with pytest.raises(KeyboardInterrupt):
        assess(scenario, draws=14, seed=3, folder=tmp_path, executor=Interrupted(after=2))
    assert [file.name for file in sorted((tmp_path / CHUNKS).iterdir())] == ["00000.npz", "00001.npz"]
    began = Folder.open(tmp_path)
    assert [chunk.number for chunk in began.missing()] == [2, 3]
    with pytest.raises(RunError, match="longgame resume"):
        Ensemble.of(began)
    told = []
    answers = resume(tmp_path, progress=lambda *said: told.append(said), executor=Threads(1))
    assert [said[1:] for said in told if said[0] == "Draws"] == [(8, 14), (12, 14), (14, 14)]
    whole = assess(scenario, draws=14, seed=3)
    assert without_times(answers) == without_times(whole)
    kept = {file: file.stat().st_mtime_ns for file in (tmp_path / CHUNKS).iterdir()}
    assert without_times(resume(tmp_path)) == without_times(whole), "a finished run is only read"
    assert kept == {file: file.stat().st_mtime_ns for file in (tmp_path / CHUNKS).iterdir()}


def test_stopping_ends_the_work_soon(solver):
    began = time.monotonic()
    with closing(Threads(2).solve(solver, list(solver.plan.chunks()))) as ended:
        next(ended)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("draws")]
    with pytest.raises(Stopped):
        solver.solve(Chunk(0, 0, 2), lambda: True)
    assert time.monotonic() - began < 30.0


# --- folders ----------------------------------------------------------------------------------------------------------


def test_a_folder_without_a_run_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RunError, match="holds no run"):
            Folder.open(path)


@contextmanager
def begun(path, plan):
    """A new run in a folder."""
    with room_in(path) as room:
        yield Folder.new(room, plan)


def test_a_file_that_is_not_whole_is_found_out(tmp_path, solver):
    with begun(tmp_path, solver.plan) as store:
        first = next(solver.plan.chunks())
        store.put(first, workers.instant(solver.plan, first))
        assert_same(store.get(first), workers.instant(solver.plan, first))
        file = tmp_path / CHUNKS / "00000.npz"
        file.write_bytes(file.read_bytes()[:-100])
        with pytest.raises(RunError, match="Delete it"):
            store.get(first)


def test_a_chunk_is_there_whole_or_not_at_all(tmp_path, solver):
    with begun(tmp_path, solver.plan) as store:
        chunk = next(solver.plan.chunks())
        with pytest.raises(ValueError):
            store.put(chunk, {"bad": np.array([object()])})  # arrays that would need pickle
        assert list((tmp_path / CHUNKS).iterdir()) == [] and chunk in store.missing()


def test_a_new_run_in_the_same_folder_keeps_nothing_of_the_old_one(tmp_path, solver):
    with begun(tmp_path, solver.plan) as store:
        for chunk in store.missing():
            store.put(chunk, workers.instant(solver.plan, chunk))
        assert Folder.open(tmp_path).missing() == []
    with begun(tmp_path, dataclasses.replace(solver.plan, seed=4)) as store:
        assert len(store.missing()) == 7
        store.begin()
        assert Folder.open(tmp_path).plan.seed == 4 and len(Folder.open(tmp_path).missing()) == 7


# --- processes --------------------------------------------------------------------------------------------------------


def test_processes_give_the_same_numbers(solver, solved):
    store, again = Memory(solver.plan), Memory(solver.plan)
    with closing(Processes(1)) as pool:
        solve_draws(solver, store, pool, silent)
        [worker] = multiprocessing.active_children()
        solve_draws(solver, again, pool, silent)
        assert multiprocessing.active_children() == [worker], "it waits for more"
    assert multiprocessing.active_children() == []
    assert_same(everything(store), solved)
    assert_same(everything(again), solved)


def test_a_killed_worker_loses_nothing(solver):
    store = Memory(solver.plan)
    killed = []

    def kill_one(stage, done, size):
        if done and not killed:
            killed.append(multiprocessing.active_children()[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    with closing(Processes(2, workers.slow)) as pool:
        solve_draws(solver, store, pool, kill_one)
    assert killed
    found = everything(store)
    np.testing.assert_array_equal(found["margin"][:, 0], np.arange(14))
    assert set(found["status"]) == {0}


def test_a_chunk_that_kills_its_worker_every_time_is_set_aside(solver):
    store = Memory(solver.plan)
    with closing(Processes(2, workers.poison)) as pool:
        solve_draws(solver, store, pool, silent)
    found = everything(store)
    poisoned = np.isin(np.arange(14), [6, 7])
    np.testing.assert_array_equal(found["status"] == STATUSES.index(DrawStatus.SET_ASIDE), poisoned)
    np.testing.assert_array_equal(found["margin"][~poisoned, 0], np.arange(14)[~poisoned])
    many = Ensemble.of(store)
    assert (many.draws, many.valid) == (14, 12)
    [row] = many.row().set_aside
    assert (row.first, row.last) == (6, 7) and "chunk 3 (draws 6 to 7)" in row.reason


@pytest.mark.parametrize("count", [1, 2])
def test_workers_that_are_killed_as_they_begin_are_begun_again(solver, monkeypatch, tmp_path, count):
    monkeypatch.setattr(processes, "_begin", workers.dead_three_times)
    monkeypatch.setenv(workers.BIRTHS, str(tmp_path / "births"))
    store = Memory(solver.plan)
    with closing(Processes(count, workers.instant)) as pool:
        solve_draws(solver, store, pool, silent)
    found = everything(store)
    np.testing.assert_array_equal(found["margin"][:, 0], np.arange(14))
    assert set(found["status"]) == {0}, "none is set aside"
    assert (tmp_path / "births").stat().st_size > 3


@pytest.mark.parametrize("count", [1, 3])
def test_processes_that_cannot_begin_are_an_error_and_no_reason_to_set_draws_aside(solver, monkeypatch, count):
    monkeypatch.setattr(processes, "_begin", workers.dead_at_birth)
    monkeypatch.setattr(processes, "TRIES_TO_BEGIN", 2)
    with pytest.raises(RunError, match="end as soon as they begin"):
        list(Processes(count, workers.instant).solve(solver, list(solver.plan.chunks())))


def test_processes_end_with_the_run(solver):
    began = time.monotonic()
    pool = Processes(1, workers.lasting)
    threading.Timer(3.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        list(pool.solve(solver, list(solver.plan.chunks())))
    assert time.monotonic() - began < 40.0
    assert multiprocessing.active_children() == []


# --- memory -----------------------------------------------------------------------------------------------------------


class Made(Memory):
    """A store of so many draws that they are made when they are asked for."""

    def get(self, chunk, *names):
        arrays = workers.instant(self.plan, chunk)
        return {name: arrays[name] for name in names or arrays}


def test_memory_does_not_grow_with_the_draws(tmp_path, solver):
    claims = tuple(f"claim_{n}" for n in range(150))  # so many that the answers of a draw outweigh all else
    plan = dataclasses.replace(solver.plan, axes=dataclasses.replace(solver.plan.axes, claim=claims))

    def peak(draws: int) -> int:
        store = Made(dataclasses.replace(plan, draws=draws, chunk=100))
        gc.collect()  # what other tests left must not go meanwhile
        tracemalloc.start()
        Ensemble.of(store)
        write_results(store, tmp_path / "results.nc")
        write_csv(store, tmp_path / "draws.csv")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    draw = sum(array.nbytes for array in plan.blank(1).values())
    peak(200)  # whatever is kept once and for all
    few, many = peak(500), peak(2500)
    assert (many - few) / 2000 < draw / 4, "what is kept of a draw is its weight, not its answers"
