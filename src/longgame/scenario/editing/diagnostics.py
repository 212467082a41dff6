"""All that is wrong with a text, each with the stretch of the text that is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

from longgame.errors import Place, Problem, ScenarioError
from longgame.scenario.load import all_problems
from longgame.scenario.yaml_tree import compose, walk
from longgame.text import NAME

_WORD = re.compile(rf"{NAME}(?:\.{NAME})*|[0-9][0-9.]*(?:[eE][-+]?[0-9]+)?|==|!=|<=|>=|\*\*|\S")
_EXTENDS = re.compile(r"extends\s*:\s*(\S.*?)?\s*(?:#.*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Stretch:
    """A stretch of a text: its first character, and the one past its last; lines and columns count from 1."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Diagnostic:
    """A problem and the stretch of the text that is meant."""

    problem: Problem
    stretch: Stretch

    @property
    def message(self) -> str:
        """What is wrong, in a sentence, without the place."""
        fix = f" {self.problem.fix}" if self.problem.fix else ""
        return f"Expected {self.problem.expected}, found {self.problem.found.removesuffix('.')}.{fix}"


def diagnose(text: str, file: str | None = None, *, within: FilePath | None = None) -> list[Diagnostic]:
    """All that `check` says of a text before its game is made.

    Args:
        text: a scenario.
        file: its file: what it extends is looked for beside that. A mistake in a file that is extended is shown where
            it is named.
        within: the folder outside which nothing is read.
    """
    return located(text, all_problems(text, file, within=within), file)


def located(text: str, problems: Sequence[Problem], file: str | None = None) -> list[Diagnostic]:
    """Problems with the stretches of the text that they mean."""
    lines = text.split("\n")
    values = _values(text)
    found = []
    for problem in problems:
        here = problem.where.file == file
        moved = problem if here else replace(problem, found=f"{problem.found}, at {problem.where}")
        found.append(Diagnostic(moved, _stretch(lines, problem, values) if here else _extends(text)))
    return found


def _values(text: str) -> dict[tuple[int, int], str]:
    """Where each value begins, and how it stands in the text."""
    try:
        tree = compose(text, None, [])
    except ScenarioError:
        return {}
    return {node.spot.value: node.spot.raw for _, node in walk(tree) if node.spot.raw}


def _stretch(lines: Sequence[str], problem: Problem, values: dict[tuple[int, int], str]) -> Stretch:
    line, column = _within(lines, problem.where)
    rest = lines[line - 1][column - 1 :]
    quoted = [part for part in f"{problem.found}`".split("`")[1::2] if part and _stands(part, rest)]
    if quoted:
        return Stretch(line, column, line, column + max(map(len, quoted)))
    if (line, column) in values:
        return _over(line, column, values[line, column].rstrip())
    match = _WORD.match(rest)
    if match is not None:
        return Stretch(line, column, line, column + match.end())
    end = len(lines[line - 1].rstrip()) + 1  # at the end of a line: the last word of it
    start = max(lines[line - 1].rstrip().rfind(" ") + 2, 1)
    return Stretch(line, min(start, column), line, max(end, column))


def _stands(part: str, rest: str) -> bool:
    """Whether a text begins with a part, and not in the middle of a word or number."""
    following = rest[len(part) : len(part) + 1]
    return rest.startswith(part) and not (part[-1].isalnum() and (following.isalnum() or following == "_"))


def _within(lines: Sequence[str], place: Place) -> tuple[int, int]:
    line = min(max(place.line or 1, 1), len(lines))
    return line, min(max(place.column or 1, 1), len(lines[line - 1]) + 1)


def _over(line: int, column: int, raw: str) -> Stretch:
    *before, last = raw.split("\n")
    if not before:
        return Stretch(line, column, line, column + len(last))
    return Stretch(line, column, line + len(before), len(last) + 1)


def _extends(text: str) -> Stretch:
    """Where a text names what it extends."""
    match = _EXTENDS.search(text)
    if match is None:
        return Stretch(1, 1, 1, 1)
    group = 1 if match[1] else 0
    line = text.count("\n", 0, match.start()) + 1
    start = match.start(group) - text.rfind("\n", 0, match.start()) - 1
    return Stretch(line, start + 1, line, start + 1 + len(match[group]))
