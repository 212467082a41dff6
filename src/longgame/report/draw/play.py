"""The likeliest courses of play as SVG: lines that part, as thick as they are likely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from longgame.answers import words
from longgame.answers.course_rows import CourseRow, Stretch, stretches
from longgame.answers.play import PlayAnswer
from longgame.report.draw.game import title
from longgame.report.draw.svg import GAP, LEFT, MARGIN, RIGHT, SMALL, Sheet, actor_colour, width_of, wrapped
from longgame.report.draw.wording import for_reader
from longgame.scenario.expand.habit import HABIT

THICK = 44.0  # of what is certain
THIN = 1.2  # of the least likely line
ENDS = 150.0  # the room on the right for how it ends
BEND = 34.0  # the room in which lines part
LINE = 14.0  # of text
BETWEEN = 12.0  # one line and the text above the next
SURE = 0.9  # what changes nothing and is more likely than this need not be told
SEEN_THROUGH = 0.5  # the lines
NONE = 5e-4  # a probability that need not be drawn


def paths_svg(found: PlayAnswer, *, style: bool = True) -> str:
    """The likeliest courses as one ``<svg>`` element; ``style=False`` leaves the style block to the page."""
    found = for_reader(found, found.actors)
    sheet, root = Sheet(), stretches(found.course)
    y = title(sheet, f"How it may go on: {found.scenario.title}", seen_words(found)) + GAP
    drawing = _Drawing(found, depth_of(root))
    drawing.draw(root, 0, None, y)
    sheet.join(drawing.lines, SEEN_THROUGH)
    sheet.join(drawing.sheet)
    end = y + drawing.height(root, 0, None) + 2 * GAP
    end = sheet.block(LEFT, end, reading_words(found), RIGHT - LEFT, size=SMALL, fill="soft")
    name = f"How it may go on: {found.scenario.title}"
    return sheet.document(end + MARGIN, name, described(found), name="play", style=style)


def seen_words(found: PlayAnswer) -> str:
    """From where and how far the courses are looked at."""
    return f"{found.seen}, to the end of {words.day(found.until)}."


def reading_words(found: PlayAnswer, *, drawn: bool = True) -> str:
    """How the drawing is read; or the text."""
    least = words.percent(found.least) if found.least >= 0.01 else f"{100 * found.least:g}%"
    number = "Each number is the probability of all that stands above it in the tree, and of itself."
    line = "A line is as thick as all that it shows is likely, and so says its number; its colour shows who moves."
    return (
        f"{line if drawn else number} Steps that leave no choice are passed, and what changes nothing and is nearly "
        "sure is not told. At the end of a course stands what has changed by then. "
        f"Courses below {least} are summed as other paths."
    )


def short_day(label: str | int | None) -> str:
    """A date for a narrow column."""
    return words.day(label) if str(label).isdigit() else words.short_day(label)


def described(found: PlayAnswer) -> str:
    """The drawing in sentences, the likeliest courses first."""
    said, ends = [seen_words(found)], sorted(_courses(found.course), key=lambda course: -course[0])
    for probability, rows in ends:
        said.append(f"{words.percent(probability)}: {', '.join(map(event_words, rows)) or 'nothing'}.")
    rest = 1.0 - sum(probability for probability, _ in ends)
    return " ".join([*said, f"Other paths: {words.percent(rest)}." if rest >= NONE else ""]).strip()


def _courses(course: CourseRow) -> Iterator[tuple[float, list[CourseRow]]]:
    """Every course that is listed, with its probability."""
    own = [course] if course.step else []
    if not course.further:
        yield course.probability, own
    for further in course.further:
        for probability, rows in _courses(further):
            yield probability, own + rows


def event_words(row: CourseRow) -> str:
    """What happens, in a few words."""
    if row.step is None:
        return "nothing more happens"
    return in_words(row) or f"{row.by or 'chance'}, {step_name(row)}: {row.option}"


def in_words(row: CourseRow) -> str:
    """Whether a move is thought over; empty for any other event."""
    about, _, kind = (row.step or "").rpartition(".")
    return f"{about} {(row.option or '').replace('_', ' ')}" if row.by is None and kind == HABIT else ""


def step_name(row: CourseRow) -> str:
    """The name of a step for a reader: of a reply, the deal."""
    parts = (row.step or "").split(".")
    return parts[0] if len(parts) < 3 else parts[1]


def depth_of(stretch: Stretch) -> int:
    """How many lines follow one another at most."""
    return max((1 + depth_of(further) for further in stretch.further), default=0)


def told(stretch: Stretch) -> list[CourseRow]:
    """What is worth telling of a line: all but what changes nothing and was nearly sure; offers and replies always."""
    rows = [row for row in stretch.rows if row.step is not None]
    shown = [
        row
        for place, row in enumerate(rows)
        if not row.stays or row.chance < SURE or any(map(is_reply, rows[place : place + 2]))
    ]
    return shown or rows[-1:]


def is_reply(row: CourseRow) -> bool:
    """Whether it is a reply to an offer."""
    return "." in (row.step or "")


def ending(found: PlayAnswer, row: CourseRow) -> list[str]:
    """What stands at the end of a course: how the state differs from that at the beginning, as far as it is certain."""
    start = found.course.state
    said = [f"{name} {value}" for name, value in row.state.items() if isinstance(value, str) and value != start[name]]
    return ([row.ended] if row.ended else []) + said + ([] if row.over else ["and so on"])


@dataclass(frozen=True)
class _Label:
    """A line of text above a line of the drawing."""

    text: str
    fill: str
    face: str = "plain"


class _Drawing:
    """Lines from left to right; each column is as wide as any other."""

    def __init__(self, found: PlayAnswer, columns: int):
        self.sheet, self.lines, self.found = Sheet(), Sheet(), found
        self.colours = {name: actor_colour(place) for place, name in enumerate(found.actors)}
        self.start = 58.0
        self.column = (RIGHT - ENDS - LEFT - self.start) / max(columns, 1)

    def x(self, depth: int) -> float:
        """Where the lines of a column begin."""
        return LEFT + (self.start + (depth - 1) * self.column if depth else 0.0)

    def thick(self, probability: float) -> float:
        """How thick a line is."""
        return max(THICK * probability, THIN)

    def colour(self, stretch: Stretch) -> str:
        """The colour of a line: that of who moves first on it."""
        return self.colours.get(stretch.rows[0].by or "", "soft")

    def labels(self, stretch: Stretch, depth: int, period: str | None) -> list[_Label]:
        """What stands above a line, after what happened in a period."""
        if depth == 0:
            return [_Label("100%", "ink", "bold")]
        room, said = self.column - BEND - 6, []
        for row in told(stretch):
            if row.period != period:
                period = row.period
                said += [_Label(text, "soft") for text in wrapped(short_day(period), room, SMALL)]
            fill = self.colours.get(row.by or "", "soft")
            name = f"{row.by or 'chance'}: {step_name(row)}"
            option = (row.option or "").replace("_", " ") if in_words(row) else row.option or ""
            said += [_Label(text, fill) for text in wrapped(name, room, SMALL)]
            said += [_Label(text, "ink", "bold") for text in wrapped(option, room, SMALL, "bold")]
        return said or [_Label("nothing more happens", "soft")]

    def beside(self, stretch: Stretch) -> float:
        """How far the words at the end of a course stand from its end."""
        return 18.0 + width_of(words.percent(stretch.probability), SMALL, "bold")

    def endings(self, stretch: Stretch) -> list[str]:
        """What stands at the end of a course."""
        room = ENDS - self.beside(stretch)
        return [text for one in ending(self.found, stretch.last) for text in wrapped(one, room, SMALL)]

    def own(self, stretch: Stretch, depth: int, period: str | None) -> float:
        """How high a line with its text is."""
        above = LINE * len(self.labels(stretch, depth, period)) + self.thick(stretch.probability)
        beside = 0.0 if stretch.further else LINE * max(1, len(self.endings(stretch)))
        below = LINE if stretch.further and depth and not self.fits(stretch, depth, period) else 0.0
        return max(above, beside) + below + BETWEEN

    def fits(self, stretch: Stretch, depth: int, period: str | None) -> bool:
        """Whether the probability of a line stands behind the last line of its text; else it stands below."""
        last = self.labels(stretch, depth, period)[-1]
        size = width_of(last.text, SMALL, last.face) + 8 + width_of(words.percent(stretch.probability), SMALL)
        return size <= self.column - BEND - 4

    def height(self, stretch: Stretch, depth: int, period: str | None) -> float:
        """How high a line with all that follows is."""
        after = _period_after(stretch, period)
        further = sum(self.height(one, depth + 1, after) for one in stretch.further)
        return max(self.own(stretch, depth, period), further + self.rest(stretch))

    def rest(self, stretch: Stretch) -> float:
        """How high the line of other paths is."""
        return LINE + self.thick(stretch.other) + 4 if stretch.further and stretch.other >= NONE else 0.0

    def draw(self, stretch: Stretch, depth: int, period: str | None, top: float) -> float:
        """A line and all that follows, from its top on; the middle of the line."""
        height, after = self.height(stretch, depth, period), _period_after(stretch, period)
        sizes = [self.height(one, depth + 1, after) for one in stretch.further]
        y, ahead = top + max(0.0, (height - sum(sizes) - self.rest(stretch)) / 2), []
        for one, size in zip(stretch.further, sizes, strict=True):
            ahead.append((self.draw(one, depth + 1, after, y), one.probability, self.colour(one)))
            y += size
        if self.rest(stretch):
            ahead.append((self._other(stretch, depth + 1, y), stretch.other, "soft"))
        labels, half = self.labels(stretch, depth, period), self.thick(stretch.probability) / 2
        first, last = top + LINE * len(labels) + half, top + height - half - BETWEEN
        middle = (ahead[0][0] + ahead[-1][0]) / 2 if ahead else (first + last) / 2
        middle = max(min(middle, last), first)
        self._line(stretch, depth, labels, middle, self.fits(stretch, depth, period))
        at = middle - half
        for there, p, colour in ahead:  # side by side at the end of the line, as in a river
            self._bend(self.x(depth + 1), at + self.thick(p) / 2, there, self.thick(p), colour)
            at += THICK * p
        return middle

    def _line(self, stretch: Stretch, depth: int, labels: list[_Label], middle: float, fits: bool) -> None:
        x, thick = self.x(depth), self.thick(stretch.probability)
        left = x + BEND if depth else x
        right = self.x(depth + 1) if stretch.further else RIGHT - ENDS
        self.lines.rect(left, middle - thick / 2, right - left, thick, fill=self.colour(stretch))
        base = middle - thick / 2 - 5
        for place, label in enumerate(labels):
            line = base - LINE * (len(labels) - 1 - place)
            self.sheet.text(left + 2, line, label.text, size=SMALL, fill=label.fill, face=label.face)
        percent = words.percent(stretch.probability)
        if not stretch.further:
            self.sheet.text(right + 8, middle + 4, percent, size=SMALL, face="bold")
            said = self.endings(stretch)
            for place, text in enumerate(said):
                y = middle + 4 + LINE * (place - (len(said) - 1) / 2)
                self.sheet.text(right + self.beside(stretch), y, text, size=SMALL, fill="soft")
        elif depth and fits:
            at = left + 8 + width_of(labels[-1].text, SMALL, labels[-1].face)
            self.sheet.text(at, base, percent, size=SMALL, fill="soft")
        elif depth:
            self.sheet.text(left + 2, middle + thick / 2 + 12, percent, size=SMALL, fill="soft")

    def _bend(self, x: float, here: float, there: float, thick: float, colour: str) -> None:
        """A line from the end of another to its own height, everywhere equally high."""
        end, half, d = x + BEND, x + BEND / 2, thick / 2
        a, b, c, e = (f"{y:.2f}" for y in (here - d, there - d, there + d, here + d))
        above = f"M{x:.1f} {a}C{half:.1f} {a} {half:.1f} {b} {end:.1f} {b}"
        self.lines.path(f"{above}V{c}C{half:.1f} {c} {half:.1f} {e} {x:.1f} {e}Z", fill=colour)

    def _other(self, stretch: Stretch, depth: int, top: float) -> float:
        """The line of all that leaves a fork and is not listed; its middle."""
        thick = self.thick(stretch.other)
        left, middle = self.x(depth) + BEND, top + LINE + thick / 2
        self.lines.rect(left, middle - thick / 2, 26, thick, fill="soft")
        text = f"other paths {words.percent(stretch.other)}"
        self.sheet.text(left + 2, middle - thick / 2 - 4, text, size=SMALL, fill="soft")
        return middle


def _period_after(stretch: Stretch, period: str | None) -> str | None:
    """The period that a reader has seen last, at the end of a line."""
    return next((row.period for row in reversed(told(stretch)) if row.period), period)
