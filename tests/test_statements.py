"""Statements: the logit equations of cheap talk in closed form, honest starts, and what may be said of what."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.optimize import root

import longgame
from longgame.answers.picture import picture
from longgame.cli import main
from longgame.errors import ScenarioError
from longgame.exact.efg import parse_efg
from longgame.exact.histories import solve_extensive
from longgame.exact.others import other_histories
from longgame.exact.public_histories import solve_histories
from longgame.game.checks import warnings
from longgame.game.compile import compile
from longgame.queries.questions import answer
from longgame.run.study import Study
from longgame.scenario.dump import dump
from longgame.scenario.formulas import Question
from longgame.scenario.questions.understand import understand
from longgame.solver.curve.continuation import BranchStatus
from longgame.solver.solution import Status

TALK = """
title: Cheap talk
clock: {periods: 1}
actors:
  sender: {lambda: 6, discount: 0.5}
  receiver: {lambda: 6, discount: 0.5}
state:
  act: {values: [unset, a0, a25, a5, a75, a1], start: unset}
hidden:
  theta: {known_to: [sender], values: {lo: 0.3333, mi: 0.3334, hi: 0.3333}, source: a test}
assumptions:
  bias: {value: 0, range: [0, 0.4], source: a test}
definitions:
  x: {depends on: act, unset: 0, a0: 0, a25: 0.25, a5: 0.5, a75: 0.75, a1: 1}
  th: {depends on: theta, lo: 0, mi: 0.5, hi: 1}
period:
  - statement: readout
    by: sender
    about: theta
    says: [lo, mi, hi]
    costs: {lie: 0.01}
    start: honest
  - move: act
    by: receiver
    options:
      a0: {set: {act: a0}}
      a25: {set: {act: a25}}
      a5: {set: {act: a5}}
      a75: {set: {act: a75}}
      a1: {set: {act: a1}}
payoffs:
  sender: -(x - th - bias) ** 2
  receiver: -(x - th) ** 2
end_values: {sender: 0, receiver: 0}
claims:
  told:
    says: Words tell.
    at: start
    holds: choice(readout.lo, given=theta == lo) > 0.5
"""
THETA, PRIOR = np.array([0.0, 0.5, 1.0]), np.array([0.3333, 0.3334, 0.3333])
ACTS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])


def talk(precision: float, cost: float = 0.01, bias: float = 0.0, honest: bool = True) -> longgame.Scenario:
    text = TALK.replace("lambda: 6", f"lambda: {precision}").replace("bias: {value: 0,", f"bias: {{value: {bias},")
    text = text.replace("    costs: {lie: 0.01}\n", f"    costs: {{lie: {cost}}}\n" if cost else "")
    return longgame.loads(text if honest else text.replace("    start: honest\n", ""))


def responses(says: np.ndarray, precision: float, cost: float, bias: float) -> np.ndarray:
    """[theta, word] the logit answer of the sender to the receiver's logit answer to how the sender speaks."""
    joint = PRIOR[:, None] * says
    belief = joint / joint.sum(axis=0)  # theta by word
    worth = -((ACTS[:, None] - THETA) ** 2) @ belief  # act by word
    acts = np.exp(precision * (worth - worth.max(axis=0)))
    acts /= acts.sum(axis=0)
    gain = -((ACTS - THETA[:, None] - bias) ** 2) @ acts - cost * (1 - np.eye(3))
    odds = np.exp(precision * (gain - gain.max(axis=1, keepdims=True)))
    return odds / odds.sum(axis=1, keepdims=True)


def closed_form(precision: float, cost: float, bias: float = 0.0) -> np.ndarray:
    """The solution of the logit equations that SciPy finds from truthful words."""

    def equations(odds: np.ndarray) -> np.ndarray:
        says = np.exp(odds.reshape(3, 3))
        says /= says.sum(axis=1, keepdims=True)
        answer = np.log(responses(says, precision, cost, bias))
        return odds - (answer - answer.mean(axis=1, keepdims=True)).ravel()

    start = np.log(0.98 * np.eye(3) + 0.01)
    found = root(equations, (start - start.mean(axis=1, keepdims=True)).ravel(), tol=1e-13)
    assert np.abs(equations(found.x)).max() < 1e-9
    says = np.exp(found.x.reshape(3, 3))
    return says / says.sum(axis=1, keepdims=True)


def spoken(scenario: longgame.Scenario) -> tuple[np.ndarray, Status]:
    """[theta, word] what is said at the start, and how the solution ended."""
    solution = Study.of(scenario).draw().case.solution()
    game = solution.game
    first = np.asarray(solution.tables(0).start_index)[:1]
    prior = np.asarray(solution.tables(0).prior)[None]
    return solution.odds(0, game.step("readout"), first, prior)[0].T, solution.status


@pytest.mark.parametrize(
    ("precision", "cost", "bias", "says_lo", "status"),
    [
        (4.0, 0.01, 0.0, 0.4060, Status.ALIKE),
        (6.0, 0.01, 0.0, 0.7594, Status.ALIKE),
        (40.0, 0.01, 0.0, 0.999974, Status.ALIKE),
        (6.0, 0.0, 0.0, 0.7437, Status.HONEST),
        (40.0, 0.0, 0.0, 0.999961, Status.HONEST),
        (40.0, 0.0, 0.15, 0.9859, Status.HONEST),
    ],
)
def test_honest_talk_leads_to_the_solution_of_the_logit_equations(precision, cost, bias, says_lo, status):
    says, ended = spoken(talk(precision, cost, bias))
    assert ended is status
    np.testing.assert_allclose(says, closed_form(precision, cost, bias), atol=1e-8)
    np.testing.assert_allclose(says, responses(says, precision, cost, bias), atol=1e-10)
    assert says[0, 0] == pytest.approx(says_lo, abs=1e-4)


@pytest.mark.parametrize(
    ("precision", "cost", "says_lo"), [(4.0, 0.01, 0.4060), (6.0, 0.01, 0.7594), (40.0, 0.0, 1 / 3)]
)
def test_without_it_the_principal_branch_is_followed(precision, cost, says_lo):
    says, ended = spoken(talk(precision, cost, honest=False))
    assert says[0, 0] == pytest.approx(says_lo, abs=1e-4) and ended not in (Status.ALIKE, Status.HONEST)


@pytest.mark.parametrize(("precision", "bias", "ended"), [(40.0, 0.3, Status.UNRAVELLED), (4.0, 0.0, Status.ALIKE)])
def test_talk_that_unravels_ends_on_the_principal_branch_and_is_said_to(precision, bias, ended, tmp_path, capsys):
    """With a large bias all types say the same (Crawford and Sobel 1982); with little precision words tell nothing."""
    scenario = talk(precision, 0.0, bias)
    says, status = spoken(scenario)
    np.testing.assert_allclose(says, 1 / 3, atol=1e-9)
    assert status is ended
    assert longgame.ask(scenario, "choice(readout.lo)", at="start")["status"] == ended.value
    assert solve_histories(compile(scenario)).status is BranchStatus[ended.name]
    (tmp_path / "talk.yaml").write_text(dump(scenario), encoding="utf-8")
    assert main(["claims", str(tmp_path / "talk.yaml"), "--draws", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["solver"]["status"] == ended.value


def test_a_run_says_which_branch_its_answers_are_from():
    found = longgame.assess(talk(40.0, 0.0), draws=4).to_json()
    assert found["solver"]["status"] == Status.HONEST.value and found["solver"]["residual"] < 1e-9
    [claim] = found["claims"]
    assert claim["holds"] and claim["status"] == Status.HONEST.value
    assert 0.0 < claim["share"] < 1.0  # with a large bias talk unravels


def test_the_principal_branch_is_another_equilibrium_then():
    solution = solve_histories(compile(talk(40.0, 0.0)))
    others = other_histories(solution, starts=4)
    assert solution.status is BranchStatus.HONEST
    for other in others:
        assert np.nanmax(np.abs(other.extensive.sigma - solution.extensive.sigma)) > 1e-6
    babbling = others[0].at("readout").cells
    assert all(list(cell.choice.values()) == pytest.approx([1 / 3] * 3, abs=1e-9) for cell in babbling)


def test_what_became_of_honest_talk_is_said_above_the_answers(tmp_path, capsys):
    (tmp_path / "talk.yaml").write_text(dump(talk(40.0, 0.0)), encoding="utf-8")
    for arguments in (["ask", "value(sender)"], ["claims", "--draws", "0"], ["solve"]):
        assert main([arguments[0], str(tmp_path / "talk.yaml"), *arguments[1:]]) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert "to which honest talk leads as the cost of lying falls to what it is" in told, arguments


def test_on_a_lattice_that_holds_the_beliefs_play_is_the_same():
    """So precise a sender is believed for sure after each word: the corners of the lattice."""
    scenario = talk(40.0, 0.0)
    question = understand(scenario, Question("choice(readout.lo, given=theta == lo)"), "start")
    study = Study.of(scenario, questions=[question]).on_lattice
    draw = study.draw()
    [found] = answer(draw.case, [study.binder.bind(question)])
    assert found.value == pytest.approx(closed_form(40.0, 0.0)[0, 0], abs=1e-5)
    solution = draw.case.solution()
    assert solution.status is Status.HONEST and solution.residual.max() < 1e-9


def test_words_that_cost_nothing_are_said_to_tell_nothing_with_both_ways_out():
    scenario = talk(40.0, 0.0, honest=False)
    [problem] = [found for found in warnings(scenario, compile(scenario)) if found.code == "cheap-talk"]
    assert "costs: {lie: 0.01}" in problem.fix and "start: honest" in problem.fix
    for other in (talk(40.0, 0.0), talk(40.0, 0.01, honest=False)):
        assert not [found for found in warnings(other, compile(other)) if found.code == "cheap-talk"]


def test_what_is_said_is_a_move_to_evidence_and_questions():
    scenario = talk(6.0)
    text = dump(scenario) + "evidence:\n  - {on: 1, move: readout, took: lo, source: a test}\n"
    found = longgame.ask(longgame.loads(text), "bayes_factor(readout_lo, theta == lo, theta == hi)")
    says = closed_form(6.0, 0.01)
    assert found["value"] == pytest.approx(says[0, 0] / says[2, 0], rel=1e-7)


def test_a_statement_survives_a_round_trip_and_is_an_extensive_game(tmp_path):
    scenario = talk(6.0)
    assert longgame.loads(dump(scenario)) == scenario
    (tmp_path / "talk.yaml").write_text(dump(scenario), encoding="utf-8")
    assert main(["export", "gambit", str(tmp_path / "talk.yaml"), "--out", str(tmp_path / "talk.efg")]) == 0
    game = parse_efg((tmp_path / "talk.efg").read_text(encoding="utf-8"))
    solution = solve_extensive(game, 6.0)
    at = [h for h in range(len(game.owner)) if game.owner[h] >= 0 and game.actions(h)[:1] == ("lo",)]
    said = sorted(float(solution.choice(h).max()) for h in at)
    assert said == pytest.approx(sorted(closed_form(6.0, 0.01).max(axis=1)), abs=1e-6)


def test_other_words_have_their_truth_and_may_be_kept():
    """“fine” is true of two values, and a later step sees what was said."""
    text = TALK.replace("says: [lo, mi, hi]", "says: [fine, hi]\n    true when: {fine: theta != hi}\n    records: word")
    text = text.replace("  act: {values:", "  word: {values: [none, fine, hi], start: none}\n  act: {values:")
    text = text.replace("choice(readout.lo, given=theta == lo)", "choice(readout.fine, given=theta == mi)")
    scenario = longgame.loads(text.replace("lie: 0.01", "lie: 0.05 * (word == none)"))
    assert longgame.loads(dump(scenario)) == scenario
    lie, truth = (f"worth(sender, readout.{word}, given=theta == mi)" for word in ("hi", "fine"))
    assert longgame.ask(scenario, f"{lie} < {truth}", at="start")["holds"]
    assert longgame.ask(scenario, "chance(word == hi, given=theta == hi)", at="start")["value"] > 0.9
    [step] = [step for step in picture(scenario).steps if step.kind == "statement"]
    assert [option.says for option in step.options] == ["true if theta is not hi", "true if theta is hi"]
    assert step.options[0].does == ("word becomes fine",) and "if it is not true" in step.options[0].pays["sender"]


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("about: theta", "about: thetta", "unknown-hidden", "theta"),
        ("about: theta", "about: act", "unknown-hidden", "which everybody can see"),
        ("by: sender\n    about", "by: receiver\n    about", "unknown-to-speaker", "known_to"),
        ("by: sender\n    about", "by: sendr\n    about", "unknown-actor", "sender"),
        ("says: [lo, mi, hi]", "says: [lo, mi, splendid]", "untold-word", "Say when it is true"),
        ("says: [lo, mi, hi]", "says: [lo, mi, mi]", "word-twice", "mi"),
        ("says: [lo, mi, hi]", "says: [lo]", "few-words", "two words"),
        ("start: honest", "true when: {low: theta == lo}", "unknown-word", "lo"),
        ("start: honest", "true when: {lo: act == a0}", "not-allowed-here", "act"),
        ("start: honest", "records: bias", "unknown-variable", "bias"),
        ("start: honest", "records: act", "words-missing", "Add lo, mi, hi"),
        ("clock: {periods: 1}", "clock: {periods: forever}", "honest-start", "periods: forever"),
        ("start: honest", "start: trusting", "unknown-value", "honest"),
    ],
)
def test_mistakes_are_named_at_their_place(old, new, code, said):
    assert old in TALK
    text = TALK.replace(old, new, 1)
    with pytest.raises(ScenarioError) as caught:
        longgame.loads(text)
    found = [problem for problem in caught.value.problems if problem.code == code]
    assert found, [str(problem) for problem in caught.value.problems]
    assert said in f"{found[0]}" and found[0].where.line is not None
