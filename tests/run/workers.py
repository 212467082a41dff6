"""What workers do in the tests: functions that a new process can import."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import numpy as np

from longgame.run import processes
from longgame.run.plan import DETAIL, Arrays, Chunk, Plan

POISON = 3
BIRTHS = "LONGGAME_TEST_BIRTHS"  # names the file


def instant(plan: Plan, chunk: Chunk, stopped: Callable[[], bool] = bool) -> Arrays:
    """Arrays whose margins are the numbers of the draws, and nothing solved."""
    arrays = plan.blank(chunk.size)
    arrays["status"][:] = 0
    arrays["log_likelihood"][:] = -1.0
    arrays["margin"][:] = np.arange(chunk.start, chunk.stop)[:, None]
    arrays["theta"][:] = np.arange(chunk.start, chunk.stop)[:, None]
    return arrays | {DETAIL: np.array([""] * chunk.size)}


def poison(plan: Plan, chunk: Chunk, stopped: Callable[[], bool] = bool) -> Arrays:
    """The same, but one chunk kills its worker, as the kernel does when memory runs out."""
    if chunk.number == POISON:
        os.kill(os.getpid(), signal.SIGKILL)
    return instant(plan, chunk)


def slow(plan: Plan, chunk: Chunk, stopped: Callable[[], bool] = bool) -> Arrays:
    """The same, some time after."""
    time.sleep(0.3)
    return instant(plan, chunk)


def lasting(plan: Plan, chunk: Chunk, stopped: Callable[[], bool] = bool) -> Arrays:
    """A chunk that lasts until the run is to stop."""
    deadline = time.monotonic() + 60.0
    while not stopped() and time.monotonic() < deadline:
        time.sleep(0.01)
    return instant(plan, chunk)


def dead_three_times(stop: object) -> None:
    """Workers of which the first three are killed as they begin; they are counted in a file."""
    with open(os.environ[BIRTHS], "ab", buffering=0) as file:
        file.write(b".")
        if file.tell() <= 3:
            os.kill(os.getpid(), signal.SIGKILL)
    processes._begin(stop)


def dead_at_birth(stop: object) -> None:
    """A worker that ends as soon as it begins."""
    os.kill(os.getpid(), signal.SIGKILL)
