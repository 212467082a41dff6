"""Postures: what each line of conduct promises an actor, which one to choose, and what information would be worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.block import Answers, Block, Compared, Draws, Sources, by_name
from longgame.answers.parts import Cell, Heading, Line, Part, Section, Table, points
from longgame.answers.posture_rows import InformationRow, PostureRow, PosturesRow, TurningRow
from longgame.choice.information import information_by_draw
from longgame.choice.table import RULES, PostureTable
from longgame.choice.turning import best_if_sure, turning_beliefs
from longgame.game.game import Game
from longgame.queries.atoms import Atom
from longgame.queries.meaning import posture_table
from longgame.queries.path import condition
from longgame.queries.places import View
from longgame.run.precision import Base
from longgame.run.study import Study

RULE_NAMES = {
    "expected": "expected value",
    "maximin": "the worst case",
    "regret": "the least regret",
    "satisficing": "what is enough",
}


def base_rows(base: Base) -> list[PosturesRow]:
    """The choice of each actor among its postures at the base case."""
    game = base.study.game
    rows = []
    for actor in _choosers(base.study):
        names = list(base.study.scenario.postures[actor])
        table = posture_table(base.study.binder.setting, View(), game.actors.index(actor))[1](base.found)
        chosen = {rule: int(table.best(rule)[0]) for rule in RULES}
        rows.append(
            PosturesRow(
                actor=actor,
                rows=[_posture(game, table, index, name) for index, name in enumerate(names)],
                best={rule: names[posture] for rule, posture in chosen.items() if posture >= 0},
                perfect_information=_worth_knowing(table, game.worlds),
                information=[InformationRow(about, _worth_knowing(table, heard)) for about, heard in pieces(game)],
                turning=turning_rows(game, table, names),
                share=None,
            )
        )
    return rows


def with_draws(
    base: Base, draws: Draws, found: list[PosturesRow], *, over: str | None = None, at_least: float | None = None
) -> list[PosturesRow]:
    """The rows of the base case with what the draws say of them, where these were solved for that."""
    # Here, since it brings SciPy's functions with it, and most questions are of no posture.
    from longgame.answers.outlooks import Choices, robust_row

    actors = draws.store.plan.axes.actor
    choices = Choices.of(draws.store, draws.gathered) if actors and draws.gathered.draws else None

    def row(one: PosturesRow) -> PosturesRow:
        share = draws.many.choices(one.actor, [posture.posture for posture in one.rows])
        if choices is None or one.actor not in actors:
            return replace(one, share=share)
        robust = robust_row(base.study.game, choices, one.turning, one.actor, over=over, at_least=at_least)
        return replace(one, share=share, over_draws=robust)

    return [row(one) for one in found]


def _rows(sources: Sources) -> list[PosturesRow]:
    found = base_rows(sources.base)
    return found if sources.draws is None else with_draws(sources.base, sources.draws, found)


def _choosers(study: Study) -> list[str]:
    return [actor for actor, postures in study.scenario.postures.items() if postures]


def _needs(study: Study) -> Iterable[Atom]:
    for actor in _choosers(study):
        yield from posture_table(study.binder.setting, View(), study.game.actors.index(actor))[0]


def _posture(game: Game, table: PostureTable, index: int, name: str) -> PostureRow:
    return PostureRow(
        posture=name,
        worlds=by_name(game.worlds, table.values[index, :, 0]),
        expected=float(table.expected[index, 0]),
        worst=float(table.worst[index, 0]),
        worst_regret=float(table.worst_regret[index, 0]),
    )


def _worth_knowing(table: PostureTable, heard: Sequence[object]) -> float:
    return float(information_by_draw(table, heard)[0])


def pieces(game: Game) -> list[tuple[str, tuple[object, ...]]]:
    """What could be learned about the world: a label, and what would be heard in each world [W].

    Each hidden variable by itself, which world it is, and, where there are more than two, whether it is a given one.
    What tells the worlds apart in the same way comes once.
    """
    worlds = game.worlds
    found: list[tuple[str, tuple[object, ...]]] = [(name, tuple(values)) for name, values in game.hidden.items()]
    found.append(("which world it is", worlds))
    if len(worlds) > 2:
        found += [(f"whether it is {one}", tuple(world == one for world in worlds)) for one in worlds]
    apart: dict[tuple[int, ...], tuple[str, tuple[object, ...]]] = {}
    for about, heard in found:
        parts = list(dict.fromkeys(heard))
        if len(parts) > 1:
            apart.setdefault(tuple(parts.index(one) for one in heard), (about, heard))
    return list(apart.values())


def turning_rows(game: Game, table: PostureTable, names: Sequence[str]) -> list[TurningRow]:
    """Where the best posture turns, for each value of a hidden variable and the posture that is best if it is true."""
    rows = []
    for name, values in game.hidden.items():
        for value in dict.fromkeys(values):
            holds = np.asarray(condition(game, name, value))
            sure = int(best_if_sure(table, holds)[0])
            if holds.all() or sure < 0:
                continue
            belief = float(turning_beliefs(table, sure, holds)[0][0])
            rows.append(TurningRow(f"{name} == {value}", names[sure], belief if belief > 0.0 else None))
    return rows


# --- shown ------------------------------------------------------------------------------------------------------------


def _parts(answers: Answers) -> list[Part]:
    if not answers["postures"]:
        return [Line("The scenario names no postures.")]
    parts: list[Part] = []
    for row in answers["postures"]:
        parts += [Heading(row["actor"]), *_at_base(row), *_over_draws(row)]
    return parts


def _at_base(actor: Mapping[str, Any]) -> list[Part]:
    worlds, best = list(actor["rows"][0]["worlds"]), actor["best"]
    columns = (*worlds, "Expected", "Worst", "Regret")
    highest = {world: words.highest(row["worlds"][world] for row in actor["rows"]) for world in worlds}
    rows = [
        (
            row["posture"],
            *(_value(row["worlds"][world], row["worlds"][world] == highest[world]) for world in worlds),
            _value(row["expected"], best["expected"] == row["posture"]),
            _value(row["worst"], best["maximin"] == row["posture"]),
            _value(row["worst_regret"], best["regret"] == row["posture"]),
        )
        for row in actor["rows"]
    ]
    learned = [
        f"{row['about']} {words.number(row['value'])}" for row in actor["information"] if words.counts(row["value"])
    ]
    known = actor["perfect_information"]
    return [
        Table(
            ("Posture", *columns), rows, title=f"Postures of {actor['actor']}, in its units of payoff", numbers=columns
        ),
        *points(
            (
                f"Best by {words.by_rule(best, RULE_NAMES)}.",
                "" if known is None else f"To know the world first would be worth {words.worth(known)}.",
                f"To learn by itself: {'; '.join(learned)}." if learned else "",
                *(_turning(row) for row in actor["turning"]),
                *_chosen(actor["share"] or {}),
            )
        ),
    ]


def _over_draws(actor: Mapping[str, Any]) -> list[Part]:
    robust = actor["over_draws"]
    if robust is None:
        return []
    best, columns = robust["best"], ("Expected", "Worst", "Regret", "Mean regret", "Enough")
    beaten = any(row["dominated_by"] for row in robust["rows"])
    rows = [
        (
            row["posture"],
            _value(row["expected"], best["expected"] == row["posture"]),
            _value(row["worst"], best["maximin"] == row["posture"]),
            _value(row["worst_regret"], best["regret"] == row["posture"]),
            words.number(row["mean_regret"]),
            Cell(words.percent(row["satisficing"]), best=best["satisficing"] == row["posture"]),
            *((", ".join(row["dominated_by"]),) if beaten else ()),
        )
        for row in robust["rows"]
    ]
    title = (
        f"Postures of {actor['actor']} over worlds and {words.count(robust['draws'], 'draw')}, weighed by the evidence"
    )
    headings = ("Posture", *columns, *(("Dominated by",) if beaten else ()))
    said = (
        f"Enough: the part of worlds and draws in which it brings at least {robust['threshold']}. Best by"
        f" {words.by_rule(best, RULE_NAMES)}.",
        *(
            _learned(row)
            for row in robust["information"]
            if words.counts(row["high"]) or words.counts(row["undecided"])
        ),
        f"To know the world and all assumptions would be worth {words.worth(robust['certainty'])}.",
        _worth_learning(robust["assumptions"]),
        *(_turning_spread(row) for row in robust["turning"] if row["high"]),
    )
    curves = [_curve(row) for row in robust["turning"] if row["over"] and row["high"]]
    return [Table(headings, rows, title=title, numbers=columns), *points(said), *curves]


def _value(value: float | None, best: bool) -> Cell:
    return Cell(words.number(value), best=best and value is not None)


def _turning(row: Mapping[str, Any]) -> str:
    """At which belief a posture becomes the best one, in a sentence; empty where it is the best at every belief."""
    if row["belief"] is None:
        return ""
    if row["belief"] >= 1.0:
        return f"Only who is sure of {row['condition']} would choose {row['posture']}."
    belief = words.percent(row["belief"])
    return f"{row['posture']} is best from a belief of {belief} in {row['condition']} on."


def _turning_spread(row: Mapping[str, Any]) -> str:
    """The same over the draws."""
    somewhere = (
        "" if row["best_somewhere"] > 0.995 else f", where it is best at all ({words.percent(row['best_somewhere'])})"
    )
    return (
        f"Over the draws{somewhere}, {row['posture']} is best from a belief of {words.percent(row['middle'])} in"
        f" {row['condition']} on ({words.percent(row['low'])} to {words.percent(row['high'])})."
    )


def _chosen(share: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Which posture each rule chooses over the draws."""
    return [
        f"Over the draws, {RULE_NAMES[rule]} chooses "
        + ", ".join(f"{posture} in {words.percent(part)}" for posture, part in shares.items() if part)
        + "."
        for rule, shares in share.items()
    ]


def _learned(row: Mapping[str, Any]) -> str:
    mean, low, high, undecided = (words.number(row[key]) for key in ("mean", "low", "high", "undecided"))
    return (
        f"To learn {row['about']} would be worth {mean} on average over the draws ({low} to {high}), and {undecided} to"
        " somebody who doubts the assumptions as well."
    )


def _worth_learning(assumptions: Mapping[str, float]) -> str:
    dear = [f"{name} {words.number(value)}" for name, value in list(assumptions.items())[:5]]
    return f"To learn an assumption before choosing would be worth: {'; '.join(dear)}." if dear else ""


def _curve(row: Mapping[str, Any]) -> Table:
    over = row["over"]
    columns = (over["assumption"], "5 %", "Median", "95 %", "Draws")
    bins = zip(*(over[key] for key in ("at", "low", "middle", "high", "draws")), strict=True)
    rows = [
        (words.number(at), words.percent(low), words.percent(middle), words.percent(high), str(draws))
        for at, low, middle, high, draws in bins
    ]
    title = f"Least belief in {row['condition']} at which {row['posture']} is best, over {over['assumption']}"
    return Table(columns, rows, title=title, numbers=columns)


INTRO = (
    "What each actor could expect, in each world, if it bound itself to one line of conduct for the whole horizon and"
    " everybody knew. The best of each column is bold. What an actor knows already is worth nothing to learn."
)


def _section(answers: Answers) -> Section | None:
    return Section("postures", "Postures", INTRO, _parts(answers)) if answers["postures"] else None


def _compared(answers: Answers) -> Compared:
    for actor in answers["postures"]:
        for row in actor["rows"]:
            yield ("postures", f"{actor['actor']}, {row['posture']}"), row["expected"]
        for rule, posture in actor["best"].items():
            yield ("postures", f"{actor['actor']}, best by {rule}"), posture


POSTURES = Block("postures", _rows, needs=_needs, table=_parts, section=_section, compared=_compared)
