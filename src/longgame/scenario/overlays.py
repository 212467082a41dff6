"""The variants of a scenario laid over it: as trees, where mistakes have their places, and as scenarios to solve."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from longgame.errors import Problem, ScenarioError, in_file_order
from longgame.scenario.mend import validate
from longgame.scenario.merge import merge
from longgame.scenario.model import Scenario
from longgame.scenario.places import Path, Source
from longgame.scenario.variants import FIXED, OWN, VARIANTS
from longgame.scenario.yaml_tree import Items, Keys, Tree, tree_of, walk

# --- as they were written --------------------------------------------------------------------------------------------


def overlays(tree: Keys) -> Iterator[tuple[str, Keys]]:
    """Each variant of a tree with what it changes."""
    block = tree.entries.get(VARIANTS)
    for name, variant in block.entries.items() if isinstance(block, Keys) else ():
        if isinstance(variant, Keys):
            kept = {key: node for key, node in variant.entries.items() if key not in OWN and key not in FIXED}
            yield name, Keys(kept, variant.spot)


def laid_over(tree: Keys, overlay: Keys, problems: list[Problem]) -> Keys:
    """The tree of one variant: of the scenario without its variants, and what is changed."""
    bare = {key: node for key, node in tree.entries.items() if key != VARIANTS}
    return merge(Keys(bare, tree.spot), overlay, problems)


Judge = Callable[[Keys], list[Problem]]


def problems_of(tree: Keys, known: list[Problem], judge: Judge) -> list[Problem]:
    """What is wrong with the variants of a tree, at its place, each naming its variant.

    Args:
        tree: the scenario's, with the variants.
        known: what is wrong with the scenario itself: it is not said again of a variant.
        judge: says what is wrong with a scenario's tree.
    """
    spoilt = any(problem.severity == "error" for problem in known)
    found = []
    for name, overlay in overlays(tree):
        own: list[Problem] = []
        whole = laid_over(tree, overlay, own)
        lines = _lines(overlay)
        for problem in [*own, *judge(whole)]:
            inside = (problem.where.file, problem.where.line) in lines
            # In a scenario with mistakes of its own, a variant may only echo them: but for what stands in its overlay.
            # And what a variant leaves unused is used elsewhere.
            if problem not in known and problem.code != "unused" and (inside or not spoilt):
                found.append(named(problem, name))
    return found


def _lines(overlay: Tree) -> set[tuple[str | None, int | None]]:
    """The lines on which an overlay stands."""
    return {(node.spot.file, line) for _, node in walk(overlay) for line, _ in (node.spot.key, node.spot.value)}


def named(problem: Problem, name: str) -> Problem:
    """A problem of a variant, which names it."""
    where = replace(problem.where, path=".".join(filter(None, (VARIANTS, name, problem.where.path))))
    return replace(problem, where=where, found=f"{problem.found.removesuffix('.')}, in the variant `{name}`")


# --- as scenarios ----------------------------------------------------------------------------------------------------


def variants_of(scenario: Scenario) -> dict[str, Scenario]:
    """The scenario of each variant, by its name, in the scenario's order.

    Assumptions whose values were set from outside have these in every variant that does not change them itself.

    Raises:
        ScenarioError: an overlay does not fit; every one fits that passed the checks.
    """
    whole = tree_of(scenario.plain())
    assert isinstance(whole, Keys)
    made: dict[str, Scenario] = {}
    for name, overlay in overlays(whole):
        problems: list[Problem] = []
        source = _source(scenario.source, name, overlay)
        variant, slips, _ = validate(laid_over(whole, overlay, problems), lambda _, source=source: source)
        if variant is None or problems or slips:
            raise ScenarioError(in_file_order(named(problem, name) for problem in [*problems, *slips]))
        made[name] = variant
    return made


def _source(source: Source, name: str, overlay: Keys) -> Source:
    """Where the parts of a variant stand: in its overlay, or in the scenario; of lists that were changed, nowhere."""
    prefix: Path = (VARIANTS, name)
    changed = {path[2:]: spot for path, spot in source.spots.items() if path[:2] == prefix and len(path) > 2}
    lists = {key for key, node in overlay.entries.items() if isinstance(node, Items)}
    kept = {path: spot for path, spot in source.spots.items() if not (path and path[0] in lists and len(path) > 1)}
    inside = {path: spot for path, spot in changed.items() if not (path[0] in lists and len(path) > 1)}
    return replace(source, spots={**kept, **inside})
