"""What would turn a claim: the chance of one option at its next time, all else being played as it is.

Nobody foresees such a deviation, so a number is linear in its chance (``queries.choices``), and so is the margin of the
comparison that binds, as far as it is linear in the number. Where a number compares two situations, the chance changes
by as much in both. A turn is named only if the whole claim turns with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from longgame.answers.explain_drafts import AskedNumber, Draft, WeighedChoice
from longgame.answers.explain_rows import TurnRow
from longgame.answers.naming import proper
from longgame.answers.words import percent
from longgame.queries.choices import change_that_turns
from longgame.queries.compared import weight_of
from longgame.queries.truth import work_out
from longgame.scenario.questions.tree import Leaf, Lookup

BEYOND = 1e-9  # of a number: how far beyond the turn it is looked whether the claim has turned


def choices_that_turn(draft: Draft) -> list[TurnRow]:
    """The nearest turn at each step, the nearest first: a chance that rises, rather than one that falls by as much."""
    by_step: dict[str, TurnRow] = {}
    for turn in sorted(_chances_that_turn(draft), key=lambda turn: (round(turn.distance, 9), turn.to < turn.value)):
        by_step.setdefault(turn.what.rpartition(".")[0], turn)
    return list(by_step.values())


def _chances_that_turn(draft: Draft) -> Iterator[TurnRow]:
    """The chances of choosing at which the claim would turn, as far as nothing else changes by them."""
    if draft.binds is None:
        return
    answer = draft.binds.answer(draft.look_up)
    for number in draft.numbers.values():
        pull = pull_of(draft, number.leaf)
        if not pull or answer.margin is None or not math.isfinite(answer.margin):
            continue
        to = number.value - answer.margin / pull
        if not _turned(draft, number.leaf, to, pull, answer.margin):
            continue
        for one in number.weighed:
            yield from _chances(draft, one, number, to)


def pull_of(draft: Draft, leaf: Leaf) -> float:
    """By how much the margin of the comparison that binds moves with a number."""
    assert draft.binds is not None
    left, right = (weight_of(side, leaf, draft.look_up) for side in (draft.binds.left, draft.binds.right))
    up = draft.binds.term.op in (">", ">=")
    return (left - right) * (1.0 if up != draft.binds.negated else -1.0)


def _turned(draft: Draft, leaf: Leaf, to: float, pull: float, margin: float) -> bool:
    """Whether the whole claim turns where one number goes a little beyond a value."""
    beyond = to - math.copysign(BEYOND * max(1.0, abs(to)), margin * pull)
    term, holds = draft.claim.holds.understood.term, draft.claim.holds.work_out(draft.explaining.base.found).truth
    there = work_out(term, lambda other: beyond if other == leaf else draft.look_up(other)).truth
    return there is not None and there is not holds


def _chances(draft: Draft, one: WeighedChoice, number: AskedNumber, to: float) -> Iterator[TurnRow]:
    step, naming, game = one.step, draft.explaining.naming, draft.explaining.game
    if isinstance(number.leaf, Lookup) and number.leaf.function == "choice":
        option = dict(number.leaf.arguments)["option"].option
        wanted = {option: to - number.value if 0.0 <= to <= 1.0 else None}
    else:
        wanted = {a: change_that_turns(gains, a, to - number.value) for a, gains in one.gains.items()}
    bound = f", with {proper(step.under[0])} bound to “{naming.spelled(step.under[1])}”" if step.under else ""
    for a, change in wanted.items():
        if change is None or a not in step.open:
            continue
        p = float(step.odds[a])
        yield TurnRow(
            says=f"{naming.taken(step.step, a)} with {percent(p + change)} instead of {percent(p)}{bound}",
            kind="choice",
            what=f"{game.steps[step.step].name}.{game.written(step.step, a)}",
            value=p,
            to=p + change,
            unit="probability",
            distance=abs(change),
            confirmed=None,
        )
