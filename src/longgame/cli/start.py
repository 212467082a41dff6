"""The commands to start with: what is shipped, and a scenario of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import longgame
from longgame.cli.commands import Json, app
from longgame.cli.output import Exit, print_json, to_json
from longgame.errors import Place, Problem, ScenarioError
from longgame.files import write_new, write_whole


@app.command(name="list", sort_key=0)
def list_(*, json: Json = False) -> Exit:
    """List the shipped scenarios."""
    from longgame.cli.screen import show
    from longgame.cli.tables import scenarios
    from longgame.scenario.library import group_of

    rows = [{"name": name, "group": group_of(name), "title": title} for name, title in longgame.shipped().items()]
    if json:
        print_json({"scenarios": rows})
    else:
        show(*scenarios(rows))
        print("\nPatterns to make your own scenario from: longgame new --list")
    return Exit.DONE


@app.command(sort_key=1)
def new(
    name: Annotated[str, Parameter(help="What to call the scenario: letters, digits, - and _.")] = "",
    /,
    *,
    pattern: Annotated[
        str | None, Parameter(help="The pattern to start from; --list shows them; crisis-bargaining if not given.")
    ] = None,
    out: Annotated[Path | None, Parameter(help="The file to write; NAME.yaml if not given.")] = None,
    listing: Annotated[bool, Parameter(name="--list", negative="", show_default=False, help="Show them.")] = False,
    json: Json = False,
) -> Exit:
    """Write a commented scenario to start from, after one of several patterns. Never overwrites a file."""
    from longgame.scenario.patterns import DEFAULT, begun

    if listing:
        return _show_patterns(json)
    pattern = pattern or DEFAULT
    text, path = begun(name, pattern), out or Path(f"{name}.yaml")
    try:
        _write(path, text)
    except FileExistsError:
        fix = "Choose another name, or another file with --out."
        raise ScenarioError([Problem("file-exists", Place(file=str(path)), "no file yet", "one", fix)]) from None
    if json:
        print_json({"written": str(path), "pattern": pattern})
    else:
        print(f"Wrote {path}. Next: longgame check {path}")
    return Exit.DONE


def _show_patterns(json: bool) -> Exit:
    from longgame.cli import tables
    from longgame.cli.screen import show
    from longgame.scenario.patterns import patterns

    rows = [{"name": name} | said for name, said in patterns().items()]
    if json:
        print_json({"patterns": rows})
    else:
        show(*tables.patterns(rows))
        print("\nlonggame new NAME --pattern PATTERN writes NAME.yaml.")
    return Exit.DONE


def _write(path: Path, text: str) -> None:
    """Write a new scenario that names the schema, and beside it the schema, so that editors help from the first word.

    A file that is there already and is no schema of ours is left alone. Raises FileExistsError where the scenario is
    there already.
    """
    from longgame.scenario.schema import FILE, ID, NAMED, json_schema

    write_new(path, NAMED + text)
    schema = path.parent / FILE
    if not schema.exists() or f'"$id": "{ID}"' in schema.read_text(encoding="utf-8", errors="replace"):
        write_whole(schema, to_json(json_schema()) + "\n")
