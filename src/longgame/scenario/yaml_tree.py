"""YAML text -> a tree that knows where every key and value stands.

Built from the events of PyYAML's (C) parser, without its loaders: so no object is ever constructed, nesting cannot
exhaust the stack, and words are resolved by the YAML 1.2 core schema (``no`` is a word, ``2025-03`` is a word, ``1e-3``
is a number). Left out on purpose: anchors, aliases, tags and several documents in one file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from longgame.errors import Place, Problem, ScenarioError
from longgame.scenario.language.templates import restored, sheltered
from longgame.scenario.places import Path, Spot
from longgame.text import composed, is_unseen, listed, visible

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 40
NOT_YAML = ("yaml", "tab")  # codes of what no YAML has
UNSUPPORTED = ("alias", "tag")  # codes of what YAML has and the language has not

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = re.compile(r"~|null|Null|NULL|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_BASED = re.compile(r"0o[0-7]{1,20}|0x[0-9a-fA-F]{1,16}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"([-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


class Broken(str):
    """Stands for a value that could not be read, of which the analyst is told already."""


@dataclass
class Scalar:
    """A single value, already resolved: text, number, true/false or nothing."""

    value: Any
    spot: Spot


@dataclass
class Items:
    """A list."""

    items: list[Tree]
    spot: Spot


@dataclass
class Keys:
    """A block of keys, in file order."""

    entries: dict[str, Tree]
    spot: Spot


Tree = Scalar | Items | Keys


def compose(text: str, file: str | None, problems: list[Problem]) -> Keys:
    """Read a text whose root is a block of keys.

    Mistakes that leave the rest readable (a key given twice, an alias) are added to ``problems``.

    Raises:
        ScenarioError: the text is not YAML, or not a block of keys.
    """
    if len(text) > MAX_CHARACTERS:
        raise _stop(file, 1, 1, "too-long", f"at most {MAX_CHARACTERS:,} characters", f"{len(text):,}")
    builder = _Builder(text, file, problems)
    try:
        for event in yaml.parse(sheltered(text), Loader=_Parser):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _yaml_error(error, text, file) from None
    except yaml.reader.ReaderError as error:
        raise _reader_error(error, text, file) from None
    except (UnicodeError, RecursionError, ValueError):
        raise _stop(file, 1, 1, "yaml", "a text in UTF-8", "characters that no text has") from None
    root = builder.root
    if root is None or (isinstance(root, Scalar) and root.value is None):
        raise _stop(file, 1, 1, "empty", "a scenario", "an empty file", "`longgame new NAME` writes a template.")
    if not isinstance(root, Keys):
        found = "a list" if isinstance(root, Items) else "a single value"
        line, column = root.spot.value
        raise _stop(file, line, column, "not-a-block", "keys with values, such as `title: A truce`", found)
    return root


def _within(text: str, line: int, column: int) -> tuple[int, int]:
    """The place, or the end of the last line with something on it where it lies beyond that."""
    lines = text.rstrip().splitlines() or [""]
    return (line, column) if line <= len(lines) else (len(lines), len(lines[-1]) + 1)


def _stop(
    file: str | None, line: int, column: int, code: str, expected: str, found: str, fix: str = ""
) -> ScenarioError:
    return ScenarioError([Problem(code, Place("", file, line, column), expected, found, fix)])


@dataclass
class _Open:
    """A block or list that is being read; ``key`` waits for its value, and its text ends at character ``end``."""

    node: Keys | Items
    key: tuple[str, tuple[int, int], bool] | None = None
    end: int = 0
    broken: bool = False  # a comma has cut a value of it in two


@dataclass
class _Builder:
    """Takes the events one by one; an explicit stack stands in for recursion."""

    text: str
    file: str | None
    problems: list[Problem]
    root: Tree | None = None
    stack: list[_Open] = field(default_factory=list)
    documents: int = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self.stop(
                    event, "documents", "one document", "a second one after `---`", "Use one file for each."
                )
        elif isinstance(event, yaml.AliasEvent):
            self.note(event, "alias", "a value", f"the alias `*{event.anchor}`", "Write it out, or use `definitions`.")
            self.place(Scalar(None, self.spot(event)))
        elif isinstance(event, yaml.ScalarEvent):
            self.refuse_extras(event)
            if self.is_bare_key(event):
                return
            text = self.seen(event)
            plain = event.implicit[0]
            self.place(Scalar(resolve(text) if plain else text, self.spot(event, scalar=True)), text)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self.refuse_extras(event)
            if len(self.stack) >= MAX_DEPTH:
                raise self.stop(event, "too-deep", f"at most {MAX_DEPTH} levels of nesting", "more")
            spot = self.spot(event)
            self.stack.append(_Open(Keys({}, spot) if isinstance(event, yaml.MappingStartEvent) else Items([], spot)))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            done = self.stack.pop()
            nothing = done.broken and isinstance(done.node, Keys) and not done.node.entries
            self.place(Scalar(Broken(), done.node.spot) if nothing else done.node)

    def is_bare_key(self, event: yaml.ScalarEvent) -> bool:
        """Refuse the rest of a text with a comma, which YAML takes for a key without a value: ``{says: one, two}``."""
        top = self.stack[-1] if self.stack else None
        start, end = self.extent(event)
        if top is None:
            return False
        if top.key is None:
            top.end = end
            return False
        if event.value or start < top.end or ":" in self.text[top.end : start]:
            return False
        name, (line, column), _ = top.key
        top.key = None
        if isinstance(top.node, Keys) and not top.broken:
            before = list(top.node.entries)[-1:]
            fix = "Between braces a comma ends a value: put a text or an expression with a comma in quotes."
            if not before:
                fix = "Braces make a block of keys: write this without them, and in quotes if it has a comma."
            self.problems.append(self.problem(line, column, "comma", "`key: value`", f"`{name}`", fix))
            for key in before:
                top.node.entries[key] = Scalar(Broken(), top.node.entries[key].spot)
        top.broken = True
        return True

    def place(self, node: Tree, text: str | None = None) -> None:
        """Put a finished node where it belongs: as the root, an item, a key, or the value of the waiting key."""
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if isinstance(top.node, Items):
            top.node.items.append(node)
        elif top.key is None:
            top.key = self.key(node, text, top.node)
        else:
            name, where, fresh = top.key
            top.key = None
            node.spot = replace(node.spot, key=where)
            if fresh:
                top.node.entries[name] = node

    def key(self, node: Tree, text: str | None, block: Keys) -> tuple[str, tuple[int, int], bool]:
        """Name and place of a key, and whether it is a new one."""
        line, column = node.spot.value
        if text is None or not isinstance(node, Scalar):
            self.problems.append(self.problem(line, column, "key", "a word as a key", "a block or a list"))
            return "", (line, column), False
        if text in block.entries:
            first = block.entries[text].spot.key
            problem = self.problem(
                line,
                column,
                "duplicate-key",
                "each key once in a block",
                f"`{text}` again",
                f"It stands in line {first[0]} already.",
            )
            self.problems.append(problem)
            return text, (line, column), False
        return text, (line, column), True

    def seen(self, event: Any) -> str:
        """The text of a scalar as it will be shown, composed; the analyst is told of what could not be seen in it."""
        text = composed(restored(event.value))
        shown = visible(text)
        if shown != text:
            signs = listed(dict.fromkeys(visible(c) for c in text if is_unseen(c)))
            fix = "A terminal or a page would obey it: it is shown as its number."
            mark = event.start_mark
            problem = self.problem(mark.line + 1, mark.column + 1, "unseen", "a text that can be seen", signs, fix)
            self.problems.append(replace(problem, severity="warning"))
        return shown

    def refuse_extras(self, event: Any) -> None:
        if event.anchor is not None:
            self.note(
                event, "alias", "a value", f"the anchor `&{event.anchor}`", "Use `definitions` for what is repeated."
            )
        if event.tag is not None:
            self.note(event, "tag", "a value", f"the tag `{event.tag}`", "Leave it out; put a text with `!` in quotes.")

    def extent(self, event: Any) -> tuple[int, int]:
        """First and one-past-last character of an event."""
        return event.start_mark.index, event.end_mark.index

    def spot(self, event: Any, scalar: bool = False) -> Spot:
        start, end = event.start_mark, event.end_mark
        where = (start.line + 1, start.column + 1)
        return Spot(self.file, where, where, self.text[start.index : end.index] if scalar else "")

    def problem(self, line: int, column: int, code: str, expected: str, found: str, fix: str = "") -> Problem:
        return Problem(code, Place("", self.file, line, column), expected, found, fix)

    def note(self, event: Any, code: str, expected: str, found: str, fix: str = "") -> None:
        mark = event.start_mark
        self.problems.append(self.problem(mark.line + 1, mark.column + 1, code, expected, found, fix))

    def stop(self, event: Any, code: str, expected: str, found: str, fix: str = "") -> ScenarioError:
        return _stop(self.file, event.start_mark.line + 1, event.start_mark.column + 1, code, expected, found, fix)


def resolve(text: str) -> Any:
    """A plain scalar as the YAML 1.2 core schema reads it."""
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if infinite := _INFINITE.fullmatch(text):
        return float("nan") if "n" in text.lower() and "inf" not in text.lower() else float(f"{infinite[1] or ''}inf")
    return text


# What the parser says -> what is expected, what is found (None: the sign that stands there), and how to mend it.
_IN_WORDS: tuple[tuple[str, str, str | None, str], ...] = (
    (
        "mapping values are not allowed",
        "one `key: value` on a line",
        "a colon where no key can stand",
        "Check the indentation, and put a text that has `: ` in it between quotes.",
    ),
    (
        "could not find expected ':'",
        "`key: value`",
        "no colon after the key",
        "Write a colon and a space between a key and its value.",
    ),
    ("cannot start any token", "a value", None, "Put a text that begins with this sign between quotes."),
    (
        "did not find expected key",
        "a key of this block",
        "something else",
        "Check the indentation, and that every bracket and quote is closed.",
    ),
    (
        "did not find expected ',' or",
        "a comma or the closing bracket",
        "something else",
        "Close every bracket; between braces or brackets, a text with `,`, `[` or `{` in it needs quotes.",
    ),
    ("unexpected end of stream", "a closing quote", "the end of the file", "Close every quote."),
    ("did not find expected node content", "a value", "none", "Write one; close every bracket, brace and quote."),
    ("did not find expected '-' indicator", "`- ` before each item", "something else", "Check the list's indentation."),
    ("unknown escape character", "a text", "a backslash in it", "Use single quotes around a text with backslashes."),
)


def _yaml_error(error: yaml.MarkedYAMLError, text: str, file: str | None) -> ScenarioError:
    mark = error.problem_mark or error.context_mark
    line, column = _within(text, mark.line + 1, mark.column + 1) if mark else (1, 1)
    found = str(error.problem or error.context or "something else")
    index = mark.index if mark else 0
    if text[index : index + 1] == "\t":
        return _stop(file, line, column, "tab", "spaces", "a tab", "Indent with spaces, never with tabs.")
    for said, expected, instead, fix in _IN_WORDS:
        if said in found:
            instead = instead or f"`{text[index : index + 1]}`, which cannot begin one"
            return _stop(file, line, column, "yaml", expected, instead, fix)
    return _stop(file, line, column, "yaml", "a text in YAML", f"a mistake in it: {found}")


def _reader_error(error: yaml.reader.ReaderError, text: str, file: str | None) -> ScenarioError:
    position = error.position if isinstance(error.position, int) else 0
    before = text[:position]
    line, column = before.count("\n") + 1, position - before.rfind("\n")
    return _stop(file, line, column, "yaml", "a text in UTF-8", "a character that YAML does not allow")


# --- from trees to plain data ----------------------------------------------------------------------------------------


def data_of(tree: Tree) -> Any:
    """The tree as dictionaries, lists and values."""
    if isinstance(tree, Keys):
        return {name: data_of(node) for name, node in tree.entries.items()}
    return [data_of(node) for node in tree.items] if isinstance(tree, Items) else tree.value


def tree_of(data: Any) -> Tree:
    """Plain data, built in Python, as a tree that stands nowhere."""
    if isinstance(data, Mapping):
        return Keys({str(name): tree_of(part) for name, part in data.items()}, _NOWHERE)
    if isinstance(data, list | tuple):
        return Items([tree_of(part) for part in data], _NOWHERE)
    return Scalar(data, _NOWHERE)


_NOWHERE = Spot(None, (1, 1), (1, 1))


def walk(tree: Tree, path: Path = ()) -> Iterator[tuple[Path, Tree]]:
    """Every part of the tree with its path, each before what is in it."""
    yield path, tree
    if isinstance(tree, Keys):
        for name, node in tree.entries.items():
            yield from walk(node, (*path, name))
    elif isinstance(tree, Items):
        for index, node in enumerate(tree.items):
            yield from walk(node, (*path, index))


def spots_of(tree: Tree) -> dict[Path, Spot]:
    """Where every value of the tree stands, by its path."""
    return {path: node.spot for path, node in walk(tree)}
