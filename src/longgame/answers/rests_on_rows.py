"""What ``rests_on`` answers, in the layout of docs/assumptions.md, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from longgame.answers import words
from longgame.answers.answers import OnDraws
from longgame.answers.ensemble_rows import EnsembleRow, about_draws
from longgame.answers.parts import Line, Part, Table, points
from longgame.answers.verdicts import Firmness, Verdict, headline, in_spreads, margin


@dataclass(frozen=True)
class ShareRow:
    """The share of draws in which the claim holds, with a Wilson interval at 95 %."""

    share: float
    low: float
    high: float


@dataclass(frozen=True)
class SharesRow:
    """How often the claim holds over the draws.

    plain      every draw counts the same
    weighted   each draw weighed by the likelihood that it gives to the evidence
    no_answer  draws in which it has no answer; they are left out of both
    khat       how far the weights can be trusted: the shape of the tail of Pareto's distribution; null where it is flat
    warnings   on the weights
    """

    plain: ShareRow
    weighted: ShareRow
    no_answer: int
    khat: float
    warnings: list[str]


@dataclass(frozen=True)
class MeasureRow:
    """How much an output rests on an assumption, by the draws; intervals at 95 % by bootstrap.

    pawn       how far the output's distribution moves when the assumption is known, 0 to 1
    first      the part of the output's variance that would go if the assumption were known
    direction  Spearman's rank correlation: above zero where the output rises with the assumption
    rank       1 for the assumption with the largest pawn
    matters    pawn is larger than chance would make it
    """

    pawn: float
    pawn_low: float
    pawn_high: float
    first: float
    first_low: float
    first_high: float
    direction: float
    rank: int
    rank_low: int
    rank_high: int
    matters: bool


@dataclass(frozen=True)
class EffectRow:
    """What one assumption does to the claim.

    slope   the derivative of the margin by the assumption at the base case, in the units of both
    below   the slope towards smaller values, and ``above`` towards larger ones; they differ at a corner, and the slope
            is then the mean of the two
    reach   how far the margin would move over the whole range at that slope
    margin  its measures for the margin of the claim over the draws; null where there are none
    truth   the same for whether it holds
    """

    assumption: str
    unit: str
    value: float
    low: float
    high: float
    slope: float
    below: float
    above: float
    reach: float
    margin: MeasureRow | None
    truth: MeasureRow | None


@dataclass(frozen=True)
class BoxRow:
    """A box of assumptions in which the claim turns (another verdict than at the base case).

    says      the box in words
    limits    assumption -> lowest and highest value; null where there is no limit
    coverage  the part of the draws in which it turns that lie inside
    density   the part of the draws inside in which it turns
    mass      the part of all draws that lies inside
    """

    says: str
    limits: Mapping[str, tuple[float | None, float | None]]
    coverage: float
    density: float
    mass: float


@dataclass(frozen=True)
class CounterexampleRow:
    """A point at which the claim has turned, solved anew at that very point.

    says           the changes in words
    values         assumption -> its value at the point, for those that differ from the base case
    distance       the length of the change, in units of the ranges
    holds, margin  of the claim at the point
    status         the sentence on the solutions there
    confirmed      solved from nothing, the claim has turned at the point
    """

    says: str
    values: Mapping[str, float]
    distance: float
    holds: bool | None
    margin: float
    status: str
    confirmed: bool


@dataclass(frozen=True)
class TurnsRow:
    """What turns the claim: the nearest change that was found, and the change of the fewest assumptions."""

    nearest: CounterexampleRow | None
    sparsest: CounterexampleRow | None
    evaluations: int
    note: str


@dataclass(frozen=True)
class RestsOn(OnDraws):
    """On which assumptions a claim rests.

    verdict   what is said of it at the base case, and ``firmness``, how firmly over the draws, as in the answers
    built_in  it has one verdict at the base case and in every one of at least 59 valid draws
    unseen    the largest share of draws in which it could turn without having turned in any of these, at 95 %
    notes     sentences that belong to the answer
    turns_in  variant of more than a tenth of the weight in which the verdict is another -> that verdict
    """

    id: str
    says: str
    question: str
    at: str | int
    holds: bool | None
    margin: float
    verdict: Verdict
    firmness: Firmness | None
    error: float | None
    spread: float | None
    built_in: bool
    unseen: float
    shares: SharesRow | None
    effects: list[EffectRow]
    boxes: list[BoxRow]
    turns: TurnsRow
    ensemble: EnsembleRow
    status: str
    notes: list[str]
    turns_in: Mapping[str, Verdict]

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return parts(self.to_json())


# --- shown ------------------------------------------------------------------------------------------------------------

MOST_ROWS = 12  # assumptions on a screen; all are in --json


def parts(found: Mapping[str, Any]) -> list[Part]:
    """One claim: verdict and shares, the assumptions that move it, where it turns."""
    effects = found["effects"]
    shown: list[Part] = [Line(f"{found['id']}: {found['says']}"), Line(_verdict(found))]
    drawn = any(row["margin"] for row in effects)
    ranked, told = (_any_matters(effects, *of) for of in (("margin",), ("margin", "truth")))
    if effects:
        shown.append(_effects(effects[:MOST_ROWS], drawn=drawn, ranked=ranked))
    boxes = [words.sentence(box["says"]) for box in found["boxes"]]
    said = (
        f"{words.count(len(effects) - MOST_ROWS, 'more assumption')} in --json." if len(effects) > MOST_ROWS else "",
        "* more than chance would make it; an index of 1 would decide everything, one of 0 nothing." if told else "",
        "No assumption moves the margin by more than chance would: none is ranked." if drawn and not ranked else "",
        *(f"It {box[0].lower()}{box[1:]}" for box in boxes),
        *_counterexamples(found["turns"]),
        found["turns"]["note"],
        *found["notes"],
        *about_draws(found["ensemble"]),
    )
    return [*shown, *points(dict.fromkeys(said))]


def _verdict(found: Mapping[str, Any]) -> str:
    spreads = in_spreads(found)
    size = f"margin {margin(found)}" + (f", {spreads} spreads" if spreads else "")
    said = words.sentence(f"{headline(found)}; {size}")
    if not found["shares"]:
        return said
    plain, weighted, ensemble = found["shares"]["plain"], found["shares"]["weighted"], found["ensemble"]
    return (
        f"{said} Holds in {_share(plain)} of {words.count(ensemble['valid'], 'draw')}; weighed by the evidence in "
        f"{_share(weighted)}, which counts as {ensemble['effective_sample_size']:.0f} draws."
    )


def _share(row: Mapping[str, Any]) -> str:
    return f"{words.percent(row['share'])} ({words.percent(row['low'])} to {words.percent(row['high'])})"


def _any_matters(effects: list[Mapping[str, Any]], *of: str) -> bool:
    """Whether an assumption moves the margin, or the truth, by more than chance would."""
    return any(row[output] and row[output]["matters"] for row in effects for output in of)


def _effects(effects: list[Mapping[str, Any]], *, drawn: bool, ranked: bool) -> Table:
    rank = ("Rank",) if ranked else ()
    columns = ("Value", "From", "To", "Slope", *((*rank, "Index", "Truth") if drawn else ()))
    rows = [
        (
            row["assumption"],
            *(words.given(row[key]) for key in ("value", "low", "high")),
            words.number(row["slope"], signed=True),
            *((_rank(row["margin"]),) if ranked else ()),
            *((_index(row["margin"]), _index(row["truth"])) if drawn else ()),
        )
        for row in effects
    ]
    over = "; how far margin and truth rest on each (PAWN)" if drawn else ""
    title = f"Slope of the margin at the base case{over}"
    return Table(("Assumption", *columns), rows, title=title, numbers=columns)


def _rank(measure: Mapping[str, Any] | None) -> str:
    if measure is None:
        return ""
    low, high = measure["rank_low"], measure["rank_high"]
    return f"{measure['rank']}" if low == high else f"{measure['rank']} ({low}-{high})"


def _index(measure: Mapping[str, Any] | None) -> str:
    if measure is None:
        return ""
    mark = "*" if measure["matters"] else " "
    return f"{measure['pawn']:.2f} ({measure['pawn_low']:.2f}-{measure['pawn_high']:.2f}){mark}"


def _counterexamples(turns: Mapping[str, Any]) -> list[str]:
    nearest, sparsest = turns["nearest"], turns["sparsest"]
    if nearest is None:
        return []
    lines = [f"The nearest case in which it turns: {_case(nearest)}"]
    if sparsest is not None and sparsest["values"].keys() != nearest["values"].keys():
        lines.append(f"The one with the fewest changes: {_case(sparsest)}")
    return lines


def _case(row: Mapping[str, Any]) -> str:
    if row["confirmed"]:
        return f"{row['says']} (solved there: margin {words.number(row['margin'], signed=True)})."
    return f"{row['says']} (not confirmed: solved from nothing, it does not turn there. {row['status']})"
