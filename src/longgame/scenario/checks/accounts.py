"""Accounts of a meeting: whose each is, on what day, and values of state variables that there are."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.errors import Problem
from longgame.scenario.checks.common import CLOSE, unknown_actor, variables_set, word_is_known
from longgame.scenario.context import Context
from longgame.scenario.places import Path
from longgame.text import nearest


def accounts_can_be_compared(context: Context) -> Iterator[Problem]:
    """Each account is an actor's, on a day of the clock, and says values that its variables can have."""
    scenario = context.scenario
    for name, account in scenario.accounts.items():
        path: Path = ("accounts", name)
        if account.by not in scenario.actors:
            yield unknown_actor(context, (*path, "by"), account.by)
        error = context.date_error(account.on)
        if error is not None:
            yield context.problem("bad-date", (*path, "on"), error.expected, error.found, error.fix)
        yield from variables_set(context, (*path, "clauses"), account.clauses)
        for variable, clause in account.clauses.items():
            if variable in scenario.state:
                yield from _value(context, (*path, "clauses", variable), variable, clause.value)


def differences_can_be_hidden(context: Context) -> Iterator[Problem]:
    """What was really agreed on a clause is hidden only if its variable has words, of which accounts name several."""
    scenario = context.scenario
    for name, hidden in scenario.hidden.items():
        clause, path = hidden.accounts_of, ("hidden", name, "accounts_of")
        if clause is None:
            continue
        told = {one.clauses[clause].value for one in scenario.accounts.values() if clause in one.clauses}
        if clause not in scenario.state:
            fix = nearest(clause, {each for one in scenario.accounts.values() for each in one.clauses})
            expected = "a state variable of which accounts speak"
            yield context.problem("unknown-variable", path, expected, f"`{clause}`", fix)
        elif scenario.state[clause].numeric or len(told) < 2:
            found = f"`{clause}`, " + ("a number" if scenario.state[clause].numeric else "of which they do not")
            expected = "a state variable with words, of which accounts say different things"
            yield context.problem("nothing-differs", path, expected, found, "Write the `values` yourself.")


def _value(context: Context, path: Path, name: str, value: str) -> Iterator[Problem]:
    variable = context.scenario.state[name]
    if not variable.numeric:
        yield from word_is_known(context, path, name, value)
        return
    points = [float(point) for point in variable.points]
    if not value[-1:].isdigit() or min(abs(float(value) - point) for point in points) > CLOSE:
        expected = f"a value of `{name}`, a number on its grid from {min(points):g} to {max(points):g}"
        yield context.problem("unknown-value", path, expected, f"`{value}`")


CHECKS = (accounts_can_be_compared, differences_can_be_hidden)
