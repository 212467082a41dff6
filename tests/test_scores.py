"""Forecasts held against what happened: outcomes in a scenario, their scores, and the command."""

from __future__ import annotations

import json

import numpy as np
import pytest

import longgame
from longgame.answers.record import evidence_until, markdown
from longgame.answers.scores import base_rate, guess_rows, library_outcomes
from longgame.cli import main
from longgame.scenario import library
from longgame.scenario.load import all_problems, loads

CASE = """
title: A coin that is tossed each month
clock: {start: 2025-01, periods: 6}
actors:
  watcher: {lambda: 1, discount: 0.9}
assumptions:
  p_heads: {value: 0.2, range: [0.1, 0.5], source: judgement}
state:
  side: {values: [tails, heads], start: tails}
  seen: {values: ["no", "yes"], start: "no"}
period:
  - move: look
    by: watcher
    options: {look: {set: {seen: "yes"}}, wait: {}}
  - chance: toss
    outcomes:
      heads: {p: p_heads, set: {side: heads}}
      tails: {p: rest}
payoffs: {watcher: 0}
forecasts:
  heads: {event: side == heads, says: Heads was tossed.}
evidence:
  - {on: 2025-01, chance: toss, happened: tails}
  - {on: 2025-02, chance: toss, happened: tails}
outcomes:
  - {forecast: heads, by: 2025-03, happened: no, crowd: 0.3}
  - {forecast: heads, by: 2025-04, happened: yes}
"""


@pytest.fixture
def case(tmp_path):
    file = tmp_path / "coin.yaml"
    file.write_text(CASE, encoding="utf-8")
    return file


def by_guess(record):
    return {row.guess: row for row in record.guesses}


def test_the_scores_of_a_case_by_hand(case):
    record = longgame.score(case, draws=0)
    chances = [row.model for row in record.cases[0].scores.outcomes]
    assert chances == pytest.approx([0.2, 1 - 0.8**2], abs=1e-9)  # the first toss that counts is that of March
    rows = by_guess(record)
    assert rows["model"].brier == pytest.approx((0.2**2 + 0.64**2) / 2)
    assert rows["model"].log == pytest.approx(-(np.log(0.8) + np.log(0.36)) / 2)
    assert rows["status_quo"].brier == 0.5  # nothing had happened when the forecasts were made
    assert rows["coin"].brier == 0.25
    assert (rows["crowd"].n, rows["crowd"].brier, rows["crowd"].beside) == (1, pytest.approx(0.09), pytest.approx(0.04))
    assert "over_draws" not in rows
    assert "better than" in record.says and "the crowd (where there is one: 0.090 against 0.040)" in record.says


def test_what_is_over_draws_is_the_model_s_where_there_is_any():
    row = {"model": 0.5, "over_draws": 0.8, "status_quo": 0.0, "base_rate": None, "crowd": None, "happened": True}
    rows = [row, row | {"over_draws": None, "happened": False}, row | {"model": None}]
    found = {one.guess: one for one in guess_rows(rows)}
    assert found.keys() == {"over_draws", "model", "coin", "status_quo"}
    assert (found["over_draws"].n, found["over_draws"].brier) == (1, pytest.approx(0.04))
    assert (found["model"].n, found["model"].brier, found["model"].beside) == (2, 0.25, None)
    assert (found["coin"].n, found["coin"].beside) == (2, pytest.approx((0.04 + 0.25) / 2))


def test_the_base_rate_is_that_of_all_other_cases():
    counts = library_outcomes()
    for name in ("", *counts):
        others = [one for case, one in counts.items() if case != name]
        assert base_rate(name) == pytest.approx(sum(a for a, _ in others) / sum(n for _, n in others))
    assert len({base_rate(name) for name in counts}) > 1


def test_a_case_with_outcomes_is_compared_without_draws(case):
    found = longgame.whatif(case, {"p_heads": 0.4}, draws=0)
    assert found.draws == 0


def test_evidence_after_a_date_is_not_used(case):
    rows = longgame.score(case, draws=0, until=["2025-01"]).rows()
    assert [row["model"] for row in rows] == pytest.approx([1 - 0.8**2, 1 - 0.8**3], abs=1e-9)
    assert {row["until"] for row in rows} == {"2025-01"}
    kept = evidence_until(longgame.load(case), "2025-01-31").evidence
    assert [piece.on for piece in kept] == ["2025-01"]


@pytest.mark.parametrize("until", ["2025-01-20", "2025-02", "2025-03-05", "2025-04-02", "2025-05", 4])
@pytest.mark.parametrize(
    "piece",
    [
        "{quiet: {toss: tails}, from: 2025-03, to: 2025-05}",
        "{between: [2025-03, 2025-05], chance: toss, happened: heads}",
        "{between: [2025-03-02, 2025-04-01], chance: toss, happened: heads}",
        "{quiet: {toss: tails}, from: 2025-03, to: 2025-05, p: 0.9}",
        "{on: 2025-03, chance: toss, happened: tails}",
    ],
)
def test_what_is_known_by_a_date_is_what_a_question_at_that_date_knows(piece, until):
    """What is said of a span of time is known when it is over, or, of each period that was quiet, when that is."""
    text = CASE.replace("period:", "hidden:\n  coin: {known_to: [], values: {fair: 0.5, bent: rest}}\nperiod:")
    text = text.replace("p: p_heads", "p: p_heads + 0.3 * (coin == bent)")
    whole = loads(text.replace("\noutcomes:", f"\n  - {piece}\noutcomes:"))
    there = longgame.ask(whole, "belief(coin == bent)", at=str(until))
    here = longgame.ask(evidence_until(whole, until), "belief(coin == bent)")
    assert here["value"] == pytest.approx(there["value"], abs=1e-12)


def test_the_outcomes_of_the_library_are_those_of_its_scenarios():
    """They are read without the scenarios, as every run asks for the base rate."""
    found = {name: longgame.load(name).outcomes for name in library.names() if "outcomes:" in library.read(name)}
    counted = {name: (sum(one.came_true for one in some), len(some)) for name, some in found.items() if some}
    assert library_outcomes() == counted and len(counted) >= 5


def test_of_what_was_quiet_the_periods_that_are_over_are_kept():
    piece = "{quiet: {toss: tails}, from: 2025-03, to: 2025-05}"
    whole = loads(CASE.replace("\noutcomes:", f"\n  - {piece}\noutcomes:"))
    found = {until: [(one.from_, one.to) for one in evidence_until(whole, until).evidence[2:]]
             for until in ("2025-03-30", "2025-03-31", "2025-05-30", "2025-05-31")}  # fmt: skip
    assert found == {
        "2025-03-30": [],
        "2025-03-31": [("2025-03", "2025-03")],
        "2025-05-30": [("2025-03", "2025-04")],
        "2025-05-31": [("2025-03", "2025-05")],
    }


def test_over_draws_the_chance_is_weighed_by_the_evidence(case):
    record = longgame.score(case, draws=64)
    drawn = [row.over_draws for row in record.cases[0].scores.outcomes]
    grid = np.linspace(0.1, 0.5, 4001)
    weight = (1 - grid) ** 2
    exact = [np.average(1 - (1 - grid) ** n, weights=weight) for n in (1, 2)]
    assert drawn == pytest.approx(exact, abs=0.02)  # of a thousand paths a draw, and 64 draws


def test_outcomes_touch_nothing_else(case, tmp_path):
    bare = tmp_path / "bare.yaml"
    bare.write_text(CASE.split("outcomes:\n  - {forecast")[0], encoding="utf-8")
    one, other = (longgame.assess(file, draws=8).to_json() for file in (case, bare))
    apart = {"scenario", "started", "seconds", "scores"}
    assert {key for key in one if one[key] != other[key]} <= apart
    assert one["scores"]["outcomes"] and not other["scores"]["outcomes"]


@pytest.mark.parametrize(
    ("outcome", "code", "said"),
    [
        ("{forecast: head, by: 2025-03, happened: no}", "unknown-forecast", "`heads`"),
        ("{forecast: heads, by: 2031-03, happened: no}", "bad-date", "2025-06"),
        ("{forecast: heads, by: 2025-03, happened: perhaps}", "unknown-value", "`yes` or `no`"),
        ("{forecast: heads, by: 2025-02, happened: no, crowd: 1.3}", None, "1"),
        ("{forecast: heads, by: 2025-04, happened: no}", "outcome-twice", "one outcome"),
        ("{forecast: heads, by: 2025-05, happened: no}", "outcome-contradicts", "`no` after `yes`"),
    ],
)
def test_what_is_wrong_with_an_outcome_is_said_at_its_place(outcome, code, said):
    text = CASE + f"  - {outcome}\n"
    found = [problem for problem in all_problems(text) if problem.severity == "error"]
    assert len(found) == 1
    assert found[0].where.line == text.count("\n") and said in str(found[0])
    assert code is None or found[0].code == code


def test_a_case_without_outcomes_is_refused(tmp_path, capsys):
    assert main(["score", "take-it-or-leave-it"]) == 2
    assert "outcomes" in capsys.readouterr().err


def test_the_command(case, capsys, tmp_path):
    page = tmp_path / "record.md"
    assert main(["score", str(case), "--draws", "0", "--out", str(page)]) == 0
    assert "Nothing changes" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8").startswith("# The record")
    assert main(["score", str(case), "--draws", "0", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["cases"][0]["scores"]["outcomes"][1]["model"] == pytest.approx(0.36)
    assert markdown(found) == page.read_text(encoding="utf-8")
    assert main(["score", str(case), "--draws", "0", "--csv", "--until", "2025-01", "--until", "2025-02"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 5
    assert main(["score", str(case), "--draws", "0", "--until", "soon"]) == 2


def test_a_run_says_above_its_forecasts_how_good_they_were(case, capsys):
    assert main(["forecast", str(case)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert out.index("better than a coin (0.250)") < out.index("Chance that it has happened") < out.index("Happened")
