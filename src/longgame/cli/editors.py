"""The commands for those who write scenarios in an editor."""

from __future__ import annotations

from typing import Literal

from longgame.cli.commands import Json, app
from longgame.cli.output import Exit, print_json
from longgame.errors import RunError


@app.command
def lsp(*, stdio: bool = True, json: Json = False) -> Exit:
    """Serve an editor over the standard streams, by the Language Server Protocol: see docs/editors.md."""
    del stdio, json  # editors add --stdio; there is no other way, and the protocol is JSON either way
    try:
        from longgame.cli.language_server import serve
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] in ("pygls", "lsprotocol"):
            raise RunError("The language server needs pygls: pip install 'longgame[lsp]'.") from None
        raise
    serve()
    return Exit.DONE


@app.command
def completion(shell: Literal["bash", "zsh", "fish", "powershell"], /, *, json: Json = False) -> Exit:
    """Print a script with which a shell completes the commands and flags of longgame: see docs/editors.md."""
    script = app.generate_completion(shell=shell)
    if json:
        print_json({"shell": shell, "script": script})
    else:
        print(script)
    return Exit.DONE
