"""The units of numbers and of margins, in words."""

from __future__ import annotations

from longgame.answers.accounts import SHARE
from longgame.answers.naming import Naming
from longgame.queries.atoms import Found
from longgame.queries.claims import BoundClaim
from longgame.queries.compared import binding, leaves_of
from longgame.queries.truth import work_out
from longgame.scenario.questions.grammar import Kind
from longgame.scenario.questions.tree import Leaf, Lookup, Term

NO_UNIT = "payoff"  # of a payoff that has none of its own


def unit_of_number(naming: Naming, term: Term, kind: Kind) -> str:
    """The unit of a number of a question; of a payoff that is given in none, ``payoff``."""
    asked = [dict(leaf.arguments) for leaf in leaves_of(term) if isinstance(leaf, Lookup)]
    actors = {str(given.get("to") or given["actor"]) for given in asked if "actor" in given}
    if kind is Kind.PAYOFF and len(actors) == 1:
        return naming.unit(actors.pop())
    return {Kind.SHARE: SHARE if actors else "", Kind.PAYOFF: NO_UNIT}.get(kind, "")


def beside_margin(kind: str, unit: str) -> str:
    """What stands behind a margin whose numbers are of a kind (the value of a ``Kind``) and have a unit."""
    if kind == Kind.PROBABILITY.value:
        return "of probability"
    if kind == Kind.SHARE.value:
        return "of the stake"
    return unit if kind == Kind.PAYOFF.value and unit != NO_UNIT else ""


def margin_unit(naming: Naming, claim: BoundClaim, found: Found) -> str:
    """The unit of a claim's margin, in words: that of the comparison that binds; empty where none is known."""

    def value(leaf: Leaf) -> float:
        return claim.holds.parts[leaf].value(found)

    binds = binding(claim.holds.understood.term, value)
    if binds is None:
        return ""
    side = next((side for side in (binds.left, binds.right) if leaves_of(side)), binds.left)
    kind = work_out(side, value).kind
    return beside_margin(kind.value, unit_of_number(naming, side, kind))
