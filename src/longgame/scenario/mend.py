"""What can be read of a scenario with mistakes: all of its shape at once, and the rest as if they were mended.

A mistake of shape must not hide the others. What is at fault is mended where the analyst can only have meant one thing
(a key with a slip of the pen), stood in for where a value is missing, and else left out; then the rest is read again.
Later checks would echo what was left out, so `Lost` remembers it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from longgame.errors import Problem
from longgame.scenario.model import Scenario
from longgame.scenario.places import Path, Source, Spot
from longgame.scenario.shapes import EXTENDS, NAMING, Fault, fault_of
from longgame.scenario.yaml_tree import Broken, Items, Keys, Scalar, Tree, data_of, walk

MISSING = "missing-key"
_ROUNDS = 10
# What stands in for a key that is missing, so that the block it belongs to can be read.
_STAND_INS: Mapping[str, str | int | dict[str, str | int]] = {
    "title": "?",
    "says": "?",
    "clock": {"periods": 1000, "step": "?"},
    "periods": 1000,
    "payoffs": {},
    **dict.fromkeys(("discount", "p", "holds", "event", "when", "start"), Broken()),
}
# What evidence that was left out may bring about.
_OF_OTHER_PIECES = ("ambiguous-evidence", "evidence-order", "unknown-evidence")

Where = tuple[str | None, int | None, int | None]


@dataclass
class Lost:
    """What could not be read: the names that it brings in, its places, and those of the blocks around it."""

    names: set[str] = field(default_factory=set)
    places: set[Where] = field(default_factory=set)
    blocks: set[str | int] = field(default_factory=set)

    def echoes_in(self, problem: Problem) -> bool:
        """Whether a problem may only be there because of what was left out: it names it, or stands in or around it."""
        if problem.code in _OF_OTHER_PIECES and "evidence" in self.blocks:
            return True
        quoted = f"{problem.expected} {problem.found}".split("`")[1::2]
        named = {name for words in quoted for name in words.split(".")}
        where = (problem.where.file, problem.where.line, problem.where.column)
        return bool(named & self.names) or where in self.places

    def add(self, tree: Tree, path: Path, around: Iterable[Tree] = ()) -> None:
        """Remember a part that is left out."""
        self.blocks.update(path[:1])
        self.names |= {part for part in path[1:2] if isinstance(part, str)} | _names_in(tree, path)
        for node in (*(part for _, part in walk(tree)), *around):
            self.places |= _places(node.spot)


def _places(spot: Spot) -> set[Where]:
    return {(spot.file, *spot.key), (spot.file, *spot.value)}


def _names_in(tree: Tree, path: Path) -> set[str]:
    """The names that a part brings in: its own key, its keys, the words of a variable, what a step is called."""
    names: set[str] = set()
    for where, node in walk(tree, path):
        names |= {str(where[-1])} if isinstance(where[-1], str) else set()
        if isinstance(node, Scalar) and (where[-1] in NAMING or "values" in where[-2:]):
            names.add(str(node.value))
    return names


def validate(
    tree: Keys, source_of: Callable[[Keys], Source], *, partial: bool = False
) -> tuple[Scenario | None, list[Problem], Lost]:
    """The scenario as far as it can be read, the mistakes of its shape, and what was left out for them.

    Args:
        tree: as it stands in the file.
        source_of: where the values of a tree stand.
        partial: what it builds on is not there, so that what is missing at the top says nothing.
    """
    problems: list[Problem] = []
    lost = Lost()
    for _, node in walk(tree):
        if isinstance(node, Scalar) and isinstance(node.value, Broken):
            lost.places |= _places(node.spot)
    for round_ in range(_ROUNDS):
        data, source = data_of(tree), source_of(tree)
        try:
            return Scenario.model_validate(data).read_from(source), problems, lost
        except ValidationError as error:
            faults = [fault_of(detail, data, source) for detail in error.errors(include_url=False)]
        renames = {fault.path: fault.meant for fault in faults if fault.meant and fault.meant != EXTENDS}
        partial = partial or any(fault.meant == EXTENDS for fault in faults)
        told = {problem.where for problem in problems}
        for fault in faults:
            slip = any(path[:-1] == fault.path and meant == fault.missing for path, meant in renames.items())
            later = round_ > 0 and (fault.missing is not None or fault.problem.where in told)
            at_top = partial and not fault.path and fault.missing is not None
            if not (fault.echo or slip or later or at_top):
                problems.append(fault.problem)
        pruning = _Pruning(faults, renames, lost)
        pruned = pruning.of(tree, (), ()) if () not in pruning.dropped else None
        if not isinstance(pruned, Keys):
            break
        tree = pruned
    return None, problems, lost


class _Pruning:
    """A tree without what is at fault."""

    def __init__(self, faults: list[Fault], renames: Mapping[Path, str], lost: Lost):
        self.renames, self.lost = renames, lost
        self.unreadable = {fault.path for fault in faults if fault.readable}
        self.missing: dict[Path, list[str]] = {}
        for fault in faults:
            if fault.missing in _STAND_INS:
                self.missing.setdefault(fault.path, []).append(str(fault.missing))
        kept = {fault.path for fault in faults if fault.readable} | renames.keys()
        self.dropped = {
            fault.path
            for fault in faults
            if fault.path not in kept and fault.missing not in _STAND_INS and (fault.broken or not fault.echo)
        }

    def of(self, tree: Tree, path: Path, around: tuple[Tree, ...]) -> Tree | None:
        """The tree at a path, mended; None where it is left out."""
        if path in self.dropped:
            self.lost.add(tree, path, around[1:])
            return None
        if path in self.unreadable:
            return Scalar(Broken(), tree.spot)
        inside = (*around, tree)
        if isinstance(tree, Items):
            items = [self.of(node, (*path, index), inside) for index, node in enumerate(tree.items)]
            return Items([node for node in items if node is not None], tree.spot)
        if not isinstance(tree, Keys):
            return tree
        entries: dict[str, Tree] = {}
        for name, node in tree.entries.items():
            meant = self.renames.get((*path, name), name)
            mended = self.of(node, (*path, name), inside)
            if mended is not None and (meant == name or meant not in tree.entries):
                entries[meant] = mended
        for name in self.missing.get(path, ()):
            if name not in entries:
                entries[name] = _tree_of(_STAND_INS[name], tree.spot)
                self.lost.places |= _places(tree.spot)
        return Keys(entries, tree.spot)


def _tree_of(value: object, spot: Spot) -> Tree:
    if isinstance(value, dict):
        return Keys({name: Scalar(part, spot) for name, part in value.items()}, spot)
    return Scalar(value, spot)
