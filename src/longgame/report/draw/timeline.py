"""Where play may lead, as SVG: a line for each kind of state, as thick as it is likely, from date to date."""

from __future__ import annotations

from longgame.answers import words
from longgame.answers.timeline import TimelineAnswer, line_name, told
from longgame.report.draw.game import title
from longgame.report.draw.play import short_day
from longgame.report.draw.svg import (
    GAP,
    LEADING,
    LEFT,
    MARGIN,
    RIGHT,
    SMALL,
    Sheet,
    actor_colour,
    width_of,
    wrapped,
)
from longgame.report.draw.wording import for_reader

NAMES = 200.0  # the column with the names of the states
HIGH = 250.0  # of all that is certain
APART = 7.0  # between lines
BAR = 9.0  # how wide the marks at the dates are
LEAST = 5e-4  # what is less likely is not drawn


def timeline_svg(found: TimelineAnswer, *, style: bool = True) -> str:
    """A timeline as one ``<svg>`` element; ``style=False`` leaves the style block to the page."""
    found = for_reader(found, found.actors)
    sheet, drawing = Sheet(), _Timeline(found)
    name = f"Where it may lead: {found.scenario.title}"
    y = title(sheet, name, found.seen) + GAP
    y = drawing.draw(sheet, y)
    y = drawing.table(sheet, y + 2 * GAP)
    y = sheet.block(LEFT, y + GAP, told(found), RIGHT - LEFT, size=SMALL, fill="soft")
    return sheet.document(y + MARGIN, name, described(found), name="timeline", style=style)


def described(found: TimelineAnswer) -> str:
    """A timeline in sentences."""
    said = [found.seen]
    for line in found.lines:
        dates = zip(found.dates, line.shares, strict=True)
        shares = ", ".join(f"{words.percent(p)} in {words.day(date)}" for date, p in dates)
        said.append(f"{line_name(found, line)}: {words.percent(line.now)} now, {shares}.")
    return " ".join(said)


class _Timeline:
    """Where everything stands: a column for now and for each date, a colour for each kind of state."""

    def __init__(self, found: TimelineAnswer):
        self.found = found
        self.shares = {place: (line.now, *line.shares) for place, line in enumerate(found.lines)}
        self.lines = [place for place, shares in self.shares.items() if max(shares) >= LEAST]
        columns = len(found.dates) + 1
        left, right = LEFT + NAMES + 20, RIGHT - 20
        self.x = [left + (right - left) * column / (columns - 1) for column in range(columns)]
        self.tops = [self._stacked(column) for column in range(columns)]

    def colour(self, place: int) -> str:
        """The colour of a kind of state."""
        return actor_colour(place) if self.found.lines[place].state else "soft"

    def _stacked(self, column: int) -> dict[int, float]:
        """Where each line begins in a column, from the top."""
        tops, y = {}, 0.0
        for place in self.lines:
            tops[place] = y
            share = self.shares[place][column]
            y += HIGH * share + (APART if share >= LEAST else 0.0)
        return tops

    def draw(self, sheet: Sheet, top: float) -> float:
        """The lines; where they end."""
        ribbons = Sheet()
        for column, flow in enumerate(self.found.flows):
            leaving = dict(self.tops[column])
            arriving = dict(self.tops[column + 1])
            for place in self.lines:
                for other in self.lines:
                    size = HIGH * flow[place][other]
                    if flow[place][other] >= LEAST:
                        self._ribbon(ribbons, column, (top + leaving[place], top + arriving[other], size), place)
                    leaving[place] += size
                    arriving[other] += size
        sheet.join(ribbons, 0.4)
        for column, x in enumerate(self.x):
            for place in self.lines:
                share = self.shares[place][column]
                if share >= LEAST:
                    y = top + self.tops[column][place]
                    sheet.rect(x - BAR / 2, y, BAR, max(HIGH * share, 1.0), fill=self.colour(place))
        return top + HIGH + APART * (len(self.lines) - 1)

    def _ribbon(self, sheet: Sheet, column: int, band: tuple[float, float, float], place: int) -> None:
        here, there, size = band
        x, end = self.x[column] + BAR / 2, self.x[column + 1] - BAR / 2
        half = (x + end) / 2
        above = f"M{x:.1f} {here:.2f}C{half:.1f} {here:.2f} {half:.1f} {there:.2f} {end:.1f} {there:.2f}"
        below = f"v{size:.2f}C{half:.1f} {there + size:.2f} {half:.1f} {here + size:.2f} {x:.1f} {here + size:.2f}Z"
        sheet.path(above + below, fill=self.colour(place))

    def table(self, sheet: Sheet, y: float) -> float:
        """The probabilities under the columns, a row for each kind of state; where they end."""
        room = (self.x[1] - self.x[0]) - 6
        heads = [wrapped(text, room, SMALL) for text in ("now", *map(short_day, self.found.dates))]
        high = max(map(len, heads))
        for x, lines in zip(self.x, heads, strict=True):
            for number, text in enumerate(lines):
                line = y + LEADING * (high - len(lines) + number)
                sheet.text(x, line, text, size=SMALL, fill="soft", anchor="middle")
        y += LEADING * (high - 1) + 9
        for place in self.lines:
            sheet.line([(LEFT, y), (RIGHT, y)], stroke="rule")
            sheet.rect(LEFT, y + 8, 10, 10, fill=self.colour(place))
            name = line_name(self.found, self.found.lines[place])
            for x, share in zip(self.x, self.shares[place], strict=True):
                text = words.percent(share)
                text = "<1%" if width_of(text, SMALL) > room else text
                fill = "ink" if share >= LEAST else "soft"
                sheet.text(x, y + 17, text if share else "0%", size=SMALL, fill=fill, anchor="middle")
            y = sheet.block(LEFT + 18, y + 17, name, NAMES - 24, size=SMALL) + 8
        return y
