"""Worth against values read by hand and against every history written out, with what is paid on the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import longgame
from longgame.queries.case import Case
from longgame.queries.nodes import start
from longgame.queries.worth import Clauses, Taken, after, difference, levels, stake, value, worth
from longgame.solver.solve import solve
from tests.games import beer_quiche, entry
from tests.queries import reference

SPEAK, NEWS, PLAIN, SECRET, TURN, HUSH, FATE = range(7)  # the steps of a random game


def case_of(solution, **solutions) -> Case:
    return Case(solution.game, None, solution.theta, {None: solution, **solutions})


@pytest.fixture
def case():
    return case_of(reference.solved(14, periods=2))


def to(state: int, states: int = 4) -> Clauses:
    return Clauses(np.full((states, 1), state), np.ones((states, 1)))


def rest_of(solution, h: reference.History) -> np.ndarray:
    """[N] what was paid on a history and what is still to be had after it, from the start of the history on."""
    values = solution.value_at(h.t, h.k, h.s, np.array(h.b))
    return h.paid + h.factor * values[:, h.w]


def expected(solution, histories) -> np.ndarray:
    return sum(h.p * rest_of(solution, h) for h in histories) / sum(h.p for h in histories)


def test_value_is_what_the_solution_says(case):
    solution, nodes = case.solution(), start(case.solution())
    at_start = solution.value_at(0, 0, int(nodes.s[0]), nodes.b[0])
    for j in range(3):
        assert value(case, j, nodes) == pytest.approx(at_start[j] @ nodes.b[0], rel=1e-13)
        by_world = [value(case, j, nodes.given(np.arange(2) == w)) for w in range(2)]
        np.testing.assert_allclose(by_world, at_start[j], rtol=1e-13)


def test_a_deal_is_worth_the_difference_between_two_states(case):
    solution, nodes = case.solution(), start(case.solution())
    now, then = (solution.value_at(0, 0, s, nodes.b[0]) @ nodes.b[0] for s in (int(nodes.s[0]), 2))
    for j in range(3):
        assert worth(case, j, [to(2)], nodes) == pytest.approx(then[j] - now[j], abs=1e-13)
        assert worth(case, j, [to(2)], nodes, than=[to(1)]) == pytest.approx(
            worth(case, j, [to(2)], nodes) - worth(case, j, [to(1)], nodes), abs=1e-13
        )
        assert worth(case, j, [to(2)], nodes, than=[to(2)]) == 0.0


def test_a_deal_by_lot_is_worth_its_parts_averaged(case):
    nodes = start(case.solution())
    lot = Clauses(np.tile([1, 2], (4, 1)), np.tile([0.25, 0.75], (4, 1)))
    parts = [value(case, 0, nodes, [to(s)]) for s in (1, 2)]
    assert value(case, 0, nodes, [lot]) == pytest.approx(0.25 * parts[0] + 0.75 * parts[1], rel=1e-12)


def test_what_a_deal_pays_at_once_counts_once(case):
    nodes = start(case.solution())
    pay = np.array([1.0, -2.0, 0.0])[None, :, None]
    paying = replace(to(2), pay=pay)
    for j in range(3):
        assert worth(case, j, [paying], nodes) == pytest.approx(
            worth(case, j, [to(2)], nodes) + pay[0, j, 0], abs=1e-13
        )
        later = worth(case, j, [paying, Taken(SPEAK, 0)], nodes) - worth(case, j, [to(2), Taken(SPEAK, 0)], nodes)
        assert later == pytest.approx(pay[0, j, 0], abs=1e-12)


def test_options_are_worth_nothing_on_average(case):
    """Against another's move: weighed by how likely each option is, what they are worth adds up to nothing."""
    solution = case.solution()
    slow, nodes = reference.Slow(solution), start(solution)
    b = tuple(nodes.b[0])
    chance = [sum(b[w] * slow.odds(0, SPEAK, int(nodes.s[0]), b, a, w) for w in range(2)) for a in range(2)]
    assert min(chance) > 0.01
    for j in (1, 2):
        assert chance @ np.array([worth(case, j, [Taken(SPEAK, a)], nodes) for a in range(2)]) == pytest.approx(
            0, abs=1e-13
        )


@pytest.mark.parametrize("k", [SPEAK, PLAIN, TURN])
@pytest.mark.parametrize("option", [0, 1])
def test_an_option_against_every_history(case, k, option):
    solution = case.solution()
    slow = reference.Slow(solution)
    game = solution.game
    found = [
        replace(h, paid=np.zeros(3), factor=np.ones(3))
        for h in reference.histories(slow, (0, k))
        if h.k == k and slow.active(0, k, h.s)
    ]
    # The move may come up in the second period only; keep to the histories where it comes up in the first.
    if sum(h.p for h in found) < 0.999:
        found += later_times(slow, k, found)
    can = [h for h in found if slow.tables[h.t].steps[k].allowed[h.s, option]]
    mover = game.steps[k].mover
    for j in range(3):
        total, mass = 0.0, sum(h.p for h in can)
        for group in by_node(can):
            weight = sum(h.p for h in group)
            before = [g for h in group for g in reference.one_step(slow, h)]
            if j == mover:
                done = [g for h in group for g in reference.one_step(slow, h, {k: option})]
            else:
                done = [g for g in before if g.taken[-1][2] == option]
            total += weight * (expected(solution, done)[j] - expected(solution, before)[j])
        assert worth(case, j, [Taken(k, option)], start(solution)) == pytest.approx(total / mass, abs=1e-11)


def later_times(slow, k, first):
    """The histories in which a step takes place in the second period for the first time."""
    missed = [h for h in reference.histories(slow, (1, 0)) if not any(step == k for _, step, _ in h.taken)]
    there = [h for h in reference.histories(slow, (1, k), missed) if h.k == k and slow.active(1, k, h.s)]
    return [replace(h, paid=np.zeros(3), factor=np.ones(3)) for h in there]


def by_node(histories):
    groups: dict[tuple, list] = {}
    for h in histories:
        groups.setdefault((h.t, h.s, tuple(np.round(h.b, 9))), []).append(h)
    return groups.values()


def test_two_moves_after_each_other_with_what_is_paid_between():
    """SPEAK and then FATE two worlds, against histories in which both are forced."""
    solution = reference.solved(1, lots=2)
    slow, case = reference.Slow(solution), case_of(solution)
    nodes = start(solution)
    begin = reference.beginnings(slow)
    assert slow.active(0, SPEAK, begin[0].s)
    first = [h for h in reference.histories(slow, (0, SPEAK + 1), begin, {SPEAK: 1})]
    there = [h for h in reference.histories(slow, (0, FATE), first) if slow.active(0, FATE, h.s)]
    both = [g for h in there for g in reference.one_step(slow, h, {FATE: 1})]
    free = [g for h in begin for g in reference.one_step(slow, h)]
    want = expected(solution, both) - expected(solution, free)
    assert worth(case, 0, [Taken(SPEAK, 1), Taken(FATE, 1)], nodes) == pytest.approx(want[0], abs=1e-11)


def test_the_mover_learns_nothing_by_its_own_option_but_others_do():
    solution = solve(beer_quiche(precision=1.3, lattice=20))
    case, nodes = case_of(solution), start(solution)
    strong, weak = ([True, False], [False, True])
    beer = Taken(0, 0)
    at_prior = next(b for b, p in enumerate(solution.lattice.points) if np.allclose(p, [0.9, 0.1]))
    sigma = np.asarray(solution.sigma[0][0])[0, :, 0, at_prior]
    posterior = sigma * [0.9, 0.1] / (sigma @ [0.9, 0.1])
    then = solution.value_at(0, 1, 0, posterior)  # [N, W]
    sender = 0.9 * (1.0 + then[0, 0]) + 0.1 * then[0, 1]
    assert value(case, 0, nodes, [beer]) == pytest.approx(sender, rel=1e-12)
    assert value(case, 0, nodes.given(np.array(weak)), [beer]) == pytest.approx(then[0, 1], rel=1e-12)
    assert value(case, 1, nodes, [beer]) == pytest.approx(posterior @ then[1], rel=1e-12)
    assert value(case, 1, nodes.given(np.array(strong)), [beer]) == pytest.approx(then[1, 0], rel=1e-12)
    np.testing.assert_allclose(after(case, [beer], nodes).belief(), posterior, rtol=1e-12)


def test_the_value_of_entry_in_selten_s_game():
    """Complete information: what an option is worth is its payoff less what is expected."""
    solution = solve(entry(2.0))
    case, nodes = case_of(solution), start(solution)
    fight, yields = (np.exp(2.0 * x) for x in (-1.0, 1.0))
    entered = (yields - fight) / (yields + fight)
    enter = 1 / (1 + np.exp(-2.0 * entered))
    assert value(case, 0, nodes, [Taken(0, 0)]) == pytest.approx(entered, rel=1e-9)
    assert worth(case, 0, [Taken(0, 0)], nodes) == pytest.approx(entered * (1 - enter), rel=1e-9)
    assert worth(case, 0, [Taken(0, 0)], nodes, than=[Taken(0, 1)]) == pytest.approx(entered, rel=1e-9)
    assert worth(case, 0, [Taken(0, 0), Taken(1, 0)], nodes) == pytest.approx(-1 - enter * entered, rel=1e-9)
    assert stake(case, 0) == 1.0


def test_under_a_posture_the_same_question_is_put_to_another_game():
    free = solve(entry(2.0))
    never_fights = solve(free.game, allowed={1: np.array([False, True])})
    case = case_of(free)
    asked = []

    def solution_of(posture):
        asked.append(posture)
        return never_fights

    case = Case(free.game, None, free.theta, {None: free}, solution_of)
    yielding = ("incumbent", "yielding")
    assert value(case, 0, start(free), [Taken(0, 0)], yielding) == pytest.approx(1.0, rel=1e-9)
    assert worth(case, 0, [Taken(1, 1)], start(free), under=yielding) == pytest.approx(0.0, abs=1e-12)
    assert asked == [yielding]
    with pytest.raises(LookupError, match=r"`answer\.fight` cannot be taken"):
        value(case, 0, start(free), [Taken(1, 0)], yielding)


def test_relabelling_states_and_worlds_changes_nothing(case):
    """Two worlds swapped, four states shuffled: the same numbers by other names (the lattice of two worlds is even)."""
    solution, nodes = case.solution(), start(case.solution())
    swapped, place = relabelled(solution.game)
    other = case_of(solve(swapped))
    there = start(other.solution())
    assert there.s[0] == place[nodes.s[0]]
    for j in range(3):
        assert value(other, j, there) == pytest.approx(value(case, j, nodes), abs=1e-9)
        for k in (SPEAK, TURN):
            got, want = (worth(c, j, [Taken(k, 0)], n) for c, n in ((other, there), (case, nodes)))
            assert got == pytest.approx(want, abs=1e-9)
        deal = worth(other, j, [to(int(place[2]))], there)
        assert deal == pytest.approx(worth(case, j, [to(2)], nodes), abs=1e-9)


def relabelled(game):
    """The game with its states shuffled and its two worlds swapped, and the new place of each state."""
    order = np.array([2, 0, 3, 1])  # the old state in each new place
    place = np.argsort(order)
    worlds = [1, 0]

    def step(table):
        return table._replace(
            active=table.active[order],
            allowed=table.allowed[order],
            pay=None if table.pay is None else table.pay[order][..., worlds],
            weight=table.weight[order],
            successor=place[table.successor[order]].astype(np.int32),
            becomes=None if table.becomes is None else table.becomes[order][:, :, worlds][..., worlds],
            chance=None if table.chance is None else table.chance[order][..., worlds],
        )

    tables = game.tables(None, 0)
    moved = tables._replace(
        steps=tuple(step(table) for table in tables.steps),
        flow=tables.flow[order][..., worlds],
        end_value=tables.end_value[order][..., worlds],
        precision=tables.precision[..., worlds],
        prior=tables.prior[worlds],
        start_index=place[tables.start_index].astype(np.int32),
    )
    return replace(game, tables=lambda theta, t: moved, ended=game.ended[order], cells=game.cells[:, worlds]), place


def test_levels_at_the_horizon_are_the_end_values(case):
    solution, nodes = case.solution(), start(case.solution())
    over = replace(nodes, t=np.full_like(nodes.t, solution.game.periods))
    end = np.asarray(solution.tables(1).end_value)[nodes.s[0]]
    np.testing.assert_allclose(levels(case, over), end @ nodes.b[0], rtol=1e-13)


ROUNDED = """
title: Whatever is agreed is undone before the period is over
clock: {periods: 2}
actors: {ann: {lambda: 0.5, discount: 0.5}, ben: {lambda: 0.5, discount: 0.5}, cat: {lambda: 0.5, discount: 0.8}}
state: {x: {values: [x0, x1], start: x0}, y: {values: [y0, y1, y2], start: y0}}
period:
  - offer: talks
    by: ben
    to: [cat, ann]
    accepted_by: 2 * cat + ann >= 2
    deals: {gift: {x: x1, y: y0}}
  - move: undo
    by: ann
    options: {one: {signal: undone, set: {y: y0}}, other: {signal: undone, set: {y: y0}}}
payoffs:
  ann: 1.888 * (y == y0) - 2.706 * (y == y2)
  ben: 0.839 * (x == x0) + 0.536 * (y == y0)
  cat: 0.517 * (y == y1) - 1.402 * (x == x1) - 0.93 * (y == y0)
"""


def test_what_differs_by_rounding_alone_is_no_gain():
    """Ann gets 1.888 in every period whatever is agreed; summed over paths of play that is 4e-16 more or less."""
    scenario = longgame.loads(ROUNDED)
    for change in ("set(x=x1, y=y2)", "set(x=x1)", "set(y=y1)", "gift"):
        asked = longgame.ask(scenario, f"would_sign(ann, {change})", at="start")
        assert (asked["holds"], asked["margin"]) == (False, 0.0)
    assert difference(1.0 + 1e-11, 1.0) == pytest.approx(1e-11, rel=1e-4)
