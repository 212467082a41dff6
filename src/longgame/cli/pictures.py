"""The commands that draw: the game of a scenario, and how play may go on in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from longgame.cli.commands import BASE, Base, Source, app, exit_code, load_scenario
from longgame.cli.output import Exit, print_json, progress
from longgame.errors import Place, Problem, ScenarioError
from longgame.files import write_whole

Out = Annotated[Path | None, Parameter(help="An SVG file to write the drawing to.")]


@app.command(sort_key=2.5)
def show(scenario: Source, /, *, out: Out = None, base: Base = BASE) -> Exit:
    """Draw the game: who moves when, what each option does, what is public, and who knows what. Solves nothing."""
    from longgame.answers.block import plain
    from longgame.answers.picture import picture
    from longgame.cli.screen import width
    from longgame.report.draw import game_svg, game_text

    shown = picture(load_scenario(scenario, base))
    if out is not None:
        write_whole(out, game_svg(shown))
    if base.json:
        print_json(plain(shown))
    elif out is not None:
        print(f"Wrote {out}.")
    else:
        print(game_text(shown, width()))
    return Exit.DONE


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
    until: Annotated[
        str | None, Parameter(show_default=False, help="The date to which paths go; some steps on, if not given.")
    ] = None,
    least: Annotated[
        float | None, Parameter(show_default=False, help="Sum paths less likely than this; what fits, if not given.")
    ] = None,
    view: From = From(),
    step: AtStep = AtStep(),
    base: Base = BASE,
) -> Exit:
    """Draw the likeliest paths of play from a date on, or show the strategy at a step."""
    from longgame.answers.block import plain
    from longgame.answers.play import play as likeliest
    from longgame.answers.situation import Seen
    from longgame.answers.strategy import strategy_at, tables
    from longgame.cli.screen import show as print_parts
    from longgame.cli.screen import width
    from longgame.report.draw import paths_svg, paths_text

    loaded, seen = load_scenario(scenario, base), Seen(view.at, view.given, view.after, view.under)
    if step.strategy is None:
        _alone(step)
        with progress() as line:
            paths = likeliest(loaded, seen, until=until, least=least, progress=line)
        if out is not None:
            write_whole(out, paths_svg(paths))
        if base.json:
            print_json(plain(paths))
        else:
            print(paths_text(paths, width()) if out is None else f"Wrote {out}.")
        return exit_code(plain(paths))
    state, belief = pairs(step.state, "--state"), numbers(step.belief, "--belief")
    with progress() as line:
        found = plain(strategy_at(loaded, step.strategy, seen, on=step.on, state=state, belief=belief, progress=line))
    if base.json:
        print_json(found)
    else:
        print_parts(*tables(found))
    return exit_code(found)


def _alone(step: AtStep) -> None:
    """Refuse what belongs to a strategy where none is asked for."""
    given = [name for name in ("on", "state", "belief") if getattr(step, name)]
    if given:
        fix = "Write --strategy STEP as well."
        raise ScenarioError([Problem("option", Place(path=f"--{given[0]}"), "--strategy beside it", "none", fix)])


def pairs(settings: Sequence[str], option: str) -> dict[str, str]:
    """``name=value`` texts by name, with all that are wrong reported at once."""
    found = [setting.rpartition("=") for setting in settings]
    wrong = [setting for setting, (name, _, value) in zip(settings, found, strict=True) if not (name.strip() and value)]
    if wrong:
        raise ScenarioError([Problem("option", Place(path=option), "name=value", repr(setting)) for setting in wrong])
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
