"""The variants of a scenario: what the evidence makes of each, and every claim in all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from longgame.answers import words
from longgame.answers.block import Answers, Block, Compared, Sources
from longgame.answers.parts import Cell, Part, Section, Table, lines, points
from longgame.answers.verdicts import Firmness, Verdict, in_variants
from longgame.scenario.variants import BASE

WRITTEN = "as written"


@dataclass(frozen=True)
class VariantRow:
    """One variant, or the scenario itself (``base``).

    prior         weight before the evidence, ``posterior`` after it
    low, high     of the posterior weight: a 90 % interval for the chance of which draws were taken; null without draws
    log_evidence  logarithm of the marginal likelihood: of the mean, over its draws, of the likelihood of all evidence
    note          why it has no answers, where it has none
    """

    name: str
    says: str
    prior: float
    posterior: float
    low: float | None
    high: float | None
    log_evidence: float
    draws: int
    valid: int
    effective_sample_size: float
    status: str
    note: str


@dataclass(frozen=True)
class InVariantRow:
    """A claim in one variant; the fields are those of the claims."""

    verdict: Verdict
    firmness: Firmness | None
    holds: bool | None
    margin: float | None
    error: float | None
    share: float | None
    share_weighted: float | None


@dataclass(frozen=True)
class AcrossRow:
    """A claim in all variants.

    variants       variant -> the claim in it; null where it does not make it
    average        the chance that it holds, over variants by posterior weight and over draws weighed by the evidence
    average_prior  the same before the evidence
    turns_in       variant of more than a tenth of the weight in which the verdict is another -> that verdict
    """

    id: str
    says: str
    variants: Mapping[str, InVariantRow | None]
    average: float | None
    average_prior: float | None
    turns_in: Mapping[str, Verdict]


@dataclass(frozen=True)
class VariantsRow:
    """A scenario and its variants, the scenario itself first.

    weighed_by  ``draws``; or ``given values``, where a variant has no draws
    """

    weighed_by: str
    variants: list[VariantRow]
    claims: list[AcrossRow]


def _row(sources: Sources) -> VariantsRow | None:
    return sources.structure and sources.structure.row()


def flat_rows(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One flat row for each claim in each variant, as a spreadsheet takes them."""
    weights = {row["name"]: row for row in found["variants"]}
    return [
        {"claim": claim["id"], "variant": name}
        | {key: weights[name][key] for key in ("prior", "posterior", "log_evidence")}
        | (row or dict.fromkeys(InVariantRow.__dataclass_fields__))
        | {"average": claim["average"], "turns": name in claim["turns_in"]}
        for claim in found["claims"]
        for name, row in claim["variants"].items()
    ]


# --- shown ------------------------------------------------------------------------------------------------------------


def parts(found: Mapping[str, Any]) -> list[Part]:
    """What the evidence makes of each variant, and the claims in all of them."""
    return [_weights(found), *([_claims(found)] if found["claims"] else []), *points(_said(found))]


def _name(name: str) -> str:
    return WRITTEN if name == BASE else name


def _weights(found: Mapping[str, Any]) -> Table:
    rows = found["variants"]
    drawn = found["weighed_by"] == "draws"
    numbers = ("Prior", "Log evidence", "Weight", *(("From", "To", "Draws") if drawn else ()))
    cells = [
        (
            _name(row["name"]),
            words.percent(row["prior"]),
            words.number(row["log_evidence"]),
            words.percent(row["posterior"]),
            *((words.percent(row["low"]), words.percent(row["high"]), f"{row['valid']:,}") if drawn else ()),
            row["says"],
        )
        for row in rows
    ]
    title = "What the evidence makes of each variant"
    return Table(("Variant", *numbers, "Says"), cells, title=title, numbers=numbers)


def _claims(found: Mapping[str, Any]) -> Table:
    names = [row["name"] for row in found["variants"]]
    headings = ("Claim", *map(_name, names), "Average", "Turns in")
    cells = [
        (
            Cell(row["id"], page=row["says"], link=f"claim-{row['id']}"),
            *map(_in_variant, row["variants"].values()),
            words.percent(row["average"]),
            words.listed(list(row["turns_in"])),
        )
        for row in found["claims"]
    ]
    title = "Each claim in each variant: its verdict, and in what part of the draws, weighed by the evidence, it holds"
    return Table(headings, cells, title=title, numbers=("Average",))


def _in_variant(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "not made"
    share = row["share_weighted"]
    return row["verdict"] if share is None else f"{row['verdict']} {words.percent(share)}"


def _said(found: Mapping[str, Any]) -> list[str]:
    """What must be said of all of it."""
    return [_headline_text(found), *(f"{row['name']}: {row['note']}" for row in found["variants"] if row["note"])]


def _headline_text(found: Mapping[str, Any]) -> str:
    """How many claims turn with the structure, in a sentence."""
    claims = found["claims"]
    turned = [row["id"] for row in claims if row["turns_in"]]
    weighed = words.listed([f"{_name(row['name'])} {words.percent(row['posterior'])}" for row in found["variants"]])
    by = "over their draws" if found["weighed_by"] == "draws" else "at the given values alone"
    said = f"Weight of the variants by the evidence, {by}: {weighed}."
    if not claims:
        return said
    if not turned:
        return f"No claim turns in a variant of more than a tenth of the weight. {said}"
    names = f": {words.listed(turned)}" if len(turned) <= 8 else ""
    rest = "rests" if len(turned) == 1 else "rest"
    return (
        f"{len(turned)} of {words.count(len(claims), 'claim')} {rest} on structure: another verdict in a variant of"
        f" more than a tenth of the weight{names}. {said}"
    )


def _table(answers: Answers) -> list[Part]:
    return parts(answers["variants"]) if answers["variants"] else []


def _headline(answers: Answers) -> list[Part]:
    found = answers.get("variants")
    if not found:
        return []
    return lines([_headline_text(found)], "warning" if any(row["turns_in"] for row in found["claims"]) else "plain")


INTRO = (
    "The length of the clock, how choices err, what the horizon is worth, whether a step exists: none of these is a"
    " number with a range. Each variant is the whole scenario with one such thing another way, solved over the same"
    " draws. The evidence weighs the variants by the chance that each gave it, and the average takes all of them by"
    " that weight."
)


def _section(answers: Answers) -> Section | None:
    found = answers.get("variants")
    return Section("structure", "Structure in doubt", INTRO, parts(found)) if found else None


def _compared(answers: Answers) -> Compared:
    found = answers.get("variants")
    for row in found["variants"] if found else ():
        yield ("variants", f"weight of {_name(row['name'])}"), row["posterior"]
    for row in found["claims"] if found else ():
        yield ("variants", f"{row['id']} over all variants"), row["average"]


VARIANTS = Block("variants", _row, table=_table, section=_section, compared=_compared, headline=_headline)


def rests_on_structure(turns_in: Mapping[str, Verdict], weight: Mapping[str, float]) -> str:
    """That a claim rests on structure, in a sentence, by the weight of the variants; empty where it does not."""
    if not turns_in:
        return ""
    total = words.percent(sum(weight[name] for name in turns_in))
    return f"It rests on structure: it {in_variants(turns_in)}, with {total} of the weight together."
