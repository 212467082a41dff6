"""The commands on the page of a finished run: made again, and opened in the browser."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from longgame.cli.commands import Folder, Json, app
from longgame.cli.output import Exit, print_json
from longgame.cli.robustness import Either
from longgame.errors import RunError
from longgame.files import write_whole

REPORT = "report.html"


@app.command
def report(
    folder: Folder,
    /,
    *,
    out: Annotated[Path | None, Parameter(help="The file to write; report.html in the folder if not given.")] = None,
    json: Json = False,
) -> Exit:
    """Make the page of a finished run again, from its answers: after an upgrade of longgame, or for another place."""
    from longgame.answers.kept import read_answers
    from longgame.report import render
    from longgame.run.store import RUN
    from longgame.run.store import Folder as Store

    scenario = Store.open(folder).plan.read() if (folder / RUN).exists() else None
    page = render(read_answers(folder), scenario)
    if out is not None:
        write_whole(out, page)
    else:
        with Store.resumed(folder) as store:
            store.write(REPORT, page)
    if json:
        print_json({"file": str(out or folder / REPORT)})
    else:
        print(f"Wrote {out or folder / REPORT}.")
    return Exit.DONE


@app.command(name="open")
def open_(scenario: Either, /, *, json: Json = False) -> Exit:
    """Open the page of a finished run in the browser: of the folder, or of the scenario's own run, out/NAME."""
    import webbrowser

    page = _page(scenario)
    opened = webbrowser.open(page.resolve().as_uri())
    if json:
        print_json({"file": str(page), "opened": opened})
    elif opened:
        print(f"Opened {page}.")
    else:
        print(f"There is no browser here that longgame could start. The page is {page.resolve()}.", file=sys.stderr)
    return Exit.DONE


def _page(given: str) -> Path:
    """The page of a run. Raises RunError where there is none."""
    folder = Path(given)
    if not folder.is_dir():
        folder = Path("out") / folder.stem
        if not (folder / REPORT).exists():
            raise RunError(f"There is no run of {given} in {folder}. `longgame run {given}` makes one.")
    if not (folder / REPORT).exists():
        raise RunError(f"{folder} holds no {REPORT}. `longgame report {folder}` makes it from a finished run.")
    return folder / REPORT
