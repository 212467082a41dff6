"""What changes are worth: look-ups in the values of one solution.

A *change* is made to where the game stands: clauses are set (a deal, ``set(aid=cut)``), or an option is taken at the
next time its move comes up. The worth of a change to actor j is what j can expect after it, less what j can expect
without it:

    clauses         sum over w of b(w) { U_j(after the change, b, w) - U_j(now, b, w) }: the belief stays as it is
    j's own option  sum over w of b(w) { r_j + E[ U_j(s', b'(y), w') ] }, less the same over j's expected choice:
                    the belief b' of the others moves as they read the signal, and j does it whatever j knows
    another's       the same, with the worlds weighed by what the option says about them (the posterior), less what was
    option          expected before the move

Values at a move are those at the moment it comes up, in that period's money. Where the move may come up at several
nodes, each counts with its probability, given that it comes up and that the option is available. Several changes are
made one after the other; what is paid on the way is counted. Under ``noise: tastes`` the mover's private shock at the
move itself is left out on both sides.

Nothing is solved again; ``under`` looks in the solution of the game in which an actor is bound to a posture, from the
same nodes. Conditioning on worlds (``given``) is done by passing ``nodes.given(...)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from longgame.game.game import Game
from longgame.queries.blockwise import values_in_worlds
from longgame.queries.case import EVERYBODY, Case, Posture
from longgame.queries.nodes import Floats, Fork, Nodes, joined, merged, opened
from longgame.solver.blocks.solution import BlockSolution

ROUNDING = 1e-12  # of two levels: a smaller difference is that of their sums, in floating point


@dataclass(frozen=True, eq=False)
class Clauses:
    """State variables are set: a deal, or ``set(...)``.

    successor  [S, L] the states that each state goes to
    weight     [S, L] by which lot
    pay        what it pays at once, from the state before: anything that broadcasts to [S, N, W]; None for nothing
    begins     of a deal that lasts: the step at which its time runs down, and the states [S] in which that would be the
               next to take place; as the period in which it is made counts, it is passed over then
    """

    successor: np.ndarray
    weight: np.ndarray
    pay: np.ndarray | None = None
    begins: tuple[int, np.ndarray] | None = None


@dataclass(frozen=True)
class Taken:
    """An option (an outcome, at a chance step) is taken at the next time that its step takes place.

    Of a step at which several choose at the same time, ``option`` may be what one of them does (``Step.profiles``): the
    others then choose as they would.
    """

    step: int
    option: int


Change = Clauses | Taken


def stake(case: Case, actor: int) -> float:
    """The spread between the actor's best and worst reachable end."""
    return float(case.solution().tables(0).stake[actor])


def value(case: Case, actor: int, nodes: Nodes, changes: Sequence[Change] = (), under: Posture | None = None) -> float:
    """What the actor can expect at ``nodes``, after ``changes`` if any. LookupError: a move cannot come up."""
    return _level(case, actor, made(case, nodes, changes, under, actor), under)


def worth(
    case: Case,
    actor: int,
    changes: Sequence[Change],
    nodes: Nodes,
    than: Sequence[Change] | None = None,
    under: Posture | None = None,
) -> float:
    """What the actor gains by ``changes``, against none of them or against other changes (``than``).

    Two options of one move are compared where both are available. Raises LookupError where a move cannot come up.
    """
    if than is None:
        after = made(case, nodes, changes, under, actor)
        before = unmade(case, nodes, changes, under)
    else:
        after = made(case, nodes, changes, under, actor, beside=than)
        before = made(case, nodes, than, under, actor, beside=changes)
    return difference(_level(case, actor, after, under), _level(case, actor, before, under))


def difference(after: float, before: float) -> float:
    """What is gained; nothing where the two differ by rounding alone, so that who gains nothing has no gain above 0."""
    return 0.0 if abs(after - before) <= ROUNDING * max(abs(after), abs(before)) else after - before


def after(case: Case, changes: Sequence[Change], nodes: Nodes, under: Posture | None = None) -> Nodes:
    """The nodes after ``changes``, as somebody sees them who learns what they say about the world."""
    return merged(made(case, nodes, changes, under)).normalised()


def levels(case: Case, nodes: Nodes, under: Posture | None = None) -> Floats:
    """[N] what each actor can expect over ``nodes``, with what is in the purse (from when it was opened)."""
    return _totals(case, nodes, under).sum(1) / nodes.mass


def levels_of(case: Case, sets: Sequence[Nodes], under: Posture | None = None) -> Floats:
    """[sets, N] the same for several sets of nodes, which are looked up together."""
    if not sets:
        return np.zeros((0, len(case.game.actors)))
    ends = np.cumsum([len(nodes) for nodes in sets])[:-1]
    ahead = np.split(case.values_at(joined([nodes.without_purse for nodes in sets]), under), ends)
    return np.array([_sum(nodes, found).sum(1) / nodes.mass for nodes, found in zip(sets, ahead, strict=True)])


def levels_by_world(case: Case, nodes: Nodes, actor: int, under: Posture | None = None) -> Floats:
    """[W] what an actor can expect if the truth is w, at the nodes where it may then be; at all, if w is ruled out.

    ``nodes`` have no purse.
    """
    likely, possible = nodes.joint, nodes.joint.any(axis=0)
    if not possible.all():
        likely = np.where(possible, likely, nodes.weight[:, None])
    return (values_by_world(case, nodes, actor, under) * likely).sum(0) / likely.sum(0)


def values_by_world(case: Case, nodes: Nodes, actor: int, under: Posture | None = None) -> Floats:
    """[M, W] what an actor can expect from each node on if the truth is w. LookupError: there are too many worlds."""
    solution = case.solution(under)
    if isinstance(solution, BlockSolution):
        return values_in_worlds(solution, nodes, actor)
    return case.values_at(nodes, under, slice(actor, actor + 1))[:, 0]


def _level(case: Case, actor: int, nodes: Nodes, under: Posture | None) -> float:
    """What one actor can expect over ``nodes``."""
    return float(_totals(case, nodes, under, slice(actor, actor + 1)).sum() / nodes.mass)


def _totals(case: Case, nodes: Nodes, under: Posture | None, actors: slice = EVERYBODY) -> Floats:
    """[N, W] what actors can expect in each world, times the probability of the nodes and the world."""
    return _sum(nodes, case.values_at(nodes, under, actors), actors)


def _sum(nodes: Nodes, ahead: Floats, actors: slice = EVERYBODY) -> Floats:
    """[N, W] what is in the purses of actors and what they can have ahead [M, N, W], over all nodes."""
    if nodes.purse is None:
        return (ahead * nodes.joint[:, None, :]).sum(0)
    paid, kept = nodes.purse[:, actors, 0], nodes.purse[:, actors, 1]
    return (paid + kept * ahead).sum(0)


def made(
    case: Case,
    nodes: Nodes,
    changes: Sequence[Change],
    under: Posture | None = None,
    actor: int | None = None,
    beside: Sequence[Change] = (),
) -> Nodes:
    """The nodes after ``changes`` made one after the other, with a purse from the first that pays or is a move.

    actor   whose view it is: an option of the actor's own move teaches it nothing, another's option does
    beside  changes that this is compared with: a first option is taken only where that of ``beside`` is available too
    """
    for n, change in enumerate(changes):
        if isinstance(change, Clauses):
            nodes = set_clauses(case.game, nodes, change)
            continue
        needed = (change.option, *_option_of_same_move(change, beside)) if n == 0 else (change.option,)
        nodes = joined(
            [
                ahead.follow(_forced(ahead, change.option, actor) * available[:, None, None])
                for ahead, available in _where_available(case, nodes, change.step, needed, under)
            ]
        )
    return nodes


def unmade(case: Case, nodes: Nodes, changes: Sequence[Change], under: Posture | None = None) -> Nodes:
    """The nodes that the worth of ``changes`` is measured from.

    These are ``nodes`` themselves where only clauses are set. Otherwise they are where the first move comes up, played
    freely; with a purse from the same moment as in ``made``.
    """
    for n, change in enumerate(changes):
        if isinstance(change, Clauses):
            nodes = _with_purse(case.game, nodes) if change.pay is not None else nodes
            continue
        forks = _where_available(case, nodes, change.step, (change.option,) if n == 0 else (), under)
        return joined([ahead.follow(ahead.odds * available[:, None, None]) for ahead, available in forks])
    return nodes


def set_clauses(game: Game, nodes: Nodes, change: Clauses) -> Nodes:
    """The nodes with some state variables set; the belief stays."""
    if change.pay is not None:
        nodes = _paid(game, nodes, change.pay)
    lots = np.asarray(change.weight)[nodes.s]  # [M, L]
    m, lot = np.nonzero(lots > 0.0)
    moved = nodes.pick(m).scaled(lots[m, lot][:, None])
    moved = replace(moved, s=np.asarray(change.successor)[nodes.s[m], lot].astype(np.int64))
    if change.begins is not None:
        time, first = change.begins
        moved = moved.moved(np.where((moved.k <= time) & first[moved.s], time + 1, moved.k))
    return merged(moved)


def _paid(game: Game, nodes: Nodes, pay: np.ndarray) -> Nodes:
    """The nodes with a payment put into their purses: what broadcasts to [S, N, W]."""
    purse = _with_purse(game, nodes).purse
    assert purse is not None
    purse = purse.copy()
    purse[:, :, 0] += purse[:, :, 1] * np.broadcast_to(pay, (len(game.ended), *purse[0, :, 0].shape))[nodes.s]
    return replace(nodes, purse=purse)


def _with_purse(game: Game, nodes: Nodes) -> Nodes:
    return nodes if nodes.purse is not None else opened(game, nodes)


def _where_available(
    case: Case, nodes: Nodes, k: int, options: Sequence[int], under: Posture | None
) -> list[tuple[Fork, np.ndarray]]:
    """The next time that step k takes place, and at which of its nodes ([M] bool) these options are all available."""
    forks = case.next_time(k, nodes, under)
    found = [(ahead, ahead.open_to(options)) for ahead in forks]
    if not any(available.any() for _, available in found):
        step = case.game.steps[k]
        names = " and ".join(f"`{step.name}.{case.game.written(k, option)}`" for option in dict.fromkeys(options))
        raise LookupError(f"{names} cannot be taken when the move comes up: the guard is closed")
    return found


def _forced(ahead: Fork, option: int, actor: int | None) -> Floats:
    """[M, A, W] what replaces the odds where an option is taken for sure; each node stays as probable as it was.

    The worlds are weighed by what the option says about them, unless it is the actor's own.
    """
    nodes, profiles = ahead.nodes, list(ahead.step.profiles(option))
    own = actor is not None and ahead.step.takers(option) == (actor,)
    chance = np.ones_like(nodes.joint) if own else ahead.odds_of(option).sum(1)
    # An option that a posture forbids, or that none of the worlds looked at would bring, tells nothing.
    chance = np.where((nodes.joint * chance).sum(1, keepdims=True) > 0.0, chance, 1.0)
    scale = nodes.weight / (nodes.joint * chance).sum(1)
    taken = np.zeros_like(ahead.odds)
    taken[:, profiles] = ahead.share_of(option) * (chance * scale[:, None])[:, None]
    return taken


def _option_of_same_move(change: Taken, others: Sequence[Change]) -> tuple[int, ...]:
    first = others[0] if others else None
    return (first.option,) if isinstance(first, Taken) and first.step == change.step else ()
