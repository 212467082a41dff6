"""The commands: each reads its arguments, calls the package, and prints."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

import longgame
from longgame.cli.finished import no_run
from longgame.cli.output import (
    Exit,
    print_csv,
    print_json,
    problem_json,
    progress,
)
from longgame.cli.stopping import never_swallowed
from longgame.errors import Place, Problem, ScenarioError, in_file_order

if TYPE_CHECKING:
    from longgame.answers.answers import Answers
    from longgame.answers.notebook import Findings
    from longgame.run.executors import ChunkExecutor
    from longgame.run.hold import Held
    from longgame.scenario.model import Scenario

app = App(
    name="longgame",
    help="Strategic assessments as games: write one file, solve it, and read claim by claim what follows.",
    help_epilogue="SCENARIO is a file, or the name of a shipped scenario (see longgame list).\n"
    "--debug after any command shows where an error of longgame itself happened.",
    help_format="plaintext",
    version=longgame.__version__,
    suppress_keyboard_interrupt=False,
)

Source = Annotated[str, Parameter(help="A scenario file, or the name of a shipped scenario.")]
Json = Annotated[
    bool, Parameter(negative="", show_default=False, help="Print JSON instead, in the layout of docs/answers.md.")
]


@Parameter(name="*")
@dataclass(frozen=True)
class Base:
    """What every command that solves a scenario accepts."""

    seed: Annotated[int, Parameter(validator=Number(gte=0), help="Seed of the draws and of the simulations.")] = 0
    overrides: Annotated[
        tuple[str, ...],
        Parameter(
            name="--set",
            negative="",
            show_default=False,
            help="The value of an assumption, as name=value; may be repeated.",
        ),
    ] = ()
    json: Json = False


BASE = Base()
Folder = Annotated[Path, Parameter(help="The folder of a run: what `longgame run` was given, or chose, with --out.")]
Verify = Annotated[
    bool,
    Parameter(negative="", show_default=False, help="Also say how far the lattice is from the exact equilibrium."),
]


@Parameter(name="*")
@dataclass(frozen=True)
class Power:
    """Who solves the draws: every command that has draws solved accepts it."""

    workers: Annotated[
        int | None,
        Parameter(
            validator=Number(gte=1),
            help="Worker processes that solve the draws; one for each core, where draws take long enough.",
            show_default=False,
        ),
    ] = None
    cluster: Annotated[
        str | None,
        Parameter(help="A Dask scheduler whose workers solve the draws: tcp://host:8786.", show_default=False),
    ] = None


POWER = Power()
Draws = Annotated[
    int,
    Parameter(
        validator=Number(gte=0), help="Draws of the assumptions from their ranges; 0 for the given values alone."
    ),
]
VariantDraws = Annotated[
    int | None,
    Parameter(
        validator=Number(gte=0),
        show_default=False,
        help="Draws of each variant of the scenario; 0 for the given values alone; a quarter of --draws if not given.",
    ),
]


@Parameter(name="*")
@dataclass(frozen=True)
class Counts:
    """How many draws a run has."""

    draws: Draws = 128
    variant_draws: VariantDraws = None


COUNTS = Counts()


@app.command(sort_key=2)
def check(scenario: Source, /, *, base: Base = BASE) -> Exit:
    """Check a scenario: every mistake and warning, how well each actor chooses, how large the game is."""
    from longgame.answers import checkup
    from longgame.answers.block import plain
    from longgame.answers.game import checked
    from longgame.answers.words import count
    from longgame.cli.screen import show
    from longgame.run.study import study_of

    loaded, problems = longgame.read(no_run(scenario), overrides_of(base.overrides))
    study = study_of(loaded)
    actors, size, warnings = longgame.describe(study)
    with progress() as line:
        found = checkup.checkup(study, progress=line)
    problems = in_file_order([*problems, *warnings, *found.problems])
    if base.json:
        said = plain({key: getattr(found, key) for key in ("stakes", "decisions", "grids", "estimate")})
        problems = [problem_json(problem) for problem in problems]
        print_json({"problems": problems, "actors": actors, "size": size} | said)
    else:
        show(*checked(actors, size), *checkup.in_words(found))
        for problem in problems:
            print(problem)
        warned = f" {count(len(problems), 'warning')}." if problems else ""
        print(f"\n{loaded.title}: sound.{warned}")
    return Exit.DONE


@app.command(sort_key=3)
def run(
    scenario: Source,
    /,
    *,
    counts: Counts = COUNTS,
    out: Annotated[Path | None, Parameter(help="The folder to write to; out/NAME if not given.")] = None,
    power: Power = POWER,
    anew: Annotated[
        bool, Parameter(negative="", show_default=False, help="Give up the unfinished run that the folder holds.")
    ] = False,
    verify: Verify = False,
    temper: Annotated[
        bool,
        Parameter(
            name="--tempering",
            negative="--no-tempering",
            help="Lead the draws to the posterior where the evidence leaves the weight on less than a tenth of them.",
        ),
    ] = True,
    base: Base = BASE,
) -> Exit:
    """Solve a scenario, answer everything in it, and write answers.json, report.html and the draws."""
    from longgame.cli import runs

    folder = out or Path("out") / Path(scenario).stem
    loaded = load_scenario(scenario, base)
    with runs.room_for(folder, anew=anew) as room:
        executor = runs.executor(power.workers, power.cluster)
        draws = both(counts.draws, counts.variant_draws)
        asked = {"draws": draws, "seed": base.seed, "folder": room, "executor": executor}
        assess = partial(longgame.assess, loaded, verify=verify, temper=temper, **asked)
        return _finish(room, assess, executor, base.json)


@app.command(sort_key=3.5)
def resume(
    folder: Folder,
    /,
    *,
    power: Power = POWER,
    verify: Verify = False,
    json: Json = False,
) -> Exit:
    """Finish a run that was interrupted, with the same numbers as one that was not."""
    from longgame.cli import runs

    with runs.to_resume(folder) as room:
        executor = runs.executor(power.workers, power.cluster)
        assess = partial(longgame.resume, room, executor=executor, verify=verify)
        return _finish(room, assess, executor, json)


@app.command(sort_key=3.6)
def table(
    folder: Folder,
    /,
    *,
    format: Annotated[Literal["csv", "parquet"], Parameter(help="The kind of file.")] = "csv",
    json: Json = False,
) -> Exit:
    """Write the draws of a finished run as one table: draws.csv or draws.parquet."""
    from longgame.cli import runs

    path = runs.write_table(folder, format)
    if json:
        print_json({"file": str(path)})
    else:
        print(f"Wrote {path}.")
    return Exit.DONE


@app.command(sort_key=10)
def ask(
    scenario: Source,
    question: Annotated[str, Parameter(help="A question of the language: worth(attacker, truce) > 0, or any number.")],
    /,
    *,
    at: Annotated[str, Parameter(help="When it is asked: now (after all evidence), start, or a date.")] = "now",
    by_period: Annotated[
        bool, Parameter(negative="", help="Show how it goes on: the question for every period from then on.")
    ] = False,
    base: Base = BASE,
) -> Exit:
    """Ask one question more of a scenario: anything that a claim could say or show."""
    from longgame.answers.ask import answer
    from longgame.cli.screen import show

    loaded = load_scenario(scenario, base)
    with progress() as line:
        found = longgame.ask(loaded, question, at=at, every_period=by_period, progress=line)
    if base.json:
        print_json(found)
    else:
        show(*answer(found))
    return exit_code(found)


@app.command(sort_key=11)
def schema(*, json: Json = False) -> Exit:
    """Print the JSON Schema of the scenario language, for editors that complete and check as one types."""
    del json  # it is JSON either way; the flag is accepted so that every command has it
    print_json(longgame.json_schema())
    return Exit.DONE


def both(draws: int, variant_draws: int | None) -> int | tuple[int, int]:
    """How many draws of the scenario, and of each of its variants, as the package takes them."""
    return draws if variant_draws is None else (draws, variant_draws)


def load_scenario(scenario: str, base: Base) -> Scenario:
    """The scenario with the values of ``--set`` in place. Raises RunError for the folder of a run."""
    overrides = overrides_of(base.overrides)
    return longgame.load(no_run(scenario), overrides)


def overrides_of(settings: tuple[str, ...]) -> dict[str, float]:
    """``name=value`` texts to numbers, with all that are wrong reported at once."""
    values: dict[str, float] = {}
    problems = []
    for setting in settings:
        name, equals, text = setting.partition("=")
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if name.strip() in values:
            where = Place(path="--set")
            problems.append(Problem("bad-setting", where, "each assumption once", f"`{name.strip()}` twice"))
        elif name and equals and math.isfinite(number):
            values[name.strip()] = number
        else:
            where = Place(path="--set")
            problems.append(Problem("bad-setting", where, "name=value with a number", repr(setting)))
    if problems:
        raise ScenarioError(problems)
    return values


def _finish(room: Held, assess: Callable[..., Answers], executor: ChunkExecutor, json: bool) -> Exit:
    """Solve what is to be solved, write all files of a run, and print the claims."""
    from longgame.answers.answers import BLOCKS, headlines
    from longgame.answers.verification import parts
    from longgame.cli import runs
    from longgame.cli.screen import show

    try:
        pace = progress(lambda draws: executor.pace.seconds_for(draws))
        with never_swallowed(), runs.to_be_gone_on_with(room), pace as line:
            answers = assess(progress=line).to_json()
            runs.write(room.path, answers)
    except KeyboardInterrupt:
        if not room.begun:
            raise
        print(f"\nStopped. `longgame resume {room.path}` finishes the run with the same numbers.", file=sys.stderr)
        return Exit.STOPPED
    verified = answers["verification"]
    if json:
        print_json(answers)
    else:
        show(*headlines(answers), *BLOCKS["claims"].table(answers))
        if verified:
            print()
            show(*parts(verified, answers["claims"]))
        print(f"\nWrote {room.path / 'answers.json'} and {room.path / 'report.html'}.")
    exact = verified and verified["exact"]
    missed = Exit.NOT_CONVERGED if exact and not exact["converged"] else Exit.DONE
    return max(missed, exit_code(answers["solver"], *answers["claims"]))


def exit_code(*rows: Mapping[str, Any]) -> Exit:
    """3 if any row that says how something was solved says that it was not, to the tolerance."""
    from longgame.solver.solution import Status

    return Exit.NOT_CONVERGED if any(row["status"] == Status.UNCONVERGED.value for row in rows) else Exit.DONE


def say(
    found: Findings | Mapping[str, Any], base: Base, *, rows: Callable[[], Sequence[Mapping[str, Any]]] | None = None
) -> Exit:
    """Print what was found: as JSON if that is wanted, or as it is shown; the exit code says how it was solved.

    Plain answers are shown as the tables of their blocks. ``rows``: of CSV, if that is wanted.
    """
    from longgame.answers.answers import tables
    from longgame.cli.screen import show

    answers = found if isinstance(found, Mapping) else found.to_json()
    if base.json:
        print_json(answers)
    elif rows is not None:
        print_csv(rows())
    else:
        show(*(tables(found) if isinstance(found, Mapping) else found.in_parts()))
    status = answers.get("status", [])
    solved = [{"status": one} for one in ([status] if isinstance(status, str) else status)]
    judged = [answers.get("solver"), *answers.get("claims", ()), *answers.get("cases", ())]
    return exit_code(*solved, *(row for row in judged if isinstance(row, Mapping) and "status" in row))
