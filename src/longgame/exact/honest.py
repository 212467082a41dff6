"""The equilibrium to which honest talk leads, where words cost little or nothing.

Where words are cheap there are several equilibria: words may be believed, or not. On the principal branch, which begins
at uniform play, words that cost nothing are not (babbling, which is always an equilibrium: Crawford and Sobel 1982).
Another beginning is a game in which a lie costs a great deal beside what it does cost: there all speak the truth. From
there the extra cost is brought down to nothing, and at each cost Newton's method leads from the equilibrium
at the last cost to that at the next (a homotopy by natural continuation: Allgower and Georg 1990, chapter 2). Steps in
which play changes a great deal are halved. Where even a small one leads far away, the equilibrium has met another and
both have vanished: honest talk unravels at this cost.

Payoffs are linear in the cost, so the extensive game is written out with and without one, and all others follow.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from longgame.exact.histories import CONVERGED, ExtensiveSolution, solution_at, tree_of
from longgame.exact.public import Unrolled
from longgame.game.game import Game
from longgame.game.numbers import GameTables, Numbers
from longgame.solver.curve.continuation import BranchStatus, follow
from longgame.solver.curve.curve import TOLERANCE, Curve
from longgame.solver.honest import ALIKE, BEYOND, FAR, NOTHING, brought_down


def priced(game: Game, tables: Numbers, cost: float) -> Numbers:
    """The numbers of a game in which a lie costs so much more, at each statement that starts from honest talk."""

    def at(t: int) -> GameTables:
        now = tables(t)
        steps = list(now.steps)
        for k, step in enumerate(game.steps):
            if step.lies:
                shape = *np.shape(steps[k].allowed), *game.cells.shape
                pay = np.zeros(shape) if steps[k].pay is None else np.array(steps[k].pay, dtype=float)
                pay[:, :, step.mover] -= cost * np.array(step.lies, dtype=float)
                steps[k] = steps[k]._replace(pay=pay)
        return now._replace(steps=tuple(steps))

    return at


def first_cost(game: Game, tables: Numbers) -> float:
    """A cost at which everybody speaks the truth: above all that is at stake."""
    now = tables(0)
    movers = [step.mover for step in game.steps if step.lies]
    precision = np.asarray(now.precision)[movers]
    least = float(precision[precision > 0.0].min(initial=np.inf))
    return 2.0 * float(np.asarray(now.stake)[movers].max()) + BEYOND / least


def from_honest_talk(
    written: Unrolled, dearer: Unrolled, cost: float, principal: ExtensiveSolution, tastes: bool
) -> ExtensiveSolution:
    """The equilibrium to which honest talk leads, with its status; the principal one where it unravels.

    Args:
        written: the game written out; ``dearer``: the same with one more to pay for each lie.
        cost: at which everybody speaks the truth.
        principal: the equilibrium on the principal branch.
        tastes: as in ``solve_extensive``.
    """
    lie = dearer.game.pay - written.game.pay

    def curve(cost: float) -> Curve:
        game = replace(written.game, pay=written.game.pay + cost * lie)
        return Curve(tree_of(game, written.precision, tastes=tastes, recall=False)[0])

    real = curve(0.0)
    if not real.size:  # no choice moves a belief: there is nothing to be believed
        return replace(principal, status=BranchStatus.ALIKE)
    hottest = float(np.max(written.precision, initial=0.0))
    honest = curve(cost)

    def near(odds: np.ndarray, cost: float) -> np.ndarray | None:
        found = curve(cost).correct(odds, 1.0, TOLERANCE)
        return None if found is None or honest.distance(found.log_odds, odds) > FAR else found.log_odds

    found = brought_down(follow(honest.tree).end.log_odds, cost, NOTHING / max(hottest, 1e-300), near)
    if found is None:
        return replace(principal, status=BranchStatus.UNRAVELLED)
    tree, lam = tree_of(written.game, written.precision, tastes=tastes, recall=False)
    solution = solution_at(tree, lam, real.polish(found), BranchStatus.HONEST)
    if solution.residual >= CONVERGED:
        return replace(principal, status=BranchStatus.UNRAVELLED)
    same = np.nanmax(np.abs(solution.sigma - principal.sigma), initial=0.0) < ALIKE
    return replace(principal, status=BranchStatus.ALIKE) if same else solution
