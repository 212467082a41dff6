"""A question that was understood: a typed tree, made once, from which nothing has to be understood any more.

The leaves are numbers, assumptions and look-ups: a function of the table ``QUESTIONS`` with its arguments, each of them
known to be what the table says it must be. Names stand for themselves; whoever has a game puts positions for them. All
else is arithmetic (``Worked``), of which it is settled what is a number, of which kind, and what is true or false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from longgame.scenario.expand import clauses_of, deals_of, trees, with_ends_of
from longgame.scenario.expand.lasting import lasting_deals
from longgame.scenario.language.expressions import Node
from longgame.scenario.model import Scenario
from longgame.scenario.questions.grammar import QUESTIONS, Kind

When = str | int  # a date, a period, ``now`` or ``start``


@dataclass(frozen=True)
class SetTo:
    """Some state variables are set, all at once: a deal, or ``set(...)``.

    pay     what a deal pays at once
    begins  of deals that last, the variables that count the periods that are left of them: this period is the first
    """

    clauses: tuple[tuple[str, Node], ...]
    pay: tuple[tuple[str, Node], ...] = ()
    begins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Take:
    """An option is taken at the next time that its step comes up: positions of the flat step and of its option."""

    step: int
    option: int


Change = SetTo | Take
Changes = tuple[Change, ...]


@dataclass(frozen=True)
class Constant:
    """A number as it was written."""

    value: float
    kind: Kind = Kind.NUMBER


@dataclass(frozen=True)
class Given:
    """The value of an assumption."""

    assumption: str
    kind: Kind = Kind.NUMBER


@dataclass(frozen=True)
class Lookup:
    """A function of the solved game, with its arguments by name.

    An actor, a posture, a rule, a hidden variable and a piece of evidence are names; an option is a ``Take``, a change
    a tuple of ``Change``; a date is a period, from 0; conditions, events and quantities are trees of expressions.
    """

    function: str
    arguments: tuple[tuple[str, Any], ...]
    kind: Kind

    @property
    def changes(self) -> tuple[Changes, ...]:
        """The arguments that are changes."""
        parameters = QUESTIONS[self.function].parameters
        single = tuple(given for name, given in self.arguments if parameters[name] == "change")
        steps = (given for name, given in self.arguments if parameters[name] == "ladder")
        return (*single, *(step for ladder in steps for step in ladder))


@dataclass(frozen=True)
class Worked:
    """What is worked out from parts: by an operator, a function of arithmetic, ``if`` (test, then, otherwise), ``neg``,
    or ``count``, by which a truth counts as 1 or 0.
    """

    op: str
    parts: tuple[Term, ...]
    kind: Kind


Leaf = Given | Lookup
Term = Constant | Leaf | Worked


@dataclass(frozen=True)
class Understood:
    """A question that is sure to be understood, asked at a date."""

    term: Term
    at: When = "now"

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """All that must be looked up, each once, from left to right."""
        return tuple(dict.fromkeys(_leaves(self.term)))


def replaced(term: Term, leaf: Callable[[Leaf], Leaf]) -> Term:
    """The same tree with other leaves."""
    if isinstance(term, Worked):
        return replace(term, parts=tuple(replaced(part, leaf) for part in term.parts))
    return term if isinstance(term, Constant) else leaf(term)


def _leaves(term: Term) -> Iterator[Leaf]:
    if isinstance(term, Worked):
        for part in term.parts:
            yield from _leaves(part)
    elif not isinstance(term, Constant):
        yield term


def deal_changes(scenario: Scenario) -> Mapping[str, Changes]:
    """Every named deal as a change: the clauses that it sets, and what it pays at once."""
    counts = {lasting.left for lasting in lasting_deals(scenario).values()}
    found = {}
    for name, deal in deals_of(scenario).items():
        begins = tuple(variable for variable in clauses_of(scenario, name, deal) if variable in counts)
        clauses = with_ends_of(scenario, name, deal)
        found[name] = (SetTo(tuple(clauses.items()), tuple(trees(deal.pay).items()), begins),)
    return found
