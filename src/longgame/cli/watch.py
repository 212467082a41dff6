"""``longgame watch``: a scenario checked and its claims judged at each save, with what changed since the last."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import longgame
from longgame.answers import words
from longgame.answers.claims import headline, margin
from longgame.answers.parts import Line, Part, Table, lines
from longgame.cli.output import problem_json, progress
from longgame.cli.screen import show
from longgame.errors import LonggameError, Place, Problem, ScenarioError
from longgame.scenario.load import all_problems, loads, text_of

PAUSE = 0.3  # seconds between two looks at the files
SHOWN = ("verdict", "margin")  # of a claim: what is compared from one save to the next

Claims = dict[str, Mapping[str, Any]]


class Watch:
    """Looks at a file, and at those that it extends, and tells at each save what it found.

    Args:
        file: the scenario.
        values: assumption -> value to use in place of the file's.
        json: print a line of JSON for each save.
    """

    def __init__(self, file: Path, values: Mapping[str, float], *, json: bool):
        self.file, self.values, self.json = file, values, json
        self.known: frozenset[Path] = frozenset({file})
        self.read: Mapping[Path, Any] = {}  # the stamps of the files when they were read
        self.problems: list[Problem] | None = None  # at the last save
        self.claims: Claims | None = None  # when the scenario was last sound

    def run(self) -> None:
        """Tell what there is now, and at each save what it changed, until Ctrl-C."""
        seen: Mapping[Path, Any] | None = None
        with suppress(KeyboardInterrupt):
            while True:
                now = _stamps(self.known)
                if now != seen:
                    if now.get(self.file) is not None:  # editors take a file away for a moment
                        self.tell(*self.look())
                    seen = {**self.read, **{file: now[file] for file in now if file in self.known}}
                time.sleep(PAUSE)
        if not self.json:
            print("\nStopped watching.")

    def look(self) -> tuple[list[Problem], Claims | None]:
        """All that is wrong with the scenario, and its claims where it is sound."""
        try:
            text = text_of(self.file if self.file.is_absolute() else f"./{self.file}")  # never a shipped one
        except ScenarioError as error:
            return list(error.problems), None
        problems = all_problems(text, str(self.file))
        if any(problem.severity == "error" for problem in problems):
            return problems, None
        try:
            scenario = loads(text, str(self.file), self.values)
            self.known = frozenset({self.file, *_files(scenario)})
            self.read = _stamps(self.known)
            with progress() as line:
                answers = longgame.examine(scenario, "claims", progress=line)
        except ScenarioError as error:
            return [*problems, *error.problems], None
        except LonggameError as error:
            return [*problems, Problem("solve", Place(file=str(self.file)), "claims", str(error))], None
        return problems, {claim["id"]: claim for claim in answers["claims"]}

    def tell(self, problems: list[Problem], claims: Claims | None) -> None:
        """Say what was found, with what is new."""
        before, self.problems = self.problems, problems
        if self.json:
            self._print(problems, claims)
        else:
            show(*self._parts(problems, before, claims))
        self.claims = claims if claims is not None else self.claims

    def _parts(self, problems: list[Problem], before: list[Problem] | None, claims: Claims | None) -> Iterator[Part]:
        errors = [problem for problem in problems if problem.severity == "error"]
        warned = len(problems) - len(errors)
        found = words.count(len(errors), "mistake") if errors else "sound"
        also = f", {words.count(warned, 'warning')}" if warned else ""
        yield Line(f"{datetime.now():%H:%M:%S}  {self.file}: {found}{also}.")
        gone = [] if before is None else [old for old in before if _what(old) not in map(_what, problems)]
        yield from lines(str(problem) for problem in problems)
        yield from lines([f"Mended: {words.count(len(gone), 'problem')}."] if gone else [])
        if claims is not None:
            yield from self._claims(claims)

    def _claims(self, claims: Claims) -> Iterator[Part]:
        changed = changes(self.claims, claims)
        rows = [(id, _verdict(claims.get(id)), _margin(claims.get(id)), *was) for id, was in changed.items()]
        if self.claims is None:
            rows = [row[:3] for row in rows]
            if rows:
                yield Table(("Claim", "Verdict", "Margin"), rows, numbers=("Margin",))
            else:
                yield Line("The scenario makes no claims.")
            return
        if rows:
            headings = ("Claim", "Verdict", "Margin", "Before", "Margin before")
            yield Table(headings, rows, numbers=("Margin", "Margin before"))
        yield Line(_in_short(self.claims, claims, changed))

    def _print(self, problems: list[Problem], claims: Claims | None) -> None:
        row = {
            "at": datetime.now().isoformat(timespec="seconds"),
            "problems": [problem_json(problem) for problem in problems],
            "claims": None if claims is None else [{"id": id, **_kept(claim)} for id, claim in claims.items()],
            "changed": [] if claims is None else list(changes(self.claims, claims)),
        }
        print(json.dumps(row, ensure_ascii=False), flush=True)


def changes(before: Claims | None, after: Claims) -> dict[str, tuple[str, str]]:
    """The claims whose verdict or margin is another than before, each with what it was; all where nothing was."""
    old = {} if before is None else before
    was = {id: (_verdict(old.get(id)), _margin(old.get(id))) for id in {**after, **old}}
    same = {id for id in was if before is not None and was[id] == (_verdict(after.get(id)), _margin(after.get(id)))}
    return {id: was[id] for id in was if id not in same}


def _in_short(before: Claims, after: Claims, changed: Collection[str]) -> str:
    """What became of all claims, in a sentence."""
    if not changed:
        return "All claims are as before."
    moved = [id for id in changed if id in before and id in after and _verdict(before[id]) == _verdict(after[id])]
    same = len(after.keys() - set(changed))
    turned = len(changed) - len(moved)
    said = [
        f"{words.count(turned, 'claim')} changed" if turned else "no claim turned",
        f"the margin of {words.count(len(moved), 'claim')} moved" if moved else "",
        f"{words.count(same, 'claim')} as before" if same else "",
    ]
    return words.sentence("; ".join(filter(None, said)))


def _kept(claim: Mapping[str, Any]) -> dict[str, Any]:
    return {key: claim[key] for key in SHOWN}


def _verdict(claim: Mapping[str, Any] | None) -> str:
    return "not there" if claim is None else headline(claim)


def _margin(claim: Mapping[str, Any] | None) -> str:
    return "" if claim is None else margin(claim)


def _what(problem: Problem) -> tuple[str, str, str]:
    """A problem wherever it stands: lines move as one writes."""
    return problem.code, problem.expected, problem.found


def _files(scenario: longgame.Scenario) -> Sequence[Path]:
    """The files that a scenario was read from."""
    named = {spot.file for spot in scenario.source.spots.values() if spot.file}
    return [path for name in named if (path := Path(name)).is_file()]


def _stamps(files: frozenset[Path]) -> dict[Path, Any]:
    """When each file was last written; None for one that is not there."""
    found: dict[Path, Any] = {}
    for file in files:
        try:
            stat = file.stat()
            found[file] = (stat.st_mtime_ns, stat.st_size)
        except OSError:
            found[file] = None
    return found
