"""Where the parts of a scenario stand in its files, down to the character.

The loader notes a `Spot` for every value that it reads; messages ask for the `Place` of a path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from longgame.errors import Place, Problem
from longgame.scenario.language.templates import Spelled, member_at, origin_of

Path = tuple[str | int, ...]
"""Where something stands in a scenario: keys and positions from the top, ``("period", 0, "options", "cut")``."""


@dataclass(frozen=True)
class Spot:
    """Where one value and its key stand; lines and columns count from 1.

    Attributes:
        file: the file's name, or None for a text that was passed in.
        key: line and column of the key; of the value itself in a list.
        value: line and column of the value.
        raw: the value as it stands in the file, quotes and all; empty for a block of keys or a list.
        each: the member of a family for which it is written out, ``member usa``.
    """

    file: str | None
    key: tuple[int, int]
    value: tuple[int, int]
    raw: str = field(default="", repr=False)
    each: str = field(default="", repr=False)

    def place_at(self, line: int, column: int, path: str = "") -> Place:
        """A place in the same file."""
        return Place(path, self.file, line, column, self.each)

    def character(self, text: str, index: int) -> tuple[int, int]:
        """Line and column of character ``index`` of ``text``, which is what YAML made of ``raw``.

        YAML folds and indents, but keeps every character that is not a space: those are counted on both sides.
        """
        written = text.written if isinstance(text, Spelled) else text
        wanted = len("".join(written[: origin_of(text, index)].split()))
        line, column = self.value
        raw = self.raw
        position = _content_start(raw)
        seen = 0
        while position < len(raw) and (seen < wanted or raw[position].isspace()):
            seen += not raw[position].isspace()
            position += 1
        if not written[origin_of(text, index) :][:1].strip():  # just past a word: not at the start of the next
            while position and raw[position - 1].isspace():
                position -= 1
        before = raw[:position]
        lines = before.count("\n")
        if not lines:
            return line, column + position
        return line + lines, position - before.rfind("\n")


def _content_start(raw: str) -> int:
    """Where the content begins: after an opening quote, or after the line of ``|`` or ``>``."""
    if raw[:1] in ("'", '"'):
        return 1
    if raw[:1] in ("|", ">"):
        return raw.find("\n") + 1 or len(raw)
    return 0


@dataclass(frozen=True)
class Source:
    """Where a scenario was read from.

    Attributes:
        name: what it is called on the command line: a shipped name, or the file's name without its ending.
        file: the file, or None for a text or a scenario built in Python.
        sha256: of its text and of those that it extends.
        spots: where each value stands.
        overridden: the assumptions whose value was given from outside the file.
    """

    name: str = ""
    file: str | None = None
    sha256: str = ""
    spots: Mapping[Path, Spot] = field(default_factory=dict, repr=False)
    overridden: tuple[str, ...] = ()

    def blamed(self, problems: Iterable[Problem]) -> list[Problem]:
        """Problems of a sound file with other values for some assumptions: they are placed where these were given."""
        if not self.overridden:
            return list(problems)
        given = Place(f"--set {', '.join(self.overridden)}")
        return [replace(p, where=given, found=f"{p.found}, at {p.where}") for p in problems]

    def place(self, path: Path, *, key: bool = False, text: str = "", character: int | None = None) -> Place:
        """The place of a value, of its key, or of one character of an expression with this ``text``.

        What was not written itself (a default) is placed at the nearest block around it.
        """
        words = ".".join(str(part) for part in path)
        for length in range(len(path), -1, -1):
            spot = self.spots.get(path[:length])
            if spot is None:
                continue
            if length < len(path):
                line, column = spot.key
            elif character is not None and spot.raw:
                line, column = spot.character(text, character)
            else:
                line, column = spot.key if key else spot.value
            each = ", ".join(filter(None, (spot.each, member_at(text, character or 0))))
            return replace(spot.place_at(line, column, words), each=each)
        return Place(words, self.file)
