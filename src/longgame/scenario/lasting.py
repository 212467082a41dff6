"""Deals that last for a time: how long, and the state variables that remember it.

While a deal is on, ``DEAL_left`` counts the periods that are left, and ``DEAL_was_VARIABLE`` keeps what each of its
clauses was before. Both are state variables like others; what happens to them is spelled out in ``expand.lasting``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from longgame.scenario.clock import DateError, Pace, parse_step
from longgame.scenario.language.expressions import Binary, Call, IfElse, Name, Node, Number, balanced
from longgame.scenario.periods import by_period

_PERIODS = re.compile(r"\s*(?:([0-9]{1,4})\s+)?periods?\s*")
_WRITE = "Write `3 periods` or `30 days`."


@dataclass(frozen=True)
class Lasting:
    """A deal that lasts.

    Attributes:
        name: of the deal.
        periods: how many it lasts, with the one in which it is struck; of one that lasts for a time on a clock whose
            periods differ, how many first steps of the clock.
        clauses: state variable -> its value while the deal is on.
        starts: the same variables -> their values at the start of the game, at which what is remembered rests.
        breach: actor -> what it pays for breaking the deal.
        after, more: what is left when a period more is over, and whether that is enough for the next one.
        extend: who must agree, in turn, that it goes on for as many periods again when its time is over.
    """

    name: str
    periods: int
    clauses: Mapping[str, Node]
    starts: Mapping[str, Node]
    breach: Mapping[str, Node]
    after: Node
    more: Node
    extend: tuple[str, ...] = ()

    @property
    def left(self) -> str:
        """The variable that counts what is left."""
        return left_of(self.name)

    @property
    def time(self) -> str:
        """The step at which its time runs down."""
        return f"{self.name}.time"

    def was(self, variable: str) -> str:
        """The variable that keeps what a clause was before."""
        return was_of(self.name, variable)

    @property
    def on(self) -> Node:
        """Whether it is on."""
        return Binary(">", Name(self.left), Number(0.0))

    def struck(self, periods: int | None = None, *, deals: Iterable[Lasting] = ()) -> dict[str, Node]:
        """What is set beside its clauses when it is struck, or extended; for so many periods, if it is said.

        What was before one of ``deals`` that is on counts as what was before this one.
        """
        kept: dict[str, Node] = {self.was(v): Name(v) for v in self.clauses}
        for deal in (*(one for one in deals if one.name != self.name), self):
            for v in self.clauses.keys() & deal.clauses.keys():
                kept[self.was(v)] = IfElse(deal.on, Name(deal.was(v)), kept[self.was(v)])
        return {self.left: Number(float(periods or self.periods)), **kept}

    def over(self, on: Mapping[str, tuple[Lasting, Node]]) -> dict[str, Node]:
        """What is set when it is over: all as it was before, but for what another deal still has it be.

        on  the deals that last, by name, each with the condition that it stays on
        """
        found: dict[str, Node] = {self.left: Number(0.0)} | {self.was(v): start for v, start in self.starts.items()}
        for v, value in self.clauses.items():
            others = [stays for deal, stays in on.values() if deal.name != self.name and deal.clauses.get(v) == value]
            found[v] = IfElse(balanced("or", others), Name(v), Name(self.was(v))) if others else Name(self.was(v))
        return found


def left_of(deal: str) -> str:
    """The variable that counts the periods that are left of a deal."""
    return f"{deal}_left"


def was_of(deal: str, variable: str) -> str:
    """The variable that keeps what a clause of a deal was before."""
    return f"{deal}_was_{variable}"


def run_down(left: str, lasts: str, pace: Pace) -> tuple[Node, Node]:
    """What is left of a deal when a period more is over, and whether that is enough for the period that begins.

    A number of periods runs down by one. A time does so by the length of the period that is over, in whole first
    steps; the deal lapses at the beginning of the first period of which it would not last half.
    """
    if not pace.lengths or in_periods(lasts):
        return Binary("-", Name(left), Number(1.0)), Binary(">", Name(left), Number(1.0))
    lengths = pace.lengths
    over = by_period([1.0, *(max(1.0, float(round(length))) for length in lengths[:-1])])
    after = Binary("-", Name(left), over)
    return Call("max", (after, Number(0.0))), Binary(">=", after, by_period([length / 2.0 for length in lengths]))


def in_periods(lasts: str) -> bool:
    """Whether a time is a number of periods, whatever their length."""
    return _PERIODS.fullmatch(lasts) is not None


def periods_of(lasts: str, step: str) -> int:
    """How many periods of a length a deal lasts, to the nearest and at least one. Raises DateError."""
    if counted := _PERIODS.fullmatch(lasts):
        if counted[1] is not None and int(counted[1]) == 0:
            raise DateError("a time of a period or more", f"`{lasts}`", _WRITE)
        return int(counted[1] or 1)
    try:
        wanted, length = parse_step(lasts), parse_step(step)
    except DateError as error:
        raise DateError("a number of periods, or a length of time", error.found, _WRITE) from None
    return max(1, round(wanted.length(length)))
