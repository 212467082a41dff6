"""Every command on a game whose beliefs are kept block by block, number by number against the game solved exactly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from longgame.answers.answers import base_case
from longgame.answers.assess import assess, resume
from longgame.answers.block import Sources
from longgame.answers.claims import claim_rows
from longgame.answers.others import others_of
from longgame.cli import main
from longgame.cli.output import Exit
from longgame.errors import TooLargeError
from longgame.queries.questions import answer
from longgame.run.executors import Threads
from longgame.run.precision import ask
from longgame.run.store import Folder
from longgame.run.study import Study
from longgame.scenario.formulas import Question
from longgame.scenario.load import load, loads, with_values
from longgame.scenario.questions.understand import understand
from longgame.solver.blocks.solve import solve_blocks
from longgame.solver.others import other_solutions
from longgame.solver.solution import Status
from tests.studio.games import bench, last, solved

CASES = Path(__file__).parent / "cases"
TWO_SECRETS = CASES / "two_secrets.yaml"

COMMANDS = {
    "claims --draws 1": 0.02,
    "variants --draws 0": 0.02,
    "explain serves": 0.05,  # slopes are read off the lattice, too
    "sweep prize=0.5,2": 0.02,
    "beliefs": 0.02,
    "ledger": 0.02,
    "forecast": 0.01,
    "play": 0.02,
    "postures --draws 2": 0.03,
    "turning patron": 0.05,  # from which belief another posture is best
    "deals": 0.02,
    "clauses": 0.02,
    "commitment": 0.02,
    "accounts": 0.02,
}
NOT_COMPARED = ("seconds", "started", "exact", "lattice", "beside", "method", "residual", "iterations", "status")
NUMBER = re.compile(r"[-+]?\d[\d.,]*(e[-+]?\d+)?%?")


def said(capsys: pytest.CaptureFixture[str], command: str) -> Any:
    name, *rest = command.split()
    assert main([name, str(TWO_SECRETS), *rest, "--json"]) == Exit.DONE
    return json.loads(capsys.readouterr().out)


def apart(exact: Any, found: Any, most: float, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two answers differ: by more than ``most``, relative to one or to the number; or by more than the error that
    stands beside it, if that is more."""
    if isinstance(exact, Mapping) and isinstance(found, Mapping):
        error = max(most, float(found.get("error") or 0.0))
        for key in [key for key in exact.keys() | found.keys() if key not in (*NOT_COMPARED, "error", "errors")]:
            yield from apart(exact.get(key), found.get(key), error, f"{place}/{key}")
    elif isinstance(exact, list) and isinstance(found, list):
        if len(exact) != len(found):
            yield place, len(exact), len(found)
        for number, (one, other) in enumerate(zip(exact, found, strict=False)):
            yield from apart(one, other, most, f"{place}[{number}]")
    elif isinstance(exact, str) and isinstance(found, str):
        if NUMBER.sub("", exact) != NUMBER.sub("", found) and found != "open":  # within the error of the lattice
            yield place, exact, found
    elif isinstance(exact, bool) or not (isinstance(exact, int | float) and isinstance(found, int | float)):
        if exact is not found:
            yield place, exact, found
    elif not abs(exact - found) <= most * max(1.0, abs(exact)):
        yield place, exact, found


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_say_the_same_as_the_exact_method(command, monkeypatch, capsys):
    exact = said(capsys, command)
    monkeypatch.setattr("longgame.run.study.solved_exactly", lambda game: None)
    wrong = list(apart(exact, said(capsys, command), COMMANDS[command]))
    assert not wrong, "\n".join(map(str, wrong))


def test_a_turning_chance_in_some_worlds_alone_is_that_of_what_everybody_believes():
    """What is given is no news to the actors: the best posture is that by the public belief, whoever knows what."""
    scenario = load(TWO_SECRETS)
    texts = (
        "turning_chance(patron, leave, given=strain == low)",
        "turning_chance(attacker, play_along, given=aim == reset)",
    )
    asked = [understand(scenario, Question(text), "now") for text in texts]
    study = Study.of(scenario, asked)
    bound = [study.binder.bind(one) for one in asked]
    exact, found = ([one.value for one in answer(s.draw().case, bound)] for s in (study, study.on_lattice))
    assert exact == pytest.approx([0.42, 1.0], abs=0.01)
    assert found == pytest.approx(exact, abs=0.01)


def test_honest_talk_is_followed_block_by_block():
    scenario = load(CASES / "honest_word.yaml")
    texts = "choice(readout.good, given=cost == bad)", "choice(join.join, after=readout.good)", "chance(joint == done)"
    asked = [understand(scenario, Question(text), "now") for text in texts]
    study = Study.of(scenario, asked)
    assert study.exact
    assert study.game.factored
    bound = [study.binder.bind(one) for one in asked]
    exact = [one.value for one in answer(study.draw().case, bound)]
    on_lattice = study.on_lattice
    atoms = dict.fromkeys(atom for one in bound for atom in one.atoms)
    base = ask(on_lattice, atoms, told=bound)
    for one, right in zip(bound, exact, strict=True):
        error, value = base.error(one), one.work_out(base.found).value
        assert error is not None and value is not None and right is not None
        assert abs(value - right) <= error
    assert exact[0] is not None and exact[0] < 0.1  # a lie is seldom told: on the principal branch words tell nothing
    assert base.draw.case.solution().status in (Status.HONEST, Status.UNRAVELLED)


def test_other_equilibria_are_found_block_by_block():
    """Where honest talk leads is one of those that random play leads to; on the principal branch words tell nothing."""
    honest = load(CASES / "honest_word.yaml")
    steps = [step.model_copy(update={"start": None}) if step.name == "readout" else step for step in honest.period]
    study = Study.of(honest.model_copy(update={"period": steps}).read_from(honest.source))
    principal = solve_blocks(replace(study.game, lattice=4))
    talked = solve_blocks(replace(Study.of(honest).game, lattice=4))
    found = other_solutions(principal, starts=2)
    said = [one.choice_at(0, 0, 0, one.prior)[0] for one in (talked, *found)]
    assert np.ptp(principal.choice_at(0, 0, 0, principal.prior)[0]) < 1e-6 < 0.5 < np.ptp(said[0])
    assert min(np.abs(said[0] - other).max() for other in said[1:]) < 1e-6
    assert all(not one.unconverged.any() for one in found)


def test_a_search_for_other_equilibria_that_would_take_hours_is_refused():
    scenario = load(TWO_SECRETS)
    with pytest.raises(TooLargeError) as caught:
        others_of(scenario, starts=10_000)
    [problem] = caught.value.problems
    assert "10,000 random starts" in problem.found
    assert "solver: {lattice: " in problem.fix or "--starts" in problem.fix


def test_verify_holds_the_lattice_of_blocks_against_exact_beliefs(capsys):
    assert main(["verify", str(TWO_SECRETS), "--nodes", "500", "--json"]) == Exit.DONE
    found = json.loads(capsys.readouterr().out)
    assert (found["exact"]["lattice"], found["exact"]["finer"]) == (6, 12)
    assert found["exact"]["exact"]["choice"] < 1e-3  # in the first period alone: what is beyond is held against
    assert (found["plays"]["lattice"], found["plays"]["finer"]) == (6, 12)
    assert 1e-5 < found["plays"]["whole"]["choice_mean"] < 0.01
    assert all(claim["finer"] is not None for claim in found["claims"])


SHORT = (
    TWO_SECRETS.read_text(encoding="utf-8")
    .replace("periods: 3", "periods: 1")
    .replace("lattice: 6", "lattice: 4")
    .replace("2025-05-20", "2025-03-20")
    .replace("by: 2025-04", "by: 2025-03")
)


@pytest.fixture
def on_lattice(monkeypatch: pytest.MonkeyPatch) -> None:
    """No game is solved exactly."""
    monkeypatch.setattr("longgame.run.study.solved_exactly", lambda game: None)


@pytest.mark.usefixtures("on_lattice")
def test_the_studio_tells_the_errors_of_the_command_line_at_moved_sliders(tmp_path):
    values = {"prize": 1.4}
    told = last(solved(bench(tmp_path), values, SHORT, draws=0, slopes=False), "errors")["claims"]
    base = base_case(Study.of(with_values(loads(SHORT), values)), ["claims"])
    assert (base.precision.beside, base.precision.before is None) == (3, False)
    rows = claim_rows(Sources(base))
    for row, claim in zip(rows, told, strict=True):
        assert claim["verdict"] == row.verdict
        assert claim["margin"] == pytest.approx(row.margin, abs=1e-8)
        assert claim["error"] == pytest.approx(row.error, abs=1e-7)
    assert any(row.error for row in rows)


@pytest.mark.usefixtures("on_lattice")
def test_a_resumed_run_gives_the_numbers_of_an_uninterrupted_one(tmp_path, monkeypatch):
    solve = Threads.solve

    def interrupted(self, solver, chunks):
        yield from solve(self, solver, chunks[:1])
        raise KeyboardInterrupt

    with monkeypatch.context() as once, pytest.raises(KeyboardInterrupt):
        once.setattr(Threads, "solve", interrupted)
        assess(loads(SHORT), draws=8, seed=3, folder=tmp_path, executor=Threads(1))
    assert len(Folder.open(tmp_path).missing()) == 1
    found, whole = resume(tmp_path, executor=Threads(1)).to_json(), assess(loads(SHORT), draws=8, seed=3).to_json()
    assert not whole["solver"]["exact"]
    assert {key for key in whole if found[key] != whole[key]} <= {"started", "seconds"}
