"""A game without an end, whole: at each move what is chosen in every public state, and what can be expected there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.parts import Part, Table, lines
from longgame.exact.public import cell_name
from longgame.game.numbers import CHANCE
from longgame.solver.evaluate import plays_of
from longgame.solver.solution import METHOD, Solution, Status

MOST = 60  # states of a move that a terminal shows


def describe_stationary(solution: Solution) -> dict[str, Any]:
    """A solution of a game without an end as plain data: what ``solve --json`` prints.

    Each move is looked at in every state in which it takes place: at the public belief of the start, and where
    something is hidden also where the public is sure of each world.
    """
    game, tables, prior = solution.game, solution.tables(0), solution.prior
    starts = zip(np.asarray(tables.start_index).tolist(), np.asarray(tables.start_weight), strict=True)
    worth = np.sum([weight * (solution.value_at(0, 0, s, prior) @ prior) for s, weight in starts], axis=0)
    return {
        "method": METHOD,
        "states": len(game.ended),
        "residual": float(solution.residual.max()),
        "status": solution.status.value,
        "converged": solution.status is not Status.UNCONVERGED,
        "worth": dict(zip(game.actors, worth.tolist(), strict=True)),
        "rows": list(_rows(solution)),
    }


def _rows(solution: Solution) -> Iterator[dict[str, Any]]:
    game, tables, sure = solution.game, solution.tables(0), np.eye(len(solution.game.worlds))
    beliefs = [solution.prior, *(sure if len(sure) > 1 else ())]
    for k, step in enumerate(game.steps):
        if step.mover == CHANCE:
            continue
        options = {side.mover: side.options for side in step.sides} or {step.mover: step.options}
        for n, mover in enumerate(options):
            for s in np.flatnonzero(tables.steps[k].active & ~np.asarray(game.ended)).tolist():
                for belief in beliefs:
                    play = solution.choice_at(0, k, s, belief)[..., None]
                    own = dict(plays_of(game, k, play))[mover][..., 0]
                    value = solution.value_at(0, k, s, belief)[mover]
                    cells = game.cells[mover]
                    yield {
                        "step": f"{step.name}.{game.actors[mover]}" if step.sides else step.name,
                        "by": game.actors[mover],
                        "state": game.states.label(s),
                        "belief": dict(zip(game.worlds, belief.tolist(), strict=True)),
                        "cells": [
                            {
                                "knows": cell_name(game, mover, c),
                                "probability": float(belief[cells == c].sum()),
                                "choice": _open(options[mover], own[c], tables.steps[k].allowed[s], step, n),
                                "worth": float(value[cells == c] @ belief[cells == c] / belief[cells == c].sum()),
                            }
                            for c in range(int(cells.max()) + 1)
                            if belief[cells == c].sum() > 0.0
                        ],
                    }


def _open(options: tuple[str, ...], play: np.ndarray, allowed: np.ndarray, step: Any, n: int) -> dict[str, float]:
    """Option -> its probability, of those that are open."""
    taken = np.array(step.sides[n].taken) if step.sides else np.arange(len(options))
    there = np.isin(np.arange(len(options)), taken[np.asarray(allowed)])
    return {option: float(p) for option, p, some in zip(options, play, there, strict=True) if some}


def by_state(answers: Mapping[str, Any]) -> list[Part]:
    """What a terminal shows of it: a table for each move, a line for each state, belief and what its mover knows."""
    parts: list[Part] = []
    left = 0
    for step, rows in groupby(answers["rows"], key=lambda row: row["step"]):
        here = list(rows)
        options = list(dict.fromkeys(option for row in here for cell in row["cells"] for option in cell["choice"]))
        told = [
            (
                row["state"],
                *((_believed(row["belief"]), cell["knows"]) if len(row["belief"]) > 1 else ()),
                *(words.NOTHING if (p := cell["choice"].get(option)) is None else f"{p:.4f}" for option in options),
                words.number(cell["worth"]),
            )
            for row in here
            for cell in row["cells"]
            if len(cell["choice"]) > 1
        ]
        left += max(len(told) - MOST, 0)
        hidden = len(here[0]["belief"]) > 1
        headings = ("state", *(("public belief", "knows") if hidden else ()), *options, "worth")
        title = f"Every period: {step}, by {here[0]['by']}"
        numbers = (*options, "worth")
        parts.append(Table(headings, told[:MOST], title=title, numbers=numbers, keys=3 if hidden else 1))
    start = ", ".join(f"{actor} {words.number(worth)}" for actor, worth in answers["worth"].items())
    notes = [
        f"Expected at the start: {start}.",
        f"{words.count(answers['states'], 'public state')}; residual {answers['residual']:.1e}. {answers['status']}",
        "worth: what the mover can expect from there on, in payoffs of that period.",
    ]
    if left:
        notes.append(f"{words.count(left, 'line')} more: --json has all.")
    return [*parts, *lines(notes)]


def _believed(belief: Mapping[str, float]) -> str:
    """A public belief in words."""
    sure = [world for world, p in belief.items() if p == 1.0]
    return f"{sure[0]} for sure" if sure else "as at the start"


def starting_there(answers: Mapping[str, Any], name: str) -> str:
    """The text of a file that extends the scenario of that name and starts its search from this play."""
    text = [f"extends: {name}", "solver:", "  near:"]
    for step, rows in groupby(answers["rows"], key=lambda row: row["step"]):
        play: dict[str, dict[str, float]] = {}
        for row in rows:
            if row["state"] not in play:  # the first of a state is at the belief of the start
                choice = play.setdefault(row["state"], {})
                for cell in row["cells"]:
                    for option, p in cell["choice"].items():
                        choice[option] = choice.get(option, 0.0) + cell["probability"] * p
        options = list(dict.fromkeys(option for choice in play.values() for option in choice))
        text += [f"    {step}:"] if len(options) > 1 else []
        for option in options[:-1]:
            parts = [f"{choice.get(option, 0.0):.12g} * ({_where(state)})" for state, choice in play.items()]
            text.append(f"      {option}: {' + '.join(parts)}")
    return "\n".join(text) + "\n"


def _where(state: str) -> str:
    """The condition under which a state is as its label says."""
    return " and ".join(part.replace("=", " == ", 1) for part in state.split(", "))
