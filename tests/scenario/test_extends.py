"""Scenarios that build on others: what is merged, added, replaced and taken out, and what can go wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longgame.errors import ScenarioError
from longgame.scenario.load import load, loads
from longgame.scenario.model import Scenario

BASE = (Path(__file__).parent / "base.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    return tmp_path


def extended(folder: Path, text: str) -> Scenario:
    (folder / "more.yaml").write_text(f"extends: base.yaml\n{text}", encoding="utf-8")
    return load(folder / "more.yaml")


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        extended(folder, text)
    return [f"{Path(p.where.file or '').name}:{p.where.line}:{p.where.column} {p.code}" for p in caught.value.problems]


def test_nothing_changed(folder: Path):
    assert extended(folder, "") == loads(BASE)


def test_blocks_are_merged_and_values_replaced(folder: Path):
    made = extended(
        folder,
        """
title: Another truce
assumptions: {prize: {value: 3}}
payoffs: {attacker: 1 - strength}
""",
    )
    base = loads(BASE)
    assert made.title == "Another truce"
    assert made.assumptions["prize"].value == 3
    assert made.assumptions["prize"].because == base.assumptions["prize"].because
    assert made.payoffs["attacker"].text == "1 - strength"
    assert made.payoffs["defender"] == base.payoffs["defender"]


def test_null_takes_out(folder: Path):
    made = extended(folder, "end_values: null\nclaims: {end_near: null}\n")
    assert made.end_values == {}
    assert "end_near" not in made.claims and len(made.claims) == 3
    assert problems(folder, "claims: {end_nearer: null}\n") == ["more.yaml:2:10 nothing-to-remove"]


def test_lists_replace(folder: Path):
    made = extended(folder, "assumptions: {aid_effect: {range: [0, 0.3]}}\n")
    assert made.assumptions["aid_effect"].range == (0, 0.3)


def test_cases_over_another_variable_replace(folder: Path):
    made = extended(folder, "definitions: {weight: {depends on: skill, high: 1, low: prize}}\n")
    assert list(made.definitions["weight"].cases) == ["high", "low"]
    made = extended(folder, "definitions: {weight: {peace: 3}}\n")
    assert made.definitions["weight"].cases["peace"].text == "3"
    assert made.definitions["weight"].cases["reset"].text == "prize"


def test_a_distribution_is_replaced_whole(folder: Path):
    made = extended(folder, "assumptions: {prior_reset: {distribution: {uniform: [0.1, 0.9]}}}\n")
    assert made.assumptions["prior_reset"].distribution.kind == "uniform"


def test_evidence_of_one_date_comes_after_what_is_there_and_in_its_own_order(folder: Path):
    made = extended(
        folder,
        """
evidence:
  - {id: first, on: 2025-03-20, move: answer, took: wait, source: a report}
  - {id: second, on: 2025-03-20, chance: weather, happened: foul, source: a report}
  - {id: still, from: 2025-04, to: 2025-05, quiet: answer, source: a report}
""",
    )
    around = [piece.id or piece.chance or "seen" for piece in made.evidence[4:]]
    assert around == ["fighting", "first", "second", "seen", "april_cut", "still"]


def test_evidence_is_added_in_order_of_time(folder: Path):
    made = extended(
        folder,
        """
evidence:
  - {on: 2025-05, move: aid_decision, took: keep, source: a report}
  - {on: 2025-03-25, move: answer, took: wait, source: a report}
""",
    )
    dates = [str(piece.on) for piece in made.evidence]
    assert dates == sorted(dates) and len(dates) == 9
    assert made.evidence[5].move == "answer"


def names(scenario: Scenario) -> list[str]:
    return [step.name for step in scenario.period]


def test_steps_are_replaced_added_and_removed(folder: Path):
    made = extended(
        folder,
        """
period:
  - {chance: weather, outcomes: {fine: {p: 1}}}
  - {move: speech, by: patron, after: aid_decision, options: {speak: {}, be_silent: {}}}
  - {move: march, by: attacker, before: fighting, options: {go: {}, stay: {}}}
  - {chance: harvest, outcomes: {good: {p: 1}}}
  - remove: answer
""",
    )
    assert names(made) == [
        "aid_decision", "speech", "contact", "truce_offer", "march", "fighting", "weather", "harvest",
    ]  # fmt: skip
    assert list(made.period[6].outcomes) == ["fine"]


def test_a_step_that_is_named_again_can_move(folder: Path):
    made = extended(folder, "period:\n  - {chance: weather, before: answer, outcomes: {fine: {p: 1}}}\n")
    assert names(made)[-2:] == ["weather", "answer"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("period:\n  - {chance: sun, after: wether, outcomes: {up: {p: 1}}}\n", ["more.yaml:3:26 unknown-step"]),
        ("period:\n  - remove: wether\n", ["more.yaml:3:13 unknown-step"]),
        ("payoffs: {attacker: 1 - strenth}\n", ["more.yaml:2:25 unknown-name"]),
        ("state: {aid: {values: [full, cut]}}\n",
         ["base.yaml:41:44 unknown-word", "base.yaml:42:34 unknown-word", "base.yaml:106:49 unknown-word"]),
        ("state: {strength: {values: [low, high]}}\n", ["more.yaml:2:9 grid-or-values"]),
    ],
)  # fmt: skip
def test_each_part_keeps_its_place(folder: Path, text: str, found: list[str]):
    assert [p for p in problems(folder, text) if "unit" not in p] == found


def test_a_shipped_scenario_can_be_extended(tmp_path: Path):
    file = tmp_path / "mine.yaml"
    file.write_text("extends: truce-on-offer\ntitle: Mine\n", encoding="utf-8")
    assert load(file).title == "Mine"
    assert load(file).period == load("truce-on-offer").period


def test_circles_are_found(tmp_path: Path):
    for one, other in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{one}.yaml").write_text(f"title: {one}\nextends: {other}.yaml\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path / "a.yaml")
    (problem,) = caught.value.problems
    assert (problem.code, Path(problem.where.file or "").name, problem.where.line) == ("extends-cycle", "c.yaml", 2)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("extends: 3\n", "extends", (1, 10)),
        ("extends: {a: b}\n", "extends", (1, 10)),
        ("extends: [none.yaml, {a: b}]\n", "extends", (1, 22)),
        ("extends: /dev/zero\n", "not-a-file", (1, 10)),
        ("extends: none.yaml\n", "no-such-file", (1, 10)),
        ("extends: truce-on-ofer\n", "no-such-file", (1, 10)),
    ],
)
def test_bad_extends(text: str, code: str, place: tuple[int, int]):
    with pytest.raises(ScenarioError) as caught:
        loads(text)
    problem = next(p for p in caught.value.problems if p.code == code)
    assert (problem.where.line, problem.where.column) == place


def test_a_bad_base_hides_no_other_mistake(folder: Path):
    """And makes none of the keys that it would have brought a mistake."""
    with pytest.raises(ScenarioError) as caught:
        loads("extends: [none.yaml, base.yaml]\nassumptions: {prize: {rnge: [0, 1]}}\n", str(folder / "x.yaml"))
    assert [problem.code for problem in caught.value.problems] == ["no-such-file", "unknown-key"]


def test_several_bases_are_laid_over_each_other(folder: Path):
    shared = "assumptions: {prize: {value: 4}, aid_effect: {value: 0.2}}\n"
    (folder / "shared.yaml").write_text(shared, encoding="utf-8")
    text = "extends: [base.yaml, shared.yaml]\nassumptions: {prize: {value: 5}}\n"
    made = loads(text, str(folder / "more.yaml"))
    assert (made.assumptions["prize"].value, made.assumptions["aid_effect"].value) == (5, 0.2)


def test_long_chains_are_no_circles(folder: Path):
    for number in range(30):
        text = f"extends: {f'c{number - 1}' if number else 'base'}.yaml\ntitle: Number {number}\n"
        (folder / f"c{number}.yaml").write_text(text, encoding="utf-8")
    assert load(folder / "c29.yaml").title == "Number 29"


def test_only_files_with_an_end_are_read(folder: Path):
    """A pipe would wait for ever; a huge file is refused by its size, before it is read."""
    os.mkfifo(folder / "pipe.yaml")
    with open(folder / "huge.yaml", "wb") as file:
        file.truncate(3 << 30)
    for name, code in (("pipe", "not-a-file"), ("huge", "too-long")):
        with pytest.raises(ScenarioError) as caught:
            load(folder / f"{name}.yaml")
        assert [problem.code for problem in caught.value.problems] == [code]


def test_chains_are_digested(folder: Path):
    one = extended(folder, "title: One\n")
    again = extended(folder, "title: One\n")
    (folder / "base.yaml").write_text(BASE + "\n# a remark\n", encoding="utf-8")
    other = extended(folder, "title: One\n")
    assert one.source.sha256 == again.source.sha256 != other.source.sha256
    assert one == other
    assert (one.source.name, Path(one.source.file or "").name) == ("more", "more.yaml")


# --- overrides -------------------------------------------------------------------------------------------------------


def test_overrides_replace_values():
    made = loads(BASE, overrides={"prize": 4, "aid_effect": 0.2})
    assert (made.assumptions["prize"].value, made.assumptions["aid_effect"].value) == (4.0, 0.2)
    assert made.assumptions["shaky"].value == 5
    assert made.source.sha256 == loads(BASE).source.sha256


def test_a_value_that_spoils_a_sound_file_is_at_fault_where_it_is_given():
    text = BASE.replace("{value: 5, distribution: {lognormal: [5, 0.2]}", "{value: 0.3")
    text = text.replace("{high: 0.7, low: 0.3}, source", "{high: shaky, low: rest}, source")
    loads(text)
    with pytest.raises(ScenarioError) as caught:
        loads(text, overrides={"shaky": 9})
    [problem] = caught.value.problems
    assert str(problem.where) == "--set shaky" and "at <text>:33:" in problem.found


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"prise": 4}, "--set prise: error [unknown-assumption]: expected the name of an assumption, found `prise`. "
         "Did you mean `prize`?"),
        ({"prize": 6}, "--set prize: error [out-of-range]: expected a number in its range, [0, 5], found `6`. "
         "Widen the range in the file first."),
        ({"shaky": float("nan")}, "--set shaky: error [not-a-number]: expected a finite number, found `nan`."),
    ],
)  # fmt: skip
def test_bad_overrides(overrides: dict[str, float], message: str):
    with pytest.raises(ScenarioError) as caught:
        loads(BASE, overrides=overrides)
    assert str(caught.value) == message


def test_later_evidence_says_what_to_write_for_the_claims_before_it(folder: Path):
    later = "evidence:\n  - {on: 2026-01, move: aid_decision, took: keep, source: a report}\n"
    with pytest.raises(ScenarioError) as caught:
        extended(folder, later + "claims: {end_near: {at: now}}\n")
    [problem] = caught.value.problems
    assert problem.code == "date-past" and Path(problem.where.file or "").name == "base.yaml"
    assert problem.fix.endswith("more.yaml, write `claims: {end_near: {at: 2025-12}}`; or `end_near: null`.")
    assert extended(folder, later + "claims: {end_near: {at: 2025-12}}\n").claims["end_near"].at == "2025-12"
