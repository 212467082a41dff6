"""The views of an assessment, each of one or two blocks of its answers: of a scenario, or of a finished run."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

import longgame
from longgame.cli.commands import BASE, POWER, Base, Power, app, load_scenario, say
from longgame.cli.finished import again, fixed, kept, shown
from longgame.cli.others import Others, Starts, others_beside
from longgame.cli.output import Exit, part, progress
from longgame.cli.robustness import Either
from longgame.errors import RunError

Draws = Annotated[
    int | None,
    Parameter(
        validator=Number(gte=0),
        show_default=False,
        help="Draws of the assumptions from their ranges; 0 for the given values alone; 128 if not given.",
    ),
]
DRAWS = 128


@app.command
def claims(
    scenario: Either, /, *, draws: Draws = None, others: Others = False, starts: Starts = 32, base: Base = BASE
) -> Exit:
    """Say of every claim whether it follows, by what margin, and in what share of draws."""
    blocks = ("claims", "ensemble", "solver")
    answers = kept(scenario)
    if answers is None:
        found = part(_answers(scenario, base, DRAWS if draws is None else draws, blocks), *blocks)
    else:
        found = shown(answers, scenario, blocks, fixed(base, draws))
        if others:
            raise RunError(f"{scenario} is a finished run, which holds no other equilibria. {again(answers)}")
    if others:
        found |= others_beside(load_scenario(scenario, base), starts, base.seed, base.json)
    return say(found, base)


@app.command
def beliefs(scenario: Either, /, *, base: Base = BASE) -> Exit:
    """Show the belief in each world after each piece of evidence, and the Bayes factors."""
    return show_block(scenario, base, "beliefs")


@app.command
def ledger(scenario: Either, /, *, base: Base = BASE) -> Exit:
    """Show what each actor gained or lost by each observed move."""
    return show_block(scenario, base, "ledger")


@app.command
def forecast(scenario: Either, /, *, base: Base = BASE) -> Exit:
    """Show the chance of each public event by date, with standard errors."""
    return show_block(scenario, base, "forecasts")


@app.command
def postures(
    scenario: Either,
    /,
    *,
    draws: Draws = None,
    over: Annotated[
        str | None,
        Parameter(show_default=False, help="An assumption over which to follow where the best posture turns."),
    ] = None,
    at_least: Annotated[
        float | None,
        Parameter(show_default=False, help="What a posture must bring; if not given, what the actor expects unbound."),
    ] = None,
    power: Power = POWER,
    base: Base = BASE,
) -> Exit:
    """Compare lines of conduct over worlds and draws: value, worst case, regret, and what information is worth."""
    from longgame.cli import runs

    answers = kept(scenario)
    if answers is not None:
        asked = fixed(base, draws) | {"--over": over, "--at-least": at_least}
        found = shown(answers, scenario, ("postures", "ensemble", "solver"), asked)
    else:
        loaded = load_scenario(scenario, base)
        executor = runs.executor(power.workers, power.cluster)
        with progress() as line:
            found = longgame.postures(
                loaded, draws=DRAWS if draws is None else draws, seed=base.seed, over=over, at_least=at_least,
                progress=line, executor=executor,
            ).to_json()  # fmt: skip
    return say(found, base)


def _answers(scenario: str, base: Base, draws: int, blocks: tuple[str, ...]) -> dict[str, Any]:
    """Solve and answer everything, in the layout of answers.json; some blocks alone, where that is all that is asked.

    Of the given values alone the rest would take longer than what is shown: explanations of all claims, say.
    """
    loaded = load_scenario(scenario, base)
    with progress() as line:
        if draws == 0 and not loaded.variants:
            return longgame.examine(loaded, *blocks, seed=base.seed, progress=line)
        return longgame.assess(loaded, draws=draws, seed=base.seed, progress=line).to_json()


def show_block(scenario: str, base: Base, wanted: str) -> Exit:
    """Print a block of the answers with those that are shown beside it; of a scenario it is worked out first."""
    from longgame.answers.answers import BLOCKS

    blocks = [name for name, block in BLOCKS.items() if wanted in (name, block.beside)]
    answers = kept(scenario)
    if answers is not None:
        found = shown(answers, scenario, [*blocks, "solver"], fixed(base))
    else:
        loaded = load_scenario(scenario, base)
        with progress() as line:
            found = longgame.examine(loaded, *blocks, seed=base.seed, progress=line)
    return say(found, base)
