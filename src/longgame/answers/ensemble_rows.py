"""How the draws went: how many have answers, what they weigh, and what must be said of them beside every share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from longgame.answers import words
from longgame.answers.block import Block, Sources


@dataclass(frozen=True)
class SetAsideRow:
    """Draws that were given up because every process that tried to solve them died; numbers count from 0."""

    first: int
    last: int
    reason: str


@dataclass(frozen=True)
class PosteriorRow:
    """How the draws were led to the posterior, where their weights alone would not do.

    draws             particles of equal weight that stand for the posterior, ``different`` of them different
    steps             of temperature
    solved            points that were solved on the way and at its end
    log_evidence      the logarithm of the probability that the prior gives to the evidence
    effective_before  how many draws of equal weight those of the prior were worth
    says              all this in words
    """

    draws: int
    different: int
    steps: int
    solved: int
    log_evidence: float
    effective_before: float
    says: str


@dataclass(frozen=True)
class EnsembleRow:
    """How the draws went: all, those with answers, of these the ones with an unconverged step, and what they weigh.

    jumped     in how many of those with answers choices jumped somewhere as rationality was raised
    set_aside  the draws that no process could solve; they are among ``draws`` and not among ``valid``
    warnings   sentences on how far what is weighed by the evidence can be trusted
    posterior  null where the weights of the draws do
    """

    draws: int = 0
    valid: int = 0
    unconverged: int = 0
    jumped: int = 0
    effective_sample_size: float = 0.0
    set_aside: list[SetAsideRow] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    posterior: PosteriorRow | None = None


def shares_of(ensemble: Mapping[str, Any]) -> str:
    """Of what the shares are; empty without draws."""
    valid, effective = ensemble["valid"], ensemble["effective_sample_size"]
    if not valid:
        return ""
    weighed = f"; weighed by the evidence they count as {effective:.0f}" if valid - effective >= 1.0 else ""
    return f"Shares are of {words.count(valid, 'draw')} of the assumptions{weighed}."


def about_draws(ensemble: Mapping[str, Any]) -> list[str]:
    """What must be said beside the shares of draws: how far they can be trusted, and which draws are missing."""
    said: list[str] = []
    said += [ensemble["posterior"]["says"]] if ensemble["posterior"] else []
    said += ensemble["warnings"]
    if left_out := ensemble["draws"] - ensemble["valid"]:
        said.append(f"{left_out:,} of {ensemble['draws']:,} draws have no answers and are left out.")
    if missed := ensemble["unconverged"]:
        said.append(
            f"In {missed:,} of {ensemble['valid']:,} draws some steps were not solved to the tolerance; they are"
            " counted with the best that was found."
        )
    if jumped := ensemble["jumped"]:
        said.append(
            f"In {jumped:,} of {ensemble['valid']:,} draws choices jumped somewhere as rationality was raised: several"
            " equilibria are possible there, and another might answer otherwise."
        )
    for aside in ensemble["set_aside"]:
        said.append(f"Draws {aside['first']} to {aside['last']} were set aside. {aside['reason']}")
    return said


def _row(sources: Sources) -> EnsembleRow:
    return sources.draws.many.row() if sources.draws else EnsembleRow()


ENSEMBLE = Block("ensemble", _row)
