"""Expectations against every history written out, a Markov chain in closed form, and the laws of probability."""

from __future__ import annotations

import numpy as np
import pytest

from longgame.queries.case import Case
from longgame.queries.nodes import start
from longgame.queries.prospects import Ask, backward, by, choice, expect, foresee, on, through
from longgame.solver.solve import solve
from tests.games import Part, Sketch, news_only
from tests.queries import reference

CHANCE = -1
SPEAK, NEWS, PLAIN, SECRET, TURN, HUSH, FATE = range(7)  # the steps of a random game


def case_of(solution, **postures) -> Case:
    return Case(solution.game, None, solution.theta, {None: solution, **postures})


def chain(periods: int, leave: float = 0.3, back: float = 0.2, over: bool = False) -> Case:
    """One actor who watches: state 0 goes to 1 with chance ``leave`` each period, 1 back to 0 with chance ``back``."""
    odds = np.array([[leave, 1 - leave], [1 - back, back]])[:, :, None]
    part = Part("drift", CHANCE, ("one", "zero"), to=[[1, 0], [1, 0]], odds=odds)
    game = Sketch(("watcher",), [part], states=2, periods=periods, ended=[1] if over else ()).build()
    return case_of(solve(game))


def test_first_passage_of_a_markov_chain():
    case, there = chain(6), [0.0, 1.0]
    nodes = start(case.solution())
    for date in range(6):
        assert expect(case, by(there, date), nodes) == pytest.approx(1 - 0.7 ** (date + 1), abs=1e-14)


def test_occupation_of_a_markov_chain():
    case, nodes = chain(6), start(chain(6).solution())
    stationary, second = 0.3 / 0.5, 1 - 0.3 - 0.2
    for date in range(6):
        expected = stationary * (1 - second ** (date + 1))
        assert expect(case, on([0.0, 1.0], date), nodes) == pytest.approx(expected, abs=1e-14)
        assert expect(case, on([5.0, 7.0], date), nodes) == pytest.approx(5 + 2 * expected, abs=1e-13)


def test_an_ended_game_keeps_its_state_for_ever():
    case = chain(6, over=True)
    nodes = start(case.solution())
    for date in range(6):
        reached = expect(case, by([0.0, 1.0], date), nodes)
        assert reached == pytest.approx(1 - 0.7 ** (date + 1), abs=1e-14)
        assert expect(case, on([0.0, 1.0], date), nodes) == pytest.approx(reached, abs=1e-14)


@pytest.mark.parametrize(("worlds", "lots"), [(2, 2), (3, 1)])
def test_expectations_against_every_history(worlds, lots):
    """On the lattice the solver's own histories move from point to point by lot; there the two agree to rounding."""
    solution = reference.solved(1, worlds=worlds, lots=lots)
    case, nodes = case_of(solution), start(solution)
    found = on_lattice_histories(solution, (1, 0))
    event, number = np.array([0.0, 1.0, 0.5, 0.0]), np.array([1.0, -2.0, 0.3, 5.0])
    got = foresee(case, [Ask(by(event, 0), nodes), Ask(on(number, 0), nodes), Ask(on(event, 0), nodes)])
    want = [sum(p * values[s] for s, p in found.items()) for values in (event, number, event)]
    np.testing.assert_allclose(got, want, rtol=1e-10)


def on_lattice_histories(solution, until) -> dict[int, float]:
    """[s] -> probability at the end, when each belief goes to the lattice by lot before every step, world by world."""
    slow = reference.Slow(solution)
    points = [tuple(float(x) for x in point) for point in solution.lattice.points]
    layers: dict[tuple, dict[tuple, float]] = {}
    for h in reference.beginnings(slow):
        put(layers, h)
    final: dict[int, float] = {}
    zero = np.zeros(len(solution.game.actors))
    while layers:
        t, k = min(layers)
        for (s, b, w), p in layers.pop((t, k)).items():
            if (t, k) >= until:
                final[s] = final.get(s, 0.0) + p
                continue
            for corner, share in zip(*slow.solution.lattice.locate(np.asarray(b)), strict=True):
                here = reference.History(t, k, s, points[corner], w, p * float(share), zero, zero)
                for h in reference.one_step(slow, here) if share > 0.0 else ():
                    put(layers, h)
    return final


def put(layers: dict[tuple, dict[tuple, float]], h: reference.History) -> None:
    layer = layers.setdefault((h.t, h.k), {})
    layer[h.s, h.b, h.w] = layer.get((h.s, h.b, h.w), 0.0) + h.p


def test_probability_is_total_and_by_grows():
    solution = reference.solved(14, periods=2)
    case, nodes = case_of(solution), start(solution)
    events = np.eye(4)
    assert sum(expect(case, on(event, 1), nodes) for event in events) == pytest.approx(1.0, abs=1e-12)
    for event in events:
        first, second = (expect(case, by(event, date), nodes) for date in (0, 1))
        assert expect(case, on(event, 0), nodes) == pytest.approx(first, abs=1e-14)
        assert max(first, expect(case, on(event, 1), nodes)) - 1e-13 <= second <= 1 + 1e-13
        for date, lost in ((0, first), (1, second)):
            asks = [Ask(through(1.0 - event, date), nodes), Ask(by(event, 1), nodes)]  # beside one of a later date
            assert foresee(case_of(solution), asks)[0] == pytest.approx(1.0 - lost, abs=1e-13)


def test_the_whole_is_its_worlds_averaged():
    solution = reference.solved(14, periods=2)
    case, nodes = case_of(solution), start(solution)
    event = by([0.0, 1.0, 0.0, 0.0], 1)
    parts = [expect(case, event, nodes.given(np.arange(2) == w)) for w in range(2)]
    assert nodes.belief() @ parts == pytest.approx(expect(case, event, nodes), abs=1e-13)
    assert parts[0] != pytest.approx(parts[1], abs=1e-4)  # the worlds do differ


def test_beliefs_that_only_news_moves_make_no_difference_to_the_chance_of_news():
    """Nobody chooses: what the public believes cannot alter what happens in a world."""
    solution = solve(news_only(periods=2))
    case, nodes = case_of(solution), start(solution)
    for w, good in enumerate((0.7, 0.2, 0.5)):
        assert choice(case, 0, 0, nodes.given(np.arange(3) == w)) == pytest.approx(good, abs=1e-14)
    assert choice(case, 0, 0, nodes) == pytest.approx(0.2 * 0.7 + 0.5 * 0.2 + 0.3 * 0.5, abs=1e-14)


@pytest.mark.parametrize("k", [SPEAK, PLAIN, TURN])
def test_the_next_choice_against_every_history(k):
    solution = reference.solved(1, lots=2)
    slow, case = reference.Slow(solution), case_of(solution)
    there = [h for h in reference.histories(slow, (0, k)) if h.k == k and slow.active(0, k, h.s)]
    mass = sum(h.p for h in there)
    for a in range(2):
        taken = sum(h.p * slow.odds(0, k, h.s, h.b, a, h.w) for h in there)
        assert choice(case, k, a, start(solution)) == pytest.approx(taken / mass, abs=1e-12)


def test_a_step_that_never_takes_place_again_is_an_error():
    case = chain(2, leave=1.0, over=True)
    solution = case.solution()
    nodes = start(solution)
    over = nodes.pick(np.array([0])).moved(nodes.k)
    over = type(over)(over.t, over.k, np.array([1]), over.b, over.joint)
    with pytest.raises(LookupError, match="`drift` cannot come up any more"):
        choice(case, 0, 0, over)


def test_what_was_worked_out_is_remembered():
    case = chain(4)
    nodes = start(case.solution())
    first = expect(case, by([0.0, 1.0], 3), nodes)
    known = dict(case.memory)
    assert expect(case, by([0.0, 1.0], 3), nodes.given(np.ones(1))) == first
    assert case.memory.keys() == known.keys()


def test_what_was_worked_out_for_some_states_is_not_taken_for_others():
    solution = reference.solved(14, periods=2)
    first = start(solution)
    other = type(first)(first.t, first.k, (first.s + 1) % 4, first.b, first.joint)
    case = case_of(solution)
    apart = [expect(case, by(np.eye(4)[0], 1), nodes) for nodes in (first, other)]
    fresh = [expect(case_of(solution), by(np.eye(4)[0], 1), nodes) for nodes in (first, other)]
    assert apart == fresh and apart[0] != apart[1]


def test_prospects_together_are_prospects_alone():
    """Six at once, in batches of several dates, against one at a time."""
    solution = reference.solved(14, periods=2)
    nodes = start(solution)
    some = [by(np.eye(4)[s], date) for s in range(3) for date in (0, 1)]
    together = foresee(case_of(solution), [Ask(prospect, nodes) for prospect in some])
    alone = [expect(case_of(solution), prospect, nodes) for prospect in some]
    np.testing.assert_allclose(together, alone, rtol=1e-13)


def test_every_value_function_of_the_game_is_a_prospect_too():
    """With pay left out and no discount, the same backward pass: a constant stays what it is everywhere."""
    solution = reference.solved(14, periods=2)
    asked = {(0, 0): np.arange(4) == 2, (1, 3): np.ones(4, dtype=bool)}
    kept = backward(solution, [on(np.full(4, 2.5), 1)] * 3, asked)
    assert kept.keys() == asked.keys()
    for place, values in kept.items():
        np.testing.assert_allclose(values[asked[place]], 2.5, rtol=1e-12)


def test_a_date_that_has_passed_is_refused():
    case = chain(3)
    nodes = start(case.solution())
    later = type(nodes)(nodes.t + 2, nodes.k, nodes.s, nodes.b, nodes.joint)
    with pytest.raises(LookupError, match="period 2 lies before the question, which is asked in period 3"):
        expect(case, by([0.0, 1.0], 1), later)
