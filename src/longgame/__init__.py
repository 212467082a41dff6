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
    from longgame.answers.reported import accounts
    from longgame.answers.rests_on import rests_on
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

_HOME = {
    "Answers": "longgame.answers.answers",
    "LonggameError": "longgame.errors",
    "NotConvergedError": "longgame.errors",
    "Problem": "longgame.errors",
    "QuestionError": "longgame.errors",
    "RunError": "longgame.errors",
    "Scenario": "longgame.scenario.model",
    "ScenarioError": "longgame.errors",
    "accounts": "longgame.answers.reported",
    "ask": "longgame.answers.ask",
    "assess": "longgame.answers.assess",
    "Seen": "longgame.answers.situation",
    "check": "longgame.answers.ask",
    "clauses": "longgame.answers.priced",
    "commitment": "longgame.answers.committed",
    "compare": "longgame.answers.compare",
    "compile": "longgame.game.compile",
    "describe": "longgame.answers.ask",
    "dump": "longgame.scenario.dump",
    "estimate": "longgame.answers.estimate",
    "examine": "longgame.answers.ask",
    "explain": "longgame.answers.explained",
    "json_schema": "longgame.scenario.schema",
    "load": "longgame.scenario.load",
    "loads": "longgame.scenario.load",
    "picture": "longgame.answers.picture",
    "play": "longgame.answers.play",
    "postures": "longgame.answers.assess",
    "read": "longgame.scenario.load",
    "rests_on": "longgame.answers.rests_on",
    "resume": "longgame.answers.assess",
    "score": "longgame.answers.record",
    "shipped": "longgame.scenario.library",
    "solve": "longgame.exact.methods",
    "strategy_at": "longgame.answers.strategy",
    "sweep": "longgame.answers.sweep",
    "timeline": "longgame.answers.timeline",
    "turning": "longgame.answers.turning",
    "variants": "longgame.answers.structure",
    "whatif": "longgame.answers.compare",
}

__all__ = [
    "Answers",
    "LonggameError",
    "NotConvergedError",
    "Problem",
    "QuestionError",
    "RunError",
    "Scenario",
    "ScenarioError",
    "Seen",
    "accounts",
    "ask",
    "assess",
    "check",
    "clauses",
    "commitment",
    "compare",
    "compile",
    "describe",
    "dump",
    "estimate",
    "examine",
    "explain",
    "json_schema",
    "load",
    "loads",
    "picture",
    "play",
    "postures",
    "read",
    "rests_on",
    "resume",
    "score",
    "shipped",
    "solve",
    "strategy_at",
    "sweep",
    "timeline",
    "turning",
    "variants",
    "whatif",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
