"""The principal branch, followed: for the few points where iteration is slow or leaps.

The mathematics (Turocy 2005, 2010; Allgower and Georg 1990, chapters 2 to 6):

1. The logits of logit equilibria at the fractions tau of the precision are the zeros of F(z, tau) = z - tau G(z). At
   tau = 0 the only zero is uniform play, z = 0; the curve of zeros that starts there is the principal branch.
2. Pieces. Values are linear in the belief on each simplex of the lattice, so the curve is smooth while the belief after
   every signal stays in one simplex, and has a kink where it passes into the next. Each piece is followed as part of
   the smooth curve that it belongs to, up to the kink; there the next piece begins.
3. Direction. Along the curve, J dz = G dtau with J = I - tau dG/dz. It is walked so that tau rises where det J > 0 and
   falls where det J < 0. That is the same way round everywhere, across kinks too: there the two J differ by a matrix of
   rank one that vanishes along the common facet, so a curve that leaves the one simplex enters the other.
4. Step. From a point of the curve go a length h along the tangent, then back to the curve at a right angle to the
   tangent by Newton's method. Where that fails, or the tangent there is another, halve h; where it is quick, lengthen
   it. A step that leads out of the simplex is shortened, by the rule of false position, until it ends just beyond the
   facet.
5. Arrival. The step that would pass tau = 1 ends on it, with tau held there.
6. Neighbours. Near a point that is hard, iteration may have settled where responses lead away from: an equilibrium that
   the branch has left. Such points are followed as well.
7. Bound. States in which the mover faces the same are solved once. In one state so many responses may be computed in
   all; a branch that is not followed to its end by then is lost.
8. A branch that turned back on its way has, at the precisions in between, several equilibria at once: play as a
   function of precision jumps there. Such points are counted. A point whose branch was lost is solved by Newton's
   method from where iteration left it, and counted as well; if that fails too, its residual says so.

Here the points are laid out; ``kernel.branch`` walks.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from longgame.arrays import Array
from longgame.game.lattice import Beliefs, Lattice
from longgame.game.numbers import StepTables
from longgame.solver import kernel
from longgame.solver.kernel import Found, Grid, Move, grid_at
from longgame.solver.kernel.branch import MOST_TURNS, is_unstable, settle_near
from longgame.solver.kernel.branch import follow_branch as follow_one
from longgame.solver.kernel.response import Problem
from longgame.solver.kernel.search import IN_LOGITS, ROUNDING
from longgame.solver.rules import Rules

MOST_IN_A_STATE = 400_000  # responses, over all beliefs: some seconds


def follow_branch(
    rules: Rules,
    lattice: Lattice,
    move: Move,
    play: Array,
    search: Found,
    at: Lattice | Beliefs | None = None,
    threads: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Solve the hard points [S, B] of a move again, and others about them that are not on the branch.

    search   how that for ``play`` went
    at       the lattice of these points, where values are given on a finer one
    threads  how many cores to use

    Returns play [S, C, A, B], residual, iterations and jumps (bool) [S, B].
    """
    play, hard = np.array(play), search.hard
    residual, iterations, jumps = search.residual.copy(), search.iterations.copy(), np.zeros_like(hard)
    faced = {s: Faced.of(rules, lattice, move, s, at) for s in np.flatnonzero(hard.any(axis=1)).tolist()}
    alike: dict[tuple[object, ...], list[int]] = defaultdict(list)  # what the mover faces -> the states
    for s, here in faced.items():
        alike[hard[s].tobytes(), *here.key].append(s)

    def follow(s: int) -> tuple[np.ndarray, ...]:
        return _follow_in_a_state(faced[s], play[s][:, faced[s].options], hard[s], float(move.tolerance))

    found = kernel.each_of(follow, [states[0] for states in alike.values()], threads)
    for states, (here, new, missed, turns, jumped) in zip(alike.values(), found, strict=True):
        for s in states:
            play[s][np.ix_(np.arange(play.shape[1]), faced[s].options, here)] = new
            residual[s, here], jumps[s, here] = missed, jumped
            iterations[s, here] += turns
    return play, residual, iterations, jumps


def stay_near(
    rules: Rules,
    lattice: Lattice,
    move: Move,
    held: np.ndarray,
    play: Array,
    residual: np.ndarray,
    at: Lattice | Beliefs | None = None,
    where: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The equilibria to which Newton's method leads from play ``held`` [S, C, A, B]; ``play`` where it leads to none.

    at     as in ``follow_branch``
    where  [S, B] bool: the points that are wanted; all, if None

    Returns play and residual [S, B].
    """
    play, residual = np.array(play), residual.copy()
    wanted = np.ones(residual.shape, dtype=bool) if where is None else where
    for s in np.flatnonzero(np.asarray(move.tables.active) & wanted.any(axis=1)).tolist():
        faced = Faced.of(rules, lattice, move, s, at)
        if len(faced.options) < 2:
            continue
        for b in np.flatnonzero(wanted[s]).tolist():
            found = np.empty((play.shape[1], len(faced.options)))
            start = _log_odds(np.ascontiguousarray(held[s][:, faced.options, b]))
            moved = settle_near(faced.point(b), start, found, faced.wanted)
            if moved <= move.tolerance:
                play[s][:, faced.options, b], residual[s, b] = found, moved
    return play, residual


def over_open(weights: np.ndarray, allowed: Array) -> np.ndarray:
    """[S, C, A] play by weights [C, A] of the options, over the open ones [S, A]; all alike where none is."""
    odds = weights * np.asarray(allowed)[:, None, :]
    total = odds.sum(axis=-1, keepdims=True)
    return np.divide(odds, total, out=np.full_like(odds, 1.0 / odds.shape[-1]), where=total > 0)


class Faced(NamedTuple):
    """What a mover faces in a state: as in ``Problem``, at all beliefs.

    options  [m] those that are open; asked: the residual of log-odds that is small enough
    """

    options: np.ndarray
    asked: float
    numbers: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    signal: np.ndarray
    cell: np.ndarray
    grid: Grid
    resolution: float

    @classmethod
    def of(cls, rules: Rules, lattice: Lattice, move: Move, s: int, at: Lattice | Beliefs | None = None) -> Faced:
        """In a state of a move; ``at`` as in ``follow_branch``."""
        options = np.flatnonzero(np.asarray(move.tables.allowed[s]))
        precision, cell = np.array(move.precision[s], dtype=float), np.array(rules.cell_of)
        ahead = np.stack([_ahead(rules, move, s, a) for a in options.tolist()])
        pay, becomes = _of_options(move.tables, int(move.mover), s, options, lattice.worlds)
        numbers, grid = (ahead, pay, becomes, precision), grid_at(lattice, cell.tobytes(), at or lattice)
        asked = IN_LOGITS * float(move.tolerance)
        return cls(options, asked, numbers, np.array(rules.signal), cell, grid, float(lattice.resolution))

    @property
    def wanted(self) -> float:
        """The residual that is asked of log-odds: as small as rounding lets it be."""
        return self.wanted_at(0.0)

    def wanted_at(self, paid: float) -> float:
        """The same where as much as this is paid beside."""
        ahead, _, _, precision = self.numbers
        return max(self.asked, ROUNDING * (np.abs(ahead).max() + paid) * precision.max())

    @property
    def key(self) -> tuple[bytes, ...]:
        """The same for states in which the mover faces the same."""
        return tuple(part.tobytes() for part in (self.options, *self.numbers))

    def point(self, b: int) -> Problem:
        """At a belief of the lattice."""
        belief, inside = np.array(self.grid.belief[:, b]), np.array(self.grid.inside[:, b])
        signal = self.signal[self.options]
        return Problem(*self.numbers, belief, inside, self.cell, signal, self.signal.max() + 1, self.resolution)


def _follow_in_a_state(faced: Faced, play: np.ndarray, hard: np.ndarray, tolerance: float) -> tuple[np.ndarray, ...]:
    """The points [B] that are hard, and those at which iteration settled where responses lead away from.

    Which they are [n], their play [C, m, n], residual, responses and jumps [n].
    """
    points = [faced.point(b) for b in range(len(hard))]
    odds = [_log_odds(np.ascontiguousarray(play[:, :, b])) for b in range(len(points))]
    here = np.array([b for b, point in enumerate(points) if hard[b] or is_unstable(point, odds[b])])
    plays, said, left = [], [], MOST_IN_A_STATE
    for b in here.tolist():
        found = np.empty_like(odds[b])
        said.append(follow_one(points[b], odds[b], found, faced.wanted, tolerance, min(MOST_TURNS, max(left, 1))))
        left -= said[-1][1]
        plays.append(found)
    residual, turns, jumps = (np.array(part) for part in zip(*said, strict=True))
    return here, np.stack(plays, axis=2), residual, turns, jumps


def _ahead(rules: Rules, move: Move, s: int, option: int) -> np.ndarray:
    """[W, B] the mover's own values after an option in a state."""
    values, mover = move.following[rules.after[option]], int(move.mover)
    if rules.stays[option]:
        return np.asarray(values[s])[mover]
    weight = np.asarray(move.tables.weight[s, option])
    lots = np.flatnonzero(weight)
    ends = np.asarray(move.tables.successor[s, option])[lots].tolist()
    return np.tensordot(weight[lots], np.stack([np.asarray(values[end])[mover] for end in ends]), axes=1)


def _of_options(
    tables: StepTables, mover: int, s: int, options: np.ndarray, worlds: int
) -> tuple[np.ndarray, np.ndarray]:
    """What the mover is paid [m, W] for each open option in a state, and how these change the world [m, W, W]."""
    pay = np.zeros((len(options), worlds)) if tables.pay is None else np.array(tables.pay[s][options, mover])
    becomes = np.zeros((0, 0, 0)) if tables.becomes is None else np.array(tables.becomes[s][options])
    return pay.astype(float), becomes.astype(float)


def _log_odds(play: np.ndarray) -> np.ndarray:
    """[C, m] centred log-odds that give some play [C, m]: no open option is ever without a chance."""
    odds = np.log(play)
    return odds - odds.mean(axis=1, keepdims=True)
