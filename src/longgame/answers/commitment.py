"""Whether each named deal would be kept: who can break it, what that is worth to whom, and how long it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from longgame.answers.block import Block, Sources, by_name
from longgame.answers.commitment_parts import compared, section, table
from longgame.answers.naming import Naming
from longgame.choice.bargaining import TOLERANCE
from longgame.exact.exact_solution import NotSolved
from longgame.queries.atoms import Atom
from longgame.queries.case import Posture
from longgame.queries.commitment import Fate, Temptation, first_tempted, made
from longgame.queries.meaning import MEANING
from longgame.queries.places import Places, View
from longgame.queries.worth import levels
from longgame.run.study import SolvedDraw, Study
from longgame.scenario.expand import deals_of
from longgame.scenario.expand.lasting import LAPSES, lasting_deals
from longgame.scenario.expand.standing import stands
from longgame.scenario.questions.tree import When

How = Literal["broken", "replaced", "lapsed", "by chance"]
SHOWN = 200  # deals of a run that are followed: of an offer with an amount each number is a deal


@dataclass(frozen=True)
class BreakingMoveRow:
    """An option by which somebody can break a deal."""

    by: str
    step: str
    option: str
    says: str


@dataclass(frozen=True)
class StandsRow:
    """How likely it is that a deal still stands at the end of a period, and stood at the end of every one before."""

    on: str
    chance: float


@dataclass(frozen=True)
class DealEndRow:
    """What ends a deal, in any period: how likely that is. ``by``: who takes the option; empty for chance."""

    how: How
    by: str
    step: str
    option: str
    says: str
    chance: float


@dataclass(frozen=True)
class TemptationRow:
    """A move in a period at which its mover can break a deal that stands; values count from that move.

    chance   of coming to it, if the deal stands when the period begins
    kept     actor -> what it can expect if the mover keeps the deal as well as it can; broken: if it breaks it
    gain     what the mover gains by breaking it: what a penalty paid there and then would have to be
    share    the same as a share of its stake; null where it has none
    tempted  the chance, if it comes up, that breaking is the better for the mover
    breaks   the chance, if it comes up, that it does break it
    """

    on: str
    step: str
    by: str
    option: str
    chance: float
    kept: Mapping[str, float]
    broken: Mapping[str, float]
    gain: float
    share: float | None
    tempted: float
    breaks: float


@dataclass(frozen=True)
class FirstBreakRow:
    """Who would first rather break a deal, and in which period."""

    on: str
    by: str


@dataclass(frozen=True)
class RemedyRow:
    """What would make a deal last, and what it would come to with it.

    kind     a penalty for breaking it, a payment at the end of every period in which it stands, or a posture
    actor    who would pay the penalty, receive the payment, or keep to the posture
    posture  its name; empty else
    amount   the smallest that leaves the actor nothing to gain by breaking the deal at any date, in its units of
             payoff; null for a posture, and where no amount does
    share    the same as a share of its stake
    stands   the chance that the deal still stands at the horizon under the posture, or with twice the amount, since
             with the smallest itself it is all one to the actor; null where it was not found
    first    who would then rather break it first; null where nobody would
    """

    kind: Literal["penalty", "payment", "posture"]
    actor: str
    posture: str
    amount: float | None
    share: float | None
    stands: float | None
    first: FirstBreakRow | None


@dataclass(frozen=True)
class UndoneRow:
    """What an actor would gain if what a deal set were undone, in its units of payoff and as a share of its stake.

    share  null where it has no stake
    """

    actor: str
    gain: float
    share: float | None


@dataclass(frozen=True)
class CommitmentRow:
    """One deal, made at the date of the answers.

    followed  whether it was followed: something of it is left to be kept, and it was not left out
    moves     the options by which it can be broken where play may come to; empty where nobody can break it
    first     who would first rather break it than keep it; null where nobody would at any date
    remedies  what would make it last; only where it was asked for
    undone    where nobody can break it: what each actor would gain if all that it set were undone when it is made
    """

    deal: str
    says: str
    followed: bool
    moves: list[BreakingMoveRow] = field(default_factory=list)
    stands: list[StandsRow] = field(default_factory=list)
    ends: list[DealEndRow] = field(default_factory=list)
    temptations: list[TemptationRow] = field(default_factory=list)
    first: FirstBreakRow | None = None
    remedies: list[RemedyRow] = field(default_factory=list)
    undone: list[UndoneRow] = field(default_factory=list)


# --- made -------------------------------------------------------------------------------------------------------------


def standing_to_the_end(study: Study, deal: str, at: When = "now") -> Iterator[Atom]:
    """The look-up of the chance that a deal stands to the horizon; none where there is nothing of it to be kept."""
    if stands(study.scenario, deal) is not None:
        setting = study.binder.setting
        yield from MEANING["holds_until"](setting, View(at), deal=deal, until=setting.horizon).atoms


def fate_of(study: Study, draw: SolvedDraw, deal: str, at: When = "now", under: Posture | None = None) -> Fate | None:
    """What becomes of a deal that is made at a date; None where there is nothing of it to be kept.

    Raises NotSolved where an exact solution does not lead there.
    """
    standing, setting = stands(study.scenario, deal), study.binder.setting
    if standing is None:
        return None
    return made(draw.case, Places(draw.case), setting.made(View(at, under=under), deal), standing, setting.replies)


def commitment_row(
    study: Study, draw: SolvedDraw, deal: str, found: Fate | None, at: When = "now"
) -> CommitmentRow:
    """A deal that is made at a date in rows, by what becomes of it."""
    says, naming = deals_of(study.scenario)[deal].says, Naming(study.binder.setting)
    if found is None:
        return CommitmentRow(deal, says, followed=False)
    game, clock = study.game, study.scenario.clock
    return CommitmentRow(
        deal=deal,
        says=says,
        followed=True,
        moves=[
            BreakingMoveRow(game.actors[mover], game.steps[k].name, game.written(k, a), naming.taken(k, a))
            for k, a, mover in sorted(found.moves)
        ],
        stands=[StandsRow(clock.end_label(t), chance) for t, chance in sorted(found.stands.items())],
        ends=_ends(study, naming, found),
        temptations=[_temptation(study, draw, one) for one in found.temptations],
        first=first_row(study, draw, found),
        undone=[] if found.moves else _undone(study, draw, deal, at),
    )


def _undone(study: Study, draw: SolvedDraw, deal: str, at: When) -> list[UndoneRow]:
    """What everybody can expect as things stood before a deal, less the same after it, without what it pays."""
    places, setting = Places(draw.case), study.binder.setting
    after = places(setting.made(View(at), deal)).without_purse
    gains = levels(draw.case, places(View(at))) - levels(draw.case, after)
    return [
        UndoneRow(actor, float(gain) + 0.0, share_of(draw, n, float(gain) + 0.0))
        for n, (actor, gain) in enumerate(zip(study.game.actors, gains, strict=True))
    ]


def first_row(study: Study, draw: SolvedDraw, found: Fate) -> FirstBreakRow | None:
    """Who would first rather break a deal."""
    first = first_tempted(found, [rounding(draw, actor) for actor in range(len(study.game.actors))])
    return first and FirstBreakRow(study.scenario.clock.label(first.t), study.game.actors[first.mover])


def unit(draw: SolvedDraw, actor: int) -> float:
    """What an actor's gains are measured by: its stake, or 1 where it has none."""
    return float(draw.tables.stake[actor]) or 1.0


def rounding(draw: SolvedDraw, actor: int) -> float:
    """A gain of an actor that is not told from nothing."""
    return TOLERANCE * unit(draw, actor)


def share_of(draw: SolvedDraw, actor: int, amount: float) -> float | None:
    """An amount as a share of an actor's stake; None where it has none."""
    stake = float(draw.tables.stake[actor])
    return amount / stake if stake > 0.0 else None


def _ends(study: Study, naming: Naming, found: Fate) -> list[DealEndRow]:
    chances = defaultdict[tuple[int, int], float](float)
    for event, chance in found.ends.items():
        chances[event.step, event.option] += chance
    rows, times = [], {f"{deal}.time" for deal in lasting_deals(study.scenario)}
    for (k, a), chance in chances.items():
        step = naming.steps[k]
        how: How = "broken" if step.kind == "move" else "replaced" if step.kind == "reply" else "by chance"
        if step.options[a].name == LAPSES and step.name in times:
            how = "lapsed"
        by = ", ".join(step.movers)
        rows.append(DealEndRow(how, by, step.name, step.written(a), _said(naming, k, a, how), chance))
    return sorted(rows, key=lambda row: -row.chance)


def _said(naming: Naming, k: int, a: int, how: How) -> str:
    return "its time is over" if how == "lapsed" else naming.taken(k, a)


def _temptation(study: Study, draw: SolvedDraw, one: Temptation) -> TemptationRow:
    game = study.game
    return TemptationRow(
        on=study.scenario.clock.label(one.t),
        step=game.steps[one.step].name,
        by=game.actors[one.mover],
        option=game.written(one.step, one.option),
        chance=one.chance,
        kept=by_name(game.actors, one.kept),
        broken=by_name(game.actors, one.broken),
        gain=one.gain,
        share=share_of(draw, one.mover, one.gain),
        tempted=one.tempted,
        breaks=one.breaks,
    )


# --- the block of a run -----------------------------------------------------------------------------------------------


def _followed(study: Study) -> list[str]:
    return list(deals_of(study.scenario))[:SHOWN]


def _needs(study: Study) -> Iterable[Atom]:
    return (atom for deal in _followed(study) for atom in standing_to_the_end(study, deal))


def commitment_rows(study: Study, draw: SolvedDraw) -> list[CommitmentRow]:
    """Every named deal, as made now, without what would make it last."""
    rows = []
    for deal in _followed(study):
        try:
            rows.append(commitment_row(study, draw, deal, fate_of(study, draw, deal)))
        except (LookupError, NotSolved, ZeroDivisionError):
            rows.append(CommitmentRow(deal, deals_of(study.scenario)[deal].says, followed=False))
    return rows


def _rows(sources: Sources) -> list[CommitmentRow]:
    return commitment_rows(sources.base.study, sources.base.draw)


COMMITMENT = Block("commitment", _rows, needs=_needs, table=table, section=section, compared=compared)
