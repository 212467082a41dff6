"""The ways that play may go from some nodes, as a tree of what happens, with exact probabilities.

A course is a history: which options were taken, which outcomes came, in order. What has the same history is one course,
whatever lots the state went by, so a course keeps a set of nodes (``Nodes``) and its probability is their mass. Steps
at which there is but one option are no turn of the history: they are passed, as are steps that do not take place.

    P(history, then a) = sum over its nodes m and worlds w of joint(m, w) q(a | m, w)

Courses less likely than ``least`` are not followed; each keeps the sum of those that leave it.

Letters as in ``nodes``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from longgame.queries.nodes import Equilibrium, Fork, Nodes, active, end_period, fork, joined, merged
from longgame.queries.walk import Waiting, past_idle

MOST = 5_000  # courses and their beginnings that are followed
MOST_DEEP = 100  # things that happen one after another


@dataclass(frozen=True, eq=False)
class Course:
    """What has happened so far, and how it may go on.

    event        period, step and option of what happened last; None at the beginning, and where nothing more happens
    probability  of all that has happened
    nodes        where play then stands
    further      what may happen next, the likeliest first
    other        the probability of all that may happen next and is not followed
    over         nothing more happens: play has come to the last period that was asked for, or the game is over
    """

    event: tuple[int, int, int] | None
    probability: float
    nodes: Nodes
    further: tuple[Course, ...] = ()
    other: float = 0.0
    over: bool = False

    def ends(self) -> Iterator[Course]:
        """The ends of all courses that are followed."""
        if not self.further:
            yield self
        for course in self.further:
            yield from course.ends()


class TooMany(Exception):
    """There are more courses than can be followed, or longer ones (``deep``)."""

    def __init__(self, deep: bool) -> None:
        super().__init__()
        self.deep = deep


def courses(solution: Equilibrium, nodes: Nodes, last: int, least: float) -> Course:
    """The tree of courses from nodes to the end of period ``last`` (from 0) that are at least as likely as ``least``.

    Raises ValueError for ``least`` that is not positive, as there would be no end to it, and TooMany.
    """
    if not least > 0.0:
        raise ValueError("only courses that are not too unlikely can be followed")
    return _Walk(solution, last, least).course(None, nodes.without_purse.normalised(), 0)


@dataclass
class _Walk:
    """Follows courses; ``count`` says how many so far."""

    solution: Equilibrium
    last: int
    least: float
    count: int = 0

    def course(self, event: tuple[int, int, int] | None, nodes: Nodes, depth: int) -> Course:
        """A course with all that may follow it; ``depth``: how much has happened before."""
        self.count += 1
        if depth > MOST_DEEP or self.count > MOST:
            raise TooMany(depth > MOST_DEEP)
        further, other = [], 0.0
        turns, over = to_turns(self.solution, nodes, self.last)
        for ahead in turns:
            t, k = int(ahead.nodes.t[0]), int(ahead.nodes.k[0])
            for option in range(ahead.odds.shape[1]):
                after = take(ahead, option)
                if after is None:
                    continue
                if after.mass < self.least:
                    other += after.mass
                else:
                    further.append(self.course((t, k, option), after, depth + 1))
        if not turns:
            return Course(event, nodes.mass, nodes, over=True)
        if over is not None and over.mass >= self.least:
            further.append(Course(None, over.mass, over, over=True))
        elif over is not None:
            other += over.mass
        further.sort(key=lambda course: -course.probability)
        return Course(event, nodes.mass, nodes, tuple(further), other)


def take(ahead: Fork, option: int) -> Nodes | None:
    """The nodes after an option, as likely as it is taken; None where it never is."""
    taken = np.zeros_like(ahead.odds)
    taken[:, option] = ahead.odds[:, option]
    if not (ahead.nodes.joint * taken[:, option]).any():
        return None
    return merged(ahead.follow(taken))


def to_turns(solution: Equilibrium, nodes: Nodes, last: int) -> tuple[list[Fork], Nodes | None]:
    """Forward to where something may happen in more than one way, and the nodes that come to the end of it all."""
    turns: list[Fork] = []
    over: list[Nodes] = []
    waiting = Waiting()

    def send(some: Nodes) -> None:
        ended = solution.game.ended[some.s] | (some.t > last)
        if ended.any():
            over.append(some.pick(ended))
        waiting.send(some.pick(~ended))

    send(nodes)
    for t, k, here in waiting:
        if k == len(solution.game.steps):
            after = end_period(solution, t, here)
            send(after if t + 1 > last else past_idle(solution, t + 1, after))
            continue
        on = active(solution, t, k, here.s)
        if not on.all():
            send(past_idle(solution, t, here.pick(~on)))
        if on.any():
            ahead = fork(solution, t, k, here.pick(on))
            if (ahead.available.sum(1) == 1).all():
                send(past_idle(solution, t, ahead.follow()))
            else:
                turns.append(ahead)
    return turns, merged(joined(over)) if over else None


def pruned(course: Course, least: float) -> Course:
    """The same tree without the courses that are less likely than ``least``."""
    kept = [pruned(further, least) for further in course.further if further.probability >= least]
    other = course.other + sum(further.probability for further in course.further if further.probability < least)
    return Course(course.event, course.probability, course.nodes, tuple(kept), other, course.over)
