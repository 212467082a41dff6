"""Slow twins of the queries: every history of a small game, written out one by one in plain Python.

Nothing here is shared with the code under test but the solution: its numbers, its values, and what it says is chosen
at a belief (``tests/solver/test_anywhere.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import count

import numpy as np

from longgame.errors import Place
from longgame.exact.exact_solution import ExactSolution
from longgame.game.game import CHANCE, GameTables
from longgame.queries.path import Path, follow_all
from longgame.scenario.expand import Observation
from longgame.scenario.model import Evidence
from longgame.solver.solution import Solution
from longgame.solver.solve import solve
from tests.games import random_game


@cache
def solved(seed: int, worlds: int = 2, lots: int = 1, periods: int = 1, options: int = 2, **other: str) -> Solution:
    """A random game, solved once for all tests; few shapes, as each is compiled anew."""
    return solve(
        random_game(seed, worlds=worlds, options=options, lots=lots, periods=periods, lattice=5, **other)  # type: ignore
    )


_COUNT = count()
Seen = tuple[Observation, np.ndarray | None]


def saw(t: int, k: int, *options: int, state: np.ndarray | None = None, quiet: bool = False) -> Seen:
    """An observation of a game without a scenario; ``state`` [S] is how likely each state would be reported so."""
    evidence = Evidence(on=t + 1, move="step", took="o0")
    return Observation(f"t{t}k{k}", evidence, Place("evidence.0"), t, k, options, {}, None, next(_COUNT), quiet), state


def path_of(solution: Solution, *seen: Seen) -> Path:
    """The path of some observations."""
    return follow_all(None, solution, seen)  # type: ignore[arg-type]


@dataclass(frozen=True)
class History:
    """One way for the game to have gone, in one world.

    p       its probability, together with that of the world now being w
    taken   (t, k, option) of every step that took place
    states  the state at the end of each period
    paid    [N] what each actor was paid so far, discounted to the start
    factor  [N] discount from here to the start
    """

    t: int
    k: int
    s: int
    b: tuple[float, ...]
    w: int
    p: float
    paid: np.ndarray
    factor: np.ndarray
    taken: tuple[tuple[int, int, int], ...] = ()
    states: tuple[int, ...] = field(default=())


class Slow:
    """A solution as plain numbers, with what was worked out kept: histories share most of their beliefs."""

    def __init__(self, solution: Solution | ExactSolution):
        self.solution, self.game = solution, solution.game
        self.tables = [_plain(solution.tables(t)) for t in range(solution.game.periods)]
        self.odds = lru_cache(maxsize=None)(self._odds)
        self.learned = lru_cache(maxsize=None)(self._learned)

    def active(self, t: int, k: int, s: int) -> bool:
        return bool(self.tables[t].steps[k].active[s])

    def _odds(self, t: int, k: int, s: int, b: tuple[float, ...], a: int, w: int) -> float:
        step = self.game.steps[k]
        if step.mover == CHANCE:
            return float(self.tables[t].steps[k].chance[s, a, w])
        return float(self.solution.odds(t, k, np.array([s]), np.array([b]))[0, a, w])

    def _learned(self, t: int, k: int, s: int, b: tuple[float, ...], a: int) -> tuple[float, ...]:
        """Bayes' rule, term by term."""
        step, becomes = self.game.steps[k], self.tables[t].steps[k].becomes
        worlds = range(len(b))
        mass = [0.0] * len(b)
        for other in range(len(step.options)):
            if step.signal[other] == step.signal[a]:
                for w in worlds:
                    for v in worlds:
                        moved = becomes[s, other, w, v] if becomes is not None else float(w == v)
                        mass[v] += b[w] * self.odds(t, k, s, b, other, w) * moved
        return tuple(float(m / sum(mass)) for m in mass)


def _plain(tables: GameTables) -> GameTables:
    return tables.each(np.asarray)


def beginnings(slow: Slow) -> list[History]:
    tables, actors = slow.tables[0], len(slow.game.actors)
    prior = [float(x) for x in tables.prior]
    return [
        History(0, 0, int(s), tuple(prior), w, float(weight) * prior[w], np.zeros(actors), np.ones(actors))
        for s, weight in zip(tables.start_index, tables.start_weight, strict=True)
        for w in range(len(prior))
    ]


def one_step(slow: Slow, h: History, forced: dict[int, int] | None = None) -> Iterator[History]:
    """Every way for a history to go on through its next step (or into the next period)."""
    game, tables = slow.game, slow.tables[h.t]
    if h.k == len(game.steps):
        paid = h.paid + h.factor * tables.flow[h.s, :, h.w]
        yield replace(h, t=h.t + 1, k=0, paid=paid, factor=h.factor * tables.discount, states=(*h.states, h.s))
        return
    step, table = game.steps[h.k], tables.steps[h.k]
    if not table.active[h.s]:
        yield replace(h, k=h.k + 1)
        return
    for a in range(len(step.options)):
        p = slow.odds(h.t, h.k, h.s, h.b, a, h.w)
        if forced and h.k in forced:
            p = float(forced[h.k] == a)
        if p == 0.0:
            continue
        b = slow.learned(h.t, h.k, h.s, h.b, a)
        pay = np.zeros(len(game.actors)) if table.pay is None else table.pay[h.s, a, :, h.w]
        follows = step.next[a] if step.next[a] >= 0 else len(game.steps)
        for lot in range(table.weight.shape[-1]):
            for v in range(len(game.worlds)):
                moved = float(table.becomes[h.s, a, h.w, v]) if table.becomes is not None else float(v == h.w)
                q = p * float(table.weight[h.s, a, lot]) * moved
                if q > 0.0:
                    yield replace(
                        h,
                        k=follows,
                        s=int(table.successor[h.s, a, lot]),
                        b=b,
                        w=v,
                        p=h.p * q,
                        paid=h.paid + h.factor * pay,
                        taken=(*h.taken, (h.t, h.k, a)),
                    )


def histories(
    slow: Slow, until: tuple[int, int], begin: list[History] | None = None, forced: dict[int, int] | None = None
) -> list[History]:
    """All histories up to a place: each at it, or past it where play jumps over it."""
    done, open_ = [], beginnings(slow) if begin is None else list(begin)
    while open_:
        h = open_.pop()
        if (h.t, h.k) >= until:
            done.append(h)
        else:
            open_.extend(one_step(slow, h, forced))
    return done


def worlds(found: list[History], count: int) -> np.ndarray:
    total = np.zeros(count)
    for h in found:
        total[h.w] += h.p
    return total
