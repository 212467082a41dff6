"""Measure the textbook scenarios against their known answers; write the tables and curves of docs/known-answers.md.

    pip install 'longgame[docs]'; python docs/figures/known_answers.py

Run it from the top of the repository. It solves the shipped scenarios, replaces what stands between the markers
``<!-- measured: NAME -->`` and ``<!-- end -->`` of the page, and draws docs/figures/*.svg.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import altair as alt
import numpy as np
import vl_convert

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from scipy.special import expit  # noqa: E402

from longgame.game.compile import compile  # noqa: E402
from longgame.scenario.load import loads  # noqa: E402
from longgame.scenario.model import Scenario  # noqa: E402
from longgame.solver.solve import solve  # noqa: E402
from tests import closed_forms  # noqa: E402
from tests.test_textbooks import COSTS, DEMANDS, play, reputation_path, solved, value  # noqa: E402

HERE = Path(__file__).parent
PAGE = ROOT / "docs" / "known-answers.md"
Row = Sequence[str]


def table(headings: Row, rows: Sequence[Row]) -> str:
    """A Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def small(x: float) -> str:
    """A number that is an error: 3.1e-05."""
    return f"{x:.1e}" if x else "0"


# --- Rubinstein -------------------------------------------------------------------------------------------------------

LONG = 40  # periods: 0.7^40 is less than a millionth


@cache
def fine_offers(steps: int) -> Scenario:
    """The shipped scenario with another grid of splits, and with a horizon that is far away."""

    def options(word: str) -> str:
        return "\n".join(f"      {word}_{n}: {{set: {{share: {n / steps!r}}}}}" for n in range(steps + 1))

    return loads(f"""
extends: rubinstein
clock: {{periods: {LONG}}}
state: {{share: {{grid: [0, 1, {1 / steps!r}]}}}}
period:
  - move: first_asks
    by: first
    when: turn == first
    options:
{options("keep")}
  - move: second_asks
    by: second
    when: turn == second
    options:
{options("leave")}
""")


def rubinstein() -> str:
    """The first's share less 1 / (1 + d), by precision and grid."""
    theorem, rows, points, apart = 1 / 1.7, [], [], 0.0
    for precision in (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0):
        row = [f"{precision:g}"]
        for steps in (10, 20, 40):
            game = compile(fine_offers(steps))
            theta = np.array(game.base, dtype=float)
            theta[game.assumptions.index("precision")] = precision
            share = float(value(solve(game, theta))[0])
            by_hand = closed_forms.alternating_offers(np.linspace(0, 1, steps + 1), 0.7, precision, LONG)[0]
            apart = max(apart, abs(share - by_hand))
            row.append(f"{share - theorem:+.4f}")
            points.append({"precision": precision, "error": abs(share - theorem), "splits": f"a grid of 1/{steps}"})
        limit = closed_forms.alternating_offers(np.linspace(0, 1, 2001), 0.7, precision, LONG)[0] - theorem
        points.append({"precision": precision, "error": abs(limit), "splits": "a grid of 1/2000"})
        rows.append([*row, f"{limit:+.4f}"])
    draw("rubinstein", points, "precision", "error", "splits", "Distance from the theorem", log_x=True, log_y=True)
    headings = ["precision", "grid of 1/10", "1/20 (as shipped)", "1/40", "1/2000 (recursion)"]
    return f"{table(headings, rows)}\n\nLargest difference between longgame and the recursion: {small(apart)}."


# --- Fearon -----------------------------------------------------------------------------------------------------------


def fearon() -> str:
    """The chance of war by the demander's own cost and precision."""
    rows, points, apart = [], [], 0.0
    for own_cost in (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4):
        row = [f"{own_cost:g}"]
        for precision in (20.0, 100.0, 500.0, 5000.0):
            solution = solved("fearon", own_cost=own_cost, precision=precision)
            demand = play(solution, "demands")[0]
            by_hand = closed_forms.ultimatum(DEMANDS, COSTS, np.full(4, 0.25), 0.5, own_cost, precision)
            apart = max(apart, float(np.abs(demand - by_hand.demand).max()))
            war = float(demand @ (1 - by_hand.accept.mean(axis=1)))
            row.append(f"{war:.4f}")
            points.append({"cost": own_cost, "war": war, "players": f"precision {precision:g}"})
        _, theory = closed_forms.best_demand(0.4, 0.5, own_cost)
        points.append({"cost": own_cost, "war": theory, "players": "Fearon, any cost and demand"})
        rows.append([*row, f"{theory:.4f}"])
    draw("fearon", points, "cost", "war", "players", "Chance of war", x_title="the demander's own cost of war")
    headings = ["own cost", *(f"precision {p}" for p in (20, 100, 500, 5000)), "(1 - own cost / highest) / 2"]
    return f"{table(headings, rows)}\n\nLargest difference of any choice from the closed form: {small(apart)}."


# --- Powell -----------------------------------------------------------------------------------------------------------


def powell() -> str:
    """The chance of an attack today by the coming shift."""
    boundary = closed_forms.Dispute().boundary()
    shifts = np.sort([*np.linspace(0, 0.25, 26), boundary - 0.002, boundary, boundary + 0.002]).tolist()
    points, apart = [], 0.0
    for precision in (2.0, 10.0, 50.0, 1000.0):
        for shift in shifts:
            attack = float(play(solved("powell", shift=shift, precision=precision), "offer")[0, 0])
            by_hand = closed_forms.commitment(closed_forms.Dispute(shift=shift), precision)[0]
            apart = max(apart, abs(attack - by_hand))
            points.append({"shift": shift, "attack": attack, "players": f"precision {precision:g}"})
    draw("powell", points, "shift", "attack", "players", "Chance of an attack today", x_title="coming shift in power",
         rule=boundary)  # fmt: skip
    wanted = boundary + np.array([-0.05, -0.01, -0.002, 0.002, 0.01, 0.05])
    rows = [
        [f"{precision:g}"]
        + [f"{play(solved('powell', shift=float(s), precision=precision), 'offer')[0, 0]:.4f}" for s in wanted]
        for precision in (2.0, 10.0, 50.0, 1000.0, 10000.0)
    ]
    headings = ["precision", *(f"{s - boundary:+.3f}" for s in wanted)]
    return (
        f"Boundary: a shift of {boundary:.6f}.\n\n{table(headings, rows)}\n\n"
        f"Largest difference between longgame and the recursion: {small(apart)}."
    )


# --- Fearon's commitment problem --------------------------------------------------------------------------------------


def preventive_war() -> str:
    """The chance of a strike, and what waiting brings, by how far the later odds of war lie from the boundary."""
    game = closed_forms.Promise()
    boundary = (game.odds_now + game.cost_declining * (1 - game.patience) ** 2) / game.patience
    wanted = (-0.05, -0.01, -0.002, 0.002, 0.01, 0.05)
    rows, apart = [], 0.0
    for precision in (2.0, 10.0, 50.0, 1000.0, 20000.0):
        row = [f"{precision:g}"]
        for shift in wanted:
            turned = {"odds_later": boundary + shift, "promised": 0.0, "margin": 1e-6}
            strike = float(play(solved("preventive-war", precision=precision, **turned), "strike")[0, 1])
            by_hand = closed_forms.promise(game._replace(**turned), precision).waits
            apart = max(apart, abs(strike - float(expit(-precision * by_hand))))
            row.append(f"{strike:.4f}")
        rows.append(row)
    headings = ["precision", *(f"{shift:+.3f}" for shift in wanted)]
    return (
        f"Boundary: later odds of {boundary:.6f}.\n\n{table(headings, rows)}\n\n"
        f"Largest difference between longgame and the recursion: {small(apart)}."
    )


# --- Cho and Kreps ----------------------------------------------------------------------------------------------------


def beer_quiche() -> str:
    """Breakfasts by region, far along the branch."""
    rows = []
    for strong, quiet, region, theory in [
        (0.9, 2.0, "all have beer", (1.0, 1.0)),
        (0.6, 2.0, "all have beer", (1.0, 1.0)),
        (0.3, 2.0, "some of the weak have beer", (1.0, 0.3 / 0.7)),
        (0.9, 0.5, "each its favourite", (1.0, 0.0)),
        (0.3, 0.5, "each its favourite", (1.0, 0.0)),
    ]:
        found = [
            play(solved("beer-quiche", strong_share=strong, quiet=quiet, precision=p), "order")[:, 0]
            for p in (3.0, 10.0, 100.0)
        ]
        pairs = [f"{a:.3f}, {b:.3f}" for a, b in [*found, theory]]
        rows.append([f"{strong:g}", f"{quiet:g}", region, *pairs])
    headings = ["strong", "worth of quiet", "in theory", "precision 3", "10", "100", "limit in theory"]
    beliefs = closed_forms.beer_quiche(0.9, 2.0, [0.01, 1.0, 2.0, 3.0, 5.0, 10.0])
    chain = table(
        ["precision", "0.01", "1", "2", "3", "5", "10"],
        [["chance that who has quiche is weak", *(f"{b.weak_quiche:.4f}" for b in beliefs)]],
    )
    return f"{table(headings, rows)}\n\n{chain}"


def lattice() -> str:
    """The error of the lattice against the branch followed without one."""
    tenths = np.arange(1, 10) / 10
    rows, points = [], []
    for precision in (1.0, 2.0, 3.0):
        row = [f"{precision:g}"]
        exact = {s: closed_forms.beer_quiche(s, 2.0, [precision])[0][:2] for s in tenths}
        for resolution in (10, 20, 40, 80):
            solution = solved("beer-quiche", precision=precision, lattice=resolution)
            apart = [play(solution, "order", belief=np.array([s, 1 - s]))[:, 0] - exact[s] for s in tenths]
            error = float(np.sqrt(np.mean(np.square(apart))))
            row.append(small(error))
            points.append({"lattice": resolution, "error": error, "players": f"precision {precision:g}"})
        rows.append(row)
    draw("lattice", points, "lattice", "error", "players", "Error of choice", log_x=True, log_y=True,
         x_title="steps of the lattice")  # fmt: skip
    return table(["precision", "lattice of 10", "20", "40", "80"], rows)


# --- McKelvey and Palfrey, Kreps and Wilson ---------------------------------------------------------------------------


def centipede() -> str:
    """The chance of taking at each move, by precision."""
    rows, points, apart = [], [], 0.0
    moves = ("first", "second", "third", "fourth")
    for precision in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0):
        solution = solved("centipede", precision=precision)
        taken = [float(play(solution, move)[0, 0]) for move in moves]
        by_hand = closed_forms.centipede(closed_forms.FOUR_MOVES, precision)
        apart = max(apart, float(np.abs(taken - by_hand).max()))
        rows.append([f"{precision:g}", *(f"{chance:.4f}" for chance in taken)])
        points += [{"precision": precision, "take": c, "move": m} for m, c in zip(moves, taken, strict=True)]
    draw("centipede", points, "precision", "take", "move", "Chance of taking", x_title="precision, per dollar")
    return f"{table(['precision', *moves], rows)}\n\nLargest difference from the recursion: {small(apart)}."


def chain_store() -> str:
    """The path of play where all shops that open are fought, against Kreps and Wilson."""
    theory = closed_forms.reputation(0.1, 0.5, 2.0, 0.999, 6)
    paths = {p: reputation_path(solved("chain-store", precision=p)) for p in (3.0, 10.0, 30.0)}
    headings = ["shop", *(f"precision {p:g}" for p in paths), "Kreps and Wilson"]
    rows = [
        [str(n + 1), *(f"{path[n][0]:.3f}, {path[n][1]:.3f}" for path in (*paths.values(), theory))] for n in range(6)
    ]
    apart = [f"{float(np.abs(np.array(path) - np.array(theory)).max()):.3f}" for path in paths.values()]
    return table(headings, [*rows, ["largest difference", *apart, ""]])


# --- the page ---------------------------------------------------------------------------------------------------------

PARTS: dict[str, Callable[[], str]] = {
    "rubinstein": rubinstein,
    "fearon": fearon,
    "powell": powell,
    "preventive-war": preventive_war,
    "beer-quiche": beer_quiche,
    "lattice": lattice,
    "centipede": centipede,
    "chain-store": chain_store,
}


def draw(
    name: str,
    points: list[dict],
    x: str,
    y: str,
    series: str,
    y_title: str,
    *,
    x_title: str | None = None,
    log_x: bool = False,
    log_y: bool = False,
    rule: float | None = None,
) -> None:
    """A line chart of ``points`` by series, as docs/figures/NAME.svg."""
    kind = {True: alt.Scale(type="log"), False: alt.Scale()}
    chart = alt.Chart(alt.Data(values=points)).mark_line(point=True).encode(
        x=alt.X(f"{x}:Q", title=x_title or x, scale=kind[log_x]),
        y=alt.Y(f"{y}:Q", title=y_title, scale=kind[log_y]),
        color=alt.Color(f"{series}:N", title=None, sort=None),
        strokeDash=alt.StrokeDash(f"{series}:N", title=None, sort=None),
    )  # fmt: skip
    if rule is not None:
        chart = alt.Chart(alt.Data(values=[{x: rule}])).mark_rule(strokeDash=[4, 4]).encode(x=f"{x}:Q") + chart
    whole = chart.properties(width=520, height=260, background="white", padding=10)
    (HERE / f"{name}.svg").write_text(vl_convert.vegalite_to_svg(whole.to_json()), encoding="utf-8")


def filled(page: str) -> str:
    """The page with every marked part measured anew."""
    for name, measure in PARTS.items():
        marked = re.compile(rf"(<!-- measured: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not marked.search(page):
            raise ValueError(f"no place for {name} on the page")
        text = measure()
        page = marked.sub(lambda found, text=text: f"{found[1]}\n{text}\n\n{found[2]}", page)
        print(f"{name} measured", flush=True)
    return page


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
