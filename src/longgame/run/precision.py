"""How far the numbers of the base case may be off, and how fine a lattice the claims need.

A number found on a lattice of beliefs of R steps is found again on two finer ones, of 2 R and of 1.5 R, and the larger
of the two changes says how far off it is:

    6 times the larger change

Interpolation errors shrink with the mesh where values have kinks in the belief, and with its square where they are
smooth, so that the error at R is 1.3 to 3 times either change; but one change can be small by chance, and both seldom.
Measured on random games of two to six worlds, with more worlds than steps among them, whose exact answers are known, it
covers 97 to 99.7 % of the errors of choices and values, at four to five times the error in the middle
(``benchmarks/estimates.py``).

Where 2 R is too much work there is one finer lattice, R' = r R, and the estimate is

    1.5 (r / (r - 1))^2 max(1, W / R) times the change: 13.5 times for r = 1.5

which covers 97 to 99 % there, at seven to twenty times the error in the middle.

A claim whose margin is within its error is open. Where the finer lattice settles one, it becomes the lattice of the
base case and of the draws alike, if the work that may be spent is enough for that, and so on from there.

Exact solutions have no lattice, and no such error.

Where beliefs are kept block by block, a finer lattice is many times the work: the lattices of one and of two steps less
stand beside it instead, where it has 4 to 6 steps. Between the points of these lattices lie smooth surfaces, whose
errors shrink with the second to third power of the mesh, so that the last step changes two to three R-ths of the error.
The estimate is

    R (1/2 of what the last step changed + 1/4 of what the one before it did)

as either change may be small by chance. Measured on random games of two to four blocks (R from 4 to 6; 4,572 errors
above 0.0001) it covers 95 to 98 % of these and 99 % of all, at four to six times the error in the middle. The lattice
of half the resolution, by the rule above divided by r, covered about as many at twelve to fourteen times the error; it
still serves lattices of fewer steps, and of more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, isfinite
from typing import Any

from longgame.exact.exact_solution import NotSolved
from longgame.game.game import Game
from longgame.game.lattice import points_of
from longgame.queries.atoms import Atom, Found
from longgame.queries.questions import BoundQuestion
from longgame.run.memory import give_back
from longgame.run.study import Progress, SolvedDraw, Study, silent
from longgame.run.together import Together
from longgame.solver.blocks.size import work_of
from longgame.solver.kernel import cores
from longgame.solver.solution import CONVERGED

BEYOND = 1.5  # a change that is small by chance
OF_TWO = 6.0  # times the larger of two changes
LAST, BEFORE = 0.5, 0.25  # of what a step of a lattice, and the step before, changed: the error, R times
STEPWISE = range(4, 7)  # lattices whose error is told so; of others it is told from half the steps
FINER, LEAST_FINER = 2, 1.5  # times the resolution: the lattice beside which a number is looked at
SPARED = 1 / 3  # of the work on a finer lattice is done: it is solved where questions look (measured)
MOST_WORK = 5e7  # of one solution (see ``work``) that is made for the error alone, or for a finer lattice: some seconds
MOST_TIMES = 8.0  # the work of the game itself, where that is more already
MOST_OVER_DRAWS = 5e8  # of all draws on a finer lattice than the scenario's


def factor(worlds: int, lattice: int, beside: int) -> float:
    """How many times what one other lattice changes the error may be; less where that is the coarser one."""
    coarse, fine = min(lattice, beside), max(lattice, beside)
    of_coarse = BEYOND * (fine / (fine - coarse)) ** 2 * max(1.0, worlds / coarse)
    return of_coarse * (1.0 if lattice == coarse else coarse / fine)


def stepwise(lattice: int, last: Any, before: Any) -> Any:
    """The error of numbers found block by block: from what the last step of the lattice changed, and the one before."""
    return lattice * (LAST * last + BEFORE * before)


@dataclass(frozen=True, eq=False)
class Precision:
    """What is known of the error of the numbers of a draw.

    exact    there is no lattice, and no error beyond the solver's tolerance
    worlds   W; lattice: R, on which they were found; beside: R', on which they were found again (None: they were not)
    found    what was found there of the questions whose answers need an error
    between  what was found of them on a lattice between the two; None: there was none
    before   the same on a lattice of one step less than that, where the error is told from two steps
    """

    exact: bool
    worlds: int
    lattice: int
    beside: int | None = None
    found: Found | None = None
    between: Found | None = None
    before: Found | None = None

    def anew(self, look_up: Callable[[int], Found]) -> Precision:
        """The same at other values of the assumptions: from what is found there on lattices of the same resolution."""
        if self.beside is None:
            return self
        halfway = None if self.between is None else look_up(_halfway(self.lattice))
        before = None if self.before is None else look_up(coarser_than(self.lattice)[1])
        return replace(self, found=look_up(self.beside), between=halfway, before=before)

    def error(self, question: BoundQuestion, found: Found) -> float | None:
        """The error of the number of a question, or of the margin of one that is true or false; None: not known.

        found  what was found for it on the lattice
        """
        if self.exact:
            return 0.0
        if self.found is None or self.beside is None or not self.found.has(question.atoms):
            return None
        here, there = _number(question, found), _number(question, self.found)
        if here is None or there is None:
            return None
        if self.before is not None and (earlier := _number(question, self.before)) is not None:
            return stepwise(self.lattice, abs(here - there), abs(there - earlier))
        if self.between is None or (halfway := _number(question, self.between)) is None:
            return factor(self.worlds, self.lattice, self.beside) * abs(here - there)
        return OF_TWO * max(abs(here - there), abs(here - halfway))


def _number(question: BoundQuestion, found: Found) -> float | None:
    """The number of a question, or the margin of one that is true or false; None where there is none."""
    answer = question.work_out(found)
    number = answer.margin if answer.is_truth else answer.value
    return None if number is None or not isfinite(number) else number


@dataclass(frozen=True, eq=False)
class Base:
    """The base case of a study with what was asked of it, and how far the answers may be off."""

    study: Study
    draw: SolvedDraw
    found: Found
    precision: Precision

    def error(self, question: BoundQuestion) -> float | None:
        """How far the answer to a question may be off, or the margin of one that is true or false; None: not known."""
        return self.precision.error(question, self.found)


def ask(
    study: Study,
    atoms: Iterable[Atom],
    compared: Sequence[BoundQuestion] = (),
    *,
    told: Iterable[BoundQuestion] = (),
    draws: int = 0,
    progress: Progress = silent,
    ready: Callable[[SolvedDraw], None] = lambda draw: None,
) -> Base:
    """Ask the base case, exactly if its game is small enough, else on a lattice that is fine enough for what is asked.

    Args:
        study: the scenario.
        atoms: all that is to be looked up.
        compared: questions whose answers need an error; where one is true or false, its margin should be larger.
        told: more questions whose answers need an error, however large it is.
        draws: how many draws of the assumptions will be solved on the same lattice.
        progress: as everywhere.
        ready: told of each draw before it is solved; may refuse it.
    """
    atoms, compared = tuple(atoms), tuple(compared)
    doubted = tuple(dict.fromkeys(atom for question in (*compared, *told) for atom in question.atoms))

    def found_in(study: Study, wanted: tuple[Atom, ...]) -> tuple[SolvedDraw, Found]:
        draw = study.draw(progress=progress)
        ready(draw)
        return draw, draw.look_up(wanted)

    if study.exact:
        try:
            return Base(study, *found_in(study, atoms), Precision(True, len(study.game.worlds), study.game.lattice))
        except NotSolved:
            study = study.on_lattice
    lattice, worlds = study.game.lattice, _together(study.game)
    if study.game.factored:
        return _beside_coarser(study, found_in, atoms, doubted, progress)
    if worlds == 1 or not doubted:
        return Base(study, *found_in(study, atoms), Precision(worlds == 1, worlds, lattice))
    draw, found = found_in(study, atoms)
    known: dict[int, Found] = {}

    def on(finer: int) -> Found:
        if finer not in known:
            progress("How far the lattice is off", 0, 1)
            known[finer] = _looked_up(study.refined(finer), doubted, progress, ready)
        return known[finer]

    while True:
        beside = _beside(study.game)
        if beside is None:
            return Base(study, draw, found, Precision(False, worlds, lattice))
        there, halfway = on(beside), _halfway(lattice)
        between = on(halfway) if beside == FINER * lattice and halfway < beside else None
        precision = Precision(False, worlds, lattice, beside, there, between)
        settles = _open(precision, compared, found) - _still_open(precision, compared, found)
        if not settles or not _affordable(study.refined(beside).game, draws):
            return Base(study, draw, found, precision)
        study, lattice = study.refined(beside), beside
        draw, found = found_in(study, atoms)


def _looked_up(study: Study, atoms: tuple[Atom, ...], progress: Progress, ready: Callable[[SolvedDraw], None]) -> Found:
    """What is found in the base case, solved as a draw is: where questions look, and nowhere else."""
    together = Together(study, study.game.base[None], {}, CONVERGED, progress, cores())
    ready(together.draws[0])
    try:
        found = together.look_up(atoms, 1)[0]
    finally:
        together.close()
        del together
        give_back()
    if isinstance(found, Exception):
        raise found
    return found


def _beside_coarser(
    study: Study,
    found_in: Callable[[Study, tuple[Atom, ...]], tuple[SolvedDraw, Found]],
    atoms: tuple[Atom, ...],
    doubted: tuple[Atom, ...],
    progress: Progress,
) -> Base:
    """A base case with independent blocks, beside coarser lattices: a finer one is far more work.

    ``doubted``: what is looked up there as well.
    """
    lattice, worlds = study.game.lattice, _together(study.game)
    draw, found = found_in(study, atoms)
    if not doubted or lattice == 1:
        return Base(study, draw, found, Precision(False, worlds, lattice))
    progress("How far the lattice is off", 0, 1)
    coarser = coarser_than(lattice)
    there, *rest = [found_in(study.refined(one), doubted)[1] for one in coarser]
    before = rest[0] if rest else None
    return Base(study, draw, found, Precision(False, worlds, lattice, coarser[0], there, before=before))


def coarser_than(lattice: int) -> tuple[int, ...]:
    """The lattices beside which one is looked at where beliefs are kept block by block; none where it has one step."""
    if lattice == 1:
        return ()
    return (lattice - 1, lattice - 2) if lattice in STEPWISE else (lattice // FINER,)


def _together(game: Game) -> int:
    """How many worlds there are on one lattice."""
    return max(game.blocks.sizes) if game.factored and game.blocks is not None else len(game.worlds)


def work(game: Game, resolution: int | None = None) -> float:
    """How much work one solution is, in steps at a state and a belief, times worlds."""
    if game.factored:
        return work_of(game if resolution is None else replace(game, lattice=resolution))
    worlds = len(game.worlds)
    points = points_of(worlds, resolution or game.lattice)
    return float(len(game.ended) * game.periods * len(game.steps) * points * worlds)


def work_beside(study: Study) -> float:
    """The work that tells how far the claims of a base case are off, in solutions of it."""
    game = study.game
    if study.exact or not study.claims or len(game.worlds) == 1:
        return 0.0
    if game.factored:
        return sum(work(game, lattice) / work(game) for lattice in coarser_than(game.lattice))
    finest, halfway = _beside(game), _halfway(game.lattice)
    if finest is None:
        return 0.0
    finer = {finest, halfway} if finest == FINER * game.lattice else {finest}
    return SPARED * sum(work(game, lattice) / work(game) for lattice in finer)


def settles(game: Game) -> tuple[int, float]:
    """A finer lattice that may settle what is open on this one, and how many times the work it is."""
    finer = FINER * game.lattice
    return finer, work(game, finer) / work(game)


def finer_lattice(game: Game) -> int:
    """The lattice that a game's own is held against to verify it: of twice the resolution.

    Where beliefs are kept block by block that may be out of reach: the finest that is not too much work, and at least
    of one step more.
    """
    return (_finest(game, game.lattice + 1) or game.lattice + 1) if game.factored else FINER * game.lattice


def _halfway(lattice: int) -> int:
    """The resolution of the lattice between one and that of twice the steps."""
    return ceil(LEAST_FINER * lattice)


def _open(precision: Precision, compared: Sequence[BoundQuestion], found: Found) -> set[int]:
    """Which truths cannot be told within the error of their numbers."""
    open_ = set()
    for number, question in enumerate(compared):
        margin, error = question.work_out(found).margin, precision.error(question, found)
        if margin is not None and error is not None and abs(margin) <= error:
            open_.add(number)
    return open_


def _still_open(precision: Precision, compared: Sequence[BoundQuestion], found: Found) -> set[int]:
    """Which of them the finer lattice could not tell either: its error is less by the ratio of the two."""
    assert precision.found is not None and precision.beside is not None
    less = precision.lattice / precision.beside
    open_ = set()
    for number, question in enumerate(compared):
        margin, error = question.work_out(precision.found).margin, precision.error(question, found)
        if margin is None or error is None or abs(margin) <= less * error:
            open_.add(number)
    return open_


def _beside(game: Game) -> int | None:
    """The resolution of the finer lattice beside which a game is looked at; None where any is too much work."""
    return _finest(game, _halfway(game.lattice))


def _finest(game: Game, least: int) -> int | None:
    """The finest resolution, of up to twice the game's and at least ``least``, that is not too much work."""
    most = max(MOST_WORK, MOST_TIMES * work(game))
    finer = range(FINER * game.lattice, least - 1, -1)
    return next((resolution for resolution in finer if work(game, resolution) <= most), None)


def _affordable(game: Game, draws: int) -> bool:
    """Whether a game can be solved on its lattice for all draws, and its error estimated there."""
    return work(game) <= MOST_WORK and draws * work(game) <= MOST_OVER_DRAWS and _beside(game) is not None
