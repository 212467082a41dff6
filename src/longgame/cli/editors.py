"""The commands for those who write scenarios in an editor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from longgame.cli.commands import BASE, Base, Json, app, overrides_of
from longgame.cli.output import Exit, print_json
from longgame.errors import Place, Problem, RunError, ScenarioError
from longgame.files import write_whole

File = Annotated[Path, Parameter(help="A scenario file of your own.")]


@app.command
def fmt(
    file: File,
    /,
    *more: File,
    check: Annotated[
        bool, Parameter(negative="", show_default=False, help="Change nothing; exit with 2 if something would change.")
    ] = False,
    json: Json = False,
) -> Exit:
    """Lay a scenario file out in the canonical order and form; comments stay, and what it says stays the same."""
    from longgame.answers.words import count
    from longgame.scenario.layout import formatted
    from longgame.scenario.load import text_of

    changed: list[Path] = []
    for path in (file, *more):
        if not path.exists():
            place = Place(file=str(path))
            raise ScenarioError([Problem("no-such-file", place, "a scenario file of your own", "none of this name")])
        text = text_of(path.absolute())
        made = formatted(text, str(path))
        if made.encode() != path.read_bytes():
            changed.append(path)
            if not check:
                write_whole(path, made)
    if json:
        print_json({"changed" if not check else "would_change": [str(path) for path in changed]})
    else:
        for path in changed:
            print(f"{path} {'is not in the canonical layout; `longgame fmt` changes it' if check else 'laid out'}.")
        if not changed:
            print(f"{count(1 + len(more), 'file')} in the canonical layout.")
    return Exit.BAD_INPUT if check and changed else Exit.DONE


@app.command
def watch(file: File, /, *, base: Base = BASE) -> Exit:
    """Check a scenario and judge its claims at each save, and say what changed since the last. Ctrl-C ends it."""
    from longgame.cli.watch import Watch

    if not file.exists():
        raise ScenarioError([Problem("no-such-file", Place(file=str(file)), "a scenario file of your own", "none")])
    Watch(file, overrides_of(base.overrides), json=base.json).run()
    return Exit.DONE


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
