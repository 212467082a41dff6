"""The command on structure in doubt: every claim in every variant of a scenario."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

import longgame
from longgame.cli.commands import BASE, POWER, Base, Power, app, exit_code, load_scenario
from longgame.cli.finished import again, fixed, kept, shown
from longgame.cli.output import Exit, print_csv, print_json, progress
from longgame.cli.robustness import Either
from longgame.cli.views import DRAWS, Draws
from longgame.errors import RunError


@app.command(sort_key=4.8)
def variants(
    scenario: Either,
    /,
    *,
    draws: Draws = None,
    csv: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Print CSV instead, a row a claim and variant."),
    ] = False,
    power: Power = POWER,
    base: Base = BASE,
) -> Exit:
    """Set the variants of a scenario side by side: each claim in each, what the evidence makes of them, the average."""
    from longgame.answers import variants as block
    from longgame.cli.screen import show

    found = _of_run(scenario, base, draws) or _of_scenario(scenario, base, DRAWS if draws is None else draws, power)
    if base.json:
        print_json(found)
    elif csv:
        print_csv(block.flat_rows(found["variants"]))
    else:
        show(*block.parts(found["variants"]))
    return exit_code(*(row for row in found["variants"]["variants"]))


def _of_run(given: str, base: Base, draws: int | None) -> dict[str, Any] | None:
    """What a finished run holds; None for what is no folder of one."""
    answers = kept(given)
    if answers is None:
        return None
    found = shown(answers, given, ("variants",), fixed(base, draws))
    if not found["variants"]:
        raise RunError(f"{given} is a run of a scenario without variants. {again(answers)}")
    return found


def _of_scenario(given: str, base: Base, draws: int, power: Power) -> dict[str, Any]:
    """What is found when all are solved."""
    from longgame.cli import runs

    loaded = load_scenario(given, base)
    executor = runs.executor(power.workers, power.cluster)
    with progress() as line:
        return longgame.variants(loaded, draws=draws, seed=base.seed, progress=line, executor=executor).to_json()
