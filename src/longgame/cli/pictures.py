"""The commands that draw: the game of a scenario, and how play may go on in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

from cyclopts import Parameter
from cyclopts.validators import Number

from longgame.cli.commands import BASE, Base, Source, app, exit_code, load_scenario, say
from longgame.cli.output import Exit, print_json, progress
from longgame.errors import Place, Problem, ScenarioError
from longgame.files import write_whole

Out = Annotated[Path | None, Parameter(help="An SVG file to write the drawing to.")]


Tree = Annotated[
    bool, Parameter(negative="", show_default=False, help="Draw a small game as an extensive tree, as Gambit does.")
]
Periods = Annotated[
    int | None,
    Parameter(validator=Number(gte=1), show_default=False, help="Of --tree: how many periods; all if not given."),
]
Shown = TypeVar("Shown")
GAMBIT = ".efg"  # how the name of a file of Gambit ends


@app.command(sort_key=2.5)
def show(
    scenario: Source, /, *, out: Out = None, tree: Tree = False, periods: Periods = None, base: Base = BASE
) -> Exit:
    """Draw the game: who moves when, what each option does, what is public, and who knows what. Solves nothing.

    SCENARIO may be a Gambit .efg file: it is drawn as a tree.
    """
    from longgame.answers.picture import picture
    from longgame.report.draw import game_svg, game_text

    if tree or scenario.endswith(GAMBIT):
        return _draw_tree(scenario, out, base, periods, None)
    _with(periods, "--periods", "--tree")
    _given(picture(load_scenario(scenario, base)), out, base, game_svg, game_text)
    return Exit.DONE


def _draw_tree(scenario: str, out: Path | None, base: Base, periods: int | None, precision: float | None) -> Exit:
    """Draw a game as a tree; solved, if a precision is given (a scenario has its own)."""
    from longgame.answers.game_tree import tree_of_game, tree_of_scenario
    from longgame.exact.efg import read_efg
    from longgame.report.draw import tree_svg, tree_text
    from longgame.solver.curve.continuation import BranchStatus

    with progress() as line:
        if precision is not None:
            line("Solving", 0, 1)
        if scenario.endswith(GAMBIT):
            found = tree_of_game(read_efg(scenario), precision=precision)
        else:
            loaded = load_scenario(scenario, base)
            found = tree_of_scenario(loaded, periods=periods, solve=precision is not None)
    _given(found, out, base, tree_svg, tree_text)
    return Exit.NOT_CONVERGED if found.solved == BranchStatus.UNCONVERGED.value else Exit.DONE


def _given(
    shown: Shown, out: Path | None, base: Base, svg: Callable[[Shown], str], text: Callable[[Shown, int], str]
) -> None:
    """Write a drawing to a file, and print it as JSON or as text."""
    from longgame.answers.block import plain
    from longgame.cli.screen import width

    if out is not None:
        write_whole(out, svg(shown))
    if base.json:
        print_json(plain(shown))
    else:
        print(text(shown, width()) if out is None else f"Wrote {out}.")


@Parameter(name="*")
@dataclass(frozen=True)
class From:
    """From where play is looked at, as questions have it."""

    at: Annotated[str, Parameter(help="When: now (after all evidence), start, or a date.")] = "now"
    given: Annotated[
        str, Parameter(show_default=False, help="What is true though not all know it: a world, or aim == reset.")
    ] = ""
    after: Annotated[
        str, Parameter(show_default=False, help="A change that is made first: a deal, MOVE.OPTION, set(aid=cut).")
    ] = ""
    under: Annotated[str, Parameter(show_default=False, help="A posture somebody is bound to: ACTOR.POSTURE.")] = ""


@Parameter(name="*")
@dataclass(frozen=True)
class Ahead:
    """How far ahead play is drawn, and as what."""

    until: Annotated[
        str | None, Parameter(show_default=False, help="The date to which paths go; some steps on, if not given.")
    ] = None
    least: Annotated[
        float | None, Parameter(show_default=False, help="Sum paths less likely than this; what fits, if not given.")
    ] = None
    timeline: Annotated[
        bool, Parameter(negative="", show_default=False, help="Draw how likely each state is by date, to the horizon.")
    ] = False
    by: Annotated[
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="Of --timeline: a variable that counts; may be repeated."),
    ] = ()
    tree: Annotated[
        bool, Parameter(negative="", show_default=False, help="Draw the whole of a small game, as `show --tree` does.")
    ] = False
    periods: Periods = None
    precision: Annotated[
        float,
        Parameter(name="--lambda", validator=Number(gte=0, lt=float("inf")), help="Of a .efg file: the precision."),
    ] = 1.0


@Parameter(name="*")
@dataclass(frozen=True)
class AtStep:
    """Where the strategy is asked for."""

    strategy: Annotated[
        str | None, Parameter(show_default=False, help="Show what is chosen at this step, and its worth.")
    ] = None
    on: Annotated[
        str | None, Parameter(show_default=False, help="Of --strategy: the date; its next time, if not given.")
    ] = None
    state: Annotated[
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="Of --strategy: a state variable's value; may be repeated."),
    ] = ()
    belief: Annotated[
        tuple[str, ...],
        Parameter(negative="", show_default=False, help="Of --strategy: WORLD=P, the public belief; may be repeated."),
    ] = ()


@app.command(sort_key=7.5)
def play(
    scenario: Source,
    /,
    *,
    out: Out = None,
    ahead: Ahead = Ahead(),
    view: From = From(),
    step: AtStep = AtStep(),
    base: Base = BASE,
) -> Exit:
    """Draw the likeliest paths of play from a date on, or show the strategy at a step.

    With --tree, SCENARIO may be a Gambit .efg file.
    """
    from longgame.answers.play import play as likeliest
    from longgame.answers.situation import Seen
    from longgame.answers.strategy import strategy_at
    from longgame.answers.timeline import tables as states_of
    from longgame.answers.timeline import timeline
    from longgame.cli.screen import lines as text_lines
    from longgame.report.draw import paths_svg, paths_text, timeline_svg

    if ahead.tree or scenario.endswith(GAMBIT):
        _with(step.strategy, "--strategy", "a scenario, and no --tree")
        _with(ahead.timeline, "--timeline", "a scenario, and no --tree")
        return _draw_tree(scenario, out, base, ahead.periods, ahead.precision)
    _with(ahead.periods, "--periods", "--tree")
    loaded, seen = load_scenario(scenario, base), Seen(view.at, view.given, view.after, view.under)
    if ahead.timeline:
        with progress() as line:
            states = timeline(loaded, seen, until=ahead.until, by=ahead.by, progress=line)
        _given(states, out, base, timeline_svg, lambda found, wide: "\n".join(text_lines(states_of(found), wide)))
        return exit_code(states.to_json())
    _with(ahead.by, "--by", "--timeline")
    if step.strategy is None:
        for name in ("on", "state", "belief"):
            _with(getattr(step, name), f"--{name}", "--strategy STEP")
        with progress() as line:
            paths = likeliest(loaded, seen, until=ahead.until, least=ahead.least, progress=line)
        _given(paths, out, base, paths_svg, paths_text)
        return exit_code(paths.to_json())
    _with(out, "--out", "no --strategy")
    state, belief = pairs(step.state, "--state"), numbers(step.belief, "--belief")
    with progress() as line:
        found = strategy_at(loaded, step.strategy, seen, on=step.on, state=state, belief=belief, progress=line)
    return say(found, base)


def _with(given: object, option: str, needed: str) -> None:
    """Refuse an option that means something beside another alone."""
    if given:
        raise ScenarioError([Problem("option", Place(path=option), f"{needed} beside it", "none")])


def pairs(settings: Sequence[str], option: str) -> dict[str, str]:
    """``name=value`` texts by name, with all that are wrong reported at once."""
    found = [setting.rpartition("=") for setting in settings]
    wrong = [setting for setting, (name, _, value) in zip(settings, found, strict=True) if not (name.strip() and value)]
    if wrong:
        raise ScenarioError([Problem("option", Place(path=option), "name=value", repr(setting)) for setting in wrong])
    names = [name.strip() for name, _, _ in found]
    if twice := dict.fromkeys(name for name in names if names.count(name) > 1):
        place = Place(path=option)
        raise ScenarioError([Problem("option", place, "each name once", f"`{name}` twice") for name in twice])
    return {name.strip(): value.strip() for name, _, value in found}


def numbers(settings: Sequence[str], option: str) -> dict[str, float]:
    """``name=number`` texts by name, with all that are wrong reported at once."""
    found, wrong = {}, []
    for name, text in pairs(settings, option).items():
        try:
            found[name] = float(text)
        except ValueError:
            wrong.append(Problem("option", Place(path=option), "name=number", repr(f"{name}={text}")))
    if wrong:
        raise ScenarioError(wrong)
    return found
