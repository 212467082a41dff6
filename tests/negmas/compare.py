"""longgame against the reference numbers that NegMAS made.

    python -m tests.negmas.compare FOLDER REFERENCE.json tests/negmas/public.json

prices every domain of FOLDER of which REFERENCE.json has NegMAS's answer (``reference.py``), and keeps what was found:
for each domain how many outcomes it has, where bargaining would end, and how the two differ.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from longgame.answers.domains import DomainRow, outcomes_of
from longgame.errors import ScenarioError

RULES = ("nash", "kalai_smorodinsky", "egalitarian", "utilitarian")
NEAR = 1e-8


def differences(reference: Mapping[str, Any], row: DomainRow) -> list[str]:
    """In what a priced domain differs from what NegMAS says of it; nothing where it agrees in all."""
    found = []
    if row.parties != reference["parties"]:
        return [f"parties {row.parties}"]
    for name, ours in (("outcomes", row.outcomes), ("zone", row.zone)):
        if ours != reference[name]:
            found.append(f"{name}: {ours} for {reference[name]}")
    least = np.array(reference["reservation"]) - NEAR
    rational = [u for u in frontier(row) if (np.array(u) >= least).all()]
    if not same(rational, undominated(reference["frontier"])):
        found.append("frontier")
    for rule in RULES if "nash" in reference else ():
        if not is_among(point(row, rule), reference[rule]):
            found.append(rule)
    if not reference["zone"] and any(end is not None for end in row.points.values()):
        found.append("points without a zone")
    return found


def frontier(row: DomainRow) -> list[list[float]]:
    """The utilities of the efficient outcomes, each once."""
    found = {tuple(round(one.utility[party], 9) + 0.0 for party in row.parties) for one in row.pareto}
    return [list(each) for each in sorted(found)]


def point(row: DomainRow, rule: str) -> list[float] | None:
    """The utilities at which bargaining would end."""
    end = row.points[rule]
    return None if end is None else [end.utility[party] for party in row.parties]


def is_among(utilities: Sequence[float] | None, points: Sequence[Sequence[float]]) -> bool:
    """Whether utilities are one of some points."""
    return utilities is not None and bool((np.abs(np.array(points) - utilities) <= NEAR).all(axis=1).any())


def same(ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]]) -> bool:
    """Whether every point of each is one of the other, but for rounding."""
    return all(is_among(each, theirs) for each in ours) and all(is_among(each, ours) for each in theirs)


def undominated(points: Sequence[Sequence[float]]) -> list[Sequence[float]]:
    """Those that no other improves on by more than rounding; NegMAS counts that as well."""
    if not points:
        return []
    rows = np.array(points)  # [F, N]
    apart = rows[:, None] - rows[None, :]
    dominates = (apart >= -NEAR).all(axis=2) & (apart > NEAR).any(axis=2)
    return [points[n] for n in np.flatnonzero(~dominates.any(axis=0))]


def compared(reference: Mapping[str, Any], row: DomainRow) -> dict[str, Any]:
    """What is kept of a domain."""
    kept: dict[str, Any] = {"parties": len(row.parties), "outcomes": row.outcomes, "zone": row.zone}
    kept["efficient"] = len(frontier(row))
    if "nash" in reference:
        kept |= {rule: [round(x, 6) for x in point(row, rule) or ()] for rule in RULES}
        kept["spread"] = reference["spread"]
        ends = {"least_spread": "kalai_smorodinsky", "least_spread_by_itself": "kalai_smorodinsky"}
        ends["nash_by_itself"] = "nash"
        kept["also"] = [name for name, rule in ends.items() if is_among(point(row, rule), reference[name])]
    return kept | {"differs": differences(reference, row)}


def main(folder: str, reference: str, out: str) -> None:
    """Compare every domain of a folder, and keep what was found."""
    given = json.loads(Path(reference).read_text(encoding="utf-8"))
    found, unread = {}, {}
    for name, judged in given["domains"].items():
        try:
            found[name] = compared(judged, outcomes_of(Path(folder) / name))
        except ScenarioError as error:
            unread[name] = error.problems[0].found
    lines = ",\n  ".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in found.items())
    head = {key: given[key] for key in ("source", "negmas", "on")} | {"unread": unread}
    text = json.dumps(head)[:-1] + f',\n "domains": {{\n  {lines}\n }}}}\n'
    Path(out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
