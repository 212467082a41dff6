"""The command that opens the studio."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from longgame.cli.commands import app
from longgame.cli.output import Exit, print_json
from longgame.errors import Place, Problem, ScenarioError


@app.command(sort_key=3.8)
def studio(
    scenario: Annotated[
        str | None, Parameter(help="A scenario file, or the name of a shipped scenario; truce-on-offer if not given.")
    ] = None,
    /,
    *,
    folder: Annotated[
        Path | None, Parameter(help="The only folder it reads and writes; that of the file if not given.")
    ] = None,
    port: Annotated[
        int, Parameter(validator=Number(gte=0, lte=65535), help="The port on 127.0.0.1; any that is free if 0.")
    ] = 0,
    browser: Annotated[bool, Parameter(help="Open the address in a browser.")] = True,
    json: Annotated[bool, Parameter(negative="", show_default=False, help="Print the address as JSON.")] = False,
) -> Exit:
    """Open the studio in the browser: claims with sliders for the assumptions, an editor, and what changes."""
    import webbrowser

    try:
        from longgame.studio.server import serve
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        fix = "Install it with: pip install 'longgame[studio]'."
        problem = Problem("not-installed", Place(path="longgame studio"), "starlette and uvicorn", "neither", fix)
        raise ScenarioError([problem]) from None

    def say(address: str) -> None:
        if json:
            print_json({"address": address})
        else:
            print(f"The studio: {address}\nCtrl-C ends it.", flush=True)
        if browser and not json:
            webbrowser.open(address)

    serve(scenario, folder, port, say)
    return Exit.DONE
