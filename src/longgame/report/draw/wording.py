"""The words beside the shapes: the same in the SVG and on a terminal, with the scenario's own names in them."""

from __future__ import annotations

from collections.abc import Iterable

from longgame.answers import words
from longgame.answers.picture import Picture, ShownHidden, ShownOption, ShownStep


def spaced(name: str) -> str:
    """A name as a reader sees it."""
    return name.replace("_", " ")


def clock_words(game: Picture) -> str:
    """How long it goes on, and how many take part."""
    said = words.count(game.periods, "period")
    if game.first:
        first, last = words.day(game.first), words.day(game.last)
        said += f" of {game.step}, {first}" if game.periods == 1 else f" of {game.step}, from {first} to {last}"
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
    if option.does:
        yield "; ".join(option.does), "ink"
    for branch in option.lottery:
        odds = f"chance {branch.chance}" if branch.chance else "else"
        yield f"{branch.name} ({odds}): {'; '.join(branch.does) or 'nothing more'}", "ink"
    if option.alike:
        yield f"secret: others see only {option.seen_as}, and cannot tell it from {words.listed(option.alike)}", "bad"
    elif option.seen_as:
        yield f"others see {option.seen_as}", "soft"
    if option.then:
        yield f"\N{RIGHTWARDS ARROW} {option.then}", "soft"
    if not (option.says or option.does or option.lottery or option.then or option.chance):
        yield "changes nothing", "soft"


def who_moves(step: ShownStep) -> str:
    """Who moves at a step."""
    if step.kind == "chance":
        return "by chance"
    if step.kind == "offer":
        return f"{step.by} may offer; {', then '.join(step.to)} may accept or reject"
    return f"{step.by} chooses"


def step_words(step: ShownStep) -> str:
    """When a step takes place, what its mover knows, and what chance tells."""
    said = []
    if step.when:
        said.append(f"Only if {step.when}.")
    if step.knows:
        said.append(f"Here {step.by} knows {words.listed(step.knows)}.")
    if step.news:
        said.append(f"What happens tells of {words.listed(step.news)}.")
    return " ".join(said)
