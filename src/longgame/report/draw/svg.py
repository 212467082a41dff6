"""The paper that drawings are made on: measured text, a few shapes, and the document around them.

Nothing here asks the viewer how wide a text is: it is measured with the widths of DejaVu Sans, the widest of the usual
sans-serif faces, so that with any of them nothing overlaps and nothing is cut.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from longgame.text import visible

WIDTH = 820.0  # of every drawing, in its own units
MARGIN, GAP, PAD = 24.0, 12.0, 12.0  # around everything, between things, inside of them
LEFT, RIGHT = MARGIN, WIDTH - MARGIN
SMALL, TEXT, LARGE = 11.0, 12.0, 13.5  # sizes of text
LEADING = 15.5

SANS = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', system-ui, sans-serif"
SERIF = "'Iowan Old Style', 'Palatino Linotype', Palatino, 'Book Antiqua', 'Source Serif 4', Georgia, serif"

#: Colours by what they are for: in the light, in the dark. They are those of the report (base.css).
COLOURS = {
    "paper": ("#fcfbf8", "#171614"),
    "raised": ("#f4f1ea", "#21201d"),
    "ink": ("#1d1b18", "#ece8df"),
    "soft": ("#5b564d", "#b3ac9f"),
    "rule": ("#dcd7cc", "#3b3832"),
    "bad": ("#a3401f", "#f0a07a"),
    "c1": ("#1f5a99", "#7db3e8"),
    "c2": ("#b0501c", "#f0a06a"),
    "c3": ("#28734f", "#7fcfa8"),
    "c4": ("#78468f", "#c9a2e0"),
    "c5": ("#806200", "#d9bf5a"),
    "c6": ("#a5305a", "#ee8fb0"),
    "c7": ("#2d7585", "#7fc6d4"),
    "c8": ("#5c5c5c", "#b5b5b5"),
}

_DARK = "".join(f".lg .f-{name}{{fill:{dark}}}.lg .s-{name}{{stroke:{dark}}}" for name, (_, dark) in COLOURS.items())

#: The style block of every drawing.
STYLE = f"@media screen and (prefers-color-scheme:dark){{{_DARK}}}"

# Widths of the printable ASCII characters from the space on, in hundredths of the size (DejaVu Sans).
_WIDTHS = (
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84,
    84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99, 69, 61,
    69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59,
    82, 59, 59, 52, 64, 34, 64, 84,
)  # fmt: skip
_BROAD = {"…": 100, "—": 100}
_WIDE, _OTHER = 105, 84
_HEAVIER = {"plain": 1.0, "bold": 1.17, "serif": 1.12}


def width_of(text: str, size: float, face: str = "plain") -> float:
    """How wide a text is at most; ``face``: plain, bold or serif."""
    total = 0
    for character in text:
        code = ord(character) - 32
        if 0 <= code < len(_WIDTHS):
            total += _WIDTHS[code]
        elif not unicodedata.combining(character):
            letter = unicodedata.normalize("NFD", character)[0]
            base = ord(letter) - 32
            wide = _WIDE if unicodedata.east_asian_width(character) in "WF" else _BROAD.get(character, _OTHER)
            total += _WIDTHS[base] if 0 <= base < len(_WIDTHS) else wide
    return total * size * _HEAVIER[face] / 100


def wrapped(text: str, room: float, size: float, face: str = "plain") -> list[str]:
    """A text in lines that fit the room, broken between words; a word that is too long for a line is broken itself."""
    lines: list[str] = []
    for paragraph in visible(text).split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if width_of(longer, size, face) <= room:
                line = longer
                continue
            if line:
                lines.append(line)
            *pieces, line = _pieces(word, room, size, face)
            lines += pieces
        if line:
            lines.append(line)
    return lines


def _pieces(word: str, room: float, size: float, face: str) -> list[str]:
    """A word in pieces that fit: mostly the word itself."""
    pieces, piece = [], ""
    for character in word:
        if piece and width_of(piece + character, size, face) > room:
            pieces.append(piece)
            piece = ""
        piece += character
    return [*pieces, piece]


def shortened(text: str, room: float, size: float, face: str = "plain") -> str:
    """A text on one line that fits the room, with an ellipsis where it had to be cut."""
    line = " ".join(visible(text).split())
    if width_of(line, size, face) <= room:
        return line
    while line and width_of(line + "…", size, face) > room:
        line = line[:-1]
    return line.rstrip() + "…"


class Sheet:
    """The shapes of a drawing, in the order in which they are put on it."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def rect(
        self, x: float, y: float, width: float, height: float, *, fill: str = "", stroke: str = "", **more: str | float
    ) -> None:
        """A rectangle; ``more`` are further attributes, with ``_`` for ``-``."""
        box = {"x": x, "y": y, "width": max(width, 0.0), "height": max(height, 0.0)}
        self._add("rect", fill, stroke, box | more)

    def circle(self, x: float, y: float, r: float, *, fill: str = "", stroke: str = "", **more: str | float) -> None:
        """A circle."""
        self._add("circle", fill, stroke, {"cx": x, "cy": y, "r": r} | more)

    def path(self, d: str, *, fill: str = "", stroke: str = "", **more: str | float) -> None:
        """A path; its numbers are the caller's."""
        self._add("path", fill, stroke, {"d": d} | more)

    def line(self, points: Sequence[tuple[float, float]], *, stroke: str, **more: str | float) -> None:
        """A line through points."""
        self._add("path", "", stroke, {"d": "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)} | more)

    def text(
        self, x: float, y: float, text: str, *, size: float = TEXT, fill: str = "ink", face: str = "plain",
        anchor: str = "start", **more: str | float,
    ) -> None:  # fmt: skip
        """A line of text whose base stands at y."""
        family = {"font-family": SERIF} if face == "serif" else {}
        weight = {"font-weight": 600} if face == "bold" else {}
        turned = {} if anchor == "start" else {"text-anchor": anchor}
        given: dict[str, str | float] = {"x": x, "y": y, "font-size": size, **family, **weight, **turned, **more}
        self._add("text", fill, "", given, escape(visible(text)))

    def block(
        self, x: float, y: float, text: str, room: float, *, size: float = TEXT, fill: str = "ink", face: str = "plain",
        leading: float = LEADING,
    ) -> float:  # fmt: skip
        """A text in as many lines as it takes, the base of the first at y; the base of the last."""
        lines = wrapped(text, room, size, face)
        for number, line in enumerate(lines):
            self.text(x, y + number * leading, line, size=size, fill=fill, face=face)
        return y + max(len(lines) - 1, 0) * leading

    def join(self, other: Sheet, opacity: float = 1.0) -> None:
        """Put all that is on another sheet on top; where it can be seen through, as one."""
        if opacity < 1.0:
            self._parts += [f'<g opacity="{opacity:g}">', *other._parts, "</g>"]
        else:
            self._parts += other._parts

    def document(self, height: float, title: str, says: str, *, name: str, width: float = WIDTH, style: bool) -> str:
        """The drawing as one ``<svg>`` element.

        Args:
            height: how far down it goes.
            title: what it is, for those who do not see it and for a pointer that rests on it.
            says: the same at more length.
            name: of this kind of drawing: two kinds may stand on one page.
            width: mostly that of all drawings.
            style: whether the style block is inside.
        """
        box = f'viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}"'
        block = f"<style>{STYLE}</style>" if style else ""
        paper = f'<rect class="f-paper" width="{_n(width)}" height="{_n(height)}" fill="{COLOURS["paper"][0]}"/>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="lg" {box} role="img" '
            f'aria-labelledby="lg-{name}-title" aria-describedby="lg-{name}-desc" font-family={quoteattr(SANS)}>\n'
            f'<title id="lg-{name}-title">{escape(visible(title))}</title>\n'
            f'<desc id="lg-{name}-desc">{escape(visible(says))}</desc>\n'
            f"{block}{paper}\n" + "\n".join(self._parts) + "\n</svg>\n"
        )

    def _add(
        self, tag: str, fill: str, stroke: str, attributes: dict[str, str | float], inside: str | None = None
    ) -> None:
        names = [f"f-{fill}"] * bool(fill) + [f"s-{stroke}"] * bool(stroke)
        colours = {"fill": COLOURS[fill][0] if fill else "none"}
        if stroke:
            colours["stroke"] = COLOURS[stroke][0]
        marked = {"class": " ".join(names)} if names else {}
        given = {**marked, **colours, **attributes}
        text = " ".join(
            f"{key.replace('_', '-')}={quoteattr(value if isinstance(value, str) else _n(value))}"
            for key, value in given.items()
        )
        self._parts.append(f"<{tag} {text}/>" if inside is None else f"<{tag} {text}>{inside}</{tag}>")


def actor_colour(index: int) -> str:
    """The colour of an actor, by its place."""
    return f"c{index % 7 + 1}"


def _n(value: float) -> str:
    """A number of a drawing, to a tenth."""
    return f"{value:.1f}".rstrip("0").rstrip(".") if value else "0"
