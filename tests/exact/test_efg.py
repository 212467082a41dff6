"""Gambit's .efg files: what is read, what is refused and where, and that writing is exact."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longgame.errors import ScenarioError
from longgame.exact.efg import parse_efg, read_efg
from longgame.exact.efg_write import exact_decimals, write_efg
from longgame.exact.extensive import CHANCE, ExtensiveGame, Listed, leaf_totals
from longgame.exact.unroll import unroll
from tests.games import random_game

POKER = """EFG 2 R "poker" { "Alice" "Bob" }
"a comment"

c "" 1 "deal" { "red" 1/2 "black" 0.5 } 0
p "holds red" 1 1 "red" { "raise" "fold" } 0
p "" 2 1 "raised" { "meet" "pass" } 0
t "" 1 "two" { 2, -2 }
t "" 2 "one" { 1 -1 }
t "" 2
p "" 1 2 "black" { "raise" "fold" } 3 "ante" { -.25, 1/4 }
p "" 2 1 0
t "" 4 "" { -2, 2e0 }
t "" 2 "one" { 1, -1 }
t "" 5 "minus" { -1, +1 }
"""


def same(one: ExtensiveGame, other: ExtensiveGame) -> None:
    assert one.title == other.title and one.players == other.players and one.comment == other.comment
    for name in ("parent", "first_child", "infoset", "pay", "owner", "numbers"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    np.testing.assert_allclose(one.chance, other.chance, rtol=0, atol=1e-15)
    sets = range(len(one.owner))
    assert [one.actions(h) for h in sets] == [other.actions(h) for h in sets]
    assert [one.labels[h] for h in sets] == [other.labels[h] for h in sets]


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_game_is_read():
    game = parse_efg(POKER)
    assert (game.title, game.comment, game.players) == ("poker", "a comment", ("Alice", "Bob"))
    assert game.nodes == 11
    assert [slice_.stop - slice_.start for slice_ in game.levels] == [1, 2, 4, 4]
    assert game.owner.tolist() == [CHANCE, 0, 1, 0]
    assert [game.labels[h] for h in range(4)] == ["deal", "red", "raised", "black"]
    assert game.actions(2) == ("meet", "pass")
    assert game.owner_name(0) == "chance" and game.owner_name(2) == "Bob"
    np.testing.assert_array_equal(game.chance[1:3], [0.5, 0.5])
    np.testing.assert_array_equal(game.pay[2], [-0.25, 0.25])  # an outcome at an inner node
    np.testing.assert_array_equal(game.infoset[[3, 5]], [2, 2])  # one set, two nodes
    np.testing.assert_array_equal(leaf_totals(game)[-2:], [[-2.25, 2.25], [0.75, -0.75]])
    np.testing.assert_array_equal(game.depth, [0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])


def test_quotes_line_breaks_and_byte_order_marks(tmp_path):
    text = 'EFG 2\r\nR "a \\"quoted\\"\nname" {"me"}p "" 1 1\n"h" {"x" "back\\slash"} 0 t "" 1 "" {1} t "" 2 "" {2}'
    path = tmp_path / "game.efg"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    game = read_efg(path)
    assert game.title == 'a "quoted"\nname'
    assert game.actions(0) == ("x", "back\\slash")


BROKEN = [
    ("", "efg-syntax", (1, 1), "'EFG' (a Gambit extensive game)", "the end of the file"),
    ("NFG 1 R", "efg-syntax", (1, 1), "'EFG' (a Gambit extensive game)", "'NFG'"),
    ('EFG 3 R "x" { "a" }', "efg-syntax", (1, 5), "'2' (the version of the format)", "'3'"),
    ("EFG 2 R x", "efg-syntax", (1, 9), "the title of the game in quotes", "'x'"),
    ('EFG 2 R "x', "efg-syntax", (1, 9), "the title of the game in quotes", "a quoted text without its closing quote"),
    ('EFG 2 R "x" { }\nt "" 0', "efg-players", (1, 13), "at least one player", "none"),
    ('EFG 2 R "x" { "a"\nt "" 0', "efg-syntax", (2, 1), "'}' after the players", "'t'"),
    ('EFG 2 R "x" { "a" }\n', "efg-nodes", (2, 1), "1 more node(s) to complete the tree", "the end of the file"),
    (
        'EFG 2 R "x" { "a" }\np "" 1 1 "" { "l" "r" } 0\nt "" 0\n',
        "efg-nodes",
        (4, 1),
        "1 more node(s) to complete the tree",
        "the end of the file",
    ),
    (
        'EFG 2 R "x" { "a" }\nt "" 0\n  t "" 0',
        "efg-nodes",
        (3, 3),
        "the end of the file: the tree is complete",
        "a further node",
    ),
    (
        'EFG 2 R "x" { "a" }\nq "" 0',
        "efg-syntax",
        (2, 1),
        "a node: 'c' (chance), 'p' (player) or 't' (end of a play)",
        "'q'",
    ),
    ('EFG 2 R "x" { "a" }\np "" 2 1 "" { "l" } 0\nt "" 0', "efg-player", (2, 6), "a player from 1 to 1", "player 2"),
    (
        'EFG 2 R "x" { "a" }\np "" 1 7 0\nt "" 0',
        "efg-syntax",
        (2, 10),
        "the actions of information set 7, which appears here for the first time",
        "'0'",
    ),
    ('EFG 2 R "x" { "a" }\np "" 1 1 "" { } 0', "efg-actions", (2, 1), "at least one action", "none"),
    (
        'EFG 2 R "x" { "a" }\nc "" 1 "" { "l" 0.5 "r" 0.4 } 0\nt "" 0\nt "" 0',
        "not-a-probability",
        (2, 1),
        "probabilities from 0 that sum to 1",
        "a sum of 0.9, the least 0.4",
    ),
    (
        'EFG 2 R "x" { "a" }\nc "" 1 "" { "l" 1.5 "r" -1/2 } 0\nt "" 0\nt "" 0',
        "not-a-probability",
        (2, 1),
        "probabilities from 0 that sum to 1",
        "a sum of 1, the least -0.5",
    ),
    (
        'EFG 2 R "x" { "a" }\nc "" 1 "" { "l" "r" 1 } 0',
        "efg-syntax",
        (2, 17),
        "the probability of the action, a number",
        '"r"',
    ),
    (
        'EFG 2 R "x" { "a" "b" }\nt "" 1 "" { 1 }',
        "efg-payoffs",
        (2, 6),
        "2 payoffs, one for each player",
        "1",
    ),
    ('EFG 2 R "x" { "a" }\nt "" 1 "" { 1/0 }', "not-finite", (2, 13), "a payoff, a finite number", "'1/0'"),
    ('EFG 2 R "x" { "a" }\nt "" 1 "" { 1e999 }', "not-finite", (2, 13), "a payoff, a finite number", "'1e999'"),
    ('EFG 2 R "x" { "a" }\nt "" 1 "" { 1..2 }', "efg-syntax", (2, 13), "'}' after the payoffs", "'1..2'"),
    ('EFG 2 R "x" { "a" }\nt "" 5', "efg-outcome", (2, 6), "an outcome that has been defined above", "outcome 5"),
    (
        'EFG 2 R "x" { "a" }\nt "" 99999999999',
        "efg-syntax",
        (2, 6),
        "the number of the outcome (0 for none), a whole number",
        "'99999999999'",
    ),
    (
        'EFG 2 R "x" { "a" }\np "" 1 1 "" { "l" "r" } 0\nt "" 0\np "" 1 1 "" { "l" } 0\nt "" 0',
        "efg-actions",
        (4, 1),
        "the 2 actions that information set 1 had before",
        "1",
    ),
]


@pytest.mark.parametrize(("text", "code", "place", "expected", "found"), BROKEN)
def test_what_is_wrong_is_said_with_its_place(text, code, place, expected, found):
    with pytest.raises(ScenarioError) as caught:
        parse_efg(text, file="game.efg")
    problem = caught.value.problems[0]
    assert (problem.code, (problem.where.line, problem.where.column)) == (code, place)
    assert (problem.expected, problem.found) == (expected, found)
    assert str(problem).startswith(f"game.efg:{place[0]}:{place[1]}: error [{code}]: expected ")


def test_all_mistakes_are_reported_at_once():
    text = POKER.replace("{ 2, -2 }", "{ 2 }").replace("1/2", "1/4").replace('p "" 2 1 0', 'p "" 3 1 0')
    with pytest.raises(ScenarioError) as caught:
        parse_efg(text)
    assert [p.code for p in caught.value.problems] == ["not-a-probability", "efg-payoffs", "efg-player"]


def test_a_file_that_cannot_be_read(tmp_path):
    for path, code in ((tmp_path / "none.efg", "no-file"), (tmp_path / "bytes.efg", "not-text")):
        if code == "not-text":
            path.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ScenarioError) as caught:
            read_efg(path)
        assert caught.value.problems[0].code == code


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_file_is_a_game_or_a_scenario_error(data: st.DataObject):
    text = POKER
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        until = at + data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(st.text(alphabet='{}",\\/.-+e0129 ptc\n"', max_size=6)) + text[until:]
    try:
        parse_efg(text)
    except ScenarioError as error:
        assert error.problems


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_game_or_a_scenario_error(text: str):
    for candidate in (text, 'EFG 2 R "x" { "a" } ' + text):
        try:
            parse_efg(candidate)
        except ScenarioError as error:
            assert error.problems


def test_deep_and_long_files_do_not_overflow():
    deep = 'EFG 2 R "x" { "a" }' + "".join(f'\np "" 1 {n} "" {{ "go" }} 0' for n in range(1, 20_001)) + '\nt "" 0'
    assert parse_efg(deep).nodes == 20_001
    with pytest.raises(ScenarioError):
        parse_efg('EFG 2 R "x' + '\\"' * 100_000)


# --- writing ---------------------------------------------------------------------------------------------------------


def test_a_game_is_written_and_read_back():
    same(parse_efg(write_efg(parse_efg(POKER))), parse_efg(POKER))


@pytest.mark.parametrize("seed", range(4))
def test_games_of_ours_are_written_and_read_back(seed: int):
    source = random_game(seed, states=3, options=2, periods=1)
    game = unroll(source, lambda t: source.tables(source.base, t), remember=True).game
    back = parse_efg(write_efg(game))
    assert back.players == game.players
    np.testing.assert_array_equal(back.parent, game.parent)
    np.testing.assert_array_equal(back.pay, game.pay)
    np.testing.assert_allclose(back.chance, game.chance, rtol=0, atol=1e-15)
    at_leaves = parse_efg(write_efg(game, at_leaves=True))
    np.testing.assert_array_equal(at_leaves.pay[at_leaves.infoset >= 0], 0)
    np.testing.assert_allclose(at_leaves.pay, leaf_totals(game), rtol=0, atol=0)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(1e-12, 1), min_size=1, max_size=9))
def test_probabilities_sum_to_one_as_decimals(weights: list[float]):
    total = sum(weights)
    probabilities = [w / total for w in weights]
    decimals = exact_decimals(probabilities)
    assert sum(map(Fraction, decimals)) == 1
    np.testing.assert_allclose([float(d) for d in decimals], probabilities, rtol=0, atol=1e-15)
    assert min(decimals) >= 0


@settings(max_examples=100, deadline=None)
@given(title=st.text(alphabet='ab"\\ {}\n', max_size=12), payoff=st.floats(-1e12, 1e12))
def test_any_name_and_payoff_can_be_written(title: str, payoff: float):
    game = Listed(
        title=title, players=["a"], parent=[-1], move=[-1], infoset=[-1], pay=[[payoff]], chance=[1.0], owner=[],
        actions=[], labels=[],
    ).arranged()  # fmt: skip
    back = parse_efg(write_efg(game))
    assert back.pay[0, 0] == payoff
    assert back.title.replace("\\ ", "\\") == title.replace("\\ ", "\\")


@pytest.mark.parametrize(
    ("parent", "infoset", "found"),
    [
        ([-1, 0], [0, -1], '1 children at a node of information set "h" of a'),
        ([-1, 0, 0, 1], [0, -1, -1, -1], "1 children at a node of a terminal node"),
    ],
)
def test_what_is_not_a_tree_is_refused(parent, infoset, found):
    V = len(parent)
    with pytest.raises(ScenarioError) as caught:
        Listed(
            title="", players=["a"], parent=parent, move=[-1, 0, 1, 0][:V], infoset=infoset, pay=np.zeros((V, 1)),
            chance=np.ones(V), owner=[0], actions=[("x", "y")], labels=["h"],
        ).arranged()  # fmt: skip
    assert caught.value.problems[0].found == found
