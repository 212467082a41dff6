"""The command line: exit codes, the layout of --json, messages, files that are whole or not there, Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import longgame
from longgame.cli import main
from longgame.cli.output import Exit, Progress, folder_for, write_new, write_whole
from longgame.errors import NotConvergedError
from longgame.solution.solution import Status
from tests.sample_answers import sample

HEAD = ["longgame", "layout", "scenario", "seed", "draws"]
ANSI = "\x1b["


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """The scenario that ``longgame new`` writes."""
    path = tmp_path_factory.mktemp("new") / "case.yaml"
    assert main(["new", "case", "--out", str(path)]) == Exit.DONE
    return path


@pytest.fixture
def answered(monkeypatch):
    """Sample answers in place of a solved game; returns what the commands asked for."""
    asked: dict = {"answers": sample()}

    class Made:
        def to_json(self):
            return asked["answers"]

    def assess(scenario, *, draws, seed, progress, **more):
        asked.update(scenario=scenario, draws=draws, seed=seed)
        asked["answers"].update(draws=draws, seed=seed)
        for done in range(5):
            progress("draws", done, 4)
        return Made()

    def examine(scenario, *blocks, seed, progress):
        assess(scenario, draws=0, seed=seed, progress=progress)
        return {block: asked["answers"][block] for block in (*HEAD, *blocks, "solver")}

    monkeypatch.setitem(vars(longgame), "assess", assess)
    monkeypatch.setitem(vars(longgame), "examine", examine)
    monkeypatch.setitem(vars(longgame), "load", lambda source, overrides: (source, overrides))
    return asked


def said(capsys) -> tuple[str, str]:
    captured = capsys.readouterr()
    return captured.out, captured.err


# --- without a solved game --------------------------------------------------------------------------------------------


def test_help_is_quick_and_loads_nothing_heavy():
    code = (
        "import sys, time; start = time.perf_counter()\n"
        "from longgame.cli import main; main(['--help'])\n"
        "print(time.perf_counter() - start, file=sys.stderr)\n"
        "assert not {'jax', 'numpy', 'scipy', 'pydantic', 'altair', 'yaml'} & set(sys.modules)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True) for _ in range(3)]
    assert all(run.returncode == 0 for run in runs), runs[0].stderr
    assert min(float(run.stderr) for run in runs) < 0.3
    for command in ("list", "new", "check", "run", "claims", "beliefs", "ledger", "forecast", "postures", "ask", "schema"):
        assert re.search(rf"\b{command}\b", runs[0].stdout), command


def test_version(capsys):
    assert main(["--version"]) == Exit.DONE
    assert said(capsys)[0].strip() == longgame.__version__


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["clams"], 'Did you mean "claims"'),
        (["claims"], "requires an argument"),
        (["claims", "x", "--draws", "-1"], ">= 0"),
        (["claims", "x", "--draws", "many"], "--draws"),
        (["run", "x", "--nonsense"], "--nonsense"),
        (["claims", "x", "y"], "y"),
    ],
)
def test_wrong_commands(arguments, words, capsys):
    assert main(arguments) == Exit.BAD_INPUT
    out, err = said(capsys)
    assert out == "" and words in err and "Traceback" not in err
    assert main([*arguments, "--json"]) == Exit.BAD_INPUT
    out, _ = said(capsys)
    (problem,) = json.loads(out)["problems"]
    assert problem["code"] == "usage" and words in problem["found"]


@pytest.mark.parametrize("setting", ["aid_effect", "=3", "aid_effect=", "aid_effect=lots", "aid_effect=nan", "a=1=2"])
def test_wrong_settings(setting, capsys):
    assert main(["claims", "truce-on-offer", "--set", setting, "--set", "x=y", "--json"]) == Exit.BAD_INPUT
    problems = json.loads(said(capsys)[0])["problems"]
    assert [problem["code"] for problem in problems] == ["bad-setting", "bad-setting"]
    assert problems[0]["found"] == repr(setting)


# --- with sample answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "blocks", "draws"),
    [
        ("claims", ["claims", "ensemble", "solver"], 128),
        ("beliefs", ["worlds", "beliefs", "solver"], 0),
        ("ledger", ["ledger", "solver"], 0),
        ("forecast", ["forecasts", "solver"], 0),
        ("postures", ["postures", "solver"], 0),
        ("deals", ["deals", "bargaining", "solver"], 0),
    ],
)
def test_each_block_as_json(command, blocks, draws, answered, capsys):
    assert main([command, "sample", "--json", "--seed", "7", "--set", "a=1.5", "--set", "b=-2"]) == Exit.DONE
    printed = json.loads(said(capsys)[0])
    assert list(printed) == HEAD + blocks
    assert {block: printed[block] for block in blocks} == {block: sample()[block] for block in blocks}
    assert (answered["draws"], answered["seed"]) == (draws, 7)
    assert answered["scenario"] == ("sample", {"a": 1.5, "b": -2.0})


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("claims", ["serves_attacker", "follows, built in", "does not follow", "no answer", "95%", "+0.420", "-0.0300"]),
        ("beliefs", ["18 March 2025", "12%", "peace against reset", "0.14"]),
        ("ledger", ["aid_decision_cut", "-9.6%", "patron"]),
        ("forecast", ["full_truce", "December 2025", "60% (se 1.0)"]),
        ("postures", ["defy", "by the worst case: defy", "0.120"]),
        ("deals", ["energy_truce", "+12.0%", "attacker, patron", "no named deal"]),
    ],
)
def test_each_block_as_a_table(command, words, answered, capsys):
    assert main([command, "sample"]) == Exit.DONE
    out, err = said(capsys)
    for word in words:
        assert word in out, out
    assert ANSI not in out and ANSI not in err
    assert max(map(len, out.splitlines())) <= 110


def test_progress_goes_to_stderr_in_few_lines(answered, capsys):
    main(["claims", "sample", "--json"])
    out, err = said(capsys)
    json.loads(out)
    assert err.splitlines() == ["draws: 0 of 4", "draws: 1 of 4", "draws: 2 of 4", "draws: 3 of 4", "draws: 4 of 4"]


def test_progress_on_a_terminal_overwrites_its_line_and_leaves_none():
    class Terminal:
        def __init__(self):
            self.text = ""

        def isatty(self):
            return True

        def write(self, text):
            self.text += text

        def flush(self):
            pass

    terminal = Terminal()
    progress = Progress(terminal)
    for done in range(1001):
        progress("draws", done, 1000)
    progress.close()
    assert "\n" not in terminal.text and terminal.text.endswith("\r\x1b[2K")
    assert "draws: 1000 of 1000" in terminal.text
    assert terminal.text.count("draws") < 100


def test_run_writes_both_files_and_says_where(answered, tmp_path, capsys):
    folder = tmp_path / "deep" / "out"
    assert main(["run", "sample", "--draws", "16", "--out", str(folder)]) == Exit.DONE
    assert sorted(path.name for path in folder.iterdir()) == ["answers.json", "report.html"]
    assert json.loads((folder / "answers.json").read_text()) == answered["answers"]
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert str(folder / "report.html") in said(capsys)[0].replace("\n", "")
    assert main(["run", "sample", "--out", str(folder), "--json"]) == Exit.DONE  # a second run replaces them
    assert json.loads(said(capsys)[0])["draws"] == 128 == json.loads((folder / "answers.json").read_text())["draws"]


def test_run_finds_out_at_once_that_it_cannot_write(answered, tmp_path, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert main(["run", "sample", "--out", str(blocked)]) == Exit.BAD_INPUT
    assert "file that can be used" in said(capsys)[1]
    assert "draws" not in answered, "nothing was solved"
    assert blocked.read_text() == "in the way"


@pytest.mark.parametrize("where", ["solver", "claim"])
def test_what_is_not_solved_has_its_own_exit_code(where, answered):
    block = answered["answers"]["solver"] if where == "solver" else answered["answers"]["claims"][0]
    block["status"] = Status.UNCONVERGED.value
    assert main(["claims", "sample"]) == Exit.NOT_CONVERGED
    assert main(["ledger", "sample"]) == (Exit.NOT_CONVERGED if where == "solver" else Exit.DONE)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), Exit.STOPPED),
        (NotConvergedError("step fighting of period 3"), Exit.NOT_CONVERGED),
        (PermissionError(13, "Permission denied", "out"), Exit.BAD_INPUT),
        (ZeroDivisionError("at the heart of it"), Exit.FAILED),
    ],
)
def test_whatever_happens_no_traceback_and_nothing_left_behind(error, code, monkeypatch, tmp_path, capsys):
    def fail(*_, **__):
        raise error

    monkeypatch.setitem(vars(longgame), "load", lambda source, overrides: source)
    monkeypatch.setitem(vars(longgame), "assess", fail)
    assert main(["run", "sample", "--out", str(tmp_path / "out")]) == code
    assert list(tmp_path.iterdir()) == []
    _, err = said(capsys)
    assert err and "Traceback" not in err


def test_debug_shows_where(monkeypatch, capsys):
    def fail(*_):
        raise ZeroDivisionError("at the heart of it")

    monkeypatch.setitem(vars(longgame), "load", fail)
    assert main(["claims", "sample", "--debug"]) == Exit.FAILED
    assert "Traceback" in said(capsys)[1]


# --- files ------------------------------------------------------------------------------------------------------------


def test_files_are_whole_or_not_there(tmp_path):
    path = tmp_path / "answers.json"
    write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \ud800")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["answers.json"]


def test_files_have_the_usual_permissions(tmp_path):
    plain, ours = tmp_path / "plain", tmp_path / "ours"
    plain.write_text("x")
    write_whole(ours, "x")
    assert ours.stat().st_mode == plain.stat().st_mode


def test_new_files_never_overwrite(tmp_path):
    path = tmp_path / "case.yaml"
    write_new(path, "mine")
    with pytest.raises(FileExistsError):
        write_new(path, "yours")
    assert path.read_text() == "mine" and len(list(tmp_path.iterdir())) == 1


def test_folders_that_were_there_stay(tmp_path):
    (tmp_path / "kept").mkdir()
    for name in ("kept", "made"):
        with pytest.raises(KeyboardInterrupt), folder_for(tmp_path / name):
            raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
