"""Whole assessments of the tiny game: known answers, the layout, the draws, determinism."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from longgame.answers.answers import BLOCKS, base_case
from longgame.answers.ask import answer, ask, describe, examine
from longgame.answers.assess import assess
from longgame.answers.block import Sources, plain
from longgame.answers.claims import claim_rows
from longgame.answers.deals import parties_of
from longgame.answers.ensemble import Ensemble
from longgame.answers.ensemble_rows import about_draws
from longgame.answers.game import rationality_in_words
from longgame.errors import QuestionError, ScenarioError
from longgame.inference.draws import DrawStatus
from longgame.run.plan import DETAIL, STATUSES, Plan, varying
from longgame.run.solver import points
from longgame.run.store import Memory
from longgame.run.study import SolvedDraw, Study
from longgame.run.together import Together
from longgame.scenario.load import loads
from longgame.solver.solution import Status
from tests.tiny import TEXT, tiny

CLAIMS = """
claims:
  always:
    says: A high x is good for A.
    holds: worth(a, boost) > 0
    note: A note of the analyst.
  rich:
    says: The prize is large.
    holds: worth(a, pick.go, than=pick.stay, given=h == yes) > 1.8
  trusted:
    says: B was trusted before it spoke.
    holds: prior(h == yes) > 0.5
    shows: {before: prior(h == yes), trusted: prior(h == yes) > 0.5}
  never:
    says: Staying pays.
    holds: value(a, under=a.safe) > 0.01
  spoken:
    says: B will speak again.
    holds: choice(tell.loud) > 0.5
  bold:
    says: A should be bold.
    holds: lead(a, bold) > 0
"""


@pytest.fixture(scope="module")
def answers():
    return assess(tiny(CLAIMS), draws=128, seed=1)


@pytest.fixture(scope="module")
def claims(answers):
    return {claim.id: claim for claim in answers.claims}


def test_known_shares(claims):
    # prize and prior_yes are uniform: 1.8 is passed by 3/5 of the prizes, an even prior by half of the priors
    assert claims["rich"].share == pytest.approx(0.6, abs=0.01)
    assert claims["trusted"].share == pytest.approx(0.5, abs=0.01)
    assert claims["never"].share == 0.0
    assert claims["always"].share == claims["always"].share_weighted == 1.0


def test_shares_weighed_by_the_evidence(claims, answers):
    # being loud has probability 1/4 + p/2 at a prior p: the high priors gain weight.
    # (integral of 1/4 + p/2 from 1/2 to 3/4) / (the same from 1/4 to 3/4) = 0.140625 / 0.25
    assert claims["trusted"].share_weighted == pytest.approx(0.5625, abs=0.01)
    assert claims["rich"].share_weighted == pytest.approx(0.6, abs=0.02)
    # (mean weight)^2 / mean squared weight = 0.5^2 / (mean of (1/4 + p/2)^2 = 0.5^2 + (1/8)^2 / 3)
    assert answers.ensemble.effective_sample_size == pytest.approx(128 * 0.25 / (0.25 + 1 / 192), rel=0.01)


def test_verdicts_and_built_in(claims):
    assert {id: claim.holds for id, claim in claims.items()} == {
        "always": True,
        "rich": True,
        "trusted": False,  # an even prior is not above a half
        "never": False,
        "spoken": None,
        "bold": True,
    }
    assert {id: claim.verdict for id, claim in claims.items()} == {
        "always": "follows",
        "rich": "follows",
        "trusted": "open",  # by a margin of nothing
        "never": "fails",
        "spoken": "no answer",
        "bold": "follows",
    }
    assert {id: claim.firmness for id, claim in claims.items()} == {
        "always": "built in",
        "rich": "contested",  # in 60 % of the draws
        "trusted": None,
        "never": "built in",  # what fails in every draw is built in as well
        "spoken": None,
        "bold": "built in",
    }
    assert {id for id, claim in claims.items() if claim.built_in} == {"always", "never", "bold"}
    # the margin is 2 * prize - 1.8, and the prize is uniform on [0.5, 1.5]
    assert claims["rich"].spread == pytest.approx(2 / math.sqrt(12), rel=0.01)
    assert claims["rich"].margin == pytest.approx(0.2)
    assert claims["trusted"].shows == {"before": pytest.approx(0.5), "trusted": False}


def test_notes_and_status(claims):
    assert claims["always"].note == "A note of the analyst."
    assert claims["spoken"].note.startswith("No answer: `tell` cannot come up")
    assert {claim.status for claim in claims.values()} == {Status.CONVERGED.value}


def test_layout(answers):
    written = answers.to_json()
    assert list(written) == [
        "longgame", "layout", "scenario", "versions", "seed", "draws", "started", "seconds", "assumptions", "actors",
        "worlds", "size", "beliefs", "surprise", "ledger", "forecasts", "scores", "paths", "postures", "deals",
        "bargaining", "bundles", "commitment", "accounts", "claims", "variants", "explanations", "ensemble", "drawn",
        "solver", "verification",
    ]  # fmt: skip
    assert json.loads(json.dumps(written, allow_nan=False)) == written
    assert written["ensemble"] == {
        "draws": 128,
        "valid": 128,
        "unconverged": 0,
        "jumped": 0,
        "effective_sample_size": pytest.approx(125, abs=1),
        "set_aside": [],
        "warnings": [],
        "posterior": None,
    }
    assert written["claims"][4]["margin"] is None


def test_blocks_by_hand(answers):
    written = answers.to_json()
    prior, loud = written["beliefs"]
    assert prior["evidence"] is None and prior["marginals"] == {
        "h": {"yes": pytest.approx(0.5), "no": pytest.approx(0.5)}
    }
    assert loud["posterior"] == pytest.approx({"yes": 0.75, "no": 0.25})
    assert loud["likelihood"] == pytest.approx({"yes": 0.75, "no": 0.25})
    assert loud["bayes_factors"]["h"] == pytest.approx({"yes:no": 3.0})
    [line] = written["ledger"]
    assert (line["evidence"], line["by"]) == ("tell_loud", "b")
    assert line["gains"] == pytest.approx({"a": 0.5, "b": 0.25, "c": -0.5})
    assert line["shares"] == pytest.approx({"a": 0.25, "b": 0.25, "c": -0.25})
    [forecast] = written["forecasts"]
    [point] = forecast["by"]
    assert point["probability"] == pytest.approx(0.75, abs=4 * point["standard_error"])
    [row] = written["postures"]
    assert row["actor"] == "a" and row["best"] == {"expected": "bold", "maximin": "safe", "regret": "bold"}
    assert row["rows"][0]["worlds"] == pytest.approx({"yes": 2.0, "no": -2.0})
    assert row["perfect_information"] == pytest.approx(0.5)
    assert row["share"]["expected"] == {"bold": 1.0, "safe": 0.0}
    assert row["share"]["maximin"] == {"bold": 0.0, "safe": 1.0}
    boost, calm, bribe = written["deals"]
    assert boost["worth"] == pytest.approx({"a": 0.25, "b": 0.0, "c": -0.5})
    assert boost["effect"] == {"a": "gains", "b": "indifferent", "c": "loses"}
    assert bribe["worth"] == pytest.approx({"a": 0.5, "b": 0.0, "c": 0.0})
    assert [deal["pareto"] for deal in (boost, calm, bribe)] == [False, False, True]
    assert [row["between"] for row in written["bargaining"]] == [["c", "a"]]  # the parties of the only offer
    assert written["bargaining"][0]["zone"] == ["bribe"]  # calm changes nothing
    assert written["bargaining"][0]["nash"] == "bribe"
    assert written["size"] == {
        "states": 2, "worlds": 2, "lattice_points": 5, "lattice": 4, "steps": 4, "periods": 1, "actors": 3,
    }  # fmt: skip
    # To B all ends are alike; being loud may pay it 1.
    assert [row["stake"] for row in written["actors"]] == pytest.approx([2.0, 1.0, 2.0])
    assert written["assumptions"][0]["distribution"] == {"uniform": [0.5, 1.5]}
    assert written["assumptions"][2]["distribution"] is None


def without_times(answers):
    return {key: value for key, value in answers.to_json().items() if key not in ("started", "seconds")}


def test_the_same_seed_gives_the_same_answers(answers):
    assert without_times(assess(tiny(CLAIMS), draws=128, seed=1)) == without_times(answers)


def test_another_seed_gives_other_draws(answers):
    study = Study.of(tiny(CLAIMS))
    assert not np.array_equal(points(study, 0, 8, seed=1), points(study, 0, 8, seed=2))
    assert np.array_equal(points(study, 5, 8, seed=1), points(study, 0, 16, seed=1)[5:8])


def test_draws_lie_in_their_ranges_and_fixed_numbers_stay():
    study = Study.of(tiny(CLAIMS))
    theta = points(study, 0, 64, seed=0)
    assert varying(study) == [0, 1]
    assert theta[:, 0].min() >= 0.5 and theta[:, 0].max() <= 1.5
    assert np.ptp(theta[:, 0]) > 0.9
    assert set(theta[:, 2]) == {2.0}


def test_without_draws_there_are_no_shares():
    found = assess(tiny(CLAIMS), draws=0)
    assert {claim.share for claim in found.claims} == {None}
    assert not any(claim.built_in for claim in found.claims)
    assert found.postures[0].share is None


def test_nothing_is_built_in_where_nothing_varies():
    fixed = TEXT.replace("range: [0.5, 1.5], ", "").replace("range: [0.25, 0.75], ", "")
    found = assess(loads(fixed + CLAIMS), draws=8)
    assert not any(claim.built_in for claim in found.claims)
    assert found.ensemble.draws == 0


def test_posture_shares_only_where_the_claims_solve_for_them():
    one = "claims: {bold: {says: s, holds: 'value(a, under=a.bold) > 0'}}"
    assert assess(tiny(one), draws=4).postures[0].share is None


def test_a_draw_that_makes_no_game_is_counted(monkeypatch):
    compile = Study.of.__globals__["compile"]

    def with_a_limit(*scenario):
        game = compile(*scenario)
        limited = lambda theta, t: game.tables(theta, t)._replace(valid=theta[..., 0] <= 1.25)  # noqa: E731
        return dataclasses.replace(game, tables=limited)

    monkeypatch.setitem(Study.of.__globals__, "compile", with_a_limit)
    found = assess(tiny(CLAIMS.replace("1.8", "2.4")), draws=64)
    assert found.ensemble.draws == 64
    assert found.ensemble.valid == 48  # a quarter of the prizes lie above 1.25
    rich = next(claim for claim in found.claims if claim.id == "rich")
    assert rich.share == pytest.approx(0.05 / 0.75, abs=0.02)  # of the prizes up to 1.25, those above 1.2


def test_ensembles_count_what_they_have(monkeypatch):
    monkeypatch.setattr("longgame.answers.ensemble.LEAST_DRAWS", 2)
    study = Study.of(tiny(CLAIMS))
    store = Memory(Plan.of(study, 5, seed=0, chunk=4))
    ends = ["SOLVED", "UNCONVERGED", "INVALID", "FAILED"]
    first, second = store.missing()
    arrays = store.plan.blank(4)
    arrays["status"][:] = [STATUSES.index(DrawStatus[end]) for end in ends]
    arrays["jumps"][:] = [0, 2, 3, 1]
    arrays["holds"][:2, :3] = [[1, 1, -1], [1, 0, -1]]
    arrays["log_likelihood"][:2, 0] = [math.log(3), 0.0]
    arrays["choice"][:2, 0] = [[0, 0, 1], [1, 0, 1]]
    store.put(first, arrays)
    aside = store.plan.blank(1) | {DETAIL: np.array(["no memory"])}
    aside["status"][:] = STATUSES.index(DrawStatus.SET_ASIDE)
    store.put(second, aside)
    assert store.missing() == []
    many = Ensemble.of(store)
    assert [many.share(claim) for claim in range(3)] == [1.0, 0.5, 0.0]
    assert [many.share_weighted(claim) for claim in range(3)] == pytest.approx([1.0, 0.75, 0.0])
    assert [many.agreement(claim, True) for claim in range(3)] == pytest.approx([1.0, 0.75, 0.0])
    assert [many.agreement(claim, False) for claim in range(3)] == pytest.approx([0.0, 0.25, 0.0])
    assert [many.always(claim, True) for claim in range(3)] == [True, False, False]
    assert not any(many.always(claim, holds) for claim in range(3) for holds in (False, None))
    assert many.choices("a", ["bold", "safe"]) == {
        "expected": {"bold": 0.5, "safe": 0.5},
        "maximin": {"bold": 1.0, "safe": 0.0},
        "regret": {"bold": 0.0, "safe": 1.0},
    }
    assert dataclasses.astuple(many.row())[:6] == (5, 2, 1, 1, pytest.approx(1.6), [(4, 4, "no memory")])
    said = " ".join(about_draws(dataclasses.asdict(many.row())))
    assert "In 1 of 2 draws some steps were not solved" in said and "In 1 of 2 draws choices jumped" in said
    assert many.row().warnings == list(many.warnings) and many.row().posterior is None
    assert Ensemble().share(0) is None and not Ensemble().always(0, True) and Ensemble().choices("a", []) is None


def test_an_unsolved_step_marks_the_claims_that_rest_on_it():
    base = base_case(Study.of(tiny(CLAIMS)).on_lattice, ["claims"])
    solved = base.draw._reports
    solved["a", "bold"] = dataclasses.replace(solved["a", "bold"], status=Status.UNCONVERGED, unconverged={"tell": 3})
    rows = {row.id: row for row in claim_rows(Sources(base))}
    assert rows["bold"].status == Status.UNCONVERGED.value
    assert "not solved to the tolerance: tell" in rows["bold"].note
    assert rows["trusted"].status == Status.CONVERGED.value and rows["trusted"].note == ""


# --- parts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "solves"),
    [("beliefs", 1), ("surprise", 1), ("ledger", 1), ("forecasts", 1), ("postures", 3), ("deals", 1), ("size", 0)],
)
def test_blocks_do_only_the_work_that_they_need(block, solves, monkeypatch, answers):
    made, solve = [], SolvedDraw._solve
    monkeypatch.setattr(SolvedDraw, "_solve", lambda draw, under: made.append(under) or solve(draw, under))
    found = examine(tiny(CLAIMS), block, seed=1)
    assert len(made) == solves
    expected = answers.to_json()[block]
    if block == "postures":
        expected[0]["share"] = expected[0]["over_draws"] = None
    if block == "surprise":
        expected["over_draws"] = expected["pieces"][0]["over_draws"] = None
        expected["says"] = expected["says"].partition(" Over the draws")[0]
    assert found[block] == expected
    assert found["draws"] == 0 and found["scenario"] == answers.to_json()["scenario"]


def test_postures_are_solved_no_further_back_than_they_are_asked(monkeypatch):
    monkeypatch.setattr("longgame.run.study.solved_exactly", lambda game: None)
    since = []
    for where, name in ((Study.draw.__globals__, "solve"), (Together.look_up.__globals__, "solve_batch")):
        solve = where[name]
        told = lambda *a, solve=solve, **k: since.append(k["since"]) or solve(*a, **k)  # noqa: E731
        monkeypatch.setitem(where, name, told)
    later = TEXT.replace("periods: 1", "periods: 3").replace("{on: 1, move", "{on: 2, move")
    asked = loads(later + "claims: {bold: {says: s, holds: 'lead(a, bold) > 0 and value(a) > 0'}}")
    whole = ask(asked, "lead(a, bold) + 0 * lead(a, bold)", at="start")
    assert since == 3 * [0, 0, 0]  # on the lattice, and on two finer ones
    since.clear()
    found = examine(asked, "claims")
    assert since == 3 * [0, 1, 1]
    assert found["claims"][0]["margin"] == pytest.approx(ask(asked, "min(lead(a, bold), value(a))")["value"])
    assert whole["value"] is not None


def test_every_block_can_be_examined():
    found = examine(tiny(CLAIMS), *BLOCKS)
    assert set(BLOCKS) < set(found)
    with pytest.raises(KeyError, match="believes"):
        examine(tiny(CLAIMS), "believes")


def test_ask():
    found = ask(tiny(), "worth(a, set(x=high)) > 0.2")
    assert (found["holds"], found["margin"]) == (True, pytest.approx(0.05))
    found = ask(tiny(), "belief(h == yes)", at="start")
    assert (found["kind"], found["value"], found["holds"]) == ("probability", pytest.approx(0.5), None)
    assert found["status"] == Status.CONVERGED.value
    found = ask(tiny(), "choice(tell.loud)")
    assert found["value"] is None and "cannot come up" in found["note"]


def test_ask_by_period():
    """Every period's answer is that of the question with the date written in."""
    scenario = "truce-on-offer"
    text = "expected(strength) - 2 * chance(truce == full, given=aim == peace) + agreement(full_truce, on=12)"
    found = ask(scenario, text, every_period=True)
    rows = found["series"]
    assert [row["on"] for row in rows[:2]] == ["2025-03", "2025-04"] and len(rows) == 12
    dated = text.replace("(strength)", "(strength, on=5)").replace("peace)", "peace, by=5)")
    assert rows[4]["value"] == pytest.approx(ask(scenario, dated)["value"], abs=1e-12)
    assert rows[-1]["value"] == pytest.approx(found["value"], abs=1e-12)
    assert ask(scenario, text)["series"] is None
    with pytest.raises(QuestionError, match="without a date of its own"):
        ask(scenario, "belief(aim == peace)", every_period=True)


def test_a_date_may_be_past_when_the_option_is_taken():
    scenario = loads(
        """
        title: A door
        clock: {start: 2030, step: year, periods: 3}
        actors: {a: {rationality: 2, discount: 0.9}}
        state: {door: {values: [shut, open], start: shut}, x: {values: [low, high], start: low}}
        period:
          - chance: knock
            when: door == shut
            outcomes: {opened: {p: 0.5, set: {door: open}}, nothing: {p: rest}}
          - move: pick
            by: a
            when: door == open
            options: {stay: {}, go: {set: {x: high}}}
        payoffs: {a: x == high}
        claims:
          high:
            says: It goes.
            holds: chance(x == high, after=pick.go) > 0.5
            shows: {soon: 'chance(x == high, by=1, after=pick.go)'}
        """
    )
    why = "2030 may be past when `pick` comes up, which may be as late as 2032: ask without a date, or of a later one"
    found = ask(scenario, "chance(x == high, by=1, after=pick.go)")
    assert (found["value"], found["note"]) == (None, f"No answer: {why}.")
    assert "".join(map(str, answer(found))).lower().count("no answer") == 1
    [claim] = examine(scenario, "claims")["claims"]
    assert claim["shows"] == {"soon": None} and claim["note"].endswith(f"No answer to `soon`: {why}.")
    found = ask(scenario, "chance(x == high, after=pick.go)", every_period=True)
    assert [row["value"] for row in found["series"]] == [None, None, pytest.approx(1.0)]
    assert found["note"] == f"Part of it has no answer: {why.replace('2030', '2031')}."


@pytest.mark.parametrize(
    ("text", "at", "column"),
    [("worth(a, bost) > 0", "now", 10), ("worth(a,, b)", "now", 9), ("value(a)", "2025-03", None)],
)
def test_ask_says_what_is_wrong(text, at, column):
    with pytest.raises(QuestionError) as caught:
        ask(tiny(), text, at=at)
    assert caught.value.problems[0].where.column == column


def test_describe():
    actors, size, warnings = describe(tiny())
    assert [actor["name"] for actor in actors] == ["a", "b", "c"]
    assert actors[0]["per"] == "payoff"  # a raw lambda was given
    assert size["states"] == 2
    assert warnings == []


def test_rationality_in_words():
    """At lambda 20 and decisions that move 0.2, half of that is 0.1, and the odds are e^2 to 1."""
    assert "takes the better one 88.1 times in 100" in rationality_in_words(np.array([20.0]), 0.2, 1.0)
    often = rationality_in_words(np.array([0.0, 20.0]), 0.2, 1.0)
    assert "50 or 88.1 times in 100, depending on what it knows" in often


def test_parties():
    named = "claims: {fair: {says: Fair., holds: 'deal_share(accepted_by=[a, b], harms=c) < 0.5'}}\n"
    assert parties_of(Study.of(tiny())) == [("c", "a")]
    assert parties_of(Study.of(tiny(named))) == [("c", "a"), ("a", "b")]


def test_evidence_that_cannot_be_is_an_error_at_the_base_case():
    evidence = "  - {on: 1, seen: {x: high}, source: a test}\nsolver:"
    barred = TEXT.replace("solver:", evidence, 1).replace("go: {set", "go: {when: prize > 10, set")
    with pytest.raises(ScenarioError):
        assess(loads(barred), draws=0)


def test_plain_values():
    assert plain({"a": np.float64("nan"), 1: np.int64(2), "c": (np.bool_(True), math.inf, None, "x")}) == {
        "a": None,
        "1": 2,
        "c": [True, None, None, "x"],
    }
