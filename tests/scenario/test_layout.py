"""`fmt`: one layout for all that says the same; comments stay, and nothing that is said changes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longgame.errors import ScenarioError
from longgame.scenario import library
from longgame.scenario.layout import WIDTH, formatted
from longgame.scenario.load import loads
from longgame.scenario.yaml_tree import compose, data_of

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*.yaml"))
TEXTS = {name: library.read(name) for name in library.names()} | {path.name: path.read_text() for path in CASES}
TRUCE = TEXTS["truce-on-offer"]


def comments(text: str) -> list[str]:
    return sorted(re.findall(r"(?m)(?:^|[ \t])(#[^\n]*?)[ \t]*$", text))


def data(text: str):
    return data_of(compose(text, None, []))


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_said_stays_the_same_and_a_second_time_changes_nothing(name):
    made = formatted(TEXTS[name])
    assert data(made) == data(TEXTS[name])
    assert comments(made) == comments(TEXTS[name])
    assert formatted(made) == made
    assert made.endswith("\n") and not re.search(r"[ \t]\n|\n\n\n|\t", made)


@pytest.mark.parametrize("name", library.names())
def test_it_loads_as_the_same_scenario(name):
    if "extends" not in data(TEXTS[name]):
        assert loads(formatted(TEXTS[name])) == loads(TEXTS[name])


@st.composite
def mutated(draw) -> tuple[str, str]:
    """A shipped text, and one that says the same in another layout."""
    text = TEXTS[draw(st.sampled_from(["truce-on-offer", "take-it-or-leave-it", "beer-quiche", "strike.yaml"]))]
    lines, number = text.split("\n"), draw(st.integers(1, 3))
    if draw(st.booleans()):  # wider indentation
        lines = [" " * ((len(line) - len(line.lstrip(" "))) * number) + line.lstrip(" ") for line in lines]
    if draw(st.booleans()):  # blank lines, and space at the ends of lines
        places = draw(st.sets(st.integers(0, len(lines) - 1), max_size=8))
        lines = [part for i, line in enumerate(lines) for part in (["", line + "  "] if i in places else [line])]
    if draw(st.booleans()):  # looser braces
        lines = [re.sub(r"\{(?=\w)", "{ ", line) if line.count("{") == 1 else line for line in lines]
    if draw(st.booleans()):  # the blocks in another order
        blocks = re.split(r"(?m)^(?=[a-z])", "\n".join(lines))
        blocks = [block.rstrip("\n") + "\n" for block in blocks if block.strip()]
        lines = "".join(draw(st.permutations(blocks))).split("\n")
    return text, "\n".join(lines)


@settings(max_examples=40, deadline=None)
@given(mutated())
def test_layouts_of_the_same_text_become_one_that_is_stable(given):
    text, other = given
    try:
        if data(other) != data(text):  # a folded text keeps deeper lines as they are
            return
    except ScenarioError:
        return
    made = formatted(other)
    assert data(made) == data(text)
    assert comments(made) == comments(other)
    assert formatted(made) == made


def test_a_text_that_is_only_laid_out_anew_comes_back():
    """Order of blocks, width of indentation, space between braces: one form for all."""
    made = formatted(TRUCE)
    blocks = re.split(r"(?m)^(?=[a-z])", made)
    shuffled = "".join(block.rstrip("\n") + "\n" for block in [*blocks[5:], *blocks[:5]])
    assert formatted(shuffled) == made
    start, end = made.index("assumptions:"), made.index("definitions:")  # a block without lists
    wide = re.sub(r"(?m)^ +", lambda spaces: 2 * spaces[0], made[start:end])
    wide = made[:start] + wide + made[end:]
    assert data(wide) == data(made) and formatted(wide) == made
    assert formatted(made.replace("{", "{ ").replace("}", " }")) == made
    assert formatted(made.replace("\n", "\r\n")) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("clock:   {periods: 3,  start: 2025-01}\ntitle: x\n", "title: x\n\nclock: {start: 2025-01, periods: 3}\n"),
        (
            "# yaml-language-server: $schema=x\n\n# on the clock\nclock: {periods: 3}\ntitle: x\n",
            "# yaml-language-server: $schema=x\n\n# on the clock\ntitle: x\n\nclock: {periods: 3}\n",
        ),
        (
            "actors:\n    a:\n        discount: 0.9 # why\n        # before\n        rationality: 5\n\n\n    b: {}\n"
            "    # last\n",
            "actors:\n  a:\n    # before\n    rationality: 5\n    discount: 0.9  # why\n\n  b: {}\n  # last\n",
        ),
        (
            "period:\n- move: m\n  options: {keep: {}, # nothing\n    cut: {set: {a: b}, when: a == c}}\n  by: a\n",
            "period:\n  - move: m\n    by: a\n    options:\n      keep: {}  # nothing\n"
            "      cut: {when: a == c, set: {a: b}}\n",
        ),
        ("about: >\n      One\n      two.\n\n      # no comment\ntitle: x\n", None),
        ("payoffs: {a: 'it''s', b: \"x: # y\"}\n", "payoffs: {a: 'it''s', b: \"x: # y\"}\n"),
        ("payoffs:\n  a: 1 +\n      2  # two\n  # b\n  b:\n    2\n",
         "payoffs:\n  a: 1 +\n    2  # two\n  # b\n  b: 2\n"),
        ("deals: {d: {says: x, pay: {a: 1}, truce: full, aid: cut}}\n",
         "deals: {d: {truce: full, aid: cut, pay: {a: 1}, says: x}}\n"),
        ("payoffs: {a: {otherwise: 1, peace: 2, depends on: aim}}\n",
         "payoffs: {a: {depends on: aim, peace: 2, otherwise: 1}}\n"),
        ("assumptions: {x: {value: null, range: [0,1]}, y: }\n",
         "assumptions: {x: {value: null, range: [0, 1]}, y: null}\n"),
    ],
)  # fmt: skip
def test_layouts(text, made):
    if made is None:
        assert "One\n  two.\n\n  # no comment" in formatted(text)
    else:
        assert formatted(text) == made
        assert formatted(made) == made


def test_what_does_not_fit_on_a_line_becomes_a_block():
    long = f"assumptions: {{x: {{value: 1, because: {'word ' * 24}end}}}}\n"
    made = formatted(long)
    assert made == f"assumptions:\n  x:\n    value: 1\n    because: {'word ' * 24}end\n"
    braces = [line for line in formatted(TEXTS["beer-quiche"]).split("\n") if line.rstrip().endswith("}")]
    assert len(braces) > 8 and max(map(len, braces)) <= WIDTH


@pytest.mark.parametrize("text", ["a: [\n", "title: x\ntitle: y\n", "a: &x 1\nb: *x\n", "- a\n", "", "a: {b, c: 1}\n"])
def test_what_is_no_scenario_s_yaml_is_refused_with_its_place(text):
    with pytest.raises(ScenarioError) as refused:
        formatted(text, "case.yaml")
    assert all(problem.where.file == "case.yaml" and problem.where.line for problem in refused.value.problems)
