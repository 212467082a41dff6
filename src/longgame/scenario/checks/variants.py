"""Variants: weights, and what they may change. What is wrong with an overlay itself is found when it is laid over."""

from __future__ import annotations

from collections.abc import Iterator

from longgame.errors import Problem
from longgame.scenario.checks.common import CLOSE
from longgame.scenario.context import Context
from longgame.scenario.places import Path
from longgame.scenario.variants import BASE, FIXED, VARIANTS


def variants_have_weights(context: Context) -> Iterator[Problem]:
    """Each variant has a weight of its own and leaves the evidence alone, and together they leave some to the base."""
    variants = context.scenario.variants
    for name, variant in variants.items():
        path: Path = (VARIANTS, name)
        if name == BASE:
            fix = "That is what the scenario as it is written is called beside them."
            yield context.problem("reserved-name", path, "another name than `base`", f"`{name}`", fix, key=True)
        if not 0 < variant.p < 1:
            yield context.problem("variant-weight", (*path, "p"), "a weight above 0 and below 1", f"`{variant.p:g}`")
        for key in FIXED.keys() & variant.changes.keys():
            expected = "what is to be another way in this variant"
            yield context.problem("variant-key", (*path, key), expected, f"`{key}`", FIXED[key], key=True)
        if not variant.changes:
            fix = "Beside `p`, write what is another way in it, as `clock: {periods: 24}`."
            yield context.problem("variant-key", path, "something that the variant changes", "nothing", fix, key=True)
    total = sum(variant.p for variant in variants.values())
    if total >= 1 - CLOSE and all(0 < variant.p < 1 for variant in variants.values()):
        fix = "What they leave to one is the weight of the scenario as it is written."
        expected = "weights that make less than 1"
        yield context.problem("variant-weight", (VARIANTS,), expected, f"{total:g}", fix, key=True)


CHECKS = (variants_have_weights,)
