"""The steps of a period, each a card with its mover's mark on the lanes beside it."""

from __future__ import annotations

from dataclasses import dataclass

from longgame.answers import words
from longgame.answers.picture import Picture, ShownOption, ShownStep
from longgame.report.draw.svg import (
    GAP,
    LARGE,
    LEADING,
    LEFT,
    PAD,
    RIGHT,
    SMALL,
    Sheet,
    actor_colour,
    width_of,
    wrapped,
)
from longgame.report.draw.wording import option_words, step_words, who_moves

CHANCE = "chance"
NAMES = 118.0  # the column with the names of options
BASE = 18.0  # from the top of a card to the middle of its mark
ACCENT = 3.5  # the stripe in the mover's colour
MOST = 300.0  # that all lanes take together
LEAST = 26.0  # that each takes

Box = tuple[float, float, float]  # x, y, width


@dataclass(frozen=True)
class Lanes:
    """Where the lanes stand: the x of each, by actor; chance is one of them."""

    x: dict[str, float]
    width: float

    @classmethod
    def of(cls, game: Picture) -> Lanes:
        """Lanes as wide as their names, within limits."""
        names = lane_names(game)
        longest = max(width_of(name, SMALL, "bold") for name in names)
        width = max(LEAST, min(longest + 8, MOST / len(names)))
        return cls({name: LEFT + 24 + width * (place + 0.5) for place, name in enumerate(names)}, width)

    @property
    def right(self) -> float:
        """Where they end."""
        return LEFT + 24 + self.width * len(self.x)


def lane_names(game: Picture) -> list[str]:
    """Who has a lane: every actor, and chance where it has a step."""
    return [actor.name for actor in game.actors] + [CHANCE] * any(step.kind == "chance" for step in game.steps)


def colour_of(game: Picture, actor: str | None) -> str:
    """The colour of an actor; that of chance."""
    names = [one.name for one in game.actors]
    return actor_colour(names.index(actor)) if actor in names else "soft"


def draw_period(sheet: Sheet, game: Picture, y: float) -> float:
    """The lanes with the cards of all steps; where what follows begins."""
    lanes = Lanes.of(game)
    top, above = _heads(sheet, game, lanes, y), Sheet()
    y, x, width = top, lanes.right + 10, RIGHT - lanes.right - 10
    for number, step in enumerate(game.steps, 1):
        height = max(2 * BASE + 20 * len(step.to), _card(Sheet(), step, number, (x, y, width)))
        _mark(above, game, lanes, step, x, y + BASE)
        sheet.rect(x, y, width, height, stroke="rule", rx=3)
        sheet.rect(x, y, ACCENT, height, fill=colour_of(game, step.by))
        _card(sheet, step, number, (x, y, width))
        y += height + GAP
    height = _payday(Sheet(), game, (x, y, width))
    sheet.rect(x, y, width, height, fill="raised", rx=3)
    _payday(sheet, game, (x, y, width))
    for name, lane in lanes.x.items():
        line = [(lane, top), (lane, y + BASE)]
        sheet.line(line, stroke=colour_of(game, name), stroke_width=1.5, stroke_opacity="0.45")
    first = LEFT + 8 if game.periods > 1 else min(lanes.x.values())
    sheet.line([(first, y + BASE), (x, y + BASE)], stroke="soft")
    if game.periods > 1:
        _again(sheet, game, top, y + BASE)
    sheet.join(above)
    return y + height + GAP


def _heads(sheet: Sheet, game: Picture, lanes: Lanes, y: float) -> float:
    """The names of the lanes: level where they fit, else on a slope; where the lanes begin."""
    longest = max(width_of(name, SMALL, "bold") for name in lanes.x)
    level = longest + 4 <= lanes.width
    base = y + 12 if level else y + 8 + 0.64 * longest
    for name, x in lanes.x.items():
        fill = colour_of(game, name)
        if level:
            sheet.text(x, base, name, size=SMALL, fill=fill, face="bold", anchor="middle")
        else:
            turn = f"rotate(-40 {x:.1f} {base:.1f})"
            sheet.text(x, base, name, size=SMALL, fill=fill, face="bold", transform=turn)
    return base + 12


def _mark(sheet: Sheet, game: Picture, lanes: Lanes, step: ShownStep, card: float, y: float) -> None:
    """What stands on the lanes beside a step: who moves, and whom it asks."""
    if step.sides:
        sheet.line([(min(lanes.x[actor] for actor in step.sides), y), (card, y)], stroke="soft")
        for actor in step.sides:
            sheet.circle(lanes.x[actor], y, 6.5, fill=colour_of(game, actor))
        return
    lane, colour = lanes.x[step.by or CHANCE], colour_of(game, step.by)
    sheet.line([(lane, y), (card, y)], stroke=colour)
    if step.by is None:
        sheet.path(f"M{lane:.1f} {y - 7:.1f}l7 7l-7 7l-7 -7Z", fill=colour)
        return
    for number, other in enumerate(step.to, 1):
        at, there = y + 20 * number, lanes.x[other]
        toward = 1 if there > lane else -1
        bend = f"Q{lane:.1f} {at:.1f} {lane + 6 * toward:.1f} {at:.1f}"
        line = f"M{lane:.1f} {y:.1f}V{at - 6:.1f}{bend}H{there - 11 * toward:.1f}"
        sheet.path(line, stroke=colour, stroke_width=1.5)
        sheet.path(f"M{there - 6 * toward:.1f} {at:.1f}l{-7 * toward} -4v8Z", fill=colour)
        sheet.circle(there, at, 5, fill="paper", stroke=colour_of(game, other), stroke_width=2)
    sheet.circle(lane, y, 6.5, fill=colour)


def _again(sheet: Sheet, game: Picture, top: float, bottom: float) -> None:
    """The arrow on the left that leads back to the beginning of the next period."""
    x, middle = LEFT + 8, (top + bottom) / 2
    sheet.line([(x, bottom), (x, top + 6)], stroke="soft")
    sheet.path(f"M{x:.1f} {top:.1f}l-4 7h8Z", fill="soft")
    turn = f"rotate(-90 {x - 6:.1f} {middle:.1f})"
    text = "again, without end" if game.forever else f"again, {game.periods} times in all"
    sheet.text(x - 6, middle, text, size=SMALL, fill="soft", anchor="middle", transform=turn)


# --- cards ------------------------------------------------------------------------------------------------------------


def _card(sheet: Sheet, step: ShownStep, number: int, box: Box) -> float:
    """The card of a step; its height."""
    x, top, width = box
    left, right = x + ACCENT + PAD, x + width - PAD
    head = f"{number}  {step.name}"
    y = sheet.block(left, top + BASE + 4, head, right - left, size=LARGE, face="bold", leading=17)
    who, used = who_moves(step), width_of(wrapped(head, right - left, LARGE, "bold")[-1], LARGE, "bold") + 10
    if width_of(who, SMALL) <= right - left - used:
        sheet.text(left + used, y, who, size=SMALL, fill="soft")
    else:
        y = sheet.block(left, y + LEADING, who, right - left, size=SMALL, fill="soft")
    if step.says:
        y = sheet.block(left, y + 17, step.says, right - left)
    if said := step_words(step):
        y = sheet.block(left, y + 17, said, right - left, fill="soft")
    y += 9
    for option in step.options:
        sheet.line([(left, y), (right, y)], stroke="rule")
        first, y = y, _option(sheet, option, left, right, y)
        if option.alike:
            line = [(left - 7, first + 5), (left - 7, y - 4)]
            sheet.line(line, stroke="bad", stroke_width=2, stroke_dasharray="3 3")
    return y + 4 - top


def _option(sheet: Sheet, option: ShownOption, left: float, right: float, y: float) -> float:
    """A row of a card: the option, and what it does; where the next row begins."""
    below = sheet.block(left, y + 15, option.name, NAMES - 10, size=SMALL, face="bold", leading=LEADING - 1)
    for text, fill in option_words(option):
        room = right - left - NAMES
        y = sheet.block(left + NAMES, y + 15, text, room, size=SMALL, fill=fill, leading=LEADING - 1)
    return max(below, y) + 7


def _payday(sheet: Sheet, game: Picture, box: Box) -> float:
    """What each actor is paid by at the end of a period; how high that is."""
    x, top, width = box
    left, right = x + ACCENT + PAD, x + width - PAD
    sheet.text(left, top + BASE + 4, "The period ends", size=LARGE, face="bold")
    y = top + BASE + 8
    names = max(NAMES, *(width_of(actor.name, SMALL, "bold") + 10 for actor in game.actors))
    for actor in game.actors:
        y += LEADING
        sheet.text(left, y, actor.name, size=SMALL, fill=colour_of(game, actor.name), face="bold")
        by = f"by {words.listed(actor.cares_about)}" if actor.cares_about else "the same in all cases"
        y = sheet.block(left + names, y, f"is paid {by}", right - left - names, size=SMALL)
    return y + PAD - top
