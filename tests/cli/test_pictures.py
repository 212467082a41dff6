"""Drawings on the command line."""

from __future__ import annotations

import json

from longgame.cli import main
from longgame.cli.output import Exit


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
        "does": ["outcome becomes agreed", "share becomes modest_demand"], "then": None,
    }  # fmt: skip


def test_show_refuses_what_is_no_scenario(capsys):
    assert main(["show", "no-such-thing"]) == Exit.BAD_INPUT
    assert "no-such-file" in capsys.readouterr().err
