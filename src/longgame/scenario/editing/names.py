"""What a scenario that is being written names so far, and what it says of each name.

Read from the tree of the file, not from a `Scenario`: half of one is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path as FilePath

from longgame.errors import ScenarioError
from longgame.scenario.expand import ACCEPT, NO_OFFER, REJECT, evidence_ids
from longgame.scenario.families import families_in
from longgame.scenario.language.templates import PLACEHOLDER, spelled
from longgame.scenario.load import merged
from longgame.scenario.mend import validate
from longgame.scenario.model import STEP_KINDS
from longgame.scenario.places import Path, Source, Spot
from longgame.scenario.yaml_tree import Items, Keys, Scalar, Tree, spots_of, walk
from longgame.text import shortened

#: Block of a scenario -> what each of its entries is called.
BLOCKS = {
    "families": "family",
    "actors": "actor",
    "assumptions": "assumption",
    "definitions": "definition",
    "state": "state variable",
    "hidden": "hidden variable",
    "ends": "end",
    "deals": "deal",
    "clauses": "clause",
    "accounts": "account",
    "ladders": "ladder",
    "forecasts": "forecast",
    "claims": "claim",
}
_TRIES = 40


@dataclass(frozen=True)
class Entry:
    """Something that has a name.

    Attributes:
        name: as it is written where it is used.
        kind: what it is, in words: ``actor``, ``key``, ``question``.
        says: what it means, in a sentence or two.
        facts: its unit, value, range and the like, in words.
        path: where it is defined in the scenario; empty for words of the language.
        insert: what an editor writes for it, where that is more than the name.
    """

    name: str
    kind: str
    says: str = ""
    facts: str = ""
    path: Path = ()
    insert: str = ""


@dataclass(frozen=True)
class StepNames:
    """A step of the period: its kind and name, who moves and who replies, and the paths of its options by name.

    Where several choose at the same time they are those ``to`` whom it falls, and an option is named ACTOR.OPTION.
    """

    kind: str
    name: str
    by: str
    to: tuple[str, ...]
    options: dict[str, Path]
    path: Path

    def of(self, actor: str) -> dict[str, Path]:
        """The own options of one of several who choose at the same time, with their paths."""
        return {name.removeprefix(f"{actor}."): p for name, p in self.options.items() if name.startswith(f"{actor}.")}

    @property
    def profiles(self) -> list[str]:
        """All that several can choose together, as it is called."""
        return ["_".join(chosen) for chosen in product(*(self.of(actor) for actor in self.to))]


@dataclass(frozen=True)
class Names:
    """The names of a scenario whose tree this is; ``choosing``: in a step of several, who chooses what there."""

    tree: Keys
    choosing: StepNames | None = None

    def node(self, path: Path) -> Tree | None:
        """What stands at a path."""
        found: Tree | None = self.tree
        for part in path:
            if isinstance(found, Keys) and isinstance(part, str):
                found = found.entries.get(part)
            elif isinstance(found, Items) and isinstance(part, int):
                found = found.items[part] if part < len(found.items) else None
            else:
                return None
        return found

    def keys(self, path: Path) -> dict[str, Tree]:
        """The entries of the block at a path; of a list, its single words."""
        node = self.node(path)
        if isinstance(node, Items):
            return {str(item.value): item for item in node.items if isinstance(item, Scalar)}
        return node.entries if isinstance(node, Keys) else {}

    def text(self, path: Path) -> str:
        """The single value at a path as a text; empty where there is none."""
        node = self.node(path)
        return "" if not isinstance(node, Scalar) or node.value is None else str(node.value)

    def texts(self, path: Path) -> tuple[str, ...]:
        """The words at a path, of one or of a list."""
        node = self.node(path)
        items = node.items if isinstance(node, Items) else [] if node is None else [node]
        return tuple(str(item.value) for item in items if isinstance(item, Scalar) and item.value is not None)

    def block(self, name: str) -> list[Entry]:
        """The entries of a block of the scenario; of what is written once for a family, each of its members too."""
        keys = {key: list(self.filled(key)) for key in self.keys((name,))}
        own = [self.entry((name, key)) for key in keys]
        return [*own, *(self.entry((name, key), made[0]) for key, some in keys.items() for made in some)]

    @cached_property
    def families(self) -> dict[str, tuple[str, ...]]:
        """The families and their members."""
        return families_in([self.tree])

    def filled(self, *texts: str) -> Iterator[tuple[str, ...]]:
        """Texts with ``{member}`` in the first of them, for each member; none where there is nothing to fill."""
        free = [name for name in PLACEHOLDER.findall(texts[0]) if name in self.families]
        for chosen in product(*(self.families[name] for name in dict.fromkeys(free))) if free else ():
            bound = dict(zip(dict.fromkeys(free), chosen, strict=True))
            yield tuple(bound.get(text) or spelled(text, bound, {}) for text in texts)

    @property
    def extended(self) -> bool:
        """Whether the scenario builds on another."""
        return any(node.spot.file != self.tree.spot.file for node in self.tree.entries.values())

    def inherited(self, path: Path) -> list[Entry]:
        """The entries of the block at a path that stand in a scenario that is extended."""
        found = self.keys(path).items()
        return [self.entry((*path, name)) for name, node in found if node.spot.file != self.tree.spot.file]

    def spot(self, path: Path) -> Spot | None:
        """Where something stands."""
        node = self.node(path)
        return None if node is None else node.spot

    # --- steps ---

    @cached_property
    def steps(self) -> list[StepNames]:
        """The steps of the period, in order."""
        node = self.node(("period",))
        count = len(node.items) if isinstance(node, Items) else 0
        found = [step for index in range(count) if (step := self._step(("period", index))) is not None]
        return [each for step in found for each in (step, *self._of_members(step))]

    def _of_members(self, step: StepNames) -> Iterator[StepNames]:
        """The steps that one written for a family stands for."""
        for name, by, *more in self.filled(step.name, step.by, *step.to, *step.options):
            to, options = more[: len(step.to)], more[len(step.to) :]
            paths = dict(zip(options, step.options.values(), strict=True))
            yield replace(step, name=name, by=by, to=tuple(to), options=paths)

    def _step(self, path: Path) -> StepNames | None:
        kind = next((kind for kind in STEP_KINDS if self.text((*path, kind))), None)
        if kind is None:
            return None
        if kind == "together":
            actors = tuple(self.keys((*path, "moves")))
            sides = [(actor, name) for actor in actors for name in self.keys((*path, "moves", actor))]
            taken = {f"{actor}.{name}": (*path, "moves", actor, name) for actor, name in sides}
            return StepNames(kind, self.text((*path, kind)), "", actors, taken, path)
        block = {"move": "options", "offer": "deals", "statement": "says", "chance": "outcomes"}[kind]
        names, listed = self.keys((*path, block)), kind == "statement"
        options: dict[str, Path] = {name: (*path, block, n if listed else name) for n, name in enumerate(names)}
        if kind == "offer":
            options[NO_OFFER] = path
        name, by, to = self.text((*path, kind)), self.text((*path, "by")), self.texts((*path, "to"))
        return StepNames(kind, name, by, to, options, path)

    def step(self, name: str) -> StepNames | None:
        """The step of a name; of the name of a reply, the offer."""
        return next((step for step in self.steps if step.name == name.split(".")[0]), None)

    def choices(self) -> Iterator[Entry]:
        """Every MOVE.OPTION, as questions write it."""
        for step in self.steps:
            if step.kind == "chance":
                continue
            for option, path in step.options.items():
                yield self.option(step, option, path, f"{step.name}.{option}")
            for deal, path in step.options.items() if step.kind == "offer" else ():
                for replier in step.to if deal != NO_OFFER else ():
                    for reply in (ACCEPT, REJECT):
                        says = f"{replier} answers {reply} to {deal}."
                        yield Entry(f"{step.name}.{deal}.{replier}.{reply}", "reply", says, path=path)

    def options(self, step: StepNames) -> list[Entry]:
        """The options of a step."""
        return [self.option(step, name, path) for name, path in step.options.items()]

    def option(self, step: StepNames, name: str, path: Path, written: str = "") -> Entry:
        """One option of a step."""
        if name == NO_OFFER and step.kind == "offer":
            return Entry(written or name, "option", f"{step.by or 'The mover'} offers nothing.", path=path)
        kind = {"offer": "deal", "statement": "word", "chance": "outcome"}.get(step.kind, "option")
        entry = self.entry(path)
        return Entry(written or name, f"{kind} of {step.name}", entry.says, entry.facts, path)

    # --- words ---

    @cached_property
    def words(self) -> dict[str, dict[str, Path]]:
        """Variable with words, public or hidden -> its words with their paths."""
        found: dict[str, dict[str, Path]] = {}
        for block in ("state", "hidden"):
            for name in self.keys((block,)):
                path: Path = (block, name, "values")
                node = self.node(path)
                if isinstance(node, Items):
                    items = enumerate(node.items)
                    found[name] = {str(item.value): (*path, i) for i, item in items if isinstance(item, Scalar)}
                elif isinstance(node, Keys):
                    found[name] = {key: (*path, key) for key in node.entries}
        if (step := self.choosing) is not None:
            found |= {actor: step.of(actor) for actor in step.to}
        return found

    def words_of(self, variable: str) -> list[Entry]:
        """The words of a variable."""
        owner = next((block for block in ("state", "hidden") if variable in self.keys((block,))), "")
        words = self.words.get(variable, {})
        says = " ".join(self.text((owner, variable, "says")).split())
        priors = self.keys((owner, variable, "values")) if owner == "hidden" else {}
        facts = {name: f"prior {written(node)}" for name, node in priors.items() if written(node) != name}
        return [Entry(word, f"value of {variable}", says, facts.get(word, ""), path) for word, path in words.items()]

    # --- evidence and postures ---

    @cached_property
    def evidence(self) -> dict[str, Path]:
        """The ids of the evidence, given or made of step and option, with their paths."""
        node = self.node(("evidence",))
        count = len(node.items) if isinstance(node, Items) else 0
        scenario = validate(self.tree, lambda tree: Source(spots=spots_of(tree)), partial=True)[0]
        if scenario is not None and len(scenario.evidence) == count:
            return {id: ("evidence", index) for index, id in enumerate(evidence_ids(scenario))}
        found: dict[str, Path] = {}
        for index in range(count):
            path: Path = ("evidence", index)
            parts = [self.text((*path, key)) for key in ("move", "chance", "took", "happened", "signal")]
            found.setdefault(self.text((*path, "id")) or "_".join(part for part in parts if part), path)
        return found

    def pieces(self) -> list[Entry]:
        """The evidence by its ids."""
        return [self.entry(path, id) for id, path in self.evidence.items() if id]

    def postures(self, actor: str) -> list[Entry]:
        """The postures of an actor."""
        return [self.entry(("postures", actor, name)) for name in self.keys(("postures", actor))]

    # --- what is said of a name ---

    def entry(self, path: Path, name: str = "") -> Entry:
        """What stands at a path, with what it says of itself."""
        node = self.node(path)
        kind = BLOCKS.get(str(path[0]), "") if len(path) == 2 else ""
        if path[:1] == ("postures",) and path[1:]:
            kind = f"posture of {path[1]}"
        elif path[:1] == ("evidence",):
            kind = "evidence"
        says = self.text((*path, "says")) or self.text((*path, "because"))
        return Entry(name or str(path[-1]), kind, " ".join(says.split()), self._facts(path, node), path)

    def _facts(self, path: Path, node: Tree | None) -> str:
        if isinstance(node, Scalar):
            return shortened(self.text(path), 120)
        if path[:1] == ("families",):
            return shortened(", ".join(self.texts(path)), 240)
        if path[:1] == ("assumptions",) and len(path) == 2:
            return self._assumption(path)
        if path[:1] == ("state",) and len(path) == 2:
            return self._state(path)
        left_out = ("says", "because", "source")
        parts = [
            f"{key}: {said}"
            for key, part in (node.entries.items() if isinstance(node, Keys) else ())
            if key not in left_out and (said := written(part))
        ]
        return shortened("; ".join(parts), 240)

    def _assumption(self, path: Path) -> str:
        value, unit, source = (self.text((*path, key)) for key in ("value", "unit", "source"))
        ends = self.texts((*path, "range"))
        parts = [f"{value} {unit}".strip(), f"from {ends[0]} to {ends[1]}" if len(ends) == 2 else ""]
        distribution = self.node((*path, "distribution"))
        parts += [written(distribution) if distribution is not None else "", f"source: {source}" if source else ""]
        return "; ".join(part for part in parts if part)

    def _state(self, path: Path) -> str:
        grid, words = self.texts((*path, "grid")), self.texts((*path, "values"))
        unit, start = self.text((*path, "unit")), self.text((*path, "start"))
        scale = f"from {grid[0]} to {grid[1]} in steps of {grid[2]} {unit}".strip() if len(grid) == 3 else ""
        parts = [scale or ", ".join(words), f"starts at {start}" if start else ""]
        return "; ".join(part for part in parts if part)


def written(node: Tree) -> str:
    """A part of a tree on one line, much as it would be written between braces."""
    if isinstance(node, Keys):
        return "{" + ", ".join(f"{name}: {written(part)}" for name, part in node.entries.items()) + "}"
    if isinstance(node, Items):
        return "[" + ", ".join(map(written, node.items)) + "]"
    return " ".join(node.spot.raw.split()) or ("" if node.value is None else str(node.value))


def names_in(text: str, file: str | None = None, line: int = 0, within: FilePath | None = None) -> Names:
    """The names in a text, and in what it extends; lines that cannot be read are passed over, that of the cursor first.

    Args:
        text: a scenario, or the beginning of one.
        file: its file; what it extends is looked for beside that.
        line: the line, from 1, in which somebody is writing.
        within: the folder outside which nothing is read.
    """
    lines = text.split("\n")
    if 0 < line <= len(lines) and ":" not in lines[line - 1]:
        try:  # a block that is to be filled is no block that is taken out of what is extended
            return Names(_without_cursor(merged("\n".join(_with_key(lines, line)), file, within=within), file, line))
        except ScenarioError:
            pass
    for _ in range(_TRIES):
        try:
            return Names(merged("\n".join(lines), file, within=within))
        except ScenarioError as error:
            spoilt = min((p.where.line or 1 for p in error.problems if p.where.file == file), default=0)
        if 0 < line <= len(lines) and lines[line - 1].strip():
            spoilt = line
        while spoilt > 1 and not lines[min(spoilt, len(lines)) - 1].strip():
            spoilt -= 1
        if not lines[min(spoilt, len(lines)) - 1].strip():
            break
        lines[min(spoilt, len(lines)) - 1] = ""
    return Names(Keys({}, Spot(file, (1, 1), (1, 1))))


def _with_key(lines: list[str], line: int) -> list[str]:
    """The lines with a key and a value where somebody begins to write a key."""
    return [*lines[: line - 1], f"{lines[line - 1]}_: 0", *lines[line:]]


def _without_cursor(tree: Keys, file: str | None, line: int) -> Keys:
    """The tree without what begins in a line of the file."""
    for _, node in walk(tree):
        if isinstance(node, Keys):
            here = [name for name, part in node.entries.items() if (part.spot.file, part.spot.key[0]) == (file, line)]
            for name in here:
                del node.entries[name]
    return tree
