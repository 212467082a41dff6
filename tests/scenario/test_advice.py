"""Warnings, and the algebra of units behind one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from longgame.scenario.checks import check
from longgame.scenario.language.units import parse_unit, words_of
from longgame.scenario.load import loads

BASE = (Path(__file__).parent / "base.yaml").read_text(encoding="utf-8")


def warnings(*edits: tuple[str, str]) -> list[str]:
    text = BASE
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return [f"{p.where.line}:{p.where.column} {p.code}: {p.expected} / {p.found}" for p in check(loads(text))]


def test_the_base_has_none():
    assert warnings() == []


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        (("periods: 12}", "periods: 12, then: [{step: 1 year, periods: 2}]}"),
         "3:53 even-odds: odds or drifts that ask for `period_length` / none"),
        (("unit: strength per month, source: a report", "unit: strength per month"),
         "14:3 no-source: a source of the number / none"),
        (("source: judgement, because: A guess.}\n  shaky", "source: judgement}\n  shaky"),
         "15:44 no-reason: a reason for a judgement / none"),
        (("low: 0.3}, source: a report", "low: 0.3}"), "33:3 no-source: a source of the prior / none"),
        (("took: trim, source: a report", "took: trim"), "101:5 no-source: a source / none"),
        (("definitions:\n", "definitions:\n  idle: 1\n"), "20:3 unused: a definition that is used / `idle` nowhere"),
        (("assumptions:\n", "assumptions:\n  idle: {value: 1, source: a report}\n"),
         "14:3 unused: an assumption that is used / `idle` nowhere"),
        (("  truce: {values: [none", "  idle: {values: [yes, no], start: no}\n  truce: {values: [none"),
         "29:3 unused: a state variable that something depends on / `idle` nowhere"),
        (("  truce: {values: [none", "  idle: {values: [yes, no], start: no}\n  truce: {values: [none"),
         "29:3 never-set: a state variable that moves / `idle`, which never does"),
        (("unit: strength per month", "unit: strength per year"),
         "59:58 unit: the unit strength / strength per year"),
        (("unit: strength per month", "unit: EUR bn"), "59:58 unit: the unit strength / eur bn"),
        (("{value: 2, range: [0, 5],", "{value: 2, range: [0, 5], unit: troops,"),
         "80:11 unit: the unit troop / strength"),
        (("truce != full and strength > 0", "truce != full and strength > aid_effect"), None),
        (("  attacker: 1 - strength", "  attacker: 1 - strength - aid_effect ** 2"),
         "78:13 unit: the unit strength / strength ** 2 per month ** 2"),
    ],
)  # fmt: skip
def test_warnings(edit: tuple[str, str], found: str | None):
    assert found in warnings(edit) if found else warnings(edit) == []


@pytest.mark.parametrize("unit", ["strength per 2 weeks", "strength per fortnight", "strength per period"])
def test_a_period_of_several_weeks_has_a_unit(unit: str):
    fortnights = (
        ("step: 1 month, periods: 12", "step: 2 weeks, periods: 30"),
        ("on: 2025-04, move", "on: 2025-05, move"),
    )
    assert warnings(*fortnights, ("unit: strength per month", f"unit: {unit}")) == []
    assert "unit: the unit strength / strength per month" in warnings(*fortnights)[0]


def test_what_only_informs_its_owner_is_used():
    """A private look at a lasting fact changes what its owner does, though nothing is made of it."""
    look = "  look: {known_to: [attacker], values: {plus: 0.5, minus: 0.5}, source: a report}\n"
    odds = "{plus: 0.8 if aim == reset else 0.2, minus: rest}"
    fair = ("      fair: {p: 0.6}", f"      fair: {{p: 0.6, becomes: {{look: {odds}}}}}")
    hidden = ("hidden:\n", f"hidden:\n{look}")
    assert warnings(hidden, fair) == []
    assert "`look` nowhere" in warnings(hidden)[0]


def test_priors_of_worlds_need_a_source():
    joint = (
        ("values: {peace: rest, reset: prior_reset}, source: a report", "values: [peace, reset]"),
        ("values: {high: 0.7, low: 0.3}, source: a report", "values: [high, low]"),
        ("\nperiod:\n", "\nworlds:\n  - {name: a, p: 0.6, aim: peace, skill: high}\n"
         "  - {name: b, p: rest, aim: reset, skill: low}\n  - {name: c, p: 0, aim: reset, skill: high}\n\nperiod:\n"),
    )  # fmt: skip
    assert "35:1 no-source: a source of the priors / none" in warnings(*joint)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("", {}),
        ("share", {}),
        ("probability per month", {"month": -1}),
        ("strength per month", {"strength": 1, "month": -1}),
        ("EUR bn / month", {"eur bn": 1, "month": -1}),
        ("shares of the issue", {"share of the issue": 1}),
        ("share of the issue", {"share of the issue": 1}),
        ("men * km ** 2", {"men": 1, "km": 2}),
        ("EUR per man per day", {"eur": 1, "man": -1, "day": -1}),
        ("loss per month", {"loss": 1, "month": -1}),
    ],
)
def test_parse_unit(text: str, unit: dict[str, float]):
    assert parse_unit(text) == unit
    assert parse_unit(words_of(parse_unit(text)).replace("a pure number", "")) == unit
