"""The commands of the exact method: solve, verify, export gambit, import gambit, solve-efg."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from longgame.answers.verification import good_enough, too_near
from longgame.cli import main
from longgame.cli.output import Exit
from longgame.exact.efg import parse_efg, read_efg
from tests.tiny import TEXT

GAMES = Path(__file__).parent / "gambit" / "games"
POKER = str(GAMES / "poker.efg")


@pytest.fixture
def scenario(tmp_path) -> str:
    path = tmp_path / "tiny.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


def test_a_scenario_is_exported_and_solved(scenario, tmp_path, capsys):
    out = tmp_path / "tiny.efg"
    assert main(["export", "gambit", scenario, "--out", str(out), "--json"]) == Exit.DONE
    row = json.loads(capsys.readouterr().out)
    assert row["file"] == str(out) and row["nodes"] == 15 and row["lambda"] == pytest.approx(1.0986122886681098)
    assert read_efg(out).title == "A tiny game"
    assert main(["solve-efg", str(out), "--lambda", str(row["lambda"]), "--json"]) == Exit.DONE
    answers = json.loads(capsys.readouterr().out)
    chosen = {row["label"]: row["probabilities"] for row in answers["information_sets"]}
    assert chosen["tell | the start | h=yes"]["loud"] == pytest.approx(0.75)
    assert chosen["pick | 1: tell loud"]["go"] == pytest.approx(0.75)


def test_an_export_is_printed_where_no_file_is_named(scenario, capsys):
    assert main(["export", "gambit", scenario]) == Exit.DONE
    assert parse_efg(capsys.readouterr().out).players == ("a", "b", "c")
    assert main(["export", "gambit", scenario, "--json"]) == Exit.DONE
    assert parse_efg(json.loads(capsys.readouterr().out)["text"]).nodes == 15


@pytest.mark.parametrize("command", [["solve-efg"], ["import", "gambit"]])
def test_an_equilibrium_is_a_table(command, capsys):
    assert main([*command, POKER, "--lambda", "2"]) == Exit.DONE
    said = capsys.readouterr().out
    assert "Alice   1 holds red      raise   0.8029593889" in said
    assert "lambda = 2, residual" in said and "without a turn" in said


def test_the_branch_is_shown_from_even_play(capsys):
    assert main(["solve-efg", POKER, "--lambda", "2", "--branch"]) == Exit.DONE
    assert "0.0000     0.5000    0.5000" in capsys.readouterr().out
    assert main(["solve-efg", str(GAMES / "two_repliers.efg"), "--lambda", "100", "--json"]) == Exit.DONE
    answers = json.loads(capsys.readouterr().out)
    assert "turns back" in answers["status"] and answers["turns"] == pytest.approx([61.7, 34.3], abs=0.3)


def test_a_scenario_is_solved_by_public_history(scenario, capsys):
    assert main(["solve", scenario]) == Exit.DONE
    said = capsys.readouterr().out
    assert "Period 1: tell, by b" in said and "Period 1: pick, by a" in said
    assert re.search(r"the start  h=yes  1\.0000  0\.5000  0\.5000  0\.7500  0\.2500", said)
    assert re.search(r"1: tell loud  +0\.5000  0\.7500  0\.2500  0\.2500  0\.7500", said)
    assert "3 public histories at which somebody chooses, 15 nodes" in said
    assert main(["solve", scenario, "--json"]) == Exit.DONE
    answers = json.loads(capsys.readouterr().out)
    assert [row["history"] for row in answers["rows"]] == ["the start", "1: tell loud", "1: tell quiet"]
    documented = (Path(__file__).parents[1] / "docs" / "gambit.md").read_text(encoding="utf-8")
    for key in (*answers, *answers["rows"][0], *answers["rows"][0]["cells"][0]):
        assert f"`{key}`" in documented, key


def test_what_is_hardly_ever_seen_is_left_out_of_the_table(scenario, capsys):
    assert main(["solve", scenario, "--reach", "0.9"]) == Exit.DONE
    said = capsys.readouterr().out
    assert "pick" not in said
    assert "Left out: 2 histories that play reaches with a probability below 0.9; --reach 0 shows all." in said
    assert main(["solve", scenario, "--reach", "2"]) == Exit.BAD_INPUT


def test_the_first_periods_of_a_long_game_are_solved(capsys):
    assert main(["solve", "truce-on-offer", "--periods", "1", "--json"]) == Exit.DONE
    answers = json.loads(capsys.readouterr().out)
    assert (answers["periods"], answers["nodes"], answers["converged"]) == (1, 123, True)
    assert main(["solve", "truce-on-offer"]) == Exit.BAD_INPUT
    assert "Its first 3 period(s) have 125,251. Take these alone (--periods 3)" in capsys.readouterr().err


def test_a_game_without_an_end_is_listed_by_state(scenario, tmp_path, capsys):
    endless = tmp_path / "endless.yaml"
    text = Path(scenario).read_text(encoding="utf-8").replace("periods: 1", "periods: forever")
    endless.write_text(re.sub(r"^end_values:.*\n(?: .*\n)*", "", text, flags=re.MULTILINE), encoding="utf-8")
    assert main(["solve", str(endless)]) == Exit.DONE
    shown = capsys.readouterr().out
    assert "Every period: tell, by b" in shown and "yes for sure" in shown
    assert main(["solve", str(endless), "--near"]) == Exit.DONE
    assert capsys.readouterr().out.startswith(f"extends: {endless}\nsolver:\n  near:\n    tell:\n")
    assert main(["solve", str(endless), "--others"]) == Exit.BAD_INPUT
    assert "longgame claims --others" in capsys.readouterr().err
    assert main(["solve", scenario, "--near"]) == Exit.BAD_INPUT


def test_a_verification_is_a_table_and_a_layout(scenario, capsys):
    assert main(["verify", scenario, "--json"]) == Exit.DONE
    found = json.loads(capsys.readouterr().out)
    exact = found["exact"]
    assert (exact["nodes"], exact["histories"], exact["lattice"], exact["finer"]) == (15, 3, 4, 8)
    assert exact["exact"]["choice"] < 1e-12  # all beliefs on the way are points of the lattice
    assert [row["step"] for row in exact["steps"]] == ["tell", "pick"]
    assert found["plays"] is None and found["scope"] == "The exact method covers the whole game."
    docs = Path(__file__).parents[1] / "docs"
    documented = "".join((docs / name).read_text(encoding="utf-8") for name in ("answers.md", "gambit.md"))
    for key in (*found, *exact, *exact["exact"], *exact["steps"][0]):
        assert f"`{key}`" in documented, key
    assert main(["verify", scenario]) == Exit.DONE
    printed = capsys.readouterr().out
    assert "Lattice of 8, against exact beliefs" in printed and "The scenario makes no claims" in printed


@pytest.mark.parametrize(
    ("holds", "margin", "finer", "near"),
    [(True, 0.3, 0.25, False), (True, 0.3, 0.1, True), (True, 0.01, -0.01, True), (False, -0.2, -0.2, False)],
)
def test_whether_a_lattice_is_good_enough_for_a_claim(holds, margin, finer, near):
    """Twice what a lattice of twice the resolution changes is less than the margin."""
    claim = {"id": "c", "holds": holds, "margin": margin, "finer": {"lattice": 40, "holds": finer > 0, "margin": finer}}
    assert too_near([claim]) == (["c"] if near else [])
    said = "Not good enough for c: its margin is no larger than the error of the lattice of 20."
    assert good_enough([claim]).startswith(said if near else "Good enough for the claim: its margin is larger")
    known = claim | {"error": 0.1, "verdict": "follows"}  # an error that is known says more
    assert too_near([known]) == [] and too_near([known | {"verdict": "open"}]) == ["c"]
    assert "solved exactly" in good_enough([claim | {"error": 0.0}])


def test_verify_says_whether_it_is_good_enough(scenario, capsys):
    with open(scenario, "a", encoding="utf-8") as file:
        file.write("claims: {rash: {says: A is rash., holds: choice(pick.go) > 0.4}}\n")
    assert main(["verify", scenario, "--json"]) == Exit.DONE
    found = json.loads(capsys.readouterr().out)
    assert found["too_near"] == [] and "solved exactly" in found["verdict"]
    assert found["claims"][0]["finer"]["margin"] == pytest.approx(found["claims"][0]["margin"])


def test_a_run_can_be_verified(scenario, tmp_path, capsys):
    with open(scenario, "a", encoding="utf-8") as file:
        file.write("claims: {rash: {says: A is rash., holds: choice(pick.go) > 0.5}}\n")
    out = tmp_path / "out"
    assert main(["run", scenario, "--draws", "0", "--verify", "--out", str(out)]) == Exit.DONE
    found = json.loads((out / "verification.json").read_text(encoding="utf-8"))
    assert found["exact"]["converged"] is True
    answers = json.loads((out / "answers.json").read_text(encoding="utf-8"))
    assert answers["verification"] == found
    assert [claim["finer"] for claim in answers["claims"]] == [
        {"lattice": 8, "holds": claim["holds"], "margin": pytest.approx(claim["margin"], abs=1e-6)}
        for claim in answers["claims"]
    ]
    assert "Lattice of 4, against exact beliefs" in (out / "report.html").read_text(encoding="utf-8")
    said = capsys.readouterr().out
    assert "against exact beliefs" in said and "On a lattice of 8 no claim turns" in said


def test_a_game_too_large_says_so(capsys):
    assert main(["export", "gambit", "truce-on-offer"]) == Exit.BAD_INPUT
    assert "nodes. Its first 3 period(s) have 125,251." in capsys.readouterr().err
    assert main(["verify", "truce-on-offer", "--nodes", "10", "--json"]) == Exit.DONE
    found = json.loads(capsys.readouterr().out)
    assert found["exact"] is None and "one period of it has more than 10 nodes" in found["scope"]
    assert found["plays"]["plays"] == 2000 and 0 < found["plays"]["whole"]["choice"] < 0.01


def test_what_is_wrong_with_a_gambit_file_is_said(tmp_path, capsys):
    path = tmp_path / "broken.efg"
    path.write_text('EFG 2 R "x" { "a" }\nt "" 5', encoding="utf-8")
    assert main(["solve-efg", str(path)]) == Exit.BAD_INPUT
    said = capsys.readouterr().err
    assert f"{path}:2:6: error [efg-outcome]: expected an outcome that has been defined above" in said
    assert main(["solve-efg", POKER, "--lambda", "-1"]) == Exit.BAD_INPUT
    assert main(["solve-efg", POKER, "--lambda", "nan"]) == Exit.BAD_INPUT
