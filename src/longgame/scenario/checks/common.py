"""What several checks have in common: base values, odds that make one, names of actors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from longgame.errors import Problem
from longgame.scenario.context import Context
from longgame.scenario.expand import FlatStep
from longgame.scenario.expand.amounts import is_number
from longgame.scenario.formulas import Cases, Expression, Unreadable, is_rest
from longgame.scenario.language.arithmetic import number_of
from longgame.scenario.places import Path
from longgame.text import listed, nearest

CLOSE = 1e-9

Odds = Mapping[str, Expression | Cases | None]


def base_value(context: Context, formula: Expression | Cases | None) -> float | None:
    """The value of a formula in the base case, where it rests on assumptions only."""
    if formula is None or isinstance(formula, Unreadable):
        return None
    return number_of(formula.tree, context.base)


def unknown_actor(context: Context, path: Path, name: str, *, key: bool = False) -> Problem:
    """A name that should be an actor's."""
    actors = context.scenario.actors
    fix = nearest(name, actors) or f"The actors are {listed(actors)}."
    return context.problem("unknown-actor", path, "an actor", f"`{name}`", fix, key=key)


def names_of_options(step: FlatStep, by: str | None = None) -> list[str]:
    """The options of a step as they can be named, with amounts as a range; of one of several at a time, its own."""
    if step.names_of(by):
        return list(step.names_of(by))
    amounts = [option.amount for option in step.options if option.amount is not None]
    names = dict.fromkeys(option.written or option.name for option in step.options)
    return [*names, *([f"{min(amounts):g} to {max(amounts):g}"] if amounts else [])]


def unknown_options(step: FlatStep, given: Sequence[str], by: str | None = None) -> list[int]:
    """Which of some names of options, or amounts, are none of a step; the ends of a range need be none themselves."""
    if len(given) == 2 and all(map(is_number, given)) and step.named(given):
        return []
    return [place for place, name in enumerate(given) if not step.named([name], by)]


def nearest_option(step: FlatStep, given: str, by: str | None = None) -> str:
    """What a name, or an amount, that is none of a step may have meant."""
    if step.names_of(by):
        return nearest(given, step.names_of(by))
    amounts = [option.amount for option in step.options if option.amount is not None]
    if is_number(given) and amounts:
        return f"The nearest is {min(amounts, key=lambda x: abs(x - float(given))):g}."
    return nearest(given, [name for option in step.options for name in (option.name, option.written) if name])


def odds_make_one(
    context: Context, path: Path, odds: Odds, paths: Path | Mapping[str, Path], *, at_most: bool = False
) -> Iterator[Problem]:
    """Probabilities that are known in the base case lie between 0 and 1 and sum to one, with at most one ``rest``.

    Args:
        path: where the sum is reported.
        paths: the path under which the odds stand by name, or the path of each.
        at_most: they may also make less than one.
    """

    def where(name: str) -> Path:
        return (*paths, name) if isinstance(paths, tuple) else paths[name]

    rests = [name for name, formula in odds.items() if is_rest(formula)]
    for name in rests[1:]:
        yield context.problem("rest-twice", where(name), "`rest` once", f"`rest` again, after `{rests[0]}`")
    values = {name: base_value(context, formula) for name, formula in odds.items() if name not in rests}
    for name, value in values.items():
        if value is not None and not -CLOSE <= value <= 1 + CLOSE:
            yield context.problem("not-a-probability", where(name), "a probability from 0 to 1", f"`{value:g}`")
            return
    known = [value for value in values.values() if value is not None]
    if not odds or len(known) < len(values):
        return
    total = sum(known)
    if total > 1 + CLOSE or (total < 1 - CLOSE and not rests and not at_most):
        expected = "probabilities that make at most 1" if rests or at_most else "probabilities that make 1"
        fix = "" if rests or at_most else "One of them can be `rest`."
        yield context.problem("odds-sum", path, expected, f"{total:g}", fix, key=True)


def variables_set(
    context: Context, path: Path, formulas: Mapping[str, object], beside: Iterable[str] = ()
) -> Iterator[Problem]:
    """What is set are state variables; ``beside`` them the block has keys of its own."""
    scenario = context.scenario
    for name in formulas:
        if name not in scenario.state:
            fix = nearest(name, [*scenario.state, *beside])
            if name in scenario.hidden:
                fix = f"`{name}` is hidden: write `becomes: {{{name}: ...}}`."
            yield context.problem("unknown-variable", (*path, name), "a state variable", f"`{name}`", fix, key=True)


def word_is_known(context: Context, path: Path, name: str, word: str) -> Iterator[Problem]:
    """What a state variable that has words is said to become is one of them."""
    words = context.scenario.state[name].points
    if word not in words:
        yield context.unknown("unknown-value", path, f"a value of `{name}`", word, map(str, words))


def actors_paid(context: Context, path: Path, formulas: Mapping[str, object]) -> Iterator[Problem]:
    """Who is paid is an actor."""
    for name in formulas:
        if name not in context.scenario.actors:
            yield unknown_actor(context, (*path, name), name, key=True)
