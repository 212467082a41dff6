"""The claims in other equilibria: what becomes of each where the game is not played along the principal branch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.parts import Line, Part, Table
from longgame.game.game import Game
from longgame.queries.claims import atoms_of, judge
from longgame.run.budget import coarser, largest_that_fits, one_of, too_large
from longgame.run.study import Progress, Study, silent
from longgame.scenario.model import Scenario
from longgame.solver.blocks.size import places_of
from longgame.solver.blocks.solution import BlockSolution
from longgame.solver.blocks.solve import solve_blocks
from longgame.solver.others import STARTS, other_solutions
from longgame.solver.solution import Solution
from longgame.solver.solve import solve

MOST_PLACES = 2_000_000  # of games whose beliefs are kept block by block: some minutes


@dataclass(frozen=True)
class OtherClaim:
    """A claim in one equilibrium; ``holds`` and ``margin`` are None where it has no answer."""

    id: str
    holds: bool | None
    margin: float | None


@dataclass(frozen=True)
class Equilibrium:
    """One equilibrium at the base case, on the lattice.

    worth     what each actor can expect from the game at its start
    residual  the largest change of a choice probability under the response to all others
    claims    what becomes of them
    """

    worth: dict[str, float]
    residual: float
    claims: list[OtherClaim]


@dataclass(frozen=True)
class OthersRow:
    """The equilibria that random starts led to.

    starts      how many there were
    principal   the one on the principal branch; others: those besides
    turned      the claims that hold in one and fail in another
    """

    starts: int
    principal: Equilibrium
    others: list[Equilibrium]
    turned: list[str]


def others_of(scenario: Scenario, *, starts: int = STARTS, seed: int = 0, progress: Progress = silent) -> OthersRow:
    """Look for further equilibria of a scenario at its base case, and judge its claims in each of them."""
    study, stage = Study.of(scenario), "Looking for other equilibria"
    refuse_too_many_places(scenario, study.game, starts)
    progress("Solving", 0, 1)

    def tell(done: int, total: int) -> None:
        progress(stage, done, total)

    found: Sequence[Solution | BlockSolution]
    if study.game.factored:
        by_blocks = solve_blocks(study.game)
        found = by_blocks, *other_solutions(by_blocks, starts=starts, seed=seed, progress=tell)
    else:
        solution = solve(study.game)
        found = solution, *other_solutions(solution, starts=starts, seed=seed, progress=tell)
    principal, *others = (_judged(study, one) for one in found)
    turned = [
        claim.id
        for n, claim in enumerate(principal.claims)
        if any(other.claims[n].holds is not claim.holds for other in others)
    ]
    return OthersRow(starts, principal, others, turned)


def refuse_too_many_places(scenario: Scenario, game: Game, starts: int) -> None:
    """Raise TooLargeError where Newton's method would begin at too many states and beliefs kept block by block."""
    if not game.factored or starts * places_of(game) <= MOST_PLACES:
        return
    places = f"{{:,.0f}} states and beliefs times {words.count(starts, 'random start')}"
    found = places.format(places_of(game))
    fits = largest_that_fits(game.lattice, lambda number: starts * places_of(game, number), MOST_PLACES)
    ways = [coarser(game, fits[0], places.format(fits[1] / starts))] if fits else []
    if places_of(game) <= MOST_PLACES:
        ways.append(f"take fewer starts, `--starts {MOST_PLACES // places_of(game)}`")
    expected = f"at most {MOST_PLACES:,} places at which a move is solved anew from random play"
    raise too_large(scenario, expected, found, one_of(ways, "Take fewer periods, states or hidden variables"))


def _judged(study: Study, solution: Solution | BlockSolution) -> Equilibrium:
    draw = study.draw()
    draw.give(None, solution)
    found = draw.look_up(atoms_of(claim.holds for claim in study.claims), keep=True)
    said = [(claim.id, judge(claim, found)) for claim in study.claims]
    first, prior = solution.tables(0), solution.prior
    weight = np.asarray(first.start_weight)
    at_start = sum(
        w * solution.value_at(0, 0, int(s), prior) @ prior
        for s, w in zip(np.asarray(first.start_index), weight, strict=True)
        if w > 0
    )
    return Equilibrium(
        worth=dict(zip(study.game.actors, np.asarray(at_start).tolist(), strict=True)),
        residual=float(solution.residual.max(initial=0.0)),
        claims=[OtherClaim(name, one.holds, one.margin) for name, one in said],
    )


def expected(every: Sequence[Mapping[str, Any]], starts: int) -> tuple[list[Part], tuple[str, ...], str]:
    """What actors can expect in some equilibria, the first the one at hand; what each is called; how many were found.

    Where there is but one, that is all that is said.
    """
    others, looked = len(every) - 1, words.count(starts, "random start")
    if not others:
        return [Line(f"No other equilibrium was found from {looked}. That does not prove that there is none.")], (), ""
    names = ("this one", *(f"other {number}" for number in range(1, len(every))))
    worth = [(actor, *(words.number(one["worth"][actor]) for one in every)) for actor in every[0]["worth"]]
    table = Table(("Expected at the start", *names), worth, title="Several equilibria", numbers=names)
    said = f"{words.count(others, 'other equilibrium', 'other equilibria')} found from {looked}; more may exist."
    return [table], names, said


def in_words(found: Mapping[str, Any]) -> list[Part]:
    """The equilibria side by side: what actors can expect, and what becomes of the claims."""
    every = [found["principal"], *found["others"]]
    parts, names, said = expected(every, found["starts"])
    if not names:
        return parts
    claims = [
        (claim["id"], *(_verdict(one["claims"][n]) for one in every))
        for n, claim in enumerate(found["principal"]["claims"])
    ]
    if claims:
        parts.append(Table(("Claim", *names), claims, title="The claims in each of them"))
    turned = found["turned"]
    if turned:
        said += f" {words.listed(turned)} {'turns' if len(turned) == 1 else 'turn'} in another equilibrium."
    elif claims:
        said += " No claim turns in any of them."
    return [*parts, Line(said)]


def _verdict(claim: Mapping[str, Any]) -> str:
    if claim["holds"] is None:
        return "no answer"
    margin = "" if claim["margin"] is None else f" ({words.number(claim['margin'], signed=True)})"
    return f"{'holds' if claim['holds'] else 'fails'}{margin}"
