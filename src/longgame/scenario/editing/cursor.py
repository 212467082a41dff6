"""Where a cursor stands in a scenario that is being written: in which block, at a key or at a value.

A file under an editor's cursor is hardly ever YAML: a brace is open, a key has no colon yet. So the text before the
cursor is read line by line here, forgivingly, with no more of YAML than the language has: blocks by indentation, lists,
braces and brackets, quotes, folded texts and comments. What stands after the cursor does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from longgame.scenario.language.templates import restored, sheltered
from longgame.scenario.places import Path

_KEY = re.compile(
    r"""("[^"\\]*" | '[^']*'
        | [^\s#\-{}\[\],&*!|>'"%@`] (?:[^:\#] | :(?=\S) | (?<=\S)\#)*?
        | -(?=\S)[^:\#]*?
        )\s*:(?=\s|$)""",
    re.VERBOSE,
)
_FOLDED = re.compile(r"[|>][-+0-9]*\s*(#.*)?$")


@dataclass(frozen=True)
class Cursor:
    """Where a cursor stands.

    Attributes:
        path: of the block of keys where a key is due, of the value where a value is due; as far as it was read.
        at: what is due here; at the beginning of an entry of a list, either a key or a value.
        before: what stands of the key or value before the cursor, without an opening quote.
        beside: the other entries of the block that were read so far: key -> value as written, "" for a block or a list.
    """

    path: Path
    at: Literal["key", "value", "either"]
    before: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)


def cursor_at(text: str, line: int, column: int) -> Cursor:
    """The cursor before a character of a text; lines and columns count from 1. Beyond the text is at its end."""
    lines = sheltered(text).split("\n")[: max(line, 1)]
    if len(lines) == line:
        lines[-1] = lines[-1][: max(column - 1, 0)]
    reader = _Reader()
    for number, each in enumerate(lines):
        reader.line(each.rstrip("\r"), last=number == len(lines) - 1)
    return reader.cursor()


@dataclass
class _Frame:
    """A block of keys or a list that is open: ``indent`` of its entries, -1 between braces or brackets."""

    indent: int
    is_list: bool
    key: str | None = None  # the key whose value is due; None where a key is
    index: int = 0
    value: str | None = None  # the value as far as it was read; None before it begins
    entries: dict[str, str] = field(default_factory=dict)

    @property
    def part(self) -> str | int | None:
        return self.index if self.is_list else self.key

    def begin(self, key: str) -> None:
        self.key, self.value = key, None
        self.entries[key] = ""


class _Reader:
    """Reads lines one after the other; the frames that are open say where the reading has come to."""

    def __init__(self) -> None:
        self.blocks: list[_Frame] = []
        self.flows: list[_Frame] = []
        self.quote = ""
        self.folded: int | None = None  # the indentation of the key whose folded text is read
        self.word = ""  # a key as far as it was read
        self.due: Literal["key", "value", "either"] = "key"

    def cursor(self) -> Cursor:
        frames = [*self.blocks, *self.flows]
        parts = [frame.part for frame in frames]
        top = frames[-1] if frames else _Frame(0, False)
        if self.due == "key" and not top.is_list:
            parts = parts[:-1]
        path = tuple(restored(part) if isinstance(part, str) else part for part in parts if part is not None)
        before = restored(self.word if self.due != "value" else (top.value or ""))
        key = top.key if self.due == "value" else None
        beside = {restored(name): restored(value) for name, value in top.entries.items() if name != key}
        return Cursor(path, self.due, before, beside)

    # --- lines ---

    def line(self, text: str, *, last: bool) -> None:
        indent = len(text) - len(text.lstrip(" "))
        content = text[indent:]
        if self.folded is not None:
            if not content.strip() or indent > self.folded:
                self._more(content)
                if not (last and not content and indent <= self.folded):
                    return
            self.folded = None
        if self.flows and not self._given_up(indent, content):
            self._more("")
            self._flow(content)
            return
        self.flows, self.quote = [], ""
        if not content.strip() or content.startswith("#"):
            if last:
                self._blank(indent)
            return
        if self._continues(indent, content):
            self._more(content)
            return
        self._entry(indent, content, last)

    def _given_up(self, indent: int, content: str) -> bool:
        """Whether a line shows that a brace or bracket before it was never closed."""
        around = self.blocks[-1].indent if self.blocks else 0
        return not self.quote and indent <= around and bool(_KEY.match(content) or content.startswith("- "))

    def _continues(self, indent: int, content: str) -> bool:
        """Whether a line goes on with the value of the line before."""
        top = self.blocks[-1] if self.blocks else None
        if top is None or not top.value or indent <= top.indent:
            return False
        return self.quote != "" or not _KEY.match(content)

    def _more(self, content: str) -> None:
        top = (self.flows or self.blocks)[-1] if self.flows or self.blocks else None
        if top is not None and top.value is not None:
            self._append(top, f" {content.strip()}" if content.strip() else " ")

    def _append(self, frame: _Frame, text: str) -> None:
        frame.value = (frame.value or "") + text
        if frame.key is not None:
            frame.entries[frame.key] = frame.value.strip()

    def _leave(self, indent: int) -> None:
        """Close the blocks that a line with this indentation does not belong to."""
        while self.blocks and self.blocks[-1].indent > indent:
            self.blocks.pop()

    def _blank(self, indent: int) -> None:
        """The cursor stands alone on its line: its column says where."""
        top = self.blocks[-1] if self.blocks else None
        while top is not None and top.indent > indent:
            self.blocks.pop()
            top = self.blocks[-1] if self.blocks else None
        self.word = ""
        self.due = "key"
        if top is None or top.indent == indent:
            if top is not None and top.is_list:  # the list is over, or goes on with a dash
                self.blocks.pop()
            return
        self.blocks.append(_Frame(indent, False))

    def _entry(self, indent: int, content: str, last: bool) -> None:
        """A line with one or more dashes, a key, or the beginning of one."""
        self._leave(indent)
        dashed = False
        while content == "-" or content.startswith("- "):
            self._leave(indent)
            top = self.blocks[-1] if self.blocks else None
            if top is not None and top.is_list and top.indent == indent:
                top.index += 1
                top.value = None
            else:
                self.blocks.append(_Frame(indent, True))
            rest = content[1:]
            gap = len(rest) - len(rest.lstrip(" "))
            indent, content, dashed = indent + 1 + gap, rest[gap:], True
        top = self.blocks[-1] if self.blocks else None
        match = _KEY.match(content)
        if match is None:
            self._no_key(indent, content, dashed, last)
            return
        if not dashed and top is not None and top.is_list and top.indent == indent:
            self.blocks.pop()  # a key beside the dashes of a list belongs to the block around it
            top = self.blocks[-1] if self.blocks else None
        if top is None or top.is_list or top.indent < indent:
            top = _Frame(indent, False)
            self.blocks.append(top)
        top.begin(match[1][1:-1] if match[1][0] in "'\"" else match[1])
        rest = content[match.end() :].lstrip()
        self.due = "value"
        self._value(top, rest)

    def _no_key(self, indent: int, content: str, dashed: bool, last: bool) -> None:
        top = self.blocks[-1] if self.blocks else None
        if dashed and content[:1] in ("{", "["):
            self.due = "value"
            self._flow(content)
        elif dashed:
            self.due, self.word = "either", content.strip("'\"") if content else ""
        elif content[:1] in ("{", "[") and top is not None and top.value is None:
            self.due = "value"
            self._flow(content)
        elif last:
            self.due, self.word = "key", content
            if top is None or top.is_list or top.indent < indent:
                self.blocks.append(_Frame(indent, False))

    def _value(self, frame: _Frame, rest: str) -> None:
        """The value that begins on the line of its key."""
        if _FOLDED.match(rest):
            self.folded = frame.indent
            frame.value = ""
        elif rest[:1] in ("{", "["):
            self._flow(rest)
        elif rest[:1] in ("'", '"'):
            closed = rest[0] in rest[1:]
            self.quote = "" if closed else rest[0]
            self._append(frame, rest[1:].split(rest[0])[0] if closed else rest[1:])
        elif rest and not rest.startswith("#"):
            self._append(frame, re.split(r"\s#", rest)[0])

    # --- braces and brackets ---

    def _flow(self, content: str) -> None:
        position = 0
        while position < len(content):
            sign = content[position]
            following = content[position + 1 : position + 2]
            if self.quote:
                if sign == self.quote:
                    self.quote = ""
                else:
                    self._character(sign)
            elif sign == "#" and (position == 0 or content[position - 1] == " "):
                return
            elif sign in "{[" and not self._begun():
                self.flows.append(_Frame(-1, sign == "["))
                self._await()
            elif sign in "}]":
                self._close()
                if not self.flows:
                    return
            elif sign == ",":
                self._next()
            elif sign == ":" and self.due == "key" and following in ("", " ", ",", "}", "]"):
                self.flows[-1].begin(self.word.strip())
                self.word, self.due = "", "value"
            elif sign in "'\"" and not self._begun():
                self.quote = sign
                if self.due == "value":
                    self._append(self.flows[-1], "")
            else:
                self._character(sign)
            position += 1

    def _begun(self) -> bool:
        if not self.flows:
            return False
        return bool(self.word.strip() if self.due == "key" else (self.flows[-1].value or "").strip())

    def _character(self, sign: str) -> None:
        if self.due == "key":
            self.word = (self.word + sign).lstrip()
        elif self.flows and (self.flows[-1].value or sign != " "):
            self._append(self.flows[-1], sign)

    def _await(self) -> None:
        self.word = ""
        self.due = "value" if self.flows[-1].is_list else "key"

    def _next(self) -> None:
        top = self.flows[-1]
        top.value = None
        if top.is_list:
            top.index += 1
        else:
            top.key = None
        self._await()

    def _close(self) -> None:
        self.flows.pop()
        self.word, self.due = "", "value"
        top = self.flows[-1] if self.flows else None
        if top is not None:
            top.value = top.value or ""
