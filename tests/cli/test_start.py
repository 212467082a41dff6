"""`longgame new --pattern` and `--list`, as they are typed."""

from __future__ import annotations

import json

from longgame.cli import main
from longgame.cli.output import Exit
from longgame.scenario.patterns import begun, patterns
from longgame.scenario.schema import NAMED


def test_a_pattern_is_written_with_its_new_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "ferry-talks", "--pattern", "labour-dispute", "--json"]) == Exit.DONE
    assert json.loads(capsys.readouterr().out) == {"written": "ferry-talks.yaml", "pattern": "labour-dispute"}
    assert (tmp_path / "ferry-talks.yaml").read_bytes() == (NAMED + begun("ferry-talks", "labour-dispute")).encode()


def test_patterns_are_listed_with_what_they_answer(capsys):
    assert main(["new", "--list"]) == Exit.DONE
    told = capsys.readouterr().out
    assert all(name in told for name in patterns()) and "longgame new NAME --pattern PATTERN" in told
    assert main(["new", "--list", "--json"]) == Exit.DONE
    rows = json.loads(capsys.readouterr().out)["patterns"]
    assert {row["name"]: row["answers"] for row in rows} == {name: one["answers"] for name, one in patterns().items()}
    assert main(["list"]) == Exit.DONE
    assert "longgame new --list" in capsys.readouterr().out


def test_a_pattern_is_no_scenario_yet(capsys):
    assert main(["check", "mediation"]) == Exit.BAD_INPUT
    assert "longgame new NAME --pattern mediation" in capsys.readouterr().err


def test_a_pattern_that_is_not_there(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "ferry-talks", "--pattern", "labor-dispute"]) == Exit.BAD_INPUT
    assert "Did you mean `labour-dispute`?" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
