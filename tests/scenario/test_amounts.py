"""An amount is what options written by hand for each number would be; postures may depend on the state."""

from __future__ import annotations

import numpy as np
import pytest
from jsonschema import Draft202012Validator

import longgame
from longgame.game.compile import compile
from longgame.run.study import Study
from longgame.scenario.dump import dump
from longgame.scenario.expand import deals_of, evidence_ids, steps_of
from longgame.scenario.layout import formatted
from longgame.scenario.load import all_problems, loads
from longgame.scenario.schema import json_schema
from longgame.scenario.yaml_tree import compose, data_of
from longgame.solver.solve import solve

HEAD = """title: A wage is offered
clock: {periods: 2}
actors:
  employer: {lambda: 4, discount: 0.9}
  union: {lambda: 4, discount: 0.9}
  ministry: {lambda: 2, discount: 0.9}
assumptions:
  worth: {value: 1, range: [0.5, 1.5], source: an example}
state:
  agreed: {values: [no, yes], start: no}
  strikes: {grid: [0, 2, 1], start: 0}
"""
TAIL = """payoffs:
  employer: -strikes
  union: -0.5 * strikes
  ministry: -strikes
"""
SHORT = f"""{HEAD}definitions:
  left: worth - wage
period:
  - offer: wage_offer
    by: employer
    to: union
    when: agreed == no
    amount: {{wage: [0, 1, 0.25]}}
    deals:
      contract: {{agreed: yes, pay: {{union: wage * 5, employer: 5 * left}}, when: wage > 0.1, says: A year's wage.}}
  - move: fine
    by: ministry
    when: agreed == no
    options:
      none: {{}}
      levy:
        amount: {{rate: [0, 20, 10]}}
        when: rate > 5
        pay: {{union: -rate / 100, employer: -rate / 100 * worth}}
  - chance: wildcat
    when: agreed == no
    outcomes:
      strike: {{p: 0.5 - 0.4 * wage, set: {{strikes: strikes + 1}}}}
      calm: {{p: rest}}
{TAIL}postures:
  employer:
    hard: {{wage_offer: 0.25}}
    soft: {{wage_offer: {{when: strikes == 0, keep: no_offer, otherwise: [0.4, 1]}}}}
    firm: {{wage_offer: {{when: strikes > 0, keep: [0.25, no_offer]}}}}
evidence:
  - {{on: 1, move: wage_offer, took: 0.5, source: an example}}
  - {{on: 1, move: wage_offer, by: union, took: reject, source: an example}}
  - {{on: 1, move: fine, took: [5, 12], source: an example}}
claims:
  more: {{says: More is better., holds: "worth(union, wage_offer.contract_1) > worth(union, wage_offer.contract_0_25)"}}
"""
WAGES = {"0": 0.0, "0_25": 0.25, "0_5": 0.5, "0_75": 0.75, "1": 1.0}


def by_hand(wages: dict[str, float], when: str = "agreed == no") -> str:
    """The same game, each number written out as a deal and an option, and the wage on offer remembered in words."""
    return f"""{HEAD}  last: {{values: [none, {', '.join('w' + name for name in wages)}], start: none}}
definitions:
  wage: {' '.join(f'{wage} if last == w{name} else' for name, wage in wages.items())} 0
period:
  - move: wage_offer
    by: employer
    when: {when}
    options:
      no_offer: {{set: {{last: none}}, then: fine}}
""" + "".join(
        f"      contract_{name}: {{set: {{last: w{name}}}, when: {wage} > 0.1}}\n" for name, wage in wages.items()
    ) + f"""  - move: reply
    by: union
    when: {when}
    options:
      accept: {{set: {{agreed: yes, last: none}}, pay: {{union: wage * 5, employer: 5 * (worth - wage)}}}}
      reject: {{}}
  - move: fine
    by: ministry
    when: agreed == no
    options:
      none: {{}}
      levy_10: {{pay: {{union: -0.1, employer: -0.1 * worth}}}}
      levy_20: {{pay: {{union: -0.2, employer: -0.2 * worth}}}}
  - chance: wildcat
    when: agreed == no
    outcomes:
      strike: {{p: 0.5 - 0.4 * wage, set: {{strikes: strikes + 1, last: none}}}}
      calm: {{p: rest, set: {{last: none}}}}
{TAIL}"""


def start_values(text: str, allowed=None) -> np.ndarray:
    """[N] what each actor can expect at the start."""
    game = compile(loads(text))
    solution = solve(game, allowed=allowed)
    tables = game.tables(game.base, 0)
    values = np.asarray(solution.U[0])[np.asarray(tables.start_index)]
    return np.einsum("s,snwb->n", np.asarray(tables.start_weight), values) / values.shape[-1]


def test_an_amount_is_its_options_written_by_hand():
    assert start_values(SHORT) == pytest.approx(start_values(by_hand(WAGES)), abs=1e-9)


def test_what_it_stands_for():
    steps = {step.name: step for step in steps_of(loads(SHORT))}
    offered = steps["wage_offer"].options
    assert [option.name for option in offered] == ["no_offer", *(f"contract_{name}" for name in WAGES)]
    assert [option.amount for option in offered] == [None, *WAGES.values()]
    assert [option.name for option in steps["fine"].options] == ["none", "levy_0", "levy_10", "levy_20"]
    assert "rate" not in {name for option in steps["fine"].options for name in option.set}, "nothing asks for it later"
    assert list(steps)[-1] == "period.over" and set(steps["period.over"].options[0].set) == {"wage"}
    assert evidence_ids(loads(SHORT)) == ("wage_offer_0_5", "wage_offer_contract_union_reject", "fine_5_to_12")


def test_it_is_priced_at_each_number():
    made = loads(SHORT)
    assert list(deals_of(made)) == [f"contract_{name}" for name in WAGES]
    more, less = (longgame.ask(made, f"worth(union, contract_{name})")["value"] for name in ("1", "0_5"))
    assert more - less == pytest.approx(2.5, abs=1e-9)


def test_it_is_forgotten_when_the_period_is_over():
    game = compile(loads(SHORT))
    wage, last = game.states.values("wage"), game.tables(game.base, 0).steps[-1]
    assert set(wage) == set(WAGES.values()) and game.steps[-1].name == "period.over"
    active = np.asarray(last.active)
    assert (active == (wage > 0.0)).all()
    assert (wage[np.asarray(last.successor)[active, 0, 0]] == 0.0).all()


def test_a_move_may_be_an_amount_alone():
    text = f"""{HEAD}period:
  - {{move: demand, by: union, amount: [-1, 1, 0.5]}}
  - move: answer
    by: employer
    options:
      pay: {{pay: {{union: amount, employer: -amount}}}}
      refuse: {{when: amount > 0, pay: {{union: -0.3}}}}
{TAIL}"""
    made = loads(text)
    names = [option.name for option in steps_of(made)[0].options]
    assert names == ["amount_minus_1", "amount_minus_0_5", "amount_0", "amount_0_5", "amount_1"]
    found = longgame.ask(made, "choice(answer.refuse, after=demand.amount_1)")
    assert found["value"] == pytest.approx(1 / (1 + np.exp(-4.0)), abs=1e-6)


# --- postures that depend on the state -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("posture", "guards"),
    [
        ("soft", {"no_offer": "strikes == 0", "low": "0 > 1", "high": "strikes > 0"}),
        ("firm", {"no_offer": "1 > 0", "low": "1 > 0", "high": "strikes == 0"}),
    ],
)
def test_a_posture_by_state_is_options_that_are_shut(posture: str, guards: dict[str, str]):
    text = by_hand(WAGES)
    for name, wage in WAGES.items():
        guard = guards["low" if wage <= 0.25 else "high"]
        text = text.replace(f"when: {wage} > 0.1}}\n", f'when: "{wage} > 0.1 and ({guard})"}}\n')
        assert name in text
    text = text.replace("no_offer: {set", f'no_offer: {{when: "{guards["no_offer"]}", set')
    study = Study.of(loads(SHORT))
    bound = start_values(SHORT, study.allowed(("employer", posture)))
    assert bound == pytest.approx(start_values(text), abs=1e-9)
    assert bound != pytest.approx(start_values(SHORT), abs=1e-6)


def test_it_binds_in_every_draw_of_a_batch():
    found = longgame.postures(loads(SHORT), draws=8)
    assert {row.posture for row in found.postures[0].rows} == {"hard", "soft", "firm"}


# --- files ------------------------------------------------------------------------------------------------------------


def test_it_round_trips():
    made = loads(SHORT)
    text = dump(made)
    assert loads(text) == made and dump(loads(text)) == text
    assert "wage:\n" not in text.split("period:")[0] and "took: 0.5" in text
    laid = formatted(SHORT)
    assert loads(laid) == made and formatted(laid) == laid
    assert [e.message for e in Draft202012Validator(json_schema()).iter_errors(data_of(compose(SHORT, None, [])))] == []


def test_it_may_be_kept():
    text = SHORT.replace("  strikes:", "  wage: {grid: [0, 1, 0.25], start: 0}\n  strikes:")
    assert "period.over" not in {step.name for step in steps_of(loads(text))}
    text = SHORT.replace("  strikes:", "  asked: {values: [no, yes], start: no, lasts: period}\n  strikes:").replace(
        "none: {}", "none: {set: {asked: yes}}"
    )
    assert set(steps_of(loads(text))[-1].options[0].set) == {"wage", "asked"}


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("took: 0.5,", "took: 0.4,", "unknown-option", "`0.4`. The nearest is 0.5."),
        ("hard: {wage_offer: 0.25}", "hard: {wage_offer: 0.3}", "unknown-option", "`0.3`. The nearest is 0.25."),
        ("took: [5, 12]", "took: [6, 7]", "unknown-option", "none, levy, 0 to 20, found `6`. The nearest is 10."),
        ("employer: -strikes\n", "employer: -strikes * wage\n", "not-allowed-here", "forgotten when the period"),
        ("rate: [0, 20, 10]", "rate: [0, 25, 10]", "bad-grid", "a step of 12.5 would do"),
        ("{rate: [0, 20, 10]}", "{wage: [0, 20, 10]}", "amount-differs", "`amount: {another: [0, 20, 10]}`"),
        ("by: ministry\n", "by: ministry\n    amount: [0, 1, 1]\n", "amount-beside", "an amount, found both"),
        ("{rate: [0, 20, 10]}", "{rate: [0, 20, 0.01]}", "many-numbers", "at most 201 numbers, found 2001"),
        ("none: {}", "levy_10: {}", "duplicate-option", "found `levy_10`"),
        ("when: strikes == 0, keep", "when: strike == 0, keep", "unknown-name", "Did you mean `strikes`?"),
        ("when: strikes == 0, keep", "when: worth == 0, keep", "not-allowed-here", "in the condition of a posture"),
        ("when: strikes == 0, keep", "keep", "otherwise-alone", "Say with `when`"),
    ],
)
def test_mistakes(old: str, new: str, code: str, said: str):
    text = SHORT.replace(old, new)
    assert text != SHORT
    assert any(problem.code == code and said in str(problem) for problem in all_problems(text))
