"""The game as text for a terminal: the same as the SVG, with the scenario's own names, as commands take them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from longgame.answers import words
from longgame.answers.picture import Picture, ShownHidden, ShownOption, ShownStep, ShownVariable, picture
from longgame.report.draw.period import CHANCE, lane_names
from longgame.report.draw.wording import clock_words, known_to, option_words, step_words, who_moves
from longgame.scenario.model import Scenario
from longgame.text import visible

LANE = 3  # characters
NAMES = 16  # the column with the names of options
MOVES, ANSWERS, HAPPENS, PASSES = "●", "○", "◆", "│"
LEAST = 40  # characters that a text beside the lanes has, however narrow the terminal


def game_text(shown: Picture | Scenario, width: int = 100) -> str:
    """The game of a scenario as lines of at most ``width`` characters, where its lanes leave room for that."""
    game = shown if isinstance(shown, Picture) else picture(shown)
    return "\n".join(line.rstrip() for line in _lines(game, width))


def _lines(game: Picture, width: int) -> Iterator[str]:
    yield from lines_of(game.title, width)
    yield from lines_of(clock_words(game), width)
    if game.hidden:
        yield from ("", "What is hidden, and who knows it")
        for hidden in game.hidden:
            yield from _beside(hidden.name, _hidden(hidden), width)
    yield from ("", "What happens in a period, in order")
    yield from _period(game, width)
    yield from ("", "What everybody sees")
    for variable in game.state:
        yield from _beside(variable.name, _variable(variable), width)
    if game.ends:
        yield from ("", "How it ends, before the last period")
        for end in game.ends:
            yield from _beside(end.name, f"when {end.when}. {end.says}", width)
    if game.terms:
        yield from ("", "What is meant by")
        for name, meaning in game.terms.items():
            yield from _beside(name, meaning, width)


def _hidden(hidden: ShownHidden) -> str:
    values = [name if p is None else f"{name} {words.percent(p)}" for name, p in hidden.values.items()]
    return f"{' or '.join(values)}; {known_to(hidden)}. {hidden.says}"


def _variable(variable: ShownVariable) -> str:
    if variable.grid is None:
        values = ", ".join(variable.values)
    else:
        low, high, step = map(words.given, variable.grid)
        values = f"{low} to {high} in steps of {step}"
    unit = f" {variable.unit}" if variable.unit else ""
    return f"{values}{unit}; {variable.start} at the start. {variable.says}"


# --- the lanes --------------------------------------------------------------------------------------------------------


def _period(game: Picture, width: int) -> Iterator[str]:
    names = lane_names(game)
    for place, name in enumerate(names):
        yield (PASSES.ljust(LANE) * place) + visible(name)
    room = max(LEAST, width - LANE * len(names))
    passing = _lane(names, {})
    for number, step in enumerate(game.steps, 1):
        yield passing
        movers = list(step.sides) or [step.by or CHANCE]
        marks = dict.fromkeys(step.to, ANSWERS) | dict.fromkeys(movers, HAPPENS if movers == [CHANCE] else MOVES)
        first, *rest = _step(step, number, room)
        yield _lane(names, marks) + first
        yield from (passing + line for line in rest)
    yield passing
    yield passing + "The period ends, and each is paid by"
    for actor in game.actors:
        yield from (passing + line for line in _beside(actor.name, ", ".join(actor.cares_about) or "nothing", room))
    yield f"{MOVES} chooses  {ANSWERS} accepts or rejects  {HAPPENS} chance"


def _lane(names: Sequence[str], marks: dict[str, str]) -> str:
    return "".join(marks.get(name, PASSES).ljust(LANE) for name in names)


def _step(step: ShownStep, number: int, room: int) -> Iterator[str]:
    yield from lines_of(f"{number} {step.name}: {who_moves(step)}", room)
    for text in (step.says, step_words(step)):
        yield from (f"  {line}" for line in lines_of(text, room - 2))
    for option in step.options:
        yield from (f"  {line}" for line in _option(option, room - 2))


def _option(option: ShownOption, room: int) -> Iterator[str]:
    name = option.name
    for text, _ in option_words(option):
        yield from _beside(name, text, room, indent=0)
        name = ""


def _beside(name: str, text: str, width: int, indent: int = 2) -> Iterator[str]:
    """A name, and a text to its right; below it, where the name is long."""
    at = indent + NAMES
    label = " " * indent + visible(name)
    long = cell_len(label) > at - 2
    if long:
        yield label
        label = ""
    for line in lines_of(text, max(LEAST // 2, width - at)):
        yield label + " " * (at - cell_len(label)) + line
        label = ""


def lines_of(text: str, width: int) -> Iterator[str]:
    """A text in lines of at most so many characters, broken between words."""
    line = ""
    for word in visible(text).split():
        longer = f"{line} {word}" if line else word
        if line and cell_len(longer) > width:
            yield line
            longer = word
        line = longer
    if line:
        yield line
