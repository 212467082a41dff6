"""The game as SVG: what is hidden, a lane for each actor with the steps of a period, the state, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from longgame.answers import words
from longgame.answers.picture import Picture, ShownHidden, ShownVariable, picture
from longgame.report.draw.period import colour_of, draw_period
from longgame.report.draw.svg import (
    GAP,
    LARGE,
    LEADING,
    LEFT,
    MARGIN,
    PAD,
    RIGHT,
    SMALL,
    TEXT,
    Sheet,
    width_of,
    wrapped,
)
from longgame.report.draw.wording import clock_words, for_reader, known_to, who_moves
from longgame.scenario.model import Scenario

DrawCard = Callable[[Sheet, float, float, float], float]  # (sheet, x, y, width) -> height; measures on a spare sheet


def game_svg(shown: Picture | Scenario, *, style: bool = True) -> str:
    """The game of a scenario as one ``<svg>`` element; ``style=False`` leaves the style block to the page."""
    game = shown if isinstance(shown, Picture) else picture(shown)
    game, sheet = for_reader(game, [actor.name for actor in game.actors]), Sheet()
    y = title(sheet, game.title, clock_words(game))
    if game.hidden:
        y = heading(sheet, y, "What is hidden, and who knows it")
        y = _cards(sheet, y, [_hidden_card(game, hidden) for hidden in game.hidden])
    y = heading(sheet, y, "What happens in a period, in order")
    y = draw_period(sheet, game, y)
    y = heading(sheet, y, "What everybody sees")
    y = _cards(sheet, y, [_variable_card(variable) for variable in game.state])
    if game.ends:
        rows = [(end.name, f"when {end.when}. {end.says}") for end in game.ends]
        y = _rows(sheet, heading(sheet, y, "How it ends, before the last period"), rows)
    if game.terms:
        y = _rows(sheet, heading(sheet, y, "What is meant by"), list(game.terms.items()))
    return sheet.document(y + MARGIN - GAP, f"The game: {game.title}", described(game), name="game", style=style)


def described(game: Picture) -> str:
    """The picture in sentences, for those who do not see it."""
    said = [clock_words(game)]
    said += [f"{hidden.name}: {' or '.join(hidden.values)}, {known_to(hidden)}." for hidden in game.hidden]
    for number, step in enumerate(game.steps, 1):
        options = ", ".join(option.name for option in step.options)
        when = f", only if {step.when}" if step.when else ""
        said.append(f"Step {number}, {step.name}, {who_moves(step)}{when}: {options}.")
    said += [f"The game is over when {end.when}." for end in game.ends]
    return " ".join(said)


def title(sheet: Sheet, text: str, under: str) -> float:
    """The title of a drawing, and what stands under it; where it ends."""
    y = sheet.block(LEFT, MARGIN + 20, text, RIGHT - LEFT, size=23, face="serif", leading=29)
    return sheet.block(LEFT, y + 23, under, RIGHT - LEFT, fill="soft") + LEADING


def heading(sheet: Sheet, y: float, text: str) -> float:
    """A heading with a rule under it; where what follows begins."""
    sheet.text(LEFT, y + 22, text, size=15, face="serif")
    sheet.line([(LEFT, y + 29), (RIGHT, y + 29)], stroke="rule")
    return y + 29 + GAP


def _rows(sheet: Sheet, y: float, rows: Sequence[tuple[str, str]]) -> float:
    """Names on the left, what they are on the right."""
    names = min(220.0, max(width_of(name, TEXT, "bold") for name, _ in rows) + 16)
    for name, text in rows:
        below = sheet.block(LEFT, y + 12, name, names - 8, face="bold")
        y = max(below, sheet.block(LEFT + names, y + 12, text, RIGHT - LEFT - names)) + 6
    return y + GAP


# --- cards ------------------------------------------------------------------------------------------------------------


def _cards(sheet: Sheet, y: float, cards: Sequence[DrawCard]) -> float:
    """Cards in two columns, those of a row equally high; one alone takes the width."""
    for first in range(0, len(cards), 2):
        row = cards[first : first + 2]
        width = (RIGHT - LEFT - GAP * (len(row) - 1)) / len(row)
        height = max(card(Sheet(), LEFT, y, width) for card in row)
        for place, card in enumerate(row):
            x = LEFT + place * (width + GAP)
            sheet.rect(x, y, width, height, fill="raised", rx=4)
            card(sheet, x, y, width)
        y += height + GAP
    return y


def _beside_or_below(sheet: Sheet, name: str, text: str, box: tuple[float, float, float], indent: float = 0) -> float:
    """A name, and a text in softer letters that follows it where there is room, else below; the base of the last."""
    x, y, room = box
    sheet.text(x, y, name, size=LARGE, face="bold")
    used = width_of(name, LARGE, "bold") + 10 + indent
    if not text or width_of(text, SMALL) <= room - used:
        sheet.text(x + used, y, text, size=SMALL, fill="soft")
        return y
    return sheet.block(x + indent, y + LEADING, text, room - indent, size=SMALL, fill="soft")


def _hidden_card(game: Picture, hidden: ShownHidden) -> DrawCard:
    def draw(sheet: Sheet, x: float, y: float, width: float) -> float:
        room, dots = width - 2 * PAD, 13.0 * len(hidden.known_to)
        base, name = y + PAD + 10, hidden.name
        last = _beside_or_below(sheet, name, known_to(hidden), (x + PAD, base, room), dots)
        at = x + PAD + 4 + (width_of(name, LARGE, "bold") + 10 if last == base else 0)
        for place, actor in enumerate(hidden.known_to):
            line = base if last == base else base + LEADING
            sheet.circle(at + 13 * place, line - 4, 4, fill=colour_of(game, actor))
        if hidden.says:
            last = sheet.block(x + PAD, last + 18, hidden.says, room)
        return _prior(sheet, x + PAD, last + 12, room, hidden) + PAD - y

    return draw


def _prior(sheet: Sheet, x: float, y: float, room: float, hidden: ShownHidden) -> float:
    """The public prior as a bar, with a key under it."""
    shades = [f"{1 - 0.75 * place / max(1, len(hidden.values) - 1):.2f}" for place in range(len(hidden.values))]
    at = x
    for shade, p in zip(shades, hidden.values.values(), strict=True):
        size = room * (p if p is not None else 1 / len(shades))
        sheet.rect(at, y, size - 1.5, 7, fill="soft", fill_opacity=shade)
        at += size
    at, y = x, y + 7 + LEADING
    for shade, (value, p) in zip(shades, hidden.values.items(), strict=True):
        label = value if p is None else f"{value} {words.percent(p)}"
        size = width_of(label, SMALL) + 28
        if at > x and at + size - 16 > x + room:
            at, y = x, y + LEADING
        sheet.rect(at, y - 8, 8, 8, fill="soft", fill_opacity=shade)
        sheet.text(at + 12, y, label, size=SMALL)
        at += size
    return y


def _variable_card(variable: ShownVariable) -> DrawCard:
    def draw(sheet: Sheet, x: float, y: float, width: float) -> float:
        room = width - 2 * PAD
        last = _beside_or_below(sheet, variable.name, variable.unit, (x + PAD, y + PAD + 10, room))
        draw_values = _words if variable.grid is None else _grid
        last = draw_values(sheet, x + PAD, last + 10, room, variable)
        if variable.says:
            last = sheet.block(x + PAD, last + 19, variable.says, room)
        return last + PAD - y

    return draw


def _words(sheet: Sheet, x: float, y: float, room: float, variable: ShownVariable) -> float:
    """Words side by side; the one at the start is filled."""
    at, height = x, 19.0
    for word in variable.values:
        start = word == variable.start
        size = width_of(word, SMALL, "bold") + 16
        if at > x and at + size > x + room:
            at, y = x, y + height + 5
        sheet.rect(at, y, size, height, fill="soft" if start else "paper", stroke="soft" if start else "rule", rx=9.5)
        face, fill = ("bold", "paper") if start else ("plain", "ink")
        sheet.text(at + size / 2, y + 13.5, word, size=SMALL, fill=fill, face=face, anchor="middle")
        at += size + 6
    return y + height


def _grid(sheet: Sheet, x: float, y: float, room: float, variable: ShownVariable) -> float:
    """A number on its grid: a ruler with a mark at the start."""
    assert variable.grid is not None
    low, high, step = variable.grid
    ticks = round((high - low) / step) if step else 0
    ticks = ticks if 1 <= ticks <= 40 else 10
    left, right, base = x + 4, x + room - 4, y + 16
    sheet.line([(left, base), (right, base)], stroke="soft")
    for tick in range(ticks + 1):
        at = left + (right - left) * tick / ticks
        sheet.line([(at, base), (at, base + (6 if tick in (0, ticks) else 4))], stroke="soft")
    sheet.text(x, base + 18, words.given(low), size=SMALL, fill="soft")
    sheet.text(x + room, base + 18, words.given(high), size=SMALL, fill="soft", anchor="end")
    try:
        share = (float(variable.start) - low) / (high - low)
    except (ValueError, ZeroDivisionError):  # a formula over assumptions; a grid of one point
        share = -1.0
    label = f"starts at {variable.start}"
    size = max(width_of(line, SMALL) for line in wrapped(label, room - 120, SMALL))
    at = x + 60
    if 0 <= share <= 1:
        mark = left + (right - left) * share
        sheet.circle(mark, base, 5, fill="soft")
        at = min(max(mark - size / 2, at), x + room - 60 - size)
    return sheet.block(at, base + 18, label, room - 120, size=SMALL, fill="soft")
