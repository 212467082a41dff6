"""What a terminal of 80 columns shows: tables that can be read, help with examples that work."""

from __future__ import annotations

import shlex

import pytest

from longgame.answers import comparison, words
from longgame.answers.deals import DEALS
from longgame.answers.parts import Line, Table
from longgame.answers.verdicts import at_the_edge, in_spreads
from longgame.cli import commands, main
from longgame.cli.groups import EXAMPLES
from longgame.cli.output import PIPED_WIDTH, Exit
from longgame.cli.screen import ROOMY, lines, width
from longgame.cli.watch import Watch
from tests.sample_answers import sample

SENTENCE = "To know the responder's resolve is worth less than a twentieth of the proposer's stake."


def drawn(table: Table, width: int = 80) -> str:
    return "\n".join(lines([table], width))


def test_sentences_that_would_be_squeezed_stand_in_a_part_of_their_own():
    headings = ("Claim", "Verdict", "Margin", "In spreads", "Draws", "By evidence", "Says")
    rows = [("knowing_is_worth_little", "fails", "-0.0839", "-0.3", "88%", "85%", SENTENCE)]
    text = drawn(Table(headings, rows))
    assert max(map(len, text.split("\n"))) <= 80
    first, second = text.split("\n\n")
    assert "By evidence" in first.split("\n")[0] and "Says" not in first
    assert second.split("\n")[0].split() == ["Claim", "Says"]
    assert "\n\n" not in drawn(Table(headings, rows), 130), "where there is room it is one table"


@pytest.mark.parametrize("width", range(60, 140, 7))
def test_a_column_of_sentences_is_never_narrow(width):
    rows = [("a_name_of_some_length", "follows", SENTENCE, "firm")]
    text = drawn(Table(("Claim", "Verdict", "Says", "How"), rows), width)
    for part in text.split("\n\n"):
        heading, rule = part.split("\n")[:2]
        if "Says" in heading:
            start = heading.index("Says")
            assert len(rule[start:].split("  ")[0]) >= min(ROOMY, width)


@pytest.mark.parametrize("command", EXAMPLES)
def test_the_examples_of_help_are_understood(command, capsys):
    for example in EXAMPLES[command]:
        tokens = shlex.split(example.split(" > ")[0])
        commands.app.parse_args(tokens, exit_on_error=False, print_error=False)
    assert main([command, "--help"]) == Exit.DONE
    assert all(f"  longgame {example}" in capsys.readouterr().out for example in EXAMPLES[command][:1])


def test_every_command_has_examples():
    known = {name for name in commands.app if not name.startswith("-")}
    assert known - {"export", "import"} == set(EXAMPLES)


@pytest.mark.parametrize(
    ("told", "columns"), [("80", 80), ("", PIPED_WIDTH), ("0", PIPED_WIDTH), ("wide", PIPED_WIDTH), (None, PIPED_WIDTH)]
)
def test_a_pipe_is_as_wide_as_columns_says(told, columns, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    if told is not None:
        monkeypatch.setenv("COLUMNS", told)
    assert width() == columns


def test_zero_has_no_sign():
    assert in_spreads({"margin": -0.001, "spread": 1.0}) == in_spreads({"margin": 0.001, "spread": 1.0}) == "0.0"
    assert in_spreads({"margin": -0.06, "spread": 1.0}) == "-0.1"
    assert (words.given(-0.0), words.number(-0.0), words.percent(-0.001)) == ("0", "0", "0%")
    assert (words.given(-0.5), words.percent(-0.3)) == ("-0.5", "-30%")


@pytest.mark.parametrize(
    ("verdict", "margin", "spread", "edge"),
    [
        ("follows", 0.09, 1.0, True),
        ("fails", -0.09, 1.0, True),
        ("fails", -0.11, 1.0, False),
        ("follows", 0.09, None, False),
        ("follows", None, 1.0, False),
        ("open", 0.0, 1.0, False),
        ("no answer", None, 1.0, False),
    ],
)
def test_at_the_edge_is_within_a_tenth_of_the_spread(verdict, margin, spread, edge):
    assert at_the_edge({"verdict": verdict, "margin": margin, "spread": spread}) is edge


def claim(verdict: str, margin: float) -> dict:
    return {"verdict": verdict, "margin": margin, "firmness": None}


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({"one": claim("follows", 0.3), "two": claim("fails", -0.1)}, "All claims are as before."),
        ({"one": claim("follows", 0.4), "two": claim("fails", -0.2)}, "No claim turned; the margin of 2 claims moved."),
        ({"one": claim("follows", 0.4), "two": claim("fails", -0.1)},
         "No claim turned; the margin of 1 claim moved; 1 claim as before."),
        ({"one": claim("fails", -0.4), "two": claim("fails", -0.1)}, "1 claim changed; 1 claim as before."),
        ({"one": claim("follows", 0.3)}, "1 claim changed; 1 claim as before."),
    ],
)  # fmt: skip
def test_watch_says_in_short_what_became_of_the_claims(after, said, tmp_path, capsys):
    watch = Watch(tmp_path / "case.yaml", {}, json=False)
    watch.tell([], {"one": claim("follows", 0.3), "two": claim("fails", -0.1)})
    capsys.readouterr()
    watch.tell([], after)
    assert capsys.readouterr().out.strip().split("\n")[-1] == said


def test_scenarios_that_have_nothing_in_common_have_one_line():
    side = {"holds": True, "margin": 0.1, "share": None, "verdict": "follows", "firmness": None, "error": None}
    found = {
        "a": {"name": "one", "title": "One"}, "b": {"name": "two", "title": "Two"},
        "assumptions": [{"name": "cost", "a": 1.0, "b": None}],
        "claims": [{"id": "pays", "a": side, "b": None, "turned": None, "in_draws": None}],
        "answers": [{"block": "actors", "what": "stake of a", "a": 1.0, "b": None, "change": None}],
        "draws": 0, "seed": 0, "note": "",
    }  # fmt: skip
    [line] = comparison.parts(found)
    assert isinstance(line, Line) and "“One” and “Two” have no claim" in line.text
    found["answers"][0]["b"], found["answers"][0]["change"] = 2.0, 1.0
    assert len(comparison.parts(found)) > 1


def test_the_prices_of_deals_say_what_they_are_measured_against():
    said = " ".join(part.text for part in DEALS.table(sample()) if isinstance(part, Line))
    assert "against going on without it" in said and "Efficient: no other deal" in said
