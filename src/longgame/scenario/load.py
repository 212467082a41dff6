"""A scenario file -> `Scenario`, with every mistake reported at its line and column.

    bytes -> text -> tree (``yaml_tree``) -> merged with what it extends (``merge``) -> `Scenario` -> checks

Mistakes of shape and of meaning are reported together: what could not be read is left out, and the rest is checked as
far as it does not depend on that.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from longgame.errors import Place, Problem, ScenarioError, in_file_order
from longgame.scenario import library
from longgame.scenario.checks import check
from longgame.scenario.formulas import Unreadable
from longgame.scenario.merge import merge
from longgame.scenario.model import STEP_KINDS, Scenario
from longgame.scenario.places import Path, Source
from longgame.scenario.shapes import Fault, fault_of
from longgame.scenario.yaml_tree import UNSUPPORTED, Items, Keys, Scalar, Tree, compose, data_of, spots_of
from longgame.text import describe, nearest

_ENDINGS = (".yaml", ".yml")
_MOST_FILES = 20
_MOST_ROUNDS = 10


def load(source: str | FilePath, overrides: Mapping[str, float] | None = None) -> Scenario:
    """Read a scenario from a file, or a shipped one by its name.

    Args:
        source: a path, or the name of a shipped scenario.
        overrides: assumption -> value to use in place of the file's.

    Raises:
        ScenarioError: with all problems, in file order.
    """
    return _finish(_Reading().file(str(source)), overrides)


def loads(text: str, file: str | None = None, overrides: Mapping[str, float] | None = None) -> Scenario:
    """Read a scenario from a text; ``file`` is what messages call it. Otherwise as `load`."""
    return _finish(_Reading().text(text, file, FilePath(file).parent if file else FilePath(), ()), overrides)


def read(source: str | FilePath, overrides: Mapping[str, float] | None = None) -> tuple[Scenario, list[Problem]]:
    """As `load`, with the warnings beside the scenario."""
    return _checked(_Reading().file(str(source)), overrides)


# --- files -----------------------------------------------------------------------------------------------------------


@dataclass
class _Reading:
    """What was read so far: the merged tree, the texts that went into it, the mistakes on the way."""

    problems: list[Problem] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)
    tree: Keys | None = None
    name: str = ""
    label: str | None = None

    def file(self, given: str) -> _Reading:
        """Read the file (or shipped scenario) that a user asked for."""
        text, label, folder, identity = self.open(given, FilePath(), Place("", given))
        return self.text(text, label, folder, (identity,))

    def text(self, text: str, label: str | None, folder: FilePath, chain: tuple[str, ...]) -> _Reading:
        """Read a text and all that it extends."""
        self.label = label
        self.name = FilePath(label).stem if label else ""
        self.tree = self.compose(text, label, folder, chain)
        return self

    def compose(self, text: str, label: str | None, folder: FilePath, chain: tuple[str, ...]) -> Keys:
        self.digest.update(text.encode("utf-8", "surrogatepass"))
        tree = compose(text, label, self.problems)
        if any(problem.code in UNSUPPORTED for problem in self.problems):
            raise ScenarioError(self.problems)
        wanted = tree.entries.pop("extends", None)
        if wanted is None:
            return tree
        place = wanted.spot.place_at(*wanted.spot.value, "extends")
        if not isinstance(wanted, Scalar) or not isinstance(wanted.value, str):
            found = describe(data_of(wanted))
            self.problems.append(Problem("extends", place, "a file, or the name of a shipped scenario", found))
            return tree
        base_text, base_label, base_folder, identity = self.open(wanted.value, folder, place)
        if identity in chain or len(chain) >= _MOST_FILES:
            fix = "A scenario cannot extend itself, nor one that extends it."
            raise ScenarioError([Problem("extends-cycle", place, "another scenario", f"`{wanted.value}`", fix)])
        base = self.compose(base_text, base_label, base_folder, (*chain, identity))
        return merge(base, tree, self.problems)

    def open(self, given: str, folder: FilePath, place: Place) -> tuple[str, str, FilePath, str]:
        """Find a file or a shipped scenario: its text, what messages call it, its folder, its identity."""
        is_path = given.endswith(_ENDINGS) or "/" in given or "\\" in given
        if not is_path and given in library.names():
            return library.read(given), f"{given}.yaml", FilePath(), f"shipped:{given}"
        path = folder / given
        try:
            data = path.read_bytes()
            identity = str(path.resolve())
        except (OSError, ValueError) as error:
            fix = nearest(given, library.names()) or "`longgame list` shows the shipped scenarios."
            expected = "a scenario file that can be read" if is_path else "a scenario file or the name of a shipped one"
            reason = getattr(error, "strerror", None) or "not a file name"
            raise ScenarioError(
                [Problem("no-such-file", place, expected, f"`{given}` ({reason.lower()})", fix)]
            ) from None
        return _decode(data, str(path)), str(path), path.parent, identity


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
    assert reading.tree is not None
    scenario, problems, lost = _validate(reading.tree, reading)
    problems = [*reading.problems, *problems]
    if scenario is not None:
        scenario, refused = _override(scenario, overrides or {})
        found = check(scenario)
        problems += refused
        problems += [problem for problem in found if not lost.echoes_in(problem)]
    problems = in_file_order(problems)
    errors = [problem for problem in problems if problem.severity == "error"]
    if scenario is None or errors:
        raise ScenarioError(errors)
    return scenario, problems


@dataclass
class _Lost:
    """What could not be read: the names in it and its paths."""

    names: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)

    def echoes_in(self, problem: Problem) -> bool:
        """Whether a problem may only be there because something was left out: it names it, or stands around it."""
        named = {
            name
            for quoted in re.findall(r"`(.*?)`", f"{problem.expected} {problem.found}")
            for name in quoted.split(".")
        }
        around = problem.where.path + "."
        return bool(named & self.names) or any(path.startswith(around) for path in self.paths)


def _validate(tree: Keys, reading: _Reading) -> tuple[Scenario | None, list[Problem], _Lost]:
    """The scenario, the mistakes of its shape, and what was left out for them.

    A first round finds all mistakes of shape. The next ones only leave out what is at fault, until the rest holds.
    """
    problems: list[Problem] = []
    lost = _Lost()
    for round_ in range(_MOST_ROUNDS):
        data = data_of(tree)
        source = Source(reading.name, reading.label, reading.digest.hexdigest(), dict(spots_of(tree)))
        try:
            return Scenario.model_validate(data).read_from(source), problems, lost
        except ValidationError as error:
            details = error.errors(include_url=False)
        faults = [fault_of(detail, data, source) for detail in details]
        if round_ == 0:
            problems = [fault.problem for fault in faults]
        pruned = _without(tree, faults, lost)
        if pruned is None:
            break
        tree = pruned
    return None, problems, lost


def _without(tree: Keys, faults: list[Fault], lost: _Lost) -> Keys | None:
    """The tree without what is at fault; None where that leaves nothing to check."""
    unreadable = {fault.path for fault in faults if fault.readable}
    dropped = {fault.path for fault in faults if not fault.readable}
    if () in dropped:
        return None
    pruned = _prune(tree, (), dropped, unreadable, lost)
    return pruned if isinstance(pruned, Keys) else None


def _prune(tree: Tree, path: Path, dropped: set[Path], unreadable: set[Path], lost: _Lost) -> Tree | None:
    if path in dropped:
        lost.names |= _names_in(tree, path)
        lost.paths.add(".".join(str(part) for part in path))
        return None
    if path in unreadable:
        return Scalar(Unreadable(), tree.spot)
    if isinstance(tree, Keys):
        entries = {name: _prune(node, (*path, name), dropped, unreadable, lost) for name, node in tree.entries.items()}
        return Keys({name: node for name, node in entries.items() if node is not None}, tree.spot)
    if isinstance(tree, Items):
        items = [_prune(node, (*path, index), dropped, unreadable, lost) for index, node in enumerate(tree.items)]
        return Items([node for node in items if node is not None], tree.spot)
    return tree


def _names_in(tree: Tree, path: Path) -> set[str]:
    """The names that a part introduces or may introduce: its own key, its keys, and the words in it."""
    names = {str(path[-1]), *(str(part) for part in path[1:2]), re.sub(r"\W", "_", str(path[-1]))}
    if isinstance(tree, Keys):
        for name, node in tree.entries.items():
            names |= _names_in(node, (*path, name))
            if name in STEP_KINDS and isinstance(node, Scalar):
                names.add(str(node.value))
    elif isinstance(tree, Items):
        for index, node in enumerate(tree.items):
            names |= _names_in(node, (*path, index))
    elif isinstance(tree.value, str):
        names.add(tree.value)
    return names


def _override(scenario: Scenario, overrides: Mapping[str, float]) -> tuple[Scenario, list[Problem]]:
    """The scenario with other values for some assumptions, and what is wrong with these."""
    assumptions = dict(scenario.assumptions)
    problems: list[Problem] = []
    for name, value in overrides.items():
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
    return made.read_from(scenario.source), problems
