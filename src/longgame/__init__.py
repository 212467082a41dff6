"""longgame: strategic assessments as games.

An analyst writes one scenario file; longgame solves it as a stochastic game with private information, follows the
observed evidence through the solution, and answers claim by claim. The same from Python::

    import longgame

    scenario = longgame.load("ukraine-2025")       # a file, or the name of a shipped scenario
    answers = longgame.assess(scenario, draws=128)
    answers.claims                                 # every claim with verdict, margin and share of draws

Names are imported when they are first used, so that ``import longgame`` alone is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from longgame.answers.answers import Answers
    from longgame.answers.ask import ask, check, describe, examine
    from longgame.answers.assess import assess, postures, resume
    from longgame.answers.committed import commitment
    from longgame.answers.compare import compare, whatif
    from longgame.answers.estimate import estimate
    from longgame.answers.explained import explain
    from longgame.answers.picture import picture
    from longgame.answers.play import play
    from longgame.answers.priced import clauses
    from longgame.answers.record import score
    from longgame.answers.rests_on import rests_on
    from longgame.answers.side_by_side import accounts
    from longgame.answers.situation import Seen
    from longgame.answers.strategy import strategy_at
    from longgame.answers.structure import variants
    from longgame.answers.sweep import sweep
    from longgame.answers.timeline import timeline
    from longgame.answers.turning import turning
    from longgame.errors import LonggameError, NotConvergedError, Problem, QuestionError, RunError, ScenarioError
    from longgame.exact.methods import solve
    from longgame.game.compile import compile
    from longgame.scenario.dump import dump
    from longgame.scenario.library import shipped
    from longgame.scenario.load import load, loads, read
    from longgame.scenario.model import Scenario
    from longgame.scenario.schema import json_schema

#: Module -> the public names that stand in it.
_HOME = {
    "answers.answers": "Answers",
    "answers.ask": "ask check describe examine",
    "answers.assess": "assess postures resume",
    "answers.committed": "commitment",
    "answers.compare": "compare whatif",
    "answers.estimate": "estimate",
    "answers.explained": "explain",
    "answers.picture": "picture",
    "answers.play": "play",
    "answers.priced": "clauses",
    "answers.record": "score",
    "answers.rests_on": "rests_on",
    "answers.side_by_side": "accounts",
    "answers.situation": "Seen",
    "answers.strategy": "strategy_at",
    "answers.structure": "variants",
    "answers.sweep": "sweep",
    "answers.timeline": "timeline",
    "answers.turning": "turning",
    "errors": "LonggameError NotConvergedError Problem QuestionError RunError ScenarioError",
    "exact.methods": "solve",
    "game.compile": "compile",
    "scenario.dump": "dump",
    "scenario.library": "shipped",
    "scenario.load": "load loads read",
    "scenario.model": "Scenario",
    "scenario.schema": "json_schema",
}

__all__ = [
    "Answers", "LonggameError", "NotConvergedError", "Problem", "QuestionError", "RunError", "Scenario",
    "ScenarioError", "Seen", "accounts", "ask", "assess", "check", "clauses", "commitment", "compare", "compile",
    "describe", "dump", "estimate", "examine", "explain", "json_schema", "load", "loads", "picture", "play",
    "postures", "read", "rests_on", "resume", "score", "shipped", "solve", "strategy_at", "sweep", "timeline",
    "turning", "variants", "whatif",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    home = next((module for module, names in _HOME.items() if name in names.split()), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"longgame.{home}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
