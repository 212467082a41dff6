"""Whose acceptance makes a deal: rules of offers are the votes that would be written by hand."""

from __future__ import annotations

import pytest

from longgame.game.compile import compile
from longgame.scenario.dump import dump
from longgame.scenario.expand import steps_of
from longgame.scenario.layout import formatted
from longgame.scenario.load import all_problems, loads
from longgame.solver.solve import solve

HEAD = """title: A treaty
clock: {periods: 2}
actors:
  host: {lambda: 3, discount: 0.9}
  a: {lambda: 3, discount: 0.9}
  b: {lambda: 3, discount: 0.9}
  c: {lambda: 3, discount: 0.9}
state:
  treaty: {values: [no, yes], start: no}
"""
TAIL = """payoffs:
  host: treaty == yes
  a: 0.6 * (treaty == yes)
  b: -0.2 * (treaty == yes)
  c: 0.3 * (treaty == yes)
"""


def offered(rule: str) -> str:
    return f"""{HEAD}period:
  - offer: accord
    by: host
    to: [a, b, c]
    accepted_by: {rule}
    when: treaty == no
    deals:
      full: {{treaty: yes, pay: {{host: -0.4, b: 0.1}}}}
{TAIL}"""


def by_hand(rule: str) -> str:
    """The same as a proposal and three votes that are remembered, and what follows from them."""
    votes = "".join(
        f"""  - move: vote_{name}
    by: {name}
    when: treaty == no and on_table == yes
    options: {{accept: {{set: {{said_{name}: yes}}}}, reject: {{}}}}
"""
        for name in "abc"
    )
    heard = "".join(f"  said_{name}: {{values: [no, yes], start: no}}\n" for name in "abc")
    clear = "on_table: no, said_a: no, said_b: no, said_c: no"
    return f"""{HEAD}  on_table: {{values: [no, yes], start: no}}
{heard}period:
  - move: accord
    by: host
    when: treaty == no
    options: {{no_offer: {{}}, full: {{set: {{on_table: yes}}}}}}
{votes}  - chance: count
    when: on_table == yes
    outcomes:
      struck: {{p: "1 if {rule} else 0", set: {{treaty: yes, {clear}}}, pay: {{host: -0.4, b: 0.1}}}}
      fails: {{p: rest, set: {{{clear}}}}}
{TAIL}"""


def start_values(text: str) -> list[float]:
    game = compile(loads(text))
    tables = game.tables(game.base, 0)
    return list(solve(game).U[0][int(tables.start_index[0]), :, 0, 0])


@pytest.mark.parametrize(
    ("rule", "hand"),
    [
        ("any", "said_a == yes or said_b == yes or said_c == yes"),
        ("2", "(said_a == yes) + (said_b == yes) + (said_c == yes) >= 2"),
        ("3", "said_a == yes and said_b == yes and said_c == yes"),
        ("any of [a, c]", "said_a == yes or said_c == yes"),
        ("all of [b, c]", "said_b == yes and said_c == yes"),
        ("2 of [a, b, c]", "(said_a == yes) + (said_b == yes) + (said_c == yes) >= 2"),
        ("a and (b or c)", "said_a == yes and (said_b == yes or said_c == yes)"),
        ("2 * a + b + c >= 3", "2 * (said_a == yes) + (said_b == yes) + (said_c == yes) >= 3"),
    ],
)
def test_a_rule_is_a_vote(rule: str, hand: str):
    assert start_values(offered(rule)) == pytest.approx(start_values(by_hand(hand)), abs=1e-9)


def test_all_stops_at_the_first_who_rejects():
    plain, all_ = offered("all"), offered("all").replace("    accepted_by: all\n", "")
    assert steps_of(loads(plain)) == steps_of(loads(all_)) and loads(plain) == loads(all_)
    assert [option.next for option in steps_of(loads(plain))[1].options] == [2, 4]
    assert [option.next for option in steps_of(loads(offered("2")))[1].options] == [2, 2]


def test_what_is_remembered_is_small():
    assert loads(offered("2")).state["accord_accepted"].points == (0.0, 1.0, 2.0)
    assert set(loads(offered("a and (b or c)")).state) == {"treaty", "accord_a", "accord_b", "accord_c"}
    later = offered("2").replace(
        "payoffs:", "  - {chance: mood, outcomes: {good: {p: 0.2 * accord_accepted}, bad: {p: rest}}}\npayoffs:"
    )
    assert [problem for problem in all_problems(later) if problem.severity == "error"] == []


def test_it_round_trips():
    made = loads(offered("2 of [a, b, c]"))
    assert loads(dump(made)) == made and "accord_accepted" not in dump(made)
    text = formatted(offered("a and (b or c)"))
    assert formatted(text) == text and "to: [a, b, c]\n    accepted_by: a and (b or c)\n    when" in text


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("2 of [a, d]", "14:27: error [acceptance]: expected one of those who are asked: a, b, c, found `d`."),
        ("4", "14:18: error [acceptance]: expected a number from 1 to 3, found 4."),
        ("a and d", "14:24: error [acceptance]: expected one of those who are asked: a, b, c, found `d`."),
        ("a & b", "14:20: error [acceptance]: expected"),
        ("2 of [a, b, b]", "14:30: error [acceptance]: expected each actor once, found `b` again."),
        ("a or not a", "14:18: error [acceptance]: expected a condition that some answers meet and others do not"),
        ("[a, b]", "14:18: error [acceptance]: expected whose acceptance is needed, found a list of 2. Write `all`"),
        ("1.5", "14:18: error [acceptance]: expected whose acceptance is needed, found `1.5`. Write `all`"),
    ],
)
def test_mistakes(rule: str, said: str):
    assert any(said in str(problem) for problem in all_problems(offered(rule)))


def test_its_variable_has_a_name_of_its_own():
    text = offered("2").replace("state:\n", "state:\n  accord_accepted: {values: [no, yes], start: no}\n")
    assert "name-clash" in {problem.code for problem in all_problems(text)}
