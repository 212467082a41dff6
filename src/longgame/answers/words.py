"""Numbers and dates in the words of the report and of the terminal."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from longgame.answers.parts import Cell
from longgame.scenario.clock import MOST_PERIODS
from longgame.text import proper

NOTHING = "none"
NEGLIGIBLE = 1e-9

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def number(value: float | None, *, signed: bool = False) -> str:
    """A computed number to two or three significant digits: 1,250, 12.5, 0.0421, 0.00031, 3.2e-07.

    What is smaller than the solver's tolerance is 0.
    """
    if value is None:
        return NOTHING
    size = abs(value)
    if size < NEGLIGIBLE:
        return "0"
    if size < 1e-6:
        text = tiny(value)
    elif size >= 1000:
        text = f"{value:,.0f}"
    else:
        digits = 3 if size >= 0.01 else 2
        text = f"{value:.{max(0, digits - 1 - math.floor(math.log10(size)))}f}"
    return f"+{text}" if signed and value > 0 else text


def unsigned_zero(text: str) -> str:
    """A number as text, without a sign where all its digits are nought: '0.0' for '-0.0' and '+0.0'."""
    return text if text.strip("+-0.,%") else text.lstrip("+-")


def tiny(value: float | None) -> str:
    """A number of which only the order of magnitude matters, such as a residual: 3.2e-12."""
    return NOTHING if value is None else f"{value:.1e}"


def given(value: float | None) -> str:
    """A number that the analyst wrote, as it was written: 0.05, 12, 1,250,000."""
    if value is None:
        return NOTHING
    return unsigned_zero(f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}")


def shown(value: float | bool | None) -> str:
    """What a claim shows: a number, or the truth of a condition as yes or no."""
    return ("yes" if value else "no") if isinstance(value, bool) else number(value)


def sentence(text: str) -> str:
    """A phrase as a sentence: a capital at the start, a stop at the end."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}" if text else ""


def percent(share: float | None, *, signed: bool = False) -> str:
    """A share as a percentage that never rounds 'almost' to 'always': 97%, over 99%, under 1%."""
    if share is None:
        return NOTHING
    if signed:
        return "0%" if abs(share) < 0.0005 else f"{100 * share:+.1f}%"
    if 0 < share < 0.01:
        return "under 1%"
    if 0.99 < share < 1:
        return "over 99%"
    return unsigned_zero(f"{100 * share:.0f}%")


def day(text: str | int | None) -> str:
    """A scenario's date for a reader: 18 March 2025, March 2025, period 3."""
    if text is None:
        return ""
    if match := re.fullmatch(r"(\d{4})-(\d\d)(?:-(\d\d))?", str(text)):
        year, month, in_month = match.groups()
        if 1 <= int(month) <= 12:
            name = f"{_MONTHS[int(month) - 1]} {year}"
            return f"{int(in_month)} {name}" if in_month else name
    return f"period {text}" if str(text).isdigit() and int(text) <= MOST_PERIODS else str(text)


def short_day(text: str | int | None) -> str:
    """A date for an axis: 18 Mar 2025, Mar 2025, 3."""
    return short_day_of(day(text).removeprefix("period "))


def short_day_of(day: str) -> str:
    """A date in words, with its month in three letters."""
    return " ".join(word[:3] if word in _MONTHS else word for word in day.split())


def spelled(text: str, actors: Collection[str] = ()) -> str:
    """A text with the names in it as a reader would write them: without underscores, actors in them properly."""
    if text in actors:
        return proper(text)

    def name(found: re.Match[str]) -> str:
        return " ".join(proper(part) if part in actors else part for part in found.group().split("_"))

    return re.sub(r"\w*_\w*", name, text)


def listed(names: Sequence[str], last: str = "and") -> str:
    """Names in a sentence: 'a', 'a and b', 'a, b and c'; ``last``: the word before the last."""
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def times(factor: float | None) -> str:
    """A Bayes factor: how many times as likely the evidence is under the one as under the other."""
    if factor is None:
        return "none"
    return f"{factor:,.0f}" if factor >= 100 else f"{factor:.2g}" if factor < 0.1 else f"{factor:.2f}"


def count(size: int, noun: str, plural: str = "") -> str:
    """'1 claim', '27 claims', 'no claims'."""
    return f"{size:,} {noun}" if size == 1 else f"{f'{size:,}' if size else 'no'} {plural or noun + 's'}"


def part(share: float, of: int, noun: str) -> str:
    """How many of so many a share is: '122 of 128 draws (95%)'."""
    return f"{round(share * of):,} of {count(of, noun)} ({percent(share)})"


def day_of(stamp: str) -> str:
    """The day of an ISO time stamp, for a reader."""
    return day(stamp[:10])


def magnitude(value: float) -> str:
    """An error, of which two digits are enough: 0.017, 3.1e-06; what is smaller than the solver's tolerance is 0."""
    return "0" if abs(value) < NEGLIGIBLE else f"{value:.2g}"


def counts(value: float | None) -> bool:
    """Whether a number is more than nothing: larger than the solver's own error."""
    return value is not None and abs(value) >= NEGLIGIBLE


def worth(value: float) -> str:
    """What something is worth: a number, or 'nothing'."""
    return number(value) if counts(value) else "nothing"


def by_rule(best: Mapping[str, str], names: Mapping[str, str]) -> str:
    """What each rule chooses: 'expected value: defy; by the worst case and the least regret: hedge'."""
    rules: dict[str, list[str]] = {}
    for rule, choice in best.items():
        rules.setdefault(choice, []).append(names[rule])
    return "; by ".join(f"{'every rule' if len(rules) == 1 else listed(by)}: {choice}" for choice, by in rules.items())


def highest(values: Iterable[float | None]) -> float | None:
    """The largest number, of those that there are."""
    return max((value for value in values if value is not None), default=None)


def largest(values: Iterable[float | None]) -> float:
    """The largest size, for bars on one scale."""
    return max((abs(value) for value in values if value is not None), default=0.0) or 1.0


def without_stake(actors: Sequence[str]) -> str:
    """Why the numbers of some actors are no shares of a stake."""
    verb, their = ("have", "their") if len(actors) > 1 else ("has", "its")
    return (
        f"{listed([proper(actor) for actor in actors])} {verb} no stake: nothing that can happen in play matters to"
        f" {their} payoffs. So {their} numbers are in units of payoff."
    )


def gain(share: float | None, scale: float) -> Cell:
    """A gain or loss as a share of a stake, with a bar that is full at ``scale``."""
    return Cell(percent(share, signed=True), swing=None if share is None else max(-1.0, min(1.0, share / scale)))
