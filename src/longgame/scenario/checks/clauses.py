"""Clauses: each says one thing that can be agreed upon, of variables, actors and clauses that are there."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.errors import Problem
from longgame.scenario.checks.choosing import names_of_times, settled
from longgame.scenario.checks.common import actors_paid, unknown_actor, word_is_known
from longgame.scenario.clauses import Clause
from longgame.scenario.clock import DateError
from longgame.scenario.context import Context
from longgame.scenario.lasting import in_periods, periods_of
from longgame.scenario.places import Path
from longgame.text import listed, nearest


def clauses_say_something(context: Context) -> Iterator[Problem]:
    """A clause has values, a package or a side payment; its words, actors and other clauses are known."""
    scenario = context.scenario
    for name, clause in scenario.clauses.items():
        path: Path = ("clauses", name)
        paid = (clause.from_, clause.to, clause.amounts or None)
        if not (clause.values or clause.set or clause.pay or any(paid)):
            expected = "`values`, `set`, `pay`, or `from`, `to` and `amounts`"
            yield context.problem("empty-clause", path, expected, "none of them", key=True)
        if any(paid) and not all(paid):
            missing = [key for key, given in zip(("from", "to", "amounts"), paid, strict=True) if not given]
            expected = "`from`, `to` and `amounts` of a side payment"
            yield context.problem("missing-key", path, expected, f"no `{missing[0]}`", key=True)
        yield from _values(context, name, clause)
        for key, actor in (("from", clause.from_), ("to", clause.to)):
            if actor is not None and actor not in scenario.actors:
                yield unknown_actor(context, (*path, key), actor)
        if clause.from_ is not None and clause.from_ == clause.to:
            yield context.problem("same-actor", (*path, "to"), "another actor than the one who pays", f"`{clause.to}`")
        yield from _times(context, path, name, clause)
        for key, others in (("needs", clause.needs), ("excludes", clause.excludes)):
            for other in others:
                if other not in scenario.clauses or other == name:
                    known = [one for one in scenario.clauses if one != name]
                    expected = f"another clause: {listed(known)}" if known else "another clause; there is none"
                    yield context.problem("unknown-clause", (*path, key), expected, f"`{other}`", nearest(other, known))


def _times(context: Context, path: Path, name: str, clause: Clause) -> Iterator[Problem]:
    """A clause that lasts sets words or numbers, for times that can be read; no other is extended or broken."""
    if not clause.times:
        for key in ("extend", "breach"):
            if getattr(clause, key):
                fix = "Say for how long it can be agreed upon: `lasts: 3 months`."
                expected = "`lasts` with a time beside it"
                yield context.problem("breach-alone", (*path, key), expected, "none", fix, key=True)
        return
    if not (clause.values or clause.set):
        expected = "a clause that sets something"
        yield context.problem("lasting-clause", (*path, "lasts"), expected, "one that does not", key=True)
    for time in clause.times:
        try:
            periods_of(time, context.scenario.clock.step)
        except DateError as error:
            fix = f"{error.fix} Or `always`."
            yield context.problem("bad-time", (*path, "lasts"), error.expected, error.found, fix)
    if context.scenario.clock.then and len({in_periods(time) for time in clause.times}) > 1:
        expected = "times of one kind on a clock whose periods differ in length"
        found, fix = f"{listed(clause.times)}", "Write all as periods, or all as lengths of time."
        yield context.problem("bad-time", (*path, "lasts"), expected, found, fix)
    for actor in clause.extend:
        if actor not in context.scenario.actors:
            yield unknown_actor(context, (*path, "extend"), actor)
    yield from actors_paid(context, (*path, "breach"), clause.breach)
    for variable, formula in clause.set.items():
        if variable in context.scenario.state and not settled(context, formula):
            fix = "What is broken, and what lapses, must be clear: set a number or a word."
            expected = "a number or a word in a clause that lasts"
            yield context.problem("lasting-clause", (*path, "set", variable), expected, "an expression", fix)
    for called, settings in clause.settings(name).items():
        yield from names_of_times(context, called, settings)


def _values(context: Context, name: str, clause: Clause) -> Iterator[Problem]:
    if not clause.values:
        return
    path: Path = ("clauses", name, "values")
    variable = context.scenario.state.get(name)
    if variable is None or variable.numeric:
        expected = "the name of a state variable that has words, beside `values`"
        fix = nearest(name, [one for one, given in context.scenario.state.items() if not given.numeric])
        fix = fix or "To set others, or a number, write `set: {VARIABLE: VALUE}`."
        yield context.problem("unknown-variable", ("clauses", name), expected, f"`{name}`", fix, key=True)
        return
    for value in clause.values:
        yield from word_is_known(context, path, name, value)


CHECKS = (clauses_say_something,)
