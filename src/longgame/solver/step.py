"""One step of the game, backwards: from the values after it to the values before it, for given choice probabilities.

The mathematics (method.md sections 2 and 3; Nayyar, Gupta, Langbort and Basar 2014 for the public belief as the state):

1. Looking ahead. After option a the public state is drawn from a lottery, so what is to be had is
   V_a(s, w, b) = sum over successors s' of weight_a(s, s') U_next(a)(s', w, b).
2. Belief. After the public signal y the belief is
   b'(w' | y) proportional to  sum over a with y(a) = y, and over w, of  b(w) x(a | w) P_a(w' | w, s),
   where x(a | w) = sigma(a | c(w)) at a move and p_a(s, w) at a chance step, and P_a is the identity unless the option
   changes the world. A signal that nobody who is thought possible could have given says that b was wrong: the belief
   then starts from all worlds alike, the limit of a belief that never quite rules a world out.
3. Value. U_j(s, w, b) = sum over a of x(a | w) { r_j(s, a, w) + sum over w' of P_a(w' | w, s) V_a(s, w', b'(y(a))) }.

The functions here take arrays and return arrays. They know no names and take any number E of value functions at once:
the actors' own values (E = N, with pay), or any other quantity that is expected along the path of play (no pay).

Axes: U and V [S, E, W, B]; plays x [S, C, A, B] by cell at a move, [S, A, W] at a chance step; belief b [B, W].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from longgame.arrays import Array, jax, jit, jnp
from longgame.game.game import CHANCE, Game, StepTables
from longgame.game.lattice import Lattice

NUMBERS_AT_ONCE = 8192  # states * options * worlds * lattice points of one chunk: it stays in the processor's cache


@dataclass(frozen=True)
class Rules:
    """What is fixed about a step. Steps with equal rules and shapes share one compiled program.

    chance   nobody chooses: outcomes have odds
    cell_of  [W] the mover's cell in each world (all 0 at a chance step)
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
    cell_of = tuple(0 for _ in game.worlds) if chance else tuple(int(c) for c in game.cells[step.mover])
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


# --- the three parts --------------------------------------------------------------------------------------------------


def look_ahead(rules: Rules, tables: StepTables, following: Sequence[Array], at: Array) -> Array:
    """1. V_a for each option at the states ``at`` [s] (indices): [A, s, E, W, B].

    ``tables`` holds the rows of these states only; ``following`` holds whole value arrays [S, E, W, B].
    """
    ahead = []
    for a in range(rules.options):
        values = following[rules.after[a]]
        if rules.stays[a]:
            ahead.append(values[at])
            continue
        successor, weight = tables.successor[:, a], tables.weight[:, a, :, None, None, None]
        ahead.append(sum(weight[:, lot] * values[successor[:, lot]] for lot in range(weight.shape[1])))
    return jnp.stack(ahead)


def plays_by_world(rules: Rules, plays: Array) -> Array:
    """x(a | w) as [A, W, s, B], from sigma [s, C, A, B] at a move or from odds [s, A, W] at a chance step."""
    if rules.chance:
        return jnp.moveaxis(plays, 0, 2)[..., None]
    return jnp.stack([jnp.moveaxis(plays[:, cell], 1, 0) for cell in rules.cell_of], axis=1)


def posterior(rules: Rules, belief: Sequence[Array], plays: Array, becomes: Array | None) -> list[Array]:
    """2. b'(w' | y) for every signal: W arrays [Y, ...], from the belief (W arrays [...]) and plays [A, W, ...].

    ``becomes`` is None or [A, W, W', ...].
    """
    worlds = range(len(belief))
    said = _mass(rules, plays, becomes, belief)
    if rules.chance:  # a move gives every available option a chance; odds can be zero
        alike = _mass(rules, plays, becomes, [1.0] * len(belief))
        believed = sum(said) > 0.0
        said = [jnp.where(believed, said[w], alike[w]) for w in worlds]
    total = sum(said)
    possible = total > 0.0
    scale = 1.0 / jnp.where(possible, total, 1.0)
    return [jnp.where(possible, said[w] * scale, belief[w]) for w in worlds]


def _mass(rules: Rules, plays: Array, becomes: Array | None, belief: Sequence[Any]) -> list[Array]:
    """The joint probability of each signal and of each world after it: W arrays [Y, ...]."""
    worlds = range(len(belief))

    def by_signal(options: Sequence[Array]) -> Array:
        signals = range(max(rules.signal) + 1)
        return jnp.stack([sum(x for x, y in zip(options, rules.signal, strict=True) if y == s) for s in signals])

    if becomes is None:
        return [belief[w] * by_signal([plays[a, w] for a in range(rules.options)]) for w in worlds]
    return [
        by_signal([sum(belief[w] * plays[a, w] * becomes[a, w, v] for w in worlds) for a in range(rules.options)])
        for v in worlds
    ]


def by_option(rules: Rules, signals: Array) -> Array:
    """[A, ...] what goes with each option's signal, from [Y, ...]."""
    if rules.signal == tuple(range(rules.options)):
        return signals
    return signals[jnp.asarray(rules.signal)]


def outcomes(
    rules: Rules, lattice: Lattice, tables: StepTables, ahead: Array, plays: Array, pay: Array | None
) -> Array:
    """The braces of 3: what is to be had from each option, [A, s, E, W, B], when x(a | w) is ``plays`` [A, W, s, B]."""
    becomes = None if tables.becomes is None else jnp.moveaxis(tables.becomes, 0, -1)[..., None]  # [A, W, W', s, 1]
    if rules.moves:
        shape = (ahead.shape[1], lattice.size)
        belief = [jnp.broadcast_to(column, shape) for column in jnp.asarray(lattice.points.T)]
        moved = posterior(rules, belief, plays, becomes)
        index, weight = lattice.vertices([jnp.broadcast_to(x, (x.shape[0], *shape)) for x in moved])
        # One vertex at a time: gathers along the last, contiguous axis are what processors do best here.
        ahead = sum(
            by_option(rules, w)[:, :, None, None] * _read(ahead, by_option(rules, i))
            for i, w in zip(index, weight, strict=True)
        )
    if tables.becomes is not None:
        ahead = jnp.einsum("sawv,asevb->asewb", tables.becomes, ahead)
    if pay is not None:
        ahead = ahead + jnp.moveaxis(pay, 1, 0)[..., None]
    return ahead


def _read(values: Array, index: Array) -> Array:
    """Values [A, s, E, W, B] at the lattice points [A, s, B]."""
    return jax.vmap(jax.vmap(partial(jnp.take, axis=-1, mode="clip")))(values, index)


# --- the whole --------------------------------------------------------------------------------------------------------


@partial(jit, static_argnums=(0, 1))
def evaluate_step(
    rules: Rules,
    lattice: Lattice,
    tables: StepTables,
    following: tuple[Array, ...],
    passing: Array,
    plays: Array,
    pay: Array | None = None,
    bonus: Array | None = None,
) -> Array:
    """Value functions before a step, U [S, E, W, B], from those after it.

    following  the value arrays [S, E, W, B] that options lead to, in the order of ``rules_of(game, k)[1]``
    passing    [S, E, W, B] values at the next step in order, kept where the step does not take place
    plays      sigma [S, C, A, B] of the mover's cells; at a chance step ignored (the odds are in ``tables``)
    pay        None, or payoffs at once [S, A, E, W]
    bonus      None, or what tastes add, by value function [S, E, W, B] (see ``move.taste_bonus``)
    """
    odds = tables.chance if rules.chance else plays

    def rows(at: Array) -> tuple[Array]:
        some = rows_of(tables, at)
        ahead = look_ahead(rules, some, following, at)
        by_world = plays_by_world(rules, odds[at])
        values = expected(by_world, outcomes(rules, lattice, some, ahead, by_world, None if pay is None else pay[at]))
        values = values if bonus is None else values + bonus[at]
        return (jnp.where(some.active[:, None, None, None], values, passing[at]),)

    (values,) = over_states(rows, tables.active, rules.options * lattice.worlds * lattice.size, (passing,))
    return values


def expected(plays: Array, had: Array) -> Array:
    """3. The values before a step [s, E, W, B]: what each option gives [A, s, E, W, B], by its odds [A, W, s, B]."""
    odds = jnp.moveaxis(plays, 1, 2)[:, :, None]
    return sum(odds[a] * had[a] for a in range(had.shape[0]))


def rows_of(tables: StepTables, at: Array) -> StepTables:
    """The rows of a step's tables that belong to the states ``at`` [s]."""
    return StepTables(*(None if table is None else table[at] for table in tables))


def over_states(work: Any, active: Array, size: int, start: tuple[Array, ...]) -> tuple[Array, ...]:
    """Run ``work(at [s]) -> arrays [s, ...]`` over the states where a step takes place, some of them at a time.

    active  [S] where the step takes place
    size    how many numbers a state stands for
    start   arrays [S, ...] into which the rows are put; elsewhere they stay as they are

    Chunks are of one size. The last overlaps the one before it; where there are fewer states than that, state 0 fills
    up, so ``work`` must do no harm to a state where the step does not take place.
    """
    states = active.shape[0]
    chunk = min(states, max(1, NUMBERS_AT_ONCE // size))
    order = jnp.nonzero(active, size=states, fill_value=0)[0].astype(jnp.int32)
    place = jnp.cumsum(active, dtype=jnp.int32) - 1
    count = place[-1] + 1

    def body(n: Array, rows: tuple[Array, ...]) -> tuple[Array, ...]:
        first = jnp.maximum(jnp.minimum(n * chunk, count - chunk), 0)
        parts = work(jax.lax.dynamic_slice_in_dim(order, first, chunk))
        return tuple(
            jax.lax.dynamic_update_slice_in_dim(array, part, first, axis=0)
            for array, part in zip(rows, parts, strict=True)
        )

    # The rows are lined up first and put in their places at the end: one gather is much quicker than many scatters.
    rows = jax.lax.fori_loop(0, -(-count // chunk), body, tuple(jnp.zeros_like(array) for array in start))
    return tuple(
        jnp.where(active.reshape(-1, *(1,) * (array.ndim - 1)), row[jnp.maximum(place, 0)], array)
        for array, row in zip(start, rows, strict=True)
    )


# --- between periods --------------------------------------------------------------------------------------------------


def period_end(flow: Array, discount: Array, start: Array) -> Array:
    """Values [S, N, W, B] at the end of a period, before its flow [S, N, W]: flow + discount * ``start``, the values at
    the start of the next period.

    discount  [N], or [S, N]
    """
    return discount[..., None, None] * start + flow[..., None]


def period_start(ended: Array, end_value: Array, first: Array) -> Array:
    """Values [S, N, W, B] at the start of a period: ``first``, those before its first step; where the game is over [S]
    bool, the end values [S, N, W].
    """
    return jnp.where(ended[:, None, None, None], end_value[..., None], first)
