"""The texts of an assistant's server: what it is for, and the way from a column to a scenario."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

INSTRUCTIONS = """\
longgame checks strategic assessments. A scenario is one YAML file that says who wants what, who knows what, what can
happen next, what was observed and what is claimed; longgame solves it as a game of incomplete information and says of
each claim whether it follows, by what margin, and in what share of the cases that the stated doubts allow.
Begin with the prompt `assess` or with the tool `patterns`; read the resource longgame://language before you write; call
`check` after every change. The numbers are as good as the scenario: say whose judgement they are."""

STEPS = """\
Turn the column below into a scenario for longgame, and say which of its sentences follow. Go in this order.

1. Claims. List the sentences of the column that could be wrong, in its own words. For each, say what would have
   to be true of a game for it to hold: a belief, a worth, a choice, a chance, a comparison of lines of conduct.
   Leave out what is opinion or cannot be asked. Keep four to eight.
2. Pattern. Call `patterns`; take the one whose question is nearest, with its text. Read longgame://language for
   the keys.
3. Actors and secrets. Who chooses? What does each want, in one payoff formula with one unit? Which one or two
   things are known only to some? Those are the hidden variables; three or four worlds are enough.
4. Period. What happens in one period, in order? Few moves, two or three options each. What ends it?
5. Numbers. Each that a reader could dispute is an assumption with a value, a range, and a source. Where you
   judge, write `source: judgement` and say why in `because`. Never invent a source.
6. Evidence. Only what the column or the user reports, in order, each piece with its source.
7. Check. Call `check`. Each message says where, what was expected, what was found, and how to mend it: mend all
   of them, and check again until it is sound without a warning.
8. Run, then `explain` each claim. Report, claim by claim: the sentence, the verdict, how firmly, and why in a
   sentence or two. Say which assumptions it rests on and that they are judgements. `built in` means that the
   scenario assumes it: do not report it as found out. Where the user doubts a number, use `whatif`."""


def assess(column: str, scenario: str, checked: str) -> str:
    """The prompt: the steps, the column, and of a scenario that there is already what `check` says."""
    parts = [STEPS, f"The column:\n\n{column.strip()}"]
    if scenario:
        parts.append(f"The scenario so far:\n\n```yaml\n{scenario.strip()}\n```")
        parts.append(f"What `check` says of it; go on from there:\n\n{checked}")
    return "\n\n".join(parts) + "\n"


def language() -> str:
    """The description of the language, docs/language.md: it lies in an installed package, or in the sources."""
    packed = files("longgame").joinpath("docs", "language.md")
    if packed.is_file():
        return packed.read_text(encoding="utf-8")
    return (Path(__file__).parents[4] / "docs" / "language.md").read_text(encoding="utf-8")
