"""Evidence: each piece is something that can be seen, at a time when it can happen, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from longgame.errors import Problem
from longgame.scenario.checks.common import names_of_options, nearest_option, unknown_actor, unknown_options
from longgame.scenario.clock import DateError
from longgame.scenario.context import Context
from longgame.scenario.expand import FlatStep, find_step, observations_of, periods_of, quiet_options, steps_observed
from longgame.scenario.model import Evidence, Offer
from longgame.scenario.places import Path
from longgame.text import listed, nearest

# What must stand beside each form, one of each group, and what may.
_WHEN = ("on", "between")
_DUE = {"move": (_WHEN, ("took", "signal", "not")), "chance": (_WHEN, ("happened", "not")), "seen": (_WHEN,),
        "quiet": (("from",), ("to",))}  # fmt: skip
_MAY = {"move": ("by",)}
_KEYS = ("on", "between", "from", "to", "took", "signal", "happened", "not", "by")
_FIELDS = {"from": "from_", "not": "not_"}
MOST_OPEN = 8  # pieces that are said of the whole of a time, and have to be remembered at the same time


def evidence_says_one_thing(context: Context) -> Iterator[Problem]:
    """A piece is a move with what was taken, a chance event with what happened, a state that was seen, or nothing."""
    for index, piece in enumerate(context.scenario.evidence):
        path: Path = ("evidence", index)
        if len(piece.forms) != 1:
            found = " and ".join(f"`{form}`" for form in piece.forms) or "none of them"
            yield context.problem("evidence-form", path, "`move`, `chance`, `seen` or `quiet`", found, key=True)
            continue
        [form] = piece.forms
        given = [key for key in _KEYS if _given(piece, key) is not None]
        if form in ("seen", "quiet") and not getattr(piece, form):
            expected = "at least one state variable" if form == "seen" else "at least one step"
            yield context.problem("evidence-form", (*path, form), expected, "none")
        for due in _DUE[form]:
            found = [key for key in given if key in due]
            if due == _WHEN and not found:
                yield context.problem("missing-key", path, "the key `on`", "none", "Add `on: ...` here.", key=True)
            elif len(found) != 1:
                expected = f"{_or(due)} beside `{form}`"
                shown = " and ".join(f"`{key}`" for key in found) or "nothing"
                yield context.problem("evidence-form", path, expected, shown, key=True)
        allowed = [*(key for due in _DUE[form] for key in due), *_MAY.get(form, ())]
        for key in given:
            if key not in allowed:
                expected = f"{_or(allowed)} beside `{form}`"
                yield context.problem("evidence-form", (*path, key), expected, f"`{key}`", key=True)


def _given(piece: Evidence, key: str) -> Any:
    return getattr(piece, _FIELDS.get(key, key))


def _or(keys: Sequence[str]) -> str:
    *first, last = (f"`{key}`" for key in keys)
    return f"{', '.join(first)} or {last}" if first else last


def quiet_is_clear(context: Context) -> Iterator[Problem]:
    """What was quiet is a step with one option that changes nothing, or whose quiet options are named."""
    for index, piece in enumerate(context.scenario.evidence):
        for name, options in (piece.quiet or {}).items():
            where: Path = ("evidence", index, "quiet")
            found = [step for step in context.steps if step.name == name and step.kind != "reply"]
            if not found:
                known = [step.name for step in context.steps if step.kind != "reply"]
                yield context.unknown("unknown-step", where, "a step of the period", name, known)
                continue
            names = [option.name for option in found[0].options]
            for option in options:
                if option not in names:
                    yield context.unknown("unknown-option", where, f"an option of `{name}`", option, names)
            quiet = quiet_options(found[0])
            if not options and len(quiet) != 1:
                which = f"{len(quiet)} of them: {listed(quiet)}" if quiet else "none"
                fix = f"Say which it was: `quiet: {{{name}: {(quiet or names)[0]}}}`."
                expected = f"one option of `{name}` that changes nothing"
                yield context.problem("unclear-quiet", where, expected, which, fix)


def evidence_is_of_a_step(context: Context) -> Iterator[Problem]:
    """The step is there, is a move or a chance step as said, and its option is one that it has."""
    for index, piece in enumerate(context.scenario.evidence):
        path: Path = ("evidence", index)
        if piece.seen is not None:
            for name, values in piece.seen.items():
                variable = context.scenario.state.get(name)
                if variable is not None and variable.numeric and len(values) > 2:
                    expected, found = "a number, or a range [lowest, highest]", f"{len(values)} numbers"
                    yield context.problem("evidence-range", (*path, "seen", name), expected, found)
                if variable is None:
                    fix = nearest(name, context.scenario.state)
                    if name in context.scenario.hidden:
                        fix = f"`{name}` is hidden; only what everybody saw is evidence."
                    where: Path = (*path, "seen", name)
                    yield context.problem("unknown-variable", where, "a state variable", f"`{name}`", fix, key=True)
        elif piece.move is not None or piece.chance is not None:
            yield from _step_problems(context, index, piece, path)


def _step_problems(context: Context, index: int, piece: Evidence, path: Path) -> Iterator[Problem]:
    form = "move" if piece.move is not None else "chance"
    name = piece.move or piece.chance or ""
    steps = context.steps
    if piece.by is not None and piece.by not in context.scenario.actors:
        yield unknown_actor(context, (*path, "by"), piece.by)
        return
    named = find_step(steps, name) or [
        k for k, step in enumerate(steps) if name in (step.offer, f"{step.offer}.{step.deal}")
    ]
    wanted = [step.name for step in steps if (step.kind == "chance") == (form == "chance") and step.kind != "reply"]
    if not named:
        what = f"a {'move or offer' if form == 'move' else 'chance step'} of the period"
        yield context.unknown("unknown-step", (*path, form), what, name, wanted)
        return
    if (steps[named[0]].kind == "chance") != (form == "chance"):
        right = "chance" if form == "move" else "move"
        yield context.problem("wrong-form", (*path, form), f"`{right}: {name}`", f"`{form}: {name}`", key=True)
        return
    found = steps_observed(context.scenario, steps, index)
    if found:  # of replies to several deals all have the same options
        yield from _option_problems(context, piece, path, steps[found[0]])
    elif context.clock_is_sound:
        yield _no_single_step(context, piece, path, name, find_step(steps, name, piece.by))


def _no_single_step(context: Context, piece: Evidence, path: Path, name: str, found: list[int]) -> Problem:
    if not found:
        offer = next(
            (s for s in context.scenario.period if isinstance(s, Offer) and s.name == name.split(".")[0]), None
        )
        who = f"`{offer.by}` or one of those who reply ({listed(offer.to)})" if offer else "the one who moves there"
        if piece.by is None:
            return context.problem(
                "ambiguous-evidence", (*path, "move"), "`by` with the one who replied", "none", key=True
            )
        return context.problem("wrong-actor", (*path, "by"), who, f"`{piece.by}`")
    deals = listed(f"{context.steps[k].offer}.{context.steps[k].deal}" for k in found)
    fix = f"Write `move: {deals.split(', ')[0]}`, or put evidence of the offer before it."
    return context.problem("ambiguous-evidence", (*path, "move"), f"which deal was answered: {deals}", f"`{name}`", fix)


def _option_problems(context: Context, piece: Evidence, path: Path, step: FlatStep) -> Iterator[Problem]:
    key = next((key for key in ("took", "happened", "signal", "not") if _given(piece, key) is not None), None)
    names = _given(piece, key) if key else ()
    unknown = unknown_options(step, names)
    for place, name in enumerate(names):
        where: Path = (*path, key or "") if len(names) == 1 else (*path, key or "", place)
        if step.sides:
            yield from _one_choice(context, step, piece.by, name, where)
        elif place in unknown or step.named([name]):
            yield from _one_option(context, step, key or "", name, where)


def _one_choice(context: Context, step: FlatStep, by: str | None, given: str, where: Path) -> Iterator[Problem]:
    """Of several who choose at the same time: an option of one, or what all chose."""
    names = names_of_options(step, by)
    if given not in names:
        owner = next((side for side in step.sides if given in side.options), None)
        fix = nearest(given, names) if by or owner is None else f"Say whose it is: `by: {owner.by}`."
        expected = f"an option of `{by}` at `{step.name}`: {listed(names)}" if by else (
            f"what all chose at `{step.name}`: {listed(names)}; or `by` with the option of one"
        )
        yield context.problem("unknown-option", where, expected, f"`{given}`", fix)


def _one_option(context: Context, step: FlatStep, key: str, given: str, where: Path) -> Iterator[Problem]:
    signals = [option.signal for option in step.options]
    if key in ("signal", "not") and given in signals:
        return
    if key == "signal":
        shown = dict.fromkeys(signals)
        yield context.unknown("unknown-option", where, f"a signal of `{step.name}`", given, shown)
        return
    found = step.named([given])
    if not found:
        what = "an outcome" if step.kind == "chance" or key == "happened" else "an option"
        expected = f"{what} of `{step.name}`: {listed(names_of_options(step))}"
        yield context.problem("unknown-option", where, expected, f"`{given}`", nearest_option(step, given))
        return
    signal = signals[found[0]]
    if signals.count(signal) > sum(signals[a] == signal for a in found):
        fix = f"Write `{'not' if key == 'not' else 'signal'}: {signal}`."
        yield context.problem(
            "secret-taken", where, "what others could see", f"`{given}`, which looks like others", fix, key=True
        )


def evidence_is_in_order(context: Context) -> Iterator[Problem]:
    """Dates are on the clock and do not go back; within a period the steps come in order, each once, but for doubts."""
    if not context.clock_is_sound:
        return
    clock, last = context.scenario.clock, len(context.steps)
    latest: tuple[int, int] | None = None
    latest_date, latest_certain, told = "", True, set[str | None]()
    for index, piece in enumerate(context.scenario.evidence):
        found = [period for key in ("on", "between", "from", "to") for period in _periods(context, index, key)]
        periods = [period for period in found if isinstance(period, int)]
        yield from (problem for problem in found if isinstance(problem, Problem))
        if piece.quiet is not None or piece.between is not None:
            if len(periods) == 2 and periods[0] > periods[1]:
                key = "to" if piece.quiet is not None else "between"
                yield _not_in_order(context, index, key, f"a date not before {piece.begins}", f"`{piece.ends}`")
            continue
        steps = (last,) if piece.seen is not None else steps_observed(context.scenario, context.steps, index)
        if not steps or not periods:
            continue
        k, label, at = steps[0], clock.label(periods[0]), (periods[0], steps[0])
        again = latest == at and not (piece.certain and latest_certain)  # one of the two may be wrong, or says less
        if latest == at and k != last and context.steps[k].sides:  # of several who choose at the same time, another
            again = again or (told.isdisjoint({piece.by, None}) and piece.by is not None)
        told = (told if latest == at else set()) | {piece.by}
        if latest is not None and at <= latest and not again:
            name = "" if k == last else f"`{context.steps[k].name}`"
            if at[0] < latest[0]:
                fix = "Put the evidence in order of time."
                wrong = f"a date not before {latest_date}", f"`{piece.on}`", fix
            elif at == latest and k == last:
                wrong = "one `seen` in a period", f"a second one in {label}", "Put all that was seen into one."
            elif at == latest:
                wrong = f"each step once in a period ({label})", f"{name} again", ""
            else:
                known = "what was seen at its end" if latest[1] == last else f"`{context.steps[latest[1]].name}`"
                expected = f"evidence in the order of the steps of {label}"
                wrong = expected, f"{name} after {known}", "Put it before, or check the date."
            yield _not_in_order(context, index, "on", *wrong)
        if latest is None or at >= latest:
            latest_certain = piece.certain or (latest == at and latest_certain)
            latest, latest_date = at, str(piece.on)


def _not_in_order(context: Context, index: int, key: str, expected: str, found: str, fix: str = "") -> Problem:
    return context.problem("evidence-order", ("evidence", index, key), expected, found, fix)


def _periods(context: Context, index: int, key: str) -> Iterator[int | Problem]:
    """The periods of the dates under a key of a piece, or what is wrong with them; none without the key."""
    given = _given(context.scenario.evidence[index], key)
    path: Path = ("evidence", index, key)
    dates = [] if given is None else list(enumerate(given)) if key == "between" else [(None, given)]
    for place, when in dates:
        try:
            yield context.scenario.clock.period_of(when)
        except DateError as error:
            where = path if place is None else (*path, place)
            yield context.problem("bad-date", where, error.expected, error.found, error.fix)


def what_is_quiet_is_not_observed(context: Context) -> Iterator[Problem]:
    """No step is both quiet in a period and observed there, or quiet there twice; reports that may be wrong aside."""
    scenario, seen = context.scenario, dict[tuple[int, int], int]()
    certain = [
        (index, piece)
        for index, piece in enumerate(scenario.evidence if context.clock_is_sound else ())
        if piece.certain
    ]
    for index, piece in certain:
        if piece.quiet is None and len(found := steps_observed(scenario, context.steps, index)) == 1:
            with suppress(DateError):
                seen.update(dict.fromkeys(((period, found[0]) for period in periods_of(scenario, piece)), index))
    for index, piece in certain:
        for name in piece.quiet or ():
            with suppress(DateError, IndexError):
                places = [(period, find_step(context.steps, name)[0]) for period in periods_of(scenario, piece)]
                for period, _ in [place for place in places if place in seen][:1]:
                    label = scenario.clock.label(period)
                    found = f"`{name}`, which other evidence says in {label} already"
                    fix = "Let the range end before that, and another begin after it."
                    expected = "steps that nothing else is said of in that time"
                    yield context.problem("quiet-twice", ("evidence", index, "quiet"), expected, found, fix)
                seen.update(dict.fromkeys(places, index))


def few_are_open_at_once(context: Context) -> Iterator[Problem]:
    """Pieces that are said of the whole of a time are remembered together: few can be at the same time."""
    try:
        seen = [one for one in observations_of(context.scenario) if one.bit is not None]
    except (DateError, LookupError):
        return  # told elsewhere
    for one in seen:
        if one.bit == MOST_OPEN:
            expected = f"at most {MOST_OPEN} spans or reports of a time that lie over each other"
            fix = "Narrow their dates, or leave out those that say least."
            yield context.problem("too-many-open", ("evidence", one.index), expected, "one more", fix, key=True)
            return


def evidence_has_names(context: Context) -> Iterator[Problem]:
    """No id is given twice."""
    seen: set[str] = set()
    for index, piece in enumerate(context.scenario.evidence):
        if piece.id is not None and piece.id in seen:
            yield context.problem("duplicate-id", ("evidence", index, "id"), "an id of its own", f"`{piece.id}` again")
        seen.add(piece.id or "")


CHECKS = (
    evidence_says_one_thing,
    evidence_is_of_a_step,
    quiet_is_clear,
    evidence_is_in_order,
    what_is_quiet_is_not_observed,
    few_are_open_at_once,
    evidence_has_names,
)
