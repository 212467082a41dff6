"""The commands of the exact method: solve or verify a scenario without a lattice; games for Gambit and from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from longgame.cli.commands import BASE, Base, Json, Source, app, load_scenario
from longgame.cli.finished import again, fixed, kept, shown
from longgame.cli.others import Others, Starts
from longgame.cli.output import Exit, print_json, progress
from longgame.cli.robustness import Either
from longgame.errors import RunError
from longgame.files import write_whole

exporting = App(name="export", help="Write a scenario for another program.", help_format="plaintext", sort_key=13)
importing = App(name="import", help="Solve a game of another program.", help_format="plaintext", sort_key=14)
app.command(exporting)
app.command(importing)

Periods = Annotated[
    int | None, Parameter(validator=Number(gte=1), help="How many periods to write out; all if not given.")
]

@app.command(sort_key=11)
def verify(
    scenario: Either,
    /,
    *,
    nodes: Annotated[
        int | None,
        Parameter(
            validator=Number(gte=1),
            help="The largest game that is written out; the periods are cut to fit. If not given, what takes seconds.",
        ),
    ] = None,
    base: Base = BASE,
) -> Exit:
    """Say how far the solver's lattice is from the exact equilibrium, and whether it is good enough for the claims."""
    from longgame.answers.assess import verified
    from longgame.answers.block import plain
    from longgame.answers.verification import good_enough, parts, too_near
    from longgame.cli.screen import show
    from longgame.exact.verify import MOST_NODES

    answers = kept(scenario)
    if answers is not None:
        held = shown(answers, scenario, ("verification", "claims"), {"--nodes": nodes} | fixed(base))
        found, claims = held["verification"], held["claims"]
        if found is None:
            raise RunError(f"{scenario} is a run without --verify. {again(answers)}")
    else:
        loaded = load_scenario(scenario, base)
        with progress() as line:
            found, claims = map(plain, verified(loaded, most=nodes or MOST_NODES, seed=base.seed, progress=line))
    if base.json:
        keys = ("id", "holds", "margin", "finer")
        said = {"verdict": good_enough(claims), "too_near": too_near(claims)}
        print_json(found | said | {"claims": [{key: claim[key] for key in keys} for claim in claims]})
    else:
        show(*parts(found, claims))
        if not claims:
            print(f"\n{good_enough(claims)}")
    return Exit.NOT_CONVERGED if found["exact"] and not found["exact"]["converged"] else Exit.DONE


@app.command(sort_key=11.5)
def solve(
    scenario: Source,
    /,
    *,
    periods: Periods = None,
    reach: Annotated[
        float | None,
        Parameter(
            validator=Number(gte=0, lte=1),
            show_default=False,
            help="Leave out histories that play reaches with a smaller probability; 0.001 in the table, 0 with --json.",
        ),
    ] = None,
    others: Others = False,
    starts: Starts = 32,
    near: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            help="Of a game without an end: print a scenario that extends this one and starts from this play.",
        ),
    ] = False,
    base: Base = BASE,
) -> Exit:
    """Solve a small scenario exactly, at each public history; one without an end at each public state."""
    from longgame.cli import tables
    from longgame.cli.screen import show
    from longgame.exact.others import describe_others, other_histories
    from longgame.exact.public_histories import describe_histories, solve_histories
    from longgame.game.compile import compile as compile_scenario

    game = compile_scenario(load_scenario(scenario, base))
    if game.forever and periods is None:
        if others or reach is not None:
            name, fix = ("--others", "`longgame claims --others`") if others else ("--reach", "all states are shown")
            raise RunError(f"{name} is of games with an end: {fix}.")
        return _without_end(game, scenario, near, base)
    if near:
        raise RunError("--near is of games without an end (`periods: forever`).")
    with progress() as line:
        line("Solving without a lattice", 0, 1)
        solution = solve_histories(game, periods=periods)
        if others:
            line("Looking for other equilibria", 0, 1)
        further = other_histories(solution, starts=starts, seed=base.seed) if others else ()
    least = reach if reach is not None else 0.0 if base.json else 0.001
    answers = describe_histories(solution, least)
    if others:
        answers |= describe_others(further, starts, least)
    if base.json:
        print_json(answers)
    else:
        show(*tables.by_history(answers, least))
    return Exit.DONE if solution.converged else Exit.NOT_CONVERGED


def _without_end(game: Any, scenario: str, near: bool, base: Base) -> Exit:
    """``solve`` of a game without an end."""
    from longgame.answers.stationary import by_state, describe_stationary, starting_there
    from longgame.cli.screen import show
    from longgame.solver.solve import solve as solve_game

    with progress() as line:
        line("Solving", 0, 1)
        answers = describe_stationary(solve_game(game))
    if near:
        print(starting_there(answers, scenario), end="")
    elif base.json:
        print_json(answers)
    else:
        show(*by_state(answers))
    return Exit.DONE if answers["converged"] else Exit.NOT_CONVERGED


@app.command(name="solve-efg", sort_key=12)
def solve_efg(
    file: Annotated[Path, Parameter(help="A Gambit .efg file: any finite game with perfect recall.")],
    /,
    *,
    precision: Annotated[
        float,
        Parameter(name="--lambda", validator=Number(gte=0, lt=float("inf")), help="The precision of all choices."),
    ] = 1.0,
    branch: Annotated[
        bool, Parameter(negative="", show_default=False, help="Show the principal branch from lambda = 0 as well.")
    ] = False,
    json: Json = False,
) -> Exit:
    """Solve a Gambit game: its logit equilibrium on the principal branch, by information set."""
    from longgame.cli import tables
    from longgame.cli.screen import show
    from longgame.exact.efg import read_efg
    from longgame.exact.histories import describe, solve_extensive

    solution = solve_extensive(read_efg(file), precision, branch=branch)
    answers = describe(solution, precision)
    if json:
        print_json(answers)
    else:
        show(*tables.equilibrium(answers))
    return Exit.DONE if solution.converged else Exit.NOT_CONVERGED


importing.command(solve_efg, name="gambit")


@exporting.command(name="gambit")
def export_gambit(
    scenario: Source,
    /,
    *,
    out: Annotated[Path | None, Parameter(help="The file to write; printed if not given.")] = None,
    periods: Periods = None,
    base: Base = BASE,
) -> Exit:
    """Write a scenario as an extensive game that Gambit can read: every public history in every world."""
    import numpy as np

    from longgame.exact.gambit import for_gambit
    from longgame.game.compile import compile as compile_scenario
    from longgame.solver.batch import tables_of

    loaded = load_scenario(scenario, base)
    game = compile_scenario(loaded)
    said = for_gambit(game, tables_of(game, np.asarray(game.base, dtype=float)), title=loaded.title, periods=periods)
    if out is not None:
        write_whole(out, said.text)
    row: dict[str, Any] = {
        "file": None if out is None else str(out),
        "nodes": said.game.nodes,
        "players": list(said.game.players),
        "lambda": said.precision,
    }
    if base.json:
        print_json(row if out is not None else row | {"text": said.text})
    elif out is None:
        print(said.text, end="")
    else:
        print(f"Wrote {out}: {said.game.nodes:,} nodes; the scenario's equilibrium is at lambda = {said.precision:g}.")
    return Exit.DONE
