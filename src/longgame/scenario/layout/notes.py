"""A YAML text -> its nodes as they stand there, with the comments and blank lines around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from longgame.scenario.language.templates import sheltered

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Comment:
    """A comment on a line of its own; ``blank``: after a blank line."""

    text: str
    blank: bool = False


@dataclass
class Entry:
    """A key with its value, or an item of a list (whose key is empty), with what stands around it.

    Attributes:
        key: as it is written, quotes and all; ``name``: what it says.
        start: its first character in the text.
        above: comments before it; ``beside``: the comment at the end of its line.
        blank: whether a blank line stands before it, or before the comments above it.
    """

    key: str
    name: str
    start: int
    value: Node
    above: list[Comment] = field(default_factory=list)
    beside: str = ""
    blank: bool = False


@dataclass
class Node:
    """A value: a scalar as it is written, or a block of keys or list with its entries.

    Attributes:
        kind: what it is.
        start, end: its first character in the text, and the one past its last.
        raw: of a scalar, as it is written.
        column: of a block, where its entries begin.
        flow: whether it is written between braces or brackets.
        below: comments after its last entry.
    """

    kind: str
    start: int
    end: int
    raw: str = ""
    column: int = 0
    flow: bool = False
    entries: list[Entry] = field(default_factory=list)
    below: list[Comment] = field(default_factory=list)

    @property
    def commented(self) -> bool:
        """Whether there is a comment anywhere in it."""
        return bool(self.below) or any(e.above or e.beside or e.value.commented for e in self.entries)


@dataclass
class Noted:
    """A text taken apart: its root, the comments before the first key, and all comments in order."""

    root: Node
    head: list[Comment]
    comments: list[str]


def noted(text: str) -> Noted:
    """Take a text apart that is one YAML document with a block of keys; its problems were looked for before."""
    spans: list[tuple[int, int]] = []
    root = _root(text, spans)
    found = list(_comments(text, spans))
    head: list[Comment] = []
    first = root.entries[0].start if root.entries else len(text)
    for start, comment, own, blank in found:
        if own and start < first:
            head.append(Comment(comment, blank))
        elif own:
            _put_above(root, start, _column(text, start), Comment(comment, blank))
        else:
            _put_beside(root, start, comment)
    for entry in _entries(root):
        entry.blank = _after_blank(text, entry.start) if not entry.above else entry.above[0].blank
    return Noted(root, head, [comment for _, comment, _, _ in found])


def _root(text: str, spans: list[tuple[int, int]]) -> Node:
    """The nodes of a text; ``spans`` takes where its scalars stand."""
    stack: list[Node] = []
    keys: list[tuple[str, str, int] | None] = []
    root = Node("map", 0, len(text))

    def put(node: Node) -> None:
        nonlocal root
        if not stack:
            root = node
            return
        top = stack[-1]
        if top.kind == "list":
            top.entries.append(Entry("", "", node.start, node))
        elif keys[-1] is None:
            keys[-1] = (node.raw, "", node.start)
        else:
            key, _, start = keys[-1]
            keys[-1] = None
            top.entries.append(Entry(key, _said(key), start, node))

    for event in yaml.parse(sheltered(text), Loader=_Parser):
        if isinstance(event, yaml.ScalarEvent):
            start, end, _ = _marks(event)
            raw = text[start:end]
            if event.style in ("|", ">"):
                end = start + len(raw.rstrip("\n ")) if raw.strip() else end
                end = _without_comments(text, start, end)
                raw = text[start:end]
            spans.append((start, end))
            put(Node("scalar", start, end, raw.rstrip() if event.style not in ("'", '"') else raw))
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            start, _, column = _marks(event)
            kind = "map" if isinstance(event, yaml.MappingStartEvent) else "list"
            stack.append(Node(kind, start, start, column=column, flow=bool(event.flow_style)))
            keys.append(None)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            done = stack.pop()
            keys.pop()
            done.end = _marks(event)[1]
            if done.kind == "list" and not done.flow:
                _at_dashes(text, done)
            put(done)
    return root


def _marks(event: Any) -> tuple[int, int, int]:
    """First character of an event, the one past its last, and the column of the first."""
    return event.start_mark.index, event.end_mark.index, event.start_mark.column


def _without_comments(text: str, start: int, end: int) -> int:
    """Where a folded text ends: before comments that stand further left than it."""
    lines = text[start:end].split("\n")
    inner = [len(line) - len(line.lstrip(" ")) for line in lines[1:] if line.strip()]
    least = inner[0] if inner else 0
    while len(lines) > 1 and (not lines[-1].strip() or len(lines[-1]) - len(lines[-1].lstrip(" ")) < least):
        end -= len(lines.pop()) + 1
    return end


def _at_dashes(text: str, node: Node) -> None:
    """The items of a list begin at their dashes."""
    for entry in node.entries:
        while _column(text, entry.start) != node.column:
            entry.start = text.rfind("-", 0, entry.start)


def _said(key: str) -> str:
    return key[1:-1] if key[:1] in ("'", '"') else key


def _comments(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, str, bool, bool]]:
    """Every comment: its first character, its text, whether the line is its own, whether a blank line is before it."""
    inside = iter(sorted(spans))
    span = next(inside, None)
    for match in re.finditer(r"(?:^|(?<=[ \t]))#[^\n]*", text, re.MULTILINE):
        while span is not None and span[1] <= match.start():
            span = next(inside, None)
        if span is not None and span[0] <= match.start():
            continue
        line = text.rfind("\n", 0, match.start()) + 1
        own = not text[line : match.start()].strip()
        yield match.start(), match[0].rstrip(), own, own and _after_blank(text, match.start())


def _after_blank(text: str, index: int) -> bool:
    """Whether the line before that of a character is blank."""
    line = text.rfind("\n", 0, index)
    before = text.rfind("\n", 0, max(line, 0))
    return line >= 0 and not text[before + 1 : line].strip()


def _column(text: str, index: int) -> int:
    return index - text.rfind("\n", 0, index) - 1


def _holds(node: Node, index: int, column: int | None) -> bool:
    """Whether a comment is inside a block or list rather than after it."""
    if node.kind == "scalar" or not node.entries:
        return False
    if node.flow:
        return node.start < index < node.end
    first = node.entries[0].start
    return index > first if column is None else column >= node.column or index < first


def _put_above(node: Node, index: int, column: int, comment: Comment) -> None:
    """Put a comment that has a line of its own before the entry that follows it, or at the end of its block."""
    while True:
        following = next((entry for entry in node.entries if entry.start > index), None)
        before = [entry for entry in node.entries if entry.start < index]
        if before and _holds(before[-1].value, index, column):
            node = before[-1].value
            continue
        if following is not None:
            following.above.append(comment)
        else:
            node.below.append(comment)
        return


def _put_beside(node: Node, index: int, comment: str) -> None:
    """Put a comment at the end of a line beside the entry that it stands with."""
    while True:
        before = [entry for entry in node.entries if entry.start < index]
        if not before:
            node.below.append(Comment(comment))
            return
        value = before[-1].value
        if _holds(value, index, None):
            node = value
            continue
        entry = before[-1]
        if entry.beside or value.raw[:1] in ("|", ">"):
            entry.above.append(Comment(comment))
        else:
            entry.beside = comment
        return


def _entries(node: Node) -> Iterator[Entry]:
    for entry in node.entries:
        yield entry
        yield from _entries(entry.value)
