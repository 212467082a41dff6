"""An explanation in words: first three sentences, then tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from longgame.answers import words
from longgame.answers.accounts import SHARE
from longgame.answers.doubt import with_doubt
from longgame.answers.explain_rows import (
    AccountRow,
    ChoiceRow,
    ComparedSideRow,
    ComparisonRow,
    ExplanationRow,
    NumberRow,
    TellingRow,
)
from longgame.answers.naming import proper
from longgame.answers.parts import Heading, Line, Part, Table, lines, points

NAMED = 3  # terms, or pieces of evidence, in a sentence
MOST_OF_IT = 0.5  # of a number: what is called most of it
NEGLIGIBLE = 1e-7  # a share
MOST_ROWS = 10  # assumptions on a terminal; all are in --json
FEW = 6  # columns of dates on a terminal: others are put together
SMALL = 0.01  # of the largest amount of an account: terms of less are put together on a terminal
SILENT = 0.02  # in log-odds: a piece of evidence that adds less says nothing

_VERDICTS = {"follows": "It follows", "fails": "It fails", "open": "It is open", "no answer": "It has no answer"}


# --- three sentences --------------------------------------------------------------------------------------------------


def sentences(row: ExplanationRow) -> list[str]:
    """An explanation in three sentences: what decides, what it is made of, and what would turn it."""
    binds = next((one for one in row.comparisons if one.binds), None)
    if binds is None:
        reason = f": {row.notes[0]}" if row.notes else ""
        return [words.sentence(f"{_VERDICTS[row.verdict]}{reason}")]
    sides = [side for side in (binds.left, binds.right) if side.account is not None]
    made = _side_made_of(sides[0]) if sides else next(filter(None, map(_made_of, _by_weight(binds))), "")
    found = [_decides(row, binds), made, _turns(row, binds)]
    return [words.sentence(text) for text in found if text]


def _decides(row: ExplanationRow, binds: ComparisonRow) -> str:
    """The verdict with the two sides: 'the chance that ... is 15%, where the claim wants less than 25%'."""
    several = len(row.comparisons)
    which = f"; of its {several} comparisons this decides" if several > 1 else ""
    left, right = binds.left, binds.right
    known, wanted = (left, right) if left.numbers else (right, left)
    unit = known.unit
    limit = amount(wanted.value, known.kind, unit) if wanted.value else "0"
    against = f"{wanted.says}, {limit}" if wanted.numbers else limit
    value = amount(known.value, known.kind, unit)
    if known is right:
        return f"{_VERDICTS[row.verdict]}: {known.says} is {value}, and {against} should be {binds.wanted} that{which}"
    return f"{_VERDICTS[row.verdict]}: {known.says} is {value}, where the claim wants {binds.wanted} {against}{which}"


def amount(value: float | None, kind: str, unit: str = "") -> str:
    """A number as its kind is shown, with its unit."""
    if value is None:
        return "unknown"
    if kind == "payoff" and not words.counts(value):
        return "0"
    if kind == "probability":
        return words.percent(value)
    if kind == "share of stake":
        return f"{share_of(value)} {unit}" if unit else words.percent(value)
    if kind == "factor":
        return words.times(value)
    text = words.number(value, signed=kind == "payoff")
    return f"{text} {unit}".strip() if kind == "payoff" and unit not in ("", "payoff", SHARE) else text


def _by_weight(binds: ComparisonRow) -> list[NumberRow]:
    """The numbers of a comparison, those that say most first; a stake says least, and then what is given."""
    numbers = {number.question: number for side in (binds.left, binds.right) for number in side.numbers}

    def order(number: NumberRow) -> tuple[bool, float]:
        made = bool(number.account or number.evidence or number.choices)
        return not made, -abs(number.weight * (number.value or 0.0))

    return sorted(numbers.values(), key=order)


def _side_made_of(side: ComparedSideRow) -> str:
    assert side.account is not None
    return f"The difference is made of {_amounts(side.account)}{_mostly(side.account)}" if side.account.terms else ""


def _made_of(number: NumberRow) -> str:
    if number.account is not None and number.account.terms:
        return f"It is made of {_amounts(number.account)}{_mostly(number.account)}"
    if number.evidence:
        return _evidence(number)
    if number.choices:
        return _choice(number.choices[0], number)
    return number.notes[0] if number.notes else ""


def _amounts(account: AccountRow) -> str:
    """The largest terms: '+0.31 by ukraine terms, -0.14 by war cost'."""
    share = account.unit == SHARE
    largest = max(abs(term.amount) for term in account.terms)
    told = [term for term in account.terms if abs(term.amount) > SMALL * largest]
    named = [f"{_plain(term.amount, share)} by {term.says}{_where(term.where)}" for term in told[:NAMED]]
    rest = sum(term.amount for term in account.terms) - sum(term.amount for term in told[:NAMED])
    if len(told) > NAMED:
        named.append(f"{_plain(rest, share)} by all else")
    return words.listed(named)


def _where(where: str) -> str:
    return f" (where {where})" if where else ""


def _plain(value: float, share: bool) -> str:
    return share_of(value) if share else words.number(value, signed=True)


def share_of(value: float) -> str:
    """A share of a stake to two digits, however small: '+2.1%', '-0.034%'."""
    return "0%" if abs(value) < NEGLIGIBLE else f"{100 * value:+.2g}%"


def _mostly(account: AccountRow) -> str:
    """When most of it comes."""
    total, before = account.total, 0.0
    if not words.counts(total) or len(account.periods) < 2:
        return ""
    if any(value / total < -SMALL for value in account.by_period):  # then no part of the sum is a part of the total
        return ""
    if account.by_period[-1] / total > MOST_OF_IT:
        return "; most of it comes beyond the horizon or after the end of the game"
    for date, value in zip(account.periods[:-1], account.by_period, strict=False):
        before += value
        if before / total >= MOST_OF_IT:
            return f"; most of it comes by {date}" if before == value else f"; most of it comes until {date}"
    return ""


def _evidence(number: NumberRow) -> str:
    known = [piece for piece in number.evidence if abs(piece.log_odds or 0.0) > SILENT]
    told = sorted(known, key=lambda piece: -abs(piece.log_odds or 0.0))[:NAMED]
    named = words.listed([f"{_piece(piece)} ({_times(piece)})" for piece in told])
    if number.kind == "factor" or (number.kind == "probability" and len(number.evidence) == 1):
        piece = number.evidence[0]
        if piece.if_true is not None and piece.if_false is not None:
            one, other = words.percent(piece.if_true), words.percent(piece.if_false)
            return f"{_piece(piece)} had a chance of {one} in the one case and of {other} in the other"
    first = words.percent(number.evidence[0].before)
    moved = f"The evidence moved it from {first} to {words.percent(number.evidence[-1].after)}"
    return f"{moved}, above all {named}" if named else moved


def _piece(piece: TellingRow) -> str:
    return f"“{piece.evidence.replace('_', ' ')}”"


def _times(piece: TellingRow) -> str:
    if piece.if_true is None or not piece.if_false:
        return "decisive"
    return f"{words.times(piece.if_true / piece.if_false)} times as likely if so"


def _choice(choice: ChoiceRow, number: NumberRow) -> str:
    likeliest = choice.options[0]
    text = f"It rests most on {choice.name}: {likeliest.says} with {words.percent(likeliest.probability)}"
    if likeliest.then is not None:
        text += f" (were that sure, it would be {amount(likeliest.then, number.kind, number.unit)})"
    if choice.deviation is None or choice.by is None:
        return text
    best = next((option for option in choice.options if option.short == 0.0), None)
    if best is None or not choice.deviation.terms:
        return text
    gains, by = words.number(choice.deviation.total), choice.deviation.terms[0].says
    return f"{text}; for {proper(choice.by)} {best.says} is best, by {gains}, above all by {by}"


def _turns(row: ExplanationRow, binds: ComparisonRow) -> str:
    if row.turns:
        return f"It would turn if {row.turns[0].says}"
    choices = (choice for number in _by_weight(binds) for choice in number.choices)
    most = next((choice for choice in choices if choice.options[0].then is not None), None)
    if most is not None:
        return f"No single choice of the period ahead turns it; the one that moves it most is {most.name}"
    pieces = [piece for number in _by_weight(binds) for piece in number.evidence if number.kind == "probability"]
    return _without(pieces) if len(pieces) > 1 else ""


def _without(pieces: Sequence[TellingRow]) -> str:
    """What a belief would be without the piece of evidence that moved it most."""
    most = max(pieces, key=lambda piece: abs(piece.log_odds or 0.0))
    after = pieces[-1].after
    if most.log_odds is None or abs(most.log_odds) <= SILENT or not 0.0 < after < 1.0:
        return ""
    odds = after / (1.0 - after) * math.exp(-most.log_odds)
    return f"Without {_piece(most)} alone it would be {words.percent(odds / (1.0 + odds))}"


# --- tables -----------------------------------------------------------------------------------------------------------


def parts(found: Mapping[str, Any]) -> list[Part]:
    """One claim explained on a terminal: the sentences, the comparisons, and what makes the one that binds."""
    shown: list[Part] = [Line(f"{found['id']}: {found['says']}"), *(Line(text) for text in found["sentences"])]
    if len(found["comparisons"]) > 1:
        shown.append(_comparisons(found["comparisons"]))
    binds = next((one for one in found["comparisons"] if one["binds"]), None)
    seen: set[str] = set()
    for side in (binds["left"], binds["right"]) if binds else ():
        if side["account"]:
            shown.append(account_table(side["account"], f"{words.sentence(side['says'])} By term and by period"))
        for number in side["numbers"]:
            if number["question"] not in seen:
                seen.add(number["question"])
                notes = [note for note in number["notes"] if words.sentence(note) not in found["sentences"]]
                shown += _number({**number, "notes": notes})
    return [*shown, *_slopes(found), *points(found["notes"])]


def _comparisons(rows: Sequence[Mapping[str, Any]]) -> Table:
    rows_of = [
        (
            ("not " if row["negated"] else "") + row["says"],
            *(amount(row[side]["value"], row[side]["kind"], row[side]["unit"] and SHARE) for side in ("left", "right")),
            {True: "yes", False: "no", None: "no answer"}[row["holds"]],
            words.number(row["margin"], signed=True),
            "decides" if row["binds"] else "",
        )
        for row in rows
    ]
    headings = ("Comparison", "Left", "Right", "Holds", "Margin", "")
    return Table(headings, rows_of, title="What the claim compares", numbers=("Left", "Right", "Margin"))


def _number(number: Mapping[str, Any]) -> Iterator[Part]:
    made = number["account"], number["choices"], number["evidence"], number["notes"]
    if not any(made):
        return
    value = amount(number["value"], number["kind"], number["unit"])
    yield Heading(f"{words.sentence(number['says']).rstrip('.')}: {value}")
    if number["account"]:
        yield account_table(number["account"], "Its account, by term and by period")
    if number["evidence"]:
        yield _told(number["evidence"])
    for choice in number["choices"]:
        yield from _choices(choice, number)
    yield from points(number["notes"])


def account_table(account: Mapping[str, Any], title: str) -> Table:
    """An account with at most so many dates as fit: those at its middle are put together."""
    share = account["unit"] == SHARE
    dates, groups = _groups(account["periods"])
    largest = max((abs(term["amount"]) for term in account["terms"]), default=0.0)
    told = [term for term in account["terms"] if term["says"] != "all else" and abs(term["amount"]) > SMALL * largest]
    rest = [term for term in account["terms"] if term not in told]

    def line(says: str, amounts: Sequence[float], total: float) -> tuple[str, ...]:
        return (says, _plain(total, share), *(_plain(sum(amounts[a:b]), share) for a, b in groups))

    rows = [line(term["says"] + _where(term["where"]), term["by_period"], term["amount"]) for term in told]
    if rest:
        sums = [sum(term["by_period"][n] for term in rest) for n in range(len(account["periods"]))]
        rows.append(line("all else", sums, sum(term["amount"] for term in rest)))
    rows.append(line("all together", account["by_period"], account["total"]))
    unit = "share of its stake" if share else account["unit"]
    return Table(
        (f"To {proper(account['actor'])}", "Amount", *dates), rows, title=f"{title} ({unit})",
        numbers=("Amount", *dates), total=True,
    )  # fmt: skip


def _groups(periods: Sequence[str]) -> tuple[list[str], list[tuple[int, int]]]:
    """At most ``FEW`` columns of periods: the first ones, then the rest to the horizon together, then what follows."""
    short = [words.short_day_of(date) for date in periods]
    count = len(periods)
    if count <= FEW:
        return short, [(n, n + 1) for n in range(count)]
    first = FEW - 2
    names = [*short[:first], f"{short[first]} to {short[-2]}", short[-1]]
    return names, [*((n, n + 1) for n in range(first)), (first, count - 1), (count - 1, count)]


def _told(evidence: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        (
            words.day(piece["on"]),
            with_doubt(piece["says"] or piece["evidence"], piece),
            words.percent(piece["if_true"]),
            words.percent(piece["if_false"]),
            words.number(piece["log_odds"], signed=True),
            words.percent(piece["after"]),
        )
        for piece in evidence
    ]
    headings = ("On", "Evidence", "If so", "If not", "Log-odds", "After")
    return Table(headings, rows, title="What each piece of evidence adds", numbers=headings[2:], keys=2)


def _choices(choice: Mapping[str, Any], number: Mapping[str, Any]) -> Iterator[Part]:
    reached = "" if choice["reached"] > 1.0 - 1e-9 else f", which comes up with {words.percent(choice['reached'])}"
    says = f" {choice['says']}" if choice["says"] else ""
    columns = ["Option", "Chance"]
    values = any(option["value"] is not None for option in choice["options"])
    asked = any(option["then"] is not None for option in choice["options"])
    columns += ["Value to it", "Short of the best"] if values else []
    columns += ["The number then"] if asked else []
    rows = [
        (
            option["says"],
            words.percent(option["probability"]),
            *((words.number(option["value"]), words.number(option["short"])) if values else ()),
            *((amount(option["then"], number["kind"], number["unit"] and SHARE),) if asked else ()),
        )
        for option in choice["options"]
    ]
    title = f"{choice['name']}, {choice['on']}{reached}.{says}"
    yield Table(tuple(columns), rows, title=title, numbers=columns[1:])
    if choice["deviation"] and choice["deviation"]["terms"]:
        deviation = choice["deviation"]
        best, second = sorted(choice["options"], key=lambda option: option["short"])[:2]
        yield account_table(deviation, f"{best['says']} less {second['says']}, by term and by period")


def _slopes(found: Mapping[str, Any]) -> Iterator[Part]:
    if found["assumptions"]:
        rows = [
            (
                row["assumption"].replace("_", " ") + (f": {row['says']}" if row["says"] else ""),
                *(words.given(row[key]) for key in ("value", "low", "high")),
                words.number(row["slope"], signed=True),
                *("" if row[end] is None else words.number(row[end], signed=True) for end in ("at_low", "at_high")),
            )
            for row in found["assumptions"][:MOST_ROWS]
        ]
        numbers = ("Value", "From", "To", "Slope", "At From", "At To")
        title = "The assumptions that move the margin: its slope at the given values, and both ends of the range"
        yield Table(("Assumption", *numbers), rows, title=title, numbers=numbers)
        solved = sum(row["at_low"] is not None or row["at_high"] is not None for row in found["assumptions"])
        more = len(found["assumptions"]) - MOST_ROWS
        said = (
            f"At the ends it is solved for the first {solved} alone." if 0 < solved < len(rows) else "",
            f"{words.count(more, 'more assumption')} in --json." if more > 0 else "",
        )
        yield from lines(said, "aside")
    if found["turns"]:
        yield Heading("It would turn if")
        yield from points(turn["says"] for turn in found["turns"])
