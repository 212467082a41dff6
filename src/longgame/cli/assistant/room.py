"""The folder that an assistant's server keeps to, and the scenarios in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from longgame.answers.cost import cost, refuse_too_large
from longgame.errors import Place, Problem, ScenarioError
from longgame.run.study import Study
from longgame.scenario.load import all_problems, loads
from longgame.scenario.model import Scenario
from longgame.studio.files import ENDINGS, Home

UNSAVED = "scenario.yaml"  # what messages call a text that is in no file
MOST_SECONDS = 120.0  # of processor time that the base case may take, for somebody waits for the answer
MOST_MEMORY = 0.5  # of what is free
TOO_LARGE = "Coarsen its grids, shorten its clock or drop worlds; or solve it with `longgame run`."


@dataclass(frozen=True)
class Room:
    """A folder. Nothing outside it is read or written, also not by what a scenario extends."""

    home: Home

    @classmethod
    def at(cls, folder: Path) -> Room:
        """The folder at a path. Raises ScenarioError where there is none."""
        try:
            return cls(Home.at(folder))
        except OSError:
            problem = Problem("no-such-folder", Place(file=str(folder)), "a folder", "none")
            raise ScenarioError([problem]) from None

    def text_of(self, given: str) -> tuple[str, str]:
        """The text of a scenario and what messages call it, from the text itself, a file in the folder or a name."""
        if "\n" in given or given.lstrip().startswith("{"):
            return given, str(self.home.root / UNSAVED)
        if not given.strip():
            expected = "a scenario: its text, a file in the folder, or the name of a shipped one"
            raise ScenarioError([Problem("no-such-file", Place(path="scenario"), expected, "nothing")])
        is_path = given.endswith(ENDINGS) or "/" in given or not given.isprintable()
        origin = f"file:{given}" if is_path else f"shipped:{given}"
        return self.home.read(origin), str(self.home.root / self.home.label(origin))

    def scenario(self, given: str) -> Scenario:
        """A scenario that has passed the checks. Raises ScenarioError, TooLargeError."""
        return self.study(given).scenario

    def study(self, given: str) -> Study:
        """The same with its game. Raises ScenarioError, TooLargeError."""
        text, label = self.text_of(given)
        made = Study.of(loads(text, label, within=self.home.root))
        refuse_too_large(made.scenario, cost(made), MOST_SECONDS, MOST_MEMORY, TOO_LARGE)
        return made

    def problems(self, given: str) -> list[Problem]:
        """All that is wrong with a scenario, errors and warnings."""
        text, label = self.text_of(given)
        return all_problems(text, label, within=self.home.root)

    def folder(self, name: str) -> Path:
        """A folder in this one that is not there yet. Raises ScenarioError."""
        path = self.home.root / name
        if path.parent != self.home.root or name.strip() in ("", ".", "..") or not name.isprintable():
            fix = "Nothing is written outside this folder."
            problem = Problem("outside", Place(path="keep"), "a plain name", repr(name), fix)
            raise ScenarioError([problem])
        if os.path.lexists(path):
            problem = Problem("file-exists", Place(path="keep"), "a name that is free", f"`{name}`", "Choose another.")
            raise ScenarioError([problem])
        return path

    def shown(self, text: str) -> str:
        """A message without the way to the folder in it."""
        return text.replace(f"{self.home.root}{os.sep}", "")
