"""A hundred thousand combinations of clauses, priced for four actors after the game is solved.

    python benchmarks/bundles.py

Four actors, two worlds, four variables of which one of three values each can be agreed upon, and three side payments in
seven steps: 131,071 bundles. Prints a line of JSON: how long it took to list the bundles, to look up what they are
worth, and to say all that is said of them (seconds of the clock, and of the processor), and the largest memory of the
process, in which the game was solved before.
"""

import json
import resource
import time
from itertools import pairwise

import numpy as np

from longgame.answers.bundles import bundles_row
from longgame.queries.meaning import bundle_table
from longgame.run.precision import ask
from longgame.run.study import Study
from longgame.scenario.load import loads

ACTORS = ("east", "west", "north", "south")
ISSUES = ("border", "trade", "arms", "transit")
PAIRS = (("east", "west"), ("west", "north"), ("north", "south"))


def scenario() -> str:
    """The text of the scenario: every actor likes other values of the issues."""
    lines = ["title: A conference of four", "clock: {periods: 4}", "actors:"]
    lines += [f"  {actor}: {{rationality: 10, discount: 0.9}}" for actor in ACTORS]
    lines += ["state:"]
    lines += [f"  {issue}: {{values: [open, low, middle, high], start: open}}" for issue in ISSUES]
    lines += ["hidden:", "  will: {known_to: [east], values: {firm: 0.4, soft: 0.6}}", "period:"]
    for actor, issue in zip(ACTORS, ISSUES, strict=True):
        lines += [f"  - move: press_{issue}", f"    by: {actor}", "    options:", "      wait: {}"]
        lines += [f"      press: {{when: {issue} == open, set: {{{issue}: low}}}}"]
    lines += ["payoffs:"]
    for n, actor in enumerate(ACTORS):
        terms = []
        for m, issue in enumerate(ISSUES):
            for k, value in enumerate(("low", "middle", "high")):
                worth = ((3 * n + 5 * m + 7 * k) % 11 - 5) / 5
                will = " * (1.5 if will == firm else 1)" if actor == "east" else ""
                terms.append(f"{worth:g} * ({issue} == {value}){will}")
        lines += [f"  {actor}: {' + '.join(terms)}"]
    lines += ["clauses:"]
    lines += [f"  {issue}: [low, middle, high]" for issue in ISSUES]
    for n, (payer, payee) in enumerate(PAIRS):
        lines += [f"  sum{n}: {{from: {payer}, to: {payee}, amounts: [0.25, 0.5, 0.75, 1, 1.5, 2, 3]}}"]
    return "\n".join(lines) + "\n"


def clock() -> np.ndarray:
    """Seconds of the clock and of the processor."""
    return np.array([time.perf_counter(), time.process_time()])


def main() -> None:
    study = Study.of(loads(scenario()))
    times = [clock()]
    bundles = study.binder.setting.bundles
    times.append(clock())
    needed, table = bundle_table(study.binder.setting, "now")
    times.append(clock())
    solved = ask(study, needed).draw
    times.append(clock())
    priced = table(solved.look_up(needed))
    times.append(clock())
    row = bundles_row(study, priced, [ACTORS, ACTORS[:2]])
    times.append(clock())
    listing, preparing, solving, pricing, saying = ((after - before).tolist() for before, after in pairwise(times))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "bundles": len(bundles),
                "actors": len(ACTORS),
                "states": len(study.game.ended),
                "solving": solving,
                "listing": [a + b for a, b in zip(listing, preparing, strict=True)],
                "pricing": pricing,
                "saying": saying,
                "peak_megabytes": peak,
                "efficient": row.efficient,
                "signed_by_all": row.groups[0].signed,
            }
        )
    )


if __name__ == "__main__":
    main()
