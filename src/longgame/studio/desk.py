"""Who may use the processor, and when: short work that somebody waits for first, long work in what is left.

Every piece of work runs in a thread of its own and asks for a turn. Claims after a slider was let go are ``SOON``, and
two of these run at once; shares and slopes are ``LATER``, two at a time, and between two parts they let others of
their kind have a turn and wait for as long as anything ``SOON`` waits or runs. Work that nobody waits for any more is
given up at the next part.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MOST = 2  # of a kind that run at once
PAUSE = 0.05  # seconds between two looks at whether work is still wanted


class GivenUp(Exception):
    """Nobody waits for this work any more."""


class Desk:
    """Turns at the processor."""

    def __init__(self, most: int = MOST) -> None:
        self._changed = threading.Condition()
        self._most = most
        self._soon = self._later = 0  # that run
        self._waiting = 0  # that want to run soon
        self._queue: deque[object] = deque()  # those that want to run later, in their order

    @contextmanager
    def soon(self, stopped: Callable[[], bool]) -> Iterator[None]:
        """A turn for short work."""
        with self._changed:
            self._waiting += 1
            try:
                self._until(lambda: self._soon < self._most, stopped)
                self._soon += 1
            finally:
                self._waiting -= 1
        try:
            yield
        finally:
            with self._changed:
                self._soon -= 1
                self._changed.notify_all()

    @contextmanager
    def later(self, stopped: Callable[[], bool]) -> Iterator[Callable[[], None]]:
        """A turn for long work, which calls what it is given between two parts, to let others go first."""
        running = False

        def take() -> None:
            nonlocal running
            mine = object()
            self._queue.append(mine)
            try:
                self._until(lambda: self._queue[0] is mine and self._quiet(), stopped)
            finally:
                self._queue.remove(mine)
            self._later += 1
            running = True

        def leave() -> None:
            nonlocal running
            self._later -= running
            running = False
            self._changed.notify_all()

        def between() -> None:
            with self._changed:
                leave()
                take()

        with self._changed:
            take()
        try:
            yield between
        finally:
            with self._changed:
                leave()

    def _quiet(self) -> bool:
        return not (self._soon or self._waiting) and self._later < self._most

    def _until(self, ready: Callable[[], bool], stopped: Callable[[], bool]) -> None:
        while True:
            if stopped():
                raise GivenUp
            if ready():
                return
            self._changed.wait(PAUSE)
