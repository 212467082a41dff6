"""On which assumptions a claim rests.

1. The claim at the base case, and over draws of the assumptions: solved for it, or those of a finished run.
2. Read off the draws (method.md section 5): shares with intervals, sensitivity indices, the box in which it turns.
3. The derivative of its margin by each assumption at the base case (``gradient``).
4. The nearest counterexample: a search that solves the game at every point it looks at, started from the plays of the
   base case. What is found is solved once more from nothing, as ``ask`` would.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from longgame.answers.answers import base_case, head
from longgame.answers.block import Draws, plain
from longgame.answers.brief import in_words, turned
from longgame.answers.claims import judgement
from longgame.answers.ensemble import read_draws, solve_draws
from longgame.answers.kept import finished, read_answers
from longgame.answers.rests_on_rows import (
    BoxRow,
    CounterexampleRow,
    EffectRow,
    MeasureRow,
    RestsOn,
    ShareRow,
    SharesRow,
    TurnsRow,
)
from longgame.answers.solver import worst
from longgame.answers.structure import Ahead, structure_of
from longgame.answers.variants import rests_on_structure
from longgame.answers.verdicts import AT_THE_EDGE, LEAST_DRAWS, at_the_edge, unseen_failures
from longgame.errors import Place, Problem, QuestionError, ScenarioError
from longgame.inference.counterexample import Counterexample, counterexamples
from longgame.inference.indices import Indices, Mask, indices
from longgame.inference.prim import Box, find_boxes
from longgame.inference.weights import Shares, shares
from longgame.queries.claims import BoundClaim, Verdict, judge
from longgame.run.executors import ChunkExecutor, Threads
from longgame.run.gathered import MOST, Gathered
from longgame.run.gradient import Gradient, gradient
from longgame.run.plan import Plan, fewer
from longgame.run.precision import Base
from longgame.run.solver import TOLERANCE, Solver
from longgame.run.store import ANSWERS, Memory
from longgame.run.study import Array, Plays, Progress, Study, silent
from longgame.run.tempering import Tempered, is_wanted, tempered
from longgame.scenario.load import AnyScenario, scenario_or_folder
from longgame.scenario.model import Scenario
from longgame.solver.solution import CONVERGED, Status
from longgame.text import nearest

DRAWS = 512
NOTHING = 1e-9  # of the largest reach: an assumption of less has no slope at the base case
TRIED = 3  # draws in which an assumption without a slope is moved from end to end of its range
MOST_EVALUATIONS = 80  # solutions that the search for a counterexample may cost


def rests_on(
    source: AnyScenario,
    claim: str,
    *,
    draws: int | tuple[int, int] = DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
    executor: ChunkExecutor | None = None,
) -> RestsOn:
    """On which assumptions a claim rests.

    Args:
        source: a scenario, its file or name, or the folder of a finished run, whose draws are used again.
        claim: the name of the claim.
        draws: how many draws of the assumptions are solved, and of each variant of the scenario a quarter of them; a
            pair of numbers says both. Those of a folder are as many as they are.
        seed: of the draws; that of a folder is its own.
        progress: told what is being done, and how many parts of how many of it are done.
        executor: who solves the draws; the threads of this process if None.

    Raises:
        QuestionError: the scenario makes no such claim.
        ScenarioError: the scenario makes no game.
        RunError: the folder holds no finished run, or one that was made with other versions of the software.
    """
    draws, beside = draws if isinstance(draws, tuple) else (draws, fewer(draws))
    tell = progress or silent
    source = scenario_or_folder(source)
    store = None if isinstance(source, Scenario) else finished(source)
    scenario = source if isinstance(source, Scenario) else finished(source).plan.read()
    tell("Compiling", 0, 1)
    study = Study.of(narrowed(scenario, claim))
    base = base_case(study, ["claims"], tell, store.plan.draws if store else draws)
    study = base.study
    posterior = None
    with ExitStack() as stack:
        workers = stack.enter_context(closing(executor or Threads()))
        ahead = None
        if store is None:
            store = Memory(Plan.of(study, draws, seed, variant_draws=beside))
            ahead = stack.enter_context(closing(Ahead(scenario, store.plan, claim)))
            solve_draws(Solver(study, store.plan, base.draw.plays), store, workers, tell)
        if is_wanted(store):  # of a finished run it was solved for all claims, and is read again
            solver = Solver(study if isinstance(source, Scenario) else Study.of(scenario), store.plan)
            posterior = tempered(solver, store, workers, tell)
        found = read_draws(store, scenario, posterior)
        variants = None
        if ahead is not None:
            structure = structure_of(base, found, ahead, workers, tell)
            variants = structure and plain(structure.row())
        elif not isinstance(source, Scenario) and (source / ANSWERS).exists():
            variants = read_answers(source)["variants"]
    return _Resting(scenario, base, found, variants, tell).answer()


def narrowed(scenario: Scenario, claim: str) -> Scenario:
    """The scenario with one claim alone, so that draws are solved for nothing else. Raises QuestionError."""
    if claim not in scenario.claims:
        known = ", ".join(scenario.claims) or "it makes none"
        fix = nearest(claim, scenario.claims) or f"Its claims: {known}."
        raise QuestionError([Problem("unknown-claim", Place(path="claim"), "a claim of the scenario", claim, fix)])
    return scenario.model_copy(update={"claims": {claim: scenario.claims[claim]}})


@dataclass(frozen=True, eq=False)
class _Resting:
    """One claim, its base case and its draws, while the answer is put together.

    scenario  the whole of it, for the head of the answer; the study of ``base`` has the one claim
    all_draws of this claim alone or of a whole run
    variants  the block of the answers; None where there are none
    """

    scenario: Scenario
    base: Base
    all_draws: Draws
    variants: Mapping[str, Any] | None
    tell: Progress

    @property
    def claim(self) -> BoundClaim:
        return self.base.study.claims[0]

    @cached_property
    def number(self) -> int:
        """The claim among those of the draws."""
        return self.all_draws.store.plan.axes.claim.index(self.claim.id)

    @cached_property
    def verdict(self) -> Verdict:
        return judge(self.claim, self.base.found)

    @property
    def draws(self) -> Gathered:
        return self.all_draws.gathered

    @cached_property
    def turned(self) -> Array:
        """[D] 1 in the first draws where the claim is not what it is at the base case."""
        return turned(self.draws.holds[self.number, :MOST], self.verdict.holds)

    def answer(self) -> RestsOn:
        claim, many, plan = self.claim, self.all_draws.many, self.all_draws.store.plan
        status = worst(self.base.draw.statuses.values())
        judged = judgement(self.verdict, self.all_draws, self.number)
        rests, turns_in = self._structure()
        return RestsOn(
            **head(self.scenario, plan.seed, plan.draws),
            id=claim.id,
            says=claim.claim.says,
            question=claim.claim.holds.text,
            at=claim.claim.at,
            **judged,
            unseen=unseen_failures(many.valid),
            shares=self._shares(),
            effects=self._effects(),
            boxes=self._boxes(),
            turns=self._turns(),
            ensemble=many.row(),
            status=status.value,
            notes=[*rests, *self._notes(status), *([AT_THE_EDGE] if at_the_edge(judged) else [])],
            turns_in=turns_in,
        )

    def _structure(self) -> tuple[list[str], Mapping[str, Any]]:
        """That the claim rests on structure, in a sentence, and the variants in which it turns."""
        if not self.variants:
            return [], {}
        row = next(row for row in self.variants["claims"] if row["id"] == self.claim.id)
        weight = {one["name"]: one["posterior"] for one in self.variants["variants"]}
        if row["turns_in"]:
            return [rests_on_structure(row["turns_in"], weight)], row["turns_in"]
        return ["It turns in no variant of more than a tenth of the weight."], {}

    # --- read off the draws -------------------------------------------------------------------------------------------

    def _shares(self) -> SharesRow | None:
        if not self.draws.draws:
            return None
        holds, weights = self.draws.holds[self.number], self.draws.weights
        alike, weighed, warnings = shares(holds), shares(holds, weights.weights), weights.warnings
        if self.all_draws.posterior is not None:
            weighed, warnings = self._posterior_shares(self.all_draws.posterior), self.all_draws.posterior.way.warnings
        return SharesRow(
            plain=_share_row(alike),
            weighted=_share_row(weighed),
            no_answer=int(alike.unanswered[0]),
            khat=weights.khat,
            warnings=list(warnings),
        )

    def _posterior_shares(self, posterior: Tempered) -> Shares:
        """Of the different particles, each weighed by how often it is there."""
        truth = posterior.arrays["holds"][:, self.number].astype(float)
        _, first, times = np.unique(posterior.way.points, axis=0, return_index=True, return_counts=True)
        return shares(np.where(truth[first] < 0.0, np.nan, truth[first]), times.astype(float))

    @cached_property
    def found(self) -> Indices | None:
        """The indices of the margin and of the truth by each assumption; None without draws or what varies in them."""
        if not (self.draws.draws and self.draws.names):
            return None
        self.tell("Indices", 0, 1)
        possible = self.draws.possible[self.number]
        found = self._indices(possible)
        flat = [p for p in map(int, np.flatnonzero(found.matters.any(axis=0))) if self._is_flat(p)]
        nil = np.isin(np.arange(len(possible)), [p for p in flat if self._moves_nothing(p)])
        return self._indices(possible & ~nil) if nil.any() else found

    def _indices(self, possible: Mask) -> Indices:
        outputs = np.stack([self.draws.margin[self.number, :MOST], self.draws.holds[self.number, :MOST]])
        return indices(self.draws.theta[:MOST], outputs, possible=np.repeat(possible[None], len(outputs), axis=0))

    def _is_flat(self, p: int) -> bool:
        """Whether the margin has no slope along an assumption at the base case, to either side."""
        width = self.draws.high - self.draws.low
        sides = np.abs(np.stack([self.slopes.below[0], self.slopes.above[0]])) * width
        return bool((sides[:, p] <= NOTHING * max(float(np.nanmax(sides)), TOLERANCE)).all())

    def _moves_nothing(self, p: int) -> bool:
        """Whether an assumption moves the margin nowhere that it is tried: from end to end of its range, in draws."""
        for point in self.draws.scaled(self.draws.theta[:TRIED]):
            ends = [np.where(np.arange(len(point)) == p, end, point) for end in (0.0, 1.0)]
            low, high = (self._solved(end, self.base.draw.plays, TOLERANCE)[0].margin for end in ends)
            if not abs(high - low) <= 2.0 * TOLERANCE:
                return False
        return True

    @cached_property
    def slopes(self) -> Gradient:
        """The derivatives of the margin at the base case, by each assumption that varies."""
        names = list(self.scenario.assumptions)
        which = [names.index(name) for name in self.draws.names]
        base, width = self.base, self.draws.high - self.draws.low
        return gradient(base.study, base.draw, base.study.claims, which, width, self.tell)

    def _effects(self) -> list[EffectRow]:
        """The assumptions that vary, the most telling first."""
        draws, slopes, found = self.draws, self.slopes, self.found
        effects = [
            EffectRow(
                assumption=name,
                unit=self.scenario.assumptions[name].unit,
                value=float(draws.base[p]),
                low=float(draws.low[p]),
                high=float(draws.high[p]),
                slope=float(slopes.slope[0, p]),
                below=float(slopes.below[0, p]),
                above=float(slopes.above[0, p]),
                reach=float(slopes.slope[0, p] * (draws.high[p] - draws.low[p])),
                margin=_measure(found, 0, p),
                truth=_measure(found, 1, p),
            )
            for p, name in enumerate(draws.names)
        ]
        return sorted(effects, key=lambda row: row.margin.rank if row.margin else -abs(row.reach))

    def _boxes(self) -> list[BoxRow]:
        """Where it turns, among the assumptions that it rests on: others could limit a box by chance alone."""
        if self.found is None:
            return []
        among = np.flatnonzero(self.found.matters.any(axis=0))
        names = [self.draws.names[p] for p in among]
        return [self._box_row(box, names) for box in find_boxes(self.draws.theta[:MOST, among], self.turned).boxes]

    def _box_row(self, box: Box, names: Sequence[str]) -> BoxRow:
        return BoxRow(
            says=in_words(box, names, self.verdict.holds),
            limits={names[p]: (_finite(box.low[p]), _finite(box.high[p])) for p in box.restricted},
            coverage=box.coverage,
            density=box.density,
            mass=box.mass,
        )

    # --- solved for ---------------------------------------------------------------------------------------------------

    def _turns(self) -> TurnsRow:
        draws, verdict = self.draws, self.verdict
        if not draws.names:
            return TurnsRow(None, None, 0, "No assumption varies, so that nothing can turn the claim.")
        evaluations = 0

        def margin(point: Array) -> float:
            nonlocal evaluations
            self.tell("Looking for a counterexample", evaluations, MOST_EVALUATIONS)
            evaluations += 1
            found = self._solved(point, self.base.draw.plays, TOLERANCE)[0].margin
            return 0.0 if abs(found) < TOLERANCE else found  # nearer to the turn than play is known: not turned

        found = counterexamples(
            margin,
            draws.scaled(draws.base),
            draws.scaled(draws.theta[:MOST]),
            draws.margin[self.number, :MOST],
            # what fails by a margin of zero (a > b where both are equal) turns where the margin is above zero
            base_margin=min(verdict.margin, -math.ulp(0.0)) if verdict.holds is False else verdict.margin,
            most_evaluations=MOST_EVALUATIONS,
        )
        return TurnsRow(self._verified(found.nearest), self._verified(found.sparsest), found.evaluations, found.note)

    def _verified(self, found: Counterexample | None) -> CounterexampleRow | None:
        """A counterexample, solved at its very point from nothing."""
        if found is None:
            return None
        draws = self.draws
        verdict, status = self._solved(found.point, {}, CONVERGED)
        values = draws.unscaled(found.point)
        return CounterexampleRow(
            says=found.sentence(draws.names, draws.base, values),
            values={draws.names[p]: float(values[p]) for p in found.changed},
            distance=found.distance,
            holds=verdict.holds,
            margin=verdict.margin,
            status=status,
            confirmed=verdict.holds is not None and verdict.holds is not self.verdict.holds,
        )

    def _solved(self, point: Array, near: Plays, tolerance: float) -> tuple[Verdict, str]:
        """The claim at a point [P] in units of the ranges, and the sentence on the solutions there."""
        study, draws = self.base.study, self.draws
        names = list(self.scenario.assumptions)
        theta = np.array(study.game.base, dtype=float)
        theta[[names.index(name) for name in draws.names]] = draws.unscaled(point)
        draw = study.draw(theta, near, tolerance=tolerance)
        try:
            if not draw.valid:
                return Verdict(None, math.nan), "These assumptions make no game."
            verdict = judge(self.claim, draw.look_up(self.claim.holds.atoms))
            return verdict, worst(draw.statuses.values()).value
        except ScenarioError:
            return Verdict(None, math.nan), "Under these assumptions the evidence cannot have happened."
        finally:
            draw.case.close()

    # --- in words -----------------------------------------------------------------------------------------------------

    def _notes(self, status: Status) -> list[str]:
        draws, verdict = self.draws, self.verdict
        said = [self.claim.claim.note] if self.claim.claim.note else []
        if verdict.holds is None:
            said.append(f"No answer at the base case: {'; '.join(verdict.reasons)}.")
        if status is Status.UNCONVERGED:
            said.append(status.value)
        if self.found is not None:
            said += list(dict.fromkeys(note for note in self.found.notes if note))
        same = draws.holds[self.number] == float(verdict.holds or 0.0)
        if verdict.holds is not None and draws.draws and same.all():
            short = "" if draws.draws >= LEAST_DRAWS else f" At least {LEAST_DRAWS} are needed to call it built in."
            said.append(
                f"It {'holds' if verdict.holds else 'fails'} in all {draws.draws:,} draws: with 95 % confidence it"
                f" turns in less than {100.0 * unseen_failures(draws.draws):.2g}% of what the ranges allow.{short}"
            )
        return said


def _share_row(found: Shares) -> ShareRow:
    return ShareRow(float(found.share[0]), float(found.low[0]), float(found.high[0]))


def _measure(found: Indices | None, output: int, p: int) -> MeasureRow | None:
    """What the draws say of an output and an assumption; None where they say nothing."""
    if found is None or found.notes[output]:
        return None
    read = {name: float(getattr(found, name)[output, p]) for name in _MEASURES}
    places = {name: int(getattr(found, name)[output, p]) for name in ("rank", "rank_low", "rank_high")}
    return MeasureRow(**read, **places, matters=bool(found.matters[output, p]))


_MEASURES = ("pawn", "pawn_low", "pawn_high", "first", "first_low", "first_high", "direction")


def _finite(limit: float) -> float | None:
    return float(limit) if math.isfinite(limit) else None
