"""The answer at a glance: what a reader in a hurry should take away, before everything else on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longgame.answers import words
from longgame.answers.leads import Lead, leads_of
from longgame.answers.surprise import HARDLY
from longgame.answers.verdicts import FIRMNESSES, headline

#: The heaps of claims, in the order in which they are read.
GROUPS: Mapping[str, str] = {
    "stands": "Follows",
    "thread": "Hangs by a thread",
    "fails": "Fails",
    "built": "Built in",
    "none": "No answer",
}
MEANING: Mapping[str, str] = {
    "stands": "The model says so, and so do most draws.",
    "thread": "Draws within your own doubts say the contrary, or the numbers cannot tell.",
    "fails": "The model says the contrary, and so do most draws.",
    "built": "So in every draw: the scenario assumes it, one way or the other. No finding.",
    "none": "It asks for what cannot be.",
}
UNTRIED: Mapping[str, str] = {
    "stands": "So at the given values. How firmly is not known: that takes 59 draws or more.",
    "fails": "Not so at the given values. How firmly is not known: that takes 59 draws or more.",
}
MOVERS = 3  # assumptions that are named


@dataclass(frozen=True)
class Item:
    """A claim in a heap, with its verdict in words."""

    id: str
    says: str
    verdict: str


@dataclass(frozen=True)
class Group:
    """A heap of claims that share a fate."""

    key: str
    title: str
    meaning: str
    items: Sequence[Item]


@dataclass(frozen=True)
class Mover:
    """An assumption whose doubts matter: how many ``claims`` rest on it, the one that is ``moved`` most, and how."""

    name: str
    says: str
    claims: int
    moved: Item
    how: str


@dataclass(frozen=True)
class Glance:
    """The answer at a glance.

    tally    how many claims have which fate, in a sentence
    groups   the claims by their fate; ``tried``, on draws enough to say how firmly
    told     how well the model told what was observed; empty without observed moves
    trusted  it told it better than by chance
    movers   what would change most, if it were known; empty where nothing does by itself
    """

    tally: str
    groups: Sequence[Group]
    tried: bool
    told: str
    trusted: bool
    movers: Sequence[Mover]


def group_of(claim: Mapping[str, Any]) -> str:
    """The heap of a claim, a key of ``GROUPS``. What no draws were tried for lies where its verdict says."""
    if claim["verdict"] == "no answer":
        return "none"
    if claim["built_in"]:
        return "built"
    if claim["verdict"] == "open" or claim["firmness"] in ("contested", "against"):
        return "thread"
    return "stands" if claim["verdict"] == "follows" else "fails"


def glance(answers: Mapping[str, Any]) -> Glance:
    """The answer at a glance, from the whole answers."""
    tried = any(claim["firmness"] for claim in answers["claims"])
    groups = []
    for key, title in GROUPS.items():
        here = [claim for claim in answers["claims"] if group_of(claim) == key]
        here.sort(key=lambda claim: FIRMNESSES.index(claim["firmness"]) if claim["firmness"] else len(FIRMNESSES))
        if here:
            meaning = MEANING[key] if tried else UNTRIED.get(key, MEANING[key])
            groups.append(Group(key, title, meaning, [Item(one["id"], one["says"], headline(one)) for one in here]))
    surprise = answers["surprise"]
    trusted = surprise["to_blind"]["factor"] >= HARDLY
    return Glance(_tally(answers, groups, tried), groups, tried, _told(surprise), trusted, _movers(answers))


def _told(surprise: Mapping[str, Any]) -> str:
    """How well the model told the observed moves, in a sentence or two that need no unit of information."""
    moves, factor = surprise["moves"], surprise["to_blind"]["factor"]
    if not moves:
        return ""
    each = "To the one observed move" if moves == 1 else f"To each of {moves} observed moves"
    said = f"{each} it gave {words.times(factor)} times the chance of a blind guess"
    if factor < 1.0:
        said += ", which is worse than chance: what it says of aims deserves no trust."
    elif factor < HARDLY:
        said += ", which is hardly more than chance: what it says of aims is what the argument implies, not a finding."
    else:
        said += ", which is more than chance."
    if surprise["to_status_quo"]["nats"] < 0.0:
        said += " The guess that all goes as last time does better."
    return said


def _movers(answers: Mapping[str, Any]) -> list[Mover]:
    """The assumptions that would change most claims: by how much they move the shares of those that rest on them.

    A share that goes up or down by no more than chance would is not moved.
    """
    moved: dict[str, list[tuple[Mapping[str, Any], Lead]]] = {}
    for claim in answers["claims"]:
        for lead in filter(lambda lead: lead.tells, leads_of(answers, claim)):
            moved.setdefault(lead.assumption, []).append((claim, lead))
    order = sorted(moved, key=lambda name: -sum(lead.moved for _, lead in moved[name]))
    says = {row["name"]: row["says"] for row in answers["assumptions"]}
    return [_mover(name, says[name], moved[name]) for name in order[:MOVERS]]


def _mover(name: str, says: str, moved: Sequence[tuple[Mapping[str, Any], Lead]]) -> Mover:
    claim, lead = max(moved, key=lambda one: one[1].moved)
    low, high = lead.low, lead.high
    how = (
        f"holds in {words.percent(low.share)} of the draws where this is about {words.number(low.at)}, and in"
        f" {words.percent(high.share)} where it is about {words.number(high.at)}"
    )
    most = Item(claim["id"], claim["says"].rstrip("."), "")
    return Mover(name, says.rstrip(".") or lead.name, len(moved), most, how)


def _tally(answers: Mapping[str, Any], groups: Sequence[Group], tried: bool) -> str:
    """How many claims have which fate."""
    fates = {
        "stands": "follow in most draws", "thread": "hang by a thread", "fails": "fail in most draws",
        "built": "are built into the scenario", "none": "have no answer",
    }  # fmt: skip
    single = {
        "stands": "follows in most draws", "thread": "hangs by a thread", "fails": "fails in most draws",
        "built": "is built into the scenario", "none": "has no answer",
    }  # fmt: skip
    if not tried:
        fates |= {"stands": "follow at the given values", "fails": "fail at the given values"}
        single |= {"stands": "follows at the given values", "fails": "fails at the given values"}
    said = [
        f"{len(group.items)} {single[group.key] if len(group.items) == 1 else fates[group.key]}" for group in groups
    ]
    return f"Of {words.count(len(answers['claims']), 'claim')} {words.listed(said)}." if said else ""
