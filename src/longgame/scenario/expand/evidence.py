"""Evidence bound to periods, flat steps and their options: the one form in which everybody else reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from longgame.errors import Place
from longgame.scenario.clock import DateError
from longgame.scenario.expand.steps import NO_OFFER, FlatStep, find_step, steps_of, trees
from longgame.scenario.language.expressions import Node
from longgame.scenario.model import Evidence, Scenario


@dataclass(frozen=True, eq=False)
class Observation:
    """What was observed at one step of one period. A piece of evidence is one, or, if it is quiet, several.

    Attributes:
        id: the name of the piece in questions.
        evidence: the piece as the analyst wrote it.
        place: where it stands.
        period: from 0.
        step: index of the flat step; ``len(steps)`` for what was seen of the state at the end of the period.
        options: the options (outcomes) of the step that give what was seen: several where they look alike.
        seen: state variable -> value, for what was seen of the state.
        by: who moved; None for chance and for what was seen.
        index: the position of the piece in ``scenario.evidence``.
        quiet: nothing was to be seen: the step gave one of the options, or did not take place.
    """

    id: str
    evidence: Evidence
    place: Place
    period: int
    step: int
    options: tuple[int, ...]
    seen: Mapping[str, Node]
    by: str | None
    index: int
    quiet: bool = False


def observations_of(scenario: Scenario) -> tuple[Observation, ...]:
    """All that was observed, in the order of play."""
    steps = steps_of(scenario)
    made = [seen for index, id in enumerate(evidence_ids(scenario)) for seen in _observed(scenario, steps, index, id)]
    return tuple(sorted(made, key=lambda seen: (seen.period, seen.step)))


def _observed(scenario: Scenario, steps: Sequence[FlatStep], index: int, id: str) -> Iterator[Observation]:
    piece, place = scenario.evidence[index], scenario.place(("evidence", index))
    for period in periods_of(scenario, piece):
        if piece.quiet is not None:
            for name, options in piece.quiet.items():
                k = find_step(steps, name)[0]
                alike = looking_like(steps[k], options or quiet_options(steps[k]))
                yield Observation(id, piece, place, period, k, alike, {}, steps[k].by, index, quiet=True)
        elif piece.seen is not None:
            yield Observation(id, piece, place, period, len(steps), (), trees(piece.seen), None, index)
        else:
            k = step_observed(scenario, steps, index)
            if k is None:
                raise LookupError(f"evidence {id!r} is about no single step")
            signalled = [option.name for option in steps[k].options if option.signal == piece.signal]
            alike = looking_like(steps[k], signalled or [piece.took or piece.happened or ""])
            yield Observation(id, piece, place, period, k, alike, {}, steps[k].by, index)


def periods_of(scenario: Scenario, piece: Evidence) -> range:
    """The periods, from 0, that a piece is about; raises DateError."""
    begins, ends = piece.begins, piece.ends
    if begins is None or ends is None:
        raise DateError("a date", "none")
    return range(scenario.clock.period_of(begins), scenario.clock.period_of(ends) + 1)


def quiet_options(step: FlatStep) -> tuple[str, ...]:
    """The options of a step that change nothing: they set no state variable, draw no lottery, and leave what is hidden
    as it is. At an offer, that is to make none. Only where there is one is it clear what quiet means.
    """
    if step.offer is not None:
        return (NO_OFFER,)
    return tuple(o.name for o in step.options if not (o.set or o.lottery or o.becomes))


def looking_like(step: FlatStep, names: Sequence[str]) -> tuple[int, ...]:
    """The options of a step that look to others like some of its options, these among them."""
    signals = {option.signal for option in step.options if option.name in names}
    return tuple(index for index, option in enumerate(step.options) if option.signal in signals)


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
    if piece.seen is not None or piece.quiet is not None:
        return "_".join(["seen", *piece.seen] if piece.seen is not None else ["quiet", *(piece.quiet or ())])
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
            if earlier.move == piece.move and earlier.by is None and _same_period(scenario, earlier, piece)
        }
        found = [k for k in found if steps[k].deal in offered]
    settled = len(found) == 1 or (found and steps[found[0]].deal is None)  # two steps of one name are another mistake
    return found[0] if settled else None


def _same_period(scenario: Scenario, one: Evidence, other: Evidence) -> bool:
    try:
        return periods_of(scenario, one) == periods_of(scenario, other)
    except DateError:
        return False
