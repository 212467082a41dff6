"""The ledger: what each actor gained or lost by what was observed, against what was expected just before.

For a piece of evidence e, with everything before it known,

    gain_j(e)  =  E[ U_j | e ]  -  sum over all e' that could have happened there of P(e') E[ U_j | e' ]

so gains over what could have happened average to zero: a gain is what was better than expected, never what was coming
anyway. Payments of the observed step count. Gains add up: from the start to now, the change in what an actor can
expect is the sum of its gains and of what happened in between (payoffs received, time passed, the steps that nobody
reported, whose gains average to zero).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from longgame.queries.case import Case
from longgame.queries.nodes import Floats, Nodes
from longgame.queries.path import Learned
from longgame.queries.worth import levels_of


@dataclass(frozen=True, eq=False)
class Entry:
    """One line of the ledger.

    learned      what was observed
    expected     [N] what each actor could expect just before it
    found        [N] what each actor can expect after it, payments of the step included
    gains        [N] found - expected
    shares       [N] gains as shares of the actors' stakes (0 where nothing is at stake)
    """

    learned: Learned
    expected: Floats
    found: Floats
    gains: Floats
    shares: Floats


def ledger(case: Case) -> tuple[Entry, ...]:
    """A line for each piece of evidence, in order; worked out once for a case."""
    if "ledger" not in case.memory:
        case.memory["ledger"] = _ledger(case)
    return case.memory["ledger"]


def gain(case: Case, actor: int, evidence: Iterable[str]) -> float:
    """What the actor gained by these pieces of evidence together; KeyError for one that is not there."""
    gains = {entry.learned.id: entry.gains[actor] for entry in ledger(case)}
    return float(sum(gains[id] for id in evidence))


def _ledger(case: Case) -> tuple[Entry, ...]:
    stake = np.asarray(case.solution().tables(0).stake, dtype=float)
    outcomes: list[Nodes] = []
    for update in case.path.updates:
        step = update.step.opened(case.game)
        fitting, _ = step.fitting()
        assert fitting is not None  # the path would not have passed it
        outcomes += [step.every(), fitting]
    levels = levels_of(case, outcomes)
    known = {id(update): (levels[2 * n], levels[2 * n + 1]) for n, update in enumerate(case.path.updates)}
    return tuple(_entry(piece, [known[id(update)] for update in piece.updates], stake) for piece in case.path.pieces)


def _entry(learned: Learned, levels: Sequence[tuple[Floats, Floats]], stake: Floats) -> Entry:
    """One line, from what could be expected just before and after each of its updates: gains add up."""
    gains = np.sum([found - expected for expected, found in levels], axis=0)
    shares = np.divide(gains, stake, out=np.zeros_like(gains), where=stake > 0.0)
    return Entry(learned, levels[0][0], levels[-1][1], gains, shares)
