"""Games written out: their size, their payoffs, their information sets, and how they are said to Gambit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from longgame.errors import ScenarioError, TooLargeError
from longgame.exact.extensive import CHANCE, check_perfect_recall, leaf_totals
from longgame.exact.gambit import for_gambit
from longgame.exact.histories import solve_extensive
from longgame.exact.unroll import count_nodes, unroll
from longgame.game.compile import compile as compile_scenario
from longgame.game.game import Game
from longgame.scenario.load import loads
from tests.games import Part, Sketch, beer_quiche, random_game
from tests.tiny import tiny


def tables(game: Game):
    return lambda t: game.tables(game.base, t)


def even_values(game: Game) -> np.ndarray:
    """[N] what everybody expects at the start if all choose evenly among what is open, by recursion over states."""
    N, W = len(game.actors), len(game.worlds)
    now = game.tables(game.base, 0)
    ahead = np.asarray(now.end_value)
    for t in reversed(range(game.periods)):
        now = game.tables(game.base, t)
        end = np.asarray(now.flow) + np.asarray(now.discount)[:, None] * ahead
        after = [end] * (len(game.steps) + 1)
        for k in reversed(range(len(game.steps))):
            step, numbers = game.steps[k], now.steps[k]
            value = np.array(after[k + 1])
            for s in np.flatnonzero(numbers.active).tolist():
                for w in range(W):
                    allowed = np.asarray(numbers.allowed[s], float)
                    odds = numbers.chance[s, :, w] if step.mover == CHANCE else allowed / allowed.sum()
                    value[s, :, w] = 0
                    for a, p in enumerate(odds):
                        becomes = np.eye(W)[w] if numbers.becomes is None else numbers.becomes[s, a, w]
                        pay = 0 if numbers.pay is None else numbers.pay[s, a, :, w]
                        following = after[step.next[a]][numbers.successor[s, a]]  # [L, N, W]
                        value[s, :, w] += p * (pay + np.einsum("l,lnv,v->n", numbers.weight[s, a], following, becomes))
            after[k] = value
        ahead = np.where(np.asarray(game.ended)[:, None, None], np.asarray(now.end_value), after[0])
    start = np.einsum("l,lnw->nw", np.asarray(now.start_weight), ahead[np.asarray(now.start_index)])
    assert start.shape == (N, W)
    return start @ np.asarray(now.prior)


@pytest.mark.parametrize("remember", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_even_play_is_worth_what_a_recursion_over_states_says(seed: int, remember: bool):
    """With nobody choosing by payoffs beliefs do not matter, and the values follow without histories."""
    game = random_game(seed, states=3, options=2, lots=1 + seed % 2, periods=1 + seed % 2, precision=0.0)
    if count_nodes(game, tables(game))[-1] > 300_000:
        game = replace(game, periods=1)
    written = unroll(game, tables(game), remember=remember)
    solution = solve_extensive(written.game, 0.0, recall=remember)
    np.testing.assert_allclose(solution.value[0], even_values(game), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_the_size_is_known_beforehand(seed: int):
    game = random_game(seed, states=3, options=2, lots=2, periods=2, worlds=1 + seed % 3)
    sizes = count_nodes(game, tables(game))
    assert len(sizes) == 2
    assert unroll(game, tables(game), periods=1).game.nodes == sizes[0]


def test_a_game_too_large_is_refused_with_what_would_fit():
    game = random_game(0, periods=3)
    sizes = count_nodes(game, tables(game))
    with pytest.raises(TooLargeError) as caught:
        unroll(game, tables(game), most=int(sizes[0]))
    [problem] = caught.value.problems
    assert problem.found.startswith(f"{sizes[2]:,.0f} nodes" if sizes[2] < 1e15 else "")
    assert problem.fix == (
        f"Its first 1 period(s) have {sizes[0]:,.0f}. Take these alone (--periods 1), after which the end values are "
        "paid, or give the game fewer options, worlds or lots."
    )
    with pytest.raises(TooLargeError) as caught:
        unroll(game, tables(game), most=10)
    smaller = "Give the game fewer options, worlds or lots."
    assert caught.value.problems[0].fix == f"One period alone has {sizes[0]:,.0f}. {smaller}"


def test_information_sets_are_public_histories_and_cells():
    game = compile_scenario(tiny())
    written = unroll(game, tables(game))
    tree = written.game
    assert tree.nodes == 15
    labels = {tree.labels[h]: tree.actions(h) for h in range(len(tree.owner)) if tree.owner[h] != CHANCE}
    assert labels == {
        "tell | the start | h=yes": ("loud", "quiet"),
        "tell | the start | h=no": ("loud", "quiet"),
        "pick | 1: tell loud": ("stay", "go"),
        "pick | 1: tell quiet": ("stay", "go"),
    }
    picks = np.flatnonzero([label.startswith("pick") for label in tree.labels])
    for h in picks:
        assert sorted(written.world[tree.infoset == h]) == [0, 1]
    # B is loud with probability 3/4 if yes and 1/4 if no; A, who believes 3/4, then goes with probability 3/4.
    solution = solve_extensive(tree, written.precision)
    by_label = {tree.labels[h]: solution.choice(h)[0] for h in range(len(tree.owner))}
    assert by_label["tell | the start | h=yes"] == pytest.approx(0.75)
    assert by_label["pick | 1: tell loud"] == pytest.approx(0.25)


def test_secret_choices_share_the_history_and_memory_keeps_them():
    act = Part("act", 0, ("a", "b", "c"), pay=np.arange(3.0)[None, :, None, None], signal=(0, 0, 1))
    again = Part("again", 0, ("x", "y"))
    bet = Part("bet", 1, ("first", "second"))
    game = Sketch(("mover", "onlooker"), [act, again, bet]).build()
    forgetful, mindful = unroll(game, tables(game)), unroll(game, tables(game), remember=True)
    counts = [[int(np.sum(u.step[u.game.owner >= 0] == k)) for k in range(3)] for u in (forgetful, mindful)]
    assert counts == [[1, 2, 4], [1, 3, 4]]
    check_perfect_recall(mindful.game)
    with pytest.raises(ScenarioError):
        check_perfect_recall(forgetful.game)
    one, two = solve_extensive(forgetful.game, 1.0, recall=False), solve_extensive(mindful.game, 1.0)
    np.testing.assert_allclose(one.value[0], two.value[0], atol=1e-12)


def test_discounting_is_made_good_in_the_precision():
    wait = Part("choose", 0, ("now", "later"), pay=np.array([1.0, 0.0])[None, :, None, None])
    game = Sketch(("a",), [wait], periods=3, discount=0.5, precision=2.0).build()
    written = unroll(game, tables(game))
    by_period = {int(t): set(written.precision[written.period == t]) for t in range(3)}
    assert by_period == {0: {2.0}, 1: {4.0}, 2: {8.0}}
    solution = solve_extensive(written.game, written.precision)
    for h in range(len(written.game.owner)):
        assert solution.choice(h)[0] == pytest.approx(1 / (1 + np.exp(-2.0)))  # in money of its own period


# --- for Gambit ------------------------------------------------------------------------------------------------------


def test_one_common_lambda_leaves_the_payoffs_alone():
    game = beer_quiche(3.0)
    said = for_gambit(game, tables(game), title="beer")
    assert said.precision == 3.0 and said.game.players == ("sender", "receiver") and said.game.title == "beer"
    np.testing.assert_array_equal(said.game.pay, said.written.game.pay)
    assert "lambda = 3." in said.game.comment


def test_an_actor_with_several_precisions_becomes_several_players():
    game = random_game(3, states=3, options=2, periods=1)
    two = replace(game, periods=2)
    assert for_gambit(game, tables(game)).game.players == ("actor 0", "actor 1", "actor 2")
    small = beer_quiche(3.0)
    cells = for_gambit(
        replace(small, tables=_sharper_strong(small)), tables(replace(small, tables=_sharper_strong(small)))
    )
    assert cells.game.players == ("sender, world=strong", "sender, world=weak", "receiver")
    if count_nodes(two, tables(two))[-1] < 200_000:
        assert "actor 0, period 2" in for_gambit(two, tables(two)).game.players


def _sharper_strong(game: Game):
    def sharper(theta, t):
        now = game.tables(theta, t)
        return now._replace(precision=np.array([[6.0, 3.0], [3.0, 3.0]]))

    return sharper


@pytest.mark.parametrize("seed", range(3))
def test_the_game_for_gambit_has_the_same_equilibrium(seed: int):
    game = random_game(seed, states=3, options=2, periods=1)
    said = for_gambit(game, tables(game))
    ours = solve_extensive(said.written.game, said.written.precision)
    theirs = solve_extensive(said.game, said.precision)
    np.testing.assert_allclose(np.nan_to_num(ours.sigma), np.nan_to_num(theirs.sigma), atol=1e-9)
    labels = [(said.game.owner[h], said.game.labels[h]) for h in range(len(said.game.owner)) if said.game.labels[h]]
    assert len(set(labels)) == len(labels)


def test_tastes_cannot_be_said_to_gambit():
    game = replace(beer_quiche(3.0), noise="tastes")
    with pytest.raises(ScenarioError, match="gambit-tastes"):
        for_gambit(game, tables(game))


def test_payoffs_on_the_way_are_moved_to_the_ends():
    scenario = loads(
        "title: x\nclock: {periods: 1}\nactors: {a: {lambda: 1, discount: 0.5}}\n"
        "state: {s: {values: [no, yes], start: no}}\n"
        "period:\n  - move: m\n    by: a\n    options:\n      go: {pay: {a: 0.5}, set: {s: yes}}\n      stay: {}\n"
        "payoffs: {a: s == yes}\nend_values: {a: 4 * (s == yes)}\n"
    )
    game = compile_scenario(scenario)
    said = for_gambit(game, tables(game))
    assert leaf_totals(said.game)[1:, 0].tolist() == [0.5 + 1 + 0.5 * 4, 0.0]
    assert 't "" 1 "" { 3.5 }' in said.text
