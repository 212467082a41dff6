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
from longgame.queries.observed import ObservedStep, fitting_points
from longgame.queries.path import condition, marginals, observe
from longgame.queries.path import follow as followed
from longgame.queries.walk import Ahead, to_step, walk
from longgame.scenario.clock import DateError
from longgame.scenario.language.expressions import Name, Number
from longgame.scenario.load import loads
from longgame.solver.solve import solve
from tests.games import beer_quiche, news_only
from tests.queries import reference
from tests.queries.reference import path_of, saw

SPEAK, NEWS, PLAIN, SECRET, TURN, HUSH, FATE = range(7)  # the steps of a random game


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


def follow(solution, *seen):
    return path_of(solution, *seen).pieces


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
    return ObservedStep.of(solution, before, *saw(0, k, *options)).fitting()[0] is not None


@pytest.mark.parametrize("k", [SPEAK, PLAIN, TURN, FATE])
def test_what_could_have_been_seen_adds_up(three_options, k):
    """Total probability, and the posterior averages to where the belief would have gone unseen."""
    signals = sorted(set(three_options.game.steps[k].signal))
    options = [[a for a, y in enumerate(three_options.game.steps[k].signal) if y == signal] for signal in signals]
    before = everywhere(three_options, 0, k)
    seen = [
        observe(three_options, before, *saw(0, k, *some))[0] for some in options if fits(three_options, before, k, some)
    ]
    takes_place = (before.k == k) & active(three_options, 0, k, before.s)
    assert sum(o.probability for o in seen) == pytest.approx(before.weight[takes_place].sum(), abs=1e-13)
    every = ObservedStep.of(three_options, before, *saw(0, k, 0)).every()
    assert every.mass == pytest.approx(1.0, abs=1e-13)
    unseen = before.pick(~takes_place).joint.sum(0)
    mixed = sum(o.probability * o.after.belief() for o in seen) + unseen
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


@pytest.mark.parametrize("k", [SPEAK, PLAIN, TURN])
def test_what_is_quiet_leaves_the_option_and_where_the_step_does_not_take_place(three_options, k):
    """`plain` does not take place in all states, and may be jumped over; to be quiet and not to be are all there is."""
    before = everywhere(three_options, 0, k)
    there = (before.k == k) & active(three_options, 0, k, before.s)
    quiet = observe(three_options, before, *saw(0, k, 0, quiet=True))[0]
    loud = [observe(three_options, before, *saw(0, k, a))[0] for a in (1, 2) if fits(three_options, before, k, [a])]
    assert quiet.probability + sum(o.probability for o in loud) == pytest.approx(1.0, abs=1e-12)
    taken = observe(three_options, before, *saw(0, k, 0))[0]
    idle = before.weight[~there].sum()
    assert before.belief() @ quiet.likelihood == pytest.approx(quiet.probability, abs=1e-12)
    assert quiet.probability == pytest.approx(taken.probability + idle, abs=1e-12)
    joint = taken.probability * taken.after.belief() + before.pick(~there).joint.sum(0)
    np.testing.assert_allclose(quiet.after.belief(), joint / quiet.probability, atol=1e-12)


def test_a_quiet_range_against_every_history_with_other_evidence_in_it():
    """Quiet at `speak` in both periods, while `turn` was seen in the first: the chain rule, by counting histories."""
    solution = reference.solved(14, periods=2)
    slow = reference.Slow(solution)
    one, two = saw(0, SPEAK, 0, quiet=True), saw(1, SPEAK, 0, quiet=True)
    two = replace(two[0], index=one[0].index), None
    seen, quiet = path_of(solution, one, saw(0, TURN, 1), two).pieces
    assert (seen.id, quiet.t) == ("t0k4", 1)

    def silent(histories, t):
        active_there = [h for h in histories if any((at, k) == (t, SPEAK) for at, k, _ in h.taken)]
        return [h for h in histories if h not in active_there or (t, SPEAK, 0) in h.taken]

    first = silent(reference.histories(slow, (0, 7)), 0)
    turned = [h for h in first if (0, TURN, 1) in h.taken]
    onward = reference.histories(slow, (1, NEWS), turned)
    last = silent(onward, 1)
    mass = lambda histories: sum(h.p for h in histories)  # noqa: E731
    assert quiet.probability == pytest.approx(mass(first) * mass(last) / mass(turned), rel=1e-10)
    assert seen.probability == pytest.approx(mass(turned) / mass(first), rel=1e-10)
    expected = reference.worlds(last, 2) / mass(last)
    np.testing.assert_allclose(quiet.posterior, expected, atol=1e-12)


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
        observe(solution, after, *saw(0, SECRET, 0))


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
    np.testing.assert_allclose(fitting_points(grid, [Number(0.3)], {}), [0.0, 0.8, 0.2])
    np.testing.assert_allclose(fitting_points(grid, [Name("seen_strength")], {"seen_strength": 0.25}), [0.0, 1.0, 0.0])
    np.testing.assert_allclose(fitting_points(grid, [Number(7.0)], {}), [0.0, 0.0, 1.0])
    word = Variable("aid", ("full", "cut"), False)
    np.testing.assert_allclose(fitting_points(word, [Name("cut")], {}), [0.0, 1.0])


def test_merging_adds_probability_and_never_mixes_beliefs(solved):
    nodes = start(solved)
    twice = nodes_module.joined([nodes.scaled(0.5), nodes.scaled(0.5)])
    assert len(merged(twice)) == len(nodes)
    np.testing.assert_allclose(merged(twice).joint, nodes.joint)


def test_where_a_step_may_still_take_place(solved, slow):
    """Against every history: a state from which the step never comes up is one from which it may not."""
    ahead = Ahead.of(solved, 0)
    may = ahead.has(SECRET, 0, *np.indices((8, 4)))
    for s in range(4):
        begin = [replace(reference.beginnings(slow)[0], s=s)]
        comes = any(
            h.k == SECRET and slow.active(0, SECRET, h.s) for h in reference.histories(slow, (0, SECRET), begin)
        )
        assert may[0, s] == comes
    assert not may[TURN].any()  # it lies behind


# --- a scenario -----------------------------------------------------------------------------------------------------

CRISIS = """
title: A signal, twice
clock: {start: 2025-03, step: 1 month, periods: 3}
actors:
  patron: {rationality: 20, per: stake, discount: 0.9}
  rival: {rationality: 20, per: stake, discount: 0.9}
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
    return scenario, solution, followed(scenario, solution.game, solution)


def test_a_scenario_s_evidence_is_followed(crisis):
    path = crisis[2]
    assert [seen.id for seen in path.pieces] == ["decision_unclear", "seen_strength", "decision_cut"]
    assert [seen.t for seen in path.pieces] == [0, 0, 2]
    assert [seen.seen.step for seen in path.pieces] == [0, 2, 0]
    assert path.piece("decision_unclear").seen.options == (1, 2)
    assert path.piece("decision_unclear").by == "patron"
    assert path.piece("seen_strength").by is None
    assert path.log_likelihood == pytest.approx(sum(np.log(seen.probability) for seen in path.pieces))
    assert path.notes == ()
    with pytest.raises(KeyError):
        path.piece("not_there")


def test_a_state_that_was_seen_leaves_the_states_that_fit(crisis):
    """0.6 is a lot between 0.5 and 0.75; 0.35, between 0.25 and 0.5, cannot have been 0.75."""
    _, solution, path = crisis
    strength = solution.game.states.values("strength")
    seen = path.piece("seen_strength")
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
    stations = [path.start, *(seen.after for seen in path.pieces)]
    assert path.at(when) is stations[known]


def test_a_quiet_range_is_several_updates_of_one_piece():
    """Nothing was seen of the decision in March and April, though strength was: then it is cut in May."""
    seen = SEEN.replace("{on: 2025-03-03, move: decision, signal: unclear}", "{from: 2025-03, to: 2025-04, quiet: %s}")
    scenario = loads(CRISIS % (seen % "{decision: keep}"))
    solution = solve(compile(scenario))
    path = followed(scenario, solution.game, solution)
    assert [piece.id for piece in path.pieces] == ["seen_strength", "quiet_decision", "decision_cut"]
    assert [(update.seen.period, update.seen.step) for update in path.updates] == [(0, 0), (0, 2), (1, 0), (2, 0)]
    one_by_one = "\n".join(
        f"  - {{on: 2025-{when}}}" for when in ("03, move: decision, took: keep", "03, seen: {strength: 0.35}",
                                              "04, move: decision, took: keep", "05, move: decision, took: cut")
    )  # fmt: skip
    other = loads(CRISIS % one_by_one)
    same = followed(other, solution.game, solution)
    assert path.log_likelihood == pytest.approx(same.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(path.now.belief(), same.now.belief(), atol=1e-14)
    quiet, parts = path.piece("quiet_decision"), [same.piece("decision_keep"), same.piece("decision_keep_2")]
    aim = [True, False], [False, True]
    assert quiet.bayes_factor(*aim) == pytest.approx(parts[0].bayes_factor(*aim) * parts[1].bayes_factor(*aim))
    # That nothing was to be seen in March is known when March is over.
    assert path.at("2025-03-20") is path.updates[1].after and path.at("2025-03") is path.updates[1].after
    assert path.at("2025-04-20") is path.updates[1].after and path.at("2025-04") is path.updates[2].after


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
        followed(loads(text), solution.game, solution)
    (problem,) = raised.value.problems
    assert problem.where.line == text.splitlines().index(cut_twice[1]) + 1
    assert "`decision_cut_2`" in problem.found
