"""Flat steps, worlds and observations: what the compiler and the questions build on."""

from __future__ import annotations

from pathlib import Path

import pytest

from longgame.scenario.expand import (
    Kept,
    evidence_ids,
    find_option,
    find_step,
    observations_of,
    posture_options,
    steps_of,
    worlds_of,
)
from longgame.scenario.language.arithmetic import number_of
from longgame.scenario.language.expressions import depth_of, parse, unparse
from longgame.scenario.load import load, loads

BASE = (Path(__file__).parent / "base.yaml").read_text(encoding="utf-8")
SCENARIO = loads(BASE)
STEPS = steps_of(SCENARIO)


def test_offers_are_taken_apart():
    assert [(step.name, step.kind, step.by) for step in STEPS] == [
        ("aid_decision", "move", "patron"),
        ("contact", "move", "patron"),
        ("truce_offer", "move", "patron"),
        ("truce_offer.energy_truce.attacker", "reply", "attacker"),
        ("truce_offer.energy_truce.defender", "reply", "defender"),
        ("truce_offer.full_truce.attacker", "reply", "attacker"),
        ("truce_offer.full_truce.defender", "reply", "defender"),
        ("fighting", "chance", None),
        ("answer", "move", "defender"),
        ("weather", "chance", None),
    ]
    following = {step.name: {option.name: option.next for option in step.options} for step in STEPS}
    assert following["contact"] == {"silent": 7, "talk": 2, "conspire": 2}
    assert following["truce_offer"] == {"no_offer": 7, "energy_truce": 3, "full_truce": 5}
    assert following["truce_offer.energy_truce.attacker"] == {"accept": 4, "reject": 7}
    assert following["truce_offer.energy_truce.defender"] == {"accept": 7, "reject": 7}
    assert following["truce_offer.full_truce.defender"] == {"accept": 7, "reject": 7}


def test_clauses_are_set_and_paid_on_the_last_acceptance():
    accepts = {step.name: step.options[0] for step in STEPS if step.kind == "reply"}
    first, last = accepts["truce_offer.energy_truce.attacker"], accepts["truce_offer.energy_truce.defender"]
    assert (first.set, first.pay) == ({}, {})
    assert {name: unparse(tree) for name, tree in last.set.items()} == {"truce": "energy"}
    assert {name: unparse(tree) for name, tree in last.pay.items()} == {"defender": "0.1"}
    assert all(step.when == STEPS[2].when for step in STEPS[2:7])


def test_rest_is_written_out():
    fighting = STEPS[7]
    odds = [unparse(option.p) for option in fighting.options]
    assert odds[2] == "1 - (0.5 - 0.4 * strength) - (0.1 if aim == reset else 0.05)"
    strike = STEPS[8].options[1]
    assert [(branch.name, unparse(branch.p)) for branch in strike.lottery] == [("hit", "0.3"), ("miss", "1 - 0.3")]
    assert [option.next for option in STEPS[8].options] == [9, 10]


def test_signals():
    assert [option.signal for option in STEPS[1].options] == ["silent", "talk", "talk"]


def test_many_outcomes_and_words_stay_shallow():
    many = range(600)
    words = [f"w{i}" for i in many]
    scenario = loads(
        BASE.replace("truce: {values: [none, energy, full]", f"place: {{values: [{', '.join(words)}], start: w0}}\n"
                     "  truce: {values: [none, energy, full]")
        .replace("      fair: {p: 0.6}\n", "".join(f"      o{i}: {{p: 0.001, set: {{place: w{i}}}}}\n" for i in many))
        .replace("      foul: {p: 0.4}\n", "      foul: {p: rest}\n")
        .replace("  attacker: 1 - strength", "  attacker:\n    depends on: place\n" +
                 "".join(f"    w{i}: {i}\n" for i in range(599)) + "    otherwise: 600\n  idle: 1 - strength")
        .replace("  idle: 1 - strength - 0.2 * (truce == none)\n", "")
    )  # fmt: skip
    payoff = scenario.payoffs["attacker"].tree
    assert depth_of(payoff) < 40
    assert [number_of(payoff, {"place": word}) for word in ("w0", "w1", "w299", "w598", "w599")] == [
        0,
        1,
        299,
        598,
        600,
    ]
    rest = steps_of(scenario)[-1].options[-1].p
    assert rest is not None and depth_of(rest) < 20
    assert number_of(rest, {}) == pytest.approx(0.4)


@pytest.mark.parametrize(("now", "peace", "reset"), [("peace", 0.5, 0.5), ("reset", 0.0, 1.0)])
def test_what_is_missing_to_one_stays(now: str, peace: float, reset: float):
    lottery = STEPS[1].options[2].becomes["aim"]
    odds = {value: number_of(tree, {"aim": now}) for value, tree in lottery.items()}
    assert odds == {"peace": peace, "reset": reset}


def test_worlds_are_all_combinations():
    worlds = worlds_of(SCENARIO)
    assert [world.name for world in worlds] == ["peace, high", "peace, low", "reset, high", "reset, low"]
    priors = [number_of(world.prior, {"prior_reset": 0.4}) for world in worlds]
    assert priors == pytest.approx([0.42, 0.18, 0.28, 0.12])


def joint(*rows: str) -> str:
    text = BASE.replace("values: {peace: rest, reset: prior_reset}", "values: [peace, reset]")
    text = text.replace("values: {high: 0.7, low: 0.3}", "values: [high, low]")
    return text.replace("\nperiod:\n", "\nworlds:\n" + "".join(f"  - {{{row}}}\n" for row in rows) + "\nperiod:\n")


def test_worlds_of_zero_prior_stay_only_if_they_can_come_about():
    rows = ("name: a, p: 1, aim: peace, skill: low", "name: b, p: 0, aim: reset, skill: low",
            "name: c, p: 0, aim: peace, skill: high", "name: d, p: 0, aim: reset, skill: high")  # fmt: skip
    assert [world.name for world in worlds_of(loads(joint(*rows)))] == ["a", "b", "c", "d"]
    still = joint(*rows).replace(", becomes: {skill: high}", "")
    assert [world.name for world in worlds_of(loads(still))] == ["a", "b"]
    still = still.replace(", becomes: {aim: {reset: 0.5}}", "")
    assert [world.name for world in worlds_of(loads(still))] == ["a"]


def test_a_world_says_whose_word_it_is_where_two_have_the_same():
    two = "  skill: {known_to: patron, values: {peace: 0.7, low: 0.3}, source: a report}"
    text = BASE.replace("  skill: {known_to: patron, values: {high: 0.7, low: 0.3}, source: a report}", two)
    scenario = loads(text.replace("high: 20", "peace: 20").replace("becomes: {skill: high}", "becomes: {skill: low}"))
    names = [world.name for world in worlds_of(scenario)]
    assert names == ["aim peace, skill peace", "aim peace, low", "reset, skill peace", "reset, low"]


def test_without_hidden_variables_there_is_one_world():
    scenario = loads(
        "{title: T, clock: {periods: 1}, actors: {a: {rationality: 1, discount: 0.5}},"
        " state: {s: {values: [x], start: x}},"
        " period: [{move: m, by: a, options: {o: {}}}], payoffs: {a: 0}}"
    )
    assert [number_of(world.prior, {}) for world in worlds_of(scenario)] == [1.0]


def test_evidence_is_bound_to_steps():
    assert evidence_ids(SCENARIO) == (
        "aid_decision_trim",
        "contact_talk",
        "truce_offer_energy_truce",
        "truce_offer_energy_truce_attacker_reject",
        "fighting_hold",
        "seen_strength_aid",
        "april_cut",
    )
    assert [(o.period, o.step, o.options, o.by) for o in observations_of(SCENARIO)] == [
        (0, 0, (1,), "patron"),
        (0, 1, (1, 2), "patron"),
        (0, 2, (1,), "patron"),
        (0, 3, (1,), "attacker"),
        (0, 7, (2,), None),
        (0, 10, (), None),
        (1, 0, (2,), "patron"),
    ]


def test_what_was_quiet_is_bound_to_every_step_of_its_time():
    """`answer` has one option that changes nothing; at `contact` two options look like the named one."""
    quiet = "  - {from: 2025-05, to: 2025-06, quiet: {answer: [], contact: talk, truce_offer: no_offer}}\n"
    scenario = loads(BASE.replace("\nclaims:", f"{quiet}\nclaims:"))
    assert evidence_ids(scenario)[-1] == "quiet_answer_contact_truce_offer"
    assert [(o.period, o.step, o.options, o.negative) for o in observations_of(scenario)[-6:]] == [
        (2, 1, (1, 2), True),
        (2, 2, (0,), True),
        (2, 8, (0,), True),
        (3, 1, (1, 2), True),
        (3, 2, (0,), True),
        (3, 8, (0,), True),
    ]


def test_repeated_evidence_is_numbered():
    text = BASE.replace("{id: april_cut, on", "{on").replace("april_cut", "aid_decision_cut")
    more = text.replace("\nclaims:", "  - {on: 2025-05, move: aid_decision, took: cut, source: a report}\n\nclaims:")
    assert evidence_ids(loads(more))[-2:] == ("aid_decision_cut", "aid_decision_cut_2")


def test_find():
    assert find_step(STEPS, "truce_offer") == [2]
    assert find_step(STEPS, "truce_offer", "defender") == [4, 6]
    assert find_step(STEPS, "truce_offer.full_truce", "defender") == [6]
    assert find_step(STEPS, "truce_offer.full_truce.defender") == [6]
    assert find_option(STEPS, ("truce_offer", "full_truce", "defender", "accept")) == (6, 0)
    assert find_option(STEPS, ("truce_offer", "full_truce")) == (2, 2)
    assert find_option(STEPS, ("truce_offer", "nothing")) is None


def test_postures():
    postures = SCENARIO.postures
    for actor, posture, kept in (
        ("patron", "steady", {0: (0,), 2: (2, 0)}),
        ("defender", "pliant", {4: (0,), 6: (0,)}),
        ("defender", "picky", {4: (1,), 6: (0,)}),
    ):
        found = posture_options(STEPS, actor, postures[actor][posture])
        assert found == {k: Kept(options) for k, options in kept.items()}


@pytest.mark.parametrize(
    ("text", "values", "number"),
    [
        ("1 + 2 * x", {"x": 3.0}, 7.0),
        ("aim == war and not x", {"aim": "war", "x": 0.0}, 1.0),
        ("war != aim", {"aim": "peace"}, 1.0),
        ("2 ** -1 if x > 1 else 0", {"x": 2.0}, 0.5),
        ("clip(x, 0, 1) + min(x, 1, 3) + max(x, 3) + abs(-x) + sqrt(4) + exp(0) + log(1)", {"x": 2.0}, 10.0),
        ("x / 0", {"x": 1.0}, None),
        ("log(-x)", {"x": 1.0}, None),
        ("(-x) ** 0.5", {"x": 1.0}, None),
        ("y", {"x": 1.0}, None),
        ("aim + 1", {"aim": "war"}, None),
        ("10 ** 400", {}, None),
    ],
)
def test_number_of(text: str, values: dict[str, float | str], number: float | None):
    assert number_of(parse(text), values) == number


def test_every_step_knows_where_it_stands():
    for step in steps_of(load("truce-on-offer")):
        assert step.path[0] == "period" and isinstance(step.path[1], int) and step.honest is False, step.name


def test_a_variable_in_no_row_of_the_table_is_independent_of_it():
    text = BASE.replace("values: {peace: rest, reset: prior_reset}", "values: [peace, reset]").replace(
        "\nperiod:\n",
        "\nworlds:\n  - {name: warm, p: prior_reset, aim: reset}\n  - {name: cool, p: rest, aim: peace}\n\nperiod:\n",
    )
    worlds = worlds_of(loads(text))
    assert [(world.name, dict(world.values)) for world in worlds] == [
        ("warm, high", {"aim": "reset", "skill": "high"}),
        ("warm, low", {"aim": "reset", "skill": "low"}),
        ("cool, high", {"aim": "peace", "skill": "high"}),
        ("cool, low", {"aim": "peace", "skill": "low"}),
    ]
    assert [number_of(world.prior, {"prior_reset": 0.4}) for world in worlds] == pytest.approx([0.28, 0.12, 0.42, 0.18])
