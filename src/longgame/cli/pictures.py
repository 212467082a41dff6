"""The commands that draw: the game of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from longgame.cli.commands import BASE, Base, Source, app, load_scenario
from longgame.cli.output import Exit, print_json
from longgame.files import write_whole

Out = Annotated[Path | None, Parameter(help="An SVG file to write the drawing to.")]


@app.command(sort_key=2.5)
def show(scenario: Source, /, *, out: Out = None, base: Base = BASE) -> Exit:
    """Draw the game: who moves when, what each option does, what is public, and who knows what. Solves nothing."""
    from longgame.answers.block import plain
    from longgame.answers.picture import picture
    from longgame.cli.screen import width
    from longgame.report.draw import game_svg, game_text

    shown = picture(load_scenario(scenario, base))
    if out is not None:
        write_whole(out, game_svg(shown))
    if base.json:
        print_json(plain(shown))
    elif out is not None:
        print(f"Wrote {out}.")
    else:
        print(game_text(shown, width()))
    return Exit.DONE
