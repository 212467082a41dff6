"""A step of several who choose at the same time, as one step whose options are the profiles."""

from __future__ import annotations

from longgame.scenario.expand.flat import FlatOption, FlatStep
from longgame.scenario.expand.together import (
    changes_of,
    guard_of,
    payments_of,
    profile_name,
    profiles_of,
    setters_of,
    sides_of,
)
from longgame.scenario.model import Simultaneous
from longgame.scenario.places import Path


def simultaneous_step(step: Simultaneous, after: int, path: Path) -> FlatStep:
    """One step whose options are the profiles; what was chosen is seen by all."""
    options = tuple(
        FlatOption(
            profile_name(chosen),
            when=guard_of(step, chosen),
            set=changes_of(step, chosen),
            pay=payments_of(step, chosen),
            signal=profile_name(chosen),
            next=after,
            path=path,
            own=setters_of(step, chosen),
        )
        for chosen in profiles_of(step)
    )
    return FlatStep(step.together, "move", None, step.when and step.when.tree, options, path=path, sides=sides_of(step))
