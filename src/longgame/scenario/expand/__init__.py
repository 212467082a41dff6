"""A scenario as flat lists: the steps of a period, the worlds, the deals, the evidence.

What the analyst writes in one word stands for several things: an offer is a proposal and a reply for each deal and
replier; ``rest`` is one minus the other odds; hidden variables make worlds. All of that is spelled out here, once, so
that the checks, the compiler and the questions mean the same. Trees of expressions are taken over as written.

The functions expect a scenario that has passed the checks, unless they say otherwise.
"""

from longgame.scenario.expand.evidence import (
    Observation,
    evidence_ids,
    known_by,
    observations_of,
    periods_of,
    quiet_options,
    steps_observed,
)
from longgame.scenario.expand.flat import Branch, FlatOption, FlatStep, Odds
from longgame.scenario.expand.lasting import clauses_of, with_ends_of
from longgame.scenario.expand.steps import (
    ACCEPT,
    NO_OFFER,
    REJECT,
    Kept,
    deals_of,
    find_option,
    find_step,
    posture_options,
    steps_of,
    trees,
)
from longgame.scenario.expand.worlds import FlatWorld, all_worlds, tabled, worlds_of

__all__ = [
    "ACCEPT",
    "NO_OFFER",
    "REJECT",
    "Branch",
    "FlatOption",
    "FlatStep",
    "FlatWorld",
    "Kept",
    "Observation",
    "Odds",
    "all_worlds",
    "clauses_of",
    "deals_of",
    "evidence_ids",
    "find_option",
    "find_step",
    "known_by",
    "observations_of",
    "periods_of",
    "posture_options",
    "quiet_options",
    "steps_observed",
    "steps_of",
    "tabled",
    "trees",
    "with_ends_of",
    "worlds_of",
]
