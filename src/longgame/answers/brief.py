"""What every claim of a run rests on, in short: the assumptions that move its margin most, and where it turns.

Only what is cheap, once the draws are solved: no bootstrap, no search that solves anew. ``rests_on`` has the whole. The
box is looked for among the assumptions that move the margin by more than chance would: others can limit it by chance
alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from longgame.answers.claims import LeadRow, RestsOnRow
from longgame.inference.indices import FEWEST, indices
from longgame.inference.prim import Box, find_boxes
from longgame.run.gathered import Gathered
from longgame.run.study import Array

LONGEST = 5  # assumptions named for a claim


def brief_rows(gathered: Gathered, holds: Sequence[bool | None]) -> list[RestsOnRow | None]:
    """For each claim [Q] what it rests on, from its verdict at the base case; None where too few draws have answers."""
    if gathered.draws < FEWEST or not gathered.names:
        return [None] * len(holds)
    found = indices(gathered.theta, gathered.margin, resamples=0, possible=gathered.possible)
    rows: list[RestsOnRow | None] = []
    for q, verdict in enumerate(holds):
        if found.draws[q] < FEWEST:
            rows.append(None)
            continue
        leading = [int(p) for p in np.argsort(found.rank[q]) if found.matters[q, p]][:LONGEST]
        among = np.flatnonzero(found.matters[q])
        boxes = find_boxes(gathered.theta[:, among], turned(gathered.holds[q], verdict), most=1).boxes
        rows.append(
            RestsOnRow(
                draws=int(found.draws[q]),
                assumptions=[
                    LeadRow(gathered.names[p], float(found.pawn[q, p]), float(found.direction[q, p])) for p in leading
                ],
                box=in_words(boxes[0], [gathered.names[p] for p in among], verdict) if boxes else "",
            )
        )
    return rows


def turned(holds: Array, verdict: bool | None) -> Array:
    """[D] 1 in the draws where a claim is not what it is at the base case, from its truths [D]; NaN without answer.

    A claim without an answer at the base case turns where it fails.
    """
    return holds if verdict is False else 1.0 - holds


def in_words(box: Box, names: Sequence[str], verdict: bool | None) -> str:
    """The box in which a claim turns: 'fails when ...', or 'holds when ...' if it fails at the base case."""
    if verdict is False:
        return box.sentence(names, "holds", "the draws in which it holds")
    return box.sentence(names)
