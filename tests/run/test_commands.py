"""`run`, `resume` and `table` on a folder: what is written, what is refused."""

from __future__ import annotations

import dataclasses
import json
import sys

import pytest

import longgame
from longgame.answers import verification
from longgame.cli import main, runs
from longgame.cli.output import Exit
from longgame.errors import RunError
from longgame.run.local import Local
from longgame.run.processes import Processes
from tests.run.runs import CLAIMS
from tests.tiny import TEXT

FILES = ["answers.json", "chunks", "report.html", "results.nc", "run.json"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A scenario and the folder of a finished run."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "tiny.yaml").write_text(TEXT + CLAIMS, encoding="utf-8")
    assert main(["run", str(folder / "tiny.yaml"), "--draws", "6", "--out", str(folder / "out")]) == Exit.DONE
    return folder / "tiny.yaml", folder / "out"


def answers_of(folder):
    answers = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    return {key: value for key, value in answers.items() if key not in ("started", "seconds")}


def test_a_run_is_resumed_and_not_overwritten(finished, capsys):
    scenario, out = finished
    assert sorted(path.name for path in out.iterdir()) == FILES
    before = answers_of(out)
    (out / "answers.json").unlink()
    (out / "chunks" / "00001.npz").unlink()
    assert main(["run", str(scenario), "--draws", "2", "--out", str(out)]) == Exit.BAD_INPUT
    assert "holds an unfinished run (1 chunks" in capsys.readouterr().err
    assert main(["table", str(out)]) == Exit.BAD_INPUT
    assert "is not finished" in capsys.readouterr().err
    assert main(["resume", str(out)]) == Exit.DONE
    assert "Wrote" in capsys.readouterr().out
    assert answers_of(out) == before, "the name and the file of the scenario too"


def test_a_run_that_is_given_up_is_replaced(finished, tmp_path, capsys):
    scenario, out = finished
    (tmp_path / "chunks").mkdir()
    for name in ("run.json", "chunks/00000.npz"):
        (tmp_path / name).write_bytes((out / name).read_bytes())
    assert main(["run", str(scenario), "--draws", "0", "--out", str(tmp_path)]) == Exit.BAD_INPUT
    assert "holds an unfinished run (1 chunks" in capsys.readouterr().err
    assert main(["run", str(scenario), "--draws", "0", "--out", str(tmp_path), "--anew"]) == Exit.DONE
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({*FILES} - {"results.nc"})
    assert list((tmp_path / "chunks").iterdir()) == []
    assert main(["table", str(tmp_path)]) == Exit.BAD_INPUT
    assert "without draws" in capsys.readouterr().err


def test_table(finished, capsys):
    _, out = finished
    assert main(["table", str(out), "--json"]) == Exit.DONE
    assert json.loads(capsys.readouterr().out) == {"file": str(out / "draws.csv")}
    assert len((out / "draws.csv").read_text(encoding="utf-8").splitlines()) == 7


@pytest.mark.parametrize("command", ["resume", "table"])
def test_a_folder_without_a_run(command, tmp_path, capsys):
    assert main([command, str(tmp_path), "--json"]) == Exit.BAD_INPUT
    [problem] = json.loads(capsys.readouterr().out)["problems"]
    assert "holds no run" in problem["found"]


def test_who_solves(monkeypatch):
    assert isinstance(runs.executor(None, None), Local)
    processes = runs.executor(3, None)
    assert isinstance(processes, Processes) and processes.count == 3
    monkeypatch.delitem(sys.modules, "longgame.run.cluster", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RunError, match=r"longgame\[cluster\]"):
        runs.executor(None, "tcp://127.0.0.1:9")


def test_what_is_missing_for_parquet_is_said(finished, monkeypatch):
    monkeypatch.delitem(sys.modules, "longgame.run.parquet", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(RunError, match=r"longgame\[parquet\]"):
        runs.write_table(finished[1], "parquet")


def test_a_verification_that_did_not_converge_is_told_by_the_exit_code(finished, monkeypatch):
    assert main(["resume", str(finished[1]), "--verify"]) == Exit.DONE
    stopped = lambda *_, **more: dataclasses.replace(verify(*_, **more), converged=False)  # noqa: E731
    verify = verification.verify
    monkeypatch.setattr(verification, "verify", stopped)
    assert main(["resume", str(finished[1]), "--verify"]) == Exit.NOT_CONVERGED


def test_the_same_from_python(finished):
    answers = longgame.resume(str(finished[1]))
    assert answers.ensemble.valid == 6
