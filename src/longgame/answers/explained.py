"""One claim explained: what ``longgame explain`` answers, in the layout of docs/explain.md."""

from __future__ import annotations

from dataclasses import dataclass

from longgame.answers.answers import OnDraws, base_case, head
from longgame.answers.explain import explanations
from longgame.answers.explain_rows import ExplanationRow
from longgame.answers.explain_slopes import with_slopes
from longgame.answers.explain_words import parts
from longgame.answers.parts import Part
from longgame.answers.rests_on import narrowed
from longgame.answers.solver import SolverRow, solver_row
from longgame.run.study import Progress, Study, silent
from longgame.scenario.load import AnyScenario, scenario_of


@dataclass(frozen=True)
class Explanation(OnDraws):
    """Why a claim follows or fails, under the head of all answers."""

    explanation: ExplanationRow
    solver: SolverRow

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return parts(self.to_json()["explanation"])


def explain(
    scenario: AnyScenario,
    claim: str,
    *,
    at: str | int | None = None,
    slopes: bool = True,
    progress: Progress | None = None,
) -> Explanation:
    """Why a claim follows or fails at the given values.

    Args:
        scenario: one that has passed the checks.
        claim: the name of the claim.
        at: ask it as of another date than its own.
        slopes: also say which assumptions move it, and the nearest value of one at which it turns; takes the longest.
        progress: told what is being done, and how many parts of how many of it are done.

    Raises:
        QuestionError: the scenario makes no such claim, or it cannot be asked then.
        ScenarioError: the scenario makes no game, or its evidence cannot have happened in it.
    """
    scenario = scenario_of(scenario)
    tell = progress or silent
    tell("Compiling", 0, 1)
    one = narrowed(scenario, claim)
    if at is not None:
        one = one.model_copy(update={"claims": {claim: one.claims[claim].model_copy(update={"at": at})}})
    base = base_case(Study.of(one), ["claims"], tell)
    tell("Taking it apart", 0, 1)
    [found] = explanations(base)
    if slopes:
        found = with_slopes(base, base.study.claims[0], found, tell)
    return Explanation(**head(scenario, seed=0), explanation=found, solver=solver_row(base))
