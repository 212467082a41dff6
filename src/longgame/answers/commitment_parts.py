"""What is shown of deals that may be broken: in words, in tables, and as curves of keeping, breaking and standing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from longgame.answers import figures, words
from longgame.answers.block import Answers, Compared
from longgame.answers.dates import to_scale
from longgame.answers.parts import Figure, Folded, Heading, Line, Part, Section, Table, lines, points
from longgame.errors import Place, Problem, ScenarioError
from longgame.text import nearest, visible

Row = Mapping[str, Any]
One = TypeVar("One")

SHOWN = 5  # of what may end a deal
LEAST = 0.001  # of the chance of what is told to end it
INTRO = (
    "What would become of each deal if it were made now. Breaking is a move: every option counts that takes away"
    " something that the deal set. Keeping and breaking are what its mover can expect from then on by its best option"
    " of each kind, if play comes there with the deal standing; what others do later is counted, a new deal too."
    " Choices err, so that a deal may be broken although nobody would rather break it."
)


def parts(rows: Sequence[Row]) -> list[Part]:
    """All that a terminal shows of deals."""
    if not rows:
        return [Line("There are no deals that have a name.")]
    return [part for row in rows for part in _deal(row)]


def known_deals(names: Sequence[str], known: Mapping[str, One]) -> list[One]:
    """What is known of some deals, or of all if none is named. Raises ScenarioError for one that is not there."""
    for name in names:
        if name not in known:
            fix = nearest(name, known) or f"Known: {words.listed(list(known))}."
            raise ScenarioError([Problem("unknown-deal", Place(path="--deal"), "a deal", f"`{name}`", fix)])
    return [known[name] for name in names or known]


def _deal(row: Row) -> list[Part]:
    return [Heading(words.spelled(row["deal"])), *points(_said(row)), *_tables(row)]


def _tables(row: Row) -> list[Part]:
    shown = _standing(row) if row["moves"] or row["ends"] else []
    return [*shown, *(_temptations(row, actor) for actor in _breakers(row)), *_remedies(row)]


def _breakers(row: Row) -> list[str]:
    """Who comes to a move by which it can break the deal."""
    return list(dict.fromkeys(one["by"] for one in row["temptations"]))


def _said(row: Row) -> list[str]:
    """A deal in sentences."""
    if not row["followed"]:
        return ["It leaves nothing that could be kept or broken, or it was not followed."]
    said = []
    if row["moves"]:
        moves = [one["says"] for one in row["moves"]]
        told = words.listed(moves[:SHOWN]) + (f", and {len(moves) - SHOWN} more" if len(moves) > SHOWN else "")
        said.append(f"It is broken if {told}.")
        said.append(_first(row))
    else:
        said.append("Nobody can break it: where play may come to, no option of a move takes away what it sets.")
        said.append(_undone(row["undone"]))
    last = row["stands"][-1] if row["stands"] else None
    if last is not None:
        until = f"until the end of {words.day(last['on'])}"
        ends = [one for one in row["ends"] if one["chance"] >= LEAST]
        told = "; ".join(f"{one['says']} ({words.percent(one['chance'])})" for one in ends[:SHOWN])
        left = f"; {len(ends) - SHOWN} more" if len(ends) > SHOWN else ""
        ended = f" What ends it: {told}{left}." if ends else ""
        said.append(f"It stands {until} with {words.percent(last['chance'])}.{ended}")
    return [text for text in said if text]


def _undone(rows: Sequence[Row]) -> str:
    """Who would gain if somebody could break a deal that nobody can: whose move is missing."""
    told = [
        f"{words.proper(one['actor'])} "
        + (f"{words.percent(one['share'], signed=True)} of its stake" if one["share"] is not None
           else words.number(one["gain"], signed=True))
        for one in rows
    ]  # fmt: skip
    if not told:
        return ""
    end = "write an option that undoes it, to see when it would be taken."
    return f"If what it set could be undone as soon as it is made, that would be worth to {words.listed(told)}: {end}"


def _first(row: Row) -> str:
    if row["first"] is None:
        return "Nobody would rather break it than keep it, at any date."
    on, by = row["first"]["on"], row["first"]["by"]
    gains = [one for one in row["temptations"] if one["by"] == by and one["on"] == on]
    most = max(gains, key=lambda one: one["gain"])
    of_stake = "" if most["share"] is None else f", {words.percent(most['share'])} of its stake"
    gain = f"it gains {words.number(most['gain'])}{of_stake}"
    return f"The first who would rather break it is {words.proper(by)}, in {words.day(on)}: {gain}."


def _standing(row: Row) -> list[Part]:
    cells = [(words.day(one["on"]), words.percent(one["chance"])) for one in row["stands"]]
    title = "The chance that it still stands"
    return [Table(("Until the end of", "It stands"), cells, title=title, numbers=("It stands",))]


def _temptations(row: Row, actor: str) -> Table:
    mine = [one for one in row["temptations"] if one["by"] == actor]
    others = [name for name in mine[0]["kept"] if name != actor]
    largest = words.largest(one["share"] for one in mine)
    several = len({one["option"] for one in mine}) > 1
    headings = ["Keeps", "Breaks", "Gains by it", "Would rather", "Does", *(f"costs {name}" for name in others)]
    cells = [
        (
            words.day(one["on"]),
            *((words.spelled(one["option"]),) if several else ()),
            words.number(one["kept"][actor]),
            words.number(one["broken"][actor]),
            words.number(one["gain"], signed=True) if one["share"] is None else words.gain(one["share"], largest),
            words.percent(one["tempted"]),
            words.percent(one["breaks"]),
            *(words.number(one["kept"][name] - one["broken"][name], signed=True) for name in others),
        )
        for one in mine
    ]
    keys = ["In", *(["By"] if several else [])]
    title = f"What keeping and breaking are worth to {actor}, and what its breaking costs the others"
    return Table((*keys, *headings), cells, title=title, numbers=headings, keys=len(keys))


def _remedies(row: Row) -> list[Part]:
    if not row["remedies"]:
        return []
    kinds = {"penalty": "penalty on {}", "payment": "payment to {}", "posture": "{} keeps to “{}”"}
    cells = [
        (
            kinds[one["kind"]].format(words.proper(one["actor"]), words.spelled(one["posture"])),
            _amount(one),
            "" if one["share"] is None else words.percent(one["share"]),
            words.percent(one["stands"]),
            _tempted_first(one),
        )
        for one in row["remedies"]
    ]
    numbers = ("Smallest amount", "Of its stake", "Stands to the end")
    title = (
        "What would make it last: the smallest penalty for breaking it, and the smallest payment in each period in"
        " which it stands, that leave the actor nothing to gain by breaking it; and postures. How long it stands: with"
        " twice the amount"
    )
    return [Table(("With", *numbers, "Would first rather break it"), cells, title=title, numbers=numbers)]


def _amount(one: Row) -> str:
    if one["kind"] == "posture":
        return ""
    return "none is enough" if one["amount"] is None else words.number(one["amount"])


def _tempted_first(one: Row) -> str:
    if one["stands"] is None:
        return ""
    first = one["first"]
    return "nobody" if first is None else f"{words.proper(first['by'])}, {words.day(first['on'])}"


# --- the page ---------------------------------------------------------------------------------------------------------


def table(answers: Answers) -> list[Part]:
    """What a terminal shows of the block."""
    return [part for row in answers["commitment"] if row["moves"] for part in _deal(row)]


def section(answers: Answers) -> Section | None:
    """The section of the report: deals that somebody can break, and those that cannot be in a sentence."""
    rows = [row for row in answers["commitment"] if row["moves"]]
    if not rows:
        return None
    shown: list[Part] = []
    for row in rows:
        curves = [_curve(row, actor) for actor in _breakers(row)]
        shown += [Heading(words.spelled(row["deal"])), *points(_said(row)), _survival(row), *curves]
        shown.append(Folded(f"{words.sentence(words.spelled(row['deal'])).rstrip('.')} in numbers", _tables(row)))
    safe = [words.spelled(row["deal"]) for row in answers["commitment"] if row["followed"] and not row["moves"]]
    said = f"Nobody can break {words.listed(safe, 'or')}: no option of a move takes away what it sets." if safe else ""
    return Section("commitment", "Commitment", INTRO, [*shown, *lines([said])])


def _survival(row: Row) -> Figure:
    """The chance that a deal still stands, by date."""
    by = [{"date": one["on"], "probability": one["chance"]} for one in row["stands"]]
    figure = figures.forecast({"name": f"{row['deal']} still standing", "says": "It still stands", "by": by})
    last = row["stands"][-1]
    return replace(figure, text=f"{words.percent(last['chance'])} until the end of {words.day(last['on'])}")


def compared(answers: Answers) -> Compared:
    """How likely each deal is to stand to the horizon, and who would first rather break it."""
    for row in answers.get("commitment", ()):
        if row["stands"]:
            yield ("commitment", f"{row['deal']} stands to the end"), row["stands"][-1]["chance"]
            yield ("commitment", f"{row['deal']} would be broken first by"), row["first"] and row["first"]["by"]


def _curve(row: Row, actor: str) -> Figure:
    """What keeping and breaking are worth to one who can break a deal, by date."""
    mine = [one for one in row["temptations"] if one["by"] == actor]
    dates = list(dict.fromkeys(one["on"] for one in mine))
    best = [max((one for one in mine if one["on"] == on), key=lambda one: one["gain"]) for on in dates]
    names, places = {"kept": "keeping it", "broken": "breaking it"}, to_scale(dates)
    points = [
        {"order": order, "at": places[order], "kind": kind, "worth": one[key][actor]}
        for order, one in enumerate(best)
        for key, kind in names.items()
    ]
    last = len(dates) - 1
    labels = [[words.short_day(on)] for on in dates]
    x = figures.order_axis(labels, last, {"values": sorted({0, last}), "labelFlush": True, "grid": False})
    x |= {"field": "at"}
    y = {"field": "worth", "type": "quantitative", "scale": {"zero": False, "nice": True},
         "axis": {"title": None, "tickCount": 4}}  # fmt: skip
    kinds = list(names.values())
    colour = figures.coloured("kind", kinds, figures.COLOURS)
    here = {"x": x, "y": y, "color": colour}
    layers = [
        {"mark": {"type": "line", "strokeWidth": 2},
         "encoding": here | {"strokeDash": figures.coloured("kind", kinds, figures.DASHES)}},
        {"mark": {"type": "point", "filled": True, "size": 30, "opacity": 1}, "encoding": here},
    ]  # fmt: skip
    ends = "; ".join(
        ", ".join([words.day(one["on"]), *(f"{kind} {words.number(one[key][actor])}" for key, kind in names.items())])
        for one in (best[0], best[-1])
    )
    says = visible(f"Line chart of what keeping and breaking {row['deal']} are worth to {actor}: {ends}.")
    text = "Keeping it (solid) and breaking it (dashed), in its units of payoff"
    return Figure(figures.styled(points, layers, width=250, height=130), says, title=words.proper(actor), text=text)
