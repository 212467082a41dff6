"""Steps at which several choose at the same time: who they are, what options do, and that all can be told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from math import prod

from longgame.errors import Problem
from longgame.scenario.checks.common import unknown_actor
from longgame.scenario.context import KIND_WORDS, Context
from longgame.scenario.expand.lasting import lasting_deals
from longgame.scenario.expand.together import profile_name, profiles_of
from longgame.scenario.model import Move, Simultaneous
from longgame.scenario.places import Path
from longgame.text import listed

MOST_PROFILES = 256  # of what all choose together: each is an option of one step


def sides_are_actors(context: Context) -> Iterator[Problem]:
    """Who chooses is an actor, and its name means nothing else in the formulas of the step."""
    for path, step in context.blocks(Simultaneous):
        for actor in step.moves:
            where: Path = (*path, "moves", actor)
            if actor not in context.scenario.actors:
                yield unknown_actor(context, where, actor, key=True)
            elif kind := context.kinds.get(actor):
                expected = "an actor's name that means nothing else"
                found = f"`{actor}`, which is a {KIND_WORDS[kind]} too"
                fix = f"In the formulas of `{step.name}` the name stands for what the actor chooses: give one another."
                yield context.problem("name-clash", where, expected, found, fix, key=True)


def profiles_have_names(context: Context) -> Iterator[Problem]:
    """Profiles are few enough, and are called differently; no option has the name of one who chooses."""
    for path, step in context.blocks(Simultaneous):
        where: Path = (*path, "moves")
        count = prod(len(options) for options in step.moves.values())
        if count > MOST_PROFILES:
            found = f"{count:,} ({' x '.join(str(len(options)) for options in step.moves.values())})"
            fix = "Give them fewer options, or let some choose in a step of their own."
            expected = f"at most {MOST_PROFILES} things that all of them together can choose"
            yield context.problem("too-many-profiles", where, expected, found, fix, key=True)
            continue
        for actor, options in step.moves.items():
            for option in options.keys() & step.moves.keys():
                fix = f"`{actor} == {option}` could be read in two ways."
                expected = "an option that is not called as one who chooses"
                yield context.problem("name-clash", (*where, actor, option), expected, f"`{option}`", fix, key=True)
        names = Counter(profile_name(chosen) for chosen in profiles_of(step))
        twice = [name for name, times in names.items() if times > 1]
        if twice:
            found = f"`{twice[0]}` for two of them"
            expected = "options whose names, joined by `_`, name each choice of all"
            yield context.problem("name-clash", where, expected, found, "Give an option another name.", key=True)


def variables_are_set_once(context: Context) -> Iterator[Problem]:
    """No variable is set by two at once."""
    for path, step in context.blocks(Simultaneous):
        setters: dict[str, str] = {}
        for actor, options in step.moves.items():
            for name, option in options.items():
                where: Path = (*path, "moves", actor, name)
                for variable in option.set:
                    if setters.setdefault(variable, actor) != actor:
                        yield _twice(context, (*where, "set", variable), variable, f"`{setters[variable]}`", actor)
        for variable in step.set.keys() & setters.keys():
            yield _twice(context, (*path, "set", variable), variable, f"`{setters[variable]}`", setters[variable])


def _twice(context: Context, path: Path, variable: str, other: str, actor: str) -> Problem:
    fix = f"Say it once, in `set` of the step, with what was chosen in it: `... if {actor} == ... else ...`."
    expected = f"`{variable}` set in one place: all is chosen at the same time"
    return context.problem("set-twice", path, expected, f"that an option of {other} sets it too", fix, key=True)


def secret_moves_are_simultaneous(context: Context) -> Iterator[Problem]:
    """Advice: a move that the next mover cannot see is chosen at the same time, and ``together`` says so."""
    for index, (first, second) in enumerate(pairwise(context.scenario.period)):
        if not (isinstance(first, Move) and isinstance(second, Move)) or first.by == second.by:
            continue
        options = first.options.values()
        hidden = sorted({name for option in options for name in option.becomes} & context.scenario.hidden.keys())
        seen = len({option.signal or name for name, option in first.options.items()}) > 1
        known = any(second.by in context.scenario.hidden[name].known_to for name in hidden)
        if len(first.options) < 2 or seen or known or any(option.then for option in options):
            continue
        expected = f"`together: ...` with the moves of `{first.by}` and `{second.by}`"
        found = f"`{first.name}`, which `{second.by}` cannot see before it chooses at `{second.name}`"
        hiding = " or ".join(["a signal that hides it", *([listed(f"`{name}`" for name in hidden)] if hidden else [])])
        fix = (
            "What is chosen without seeing the other's choice is chosen at the same time: `together` says so in one "
            f"step, without {hiding}. Leave it as it is if the choice is to stay secret afterwards."
        )
        path: Path = ("period", index)
        yield context.warning("at-the-same-time", path, expected, found, fix)


def joint_breaches_cost_nothing(context: Context) -> Iterator[Problem]:
    """Advice: a deal with a price for breaking it, which all choices together end, is ended at no price."""
    deals = [deal for deal in lasting_deals(context.scenario).values() if deal.breach]
    for path, step in context.blocks(Simultaneous):
        for variable, formula in step.set.items():
            for deal in deals:
                broken = deal.clauses.get(variable)
                payers = deal.breach.keys() & step.moves.keys()
                if broken is None or formula.tree == broken or not payers or payers & step.pay.keys():
                    continue
                fix = (
                    "What all choices together set ends a deal at no price. Let an option set it, so that who takes it"
                    " pays; or say in `pay` of the step what it costs, and to whom."
                )
                expected = f"`{variable}` set by an option, where it ends `{deal.name}` and its `breach` is to be paid"
                found = f"`{variable}` set by all choices together"
                yield context.warning("joint-breach", (*path, "set", variable), expected, found, fix)


CHECKS = (
    sides_are_actors,
    profiles_have_names,
    variables_are_set_once,
    secret_moves_are_simultaneous,
    joint_breaches_cost_nothing,
)
