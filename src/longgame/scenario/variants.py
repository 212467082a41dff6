"""``variants``: structure that is doubted. Each variant is the scenario itself with an overlay, and a prior weight.

An overlay changes whatever a file that ``extends`` another may change, but for the evidence: variants are weighed by
what was observed, which is the same in all of them (``overlays``).
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from longgame.scenario.fields import Beside, Prose, Real

VARIANTS = "variants"
BASE = "base"
"""What the scenario as it is written is called beside its variants."""
FIXED = {
    "evidence": "Variants are weighed by what was observed, which is the same in all of them.",
    "outcomes": "What happened later is the same in all of them.",
    "families": "What is written once for many is written out before a variant is laid over it.",
    VARIANTS: "A variant has none of its own.",
    "extends": "What it builds on is the scenario itself.",
}
"""Keys that no overlay may have, and why."""


class Variant(Beside):
    """The same scenario with another structure: what it changes stands beside its weight.

    In a file: ``longer: {p: 0.3, clock: {periods: 24}}``.
    """

    p: Real
    """Its prior weight, a number above 0; what all variants leave to one is that of the scenario itself."""
    says: Prose = ""
    """What it doubts, in a sentence."""
    source: Prose = ""
    """Where the weight is from."""
    because: Prose = ""
    """Why this weight, and why this structure is doubted."""
    changes: dict[str, Any] = Field(default_factory=dict)
    """What it changes: the keys of a scenario, as in a file that extends another."""

    @classmethod
    def _spread(cls) -> str:
        return "changes"


OWN = frozenset(Variant.model_fields) - {"changes"}
"""The keys of a variant that are no part of its overlay."""
