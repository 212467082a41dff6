"""The commands on assumptions: what a claim rests on, and what would change with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

import longgame
from longgame.cli.commands import (
    BASE,
    POWER,
    Base,
    Power,
    Source,
    VariantDraws,
    app,
    both,
    load_scenario,
    overrides_of,
    say,
)
from longgame.cli.finished import no_run
from longgame.cli.output import Exit, progress
from longgame.errors import RunError

if TYPE_CHECKING:
    from longgame.answers.notebook import Findings
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
    variant_draws: VariantDraws = None,
    power: Power = POWER,
    base: Base = BASE,
) -> Exit:
    """Say on which assumptions a claim rests: which move it, where it fails, and the nearest counterexample."""
    given = scenario_or_run(scenario, base)
    return _said(partial(longgame.rests_on, given, claim, draws=both(draws, variant_draws)), base, power)


@app.command(sort_key=4.2)
def explain(
    scenario: Source,
    claim: Annotated[str, Parameter(help="The name of a claim.")],
    /,
    *,
    at: Annotated[
        str | None, Parameter(show_default=False, help="Ask it as of another date: now, start, or a date.")
    ] = None,
    slopes: Annotated[
        bool, Parameter(help="Also say which assumptions move it, and the nearest value of one at which it turns.")
    ] = True,
    base: Base = BASE,
) -> Exit:
    """Say why a claim follows or fails: what its numbers are made of, who would have to act otherwise to turn it."""
    loaded = load_scenario(scenario, base)
    with progress() as line:
        found = longgame.explain(loaded, claim, at=at, slopes=slopes, progress=line)
    return say(found, base)


def _said(ask: Callable[..., Findings], base: Base, power: Power) -> Exit:
    """Ask something that has draws solved, and print the answer."""
    from longgame.cli import runs

    executor = runs.executor(power.workers, power.cluster)
    with progress() as line:
        found = ask(seed=base.seed, progress=line, executor=executor)
    return say(found, base)


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
    power: Power = POWER,
    base: Base = BASE,
) -> Exit:
    """Say what would change if assumptions had other values (--set): every answer, the claims that turned first."""
    given, values = longgame.load(no_run(scenario), {}), overrides_of(base.overrides)
    return _said(partial(longgame.whatif, given, values, draws=draws), base, power)


@app.command(sort_key=4.7)
def compare(
    a: Either,
    b: Either,
    /,
    *,
    draws: Annotated[
        int, Parameter(validator=Number(gte=0), help="Draws of the assumptions, the same for both; a run has its own.")
    ] = 128,
    power: Power = POWER,
    base: Base = BASE,
) -> Exit:
    """Set two assessments side by side, over the same draws: every answer, the claims that turned first."""
    one, other = scenario_or_run(a, base), scenario_or_run(b, base)
    return _said(partial(longgame.compare, one, other, draws=draws), base, power)
