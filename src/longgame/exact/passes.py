"""One response of everybody to everybody, over a tree of public beliefs: compiled twins of ``exact/tree``.

    1. belief     of each class of histories, by Bayes' rule from the choices that tell (``queries/nodes``)
    2. payoff     Q(n, c, a) = sum over w in c of b(w | c) { pay + E[ U_i(after a, w') ] }               up the tree
    3. response   z(n, c, .) = s lambda_i(c) (Q(n, c, .) - its mean),   sigma = softmax z
    4. value      U_j(n, w) = sum over a of sigma(n, c(w), a) { pay_j + E[ U_j(after a, w') ] }

Values in 2 use the responses found further down in the same pass, so that only beliefs are iterated on.

Letters: V nodes, O options at nodes, E ways (an option and a next state), Q signals at nodes, G classes of histories
that share a belief, D log-odds; N actors, W worlds.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from longgame.compiled import program, shared

END, CHANCE, MOVE, PERIOD, SEVERAL = 0, 1, 2, 3, 4  # kinds of nodes: the game is over, an end of a period, many move

RAREST = 1e-290  # the least probability of an option that is open, as in the solver


class Shape(NamedTuple):
    """A tree without its numbers. Nodes come after those that lead to them.

    kind, mover, period  [V] (mover: the actor at a move, else -1; period: a row of what is by period in ``Numbers``)
    told     [V] the class of histories at the node
    options  [V + 1] the first option of each node; ways [O + 1] the first way of each option
    signals  [V + 1] the first signal of each node at which the belief moves
    signal   [O] the signal of each option, -1 where the belief stays
    after    [Q] the class of histories after each signal
    child    [E] the node that each way leads to
    slot     [V] the first of the log-odds at a move with a choice, by cell and option; else -1
    row      [V] of ``Numbers.end`` at an end, of ``Numbers.flow`` at the end of a period; else -1
    cells    [N, W] the cell of each world, by actor
    sides    [V + 1] the first side of each node at which several choose at the same time, where options are profiles
    actor    [F] the actor of each side, own [F] how many options it has, begin [F] the first of its log-odds, by cell
             and own option
    parts    [V] where the parts of a node's profiles begin in part [..]: the own option of each side in each profile
    """

    kind: Any
    mover: Any
    period: Any
    told: Any
    options: Any
    ways: Any
    signals: Any
    signal: Any
    after: Any
    child: Any
    slot: Any
    row: Any
    cells: Any
    sides: Any
    actor: Any
    own: Any
    begin: Any
    parts: Any
    part: Any


class Numbers(NamedTuple):
    """The numbers of a tree in one draw.

    weight [E]; odds [O, W] of outcomes of chance (1 at moves); pay [O, N, W]; becomes [B, W, W] and which [O] of them
    an option brings (-1: none); end [.., N, W]; flow [.., N, W]; discount [periods, N]; precision [periods, N, W]
    """

    weight: Any
    odds: Any
    pay: Any
    becomes: Any
    which: Any
    end: Any
    flow: Any
    discount: Any
    precision: Any


@program
def respond(
    shape: Shape, numbers: Numbers, z: Any, share: float, tastes: bool, belief: Any, value: Any, response: Any
) -> None:
    """The response to log-odds z [D] at a share of the precision.

    belief    [G, W] of the roots is given, of all others found; value [V, N, W]; response [D]
    """
    x = np.empty((_most_options(shape), belief.shape[1]))
    for n in range(len(shape.kind)):
        _teach(shape, numbers, n, z, x, belief)
    actors, worlds = value.shape[1], value.shape[2]
    ahead = np.empty((len(x), actors, worlds))
    inside = np.empty(worlds)
    for n in range(len(shape.kind) - 1, -1, -1):
        kind, row = shape.kind[n], shape.row[n]
        if kind == END:
            value[n] = numbers.end[row]
            continue
        if kind == PERIOD:
            after = shape.child[shape.ways[shape.options[n]]]
            for j in range(actors):
                for w in range(worlds):
                    value[n, j, w] = numbers.flow[row, j, w] + numbers.discount[shape.period[n], j] * value[after, j, w]
            continue
        first, m = shape.options[n], shape.options[n + 1] - shape.options[n]
        for i in range(m):
            _look_ahead(shape, numbers, first + i, value, ahead[i])
        if kind == MOVE:
            _inside(shape, shape.mover[n], belief[shape.told[n]], inside)
            _choose(shape, numbers, n, share, inside, ahead, response)
        elif kind == SEVERAL:
            _choose_together(shape, numbers, n, share, belief[shape.told[n]], z, ahead, response)
        _odds(shape, numbers, n, response, x)
        for j in range(actors):
            for w in range(worlds):
                total = 0.0
                for i in range(m):
                    total += x[i, w] * ahead[i, j, w]
                value[n, j, w] = total
        if tastes and kind == MOVE:
            mover = shape.mover[n]
            for w in range(worlds):
                precision = numbers.precision[shape.period[n], mover, w]
                for i in range(m if precision > 0.0 else 0):
                    if x[i, w] > 0.0:
                        value[n, mover, w] -= x[i, w] * np.log(x[i, w]) / precision
        for f in range(shape.sides[n], shape.sides[n + 1] if tastes else shape.sides[n]):
            _put_taste(shape, numbers, n, f, response, value)


@program
def teach(shape: Shape, numbers: Numbers, first: int, last: int, z: Any, belief: Any) -> None:
    """Put the beliefs after nodes ``first`` to ``last`` into ``belief`` [G, W], for play at log-odds z [D]."""
    x = np.empty((_most_options(shape), belief.shape[1]))
    for n in range(first, last):
        _teach(shape, numbers, n, z, x, belief)


@shared
def _most_options(shape: Shape) -> int:
    most = 1
    for n in range(len(shape.kind)):
        most = max(most, shape.options[n + 1] - shape.options[n])
    return most


@shared
def _teach(shape: Shape, numbers: Numbers, n: int, z: Any, x: Any, belief: Any) -> None:
    """1. at a node."""
    if shape.signals[n] == shape.signals[n + 1]:
        return
    first, last, worlds = shape.options[n], shape.options[n + 1], belief.shape[1]
    held = belief[shape.told[n]]
    _odds(shape, numbers, n, z, x)
    for q in range(shape.signals[n], shape.signals[n + 1]):
        after = belief[shape.after[q]]
        total = 0.0
        for alike in range(2):  # a signal held impossible says that the belief was wrong: all worlds are alike then
            after[:] = 0.0
            for o in range(first, last):
                if shape.signal[o] == q:
                    b = numbers.which[o]
                    for w in range(worlds):
                        mass = x[o - first, w] * (1.0 if alike else held[w])
                        if mass > 0.0 and b >= 0:
                            for v in range(worlds):
                                after[v] += mass * numbers.becomes[b, w, v]
                        else:
                            after[w] += mass
            total = 0.0
            for w in range(worlds):
                total += after[w]
            if total > 0.0:
                break
        for w in range(worlds):
            after[w] = after[w] / total if total > 0.0 else held[w]


@shared
def _odds(shape: Shape, numbers: Numbers, n: int, z: Any, x: Any) -> None:
    """The chance x [m, W] of each option or outcome of a node, at log-odds z."""
    first, m, slot = shape.options[n], shape.options[n + 1] - shape.options[n], shape.slot[n]
    worlds = x.shape[1]
    if shape.kind[n] == SEVERAL:
        play = _plays(shape, n, z, worlds)
        count = len(play)
        for i in range(m):
            for w in range(worlds):
                x[i, w] = 1.0
                for j in range(count):
                    x[i, w] *= play[j, w, shape.part[shape.parts[n] + i * count + j]]
        return
    if slot < 0:
        for i in range(m):
            for w in range(worlds):
                x[i, w] = numbers.odds[first + i, w]
        return
    for w in range(worlds):
        at = slot + shape.cells[shape.mover[n], w] * m
        top, total = z[at], 0.0
        for i in range(1, m):
            top = max(top, z[at + i])
        for i in range(m):
            x[i, w] = np.exp(z[at + i] - top)
            total += x[i, w]
        for i in range(m):
            x[i, w] = max(x[i, w] / total, RAREST)


@shared
def _look_ahead(shape: Shape, numbers: Numbers, o: int, value: Any, ahead: Any) -> None:
    """What an option leads to: [N, W]."""
    actors, worlds, b = ahead.shape[0], ahead.shape[1], numbers.which[o]
    first, last = shape.ways[o], shape.ways[o + 1]
    for j in range(actors):
        for w in range(worlds):
            total = 0.0
            for e in range(first, last):
                if b < 0:
                    total += numbers.weight[e] * value[shape.child[e], j, w]
                else:
                    for v in range(worlds):
                        total += numbers.weight[e] * numbers.becomes[b, w, v] * value[shape.child[e], j, v]
            ahead[j, w] = total + numbers.pay[o, j, w]


@shared
def _inside(shape: Shape, mover: int, belief: Any, inside: Any) -> None:
    """b(w | the mover's cell): all worlds of a cell alike where the cell cannot be."""
    cells = shape.cells[mover]
    for w in range(len(belief)):
        total, count = 0.0, 0
        for v in range(len(belief)):
            if cells[v] == cells[w]:
                total += belief[v]
                count += 1
        inside[w] = belief[w] / total if total > 0.0 else 1.0 / count


@shared
def _choose(shape: Shape, numbers: Numbers, n: int, share: float, inside: Any, ahead: Any, response: Any) -> None:
    """2. and 3. at a move."""
    slot, mover = shape.slot[n], shape.mover[n]
    if slot < 0:
        return
    m, cells = shape.options[n + 1] - shape.options[n], shape.cells[mover]
    for w in range(len(inside)):
        for i in range(m):
            response[slot + cells[w] * m + i] = 0.0
    for w in range(len(inside)):
        for i in range(m):
            response[slot + cells[w] * m + i] += inside[w] * ahead[i, mover, w]
    for w in range(len(inside)):
        known = False  # the cell was that of a world before
        for v in range(w):
            known = known or cells[v] == cells[w]
        if known:
            continue
        at, mean = slot + cells[w] * m, 0.0
        for i in range(m):
            mean += response[at + i] / m
        for i in range(m):
            response[at + i] = share * numbers.precision[shape.period[n], mover, w] * (response[at + i] - mean)


@program
def choose(shape: Shape, z: Any, play: Any) -> None:
    """The probabilities [D] of log-odds z [D], by move and cell."""
    for n in range(len(shape.kind)):
        if shape.slot[n] >= 0:
            _choose_by_cell(shape, shape.mover[n], shape.slot[n], shape.options[n + 1] - shape.options[n], z, play)
        for f in range(shape.sides[n], shape.sides[n + 1]):
            _choose_by_cell(shape, shape.actor[f], shape.begin[f], shape.own[f], z, play)


@shared
def _choose_by_cell(shape: Shape, mover: int, slot: int, m: int, z: Any, play: Any) -> None:
    """The same of one mover with m options, from a slot on."""
    cells = 0
    for w in range(shape.cells.shape[1]):
        cells = max(cells, shape.cells[mover, w] + 1)
    for c in range(cells):
        at = slot + c * m
        top, total = z[at], 0.0
        for i in range(1, m):
            top = max(top, z[at + i])
        for i in range(m):
            play[at + i] = np.exp(z[at + i] - top)
            total += play[at + i]
        for i in range(m):
            play[at + i] = max(play[at + i] / total, RAREST)


# --- moves at the same time -------------------------------------------------------------------------------------------


@shared
def _plays(shape: Shape, n: int, z: Any, worlds: int) -> Any:
    """[sides, W, own options] the play of each side of a node at log-odds z."""
    first, last, most = shape.sides[n], shape.sides[n + 1], 1
    for f in range(first, last):
        most = max(most, shape.own[f])
    play = np.zeros((last - first, worlds, most))
    for f in range(first, last):
        for w in range(worlds):
            at, total = shape.begin[f] + shape.cells[shape.actor[f], w] * shape.own[f], 0.0
            top = z[at]
            for i in range(1, shape.own[f]):
                top = max(top, z[at + i])
            for i in range(shape.own[f]):
                play[f - first, w, i] = np.exp(z[at + i] - top)
                total += play[f - first, w, i]
            for i in range(shape.own[f]):
                play[f - first, w, i] = max(play[f - first, w, i] / total, RAREST)
    return play


@shared
def _choose_together(
    shape: Shape, numbers: Numbers, n: int, share: float, belief: Any, z: Any, ahead: Any, response: Any
) -> None:
    """2. and 3. where several choose at the same time: the expectation is over what the others choose, too."""
    play, inside = _plays(shape, n, z, len(belief)), np.empty(len(belief))
    first, m, count = shape.sides[n], shape.options[n + 1] - shape.options[n], len(play)
    for j in range(count):
        f = first + j
        actor, own = shape.actor[f], shape.own[f]
        _inside(shape, actor, belief, inside)
        cells = 0
        for w in range(len(belief)):
            cells = max(cells, shape.cells[actor, w] + 1)
        for u in range(cells * own):
            response[shape.begin[f] + u] = 0.0
        for w in range(len(belief)):
            at = shape.begin[f] + shape.cells[actor, w] * own
            for i in range(m):
                chance = inside[w]
                for other in range(count):
                    if other != j:
                        chance *= play[other, w, shape.part[shape.parts[n] + i * count + other]]
                response[at + shape.part[shape.parts[n] + i * count + j]] += chance * ahead[i, actor, w]
        for c in range(cells):
            at, mean, precision = shape.begin[f] + c * own, 0.0, 0.0
            for w in range(len(belief)):
                if shape.cells[actor, w] == c:
                    precision = numbers.precision[shape.period[n], actor, w]
            for i in range(own):
                mean += response[at + i] / own
            for i in range(own):
                response[at + i] = share * precision * (response[at + i] - mean)


@shared
def _put_taste(shape: Shape, numbers: Numbers, n: int, f: int, z: Any, value: Any) -> None:
    """What tastes are worth to a side of a node is added to its value."""
    actor, worlds = shape.actor[f], value.shape[2]
    play = _plays(shape, n, z, worlds)[f - shape.sides[n]]
    for w in range(worlds):
        precision = numbers.precision[shape.period[n], actor, w]
        for i in range(shape.own[f] if precision > 0.0 else 0):
            value[n, actor, w] -= play[w, i] * np.log(play[w, i]) / precision
