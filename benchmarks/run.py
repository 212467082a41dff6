"""All speed comparisons in one run, written to benchmarks/RESULTS.md. ``make bench`` calls it.

    python benchmarks/run.py [--gambit GAMBIT_PYTHON] [--rscript RSCRIPT] [--limit SECONDS] [--only PART ...]

The parts: weight, gambit, numba, scaling, blocks, start, draws, costs, cases, bundles. Each runs in processes of its
own, one after the other, so that they do not disturb each other. A part that cannot run here (no Gambit, no R) says so
in its section.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from against_gambit import processor
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
RECORDED = HERE / "data" / "against_gambit.json"
FLAGSHIP = "ukraine-2025"
MANY = [HERE / "data" / "four-capitals.yaml"]
DRAWS = {FLAGSHIP: (16, 2_000), "take-it-or-leave-it": (4_096, 100_000)}  # scenario -> measured, and asked for
Row = Sequence[str]


def table(headings: Row, rows: Sequence[Row]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(line) + " |" for line in (headings, ["---"] * len(headings), *rows))


def script(name: str, *arguments: str, prefix: Sequence[str] = (), **environment: str) -> list[dict[str, Any]]:
    """Run a script of this folder; the lines of JSON that it prints."""
    command = [*prefix, sys.executable, str(HERE / name), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | environment)
    return [json.loads(line) for line in done.stdout.splitlines()]


def duration(seconds: float) -> str:
    """Seconds as a reader would say them."""
    return f"{1000 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"


# --- parts ------------------------------------------------------------------------------------------------------------


def gambit(python: Path | None, limit: float) -> str:
    """Against Gambit; where there is none, its recorded times."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        here = [] if python is None else [str(python)]
        subprocess.run(
            [sys.executable, str(HERE / "against_gambit.py"), *(here or ["none"]), str(out), "--limit",
             f"{limit if here else 0:g}"], check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        measured = json.loads(out.read_text(encoding="utf-8"))
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    before = {row["nodes"]: row["gambit"]["seconds"] for row in recorded["games"] if row["gambit"]}
    rows = []
    for row in measured["games"]:
        ours, theirs = row["longgame"]["seconds"], (row["gambit"] or {}).get("seconds")
        if theirs is not None:
            judged = [duration(theirs), f"{theirs / ours:,.0f}"]
        elif row["gambit"] and row["gambit"]["stopped_after"]:
            judged = [f"stopped after {limit:g} s", f"more than {limit / ours:,.0f}"]
        else:
            judged = ["", ""]
        old = before.get(row["nodes"])
        rows.append(
            [f"{row['nodes']:,}", duration(ours), f"{row['longgame']['residual']:.0e}", *judged]
            + (["", ""] if old is None else [duration(old), f"{old / ours:,.0f}"])
        )
    apart = [(row["gambit"] or {}).get("largest_difference") for row in measured["games"]]
    apart = [one for one in apart if one is not None]
    found = (
        f"pygambit {measured['pygambit']} was measured in this run, game by game with longgame.\nWhere both came to an "
        f"end, choice probabilities differ by at most {max(apart):.0e}."
        if apart
        else "pygambit was not at hand in this run: its times are only the recorded ones."
    )
    headings = ["nodes", "longgame", "residual", "Gambit", "times as fast", "Gambit (recorded)", "(recorded)"]
    return f"""Signalling games of two types in which informed and uninformed move in turn, with random payoffs, at
lambda 1 (`benchmarks/against_gambit.py`); longgame by its exact method, that of `longgame solve-efg`, warm.
{found}

{table(headings, rows)}

The recorded times of Gambit are those of `benchmarks/data/against_gambit.json`: pygambit {recorded["pygambit"]} on
{recorded["processor"]} at a load of {recorded["load"]:.1f}.
They are from another run and perhaps another machine, so the ratio to them is a rough one."""


def against_numba() -> str:
    """Against the hand-written kernel, on one core and on all."""
    runs = [script("against_numba.py", prefix=pinned(1), NUMBA_NUM_THREADS="1")[0]]
    if (cores := len(os.sched_getaffinity(0))) > 1:
        runs += script("against_numba.py", NUMBA_NUM_THREADS=str(cores))
    rows = [
        [
            str(run["cores"]),
            duration(run["longgame"]["seconds"]),
            duration(run["kernel"]["seconds"]),
            f"{run['ratio']:.2f}",
            duration(run["longgame"]["first"]),
            duration(run["kernel"]["first"]),
            f"{run['largest_difference_of_choice']:.0e}",
        ]
        for run in runs
    ]
    headings = [
        "cores", "longgame", "kernel", "times as fast", "longgame, first", "kernel, first", "difference",
    ]  # fmt: skip
    return f"""The reference game has 1,000 states, 21 points of belief, 2 worlds, 12 periods, and 4 actors with 4
options of 2 successors (`benchmarks/reference_game.py`). It is solved to 1e-9 in 64-bit floats by longgame and by a
kernel written by hand for it (`benchmarks/kernel.py`, numba {runs[0]["numba"]}). Median of several solutions in turn;
"first" is with compilation, or with loading what a cache kept of it. longgame's kernel is compiled once for all games.
The difference is the largest of any choice probability.

{table(headings, rows)}"""


def pinned(cores: int) -> list[str]:
    """What keeps a command to so many cores, where the system can."""
    some = sorted(os.sched_getaffinity(0))[:cores]
    return ["taskset", "-c", ",".join(map(str, some))] if shutil.which("taskset") else []


COUNTED = {
    "states": ("states S", "states"),
    "lattice": ("points of belief B", "points"),
    "worlds": ("worlds W (with B points by default)", None),
    "periods": ("periods T", "periods"),
    "options": ("options A", "options"),
}


def scaling() -> str:
    """The cost by each size, memory, and the share of the machine's peak."""
    (found,) = script("scaling.py")
    rows = []
    for name, games in found["rows"].items():
        title, key = COUNTED[name]
        sizes = [row[key] if key else row["worlds"] ** 2 * row["points"] for row in games]
        slope = np.polyfit(np.log(sizes), np.log([row["seconds"] for row in games]), 1)[0]
        said = [f"{row['worlds']} (B = {row['points']})" if key is None else f"{row[key]:,}" for row in games]
        rows.append(
            [
                title,
                ", ".join(said),
                ", ".join(duration(row["seconds"]) for row in games),
                f"{slope:.2f}" + (" of W W B" if key is None else ""),
                ", ".join(f"{row['bytes'] / 1e6:.0f}" for row in games),
                ", ".join(str(row["most_iterations"]) for row in games),
            ]
        )
    peaks = "; ".join(f"{int(s):,} states: {peak:,.0f} MB" for s, peak in found["peak_megabytes"].items())
    reference, machine = found["reference"], found["machine"]
    headings = ["size", "values", "a solution takes", "grows with the power", "values and play, MB", "most iterations"]
    gigabytes, billions = reference["least_bytes"] / 1e9, reference["least_operations"] / 1e9
    copied, multiplied = machine["copy_bytes_per_second"] / 1e9, machine["operations_per_second"] / 1e9
    of_copying, of_arithmetic = reference["share_of_copy_rate"], reference["share_of_arithmetic"]
    return f"""One size of the reference game is changed at a time; the others stay, but with 250 states. A power
of 1 is cost in proportion. Values and play of all periods are kept in memory. Where one of the games has a point
that is hard to solve, the most iterations show it, and its time is above the line.

{table(headings, rows)}

Peak memory of a whole process that solves the reference game, with Python and compilation: {peaks}.

The reference game takes {duration(reference["seconds"])}. At the least, any backward induction must move
{gigabytes:.2f} GB (values read once at each move; values and play written once) and do
{billions:.2f} billion multiplications and additions, without any search for play. This is {of_copying:.1%}
of the rate at which this machine copies memory ({copied:.1f} GB/s read and written by all cores, in this run)
and {of_arithmetic:.1%} of its arithmetic ({multiplied:.1f} billion a second on each core, in this run).
The rest is the search for fixed points, exponentials, and look-ups between points of the lattice."""


def weight() -> str:
    """What a plain install puts on the disk: longgame and all that it needs, without extras."""
    sizes: dict[str, float] = {}
    waiting = ["longgame"]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in sizes:
            continue
        here = metadata.distribution(name)
        files = [path for file in here.files or () if (path := Path(str(file.locate()))).is_file()]
        sizes[name] = sum(path.stat().st_size for path in files) / 1e6
        needs = map(Requirement, here.requires or ())
        waiting += [one.name for one in needs if one.marker is None or one.marker.evaluate({"extra": ""})]
    own = sum(path.stat().st_size for path in (HERE.parent / "src").rglob("*") if path.suffix != ".pyc") / 1e6
    sizes["longgame"] = own
    heaviest = sorted(sizes, key=sizes.__getitem__, reverse=True)[:6]
    parts = ", ".join(f"{name} {sizes[name]:.0f}" for name in heaviest)
    together = f"{len(sizes)} packages of {sum(sizes.values()):.0f} MB together"
    return f"A plain install is {together}: {parts}. Asked for: 550 MB."


def start() -> str:
    """From the command to the answer."""

    # As it is where longgame is installed: Python keeps its compiled modules, also if it was told not to here.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def best(*arguments: str, rounds: int) -> float:
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            command = [sys.executable, "-m", "longgame", *arguments]
            subprocess.run(command, check=True, capture_output=True, env=environment)
            times.append(time.perf_counter() - began)
        return min(times)

    ask = ("beliefs", FLAGSHIP)
    first = best(*ask, rounds=1)
    rows = [
        ["`longgame --help`", duration(best("--help", rounds=5)), "0.2 s"],
        [f"`longgame {' '.join(ask)}`, what was compiled before being kept", duration(best(*ask, rounds=3)), "5 s"],
        ["the same, as it was before these runs", duration(first), ""],
    ]
    return "The quickest of some runs, from the start of the process to its end.\n\n" + table(
        ["command", "takes", "asked for"], rows
    )


def draws() -> str:
    """Draws of a large and of a small game."""
    tables = "\n\n".join(draws_of(scenario, *counts) for scenario, counts in DRAWS.items())
    return f"""Draws of the assumptions, with all that the claims of a scenario ask for (`benchmarks/draws.py`).
Processes and Dask workers have to start and to load what was compiled: the second half of the draws shows the rate
without that, and what so many draws would take at this rate. Dask runs on this machine, with one thread a worker.

{tables}"""


def draws_of(scenario: str, count: int, many: int) -> str:
    """Draws of a scenario by different workers."""
    cores = len(os.sched_getaffinity(0))
    ways = ["threads:1", *(f"{kind}:{cores}" for kind in ("threads", "processes", "dask"))]
    found = script("draws.py", scenario, str(count), *ways)
    base = found[0]["draws_per_second"]
    rows = [
        [
            f"{row['kind']}, {row['workers']}",
            f"{row['draws_per_second']:.2f}",
            "" if row["in_the_second_half"] is None else f"{row['in_the_second_half']:.2f}",
            f"{row['draws_per_second'] / base:.2f}",
            f"{row['cores_busy']:.2f}",
            duration(row["processor_seconds_per_draw"]),
            "" if row["in_the_second_half"] is None else f"{many / row['in_the_second_half'] / 60:.1f} min",
        ]
        for row in found
    ]
    headings = ["workers", "draws a second", "second half", "against one thread", "cores busy", "processor a draw"]
    return f"{count:,} draws of `{scenario}`:\n\n{table([*headings, f'{many:,} draws'], rows)}"


def cases(rscript: Path | None) -> str:
    """Estimates of many cases, beside the R package games."""
    if rscript is None:
        return "R with the package games was not at hand in this run (`benchmarks/against_games.py`)."
    rows = [
        [
            f"`{row['model']}`",
            f"{row['rows']:,}",
            str(row["coefficients"]),
            duration(row["longgame"]["seconds"]),
            duration(row["games"]["seconds"]),
            f"{row['games']['seconds'] / row['longgame']['seconds']:.2f}",
            f"{row['longgame']['log_likelihood']:.6f}",
            f"{row['games']['log_likelihood']:.6f}",
        ]
        for row in script("against_games.py", str(rscript), prefix=pinned(1))
    ]
    headings = [
        "data", "cases", "coefficients", "longgame", "games", "times as fast", "log-likelihood", "the same (games)",
    ]  # fmt: skip
    return f"""Two models of Signorino and Kenkel (2014), probit in the agent form, by `longgame estimate` and by the R
package games 1.1.2 in turn, each with one search, on one core (`benchmarks/against_games.py`). The package has the
formulas of these two games written out; longgame solves the game of every row, as it would any other.

{table(headings, rows)}"""


def bundles() -> str:
    """All that can be put together of the clauses of a scenario."""
    (run,) = script("bundles.py")
    said = {"listing": "to list them", "pricing": "to price them", "saying": "the frontier, points, Shapley values"}
    rows = [[text, *(duration(seconds) for seconds in run[name])] for name, text in said.items()]
    rows.append(["together", *(duration(sum(run[name][n] for name in said)) for n in range(2))])
    return f"""{run["bundles"]:,} bundles of clauses, priced for {run["actors"]} actors in two worlds after the game of
{run["states"]} states is solved, and all that `longgame clauses` says of them (`benchmarks/bundles.py`). Asked for: 5 s
and 2 GB for 100,000. The frontier has {run["efficient"]:,} of them. Peak memory of the process:
{run["peak_megabytes"]:,.0f} MB.

{table(["what", "takes", "of the processor"], rows)}"""


def blocks() -> str:
    """One solution of games with many private actors."""
    rows = []
    for scenario in MANY:
        (run,) = script("blocks.py", str(scenario), prefix=pinned(1))
        sizes = [f"{run[size]:,}" for size in ("states", "worlds", "periods", "lattice")]
        memory = [f"{run[size] / 1e9:.1f} GB" for size in ("bytes", "bytes told")]
        rows.append([run["scenario"], *sizes, duration(run["seconds"]), *memory])
    headings = ["scenario", "states", "worlds", "periods", "lattice", "one solution", "peak memory", "told beforehand"]
    return f"""Beliefs kept block by block, on one core (`benchmarks/blocks.py`). Asked for: 60 s on two cores and 4 GB.

{table(headings, rows)}"""


def costs() -> str:
    """What a check says a run takes, beside what it takes."""
    rows: list[Row] = []
    for run in script("costs.py"):
        ratios = [f"{run[f'{what}told'] / run[true]:.2f}" for what, true in (("", "true"), ("bytes ", "bytes"))]
        rows.append([f"`{run['scenario']}`", *ratios])
    return f"""What `check` says that a run of 128 draws takes, as a multiple of what it does take
(`benchmarks/costs.py` says how the truth is told from fewer draws): processor time, and the most memory held at a time.

{table(["scenario", "time, told by true", "memory, told by true"], rows)}"""


# --- the page ---------------------------------------------------------------------------------------------------------


def machine() -> str:
    """What this was measured on."""
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in ("numba", "numpy", "scipy"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{date.today().isoformat()}, {processor() or platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"{memory:.0f} GB of memory, load {os.getloadavg()[0]:.1f} at the start.\n"
        f"longgame {metadata.version('longgame')}, Python {platform.python_version()}, {packages}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gambit", type=Path, help="an interpreter that has pygambit (`make check-gambit` makes one)")
    parser.add_argument("--rscript", type=Path, help="R's Rscript, with the package games")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds after which Gambit is stopped")
    known = ("weight", "gambit", "numba", "scaling", "blocks", "start", "draws", "costs", "cases", "bundles")
    parser.add_argument("--only", nargs="+", choices=known, default=None)
    given = parser.parse_args()
    python = given.gambit if given.gambit and given.gambit.exists() else None
    parts: dict[str, tuple[str, Callable[[], str]]] = {
        "weight": ("Weight", weight),
        "start": ("Start", start),
        "numba": ("Against a hand-written kernel", against_numba),
        "scaling": ("Cost and size", scaling),
        "blocks": ("Many private actors", blocks),
        "draws": ("Draws", draws),
        "costs": ("What a run is said to take", costs),
        "bundles": ("Bundles of clauses", bundles),
        "gambit": ("Against Gambit", lambda: gambit(python, given.limit)),
        "cases": ("Estimates of many cases", lambda: cases(given.rscript)),
    }
    began, where, sections = time.perf_counter(), machine(), []
    for name, (title, measure) in parts.items():
        if given.only is None or name in given.only:
            print(f"{title} ...", file=sys.stderr, flush=True)
            sections.append(f"## {title}\n\n{measure()}")
    took = time.perf_counter() - began
    head = f"""# Speed

Written by `make bench`. All numbers on this page are from one run, but for those marked as recorded. Ratios say more
than times, which are those of one machine.

{where} The run took {took / 60:.0f} minutes. Nothing was measured on a GPU: none was at hand."""
    RESULTS.write_text("\n\n".join([head, *sections]) + "\n", encoding="utf-8")
    print(f"Wrote {RESULTS}.")


if __name__ == "__main__":
    main()
