"""The claims over many draws of the assumptions: how often each holds, and which posture each rule picks.

The draws are solved chunk by chunk and put into a store; then they are read back chunk by chunk and counted, so that
memory holds one chunk, and of all draws only what they weigh.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from longgame.answers.block import Draws
from longgame.answers.ensemble_rows import EnsembleRow, PosteriorRow, SetAsideRow
from longgame.answers.verdicts import LEAST_DRAWS
from longgame.inference.draws import DrawStatus
from longgame.run.executors import ChunkExecutor
from longgame.run.gathered import Gathered
from longgame.run.plan import DETAIL, STATUSES
from longgame.run.solver import Solver
from longgame.run.store import Store, each_chunk
from longgame.run.study import Progress
from longgame.run.tempering import Tempered
from longgame.run.weighing import Weighed, valid
from longgame.scenario.model import Scenario


def solve_draws(solver: Solver, store: Store, executor: ChunkExecutor, progress: Progress) -> None:
    """Solve the chunks that the store has not yet; each is in the store before it is counted."""
    size, missing = solver.plan.size, store.missing()
    done = size - sum(chunk.size for chunk in missing)
    if not missing:
        return
    stage = f"Draws{executor.room(solver) or ''}"
    progress(stage, done, size)
    with closing(executor.solve(solver, missing)) as ended:
        for chunk, arrays in ended:
            store.put(chunk, arrays)
            done += chunk.size
            progress(stage, done, size)


def read_draws(store: Store, scenario: Scenario, posterior: Tempered | None = None, most: int | None = None) -> Draws:
    """The solved draws of a store: counted, and the first ``most`` of them (all, if None) side by side."""
    return Draws(store, Ensemble.of(store, posterior), Gathered.of(store, scenario, most), posterior)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What the draws say, counted.

    draws       how many were tried; ``valid`` have answers, ``unconverged`` of these an unsolved step, and ``jumped``
                of these a place where choices jumped
    effective   how many draws of equal weight would say as much as the weighed ones
    holds       [Q] in how many valid draws each claim holds, and ``fails`` in how many it fails
    weight      [Q] the weight of the draws in which it holds, and ``against`` of those in which it fails; that of all
                valid draws is 1
    chosen      actor -> rule -> posture -> in how many valid draws the rule picks it
    set_aside   the chunks that no process could solve
    warnings    sentences on the weights
    posterior   the particles that stand for the posterior, where the draws were led to it; ``weight``,
                ``against`` and ``effective`` are then of these
    """

    draws: int = 0
    valid: int = 0
    unconverged: int = 0
    jumped: int = 0
    effective: float = 0.0
    holds: Sequence[int] = ()
    fails: Sequence[int] = ()
    weight: Sequence[float] = ()
    against: Sequence[float] = ()
    chosen: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    set_aside: Sequence[SetAsideRow] = ()
    warnings: Sequence[str] = ()
    posterior: PosteriorRow | None = None

    @classmethod
    def of(cls, store: Store, posterior: Tempered | None = None) -> Ensemble:
        """Count the draws of a store, reading each chunk twice."""
        axes = store.plan.axes
        weighed = Weighed.of(store)
        statuses = np.zeros(len(STATUSES), dtype=int)
        verdicts = (1, 0)  # in the order of ``holds`` and ``fails``
        counted, weight = np.zeros((2, len(axes.claim)), dtype=int), np.zeros((2, len(axes.claim)))
        chosen = np.zeros((len(axes.actor), len(axes.rule), len(axes.posture)), dtype=int)
        set_aside = []
        found = jumped = 0
        for chunk, arrays in each_chunk(store, "status", "jumps", "holds", "choice", DETAIL):
            statuses += np.bincount(arrays["status"], minlength=len(STATUSES))
            some = valid(arrays["status"])
            truths = arrays["holds"][some]
            for row, truth in enumerate(verdicts):
                counted[row] += (truths == truth).sum(axis=0)
                weight[row] += weighed.by_draw[chunk.start : chunk.stop][some] @ (truths == truth)
            found += len(truths)
            jumped += int((arrays["jumps"][some] > 0).sum())
            for posture in range(len(axes.posture)):
                chosen[:, :, posture] += (arrays["choice"][some] == posture).sum(axis=0)
            if STATUSES[arrays["status"][0]] is DrawStatus.SET_ASIDE:
                set_aside.append(SetAsideRow(chunk.start, chunk.stop - 1, str(arrays[DETAIL][0])))
        if posterior is not None:
            answered = valid(posterior.arrays["status"])
            weight = np.array([(posterior.arrays["holds"][answered] == truth).mean(axis=0) for truth in verdicts])
        weight = np.minimum(weight, 1.0)  # sums of weights may pass 1 by rounding
        return cls(
            draws=store.plan.size,
            valid=found,
            unconverged=int(statuses[STATUSES.index(DrawStatus.UNCONVERGED)]),
            jumped=jumped,
            effective=weighed.report.effective if posterior is None else posterior.way.distinct,
            warnings=weighed.report.warnings if posterior is None else posterior.way.warnings,
            posterior=None if posterior is None else posterior_row(posterior, found),
            holds=counted[0].tolist(),
            fails=counted[1].tolist(),
            weight=weight[0].tolist(),
            against=weight[1].tolist(),
            chosen={
                actor: {rule: _by_name(actor, axes.posture, chosen[n, r]) for r, rule in enumerate(axes.rule)}
                for n, actor in enumerate(axes.actor)
            },
            set_aside=set_aside,
        )

    def share(self, claim: int) -> float | None:
        """The share of valid draws in which a claim holds; None without draws."""
        return self.holds[claim] / self.valid if self.valid else None

    def share_weighted(self, claim: int) -> float | None:
        """The same, with each draw weighed by the likelihood that it gives to the evidence."""
        return self.weight[claim] if self.valid else None

    def agreement(self, claim: int, holds: bool | None) -> float | None:
        """The share of draws, weighed by the evidence, in which a claim is what it is at the base case."""
        if not self.valid or holds is None:
            return None
        return (self.weight if holds else self.against)[claim]

    def always(self, claim: int, holds: bool | None) -> bool:
        """Whether a claim is in every valid draw what it is at the base case, and these are enough to say so."""
        if holds is None or self.valid < LEAST_DRAWS:
            return False
        return (self.holds if holds else self.fails)[claim] == self.valid

    def choices(self, actor: str, postures: Iterable[str]) -> dict[str, dict[str, float]] | None:
        """Rule -> posture -> share of valid draws in which the rule picks it; None where that was not solved for."""
        if not self.valid or actor not in self.chosen:
            return None
        return {
            rule: {posture: counts[posture] / self.valid for posture in postures}
            for rule, counts in self.chosen[actor].items()
        }

    def row(self) -> EnsembleRow:
        """How the draws went."""
        return EnsembleRow(
            self.draws,
            self.valid,
            self.unconverged,
            self.jumped,
            self.effective,
            list(self.set_aside),
            list(self.warnings),
            self.posterior,
        )


def posterior_row(found: Tempered, draws: int) -> PosteriorRow:
    """How the draws were led to the posterior."""
    way = found.way
    return PosteriorRow(
        draws=found.size,
        different=way.distinct,
        steps=len(way.stages),
        solved=way.evaluations + way.distinct,
        log_evidence=way.log_evidence,
        effective_before=found.effective,
        says=(
            f"The evidence leaves the weight on few draws: {draws:,} of them say as much as {found.effective:.0f} of"
            f" equal weight. So they were led to it in {len(way.stages)} steps (tempered sequential Monte Carlo): what"
            f" is weighed by the evidence is read off {found.size:,} draws from the posterior, {way.distinct:,} of them"
            " different."
        ),
    )


def _by_name(actor: str, postures: Sequence[str], counts: NDArray[np.int_]) -> dict[str, int]:
    """Posture of an actor -> count, from the counts [posture] of the postures of all actors."""
    prefix = f"{actor}."
    return {
        posture.removeprefix(prefix): int(count)
        for posture, count in zip(postures, counts, strict=True)
        if posture.startswith(prefix)
    }
