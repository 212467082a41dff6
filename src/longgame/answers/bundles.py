"""What can be put together of the clauses, and what it is worth: who would sign, what each clause adds, who pays."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.block import Answers, Block, Sources, by_name
from longgame.answers.bundle_accounts import BundleAccountRow, bundle_accounts
from longgame.answers.bundle_accounts import parts as account_parts
from longgame.answers.bundle_map import bundle_map, thinned
from longgame.answers.deals import RULES, by_end, parties_of
from longgame.answers.parts import Cell, Figure, Folded, Line, Part, Section, Table, lines, points
from longgame.choice.bargaining import best_for, marginal, shapley
from longgame.errors import Place, Problem, ScenarioError
from longgame.queries.atoms import Atom
from longgame.queries.bundles import BundleTable
from longgame.queries.deals import Effect
from longgame.queries.meaning import bundle_table
from longgame.run.study import Study
from longgame.scenario.bundles import MOST_PARTS, Bundle, ClausePart
from longgame.text import nearest

SHOWN = 12  # bundles of the frontier
TAKEN_APART = 8  # of those where bargaining would end


@dataclass(frozen=True)
class BundleRow:
    """Some clauses together: what they are worth to each actor as a share of its stake, and what that makes it do.

    An actor to whom nothing that can happen in play makes a difference has no stake: its worths are in units of payoff.
    """

    name: str
    share: Mapping[str, float]
    effect: Mapping[str, Effect]


@dataclass(frozen=True)
class ClauseRow:
    """One way to agree on a clause, by shares of stakes (of an actor without a stake, in units of payoff).

    alone     what it is worth by itself; null where it cannot be agreed upon alone
    marginal  what the bundle at Nash's point between the first of the groups is worth less what it is worth without
    shapley   its Shapley value in that bundle; both null where it is not in it. Without what it needs a clause is not
              in force, and adds nothing
    """

    clause: str
    name: str
    says: str
    alone: Mapping[str, float] | None
    marginal: Mapping[str, float] | None
    shapley: Mapping[str, float] | None


@dataclass(frozen=True)
class GroupRow:
    """What some parties could agree on.

    zone        how many bundles are there by which none of them loses and one gains; ``zones``, in each world
    signed      by how many bundles all of them gain
    points      where bargaining would end, by rule; null without a zone
    best        party -> the best bundle for it by which all others gain too; null without one
    mended      party -> what it would like best of all, if others would refuse it, and the nearest that all would sign,
                or where there is none, by which none of them loses
    logrolling  pairs of clauses each of which alone somebody refuses, and which together serve all
    harmed      others -> of the bundles by which all parties gain, the share by which all of these lose; null if there
                are none by which all gain
    map         of at least two parties: bundles that are spread over what they are worth to the first two, with some of
                the frontier of these two, and the points
    """

    between: list[str]
    zone: int
    zones: Mapping[str, int]
    signed: int
    points: Mapping[str, BundleRow | None]
    best: Mapping[str, BundleRow | None]
    mended: Mapping[str, list[BundleRow]]
    logrolling: list[list[str]]
    harmed: Mapping[str, float | None]
    map: list[BundleRow]


@dataclass(frozen=True)
class BundlesRow:
    """All bundles of the clauses: how many, how many of them are efficient among all actors, and the first of these.

    no_stake  actors without a stake in play, whose worths are in units of payoff
    accounts  of some bundles: in a run those where bargaining would end, and the best for a party that all sign
    """

    count: int
    efficient: int
    no_stake: list[str]
    frontier: list[BundleRow]
    clauses: list[ClauseRow]
    groups: list[GroupRow]
    accounts: list[BundleAccountRow] = field(default_factory=list)


# --- made -------------------------------------------------------------------------------------------------------------


def _needs(study: Study) -> Iterable[Atom]:
    return bundle_table(study.binder.setting, "now")[0] if study.scenario.clauses else ()


def _row(sources: Sources) -> BundlesRow:
    study = sources.base.study
    if not study.scenario.clauses:
        return BundlesRow(0, 0, [], [], [], [])
    table = bundle_table(study.binder.setting, "now")[1](sources.base.found)
    row = bundles_row(study, table, parties_of(study))
    ends = [end for group in row.groups for end in (*group.points.values(), *group.best.values())]
    names = list(dict.fromkeys(end.name for end in ends if end is not None))[:TAKEN_APART]
    bundles = [table.bundles[table.names.index(name)] for name in names]
    return replace(row, accounts=bundle_accounts(study, sources.base.draw, bundles, "now"))


def bundles_row(study: Study, table: BundleTable, groups: Sequence[Sequence[str]]) -> BundlesRow:
    """All that is said of priced bundles, for some groups of parties; without accounts."""
    groups = groups or [study.game.actors]
    efficient = np.flatnonzero(table.table.pareto)
    best = efficient[np.argsort(-table.table.gains[efficient].sum(axis=1), kind="stable")][:SHOWN]
    rows = [_group(table, group) for group in groups]
    end = rows[0].points["nash"]
    return BundlesRow(
        count=len(table.bundles),
        efficient=len(efficient),
        no_stake=[actor for actor, stake in zip(table.actors, table.stake, strict=True) if not stake > 0.0],
        frontier=[_bundle(table, int(number)) for number in best],
        clauses=_clauses(study, table, None if end is None else table.bundles[table.names.index(end.name)]),
        groups=rows,
    )


def _bundle(table: BundleTable, number: int) -> BundleRow:
    deals = table.table
    effects: dict[str, Effect] = {actor: deals.effect(number, n) for n, actor in enumerate(table.actors)}
    return BundleRow(table.names[number], by_name(table.actors, deals.gains[number]), effects)


def refuse_strangers(actors: Collection[str], between: Sequence[str], place: str) -> None:
    """Raise ScenarioError where one of those who are to bargain is no actor of the scenario, or stands there twice."""
    for party in dict.fromkeys(party for party in between if list(between).count(party) > 1):
        raise ScenarioError([Problem("twice", Place(path=place), "each actor once", f"`{party}` twice")])
    for party in between:
        if party not in actors:
            fix = nearest(party, actors)
            raise ScenarioError([Problem("unknown-actor", Place(path=place), "an actor", f"`{party}`", fix)])


def _group(table: BundleTable, parties: Sequence[str]) -> GroupRow:
    deals = table.table
    end = deals.agreement(parties)
    columns = [table.actors.index(party) for party in parties]
    signed = np.all(deals.sign[:, columns] > 0, axis=1)
    best, mended = {}, dict[str, list[BundleRow]]()
    for column, party in zip(columns, parties, strict=True):
        found = best_for(deals.gains, column, signed)
        best[party] = None if found is None else _bundle(table, found)
        wish = int(np.argmax(deals.gains[:, column]))
        if not signed[wish] and deals.sign[wish, column] > 0:
            others = [party, *(one for one in parties if one != party)]
            nearest = table.mended(wish, others)
            if nearest == wish:
                continue  # nobody loses by it, and there is none by which all gain
            mended[party] = [_bundle(table, number) for number in (wish, nearest) if number is not None]
    outside = [actor for actor in table.actors if actor not in parties]
    groups = [*([actor] for actor in outside), *([outside] if len(outside) > 1 else [])]
    ends = {rule: getattr(end, rule) for rule in RULES}
    place = {name: number for number, name in enumerate(table.names)}
    named = [place[name] for name in ends.values() if name is not None]
    mapped = thinned(deals.gains[:, columns[:2]], named) if len(columns) > 1 else []
    return GroupRow(
        between=list(parties),
        zone=len(end.zone),
        zones={world: int(table.in_world(w).zone(parties).sum()) for w, world in enumerate(table.worlds)},
        signed=int(signed.sum()),
        points={rule: None if name is None else _bundle(table, place[name]) for rule, name in ends.items()},
        best=best,
        mended=mended,
        logrolling=[[one.label, other.label] for one, other in table.logrolling(parties)],
        harmed={
            ", ".join(group): deals.share_that_harms(parties, group) if signed.any() else None for group in groups
        },
        map=[_bundle(table, number) for number in mapped],
    )


def _clauses(study: Study, table: BundleTable, bundle: Bundle | None) -> list[ClauseRow]:
    parts = dict.fromkeys(part for bundle in table.bundles for part in bundle)
    adds = dict[ClausePart, tuple[dict[str, float], dict[str, float]]]()
    if bundle is not None and len(bundle) <= MOST_PARTS:
        gains = table.of_parts(bundle, table.table.gains)
        for part, whole, fair in zip(bundle, marginal(gains), shapley(gains), strict=True):
            adds[part] = by_name(table.actors, whole), by_name(table.actors, fair)
    rows = []
    for part in parts:
        alone = table.place.get(frozenset({part}))
        whole, fair = adds.get(part, (None, None))
        says = study.scenario.clauses[part.clause].says
        share = None if alone is None else by_name(table.actors, table.table.gains[alone])
        rows.append(ClauseRow(part.clause, part.label, says, share, whole, fair))
    return rows


# --- in words ---------------------------------------------------------------------------------------------------------


def parts(row: Mapping[str, Any], *, maps: bool = False) -> list[Part]:
    """What is said of the bundles, as tables and sentences; maps of what they are worth come first, if wanted."""
    if not row["count"]:
        return [Line("The scenario has no clauses.")]
    found: list[Part] = [*(_maps(row) if maps else ()), _clause_table(row), *lines(_on_stakes(row), "aside")]
    for group in row["groups"]:
        found += _group_parts(row, group)
    title = "Efficient bundles among all actors, the largest sum of shares first"
    found.append(_bundle_table(row, row["frontier"], title))
    left = row["efficient"] - len(row["frontier"])
    return [*found, *lines([f"{words.count(left, 'efficient bundle')} more." if left > 0 else ""], "aside")]


def _actors(row: Mapping[str, Any]) -> list[str]:
    return list(row["frontier"][0]["share"]) if row["frontier"] else []


def _on_stakes(row: Mapping[str, Any]) -> list[str]:
    """What is to be known of the stakes: who has none, and that bundles can go beyond them."""
    none = row["no_stake"]
    said = [words.without_stake(none)] if none else []
    if any(abs(x) > 1.0 for one in row["frontier"] for actor, x in one["share"].items() if actor not in none):
        said.append(
            "More than 100%: a stake counts what play can come to, and no step of the game comes to some of these"
            " bundles by itself."
        )
    return said


def _worth(row: Mapping[str, Any], actor: str, worth: float, largest: float) -> Cell | str:
    return words.number(worth, signed=True) if actor in row["no_stake"] else words.gain(worth, largest)


def _largest(row: Mapping[str, Any], shares: Iterable[Mapping[str, float] | None]) -> float:
    return words.largest(x for one in shares for actor, x in (one or {}).items() if actor not in row["no_stake"])


def _clause_table(row: Mapping[str, Any]) -> Table:
    """Each clause by itself, and what it adds to the bundle on which bargaining would end."""
    first = next((one for one in row["clauses"] if one["alone"] is not None), None)
    actors = list(first["alone"]) if first else _actors(row)
    largest = _largest(row, (one[key] for one in row["clauses"] for key in ("alone", "shapley")))
    adds = any(one["shapley"] for one in row["clauses"])
    headings = [*actors, *(f"{actor} adds" for actor in actors if adds)]
    cells = [
        (
            one["name"],
            *(_worth(row, actor, one["alone"][actor], largest) if one["alone"] else "not alone" for actor in actors),
            *(_worth(row, n, one["shapley"][n], largest) if one["shapley"] else "" for n in actors if adds),
        )
        for one in row["clauses"]
    ]
    title = "Worth of each clause alone, as a share of each actor's stake"
    if adds:
        title += "; and its Shapley value in the bundle at Nash's point"
    return Table(("Clause", *headings), cells, title=title, numbers=headings)


def _bundle_table(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], title: str) -> Table:
    actors = list(rows[0]["share"]) if rows else []
    largest = _largest(row, (one["share"] for one in rows))
    cells = [(one["name"], *(_worth(row, actor, one["share"][actor], largest) for actor in actors)) for one in rows]
    return Table(("Bundle", *actors), cells, title=title, numbers=actors)


def _group_parts(row: Mapping[str, Any], group: Mapping[str, Any]) -> list[Part]:
    between = words.listed(group["between"])
    worlds = [f"{n:,} if {name}" for name, n in group["zones"].items() if n != group["zone"]]
    known = [f"If it were known: {'; '.join(worlds)}."] if worlds else []
    if not group["zone"]:
        count = f"none of the {row['count']:,} bundles is" if row["count"] > 1 else "the only bundle is not"
        none = f"{count} better for them than none at all."
        return points([f"Between {between}: {none}", *known, *_refused(group)])
    count = f"{group['zone']:,} of the {row['count']:,} bundles"
    signed = f"by {group['signed']:,} all of them gain"
    said = [f"Between {between}: by {count} none of them loses and somebody gains; {signed}.", *known]
    for others, share in group["harmed"].items():
        if group["signed"]:
            said.append(f"Of those by which all gain, {words.percent(share)} harm {words.listed(others.split(', '))}.")
    for one, other in group["logrolling"]:
        said.append(f"{one} and {other}: each alone is refused, together they serve all.")
    said += _refused(group)
    ends = by_end({rule: end and end["name"] for rule, end in group["points"].items()})
    for party, end in group["best"].items():
        if end is not None:
            ends.setdefault(end["name"], []).append(f"best for {party} that all sign")
    ended = {end["name"]: end for end in (*group["points"].values(), *group["best"].values()) if end is not None}
    shown = [{**ended[name], "name": f"{name} ({', '.join(rules)})"} for name, rules in ends.items()]
    return [*points(said), _bundle_table(row, shown, f"Where bargaining between {between} would end")]


def _refused(group: Mapping[str, Any]) -> Iterator[str]:
    """What a party would like best and others would not sign, with the least change by which they would."""
    for party, (wish, *mended) in group["mended"].items():
        refused = [actor for actor in group["between"] if wish["effect"].get(actor) != "gains"]
        end = "; there is no bundle by which none of them loses"
        if mended:
            signed = all(mended[0]["effect"].get(actor) == "gains" for actor in group["between"])
            end = f"; the nearest {'that all would sign' if signed else 'by which none loses'} is {mended[0]['name']}"
        yield f"{party} would like {wish['name']} best, which {words.listed(refused)} would not sign{end}."


INTRO = (
    "What could be put together of the clauses, and what it would be worth to everybody if it were agreed upon now, as"
    " a share of each actor's stake, against going on with nothing agreed. Whoever gains would sign; who neither gains"
    " nor loses is counted for neither side. A Shapley value is what a clause adds, on average over all orders in which"
    " the clauses of a bundle could be added."
)


def _maps(row: Mapping[str, Any]) -> list[Figure]:
    return [bundle_map(group, row["no_stake"]) for group in row["groups"] if len(group["map"]) > 1]


def _section(answers: Answers) -> Section | None:
    row = answers["bundles"]
    if not row["count"]:
        return None
    apart = [Folded(f"What {one['name']} is worth, by payoff term", account_parts(one)) for one in row["accounts"]]
    return Section("bundles", "Clauses and bundles", INTRO, [*parts(row), *_maps(row), *apart])


def _table(answers: Answers) -> list[Part]:
    row = answers["bundles"]
    return parts(row) if row["count"] else []


BUNDLES = Block("bundles", _row, _needs, table=_table, section=_section)
