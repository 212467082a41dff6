"""The commands for those who write scenarios."""

from __future__ import annotations

import json
import queue
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

import longgame
from longgame.cli import main
from longgame.cli.output import Exit
from longgame.scenario.schema import FILE


def test_a_new_scenario_names_the_schema_beside_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "case"]) == Exit.DONE
    first = (tmp_path / "case.yaml").read_text().split("\n")[0]
    assert first == f"# yaml-language-server: $schema={FILE}"
    assert json.loads((tmp_path / FILE).read_text()) == longgame.json_schema()


def test_the_schema_beside_a_new_scenario_is_ours_or_left_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / FILE).write_text('{"mine": 1}')
    assert main(["new", "case"]) == Exit.DONE
    assert (tmp_path / FILE).read_text() == '{"mine": 1}'
    (tmp_path / FILE).write_text('{"$id": "urn:longgame:scenario", "old": 1}')
    assert main(["new", "other"]) == Exit.DONE
    assert json.loads((tmp_path / FILE).read_text()) == longgame.json_schema()


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")
def test_a_shell_completes_commands_and_flags(tmp_path):
    script = tmp_path / "longgame.bash"
    made = subprocess.run(
        [sys.executable, "-m", "longgame", "completion", "bash"], capture_output=True, text=True, check=True
    )
    script.write_text(made.stdout)
    ask = (
        f"source {script}; COMP_WORDS=(longgame cla); COMP_CWORD=1; _longgame; echo ${{COMPREPLY[@]}};"
        "COMP_WORDS=(longgame claims --dr); COMP_CWORD=2; _longgame; echo ${COMPREPLY[@]}"
    )
    asked = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True)
    assert asked.stdout.split() == ["claims", "clauses", "--draws"]


# --- fmt --------------------------------------------------------------------------------------------------------------


def test_fmt_lays_out_and_check_says_whether_it_would(tmp_path, capsys):
    file, other = tmp_path / "case.yaml", tmp_path / "other.yaml"
    file.write_text("clock: {periods: 3, start: 2025-01}\ntitle:  x # y\n")
    other.write_text("title: x\n")
    before = file.read_text()
    assert main(["fmt", str(file), str(other), "--check"]) == Exit.BAD_INPUT
    assert capsys.readouterr().out == f"{file} is not in the canonical layout; `longgame fmt` changes it.\n"
    assert file.read_text() == before
    assert main(["fmt", str(file), str(other), "--json"]) == Exit.DONE
    assert json.loads(capsys.readouterr().out) == {"changed": [str(file)]}
    assert file.read_text() == "title: x  # y\n\nclock: {start: 2025-01, periods: 3}\n"
    assert main(["fmt", str(file), "--check"]) == Exit.DONE
    assert capsys.readouterr().out == "1 file in the canonical layout.\n"


@pytest.mark.parametrize(
    ("content", "said"), [("a: [\n", "[yaml]"), ("title: x\ntitle: y\n", "[duplicate-key]"), (None, "[no-such-file]")]
)
def test_fmt_leaves_alone_what_it_cannot_read(content, said, tmp_path, capsys):
    file = tmp_path / "case.yaml"
    if content is not None:
        file.write_text(content)
    assert main(["fmt", str(file)]) == Exit.BAD_INPUT
    assert said in capsys.readouterr().err
    assert (file.read_text() if content is not None else None) == content


def test_a_shipped_scenario_is_not_laid_out(capsys):
    assert main(["fmt", "truce-on-offer"]) == Exit.BAD_INPUT
    assert "a scenario file of your own" in capsys.readouterr().err


# --- watch ------------------------------------------------------------------------------------------------------------

LENDER = (Path(__file__).parents[1] / "cases" / "lender.yaml").read_text()


@contextmanager
def watched(file: Path, *flags: str):
    """`longgame watch` of a file, and a way to wait for what it prints next."""
    command = [sys.executable, "-u", "-m", "longgame", "watch", str(file), *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    printed: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None
    threading.Thread(target=lambda: [printed.put(line) for line in process.stdout], daemon=True).start()

    def until(words: str) -> str:
        text = ""
        while words not in (text if words.isspace() else " ".join(text.split())):  # lines are wrapped
            text += printed.get(timeout=90)
        return " ".join(text.split())

    try:
        yield process, until
    finally:
        process.kill()
        process.wait()


def test_watch_says_at_each_save_what_changed_and_ends_at_ctrl_c(tmp_path):
    file = tmp_path / "lender.yaml"
    file.write_text(LENDER)
    with watched(file) as (process, until):
        said = until("follows")
        assert "lender.yaml: sound" in said and "Before" not in said
        file.write_text(LENDER.replace("loan == repaid else", "loan == repayd else", 1))
        said = until("Did you mean `repaid`?")
        assert "1 mistake" in said and "error [unknown-word]" in said
        file.write_text(LENDER)
        said = until("All claims are as before.")
        assert "Mended: 1 problem." in said
        file.write_text(LENDER.replace("> 0.9", "< 0.9"))
        said = until("fails") + until("claim changed.")
        assert "Before" in said and "follows" in said
        process.send_signal(signal.SIGINT)
        until("Stopped watching.")
        assert process.wait(timeout=30) == Exit.DONE


def test_watch_looks_at_what_is_extended_and_prints_json(tmp_path):
    base, over = tmp_path / "base.yaml", tmp_path / "over.yaml"
    base.write_text(LENDER)
    over.write_text("extends: base.yaml\ntitle: Another\n")
    with watched(over, "--json") as (process, until):
        first = json.loads(until("\n"))
        assert first["problems"] == [] and first["changed"] == [claim["id"] for claim in first["claims"]]
        base.write_text(LENDER.replace("> 0.9", "< 0.9"))
        second = json.loads(until("\n"))
        assert second["changed"] == ["repaying_shows_means"]
        assert second["claims"][0]["verdict"] == "fails"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == Exit.DONE
