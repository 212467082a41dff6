"""What the steps of a period are spelled out as: steps with options, whose effects are trees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from longgame.scenario.expand.amounts import amounts_named
from longgame.scenario.expand.together import FlatSide
from longgame.scenario.language.expressions import Node
from longgame.scenario.places import Path

Odds = Mapping[str, Node]


@dataclass(frozen=True)
class Branch:
    """One outcome of an option's public lottery: its probability, and what it does beside the option itself.

    ``set`` of a branch wins over that of its option; ``pay`` adds to it.
    """

    name: str
    p: Node
    set: Mapping[str, Node]
    pay: Mapping[str, Node]
    path: Path


@dataclass(frozen=True)
class FlatOption:
    """One option of a move or reply, or one outcome of a chance step.

    Attributes:
        name: ``cut``, ``no_offer``, ``accept``.
        when: the guard, over state, assumptions and ``period``; None: always open.
        p: the probability; chance steps only.
        set: state variable -> its new value.
        pay: actor -> what it gets at once.
        becomes: hidden variable -> the lottery over all its values (the probabilities sum to one).
        lottery: the public chances that follow; empty: none.
        signal: what others see of it.
        next: index of the step that follows; the number of steps for the end of the period.
        true: of a word of a statement, the condition on hidden variables under which it is true.
        path: where it stands in the scenario.
        written: what it is called there, where an amount is chosen with it, and which.
        own: of what several choose at the same time, the state variables that one of them sets by its own option, each
            with who does.
    """

    name: str
    when: Node | None = None
    p: Node | None = None
    set: Mapping[str, Node] = field(default_factory=dict)
    pay: Mapping[str, Node] = field(default_factory=dict)
    becomes: Mapping[str, Odds] = field(default_factory=dict)
    lottery: tuple[Branch, ...] = ()
    signal: str = ""
    next: int = 0
    true: Node | None = None
    path: Path = ()
    written: str = ""
    amount: float | None = None
    own: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Habit:
    """What the chance step before a move with inertia is about: whether the move is thought over.

    Attributes:
        move: the name of the move.
        by: who moves there, and pays for what the option that stays breaks; None: several at the same time.
        stays: the option that stands where it is not thought over; None: it is not clear which.
    """

    move: str
    by: str | None
    stays: str | None


@dataclass(frozen=True)
class FlatStep:
    """One step of the compiled period.

    Attributes:
        name: ``aid_decision``, ``truce_offer``, ``truce_offer.energy_truce.defender``, ``fighting``.
        kind: ``move`` (proposals too), ``reply`` or ``chance``.
        by: who moves; None for chance, and where several choose at the same time.
        when: in which states the step takes place; None: in all. Elsewhere the next step in order follows. The replies
            to an offer have the offer's own condition, so that they are passed over with it.
        options: what can be done or happen.
        honest: of several equilibria that is meant to which honest talk leads, as lies come to cost what they do.
        offer, deal: of a proposal or reply, the offer, and of a reply, the deal.
        path: where it stands in the scenario.
        sides: those who choose at the same time; the options are then the profiles. Empty: one moves, or nobody.
        habit: of the chance whether a move is thought over, what that is about.
    """

    name: str
    kind: Literal["move", "reply", "chance"]
    by: str | None
    when: Node | None
    options: tuple[FlatOption, ...]
    offer: str | None = None
    deal: str | None = None
    honest: bool = False
    path: Path = ()
    sides: tuple[FlatSide, ...] = ()
    habit: Habit | None = None

    @property
    def changing_nothing(self) -> tuple[str, ...]:
        """The options that set no state variable, draw no lottery, and leave what is hidden as it is."""
        return tuple(o.name for o in self.options if not (o.set or o.lottery or o.becomes))

    @property
    def movers(self) -> tuple[str, ...]:
        """Who moves: one as a rule, nobody at a chance step, all who choose at the same time."""
        return tuple(side.by for side in self.sides) or (() if self.by is None else (self.by,))

    @property
    def acts(self) -> tuple[tuple[FlatSide, int], ...]:
        """What each of those who choose at the same time can do; numbered on from the profiles."""
        return tuple((side, own) for side in self.sides for own in range(len(side.options)))

    def written(self, option: int) -> str:
        """An option, or what one of several does, as questions write it after the step: ``attacker.strike``."""
        if option < len(self.options):
            return self.options[option].name
        side, own = self.acts[option - len(self.options)]
        return f"{side.by}.{side.options[own]}"

    def option(self, name: str) -> int | None:
        """The index of an option, or None."""
        return next((index for index, option in enumerate(self.options) if option.name == name), None)

    def names_of(self, by: str | None) -> tuple[str, ...]:
        """The names of the own options of one of several who choose at the same time; none of anybody else."""
        return next((side.options for side in self.sides if side.by == by), ())

    def named(self, given: Sequence[str], by: str | None = None) -> tuple[int, ...]:
        """The indices of options by their names, by what they are called with whatever amount, or by the amount.

        Of one of several who choose at the same time these are the profiles in which it takes one of its own options.
        """
        for side in self.sides:
            if side.by == by:
                return tuple(a for a, own in enumerate(side.taken) if side.options[own] in given)
        amounts = amounts_named([option.amount for option in self.options], given)
        called = [a for name in given for a, o in enumerate(self.options) if name in (o.name, o.written)]
        return tuple(dict.fromkeys([*called, *amounts]))
