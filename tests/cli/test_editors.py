"""The commands for those who write scenarios."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

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
    assert asked.stdout.split() == ["claims", "--draws"]
