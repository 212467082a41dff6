"""The claims: whether each sentence of the assessment follows, by what margin, how firmly, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.block import Answers, Block, Draws, Sources
from longgame.answers.claim_cards import about, section, weighs
from longgame.answers.parts import Line, Part, Table, points
from longgame.answers.solver import worst
from longgame.answers.verdicts import (
    AT_THE_EDGE,
    TIE,
    Firmness,
    Verdict,
    at_the_edge,
    firmness,
    headline,
    in_spreads,
    margin,
    verdict,
)
from longgame.queries.claims import BoundClaim, atoms_of, judge, shown
from longgame.queries.claims import Verdict as Judged
from longgame.queries.effects import remarks
from longgame.run.precision import Base, settles
from longgame.run.solver import TOLERANCE
from longgame.run.study import Array, SolvedReport


@dataclass(frozen=True)
class LeadRow:
    """An assumption that moves a claim's margin by more than chance would.

    index      how far the distribution of the margin moves when the assumption is known, 0 to 1 (PAWN)
    direction  Spearman's rank correlation: above zero where the margin rises with the assumption
    """

    assumption: str
    index: float
    direction: float


@dataclass(frozen=True)
class RestsOnRow:
    """What a claim rests on, in short; ``longgame rests-on`` has the whole.

    draws        with an answer to the claim, of which all this is read
    assumptions  those that move its margin, the most telling first, five at most
    box          where it turns, in words; empty where no box of assumptions gathers the draws in which it does
    """

    draws: int
    assumptions: list[LeadRow]
    box: str


@dataclass(frozen=True)
class FinerRow:
    """What becomes of a claim at the base case on a lattice of beliefs of twice the resolution."""

    lattice: int
    holds: bool | None
    margin: float | None


@dataclass(frozen=True)
class ClaimRow:
    """One claim of the assessment and what became of it.

    holds           what its numbers say at the base case; null where it has no answer there
    margin          how far it is from turning; above zero where it holds
    share           the share of valid draws in which it holds; null without draws
    share_weighted  the same, with each draw weighed by the likelihood that it gives to the evidence
    built_in        it has one verdict at the base case and in every valid draw, of which there are 59 or more
    status          the sentence on the solutions that the answer rests on
    note            the analyst's own note, and warnings
    shows           label -> value of the further questions that the claim shows
    rests_on        the assumptions that decide it; null where fewer than 40 draws have an answer
    finer           the claim on a finer lattice of beliefs; null unless the run was to be verified
    verdict         what is said of it at the base case: its margin against the error of what it compares
    firmness        how firmly that stands over the draws; null where there are fewer than 59
    error           of the compared number, in the units of the margin; null where it was not estimated
    spread          the standard deviation of the margin over the draws; null without draws
    jumps           places where choices jumped in the solutions that the answer rests on
    errors          label -> how far off the further questions may be; null where that was not estimated
    turns_in        variant of more than a tenth of the weight in which the verdict is another -> that verdict
    """

    id: str
    says: str
    holds: bool | None
    margin: float | None
    share: float | None
    share_weighted: float | None
    built_in: bool
    status: str
    note: str
    question: str
    at: str | int
    shows: Mapping[str, float | bool | None]
    rests_on: RestsOnRow | None = None
    finer: FinerRow | None = None
    verdict: Verdict = "no answer"
    firmness: Firmness | None = None
    error: float | None = None
    spread: float | None = None
    jumps: int = 0
    errors: Mapping[str, float | None] = field(default_factory=dict)
    turns_in: Mapping[str, Verdict] = field(default_factory=dict)


# --- made -------------------------------------------------------------------------------------------------------------


def claim_rows(sources: Sources) -> list[ClaimRow]:
    """Every claim: at the base case, and over the draws if there are any."""
    claims = sources.base.study.claims
    found = [judge(claim, sources.base.found) for claim in claims]
    brief: Sequence[RestsOnRow | None] = [None] * len(claims)
    if sources.draws:
        # Here, since it brings SciPy's functions with it, and the base case needs none of them.
        from longgame.answers.brief import brief_rows

        brief = brief_rows(sources.draws.gathered, [one.holds for one in found])
    return [_row(sources, index, found[index], brief[index]) for index in range(len(claims))]


def _row(sources: Sources, index: int, found: Judged, brief: RestsOnRow | None) -> ClaimRow:
    claim = sources.base.study.claims[index]
    reports = reports_on(sources.base, claim)
    error = sources.base.error(claim.holds)
    many = sources.draws and sources.draws.many
    judged = judgement(found, sources.draws, index, error)
    edge = AT_THE_EDGE if at_the_edge(judged) else ""
    return ClaimRow(
        id=claim.id,
        says=claim.claim.says,
        share=many and many.share(index),
        share_weighted=many and many.share_weighted(index),
        status=worst(report.status for report in reports).value,
        note=" ".join(filter(None, (note_on(sources.base, claim, found, error), edge))),
        question=claim.claim.holds.text,
        at=claim.claim.at,
        shows={
            label: answer.truth if answer.is_truth else answer.value
            for label, answer in shown(claim, sources.base.found).items()
        },
        rests_on=brief,
        finer=sources.finer and _finer(sources.finer, index),
        jumps=sum(report.jumps for report in reports),
        errors={label: sources.base.error(question) for label, question in claim.shows.items()},
        turns_in=sources.structure.turns_in(claim.id, judged["verdict"]) if sources.structure else {},
        **judged,
    )


def judgement(found: Judged, draws: Draws | None, number: int, error: float | None = None) -> dict[str, Any]:
    """What is said of a claim: the fields of its row that depend on its truth and margin, here and over the draws.

    Args:
        found: at the base case.
        draws: None without any; ``number`` says which of their claims it is.
        error: of the compared number, in the units of the margin.
    """
    many = draws and draws.many
    said = verdict(found.holds, found.margin, error)
    firm = None
    if many:
        agreement, everywhere = many.agreement(number, found.holds), many.always(number, found.holds)
        firm = firmness(said, share=agreement, everywhere=everywhere, draws=many.valid)
    return {
        "holds": found.holds,
        "margin": found.margin,
        "verdict": said,
        "firmness": firm,
        "built_in": firm == "built in",
        "error": error,
        "spread": draws and spread(draws.gathered.margin[number]),
    }


def reports_on(base: Base, claim: BoundClaim) -> list[SolvedReport]:
    """How the solutions ended that a claim rests on; of a claim that looks nothing up there may be none."""
    used = dict.fromkeys(under for question in claim.questions for under in question.solutions)
    solved = base.draw.solved
    return [solved[under] for under in used if under in solved]


def unsettled(base: Base) -> str:
    """What it would take to settle what is within its error, as a sentence."""
    finer, times = settles(base.study.game)
    return (
        f"Open: within the error of the lattice of beliefs. With `solver: {{lattice: {finer}}}` it may be settled, at"
        f" about {times:.0f} times the work."
    )


def note_on(base: Base, claim: BoundClaim, found: Judged, error: float | None) -> str:
    """What is to be said of a claim at the base case: the analyst's note, and warnings."""
    missed = sorted({step for report in reports_on(base, claim) for step in report.unconverged})
    open_ = unsettled(base) if error and abs(found.margin) <= error else ""
    notes = [claim.claim.note, open_, *remarks(claim.holds, claim.beside, base.found)]
    if found.holds is None:
        notes.append(f"No answer: {'; '.join(found.reasons)}.")
    for label, question in claim.shows.items():
        if math.isnan(question.work_out(base.found).value):
            notes.append(f"No answer to `{label}`: {'; '.join(question.reasons(base.found))}.")
    if missed:
        notes.append(f"Rests on steps that were not solved to the tolerance: {', '.join(missed)}.")
    return " ".join(filter(None, notes))


def _finer(base: Base, index: int) -> FinerRow:
    found = judge(base.study.claims[index], base.found)
    return FinerRow(base.study.game.lattice, found.holds, found.margin)


def spread(margins: Array) -> float | None:
    """The standard deviation of a margin over draws [D]; None where there are no two that have one.

    It is nil where it is no more than what the solver leaves open in a draw.
    """
    known = margins[np.isfinite(margins)]
    if known.size < 2:
        return None
    found = float(known.std())
    return found if found > TIE + TOLERANCE * float(np.abs(known).max()) else 0.0


# --- shown ------------------------------------------------------------------------------------------------------------


def _table(answers: Answers) -> list[Part]:
    """Every claim with its verdict, margin and share of draws, and what must be said of them all."""
    claims = answers["claims"]
    if not claims:
        return [Line("The scenario makes no claims.")]
    columns = {"Claim": lambda row: row["id"], "Verdict": headline, "Margin": margin}
    if answers["ensemble"]["valid"]:
        columns |= {"In spreads": in_spreads, "Draws": lambda row: words.percent(row["share"])}
        if any(weighs(row) for row in claims):
            columns["By evidence"] = lambda row: words.percent(row["share_weighted"])
    columns["Says"] = lambda row: row["says"]
    rows = [tuple(shows(row) for shows in columns.values()) for row in claims]
    numbers = [name for name in columns if name not in ("Claim", "Verdict", "Says")]
    return [Table(tuple(columns), rows, numbers=numbers), *points(about(answers))]


CLAIMS = Block(
    "claims",
    claim_rows,
    needs=lambda study: atoms_of(
        question for claim in study.claims for question in (*claim.questions, *claim.beside.questions)
    ),
    told=lambda study: (question for claim in study.claims for question in claim.shows.values()),
    table=_table,
    section=section,
)
