"""What the word of a column tells, as pieces of evidence, and these bound to steps and options."""

from __future__ import annotations

from dataclasses import replace

from longgame.scenario.estimate import Told
from longgame.scenario.evidence import Evidence
from longgame.scenario.expand.evidence import Observation, observations_of
from longgame.scenario.expand.flat import FlatStep
from longgame.scenario.expand.steps import find_step, steps_of
from longgame.scenario.model import Scenario
from longgame.scenario.places import Source


def words_of(steps: tuple[FlatStep, ...], told: Told) -> dict[str, tuple[Evidence, ...]]:
    """Word of a column -> what it tells. Options are words of their own, unless others are given for them."""
    if told.means is not None:
        return {word: tuple(_piece(steps, told, *each) for each in seen.items()) for word, seen in told.means.items()}
    form, given = ("chance", told.happened) if told.chance is not None else ("move", told.took)
    name = told.chance or told.move or ""
    found = find_step(steps, name, told.by)
    named = {option for options in given.values() for option in options}
    step = steps[found[0]] if found else None
    own = () if step is None else step.names_of(told.by) or tuple(option.name for option in step.options)
    words = {option: (option,) for option in own if option not in named} | dict(given)
    what = "happened" if form == "chance" else "took"
    return {
        word: (Evidence.model_validate({"on": told.on, form: name, "by": told.by, what: options}),)
        for word, options in words.items()
    }


def _piece(steps: tuple[FlatStep, ...], told: Told, name: str, options: tuple[str, ...]) -> Evidence:
    step, _, by = name.rpartition(".")
    if any(by in steps[k].movers for k in find_step(steps, step) if steps[k].sides):  # one of several
        return Evidence.model_validate({"on": told.on, "move": step, "by": by, "took": options})
    chance = any(steps[k].kind == "chance" for k in find_step(steps, name))
    seen = {"chance": name, "happened": options} if chance else {"move": name, "took": options}
    return Evidence.model_validate({"on": told.on, **seen})


def with_evidence(scenario: Scenario, pieces: tuple[Evidence, ...]) -> Scenario:
    """The scenario with other evidence, which stands in no file."""
    return scenario.model_copy(update={"evidence": pieces}).read_from(Source())


def seen_in(scenario: Scenario, pieces: tuple[Evidence, ...]) -> tuple[Observation, ...]:
    """What some pieces of evidence are about, in the order of play. LookupError where it is not clear which step.

    Who counts plays may know what the players did not see: an option that was taken is that option, even where others
    look the same.
    """
    steps = steps_of(scenario)
    return tuple(
        replace(seen, options=steps[seen.step].named(seen.evidence.took, seen.evidence.by))
        if seen.evidence.took and steps[seen.step].habit is None
        else seen
        for seen in observations_of(with_evidence(scenario, pieces))
    )
