"""Help for those who write a scenario in an editor: what is wrong, what may stand here, what is this, where is it from.

Used by ``longgame lsp`` and by the studio. Lines and columns count from 1 and columns are characters, as everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path as FilePath

from longgame.errors import Place
from longgame.scenario.editing.cursor import Cursor, cursor_at
from longgame.scenario.editing.diagnostics import Diagnostic, Stretch, diagnose, located
from longgame.scenario.editing.names import Entry, Names, names_in
from longgame.scenario.editing.offers import entries_at
from longgame.scenario.kinds import is_question, role_at
from longgame.scenario.places import Path
from longgame.text import NAME, TEMPLATE

__all__ = ["Diagnostic", "Entry", "Found", "Stretch", "begun", "complete", "diagnose", "find", "located"]

_LETTERS = re.compile(rf"{TEMPLATE}(?:\.{TEMPLATE})*\.?$")
_MORE = re.compile(rf"(?:[\w\xb7]|\{{{NAME}\}})*(?:\.\w+)*")
_LABEL = re.compile(r"[^\s,:{}\[\]#'\"][^,:{}\[\]#'\"]*")


@dataclass(frozen=True)
class Found:
    """What a word of a scenario means.

    Attributes:
        entry: what it is.
        stretch: the word.
        defined: where it is defined; None for words of the language.
    """

    entry: Entry
    stretch: Stretch
    defined: Place | None

    @property
    def text(self) -> str:
        """What is said of it: a line for each of what it is, its meaning and its facts."""
        head = f"{self.entry.name} ({self.entry.kind})" if self.entry.kind else self.entry.name
        return "\n".join(part for part in (head, self.entry.says, self.entry.facts) if part)


def complete(
    text: str, line: int, column: int, file: str | None = None, *, within: FilePath | None = None
) -> list[Entry]:
    """What may be written at a place, the likeliest first; what stands beside it already is left out.

    Args:
        text: a scenario that is being written.
        line, column: the character before which the cursor stands.
        file: the scenario's file: what it extends is looked for beside that.
        within: the folder outside which nothing is read.
    """
    cursor = cursor_at(text, line, column)
    names = names_in(text, file, line, within)
    before, prefix = _split(cursor)
    taken = set() if cursor.at == "value" else set(cursor.beside) | _written_after(names, cursor, text, line)
    entries = {entry.name: entry for entry in reversed(entries_at(names, cursor, before))}
    fitting = [entry for entry in reversed(entries.values()) if entry.name not in taken]
    return [entry for entry in fitting if entry.name.lower().startswith(prefix.lower())] or [
        entry for entry in fitting if prefix.lower() in entry.name.lower()
    ]


def begun(text: str, line: int, column: int) -> str:
    """The beginning of the word before a place, which what is completed stands in place of."""
    return _split(cursor_at(text, line, column))[1]


def find(text: str, line: int, column: int, file: str | None = None) -> Found | None:
    """What the word at a place means, and where it is defined; None where there is no word with a meaning."""
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return None
    start, end = _word(lines[line - 1], column)
    names = names_in(text, file)
    for first, last in ((start, end), _label(lines[line - 1], column)):
        word = lines[line - 1][first - 1 : last - 1]
        cursor = cursor_at(text, line, last)
        entry = _named(names, cursor, word) if word else None
        if entry is not None:
            return Found(entry, Stretch(line, first, line, last), _place(names, entry.path))
    return None


def _split(cursor: Cursor) -> tuple[str, str]:
    """What stands before the word that is being written, and its beginning."""
    if cursor.at != "value" or not (is_question(cursor.path) or role_at(cursor.path)):
        return "", cursor.before.lstrip()
    match = _LETTERS.search(cursor.before)
    start = match.start() if match else len(cursor.before)
    return cursor.before[:start], cursor.before[start:]


def _written_after(names: Names, cursor: Cursor, text: str, line: int) -> set[str]:
    """The keys of the block that stand in the file already, other than on the cursor's own line."""
    node = names.node(cursor.path)
    if node is None or not cursor.path:
        entries = names.tree.entries if not cursor.path else {}
    else:
        entries = names.keys(cursor.path)
    file = names.tree.spot.file
    return {name for name, part in entries.items() if part.spot.file == file and part.spot.key[0] != line}


def _word(line: str, column: int) -> tuple[int, int]:
    """First column of the word at a place, and the one past its last."""
    match = _LETTERS.search(line[: column - 1])
    start = match.start() + 1 if match else column
    more = _MORE.match(line, column - 1)
    return start, (more.end() + 1 if more else column)


def _label(line: str, column: int) -> tuple[int, int]:
    """The same of several words that are one: ``depends on``."""
    found = next((m for m in _LABEL.finditer(line) if m.start() < column <= m.end() + 1), None)
    return (column, column) if found is None else (found.start() + 1, found.start() + 1 + len(found[0].rstrip()))


def _named(names: Names, cursor: Cursor, word: str) -> Entry | None:
    """What a word stands for under the cursor at its end."""
    before = cursor.before.removesuffix(word)
    offered = {entry.name.removesuffix("="): entry for entry in reversed(entries_at(names, cursor, before))}
    if word in offered:
        return offered[word]
    path: Path = (*cursor.path, word) if cursor.at == "key" else cursor.path
    if cursor.at == "key" and names.node(path) is not None:  # the name is given here
        return names.entry(path)
    if cursor.at != "key" and path[:1] == ("period",) and len(path) == 3 and names.text(path) == word:
        step = names.step(word)
        return None if step is None else names.entry(step.path, word)
    parts = word.split(".")
    return next((offered[part] for part in reversed(parts) if len(parts) > 1 and part in offered), None)


def _place(names: Names, path: Path) -> Place | None:
    node = names.node(path) if path else None
    return None if node is None else node.spot.place_at(*node.spot.key, ".".join(map(str, path)))
