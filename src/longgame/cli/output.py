"""What every command needs to speak: JSON, problems and progress."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from csv import DictWriter
from enum import IntEnum
from typing import Any

from longgame.errors import Problem
from longgame.text import duration

PIPED_WIDTH = 110  # characters in a line when the output is not a terminal
REDRAW_SECONDS = 0.1
LINE_SECONDS = 10.0
DRAWS = "Draws"  # how the stage begins in which draws are solved
BAR, PLAIN_BAR, BAR_WIDTH = "━╌", "#-", 24


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


def print_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as CSV, with a heading; nothing stands for no answer. Where there are no rows, nothing is printed."""
    if not rows:
        return
    writer = DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


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

    Called as ``progress(stage, done, total)`` by whatever takes long. ``seconds_for`` says how long so many draws take,
    for those who solve them know it best; of other stages the pace is taken from the first part on that was done, so
    that what comes before it, compiling above all, does not count.
    """

    def __init__(self, stream: Any = None, seconds_for: Callable[[int], float | None] | None = None):
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._bar = BAR if _can_write(self._stream, BAR) else PLAIN_BAR
        self._seconds_for = seconds_for
        self._stage = ""
        self._began = 0  # how much of the stage was done when it was first heard of
        self._first: tuple[float, int] | None = None  # when a part of it was done first, and how much then
        self._drawn = 0.0

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Say that ``done`` of ``total`` parts of a stage are done."""
        now = time.monotonic()
        begins = stage != self._stage
        if begins:
            self._stage, self._began, self._first = stage, done, None
        if self._first is None and done > self._began:
            self._first = now, done
        pause = REDRAW_SECONDS if self._live else LINE_SECONDS
        if not (begins or now - self._drawn >= pause or (self._live and done >= total)):
            return
        self._drawn = now
        counted = f"{done} of {total}{self._left(now, done, total)}" if total > 1 else "..."
        if self._live:
            bar = f" {self._drawn_bar(done / total)}" if total > 1 else ""
            self._stream.write(f"\r\x1b[2K{stage}{bar} {counted}")
            self._stream.flush()
        else:
            print(f"{stage} ..." if begins or total <= 1 else f"{stage}: {counted}", file=self._stream, flush=True)

    def _left(self, now: float, done: int, total: int) -> str:
        """How long the rest of the stage takes; nothing before that can be told."""
        seconds = self._seconds_left(now, done, total) if done < total else None
        return "" if seconds is None else f", about {duration(seconds)} left"

    def _seconds_left(self, now: float, done: int, total: int) -> float | None:
        if self._seconds_for is not None and self._stage.startswith(DRAWS):
            return self._seconds_for(total - done)
        if self._first is None or done <= self._first[1]:
            return None
        began, before = self._first
        return (now - began) / (done - before) * (total - done)

    def _drawn_bar(self, part: float) -> str:
        full = round(BAR_WIDTH * min(max(part, 0.0), 1.0))
        return self._bar[0] * full + self._bar[1] * (BAR_WIDTH - full)

    def close(self) -> None:
        """Leave the terminal's line empty."""
        if self._live and self._stage:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()


def _can_write(stream: Any, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


@contextmanager
def progress(seconds_for: Callable[[int], float | None] | None = None) -> Iterator[Progress]:
    """A progress line that is cleared at the end, however it ends."""
    line = Progress(seconds_for=seconds_for)
    try:
        yield line
    finally:
        line.close()


def part(answers: Mapping[str, Any], *blocks: str) -> dict[str, Any]:
    """The named blocks of the answers, with what says which answers they are."""
    head = ("longgame", "layout", "scenario", "seed", "draws")
    return {key: answers[key] for key in (*head, *blocks)}
