"""Why a claim follows or fails: its comparison, the accounts of both sides, the choices and evidence that make them.

1. The comparison that binds (``queries.compared``), and each number that is looked up for its sides.
2. What is a payoff is taken apart by term and period (``queries.levels``, ``queries.account``).
3. The choices that a number rests on, and what the mover gains by each option (``queries.choices``).
4. What each piece of evidence adds to a belief (``queries.path``).
5. The choices that would turn it: the chance of one option at its next time, all else being played as it is. Nobody
   foresees such a deviation, so a number is linear in its chance (``queries.choices``), and so is the margin of the
   comparison that binds, as far as it is linear in the number. Where a number compares two situations, the chance
   changes by as much in both. A turn is named only if the whole claim turns with it.
6. What is said of it all in words (``explain_words``).

All claims are asked together, so that each solution takes one pass for each actor. Nothing is solved again: of the
postures' games, which are let go when their claims have been judged, the play was kept, and values follow from that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from longgame.answers.block import Block
from longgame.answers.claims import CLAIMS, note_on, reports_on
from longgame.answers.explain_drafts import AskedNumber, Draft, Explaining, WeighedChoice
from longgame.answers.explain_notes import notes_on, telling_rows
from longgame.answers.explain_rows import (
    AccountRow,
    ChoiceRow,
    ComparedSideRow,
    ComparisonRow,
    ExplanationRow,
    NumberRow,
    OptionRow,
    TurnRow,
)
from longgame.answers.explain_words import sentences
from longgame.answers.naming import proper
from longgame.answers.verdicts import verdict
from longgame.answers.words import count, percent
from longgame.exact.exact_solution import ExactSolution
from longgame.game.game import CHANCE
from longgame.queries.choices import CHANGES_NOTHING, change_that_turns
from longgame.queries.claims import BoundClaim, judge
from longgame.queries.compared import Compared, compared, leaves_of, weight_of
from longgame.queries.truth import work_out
from longgame.run.precision import Base
from longgame.scenario.questions.tree import Leaf, Lookup, Term

MOST_TERMS = 5  # of what a deviation costs; the rest is put together


def explanations(base: Base, claims: Sequence[BoundClaim] | None = None) -> list[ExplanationRow]:
    """Claims (all of the study, if not given) explained at the base case, in their order.

    Assumptions are left empty: their slopes take solutions of their own.
    """
    with _with_play(base):
        explaining = Explaining(base)
        drafts = [Draft.of(explaining, claim) for claim in (base.study.claims if claims is None else claims)]
        explaining.values.work_out()
        for draft in drafts:
            draft.choose()
        explaining.accounting.work_out()
        return [_row(draft) for draft in drafts]


EXPLANATIONS = Block("explanations", lambda sources: explanations(sources.base), needs=CLAIMS.needs)


@contextmanager
def _with_play(base: Base) -> Iterator[None]:
    """The play of the postures' games that were let go is at hand, as long as this lasts."""
    case = base.draw.case
    given = [under for under, play in base.draw.plays.items() if under not in case.solved and play.needed is None]
    for under in given:
        play = base.draw.plays[under]
        case.give(under, play if isinstance(play, ExactSolution) else replace(play))  # what is worked out goes with it
    try:
        yield
    finally:
        for under in given:
            case.release(under)


# --- rows -------------------------------------------------------------------------------------------------------------


def _row(draft: Draft) -> ExplanationRow:
    """The explanation."""
    base, claim = draft.explaining.base, draft.claim
    found, error = judge(claim, base.found), base.error(claim.holds)
    rows = [_comparison(draft, one) for one in compared(claim.holds.understood.term)]
    row = ExplanationRow(
        id=claim.id,
        says=claim.claim.says,
        question=claim.claim.holds.text,
        at=claim.claim.at,
        holds=found.holds,
        margin=found.margin if math.isfinite(found.margin) else None,
        verdict=verdict(found.holds, found.margin, error),
        error=error,
        sentences=[],
        comparisons=rows,
        assumptions=[],
        turns=choices_that_turn(draft),
        notes=list(filter(None, (note_on(base, claim, found, error), _jumps(base, claim)))),
    )
    if found.holds is None:
        return replace(row, sentences=[f"It has no answer: {'; '.join(found.reasons)}."])
    return replace(row, sentences=sentences(row))


def _jumps(base: Base, claim: BoundClaim) -> str:
    """What is to be said of places where choices jumped."""
    jumps = sum(report.jumps for report in reports_on(base, claim))
    if not jumps:
        return ""
    return (
        f"As rationality was raised, choices jumped at {count(jumps, 'place')} that it may rest on: several equilibria"
        " are possible there, and another might answer otherwise (`longgame claims --others`)."
    )


def _comparison(draft: Draft, one: Compared) -> ComparisonRow:
    naming, answer = draft.explaining.naming, one.answer(draft.look_up)
    binds = one == draft.binds
    return ComparisonRow(
        question=naming.written(one.term),
        says=naming.comparison(one.term),
        negated=one.negated,
        wanted=naming.wanted(one),
        holds=answer.truth,
        margin=answer.margin,
        binds=binds,
        left=_side(draft, one.left, binds),
        right=_side(draft, one.right, binds),
    )


def _side(draft: Draft, term: Term, binds: bool) -> ComparedSideRow:
    naming, answer = draft.explaining.naming, work_out(term, draft.look_up)
    return ComparedSideRow(
        question=naming.written(term),
        says=naming.number(term),
        value=answer.value if math.isfinite(answer.value) else None,
        kind=answer.kind.value,
        unit=draft.explaining.unit(term, answer.kind),
        numbers=[_number(draft, draft.numbers[leaf], term) for leaf in leaves_of(term)] if binds else [],
        account=_together(draft, term) if binds else None,
    )


def _together(draft: Draft, term: Term) -> AccountRow | None:
    """The account of a side that is made of several payoffs of one actor."""
    parts = [draft.numbers[leaf] for leaf in leaves_of(term)]
    made = [(one, one.apart, one.asked) for one in parts if one.apart is not None and one.asked is not None]
    if len(made) < 2 or len({apart.actor for _, apart, _ in made}) > 1:
        return None
    weights = [weight_of(term, one.leaf, draft.look_up) / apart.per for one, apart, _ in made]
    whole = [asked.found.times(weight) for weight, (_, _, asked) in zip(weights, made, strict=True)]
    return draft.explaining.account(made[0][1].actor, sum(whole[1:], whole[0]))


def _number(draft: Draft, number: AskedNumber, side: Term) -> NumberRow:
    explaining, leaf = draft.explaining, number.leaf
    account = None
    if number.asked is not None and number.apart is not None:
        account = explaining.account(number.apart.actor, number.asked.found, number.apart.per)
    return NumberRow(
        question=explaining.naming.written(leaf),
        says=explaining.naming.number(leaf),
        kind=leaf.kind.value,
        unit=explaining.unit(leaf, leaf.kind),
        value=number.value if math.isfinite(number.value) else None,
        weight=weight_of(side, leaf, draft.look_up),
        account=account,
        choices=[_choice(draft, one) for one in number.weighed],
        evidence=telling_rows(explaining.case, leaf, draft.claim.holds.understood.at),
        notes=list(notes_on(explaining.naming, explaining.case, leaf, draft.claim.holds, explaining.base.found)),
    )


def _choice(draft: Draft, one: WeighedChoice) -> ChoiceRow:
    explaining, step, naming = draft.explaining, one.step, draft.explaining.naming
    values = one.values(explaining.values)
    return ChoiceRow(
        step=explaining.game.steps[step.step].name,
        name=naming.step(step.step),
        by=None if step.mover == CHANCE else explaining.game.actors[step.mover],
        on=naming.period(step.period),
        reached=step.reached,
        moves=one.moves,
        options=[
            OptionRow(
                option=explaining.game.written(step.step, a),
                says=naming.option(step.step, a),
                probability=float(step.odds[a]),
                by_world=_by_world(explaining.game.worlds, step.odds_by_world[a]),
                value=values.get(a),
                short=max(values.values()) - values[a] if a in values else None,
                then=one.then.get(a),
            )
            for a in sorted(step.open, key=lambda a: -step.odds[a])
        ],
        deviation=one.deviation and explaining.account(step.mover, one.deviation.found, most=MOST_TERMS),
        says=naming.about_step(step.step),
    )


def _by_world(worlds: Sequence[str], odds: np.ndarray) -> dict[str, float]:
    """World -> chance, where they are not all alike."""
    known = {world: float(p) for world, p in zip(worlds, odds, strict=True) if math.isfinite(p)}
    return known if known and max(known.values()) - min(known.values()) > CHANGES_NOTHING else {}


# --- what would turn it -----------------------------------------------------------------------------------------------

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
