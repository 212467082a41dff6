"""The draws themselves, as far as a page can hold them: so that its reader may ask of some of them only.

Numbers are rounded to ``DIGITS`` significant ones. A truth is 1, 0, or null where a draw has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from longgame.answers.block import Block, Draws, Sources
from longgame.run.store import Store, each_chunk
from longgame.run.study import Array
from longgame.run.weighing import valid

MOST = 128  # draws
DIGITS = 5


@dataclass(frozen=True)
class DrawnClaimRow:
    """A claim in each draw: whether it holds (1, 0, or null without an answer), and its margin."""

    holds: list[int | None]
    margin: list[float | None]


@dataclass(frozen=True)
class DrawnRow:
    """The first draws of a run that have answers, 128 at most; every list has an entry for each of them.

    draws        how many
    assumptions  those that vary -> value
    weights      what each draw weighs by the evidence; null where the draws were led to the posterior
    claims       claim -> its truths and margins
    beliefs      world -> before all evidence and after each piece of it -> the public belief
    forecasts    forecast -> by each of its dates -> the chance
    """

    draws: int = 0
    assumptions: Mapping[str, list[float | None]] = field(default_factory=dict)
    weights: list[float] | None = None
    claims: Mapping[str, DrawnClaimRow] = field(default_factory=dict)
    beliefs: Mapping[str, list[list[float | None]]] = field(default_factory=dict)
    forecasts: Mapping[str, list[list[float | None]]] = field(default_factory=dict)


def _row(sources: Sources) -> DrawnRow:
    if not sources.draws or not sources.draws.gathered.draws:
        return DrawnRow()
    base, gathered = sources.base, sources.draws.gathered
    size = min(MOST, gathered.draws)
    arrays = _first(sources.draws.store, size)
    axes = sources.draws.store.plan.axes
    claims = [claim.id for claim in base.study.claims]
    stages = [0, *(axes.after.index(learned.id, 1) for learned in base.draw.case.path.pieces)]
    told = [n for n in range(len(axes.end)) if np.isfinite(arrays["chance"][:, :, n]).any()]
    return DrawnRow(
        draws=size,
        assumptions={name: _numbers(gathered.theta[:size, p]) for p, name in enumerate(gathered.names)},
        weights=None if sources.draws.posterior else _weights(sources.draws, size),
        claims={
            id: DrawnClaimRow(_truths(gathered.holds[q, :size]), _numbers(gathered.margin[q, :size]))
            for q, id in enumerate(claims)
        },
        beliefs={
            world: [_numbers(column) for column in arrays["learned"][:, stages, w].T]
            for w, world in enumerate(base.study.game.worlds)
        },
        forecasts={
            name: [_numbers(arrays["chance"][:, f, end]) for end in told] for f, name in enumerate(axes.forecast)
        },
    )


def _first(store: Store, size: int) -> Mapping[str, Array]:
    """Some arrays of the first draws that have answers."""
    names = ("learned", "chance")
    parts: list[Sequence[Array]] = []
    left = size
    for _, arrays in each_chunk(store, "status", *names):
        some = np.flatnonzero(valid(arrays["status"]))[:left]
        left -= len(some)
        parts.append([arrays[name][some] for name in names])
        if not left:
            break
    return {name: np.concatenate(found) for name, *found in zip(names, *parts, strict=True)}


def _weights(draws: Draws, size: int) -> list[float]:
    weights = draws.gathered.weights.weights[:size]
    return [number or 0.0 for number in _numbers(weights / (weights.sum() or 1.0))]


def _numbers(values: Iterable[float]) -> list[float | None]:
    """Numbers with their first ``DIGITS`` digits; None for what is no number."""
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in values]


def _truths(values: Iterable[float]) -> list[int | None]:
    return [int(value) if np.isfinite(value) else None for value in values]


DRAWN = Block("drawn", _row)
