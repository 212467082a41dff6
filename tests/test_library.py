"""The shipped scenarios: sound, small, solved, and with claims that can fail.

The claims of the flagship are tried at assumptions turned to an extreme. Some of these extremes lie beyond the range
that the scenario defends: the test shows that the claim rests on the number, not that the number is likely.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from longgame.game import checks
from longgame.game.sample import limits
from longgame.queries.claims import judge
from longgame.queries.questions import look_up
from longgame.run.study import Study
from longgame.scenario.library import GROUPS, group_of, shipped
from longgame.scenario.load import read
from longgame.scenario.model import Scenario

FLAGSHIP = "ukraine-2025"
TEACHING = ("truce-on-offer", "take-it-or-leave-it", "deterrence-crisis")
RIYADH = "ukraine-2025-riyadh"
TEXTBOOKS = ("beer-quiche", "centipede", "chain-store", "fearon", "powell", "preventive-war", "rubinstein")
CASES = ("cuba-1962", "doha-2020", "iran-2013", "minsk-2014")
ALL = (FLAGSHIP, RIYADH, *CASES, *TEACHING, *TEXTBOOKS)
DOCUMENT = Path(__file__).parents[1] / "docs" / "flagship.md"
THE_CALL = date(2025, 3, 18)

MOST_STATES, MOST_STEPS, MOST_WORLDS, MOST_PERIODS = 700, 32, 6, 20
RESIDUAL = 1e-9


@cache
def read_once(name: str) -> tuple[Scenario, tuple[str, ...]]:
    """A scenario, and what was to be said of it as it was read."""
    scenario, warnings = read(name)
    return scenario, tuple(map(str, warnings))


def load(name: str) -> Scenario:
    return read_once(name)[0]


@cache
def study(name: str) -> Study:
    return Study.of(load(name))


def test_all_are_shipped() -> None:
    assert set(ALL) == set(shipped())
    by_group = {group: {name for name in shipped() if group_of(name) == group} for group in GROUPS}
    assert by_group == {
        "assessments": {FLAGSHIP, RIYADH},
        "cases": set(CASES),
        "teaching": set(TEACHING),
        "textbooks": set(TEXTBOOKS),
    }


@pytest.mark.parametrize("name", ALL)
def test_scenario_is_sound(name: str) -> None:
    scenario, warnings = read_once(name)
    assert warnings == ()
    assert [str(problem) for problem in checks.warnings(scenario, study(name).game)] == []


@pytest.mark.parametrize("name", ALL)
def test_every_number_has_a_source_and_a_range_around_its_value(name: str) -> None:
    for assumption in load(name).assumptions.values():
        assert assumption.source and assumption.because
        low, high = limits(assumption)
        assert low < high
        assert low <= assumption.value <= high


@pytest.mark.parametrize("name", [FLAGSHIP, *TEACHING, *TEXTBOOKS])
def test_base_case_converges(name: str) -> None:
    solution = study(name).draw().case.solution()
    assert float(np.max(solution.residual)) < RESIDUAL
    assert int(np.sum(solution.unconverged)) == 0


@pytest.mark.parametrize("name", [*TEACHING, *TEXTBOOKS])
def test_teaching_scenario_has_claims_that_hold_and_claims_that_fail(name: str) -> None:
    draw = study(name).draw()
    verdicts = {judge(claim, look_up(draw.case, claim.holds.atoms)).holds for claim in study(name).claims}
    assert verdicts == {True, False}


# --- the flagship ---------------------------------------------------------------------------------------------------


def test_flagship_is_small() -> None:
    game = study(FLAGSHIP).game
    assert len(game.ended) <= MOST_STATES
    assert len(game.steps) <= MOST_STEPS
    assert len(game.worlds) <= MOST_WORLDS
    assert game.periods <= MOST_PERIODS


def test_flagship_has_all_claims_each_with_a_question_and_a_reason() -> None:
    claims = load(FLAGSHIP).claims
    assert list(claims) == [f"C{number}" for number in range(1, 32)]
    assert all(claim.says and claim.because and claim.shows for claim in claims.values())


def test_verdicts_of_the_documents_are_those_of_the_flagship() -> None:
    told = re.findall(r"(?m)^\| (C\d+) \| (follows|does not follow)(?:, built in)? \| (\S+) \|", DOCUMENT.read_text())
    draw = study(FLAGSHIP).draw()
    verdicts = {claim.id: judge(claim, look_up(draw.case, claim.holds.atoms)) for claim in study(FLAGSHIP).claims}
    found = [
        (id, "follows" if verdict.holds else "does not follow", f"{verdict.margin:+.2g}")
        for id, verdict in verdicts.items()
    ]
    assert told == found


def test_flagship_has_the_actors_and_worlds_of_the_assessment() -> None:
    scenario = load(FLAGSHIP)
    assert set(scenario.actors) == {"russia", "ukraine", "us", "europe"}
    worlds = [world.values for world in scenario.worlds]
    aims = [(world["us_aim"], world["understanding"], world["russia_aim"]) for world in worlds]
    assert aims == [
        (aim, told, after)
        for aim, told in (("peace", "none"), ("reset", "none"), ("reset", "reached"))
        for after in ("subjugation", "terms")
    ]
    known = {name: set(hidden.known_to) for name, hidden in scenario.hidden.items()}
    assert known == {"us_aim": {"us"}, "understanding": {"us", "russia"}, "russia_aim": {"russia"}}
    assert set(scenario.ends) == {"settlement", "collapse"}


def test_flagship_evidence_is_sourced_and_ends_with_the_call() -> None:
    evidence = load(FLAGSHIP).evidence
    assert all(piece.source and piece.says for piece in evidence)
    assert max(date.fromisoformat(str(piece.on)) for piece in evidence) == THE_CALL


def test_nothing_in_the_flagship_is_later_than_the_call() -> None:
    assert [day for day in days_named_in(load(FLAGSHIP)) if day > THE_CALL] == []


def test_riyadh_only_adds_evidence_and_claims() -> None:
    base, later = load(FLAGSHIP), load(RIYADH)
    assert later.evidence[: len(base.evidence)] == base.evidence
    added = later.evidence[len(base.evidence) :]
    assert added and all(date.fromisoformat(str(piece.on)) == date(2025, 3, 25) for piece in added)
    for part in ("actors", "assumptions", "state", "hidden", "worlds", "period", "payoffs", "end_values", "deals"):
        assert getattr(later, part) == getattr(base, part)
    assert {name: later.claims[name] for name in base.claims} == base.claims


def days_named_in(scenario: Scenario) -> list[date]:
    """Every day that the reasons and sources of a scenario name, as in `18 March 2025` or 2025-03-18."""
    texts = [scenario.about]
    for assumption in scenario.assumptions.values():
        texts += [assumption.source, assumption.because, assumption.says]
    for piece in scenario.evidence:
        texts += [piece.source, piece.because, piece.says]
    text = " ".join(texts)
    months = "January|February|March|April|May|June|July|August|September|October|November|December"
    days = [
        datetime.strptime(" ".join(found), "%d %B %Y").date()
        for found in re.findall(rf"\b(\d{{1,2}}) ({months}) (\d{{4}})\b", text)
    ]
    return days + [date.fromisoformat(found) for found in re.findall(r"\b\d{4}-\d\d-\d\d\b", text)]


# The claim, its answer in the base case, and the numbers that it plainly rests on, turned to an extreme.
# Numbers that bear on different claims are turned together, so that few games are solved.
GROUND = {"kursk_cut": 0.12, "front_without_kursk": 0.05, "oil_harm": 0.008, "grid_harm": 0.04, "ports_harm": 0.5}
AIMS = {"prior_peace": 0.95, "us_end": 0.0, "reset_quiet": 0.0}
TURNS = [
    # Russian strikes hurt Ukraine's energy most, Ukrainian strikes Russia's least: both ends of the ranges
    ("C11", True, GROUND),
    ("C27", True, GROUND),
    # a sea on which much is at stake (beyond the range)
    ("C12", True, GROUND),
    # the salient is no easier to lose without US aid than with it (beyond the range)
    ("C20", True, GROUND),
    # a front is no likelier without the salient than with it
    ("C21", True, GROUND),
    # a United States to which an end of the fighting is worth nothing (beyond the range)
    ("C15", True, AIMS),
    # all but sure of peace from the start (beyond the range)
    ("C22", True, AIMS),
    ("C23", True, AIMS),
    # halts of supplies and recruitment that do not weaken Ukraine (beyond the range)
    ("C13", True, {"starve": 0.0, "thin_out": 0.0, "bound_harm": 0.0}),
    # a breach that costs as much as all the war (beyond the range)
    ("C14", True, {"breach_cost": 10.0}),
]


@pytest.mark.parametrize(("claim", "base", "turned"), TURNS, ids=[turn[0] for turn in TURNS])
def test_claim_of_the_flagship_can_fail(claim: str, base: bool, turned: dict[str, float]) -> None:
    assert answer(claim, {}) is base
    assert answer(claim, turned) is not base


def test_at_least_ten_claims_are_turned() -> None:
    assert len({claim for claim, _, _ in TURNS}) >= 10


def answer(claim: str, turned: dict[str, float]) -> bool | None:
    """Whether a claim of the flagship holds at the base case with some assumptions changed."""
    flagship = study(FLAGSHIP)
    bound = next(one for one in flagship.claims if one.id == claim)
    case = solved(tuple(sorted(turned.items())))
    return judge(bound, look_up(case, bound.holds.atoms)).holds


@cache
def solved(turned: tuple[tuple[str, float], ...]):
    flagship = study(FLAGSHIP)
    theta = np.array(flagship.game.base, dtype=float)
    for name, value in turned:
        theta[flagship.game.assumptions.index(name)] = value
    draw = flagship.draw(theta)
    assert draw.valid
    return draw.case


@pytest.mark.parametrize("name", CASES)
def test_a_case_has_sources_for_what_was_seen_and_for_what_became_of_it(name: str) -> None:
    scenario = load(name)
    assert len(scenario.hidden) >= 1 and len(scenario.outcomes) >= 2
    assert {outcome.happened for outcome in scenario.outcomes} == {"yes", "no"}
    for piece in (*scenario.evidence, *scenario.outcomes):
        assert piece.source
    clock = scenario.clock
    last = max(clock.period_of(piece.ends) for piece in scenario.evidence if piece.ends is not None)
    for outcome in scenario.outcomes:  # nothing that was to be forecast is evidence
        assert clock.ended_by(outcome.by) >= last
