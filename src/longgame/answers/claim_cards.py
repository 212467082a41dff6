"""The claims as the page shows them: a board of cards, a map of them all, and for each what moves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from longgame.answers import explain_words, figures, words
from longgame.answers.block import Answers
from longgame.answers.ensemble_rows import about_draws, shares_of
from longgame.answers.glance import GROUPS, group_of
from longgame.answers.leads import Lead, leads_of
from longgame.answers.parts import Board, Card, Facts, Folded, Heading, Links, Part, Range, Section, lines, points
from longgame.answers.units import beside_margin
from longgame.answers.verdicts import FIRMNESSES, at_the_edge, in_spreads, margin, tally
from longgame.solver.solution import Status

ONE_WAY = 0.1  # the least rank correlation at which a margin is said to rise or fall with an assumption

INTRO = (
    "Whether each sentence of the assessment follows from the scenario at the values given, and how firmly that stands"
    " over draws of the assumptions from their ranges. The margin says by how much a claim holds or, below zero, fails."
)
WORDS = (
    "Firm: so in 95 % of the draws or more; leaning: in 75 % or more; contested: neither in most nor against them;"
    " built in: in every draw, so that the scenario assumes it and has not found it out. Open: the margin is within"
    " the error of the numbers."
)
SORTS = (
    ("order", "As written"),
    ("firm", "Firmest first"),
    ("-firm", "Shakiest first"),
    ("-share", "Share of draws"),
    ("-spreads", "Margin, in spreads"),
)


#: Statuses of which a card says nothing: all is solved. Any other, and the reason why there is no answer, is a warning.
SETTLED = {status.value for status in (Status.CONVERGED, Status.ALIKE, Status.JUMPED, Status.HONEST, Status.NEAR)}


def section(answers: Answers) -> Section | None:
    """The section of the page."""
    claims = answers["claims"]
    if not claims:
        return None
    explained = {row["id"]: row for row in answers["explanations"]}
    cards = [_card(answers, row, number, explained.get(row["id"])) for number, row in enumerate(claims)]
    used = {card.group for card in cards}
    groups = [(key, name) for key, name in GROUPS.items() if key in used]
    told = ("thread", "none")  # heaps in which a claim lies whether or not draws were tried
    heaps = {card.id: card.group if card.firmness or card.group in told else "untried" for card in cards}
    drawable = any(row["share"] is not None and row["spread"] for row in claims)
    mapped = [figures.claim_map(claims, heaps)] if drawable else []
    drawn = answers["ensemble"]["valid"]
    return Section(
        "claims",
        "Claims",
        INTRO,
        [
            *lines([WORDS] if drawn else [], "aside"),
            Board(cards, groups, SORTS if drawn else SORTS[:1], _ranges(answers)),
            *mapped,
            *([Heading("What must be said of all of them"), *points(about(answers))]),
        ],
    )


def _card(answers: Answers, claim: Mapping[str, Any], number: int, explained: Mapping[str, Any] | None) -> Card:
    ensemble = answers["ensemble"]
    beside = []
    if claim["share"] is not None and ensemble["valid"]:
        weighed = f"; {words.percent(claim['share_weighted'])} weighed by the evidence" if weighs(claim) else ""
        beside.append(f"Holds in {words.part(claim['share'], ensemble['valid'], 'draw')}{weighed}")
    if claim["margin"] is not None:
        spreads = in_spreads(claim)
        unit = unit_of(explained)
        beside.append(
            f"Margin {margin(claim)}{f' {unit}' if unit else ''}" + (f", {spreads} spreads" if spreads else "")
        )
    finer = claim["finer"]
    parts: list[Part] = lines(explained["sentences"][:1] if explained else [])
    parts += lines([claim["note"]], "aside")
    if finer and finer["holds"] != claim["holds"]:
        parts += lines(
            [
                f"On a finer lattice of beliefs ({finer['lattice']}) the answer is another: margin"
                f" {words.number(finer['margin'], signed=True)}. It is no finding either way."
            ],
            "warning",
        )
    if claim["status"] not in SETTLED:
        parts += lines([claim["status"]], "warning")
    return Card(
        id=claim["id"],
        title=claim["says"],
        group=group_of(claim),
        mark="built in" if claim["built_in"] and claim["holds"] else claim["verdict"],
        verdict=claim["verdict"],
        firmness="against most draws" if claim["firmness"] == "against" else claim["firmness"] or "",
        share=claim["share"],
        beside=beside,
        parts=parts,
        more=_more(answers, claim, explained),
        asked=_asked(claim["at"]),
        code=claim["question"],
        ranks={
            "order": number,
            "firm": FIRMNESSES.index(claim["firmness"]) if claim["firmness"] else None,
            "share": claim["share"],
            "spreads": claim["margin"] / claim["spread"] if claim["margin"] is not None and claim["spread"] else None,
        },
    )


def unit_of(explained: Mapping[str, Any] | None) -> str:
    """The unit of a claim's margin: that of the comparison that binds."""
    binds = next((one for one in (explained or {}).get("comparisons", ()) if one["binds"]), None)
    if binds is None:
        return ""
    side = next((binds[side] for side in ("left", "right") if binds[side]["numbers"]), binds["left"])
    return beside_margin(side["kind"], side["unit"])


def _more(answers: Answers, claim: Mapping[str, Any], explained: Mapping[str, Any] | None) -> list[Part]:
    """What is shown of a claim when the reader opens it: why, what it rests on, what turns it."""
    parts: list[Part] = []
    if claim["shows"]:
        parts.append(Facts([(label, words.shown(value)) for label, value in claim["shows"].items()]))
    leads = leads_of(answers, claim)
    if leads:
        unit = unit_of(explained)
        parts += [
            Heading("What moves it"),
            figures.tornado(claim, leads, caption(claim, leads), unit),
            Links([_assumption(answers, lead.assumption) for lead in leads]),
        ]
    elif claim["rests_on"]:
        parts += lines([rests_on_in_words(claim["rests_on"])], "aside")
    if leads and claim["rests_on"]["box"]:
        parts += lines([words.sentence(claim["rests_on"]["box"])], "aside")
    if claim["jumps"]:
        parts += lines([f"Choices jumped at {words.count(claim['jumps'], 'place')} it rests on."], "aside")
    if explained:
        first = 1 + len(explained["sentences"])  # its name and these sentences come first
        parts += [Heading("Why"), *lines(explained["sentences"][1:])]
        if numbers := explain_words.parts(explained)[first:]:
            parts.append(Folded("In numbers: what is compared, and what makes it", numbers))
        if evidence := _evidence(answers, explained):
            parts += [Heading("The evidence behind it"), Links(evidence)]
    return parts


def _assumption(answers: Answers, name: str) -> tuple[str, str, str]:
    row = next(row for row in answers["assumptions"] if row["name"] == name)
    return f"assumption-{name}", words.spelled(name, _actors(answers)), row["says"]


def _actors(answers: Answers) -> list[str]:
    return [row["name"] for row in answers["actors"]]


def _evidence(answers: Answers, explained: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The evidence on which the numbers of a claim rest."""
    sides = [one[side] for one in explained["comparisons"] if one["binds"] for side in ("left", "right")]
    told = {piece["evidence"] for side in sides for number in side["numbers"] for piece in number["evidence"]}
    return [
        (f"evidence-{row['evidence']}", f"{number}. {words.day(row['on'])}", row["says"] or row["evidence"])
        for number, row in enumerate(answers["beliefs"][1:], 1)
        if row["evidence"] in told
    ]


def caption(claim: Mapping[str, Any], leads: Sequence[Lead]) -> str:
    """A tornado in words: which end of which assumption turns the claim, or how far the first of them moves it."""
    first = next((lead for lead in leads if lead.turns), leads[0])
    low, high = first.low, first.high
    rises = (high.margin > 0.0) if first.turns and claim["holds"] is False else (high.margin <= 0.0)
    verb, (begin, end) = ("Raising", (low, high)) if rises or not first.turns else ("Lowering", (high, low))
    moved = (
        f"{verb} {first.name} from {words.number(begin.at)} to {words.number(end.at)}"
        f" {'turns it' if first.turns else 'moves it most, and does not turn it'}: the margin goes from"
        f" {words.number(begin.margin, signed=True)} to {words.number(end.margin, signed=True)} on average over the"
        f" draws, and the claim holds in {words.percent(end.share)} of them instead of {words.percent(begin.share)}."
    )
    return moved if first.turns else f"No single one of these turns it. {moved}"


def _ranges(answers: Answers) -> list[Range]:
    """What the reader can narrow: the assumptions that vary, those on which most claims rest first."""
    drawn = answers["drawn"]["assumptions"]
    resting: dict[str, int] = {}
    for claim in answers["claims"]:
        for row in (claim["rests_on"] or {"assumptions": ()})["assumptions"]:
            resting[row["assumption"]] = resting.get(row["assumption"], 0) + 1
    found = []
    for row in answers["assumptions"]:
        if row["name"] not in drawn:
            continue
        values = drawn[row["name"]]
        low, high = row["range"] or (min(values), max(values))
        found.append(
            Range(
                name=row["name"],
                label=words.spelled(row["name"], _actors(answers)),
                says=row["says"],
                unit=row["unit"],
                low=min(low, *values),
                high=max(high, *values),
                value=row["value"],
                by_factors="loguniform" in (row["distribution"] or {}) and low > 0.0,
                claims=resting.get(row["name"], 0),
            )
        )
    return sorted(found, key=lambda one: -one.claims)


def weighs(claim: Mapping[str, Any]) -> bool:
    """Whether the evidence moves a claim's share so far that it shows."""
    return words.percent(claim["share"]) != words.percent(claim["share_weighted"])


def about(answers: Answers) -> list[str]:
    """What must be said of all claims together."""
    claims = answers["claims"]
    said = [tally(claims), shares_of(answers["ensemble"]), *about_draws(answers["ensemble"])]
    if edge := [row["id"] for row in claims if at_the_edge(row)]:
        said.append(f"At the edge, with a margin of less than a tenth of its spread over the draws: {_names(edge)}.")
    if jumped := [row for row in claims if row["jumps"]]:
        said.append(
            f"As rationality was raised, choices jumped at places that {_some(jumped)} on"
            f" ({max(row['jumps'] for row in jumped)} at most): several equilibria are possible there, and another"
            " might answer otherwise."
        )
    if missed := [row for row in claims if row["status"] == Status.UNCONVERGED.value]:
        said.append(f"At the given values, {_some(missed)} on steps that were not solved to the tolerance.")
    return said


def _some(claims: Sequence[Mapping[str, Any]]) -> str:
    names = [row["id"] for row in claims]
    return f"{_names(names)} {'rests' if len(names) == 1 else 'rest'}"


def _names(ids: Sequence[str]) -> str:
    return words.listed(ids) if len(ids) <= 5 else f"{len(ids)} claims"


def _asked(at: str | int | None) -> str:
    if at in ("now", None):
        return "Asked now"
    return "Asked at the start" if at == "start" else f"Asked as of {words.day(at)}"


def rests_on_in_words(row: Mapping[str, Any]) -> str:
    """What a claim rests on, in a sentence or two: the assumptions that move its margin, and where it turns."""
    names = [f"{words.spelled(one['assumption'])} ({_pull(one['direction'])})" for one in row["assumptions"]]
    nothing = "No single assumption moves its margin by more than chance would."
    by = f"Rests on {words.listed(names)}." if names else nothing
    return f"{by} {words.sentence(row['box'])}".strip()


def _pull(direction: float) -> str:
    """What an assumption does to a margin, from a rank correlation."""
    if abs(direction) < ONE_WAY:
        return "either way"
    return "raises its margin" if direction > 0 else "lowers its margin"
