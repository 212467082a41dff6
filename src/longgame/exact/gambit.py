"""A game for Gambit: written out, and said so that its logit equilibrium at one common lambda is the scenario's.

Gambit knows one lambda for all. In a scenario each actor has its own, it may differ between an actor's cells, and as
payoffs are discounted to the start it grows with the period (d^t U needs lambda / d^t). Three cases:

1. All are equal: the payoffs are those of the scenario, and lambda is theirs.
2. Each actor has one: its payoffs are multiplied by it, and lambda is 1.
3. An actor has several: every period (or cell) with its own becomes a player of its own, ``patron, period 2``, with the
   actor's payoffs times that lambda; lambda is 1. In an agent equilibrium each information set chooses for itself, so
   nothing else changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from longgame.errors import Place, Problem, ScenarioError
from longgame.exact.efg_write import write_efg
from longgame.exact.extensive import CHANCE, ExtensiveGame, count_per_owner
from longgame.exact.public import Unrolled, cell_name
from longgame.exact.unroll import MOST_NODES, unroll
from longgame.game.game import Game, GameTables

_SAME = 1e-12  # precisions closer than this, relative to their size, are equal


@dataclass(frozen=True, eq=False)
class GambitGame:
    """A game as Gambit can solve it.

    game        its players are the actors, or an actor's periods and cells where these differ in precision
    precision   the common lambda at which its logit equilibrium is the scenario's
    written     the game as it was written out, with the same information sets in the same order
    """

    game: ExtensiveGame
    precision: float
    written: Unrolled

    @property
    def text(self) -> str:
        """The .efg file: payoffs at the ends of plays only, in exact decimals."""
        return write_efg(self.game, at_leaves=True)


def for_gambit(
    game: Game,
    tables: Callable[[int], GameTables],
    *,
    title: str = "",
    periods: int | None = None,
    most: int = MOST_NODES,
) -> GambitGame:
    """A game for Gambit.

    Args:
        game: any compiled game in which noise means mistakes.
        tables: its numbers by period.
        title: what to call it.
        periods: how many periods to write out; all if None.
        most: how many nodes are too many.

    Raises:
        TooLargeError: more nodes than ``most``; says how many, and how many periods would fit.
        ScenarioError: noise means tastes, which Gambit cannot be told.
    """
    if game.noise == "tastes":
        fix = "Gambit values a choice by its payoffs alone. Write `noise: mistakes`."
        raise ScenarioError([Problem("gambit-tastes", Place(path="solver.noise"), "mistakes", "tastes", fix)])
    written = unroll(game, tables, periods=periods, remember=True, most=most)
    tree, lam = written.game, written.precision
    choosing = tree.owner != CHANCE
    highest = float(lam[choosing].max(initial=0.0))
    if highest == 0.0 or np.all(np.abs(lam[choosing] - highest) <= _SAME * highest):
        common, agents = highest, None
    else:
        common, agents = 1.0, _agents(written)
    if agents is not None:
        tree = _in_agents(written, agents)
    comment = f"Written by longgame. The scenario's equilibrium is the logit equilibrium at lambda = {common:.15g}."
    if agents is not None:
        comment += " Payoffs are multiplied by each player's own lambda."
    labels = _told_apart([tree.labels[h] for h in range(len(tree.owner))], tree.owner)
    return GambitGame(replace(tree, title=title, comment=comment, labels=labels), common, written)


def _agents(written: Unrolled) -> list[tuple[str, int, float, np.ndarray]]:
    """The players of case 2 and 3: name, actor, lambda, and the information sets [H] (bool) for which they choose."""
    agents = []
    for actor, name in enumerate(written.game.players):
        mine = written.game.owner == actor
        by_period = _matters(written, mine, written.period, written.cell)
        by_cell = _matters(written, mine, written.cell, written.period)
        period = np.where(by_period, written.period, 0)
        cell = np.where(by_cell, written.cell, 0)
        keys = np.unique(np.stack([period[mine], cell[mine]]), axis=1).T.tolist() or [[0, 0]]
        for t, c in keys:
            own = mine & (period == t) & (cell == c)
            parts = [name]
            parts += [f"period {t + 1}"] if by_period else []
            parts += [cell_name(written.source, actor, c)] if by_cell else []
            agents.append((", ".join(parts), actor, float(written.precision[own].max(initial=0.0)), own))
    return agents


def _matters(written: Unrolled, mine: np.ndarray, by: np.ndarray, given: np.ndarray) -> bool:
    """Whether precisions differ with ``by`` [H] among information sets that are alike in ``given`` [H]."""
    for value in np.unique(given[mine]).tolist():
        lam = written.precision[mine & (given == value)]
        if np.ptp(lam) > _SAME * lam.max() and len(np.unique(by[mine & (given == value)])) > 1:
            return True
    return False


def _in_agents(written: Unrolled, agents: list[tuple[str, int, float, np.ndarray]]) -> ExtensiveGame:
    """The same tree with each agent as a player, its payoffs multiplied by its lambda."""
    tree = written.game
    owner = tree.owner.copy()
    for index, (_, _, _, sets) in enumerate(agents):
        owner[sets] = index
    pay = np.stack([tree.pay[:, actor] * lam for _, actor, lam, _ in agents], axis=1)
    names = tuple(name for name, *_ in agents)
    return replace(tree, players=names, owner=owner, pay=pay, numbers=count_per_owner(owner))


def _told_apart(labels: list[str], owner: np.ndarray) -> list[str]:
    """Labels that no player has twice: numbered where they differ only in what was done in secret."""
    seen: Counter[tuple[int, str]] = Counter()
    result = []
    for label, player in zip(labels, owner.tolist(), strict=True):
        seen[player, label] += 1
        count = seen[player, label]
        result.append(f"{label} ({count})" if label and count > 1 else label)
    return result
