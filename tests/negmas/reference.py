"""Make the reference numbers with NegMAS: run in an environment that has NegMAS, not longgame.

    python tests/negmas/reference.py small tests/negmas/small.json
    python tests/negmas/reference.py FOLDER REFERENCE.json SOURCE [YAML_FOLDER]

The first works on the small domains of ``small_domains.py``, which are drawn anew; the second on every domain in a
folder with at most 20,000 outcomes and ten parties, such as ``tests/data/scenarios`` of yasserfarouk/negmas, whose
domains are under licences of their own and are not kept here. SOURCE says in words where they are from; into
YAML_FOLDER NegMAS writes them in its own form. NegMAS 0.15.7 wants more packages than can be had
together; ``pip install --no-deps negmas==0.15.7`` and the modules that its import then asks for are enough.

NegMAS's functions do all: utilities, the Pareto frontier (of the outcomes by which no party has less than its
reservation value), and the points, among which it gives all that are as good. It leaves open from where gains are
counted, and in which unit; it is told what longgame takes:

* gains over the reservation value (0, where a party has none). By itself NegMAS counts them from the worst outcome,
  where that is better than the reservation value;
* as ideal for Kalai and Smorodinsky, the best that a party can get while no party has less than its reservation value.
  By itself NegMAS takes the best outcome at all;
* equal gains and the largest sum of gains in units of each party's best outcome less its reservation value (or less its
  worst outcome, if that is better).

``kalai_smorodinsky`` is NegMAS's function for the largest smallest gain, on gains as parts of the ideal;
``least_spread`` is its own function for Kalai and Smorodinsky, which takes the point where these parts are most alike,
and ``spread`` how far they are apart there. ``nash_by_itself`` and ``least_spread_by_itself`` are the points without
being told anything.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import warnings
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from negmas.inout import Scenario
from negmas.preferences import ops
from small_domains import COUNT, written

import negmas

MOST_OUTCOMES, MOST_PARTIES = 20_000, 10
EPS = 1e-9  # points are as good as each other, if no more than this is between them
DIGITS = 10

Point = tuple[float, ...]


def judged(folder: Path, as_yaml: Path | None) -> dict[str, Any] | None:
    """What NegMAS says of a domain, which it may write down as well; None where it is none, or too large."""
    scenario = Scenario.load(folder, ignore_discount=True)
    if scenario is None or not 2 <= len(scenario.ufuns) <= MOST_PARTIES:
        return None
    if not scenario.outcome_space.cardinality <= MOST_OUTCOMES:
        return None
    if as_yaml is not None:
        scenario.dumpas(as_yaml, "yml")
    ufuns = sorted(scenario.ufuns, key=lambda ufun: ufun.name)
    outcomes = list(scenario.outcome_space.enumerate_or_sample())
    reserved = [float(ufun.reserved_value) for ufun in ufuns]
    reserved = [value if math.isfinite(value) else 0.0 for value in reserved]
    utilities = [tuple(float(ufun(outcome)) for ufun in ufuns) for outcome in outcomes]
    frontier = list(dict.fromkeys(rounded(ops.pareto_frontier(ufuns, outcomes=outcomes)[0])))
    zone = [u for u in utilities if all(x >= r for x, r in zip(u, reserved, strict=True))]
    zone = [u for u in zone if any(x > r for x, r in zip(u, reserved, strict=True))]
    best, worst = ([f(column) for column in zip(*utilities, strict=True)] for f in (max, min))
    unit = [b - max(w, r) for b, w, r in zip(best, worst, reserved, strict=True)]
    return {
        "parties": [Path(ufun.name).stem for ufun in ufuns],
        "reservation": reserved,
        "outcomes": len(outcomes),
        "zone": len(zone),
        "frontier": sorted(frontier),
        **points(len(ufuns), frontier, reserved, zone, unit),
        **by_itself(ufuns, frontier, list(zip(worst, best, strict=True))),
    }


def points(
    parties: int, frontier: list[Point], reserved: list[float], zone: list[Point], unit: list[float]
) -> dict[str, Any]:
    """Where bargaining would end, by rule: all points that are as good. Empty where nobody can be served."""
    if not zone:
        return {}
    ideal = [max(column) - r for column, r in zip(zip(*zone, strict=True), reserved, strict=True)]
    if min(ideal) <= EPS or min(unit) <= EPS:
        return {"degenerate": True}
    nothing = [SimpleNamespace(reserved_value=0.0)] * parties
    rational = [u for u in frontier if all(x >= r for x, r in zip(u, reserved, strict=True))]

    def found(rule: Any, scale: list[float]) -> list[Point]:
        gains = [tuple((x - r) / s for x, r, s in zip(u, reserved, scale, strict=True)) for u in rational]
        ends = [index for _, index in rule(nothing, gains, ranges=[(0.0, 1.0)] * parties, eps=EPS)]
        return [rational[index] for index in ends]

    spread = found(ops.ks_points, ideal)
    parts = [(x - r) / i for x, r, i in zip(spread[0], reserved, ideal, strict=True)]
    return {
        "nash": found(ops.nash_points, ideal),
        "kalai_smorodinsky": found(ops.kalai_points, ideal),
        "egalitarian": found(ops.kalai_points, unit),
        "utilitarian": found(ops.max_welfare_points, unit),
        "least_spread": spread,
        "spread": round(max(parts) - min(parts), DIGITS),
    }


def by_itself(ufuns: list[Any], frontier: list[Point], ranges: list[tuple[float, float]]) -> dict[str, list[Point]]:
    """The points with NegMAS's own choices of all that it leaves open."""
    return {
        f"{name}_by_itself": [u for u, _ in rule(ufuns, frontier, ranges=ranges, eps=EPS)]
        for name, rule in (("nash", ops.nash_points), ("least_spread", ops.ks_points))
    }


def rounded(rows: Iterable[Iterable[float]]) -> list[Point]:
    """To the digits that are kept, without negative zeros."""
    return [tuple(round(float(x), DIGITS) + 0.0 for x in row) for row in rows]


def domains(root: Path) -> list[Path]:
    """The folders that have files of domains."""
    files = (file for pattern in ("*.xml", "*.yml", "*.yaml") for file in root.rglob(pattern))
    return sorted({file.parent for file in files})


def main(of: str, out: str, source: str = "small_domains.py", yaml: str = "") -> None:
    """Judge the small domains, or those in a folder."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as home:
        root = Path(home) if of == "small" else Path(of)
        if of == "small":
            for seed in range(COUNT):
                written(root, seed)
        found = {}
        for folder in domains(root):
            name = str(folder.relative_to(root))
            try:
                answer = judged(folder, Path(yaml) / name if yaml else None)
            except (OSError, OverflowError, ValueError) as error:
                print(f"{name}: {type(error).__name__}: {error}", flush=True)
                continue
            if answer is not None:
                found[name] = answer
                print(f"{name}: {answer['outcomes']} outcomes, {len(answer['frontier'])} efficient", flush=True)
    made = {
        "source": source,
        "negmas": negmas.__version__,
        "on": date.today().isoformat(),
        "domains": found,
    }
    Path(out).write_text(json.dumps(made) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
