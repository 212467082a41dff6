"""The histories method: the logit equilibrium of a finite extensive game with perfect recall, without a lattice.

Every information set chooses by sigma(h, .) = softmax(lambda_h Q(h, .)), where Q(h, a) is what its owner expects from
action a given that h is reached (agent quantal response equilibrium: McKelvey and Palfrey 1998). All sets are solved
together, as one fixed point that is followed from lambda = 0 along the principal branch (``continuation``); one
response of all sets to all is in ``tree``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from longgame.exact.extensive import CHANCE, ExtensiveGame, check_perfect_recall
from longgame.exact.tree import Tree
from longgame.solver.curve.continuation import BranchStatus, follow

CONVERGED = 1e-10  # the largest residual of an equilibrium that counts as found


@dataclass(frozen=True, eq=False)
class ExtensiveSolution:
    """The logit equilibrium of an extensive game.

    game        what was solved
    precision   [H] lambda of each information set (0 at chance moves)
    start       [H + 1] where each information set's actions begin in ``sigma``
    sigma       [D] choice probabilities, and log_sigma [D] their logarithms; at chance moves NaN
    value       [V, N] what each player can expect from each node on, with what is earned there
    belief      [V] probability of the node given its information set; 1 at chance and terminal nodes
    residual    the largest difference between a choice probability and the logit response to all of them
    status      how it was found, as a sentence
    turns       the shares of the precision at which the principal branch turned back
    crossings   those at which it crossed other branches
    branch      [points] (share of the precision, sigma [D]) on the way, if they were asked for
    passes      responses and derivatives computed; seconds: time taken
    """

    game: ExtensiveGame
    precision: np.ndarray
    start: np.ndarray
    sigma: np.ndarray
    log_sigma: np.ndarray
    value: np.ndarray
    belief: np.ndarray
    residual: float
    status: BranchStatus
    turns: tuple[float, ...] = ()
    crossings: tuple[float, ...] = ()
    branch: tuple[tuple[float, np.ndarray], ...] = ()
    passes: int = 0
    seconds: float = 0.0

    @property
    def converged(self) -> bool:
        """Whether the residual is below the tolerance."""
        return self.status is not BranchStatus.UNCONVERGED

    def choice(self, infoset: int) -> np.ndarray:
        """[A] choice probabilities at an information set."""
        return self.sigma[self.start[infoset] : self.start[infoset + 1]]

    @property
    def reach(self) -> np.ndarray:
        """[V] probability that play reaches each node."""
        return np.exp(self.log_reach)

    @cached_property
    def log_reach(self) -> np.ndarray:
        """[V] logarithm of the probability that play reaches each node; minus infinity behind a chance of zero."""
        game = self.game
        with np.errstate(divide="ignore"):
            log_chance = np.log(game.chance)
        reach = np.zeros(game.nodes)
        for level in game.levels[1:]:
            nodes = np.arange(level.start, level.stop)
            above = game.parent[nodes]
            sets = game.infoset[above]
            chosen = self.log_sigma[self.start[sets] + game.move[nodes]]
            reach[nodes] = reach[above] + np.where(game.owner[sets] == CHANCE, log_chance[nodes], chosen)
        return reach


def solve_extensive(
    game: ExtensiveGame, precision: ArrayLike, *, tastes: bool = False, branch: bool = False, recall: bool = True
) -> ExtensiveSolution:
    """Solve an extensive game by the histories method.

    Args:
        game: what to solve.
        precision: lambda, for all information sets or [H] for each.
        tastes: read the noise as private shocks that are part of the payoff, not as mistakes.
        branch: keep the points of the principal branch; it is followed at the same pace.
        recall: insist on perfect recall. A game of ours that was written out needs none: its information sets are
            cells, and what happened before matters through the belief alone.

    Raises:
        ScenarioError: the game does not have perfect recall.
        ValueError: a precision that is negative or not finite.
    """
    began = time.perf_counter()
    tree, lam = tree_of(game, precision, tastes=tastes, recall=recall)
    found = follow(tree, keep=branch)
    solution = solution_at(tree, lam, found.end.log_odds, found.status)
    by_set = partial(_by_set, tree)
    return replace(
        solution,
        turns=found.turns,
        crossings=found.crossings,
        branch=tuple((p.share, by_set(tree.softmax(p.log_odds)[0])) for p in found.points),
        passes=found.passes,
        seconds=time.perf_counter() - began,
    )


def tree_of(
    game: ExtensiveGame, precision: ArrayLike, *, tastes: bool = False, recall: bool = True
) -> tuple[Tree, np.ndarray]:
    """The game laid out for responses, and lambda [H]; for what is refused see ``solve_extensive``."""
    if recall:
        check_perfect_recall(game)
    lam = np.broadcast_to(np.asarray(precision, dtype=np.float64), game.owner.shape).copy()
    lam[game.owner == CHANCE] = 0.0
    if not np.all(np.isfinite(lam) & (lam >= 0)):
        raise ValueError("precisions must be finite and at least 0")
    return Tree(game, lam, tastes=tastes), lam


def solution_at(tree: Tree, precision: np.ndarray, log_odds: np.ndarray, status: BranchStatus) -> ExtensiveSolution:
    """What log-odds [D] mean for the game: play, values, beliefs, and how far they are from an equilibrium."""
    last = tree.respond(log_odds, 1.0, fixed=True)
    residual = float(np.abs(tree.softmax(last.response)[0] - last.sigma).max(initial=0.0))
    return ExtensiveSolution(
        game=tree.game,
        precision=precision,
        start=np.concatenate([[0], np.cumsum(tree.game.arity)]),
        sigma=_by_set(tree, last.sigma),
        log_sigma=_by_set(tree, tree.softmax(last.log_odds)[1]),
        value=last.value[tree.place],
        belief=last.belief[tree.place],
        residual=residual,
        status=status if residual < CONVERGED else BranchStatus.UNCONVERGED,
    )


def _by_set(tree: Tree, by_slot: np.ndarray) -> np.ndarray:
    """[D] what is known by slot, by information set; NaN at chance moves."""
    start = np.concatenate([[0], np.cumsum(tree.game.arity)])
    spread = np.full(int(start[-1]), np.nan)
    spread[start[tree.slot_set] + tree.slot_action] = by_slot
    return spread


def describe(solution: ExtensiveSolution, precision: float) -> dict[str, Any]:
    """The answers as plain data: what ``solve-efg --json`` prints.

    ``{lambda, residual, status, turns, crossings, information_sets: [{player, number, label, probabilities: {action:
    p}}]}``, and with the points of the branch ``branch: [{lambda, information_sets: [...]}]``.
    """
    answers: dict[str, Any] = {
        "lambda": precision,
        "residual": solution.residual,
        "status": solution.status.value,
        "turns": [share * precision for share in solution.turns],
        "crossings": [share * precision for share in solution.crossings],
        "information_sets": list(_information_sets(solution, solution.sigma)),
    }
    if solution.branch:
        answers["branch"] = [
            {"lambda": share * precision, "information_sets": list(_information_sets(solution, sigma))}
            for share, sigma in solution.branch
        ]
    return answers


def _information_sets(solution: ExtensiveSolution, sigma: np.ndarray) -> Iterator[dict[str, Any]]:
    """By player, then by number."""
    game = solution.game
    sets = np.flatnonzero(game.owner != CHANCE)
    for h in sets[np.lexsort((game.numbers[sets], game.owner[sets]))].tolist():
        chosen = sigma[solution.start[h] : solution.start[h + 1]].tolist()
        yield {
            "player": game.owner_name(h),
            "number": int(game.numbers[h]),
            "label": game.labels[h],
            "probabilities": dict(zip(_told_apart(game.actions(h)), chosen, strict=True)),
        }


def _told_apart(names: tuple[str, ...]) -> list[str]:
    """The names of actions, numbered where the file gives two actions of a set the same name (or none)."""
    if len(set(names)) == len(names):
        return list(names)
    return [f"{name} ({i})" if names.count(name) > 1 else name for i, name in enumerate(names, start=1)]
