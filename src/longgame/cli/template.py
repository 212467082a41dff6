"""The scenario that ``longgame new`` writes: small, complete, commented, and sound as it stands."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from longgame.cli.output import to_json
from longgame.errors import Place, Problem, ScenarioError
from longgame.files import write_new, write_whole
from longgame.scenario.schema import FILE, ID, NAMED, json_schema


def template(name: str) -> str:
    """The text of a new scenario called ``name``."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,99}", name):
        fix = "For example ukraine-2025; the title inside the file can say anything."
        expected = "a name of letters, digits, - and _ that begins with a letter"
        raise ScenarioError([Problem("bad-name", Place(path="NAME"), expected, repr(name), fix)])
    text = (files("longgame.cli") / "template.yaml").read_text(encoding="utf-8")
    title = name.replace("-", " ").replace("_", " ").capitalize()
    return text.replace("NAME", name).replace("TITLE", title)


def write_scenario(path: Path, text: str) -> None:
    """Write a new scenario that names the schema, and beside it the schema, so that editors help from the first word.

    A file that is there already and is no schema of ours is left alone. Raises FileExistsError where the scenario is
    there already.
    """
    write_new(path, NAMED + text)
    schema = path.parent / FILE
    if not schema.exists() or f'"$id": "{ID}"' in schema.read_text(encoding="utf-8", errors="replace"):
        write_whole(schema, to_json(json_schema()) + "\n")
