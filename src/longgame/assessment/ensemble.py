"""The claims over many draws of the assumptions: how often each holds, and which posture each rule picks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from longgame.assessment.answers import EnsembleRow
from longgame.assessment.study import Array, Plays, Progress, Study
from longgame.errors import ScenarioError
from longgame.game import sample
from longgame.queries.claims import Verdict, judge
from longgame.queries.meaning import posture_table
from longgame.queries.postures import RULES
from longgame.queries.questions import look_up, which_solutions
from longgame.solution.ensemble import (
    Draw,
    DrawStatus,
    effective_sample_size,
    likelihood_weights,
    run,
    sobol,
)
from longgame.solution.solution import Status


@dataclass(frozen=True)
class DrawAnswers:
    """What was found in one draw.

    verdicts        one for each claim, in order
    choices         actor -> rule -> the posture that it picks, for actors whose postures were solved anyway
    log_likelihood  of all evidence
    """

    verdicts: tuple[Verdict, ...]
    choices: Mapping[str, Mapping[str, str]]
    log_likelihood: float


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Many draws, and what they weigh."""

    draws: Sequence[Draw[DrawAnswers]]

    @property
    def found(self) -> list[DrawAnswers]:
        """The answers of the valid draws."""
        return [draw.result for draw in self.draws if draw.status.counts and draw.result is not None]

    @property
    def weights(self) -> Array:
        """[valid draws] the weight of each by the likelihood that it gives to the evidence; they sum to one."""
        return likelihood_weights([answers.log_likelihood for answers in self.found])

    def share(self, claim: int) -> float | None:
        """The share of valid draws in which a claim holds; None without draws."""
        holds = self._holds(claim)
        return float(holds.mean()) if holds.size else None

    def share_weighted(self, claim: int) -> float | None:
        """The same, with each draw weighed by its likelihood."""
        holds = self._holds(claim)
        return float(self.weights @ holds) if holds.size else None

    def always(self, claim: int) -> bool:
        """Whether a claim holds in every valid draw, of which there is at least one."""
        holds = self._holds(claim)
        return bool(holds.size and holds.all())

    def choices(self, actor: str, postures: Sequence[str]) -> dict[str, dict[str, float]] | None:
        """Rule -> posture -> share of valid draws in which the rule picks it; None where that was not solved for."""
        found = [answers.choices[actor] for answers in self.found if actor in answers.choices]
        if not found:
            return None
        counts = {rule: Counter(choice[rule] for choice in found) for rule in RULES}
        return {rule: {posture: count[posture] / len(found) for posture in postures} for rule, count in counts.items()}

    def row(self) -> EnsembleRow:
        """How the draws went."""
        return EnsembleRow(
            draws=len(self.draws),
            valid=len(self.found),
            unconverged=sum(draw.status is DrawStatus.UNCONVERGED for draw in self.draws),
            effective_sample_size=effective_sample_size(self.weights),
        )

    def _holds(self, claim: int) -> Array:
        return np.array([answers.verdicts[claim].holds is True for answers in self.found], dtype=float)


def varying(study: Study) -> list[int]:
    """The positions of the assumptions that are not fixed to one value."""
    return [
        p
        for p, assumption in enumerate(study.scenario.assumptions.values())
        if np.ptp(sample.support(assumption)) > 0.0
    ]


def points(study: Study, draws: int, seed: int) -> Array:
    """[D, P] the draws of the assumptions: scrambled Sobol points, through the distribution of each."""
    free = varying(study)
    cube = np.full((draws, len(study.scenario.assumptions)), 0.5)
    cube[:, free] = sobol(draws, len(free), seed)
    return sample.draws(study.scenario, cube)


def ensemble(study: Study, draws: int, seed: int, near: Plays, progress: Progress) -> Ensemble:
    """Solve the draws and judge every claim in each; the search for each draw's play starts ``near`` the base case's.

    Only the solutions that some claim needs are made. Without claims, or without an assumption that varies, there is
    nothing that draws could tell, and none is solved.
    """
    if not study.claims or not varying(study):
        return Ensemble([])
    needed = set(which_solutions(claim.holds for claim in study.claims))
    tables = {
        actor: posture_table(study.binder.setting, "now", study.game.actors.index(actor))
        for actor, postures in study.scenario.postures.items()
        if needed.issuperset((actor, posture) for posture in postures)
    }
    atoms = [atom for claim in study.claims for atom in claim.holds.atoms]
    atoms += [atom for needs, _ in tables.values() for atom in needs]

    def one(theta: Array) -> tuple[DrawStatus, DrawAnswers | None]:
        draw = study.draw(theta, near)
        if not draw.valid:
            return DrawStatus.INVALID, None
        try:
            likelihood = draw.case.path.log_likelihood
        except ScenarioError:
            return DrawStatus.IMPOSSIBLE, None
        found = look_up(draw.case, atoms, release=draw.case.release)
        made = {actor: make(found) for actor, (_, make) in tables.items()}
        choices = {actor: {rule: table.best(rule) for rule in RULES} for actor, table in made.items()}
        verdicts = tuple(judge(claim, found) for claim in study.claims)
        missed = Status.UNCONVERGED in draw.statuses.values() or not math.isfinite(likelihood)
        status = DrawStatus.UNCONVERGED if missed else DrawStatus.SOLVED
        return status, DrawAnswers(verdicts, choices, likelihood)

    return Ensemble(run(one, points(study, draws, seed), progress=lambda done, of: progress("Draws", done, of)))
