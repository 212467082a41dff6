"""The scenario that ``longgame new`` writes: small, complete, commented, and sound as it stands."""

from __future__ import annotations

import re
from importlib.resources import files

from longgame.errors import Place, Problem, ScenarioError


def template(name: str) -> str:
    """The text of a new scenario called ``name``."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,99}", name):
        fix = "For example ukraine-2025; the title inside the file can say anything."
        expected = "a name of letters, digits, - and _ that begins with a letter"
        raise ScenarioError([Problem("bad-name", Place(path="NAME"), expected, repr(name), fix)])
    text = (files("longgame.cli") / "template.yaml").read_text(encoding="utf-8")
    title = name.replace("-", " ").replace("_", " ").capitalize()
    return text.replace("NAME", name).replace("TITLE", title)
