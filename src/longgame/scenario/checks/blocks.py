"""Names, actors, assumptions, definitions and state: each block by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from longgame.errors import Problem
from longgame.scenario.actions import amounts_of
from longgame.scenario.checks.common import CLOSE, base_value
from longgame.scenario.context import Context
from longgame.scenario.families import FAMILIES
from longgame.scenario.formulas import OTHERWISE, REST
from longgame.scenario.language.expressions import FUNCTIONS
from longgame.scenario.language.templates import OTHER
from longgame.scenario.language.tokens import GRAMMAR_WORDS, PERCENTAGE, number_of
from longgame.scenario.model import Actor, Assumption, Deal, Scenario, World
from longgame.scenario.periods import PERIOD, PERIOD_LENGTH
from longgame.scenario.places import Path
from longgame.text import likeness, listed, scripts_in

MOST_POINTS = 10_000
MOST_WORDS = 1_000
MOST_LEVELS = 400
FARTHEST = 30  # standard deviations: farther out the probability of a whole range is no number

_RESERVED = GRAMMAR_WORDS | FUNCTIONS.keys() | {PERIOD, PERIOD_LENGTH, REST, OTHERWISE, "true", "false", "null"}


# --- names -------------------------------------------------------------------------------------------------------


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


def families_are_of_names(context: Context) -> Iterator[Problem]:
    """Each family has a name of its own, and members."""
    families = context.scenario.families
    taken = {*context.kinds, *context.scenario.actors, *(member for some in families.values() for member in some)}
    for name, members in families.items():
        if name in _RESERVED or name == OTHER:
            fix = "It is a word of the language; choose another name."
            yield context.problem("reserved-name", (FAMILIES, name), "a free name", f"`{name}`", fix, key=True)
        elif name in taken:
            fix = "An actor, a variable, an assumption, a definition or a member of a family has this name."
            yield context.problem("name-clash", (FAMILIES, name), "a name of its own", f"`{name}`", fix, key=True)
        twice = next((place for place, member in enumerate(members) if member in members[:place]), None)
        if twice is not None:
            path: Path = (FAMILIES, name, twice)
            yield context.problem("member-twice", path, "each member once", f"`{members[twice]}` again")
        if not members:
            yield context.problem("no-members", (FAMILIES, name), "at least one member", "none")


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


def names_can_be_told_apart(context: Context) -> Iterator[Problem]:
    """No two names look the same while they differ, and none mixes scripts whose letters look the same."""
    first: dict[str, str] = {}
    for path, name in _all_names(context.scenario):
        other = first.setdefault(likeness(name), name)
        mixed = next((word for word in name.split("_") if len(scripts_in(word)) > 1), None)
        found, fix = "", ""
        if other != name:
            found, fix = f"`{name}`, which looks like `{other}`", "Write both with the same letters."
        elif mixed is not None:
            found = f"`{mixed}` in {' and '.join(sorted(script.capitalize() for script in scripts_in(mixed)))} letters"
            fix = "Write it in the letters of one script."
        if found:
            expected = "names that can be told apart by eye"
            yield context.warning("look-alike", path, expected, found, fix)


def _all_names(scenario: Scenario) -> Iterator[tuple[Path, str]]:
    """Every name that the analyst made up, with its path, where names have letters beyond ASCII."""
    found: list[tuple[Path, str]] = []
    for block in ("actors", "assumptions", "definitions", "state", "hidden", "deals", "clauses", "postures", "claims"):
        found += [((block, name), name) for name in getattr(scenario, block)]
    for block in ("state", "hidden"):
        for name, variable in getattr(scenario, block).items():
            found += [((block, name, "values"), word) for word in variable.values or ()]
    for index, step in enumerate(scenario.period):
        found.append((("period", index), step.name))
        for key in ("options", "deals", "outcomes"):
            found += [(("period", index, key, name), name) for name in getattr(step, key, ())]
    yield from found if any(not name.isascii() for _, name in found) else ()


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
            fix = "Add `rationality: 5` and `per: decision`, say."
            yield context.problem("rationality-missing", path, "`rationality` or `lambda`", "neither", fix, key=True)
        elif actor.rationality is None and "per" in actor.model_fields_set:
            fix = "A raw `lambda` is counted per unit of payoff; take `per` out."
            expected = "`per` beside `rationality`"
            yield context.problem("per-without-rationality", (*path, "per"), expected, "`lambda`", fix, key=True)
        for key, formula in (("rationality", actor.rationality), ("lambda", actor.lambda_)):
            value = base_value(context, formula)
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
    value = base_value(context, actor.discount)
    if value is not None:
        yield value
    assumption = context.scenario.assumptions.get(getattr(actor.discount, "text", ""))
    if assumption is not None and assumption.range is not None:
        yield from assumption.range


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
    if kind == "loguniform" and not 0 < first < second:
        return "[lowest, highest], both above 0", found
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
    if assumption.range is not None and _deviations_away(assumption.range, kind, numbers) > FARTHEST:
        return f"a distribution that meets the range: at most {FARTHEST} standard deviations away", found
    return None


def _deviations_away(bounds: tuple[float, float], kind: str, numbers: tuple[float, ...]) -> float:
    """How many standard deviations the mean of a (log)normal distribution lies outside a range; 0 for all others."""
    if kind == "normal":
        return max(bounds[0] - numbers[0], numbers[0] - bounds[1], 0.0) / numbers[1]
    if kind == "lognormal":
        low, high = (math.log(max(bound, 1e-300) / numbers[0]) for bound in bounds)
        return max(low, -high, 0.0) / numbers[1]
    return 0.0


def _support(assumption: Assumption) -> tuple[float, float]:
    """The lowest and highest value that a distribution can give, before the range cuts it off."""
    assert assumption.distribution is not None
    numbers = assumption.distribution.parameters
    match assumption.distribution.kind:
        case "uniform" | "loguniform" | "triangular":
            return numbers[0], numbers[-1]
        case "lognormal":
            return 0.0, math.inf
        case "beta":
            return assumption.range or (0.0, 1.0)
    return -math.inf, math.inf


def percentages_are_meant(context: Context) -> Iterator[Problem]:
    """A percentage where a number is due is read as one, and the analyst is told as which."""
    for path, spot in context.scenario.source.spots.items():
        number = path[0:1] == ("assumptions",) and path[2:3] and path[2] in ("value", "range", "distribution")
        if number and PERCENTAGE.fullmatch(spot.raw):
            found = f"`{spot.raw}`, which is read as {number_of(spot.raw):g}"
            yield context.warning("percentage", path, "a number", found, key=False)


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
    """Definitions do not pile up beyond what can be worked out one inside the other; the first that do is reported."""
    for name, depth in context.definitions_in_order.items():
        if depth > MOST_LEVELS:
            expected = f"definitions of at most {MOST_LEVELS} levels, with all that they use"
            yield context.problem("definition-too-deep", ("definitions", name), expected, f"{depth}", key=True)
            return


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
        if len(variable.values or ()) > MOST_WORDS:
            count = len(variable.values or ())
            yield context.problem("too-many-words", (*path, "values"), f"at most {MOST_WORDS:,} words", f"{count:,}")
        for index, word in enumerate(variable.values or ()):
            if word in (variable.values or ())[:index]:
                yield context.problem("duplicate-value", (*path, "values", index), "each word once", f"`{word}` again")


def grids_are_even(context: Context) -> Iterator[Problem]:
    """A grid goes from low to high in whole steps."""
    for path, (low, high, step) in _grids(context):
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


def _grids(context: Context) -> Iterator[tuple[Path, tuple[float, float, float]]]:
    """The grids of state variables, and of the amounts that are chosen."""
    chosen = context.scenario.brought
    for name, variable in context.scenario.state.items():
        if variable.grid is not None and variable != chosen.get(name):
            yield ("state", name, "grid"), variable.grid
    for index, step in enumerate(context.scenario.period):
        for path, name, grid in amounts_of(step):
            yield ("period", index, *path, name), grid


def starts_are_on_the_grid(context: Context) -> Iterator[Problem]:
    """A number starts within its grid."""
    for name, variable in context.scenario.state.items():
        value = base_value(context, variable.start)
        if variable.grid is None or value is None:
            continue
        low, high, _ = variable.grid
        if low < high and not low - CLOSE <= value <= high + CLOSE:
            expected = f"a number from {low:g} to {high:g}"
            yield context.problem("start-outside-grid", ("state", name, "start"), expected, f"`{value:g}`")


CHECKS = (
    names_are_free,
    families_are_of_names,
    words_are_free,
    names_can_be_told_apart,
    actors_have_one_precision,
    discounts_are_shares,
    ranges_hold_their_values,
    distributions_are_sound,
    percentages_are_meant,
    definitions_do_not_circle,
    definitions_are_shallow,
    variables_are_numbers_or_words,
    grids_are_even,
    starts_are_on_the_grid,
)
