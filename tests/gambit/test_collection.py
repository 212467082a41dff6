"""Gambit's own collection: what collection.json says, and the verdicts on its small games found again."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from longgame.exact.histories import solve_extensive
from tests.exact.tiny_steps import Equations, Steps, trace
from tests.gambit.collection import APART, LAMBDAS, MODERATE, NEAR, apart, by_number, verdict
from tests.gambit.small_games import GAMES

DATA = json.loads((Path(__file__).parent / "collection.json").read_text(encoding="utf-8"))
SUMMARY, ROWS = DATA["summary"], DATA["differences"]
MANIFOLD = "w_ex2"  # five crossings at one point: it takes the tiniest steps to come back there from another branch
SMALL = [row for row in ROWS if row["file"] in GAMES]


def test_the_count_is_that_of_the_rows():
    assert SUMMARY["games"] == 174
    assert SUMMARY["compared"] == sum(SUMMARY["compared_by_lambda"].values()) >= 139
    assert SUMMARY["agree"] + len(ROWS) == SUMMARY["compared"]
    assert SUMMARY["verdicts"] == Counter(row["verdict"] for row in ROWS)
    assert SUMMARY["solved_by_us"] == SUMMARY["traced_independently"] == 174 * len(LAMBDAS) - sum(
        SUMMARY["not_solved_by_us"].values()
    )  # fmt: skip


def test_ours_is_on_the_branch_in_every_game():
    assert SUMMARY["largest_distance_from_tracing"] < 1e-8
    for row in ROWS:
        assert row["verdict"] == verdict(row)
        assert row["residual"] < 1e-10
        assert row["apart_from_tracing"] < 1e-8, row["file"]


def test_the_verdict_follows_from_what_was_found():
    """Each in the order in which it excludes the others."""
    row: dict[str, Any] = {"asked": 2.0, "gambit_reached": 2.0, "tracing": "there", "apart_from_tracing": 1e-12}
    assert verdict(row | {"tracing": "lost"}) == "unsettled"
    assert verdict(row | {"apart_from_tracing": 0.1, "met": [1.0]}) == "ours strays"
    assert verdict(row | {"gambit_reached": 1.0, "stopped_off_branch": 1e-7}) == "gambit stops short"
    assert verdict(row | {"gambit_reached": 1.0, "stopped_off_branch": 0.1}) == "gambit strays"
    assert verdict(row | {"apart_from_polished": 1e-9, "back": "start"}) == "gambit inexact"
    assert verdict(row | {"back": "there", "met": [1.0]}) == "at a crossing"
    assert verdict(row | {"back": "start", "met": []}) == "a later point"
    assert verdict(row | {"back": "there", "met": []}) == "gambit strays"


def test_the_docs_say_these_counts():
    text = " ".join((Path(__file__).parents[2] / "docs" / "gambit.md").read_text(encoding="utf-8").split())
    assert f"in all {SUMMARY['solved_by_us']} cases" in text
    assert f"Of {SUMMARY['compared']} comparisons" in text
    assert f"{SUMMARY['agree']} agree to 1e-6" in text
    for name, count in SUMMARY["verdicts"].items():
        assert f"| {name} | {count} |" in text


def test_small_games_are_among_the_differences():
    assert {row["file"] for row in SMALL} == set(GAMES)


@pytest.mark.parametrize("row", SMALL, ids=lambda row: f"{Path(row['file']).stem}-{row['asked']:g}")
def test_a_small_game_is_settled_again(row: dict[str, Any]):
    game, asked = GAMES[row["file"]], row["asked"]
    equations = Equations(game)
    solution = solve_extensive(game, asked)
    ours = {int(h): solution.choice(h) for h in equations.sets}
    assert solution.status.name == row["status"]
    assert by_number(game, ours) == {key: pytest.approx(p, rel=0, abs=1e-9) for key, p in row["choices"].items()}

    tracing = trace(equations, asked, Steps(*MODERATE))
    assert tracing.ended == "there"
    for h, p in equations.choices(tracing.z).items():
        np.testing.assert_allclose(ours[h], p, rtol=0, atol=1e-8)
    assert [lam for lam, _ in tracing.crossings] == pytest.approx(row["tracing_crossings"], rel=1e-2)

    theirs = {int(h): np.array(row["gambit_choices"][f"{game.owner[h] + 1}.{game.numbers[h]}"]) for h in equations.sets}
    assert equations.residual(theirs, row["gambit_reached"]) < 1e-5
    if row["verdict"] == "gambit stops short":
        assert row["gambit_reached"] < asked - APART
    if row["verdict"] == "at a crossing":
        assert apart(row["choices"], row["gambit_choices"]) > APART
    if row["verdict"] == "at a crossing" and MANIFOLD not in row["file"]:
        back = trace(equations, asked, Steps(*MODERATE), start=(equations.odds(theirs), asked))
        assert any(abs(lam - other) < NEAR * lam for lam, _ in back.crossings for other, _ in tracing.crossings)
