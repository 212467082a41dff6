"""A state of the studio as the text of a scenario file: one that extends the scenario that was opened."""

from __future__ import annotations

from typing import Any

import yaml

from longgame.errors import Place, Problem, ScenarioError
from longgame.scenario.load import with_values
from longgame.studio.models import SaveAsked
from longgame.studio.work import Bench


def _kept(bench: Bench, origin: str) -> str | None:
    """The text of an origin; None where it is there no more, so that what was made of it in the browser can be kept."""
    try:
        return bench.folder.read(origin)
    except ScenarioError:
        return None


def saved_text(bench: Bench, asked: SaveAsked) -> str:
    """The text of the file that keeps a state: its own text if that was edited, else what differs from its origin.

    Raises ScenarioError for a state with both an edited text and moved sliders, which no single file can hold.
    """
    state = asked.state
    if state.text is not None and state.text != _kept(bench, state.origin):
        if state.values:
            fix = "Put the sliders back and save the text; then move them, and save a scenario that extends it."
            found = "an edited text and moved sliders at once"
            raise ScenarioError([Problem("save", Place(path="state"), "one of the two to save", found, fix)])
        return state.text
    with_values(bench.scenario(state), state.values)
    kind, _, name = state.origin.partition(":")
    if kind == "file" and name == f"{asked.name}.yaml":
        fix = "Choose another name: a scenario cannot extend itself."
        raise ScenarioError([Problem("save", Place(path="name"), "a new name", f"`{asked.name}`", fix)])
    content: dict[str, Any] = {"extends": name}
    if asked.title.strip():
        content["title"] = asked.title.strip()
    if state.values:
        content["assumptions"] = {key: {"value": value} for key, value in state.values.items()}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
