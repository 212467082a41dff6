"""Loading and dumping are inverse, files and Python objects agree, and no input at all gives a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longgame.errors import ScenarioError
from longgame.scenario import library
from longgame.scenario.checks import check
from longgame.scenario.dump import dump
from longgame.scenario.load import load, loads
from longgame.scenario.model import (
    Actor,
    Assumption,
    Cases,
    Chance,
    Claim,
    Clock,
    Deal,
    Evidence,
    Expression,
    HiddenVariable,
    Move,
    Offer,
    Option,
    Outcome,
    Question,
    Scenario,
    StateVariable,
    World,
)

BASE = (Path(__file__).parent / "base.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", library.names())
def test_shipped_scenarios_round_trip(name: str):
    scenario = load(name)
    assert loads(dump(scenario)) == scenario


def test_the_base_round_trips():
    scenario = loads(BASE)
    text = dump(scenario)
    assert loads(text) == scenario
    assert dump(loads(text)) == text


@pytest.mark.parametrize(
    "distribution",
    [
        {"uniform": [2, 8]},
        {"loguniform": [2, 80]},
        {"normal": [5, 2]},
        {"lognormal": [5, 0.2]},
        {"triangular": [2, 5, 8]},
        {"beta": [2, 3]},
    ],
)
def test_every_distribution_round_trips(distribution: dict[str, list[float]]):
    [(kind, numbers)] = distribution.items()
    bounds = "range: [2, 9], " if kind == "beta" else ""
    scenario = loads(
        BASE.replace("distribution: {lognormal: [5, 0.2]}", f"{bounds}distribution: {{{kind}: {numbers}}}")
    )
    found = scenario.assumptions["shaky"].distribution
    assert found is not None and (found.kind, list(found.parameters)) == (kind, numbers)
    assert loads(dump(scenario)) == scenario


def test_every_error_of_check_is_an_error_of_load():
    assert [problem for problem in check(loads(BASE)) if problem.severity == "error"] == []


TEXT = """
title: Two
clock: {periods: 2}
actors:
  a: {rationality: {depends on: aim, war: 5, peace: 20}, discount: 0.9}
  b: {lambda: 3, discount: 0.9}
assumptions: {x: {value: 0.5, range: [0, 1], source: a report}}
state:
  s: {values: [none, full], start: none}
hidden:
  aim: {known_to: a, values: [war, peace]}
worlds:
  - {name: one, p: x, aim: war}
  - {name: two, p: rest, aim: peace}
period:
  - {move: m, by: a, options: {go: {becomes: {aim: peace}}, stay: {}}}
  - {offer: o, by: a, to: b, deals: {d: {s: full, pay: {b: 1}}}}
  - {chance: c, outcomes: {up: {p: 0.5}, down: {p: rest}}}
payoffs: {a: s == full, b: 0}
evidence: [{on: 1, move: m, signal: go, source: a report}]
claims: {k: {says: K., holds: value(a) > 0, at: 1}}
"""


def test_files_and_python_agree():
    built = Scenario(
        title="Two",
        clock=Clock(periods=2),
        actors={
            "a": Actor(
                rationality=Cases(depends_on="aim", cases={"war": 5, "peace": Expression(20)}),
                discount=Expression("0.90"),
            ),
            "b": Actor(lambda_=3, discount=0.9),
        },
        assumptions={"x": Assumption(value=0.5, range=(0, 1), source="a report")},
        state={"s": StateVariable(values=("none", "full"), start="none")},
        hidden={"aim": HiddenVariable(known_to=("a",), values={"war": None, "peace": None})},
        worlds=(World(name="one", p="x", values={"aim": "war"}), World(name="two", p="rest", values={"aim": "peace"})),
        period=(
            Move(move="m", by="a", options={"go": Option(becomes={"aim": {"peace": 1}}), "stay": Option()}),
            Offer(offer="o", by="a", to=("b",), deals={"d": Deal(set={"s": "full"}, pay={"b": 1})}),
            Chance(chance="c", outcomes={"up": Outcome(p=0.5), "down": Outcome(p="rest")}),
        ),
        payoffs={"a": "s==full", "b": 0},
        evidence=(Evidence(on=1, move="m", signal="go", source="a report"),),
        claims={"k": Claim(says="K.", holds=Question("value(a)>0"), at=1)},
    )
    assert built == loads(TEXT)
    assert loads(dump(built)) == built
    assert str(built.place(("actors", "a"))) == "actors.a"


def test_problems_of_python_objects_name_their_path():
    built = loads(TEXT).model_copy(update={"payoffs": {"a": Expression("t"), "b": Expression(0)}})
    (problem,) = (p for p in check(Scenario(**built.__dict__)) if p.severity == "error")
    assert str(problem) == "payoffs.a: error [unknown-name]: expected a variable, assumption or definition, found `t`."


# --- properties ------------------------------------------------------------------------------------------------------

prose = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=200).map(str.strip)
words = st.sampled_from(["no", "yes", "on", "null_", "true", "full", "NO", "y", "none", "inf", "a1", "_b", "raise"])
formulas = st.sampled_from(["x + 1", "-x", "x ** 2 if s == no_one else x", "1e-3", "x in [0.5, 1]", "true * 0 + x"])
numbers = st.floats(allow_nan=False, allow_infinity=False, width=32).filter(lambda v: abs(v) < 1e30)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Scenarios of the right shape with texts, names and numbers of every kind; most would not pass the checks."""
    values = draw(st.lists(words, min_size=1, max_size=5, unique=True))
    options = draw(st.dictionaries(words, st.builds(Option, says=prose, when=st.none() | formulas), min_size=1))
    return Scenario(
        title=draw(prose),
        about=draw(prose),
        clock=Clock(
            start=draw(st.sampled_from([None, "2025-03", "2025-03-18", "2025"])), periods=draw(st.integers(1, 9))
        ),
        actors={"a": Actor(rationality=draw(numbers | formulas), discount=draw(numbers), says=draw(prose))},
        assumptions={
            name: Assumption(value=draw(numbers), unit=draw(prose), source=draw(prose), because=draw(prose))
            for name in draw(st.sets(words))
        },
        state={"s": StateVariable(values=tuple(values), start=draw(words), says=draw(prose))},
        hidden={
            "h": HiddenVariable(known_to=("a",), values=draw(st.dictionaries(words, numbers | formulas, min_size=1)))
        },
        period=(Move(move=draw(words), by="a", options=options),),
        payoffs={"a": draw(formulas | numbers)},
        claims=draw(
            st.dictionaries(
                words,
                st.builds(
                    Claim,
                    says=prose,
                    holds=st.sampled_from(["value(a) > 0", 'chance(s == no, by="2025-04") > 0']),
                    at=st.sampled_from(["now", "2025-03", 2]),
                    shows=st.dictionaries(prose.filter(bool), st.just("value(a)"), max_size=2),
                    note=prose,
                ),
                max_size=2,
            )
        ),
    )


@given(scenarios())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_scenario_round_trips(scenario: Scenario):
    text = dump(scenario)
    try:
        assert loads(text) == scenario
    except ScenarioError as error:  # it read; what it says may not pass the checks
        shape = {
            "bad-name",
            "not-a-word",
            "missing-key",
            "unknown-key",
            "yaml",
            "formula",
            "expression",
            "not-a-number",
        }
        assert not shape & {problem.code for problem in error.problems}, text


def load_or_refuse(text: str | bytes, tmp: Path | None = None) -> None:
    """Anything but a scenario or a `ScenarioError` with places fails the test."""
    try:
        if isinstance(text, bytes):
            assert tmp is not None
            (tmp / "fuzz.yaml").write_bytes(text)
            load(tmp / "fuzz.yaml")
        else:
            loads(text)
    except ScenarioError as error:
        assert error.problems
        for problem in error.problems:
            assert str(problem) and problem.where.line is not None


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes(tmp_path: Path, data: bytes):
    load_or_refuse(data, tmp_path)


@given(st.text(alphabet="ab: -[]{},#&*!|>'\"%@`\n\t\\0.~", max_size=120))
@settings(max_examples=300, deadline=None)
def test_random_yaml(text: str):
    load_or_refuse(text)


LINES = BASE.splitlines(keepends=True)


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_random_edits_of_a_scenario(data: st.DataObject):
    """Lines lost, doubled, swapped and cut, and stray characters."""
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["lose", "double", "swap", "cut", "stray", "value"])):
            case "lose":
                del lines[index]
            case "double":
                lines.insert(index, lines[index])
            case "swap":
                other = data.draw(st.integers(0, len(lines) - 1))
                lines[index], lines[other] = lines[other], lines[index]
            case "cut":
                lines[index] = lines[index][: data.draw(st.integers(0, len(lines[index])))] + "\n"
            case "stray":
                at = data.draw(st.integers(0, len(lines[index])))
                lines[index] = (
                    lines[index][:at] + data.draw(st.sampled_from(list("[]{}():,.-0a \"'"))) + lines[index][at:]
                )
            case "value":
                key, colon, _ = lines[index].partition(":")
                value = data.draw(st.sampled_from([" 0", " {}", " []", " null", " x", " true", ""]))
                lines[index] = f"{key}{colon}{value}\n"
    load_or_refuse("".join(lines))


@pytest.mark.parametrize("opening", ["{a: ", "[", "- ", "a:\n "])
def test_deep_nesting(opening: str):
    load_or_refuse(opening * 3_000)
    indented = "".join(" " * depth + "a:\n" for depth in range(300))
    load_or_refuse(indented)
