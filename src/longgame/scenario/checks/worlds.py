"""Hidden variables and worlds: who knows what, and priors that make one."""

from __future__ import annotations

import math
from collections.abc import Iterator

from longgame.errors import Problem
from longgame.scenario.checks.common import odds_make_one, unknown_actor
from longgame.scenario.context import Context
from longgame.scenario.expand import tabled, worlds_of
from longgame.scenario.places import Path
from longgame.text import listed, nearest

MOST_PRODUCT = 1024  # the tables of a game have numbers for each
MOST_LISTED = 65_536


def hidden_variables_are_known_to_actors(context: Context) -> Iterator[Problem]:
    """Those who know a hidden variable are actors."""
    for name, hidden in context.scenario.hidden.items():
        for index, actor in enumerate(hidden.known_to):
            if actor not in context.scenario.actors:
                path: Path = ("hidden", name, "known_to", index)
                yield unknown_actor(context, path, actor)


def priors_are_given_once(context: Context) -> Iterator[Problem]:
    """Priors of a variable stand with it, or in the table of worlds, not in both and not in neither."""
    joint, worlds = tabled(context.scenario), context.scenario.worlds
    for name, hidden in context.scenario.hidden.items():
        path: Path = ("hidden", name, "values")
        given = [prior is not None for prior in hidden.values.values()]
        if not hidden.values and hidden.accounts_of is None:
            yield context.problem("no-values", path, "at least one value", "none")
        elif name in joint and any(given):
            fix = (
                f"Write `values: [{listed(hidden.values)}]`; the priors stand in `worlds`. Or take `{name}` out of all "
                "rows of `worlds`: then it is independent of them."
            )
            yield context.problem("prior-twice", path, "values without priors beside `worlds`", "priors", fix)
        elif (any(given) or not worlds) and not all(given):
            fix = f"Write `values: {{{next(iter(hidden.values))}: 0.5, ...}}`, or a table of `worlds`."
            yield context.problem("prior-missing", path, "a prior for every value", "none", fix)


def priors_sum_to_one(context: Context) -> Iterator[Problem]:
    """The priors of a hidden variable, and of the rows of `worlds`, make one in the base case."""
    for name, hidden in context.scenario.hidden.items():
        if None not in hidden.values.values():
            yield from odds_make_one(context, ("hidden", name, "values"), hidden.values, ("hidden", name, "values"))
    odds = {str(index): world.p for index, world in enumerate(context.scenario.worlds)}
    paths: dict[str, Path] = {key: ("worlds", int(key), "p") for key in odds}
    yield from odds_make_one(context, ("worlds",), odds, paths)


def worlds_are_whole(context: Context) -> Iterator[Problem]:
    """Every row of the table gives the same hidden variables one of their values, and no row comes twice."""
    hidden, joint = context.scenario.hidden, tabled(context.scenario)
    seen: dict[tuple[tuple[str, str], ...], str] = {}
    names: set[str] = set()
    for index, world in enumerate(context.scenario.worlds):
        path: Path = ("worlds", index)
        if world.name in names:
            yield context.problem("duplicate-world", (*path, "name"), "a name of its own", f"`{world.name}` again")
        names.add(world.name)
        for name, value in world.values.items():
            if name not in hidden:
                fix = nearest(name, [*hidden, "name", "p", "says"])
                yield context.problem("unknown-hidden", (*path, name), "a hidden variable", f"`{name}`", fix, key=True)
            elif value not in hidden[name].values:
                what = f"one of the values of `{name}`"
                yield context.unknown("unknown-word", (*path, name), what, value, hidden[name].values)
        alone = {name for name, given in hidden.items() if name not in joint and None not in given.values.values()}
        missing = [name for name in hidden if name not in world.values and name not in alone]
        if missing:
            fix = "Give it one; or take the variable out of all rows, and give its values priors of their own."
            expected = "a value for every hidden variable without a prior of its own"
            yield context.problem("world-incomplete", path, expected, f"none for {listed(missing)}", fix)
        key = tuple(sorted(world.values.items()))
        if key in seen and not missing:
            yield context.problem("duplicate-world", path, "each combination once", f"that of `{seen[key]}` again")
        seen.setdefault(key, world.name)


def worlds_are_few(context: Context) -> Iterator[Problem]:
    """The tables of a game have room for all worlds; whether there is a lattice of beliefs for them the game says."""
    joint = tabled(context.scenario)
    alone = [len(hidden.values) for name, hidden in context.scenario.hidden.items() if name not in joint]
    count = (len(context.scenario.worlds) or 1) * math.prod(alone)
    if count <= MOST_PRODUCT or (count <= MOST_LISTED and len(worlds_of(context.scenario)) <= MOST_PRODUCT):
        return
    fix = "List the combinations that matter under `worlds`, or give values a prior of 0."
    path: Path = ("worlds",) if context.scenario.worlds else ("hidden",)
    yield context.problem("too-many-worlds", path, f"at most {MOST_PRODUCT} worlds", f"{count}", fix, key=True)


def worlds_have_variables(context: Context) -> Iterator[Problem]:
    """A table of worlds needs hidden variables."""
    if context.scenario.worlds and not context.scenario.hidden:
        yield context.problem("no-hidden", ("worlds",), "hidden variables beside `worlds`", "none", key=True)


CHECKS = (
    hidden_variables_are_known_to_actors,
    priors_are_given_once,
    priors_sum_to_one,
    worlds_have_variables,
    worlds_are_whole,
    worlds_are_few,
)
