"""The command that follows the claims along values of assumptions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

import longgame
from longgame.cli.commands import BASE, Base, Source, app, load_scenario, say
from longgame.cli.output import Exit, progress
from longgame.errors import Place, Problem, ScenarioError
from longgame.files import write_whole


@app.command(sort_key=4.65)
def sweep(
    scenario: Source,
    /,
    *over: Annotated[str, Parameter(help="NAME=FROM:TO:COUNT or NAME=VALUE,VALUE; several give all combinations.")],
    ask: Annotated[
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="A question to answer beside the claims; may be repeated."),
    ] = (),
    csv: Annotated[bool, Parameter(negative="", show_default=False, help="Print CSV instead, a row a point.")] = False,
    out: Annotated[Path | None, Parameter(show_default=False, help="An SVG file to write the plot to.")] = None,
    base: Base = BASE,
) -> Exit:
    """Follow all claims along values of assumptions: sweep SCENARIO honest=0.1:0.9:17."""
    from longgame.report.draw.sweep import sweep_svg

    values = values_of(over)
    with progress() as line:
        found = longgame.sweep(load_scenario(scenario, base), values, asked=ask, progress=line)
    if out is not None:
        write_whole(out, sweep_svg(found))
    code = say(found, base, rows=found.rows if csv else None)
    if out is not None and not csv and not base.json:
        print(f"Wrote {out}.")
    return code


def values_of(specifications: tuple[str, ...], *, words: bool = False) -> dict[str, list[Any]]:
    """``NAME=FROM:TO:COUNT`` or ``NAME=VALUE,VALUE`` as values, with all that are wrong reported at once.

    ``words``: values in a list are texts.
    """
    import numpy as np

    values: dict[str, list[Any]] = {}
    problems = []
    for specification in specifications:
        name, _, text = specification.partition("=")
        try:
            if ":" in text:
                first, last, count = text.split(":")
                found = np.linspace(float(first), float(last), int(count)).tolist() if int(count) > 0 else []
            else:
                found = [value if words else float(value) for value in text.split(",")]
        except ValueError:
            found = []
        if not name or not found or name in values:
            fix = "Write honest=0.1:0.9:17, or honest=0.2,0.5, each name once."
            expected = "NAME=FROM:TO:COUNT or NAME=VALUE,VALUE"
            problems.append(Problem("bad-sweep", Place(path="sweep"), expected, f"`{specification}`", fix))
        values[name] = found
    if problems:
        raise ScenarioError(problems)
    return values
