"""What every check is given: the scenario, its flat steps, what its names are, and how to report a problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypeVar

from longgame.errors import Place, Problem
from longgame.scenario.clock import DateError
from longgame.scenario.expand import FlatStep, steps_of
from longgame.scenario.formulas import Cases, Expression, Unreadable, is_rest, leaves
from longgame.scenario.kinds import blocks_in, formulas_in
from longgame.scenario.language.expressions import Node, depth_of, names_in
from longgame.scenario.language.templates import member_at, origin_of
from longgame.scenario.model import Scenario, Simultaneous
from longgame.scenario.periods import PERIOD, PERIOD_LENGTH
from longgame.scenario.places import Path
from longgame.scenario.roles import RATIONALITY, Role
from longgame.text import listed, nearest

Kind = TypeVar("Kind")
NameKind = Literal["state", "passing", "hidden", "assumption", "definition", "period", "choice"]

KIND_WORDS: Mapping[str, str] = {
    "state": "state variable",
    "passing": "variable of a period",
    "hidden": "hidden variable",
    "assumption": "assumption",
    "definition": "definition",
    "period": "word",
    "choice": "choice of this step",
}


@dataclass(frozen=True)
class Slot:
    """One formula of the scenario, with its place and its role.

    Attributes:
        target: the state variable whose value it gives, if any: then it may be a word of that variable.
        actor: whose rationality it is, if any.
        sides: who chooses at the same time in its step, with their options: an actor's name stands for its choice.
    """

    path: Path
    formula: Expression | Cases
    role: Role
    target: str | None = None
    actor: str | None = None
    sides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """A scenario under examination; ``sides`` as of the slot that is looked at."""

    scenario: Scenario
    sides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def steps(self) -> tuple[FlatStep, ...]:
        """The flat steps of the period."""
        return steps_of(self.scenario)

    @cached_property
    def kinds(self) -> dict[str, NameKind]:
        """What each name that expressions can use is."""
        kinds: dict[str, NameKind] = dict.fromkeys(self.sides, "choice")
        kinds.update(dict.fromkeys(self.scenario.definitions, "definition"))
        kinds.update(dict.fromkeys(self.scenario.assumptions, "assumption"))
        kinds.update(dict.fromkeys(self.scenario.hidden, "hidden"))
        for name, variable in self.scenario.state.items():
            kinds[name] = "state" if variable.lasts == "game" else "passing"
        kinds[PERIOD] = kinds[PERIOD_LENGTH] = "period"
        return kinds

    @cached_property
    def words(self) -> dict[str, tuple[str, ...]]:
        """The words of each variable that has words, public or hidden."""
        public = {name: v.values for name, v in self.scenario.state.items() if v.values is not None and not v.numeric}
        return {**self.sides, **{name: tuple(v.values) for name, v in self.scenario.hidden.items()}, **public}

    @cached_property
    def _blocks(self) -> tuple[tuple[Path, object], ...]:
        return tuple(blocks_in(self.scenario))

    def blocks(self, *kinds: type[Kind]) -> Iterator[tuple[Path, Kind]]:
        """Every block of these kinds, with its path."""
        return ((path, block) for path, block in self._blocks if isinstance(block, kinds))

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """Every formula of the scenario."""
        return tuple(_slots(self.scenario))

    @cached_property
    def base(self) -> dict[str, float | str]:
        """The values of the assumptions in the base case."""
        return {name: assumption.value for name, assumption in self.scenario.assumptions.items()}

    @cached_property
    def definitions_used(self) -> dict[str, frozenset[str]]:
        """Definition -> the definitions that stand in it."""
        definitions = self.scenario.definitions
        return {name: names_of(formula) & definitions.keys() for name, formula in definitions.items()}

    @cached_property
    def definitions_in_order(self) -> dict[str, int]:
        """Definition -> its depth with all that it uses, each after those it uses; without those on a circle."""
        users: dict[str, list[str]] = {}
        for name, used in self.definitions_used.items():
            for other in used:
                users.setdefault(other, []).append(name)
        missing = {name: len(used) for name, used in self.definitions_used.items()}
        waiting = [name for name, count in missing.items() if not count]
        depths = dict.fromkeys(missing, 0)
        for name in waiting:  # grows while it is walked
            depths[name] += depth_of(self.scenario.definitions[name].tree)
            for user in users.get(name, ()):
                depths[user] = max(depths[user], depths[name])
                missing[user] -= 1
                if not missing[user]:
                    waiting.append(user)
        return {name: depths[name] for name in waiting}

    @cached_property
    def rests_on(self) -> dict[str, frozenset[str]]:
        """Definition -> the variables, assumptions and ``period`` that it rests on, through other definitions."""
        definitions = self.scenario.definitions
        found: dict[str, frozenset[str]] = {}
        for name in [*self.definitions_in_order, *(definitions.keys() - self.definitions_in_order.keys())]:
            names = names_of(definitions[name])
            own = {used for used in names if self.kinds.get(used, "definition") != "definition"}
            found[name] = frozenset(own.union(*(found.get(used, frozenset()) for used in names & definitions.keys())))
        return found

    @cached_property
    def clock_is_sound(self) -> bool:
        """Whether the clock itself can be read, so that dates can be judged by it."""
        try:
            self.scenario.clock.period_of(1)
            self.scenario.clock.date_of(self.scenario.clock.periods)
        except DateError:
            return False
        return True

    def date_error(self, when: str | int) -> DateError | None:
        """What is wrong with a date, if anything; nothing where the clock itself is wrong."""
        try:
            self.scenario.clock.period_of(when)
        except DateError as error:
            return error if self.clock_is_sound else None
        return None

    def problem(
        self,
        code: str,
        path: Path,
        expected: str,
        found: str,
        fix: str = "",
        *,
        key: bool = False,
        at: tuple[Expression, Node] | None = None,
    ) -> Problem:
        """A problem at a path: at its value, at its key, or at one part of the expression that stands there."""
        text, character = ("", None) if at is None else (at[0].text, at[1].span[0])
        if character is not None and not path:  # a question that is asked from outside the file
            place = Place("question", "question", 1, origin_of(text, character) + 1, member_at(text, character))
        else:
            place = self.scenario.place(path, key=key, text=text, character=character)
        return Problem(code, place, expected, found, fix)

    def warning(
        self,
        code: str,
        path: Path,
        expected: str,
        found: str,
        fix: str = "",
        *,
        key: bool = True,
        at: tuple[Expression, Node] | None = None,
    ) -> Problem:
        """A problem that stops nothing: at the key of a path, if nothing else is said."""
        problem = self.problem(code, path, expected, found, fix, key=key and at is None, at=at)
        return replace(problem, severity="warning")

    def unknown(
        self, code: str, path: Path, what: str, name: str, known: Iterable[str], *, key: bool = False
    ) -> Problem:
        """The problem of a name that is none of those known; ``what``: each of them is."""
        names = list(map(str, known))
        return self.problem(code, path, f"{what}: {listed(names)}", f"`{name}`", nearest(name, names), key=key)


def names_of(formula: Expression | Cases) -> frozenset[str]:
    """Every name that stands in a formula, the variables of its cases too."""
    names = {name.id for _, leaf in leaves(formula) for name in names_in(leaf.tree)}
    return frozenset(names.union(_case_variables(formula)))


def _case_variables(formula: Expression | Cases) -> Iterator[str]:
    if isinstance(formula, Cases):
        yield formula.depends_on
        for part in formula.cases.values():
            yield from _case_variables(part)


def _slots(scenario: Scenario) -> Iterator[Slot]:
    """Every formula with its role; what could not be read is left out, and so is ``rest`` among odds."""
    for path, key, formula, role in formulas_in(scenario):
        if path[0] == "estimate" or isinstance(formula, Unreadable) or (role.shared and is_rest(formula)):
            continue
        step = scenario.period[int(path[1])] if path[0] == "period" else None
        own = isinstance(step, Simultaneous) and path[2] in ("set", "pay")
        yield Slot(
            path,
            formula,
            role,
            target=key if role.gives else None,
            actor=key if role is RATIONALITY else None,
            sides=step.options if own and isinstance(step, Simultaneous) else {},
        )
