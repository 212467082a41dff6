"""Whether the model tells what was seen from chance: the probability that it gave each piece, beside simple guesses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.block import Answers, Block, Compared, Draws, Sources, by_name
from longgame.answers.doubt import in_doubt, with_doubt
from longgame.answers.parts import Cell, Folded, Part, Section, Table, lines
from longgame.inference.draws import DrawStatus
from longgame.queries.path import Learned
from longgame.queries.surprise import Surprise, added, surprises
from longgame.run.plan import STATUSES
from longgame.run.store import each_chunk

HARDLY, SOMEWHAT = 1.25, 2.0  # a move: factors below which a model hardly, and no more than somewhat, tells from chance


@dataclass(frozen=True)
class PieceRow:
    """One piece of evidence: the probability that it had, given all earlier ones, before it came.

    doubt       what it leaves open, in words; empty where it is certain
    model       at the given values
    over_draws  over the draws of the assumptions, each weighed by the evidence before; null without draws
    blind       one over what could have been seen
    status_quo  as last time
    adds        what the model adds to the blind guess, in nats
    move        it is an actor's move (or several that were not made), at which something else could have been seen
    """

    evidence: str
    on: str | int
    says: str
    doubt: str
    model: float
    over_draws: float | None
    blind: float
    status_quo: float
    adds: float
    move: bool


@dataclass(frozen=True)
class AddedRow:
    """What the model adds to a guess over all moves: ``nats``, and as a ``factor`` a move."""

    nats: float
    factor: float


@dataclass(frozen=True)
class SurpriseRow:
    """How surprising the evidence was.

    moves       of actors at which something else could have been seen
    to_blind    at the given values, against the blind guess, and ``to_status_quo`` against 'as last time'
    over_draws  over the draws, against the blind guess; null without draws
    says        all this in words; empty without evidence
    """

    moves: int
    to_blind: AddedRow
    to_status_quo: AddedRow
    over_draws: AddedRow | None
    pieces: list[PieceRow]
    says: str


# --- made -------------------------------------------------------------------------------------------------------------


def _row(sources: Sources) -> SurpriseRow:
    path = sources.base.draw.case.path
    seen = surprises(sources.base.study.game, path.updates)
    drawn = over_draws(sources.draws, [learned.id for learned in path.pieces]) if sources.draws else {}
    pieces = [_piece(learned, [one for one in seen if one.id == learned.id], drawn) for learned in path.pieces]
    moves = [one for one in seen if one.move]
    to_blind = _sum([added(one.model, one.blind) for one in moves], len(moves))
    to_status_quo = _sum([added(one.model, one.status_quo) for one in moves], len(moves))
    of_draws = None
    if drawn:
        of_draws = _sum([added(drawn[one.evidence], one.blind) for one in pieces if one.move], len(moves))
    said = _in_words(len(moves), to_blind, to_status_quo, of_draws) if moves else ""
    return SurpriseRow(len(moves), to_blind, to_status_quo, of_draws, pieces, said)


def _piece(learned: Learned, seen: Sequence[Surprise], drawn: Mapping[str, float]) -> PieceRow:
    blind = math.prod(one.blind for one in seen)
    return PieceRow(
        evidence=learned.id,
        on=learned.evidence.ends or "",
        says=learned.evidence.says,
        doubt=in_doubt(learned),
        model=learned.probability,
        over_draws=drawn.get(learned.id),
        blind=blind,
        status_quo=math.prod(one.status_quo for one in seen),
        adds=added(learned.probability, blind),
        move=any(one.move for one in seen),
    )


def _sum(nats: Sequence[float], moves: int) -> AddedRow:
    return AddedRow(sum(nats), math.exp(sum(nats) / moves) if moves else 1.0)


def over_draws(draws: Draws, ids: Sequence[str]) -> dict[str, float]:
    """The probability of each piece given all earlier ones over the draws: a mixture, weighed by what came before.

    With l(d, e) the log-probability of piece e in draw d, given the pieces before it, and D draws from the prior,

        P(pieces 1 to e) = 1 / D sum over d of exp(l(d, 1) + ... + l(d, e)),

    and the quotient of two of these is asked for. Draws in which the evidence cannot have happened count with nothing.
    Empty where there are no other draws.
    """
    places = [draws.store.plan.axes.evidence.index(id) for id in ids]
    ruled_out = STATUSES.index(DrawStatus.IMPOSSIBLE)
    sums = []
    for _, arrays in each_chunk(draws.store, "status", "log_likelihood"):
        here = np.cumsum(arrays["log_likelihood"][:, places], axis=1)
        here[arrays["status"] == ruled_out] = -np.inf
        sums.append(here[~np.isnan(here).any(axis=1)])
    together = np.concatenate(sums) if sums else np.zeros((0, 0))
    if not np.isfinite(together).any():
        return {}
    top = together.max(axis=0)
    log = top + np.log(np.exp(together - top).mean(axis=0))
    return by_name(ids, np.exp(np.diff(log, prepend=0.0)))


# --- in words ---------------------------------------------------------------------------------------------------------


def _in_words(moves: int, blind: AddedRow, status_quo: AddedRow, drawn: AddedRow | None) -> str:
    alike = _nats(blind) == _nats(status_quo)  # where nothing was seen twice, one guess is as good as the other
    both = ", and as much to the guess that all goes as last time" if alike else ""
    said = [
        f"Over {words.count(moves, 'observed move')} the model adds {_nats(blind)} to a blind guess{both}:"
        f" {_verdict(blind.factor)}."
    ]
    if not alike:
        better = ": that guess does better" if status_quo.nats < 0.0 else ""
        said.append(f"Against the guess that all goes as last time it adds {_nats(status_quo)}{better}.")
    if drawn is not None:
        said.append(f"Over the draws it adds {_nats(drawn)} to a blind guess.")
    return " ".join(said)


def _nats(row: AddedRow) -> str:
    return f"{words.unsigned_zero(f'{row.nats:+.1f}')} nats (a factor of {row.factor:.2f} a move)"


def _verdict(factor: float) -> str:
    if factor < 1.0:
        return "it does worse than chance, so what it says of aims deserves no trust"
    if factor < HARDLY:
        return "it hardly tells these moves from chance"
    return "it tells these moves from chance" if factor < SOMEWHAT else "it tells these moves well from chance"


def _headline(answers: Answers) -> list[Part]:
    row = answers["surprise"]
    return lines([row["says"]], "warning" if row["to_blind"]["factor"] < HARDLY else "plain")


def _table(answers: Answers) -> list[Part]:
    row = answers["surprise"]
    return [_pieces(row)] if row["pieces"] else []


def _pieces(row: Mapping[str, Any]) -> Table:
    drawn = row["over_draws"] is not None
    guesses = ("Model", *(("Over draws",) if drawn else ()), "Blind", "As last time", "Adds")
    cells = [
        (
            str(number),
            Cell(with_doubt(one["evidence"], one), page=with_doubt(one["says"] or one["evidence"], one)),
            words.percent(one["model"]),
            *((words.percent(one["over_draws"]),) if drawn else ()),
            words.percent(one["blind"]),
            words.percent(one["status_quo"]),
            words.unsigned_zero(f"{one['adds']:+.2f}"),
        )
        for number, one in enumerate(row["pieces"], 1)
    ]
    title = "Chance of each piece of evidence before it came; what the model adds to the blind guess, in nats"
    return Table(("#", "Evidence", *guesses), cells, title=title, numbers=("#", *guesses), keys=2)


INTRO = (
    "The chance that the model gave each piece of evidence before it came, beside the blind guess (one over what could"
    " have been seen) and the guess that it goes as last time. A model that does no better than these says little of"
    " the actors, however striking its conclusions. What the model adds is summed over the moves of actors."
)


def _section(answers: Answers) -> Section | None:
    row = answers["surprise"]
    if not row["pieces"]:
        return None
    table = Folded("The chance of each piece, beside the two guesses", [_pieces(row)])
    return Section("surprise", "Surprise, piece by piece", INTRO, [*lines([row["says"]]), table])


def _compared(answers: Answers) -> Compared:
    yield ("surprise", "added to a blind guess, in nats"), answers["surprise"]["to_blind"]["nats"]
    for one in answers["surprise"]["pieces"]:
        yield ("surprise", f"chance of {one['evidence']}"), one["model"]


SURPRISE = Block(
    "surprise", _row, table=_table, section=_section, compared=_compared, headline=_headline, beside="beliefs"
)
