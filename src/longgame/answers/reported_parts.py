"""What is shown of accounts that are put side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from longgame.answers import words
from longgame.answers.block import Answers, Compared
from longgame.answers.parts import Cell, Heading, Line, Part, Section, Table, lines

SHOWN = 10  # signs of a pair
NO_SIGN = 0.01  # by which share the chances of an option must differ to be shown


INTRO = (
    "What each side says was agreed, clause by clause, and what it would be worth to everybody if one account held and"
    " not the other, as a share of each actor's stake. Wider is what stands later in the list of a variable's values,"
    " or is a larger number. Words that the other account has not stand between « and ». A sign to watch for is conduct"
    " that is likelier under one account than under the other, when its step next comes up."
)


def parts(found: Mapping[str, Any]) -> list[Part]:
    """Each account, and each two of them side by side, as tables and sentences."""
    none = [actor for actor, one in found["accounts"][0]["worth"].items() if one["share"] is None]
    said = [words.without_stake(none)] if none else []
    shown: list[Part] = [_accounts(found["accounts"]), *lines(said, "aside")]
    for pair in found["pairs"]:
        one, other = map(words.spelled, pair["between"])
        shown += [Heading(f"{one} against {other}"), _clauses(pair), *_gains(pair), *_watch(pair)]
    if found["statements"]:
        shown += _statements(found["statements"])
    if not found["pairs"]:
        shown.append(Line("There is one account only, so that nothing can be compared."))
    return shown


def _statements(said: Mapping[str, Any]) -> list[Part]:
    """What each account says about what was agreed, and all of them together."""
    things = list(said["belief"])
    rows = [
        (words.spelled(one["account"]), one["by"], words.number(one["cost"]),
         *(words.percent(one["chance"][name]) for name in things),
         ", ".join(f"{words.times(factor)} over {words.spelled(name)}" for name, factor in one["factors"].items()))
        for one in said["accounts"]
    ]  # fmt: skip
    ifs = (f"if {words.spelled(name)}" for name in things)
    headings = ("Account", "Of", "A false one costs", *ifs, "As likely if true")
    title = "How likely each account is given, by which of them is true, if its author wants what it gains by believed"
    after = words.listed([f"{words.spelled(name)} {words.percent(chance)}" for name, chance in said["belief"].items()])
    even = "If each was as likely before, then what was agreed is, after all of them:"
    table = Table(headings, rows, title=title, numbers=headings[2:-1])
    return [Heading("What the accounts say about what was agreed"), table, Line(f"{even} {after}.")]


def _worths(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    """Actors, and their worths, with bars on one scale."""
    actors = list(rows[0]["worth"])
    largest = words.largest(one["share"] for row in rows for one in row["worth"].values())
    return actors, [[_worth(row["worth"][actor], largest) for actor in actors] for row in rows]


def _worth(row: Mapping[str, Any], largest: float) -> Cell | str:
    """A worth as a share of the stake; in units of payoff where there is no stake."""
    return words.number(row["worth"], signed=True) if row["share"] is None else words.gain(row["share"], largest)


def _accounts(rows: Sequence[Mapping[str, Any]]) -> Table:
    actors, cells = _worths(rows)
    shown = [
        (
            Cell(words.spelled(row["name"]), small=row["source"]), row["by"], words.day(row["on"]),
            ", ".join(f"{c}={v}" for c, v in row["clauses"].items()), *each,
        )
        for row, each in zip(rows, cells, strict=True)
    ]  # fmt: skip
    title = "Worth of all that an account says, as a share of each actor's stake, against going on with nothing agreed"
    return Table(("Account", "Of", "On", "Says", *actors), shown, title=title, numbers=actors)


def _clauses(pair: Mapping[str, Any]) -> Table:
    rows = pair["clauses"]
    actors, cells = _worths(rows)
    one, other = pair["between"]
    shown = [
        (words.spelled(row["clause"]), *(_claimed(row, name) for name in (one, other)), _how(row), *each)
        for row, each in zip(rows, cells, strict=True)
    ]
    first, second = map(words.spelled, pair["between"])
    title = f"Worth of what {first} says against what {second} says, as a share of each actor's stake"
    if any("«" in quote for row in rows for quote in row["quotes"].values()):
        title += "; words that the other has not stand between « and »"
    return Table(("Clause", first, second, "They are", *actors), shown, title=title, numbers=actors)


def _claimed(row: Mapping[str, Any], account: str) -> Cell:
    """What an account says of a clause, with its words."""
    quote = row["quotes"][account]
    return Cell(row["values"][account] or "nothing", small=f"“{quote}”" if quote else "")


def _how(row: Mapping[str, Any]) -> str:
    if row["how"] == "only in one":
        return f"only in {words.spelled(next(name for name, value in row['values'].items() if value is not None))}"
    return f"{row['how']}, wider in {words.spelled(row['wider'])}" if row["wider"] else row["how"]


def _gains(pair: Mapping[str, Any]) -> list[Part]:
    by_account: dict[str | None, list[str]] = {}
    for actor, name in pair["gains"].items():
        by_account.setdefault(name, []).append(words.proper(actor))
    said = [
        f"{words.listed(actors)} would gain from having “{words.spelled(name)}” accepted."
        if name
        else f"To {words.listed(actors)} it is all one."
        for name, actors in by_account.items()
    ]
    return [Line(" ".join(said))]


def _watch(pair: Mapping[str, Any]) -> list[Part]:
    one, other = pair["between"]
    signs = [row for row in pair["watch"] if not row["ratio"] or abs(row["ratio"] - 1.0) >= NO_SIGN]
    if not signs:
        return [Line("No step that may come tells which of them is true.")]
    shown = [
        (
            words.sentence(row["says"]).rstrip("."),
            words.day(row["on"]),
            *(_chance(row["chance"][name]) for name in (one, other)),
            _factor(row["ratio"]),
            words.spelled(row["speaks_for"]),
        )
        for row in signs[:SHOWN]
    ]
    ifs = (f"if {words.spelled(name)}" for name in (one, other))
    headings = ("Watch for", "From", *ifs, "How many times as likely", "Speaks for")
    left = len(signs) - SHOWN
    more = f"{words.count(left, 'weaker sign')} more." if left > 0 else ""
    title = "Conduct that would tell which account is true, the strongest sign first"
    return [Table(headings, shown, title=title, numbers=headings[2:5]), *lines([more], "aside")]


def _chance(chance: float | None) -> str:
    return "cannot come" if chance is None else words.percent(chance)


def _factor(ratio: float | None) -> str:
    """How many times as likely an option is under the account for which it speaks."""
    return "in one only" if not ratio else words.times(max(ratio, 1.0 / ratio))


# --- in a run ---------------------------------------------------------------------------------------------------------


def table(answers: Answers) -> list[Part]:
    """What a terminal shows of the block."""
    found = answers["accounts"]
    return parts(found) if found else [Line("The scenario has no accounts of a meeting.")]


def section(answers: Answers) -> Section | None:
    """The section of the report."""
    found = answers["accounts"]
    return Section("accounts", "Accounts of the meeting", INTRO, parts(found)) if found else None


def compared(answers: Answers) -> Compared:
    """What each difference between two accounts is worth to each actor, and which account it would gain from."""
    for pair in (answers.get("accounts") or {"pairs": []})["pairs"]:
        one, other = pair["between"]
        for row in pair["clauses"]:
            for actor, worth in row["worth"].items():
                value = worth["worth"] if worth["share"] is None else worth["share"]
                yield ("accounts", f"{row['clause']} by {one} and not {other}, to {actor}"), value
        for actor, account in pair["gains"].items():
            yield ("accounts", f"{one} or {other}, for {actor}"), account or "indifferent"
