"""Explanations of claims: their accounts add up to the numbers, and every kind of question has something to say."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

import longgame
from longgame.answers.answers import base_case
from longgame.answers.block import plain
from longgame.answers.explain import explanations
from longgame.answers.explain_rows import AccountRow, AmountRow, ExplanationRow, NumberRow, TellingRow
from longgame.answers.explain_words import _evidence, _mostly, parts
from longgame.answers.naming import Naming
from longgame.cli import main
from longgame.cli.screen import show
from longgame.run.study import Study
from longgame.scenario.model import Claim
from longgame.scenario.questions.grammar import QUESTIONS
from tests.tiny import tiny

QUESTIONS_ASKED = {
    "value": "value(a) > 0.5",
    "worth": "worth(a, pick.go) > 0",
    "worth_share": "worth_share(c, boost) > 0",
    "reservation": "reservation(c, [calm, boost]) > 1.5",
    "withhold": "withhold(a, c) > 0.2",
    "stake": "stake(c) > 1",
    "choice": "choice(pick.go) > 0.8",
    "belief": "belief(h == yes) > 0.7",
    "prior": "prior(h == yes) > 0.4",
    "likelihood": "likelihood(tell_loud) > 0.4",
    "prior_predictive": "prior_predictive(tell_loud) > 0.4",
    "bayes_factor": "bayes_factor(tell_loud, h == yes, h == no) > 2",
    "gain": "gain(a, tell_loud) > 0",
    "gain_share": "gain_share(c, [tell_loud]) > 0",
    "chance": "chance(x == high) > 0.8",
    "agreement": "agreement(boost) > 0.8",
    "holds_until": "holds_until(bribe, 1) > 0.5",
    "keeps": "keeps(a, bribe) > 0",
    "present": "present(x == high) < 0.5",
    "expected": "expected(x == high) > 0.5",
    "lead": "lead(a, bold) > 0",
    "best_posture": "best_posture(a) == bold",
    "information_value": "information_value(a) > 0.1",
    "turning_belief": "turning_belief(a, bold, h == yes) < 0.6",
    "turning_chance": "turning_chance(a, bold) > 0.5",
    "deal_share": "deal_share(accepted_by=[a], harms=[c]) > 0.5",
    "menu_share": "menu_share(accepted_by=[a], harms=[c]) > 0.5",
    "would_sign": "would_sign(a, boost)",
    "in_zone": "in_zone(boost, between=[a, c])",
    "shapley": "shapley(a, x, [x == high, treat]) > 0.1",
    "account_worth": "account_worth(a, told, than=denied) > 0.1",
}


def explained(scenario) -> dict[str, ExplanationRow]:
    base = base_case(Study.of(scenario), ["claims"])
    return {row.id: row for row in explanations(base)}


@pytest.fixture(scope="module")
def tiny_rows() -> dict[str, ExplanationRow]:
    claims = [f'  {name}: {{says: A test., holds: "{text}"}}\n' for name, text in QUESTIONS_ASKED.items()]
    return explained(tiny("claims:\n" + "".join(claims)))


def numbers_of(row: ExplanationRow):
    return [number for one in row.comparisons for side in (one.left, one.right) for number in side.numbers]


def test_every_function_is_asked():
    assert QUESTIONS_ASKED.keys() == QUESTIONS.keys()


@pytest.mark.parametrize("function", QUESTIONS_ASKED)
def test_every_function_has_something_to_say(tiny_rows, function):
    row = tiny_rows[function]
    assert len(row.sentences) >= 2, row.sentences
    for sentence in row.sentences:
        assert re.match(r"[A-Z“]", sentence), sentence
        assert sentence.endswith("."), sentence
        assert "==" not in sentence, sentence


@pytest.mark.parametrize("name", ["truce-on-offer", "take-it-or-leave-it", "deterrence-crisis"])
def test_accounts_add_up_to_the_numbers(name):
    """On the lattice and exactly; by term and by period."""
    count = 0
    for row in explained(longgame.load(name)).values():
        for number in numbers_of(row):
            if number.account is not None:
                count += 1
                account = number.account
                assert account.total == pytest.approx(number.value, abs=1e-9)
                assert sum(term.amount for term in account.terms) == pytest.approx(number.value, abs=1e-8)
                assert sum(account.by_period) == pytest.approx(number.value, abs=1e-9)
                for n, period in enumerate(account.by_period):
                    assert sum(term.by_period[n] for term in account.terms) == pytest.approx(period, abs=1e-8)
            for choice in number.choices:
                assert sum(option.probability for option in choice.options) == pytest.approx(1.0, abs=1e-9)
    assert count


def test_what_is_withheld_by_hand(tiny_rows):
    """C loses 2 by a high x: with 3/4 in free play and for sure if A is bold; half of it now, half at the end."""
    [number] = numbers_of(tiny_rows["withhold"])
    assert number.account.total == pytest.approx(0.5, abs=1e-9)
    assert number.account.by_period == pytest.approx([0.25, 0.25], abs=1e-9)
    assert "“bold” -2.00 or “safe” 0" in number.notes[0]
    [number] = numbers_of(tiny_rows["reservation"])
    assert number.account is None and number.notes == ["What its steps are worth to C: “calm” 0 and “boost” -0.500."]


def test_what_a_sentence_says_is_not_said_again_below(tiny_rows, capsys):
    show(*parts(plain(tiny_rows["reservation"])))
    assert capsys.readouterr().out.count("What its steps are worth to C") == 1


@pytest.mark.parametrize(
    ("holds", "reason"),
    [
        ("bayes_factor(tell_loud, h == yes and h == no, h == no) > 1", "just before the evidence, its condition"),
        ("value(a) / (fixed - 2) > 0", "it divides by zero"),
    ],
)
def test_what_has_no_answer_is_explained_by_the_reason(holds, reason):
    [sentence] = explained(tiny(f'claims: {{none: {{says: A test., holds: "{holds}"}}}}'))["none"].sentences
    assert sentence.startswith(f"It has no answer: {reason}")


def test_worth_of_going_by_hand(tiny_rows):
    """Of going A has 2 in yes and -2 in no: 1 at a belief of 3/4, and goes with 3/4 anyway: a worth of 1/4."""
    [number] = numbers_of(tiny_rows["worth"])
    assert number.value == pytest.approx(0.25, abs=1e-9)
    assert [term.amount for term in number.account.terms] == pytest.approx([0.125, 0.125], abs=1e-9)


def test_the_choice_that_decides_by_hand(tiny_rows):
    """A goes with 3/4, as going is worth 1 to it; the chance that x is high is just that, and would have to be 4/5."""
    [number] = numbers_of(tiny_rows["chance"])
    [choice] = number.choices
    go, stay = choice.options
    assert (go.option, go.then, stay.then) == ("go", pytest.approx(1.0), pytest.approx(0.0))
    assert (go.value, go.short, stay.short) == (pytest.approx(1.0), 0.0, pytest.approx(1.0))
    assert choice.deviation.total == pytest.approx(1.0, abs=1e-9)
    [turn] = tiny_rows["chance"].turns
    assert (turn.what, turn.value, turn.to) == ("pick.go", pytest.approx(0.75), pytest.approx(0.8, abs=1e-9))


def test_what_a_choice_makes_of_a_payoff_by_hand(tiny_rows):
    """Going is worth 1 to A and staying nothing; C loses 2 by going, against 3/2 as A plays."""
    [number] = numbers_of(tiny_rows["value"])
    assert number.value == pytest.approx(0.75, abs=1e-9)
    [choice] = number.choices
    then = {option.option: option.then for option in choice.options}
    assert then == pytest.approx({"go": 1.0, "stay": 0.0}, abs=1e-9)
    # at 1/2 the claim turns: A expects 1/2 if it goes with 1/2
    [turn] = tiny_rows["value"].turns
    assert (turn.what, turn.to) == ("pick.stay", pytest.approx(0.5, abs=1e-9))


def test_slopes_and_the_nearest_turn_by_hand():
    """A goes with 3^d / (1 + 3^d), where d = prize * 2 (2 b - 1) and b is 3 p / (1 + 2 p) at a prior of p: with 3/4.

    It goes with 7/10 at d = log(7/3) / log(3): that is a prize of 0.771, or a prior of 0.429, which is nearer.
    """
    scenario = tiny('claims: {going: {says: A goes., holds: "choice(pick.go) > 0.7"}}')
    row = longgame.explain(scenario, "going").explanation
    slopes = {one.assumption: one.slope for one in row.assumptions}
    log3, going = math.log(3.0), 0.75 * 0.25
    by_prior = 4.0 * 3.0 / (1.0 + 2.0 * 0.5) ** 2  # of d: b moves by 3 / (1 + 2 p)^2
    assert slopes == pytest.approx({"prize": log3 * going, "prior_yes": log3 * going * by_prior}, rel=1e-3)
    turn = next(turn for turn in row.turns if turn.kind == "assumption")
    d = math.log(7.0 / 3.0) / log3
    b = (d / 2.0 + 1.0) / 2.0
    assert (turn.what, turn.confirmed) == ("prior_yes", True)
    assert turn.to == pytest.approx(b / (3.0 - 2.0 * b), rel=0.02)
    assert turn.to < b / (3.0 - 2.0 * b)  # a little beyond, where it has turned


def test_the_margin_at_both_ends_by_hand():
    """As above: a prize of 1/2 makes d 1/2, one of 3/2 makes it 3/2; a prior of 1/4 a belief of 1/2, and d nought."""
    scenario = tiny('claims: {going: {says: A goes., holds: "choice(pick.go) > 0.7"}}')
    explanation = longgame.explain(scenario, "going").explanation
    rows = {one.assumption: one for one in explanation.assumptions}
    goes = [3.0**d / (1.0 + 3.0**d) - 0.7 for d in (0.5, 1.5)]
    assert [rows["prize"].at_low, rows["prize"].at_high] == pytest.approx(goes, abs=1e-6)
    assert rows["prior_yes"].at_low == pytest.approx(-0.2, abs=1e-6)
    assert not any("turns round" in note for note in explanation.notes)


def test_a_margin_that_is_a_hill_is_said_to_turn_round(capsys):
    """The belief is 3/4 at the given prior, 1/2 and 9/10 at its ends: the margin is 1/20, and -1/10 at either end."""
    scenario = tiny('claims: {near: {says: A test., holds: "abs(belief(h == yes) - 0.7) < 0.1"}}')
    row = longgame.explain(scenario, "near").explanation
    [prior] = [one for one in row.assumptions if one.assumption == "prior_yes"]
    assert (row.margin, prior.at_low, prior.at_high) == pytest.approx((0.05, -0.1, -0.1), abs=1e-6)
    assert prior.slope < 0.0
    assert any("“prior yes” the direction turns round" in note for note in row.notes)
    show(*parts(plain(row)))
    shown = capsys.readouterr().out
    assert "At From" in shown and shown.count("-0.100") == 2 and "Reach" not in shown


@pytest.mark.parametrize(
    ("holds", "turns"),
    [
        ("abs(belief(h == yes) - 0.74) < 0.17", 0.57 / 1.86),  # the slope leads up, to 9/10, where it still holds
        ("(prior(h == yes) - 0.505) * (prior(h == yes) - 0.515) > 0", 0.505),  # holds beyond, and at both ends
        ("(prior(h == yes) - 0.3) * (prior(h == yes) - 0.56) * (prior(h == yes) - 0.6) > 0", 0.56),  # not 0.3
    ],
)
def test_a_turn_is_found_where_the_slope_misleads(holds: str, turns: float):
    """A belief of b is a prior of b / (3 - 2 b)."""
    row = longgame.explain(tiny(f'claims: {{near: {{says: A test., holds: "{holds}"}}}}'), "near").explanation
    [turn] = [turn for turn in row.turns if turn.kind == "assumption"]
    assert (turn.what, turn.confirmed) == ("prior_yes", True)
    assert turn.to == pytest.approx(turns, abs=0.02 * abs(turns - 0.5))
    assert (turn.to - turns) * (turns - 0.5) > 0.0  # a little beyond, where it has turned


def test_that_no_turn_was_found_is_said():
    """A square is never below nought, but its slope leads there: from 1/400 by 3/40 of a prior."""
    scenario = tiny('claims: {near: {says: A test., holds: "(belief(h == yes) - 0.7) ** 2 > -0.001"}}')
    row = longgame.explain(scenario, "near").explanation
    assert not any(turn.kind == "assumption" for turn in row.turns)
    assert "By its slope “prior yes” would turn it, but it had not turned where the game was solved." in row.notes


def test_evidence_by_hand(tiny_rows):
    """Loud is three times as likely if yes: from 1/2 to 3/4."""
    [number] = numbers_of(tiny_rows["belief"])
    [piece] = number.evidence
    assert (piece.if_true, piece.if_false) == (pytest.approx(0.75), pytest.approx(0.25))
    assert (piece.before, piece.after) == (pytest.approx(0.5), pytest.approx(0.75))


def test_a_choice_is_worth_what_the_question_says():
    """The best option less the next best is its worth; what it makes of a chance is that chance after it."""
    scenario = longgame.load("truce-on-offer")
    claim = {"asked": Claim(says="It comes.", holds='chance(truce == full, by="2026-02") > 0.5')}
    row = explained(scenario.model_copy(update={"claims": claim}))["asked"]
    [choice] = [one for number in numbers_of(row) for one in number.choices if one.step == "aid_decision"]
    worth = longgame.ask(scenario, "worth(patron, aid_decision.restore, than=aid_decision.keep)")["value"]
    assert choice.deviation.total == pytest.approx(worth, abs=1e-6)
    after = longgame.ask(scenario, 'chance(truce == full, by="2026-02", after=aid_decision.keep)')["value"]
    assert {one.option: one.then for one in choice.options}["keep"] == pytest.approx(after, abs=1e-3)


def test_chance_expects_nothing():
    """Its outcomes have odds, and nobody's value."""
    scenario = longgame.load("truce-on-offer")
    claim = {"falls": Claim(says="It falls.", holds="choice(fighting.advance) > 0.1")}
    [number] = numbers_of(explained(scenario.model_copy(update={"claims": claim}))["falls"])
    [choice] = number.choices
    assert (choice.by, choice.deviation, {option.value for option in choice.options}) == (None, None, {None})
    assert sum(option.probability for option in choice.options) == pytest.approx(1.0, abs=1e-9)


def test_the_example_of_the_manual(capsys):
    """The page shows what the command prints, line by line, from its beginning."""
    text = (Path(__file__).parents[1] / "docs" / "explain.md").read_text(encoding="utf-8")
    [(command, shown)] = re.findall(r"(?s)```\n\$ longgame (explain [^\n]+)\n(.*?)```", text)
    assert main(command.split()) == 0
    assert capsys.readouterr().out.startswith(shown)


@pytest.mark.parametrize(
    ("by_period", "said"),
    [
        ([0.1, 0.6, 0.3], "; most of it comes until period 2"),
        ([0.1, 0.2, 0.7], "; most of it comes beyond the horizon or after the end of the game"),
        ([1.4, -0.6, 0.2], ""),
        ([-1.4, 0.6, -0.2], ""),
    ],
)
def test_when_most_of_it_comes_is_said_where_nothing_cancels(by_period, said):
    terms = [AmountRow("cost", "cost", "", "", sum(by_period), by_period)]
    account = AccountRow("a", "payoff", sum(by_period), 1.0, ["period 1", "period 2", "afterwards"], terms, by_period)
    assert _mostly(account) == said


def telling(evidence: str, factor: float) -> TellingRow:
    return TellingRow(evidence, 1, "", "", math.log(factor), 0.5 * factor, 0.5, 0.4, 0.5, {})


def test_evidence_that_says_nothing_is_not_named():
    def said(*factors: float) -> str:
        pieces = [telling(f"piece_{n}", factor) for n, factor in enumerate(factors)]
        return _evidence(NumberRow("belief(h)", "the belief", "probability", "", 0.5, 1.0, evidence=pieces))

    assert said(1.13, 1.01, 1.5).endswith(
        "above all “piece 2” (1.50 times as likely if so) and “piece 0” (1.13 times as likely if so)"
    )
    assert said(1.01, 0.99) == "The evidence moved it from 40% to 50%"


def test_a_name_is_not_cut_where_a_preposition_would_be_left():
    """Of `war_cost_a`, for A, "war cost" is left; of `cost_to_a` all of it."""
    naming = Naming(Study.of(tiny()).binder.setting)
    named = {name: naming.spelled(name, "a") for name in ("war_cost_a", "a_strength", "cost_to_a", "trust_of_b")}
    assert list(named.values()) == ["war cost", "strength", "cost to A", "trust of B"]


def test_command(capsys):
    assert main(["explain", "take-it-or-leave-it", next(iter(longgame.load("take-it-or-leave-it").claims))]) == 0
    out = capsys.readouterr().out
    assert "by term and by period" in out


def test_command_json_and_another_date(capsys):
    assert main(["explain", "truce-on-offer", "full_truce_likely", "--at", "start", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["explanation"]["at"] == "start"
    assert found["explanation"]["comparisons"][0]["binds"]


def test_a_claim_on_assumptions_alone_needs_no_solution(capsys):
    """Preventive war: patience * promised = 0.297 against odds_now - (1 - patience) * cost_rising = 0.25."""
    assert main(["explain", "preventive-war", "both_would_rather_have_it", "--no-slopes", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["explanation"]
    assert found["holds"] and found["margin"] == pytest.approx(0.9 * 0.33 - (0.3 - 0.1 * 0.5))


def test_an_unknown_claim_is_named(capsys):
    assert main(["explain", "truce-on-offer", "full_truce_likly"]) == 2
    assert "Did you mean `full_truce_likely`?" in capsys.readouterr().err
