"""Evidence bound to periods, flat steps and their options: the one form in which everybody else reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from longgame.errors import Place
from longgame.scenario.clock import DateError, parse_date
from longgame.scenario.expand.amounts import is_number, numbered
from longgame.scenario.expand.flat import FlatStep
from longgame.scenario.expand.habit import STAYS, THOUGHT_OVER
from longgame.scenario.expand.steps import NO_OFFER, find_step, steps_of
from longgame.scenario.language.expressions import Node
from longgame.scenario.model import Evidence, Scenario


@dataclass(frozen=True, eq=False)
class Observation:
    """What was observed at one step of one period. A piece of evidence is one, or several.

    Several are of two kinds. Where each of them is certain by itself (nothing was to be seen for a while), each is
    learned by itself. Where only the piece as a whole is said (it was at some time in a span; a report of a while is
    right or wrong), what happened at each is remembered in one ``bit``, and the whole is learned at the ``last``.

    Attributes:
        id: the name of the piece in questions.
        evidence: the piece as the analyst wrote it.
        place: where it stands.
        period: from 0.
        step: index of the flat step; ``len(steps)`` for what was seen of the state at the end of the period.
        options: the options (outcomes) of the step that give what was seen: several where they look alike.
        seen: state variable -> its value, the ends of a range or the words of which it was one, for what was seen of
            the state.
        by: who moved; None for chance and for what was seen.
        index: the position of the piece in ``scenario.evidence``.
        negative: it says what did not happen: a step that does not take place fits too, and it is said of all places.
        p: the chance that the source is right; None: certain.
        bit: which bit remembers; None: it is learned by itself.
        last: whether it is the last of its piece.
        known: the day from which it is known, as ``known_by`` says; None where the clock has no start.
    """

    id: str
    evidence: Evidence
    place: Place
    period: int
    step: int
    options: tuple[int, ...]
    seen: Mapping[str, tuple[Node, ...]]
    by: str | None
    index: int
    negative: bool = False
    p: Node | None = None
    bit: int | None = None
    last: bool = True
    known: date | None = None


def observations_of(scenario: Scenario) -> tuple[Observation, ...]:
    """All that was observed, in the order of play."""
    steps, busy = steps_of(scenario), list[tuple[int, int]]()  # by bit: until where it is taken
    pieces = [
        sorted(_observed(scenario, steps, index, id), key=_when) for index, id in enumerate(evidence_ids(scenario))
    ]
    made: list[Observation] = []
    for piece in sorted(filter(None, pieces), key=lambda piece: _when(piece[0])):
        if len(piece) == 1 or (piece[0].negative and piece[0].p is None):
            made += piece
            continue
        bit = next((bit for bit, until in enumerate(busy) if until < _when(piece[0])), len(busy))
        busy[bit:bit + 1] = [_when(piece[-1])]
        made += [replace(seen, bit=bit, last=seen is piece[-1]) for seen in piece]
    if scenario.clock.start is not None:
        made = [replace(seen, known=_known(scenario, seen)) for seen in made]
    return tuple(sorted(made, key=lambda seen: (*_when(seen), seen.index)))


def known_by(scenario: Scenario, observed: Sequence[Observation], when: str | int) -> list[bool]:
    """Whether each observation is known on a date, which stands for the whole of itself: month, day or period.

    Evidence is known on the first day that its date can mean; what is said of a span of periods, in each of them when
    the period, or the span, is over. Raises DateError.
    """
    if isinstance(when, int) or scenario.clock.start is None or when.strip().isdigit():
        period = scenario.clock.period_of(when)
        return [seen.period <= period for seen in observed]
    last = parse_date(when)[1]
    return [seen.known is not None and seen.known <= last for seen in observed]


def _known(scenario: Scenario, seen: Observation) -> date:
    clock, on = scenario.clock, seen.evidence.on
    if on is not None:
        return parse_date(clock.date_of(seen.period) if str(on).strip().isdigit() else str(on))[0]
    last, ends = parse_date(clock.date_of(seen.period + 1))[0] - timedelta(days=1), seen.evidence.ends
    whole = seen.evidence.between is None or str(ends).strip().isdigit()
    return last if whole else min(last, parse_date(str(ends))[1])


def _when(seen: Observation) -> tuple[int, int]:
    return seen.period, seen.step


def _observed(scenario: Scenario, steps: Sequence[FlatStep], index: int, id: str) -> Iterator[Observation]:
    piece, place = scenario.evidence[index], scenario.place(("evidence", index))
    p = None if piece.p is None else piece.p.tree
    for period in periods_of(scenario, piece):
        if piece.quiet is not None:
            for name, options in piece.quiet.items():
                k = find_step(steps, name)[0]
                alike = looking_like(steps[k], options or quiet_options(steps[k]))
                seen = Observation(id, piece, place, period, k, alike, {}, steps[k].by, index, True, p)
                yield from _thought_over_or_not(steps, seen)
        elif piece.seen is not None:
            values = {name: tuple(value.tree for value in values) for name, values in piece.seen.items()}
            yield Observation(id, piece, place, period, len(steps), (), values, None, index, False, p)
        else:
            found = steps_observed(scenario, steps, index)
            if not found:
                raise LookupError(f"evidence {id!r} is about no single step")
            for k in found:
                fitting, negative = _fitting(steps[k], piece), piece.not_ is not None
                by = piece.by if steps[k].sides else steps[k].by
                seen = Observation(id, piece, place, period, k, fitting, {}, by, index, negative, p)
                yield from _thought_over_or_not(steps, seen)


def _thought_over_or_not(steps: Sequence[FlatStep], seen: Observation) -> Iterator[Observation]:
    """What is said of a move, and what that says of whether it was thought over, where it has inertia.

    The option that stays was taken thought over or not. So what fits it is seen where the move is not thought over too,
    and what excludes it excludes that.
    """
    before = steps[seen.step - 1] if seen.step else None
    if before is not None and before.habit is not None and before.habit.move == steps[seen.step].name:
        stays = next((a for a, o in enumerate(steps[seen.step].options) if o.name == before.habit.stays), None)
        fits = stays in seen.options
        if fits != seen.negative:
            way = before.option(STAYS if fits else THOUGHT_OVER)
            yield replace(seen, step=seen.step - 1, options=() if way is None else (way,))
    yield seen


def _fitting(step: FlatStep, piece: Evidence) -> tuple[int, ...]:
    """The options of a step that give what a piece says of it."""
    named, shown = piece.took or piece.happened or piece.not_ or (), piece.signal or piece.not_ or ()
    given = (*named, *shown) if step.sides else named  # who choose at the same time hide nothing
    seen = [step.options[a].name for a in step.named(given, piece.by)]
    alike = looking_like(step, [*seen, *(o.name for o in step.options if o.signal in shown)])
    return tuple(a for a in range(len(step.options)) if (a in alike) != (piece.not_ is not None))


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
    return step.changing_nothing


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
    found = steps_observed(scenario, steps, index)
    step = steps[found[0]].name if len(found) == 1 else piece.move or piece.chance or "evidence"
    names = piece.took or piece.signal or piece.happened or piece.not_ or ("seen",)
    both = "_to_" if len(names) == 2 and all(map(is_number, names)) else "_or_"
    named = both.join(numbered(float(name)) if is_number(name) else name for name in names)
    who = [piece.by] if piece.by and (len(found) > 1 or (len(found) == 1 and steps[found[0]].sides)) else []
    return "_".join([*step.split("."), *who, *(["not"] if piece.not_ else []), named])


def steps_observed(scenario: Scenario, steps: Sequence[FlatStep], index: int) -> tuple[int, ...]:
    """The flat steps that a piece of evidence may be about: one as a rule; none where it is not clear which.

    A reply to an offer of several deals is about the deal, or the one of some deals, that earlier evidence of the same
    time says was offered.
    """
    piece = scenario.evidence[index]
    found = find_step(steps, piece.move or piece.chance or "", piece.by)
    if len(found) < 2:
        return tuple(found)
    if steps[found[0]].deal is None:
        return (found[0],)  # two steps of one name are another mistake
    offered = {
        deal
        for earlier in scenario.evidence[:index]
        if earlier.move == piece.move and earlier.by is None and earlier.p is None
        if _same_time(scenario, earlier, piece)
        for deal in earlier.took or ()
    }
    answered = tuple(k for k in found if steps[k].deal in offered)
    return answered if len({steps[k].name for k in answered}) == len(answered) else ()


def _same_time(scenario: Scenario, one: Evidence, other: Evidence) -> bool:
    try:
        return periods_of(scenario, one) == periods_of(scenario, other)
    except DateError:
        return False
