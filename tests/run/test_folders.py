"""The folder of a run: what is there stays until a result takes its place, and what is another's stays for ever."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from longgame.answers.assess import assess, resume
from longgame.cli import main
from longgame.cli.output import Exit
from longgame.errors import RunError
from longgame.files import write_whole
from longgame.run.executors import Threads
from longgame.run.hold import LOCK, held
from longgame.run.manifest import read_run, write_run
from longgame.run.store import CHUNKS, RUN, Folder
from tests.run import workers
from tests.run.runs import CLAIMS, small_run
from tests.tiny import TEXT, tiny


@pytest.fixture(scope="module")
def solver():
    return small_run(draws=4, chunk=2)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A scenario, and the folder of a finished run of it, with a table."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "tiny.yaml").write_text(TEXT + CLAIMS, encoding="utf-8")
    assert main(["run", str(folder / "tiny.yaml"), "--draws", "6", "--out", str(folder / "out")]) == Exit.DONE
    assert main(["table", str(folder / "out")]) == Exit.DONE
    return folder / "tiny.yaml", folder / "out"


@pytest.fixture
def copy(finished, tmp_path):
    """The same, to be changed."""
    shutil.copytree(finished[1], tmp_path / "out")
    return finished[0], tmp_path / "out"


def contents(folder):
    """Every file, with what is in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def run(scenario, out, *more):
    return main(["run", str(scenario), "--draws", "4", "--seed", "1", "--out", str(out), *more])


class Stopped(Threads):
    """Nobody solves anything: Ctrl-C comes first."""

    def solve(self, solver, chunks):
        raise KeyboardInterrupt
        yield


# --- what is there stays ----------------------------------------------------------------------------------------------


def test_a_slip_in_the_scenario_costs_no_finished_run(copy, tmp_path):
    _, out = copy
    before = contents(out)
    slip = tmp_path / "slip.yaml"
    for text in (TEXT.replace("prize *", "price *", 1), TEXT + CLAIMS.replace("tell.loud", "tell.lout"), "title: ["):
        slip.write_text(text, encoding="utf-8")
        assert run(slip, out) == Exit.BAD_INPUT
    assert main(["run", str(tmp_path / "nowhere.yaml"), "--out", str(out)]) == Exit.BAD_INPUT
    assert contents(out) == before


def test_a_run_that_was_stopped_before_its_first_result_costs_no_finished_run(copy, monkeypatch, capsys):
    scenario, out = copy
    before = contents(out)
    monkeypatch.setattr("longgame.cli.runs.executor", lambda *_: Stopped())
    assert run(scenario, out) == Exit.STOPPED
    assert "resume" not in capsys.readouterr().err, "what is in the folder is another run"
    assert contents(out) == before


class Lost(Threads):
    """The first chunks are solved; then those who solve the others are gone."""

    def __init__(self, after: int):
        super().__init__(1)
        self.after = after

    def solve(self, solver, chunks):
        yield from super().solve(solver, chunks[: self.after])
        raise RunError("The Dask scheduler does not answer any more.")


@pytest.mark.parametrize("after", [0, 1])
def test_a_run_that_lost_its_workers_says_how_to_go_on_with_it(copy, monkeypatch, capsys, after):
    scenario, out = copy
    before = contents(out)
    monkeypatch.setattr("longgame.cli.runs.executor", lambda *_: Lost(after))
    assert main(["run", str(scenario), "--draws", "9", "--out", str(out)]) == Exit.BAD_INPUT
    said = capsys.readouterr().err
    assert "does not answer" in said and (f"longgame resume {out}" in said) == (after > 0)
    assert (contents(out) == before) == (after == 0)


def test_the_first_result_takes_the_place_of_all_that_the_old_run_wrote(copy):
    scenario, out = copy
    assert run(scenario, out) == Exit.DONE
    assert sorted(path.name for path in out.iterdir()) == [
        "answers.json", "chunks", "report.html", "results.nc", "run.json",
    ]  # fmt: skip
    assert len(list((out / CHUNKS).iterdir())) == 1
    assert Folder.open(out).plan.seed == 1


def test_a_folder_that_was_made_for_nothing_is_taken_away(tmp_path):
    (tmp_path / "kept").mkdir()
    for name in ("kept", "made"):
        with pytest.raises(KeyboardInterrupt), held(tmp_path / name):
            raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["kept"] and not list((tmp_path / "kept").iterdir())


# --- what is another's stays ------------------------------------------------------------------------------------------


def test_files_that_are_in_nobodys_way_stay(tmp_path, finished):
    names = ("chunks/thesis.txt", "draws.csv", "draws.parquet", "notes.md", "posterior/x.npz")
    for mine in (tmp_path / "out" / name for name in names):
        mine.parent.mkdir(parents=True, exist_ok=True)
        mine.write_text("mine")
    for _ in range(2):
        assert run(finished[0], tmp_path / "out") == Exit.DONE
    assert [name for name in names if (tmp_path / "out" / name).read_text() != "mine"] == []


@pytest.mark.parametrize("name", ["answers.json", "report.html", "results.nc", "chunks/00000.npz", "chunks/00012.npz"])
@pytest.mark.parametrize("over", ["nothing", "a run"])
def test_files_that_are_in_the_way_are_not_overwritten(copy, tmp_path, name, over, capsys):
    scenario, out = copy
    if over == "nothing":
        out = tmp_path / "other"
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    (out / name).write_text("mine")
    before = contents(out)
    assert run(scenario, out, "--anew") == Exit.BAD_INPUT
    assert str(out / name) in capsys.readouterr().err
    assert contents(out) == before


def test_a_table_that_is_anothers_is_not_overwritten(copy, capsys):
    _, out = copy
    assert main(["table", str(out)]) == Exit.DONE, "its own is"
    (out / "draws.csv").write_text("mine")
    assert main(["table", str(out)]) == Exit.BAD_INPUT
    assert str(out / "draws.csv") in capsys.readouterr().err
    assert (out / "draws.csv").read_text() == "mine"


@pytest.mark.parametrize("name", ["chunks", "posterior"])
def test_nothing_is_removed_or_written_behind_a_link(copy, tmp_path, name, capsys):
    scenario, out = copy
    victim = tmp_path / "victim"
    shutil.copytree(out / CHUNKS, victim)
    shutil.rmtree(out / name, ignore_errors=True)
    (out / name).symlink_to(victim)
    before = contents(victim)
    assert run(scenario, out) == Exit.BAD_INPUT
    assert f"{out / name} is a link" in capsys.readouterr().err
    assert contents(victim) == before


def test_a_link_to_a_file_is_not_the_run_s_own(copy, tmp_path):
    scenario, out = copy
    (out / "draws.csv").rename(tmp_path / "elsewhere.csv")
    (out / "draws.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert run(scenario, out) == Exit.DONE
    assert (out / "draws.csv").is_symlink() and (tmp_path / "elsewhere.csv").exists()


# --- one at a time ----------------------------------------------------------------------------------------------------


def test_a_second_run_is_refused_with_the_name_of_the_first(copy, capsys):
    scenario, out = copy
    (out / "answers.json").unlink()
    before = contents(out)
    with held(out):
        for command in (["run", str(scenario), "--anew", "--out", str(out)], ["resume", str(out)], ["table", str(out)]):
            assert main(command) == Exit.BAD_INPUT
            said = capsys.readouterr().err
            assert f"{out} is held by process {os.getpid()} on {socket.gethostname()} since 2" in said
        with pytest.raises(RunError, match="is held by"):
            assess(tiny(CLAIMS), draws=2, folder=out)
    assert contents(out) == before


def test_what_another_run_left_as_it_died_keeps_nobody_out(copy):
    _, out = copy
    for text in (f"process {os.getpid()} on elsewhere since 2020-01-01", "process 1 on here", "", "\0"):
        (out / LOCK).write_text(text)
        with held(out):
            pass
        assert not (out / LOCK).exists()


def test_a_killed_process_holds_nothing(tmp_path):
    code = (
        "import sys, time; from longgame.run.hold import held\n"
        "with held(sys.argv[1]): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        with pytest.raises(RunError, match=f"process {process.pid} on"), held(tmp_path):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (tmp_path / LOCK).exists()
    with held(tmp_path):
        pass


def test_a_lock_is_not_written_through_a_link(tmp_path):
    (tmp_path / "thesis").write_text("mine")
    (tmp_path / LOCK).symlink_to(tmp_path / "thesis")
    with pytest.raises(OSError), held(tmp_path):
        pass
    assert (tmp_path / "thesis").read_text() == "mine"


# --- whose is a chunk -------------------------------------------------------------------------------------------------


def test_a_chunk_of_another_run_of_equal_shape_is_found_out(tmp_path, solver, capsys):
    other = small_run(draws=4, chunk=2)
    other = type(other)(other.study, type(other.plan)(**{**vars(other.plan), "seed": 7}))
    for name, one in (("ours", solver), ("theirs", other)):
        assess(tiny(CLAIMS), draws=4, seed=one.plan.seed, folder=tmp_path / name, executor=Threads(1))
    theirs, ours = (tmp_path / name / CHUNKS / "00000.npz" for name in ("theirs", "ours"))
    kept = ours.read_bytes()
    ours.write_bytes(theirs.read_bytes())
    (tmp_path / "ours" / "answers.json").unlink(missing_ok=True)
    with pytest.raises(RunError, match=r"00000\.npz holds another run's draws"):
        resume(tmp_path / "ours")
    ours.write_bytes(kept)
    resume(tmp_path / "ours")


@pytest.mark.parametrize("place", ["chunks", "posterior/chunks"])
def test_a_chunk_of_another_run_is_not_removed(copy, tmp_path, solver, place, capsys):
    scenario, out = copy
    small_store(tmp_path / "theirs", solver)
    (out / place).mkdir(parents=True, exist_ok=True)
    theirs = out / place / "00099.npz"
    theirs.write_bytes((tmp_path / "theirs" / CHUNKS / "00000.npz").read_bytes())
    assert run(scenario, out) == Exit.BAD_INPUT
    assert str(theirs) in capsys.readouterr().err and theirs.exists() and (out / "answers.json").exists()


def test_chunks_that_changed_places_are_found_out(tmp_path, solver):
    store = small_store(tmp_path, solver)
    one, other = sorted((tmp_path / CHUNKS).iterdir())
    one.rename(tmp_path / "x")
    other.rename(one)
    (tmp_path / "x").rename(other)
    for chunk in solver.plan.chunks():
        assert not store.has(chunk)
        with pytest.raises(RunError, match="or others of this one"):
            store.get(chunk)


def small_store(path, solver):
    """A folder with a run of which every chunk is there."""
    with held(path) as room:
        store = Folder.new(room, solver.plan)
        for chunk in store.missing():
            store.put(chunk, workers.instant(solver.plan, chunk))
    return store


# --- run.json ---------------------------------------------------------------------------------------------------------


def test_a_plan_is_read_as_it_was_written(solver):
    text = write_run(solver.plan, {"answers.json": "abc"})
    assert read_run(text.encode()) == (solver.plan, {"answers.json": "abc"})
    assert json.loads(text)["arrays"]["margin"] == {"kind": "float64", "axes": ["draw", "claim"]}


TAMPERED = {
    "draws": [-5, 1.5, "6", None, True],
    "chunk": [0, -1, []],
    "seed": ["x", -1, 1e400],
    "scenario": [None, {}],
    "versions": [[], {"numpy": 2}],
    "axes": [{}, [], {"claim": ["a"]}, "x"],
    "temper": ["yes", 0],
    "every_posture": [1],
    "layout": [1, 2, None, "3"],
    "digest": ["", None],
    "files": [None, {"answers.json": 3}],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in TAMPERED.items() for value in values])
def test_a_plan_that_was_tampered_with_is_refused_with_its_key(tmp_path, solver, key, value, capsys):
    own = json.loads(write_run(solver.plan, {})) | {key: value}
    write_whole(tmp_path / RUN, json.dumps(own))
    assert main(["resume", str(tmp_path)]) == Exit.BAD_INPUT
    said = capsys.readouterr().err
    assert str(tmp_path / RUN) in said and (f"`{key}`" in said or "has layout" in said)


CHANGED = {"draws": 10**9, "chunk": 3, "seed": 5, "scenario": "title: another", "versions": {}, "temper": False}


@pytest.mark.parametrize("key", CHANGED)
def test_a_plan_that_was_changed_is_not_gone_on_with(tmp_path, solver, key, capsys):
    own = json.loads(write_run(solver.plan, {})) | {key: CHANGED[key]}
    write_whole(tmp_path / RUN, json.dumps(own))
    assert main(["resume", str(tmp_path)]) == Exit.BAD_INPUT
    assert f"{tmp_path / RUN}: `digest`" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"3", b'{"name": "\xff"}', b"\xff\xfe{", b"[" * 100_000])
def test_what_is_no_plan_is_refused(tmp_path, content, capsys):
    (tmp_path / RUN).write_bytes(content)
    for command in (["resume"], ["table"], ["run", "chain-store", "--out"]):
        command = [*command, str(tmp_path)]
        assert main(command) == Exit.BAD_INPUT
        assert str(tmp_path / RUN) in capsys.readouterr().err
    assert (tmp_path / RUN).read_bytes() == content


# --- disks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1_000, 9_000, 40_000])  # too little for run.json, for a chunk, for results.nc
def test_a_full_disk_is_said_and_costs_nothing(finished, tmp_path, size):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "longgame", "run", str(finished[0]), "--draws", "64", "--out", str(out)]
    full = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size))  # no file can become larger
    ended = subprocess.run(command, preexec_fn=full, capture_output=True, text=True)
    assert ended.returncode == Exit.BAD_INPUT
    said = ended.stderr
    assert str(out) in said and "too large" in said
    assert not [path for path in out.rglob("*") if path.name.startswith(".")], "nothing is left half written"
    assert not (out / "results.nc").exists()
    if (out / RUN).exists():
        assert f"longgame resume {out}" in said
        assert main(["resume", str(out)]) == Exit.DONE
        assert np.isfinite(json.loads((out / "answers.json").read_text())["claims"][0]["share"])


def test_what_killed_processes_left_goes_when_the_run_goes_on(copy):
    _, out = copy
    for name in (".run.json", ".results.nc", "chunks/.00001.npz"):
        (out / f"{name}.0123abcd.part").touch()
    (out / ".mine.part").touch()
    assert main(["resume", str(out)]) == Exit.DONE
    assert [path.name for path in out.rglob(".*")] == [".mine.part"]


def test_every_file_has_the_rights_that_the_umask_leaves(finished, tmp_path):
    before = os.umask(0o077)
    try:
        assert run(finished[0], tmp_path / "out") == Exit.DONE
        assert main(["table", str(tmp_path / "out")]) == Exit.DONE
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "out").rglob("*")} == {0}
