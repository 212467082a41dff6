"""A small scenario whose blocks the tests replace one by one."""

from __future__ import annotations

import copy
from typing import Any

from longgame.scenario.model import Scenario

BASE: dict[str, Any] = {
    "title": "Small",
    "clock": {"periods": 3},
    "actors": {
        "mover": {"rationality": 10, "per": "stake", "discount": 0.9},
        "other": {"rationality": 20, "per": "stake", "discount": 0.8},
    },
    "state": {
        "x": {"grid": [0, 1, 0.25], "start": 0.5},
        "mood": {"values": ["calm", "tense"], "start": "calm"},
    },
    "period": [
        {
            "move": "act",
            "by": "mover",
            "options": {"wait": {}, "push": {"when": "x < 1", "set": {"x": "x + 0.25", "mood": "tense"}}},
        },
        {
            "chance": "weather",
            "outcomes": {"fine": {"p": 0.25, "set": {"mood": "calm"}}, "foul": {"p": "rest"}},
        },
    ],
    "payoffs": {"mover": "x", "other": "1 - x"},
}


def data(**blocks: Any) -> dict[str, Any]:
    """The base scenario's blocks with some replaced."""
    return {**copy.deepcopy(BASE), **blocks}


def small(**blocks: Any) -> Scenario:
    """The base scenario with some of its top-level blocks replaced."""
    return Scenario.model_validate(data(**blocks))
