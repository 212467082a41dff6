"""Accounts against worths worked out by hand and written out history by history; they add up, whatever the game."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longgame.exact.exact_solution import ExactSolution, NotSolved
from longgame.game.compile import compile as compile_scenario
from longgame.game.game import Game
from longgame.game.terms import Terms, terms_of
from longgame.queries import worth
from longgame.queries.account import Level, accounts
from longgame.queries.case import Case
from longgame.queries.choices import coming
from longgame.queries.nodes import opened, start
from longgame.queries.walk import to_step
from longgame.scenario.load import load, loads
from longgame.solver.batch import tables_of
from longgame.solver.blocks.solve import solve_blocks
from longgame.solver.solve import solve
from tests.games import random_game
from tests.solver.blocks import BlockShape, draw_blocks
from tests.solver.test_forever import STRIKES
from tests.tiny import tiny


@dataclass
class Halves:
    """The payoff of one actor of a game without a scenario, parted in two by chance."""

    game: Game
    actor: int
    seed: int = 0

    def __len__(self) -> int:
        return 2

    def numbers(self, t: int) -> tuple[np.ndarray, np.ndarray]:
        tables = self.game.tables(self.game.base, t)
        share = np.random.default_rng(self.seed).normal(size=tables.flow[:, self.actor].shape)
        return tuple(np.stack([share * x, x - share * x], axis=1) for x in
                     (tables.flow[:, self.actor], tables.end_value[:, self.actor]))  # fmt: skip


def case_of(solution) -> Case:
    return Case(solution.game, None, solution.theta, {None: solution})


def exactly(game) -> ExactSolution:
    return ExactSolution(game, game.base, tables_of(game, game.base))


# --- known answers ----------------------------------------------------------------------------------------------------


def tiny_case(exact: bool):
    scenario = tiny()
    game = compile_scenario(scenario)
    solution = exactly(game) if exact else solve(game)
    return scenario, Case(game, scenario, game.base, {None: solution})


@pytest.mark.parametrize("exact", [True, False])
def test_the_tiny_game_by_hand(exact):
    """A goes with probability 3/4 and believes in yes with 3/4: 3/4 (3/4 - 1/4) now, half of twice that later."""
    scenario, case = tiny_case(exact)
    terms = Terms.of(scenario, case.game, case.theta, 0)
    [account] = accounts(case, terms, [[Level(case.path.now)]])
    by_hand = np.zeros_like(account.amounts)
    by_hand[0, 0] = by_hand[1, 1] = 3 / 8  # the payoff; the end value, which is written with a 2 before it
    np.testing.assert_allclose(account.amounts, by_hand, atol=1e-12)


def test_what_a_step_pays_is_of_its_own_row():
    """B is loud with 3/4 if yes and 1/4 if no: 3/8 less 1/8 at the first step, and nothing else."""
    scenario, case = tiny_case(False)
    terms = Terms.of(scenario, case.game, case.theta, 1)
    [account] = accounts(case, terms, [[Level(case.path.start)]])
    assert account.amounts[len(terms), 0] == pytest.approx(1 / 4, abs=1e-12)
    assert account.total == pytest.approx(1 / 4, abs=1e-12)


def test_what_was_paid_on_the_way_has_the_row_of_who_paid_it():
    """B's 1/4 is in the purse once it has spoken: on the way of a change, or at the step that is known to have paid."""
    scenario, case = tiny_case(False)
    terms = Terms.of(scenario, case.game, case.theta, 1)
    later = to_step(case.solution(), opened(case.game, start(case.solution())), 1)
    assert later is not None
    one, other = accounts(case, terms, [[Level(later)], [Level(later, paid_at=0)]])
    for account, row in ((one, len(terms) + len(case.game.steps)), (other, len(terms))):
        by_hand = np.zeros_like(account.amounts)
        by_hand[row, 0] = 1 / 4
        np.testing.assert_allclose(account.amounts, by_hand, atol=1e-12)


def test_what_one_s_own_step_paid_stands_below_the_terms():
    """Of two options alike one pays 2: 1 on the way; how likely a step is does not rest on how likely its nodes are."""
    rest = "  - {move: rest, by: a, options: {one: {}, two: {}}}\nends:"
    text = OVER.replace("go: {set: {x: outside}}", "go: {pay: {a: 2}}").replace("lambda: 1", "lambda: 0")
    text = text.replace("ends:", rest)
    scenario = loads(text)
    game = compile_scenario(scenario)
    case, terms = Case(game, scenario, game.base, {None: solve(game)}), Terms.of(scenario, game, game.base, 0)
    begin = opened(game, start(case.solution()))
    later = to_step(case.solution(), begin, 1)
    assert later is not None and len(terms) > 0
    [account] = accounts(case, terms, [[Level(later, paid_at=0)]])
    assert account.amounts[len(terms), 0] == pytest.approx(1.0)
    half = replace(start(case.solution()), joint=0.5 * start(case.solution()).joint)
    assert [step.reached for step in coming(case, half, None)] == pytest.approx([1.0, 1.0])


OVER = """
title: A way out
clock: {periods: 3}
actors: {a: {lambda: 1, discount: 0.5}}
state: {x: {values: [inside, outside], start: inside}}
period:
  - {move: leave, by: a, when: x == inside, options: {stay: {}, go: {set: {x: outside}}}}
ends: {left: {when: x == outside, values: {a: 10}}}
payoffs: {a: 1}
deals: {out: {x: outside}}
"""


@pytest.mark.parametrize("exact", [True, False])
def test_a_change_that_ends_the_game_is_worth_what_a_move_that_ends_it_is(exact):
    """As docs/language.md has it: of that period the payoff is paid, and then the end value: 1 + 0.5 * 10 = 6."""
    scenario = loads(OVER)
    game = compile_scenario(scenario)
    solution = exactly(game) if exact else solve(game)
    case, terms = Case(game, scenario, game.base, {None: solution}), Terms.of(scenario, game, game.base, 0)
    moved = worth.made(case, start(solution), [worth.Taken(0, 1)], None, None)
    out = replace(start(solution), s=np.flatnonzero(game.ended))
    for nodes in (moved, out):
        [account] = accounts(case, terms, [[Level(nodes)]])
        assert account.total == pytest.approx(6.0, abs=1e-12)
        assert account.amounts[0, 0] == pytest.approx(1.0) and account.amounts[:, -1].sum() == pytest.approx(5.0)
        assert worth.levels(case, nodes) == pytest.approx([6.0], abs=1e-12)


def test_exact_accounts_against_every_history():
    game = random_game(5, options=2, lots=1, periods=1, states=3)
    solution = exactly(game)
    case, slow = case_of(solution), _Walked(solution)
    for actor in range(len(game.actors)):
        [account] = accounts(case, Halves(game, actor), [[Level(start(solution))]])
        np.testing.assert_allclose(account.amounts[2 : 2 + len(game.steps), 0], slow.paid(actor), atol=1e-12)


class _Walked:
    """Every history of a game of one period in plain Python, with exact play."""

    def __init__(self, solution):
        self.solution, self.game = solution, solution.game
        self.tables = solution.tables(0)

    def paid(self, actor: int) -> np.ndarray:
        found = np.zeros(len(self.game.steps))
        first = start(self.solution)
        stack = [
            (0, int(s), tuple(b), w, float(first.joint[m, w]))
            for m, (s, b) in enumerate(zip(first.s, first.b, strict=True))
            for w in range(len(b))
        ]
        while stack:
            k, s, b, w, p = stack.pop()
            if k == len(self.game.steps) or p == 0.0:
                continue
            step, table = self.game.steps[k], self.tables.steps[k]
            if not table.active[s]:
                stack.append((k + 1, s, b, w, p))
                continue
            odds = self.solution.odds(0, k, np.array([s]), np.array([b]))[0]
            for a in range(len(step.options)):
                q = p * odds[a, w]
                if q == 0.0:
                    continue
                if table.pay is not None:
                    found[k] += q * table.pay[s, a, actor, w]
                after = step.next[a] if step.next[a] >= 0 else len(self.game.steps)
                for lot, weight in enumerate(table.weight[s, a]):
                    for v in range(len(b)):
                        moved = float(v == w) if table.becomes is None else table.becomes[s, a, w, v]
                        if weight * moved:
                            into = int(table.successor[s, a, lot])
                            stack.append((after, into, self.learned(k, s, b, a, odds), v, q * weight * moved))
        return found

    def learned(self, k, s, b, a, odds) -> tuple[float, ...]:
        step, table = self.game.steps[k], self.tables.steps[k]
        if not step.informed:
            return b
        mass = np.zeros(len(b))
        for other in range(len(step.options)):
            if step.signal[other] == step.signal[a]:
                here = np.asarray(b) * odds[other]
                mass += here if table.becomes is None else here @ table.becomes[s, other]
        return tuple(mass / mass.sum())


# --- they add up ------------------------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    worlds=st.integers(1, 3),
    periods=st.integers(1, 3),
    noise=st.sampled_from(["mistakes", "tastes"]),
    step=st.integers(0, 6),
)
def test_accounts_on_the_lattice_add_up(seed, worlds, periods, noise, step):
    """From the start, from within a period with payments on the way, and as differences."""
    game = random_game(seed, worlds=worlds, options=2, lots=2, periods=periods, lattice=4, noise=noise)
    solution = solve(game)
    adds_up(case_of(solution), seed, step)


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    worlds=st.integers(1, 2),
    noise=st.sampled_from(["mistakes", "tastes"]),
    step=st.integers(0, 6),
)
def test_exact_accounts_add_up(seed, worlds, noise, step):
    game = random_game(seed, worlds=worlds, options=2, lots=1, periods=1, states=3, noise=noise, precision=1.0)
    try:
        adds_up(case_of(exactly(game)), seed, step)
    except NotSolved:
        return


@pytest.mark.parametrize(
    ("seed", "shape"),
    list(enumerate((
        BlockShape(sizes=(2, 2, 2)),
        BlockShape(sizes=(2, 3), periods=2, moves=2, noise="tastes"),
        BlockShape(sizes=(3, 2), becomes=True),
    ))),
)  # fmt: skip
def test_accounts_block_by_block_add_up(seed, shape):
    """Also where more is taken as given than the actor knows, and where payments were made on the way."""
    case = case_of(solve_blocks(draw_blocks(shape, seed)))
    game, begin = case.game, start(case.solution())
    adds_up(case, seed, 1)
    for known in (game.blocks.of_world[0] == 1, game.blocks.of_world[0] == game.blocks.of_world[1]):
        nodes = opened(game, begin.given(known))
        later = to_step(case.solution(), nodes, 2)
        for actor in range(len(game.actors)):
            sums = [[Level(some)] for some in (nodes, later)]
            found = accounts(case, Halves(game, actor, seed), sums)
            expected = [worth.value(case, actor, level.nodes) for [level] in sums]
            np.testing.assert_allclose([one.total for one in found], expected, atol=1e-9)


def test_accounts_block_by_block_are_those_of_exact_beliefs():
    game = draw_blocks(BlockShape(sizes=(2, 2), periods=2), 3, 1.0)
    solution, exact = solve_blocks(replace(game, lattice=6)), exactly(game)
    for actor in range(len(game.actors)):
        levels, terms = [[Level(start(exact))]], Halves(game, actor)
        [found], [right] = (accounts(case_of(one), terms, levels) for one in (solution, exact))
        np.testing.assert_allclose(found.amounts, right.amounts, atol=5e-3)
        assert np.abs(right.amounts).sum() > 0.1


def adds_up(case: Case, seed: int, step: int) -> None:
    solution, game = case.solution(), case.game
    begin = opened(game, start(solution))
    later = to_step(solution, begin, step)
    levels = [Level(start(solution)), Level(begin, times=-2.0), *([Level(later)] if later is not None else [])]
    for actor in range(len(game.actors)):
        terms = Halves(game, actor, seed)
        sums = [[level] for level in levels] + [levels]
        found = accounts(case, terms, sums)
        expected = [level.times * worth.value(case, actor, level.nodes) for level in levels]
        np.testing.assert_allclose([one.total for one in found], [*expected, sum(expected)], atol=1e-9)


def over_time(game: Game) -> Game:
    """The same game where payoffs fall, and what the end is worth rises, with time."""
    numbers = game.tables(game.base, 0)
    each = [numbers._replace(flow=numbers.flow * 0.5**t, end_value=numbers.end_value * (1.0 + t)) for t in range(3)]
    return replace(game, timed=True, tables=lambda theta, t: each[t])


def on_lattice():
    return solve(over_time(random_game(4, worlds=2, options=2, periods=3, lattice=4)))


def by_block():
    return solve_blocks(over_time(draw_blocks(BlockShape(sizes=(2, 2), periods=3, moves=2), 5)))


def at_once():
    return solve(compile_scenario(loads(STRIKES.replace("lattice: 4", "lattice: 4, noise: tastes"))))


@pytest.mark.parametrize("solved", [on_lattice, by_block, at_once])
def test_accounts_where_numbers_change_with_time_add_up(solved):
    """Asked for at once from the start, and from a period later; also where several choose at the same time."""
    case = case_of(solved())
    first = start(case.solution())
    later = replace(first, t=first.t + 1)
    for actor in range(len(case.game.actors)):
        found = accounts(case, Halves(case.game, actor), [[Level(first)], [Level(later)]])
        assert [one.total for one in found] == pytest.approx(
            [worth.value(case, actor, nodes) for nodes in (first, later)], abs=1e-9
        )
        assert not found[1].amounts[:, 0].any() and found[1].amounts[:, 1].any()


@pytest.mark.parametrize(("solved", "where"), [(on_lattice, "account_lattice"), (by_block, "account_blocks")])
def test_passes_that_must_be_parted_say_the_same(solved, where, monkeypatch):
    case, paid = case_of(solved()), 0.0
    everybody = [Halves(case.game, actor) for actor in range(len(case.game.actors))]
    whole = [accounts(case, terms, [[Level(start(case.solution()))]])[0].amounts for terms in everybody]
    monkeypatch.setattr(f"longgame.queries.{where}.BYTES_AT_ONCE", 1)
    for terms, expected in zip(everybody, whole, strict=True):
        [parted] = accounts(case, terms, [[Level(start(case.solution()))]])
        np.testing.assert_allclose(parted.amounts, expected, atol=1e-12)
        paid += np.abs(expected[2:]).sum()
    assert paid > 0.1, "steps pay something"


# --- terms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["truce-on-offer", "take-it-or-leave-it", "powell", "iran-2013"])
def test_terms_add_up_to_the_payoffs(name):
    scenario = load(name)
    game = compile_scenario(scenario)
    for actor, who in enumerate(game.actors):
        terms = Terms.of(scenario, game, game.base, actor)
        for t in {0, game.periods - 1}:
            flow, end = terms.numbers(t)
            tables = game.tables(game.base, t)
            np.testing.assert_allclose(flow.sum(1), tables.flow[:, actor], atol=1e-11, err_msg=who)
            np.testing.assert_allclose(end.sum(1), tables.end_value[:, actor], atol=1e-9, err_msg=who)


SUMS = """
title: Sums
clock: {{periods: 1}}
actors: {{i: {{rationality: 1, discount: 0.5}}}}
assumptions:
  cost: {{value: 2, source: a test}}
definitions:
  good: 3 * (x == high) - cost
  share: x == high
  rise: 1 - share
  step: 0.5 if x == high else 0.1
state: {{x: {{values: [low, high], start: low}}}}
period: [{{move: go, by: i, options: {{stay: {{}}, up: {{set: {{x: high}}}}}}}}]
payoffs: {{i: "{payoff}"}}
{more}
"""


@pytest.mark.parametrize(
    ("payoff", "texts"),
    [
        ("1 - cost * share", ["1", "-(cost * share)"]),
        ("good", ["3 * (x == high)", "-cost"]),
        ("2 * good", ["2 * good"]),
        ("rise - step", ["rise", "-step"]),
        ("cost * (share + 1)", ["cost * (share + 1)"]),
        ("cost * (share - (x == low))", ["cost * share", "-(cost * (x == low))"]),
        ("-(cost - share) / 2", ["-cost", "share"]),
        ("1 if x == high else -2", ["1", "-2"]),
        ("share if x == high else 0", ["share if x == high else 0"]),
    ],
)
def test_summands_as_they_are_written(payoff, texts):
    assert [term.text for term in terms_of(loads(SUMS.format(payoff=payoff, more="")), "i")] == texts


def test_the_same_good_in_payoff_and_end_value_is_one_term():
    more = 'end_values: {i: "(share - 3 * cost) / (1 - 0.5)"}'
    terms = terms_of(loads(SUMS.format(payoff="share - cost", more=more)), "i")
    assert [term.text for term in terms] == ["share", "-cost", "-(3 * cost)"]
