"""The filter against every history written out, against Bayes' rule by hand, and its own laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from longgame.errors import Place, ScenarioError
from longgame.game.compile import compile
from longgame.game.states import Variable
from longgame.queries import nodes as nodes_module
from longgame.queries.nodes import active, fork, merged, on_lattice, start
from longgame.queries.path import condition, marginals, observe, reveal
from longgame.queries.path import follow as path_of
from longgame.queries.sightings import Sighting, fitting_points
from longgame.queries.walk import may_come, to_step, walk
from longgame.scenario.clock import DateError
from longgame.scenario.language.expressions import Name, Number
from longgame.scenario.load import loads
from longgame.scenario.model import Evidence
from longgame.solver.solve import solve
from tests.games import beer_quiche, news_only
from tests.queries import reference

SPEAK, NEWS, PLAIN, SECRET, TURN, HUSH, FATE = range(7)  # the steps of a random game


def saw(t: int, k: int, *options: int, state: np.ndarray | None = None) -> Sighting:
    evidence = Evidence(on=t + 1, move="step", took="o0")
    return Sighting(f"t{t}k{k}", evidence, Place("evidence.0"), t, k, options, None, state)


@pytest.fixture(params=[(2, 2), (3, 1)], ids=["two worlds", "three worlds"])
def solved(request):
    worlds, lots = request.param
    return reference.solved(1, worlds=worlds, lots=lots)


@pytest.fixture
def slow(solved):
    return reference.Slow(solved)


@pytest.fixture
def three_options():
    return reference.solved(4, options=3)


def follow(solution, *seen: Sighting):
    nodes, found = start(solution), []
    for sighting in seen:
        observation, _ = observe(solution, nodes, sighting)
        found.append(observation)
        nodes = observation.after
    return found


def everywhere(solution, t: int, k: int):
    ended = walk(solution, start(solution), lambda at, step, some: np.full(len(some), (at, step) >= (t, k)))
    return ended.halted


def test_a_walk_meets_every_history_with_its_probability(solved, slow):
    found = reference.histories(slow, (0, 7))
    there = everywhere(solved, 0, 7)
    assert len(there) < len(found)  # histories were merged ...
    table: dict[tuple, float] = {}
    for h in found:
        key = (h.s, tuple(np.round(h.b, 9)), h.w)
        table[key] = table.get(key, 0.0) + h.p
    ours = {
        (int(s), tuple(np.round(b, 9)), w): joint[w]
        for s, b, joint in zip(there.s, there.b, there.joint, strict=True)
        for w in range(len(joint))
    }
    assert ours.keys() >= table.keys()  # ... and none was lost
    for key, p in ours.items():
        assert p == pytest.approx(table.get(key, 0.0), abs=1e-13)


def test_the_analyst_who_sees_everything_believes_what_the_actors_believe(solved):
    there = everywhere(solved, 0, 7)
    np.testing.assert_allclose(there.joint, there.weight[:, None] * there.b, atol=1e-14)


@pytest.mark.parametrize("k", [SPEAK, NEWS, SECRET])
def test_beliefs_are_a_martingale(three_options, k):
    before = everywhere(three_options, 0, k)
    there = before.pick((before.k == k) & active(three_options, 0, k, before.s))
    after = fork(three_options, 0, k, there)
    chance = (there.b[:, None] * after.odds).sum(-1)  # [M, A]
    np.testing.assert_allclose(chance.sum(1), 1.0, atol=1e-13)
    np.testing.assert_allclose((chance[:, :, None] * after.posterior).sum(1), there.b, atol=1e-13)


def fits(solution, before, k: int, options: list[int]) -> bool:
    return reveal(solution, before, saw(0, k, *options))[1] is not None


@pytest.mark.parametrize("k", [SPEAK, PLAIN, TURN, FATE])
def test_what_could_have_been_seen_adds_up(three_options, k):
    """Total probability, and the posterior averages to where the belief would have gone unseen."""
    signals = sorted(set(three_options.game.steps[k].signal))
    options = [[a for a, y in enumerate(three_options.game.steps[k].signal) if y == signal] for signal in signals]
    before = everywhere(three_options, 0, k)
    seen = [
        observe(three_options, before, saw(0, k, *some))[0] for some in options if fits(three_options, before, k, some)
    ]
    takes_place = (before.k == k) & active(three_options, 0, k, before.s)
    assert sum(o.probability for o in seen) == pytest.approx(before.weight[takes_place].sum(), abs=1e-13)
    every, _, _ = reveal(three_options, before, saw(0, k, 0))
    assert every.mass == pytest.approx(1.0, abs=1e-13)
    unseen = before.pick(~takes_place).joint.sum(0)
    mixed = sum(o.probability * o.posterior for o in seen) + unseen
    np.testing.assert_allclose(mixed, every.joint.sum(0), atol=1e-13)


def test_evidence_against_every_history(solved, slow):
    """Several pieces in one period, steps without evidence between them, and a state seen at the end."""
    state = np.array([0.0, 0.5, 1.0, 0.2])
    found = follow(solved, saw(0, SPEAK, 1), saw(0, TURN, 0), saw(0, 7, state=state))
    all_of_them = reference.histories(slow, (0, 7))
    one = [h for h in all_of_them if (0, SPEAK, 1) in h.taken]
    two = [h for h in one if (0, TURN, 0) in h.taken]
    p1, p2 = sum(h.p for h in one), sum(h.p for h in two)
    p3 = sum(h.p * state[h.s] for h in two)
    got = [o.probability for o in found]
    np.testing.assert_allclose(got, [p1, p2 / p1, p3 / p2], rtol=1e-11)
    worlds = len(solved.game.worlds)
    last = np.array([sum(h.p * state[h.s] for h in two if h.w == w) for w in range(worlds)]) / p3
    np.testing.assert_allclose(found[2].posterior, last, atol=1e-12)


def test_likelihood_by_world_is_the_chance_given_the_world_just_before(solved, slow):
    first, second = follow(solved, saw(0, SPEAK, 1), saw(0, TURN, 0))
    begin = [h for h in reference.histories(slow, (0, SPEAK + 1)) if (0, SPEAK, 1) in h.taken]
    before = reference.histories(slow, (0, TURN), begin)
    worlds = len(solved.game.worlds)
    total = reference.worlds(before, worlds)
    np.testing.assert_allclose(second.prior, total / total.sum(), atol=1e-12)
    fits = np.zeros(worlds)
    for h in before:
        if h.k == TURN and slow.active(0, TURN, h.s):
            fits[h.w] += h.p * slow.odds(0, TURN, h.s, h.b, 0, h.w)
    np.testing.assert_allclose(second.likelihood, fits / total, rtol=1e-10)
    assert first.prior @ first.likelihood == pytest.approx(first.probability, rel=1e-12)
    assert second.prior @ second.likelihood == pytest.approx(second.probability, rel=1e-12)


def test_bayes_factors_by_hand():
    solution = solve(beer_quiche(precision=1.3, lattice=20))  # the prior 0.9 is a point of the lattice
    at_prior = [b for b, p in enumerate(solution.lattice.points) if np.allclose(p, [0.9, 0.1])]
    strong, weak = (np.asarray(solution.sigma[0][0])[0, c, 0, at_prior[0]] for c in (0, 1))
    (seen,) = follow(solution, saw(0, 0, 0))
    assert seen.bayes_factor([True, False], [False, True]) == pytest.approx(strong / weak, rel=1e-12)
    assert seen.bayes_factor([False, True], [True, False]) == pytest.approx(weak / strong, rel=1e-12)
    np.testing.assert_allclose(seen.posterior, [0.9 * strong, 0.1 * weak] / (0.9 * strong + 0.1 * weak), rtol=1e-12)
    prior_odds, odds = 9.0, seen.posterior[0] / seen.posterior[1]
    assert odds / prior_odds == pytest.approx(seen.bayes_factor([True, False], [False, True]), rel=1e-12)


def test_news_is_bayes_rule_in_closed_form():
    """Good news twice and bad news once, about three worlds: the likelihoods multiply."""
    solution = solve(news_only(periods=3))
    found = follow(solution, saw(0, 0, 0), saw(1, 0, 0), saw(2, 0, 1))
    prior, good = np.array([0.2, 0.5, 0.3]), np.array([0.7, 0.2, 0.5])
    joint = prior * good**2 * (1 - good)
    np.testing.assert_allclose(found[-1].posterior, joint / joint.sum(), rtol=1e-12)
    assert np.prod([o.probability for o in found]) == pytest.approx(joint.sum(), rel=1e-12)
    average = (0.2 * 0.7 + 0.5 * 0.2) / 0.7  # worlds a and b together, as believed before
    assert found[0].bayes_factor([True, True, False], [False, False, True]) == pytest.approx(average / 0.5, rel=1e-12)


def test_a_factor_against_what_cannot_be_is_not_a_number():
    solution = solve(news_only(periods=1))
    (seen,) = follow(solution, saw(0, 0, 0))
    assert np.isnan(seen.bayes_factor([True, False, False], [False, False, False]))
    assert np.isnan(seen.likelihood_of([False, False, False]))


def test_periods_without_evidence_are_summed_over():
    solution = reference.solved(14, periods=2)
    slow = reference.Slow(solution)
    (seen,) = follow(solution, saw(1, SPEAK, 0))
    before = reference.histories(slow, (1, 0))
    total = sum(h.p * slow.odds(1, SPEAK, h.s, h.b, 0, h.w) for h in before if slow.active(1, SPEAK, h.s))
    assert seen.probability == pytest.approx(total, rel=1e-10)


def test_impossible_evidence_says_where_and_what():
    solution = reference.solved(1, lots=2)
    nowhere = np.zeros(4)
    with pytest.raises(ScenarioError) as raised:
        follow(solution, saw(0, 7, state=nowhere))
    (problem,) = raised.value.problems
    assert problem.code == "impossible-evidence"
    assert problem.where == Place("evidence.0")
    assert "t0k7" in problem.found
    assert "state=" in problem.expected


def test_a_step_that_is_jumped_over_cannot_be_seen():
    """From `plain` the option o1 leads past `secret`."""
    solution = reference.solved(1, lots=2)
    after = follow(solution, saw(0, PLAIN, 1))[0].after
    with pytest.raises(ScenarioError, match="does not, after the earlier evidence"):
        observe(solution, after, saw(0, SECRET, 0))


def test_too_many_nodes_go_to_the_lattice_and_keep_every_expectation(solved):
    exact, rough = start(solved), start(solved)
    everything = lambda t, k, some: np.full(len(some), (t, k) >= (0, SECRET))  # noqa: E731
    fine = walk(solved, exact, everything)
    coarse = walk(solved, rough, everything, most=1)
    assert coarse.coarse and not fine.coarse
    assert coarse.halted.mass == pytest.approx(1.0, abs=1e-12)
    points = {tuple(p) for p in np.round(solved.lattice.points, 9)}
    assert {tuple(b) for b in np.round(on_lattice(solved, fine.halted).b, 9)} <= points
    np.testing.assert_allclose(on_lattice(solved, fine.halted).joint.sum(0), fine.halted.joint.sum(0), atol=1e-13)


def test_the_next_time_a_step_takes_place(solved, slow):
    there = to_step(solved, start(solved), PLAIN)
    found = [h for h in reference.histories(slow, (0, PLAIN)) if slow.active(0, PLAIN, h.s)]
    assert there.mass == pytest.approx(sum(h.p for h in found), abs=1e-12)
    assert set(there.s) == {h.s for h in found}


def test_conditioning_on_a_world_leaves_public_beliefs_alone(solved):
    nodes = start(solved)
    worlds = np.arange(len(solved.game.worlds)) == 0
    there = nodes.given(worlds)
    np.testing.assert_array_equal(there.b, nodes.b)
    np.testing.assert_allclose(there.belief(), worlds.astype(float))
    with pytest.raises(ZeroDivisionError):
        nodes.given(np.zeros(len(worlds)))


def test_a_number_between_grid_points_fits_both_by_its_lot():
    grid = Variable("strength", (0.0, 0.25, 0.5), True)
    np.testing.assert_allclose(fitting_points(grid, Number(0.3), {}), [0.0, 0.8, 0.2])
    np.testing.assert_allclose(fitting_points(grid, Name("seen_strength"), {"seen_strength": 0.25}), [0.0, 1.0, 0.0])
    np.testing.assert_allclose(fitting_points(grid, Number(7.0), {}), [0.0, 0.0, 1.0])
    word = Variable("aid", ("full", "cut"), False)
    np.testing.assert_allclose(fitting_points(word, Name("cut"), {}), [0.0, 1.0])


def test_merging_adds_probability_and_never_mixes_beliefs(solved):
    nodes = start(solved)
    twice = nodes_module.joined([nodes.scaled(0.5), nodes.scaled(0.5)])
    assert len(merged(twice)) == len(nodes)
    np.testing.assert_allclose(merged(twice).joint, nodes.joint)


def test_where_a_step_may_still_take_place(solved, slow):
    """Against every history: a state from which the step never comes up is one from which it may not."""
    may = may_come(solved, SECRET, 0)
    assert may.shape == (1, 8, 4)
    for s in range(4):
        begin = [replace(reference.beginnings(slow)[0], s=s)]
        comes = any(
            h.k == SECRET and slow.active(0, SECRET, h.s) for h in reference.histories(slow, (0, SECRET), begin)
        )
        assert may[0, 0, s] == comes
    assert not may[0, TURN].any()  # it lies behind


# --- a scenario -----------------------------------------------------------------------------------------------------

CRISIS = """
title: A signal, twice
clock: {start: 2025-03, step: 1 month, periods: 3}
actors:
  patron: {rationality: 20, discount: 0.9}
  rival: {rationality: 20, discount: 0.9}
state:
  aid: {values: [full, cut], start: full}
  strength: {grid: [0, 1, 0.25], start: 0.6}
hidden:
  aim: {known_to: [patron], values: {peace: 0.5, reset: 0.5}}
period:
  - move: decision
    by: patron
    options:
      keep: {}
      whisper: {signal: unclear, pay: {patron: 0.1}}
      hint: {signal: unclear}
      cut: {when: aid == full, set: {aid: cut}}
  - chance: fighting
    outcomes:
      advance: {p: 0.4, set: {strength: strength - 0.25}}
      hold: {p: rest}
payoffs:
  patron: {depends on: aim, peace: strength, reset: 1 - strength + 0.3 * (aid == cut)}
  rival: 1 - strength
evidence:
%s
"""

SEEN = """
  - {on: 2025-03-03, move: decision, signal: unclear}
  - {on: 2025-03-20, seen: {strength: 0.35}}
  - {on: 2025-05, move: decision, took: cut}
"""


@pytest.fixture(scope="module")
def crisis():
    scenario = loads(CRISIS % SEEN)
    solution = solve(compile(scenario))
    return scenario, solution, path_of(scenario, solution.game, solution)


def test_a_scenario_s_evidence_is_followed(crisis):
    _, solution, path = crisis
    assert [seen.id for seen in path.observations] == ["decision_unclear", "seen_strength", "decision_cut"]
    assert [seen.t for seen in path.observations] == [0, 0, 2]
    assert [seen.sighting.k for seen in path.observations] == [0, 2, 0]
    assert path.observation("decision_unclear").sighting.options == (1, 2)
    assert path.observation("decision_unclear").actor == solution.game.actors.index("patron")
    assert path.observation("seen_strength").actor is None
    assert path.log_likelihood == pytest.approx(sum(np.log(seen.probability) for seen in path.observations))
    assert path.notes == ()
    with pytest.raises(KeyError):
        path.observation("not_there")


def test_a_state_that_was_seen_leaves_the_states_that_fit(crisis):
    """0.6 is a lot between 0.5 and 0.75; 0.35, between 0.25 and 0.5, cannot have been 0.75."""
    _, solution, path = crisis
    strength = solution.game.states.values("strength")
    seen = path.observation("seen_strength")
    start_at_half, advance = 0.6, 0.4
    by_value = {0.25: start_at_half * advance, 0.5: start_at_half * (1 - advance) + (1 - start_at_half) * advance}
    fits = {0.25: 0.6, 0.5: 0.4}
    assert seen.probability == pytest.approx(sum(by_value[x] * fits[x] for x in fits), rel=1e-12)
    weight = {x: seen.after.weight[strength[seen.after.s] == x].sum() for x in fits}
    for x in fits:
        assert weight[x] == pytest.approx(by_value[x] * fits[x] / seen.probability, rel=1e-12)


@pytest.mark.parametrize(
    ("when", "known"),
    [
        ("start", 0),
        ("2025-03-02", 0),
        ("2025-03-03", 1),
        (1, 2),
        ("2025-03", 2),
        ("2025-04", 2),
        ("2025-05", 3),
        ("now", 3),
    ],
)
def test_a_question_is_asked_after_all_evidence_up_to_its_date(crisis, when, known):
    path = crisis[2]
    stations = [path.start, *(seen.after for seen in path.observations)]
    assert path.at(when) is stations[known]


def test_a_date_outside_the_clock_is_an_error(crisis):
    with pytest.raises(DateError):
        crisis[2].at("2026-01")


def test_marginals_and_conditions(crisis):
    _, solution, path = crisis
    belief = path.now.belief()
    assert marginals(solution.game, belief) == {
        "aim": {"peace": pytest.approx(belief[0]), "reset": pytest.approx(belief[1])}
    }
    np.testing.assert_array_equal(condition(solution.game, "aim", "reset"), [False, True])


def test_impossible_evidence_has_its_place_in_the_scenario(crisis):
    """The compiler refuses what no draw allows; the path refuses what this draw does not."""
    _, solution, _ = crisis
    cut_twice = [f"  - {{on: 2025-{month}, move: decision, took: cut}}" for month in ("03", "04")]
    text = CRISIS % "\n".join(cut_twice)
    with pytest.raises(ScenarioError) as raised:
        path_of(loads(text), solution.game, solution)
    (problem,) = raised.value.problems
    assert problem.where.line == text.splitlines().index(cut_twice[1]) + 1
    assert "`decision_cut_2`" in problem.found
