"""How messages name things: the nearest known name, a value, a list of names; and the order of messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from longgame.errors import Problem


def nearest(name: str, known: Iterable[str]) -> str:
    """``Did you mean `x`?`` for the known name that is most like this one; empty where none is."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"Did you mean `{found[0]}`?" if found else ""


def describe(given: Any) -> str:
    """A value as it is named in messages."""
    if isinstance(given, Mapping | BaseModel):
        return "a block of keys"
    if isinstance(given, list | tuple):
        return f"a list of {len(given)}"
    if given is None:
        return "nothing"
    return f"`{shortened(str(given).lower() if isinstance(given, bool) else str(given))}`"


def shortened(text: str, most: int = 60) -> str:
    """A text of at most ``most`` characters, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 3] + "..."


def listed(names: Iterable[str], most: int = 8) -> str:
    """``full, cut, none`` with the rest counted where there are many."""
    known = list(names)
    shown = ", ".join(known[:most])
    return f"{shown} and {len(known) - most} more" if len(known) > most else shown


def in_file_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted by file (in the order in which files first appear), line and column; each problem once."""
    unique = list(dict.fromkeys(problems))
    files = {name: index for index, name in enumerate(dict.fromkeys(p.where.file or "" for p in unique))}
    return sorted(unique, key=lambda p: (files[p.where.file or ""], p.where.line or 0, p.where.column or 0))
