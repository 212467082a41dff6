"""The command that maps where a best posture turns."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

import longgame
from longgame.cli.commands import BASE, Base, Source, app, load_scenario, say
from longgame.cli.output import Exit, progress


@app.command
def turning(
    scenario: Source,
    actor: Annotated[str, Parameter(help="An actor with two postures or more.")],
    /,
    *,
    at: Annotated[str, Parameter(help="From where: now (after all evidence), start, or a date.")] = "now",
    least: Annotated[
        float, Parameter(validator=Number(gt=0, lte=1), help="How likely a place must be to be shown by itself.")
    ] = 0.01,
    base: Base = BASE,
) -> Exit:
    """Map an actor's best posture by state and belief along play, where it turns, and the chance of coming there."""
    loaded = load_scenario(scenario, base)
    with progress() as line:
        found = longgame.turning(loaded, actor, at=at, least=least, progress=line)
    return say(found, base)
