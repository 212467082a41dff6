"""The command that holds forecasts against what happened."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

import longgame
from longgame.cli.commands import BASE, POWER, Base, Power, app, load_scenario, say
from longgame.cli.finished import no_run
from longgame.cli.output import Exit, progress
from longgame.files import write_whole


@app.command(sort_key=4.9)
def score(
    *scenarios: Annotated[
        str, Parameter(help="Scenarios that say what became of their forecasts; all shipped ones, if none is given.")
    ],
    until: Annotated[
        tuple[str, ...],
        Parameter(
            negative="", show_default=False, help="Use the evidence up to this date alone; may be repeated."
        ),
    ] = (),
    draws: Annotated[
        int, Parameter(validator=Number(gte=0), help="Draws of the assumptions; 0 for the given values alone.")
    ] = 128,
    csv: Annotated[bool, Parameter(negative="", show_default=False, help="Print CSV, a row a forecast.")] = False,
    out: Annotated[Path | None, Parameter(show_default=False, help="A Markdown file to write the record to.")] = None,
    power: Power = POWER,
    base: Base = BASE,
) -> Exit:
    """Score forecasts by what happened, beside a coin, no change, the base rate and a crowd: score SCENARIO..."""
    from longgame.answers import record
    from longgame.cli import runs

    names = scenarios or record.with_outcomes()
    loaded = [load_scenario(no_run(name), base) for name in names]
    executor = partial(runs.executor, power.workers, power.cluster)
    with progress() as line:
        found = longgame.score(*loaded, until=until, draws=draws, seed=base.seed, progress=line, executor=executor)
    if out is not None:
        write_whole(out, record.markdown(found.to_json()))
    code = say(found, base, rows=found.rows if csv else None)
    if out is not None and not csv and not base.json:
        print(f"Wrote {out}.")
    return code
