"""Evidence: each piece is something that can be seen, at a time when it can happen, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.errors import Problem
from longgame.scenario.checks.common import unknown_actor
from longgame.scenario.clock import DateError
from longgame.scenario.context import Context
from longgame.scenario.expand import FlatStep, find_step, step_observed
from longgame.scenario.model import Evidence, Offer
from longgame.scenario.places import Path
from longgame.text import listed, nearest

_FORMS = {"move": ("took", "signal"), "chance": ("happened",), "seen": ()}


def evidence_says_one_thing(context: Context) -> Iterator[Problem]:
    """A piece is a move with what was taken, a chance event with what happened, or a state that was seen."""
    for index, piece in enumerate(context.scenario.evidence):
        path: Path = ("evidence", index)
        forms = [form for form in _FORMS if getattr(piece, form) is not None]
        if len(forms) != 1:
            found = " and ".join(f"`{form}`" for form in forms) or "none of them"
            yield context.problem("evidence-form", path, "`move`, `chance` or `seen`", found, key=True)
            continue
        due = _FORMS[forms[0]]
        given = [key for key in ("took", "signal", "happened") if getattr(piece, key) is not None]
        if piece.seen is not None and not piece.seen:
            yield context.problem("evidence-form", (*path, "seen"), "at least one state variable", "none")
        if due and len([key for key in given if key in due]) != 1:
            expected = " or ".join(f"`{key}`" for key in due) + f" beside `{forms[0]}`"
            found = " and ".join(f"`{key}`" for key in given) or "nothing"
            yield context.problem("evidence-form", path, expected, found, key=True)
        for key in given:
            if key not in due:
                expected = f"{' or '.join(f'`{k}`' for k in due) or 'nothing else'} beside `{forms[0]}`"
                yield context.problem("evidence-form", (*path, key), expected, f"`{key}`", key=True)
        if piece.by is not None and piece.move is None:
            yield context.problem("evidence-form", (*path, "by"), "`by` only beside `move`", "`by`", key=True)


def evidence_is_of_a_step(context: Context) -> Iterator[Problem]:
    """The step is there, is a move or a chance step as said, and its option is one that it has."""
    for index, piece in enumerate(context.scenario.evidence):
        path: Path = ("evidence", index)
        if piece.seen is not None:
            for name in piece.seen:
                if name not in context.scenario.state:
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
        expected = f"a {'move or offer' if form == 'move' else 'chance step'} of the period: {listed(wanted)}"
        yield context.problem("unknown-step", (*path, form), expected, f"`{name}`", nearest(name, wanted))
        return
    if (steps[named[0]].kind == "chance") != (form == "chance"):
        right = "chance" if form == "move" else "move"
        yield context.problem("wrong-form", (*path, form), f"`{right}: {name}`", f"`{form}: {name}`", key=True)
        return
    k = step_observed(context.scenario, steps, index)
    if k is None and context.clock_is_sound:
        yield _no_single_step(context, piece, path, name, find_step(steps, name, piece.by))
    if k is None:
        return
    yield from _option_problems(context, piece, path, steps[k])


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
    key = "took" if piece.took is not None else "happened" if piece.happened is not None else "signal"
    given = getattr(piece, key)
    if given is None:
        return
    signals = [option.signal for option in step.options]
    names = [option.name for option in step.options]
    where: Path = (*path, key)
    if key == "signal":
        if given not in signals:
            shown = list(dict.fromkeys(signals))
            expected = f"a signal of `{step.name}`: {listed(shown)}"
            yield context.problem("unknown-option", where, expected, f"`{given}`", nearest(given, shown))
        return
    if given not in names:
        what = "an outcome" if key == "happened" else "an option"
        expected = f"{what} of `{step.name}`: {listed(names)}"
        yield context.problem("unknown-option", where, expected, f"`{given}`", nearest(given, names))
        return
    signal = signals[names.index(given)]
    if signals.count(signal) > 1:
        fix = f"Write `signal: {signal}`."
        yield context.problem(
            "secret-taken", where, "what others could see", f"`{given}`, which looks like others", fix, key=True
        )


def evidence_is_in_order(context: Context) -> Iterator[Problem]:
    """Dates are on the clock and do not go back; within a period the steps come in order, each once."""
    if not context.clock_is_sound:
        return
    scenario = context.scenario
    latest: tuple[int, int] | None = None
    latest_date = ""
    for index, piece in enumerate(scenario.evidence):
        where: Path = ("evidence", index, "on")
        try:
            period = scenario.clock.period_of(piece.on)
        except DateError as error:
            yield context.problem("bad-date", where, error.expected, error.found, error.fix)
            continue
        k = len(context.steps) if piece.seen is not None else step_observed(scenario, context.steps, index)
        if k is None:
            continue
        label = scenario.clock.label(period)
        if latest is not None and (period, k) <= latest:
            if period < latest[0]:
                expected, found, fix = (
                    f"a date not before {latest_date}",
                    f"`{piece.on}`",
                    "Put the evidence in order of time.",
                )
            elif k == latest[1] == len(context.steps):
                expected, found, fix = (
                    "one `seen` in a period",
                    f"a second one in {label}",
                    "Put all that was seen into one.",
                )
            elif k == latest[1]:
                expected = f"each step once in a period ({label})"
                found, fix = f"`{context.steps[k].name}` again", ""
            else:
                known = (
                    "what was seen at its end"
                    if latest[1] == len(context.steps)
                    else f"`{context.steps[latest[1]].name}`"
                )
                expected, found = (
                    f"evidence in the order of the steps of {label}",
                    f"`{context.steps[k].name}` after {known}",
                )
                fix = "Put it before, or check the date."
            yield context.problem("evidence-order", where, expected, found, fix)
        if latest is None or (period, k) > latest:
            latest, latest_date = (period, k), str(piece.on)


def evidence_has_names(context: Context) -> Iterator[Problem]:
    """No id is given twice."""
    seen: set[str] = set()
    for index, piece in enumerate(context.scenario.evidence):
        if piece.id is not None and piece.id in seen:
            yield context.problem("duplicate-id", ("evidence", index, "id"), "an id of its own", f"`{piece.id}` again")
        seen.add(piece.id or "")


CHECKS = (evidence_says_one_thing, evidence_is_of_a_step, evidence_is_in_order, evidence_has_names)
