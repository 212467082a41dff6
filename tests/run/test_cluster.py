"""Runs on a Dask cluster: a scheduler and two workers, each a process of its own, that talk over TCP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.answers.ensemble import solve_draws
from longgame.cli.runs import pool_of
from longgame.errors import RunError
from longgame.inference.draws import DrawStatus
from longgame.run.estimation import Estimation
from longgame.run.executors import Threads
from longgame.run.plan import STATUSES
from longgame.run.replicates import cross_validate
from longgame.run.store import Memory
from longgame.run.study import silent
from tests.run import workers
from tests.run.runs import assert_same, everything, small_run
from tests.run.test_estimation_together import PROJECT, project

distributed = pytest.importorskip("distributed")

from longgame.run.cluster import Cluster  # noqa: E402

ROOT = Path(__file__).parents[2]
SECONDS = 60.0


@pytest.fixture(scope="module")
def solver():
    return small_run()


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """A scheduler with two workers."""
    with cluster_in(tmp_path_factory.mktemp("dask"), count=2) as (address, _):
        yield address


@contextmanager
def cluster_in(folder: Path, count: int) -> Iterator[tuple[str, subprocess.Popen]]:
    """The address and process of a scheduler, with workers of one thread each, which are begun anew when they die."""
    file = folder / "scheduler.json"
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "NPROC": "1",
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
        "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "null",
    }
    common = ["--no-dashboard", "--scheduler-file", str(file)]
    own = ["--nthreads", "1", "--nworkers", str(count), "--host", "127.0.0.1", "--local-directory", str(folder)]
    commands = [
        ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *common],
        ["distributed.cli.dask_worker", *own, *common],
    ]
    with ExitStack() as stack, (folder / "log").open("w") as log:
        started = []
        for command in commands:
            process = stack.enter_context(
                subprocess.Popen([sys.executable, "-m", *command], env=environment, stdout=log, stderr=log)
            )
            stack.callback(process.wait)
            stack.callback(process.send_signal, signal.SIGINT)
            started.append(process)
        deadline = time.monotonic() + SECONDS
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        with distributed.Client(scheduler_file=str(file), timeout=SECONDS, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=SECONDS)
            address = client.scheduler.address
        yield address, started[0]


def test_a_cluster_estimates_the_same_replicates(address):
    estimation = Estimation.of(longgame.loads(PROJECT), project(3000)[0])
    fitted = estimation.fit(searches=1)
    with pool_of(None, address) as pool:
        there = cross_validate(estimation, fitted, 3, pool=pool)
    here = cross_validate(estimation, fitted, 3)
    assert [fold.score for fold in there] == pytest.approx([fold.score for fold in here], abs=1e-8)


def test_a_cluster_gives_the_same_numbers(address):
    solver = small_run(draws=3, chunk=3)  # one chunk: each worker more would compile the game once more
    here, there = Memory(solver.plan), Memory(solver.plan)
    solve_draws(solver, here, Threads(1), silent)
    solve_draws(solver, there, Cluster(address), silent)
    assert address.startswith("tcp://127.0.0.1:")
    assert_same(everything(there), everything(here))


def test_a_chunk_that_kills_its_workers_is_set_aside(solver, address):
    store = Memory(solver.plan)
    solve_draws(solver, store, Cluster(address, workers.poison), silent)
    found = everything(store)
    poisoned = np.isin(np.arange(14), [6, 7])
    np.testing.assert_array_equal(found["status"] == STATUSES.index(DrawStatus.SET_ASIDE), poisoned)
    np.testing.assert_array_equal(found["margin"][~poisoned, 0], np.arange(14)[~poisoned])
    assert "chunk 3 (draws 6 to 7) died every time" in found["detail"][6]


def test_a_scheduler_that_is_killed_is_said(solver, tmp_path):
    with cluster_in(tmp_path, count=1) as (address, scheduler):
        given = Cluster(address, workers.slow).solve(solver, list(solver.plan.chunks()))
        next(given)
        scheduler.kill()
        with pytest.raises(RunError, match=f"scheduler at {address} does not answer any more"):
            list(given)


def test_where_no_scheduler_answers(solver, monkeypatch):
    monkeypatch.setattr("longgame.run.cluster.SECONDS_TO_CONNECT", 1)
    with pytest.raises(RunError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        list(Cluster("tcp://127.0.0.1:9").solve(solver, list(solver.plan.chunks())))
