"""What a claim's numbers are called: what the base case says, and how firmly, over the draws of the assumptions.

Two questions, two words. At the given values a claim

    follows     it is true, by more than the error of the numbers that it compares
    fails       it is false, by more than that
    open        its margin is within the error (or the two sides are equal): the numbers cannot say
    no answer   a number that it needs does not exist

and over the draws the verdict of the base case is

    built in    that of every draw, of which there are 59 or more: nothing that the ranges allow turns it
    firm        that of nearly all draws (95 % or more, weighed by the evidence)
    leaning     that of most (75 % or more)
    contested   neither that of most draws nor against them
    against     that of few (under 25 %): most draws say the contrary

With fewer than 59 draws nothing is said of firmness: from 59 on it can be told, at 95 % confidence, that a claim turns
in less than a twentieth of what the ranges allow (the rule of three; Hanley and Lippman-Hand 1983, JAMA 249).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from longgame.answers import words

Verdict = Literal["follows", "fails", "open", "no answer"]
Firmness = Literal["built in", "firm", "leaning", "contested", "against"]

MOST_FAILURES = (
    0.05  # of the draws: what a verdict that stands in all that were tried may fail in without being noticed
)
CONFIDENCE = 0.95
#: The least number of draws from which it is said how firmly a verdict stands over them.
LEAST_DRAWS = math.ceil(math.log(1.0 - CONFIDENCE) / math.log(1.0 - MOST_FAILURES))  # 59
FIRM, LEANING, AGAINST = 0.95, 0.75, 0.25  # of the draws, weighed by the evidence
EDGE = 0.1  # of the spread over the draws: a claim with a smaller margin is at the edge
AT_THE_EDGE = "At the edge: its margin at the given values is less than a tenth of its spread over the draws."
TIE = 1e-9  # a margin smaller than this is none, being below the solver's own tolerance

FIRMNESSES: tuple[Firmness, ...] = ("built in", "firm", "leaning", "contested", "against")
_SINGLE = {"open": "is open", "no answer": "has no answer"}  # as verbs; the others are
VERDICTS: tuple[Verdict, ...] = ("follows", "fails", "open", "no answer")
IN_WORDS: Mapping[Firmness | None, str] = {
    "built in": ", built in",
    "firm": ", firm",
    "leaning": ", leaning",
    "contested": ", contested",
    "against": ", against most draws",
    None: "",
}


def verdict(holds: bool | None, margin: float | None, error: float | None = None) -> Verdict:
    """What the base case says of a claim, from its truth, its margin and the error of the numbers that it compares."""
    if holds is None:
        return "no answer"
    if margin is not None and abs(margin) <= max(error or 0.0, TIE):
        return "open"
    return "follows" if holds else "fails"


def firmness(said: Verdict, *, share: float | None, everywhere: bool, draws: int) -> Firmness | None:
    """How firmly a verdict stands over so many draws.

    Args:
        said: the verdict at the base case; of what is open or has no answer nothing is said.
        share: of the draws, weighed by the evidence, that have the same verdict; None without draws.
        everywhere: it is that of every draw.
        draws: with answers.
    """
    if said not in ("follows", "fails") or share is None or draws < LEAST_DRAWS:
        return None
    if everywhere:
        return "built in"
    if share >= FIRM:
        return "firm"
    return "leaning" if share >= LEANING else "contested" if share >= AGAINST else "against"


def unseen_failures(draws: int) -> float:
    """The largest share of draws in which a verdict may fail that stands in all of so many draws, at 95 % confidence.

    If it failed in a share p, it would stand in all n draws with probability (1 - p)^n. The share at which this is
    5 % is 1 - 0.05^(1 / n), about 3 / n (the rule of three; Hanley and Lippman-Hand 1983, JAMA 249).
    """
    return 1.0 - (1.0 - CONFIDENCE) ** (1.0 / draws) if draws else 1.0


def headline(claim: Mapping[str, Any]) -> str:
    """Verdict and firmness of a claim in a few words, with the variants in which it turns.

    'follows, firm', 'fails, contested', 'open', 'follows, firm; fails in tastes'.
    """
    said = claim["verdict"] + IN_WORDS[claim["firmness"]]
    turns = claim.get("turns_in")
    return f"{said}; {in_variants(turns)}" if turns else said


def in_variants(turns_in: Mapping[str, str]) -> str:
    """What becomes of a claim in the variants in which it turns: 'fails in tastes and longer, is open in certain'."""
    said: dict[str, list[str]] = {}
    for name, other in turns_in.items():
        said.setdefault(_SINGLE.get(other, other), []).append(name)
    return ", ".join(f"{verb} in {words.listed(names)}" for verb, names in said.items())


def margin(claim: Mapping[str, Any]) -> str:
    """A margin with the error of its number, where that is known: '+0.42', '+0.42 ± 0.01'."""
    text = words.number(claim["margin"], signed=True)
    error = claim.get("error")
    return f"{text} ± {words.magnitude(error)}" if error and words.counts(error) else text


def in_spreads(claim: Mapping[str, Any]) -> str:
    """A margin in the unit of its own spread over the draws: '+1.3'; empty where it does not vary."""
    size, spread = claim["margin"], claim.get("spread")
    return "" if size is None or not spread else words.unsigned_zero(f"{size / spread:+.1f}")


def at_the_edge(claim: Mapping[str, Any]) -> bool:
    """Whether the margin of a verdict is next to nothing beside its own spread over the draws, however firm it is."""
    size, spread = claim["margin"], claim.get("spread")
    if claim["verdict"] not in ("follows", "fails") or size is None or not spread:
        return False
    return abs(size) < EDGE * spread


def tally(claims: Sequence[Mapping[str, Any]]) -> str:
    """How many claims follow, fail, are open or have no answer, and how firmly."""
    plural = {"follows": "follow", "fails": "fail", "open": "are open", "no answer": "have no answer"}
    parts = []
    for said in VERDICTS:
        here = [claim for claim in claims if claim["verdict"] == said]
        if not here:
            continue
        sizes = {name[2:]: sum(claim["firmness"] == firm for claim in here) for firm, name in IN_WORDS.items() if firm}
        firm = [name if size == len(here) else f"{size} {name}" for name, size in sizes.items() if size]
        how = f" ({', '.join(firm)})" if firm else ""
        parts.append(f"{len(here)} {_SINGLE.get(said, said) if len(here) == 1 else plural[said]}{how}")
    return f"{words.count(len(claims), 'claim')}: {words.listed(parts)}."
