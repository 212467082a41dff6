"""Two assessments side by side, and what would change with an assumption: the tiny game, known by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.answers.assess import assess
from longgame.answers.compare import Comparison, compare, whatif
from longgame.cli import main
from longgame.cli.output import Exit, to_json
from longgame.errors import RunError, ScenarioError
from longgame.run.manifest import read_run, write_run
from longgame.run.plan import Plan
from longgame.run.solver import points
from longgame.run.study import Study
from longgame.scenario.load import loads
from longgame.solver.solution import Status
from tests.test_assessment import CLAIMS
from tests.test_rests_on import keys_of
from tests.tiny import TEXT, tiny

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def cheaper() -> Comparison:
    """The tiny game at a prize of 0.8 instead of 1."""
    return whatif(tiny(CLAIMS), {"prize": 0.8}, draws=64, seed=1)


def test_claims_that_turned_come_first(cheaper):
    first, *others = cheaper.claims
    assert (first.id, first.turned) == ("rich", True)
    assert (first.a.margin, first.b.margin) == (pytest.approx(0.2), pytest.approx(-0.2))
    assert not any(row.turned for row in others)


def test_the_assumption_is_held_and_the_others_are_drawn_alike(cheaper):
    claims = {row.id: row for row in cheaper.claims}
    assert (claims["rich"].a.share, claims["rich"].b.share) == (1.0, 0.0)
    assert claims["rich"].in_draws.only_a == 1.0 and claims["rich"].in_draws.draws == 64
    trusted = claims["trusted"].in_draws  # it rests on the prior alone, which is the same in each draw
    assert (trusted.only_a, trusted.only_b) == (0.0, 0.0) and trusted.both == trusted.neither == 0.5
    assert claims["spoken"].in_draws is None
    assert cheaper.paired and "prize is held at 1 in A and at 0.8 in B" in cheaper.note
    assert [(row.name, row.a, row.b) for row in cheaper.assumptions] == [("prize", 1.0, 0.8)]


def test_every_other_answer_is_there(cheaper):
    found = {(row.block, row.what): row for row in cheaper.answers}
    stake = found["actors", "stake of a"]
    assert (stake.a, stake.b, stake.change) == (pytest.approx(2.0), pytest.approx(1.6), pytest.approx(-0.4))
    assert found["beliefs", "yes now"].change == pytest.approx(0.0)
    assert found["postures", "a, bold"].change == pytest.approx(-0.2)
    assert found["postures", "a, best by maximin"].a == found["postures", "a, best by maximin"].b == "safe"
    assert {row.block for row in cheaper.answers} == {
        "actors", "worlds", "beliefs", "bayes factors", "surprise", "ledger", "forecasts", "postures", "deals",
        "bargaining", "commitment", "accounts",
    }  # fmt: skip


def test_names_in_common_are_drawn_alike():
    luck = "  luck: {value: 1, range: [0, 2], source: judgement, because: A test.}"
    other = TEXT.replace("  prize: {", f"{luck}\n  prize: {{", 1)
    studies = [Study.of(tiny(CLAIMS)), Study.of(loads(other + CLAIMS))]
    theta = [points(study, 3, 20, 5) for study in studies]
    np.testing.assert_array_equal(theta[0][:, 0], theta[1][:, 1])
    np.testing.assert_array_equal(theta[0][:, 1], theta[1][:, 2])
    found = compare(tiny(CLAIMS), loads(other + CLAIMS), draws=8)
    assert found.paired
    assert all(row.in_draws is None or row.in_draws.only_a == row.in_draws.only_b == 0.0 for row in found.claims)
    assert [row.name for row in found.assumptions] == ["luck"] and found.assumptions[0].a is None


def test_claims_and_runs_of_one_side_only(tmp_path):
    one = tiny(CLAIMS)
    answers = assess(one, draws=8, seed=3, folder=tmp_path)
    with pytest.raises(RunError, match="is not finished"):
        compare(tmp_path, one)
    (tmp_path / "answers.json").write_text(to_json(answers.to_json()), encoding="utf-8")
    fewer = one.model_copy(update={"claims": {"rich": one.claims["rich"]}})
    found = compare(fewer, tmp_path, draws=100, seed=9)  # the draws are those of the run
    claims = {row.id: row for row in found.claims}
    assert (found.seed, found.draws, found.paired) == (3, 8, True)
    assert claims["rich"].turned is False and claims["rich"].in_draws.only_a == claims["rich"].in_draws.only_b == 0.0
    assert claims["bold"].a is None and claims["bold"].turned is None
    same = compare(tmp_path, tmp_path)
    assert not any(row.turned for row in same.claims) and same.assumptions == []
    assert all(row.change in (0.0, None) and row.a == row.b for row in same.answers)


def test_runs_of_other_draws_are_not_compared_draw_by_draw(tmp_path):
    for seed in (1, 2):
        answers = assess(tiny(CLAIMS), draws=4, seed=seed, folder=tmp_path / str(seed))
        (tmp_path / str(seed) / "answers.json").write_text(to_json(answers.to_json()), encoding="utf-8")
    found = compare(tmp_path / "1", tmp_path / "2")
    assert not found.paired and "not draw by draw" in found.note
    assert all(row.in_draws is None for row in found.claims) and found.claims[0].a.share is not None


def test_a_plan_with_draws_of_another_kind_is_refused():
    plan = Plan.of(Study.of(tiny(CLAIMS)), 8, seed=0)
    written = write_run(plan, {})
    assert read_run(written.encode())[0] == plan
    with pytest.raises(RunError, match="layout"):
        read_run(json.dumps(json.loads(written) | {"layout": 1}).encode())


@pytest.mark.parametrize("values", [{}, {"prise": 1.0}, {"prize": 3.0}])  # out of its range
def test_what_cannot_be_set(values):
    with pytest.raises(ScenarioError):
        whatif(tiny(CLAIMS), values)


# --- the commands -----------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(TEXT + CLAIMS, encoding="utf-8")
    return path


def test_whatif_on_a_terminal(file, capsys):
    assert main(["whatif", str(file), "--set", "prize=0.8", "--draws", "16"]) == Exit.DONE
    text = capsys.readouterr().out
    for words in ("rich", "1 of 6 claims turned", "stake of a", "prize is held at 1 in A and at 0.8 in B", "-0.400"):
        assert words in text, text
    assert max(map(len, text.splitlines())) <= 110
    assert main(["whatif", str(file)]) == Exit.BAD_INPUT
    assert main(["whatif", str(file), "--set", "prise=1", "--json"]) == Exit.BAD_INPUT
    assert "prize" in json.loads(capsys.readouterr().out)["problems"][0]["fix"]


def test_compare_as_json(file, capsys):
    assert main(["compare", str(file), str(file), "--draws", "0", "--json"]) == Exit.DONE
    printed = json.loads(capsys.readouterr().out)
    assert printed["draws"] == 0 and not any(row["turned"] for row in printed["claims"])
    assert printed["status"] == [Status.CONVERGED.value] * 2


def test_a_run_by_the_command_line_can_be_compared(file, tmp_path, capsys):
    out = str(tmp_path / "out")
    assert main(["run", str(file), "--draws", "4", "--out", out]) == Exit.DONE
    assert "Wrote" in capsys.readouterr().out
    assert main(["compare", out, str(file), "--json"]) == Exit.DONE
    printed = capsys.readouterr().out
    assert json.loads(printed)["paired"]


def test_every_key_is_documented():
    text = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("assumptions.md", "answers.md"))
    assert keys_of(Comparison) - set(re.findall(r"`([a-z0-9_]+)`", text)) == set()


def test_the_public_names():
    assert longgame.compare is compare and longgame.whatif is whatif
