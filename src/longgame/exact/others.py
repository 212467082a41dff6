"""Further equilibria: those that random starts lead to, besides the one on the principal branch.

No search finds all for certain: what is found exists, what is not found may. From each random start go three ways:

1. responses, of which a half is taken each time: they lead to equilibria that players would come back to;
2. Newton's method on F(y) = y - R(y, 1), its steps halved until the error falls (Nocedal and Wright 2006, chapter 11):
   it leads to the others as well;
3. from above: responses at several times the precision, where nearly every strict equilibrium of the game without noise
   has a logit equilibrium beside it, and from there down to the precision of the game in steps (McKelvey and Palfrey
   1995, theorem 2).

Every equilibrium that is found, the principal one too, is followed to smaller precisions as well: its branch may turn
there, and come back to the precision of the game at another (``arc``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from longgame.exact.extensive import ExtensiveGame
from longgame.exact.histories import CONVERGED, ExtensiveSolution, solution_at, solve_extensive, tree_of
from longgame.exact.public_histories import HistoriesSolution, describe_histories, with_play
from longgame.exact.tree import Tree
from longgame.game.numbers import Numbers
from longgame.solver.batch import tables_of
from longgame.solver.curve.arc import Arc, Pace
from longgame.solver.curve.continuation import BranchStatus, follow
from longgame.solver.curve.curve import NEAR, TOLERANCE, BranchPoint, Curve

STARTS = 32
DISTINCT = 1e-6  # choice probabilities that differ by less are those of one equilibrium
_RESPONSES = 300
_ABOVE = 4.0  # times the precision
_DOWN = np.geomspace(1.0, 1.0 / _ABOVE, 25)[1:]
_ONE_SIDED = 0.3  # shape of Dirichlet's distribution of starts for responses: most are near one action
_EVEN = (0.5, 1.0, 2.0)  # the same for Newton's method: its ways differ with where they begin
_ROUND = 500  # steps that are made to come round a turn


def other_equilibria(
    game: ExtensiveGame,
    precision: ArrayLike,
    *,
    starts: int = STARTS,
    seed: int = 0,
    tastes: bool = False,
    recall: bool = True,
) -> tuple[ExtensiveSolution, ...]:
    """The logit equilibria of a game that random starts lead to, without the one on the principal branch.

    Args:
        game: an extensive game.
        precision: lambda, for all information sets or [H] for each.
        starts: how many random starts are tried.
        seed: of these.
        tastes: read the noise as private shocks that are part of the payoff.
        recall: insist on perfect recall.

    Returns:
        Those that differ from each other and from the principal one in a choice probability by more than ``DISTINCT``,
        in the order in which they were found.
    """
    tree, lam = tree_of(game, precision, tastes=tastes, recall=recall)
    curve = Curve(tree)
    if curve.heat == 0 or (tree.ordered and not curve.size):  # one equilibrium: each set answers those after it
        return ()
    known: list[np.ndarray] = []

    def add(point: BranchPoint | None) -> None:
        """Keep an equilibrium that is not known, and what its branch leads to."""
        while point is not None:
            odds = curve.polish(point.log_odds)
            new = np.all(np.isfinite(odds)) and all(curve.distance(odds, other) > DISTINCT for other in known)
            if not new or solution_at(tree, lam, odds, BranchStatus.OTHER).residual >= CONVERGED:
                return
            known.append(odds)
            point = Arc(curve, Pace(most_steps=_ROUND), lambda point: None).follow(BranchPoint(1.0, odds), down=True)

    add(follow(tree).end)
    for point in _candidates(tree, curve, np.random.default_rng(seed), starts):
        add(point)
    return tuple(solution_at(tree, lam, odds, BranchStatus.OTHER) for odds in known[1:])


def other_histories(
    solution: HistoriesSolution, *, tables: Numbers | None = None, starts: int = STARTS, seed: int = 0
) -> tuple[HistoriesSolution, ...]:
    """Further equilibria of a game that was solved over its public histories, with its numbers ``tables``."""
    game, written = solution.game, solution.written
    tables = tables or tables_of(game, solution.theta)
    tastes = game.noise == "tastes"
    found = other_equilibria(written.game, written.precision, starts=starts, seed=seed, tastes=tastes, recall=False)
    if solution.status is BranchStatus.HONEST:  # the principal one is another, then, and this one has been found again
        principal = solve_extensive(written.game, written.precision, tastes=tastes, recall=False)
        own = solution.extensive.sigma
        found = tuple(one for one in (principal, *found) if np.nanmax(np.abs(one.sigma - own)) > DISTINCT)
    return tuple(with_play(solution, other, tables) for other in found)


def describe_others(others: Sequence[HistoriesSolution], starts: int, least: float = 0.0) -> dict[str, Any]:
    """Further equilibria as plain data, what ``solve --others --json`` adds: ``{starts, others: [...]}``."""
    shown = [describe_histories(other, least) for other in others]
    keys = ("residual", "status", "worth", "rows")
    return {"starts": starts, "others": [{key: other[key] for key in keys} for other in shown]}


def _candidates(tree: Tree, curve: Curve, rng: np.random.Generator, starts: int) -> Iterator[BranchPoint]:
    """Equilibria, from random starts by the three ways."""
    sharp = Curve(Tree(tree.game, _ABOVE * _by_infoset(tree), tastes=tree.taste is not None))
    for _ in range(starts):
        start, *even = (tree.centre(np.log(_random_play(tree, rng, shape))) for shape in (_ONE_SIDED, *_EVEN))
        yield from filter(None, (_respond(curve, start), *map(curve.search, even), _from_above(sharp, start)))


def _by_infoset(tree: Tree) -> np.ndarray:
    """[H] lambda of each information set."""
    lam = np.zeros(len(tree.game.owner))
    lam[tree.slot_set] = tree.precision
    return lam


def _random_play(tree: Tree, rng: np.random.Generator, shape: float) -> np.ndarray:
    """[D] choice probabilities, drawn for each information set by itself from Dirichlet's distribution."""
    raw = rng.gamma(shape, size=tree.slots) + 1e-9
    return raw / np.add.reduceat(raw, tree.set_start)[tree.slot_group]


def _respond(curve: Curve, odds: np.ndarray) -> BranchPoint | None:
    """1. Half responses at the full precision, then Newton's method."""
    for _ in range(_RESPONSES):
        response = curve.respond(odds, 1.0).response
        if not np.all(np.isfinite(response)):
            return None
        if np.abs(response - odds).max() <= NEAR:
            return curve.correct(response, 1.0, TOLERANCE)
        odds = odds + 0.5 * (response - odds)
    return None


def _from_above(sharp: Curve, odds: np.ndarray) -> BranchPoint | None:
    """3. An equilibrium at several times the precision, brought down in steps."""
    found, last = _respond(sharp, odds), 1.0
    for share in _DOWN.tolist():
        if found is None:
            break
        found, last = sharp.correct(found.log_odds * (share / last), share, TOLERANCE), share
    return found
