"""The command for assistants."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from longgame.cli.commands import Json, app
from longgame.cli.output import Exit
from longgame.errors import RunError


@app.command(sort_key=11.4)
def mcp(
    folder: Annotated[Path, Parameter(help="The only folder that is read and written.")] = Path(),
    /,
    *,
    json: Json = False,
) -> Exit:
    """Serve an assistant over the standard streams, by the Model Context Protocol: see docs/mcp.md."""
    del json  # the protocol is JSON either way
    try:
        from longgame.cli.assistant.server import server
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] in ("mcp", "mcp_types"):
            raise RunError("The assistant's server needs mcp: pip install 'longgame[mcp]'.") from None
        raise
    made = server(folder)
    if sys.stdin.isatty():
        print("An assistant's program starts this and talks to it: see docs/mcp.md. Ctrl-C ends it.", file=sys.stderr)
    made.run("stdio")
    return Exit.DONE
