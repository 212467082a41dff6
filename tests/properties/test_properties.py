"""What must hold of every game: by Hypothesis, over random numbers."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from longgame.game.game import CHANCE, Game
from longgame.queries import forecast
from longgame.queries.nodes import start
from longgame.solver.kernel.response import Problem, Room, believe
from longgame.solver.solution import Solution
from longgame.solver.solve import solve
from tests.properties.games import THREE, TWO, Names, Shape, draw_game, numbers_of, renamed, seeds, with_numbers
from tests.reference import solve_slowly

FEW = settings(max_examples=20, derandomize=True, deadline=None, database=None)
MANY = settings(max_examples=40, derandomize=True, deadline=None, database=None)
SHAPES = st.sampled_from([TWO, THREE])
EXACT = 1e-8  # the solver's tolerance is 1e-9


def solved(game: Game) -> Solution:
    solution = solve(game)
    assert solution.residual.max() < 1e-9
    return solution


def same_play(one: Solution, other: Solution) -> None:
    for t in range(one.game.periods):
        for k, (ours, theirs) in enumerate(zip(one.sigma[t], other.sigma[t], strict=True)):
            if ours is not None:
                active = np.asarray(one.tables(t).steps[k].active)
                np.testing.assert_allclose(ours[active], theirs[active], atol=EXACT)


# --- choice -----------------------------------------------------------------------------------------------------------


@FEW
@given(SHAPES, seeds(), st.floats(0.0, 10.0))
def test_probabilities_sum_to_one_and_closed_options_have_none(shape: Shape, seed: int, precision: float):
    solution = solved(draw_game(shape, seed, precision))
    for t, plays in enumerate(solution.sigma):
        for play, step in zip(plays, solution.tables(t).steps, strict=True):
            if play is not None:
                active, allowed = np.asarray(step.active), np.asarray(step.allowed)
                row = np.asarray(play)[active]
                np.testing.assert_allclose(row.sum(axis=2), 1.0, atol=1e-12)
                is_open = np.broadcast_to(allowed[active][:, None, :, None], row.shape)
                assert np.all((row > 0.0) == is_open)


@FEW
@given(SHAPES, seeds())
def test_without_precision_play_is_uniform(shape: Shape, seed: int):
    solution = solved(draw_game(shape, seed, 0.0))
    for play, step in zip(solution.sigma[0], numbers_of(solution.game).steps, strict=True):
        if play is not None:
            share = (step.allowed / step.allowed.sum(axis=1, keepdims=True))[:, None, :, None]
            np.testing.assert_allclose(play[step.active], np.broadcast_to(share, play.shape)[step.active], atol=1e-12)


@FEW
@given(SHAPES, seeds(), st.lists(st.floats(-5.0, 5.0), min_size=3, max_size=3))
def test_a_constant_added_to_what_an_actor_gets_changes_no_choice(shape: Shape, seed: int, constants: list[float]):
    """As much in every period, and for ever after the end: worth c / (1 - d) whatever happens."""
    game = draw_game(shape, seed)
    numbers = numbers_of(game)
    more = np.array(constants[: shape.actors])
    for_ever = more / (1.0 - numbers.discount)
    raised = with_numbers(
        game, flow=numbers.flow + more[:, None], end_value=numbers.end_value + for_ever[:, None]
    )
    before, after = solved(game), solved(raised)
    same_play(before, after)
    for ours, theirs in zip(after.U, before.U, strict=True):
        np.testing.assert_allclose(ours, theirs + for_ever[:, None, None], atol=EXACT)


@FEW
@given(SHAPES, seeds(), st.floats(0.01, 100.0))
def test_only_precision_times_payoff_counts(shape: Shape, seed: int, factor: float):
    game = draw_game(shape, seed)
    numbers = numbers_of(game)
    scaled = with_numbers(
        game,
        steps=tuple(step._replace(pay=None if step.pay is None else factor * step.pay) for step in numbers.steps),
        flow=factor * numbers.flow,
        end_value=factor * numbers.end_value,
        precision=numbers.precision / factor,
    )
    before, after = solved(game), solved(scaled)
    same_play(before, after)
    np.testing.assert_allclose(after.U[0], factor * np.asarray(before.U[0]), atol=EXACT * max(factor, 1.0))


# --- names ------------------------------------------------------------------------------------------------------------


def permutations(shape: Shape) -> st.SearchStrategy[Names]:
    """Options are reversed: points that are followed are followed by a program for each order of options."""
    return st.builds(
        Names,
        actors=st.permutations(range(shape.actors)),
        options=st.just(tuple(reversed(range(shape.options)))),
        worlds=st.permutations(range(shape.worlds)),
        states=st.permutations(range(shape.states)),
    )


@FEW
@given(SHAPES.flatmap(lambda shape: st.tuples(st.just(shape), permutations(shape))), seeds())
def test_names_do_not_matter(drawn: tuple[Shape, Names], seed: int):
    """Of actors, options, worlds, states. Worlds: up to three; the triangulation of four has an order of its own."""
    shape, names = drawn
    game = draw_game(shape, seed)
    before, after = solved(game), solved(renamed(game, names))
    point = names.points(before.lattice)
    for ours, theirs in zip(after.U, before.U, strict=True):
        old = np.asarray(theirs)[np.ix_(names.states, names.actors, names.worlds, point)]
        np.testing.assert_allclose(ours, old, atol=EXACT)
    for k, step in enumerate(game.steps):
        if step.mover != CHANCE:
            active = np.asarray(numbers_of(after.game).steps[k].active)
            new = np.asarray(after.sigma[0][k])[:, after.game.cells[after.game.steps[k].mover]]  # by world
            old = np.asarray(before.sigma[0][k])[:, game.cells[step.mover]]
            old = old[np.ix_(names.states, names.worlds, names.options, point)]
            np.testing.assert_allclose(new[active], old[active], atol=EXACT)


# --- values and beliefs -----------------------------------------------------------------------------------------------


def simulated(solution: Solution, plays: int, seed: int) -> np.ndarray:
    """Payoffs [plays, N] discounted to the start, path by path.

    A belief between lattice points goes to one of those around it by lot, which is what interpolated values mean.
    """
    game, lattice, random = solution.game, solution.lattice, np.random.default_rng(seed)
    tables, each = numbers_of(game), np.arange(plays)

    def drawn(odds: np.ndarray) -> np.ndarray:  # [plays, n] -> [plays]
        edges = np.cumsum(odds, axis=1)
        return (random.random(plays)[:, None] * edges[:, -1:] >= edges[:, :-1]).sum(axis=1)

    def to_point(belief: np.ndarray) -> np.ndarray:
        index, weight = lattice.locate(belief)
        return index[each, drawn(weight)]

    w = drawn(np.broadcast_to(tables.prior, (plays, tables.prior.size)))
    s, b = np.full(plays, tables.start_index[0]), to_point(np.broadcast_to(tables.prior, (plays, tables.prior.size)))
    paid, factor = np.zeros((plays, len(game.actors))), np.ones((plays, len(game.actors)))
    for t in range(game.periods):
        over = game.ended[s]
        for k, (step, table) in enumerate(zip(game.steps, tables.steps, strict=True)):
            if step.mover == CHANCE:
                odds = table.chance[s]  # [plays, A, W]
            else:
                play = np.asarray(solution.sigma[t][k])[s, :, :, b]  # [plays, C, A]
                odds = play[:, game.cells[step.mover]].swapaxes(1, 2)
            a = drawn(odds[each, :, w])
            becomes = np.eye(len(game.worlds)) if table.becomes is None else table.becomes[s]  # [plays, A, W, W']
            becomes = np.broadcast_to(becomes, (plays, len(step.options), *becomes.shape[-2:]))
            told = np.array(step.signal) == np.array(step.signal)[a][:, None]
            joint = np.einsum("nw,naw,na,nawv->nv", lattice.points[b], odds, told, becomes)
            after = joint / joint.sum(axis=1, keepdims=True)
            on = table.active[s]
            if table.pay is not None:
                paid += np.where(on[:, None], factor * table.pay[s, a, :, w], 0.0)
            lot = drawn(table.weight[s, a])
            next_world = drawn(becomes[each, a, w])
            b = np.where(on, to_point(after), b)
            s, w = np.where(on, table.successor[s, a, lot], s), np.where(on, next_world, w)
        paid += np.where(over[:, None], 0.0, factor * tables.flow[s, :, w])
        factor = np.where(over[:, None], factor, factor * tables.discount)
    return paid + factor * tables.end_value[s, :, w]


@FEW
@given(SHAPES, seeds())
def test_values_are_what_play_brings_on_average(shape: Shape, seed: int):
    solution = solved(draw_game(shape, seed, 4.0))
    within(simulated(solution, 8000, seed), solution.value_at(0, 0, 0, solution.prior) @ solution.prior)


@FEW
@given(seeds())
def test_beliefs_along_play_are_on_average_the_prior(seed: int):
    """Where no hidden variable changes."""
    solution = solved(draw_game(THREE, seed, 4.0))
    _, beliefs = forecast.play(solution, start(solution), 8000, np.random.default_rng(seed), solution.game.periods - 1)
    assert np.ptp(beliefs[-1], axis=0).max() > 0.01, "something is learned"
    for row in beliefs:
        within(row, solution.prior)


def within(samples: np.ndarray, mean: np.ndarray) -> None:
    """Their average is the mean, to five standard errors."""
    error = samples.std(axis=0) / np.sqrt(len(samples)) + 1e-12
    assert np.all(np.abs(samples.mean(axis=0) - mean) < 5.0 * error)


@numba.njit
def look_at(point: Problem, room: Room) -> None:
    believe(point, room)


def believed(point: Problem, play: np.ndarray) -> np.ndarray:
    """The beliefs [Y, W] after each signal, by the kernel, when play [C, m] is in force."""
    beliefs, unused = np.empty((point.signals, len(point.belief))), (None,) * (len(Room._fields) - 3)
    look_at(point, Room(play, beliefs, np.empty(point.signals), *unused))
    return beliefs


@MANY
@given(seeds(), st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_beliefs_are_martingales(seed: int, worlds: int, options: int, changes: bool):
    """Over all signals, by their probability, the belief afterwards is on average the belief before, moved by P."""
    rng = np.random.default_rng(seed)
    signal = tuple(np.unique(rng.integers(options, size=options), return_inverse=True)[1].tolist())
    belief = rng.dirichlet(np.full(worlds, 0.5))
    plays = rng.dirichlet(np.full(options, 0.5), size=worlds).T  # [A, W]
    becomes = rng.dirichlet(np.ones(worlds), size=(options, worlds)) if changes else None
    point = Problem(
        ahead=np.zeros((options, worlds, worlds)),
        pay=np.zeros((options, worlds)),
        becomes=np.zeros((0, 0, 0)) if becomes is None else becomes,
        precision=np.ones(worlds),
        belief=belief,
        inside=np.ones(worlds),
        cell=np.arange(worlds),
        signal=np.array(signal),
        signals=max(signal) + 1,
        resolution=1.0,
    )
    after = believed(point, np.ascontiguousarray(plays.T)).T  # [W, Y]
    np.testing.assert_allclose(after.sum(axis=0), 1.0, atol=1e-12)
    said = np.array([belief @ plays[np.array(signal) == y].sum(axis=0) for y in range(max(signal) + 1)])
    moved = np.eye(worlds)[None].repeat(options, axis=0) if becomes is None else becomes
    np.testing.assert_allclose(after @ said, np.einsum("w,aw,awv->v", belief, plays, moved), atol=1e-12)


# --- the same game in other ways --------------------------------------------------------------------------------------


@FEW
@given(seeds())
def test_what_everybody_knows_need_not_be_hidden(seed: int):
    """If all actors know the world, the game is in each world that of this world alone, whatever the public thinks."""
    shape = replace(TWO, changes=False, public=True)
    game = draw_game(shape, seed)
    together, numbers = solved(game), numbers_of(game)
    for w in range(shape.worlds):
        steps = tuple(
            step._replace(
                pay=None if step.pay is None else step.pay[..., w : w + 1],
                chance=None if step.chance is None else step.chance[..., w : w + 1],
            )
            for step in numbers.steps
        )
        tables = numbers._replace(
            steps=steps,
            flow=numbers.flow[..., w : w + 1],
            end_value=numbers.end_value[..., w : w + 1],
            precision=numbers.precision[:, w : w + 1],
            prior=np.ones(1),
        )
        alone = solved(
            replace(
                game, worlds=game.worlds[w : w + 1], hidden={"world": game.worlds[w : w + 1]}, lattice=1,
                cells=np.zeros((shape.actors, 1), int), steps=tuple(replace(s, informed=False) for s in game.steps),
                tables=lambda theta, t, tables=tables: tables,
            )
        )  # fmt: skip
        for ours, theirs in zip(together.U, alone.U, strict=True):
            np.testing.assert_allclose(ours[:, :, w], np.broadcast_to(theirs[:, :, 0], ours[:, :, w].shape), atol=EXACT)


@settings(FEW, max_examples=5)
@given(SHAPES, seeds())
def test_the_twin_agrees(shape: Shape, seed: int):
    against_twin(draw_game(shape, seed, 1.5))


@settings(FEW, max_examples=6)
@given(
    st.builds(
        Shape, worlds=st.integers(1, 4), actors=st.integers(2, 4), states=st.integers(3, 4), options=st.integers(1, 4),
        periods=st.just(1), lattice=st.integers(1, 3), changes=st.booleans(),
        noise=st.sampled_from(["mistakes", "tastes"]),
    ),
    seeds(),
)  # fmt: skip
def test_the_twin_agrees_on_games_of_any_shape(shape: Shape, seed: int):
    against_twin(draw_game(shape, seed, 1.0))


def against_twin(game: Game) -> None:
    try:
        twin = solve_slowly(game)
    except ArithmeticError:
        assume(False)
        raise
    solution = solve(game, tolerance=1e-12)
    for ours, theirs in zip(solution.U, twin.U, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=EXACT)


def test_the_games_have_what_they_should():
    """Else the properties above would hold of very little."""
    game = draw_game(TWO, 1)
    assert [step.informed for step in game.steps] == [True, True, False, True]
    assert len(set(game.steps[3].signal)) < len(game.steps[3].options)
    steps = numbers_of(game).steps
    assert not steps[0].allowed.all() and game.ended.any() and not steps[2].active.all()
    before, after = solve(game), solve(draw_game(TWO, 2))
    with pytest.raises(AssertionError):
        same_play(before, after)
