"""The scenarios that come with longgame."""

from __future__ import annotations

import re
from importlib.resources import files

_HOME = files("longgame.scenario")
_TITLE = re.compile(r"^title:\s*(.+?)\s*$", re.MULTILINE)


def names() -> list[str]:
    """The names of the shipped scenarios, in alphabetical order."""
    found = (entry.name for entry in _HOME.joinpath("library").iterdir())
    return sorted(name.removesuffix(".yaml") for name in found if name.endswith(".yaml"))


def shipped() -> dict[str, str]:
    """Name -> title of each shipped scenario."""
    titles = {}
    for name in names():
        match = _TITLE.search(read(name))
        titles[name] = match[1].strip("\"'") if match else name
    return titles


def read(name: str) -> str:
    """The text of a shipped scenario; raises ``KeyError`` for a name that is none."""
    if name not in names():
        raise KeyError(name)
    return _HOME.joinpath("library", f"{name}.yaml").read_text(encoding="utf-8")
