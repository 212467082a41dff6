"""Finished runs in place of scenarios: what a run holds is shown as it is, and nothing is solved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longgame.cli.output import part
from longgame.errors import RunError

if TYPE_CHECKING:
    from longgame.cli.commands import Base


def kept(given: str) -> Mapping[str, Any] | None:
    """The answers of the run in a folder; None for what is no folder. Raises RunError for a folder without any."""
    folder = Path(given)
    if not folder.is_dir():
        return None
    from longgame.answers.kept import read_answers

    return read_answers(folder)


def shown(answers: Mapping[str, Any], folder: str, blocks: Iterable[str], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Some blocks of the answers of a run.

    Args:
        answers: of the run.
        folder: as the user gave it.
        blocks: that are wanted.
        asked: flag -> what it was given, None where it was left out. Raises RunError for those that would need solving.
    """
    other = [flag for flag, value in asked.items() if value is not None and value != answers.get(flag.strip("-"))]
    if other:
        flags = f"{' and '.join(other)} can no longer be chosen"
        raise RunError(f"{folder} is a finished run, of which {flags}. {again(answers)}")
    return part(answers, *blocks)


def fixed(base: Base, draws: int | None = None) -> dict[str, Any]:
    """The flags that a run fixes, with what they were given; None where they were left out."""
    return {"--draws": draws, "--seed": base.seed or None, "--set": base.overrides or None}


def again(answers: Mapping[str, Any]) -> str:
    """What to write in place of a run's folder where something is to be solved."""
    name = answers["scenario"]["file"] or answers["scenario"]["name"]
    return f"Give the scenario itself: {name}."


def no_run(given: str) -> str:
    """What was given, unless it is the folder of a run: then RunError says which scenario to give in its place."""
    answers = kept(given)
    if answers is None:
        return given
    raise RunError(f"{given} is a finished run, which does not hold the answer to this. {again(answers)}")
