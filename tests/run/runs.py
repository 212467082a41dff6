"""A small run for the tests on draws."""

from __future__ import annotations

import numpy as np

from longgame.run.plan import DETAIL, FIELDS, Arrays, Plan
from longgame.run.solver import Solver
from longgame.run.store import Store, each_chunk
from longgame.run.study import Study
from tests.tiny import tiny

CLAIMS = """
claims:
  rich: {says: The prize is large., holds: "worth(a, pick.go, than=pick.stay, given=h == yes) > 1.8"}
  spoken: {says: B will speak again., holds: choice(tell.loud) > 0.5}
  bold: {says: A should be bold., holds: "lead(a, bold) > 0"}
  early: {says: B was trusted., holds: prior(h == yes) > 0.5, at: start}
"""


def small_run(draws: int = 14, chunk: int = 2) -> Solver:
    """The tiny game with claims, and a plan for some of its draws."""
    study = Study.of(tiny(CLAIMS))
    return Solver(study, Plan.of(study, draws, seed=3, chunk=chunk))


def everything(store: Store) -> Arrays:
    """The arrays of all chunks, one after the other."""
    parts = [arrays for _, arrays in each_chunk(store)]
    return {name: np.concatenate([part[name] for part in parts]) for name in (*FIELDS, DETAIL)}


def assert_same(one: Arrays, other: Arrays) -> None:
    """To the last bit."""
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)
