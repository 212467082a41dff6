"""Clock, names, actors, assumptions, definitions, state, hidden variables, worlds: each block by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from longgame.errors import Problem
from longgame.scenario import clock as calendar
from longgame.scenario.arithmetic import number_of
from longgame.scenario.checks.context import Context
from longgame.scenario.expand import worlds_of
from longgame.scenario.expressions import FUNCTIONS
from longgame.scenario.formulas import OTHERWISE, REST, Cases, Expression, Unreadable, is_rest
from longgame.scenario.model import Actor, Assumption, Deal, World
from longgame.scenario.places import Path
from longgame.scenario.tokens import GRAMMAR_WORDS, MAX_DEPTH
from longgame.scenario.wording import listed, nearest

MOST_WORLDS = 8
MOST_POINTS = 10_000
_CLOSE = 1e-9

_RESERVED = GRAMMAR_WORDS | FUNCTIONS.keys() | {"period", REST, OTHERWISE, "true", "false", "null"}

Odds = Mapping[str, Expression | Cases | None]


# --- clock and names -------------------------------------------------------------------------------------------------


def clock_can_be_read(context: Context) -> Iterator[Problem]:
    """The start is a date and the step a length of time, and no period lies beyond the calendar."""
    clock = context.scenario.clock
    for key, text, read in (("start", clock.start, calendar.parse_date), ("step", clock.step, calendar.parse_step)):
        if text is None:
            continue
        try:
            read(text)
        except calendar.DateError as error:
            yield context.problem("bad-clock", ("clock", key), error.expected, error.found, error.fix)
            return
    try:
        clock.date_of(clock.periods)
    except calendar.DateError as error:
        yield context.problem("bad-clock", ("clock", "periods"), error.expected, error.found, error.fix)


def names_are_free(context: Context) -> Iterator[Problem]:
    """No name is a word of the language, and none is used for two things."""
    seen: dict[str, str] = {}
    blocks = (("actors", "actor"), ("assumptions", "assumption"), ("definitions", "definition"))
    for block, kind in (*blocks, ("state", "state variable"), ("hidden", "hidden variable")):
        own_keys = {"state": Deal.model_fields, "hidden": World.model_fields}.get(block, {})
        for name in getattr(context.scenario, block):
            if name in _RESERVED or name in own_keys:
                fix = "It is a word of the language; choose another name."
                yield context.problem("reserved-name", (block, name), "a free name", f"`{name}`", fix, key=True)
            elif name in seen:
                fix = f"An {seen[name]} has this name." if seen[name][0] in "a" else f"A {seen[name]} has this name."
                yield context.problem("name-clash", (block, name), "a name of its own", f"`{name}`", fix, key=True)
            seen.setdefault(name, kind)


def words_are_free(context: Context) -> Iterator[Problem]:
    """No word of a variable is a word of the language or the name of something that expressions use."""
    for block in ("state", "hidden"):
        for name in getattr(context.scenario, block):
            for index, word in enumerate(context.words.get(name, ())):
                path: Path = (block, name, "values", index if block == "state" else word)
                if word in GRAMMAR_WORDS or word in (REST, OTHERWISE):
                    fix = "It is a word of the language; choose another."
                    yield context.problem("reserved-name", path, "a free word", f"`{word}`", fix, key=True)
                elif word in context.kinds:
                    fix = f"The {context.kinds[word]} `{word}` has this name already."
                    yield context.problem("name-clash", path, "a word of its own", f"`{word}`", fix, key=True)


# --- actors ----------------------------------------------------------------------------------------------------------


def actors_have_one_precision(context: Context) -> Iterator[Problem]:
    """Each actor has rationality or lambda, not both, and it is not negative."""
    for name, actor in context.scenario.actors.items():
        path: Path = ("actors", name)
        if actor.rationality is not None and actor.lambda_ is not None:
            fix = "`lambda` is for textbook games; most scenarios use `rationality`."
            yield context.problem(
                "rationality-twice", (*path, "lambda"), "`rationality` or `lambda`", "both", fix, key=True
            )
        elif actor.rationality is None and actor.lambda_ is None:
            fix = "Add `rationality: 20`, say."
            yield context.problem("rationality-missing", path, "`rationality` or `lambda`", "neither", fix, key=True)
        for key, formula in (("rationality", actor.rationality), ("lambda", actor.lambda_)):
            value = _base_value(context, formula)
            if value is not None and not 0 <= value < math.inf:
                yield context.problem("out-of-range", (*path, key), "a number of 0 or more", f"`{value:g}`")


def discounts_are_shares(context: Context) -> Iterator[Problem]:
    """A discount factor lies between 0 and 1, for all values of the assumption that it may be."""
    for name, actor in context.scenario.actors.items():
        for value in _discount_values(context, actor):
            if not 0 < value < 1:
                fix = "0.97 counts next month's payoff as 97 percent of today's."
                yield context.problem(
                    "discount-range", ("actors", name, "discount"), "a number above 0 and below 1", f"`{value:g}`", fix
                )
                break


def _discount_values(context: Context, actor: Actor) -> Iterator[float]:
    value = _base_value(context, actor.discount)
    if value is not None:
        yield value
    assumption = context.scenario.assumptions.get(getattr(actor.discount, "text", ""))
    if assumption is not None and assumption.range is not None:
        yield from assumption.range


def _base_value(context: Context, formula: Expression | Cases | None) -> float | None:
    """The value of a formula in the base case, where it rests on assumptions only."""
    if formula is None or isinstance(formula, Unreadable):
        return None
    return number_of(formula.tree, context.base)


# --- assumptions -----------------------------------------------------------------------------------------------------


def ranges_hold_their_values(context: Context) -> Iterator[Problem]:
    """A range runs from low to high and holds the base value."""
    for name, assumption in context.scenario.assumptions.items():
        if assumption.range is None:
            continue
        low, high = assumption.range
        path: Path = ("assumptions", name, "range")
        if low >= high:
            fix = f"Write [{high:g}, {low:g}]." if low > high else "Leave the range out for a fixed number."
            yield context.problem("range-inverted", path, "[lowest, highest]", f"`[{low:g}, {high:g}]`", fix)
        elif not low <= assumption.value <= high:
            expected = f"a value in the range [{low:g}, {high:g}]"
            yield context.problem(
                "value-outside-range", ("assumptions", name, "value"), expected, f"`{assumption.value:g}`"
            )


def distributions_are_sound(context: Context) -> Iterator[Problem]:
    """Exactly one distribution, with parameters that make one and the base value inside it."""
    for name, assumption in context.scenario.assumptions.items():
        distribution = assumption.distribution
        if distribution is None:
            continue
        path: Path = ("assumptions", name, "distribution")
        kinds = list(type(distribution).model_fields)
        given = [kind for kind in kinds if getattr(distribution, kind) is not None]
        if len(given) != 1:
            yield context.problem(
                "distribution",
                path,
                f"one of {listed(kinds)}",
                listed(given) or "none",
                "Write `{normal: [0.1, 0.02]}`.",
                key=True,
            )
            continue
        if (wrong := _wrong_parameters(assumption)) is not None:
            expected, found = wrong
            yield context.problem("distribution", (*path, given[0]), expected, found)


def _wrong_parameters(assumption: Assumption) -> tuple[str, str] | None:
    """What is expected and found of a distribution's parameters, or None where they are sound."""
    assert assumption.distribution is not None
    kind, numbers = assumption.distribution.kind, assumption.distribution.parameters
    found = f"`[{', '.join(f'{x:g}' for x in numbers)}]`"
    first, second = numbers[0], numbers[-1]
    if kind == "uniform" and not first < second:
        return "[lowest, highest]", found
    if kind == "triangular" and not (first <= numbers[1] <= second and first < second):
        return "[lowest, most likely, highest]", found
    if kind == "normal" and second <= 0:
        return "[mean, standard deviation above 0]", found
    if kind == "lognormal" and not (first > 0 and second > 0):
        return "[median above 0, standard deviation of the logarithm above 0]", found
    if kind == "beta" and not (first > 0 and second > 0):
        return "[a above 0, b above 0]", found
    low, high = _support(assumption)
    if not low <= assumption.value <= high:
        return f"a distribution that holds the value {assumption.value:g}", found
    if assumption.range is not None and (assumption.range[0] >= high or assumption.range[1] <= low):
        return "a distribution that meets the range", found
    return None


def _support(assumption: Assumption) -> tuple[float, float]:
    """The lowest and highest value that a distribution can give, before the range cuts it off."""
    assert assumption.distribution is not None
    numbers = assumption.distribution.parameters
    match assumption.distribution.kind:
        case "uniform" | "triangular":
            return numbers[0], numbers[-1]
        case "lognormal":
            return 0.0, math.inf
        case "beta":
            return assumption.range or (0.0, 1.0)
    return -math.inf, math.inf


# --- definitions -----------------------------------------------------------------------------------------------------


def definitions_do_not_circle(context: Context) -> Iterator[Problem]:
    """No definition rests on itself; each circle is reported once, at its first definition in the file."""
    settled = set(context.definitions_in_order)
    for start in context.scenario.definitions:
        chain = _way_back(start, context.definitions_used) if start not in settled else []
        settled.update(chain)
        if chain:
            found = " -> ".join(f"`{name}`" for name in (chain if len(chain) <= 8 else [*chain[:7], "..."]))
            expected = "a definition that does not rest on itself"
            yield context.problem("definition-cycle", ("definitions", start), expected, found, key=True)


def definitions_are_shallow(context: Context) -> Iterator[Problem]:
    """Definitions do not pile up beyond what can be worked out one inside the other."""
    for name, level in context.definitions_in_order.items():
        if level == MAX_DEPTH:
            expected = f"definitions at most {MAX_DEPTH} levels deep"
            yield context.problem("definition-too-deep", ("definitions", name), expected, "more", key=True)


def _way_back(start: str, used_by: Mapping[str, frozenset[str]]) -> list[str]:
    """The shortest way from ``start`` through what it uses back to ``start``; empty where there is none."""
    came_from: dict[str, str] = {}
    waiting = [start]
    for name in waiting:  # breadth first: the list grows while it is walked
        for used in sorted(used_by[name]):
            if used == start:
                chain = [start, name]
                while chain[-1] != start:
                    chain.append(came_from[chain[-1]])
                return chain[::-1]
            if used not in came_from:
                came_from[used] = name
                waiting.append(used)
    return []


# --- state -----------------------------------------------------------------------------------------------------------


def variables_are_numbers_or_words(context: Context) -> Iterator[Problem]:
    """A state variable has a grid or words, not both; words are all different."""
    for name, variable in context.scenario.state.items():
        path: Path = ("state", name)
        if (variable.grid is None) == (variable.values is None):
            found = "both" if variable.grid is not None else "neither"
            yield context.problem("grid-or-values", path, "`grid` for a number or `values` for words", found, key=True)
        if variable.values is not None and not variable.values:
            yield context.problem("no-values", (*path, "values"), "at least one word", "none")
        for index, word in enumerate(variable.values or ()):
            if word in (variable.values or ())[:index]:
                yield context.problem("duplicate-value", (*path, "values", index), "each word once", f"`{word}` again")


def grids_are_even(context: Context) -> Iterator[Problem]:
    """A grid goes from low to high in whole steps."""
    for name, variable in context.scenario.state.items():
        if variable.grid is None:
            continue
        low, high, step = variable.grid
        path: Path = ("state", name, "grid")
        found = f"`[{low:g}, {high:g}, {step:g}]`"
        if low >= high or step <= 0:
            yield context.problem("bad-grid", path, "[lowest, highest, step] with a step above 0", found)
            continue
        steps = (high - low) / step
        if steps > MOST_POINTS:
            yield context.problem(
                "bad-grid", path, f"at most {MOST_POINTS:,} points", f"{steps + 1:,.0f}", "Take a larger step."
            )
        elif abs(steps - round(steps)) > 1e-6:
            whole = (high - low) / max(1, round(steps))
            fix = f"{high - low:g} is not a multiple of {step:g}; a step of {whole:g} would do."
            yield context.problem("bad-grid", path, "a range that is a multiple of the step", found, fix)


def starts_are_on_the_grid(context: Context) -> Iterator[Problem]:
    """A number starts within its grid."""
    for name, variable in context.scenario.state.items():
        value = _base_value(context, variable.start)
        if variable.grid is None or value is None:
            continue
        low, high, _ = variable.grid
        if low < high and not low - _CLOSE <= value <= high + _CLOSE:
            expected = f"a number from {low:g} to {high:g}"
            yield context.problem("start-outside-grid", ("state", name, "start"), expected, f"`{value:g}`")


# --- hidden variables and worlds -------------------------------------------------------------------------------------


def hidden_variables_are_known_to_actors(context: Context) -> Iterator[Problem]:
    """Those who know a hidden variable are actors."""
    for name, hidden in context.scenario.hidden.items():
        for index, actor in enumerate(hidden.known_to):
            if actor not in context.scenario.actors:
                path: Path = ("hidden", name, "known_to", index)
                yield unknown_actor(context, path, actor)


def unknown_actor(context: Context, path: Path, name: str, *, key: bool = False) -> Problem:
    """A name that should be an actor's."""
    actors = context.scenario.actors
    fix = nearest(name, actors) or f"The actors are {listed(actors)}."
    return context.problem("unknown-actor", path, "an actor", f"`{name}`", fix, key=key)


def priors_are_given_once(context: Context) -> Iterator[Problem]:
    """Priors stand at the hidden variables, or in the table of worlds, not in both and not in neither."""
    joint = bool(context.scenario.worlds)
    for name, hidden in context.scenario.hidden.items():
        path: Path = ("hidden", name, "values")
        given = [prior is not None for prior in hidden.values.values()]
        if not hidden.values:
            yield context.problem("no-values", path, "at least one value", "none")
        elif joint and any(given):
            fix = f"Write `values: [{listed(hidden.values)}]`; the priors stand in `worlds`."
            yield context.problem("prior-twice", path, "values without priors beside `worlds`", "priors", fix)
        elif not joint and not all(given):
            fix = f"Write `values: {{{next(iter(hidden.values))}: 0.5, ...}}`, or a table of `worlds`."
            yield context.problem("prior-missing", path, "a prior for every value", "none", fix)


def priors_sum_to_one(context: Context) -> Iterator[Problem]:
    """The priors of a hidden variable, or of all worlds, make one in the base case."""
    for name, hidden in context.scenario.hidden.items():
        if not context.scenario.worlds and None not in hidden.values.values():
            yield from odds_make_one(context, ("hidden", name, "values"), hidden.values, ("hidden", name, "values"))
    odds = {str(index): world.p for index, world in enumerate(context.scenario.worlds)}
    paths: dict[str, Path] = {key: ("worlds", int(key), "p") for key in odds}
    yield from odds_make_one(context, ("worlds",), odds, paths)


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
    values = {name: _base_value(context, formula) for name, formula in odds.items() if name not in rests}
    for name, value in values.items():
        if value is not None and not -_CLOSE <= value <= 1 + _CLOSE:
            yield context.problem("not-a-probability", where(name), "a probability from 0 to 1", f"`{value:g}`")
            return
    known = [value for value in values.values() if value is not None]
    if not odds or len(known) < len(values):
        return
    total = sum(known)
    if total > 1 + _CLOSE or (total < 1 - _CLOSE and not rests and not at_most):
        expected = "probabilities that make at most 1" if rests or at_most else "probabilities that make 1"
        fix = "" if rests or at_most else "One of them can be `rest`."
        yield context.problem("odds-sum", path, expected, f"{total:g}", fix, key=True)


def worlds_are_whole(context: Context) -> Iterator[Problem]:
    """Every row of the table gives every hidden variable one of its values, and no row comes twice."""
    hidden = context.scenario.hidden
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
                values = hidden[name].values
                expected = f"one of the values of `{name}`: {listed(values)}"
                yield context.problem("unknown-word", (*path, name), expected, f"`{value}`", nearest(value, values))
        missing = [name for name in hidden if name not in world.values]
        if missing:
            yield context.problem(
                "world-incomplete", path, "a value for every hidden variable", f"none for {listed(missing)}"
            )
        key = tuple(sorted(world.values.items()))
        if key in seen and not missing:
            yield context.problem("duplicate-world", path, "each combination once", f"that of `{seen[key]}` again")
        seen.setdefault(key, world.name)


def worlds_are_few(context: Context) -> Iterator[Problem]:
    """The worlds fit on a lattice of beliefs."""
    total = math.prod(len(hidden.values) for hidden in context.scenario.hidden.values())
    count = len(context.scenario.worlds) or total
    if count <= MOST_WORLDS or (count <= 64 and len(worlds_of(context.scenario)) <= MOST_WORLDS):
        return
    fix = "List the combinations that matter under `worlds`, or give values a prior of 0."
    path: Path = ("worlds",) if context.scenario.worlds else ("hidden",)
    yield context.problem("too-many-worlds", path, f"at most {MOST_WORLDS} worlds", f"{count}", fix, key=True)


def worlds_have_variables(context: Context) -> Iterator[Problem]:
    """A table of worlds needs hidden variables."""
    if context.scenario.worlds and not context.scenario.hidden:
        yield context.problem("no-hidden", ("worlds",), "hidden variables beside `worlds`", "none", key=True)


CHECKS = (
    clock_can_be_read,
    names_are_free,
    words_are_free,
    actors_have_one_precision,
    discounts_are_shares,
    ranges_hold_their_values,
    distributions_are_sound,
    definitions_do_not_circle,
    definitions_are_shallow,
    variables_are_numbers_or_words,
    grids_are_even,
    starts_are_on_the_grid,
    hidden_variables_are_known_to_actors,
    priors_are_given_once,
    priors_sum_to_one,
    worlds_have_variables,
    worlds_are_whole,
    worlds_are_few,
)
