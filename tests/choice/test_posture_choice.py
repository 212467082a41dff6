"""Postures over worlds and draws: the tiny game, whose values are known in every draw."""

from __future__ import annotations

import json

import numpy as np
import pytest

import longgame
from longgame.answers.answers import tables
from longgame.answers.assess import postures
from longgame.answers.postures import pieces
from longgame.cli import main
from longgame.cli.output import Exit
from longgame.cli.screen import show
from longgame.errors import ScenarioError
from longgame.run.study import Study
from longgame.scenario.load import loads
from tests.sample_answers import sample
from tests.test_assessment import CLAIMS
from tests.tiny import TEXT, tiny


@pytest.fixture(scope="module")
def chosen():
    """A may be bold (2 * prize if yes, -2 * prize if no) or safe (0); B was loud, so the belief is 3 p / (1 + 2 p)."""
    return postures(tiny(CLAIMS), draws=128, seed=1, over="prior_yes")


def test_the_base_case(chosen):
    [row] = chosen.postures
    assert [(one.about, one.value) for one in row.information] == [("h", pytest.approx(0.5))]
    yes, no = row.turning
    assert (yes.condition, yes.posture, yes.belief) == ("h == yes", "bold", pytest.approx(0.5))
    assert (no.condition, no.posture, no.belief) == ("h == no", "safe", pytest.approx(0.5))


def test_over_worlds_and_draws(chosen):
    robust = chosen.postures[0].over_draws
    bold, safe = robust.rows
    assert (robust.draws, robust.dropped, chosen.ensemble.valid) == (128, 0, 128)
    assert (safe.expected, safe.worst) == (pytest.approx(0.0), pytest.approx(0.0))
    assert bold.worst == pytest.approx(-3.0, abs=0.05) and safe.worst_regret == pytest.approx(3.0, abs=0.05)
    # weights w = 1/4 + p/2, beliefs b = 3 p / (1 + 2 p): 2 prize (2 b - 1) w = prize (4 p - 1) / 2; w is 1/2 on average
    assert bold.expected == pytest.approx(1.0, rel=0.05)  # 128 draws: the mean of a product of two, to 0.015
    assert robust.best == {"expected": "bold", "maximin": "safe", "regret": "bold", "satisficing": "bold"}
    assert bold.dominated_by == safe.dominated_by == []
    # bold brings more than being unbound where the answer is yes: as often as yes is believed, (3/4 p) / (1/4 + p/2)
    assert bold.satisficing == pytest.approx(0.75, rel=0.02) and robust.threshold.startswith("what the actor could")


def test_what_information_is_worth(chosen):
    robust = chosen.postures[0].over_draws
    [learned] = robust.information
    # told the truth, A gains 2 prize in a world of no, whose weight is (1/4)(1 - p): half of 1 / 2 on average
    assert learned.about == "h" and learned.undecided == pytest.approx(0.5, rel=0.03)
    assert learned.mean == pytest.approx(0.5, rel=0.03) and learned.low < learned.mean < learned.high
    assert robust.certainty == pytest.approx(0.5, rel=0.03)
    assert robust.assumptions == {}, "bold is best on average whatever the prize or the prior"


def test_where_the_best_posture_turns(chosen):
    yes, _ = chosen.postures[0].over_draws.turning
    assert (yes.low, yes.middle, yes.high) == pytest.approx((0.5, 0.5, 0.5))
    assert yes.best_somewhere == pytest.approx(1.0)
    assert yes.over.assumption == "prior_yes" and sum(yes.over.draws) == 128
    assert yes.over.at == sorted(yes.over.at) and np.allclose(yes.over.middle, 0.5)


def test_a_turning_belief_that_moves():
    # A safe choice that costs: bold is best from a belief of 1/2 - cost / (4 prize) on
    text = TEXT.replace("options:\n      stay: {}", "options:\n      stay: {pay: {a: -0.5}}")
    found = postures(loads(text), draws=128, over="prize").postures[0]
    assert found.turning[0].belief == pytest.approx(0.375)
    over = found.over_draws.turning[0].over
    np.testing.assert_allclose(over.middle, 0.5 - 0.125 / np.array(over.at), atol=0.02)


def test_a_threshold_of_one_s_own():
    robust = postures(tiny(), draws=64, at_least=-2.0).postures[0].over_draws
    bold, safe = robust.rows
    assert safe.satisficing == pytest.approx(1.0) and robust.threshold == "-2"
    assert 0.75 < bold.satisficing < 1.0, "half of the prizes lose less than 2"


def test_without_draws_and_with_what_does_not_vary():
    assert postures(tiny(), draws=0).postures[0].over_draws is None
    for over in ("fixed", "prise"):
        with pytest.raises(ScenarioError):
            postures(tiny(), draws=4, over=over)


def test_a_run_has_it_where_claims_ask_for_postures():
    assert longgame.assess(tiny(CLAIMS), draws=8).postures[0].over_draws.draws == 8
    assert longgame.assess(tiny("claims: {c: {says: s, holds: value(a) > 0}}"), draws=8).postures[0].over_draws is None


def test_pieces_of_information_come_once():
    game = Study.of(tiny()).game
    assert [about for about, _ in pieces(game)] == ["h"]
    more = "  g: {known_to: [b], values: {up: 0.5, down: rest}, source: s, because: b}"
    two = TEXT.replace("  h: {", f"{more}\n  h: {{", 1)
    labels = [about for about, _ in pieces(Study.of(loads(two)).game)]
    assert labels[:3] == ["g", "h", "which world it is"] and len(labels) == 7


def test_the_command(tmp_path, capsys):
    file = tmp_path / "tiny.yaml"
    file.write_text(TEXT, encoding="utf-8")
    assert main(["postures", str(file), "--draws", "64", "--over", "prize", "--set", "prior_yes=0.5"]) == Exit.DONE
    text = capsys.readouterr().out
    for words in ("Postures of a over worlds and 64 draws", "To learn h", "bold is best from a belief of 50%", "5 %"):
        assert words in text, text
    assert max(map(len, text.splitlines())) <= 110
    assert main(["postures", str(file), "--draws", "0", "--json"]) == Exit.DONE
    printed = json.loads(capsys.readouterr().out)
    keys = ["longgame", "layout", "scenario", "seed", "draws", "postures", "ensemble", "solver"]
    assert list(printed) == keys and printed["postures"][0]["over_draws"] is None
    assert main(["postures", str(file), "--over", "prise"]) == Exit.BAD_INPUT


def test_the_table_of_the_sample(capsys):
    show(*tables({"postures": sample()["postures"]}))
    text = capsys.readouterr().out
    turning = "play_along is best from a belief of 33%"
    for words in ("defy", "Best by every rule: defy", "0.120", turning, "aid_effect 0.0700"):
        assert words in text, text
