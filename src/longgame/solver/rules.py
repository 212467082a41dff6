"""A step of the game, and what is fixed about it.

The mathematics of a step, backwards: from the values after it to the values before it (method.md sections 2 and 3;
Nayyar, Gupta, Langbort and Basar 2014 for the public belief as the state). The kernel does it.

1. Looking ahead. After option a the public state is drawn from a lottery, so what is to be had is
   V_a(s, w, b) = sum over successors s' of weight_a(s, s') U_next(a)(s', w, b).
2. Belief. After the public signal y the belief is
   b'(w' | y) proportional to  sum over a with y(a) = y, and over w, of  b(w) x(a | w) P_a(w' | w, s),
   where x(a | w) = sigma(a | c(w)) at a move and p_a(s, w) at a chance step, and P_a is the identity unless the option
   changes the world. A signal that nobody who is thought possible could have given says that b was wrong: the belief
   then starts from all worlds alike, the limit of a belief that never quite rules a world out.
3. Value. U_j(s, w, b) = sum over a of x(a | w) { r_j(s, a, w) + sum over w' of P_a(w' | w, s) V_a(s, w', b'(y(a))) }.

Any number E of value functions goes through a step at once: the actors' own values (E = N, with pay), or any other
quantity that is expected along the path of play (no pay).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from longgame.game.game import Game
from longgame.game.numbers import CHANCE


@dataclass(frozen=True)
class Rules:
    """What is fixed about a step.

    chance   nobody chooses: outcomes have odds
    cell_of  [W] the mover's cell in each world (all 0 at a chance step); of several, what all of them know together
    signal   [A] public signal of each option
    after    [A] which of the value arrays handed over each option leads to
    stays    [A] the option leaves the public state as it is
    moves    the public belief can move here
    circular the belief that follows an option depends on how likely the options are: choice is a fixed point
    tastes   the noise in choice is a private taste, and counts in the mover's value
    """

    chance: bool
    cell_of: tuple[int, ...]
    signal: tuple[int, ...]
    after: tuple[int, ...]
    stays: tuple[bool, ...]
    moves: bool
    circular: bool
    tastes: bool

    @property
    def cells(self) -> int:
        """C, the number of the mover's cells."""
        return max(self.cell_of) + 1

    @property
    def options(self) -> int:
        """A, the number of options."""
        return len(self.signal)


@lru_cache(maxsize=1024)
def rules_of(game: Game, k: int) -> tuple[Rules, tuple[int, ...]]:
    """The rules of step k, and the steps (K: the end of the period) its options lead to, in the order of ``after``."""
    step = game.steps[k]
    last = len(game.steps)
    follows = [after if 0 <= after <= last else last for after in step.next]
    targets = tuple(sorted(set(follows)))
    chance = step.mover == CHANCE
    cell_of = tuple(int(c) for c in game.rows(k))
    shared = len(set(step.signal)) < len(step.signal)
    circular = not chance and step.informed and (max(cell_of) > 0 or shared)
    rules = Rules(
        chance=chance,
        cell_of=cell_of,
        signal=tuple(step.signal),
        after=tuple(targets.index(after) for after in follows),
        stays=tuple(bool(stays) for stays in step.stays),
        moves=bool(step.informed),
        circular=circular,
        tastes=game.noise == "tastes" and not chance,
    )
    return rules, targets
