"""What a terminal of 80 columns shows: tables that can be read, help with examples that work."""

from __future__ import annotations

import shlex

import pytest

from longgame.answers.parts import Table
from longgame.cli import commands, main
from longgame.cli.groups import EXAMPLES
from longgame.cli.output import Exit
from longgame.cli.screen import ROOMY, lines

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
