"""What a claim rests on: the tiny game, whose answers are known by hand, from Python and through the command line."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.answers.assess import assess
from longgame.answers.parts import Points, Table
from longgame.answers.rests_on import rests_on
from longgame.answers.rests_on_rows import RestsOn, parts
from longgame.answers.verdicts import LEAST_DRAWS, unseen_failures
from longgame.cli import main
from longgame.cli.output import Exit
from longgame.errors import QuestionError, RunError
from longgame.solver.solution import Status
from tests.keys import keys_of
from tests.test_assessment import CLAIMS
from tests.tiny import TEXT, tiny

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def rich():
    """Of `rich`: the prize, uniform from 0.5 to 1.5, is at least 0.9 (2 * prize > 1.8); nothing else matters."""
    return rests_on(tiny(CLAIMS), "rich", draws=128, seed=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of a finished run of all claims."""
    out = tmp_path_factory.mktemp("runs") / "out"
    assess(tiny(CLAIMS), draws=128, seed=1, folder=out)
    return out


def test_shares_with_intervals(rich):
    assert (rich.holds, rich.margin, rich.built_in) == (True, pytest.approx(0.2), False)
    plain, weighted = rich.shares.plain, rich.shares.weighted
    assert plain.share == pytest.approx(0.6, abs=0.01) and plain.low < 0.6 < plain.high
    assert plain.high - plain.low == pytest.approx(2 * 1.96 * np.sqrt(0.24 / 128), rel=0.05)
    assert weighted.low < weighted.share < weighted.high and rich.shares.no_answer == 0
    assert rich.status == Status.CONVERGED.value


def test_only_the_prize_matters(rich):
    first, second = rich.effects
    assert first.assumption == "prize" and (first.low, first.high, first.value) == (0.5, 1.5, 1.0)
    assert first.margin.rank == first.truth.rank == 1
    assert first.margin.matters and first.truth.matters and not second.margin.matters
    assert first.margin.first == pytest.approx(1.0, abs=0.05)
    assert first.margin.direction == pytest.approx(1.0)
    assert first.margin.first_low < first.margin.first < first.margin.first_high


def test_ranks_are_there_where_an_assumption_moves_the_margin_by_more_than_chance_would(rich):
    found = rich.to_json()
    said = "No assumption moves the margin by more than chance would: none is ranked."

    def shown() -> tuple[tuple[str, ...], list[str]]:
        told = parts(found)
        [table] = [part for part in told if isinstance(part, Table)]
        return table.headings, [text for part in told if isinstance(part, Points) for text in part.items]

    headings, notes = shown()
    assert "Rank" in headings and said not in notes
    for row in found["effects"]:
        row["margin"]["matters"] = row["truth"]["matters"] = False
    headings, notes = shown()
    assert "Rank" not in headings and "Index" in headings and said in notes
    assert not any(note.startswith("*") for note in notes)


def test_the_box(rich):
    [box] = rich.boxes
    low, high = box.limits["prize"]
    assert low is None and high == pytest.approx(0.9, abs=0.03)
    assert list(box.limits) == ["prize"] and box.coverage > 0.95 and box.density > 0.95
    assert re.fullmatch(r"fails when prize < 0\.\d+: \S.*% of the failures, 4\d% of the draws", box.says)


def test_the_nearest_counterexample_is_solved(rich):
    nearest = rich.turns.nearest
    assert nearest.confirmed and nearest.holds is False
    assert nearest.values == {"prize": pytest.approx(0.9, abs=2e-3)}
    assert nearest.distance == pytest.approx(0.1, abs=2e-3)
    assert -0.005 < nearest.margin < 0 and nearest.says.startswith("prize from 1 to 0.")
    assert nearest.status == Status.CONVERGED.value


def test_a_claim_that_fails_turns_where_it_holds():
    found = rests_on(tiny(CLAIMS), "trusted", draws=64)
    assert found.holds is False and found.turns.nearest.holds is True
    assert found.turns.nearest.values == {"prior_yes": pytest.approx(0.5, abs=2e-3)}
    assert found.boxes[0].says.startswith("holds when prior_yes > 0.")
    assert "of the draws in which it holds" in found.boxes[0].says


def test_what_moves_nothing_is_not_named_whatever_the_draws_say(monkeypatch):
    """The worst of luck: in the draws everything seems to matter. The prior has no slope, and is tried end to end."""
    monkeypatch.setattr("longgame.inference.indices.tested", lambda read, y, possible: np.where(possible, 0.0, 1.0))
    found = rests_on(tiny(CLAIMS), "rich", draws=64)
    prize, prior = found.effects
    assert (prize.assumption, prior.assumption, prior.slope) == ("prize", "prior_yes", 0.0)
    assert prize.margin.matters and not prior.margin.matters and not prior.truth.matters
    assert prior.margin.pawn == prior.margin.direction == 0.0
    assert all(list(box.limits) == ["prize"] for box in found.boxes)


def test_a_number_of_known_order_of_magnitude_is_measured_by_factors():
    text = TEXT.replace("range: [0.5, 1.5]", "distribution: {loguniform: [0.5, 4]}")
    found = rests_on(longgame.loads(text + CLAIMS), "rich", draws=128)
    assert found.shares.plain.share == pytest.approx(np.log(4 / 0.9) / np.log(8), abs=0.05)
    assert found.turns.nearest.values == {"prize": pytest.approx(0.9, abs=2e-3)}
    assert found.turns.nearest.distance == pytest.approx(np.log(1 / 0.9) / np.log(8), abs=2e-3)
    assert found.turns.nearest.says.startswith("prize from 1 to 0.")


def test_a_finished_run_is_used_again(folder, rich, monkeypatch):
    monkeypatch.setattr("longgame.answers.rests_on.solve_draws", None)  # it would fail
    found = rests_on(folder, "rich")
    for name in ("shares", "effects", "boxes", "holds", "margin"):
        assert getattr(found, name) == getattr(rich, name), name
    assert (found.seed, found.draws) == (1, 128)
    assert found.scenario.name != "claims"


def test_an_unfinished_run_is_refused(folder, tmp_path):
    (tmp_path / "run.json").write_bytes((folder / "run.json").read_bytes())
    with pytest.raises(RunError, match="not finished"):
        rests_on(tmp_path, "rich")


def test_built_in_takes_enough_draws():
    assert LEAST_DRAWS == 59  # 0.95^59 = 0.048
    assert unseen_failures(59) < 0.05 < unseen_failures(58)
    assert unseen_failures(300) == pytest.approx(3 / 300, rel=0.01)
    few, many = (rests_on(tiny(CLAIMS), "always", draws=draws) for draws in (58, 59))
    assert (few.built_in, many.built_in) == (False, True)
    assert few.shares.plain.share == many.shares.plain.share == 1.0
    assert any("At least 59" in note for note in few.notes) and not any("At least 59" in note for note in many.notes)
    assert many.turns.nearest is None and "no change within the ranges was found" in many.turns.note


def test_without_an_answer_and_without_draws():
    found = rests_on(tiny(CLAIMS), "spoken", draws=0)
    assert found.holds is None and found.shares is None and found.boxes == []
    assert found.notes[0].startswith("No answer at the base case: `tell` cannot come up")
    fixed = TEXT.replace("range: [0.5, 1.5], ", "").replace("range: [0.25, 0.75], ", "")
    alone = rests_on(longgame.loads(fixed + CLAIMS), "rich", draws=8)
    assert alone.effects == [] and "No assumption varies" in alone.turns.note


def test_an_unknown_claim():
    with pytest.raises(QuestionError) as caught:
        rests_on(tiny(CLAIMS), "rihc")
    assert "rich" in str(caught.value)


# --- every claim of a run, in short -----------------------------------------------------------------------------------


def test_a_run_says_it_in_short(folder):
    claims = {row.id: row for row in longgame.resume(folder).claims}
    assert claims["rich"].rests_on.draws == 128
    assert [lead.assumption for lead in claims["rich"].rests_on.assumptions] == ["prize"]
    assert claims["rich"].rests_on.assumptions[0].direction == pytest.approx(1.0)
    assert claims["rich"].rests_on.box.startswith("fails when prize < 0.")
    assert claims["trusted"].rests_on.box.startswith("holds when prior_yes > 0.5")
    assert claims["always"].rests_on.box == "" and claims["spoken"].rests_on is None
    few = assess(tiny(CLAIMS), draws=39, seed=1)
    assert {row.rests_on for row in few.claims} == {None}


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command(tmp_path, folder, capsys):
    file = tmp_path / "tiny.yaml"
    file.write_text(TEXT + CLAIMS, encoding="utf-8")
    assert main(["rests-on", str(file), "rich", "--draws", "64", "--set", "prize=1.2"]) == Exit.DONE
    text = capsys.readouterr().out
    verdict = "Follows, contested; margin +0.600, +1.0 spreads"
    for words in (verdict, "prize", "It fails when prize < 0.", "prize from 1.2 to 0.", "draws"):
        assert words in text, text
    assert max(map(len, text.splitlines())) <= 110
    assert main(["rests-on", str(folder), "rich", "--json"]) == Exit.DONE
    printed = json.loads(capsys.readouterr().out)
    assert list(printed)[:5] == ["longgame", "layout", "scenario", "seed", "draws"] and printed["draws"] == 128
    assert main(["rests-on", str(folder), "rich", "--set", "prize=1"]) == Exit.BAD_INPUT
    assert main(["rests-on", str(folder), "poor"]) == Exit.BAD_INPUT
    assert main(["rests-on", str(tmp_path), "rich"]) == Exit.BAD_INPUT
    assert "holds no run" in capsys.readouterr().err


def test_an_unsolved_base_case_has_its_own_exit_code(tmp_path, monkeypatch, capsys):
    file = tmp_path / "tiny.yaml"
    file.write_text(TEXT + CLAIMS, encoding="utf-8")
    rows = "longgame.answers.rests_on.worst"
    monkeypatch.setattr(rows, lambda statuses: Status.UNCONVERGED)
    assert main(["rests-on", str(file), "rich", "--draws", "0"]) == Exit.NOT_CONVERGED
    assert Status.UNCONVERGED.value.split(";")[0] in " ".join(capsys.readouterr().out.split())


# --- the document -----------------------------------------------------------------------------------------------------


def test_every_key_is_documented():
    text = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("assumptions.md", "answers.md"))
    assert {field.name for field in fields(RestsOn)} <= keys_of(RestsOn)
    assert keys_of(RestsOn) - set(re.findall(r"`([a-z0-9_]+)`", text)) == set()
