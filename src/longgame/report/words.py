"""Numbers and dates in the words of the report and of the terminal."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

NOTHING = "none"
NEGLIGIBLE = 1e-9
ONE_WAY = 0.1  # the least rank correlation at which a margin is said to rise or fall with an assumption

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


def tiny(value: float | None) -> str:
    """A number of which only the order of magnitude matters, such as a residual: 3.2e-12."""
    return NOTHING if value is None else f"{value:.1e}"


def given(value: float | None) -> str:
    """A number that the analyst wrote, as it was written: 0.05, 12, 1,250,000."""
    return NOTHING if value is None else f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"


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
    return f"{100 * share:.0f}%"


def day(text: str | int | None) -> str:
    """A scenario's date for a reader: 18 March 2025, March 2025, period 3."""
    if text is None:
        return ""
    if match := re.fullmatch(r"(\d{4})-(\d\d)(?:-(\d\d))?", str(text)):
        year, month, in_month = match.groups()
        if 1 <= int(month) <= 12:
            name = f"{_MONTHS[int(month) - 1]} {year}"
            return f"{int(in_month)} {name}" if in_month else name
    return f"period {text}" if str(text).isdigit() else str(text)


def short_day(text: str | int | None) -> str:
    """A date for an axis: 18 Mar 2025, Mar 2025, 3."""
    words = day(text).removeprefix("period ").split()
    return " ".join(word[:3] if word in _MONTHS else word for word in words)


def verdict(claim: Mapping[str, Any]) -> str:
    """Whether a claim follows from the scenario, in one or three words."""
    return {True: "follows", False: "does not follow", None: "no answer"}[claim["holds"]]


def tally(claims: Sequence[Mapping[str, Any]]) -> str:
    """How many claims follow, how many do not, how many have no answer, and how many are built in."""
    holds = [claim["holds"] for claim in claims]
    parts = [
        f"{size} {one if size == 1 else many}"
        for size, one, many in (
            (holds.count(True), "follows", "follow"),
            (holds.count(False), "does not follow", "do not follow"),
            (holds.count(None), "has no answer", "have no answer"),
        )
        if size
    ]
    built_in = sum(claim["built_in"] for claim in claims)
    marked = f"; {built_in} of those that follow {'is' if built_in == 1 else 'are'} built in" if built_in else ""
    return f"{count(len(claims), 'claim')}: {listed(parts)}{marked}."


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: 'a', 'a and b', 'a, b and c'."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def bargain(row: Mapping[str, Any], deals: int) -> str:
    """Where bargaining between some parties about so many named deals would end, as a sentence."""
    zone, parties = row["zone"], "both" if len(row["between"]) == 2 else "all"
    if not zone:
        return f"there is no named deal that {parties} would take."
    taken = listed(zone) if len(zone) <= 3 else f"{len(zone)} of the {deals} named deals"
    rules = {
        "Nash": row["nash"],
        "Kalai and Smorodinsky": row["kalai_smorodinsky"],
        "gains as equal as can be": row["egalitarian"],
        "the largest sum of gains": row["utilitarian"],
    }
    by_deal: dict[str, list[str]] = {}
    for rule, deal in rules.items():
        by_deal.setdefault(deal, []).append(rule)
    ends = [f"at {deal} by {'every rule' if len(by_deal) == 1 else listed(names)}" for deal, names in by_deal.items()]
    return f"{parties} would take {taken}. Bargaining would end {'; '.join(ends)}."


def share_of_draws(claim: Mapping[str, Any], ensemble: Mapping[str, Any]) -> str:
    """In how many draws of the assumptions a claim holds: '122 of 128 draws (95%)'."""
    valid = ensemble.get("valid") or 0
    if claim["share"] is None or not valid:
        return "no draws"
    return f"{round(claim['share'] * valid)} of {valid} draws ({percent(claim['share'])})"


def rests_on(row: Mapping[str, Any]) -> str:
    """What a claim rests on, in a sentence or two: the assumptions that move its margin, and where it turns."""
    names = [f"{one['assumption']} ({_pull(one['direction'])})" for one in row["assumptions"]]
    by = f"Rests on {listed(names)}." if names else "No single assumption moves its margin by more than chance would."
    return f"{by} {sentence(row['box'])}".strip()


def turning(row: Mapping[str, Any]) -> str:
    """At which belief a posture becomes the best one, in a sentence; empty where it is the best at every belief."""
    if row["belief"] is None:
        return ""
    if row["belief"] >= 1.0:
        return f"Only who is sure of {row['condition']} would choose {row['posture']}."
    return f"{row['posture']} is best from a belief of {percent(row['belief'])} in {row['condition']} on."


def turning_spread(row: Mapping[str, Any]) -> str:
    """The same over the draws."""
    somewhere = "" if row["best_somewhere"] > 0.995 else f", where it is best at all ({percent(row['best_somewhere'])})"
    return (
        f"Over the draws{somewhere}, {row['posture']} is best from a belief of {percent(row['middle'])} in"
        f" {row['condition']} on ({percent(row['low'])} to {percent(row['high'])})."
    )


def _pull(direction: float) -> str:
    """What an assumption does to a margin, from a rank correlation."""
    if abs(direction) < ONE_WAY:
        return "either way"
    return "raises its margin" if direction > 0 else "lowers its margin"


def times(factor: float | None) -> str:
    """A Bayes factor: how many times as likely the evidence is under the one as under the other."""
    if factor is None:
        return "undefined"
    return f"{factor:,.0f}" if factor >= 100 else f"{factor:.2g}" if factor < 0.1 else f"{factor:.2f}"


def count(size: int, noun: str, plural: str = "") -> str:
    """'1 claim', '27 claims', 'no claims'."""
    return f"{size:,} {noun}" if size == 1 else f"{f'{size:,}' if size else 'no'} {plural or noun + 's'}"


def day_of(stamp: str) -> str:
    """The day of an ISO time stamp, for a reader."""
    return day(stamp[:10])


def magnitude(value: float) -> str:
    """An error, of which two digits are enough: 0.017, 3.1e-06; what is smaller than the solver's tolerance is 0."""
    return "0" if abs(value) < NEGLIGIBLE else f"{value:.2g}"


def comparisons(verification: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """What was held against what in a verification, in words, with the differences."""
    rows: list[tuple[str, Mapping[str, Any]]] = []
    if exact := verification["exact"]:
        periods = exact["periods"]
        whole = periods == exact["of_periods"]
        where = "" if whole else "first period: " if periods == 1 else f"first {periods} periods: "
        rows = [
            (f"{where}lattice of {exact['lattice']}, against exact beliefs", exact["exact"]),
            (f"{where}lattice of {exact['finer']}, against exact beliefs", exact["finer_exact"]),
            (f"{where}lattice of {exact['lattice']}, against that of {exact['finer']}", exact["refinement"]),
        ]
    if plays := verification["plays"]:
        where = "all periods: " if rows else ""
        rows.append((f"{where}lattice of {plays['lattice']}, against that of {plays['finer']}", plays["whole"]))
    return rows


def on_finer_lattice(claims: Sequence[Mapping[str, Any]]) -> str:
    """Whether the verdicts stand on the finer lattice of a verified run, as a sentence; empty without one."""
    checked = [claim for claim in claims if claim["finer"]]
    if not checked:
        return ""
    turned = [claim["id"] for claim in checked if claim["finer"]["holds"] != claim["holds"]]
    moved = [
        abs(claim["finer"]["margin"] - claim["margin"])
        for claim in checked
        if claim["margin"] is not None and claim["finer"]["margin"] is not None
    ]
    verdicts = f"{listed(turned)} {'turns' if len(turned) == 1 else 'turn'}" if turned else "no claim turns"
    most = f"; margins move by {magnitude(max(moved))} at most" if moved else ""
    return f"On a lattice of {checked[0]['finer']['lattice']} {verdicts}{most}."


def verified(verification: Mapping[str, Any]) -> list[str]:
    """How a verification was made, as sentences."""
    lines = [verification["scope"]]
    if exact := verification["exact"]:
        lines.append(
            f"Exact: {count(exact['histories'], 'public history', 'public histories')} at which somebody chooses "
            f"({count(exact['nodes'], 'node')}), solved to a residual of {tiny(exact['residual'])}. {exact['status']}"
        )
    if plays := verification["plays"]:
        lines.append(
            f"All periods: {count(plays['plays'], 'simulated play')} on the finer lattice, with exact beliefs. What "
            "one lattice changes against the other says how fine is fine enough; it bounds no error."
        )
    lines.append("Worth is a share of each actor's stake; means are weighed by how likely play is to come there.")
    return lines
