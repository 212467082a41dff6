"""The scenarios that come with longgame, in groups: a group is a folder."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

GROUPS = ("assessments", "cases", "teaching", "textbooks")
_HOME = files("longgame.scenario").joinpath("library")
_TITLE = re.compile(r"^title:\s*(.+?)\s*$", re.MULTILINE)


@cache
def _found() -> dict[str, tuple[str, Traversable]]:
    """Name -> (group, file), in alphabetical order of the names."""
    entries = [(entry, group) for group in GROUPS for entry in _HOME.joinpath(group).iterdir()]
    named = {entry.name: (group, entry) for entry, group in entries if entry.name.endswith(".yaml")}
    return {name.removesuffix(".yaml"): named[name] for name in sorted(named)}


def names() -> list[str]:
    """The names of the shipped scenarios, in alphabetical order."""
    return list(_found())


def group_of(name: str) -> str:
    """Which of ``GROUPS`` a shipped scenario belongs to; raises ``KeyError`` for a name that is none."""
    return _found()[name][0]


def shipped() -> dict[str, str]:
    """Name -> title of each shipped scenario."""
    titles = {}
    for name in names():
        match = _TITLE.search(read(name))
        titles[name] = match[1].strip("\"'") if match else name
    return titles


def path_of(name: str) -> Path | None:
    """The file of a shipped scenario; None for a name that is none, or where they are packed away."""
    found = _found().get(name)
    path = Path(str(found[1])) if found is not None else None
    return path if path is not None and path.is_file() else None


def read(name: str) -> str:
    """The text of a shipped scenario; raises ``KeyError`` for a name that is none."""
    return _found()[name][1].read_text(encoding="utf-8")
