"""Names in any script: read, written and asked about like others; those that look alike are warned of."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from longgame.errors import ScenarioError
from longgame.scenario.checks import check
from longgame.scenario.dump import dump
from longgame.scenario.load import loads, read
from longgame.scenario.schema import json_schema
from longgame.scenario.yaml_tree import compose, data_of

STRIKE = (Path(__file__).parents[1] / "cases" / "strike.yaml").read_text(encoding="utf-8")
FOREIGN = {"fund": "größe", "wage": "зарплата", "strike_vote": "投票", "militant": "نضالي", "employer": "नियोक्ता"}


def renamed(text: str) -> str:
    for old, new in FOREIGN.items():
        text = text.replace(old, new)
    return text


def test_names_of_any_script_mean_the_same():
    scenario = loads(renamed(STRIKE))
    assert loads(renamed(dump(loads(STRIKE)))) == scenario == loads(dump(scenario))
    assert [p.code for p in check(scenario)] == [p.code for p in check(loads(STRIKE))]
    data = data_of(compose(renamed(STRIKE), None, []))
    assert Draft202012Validator(json_schema()).is_valid(data)


def test_composed_and_decomposed_letters_are_one():
    decomposed = unicodedata.normalize("NFD", renamed(STRIKE))
    assert decomposed != renamed(STRIKE)
    made = loads(decomposed, overrides={unicodedata.normalize("NFD", "p_rich"): 0.4})
    assert made.state.keys() == loads(renamed(STRIKE)).state.keys()
    assert made.assumptions["p_rich"].value == 0.4


def test_places_in_expressions_of_any_script():
    text = renamed(STRIKE).replace("when: größe > 0", "when: größe > зарплатта")
    with pytest.raises(ScenarioError) as caught:
        loads(text)
    [problem] = caught.value.problems
    line = text.splitlines()[(problem.where.line or 0) - 1]
    assert line[(problem.where.column or 0) - 1 :].startswith("зарплатта")
    assert problem.found == "`зарплатта`"


IJ = "\N{CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I}"


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("  pride: {", f"  burn_{IJ}: {{value: 1, source: x}}\n  pride: {{", []),
        ("  pride: {", f"  burn{IJ}: {{value: 1, source: x}}\n  pride: {{",
         [f"`burn{IJ}` in Cyrillic and Latin letters"]),
        ("[none, five]", f"[none, five, f{IJ}ve]", [f"`f{IJ}ve`, which looks like `five`"]),
    ],
)
def test_look_alikes(old: str, new: str, found: list[str]):
    problems = check(loads(STRIKE.replace(old, new)))
    assert [problem.found for problem in problems if problem.code == "look-alike"] == found


def test_percentages_are_told(tmp_path: Path):
    file = tmp_path / "x.yaml"
    text = STRIKE.replace("{value: 0.5, range: [0.2, 0.8]", "{value: 50 %, range: [20%, 80%]").replace("0.97", "97 %")
    file.write_text(text.replace("percent / 10 -", "percent * 10% -"), encoding="utf-8")
    scenario, problems = read(file)
    assert scenario == loads(STRIKE.replace("percent / 10 -", "percent * 0.1 -"))
    told = {problem.found for problem in problems if problem.code == "percentage"}
    assert told == {
        "`50 %`, which is read as 0.5", "`20%`, which is read as 0.2", "`80%`, which is read as 0.8",
        "`97 %`, which is read as 0.97", "`10%`, which is read as 0.1",
    }  # fmt: skip
