"""The commands on deals: those named, what can be put together of clauses, domains of other tools, accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import longgame
from longgame.cli.commands import BASE, Base, Source, app, exit_code, load_scenario, say
from longgame.cli.finished import fixed, kept, shown
from longgame.cli.output import Exit, print_json, progress
from longgame.cli.views import show_block
from longgame.errors import Place, Problem, ScenarioError

Between = Annotated[
    str | None,
    Parameter(show_default=False, help="Who bargains, with commas between: russia,us. Else the parties of each offer."),
]
Csv = Annotated[bool, Parameter(negative="", show_default=False, help="Print CSV instead, a row for each of them.")]


@app.command
def deals(
    scenario: Annotated[
        str | None, Parameter(help="A scenario file, the name of a shipped scenario, or the folder of a finished run.")
    ] = None,
    /,
    *,
    domain: Annotated[
        Path | None,
        Parameter(
            show_default=False,
            help="Instead: a negotiation domain with its utilities, as GENIUS XML or YAML: its folder or domain file.",
        ),
    ] = None,
    normalise: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Of a domain: divide evaluations by the best of their issue."),
    ] = False,
    csv: Csv = False,
    base: Base = BASE,
) -> Exit:
    """Price every named deal for every actor, and say who would accept it; or the outcomes of a negotiation domain."""
    if (scenario is None) == (domain is None):
        found = "both" if domain is not None else "neither"
        raise ScenarioError([Problem("option", Place(path="deals"), "a scenario, or --domain with a file", found)])
    if scenario is not None:
        return show_block(scenario, base, "deals")
    from longgame.answers import domains

    assert domain is not None
    found = domains.outcomes_of(domain, normalise=normalise)
    return say(found, base, rows=found.rows if csv else None)


@app.command
def clauses(
    scenario: Source,
    /,
    *,
    between: Between = None,
    bundle: Annotated[
        list[str] | None,
        Parameter(
            show_default=False,
            negative="",
            help="A bundle to take apart: its worth to each actor by payoff term. As it is printed: "
            '"truce=full + payment 1"; may be given several times.',
        ),
    ] = None,
    at: str = "now",
    csv: Csv = False,
    base: Base = BASE,
) -> Exit:
    """Price all that can be put together of the clauses: who would sign, what each clause adds, where it would end."""
    answers = kept(scenario)
    if answers is not None:
        asked = {**fixed(base), "--between": between, "--bundle": bundle, "--csv": csv or None}
        asked |= {"--at": None if at == "now" else at}
        return say(shown(answers, scenario, ["bundles", "solver"], asked), base)
    loaded = load_scenario(scenario, base)
    names = [] if between is None else [name.strip() for name in between.split(",")]
    with progress() as line:
        priced = longgame.clauses(loaded, between=names, at=at, bundles=bundle or (), progress=line)
    return say(priced, base, rows=priced.rows if csv else None)


@app.command
def commitment(
    scenario: Source,
    /,
    *,
    deal: Annotated[
        str | None,
        Parameter(show_default=False, help="Which deals, with commas between; all that have a name, if not given."),
    ] = None,
    at: str = "now",
    remedies: Annotated[
        bool, Parameter(negative="--quick", help="Look for penalties, payments and postures that would make them last.")
    ] = True,
    csv: Csv = False,
    base: Base = BASE,
) -> Exit:
    """Say of each deal who would break it, when, and how long it stands; and what would make it last."""
    from longgame.answers import commitment_parts
    from longgame.answers.commitment_parts import known_deals
    from longgame.cli.screen import show

    answers, names = kept(scenario), () if deal is None else tuple(name.strip() for name in deal.split(","))
    if answers is not None:
        asked = {**fixed(base), "--at": None if at == "now" else at, "--csv": csv or None}
        found = shown(answers, scenario, ["commitment", "solver"], asked)
        found |= {"commitment": known_deals(names, {row["deal"]: row for row in found["commitment"]})}
        if base.json:
            print_json(found)
        else:
            show(*commitment_parts.parts(found["commitment"]))
        return exit_code(found["solver"])
    loaded = load_scenario(scenario, base)
    with progress() as line:
        made = longgame.commitment(loaded, deals=names, at=at, remedies=remedies, progress=line)
    return say(made, base, rows=made.rows if csv else None)


@app.command
def accounts(scenario: Source, /, *, at: str = "now", csv: Csv = False, base: Base = BASE) -> Exit:
    """Put the accounts of a meeting side by side: what each difference is worth, and what would tell which is true."""
    answers = kept(scenario)
    if answers is not None:
        asked = {**fixed(base), "--at": None if at == "now" else at, "--csv": csv or None}
        return say(shown(answers, scenario, ["accounts", "solver"], asked), base)
    loaded = load_scenario(scenario, base)
    with progress() as line:
        found = longgame.accounts(loaded, at=at, progress=line)
    return say(found, base, rows=found.rows if csv else None)
