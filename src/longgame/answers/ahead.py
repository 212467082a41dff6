"""The base cases of a scenario's variants, solved beside the draws.

A base case is solved by one thread, most of the time within compiled programs, and draws by others or by processes. So
while the draws of the scenario are solved, the base case of its first variant is, and so on.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from longgame.answers.answers import refuse_no_game
from longgame.errors import ScenarioError
from longgame.queries.claims import atoms_of
from longgame.run.plan import Plan
from longgame.run.precision import Base, ask
from longgame.run.solver import Stopped
from longgame.run.study import Progress, Study
from longgame.scenario.model import Scenario
from longgame.scenario.overlays import variants_of

IMPOSSIBLE = "impossible-evidence"  # the code of what the compiler says of evidence that no assumption allows


@dataclass(frozen=True, eq=False)
class BegunVariant:
    """A variant with its base case.

    study   None where it was not compiled, and ``base`` None where it has no answers at the given values
    note    why not
    chance  the log-likelihood of all evidence in every draw of what was not compiled
    """

    study: Study | None
    base: Base | None
    note: str = ""
    chance: float = math.nan


class Ahead:
    """The base cases of a scenario's variants, solved by a thread beside the draws: always the next one, and no more.

    To be closed, as whoever solves draws.

    wanted  whether there are variants, and the plan of the run wants them solved
    """

    def __init__(self, scenario: Scenario, plan: Plan, claim: str | None = None):
        """``claim``: the only one that is judged; all if None."""
        self.wanted = bool(scenario.variants) and plan.variant_draws is not None
        self._waiting = deque(variants_of(scenario).items() if self.wanted else ())
        self._plan, self._claim = plan, claim
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="variant")
        self._next = self._begin()

    def each(self, tell: Progress) -> Iterator[tuple[str, BegunVariant]]:
        """Each variant by name."""
        while self._next is not None:
            name, begun = self._next
            naming(name, tell)("The given values", 0, 1)
            found = begun.result()
            self._next = self._begin()
            yield name, found

    def close(self) -> None:
        """Give up what nobody will ask for."""
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def _begin(self) -> tuple[str, Future[BegunVariant]] | None:
        if not self._waiting:
            return None
        name, scenario = self._waiting.popleft()
        if self._claim in scenario.claims:
            scenario = scenario.model_copy(update={"claims": {self._claim: scenario.claims[self._claim]}})
        return name, self._pool.submit(_begun, scenario, self._plan.variant_draws or 0, self._unless_stopped)

    def _unless_stopped(self, stage: str, done: int, total: int) -> None:
        if self._stop.is_set():
            raise Stopped


def _begun(scenario: Scenario, draws: int, tell: Progress) -> BegunVariant:
    """A variant compiled, and its base case asked as for so many draws."""
    try:
        study = Study.of(scenario)
        questions = [claim.holds for claim in study.claims]
    except ScenarioError as error:  # too large, say: the run as it is written must not be lost for it
        impossible = any(problem.code == IMPOSSIBLE for problem in error.problems)
        chance = -math.inf if impossible else math.nan
        return BegunVariant(None, None, f"It was not solved: expected {_expected(error)}.", chance)
    try:
        base = ask(study, atoms_of(questions), questions, draws=draws, progress=tell, ready=refuse_no_game)
        _ = base.draw.case.path  # where the evidence cannot have happened, there is no base case
    except ScenarioError as error:
        return BegunVariant(study, None, f"At the given values it has no answers: expected {_expected(error)}.")
    return BegunVariant(base.study, base)


def _expected(error: ScenarioError) -> str:
    return f"{error.problems[0].expected}, found {error.problems[0].found}"


def naming(name: str, tell: Progress) -> Progress:
    """Progress that says of which variant it is."""
    return lambda stage, done, total: tell(f"Variant {name}: {stage[:1].lower()}{stage[1:]}", done, total)
