"""The words beside the shapes: the same in the SVG and on a terminal, where names are as the scenario has them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar, cast

from longgame.answers import words
from longgame.answers.picture import Picture, ShownBranch, ShownHidden, ShownOption, ShownStep

Answer = TypeVar("Answer")


def for_reader(answer: Answer, actors: Collection[str]) -> Answer:
    """An answer with all names in it as a reader would write them; keys and values that were alike stay so."""
    if isinstance(answer, str):
        return cast(Answer, words.spelled(answer, actors))
    if isinstance(answer, Mapping):
        return cast(Answer, {for_reader(key, actors): for_reader(value, actors) for key, value in answer.items()})
    if isinstance(answer, tuple):
        return cast(Answer, tuple(for_reader(value, actors) for value in answer))
    if dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        values = {item.name: for_reader(getattr(answer, item.name), actors) for item in dataclasses.fields(answer)}
        return dataclasses.replace(answer, **values)
    return answer


def clock_words(game: Picture) -> str:
    """How long it goes on, and how many take part."""
    said = "no last period" if game.forever else words.count(game.periods, "period")
    step = game.pace[0][1]
    if len(game.pace) > 1:
        said += f": {', then '.join(f'{count} of {length}' for count, length in game.pace)}"
        said += f"; from {words.day(game.first)} to {words.day(game.last)}" if game.first else ""
    elif game.first and game.forever:
        said += f"; each is {step}, the first {words.day(game.first)}"
    elif game.first:
        first, last = words.day(game.first), words.day(game.last)
        said += f" of {step}, {first}" if game.periods == 1 else f" of {step}, from {first} to {last}"
    hidden = "" if game.hidden else "; nothing is hidden"
    return f"{said}; {words.count(len(game.actors), 'actor')}{hidden}."


def known_to(hidden: ShownHidden) -> str:
    """Who knows what is hidden."""
    return f"known to {words.listed(hidden.known_to)}" if hidden.known_to else "known to nobody"


def option_words(option: ShownOption) -> Iterable[tuple[str, str]]:
    """What is said of an option, line by line, with the colour of each."""
    if option.says:
        yield option.says, "ink"
    if option.chance:
        yield f"chance: {option.chance}", "soft"
    if option.when:
        yield f"open only if {option.when}", "soft"
    if done := _done(option):
        yield done, "ink"
    for branch in option.lottery:
        odds = f"chance {branch.chance}" if branch.chance else "else"
        yield f"{branch.name} ({odds}): {_done(branch) or 'nothing more'}", "ink"
    if option.alike:
        yield f"secret: others see only {option.seen_as}, and cannot tell it from {words.listed(option.alike)}", "bad"
    elif option.seen_as:
        yield f"others see {option.seen_as}", "soft"
    if option.then:
        yield f"\N{RIGHTWARDS ARROW} {option.then}", "soft"
    if not (option.says or done or option.lottery or option.then or option.chance):
        yield "changes nothing", "soft"


def _done(option: ShownOption | ShownBranch) -> str:
    """What is set and paid."""
    return "; ".join([*option.does, *(f"{actor} gets {text}" for actor, text in option.pays.items())])


def who_moves(step: ShownStep) -> str:
    """Who moves at a step."""
    if step.kind == "chance":
        return "by chance"
    if step.kind == "offer":
        return f"{step.by} may offer; {', then '.join(step.to)} may accept or reject"
    if step.sides:
        return f"{words.listed(list(step.sides))} choose at the same time"
    return f"{step.by} chooses"


def step_words(step: ShownStep) -> str:
    """When a step takes place, what its mover knows, and what chance tells."""
    said = []
    if step.when:
        said.append(f"Only if {step.when}.")
    if step.inertia:
        chance, stays = step.inertia
        said.append(f"With chance {chance} it is not thought over, and {stays} stands.")
    for actor, known in (step.sides or {step.by: step.knows}).items():
        if known:
            said.append(f"Here {actor} knows {words.listed(known)}.")
    if step.news:
        said.append(f"What happens tells of {words.listed(step.news)}.")
    return " ".join(said)
