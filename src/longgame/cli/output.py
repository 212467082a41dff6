"""What every command needs to speak: JSON, problems and progress."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from longgame.errors import Problem

PIPED_WIDTH = 110  # characters in a line when the output is not a terminal
REDRAW_SECONDS = 0.1
LINE_SECONDS = 10.0
SECONDS_TO_TELL = 3.0  # of a stage, before its pace is known


class Exit(IntEnum):
    """Exit codes, as listed in ``longgame.cli``."""

    DONE = 0
    FAILED = 1
    BAD_INPUT = 2
    NOT_CONVERGED = 3
    STOPPED = 130
    NO_READER = 141


def to_json(value: Any) -> str:
    """A value as JSON text, in the key order that it has."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    print(to_json(value))


def problem_json(problem: Problem) -> dict[str, Any]:
    """One problem in the layout that ``--json`` promises (docs/answers.md)."""
    return {
        "code": problem.code,
        "severity": problem.severity,
        "file": problem.where.file,
        "line": problem.where.line,
        "column": problem.where.column,
        "path": problem.where.path,
        "expected": problem.expected,
        "found": problem.found,
        "fix": problem.fix,
    }


def report_problems(problems: Iterable[Problem], *, json: bool) -> Exit:
    """Say what is wrong: one line a problem on stderr, or with ``--json`` ``{"problems": [...]}`` on stdout."""
    problems = list(problems)
    if json:
        print_json({"problems": [problem_json(problem) for problem in problems]})
    else:
        for problem in problems:
            print(problem, file=sys.stderr)
        if len(problems) > 1:
            print(f"{len(problems)} problems.", file=sys.stderr)
    return Exit.BAD_INPUT


class Progress:
    """What longgame is doing, on stderr: one line that is written over on a terminal, a few plain lines elsewhere.

    Where it is not a terminal, a stage has one line when it begins, and another every ten seconds if it takes long.

    Called as ``progress(stage, done, total)`` by whatever takes long.
    """

    def __init__(self, stream: Any = None):
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._stage = ""
        self._began = (0.0, 0)  # when the stage was first heard of, and how much of it was done by then
        self._drawn = 0.0

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Say that ``done`` of ``total`` parts of a stage are done."""
        now = time.monotonic()
        begins = stage != self._stage
        if begins:
            self._stage, self._began = stage, (now, done)
        pause = REDRAW_SECONDS if self._live else LINE_SECONDS
        if not (begins or now - self._drawn >= pause or (self._live and done >= total)):
            return
        self._drawn = now
        counted = f": {done} of {total}{self._left(now, done, total)}" if total > 1 else " ..."
        if self._live:
            self._stream.write(f"\r\x1b[2K{stage}{counted}")
            self._stream.flush()
        else:
            print(f"{stage} ..." if begins else f"{stage}{counted}", file=self._stream, flush=True)

    def _left(self, now: float, done: int, total: int) -> str:
        """How long the rest of the stage takes at its pace so far; nothing before that can be told."""
        began, before = self._began
        if now - began < SECONDS_TO_TELL or not before < done < total:
            return ""
        return f", about {duration((now - began) / (done - before) * (total - done))} left"

    def close(self) -> None:
        """Leave the terminal's line empty."""
        if self._live and self._stage:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()


def duration(seconds: float) -> str:
    """A time in words, as exact as an estimate can be: 40 s, 12 min, 3 h 20 min."""
    if seconds < 90.0:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60.0)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress line that is cleared at the end, however it ends."""
    line = Progress()
    try:
        yield line
    finally:
        line.close()


def part(answers: Mapping[str, Any], *blocks: str) -> dict[str, Any]:
    """The named blocks of the answers, with what says which answers they are."""
    head = ("longgame", "layout", "scenario", "seed", "draws")
    return {key: answers[key] for key in (*head, *blocks)}
