"""The commands on assumptions: what a claim rests on, and what would change with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

import longgame
from longgame.cli.commands import (
    BASE,
    Address,
    Base,
    Source,
    Workers,
    app,
    exit_code,
    load_scenario,
    overrides_of,
    say,
)
from longgame.cli.output import Exit, progress
from longgame.errors import RunError

if TYPE_CHECKING:
    from longgame.scenario.model import Scenario

Either = Annotated[
    str, Parameter(help="A scenario file, the name of a shipped scenario, or the folder of a finished run.")
]
Draws = Annotated[
    int, Parameter(validator=Number(gte=0), help="Draws of the assumptions from their ranges; a run has its own.")
]


@app.command(name="rests-on", sort_key=4.5)
def rests_on(
    scenario: Either,
    claim: Annotated[str, Parameter(help="The name of a claim.")],
    /,
    *,
    draws: Draws = 512,
    workers: Workers = None,
    cluster: Address = None,
    base: Base = BASE,
) -> Exit:
    """Say on which assumptions a claim rests: which move it, where it fails, and the nearest counterexample."""
    from longgame.cli import robust_tables, runs

    with progress() as line:
        found = longgame.rests_on(
            scenario_or_run(scenario, base),
            claim,
            draws=draws,
            seed=base.seed,
            progress=line,
            executor=runs.executor(workers, cluster),
        ).to_json()
    say(found, base, robust_tables.rests_on)
    return exit_code(found)


def scenario_or_run(given: str, base: Base) -> Scenario | Path:
    """The scenario, or the folder of a run; the assumptions of a run are those that it was made with."""
    folder = Path(given)
    if not folder.is_dir():
        return load_scenario(given, base)
    if base.overrides:
        raise RunError(f"{folder} is the folder of a run, whose assumptions are fixed; --set needs a scenario.")
    return folder



@app.command(sort_key=4.6)
def whatif(
    scenario: Source,
    /,
    *,
    draws: Annotated[int, Parameter(validator=Number(gte=0), help="Draws of the other assumptions.")] = 128,
    workers: Workers = None,
    cluster: Address = None,
    base: Base = BASE,
) -> Exit:
    """Say what would change if assumptions had other values (--set): every answer, the claims that turned first."""
    from longgame.cli import robust_tables, runs

    given, values = longgame.load(scenario, {}), overrides_of(base.overrides)
    with progress() as line:
        found = longgame.whatif(
            given, values, draws=draws, seed=base.seed, progress=line, executor=runs.executor(workers, cluster)
        ).to_json()
    say(found, base, robust_tables.comparison)
    return exit_code(*({"status": status} for status in found["status"]))


@app.command(sort_key=4.7)
def compare(
    a: Either,
    b: Either,
    /,
    *,
    draws: Annotated[
        int, Parameter(validator=Number(gte=0), help="Draws of the assumptions, the same for both; a run has its own.")
    ] = 128,
    workers: Workers = None,
    cluster: Address = None,
    base: Base = BASE,
) -> Exit:
    """Set two assessments side by side, over the same draws: every answer, the claims that turned first."""
    from longgame.cli import robust_tables, runs

    with progress() as line:
        found = longgame.compare(
            scenario_or_run(a, base),
            scenario_or_run(b, base),
            draws=draws,
            seed=base.seed,
            progress=line,
            executor=runs.executor(workers, cluster),
        ).to_json()
    say(found, base, robust_tables.comparison)
    return exit_code(*({"status": status} for status in found["status"]))


@app.command(sort_key=8)
def postures(
    scenario: Source,
    /,
    *,
    draws: Annotated[
        int, Parameter(validator=Number(gte=0), help="Draws of the assumptions; 0 for the given values alone.")
    ] = 128,
    over: Annotated[
        str | None,
        Parameter(show_default=False, help="An assumption over which to follow where the best posture turns."),
    ] = None,
    at_least: Annotated[
        float | None,
        Parameter(show_default=False, help="What a posture must bring; if not given, what the actor expects unbound."),
    ] = None,
    workers: Workers = None,
    cluster: Address = None,
    base: Base = BASE,
) -> Exit:
    """Compare lines of conduct over worlds and draws: value, worst case, regret, and what information is worth."""
    from longgame.cli import robust_tables, runs

    loaded = load_scenario(scenario, base)
    with progress() as line:
        found = longgame.postures(
            loaded,
            draws=draws,
            seed=base.seed,
            over=over,
            at_least=at_least,
            progress=line,
            executor=runs.executor(workers, cluster),
        ).to_json()
    say(found, base, robust_tables.postures)
    return exit_code(found["solver"])
