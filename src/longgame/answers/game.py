"""The game: who plays and how well they choose, what may be true without being known to all, how large it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.block import Answers, Block, Compared, Sources
from longgame.answers.parts import Cell, Line, Part, Section, Table
from longgame.game.game import Game
from longgame.game.lattice import points_of
from longgame.run.study import Array, SolvedDraw, Study

NOTHING_AT_STAKE = "nothing in the game matters to it: it takes all options alike"
HALF = 0.5  # of what a decision usually moves: the difference at which rationality is put into words


@dataclass(frozen=True)
class ActorRow:
    """One actor; numbers at the base case.

    rationality  in the unit ``per`` (decision, stake, or payoff: a raw lambda); a list where it depends on a secret
    stake        the spread between best and worst end, in its own payoffs; ``decision`` what a decision usually moves
    """

    name: str
    says: str
    rationality: float | list[float]
    per: str
    discount: float
    stake: float
    decision: float
    rationality_in_words: str


@dataclass(frozen=True)
class WorldRow:
    """One world: what may be true without being known to all, with its prior."""

    name: str
    prior: float
    hidden: Mapping[str, str]


@dataclass(frozen=True)
class SizeRow:
    """How large the game is."""

    states: int
    worlds: int
    lattice_points: int
    lattice: int
    steps: int
    periods: int | None
    actors: int


def actor_rows(study: Study, draw: SolvedDraw) -> list[ActorRow]:
    """The actors, with their numbers at the base case."""
    discount, stake, precision = (
        np.asarray(table, dtype=float) for table in (draw.tables.discount, draw.tables.stake, draw.tables.precision)
    )
    decision = study.game.decision_scale(draw.theta)
    rows = []
    for index, (name, actor) in enumerate(study.scenario.actors.items()):
        per = "payoff" if actor.rationality is None else actor.per
        unit = {"payoff": 1.0, "stake": stake[index], "decision": decision[index] or stake[index]}[per]
        rationality = unique_numbers(precision[index] * unit)
        rows.append(
            ActorRow(
                name=name,
                says=actor.says,
                rationality=rationality[0] if len(rationality) == 1 else rationality,
                per=per,
                discount=float(discount[index]),
                stake=float(stake[index]),
                decision=float(decision[index]),
                rationality_in_words=rationality_in_words(
                    precision[index], float(decision[index]), float(stake[index])
                ),
            )
        )
    return rows


def unique_numbers(values: Array) -> list[float]:
    """Each number once, in order; numbers that agree to ten digits are one."""
    return list(dict.fromkeys(float(f"{value:.10g}") for value in values))


def rationality_in_words(precision: Array, decision: float, stake: float) -> str:
    """How often an actor takes the better of two options that differ by half of what its decisions usually move."""
    if stake == 0.0:
        return NOTHING_AT_STAKE
    unit = decision or stake
    times = [f"{100 / (1 + np.exp(-HALF * unit * one)):.3g}" for one in unique_numbers(precision)]
    often = " or ".join(dict.fromkeys(times))
    known = ", depending on what it knows" if len(dict.fromkeys(times)) > 1 else ""
    moves = f"its decisions usually move {words.number(decision)}"
    if decision == 0.0:
        moves = f"its decisions matter by what they tell alone, and {words.number(stake)} is at stake"
    return f"{moves}; of two options that differ by half of that it takes the better one {often} times in 100{known}"


def _world_rows(sources: Sources) -> list[WorldRow]:
    game = sources.base.study.game
    prior = np.asarray(sources.base.draw.tables.prior, dtype=float)
    return [
        WorldRow(name, float(prior[w]), {hidden: values[w] for hidden, values in game.hidden.items()})
        for w, name in enumerate(game.worlds)
    ]


def size_row(study: Study) -> SizeRow:
    """How large the game is."""
    game = study.game
    return SizeRow(
        states=len(game.ended),
        worlds=len(game.worlds),
        lattice_points=_beliefs(game),
        lattice=game.lattice,
        steps=len(game.steps),
        periods=None if game.forever else game.periods,
        actors=len(game.actors),
    )


def _beliefs(game: Game) -> int:
    """The points of the lattice of beliefs; of independent blocks, of all their lattices together."""
    sizes = game.blocks.sizes if game.factored and game.blocks is not None else (len(game.worlds),)
    return prod(points_of(size, game.lattice) for size in sizes)


def in_words(size: Mapping[str, Any]) -> str:
    """How large the game is, as a sentence."""
    periods = "periods without end" if size["periods"] is None else words.count(size["periods"], "period")
    return (
        f"{words.count(size['actors'], 'actor')}, {words.count(size['worlds'], 'world')}, "
        f"{words.count(size['states'], 'reachable state')}, {periods} of "
        f"{words.count(size['steps'], 'step')}, and a lattice of "
        f"{words.count(size['lattice_points'], 'public belief')}."
    )


def checked(actors: Sequence[Mapping[str, Any]], size: Mapping[str, Any]) -> list[Part]:
    """What ``check`` says of a sound scenario: how well each actor chooses, and how large the game is."""
    rows = [(row["name"], words.sentence(row["rationality_in_words"]), words.given(row["discount"])) for row in actors]
    return [Table(("Actor", "Choice", "Discount"), rows, numbers=("Discount",)), Line(in_words(size))]


def _section(answers: Answers) -> Section:
    actors = Table(
        ("Actor", "Choice", "Discount", "Stake"),
        [
            (
                Cell(row["name"], small=row["says"]),
                words.sentence(row["rationality_in_words"]),
                words.given(row["discount"]),
                words.number(row["stake"]),
            )
            for row in answers["actors"]
        ],
        title="Who plays, and how well they choose",
        numbers=("Discount", "Stake"),
    )
    parts: list[Part] = [actors]
    if len(worlds := answers["worlds"]) > 1:
        parts.append(
            Table(
                ("World", *worlds[0]["hidden"], "Prior"),
                [(row["name"], *row["hidden"].values(), words.percent(row["prior"])) for row in worlds],
                title="The worlds: what may be true and is not known to all",
                numbers=("Prior",),
            )
        )
    return Section("game", "The game", parts=[*parts, Line(in_words(answers["size"]))])


def _stakes(answers: Answers) -> Compared:
    for row in answers["actors"]:
        yield ("actors", f"stake of {row['name']}"), row["stake"]


def _priors(answers: Answers) -> Compared:
    for row in answers["worlds"]:
        yield ("worlds", f"prior of {row['name']}"), row["prior"]


ACTORS = Block(
    "actors",
    lambda sources: actor_rows(sources.base.study, sources.base.draw),
    section=_section,
    compared=_stakes,
)
WORLDS = Block("worlds", _world_rows, compared=_priors, beside="beliefs")
SIZE = Block("size", lambda sources: size_row(sources.base.study))
