"""Patterns to start from: short, whole, commented scenarios of kinds of question that come up again and again."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from longgame.errors import Place, Problem, ScenarioError
from longgame.text import listed, nearest

DEFAULT = "crisis-bargaining"
_HOME = files("longgame.scenario").joinpath("library", "patterns")
_HEAD = re.compile(r"# (?P<title>[^:]+): (?P<about>.+)\n#\n# Answers +(?P<answers>(?:.+\n)+?)# Fits +(?P<fits>.+)\n")


@cache
def patterns() -> dict[str, dict[str, str]]:
    """Name -> its ``title``, and in a sentence each what it is ``about``, what it ``answers`` and when it ``fits``."""
    found = {}
    for name in sorted(entry.name.removesuffix(".yaml") for entry in _HOME.iterdir() if entry.name.endswith(".yaml")):
        head = _HEAD.match(text_of(name))
        assert head is not None, name
        said = head.groupdict()
        found[name] = {key: re.sub(r"[\s#]+", " ", text).strip() for key, text in said.items()}
    return found


def text_of(pattern: str) -> str:
    """The text of a pattern as it is kept, with NAME and TITLE where those of a scenario go. Raises ScenarioError."""
    if not re.fullmatch(r"[a-z-]+", pattern) or not (file := _HOME.joinpath(f"{pattern}.yaml")).is_file():
        known = sorted(entry.name.removesuffix(".yaml") for entry in _HOME.iterdir())
        fix = nearest(pattern, known) or f"There are {listed(known)}."
        raise ScenarioError([Problem("no-such-pattern", Place(path="--pattern"), "a pattern", f"`{pattern}`", fix)])
    return file.read_text(encoding="utf-8")


def begun(name: str, pattern: str = DEFAULT) -> str:
    """The text of a new scenario from a pattern. Raises ScenarioError for a name that makes no file."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,99}", name):
        fix = "For example ukraine-2025; the title inside the file can say anything."
        expected = "a name of letters, digits, - and _ that begins with a letter"
        raise ScenarioError([Problem("bad-name", Place(path="NAME"), expected, repr(name), fix)])
    title = name.replace("-", " ").replace("_", " ").capitalize()
    return re.sub(r"\b(?:NAME|TITLE)\b", lambda word: name if word[0] == "NAME" else title, text_of(pattern))
