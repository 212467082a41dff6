"""The flags of commands that look for further equilibria, and what they add."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from longgame.cli.output import progress

Others = Annotated[
    bool, Parameter(negative="", show_default=False, help="Look for further equilibria, and say what differs in them.")
]
Starts = Annotated[int, Parameter(validator=Number(gte=1), help="From how many random starts --others looks.")]

if TYPE_CHECKING:  # --help needs none of it
    from longgame.scenario.model import Scenario


def others_beside(scenario: Scenario, starts: int, seed: int, json: bool) -> dict[str, Any]:
    """What ``claims --others`` adds to the answers, shown unless ``json``."""
    from longgame.answers.block import plain
    from longgame.answers.others import in_words, others_of
    from longgame.cli.screen import show

    with progress() as line:
        found = plain(others_of(scenario, starts=starts, seed=seed, progress=line))
    if not json:
        show(*in_words(found))
        print()
    return {"others": found}
