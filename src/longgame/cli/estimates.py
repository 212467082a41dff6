"""The command that estimates the numbers of a game from many cases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

import longgame
from longgame.cli.commands import BASE, POWER, Base, Power, Source, app, load_scenario, say
from longgame.cli.output import Exit, progress
from longgame.cli.sweeps import values_of

NOT_NEGATIVE = Number(gte=0)


@Parameter(name="*")
@dataclass(frozen=True)
class Wanted:
    """What is wanted beside the coefficients."""

    errors: Annotated[
        Literal["hessian", "robust", "clustered"] | None,
        Parameter(show_default=False, help="What errors are made of; clustered where the scenario names clusters."),
    ] = None
    bootstrap: Annotated[
        int,
        Parameter(validator=NOT_NEGATIVE, show_default=False, help="Errors from so many sets of cases drawn anew."),
    ] = 0
    folds: Annotated[
        int, Parameter(validator=NOT_NEGATIVE, show_default=False, help="Cross-validation in so many parts.")
    ] = 0
    along: Annotated[
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="Chances of outcomes along a column: x=0:1:5, or x=0,1."),
    ] = ()
    against: Annotated[
        str | None, Parameter(show_default=False, help="Another scenario for the same cases, to be compared.")
    ] = None
    posterior: Annotated[
        int, Parameter(validator=NOT_NEGATIVE, show_default=False, help="So many draws of the posterior.")
    ] = 0


WANTED = Wanted()


@app.command(sort_key=4.7)
def estimate(
    scenario: Source,
    /,
    *,
    data: Annotated[Path, Parameter(help="A CSV file with a row for each case.")],
    searches: Annotated[int, Parameter(validator=Number(gte=1), help="Searches from different starts.")] = 3,
    wanted: Wanted = WANTED,
    out: Annotated[
        Path | None,
        Parameter(show_default=False, help="A folder for what takes long, to go on from there, and for the posterior."),
    ] = None,
    form: Annotated[
        Literal["table", "csv", "latex"], Parameter(name="--format", help="How the coefficients are printed.")
    ] = "table",
    power: Power = POWER,
    base: Base = BASE,
) -> Exit:
    """Estimate the numbers of a game from many cases: estimate SCENARIO --data cases.csv."""
    from longgame.answers import estimate_table
    from longgame.cli.runs import pool_of

    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    shared = (power.workers, power.cluster) if wanted.bootstrap or wanted.folds else (None, None)
    with progress() as line, pool_of(*shared) as pool:
        found = longgame.estimate(
            load_scenario(scenario, base),
            data,
            searches=searches,
            seed=base.seed,
            out=out,
            progress=line,
            errors=wanted.errors,
            replicates=wanted.bootstrap,
            folds=wanted.folds,
            along=values_of(wanted.along, words=True),
            against=wanted.against,
            posterior=wanted.posterior,
            pool=pool,
        )
    if form == "latex" and not base.json:
        print(estimate_table.latex(found.to_json()))
    else:
        say(found, base, rows=found.rows if form == "csv" else None)
    return Exit.DONE if found.fit.converged else Exit.NOT_CONVERGED
