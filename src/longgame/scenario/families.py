"""``families``: what is written once, with ``{member}`` in it, is written out for each member.

    a key       `signed_{member}: ...` stands for one entry for each member
    a list      an item with `each: member`, or with `{member}` in a value, is repeated for each member
    a text      `{member}` is replaced; `sum(... for each member)` is written out (`language.templates`)
    a value     that is the family's name, `by: member`, is the member
    exceptions  `signed_usa: ...` beside `signed_{member}: ...` is laid over that, key by key, as with `extends`

Trees are written out, before anything else is read from them, so that every other part of the language knows nothing of
families, and each part that is made keeps the place of the text from which it is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from longgame.errors import Problem, ScenarioError, in_file_order
from longgame.scenario.language.templates import (
    OTHER,
    PLACEHOLDER,
    Families,
    TemplateError,
    free_in,
    loose_in,
    members_of,
    spelled,
)
from longgame.scenario.merge import merge_keys
from longgame.scenario.places import Spot
from longgame.scenario.yaml_tree import Broken, Items, Keys, Scalar, Tree, data_of, tree_of
from longgame.text import is_name, nearest

FAMILIES = "families"
EACH = "each"
_PROSE = frozenset(("says", "because", "note", "source", "about", "title", "unit"))

Bound = Mapping[str, str]
"""Family -> the member for which a text is being written out."""


def families_in(trees: Iterable[Keys]) -> dict[str, tuple[str, ...]]:
    """The families of trees that are laid over each other; what is no list of names is left for other checks."""
    found: dict[str, tuple[str, ...]] = {}
    for tree in trees:
        block = tree.entries.get(FAMILIES)
        for name, node in block.entries.items() if isinstance(block, Keys) else ():
            items = node.items if isinstance(node, Items) else [node]
            members = [item.value for item in items if isinstance(item, Scalar)]
            if len(members) == len(items) and all(isinstance(m, str) and is_name(m) for m in members):
                found[name] = tuple(dict.fromkeys(members))
            elif isinstance(node, Scalar) and node.value is None:
                found.pop(name, None)
    return found


def has_templates(data: Any) -> bool:
    """Whether something is written once for many in plain data: dictionaries, lists and values."""
    if isinstance(data, Mapping):
        return EACH in data or any(has_templates(part) for pair in data.items() for part in pair)
    if isinstance(data, list | tuple):
        return any(map(has_templates, data))
    return isinstance(data, str) and bool(PLACEHOLDER.search(data) or "for each" in data)


def written_out(tree: Keys, families: Families, problems: list[Problem]) -> Keys:
    """The tree with everything in it written out for each member of the families."""
    return _Writer(families, problems).keys(tree, {})


def data_written_out(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same of plain data, built in Python; blocks that are objects already stay as they are.

    Raises:
        ScenarioError: something names no family, or stands where nothing is repeated.
    """
    tree, problems = tree_of(data), list[Problem]()
    assert isinstance(tree, Keys)
    made = data_of(written_out(tree, families_in([tree]), problems))
    if problems:
        raise ScenarioError(in_file_order(problems))
    return made


class _Writer:
    """Writes trees out."""

    def __init__(self, families: Families, problems: list[Problem]):
        self.families, self.problems = families, problems

    def of(self, tree: Tree, bound: Bound, *, prose: bool = False) -> Tree:
        if isinstance(tree, Keys):
            return self.keys(tree, bound)
        if isinstance(tree, Items):
            items = [each for item in tree.items for each in self.items(item, bound)]
            return Items(items, _spot(tree, bound))
        return self.scalar(tree, bound, prose=prose)

    def keys(self, tree: Keys, bound: Bound) -> Keys:
        """A block: entries with a placeholder in their key are repeated, and those written by themselves laid over."""
        many: dict[str, Tree] = {}
        one: dict[str, Tree] = {}
        order: list[str] = []
        for name, node in tree.entries.items():
            free = free_in(name, self.families, bound)
            if name == FAMILIES and not bound:
                one[name] = node
                order.append(name)
                continue
            self.unknown(name, bound, node, key=True)
            for found in self.bindings(free, bound):
                made = _filled(name, found)
                order.append(made)
                (many if free else one)[made] = self.of(node, found, prose=name in _PROSE)
        both = {name: many[name] for name in many if name in one}
        laid = merge_keys(Keys(both, tree.spot), Keys({name: one[name] for name in both}, tree.spot), self.problems)
        entries = {name: laid.entries.get(name) if name in both else (one.get(name) or many[name]) for name in order}
        return Keys({name: node for name, node in entries.items() if node is not None}, _spot(tree, bound))

    def items(self, item: Tree, bound: Bound) -> Iterator[Tree]:
        """An item of a list, for each member where it is written for many."""
        node = item.entries.get(EACH) if isinstance(item, Keys) else None
        named = self.named(node, bound) if node is not None else []
        if isinstance(item, Keys) and node is not None:
            item = Keys({name: part for name, part in item.entries.items() if name != EACH}, item.spot)
        free = self.free(item, {**bound, **dict.fromkeys(named, "")})
        for found in self.bindings([*named, *free], bound):
            yield self.of(item, found)

    def free(self, tree: Tree, bound: Bound) -> list[str]:
        """What stands free in a part: what none of its keys, and no list in it, takes for itself."""
        if isinstance(tree, Scalar):
            return free_in(tree.value, self.families, bound) if isinstance(tree.value, str) else []
        if isinstance(tree, Items):
            return []
        found: dict[str, None] = {}
        for name, node in tree.entries.items():
            own = free_in(name, self.families, bound)
            found |= dict.fromkeys(each for each in self.free(node, bound) if each not in own)
        return list(found)

    def named(self, node: Tree, bound: Bound) -> list[str]:
        """The families that `each` names."""
        found = []
        for item in node.items if isinstance(node, Items) else [node]:
            name = str(item.value) if isinstance(item, Scalar) else ""
            name = name.removeprefix("{").removesuffix("}")
            if name in self.families and name not in bound:
                found.append(name)
            elif not (isinstance(item, Scalar) and isinstance(item.value, Broken)):
                fix = nearest(name, self.families) or _NAME_IT
                self.problem(item, "unknown-family", "a family", f"`{name}`", fix)
        return found

    def bindings(self, names: list[str], bound: Bound) -> Iterator[Bound]:
        """What is bound already with each choice of members of some families."""
        if not names:
            yield bound
            return
        name, *rest = sorted(names, key=lambda name: name == OTHER)  # the others of one that is bound
        for member in members_of(name, self.families, bound):
            yield from self.bindings(rest, {**bound, name: member})

    def scalar(self, tree: Scalar, bound: Bound, *, prose: bool) -> Scalar:
        value, spot = tree.value, _spot(tree, bound)
        if not isinstance(value, str) or isinstance(value, Broken):
            return Scalar(value, spot)
        if value in bound:
            return Scalar(bound[value], spot)
        if prose:
            return Scalar(_filled(value, bound), spot)
        try:
            made = spelled(value, bound, self.families)
            return Scalar(Broken() if self.unknown(value, bound, Scalar(value, spot)) else made, spot)
        except TemplateError as error:
            part = error.code, error.expected, error.found, error.fix
            self.problem(Scalar(value, spot), *part, at=error.start)
            return Scalar(Broken(), spot)

    def unknown(self, text: str, bound: Bound, node: Tree, *, key: bool = False) -> bool:
        """Whether a placeholder of a text has nothing to stand for; the analyst is told of each that has not."""
        loose = loose_in(text, self.families, bound)
        if key:  # a key takes its families for itself
            own = free_in(text, self.families, bound)
            loose = [name for name in loose if name not in own]
        for name in loose:
            if name in self.families or (name == OTHER and self.families):
                fix = "Put it in the key too, or write `for each` in brackets: `sum(... for each member)`."
                self.problem(node, "family-alone", f"`{{{name}}}` where something is repeated", "nothing that is", fix)
            elif node.spot.raw == f"{{{name}}}" and not key:
                fix = "Braces make a block of keys: write this without them, and in quotes if it has a comma."
                self.problem(node, "comma", "`key: value`", f"`{name}`", fix)
            else:
                fix = nearest(name, self.families) or _NAME_IT
                at = None if key else text.index(f"{{{name}}}")
                self.problem(node, "unknown-family", "a family", f"`{{{name}}}`", fix, key=key, at=at)
        return bool(loose)

    def problem(
        self, node: Tree, code: str, expected: str, found: str, fix: str, *, key: bool = False, at: int | None = None
    ) -> None:
        """A problem of a value, of its key, or of one character of it."""
        line, column = node.spot.key if key else node.spot.value
        if at is not None and isinstance(node, Scalar):
            line, column = node.spot.character(str(node.value), at)
        self.problems.append(Problem(code, node.spot.place_at(line, column), expected, found, fix))


_NAME_IT = "Name it under `families`: `families: {member: [canada, brazil]}`."


def _filled(text: str, bound: Bound) -> str:
    return PLACEHOLDER.sub(lambda match: bound.get(match[1], match[0]), text)


def _spot(tree: Tree, bound: Bound) -> Spot:
    if not bound:
        return tree.spot
    each = ", ".join(f"{family} {member}" for family, member in bound.items() if family != OTHER)
    return replace(tree.spot, each=each)
