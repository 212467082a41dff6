"""Views of a finished run: what it holds is shown as it is, and nothing is solved again."""

from __future__ import annotations

import json
import shutil
import webbrowser
from pathlib import Path

import pytest

import longgame
from longgame.cli import main
from longgame.cli.output import Exit
from longgame.run.store import Folder

NAME = "take-it-or-leave-it"
VIEWS = ("claims", "beliefs", "ledger", "forecast", "postures", "deals", "verify")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "kept"
    assert main(["run", NAME, "--draws", "8", "--seed", "3", "--verify", "--out", str(folder)]) == Exit.DONE
    return folder


@pytest.fixture
def folder(made, monkeypatch) -> str:
    """The folder of a run, where nothing can be solved."""

    def solve(*_, **__):
        raise AssertionError("something is solved")

    for name in ("load", "assess", "examine", "postures"):
        monkeypatch.setitem(vars(longgame), name, solve)
    return str(made)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_of_a_run_shows_what_is_in_its_answers(view, folder, capsys):
    answers = json.loads((Path(folder) / "answers.json").read_text())
    capsys.readouterr()
    assert main([view, folder, "--json"]) == Exit.DONE
    shown = json.loads(capsys.readouterr().out)
    known = answers if view != "verify" else answers["verification"]
    same = [key for key in shown if key in known and shown[key] == known[key]]
    assert {"forecast": "forecasts", "verify": "exact"}.get(view, view) in same
    assert len(same) >= len(shown) - (3 if view == "verify" else 0)
    assert main([view, folder]) == Exit.DONE
    captured = capsys.readouterr()
    assert captured.out and captured.err == "", "no progress: nothing is done"


@pytest.mark.parametrize("view", ["ledger", "deals"])
def test_it_is_what_the_scenario_s_own_view_says(view, made, capsys):
    capsys.readouterr()
    main([view, str(made)])
    kept = capsys.readouterr().out
    main([view, NAME])
    assert [line for line in kept.splitlines() if "draw" not in line] == [
        line for line in capsys.readouterr().out.splitlines() if "draw" not in line
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["claims", "--draws", "9"], "--draws can no longer be chosen"),
        (["claims", "--seed", "4", "--set", "prior_resolute=0.4"], "--seed and --set can no longer be chosen"),
        (["claims", "--others"], "holds no other equilibria"),
        (["postures", "--at-least", "1"], "--at-least can no longer be chosen"),
        (["verify", "--nodes", "9"], "--nodes can no longer be chosen"),
        (["ask", "1 > 0"], "does not hold the answer to this"),
        (["whatif", "--set", "x=1"], "does not hold the answer to this"),
        (["check"], "does not hold the answer to this"),
        (["solve"], "does not hold the answer to this"),
    ],
)
def test_what_a_run_does_not_hold_is_said_with_what_to_give(arguments, said, folder, capsys):
    command, *more = arguments
    given = [*more[:1], *more[1:]] if command == "ask" else more
    capsys.readouterr()
    assert main([command, folder, *given]) == Exit.BAD_INPUT
    captured = capsys.readouterr()
    assert captured.out == "" and said in captured.err
    assert captured.err.endswith(f"Give the scenario itself: {NAME}.\n")
    assert main([command, folder, *given, "--json"]) == Exit.BAD_INPUT
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "run"


def test_the_run_s_own_draws_and_seed_may_be_named(folder):
    assert main(["claims", folder, "--draws", "8", "--seed", "3"]) == Exit.DONE


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "holds no run: there is no answers.json"),
        ("{", "cannot be read"),
        ("[]", "has layout None"),
        ('{"layout": 1}', "has layout 1, where this version of longgame writes"),
    ],
)
def test_folders_without_answers(content, said, tmp_path, capsys):
    if content is not None:
        (tmp_path / "answers.json").write_text(content)
    assert main(["claims", str(tmp_path)]) == Exit.BAD_INPUT
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda answers: answers.pop("scores"), "there is no `scores`"),  # of a run before there were scores
        (lambda answers: answers.update(claims="x"), "`claims` is `x`"),
        (lambda answers: answers["claims"][0].update(margin="x"), "`claims.0.margin` is `x`"),
        (lambda answers: answers["claims"][0].update(firmness="sure"), "`claims.0.firmness` is `sure`"),
        (lambda answers: answers["beliefs"][0].update(posterior=3), "`beliefs.0.posterior` is `3`"),
        (lambda answers: answers.update(solver=None), "`solver` is nothing"),
        (lambda answers: answers.update(draws=9, claims=[]), "was changed since"),  # might be another run's
    ],
)
def test_answers_that_are_not_what_a_run_writes(change, said, made, tmp_path, capsys):
    run = tmp_path / "run"
    shutil.copytree(made, run)
    answers = json.loads((run / "answers.json").read_text())
    change(answers)
    (run / "answers.json").write_text(json.dumps(answers))
    for command in (["forecast", str(run)], ["report", str(run)], ["compare", str(run), str(made)]):
        capsys.readouterr()
        assert main(command) == Exit.BAD_INPUT
        error = capsys.readouterr().err
        assert said in error and f"move it away, and `longgame resume {run}` writes it anew" in error


def test_a_run_that_is_not_finished_is_resumed_first(made, tmp_path, capsys):
    half = tmp_path / "half"
    shutil.copytree(made, half)
    (half / "answers.json").unlink()
    assert main(["beliefs", str(half)]) == Exit.BAD_INPUT
    assert f"`longgame resume {half}` finishes it" in capsys.readouterr().err


def test_the_page_is_made_again_and_belongs_to_the_run(made, tmp_path, capsys):
    run = tmp_path / "run"
    shutil.copytree(made, run)
    before = (run / "report.html").read_text()
    (run / "report.html").unlink()
    assert main(["report", str(run)]) == Exit.DONE
    assert (run / "report.html").read_text() == before
    assert Folder.open(run).owns(run / "report.html")
    other = tmp_path / "other.html"
    assert main(["report", str(run), "--out", str(other)]) == Exit.DONE and other.read_text() == before
    (run / "report.html").write_text("mine")
    assert main(["report", str(run)]) == Exit.BAD_INPUT
    assert "is not overwritten" in capsys.readouterr().err and (run / "report.html").read_text() == "mine"


def test_open_opens_the_page(made, tmp_path, monkeypatch, capsys):
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    assert main(["open", str(made)]) == Exit.DONE
    assert opened == [(made / "report.html").resolve().as_uri()]
    monkeypatch.chdir(tmp_path)
    assert main(["open", NAME]) == Exit.BAD_INPUT
    assert f"`longgame run {NAME}` makes one" in capsys.readouterr().err
    shutil.copytree(made, tmp_path / "out" / NAME)
    assert main(["open", f"folder/{NAME}.yaml"]) == Exit.DONE and len(opened) == 2
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    capsys.readouterr()
    assert main(["open", NAME]) == Exit.DONE
    assert f"The page is {(tmp_path / 'out' / NAME / 'report.html').resolve()}" in capsys.readouterr().err
    (tmp_path / "out" / NAME / "report.html").unlink()
    assert main(["open", f"out/{NAME}"]) == Exit.BAD_INPUT
    assert f"`longgame report out/{NAME}` makes it" in capsys.readouterr().err
