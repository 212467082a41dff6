"""What in a claim makes no difference: a posture or a change without effect, evidence against what the prior decides.

A claim can follow for another reason than its sentence gives: the posture that it is about changes nothing, or the
prior alone decides it, against the evidence. That is seen at the base case, whatever the number of draws: each look-up
is asked once more without its posture or its change, and each belief as it was before any evidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from longgame.queries.atoms import Found
from longgame.queries.binding import Binder
from longgame.queries.questions import BoundQuestion
from longgame.queries.truth import Answer, work_out
from longgame.scenario.language.expressions import unparse
from longgame.scenario.questions.grammar import Kind
from longgame.scenario.questions.tree import Changes, Given, Leaf, Lookup, Take, Understood, replaced

SAME = 5e-4  # numbers that agree to three decimals (of a payoff: to three digits) count as one
NOTHING = 1e-9  # a worth smaller than this is none, being below the solver's own tolerance


@dataclass(frozen=True, eq=False)
class Beside:
    """What is asked beside a claim.

    prior  what decides the claim, with every belief as it was before any evidence; None where it asks for no belief
    pairs  look-ups with a posture or a change, what that is, and the two questions: with it and without
    """

    prior: BoundQuestion | None
    pairs: tuple[tuple[Lookup, str, BoundQuestion, BoundQuestion], ...]

    @property
    def questions(self) -> tuple[BoundQuestion, ...]:
        """All that must be looked up."""
        return (*([self.prior] if self.prior else []), *(one for pair in self.pairs for one in pair[2:]))


def beside(binder: Binder, holds: Understood) -> Beside:
    """What must be asked beside the question that decides a claim."""
    before = replace(holds, term=replaced(holds.term, _before)) if holds.at != "start" else holds
    pairs = []
    for leaf in (leaf for leaf in holds.leaves if isinstance(leaf, Lookup)):
        given = dict(leaf.arguments)
        for key in ("under", "after"):
            if key in given:
                what = f"the posture {'.'.join(given[key])}" if key == "under" else _named(binder, given[key])
                without = replace(leaf, arguments=tuple(pair for pair in leaf.arguments if pair[0] != key))
                asked = [binder.bind(Understood(term, holds.at)) for term in (leaf, without)]
                pairs.append((leaf, what, asked[0], asked[1]))
    return Beside(binder.bind(before) if before.term != holds.term else None, tuple(pairs))


def _named(binder: Binder, changes: Changes) -> str:
    """What changes are called."""
    deals = {change: name for name, (change,) in binder.setting.deals.items()}
    names = []
    for change in changes:
        if isinstance(change, Take):
            step = binder.steps[change.step]
            names.append(f"{step.name}.{step.written(change.option)}")
        else:
            clauses = ", ".join(f"{name}={unparse(value)}" for name, value in change.clauses)
            names.append(deals.get(change, f"set({clauses})"))
    return " and ".join(names)


def remarks(holds: BoundQuestion, asked: Beside, found: Found) -> Iterator[str]:
    """What must be said of a claim at the base case, in sentences."""
    answer = holds.work_out(found)
    if asked.prior is not None and answer.truth and (before := asked.prior.work_out(found)).truth:
        assert answer.margin is not None and before.margin is not None
        if answer.margin < before.margin:
            yield (
                "It holds by the prior alone, against the evidence: before any evidence its margin was"
                f" {before.margin:+.3g}, now it is {answer.margin:+.3g}."
            )
    for leaf, what, *both in asked.pairs:
        one, other = (question.work_out(found).value for question in both)
        if alike(one, other, leaf.kind):
            yield f"In {leaf.function}(...), {what} changes nothing: it is {one:.3g} with it and {other:.3g} without."
    for leaf in holds.understood.leaves:
        value = holds.parts[leaf].value(found)
        if isinstance(leaf, Given) and all(
            _at(holds, found, leaf, other) == answer for other in (value / 2, 2 * value)
        ):
            yield f"The assumption {leaf.assumption}, which it names, changes nothing in it."
        if isinstance(leaf, Lookup) and leaf.function in ("worth", "worth_share", "lead") and abs(value) < NOTHING:
            given = dict(leaf.arguments)
            what = f"{given['posture']} is no better and no worse than the next best" if "posture" in given else (
                "the change is worth nothing"
            )  # fmt: skip
            yield f"In {leaf.function}(...), {what} to {given['actor']}."


def _at(holds: BoundQuestion, found: Found, leaf: Leaf, value: float) -> Answer:
    """The answer if one leaf had another value."""
    return work_out(holds.understood.term, lambda other: value if other == leaf else holds.parts[other].value(found))


def alike(one: float, other: float, kind: Kind) -> bool:
    """Whether two numbers of a kind are the same to a reader."""
    if kind in (Kind.PROBABILITY, Kind.SHARE):
        return abs(one - other) < SAME
    return math.isclose(one, other, rel_tol=SAME, abs_tol=NOTHING)


def _before(leaf: Leaf) -> Leaf:
    """A belief as it was before any evidence."""
    return replace(leaf, function="prior") if isinstance(leaf, Lookup) and leaf.function == "belief" else leaf
