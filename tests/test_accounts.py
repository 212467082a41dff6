"""Accounts of one meeting, side by side, against sums by hand and questions asked one by one."""

from __future__ import annotations

import csv
import io
import json
from math import e

import numpy as np
import pytest

import longgame
from longgame.answers.reported import marked
from longgame.choice.hearsay import heard
from longgame.cli import main
from longgame.scenario.dump import dump
from longgame.scenario.load import all_problems

CASE = """
title: Two readouts of one call
clock: {start: 2025-03, step: 1 month, periods: 2}
actors:
  ann: {lambda: 1, discount: 0.5}
  ben: {lambda: 1, discount: 0.5}
  cat: {lambda: 1, discount: 0.5}
state:
  truce: {values: [none, energy, wide], start: none}
  aid: {values: [given, withheld], start: given}
  troops: {grid: [0, 2, 1], start: 1}
  over: {values: ["no", "yes"], start: "no"}
period:
  - move: shelling
    by: ann
    options:
      hold: {}
      shell: {pay: {ann: 1 - 2 * (truce == wide)}}
      other: {when: aid == withheld, pay: {ann: -9}}
  - move: call_off
    by: ben
    when: truce == energy
    options: {stay: {}, leave: {set: {over: "yes"}}}
payoffs:
  ann: (truce == energy) - (truce == wide)
  ben: (truce == energy) + 2 * (truce == wide) - (aid == withheld)
  cat: 0.5 * (aid == given) + troops
end_values: {ann: 0, ben: 0, cat: 0}
accounts:
  white_house:
    by: ben
    on: 2025-03-18
    source: A readout
    clauses:
      truce: {value: wide, quote: "an energy and infrastructure ceasefire"}
      troops: 2
  kremlin:
    by: ann
    on: 18 March 2025
    clauses:
      truce: {value: energy, quote: "an energy infrastructure ceasefire"}
      troops: 2.0
      aid: withheld
"""
LEVEL = 1.5  # one period's payoff now and half of it the next
SHELL = e / (1 + e)  # the chance of shelling, where it brings 1 more than holding and there is nothing else


@pytest.fixture(scope="module")
def compared():
    return longgame.accounts(longgame.loads(CASE))


@pytest.fixture(scope="module")
def pair(compared):
    return compared.pairs[0]


def worth(row):
    return {actor: one.worth for actor, one in row.worth.items()}


def test_clauses_are_agreed_contradicted_or_in_one_only(pair):
    rows = {row.clause: row for row in pair.clauses}
    assert {name: row.how for name, row in rows.items()} == {
        "truce": "contradicted",
        "troops": "agreed",
        "aid": "only in one",
    }
    assert rows["truce"].wider == "white_house" and rows["aid"].wider is rows["troops"].wider is None
    assert rows["aid"].values == {"white_house": None, "kremlin": "withheld"}
    assert rows["truce"].quotes["white_house"] == "an energy «and» infrastructure ceasefire"
    assert rows["truce"].quotes["kremlin"] == "an energy infrastructure ceasefire"


def test_worth_of_a_difference_by_hand(pair):
    rows = {row.clause: row for row in pair.clauses}
    # Shelling brings ann 1 under a truce on energy and costs it 1 under a wide one.
    shelling = -(1 - SHELL) - SHELL
    assert worth(rows["truce"]) == pytest.approx({"ann": LEVEL * (-2 + shelling), "ben": LEVEL, "cat": 0.0})
    assert worth(rows["troops"]) == pytest.approx({"ann": 0.0, "ben": 0.0, "cat": 0.0})
    assert rows["troops"].worth["cat"].effect == "indifferent"
    # Only the Kremlin's account has it: the White House's, which is silent, is worth as much more.
    assert worth(rows["aid"])["cat"] == pytest.approx(0.5 * LEVEL)
    assert worth(rows["aid"])["ben"] == pytest.approx(LEVEL)


def test_worth_is_what_single_questions_say(compared, pair):
    scenario = longgame.loads(CASE)
    whole = "set(truce=wide, troops=2)", "set(truce=energy, troops=2, aid=withheld)"
    for actor in scenario.actors:
        for row, text in zip(compared.accounts, whole, strict=True):
            assert row.worth[actor].worth == pytest.approx(longgame.ask(scenario, f"worth({actor}, {text})")["value"])
        asked = longgame.ask(scenario, f"worth({actor}, {whole[0]}, than={whole[1]})")["value"]
        assert pair.worth[actor].worth == pytest.approx(asked)
        accounts = [row.worth[actor].worth for row in compared.accounts]
        assert pair.worth[actor].worth == pytest.approx(accounts[0] - accounts[1])
    assert pair.gains == {"ann": "kremlin", "ben": "white_house", "cat": "white_house"}


def test_what_to_watch_for(pair):
    signs = {(row.step, row.option): row for row in pair.watch}
    ends = 1 + e + e**-9  # what ann chooses among where aid is withheld
    shell, hold = signs["shelling", "shell"], signs["shelling", "hold"]
    assert shell.chance == pytest.approx({"white_house": 1 - SHELL, "kremlin": e / ends})
    assert shell.ratio == pytest.approx((1 - SHELL) / (e / ends)) and shell.speaks_for == "kremlin"
    assert hold.ratio == pytest.approx(SHELL * ends) and hold.speaks_for == "white_house"
    only = signs["shelling", "other"]
    assert only.ratio is None and only.chance["white_house"] == 0.0 and only.speaks_for == "kremlin"
    assert {row.on for row in pair.watch} == {"2025-03"}
    off = signs["call_off", "leave"]
    assert off.chance["white_house"] is None and off.speaks_for == "kremlin" and off.by == "ben"
    certain = [row.ratio is None for row in pair.watch]
    assert certain == sorted(certain, reverse=True)  # what is possible under one alone comes first
    strength = [max(row.ratio, 1 / row.ratio) for row in pair.watch if row.ratio]
    assert strength == sorted(strength, reverse=True)


def test_an_account_is_a_statement_that_may_cost_its_author(compared):
    """Ben pays for a false one; to Ann, who does not, words are free, and hers say nothing."""
    assert compared.statements is None
    text = CASE.replace("    by: ben\n    on: 2025", "    by: ben\n    found_out: price / 2\n    on: 2025")
    text = "assumptions: {price: {value: 1, range: [0, 2], source: judgement, because: A test.}}" + text
    scenario = longgame.loads(text)
    found = longgame.accounts(scenario)
    said = found.statements
    assert said is not None and said.residual < 1e-9
    ben, ann = said.accounts
    assert (ben.by, ben.cost, ann.by, ann.cost) == ("ben", 0.5, "ann", 0.0)
    worth = np.array([[row.worth["ben"].worth for row in found.accounts]])
    alone = heard(worth, np.array([0.5]), np.array([1.0]), np.array([0.5, 0.5]))
    assert list(ben.chance.values()) == pytest.approx(alone.says[0, :, 0])
    assert ben.factors["kremlin"] == pytest.approx(alone.says[0, 0, 0] / alone.says[0, 1, 0])
    assert ann.factors["white_house"] == pytest.approx(1.0)
    assert said.belief["white_house"] == pytest.approx(alone.belief([0])[0])
    assert longgame.loads(dump(scenario)) == scenario


def test_accounts_that_say_the_same_cannot_be_told_apart():
    text = CASE.split("accounts:")[0] + "accounts:\n"
    text += "".join(f"  {name}: {{by: ann, on: 2025-03-18, clauses: {{truce: energy}}}}\n" for name in ("a", "b"))
    (pair,) = longgame.accounts(longgame.loads(text)).pairs
    assert pair.watch == [] and set(pair.gains.values()) == {None}


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("a b c", "a c", ("a «b» c", "a c")),
        ("Stop, now.", "stop now", ("Stop, now.", "stop now")),
        ("full stop", "", ("full stop", "")),
        ("strikes on ports", "strikes against all ports", ("strikes «on» ports", "strikes «against all» ports")),
    ],
)
def test_the_differing_words_are_marked(one, other, found):
    assert marked(one, other) == found


def test_the_command(tmp_path, capsys):
    file = tmp_path / "readouts.yaml"
    file.write_text(CASE, encoding="utf-8")
    assert main(["accounts", str(file)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "contradicted, wider in" in said and "energy «and»" in said
    assert "only in kremlin" in said and "Conduct that would tell" in said
    assert main(["accounts", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["pairs"][0]["between"] == ["white_house", "kremlin"] and found["status"]
    assert main(["accounts", str(file), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["clause"] for row in rows] == ["truce", "troops", "aid"]
    assert float(rows[0]["ben"]) == pytest.approx(LEVEL)
    assert main(["accounts", "take-it-or-leave-it"]) == 2
    assert "accounts" in capsys.readouterr().err
    assert main(["accounts", str(file), "--at", "1999-01"]) == 2


def test_they_are_written_as_they_are_read():
    scenario = longgame.loads(CASE)
    assert longgame.loads(dump(scenario)) == scenario


def test_what_was_really_agreed_can_be_hidden_by_one_key():
    text = CASE.replace("accounts:", "hidden:\n  agreed: {accounts_of: truce}\naccounts:", 1)
    text = text.replace("cat: 0.5 *", "cat: 3 * (agreed == wide) + 0.5 *")
    scenario = longgame.loads(text)
    assert scenario.hidden["agreed"].known_to == ("ben", "ann")
    assert longgame.ask(scenario, "prior(agreed == energy)")["value"] == 0.5
    asked = "value(cat, given=agreed == wide) - value(cat, given=agreed == energy)"
    assert longgame.ask(scenario, asked)["value"] == pytest.approx(3 * LEVEL)
    assert longgame.loads(dump(scenario)) == scenario and "agreed: {accounts_of: truce}" in dump(scenario)
    own = longgame.loads(text.replace("of: truce}", "of: truce, values: {wide: 0.2, energy: rest}}"))
    assert longgame.ask(own, "prior(agreed == wide)")["value"] == pytest.approx(0.2)


def test_what_is_hidden_of_the_difference_tells_what_to_watch_for():
    """Ann, who knows what was agreed, shells the more if it was the narrow truce, whatever is then in force."""
    text = CASE.replace("accounts:", "hidden:\n  agreed: {accounts_of: truce}\naccounts:", 1)
    text = text.replace("ann: 1 - 2 * (truce == wide)", "ann: -1 if agreed == wide else 2")
    [pair] = longgame.accounts(longgame.loads(text)).pairs
    [shell] = (row for row in pair.watch if row.option == "shell")
    assert shell.chance["white_house"] == pytest.approx(1 / (1 + e))
    assert shell.chance["kremlin"] == pytest.approx(e**2 / (1 + e**2 + e**-9))
    assert shell.speaks_for == "kremlin"
    strange = text.replace("of: truce}", "of: truce, values: {wide: 0.5, none: 0.5}}")  # never as the Kremlin says
    assert longgame.accounts(longgame.loads(strange)).pairs[0].watch


@pytest.mark.parametrize(
    ("hidden", "said"),
    [
        ("{accounts_of: truse}", "Did you mean `truce`"),
        ("{accounts_of: troops}", "`troops`, a number"),
        ("{accounts_of: over}", "`over`, of which they do not"),
    ],
)
def test_what_cannot_be_hidden_is_said(hidden, said):
    text = CASE.replace("accounts:", f"hidden:\n  agreed: {hidden}\naccounts:", 1)
    found = [problem for problem in all_problems(text) if problem.severity == "error"]
    assert len(found) == 1 and said in str(found[0])


@pytest.mark.parametrize(
    ("before", "after", "code", "said"),
    [
        ("by: ben\n", "by: bem\n", "unknown-actor", "`ben`"),
        ("on: 2025-03-18", "on: 1999-03-18", "bad-date", "2025"),
        ("truce: {value: wide", "truse: {value: wide", "unknown-variable", "`truce`"),
        ("value: wide", "value: wade", "unknown-value", "`wide`"),
        ("troops: 2\n", "troops: 7\n", "unknown-value", "from 0 to 2"),
        ("troops: 2\n", "troops: many\n", "unknown-value", "from 0 to 2"),
        ("aid: withheld\n", "aid: {quote: no more aid}\n", None, "value"),
        ("source: A readout\n", "found_out: troops\n", "not-allowed-here", "`troops`"),
    ],
)
def test_what_is_wrong_with_an_account_is_said_at_its_place(before, after, code, said):
    assert CASE.count(before) >= 1
    start = CASE.index(before, CASE.index("accounts:"))
    text = CASE[:start] + after + CASE[start + len(before) :]
    found = [problem for problem in all_problems(text) if problem.severity == "error"]
    assert len(found) == 1 and found[0].where.line == text[:start].count("\n") + 1
    assert said in str(found[0]) and (code is None or found[0].code == code)


def test_a_run_tells_them_too(tmp_path, capsys):
    file = tmp_path / "readouts.yaml"
    file.write_text(CASE, encoding="utf-8")
    assert main(["run", str(file), "--draws", "0", "--out", str(tmp_path / "run")]) == 0
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    capsys.readouterr()
    alone = longgame.accounts(longgame.loads(CASE)).to_json()
    assert main(["accounts", str(tmp_path / "run"), "--json"]) == 0
    held = json.loads(capsys.readouterr().out)["accounts"]
    assert held == {key: alone[key] for key in ("accounts", "pairs", "statements")}
    assert main(["accounts", str(tmp_path / "run")]) == 0
    assert "only in kremlin" in " ".join(capsys.readouterr().out.split())
    assert main(["accounts", str(tmp_path / "run"), "--csv"]) == 2
    section = page[page.index('id="accounts"') :]
    assert "Ben and Cat have no stake" in section or "BEN and CAT have no stake" in section
    for said in ("contradicted, wider in white house", "energy «and» infrastructure", "would gain from", "A readout"):
        assert said in section
    assert longgame.examine(longgame.loads(CASE.split("accounts:")[0]), "accounts")["accounts"] is None


def test_they_are_compared_with_another_scenario():
    other = longgame.loads(CASE.replace("0.5 * (aid == given)", "(aid == given)"))
    found = longgame.compare(longgame.loads(CASE), other, draws=0)
    rows = {row.what: row for row in found.answers if row.block == "accounts"}
    aid = rows["aid by white_house and not kremlin, to cat"]
    assert aid.a == pytest.approx(0.5 * LEVEL) and aid.b == pytest.approx(LEVEL)
    assert rows["white_house or kremlin, for ann"].a == "kremlin"


def test_that_nobody_knows_what_was_agreed_is_not_taken_for_silence():
    hidden = "hidden: {{agreed: {{accounts_of: truce{}, because: Nobody else was there.}}}}\n"
    told = {}
    for written in ("", ", known_to: []", ", known_to: [cat]"):
        scenario = longgame.loads(CASE + hidden.format(written))
        again = longgame.loads(dump(scenario))
        assert again == scenario
        told[written] = scenario.hidden["agreed"].known_to
    assert told == {"": ("ben", "ann"), ", known_to: []": (), ", known_to: [cat]": ("cat",)}
