"""Claims along values of assumptions: against closed forms, and against the same scenario with the values set."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

import longgame
from longgame.answers.sweep import parts
from longgame.cli import main
from longgame.errors import ScenarioError
from longgame.scenario.dump import dump
from longgame.scenario.load import with_values
from tests.run.runs import CLAIMS
from tests.studio.games import LATTICE
from tests.tiny import tiny


@pytest.fixture(scope="module")
def scenario():
    return tiny(CLAIMS)


def test_margins_have_their_closed_form(scenario):
    """With a prize x the gain of going over staying, if yes, is 2 x; the claim asks for 1.8."""
    found = longgame.sweep(scenario, {"prize": [0.5, 0.9, 1.5]}, asked=["belief(h == yes)", "value(a) > 0"])
    assert [point.values for point in found.points] == [{"prize": 0.5}, {"prize": 0.9}, {"prize": 1.5}]
    np.testing.assert_allclose([p.claims["rich"].margin for p in found.points], [-0.8, 0.0, 1.2], atol=1e-9)
    assert [p.claims["rich"].holds for p in found.points][::2] == [False, True]
    np.testing.assert_allclose([p.asked["belief(h == yes)"] for p in found.points], 0.75, atol=1e-9)
    assert all(p.claims["spoken"].margin is None for p in found.points)
    assert found.exact and found.note == "" and found.over == {"prize": [0.5, 0.9, 1.5]}


def test_every_point_is_the_scenario_with_its_values(scenario):
    """All combinations of two assumptions, the last one the fastest; one lies out of its range, which is said."""
    found = longgame.sweep(scenario, {"prior_yes": [0.3, 0.7], "prize": [1.0, 2.0]}, asked=["value(a)"])
    assert [tuple(p.values.values()) for p in found.points] == [(0.3, 1.0), (0.3, 2.0), (0.7, 1.0), (0.7, 2.0)]
    assert found.note == "Some values of prize lie outside of its range, 0.5 to 1.5."
    for point in found.points[::2]:
        alone = longgame.ask(with_values(scenario, point.values), "value(a)")
        assert point.asked["value(a)"] == pytest.approx(alone["value"], abs=1e-9)
    row = found.rows()[0]
    assert list(row)[:4] == ["prior_yes", "prize", "rich.margin", "rich.holds"] and row["prize"] == 1.0


def test_what_cannot_be_swept_is_refused(scenario):
    with pytest.raises(ScenarioError, match="Did you mean `prize`"):
        longgame.sweep(scenario, {"prise": [1.0]})
    with pytest.raises(ScenarioError, match="at most 10,000 points"):
        longgame.sweep(scenario, {"prize": [1.0] * 200, "prior_yes": [0.5] * 200})
    with pytest.raises(ScenarioError, match="one finite value or more"):
        longgame.sweep(scenario, {"prize": [np.nan]})
    (point,) = longgame.sweep(scenario, {"prior_yes": [0.5]}).points
    assert point.note == ""


@pytest.fixture
def file(scenario, tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(dump(scenario), encoding="utf-8")
    return path


def test_the_command_prints_a_table_csv_and_json_and_draws(file, capsys, tmp_path):
    out = tmp_path / "plot.svg"
    assert main(["sweep", str(file), "prize=0.5:1.5:3", "prior_yes=0.3,0.6", "--csv", "--out", str(out)]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["prize"] for row in rows] == ["0.5", "0.5", "1.0", "1.0", "1.5", "1.5"]
    assert float(rows[-1]["rich.margin"]) == pytest.approx(1.2) and rows[0]["spoken.margin"] == ""
    drawing = ElementTree.parse(out).getroot()
    shapes = [node.tag.rpartition("}")[2] for node in drawing.iter()]
    # Three claims have answers (rich, bold and early), each with a line of three points for each prior.
    assert shapes.count("circle") == 3 * 6
    assert "rich holds at 4 of 6 points." in "".join(drawing.itertext())
    assert main(["sweep", str(file), "prize=1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["points"][0]["claims"]["rich"]["margin"] == pytest.approx(0.2)
    assert main(["sweep", str(file), "prize=0.5:1.5:3", "--ask", "value(a)"]) == 0
    text = capsys.readouterr().out
    assert "value(a)" in text and "-0.8" in text and "+1.2" in text


@pytest.mark.parametrize("wrong", ["prize", "prize=", "prize=1:2", "prize=1:2:0", "prize=a", "=1", "prize=1 prize=2"])
def test_a_wrong_word_gets_a_clear_message(file, capsys, wrong):
    assert main(["sweep", str(file), *wrong.split(" ")]) == 2
    assert "NAME=FROM:TO:COUNT" in capsys.readouterr().err


# --- names in the place of scenarios ----------------------------------------------------------------------------------


def test_names_and_files_are_taken_wherever_a_scenario_is(file, scenario):
    name = "truce-on-offer"
    assert longgame.check(name) == longgame.check(longgame.load(name))
    assert longgame.compile(name).actors == longgame.compile(longgame.load(name)).actors
    assert longgame.dump(file) == dump(longgame.load(file))
    assert longgame.picture(name).title == longgame.load(name).title
    assert longgame.ask(str(file), "belief(h == yes)")["value"] == pytest.approx(0.75)
    assert longgame.examine(file, "ledger")["ledger"] == longgame.examine(longgame.load(file), "ledger")["ledger"]
    assert len(longgame.sweep(file, {"prize": [1.0]}).points) == 1
    answers = longgame.assess(file, draws=0)
    assert [claim.id for claim in answers.claims] == list(scenario.claims)
    with pytest.raises(ScenarioError, match="truce-on-offer"):
        longgame.assess("truce-on-ofer", draws=0)


def test_check_finds_in_a_changed_copy_what_compile_refuses(scenario):
    assert longgame.check(scenario) == longgame.check(scenario.model_copy())
    wrong = scenario.assumptions["prior_yes"].model_copy(update={"value": 1.5, "range": None})
    changed = scenario.model_copy(update={"assumptions": {**scenario.assumptions, "prior_yes": wrong}})
    with pytest.raises(ScenarioError) as raised:
        longgame.compile(changed)
    errors = [problem for problem in longgame.check(changed) if problem.severity == "error"]
    assert errors and tuple(errors) == tuple(raised.value.problems)


def test_the_blocks_of_the_language_are_classes():
    from longgame import scenario as blocks
    from longgame.scenario import Evidence, Scenario, model

    assert Evidence is model.Evidence and Scenario is longgame.Scenario
    assert all(getattr(blocks, name) is getattr(model, name) for name in model.__all__)
    for name in ("Nothing", "CoreSchema"):
        with pytest.raises(AttributeError):
            getattr(blocks, name)


def test_on_a_lattice_it_says_how_far_the_numbers_may_be_off(scenario):
    exact = longgame.sweep(scenario, {"prize": [1.0]}, asked=["value(a)"])
    assert set(exact.errors.values()) == {0.0} and list(exact.errors)[-1] == "value(a)"
    found = longgame.sweep(longgame.loads(LATTICE), {"prize": [1.0, 1.25]})
    assert not found.exact and found.errors["bold"] is not None
    told = parts(found.to_json() | {"errors": {"bold": 0.01, "worth": None, "never": 1e-12}})[-1]
    assert told.text == "For the lattice of beliefs the numbers may be off, as at the given values: bold by 0.01."


def test_that_choices_jumped_is_said(scenario):
    found = longgame.sweep(scenario, {"prize": [0.5, 1.0]})
    assert [point.jumps for point in found.points] == [0, 0] and "jumped" not in str(parts(found.to_json()))
    there = replace(found, points=[found.points[0], replace(found.points[1], jumps=3)])
    assert "At 1 of 2 points choices jumped" in str(parts(there.to_json()))
