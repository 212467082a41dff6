"""A move with inertia, spelled out: chance says first whether it is thought over at all.

    MOVE.habit    thought_over       the move follows
                  stays_as_it_was    what the option that stays would do is done, and what follows on it follows
    MOVE          as it is written
"""

from __future__ import annotations

from dataclasses import replace

from longgame.scenario.expand.flat import FlatOption, FlatStep, Habit
from longgame.scenario.formulas import one_minus
from longgame.scenario.language.expressions import IfElse, Node, Number

HABIT = "habit"
THOUGHT_OVER = "thought_over"
STAYS = "stays_as_it_was"


def staying(move: FlatStep, named: str | None) -> FlatOption | None:
    """The option that stands when a move is not thought over: the one that is named, or that changes nothing."""
    alone = move.changing_nothing if named is None else (named,)
    return next((option for option in move.options if alone == (option.name,)), None)


def habit_step(move: FlatStep, inertia: Node, named: str | None, index: int, after: int) -> FlatStep:
    """The chance step before a move that stands at ``index``; ``after`` follows where it is not clear what stays.

    Where the option that stays is not open, the move is always thought over.
    """
    stays = staying(move, named)
    p = inertia if stays is None or stays.when is None else IfElse(stays.when, inertia, Number(0.0))
    path = (*move.path, "inertia")
    as_it_was = FlatOption(next=after, name=STAYS) if stays is None else stays
    options = (
        FlatOption(THOUGHT_OVER, p=one_minus([p]), signal=THOUGHT_OVER, next=index, path=path),
        replace(as_it_was, name=STAYS, when=None, p=p, signal=STAYS, path=path, written="", amount=None),
    )
    habit = Habit(move.name, move.by, None if stays is None else stays.name)
    return FlatStep(f"{move.name}.{HABIT}", "chance", None, move.when, options, path=move.path, habit=habit)
