"""Drawings on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from longgame.cli import main
from longgame.cli.output import Exit

POKER = str(Path(__file__).parents[1] / "gambit" / "games" / "poker.efg")


def test_show_prints_the_game(capsys):
    assert main(["show", "truce-on-offer"]) == Exit.DONE
    out = capsys.readouterr().out
    assert "○  ○  ●  │  2 truce_offer" in out and "aim             peace 50% or reset 50%; known to patron." in out


def test_show_follows_set(capsys):
    assert main(["show", "truce-on-offer", "--set", "prior_reset=0.2"]) == Exit.DONE
    assert "peace 80% or reset 20%" in capsys.readouterr().out


def test_show_writes_a_drawing(tmp_path, capsys):
    out = tmp_path / "game.svg"
    assert main(["show", "beer-quiche", "--out", str(out)]) == Exit.DONE
    assert out.read_text(encoding="utf-8").startswith("<svg") and str(out) in capsys.readouterr().out


def test_show_as_json(capsys):
    assert main(["show", "take-it-or-leave-it", "--json"]) == Exit.DONE
    shown = json.loads(capsys.readouterr().out)
    assert [step["name"] for step in shown["steps"]] == ["terms", "war"]
    assert shown["hidden"][0]["values"] == {"resolute": 0.6, "anxious": 0.4}
    assert shown["steps"][0]["options"][0] == {
        "name": "modest", "says": "", "when": None, "chance": None, "lottery": [], "seen_as": None, "alike": [],
        "does": ["outcome becomes agreed", "share becomes modest_demand"], "then": None, "pays": {},
    }  # fmt: skip


def test_show_refuses_what_is_no_scenario(capsys):
    assert main(["show", "no-such-thing"]) == Exit.BAD_INPUT
    assert "no-such-file" in capsys.readouterr().err


def test_play_prints_the_likeliest_paths(capsys):
    assert main(["play", "take-it-or-leave-it", "--at", "start"]) == Exit.DONE
    out = capsys.readouterr().out
    assert re.search(r"74%  █+.?\s+├─ 2025: proposer terms\.bold", out)
    assert "From 2025, before any evidence, to the end of 2025." in out and "other paths" in out
    assert "chance war.won (settled, outcome war)" in out


def test_play_writes_a_drawing_and_json(tmp_path, capsys):
    out = tmp_path / "play.svg"
    asked = ["play", "beer-quiche", "--at", "start", "--given", "weak", "--least", "0.001"]
    assert main([*asked, "--out", str(out)]) == Exit.DONE
    assert out.read_text(encoding="utf-8").startswith("<svg") and str(out) in capsys.readouterr().out
    assert main([*asked, "--json"]) == Exit.DONE
    found = json.loads(capsys.readouterr().out)
    assert found["given"] == "weak" and found["least"] == 0.001 and found["course"]["probability"] == 1.0
    assert found["course"]["belief"]["kind"]["strong"] == 0.9  # what the public believes, whatever is given
    assert found["course"]["further"][0]["option"] == "beer"


def test_play_shows_a_strategy(capsys):
    asked = ["play", "beer-quiche", "--at", "start", "--strategy", "challenge"]
    assert main([*asked, "--state", "breakfast=quiche", "--belief", "weak=0.5"]) == Exit.DONE
    out = capsys.readouterr().out
    assert "challenge, by watcher, in period 1" in out and "kind is strong 50%" in out
    assert re.search(r"fight +0\.5000", out) and re.search(r"leave +0\.5000", out)
    assert main([*asked, "--json"]) == Exit.DONE
    found = json.loads(capsys.readouterr().out)
    assert [option["option"] for option in found["rows"][0]["options"]] == ["fight", "leave"]


def test_play_shows_where_it_may_lead(tmp_path, capsys):
    asked = ["play", "take-it-or-leave-it", "--at", "start", "--timeline"]
    assert main([*asked, "--by", "outcome"]) == Exit.DONE
    assert re.search(r"outcome war +0% +45%", capsys.readouterr().out)
    out = tmp_path / "timeline.svg"
    assert main([*asked, "--out", str(out)]) == Exit.DONE
    assert "<svg" in out.read_text(encoding="utf-8")
    capsys.readouterr()
    assert main([*asked, "--json"]) == Exit.DONE
    found = json.loads(capsys.readouterr().out)
    assert found["variables"] == ["outcome"] and len(found["flows"]) == 1


def test_small_games_are_drawn_as_trees(tmp_path, capsys):
    assert main(["show", "beer-quiche", "--tree"]) == Exit.DONE
    assert "│  ├─ beer · watcher challenge [1]" in capsys.readouterr().out
    out = tmp_path / "tree.svg"
    assert main(["play", "beer-quiche", "--tree", "--out", str(out)]) == Exit.DONE
    assert ">0.99" in out.read_text(encoding="utf-8").replace("&gt;", ">")
    capsys.readouterr()
    assert main(["show", "truce-on-offer", "--tree"]) == Exit.BAD_INPUT
    assert "--periods 1" in capsys.readouterr().err


def test_files_of_gambit_are_drawn_as_trees(capsys):
    assert main(["show", POKER, "--tree"]) == Exit.DONE
    assert "├─ raise · Bob sees a raise [1]" in capsys.readouterr().out
    assert main(["play", POKER, "--lambda", "0", "--json"]) == Exit.DONE
    found = json.loads(capsys.readouterr().out)
    assert {node["choice"] for node in found["nodes"]} == {None, 0.5}  # at 0 all choice is even
    assert main(["show", "no-such.efg"]) == Exit.BAD_INPUT
    assert "no-file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "option"),
    [
        (["--periods", "2"], "--periods"),
        (["--by", "duel"], "--by"),
        (["--timeline", "--by", "duell"], "--by"),
        (["--on", "1"], "--on"),
        (["--strategy", "challenge", "--state", "breakfast"], "--state"),
        (["--strategy", "challenge", "--belief", "weak=much"], "--belief"),
        (["--strategy", "challenge", "--belief", "weak=2"], "--belief"),
        (["--strategy", "challenge", "--belief", "weak=nan"], "--belief"),
        (["--strategy", "challenge", "--belief", "weak=inf", "--belief", "strong=-inf"], "--belief"),
        (["--strategy", "chalenge"], "--strategy"),
        (["--given", "kind == war"], "--given"),
    ],
)
def test_play_says_which_option_is_wrong(more, option, capsys):
    assert main(["play", "beer-quiche", *more]) == Exit.BAD_INPUT
    said = capsys.readouterr().err
    assert any(line.startswith(f"{option}: error") for line in said.splitlines())
