"""The exact equilibrium of a small game, asked at any node: beliefs as they are, no lattice.

A tree (``belief_tree``) is solved from every node that a question looks at and that no tree has yet: free play from
its start, then the places to which questions set the game, and under a posture the nodes where the question stands. All
choices of a tree are solved together (``search``), along the principal branch: where raising the precision is not
enough, the extensive game of the same place is followed round its turns. A draw of the assumptions begins with the play
of the base case, and is followed from uniform play where that does not settle, or leads far away.

Letters as in ``passes`` and ``belief_tree``; M nodes that are asked about.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np

from longgame.errors import TooLargeError
from longgame.exact.belief_tree import Place, Root, TooManyNodes, entries, tree_of
from longgame.exact.passes import SEVERAL
from longgame.exact.public_histories import solve_histories
from longgame.exact.search import POWERS_AT_END, STABLE, TIGHT, Search, SolvedTree, TooMuchWork
from longgame.game.game import Game
from longgame.game.numbers import CHANCE, GameTables
from longgame.game.numbers import Numbers as ByPeriod
from longgame.solver.batch import tables_of
from longgame.solver.curve.continuation import BranchStatus
from longgame.solver.needed import only
from longgame.solver.solution import CONVERGED, Status

METHOD = (
    "agent logit quantal response equilibrium over all public histories, with exact beliefs and no lattice; principal "
    "branch by continuation in the precision, with Anderson acceleration"
)

MOST_NODES = 4_000  # of a tree: with ``MOST_WORK``, about a second
MOST_WORK = 1e6  # responses of nodes to all others for one tree; a draw may take ten times as many as the base case
MOST_EXTENSIVE = 10_000  # nodes of the extensive game that is followed where the quick way fails
FAR_FROM_BASE = 0.5  # a probability that differs by more from the base case is looked at again


_TALK = (
    (BranchStatus.UNRAVELLED, Status.UNRAVELLED),
    (BranchStatus.HONEST, Status.HONEST),
    (BranchStatus.ALIKE, Status.ALIKE),
)


class NotSolved(Exception):
    """No equilibrium was found: the game is to be solved on the lattice."""

    def __init__(self) -> None:
        super().__init__("the game that a question leads to takes more than the exact method may")


class ExactSolution:
    """The exact equilibrium of a game for one draw of the assumptions; it has what questions ask of a ``Solution``.

    game, theta, tables  as of a ``Solution``
    since, needed, kept  everything is answered everywhere
    residual, iterations, jumps, unconverged  [T, K] as of a ``Solution``, over all trees so far
    """

    exact = True
    since = 0
    needed = None
    method = METHOD

    def __init__(
        self,
        game: Game,
        theta: np.ndarray,
        tables: ByPeriod,
        *,
        near: ExactSolution | None = None,
        tolerance: float = CONVERGED,
        most: int = MOST_NODES,
        work: float = MOST_WORK,
    ):
        """``near``: the base case; ``most``: nodes of one tree; ``work``: nodes that may respond for one tree."""
        self.game, self.theta, self.tables_at = game, theta, tables
        self.trees: list[SolvedTree] = []
        self.tolerance = tolerance
        self._most, self._work, self._near = most, work, near
        self._lock = threading.RLock()

    def tables(self, t: int) -> GameTables:
        """The numbers of period t for this draw, with the options that were left open."""
        return self.tables_at(t)

    # --- what is asked ---------------------------------------------------------------------------------------------

    def odds(self, t: int, k: int, s: np.ndarray, b: np.ndarray) -> np.ndarray:
        """[M, A, W] probability of each option (or outcome) in each world, where the step takes place."""
        step = self.game.steps[k]
        if step.mover == CHANCE:
            return np.asarray(self.tables(t).steps[k].chance)[s]
        odds = np.zeros((len(s), len(step.options), len(self.game.worlds)))
        for solved, rows, nodes in self._at(t, k, s, b):
            odds[rows] = _play(solved, nodes, len(step.options), (t, k))
        return odds

    def values_at(self, t: int, k: int, s: np.ndarray, b: np.ndarray) -> np.ndarray:
        """[M, N, W] what each actor can expect in each world from the entry of a step on."""
        if t == self.game.periods:
            return np.asarray(self.tables(t - 1).end_value)[s]
        found = np.empty((len(s), *self.game.cells.shape))
        for step in np.unique(on := entries(self.game, self.tables, t, k, s)):
            here = np.flatnonzero(on == step)
            for solved, rows, nodes in self._at(t, int(step), s[here], b[here]):
                found[here[rows]] = solved.value[nodes]
        return found

    def _at(self, t: int, k: int, s: np.ndarray, b: np.ndarray) -> list[tuple[SolvedTree, np.ndarray, np.ndarray]]:
        """The trees that have some nodes [M] of a place, each with the rows it has and their nodes there."""
        rows = np.column_stack([s, np.rint(b * 10.0**11)]).astype(np.int64)
        _, first, kind = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        kind, some_s, some_b = kind.ravel(), s[first], b[first]
        parts = []
        with self._lock:
            missing = np.arange(len(first))
            for solved in self.trees:
                missing = self._take(solved, (t, k), some_s, some_b, missing, kind, parts)
            if len(missing):
                self.trees.append(self._solve([(t, k, int(state)) for state in some_s[missing]], some_b[missing]))
                missing = self._take(self.trees[-1], (t, k), some_s, some_b, missing, kind, parts)
            assert not len(missing)
        return parts

    @staticmethod
    def _take(
        solved: SolvedTree,
        place: Place,
        s: np.ndarray,
        b: np.ndarray,
        missing: np.ndarray,
        kind: np.ndarray,
        parts: list[tuple[SolvedTree, np.ndarray, np.ndarray]],
    ) -> np.ndarray:
        """Take from a tree what is missing [m] of some kinds of nodes; what is still missing."""
        if not len(missing):
            return missing
        found = np.full(len(s), -1)
        found[missing] = solved.find(place, s[missing], b[missing])
        of_rows = found[kind]
        rows = np.flatnonzero(of_rows >= 0)
        if len(rows):
            parts.append((solved, rows, of_rows[rows]))
        return missing[found[missing] < 0]

    # --- how it is found -------------------------------------------------------------------------------------------

    def _solve(self, roots: list[Root], beliefs: np.ndarray) -> SolvedTree:
        """A tree from some nodes on, solved."""
        try:
            tree = tree_of(self.game, self.tables, roots, self._most)
            search = Search(tree, tree.numbers(self.tables), beliefs, self.game.noise == "tastes", self._work)
            z, status = self._begin(search), BranchStatus.HONEST if self.game.honest else BranchStatus.FOLLOWED
            if z is None and not self.game.honest:
                z = search.follow()
            if z is None:
                z, status = self._extensive(search, roots, beliefs)
            return search.solved(z, status)
        except (TooManyNodes, TooMuchWork, TooLargeError):
            raise NotSolved from None

    def _begin(self, search: Search) -> np.ndarray | None:
        """The play that the base case leads to, where it settles near."""
        for there in self._near.trees if self._near is not None else ():
            if self.game.honest and there.status is not BranchStatus.HONEST:
                return None  # what became of honest talk there says nothing of this draw
            same = there.tree.slots == search.tree.slots and there.tree.nodes == search.tree.nodes
            if same and all(
                np.array_equal(one, other) for one, other in zip(there.tree.shape, search.tree.shape, strict=True)
            ):
                found = search.settle(there.z, 1.0, TIGHT)
                near = found is not None and np.abs(search.play(found) - there.play).max(initial=0.0) <= FAR_FROM_BASE
                if found is not None and near and search.crowding(found, 1.0, POWERS_AT_END) < STABLE:
                    return found
                return None
        return None

    def _extensive(self, search: Search, roots: list[Root], beliefs: np.ndarray) -> tuple[np.ndarray, BranchStatus]:
        """The log-odds of the extensive games of the roots, and how their branches went."""
        z, worst = np.zeros(search.tree.slots), BranchStatus.FOLLOWED
        games = []
        for root, belief in zip(roots, beliefs, strict=True):
            game, tables = _from(self.game, self.tables, root, belief)
            games.append(solve_histories(game, self.theta, tables=tables, most=MOST_EXTENSIVE))
            worst = max(worst, games[-1].status, key=list(BranchStatus).index)
        for root, solved in zip(roots, games, strict=True):
            search.put(z, {((move.period + root[0], move.step), move.mover): move for move in solved.moves})
        found = search.settle(z, 1.0, TIGHT)
        return (z if found is None else found), worst

    # --- how it went -----------------------------------------------------------------------------------------------

    def _by_place(self, of_tree: Callable[[SolvedTree], float]) -> np.ndarray:
        found = np.zeros((self.game.periods, len(self.game.steps)))
        for k, step in enumerate(self.game.steps):
            if step.mover != CHANCE:
                found[:, k] = max(map(of_tree, self.trees), default=0.0)
        return found

    @property
    def residual(self) -> np.ndarray:
        """[T, K] the largest change of a choice probability under the response, over all trees so far."""
        return self._by_place(lambda solved: solved.residual)

    @property
    def iterations(self) -> np.ndarray:
        """[T, K] responses of everybody to everybody."""
        return self._by_place(lambda solved: solved.iterations).astype(int)

    @property
    def jumps(self) -> np.ndarray:
        """[T, K] 1 where the principal branch turned back, crossed others, or was lost."""
        jumped = BranchStatus.TURNED, BranchStatus.CROSSED, BranchStatus.JUMPED
        return self._by_place(lambda solved: solved.status in jumped).astype(int)

    @property
    def unconverged(self) -> np.ndarray:
        """[T, K] 1 where a tree was not solved to the tolerance."""
        return self._by_place(lambda solved: not solved.residual <= self.tolerance).astype(int)

    @property
    def status(self) -> Status:
        """How it ended."""
        if self.unconverged.any():
            return Status.UNCONVERGED
        talk = {solved.status for solved in self.trees}
        for one, other in _TALK:
            if one in talk:
                return other
        return Status.JUMPED if self.jumps.any() else Status.CONVERGED

    @cached_property
    def prior(self) -> np.ndarray:
        """[W] the public belief at the start."""
        return np.asarray(self.tables(0).prior)


def solved_exactly(game: Game) -> ExactSolution | None:
    """The exact solution of a game's base case from its start on, where it takes no more than about a second."""
    theta = np.asarray(game.base, dtype=float)
    tables = tables_of(game, theta)
    if game.forever or not all(bool(tables(t).valid) for t in range(game.periods if game.timed else 1)):
        return None
    solution, first = ExactSolution(game, theta, tables), tables(0)
    starts = np.unique(np.asarray(first.start_index)[np.asarray(first.start_weight) > 0.0]).astype(np.int64)
    try:
        solution.values_at(0, 0, starts, np.tile(np.asarray(first.prior, dtype=float), (len(starts), 1)))
    except NotSolved:
        return None
    return solution


def _play(solved: SolvedTree, nodes: np.ndarray, options: int, place: Place) -> np.ndarray:
    """[M, A, W] the play at nodes of a move."""
    shape, spot = solved.tree.shape, solved.tree.spots[place]
    odds = np.zeros((len(nodes), options, shape.cells.shape[1]))
    for row, n in enumerate(nodes.tolist()):
        first, last, slot = shape.options[n], shape.options[n + 1], shape.slot[n]
        a = spot.a[first - spot.options.start : last - spot.options.start]
        if shape.kind[n] == SEVERAL:
            odds[row, a] = _together(solved, n, last - first)
        elif slot < 0:
            odds[row, a] = 1.0
        else:
            m = last - first
            odds[row, a] = solved.play[slot + shape.cells[shape.mover[n]] * m + np.arange(m)[:, None]]
    return odds


def _together(solved: SolvedTree, n: int, profiles: int) -> np.ndarray:
    """[m, W] the chance of each open profile at a node where several choose at the same time."""
    shape = solved.tree.shape
    first, last = shape.sides[n], shape.sides[n + 1]
    part = shape.part[shape.parts[n] :][: profiles * (last - first)].reshape(profiles, last - first)
    odds = np.ones((profiles, shape.cells.shape[1]))
    for j, f in enumerate(range(first, last)):
        at = shape.begin[f] + shape.cells[shape.actor[f]] * shape.own[f]
        odds *= solved.play[at[None] + part[:, j, None]]
    return odds


def _from(game: Game, tables: ByPeriod, root: Root, belief: np.ndarray) -> tuple[Game, ByPeriod]:
    """The game that begins at a node."""
    t, k, s = root
    needed = np.ones((len(game.steps) + 1, len(game.ended)), dtype=bool)
    needed[:k] = False

    def shifted(later: int) -> GameTables:
        now = tables(t + later)
        if later:
            return now
        start = {"prior": belief, "start_index": np.array([s], np.int32), "start_weight": np.ones(1)}
        return only(now, needed)._replace(**start)

    return replace(game, periods=game.periods - t), shifted
