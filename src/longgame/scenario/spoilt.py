"""A line that is no YAML: what is said of the rest of the file must not come of its absence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from longgame.errors import Problem
from longgame.text import NAME

_NAME = re.compile(NAME)


@dataclass(frozen=True)
class Spoilt:
    """A line that is left out of a file.

    Attributes:
        names: that stand in it.
        first, last: the lines of the entry around it: an actor, a step, a claim.
        block: the block that the entry is in.
        file: the file.
    """

    names: frozenset[str]
    first: int
    last: int
    block: str
    file: str | None

    @classmethod
    def at(cls, lines: Sequence[str], line: int, file: str | None) -> Self | None:
        """The line at this number, from 1; None where others hang on it, or it stands at the top."""
        if not 1 <= line <= len(lines) or not _depth(lines[line - 1]):
            return None
        after = next((each for each in lines[line:] if each.strip()), "")
        if _depth(after) > _depth(lines[line - 1]):
            return None
        top = next((i for i in range(line - 1, 0, -1) if lines[i - 1].strip() and not _depth(lines[i - 1])), 1)
        inner = min((_depth(each) for each in lines[top:line] if each.strip()), default=0)
        begin = [i for i in range(top + 1, len(lines) + 1) if lines[i - 1].strip() and _depth(lines[i - 1]) <= inner]
        first = max((i for i in begin if i <= line), default=top)
        last = min((i for i in begin if i > line), default=len(lines) + 1) - 1
        return cls(frozenset(_NAME.findall(lines[line - 1])), first, last, lines[top - 1].split(":")[0], file)

    def echoes_in(self, problem: Problem) -> bool:
        """Whether a problem may only be there because the line is not: it names it, or stands in the same entry."""
        quoted = f"{problem.expected} {problem.found}".split("`")[1::2]
        named = {name for words in quoted for name in _NAME.findall(words)}
        near = problem.where.file == self.file and self.first <= (problem.where.line or 0) <= self.last
        return near or bool(self.names & named) or (self.block == "evidence" and "evidence" in problem.code)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
