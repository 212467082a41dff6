"""Scenarios that were compiled, each with its base case: made once, and kept for whoever asks next."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from longgame.answers.answers import base_case
from longgame.answers.cost import EstimateRow, cost, refuse_too_large
from longgame.game import sample
from longgame.queries.bundles import BundleTable
from longgame.run.gradient import Array
from longgame.run.plan import varying
from longgame.run.precision import Base
from longgame.run.room import SHARE
from longgame.run.study import Progress, Study
from longgame.scenario.model import Scenario
from longgame.studio.desk import PAUSE, GivenUp
from longgame.studio.files import Home

MOST_KEPT = 4  # games
MOST_READ = 16  # scenarios
MOST_SECONDS = 600.0  # of processor time that the base case may take
TOO_LARGE = "Solve it with `longgame run`, or coarsen its grids, its lattice or its clock."
BLOCKS = ("beliefs", "claims")


@dataclass(frozen=True, eq=False)
class Opened:
    """A compiled scenario with its base case.

    varying  the positions in theta of the assumptions that are not fixed
    width    [their number] how wide their ranges are
    priced   the bundles of its clauses, at the values of the assumptions at which they were last asked for
    """

    scenario: Scenario
    base: Base
    estimate: EstimateRow
    varying: list[int]
    width: Array
    priced: dict[tuple[float, ...], BundleTable] = field(default_factory=dict)

    @property
    def study(self) -> Study:
        """Its game, on the lattice that the base case settled for."""
        return self.base.study


@dataclass
class _Place:
    """Where a game stands, or will stand once it is made; who makes it holds the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    game: Opened | None = None


class Shelf:
    """Keeps the games that were used last."""

    def __init__(self, most_seconds: float = MOST_SECONDS) -> None:
        self._lock = threading.Lock()
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self._read: OrderedDict[tuple[str, str], Scenario] = OrderedDict()
        self._most_seconds = most_seconds

    def read(self, text: str, folder: Home, origin: str) -> Scenario:
        """A scenario of a folder from its text. Raises ScenarioError."""
        label = folder.label(origin)
        with self._lock:
            known = self._read.get((label, text))
        if known is None or "extends" in text:  # the files that it builds on may have changed
            known = folder.loads(text, origin)
            with self._lock:
                self._read[label, text] = known
                while len(self._read) > MOST_READ:
                    self._read.popitem(last=False)
        return known

    def open(self, scenario: Scenario, tell: Progress, stopped: Callable[[], bool]) -> Opened:
        """The game of a scenario, compiled and solved at the given values.

        Raises ScenarioError where it makes no game, TooLargeError where that would take more time or memory than there
        is.
        """
        key = f"{scenario.source.file} {scenario.source.sha256}"
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            while len(self._places) > MOST_KEPT:
                self._places.popitem(last=False)
        while not place.lock.acquire(timeout=PAUSE):
            if stopped():
                raise GivenUp
        try:
            if place.game is None:
                place.game = self._made(scenario, tell)
            return place.game
        finally:
            place.lock.release()

    def _made(self, scenario: Scenario, tell: Progress) -> Opened:
        tell("Compiling", 0, 1)
        study = Study.of(scenario)
        estimate = cost(study)
        refuse_too_large(scenario, estimate, self._most_seconds, SHARE, TOO_LARGE)
        base = base_case(study, BLOCKS, tell)
        names, positions = list(scenario.assumptions), varying(study)
        width = np.array([np.ptp(sample.support(scenario.assumptions[names[p]])) for p in positions])
        return Opened(scenario, base, estimate, positions, width)
