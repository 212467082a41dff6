"""Where a best posture turns along play: against the tree of news by hand."""

from __future__ import annotations

import json
from itertools import product

import pytest

import longgame
from longgame.answers.turning import parts
from longgame.cli import main
from longgame.errors import QuestionError
from longgame.queries.questions import answer
from longgame.run.study import Study
from longgame.scenario.formulas import Question
from longgame.scenario.questions.understand import understand

NEWS = """
title: News
clock: {periods: 4}
actors: {a: {lambda: 1, discount: 0.5}, b: {lambda: 1, discount: 0.5}}
state: {x: {values: [low, high], start: low}}
hidden: {h: {known_to: [b], values: {yes: 0.5, no: 0.5}, source: a test}}
period:
  - chance: news
    outcomes: {good: {p: 0.8 if h == yes else 0.2}, bad: {p: rest}}
  - move: pick
    by: a
    options: {stay: {set: {x: low}}, go: {set: {x: high}}}
payoffs: {a: "(x == high) * ((1 if h == yes else -1) - 0.3)", b: 0}
end_values: {a: 0, b: 0}
postures: {a: {bold: {pick: go}, safe: {pick: stay}}}
claims:
  bold_comes:
    says: To go comes to be best.
    holds: turning_chance(a, bold, by=2) > 0.4
"""


def believed(news: tuple[bool, ...]) -> float:
    """The belief in yes after some news."""
    odds = 1.0
    for good in news:
        odds *= 4.0 if good else 0.25
    return odds / (1.0 + odds)


def turned(periods: int, yes: float = 0.5) -> float:
    """The chance that to go has been best at some start: it brings 2 b - 1.3 a period at a belief b."""
    total = 0.0
    for news in product((True, False), repeat=periods):
        if any(2 * believed(news[:n]) - 1.3 >= 0 for n in range(periods + 1)):
            for truth, p in ((True, yes), (False, 1 - yes)):
                chance = p
                for good in news:
                    chance *= 0.8 if good == truth else 0.2
                total += chance
    return total


@pytest.mark.parametrize("by", [1, 2, 3])
def test_the_chance_of_coming_to_where_a_posture_is_best(by: int):
    asked = longgame.ask(longgame.loads(NEWS), f"turning_chance(a, bold, by={by})")
    assert asked["value"] == pytest.approx(turned(by), abs=1e-9)
    sure = longgame.ask(longgame.loads(NEWS), f"turning_chance(a, bold, by={by}, given=h == yes)")
    assert sure["value"] == pytest.approx(turned(by, 1.0), abs=1e-9)


def test_it_is_the_same_on_a_lattice_that_holds_all_beliefs_on_the_way():
    """Beliefs after a balance of n pieces of good news are 1, 4, 16 and 64 to the power of n; none lies near 0.65."""
    scenario = longgame.loads(NEWS)
    question = understand(scenario, Question("turning_chance(a, bold, by=3)"))
    study = Study.of(scenario, questions=[question]).on_lattice
    [found] = answer(study.draw().case, [study.binder.bind(question)])
    assert found.value == pytest.approx(turned(3), abs=1e-6)


def test_it_is_asked_of_many_draws():
    [claim] = longgame.assess(longgame.loads(NEWS), draws=8).to_json()["claims"]
    assert claim["holds"] and claim["margin"] == pytest.approx(turned(2) - 0.4, abs=1e-9)


def test_the_map_by_hand(tmp_path, capsys):
    found = longgame.turning(longgame.loads(NEWS), "a", least=0.001).to_json()
    assert [row["on"] for row in found["dates"]] == ["now", "2", "3", "4"]
    for n, row in enumerate(found["dates"]):
        assert row["been"]["bold"] == pytest.approx(turned(n), abs=1e-9)
        assert sum(row["best"].values()) == pytest.approx(1.0)
        assert sum(place["probability"] for place in row["places"]) + row["others"] == pytest.approx(1.0)
    now, second = found["dates"][:2]
    [place] = now["places"]
    assert place["best"] == "safe" and place["belief"]["h"]["yes"] == pytest.approx(0.5)
    [turn] = place["turns"]
    assert (turn["posture"], turn["condition"]) == ("bold", "h == yes") and turn["belief"] == pytest.approx(0.65)
    beliefs = {(place["best"], round(place["belief"]["h"]["yes"], 6)) for place in second["places"]}
    assert beliefs == {("bold", 0.8), ("safe", 0.2)}

    (tmp_path / "news.yaml").write_text(NEWS, encoding="utf-8")
    assert main(["turning", str(tmp_path / "news.yaml"), "a", "--least", "0.001", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dates"] == found["dates"]
    assert main(["turning", str(tmp_path / "news.yaml"), "a"]) == 0
    assert "bold from 65% in h == yes" in " ".join(capsys.readouterr().out.split())


def test_who_has_no_choice_of_postures_is_told_so():
    with pytest.raises(QuestionError, match="an actor with two postures or more"):
        longgame.turning(longgame.loads(NEWS), "b")


def test_places_that_look_alike_are_shown_as_one(capsys):
    place = {"state": "x=low", "belief": {"h": {"yes": 0.3, "no": 0.7}}, "best": "safe", "turns": []}
    places = [{**place, "probability": p, "lead": lead} for p, lead in ((0.2, 1.0), (0.3, 2.0))]
    other = {**place, "state": "x=high", "probability": 0.4, "lead": 3.0}
    date = {"on": "now", "best": {"bold": 0.0, "safe": 0.9}, "been": {"bold": 0.0, "safe": 0.9}}
    shown = parts({"actor": "a", "postures": ["bold", "safe"], "dates": [{**date, "places": [*places, other]}]})
    rows = shown[1].rows
    assert [(row[0], row[1], row[4]) for row in rows] == [("x=low", "50%", "1.00 to 2.00"), ("x=high", "40%", "3.00")]
