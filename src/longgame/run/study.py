"""A scenario made ready: compiled, its claims bound, its postures as restrictions on the game.

A study knows nothing of results. It makes cases: one draw of the assumptions with the solutions that are asked of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longgame.exact.exact_solution import MOST_WORK, ExactSolution, solved_exactly
from longgame.game.checks.worlds import refuse_without_lattice
from longgame.game.compile import compile
from longgame.game.game import Game
from longgame.game.numbers import GameTables, Numbers
from longgame.queries.atoms import Atom, Found
from longgame.queries.beginning import at_nodes, first_period, first_places
from longgame.queries.binding import Binder
from longgame.queries.case import Case, Posture
from longgame.queries.claims import BoundClaim, bind_claims
from longgame.queries.nodes import Equilibrium
from longgame.queries.questions import look_up
from longgame.run.budget import refuse_beyond_memory
from longgame.scenario.expand import Kept, posture_options
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.scenario.model import Scenario
from longgame.scenario.questions.tree import Understood
from longgame.solver.batch import bound, tables_of
from longgame.solver.blocks.solution import BlockSolution, Play
from longgame.solver.blocks.solve import solve_blocks
from longgame.solver.kernel import ready
from longgame.solver.needed import reached
from longgame.solver.solution import CONVERGED, Solution, Status
from longgame.solver.solve import How, solve
from longgame.text import proper

Array = NDArray[np.float64]
Progress = Callable[[str, int, int], None]  # (stage, parts done, parts in all)
Plays = dict[Posture | None, Equilibrium]

OF_A_DRAW = (
    10.0  # times the work that the base case may take exactly, so that hardly any draw is left without an answer
)
BYTES_KEPT = 2**30  # of the play of the base case, for draws to start from


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody wants to see."""


@dataclass(frozen=True, eq=False)
class Study:
    """A scenario, its game, and its claims bound to it.

    exact  the game is solved exactly, over its public histories; else on the lattice of beliefs
    """

    scenario: Scenario
    game: Game
    exact: bool = False

    @classmethod
    def of(cls, scenario: Scenario, questions: Sequence[Understood] = ()) -> Study:
        """Compile a scenario, with ``questions`` to be asked beside its claims. Raises ScenarioError, TooLargeError."""
        game = compile(scenario, questions)
        exact = solved_exactly(game) is not None
        if not exact:
            refuse_without_lattice(scenario, game)
            refuse_beyond_memory(scenario, game)
        return cls(scenario, game, exact)

    @property
    def on_lattice(self) -> Study:
        """The same, solved on the lattice: where a question leads to more than the exact method can take.

        Raises ScenarioError where there is no lattice for what is hidden.
        """
        refuse_without_lattice(self.scenario, self.game)
        return replace(self, exact=False)

    def refined(self, lattice: int) -> Study:
        """The same on a lattice of another resolution; the scenario says so, for whoever solves draws of it."""
        solver = self.scenario.solver.model_copy(update={"lattice": lattice})
        scenario = self.scenario.model_copy(update={"solver": solver})
        return replace(self, scenario=scenario, game=replace(self.game, lattice=lattice))

    @cached_property
    def binder(self) -> Binder:
        """Binds questions to the game."""
        return Binder(self.scenario, self.game)

    @cached_property
    def claims(self) -> tuple[BoundClaim, ...]:
        """The claims. Raises QuestionError."""
        return bind_claims(self.binder, self.scenario.claims)

    @cached_property
    def postures(self) -> tuple[Posture, ...]:
        """Every posture of every actor, in the scenario's order."""
        return tuple((actor, posture) for actor, rules in self.scenario.postures.items() for posture in rules)

    def allowed(self, under: Posture) -> Mapping[int, NDArray[np.bool_]]:
        """By step index, the options that a posture leaves open: [A], or by public state [S, A]."""
        actor, posture = under
        rules = posture_options(self.binder.steps, actor, self.scenario.postures[actor][posture])
        return {k: self._open(kept, np.arange(len(self.game.steps[k].options))) for k, kept in rules.items()}

    def _open(self, kept: Kept, options: NDArray[np.int_]) -> NDArray[np.bool_]:
        keep = np.isin(options, kept.keep)
        if kept.when is None:
            return keep
        where = self.game.event(kept.when)(self.game.base) != 0.0
        otherwise = np.isin(options, kept.otherwise) if kept.otherwise else np.ones(len(options), bool)
        return np.where(where[:, None], keep, otherwise)

    def draw(
        self,
        theta: Array | None = None,
        near: Plays | None = None,
        progress: Progress = silent,
        tolerance: float = CONVERGED,
    ) -> SolvedDraw:
        """One draw of the assumptions (the base case if None), solved as far as questions ask for it.

        ``near`` holds play of another draw, from which the search starts; ``tolerance`` is that of the solver.
        """
        theta = np.asarray(self.game.base if theta is None else theta, dtype=float)
        return SolvedDraw(self, theta, near or {}, progress, tolerance)


def study_of(given: AnyScenario | Study) -> Study:
    """A study, which may be made already, so that nothing is compiled twice. Raises ScenarioError, TooLargeError."""
    return given if isinstance(given, Study) else Study.of(scenario_of(given))


class SolvedDraw:
    """One draw of the assumptions and a record of what was solved for it.

    case      what questions are asked of
    numbers   the tables of the draw, by period
    plays     posture -> its solution without the values, as far as there is room: other draws can start from there
    """

    def __init__(
        self,
        study: Study,
        theta: Array,
        near: Plays,
        progress: Progress,
        tolerance: float,
        tables: Numbers | None = None,
    ):
        self.study = study
        self.theta = theta
        self.plays: Plays = {}
        self._reports: dict[Posture | None, SolvedReport] = {}
        self._exact: dict[Posture | None, ExactSolution] = {}
        self._near = near
        self._since: dict[Posture, int] = {}
        self._first: dict[Posture, NDArray[np.bool_]] = {}
        self.numbers = tables or tables_of(study.game, theta)
        self._progress = progress
        self._tolerance = tolerance
        self.case = Case(study.game, study.scenario, theta, solve=self._solve)

    @property
    def valid(self) -> bool:
        """Whether the assumptions make a game: every probability between 0 and 1, every discount factor too."""
        periods = range(self.study.game.periods if self.study.game.timed else 1)
        return all(bool(self.numbers(t).valid) for t in periods)

    def numbers_under(self, under: Posture | None) -> Numbers:
        """The numbers under a posture, by period."""
        return self.numbers if under is None else bound(self.numbers, self.study.allowed(under), self.study.game.timed)

    @property
    def tables(self) -> GameTables:
        """The numbers of the first period."""
        return self.numbers(0)

    @property
    def statuses(self) -> dict[Posture | None, Status]:
        """How each solution ended."""
        return {under: report.status for under, report in self.solved.items()}

    @property
    def solved(self) -> dict[Posture | None, SolvedReport]:
        """How every solution made so far ended; an exact one goes on as long as it is asked."""
        return self._reports | {under: SolvedReport.of(solution) for under, solution in self._exact.items()}

    def look_up(self, atoms: Iterable[Atom], *, keep: bool = False) -> Found:
        """Ask everything, one solution at a time; each is solved as far back as it is needed, and then let go.

        With ``keep`` the solutions stay in the case.
        """
        return look_up(self.case, atoms, partial(self._prepare, keep), None if keep else self.case.release)

    def _prepare(self, keep: bool, under: Posture, wanted: Sequence[Atom]) -> None:
        self._since[under] = first_period(self.case, wanted)
        if self.study.game.factored and not keep:
            self._first[under] = first_places(self.case, self.numbers_under(under), wanted, at_nodes(self.case))

    def _solve(self, under: Posture | None) -> Equilibrium:
        stage = "Solving"
        if under is not None:
            actor, posture = under
            stage = f"Solving as if {proper(actor)} kept to “{posture.replace('_', ' ')}”"
        self._progress(
            stage if compiled() else "Compiling the solver, once on this machine", 0, self.study.game.periods
        )
        if self.study.exact:
            return self._solve_exactly(under)
        allowed = None if under is None else self.study.allowed(under)
        how: How = {
            "since": 0 if under is None else self._since.get(under, 0),
            "tolerance": self._tolerance,
            "progress": lambda done, total: self._progress(stage, done, total),
        }
        game, tables = self.study.game, self.numbers
        if game.factored:
            numbers = self.numbers_under(under)
            first = None if under is None else self._first.pop(under, None)
            needed = None if first is None else reached(game, numbers, first)
            by_blocks = self.solve_blocks(under, numbers, needed, **how)
            self._keep_play(under, by_blocks)
            return by_blocks
        near = self._near.get(under, self._near.get(None))
        how["near"] = near if isinstance(near, Solution) else None
        solution = solve(game, self.theta, allowed=allowed, tables=tables, **how)
        self._reports[under] = SolvedReport.of(solution)
        self._keep_play(under, solution)
        return solution

    def solve_blocks(
        self, under: Posture | None, tables: Numbers, needed: np.ndarray | None = None, **how: Any
    ) -> BlockSolution:
        """A solution block by block, from the numbers of the draw under a posture; ``how`` as of ``solve_blocks``."""
        near = self._near.get(under, self._near.get(None))
        found = solve_blocks(
            self.study.game,
            self.theta,
            tables=tables,
            near=near if isinstance(near, BlockSolution) else None,
            needed=needed,
            **how,
        )
        self._reports[under] = SolvedReport.of(found)
        return found

    def _solve_exactly(self, under: Posture | None) -> ExactSolution:
        """A solution that finds what it is asked when it is asked."""
        numbers, near = self.numbers_under(under), self._near.get(under)
        solution = ExactSolution(
            self.study.game,
            self.theta,
            numbers,
            near=near if isinstance(near, ExactSolution) else None,
            tolerance=self._tolerance,
            work=MOST_WORK * (OF_A_DRAW if self._near else 1.0),
        )
        self._exact[under] = solution
        if not self._near:
            self.plays[under] = solution
        return solution

    def give(self, under: Posture | None, solution: Solution | BlockSolution) -> None:
        """A solution of this draw that was made elsewhere."""
        self._reports[under] = SolvedReport.of(solution)
        self.case.give(under, solution)

    def _keep_play(self, under: Posture | None, solution: Solution | BlockSolution) -> None:
        """Keep the play of a base solution; draws that start near another one need not.

        Postures are kept if there is room for all of them, so that what is kept does not depend on the order of work.
        """
        play = replace(solution, U=[])
        beside = 0 if under is None else len(self.study.postures)
        if not self._near and (1 + beside) * _bytes(play) <= BYTES_KEPT:
            self.plays[under] = play


def compiled() -> bool:
    """Whether the solver's programs are at hand; else the first solution waits some tens of seconds for them."""
    return ready()


def _bytes(solution: Solution | BlockSolution) -> int:
    plays = [play for period in solution.sigma for play in period if play is not None]
    return sum((play.odds if isinstance(play, Play) else play).nbytes for play in plays)


@dataclass(frozen=True)
class SolvedReport:
    """What remains of a solution when it is let go: how it ended.

    unconverged  step -> at how many of its states and beliefs, over all periods, the tolerance was missed
    """

    status: Status
    residual: float
    iterations: int
    jumps: int
    unconverged: Mapping[str, int]

    @classmethod
    def of(cls, solution: Equilibrium) -> SolvedReport:
        """The report of a solution."""
        missed = solution.unconverged.sum(0).tolist()
        return cls(
            status=solution.status,
            residual=float(solution.residual.max(initial=0.0)),
            iterations=int(solution.iterations.max(initial=0)),
            jumps=int(solution.jumps.sum()),
            unconverged={
                step.name: int(count) for step, count in zip(solution.game.steps, missed, strict=True) if count
            },
        )
