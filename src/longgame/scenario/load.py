"""A scenario file -> `Scenario`, with every mistake reported at its line and column.

    bytes -> text -> tree (``yaml_tree``) -> written out for the members of its families (``families``)
          -> merged with what it extends (``merge``) -> `Scenario` -> checks

Mistakes of shape and of meaning are reported together: what could not be read is left out, and the rest is checked as
far as it does not depend on that.
"""

from __future__ import annotations

import hashlib
import math
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path as FilePath
from typing import Any

from longgame.errors import Place, Problem, ScenarioError, in_file_order
from longgame.scenario import library
from longgame.scenario.checks import check
from longgame.scenario.families import families_in, written_out
from longgame.scenario.mend import validate
from longgame.scenario.merge import merge
from longgame.scenario.model import Scenario
from longgame.scenario.overlays import problems_of
from longgame.scenario.patterns import patterns
from longgame.scenario.places import Source
from longgame.scenario.spoilt import Spoilt
from longgame.scenario.yaml_tree import (
    MAX_CHARACTERS,
    NOT_YAML,
    UNSUPPORTED,
    Items,
    Keys,
    Scalar,
    Tree,
    compose,
    data_of,
    spots_of,
)
from longgame.text import composed, describe, nearest

_ENDINGS = (".yaml", ".yml")
_MOST_FILES = 100
_MOST_BYTES = 4 * MAX_CHARACTERS  # of a file with that many characters of UTF-8, at most


def load(source: str | FilePath, overrides: Mapping[str, float] | None = None) -> Scenario:
    """Read a scenario from a file, or a shipped one by its name.

    Args:
        source: a path, or the name of a shipped scenario.
        overrides: assumption -> value to use in place of the file's.

    Raises:
        ScenarioError: with all problems, in file order.
    """
    return _finish(_Reading().file(str(source)), overrides)


AnyScenario = Scenario | str | FilePath
"""A scenario; or where it is: a file, or the name of a shipped one."""


def scenario_of(given: AnyScenario) -> Scenario:
    """The scenario itself, or what is read from a file or shipped under a name. Raises ScenarioError as `load`."""
    return given if isinstance(given, Scenario) else load(given)


def scenario_or_folder(given: AnyScenario) -> Scenario | FilePath:
    """The same where there is such a file or name; else the path, which is that of a folder."""
    if isinstance(given, Scenario) or FilePath(given).is_file() or str(given) in library.names():
        return scenario_of(given)
    return FilePath(given)


def loads(
    text: str,
    file: str | None = None,
    overrides: Mapping[str, float] | None = None,
    *,
    within: FilePath | None = None,
) -> Scenario:
    """Read a scenario from a text; ``file`` is what messages call it. Otherwise as `load`.

    What it extends is looked for beside that file, and with ``within``, a resolved folder, nowhere outside it.
    """
    return _finish(_of_text(text, file, within), overrides)


def read(source: str | FilePath, overrides: Mapping[str, float] | None = None) -> tuple[Scenario, list[Problem]]:
    """As `load`, with the warnings beside the scenario."""
    return _checked(_Reading().file(str(source)), overrides)


def text_of(source: str | FilePath) -> str:
    """The text of one file, without what it extends. Raises ScenarioError where it cannot be read as UTF-8."""
    return _Reading().open(str(source), FilePath(), Place("", str(source)))[0]


def all_problems(text: str, file: str | None = None, *, within: FilePath | None = None) -> list[Problem]:
    """All that is wrong with a text, errors and warnings alike, in file order; the rest as in `loads`."""
    try:
        return _judged(_of_text(text, file, within), None)[1]
    except ScenarioError as error:
        return in_file_order(error.problems)


def merged(text: str, file: str | None = None, *, within: FilePath | None = None) -> Keys:
    """The tree of a text laid over what it extends, as far as that can be read; the rest as in `loads`.

    Raises:
        ScenarioError: the text itself cannot be read.
    """
    reading = _of_text(text, file, within)
    assert reading.tree is not None
    return reading.written or reading.tree


def _of_text(text: str, file: str | None, within: FilePath | None = None) -> _Reading:
    return _Reading(within=within).text(text, file, FilePath(file).parent if file else FilePath(), ())


# --- files -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Layers:
    """The tree of a file, and those of what it extends."""

    tree: Keys
    bases: tuple[_Layers, ...] = ()

    def trees(self) -> Iterator[Keys]:
        """All of them, each after those that it is laid over."""
        for base in self.bases:
            yield from base.trees()
        yield self.tree

    def laid(self, made: Callable[[Keys], Keys], problems: list[Problem]) -> Keys:
        """All laid over each other, after something is made of each."""
        bases = [base.laid(made, problems) for base in self.bases]
        return reduce(lambda base, over: merge(base, over, problems), [*bases, made(self.tree)])


@dataclass
class _Reading:
    """What was read so far: the merged tree, the texts that went into it, the mistakes on the way."""

    problems: list[Problem] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)
    tree: Keys | None = None
    written: Keys | None = None  # the same with what is written once for the members of a family, where there is such
    partial: bool = False  # what a file builds on could not be read
    name: str = ""
    label: str | None = None
    spoilt: list[Spoilt] = field(default_factory=list)
    within: FilePath | None = None  # the folder in which all files must be

    def file(self, given: str) -> _Reading:
        """Read the file (or shipped scenario) that a user asked for."""
        text, label, folder, identity = self.open(given, FilePath(), Place("", given))
        return self.text(text, label, folder, (identity,))

    def text(self, text: str, label: str | None, folder: FilePath, chain: tuple[str, ...]) -> _Reading:
        """Read a text and all that it extends."""
        self.label = label
        self.name = FilePath(label).stem if label else ""
        layers = self.compose(text, label, folder, chain)
        families = families_in(layers.trees())
        self.tree = layers.laid(lambda tree: written_out(tree, families, self.problems), self.problems)
        if families:
            self.written = layers.laid(lambda tree: tree, [])
        return self

    def source_of(self, tree: Keys) -> Source:
        """Where the values of a tree stand."""
        return Source(self.name, self.label, self.digest.hexdigest(), spots_of(tree))

    def compose(self, text: str, label: str | None, folder: FilePath, chain: tuple[str, ...]) -> _Layers:
        self.digest.update(text.encode("utf-8", "surrogatepass"))
        tree = self.readable(text, label)
        if any(problem.code in UNSUPPORTED for problem in self.problems):
            raise ScenarioError(self.problems)
        wanted = tree.entries.pop("extends", None)
        if wanted is None:
            return _Layers(tree)
        bases: list[_Layers] = []
        for one in wanted.items if isinstance(wanted, Items) and wanted.items else [wanted]:
            try:
                bases.append(self.base(one, folder, chain))
            except ScenarioError as error:  # the rest can be checked for its shape
                self.problems += error.problems
                self.partial = True
        return _Layers(tree, tuple(bases))

    def readable(self, text: str, label: str | None) -> Keys:
        """The tree of a text; where one line of it is no YAML and nothing hangs on that line, of all the others."""
        try:
            return compose(text, label, self.problems)
        except ScenarioError as error:
            lines, line = text.split("\n"), error.problems[0].where.line or 1
            spoilt = Spoilt.at(lines, line, label)
            if error.problems[0].code not in NOT_YAML or spoilt is None:
                raise
            try:
                tree = compose("\n".join([*lines[: line - 1], "", *lines[line:]]), label, self.problems)
            except ScenarioError:
                raise error from None
            self.problems += error.problems
            self.spoilt.append(spoilt)
            return tree

    def base(self, wanted: Tree, folder: FilePath, chain: tuple[str, ...]) -> _Layers:
        """A scenario that is extended, with all that it extends itself."""
        place = wanted.spot.place_at(*wanted.spot.value, "extends")
        if not isinstance(wanted, Scalar) or not isinstance(wanted.value, str):
            expected = "a file, the name of a shipped scenario, or a list of these"
            raise ScenarioError([Problem("extends", place, expected, describe(data_of(wanted)))])
        text, label, base_folder, identity = self.open(wanted.value, folder, place)
        if identity in chain:
            fix = "A scenario cannot extend itself, nor one that extends it."
            raise ScenarioError([Problem("extends-cycle", place, "another scenario", f"`{wanted.value}`", fix)])
        if len(chain) >= _MOST_FILES:
            expected = f"at most {_MOST_FILES} files that extend each other"
            raise ScenarioError([Problem("extends-many", place, expected, f"`{wanted.value}` beyond them")])
        return self.compose(text, label, base_folder, (*chain, identity))

    def open(self, given: str, folder: FilePath, place: Place) -> tuple[str, str, FilePath, str]:
        """Find a file or a shipped scenario: its text, what messages call it, its folder, its identity."""
        is_path = given.endswith(_ENDINGS) or "/" in given or "\\" in given
        if not is_path and given in library.names():
            return library.read(given), f"{given}.yaml", FilePath(), f"shipped:{given}"
        path = folder / given
        try:
            if self.within is not None and not path.resolve().is_relative_to(self.within):
                fix = "Nothing outside it is read: choose a folder that holds both files."
                raise ScenarioError([Problem("outside", place, f"a file in {self.within}", f"`{given}`", fix)])
            data = _read(path, place)
            identity = str(path.resolve())
        except (OSError, ValueError) as error:
            fix = nearest(given, library.names()) or "`longgame list` shows the shipped scenarios."
            if given in patterns():
                fix = f"That is a pattern: `longgame new NAME --pattern {given}` begins a scenario from it."
            expected = "a scenario file that can be read" if is_path else "a scenario file or the name of a shipped one"
            reason = getattr(error, "strerror", None) or "not a file name"
            raise ScenarioError(
                [Problem("no-such-file", place, expected, f"`{given}` ({reason.lower()})", fix)]
            ) from None
        return _decode(data, str(path)), str(path), path.parent, identity


def _read(path: FilePath, place: Place) -> bytes:
    """The bytes of a file: only of one that has an end, and none of one that is too long.

    Raises:
        OSError, ValueError: it cannot be read.
        ScenarioError: it is a device, a pipe or the like, or too long.
    """
    kind = path.stat()  # before it is opened: a pipe would wait for ever
    if not stat.S_ISREG(kind.st_mode) and not stat.S_ISDIR(kind.st_mode):
        found = f"`{path}`, a device, a pipe or a socket"
        raise ScenarioError([Problem("not-a-file", place, "a file", found, "Save the scenario as a file.")])
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        data = b"" if size > _MOST_BYTES else file.read(_MOST_BYTES + 1)
    if size > _MOST_BYTES or len(data) > _MOST_BYTES:
        found = f"`{path}` of {max(size, len(data)):,} bytes"
        raise ScenarioError([Problem("too-long", place, f"at most {MAX_CHARACTERS:,} characters", found)])
    return data


def _decode(data: bytes, label: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        found = f"the byte 0x{data[error.start]:02X}"
        place = Place("", label, line, column)
        raise ScenarioError([Problem("not-utf8", place, "a text in UTF-8", found, "Save the file as UTF-8.")]) from None


# --- from the tree to the scenario -----------------------------------------------------------------------------------


def _finish(reading: _Reading, overrides: Mapping[str, float] | None) -> Scenario:
    return _checked(reading, overrides)[0]


def _checked(reading: _Reading, overrides: Mapping[str, float] | None) -> tuple[Scenario, list[Problem]]:
    scenario, problems = _judged(reading, overrides)
    errors = [problem for problem in problems if problem.severity == "error"]
    if scenario is None or errors:
        raise ScenarioError(errors)
    return scenario, problems


def _judged(reading: _Reading, overrides: Mapping[str, float] | None) -> tuple[Scenario | None, list[Problem]]:
    """What can be read of a scenario, with all that is wrong with it."""
    assert reading.tree is not None
    scenario, problems, lost = validate(reading.tree, reading.source_of, partial=reading.partial)
    unread = {problem.where.path for problem in problems if problem.code == "formula"}
    if scenario is not None and not reading.partial:
        before = scenario
        scenario, refused = _override(scenario, overrides or {})
        found = [problem for problem in _blamed(before, scenario) if not lost.echoes_in(problem)]
        unread &= {problem.where.path for problem in found}
        problems = [*refused, *found, *(p for p in problems if p.code != "formula" or p.where.path not in unread)]
    if scenario is not None and reading.written is not None:
        scenario = scenario.written_as(data_of(reading.written))
    if not reading.partial:
        problems += problems_of(reading.tree, problems, lambda tree: _judged_tree(tree, reading.source_of))
    own = [problem for problem in problems if not any(spoilt.echoes_in(problem) for spoilt in reading.spoilt)]
    return scenario, in_file_order([*reading.problems, *own])


def _judged_tree(tree: Keys, source_of: Callable[[Keys], Source]) -> list[Problem]:
    """All that is wrong with a tree that is laid over another: shape and meaning, as far as it can be read."""
    scenario, problems, lost = validate(tree, source_of)
    found = [] if scenario is None else [problem for problem in check(scenario) if not lost.echoes_in(problem)]
    return [*problems, *found]


def with_values(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """A scenario with other base values for some assumptions. Raises ScenarioError where they cannot be taken."""
    made, refused = _override(scenario, values)
    errors = [*refused, *(problem for problem in _blamed(scenario, made) if problem.severity == "error")]
    if errors:
        raise ScenarioError(errors)
    return made


def _blamed(before: Scenario, after: Scenario) -> list[Problem]:
    """What is wrong with a scenario some of whose values were given from outside: what is new is their fault."""
    found = check(after)
    known = found if not after.source.overridden else check(before)
    new = [problem for problem in found if problem not in known and problem.severity == "error"]
    return [*(problem for problem in found if problem not in new), *after.source.blamed(new)]


def _override(scenario: Scenario, overrides: Mapping[str, float]) -> tuple[Scenario, list[Problem]]:
    """The scenario with other values for some assumptions, and what is wrong with these."""
    assumptions = dict(scenario.assumptions)
    problems: list[Problem] = []
    for name, value in ((composed(name), value) for name, value in overrides.items()):
        place = Place(f"--set {name}")
        known = assumptions.get(name)
        if known is None:
            fix = nearest(name, assumptions)
            problems.append(Problem("unknown-assumption", place, "the name of an assumption", f"`{name}`", fix))
        elif isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            problems.append(Problem("not-a-number", place, "a finite number", f"`{value}`"))
        elif known.range is not None and not known.range[0] <= value <= known.range[1]:
            low, high = known.range
            expected = f"a number in its range, [{low:g}, {high:g}]"
            problems.append(
                Problem("out-of-range", place, expected, f"`{value:g}`", "Widen the range in the file first.")
            )
        else:
            assumptions[name] = known.model_copy(update={"value": float(value)})
    made = scenario.model_copy(update={"assumptions": assumptions})
    return made.read_from(replace(scenario.source, overridden=tuple(overrides))), problems
