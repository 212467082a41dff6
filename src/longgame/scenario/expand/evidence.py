"""Evidence bound to periods and flat steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longgame.scenario.expand.steps import FlatStep, find_step, steps_of, trees
from longgame.scenario.language.expressions import Node
from longgame.scenario.model import Evidence, Scenario


@dataclass(frozen=True)
class Observation:
    """One piece of evidence, bound to the period and the flat step that it is about.

    Attributes:
        id: its name in questions.
        period: from 0.
        step: index of the flat step; ``len(steps)`` for what was seen of the state at the end of the period.
        signal: the public signal that was seen (for moves, replies and chance events).
        seen: state variable -> value, for what was seen of the state.
        by: who moved; None for chance and for what was seen.
        index: its position in ``scenario.evidence``.
    """

    id: str
    period: int
    step: int
    signal: str | None
    seen: Mapping[str, Node]
    by: str | None
    index: int


def evidence_ids(scenario: Scenario) -> tuple[str, ...]:
    """The id of each piece of evidence: as given, or STEP_OPTION, with _2, _3 where that is taken."""
    steps = steps_of(scenario)
    taken = {piece.id for piece in scenario.evidence if piece.id}
    ids: list[str] = []
    for index, piece in enumerate(scenario.evidence):
        name = piece.id
        if not name:
            base = _default_id(scenario, steps, index, piece)
            name, count = base, 1
            while name in taken:
                count += 1
                name = f"{base}_{count}"
            taken.add(name)
        ids.append(name)
    return tuple(ids)


def _default_id(scenario: Scenario, steps: Sequence[FlatStep], index: int, piece: Evidence) -> str:
    if piece.seen is not None:
        return "_".join(["seen", *piece.seen])
    found = step_observed(scenario, steps, index)
    step = steps[found].name if found is not None else piece.move or piece.chance or "evidence"
    return "_".join([*step.split("."), piece.took or piece.signal or piece.happened or "seen"])


def step_observed(scenario: Scenario, steps: Sequence[FlatStep], index: int) -> int | None:
    """The flat step that a piece of evidence is about, or None where none or several would do.

    A reply to an offer of several deals is about the deal that earlier evidence of the same period says was offered.
    """
    piece = scenario.evidence[index]
    found = find_step(steps, piece.move or piece.chance or "", piece.by)
    if len(found) > 1 and steps[found[0]].deal is not None:
        offered = {
            earlier.took
            for earlier in scenario.evidence[:index]
            if earlier.move == piece.move and earlier.by is None and _same_period(scenario, earlier.on, piece.on)
        }
        found = [k for k in found if steps[k].deal in offered]
    settled = len(found) == 1 or (found and steps[found[0]].deal is None)  # two steps of one name are another mistake
    return found[0] if settled else None


def _same_period(scenario: Scenario, one: str | int, other: str | int) -> bool:
    try:
        return scenario.clock.period_of(one) == scenario.clock.period_of(other)
    except ValueError:
        return False


def observations_of(scenario: Scenario) -> tuple[Observation, ...]:
    """The evidence, bound to periods and flat steps, in order."""
    steps = steps_of(scenario)
    made = []
    for index, (name, piece) in enumerate(zip(evidence_ids(scenario), scenario.evidence, strict=True)):
        period = scenario.clock.period_of(piece.on)
        if piece.seen is not None:
            made.append(Observation(name, period, len(steps), None, trees(piece.seen), None, index))
            continue
        k = step_observed(scenario, steps, index)
        if k is None:
            raise LookupError(f"evidence {name!r} is about no single step")
        made.append(Observation(name, period, k, _signal(steps[k], piece), {}, steps[k].by, index))
    return tuple(made)


def _signal(step: FlatStep, piece: Evidence) -> str:
    """The public signal of an observation; an option that was seen by name stands for its own signal."""
    if piece.signal is not None:
        return piece.signal
    index = step.option(piece.took or piece.happened or "")
    return step.options[index].signal if index is not None else ""
