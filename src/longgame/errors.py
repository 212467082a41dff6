"""Everything that can go wrong, as a tree of exceptions.

    LonggameError                    anything this package raises on purpose
    ├── ScenarioError                what the analyst wrote cannot be understood; carries all problems at once
    │   └── TooLargeError            the scenario is sound, but its game would not fit in memory
    ├── QuestionError                a question (``ask``, a claim) cannot be answered as written
    ├── NotConvergedError            an equilibrium that an answer needs was not found
    └── RunError                     a run over many draws cannot be begun, read or gone on with
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from longgame.text import visible


@dataclass(frozen=True)
class Place:
    """Where something stands: a file with line and column (both from 1), or a path into Python objects.

    ``path`` names the spot in the scenario's own words (``actors.patron.rationality``). ``each`` names the member for
    which a text of a family was written out (``member usa``).
    """

    path: str = ""
    file: str | None = None
    line: int | None = None
    column: int | None = None
    each: str = ""

    def __str__(self) -> str:
        if self.line is not None:
            return visible(f"{self.file or '<text>'}:{self.line}:{self.column}")
        return visible(self.file or self.path or "scenario")


@dataclass(frozen=True)
class Problem:
    """One mistake: where it is, what was expected, what was found, and how to mend it.

    ``code`` is a short stable name for the kind of mistake (``unknown-name``), for tests and for editors.
    ``severity`` is ``"error"`` or ``"warning"``; warnings never stop a run. What was found is shown, never obeyed by a
    terminal, and on one line.
    """

    code: str
    where: Place
    expected: str
    found: str
    fix: str = ""
    severity: str = "error"

    def __post_init__(self) -> None:
        for name in ("expected", "found", "fix"):
            object.__setattr__(self, name, visible(getattr(self, name)).replace("\n", " "))

    def __str__(self) -> str:
        found = self.found.removesuffix(".")
        text = f"{self.where}: {self.severity} [{self.code}]: expected {self.expected}, found {found}."
        return f"{text} {self.fix}" if self.fix else text


def in_file_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted by file (in the order in which files first appear), line and column; each problem once.

    What is wrong with one text for several members of a family is said once, with the members for which it is.
    """
    unique = list(dict.fromkeys(problems))
    files = {name: index for index, name in enumerate(dict.fromkeys(p.where.file or "" for p in unique))}
    found = sorted(unique, key=lambda p: (files[p.where.file or ""], p.where.line or 0, p.where.column or 0))
    alike: dict[tuple[object, ...], list[Problem]] = {}
    for number, problem in enumerate(found):
        where = problem.where
        spot = (where.file, where.line, where.column, problem.code) if where.each else number
        alike.setdefault((spot,), []).append(problem)
    return [_of_members(group) if group[0].where.each else group[0] for group in alike.values()]


def _of_members(problems: Sequence[Problem]) -> Problem:
    """Problems of one text for some members of a family as one problem."""
    first, count = problems[0], len({problem.where.each for problem in problems}) - 1
    more = f" and {count} more" if count else ""
    found = f"{first.found.removesuffix('.')}, for {first.where.each}{more}"
    return replace(first, where=replace(first.where, each=""), found=found)


class LonggameError(Exception):
    """Base of every error that longgame raises on purpose."""


class ScenarioError(LonggameError):
    """A scenario with mistakes. ``problems`` holds all of them, in file order."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TooLargeError(ScenarioError):
    """The game has more states than fit; the message says which variables make it so and what to coarsen."""


class QuestionError(ScenarioError):
    """A question that cannot be answered as written: an unknown name, a wrong argument, a date out of range."""


class NotConvergedError(LonggameError):
    """A step of the game whose equilibrium was not found to the tolerance asked for."""


class RunError(LonggameError):
    """A run over many draws that cannot be begun, read or gone on with: no such folder, other software, no workers."""
