"""From an understood question to positions in a game: the one place where names become numbers.

Nothing can be wrong any more: what a question may say was settled when it was understood (``scenario.questions``).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from longgame.game.game import Game
from longgame.queries import atoms as ask
from longgame.queries.meaning import MEANING, Bound, Setting
from longgame.queries.places import View
from longgame.queries.questions import BoundQuestion
from longgame.scenario.context import Context
from longgame.scenario.expand import steps_of
from longgame.scenario.model import Scenario
from longgame.scenario.questions.grammar import QUESTIONS, Argument
from longgame.scenario.questions.tree import Given, Leaf, Understood, When
from longgame.scenario.questions.understand import Understanding


class Binder:
    """Binds questions to one game."""

    def __init__(self, scenario: Scenario, game: Game):
        self.scenario = scenario
        self.game = game
        self.setting = Setting(scenario, game)
        self.steps = steps_of(scenario)

    @cached_property
    def understanding(self) -> Understanding:
        """Judges the questions of the scenario."""
        return Understanding(Context(self.scenario))

    def bind(self, question: Understood) -> BoundQuestion:
        """The question with every leaf bound to the game."""
        return BoundQuestion(question, {leaf: self._leaf(leaf, question.at) for leaf in question.leaves})

    def _leaf(self, leaf: Leaf, at: When) -> Bound:
        if isinstance(leaf, Given):
            atom = ask.Assumption(View(), self.game.assumptions.index(leaf.assumption))
            return Bound((atom,), lambda found: found.number(atom))
        kinds = QUESTIONS[leaf.function].parameters
        arguments = {name: self._position(kinds[name], given) for name, given in leaf.arguments}
        own = {name: arguments.pop(name) for name in ("given", "after", "under") if name in arguments}
        return MEANING[leaf.function](self.setting, replace(View(at), **own), **arguments)

    def _position(self, kind: Argument, given: Any) -> Any:
        """An argument in numbers: the position of an actor, the worlds of a condition; others are so already."""
        if kind == "actor":
            return self.game.actors.index(given)
        if kind == "condition":
            return tuple(bool(holds) for holds in self.game.condition(given))
        return given
