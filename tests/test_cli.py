"""The command line: exit codes, the layout of --json, messages, files that are whole or not there, Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

import longgame
from longgame.cli import main
from longgame.cli.groups import GROUPS
from longgame.cli.output import Exit, Progress, duration
from longgame.errors import NotConvergedError
from longgame.run.store import RUN, Folder
from longgame.solver.solution import Status
from tests.run.runs import small_run
from tests.sample_answers import sample
from tests.tiny import TEXT

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

    def assess(scenario, *, draws, seed, progress, folder=None, **more):
        if folder is not None:
            Folder.new(folder, small_run().plan).begin()
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


def test_help_loads_nothing_heavy():
    """So it is quick; how quick, on a machine of any speed, is for ``make bench`` to say."""
    heavy = {
        "dask", "distributed", "h5py", "jinja2", "llvmlite", "numba", "numpy", "pandas", "pydantic",
        "scipy", "yaml",
    }  # fmt: skip
    code = (
        "import sys\n"
        "from longgame.cli import main; main(['--help'])\n"
        f"assert not {heavy} & set(sys.modules)\n"
        "assert len(sys.modules) < 350, len(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert all(find_spec(name) is not None for name in heavy), "else nothing is tested"
    groups = re.split(r"╭─ ([\w ]+?) ─+╮", run.stdout)
    titles, listed = groups[1::2], [re.findall(r"│ (\w[\w-]*)  ", group) for group in groups[2::2]]
    assert titles == list(GROUPS), "every command has its group"
    for names, shown in zip(GROUPS.values(), listed, strict=True):
        assert shown and shown == [name for name in names if name in shown]


def test_a_question_of_the_base_case_loads_only_what_it_needs():
    heavy = {"h5py", "jinja2", "pandas", "scipy.sparse", "scipy.special"}
    code = (
        "import sys\n"
        "from longgame.cli import main; main(['forecast', 'take-it-or-leave-it'])\n"
        f"assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


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


def test_a_setting_stands_once(capsys):
    twice = ["--set", "aid_effect=0.1", "--set", "aid_effect=0.2"]
    assert main(["claims", "truce-on-offer", *twice, "--json"]) == Exit.BAD_INPUT
    [problem] = json.loads(said(capsys)[0])["problems"]
    assert (problem["code"], problem["found"]) == ("bad-setting", "`aid_effect` twice")


# --- with sample answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "blocks", "draws"),
    [
        ("claims", ["claims", "ensemble", "solver"], 128),
        ("beliefs", ["worlds", "beliefs", "surprise", "solver"], 0),
        ("ledger", ["ledger", "solver"], 0),
        ("forecast", ["forecasts", "scores", "solver"], 0),
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
        ("claims", ["serves_attacker", "follows, built in", "fails, leaning", "no answer", "95%", "-0.0300"]),
        ("beliefs", ["18 March 2025", "12%", "peace against reset", "0.14", "tells these moves from chance", "+0.10"]),
        ("ledger", ["aid_decision_cut", "-9.6%", "patron"]),
        ("forecast", ["full_truce", "December 2025", "60% (se 1.0)"]),
        ("deals", ["energy_truce", "+12.0%", "attacker, patron", "no named deal that both"]),
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
    assert err.splitlines() == ["draws ..."]


def test_progress_that_takes_long_says_how_far_it_is(monkeypatch, capsys):
    now = iter(range(0, 1000, 4))
    monkeypatch.setattr(time, "monotonic", lambda: next(now))  # every call takes four seconds
    progress = Progress()
    for done in range(8):
        progress("draws", done, 8)
    assert said(capsys)[1].splitlines() == [
        "draws ...",
        "draws: 3 of 8, about 20 s left",
        "draws: 6 of 8, about 8 s left",
    ]


def test_the_time_left_is_told_from_what_this_run_did(monkeypatch, capsys):
    now = iter([0, 500, 600, 700])
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    progress = Progress()
    for done in (900, 910, 950, 999):  # resumed: the first 900 took no time; before the next ten, all was compiled
        progress("Slopes", done, 1000)
    assert said(capsys)[1].splitlines()[1:] == [
        "Slopes: 910 of 1000",
        "Slopes: 950 of 1000, about 2 min left",
        "Slopes: 999 of 1000, about 2 s left",
    ]
    assert [duration(seconds) for seconds in (0.2, 89, 91, 5399, 12_000)] == [
        "1 s",
        "89 s",
        "2 min",
        "1 h 30 min",
        "3 h 20 min",
    ]


def test_of_draws_those_who_solve_them_say_how_long_they_take(monkeypatch, capsys):
    now = iter([0, 500, 501, 600])
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    progress = Progress(seconds_for=lambda draws: draws / 4 if draws < 100 else None)
    for done in (0, 4, 20, 128):
        progress("Draws, 2 at a time", done, 128)
    assert said(capsys)[1].splitlines()[1:] == [
        "Draws, 2 at a time: 4 of 128",
        "Draws, 2 at a time: 128 of 128",
    ]
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    again = Progress(seconds_for=lambda draws: draws / 4)
    again("Draws", 0, 128)
    monkeypatch.setattr(time, "monotonic", lambda: 60.0)
    again("Draws", 8, 128)
    assert said(capsys)[1].splitlines()[1:] == ["Draws: 8 of 128, about 30 s left"]


def test_progress_on_a_terminal_overwrites_its_line_and_leaves_none():
    class Terminal:
        encoding = "ascii"

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
    assert f"draws {'#' * 24} 1000 of 1000" in terminal.text, "it says nothing of what it can write"
    assert terminal.text.count("draws") < 100
    terminal.encoding = "utf-8"
    Progress(terminal)("draws", 500, 1000)
    assert f"draws {'━' * 12}{'╌' * 12} 500 of 1000" in terminal.text


def test_run_writes_both_files_and_says_where(answered, tmp_path, capsys):
    folder = tmp_path / "deep" / "out"
    assert main(["run", "sample", "--draws", "16", "--out", str(folder)]) == Exit.DONE
    files = ["answers.json", "chunks", "report.html", "run.json", "verification.json"]  # it was verified
    assert sorted(path.name for path in folder.iterdir()) == files
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


# --- the real thing ---------------------------------------------------------------------------------------------------


def test_a_new_scenario_is_sound_and_is_never_overwritten(written, capsys):
    text = written.read_text()
    assert main(["check", str(written), "--json"]) == Exit.DONE
    checked = json.loads(said(capsys)[0])
    assert list(checked) == ["problems", "actors", "size", "stakes", "decisions", "grids", "estimate"]
    assert checked["problems"] == [], "not even a warning"
    assert all("times in 100" in actor["rationality_in_words"] for actor in checked["actors"])
    assert checked["size"]["worlds"] == 4
    assert main(["new", "other", "--out", str(written)]) == Exit.BAD_INPUT
    assert "no file yet" in said(capsys)[1]
    assert written.read_text() == text


@pytest.mark.parametrize("name", ["", "no/slash", "..", "1st", "a b", "x" * 101])
def test_names_that_make_no_file(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", name]) == Exit.BAD_INPUT
    assert "begins with a letter" in said(capsys)[1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["null", "true", "NO", "title-TITLE", "e1_0"])
def test_any_other_name_does(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", name]) == Exit.DONE
    assert isinstance(longgame.load(f"{name}.yaml").title, str)


def test_check_says_it_in_words(written, capsys):
    assert main(["check", str(written)]) == Exit.DONE
    out, _ = said(capsys)
    assert "2 actors, 4 worlds" in out and "of two options" in out.lower() and "sound." in out


LEAP = """
title: A leap
clock: {periods: 1}
actors: {a: {lambda: 1, discount: 0.5}}
state: {x: {grid: [0, 1, 0.5], start: 0}}
period: [{move: jump, by: a, options: {stay: {}, go: {set: {x: x + 3}}}}]
payoffs: {a: x}
"""


def test_check_warns_of_what_only_the_game_shows(tmp_path, capsys):
    path = tmp_path / "leap.yaml"
    path.write_text(LEAP)
    assert main(["check", str(path)]) == Exit.DONE
    out, _ = said(capsys)
    assert "warning [leaves-grid]" in out and "sound. 1 warning." in out


def test_every_mistake_of_a_file_at_its_place(written, tmp_path, capsys):
    broken = tmp_path / "broken.yaml"
    text = written.read_text().replace("by: challenger", "by: chalenger", 1).replace("(victory -", "(victor -", 1)
    broken.write_text(text)
    lines = text.splitlines()
    assert main(["check", str(broken), "--json"]) == Exit.BAD_INPUT
    problems = json.loads(said(capsys)[0])["problems"]
    assert [lines[p["line"] - 1][p["column"] - 1 :].split()[0].strip(",}") for p in problems] == ["chalenger", "victor"]
    assert all(problem["severity"] == "error" and "Did you mean" in problem["fix"] for problem in problems)
    assert main(["claims", str(broken)]) == Exit.BAD_INPUT
    out, err = said(capsys)
    assert out == "" and err.count(f"{broken}:") == 2 and err.endswith("2 problems.\n")


@pytest.mark.parametrize("content", [b"\x00\xff\xfe", b"", b"[" * 10_000, b"title: !!python/object:os.system x"])
def test_files_that_are_no_scenarios(content, tmp_path, capsys):
    path = tmp_path / "noise.yaml"
    path.write_bytes(content)
    assert main(["check", str(path)]) == Exit.BAD_INPUT
    assert str(path) in said(capsys)[1]


def test_scenarios_that_are_not_there(tmp_path, capsys):
    assert main(["claims", "truce-on-ofer"]) == Exit.BAD_INPUT
    assert "Did you mean `truce-on-offer`?" in said(capsys)[1]
    assert main(["claims", str(tmp_path)]) == Exit.BAD_INPUT
    assert main(["claims", "truce-on-offer", "--set", "aid_efect=0.1"]) == Exit.BAD_INPUT
    assert "aid_effect" in said(capsys)[1]


def test_list_and_schema(capsys):
    assert main(["list", "--json"]) == Exit.DONE
    listed = json.loads(said(capsys)[0])["scenarios"]
    assert {"name": "ukraine-2025", "group": "assessments", "title": "The call of 18 March 2025"} in listed
    assert main(["list"]) == Exit.DONE
    assert "ukraine-2025" in said(capsys)[0]
    assert main(["schema"]) == Exit.DONE
    assert json.loads(said(capsys)[0])["$schema"].startswith("https://json-schema.org/")


def test_claims_of_a_real_scenario(written, capsys):
    assert main(["claims", str(written), "--draws", "8", "--json"]) == Exit.DONE
    answers = json.loads(said(capsys)[0])
    assert answers["draws"] == 8 == answers["ensemble"]["valid"]
    assert [claim["id"] for claim in answers["claims"]] == list(longgame.load(written).claims)
    for claim in answers["claims"]:
        assert claim["holds"] == (claim["margin"] > 0)
        assert claim["share"] in [count / 8 for count in range(9)]
    assert answers["solver"]["residual"] < 1e-9 and answers["solver"]["unconverged"] == 0


def test_two_runs_give_the_same_answers(written, tmp_path, capsys):
    texts = []
    for name in ("one", "two"):
        assert main(["run", str(written), "--draws", "4", "--out", str(tmp_path / name)]) == Exit.DONE
        answers = json.loads((tmp_path / name / "answers.json").read_text())
        texts.append(json.dumps({key: answers[key] for key in answers if key not in ("started", "seconds")}))
        assert f"<title>{answers['scenario']['title']}" in (tmp_path / name / "report.html").read_text()
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("belief(resolve == firm) > 0", "true, by a margin of +0."),
        ("belief(resolve == firm) > 2", "false, by a margin of -1."),
        ("belief(resolve == firm)", "probability"),
        ("worth(challenger, answer.concede)", "payoff"),
        ("worth_share(challenger, answer.concede)", "share of stake"),
    ],
)
def test_ask(question, words, written, capsys):
    assert main(["ask", str(written), question]) == Exit.DONE
    assert words in said(capsys)[0]
    assert main(["ask", str(written), question, "--at", "start", "--json"]) == Exit.DONE
    answer = json.loads(said(capsys)[0])
    keys = "question", "at", "kind", "value", "holds", "margin", "error", "status", "note", "series"
    assert list(answer) == [*HEAD, *keys]
    assert (answer["at"], answer["question"]) == ("start", question)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["worth(chalenger, answer.concede)"], "Did you mean `challenger`?"),
        (["belief(resolve == "], "question:1:"),
        (["__import__('os').system('true')"], "question:1:"),
        (["belief(resolve == firm)", "--at", "2035-01"], "2025"),
        (["belief(resolve == firm)", "--at", "tomorrow"], "tomorrow"),
        ([""], "question"),
    ],
)
def test_questions_that_cannot_be_asked(arguments, words, written, capsys):
    assert main(["ask", str(written), *arguments]) == Exit.BAD_INPUT
    out, err = said(capsys)
    assert out == "" and words in err


def test_set_changes_the_answer(written, capsys):
    beliefs = []
    for prior in ("0.2", "0.8"):
        assert main(["ask", str(written), "prior(resolve == firm)", "--set", f"prior_firm={prior}", "--json"]) == 0
        beliefs.append(json.loads(said(capsys)[0])["value"])
    assert beliefs == pytest.approx([0.2, 0.8])


def test_a_reader_that_goes_away_is_no_error():
    command = f"{sys.executable} -m longgame schema | head -c 10"
    run = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True)
    assert run.stderr == "" and len(run.stdout) == 10


def test_output_that_cannot_be_written_is_said_by_name():
    with Path("/dev/full").open("w") as full:
        run = subprocess.run([sys.executable, "-m", "longgame", "list"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert run.returncode == Exit.BAD_INPUT
    assert "standard output" in run.stderr and "no space left" in run.stderr and run.stderr.count("\n") == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_streams_that_are_closed_are_no_error(closed, tmp_path):
    """And no file that is opened later takes their place."""
    command = f"{sys.executable} -m longgame new case --out {tmp_path / 'case.yaml'} {closed}"
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert run.returncode == Exit.DONE and run.stderr == ""
    assert (tmp_path / "case.yaml").read_text().startswith("#")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_and_its_like_leave_a_run_to_resume(tmp_path, number):
    out, scenario = tmp_path / "out", tmp_path / "tiny.yaml"
    scenario.write_text(TEXT, encoding="utf-8")
    command = [sys.executable, "-m", "longgame", "run", str(scenario), "--draws", "60000", "--out", str(out)]
    heard = partial(signal.signal, number, signal.SIG_DFL)  # also where the tests themselves run under nohup
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, preexec_fn=heard, **pipes) as running:
        while running.poll() is None and not (out / RUN).exists():
            time.sleep(0.1)
        running.send_signal(number)
        stdout, stderr = running.communicate(timeout=600)
    assert running.returncode == Exit.STOPPED
    assert stdout == "" and f"longgame resume {out}" in stderr and "Traceback" not in stderr, stderr
    assert sorted(path.name for path in out.iterdir()) == ["chunks", "run.json"]


NO_STAKE = """
title: A gift
clock: {periods: 2}
actors: {a: {lambda: 1, discount: 0.5}, b: {lambda: 1, discount: 0.5}}
state: {x: {values: [low, high], start: low}}
period:
  - {move: m, by: a, options: {go: {pay: {a: 1}}, stay: {}}}
payoffs: {a: x == high, b: -1 * (x == high)}
end_values: {a: 0, b: 0}
deals: {boost: {x: high}}
"""


def test_a_deal_to_an_actor_without_a_stake_is_told_in_units_of_payoff(tmp_path, capsys):
    file = tmp_path / "gift.yaml"
    file.write_text(NO_STAKE, encoding="utf-8")
    assert main(["deals", str(file)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "boost +100.0% -1.50 a yes" in said and "B has no stake" in said
    [row] = longgame.examine(longgame.load(file), "deals")["deals"]
    assert row["share"] == {"a": pytest.approx(1.0), "b": None} and row["worth"]["b"] == pytest.approx(-1.5)
