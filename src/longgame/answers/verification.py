"""The error of the belief lattice, next to the answers.

Two measures. Where a game, or its first periods, is small enough to be written out, the lattice is held against the
exact method (``solution/verify``). Where that does not cover all periods, the lattice is also held against one of twice
the resolution, along simulated plays of the whole game (``queries/refinement``); where beliefs are kept block by block,
against the finest of up to that resolution that is not too much work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from longgame.answers import words
from longgame.answers.block import Answers, Block, Sources
from longgame.answers.parts import Line, Part, Table, points
from longgame.arrays import Array
from longgame.errors import TooLargeError
from longgame.exact.exact_solution import ExactSolution
from longgame.exact.verify import MOST_NODES, OnLattice, Verification, verify
from longgame.game.game import Game
from longgame.queries.refinement import PATHS, Refinement, refinement
from longgame.run.precision import Base, finer_lattice
from longgame.run.study import Progress, silent
from longgame.solver.blocks.solve import solve_game


@dataclass(frozen=True)
class VerificationRow:
    """How far the lattice is from the exact equilibrium, as far as that can be said.

    exact   against the exact method; null where not even one period could be written out
    scope   what the exact method covered, as a sentence
    plays   against a finer lattice along simulated plays; null where the exact method covered all periods
    """

    exact: Verification | None
    scope: str
    plays: Refinement | None

    @property
    def converged(self) -> bool:
        """Whether the exact method, where it was used, found an equilibrium to its tolerance."""
        return self.exact is None or self.exact.converged


def verification(
    game: Game,
    theta: Array | None = None,
    *,
    most: int = MOST_NODES,
    paths: int = PATHS,
    seed: int = 0,
    progress: Progress = silent,
    solved: Callable[[], tuple[OnLattice, OnLattice]] | None = None,
) -> VerificationRow:
    """State the error of the lattice at one draw of the assumptions, the base case if None.

    Args:
        game: a compiled game.
        theta: [P] the assumptions.
        most: how many nodes the exact method may write out.
        paths: how many plays are simulated where it does not reach the horizon.
        seed: of these.
        progress: told what is being done.
        solved: gives the solutions on the game's own lattice and on the finer one, where they are at hand; solved here
            if None.
    """
    theta = np.asarray(game.base if theta is None else theta, dtype=float)
    progress("Solving without a lattice", 0, 1)
    exact, scope = None, "A game without an end cannot be written out for the exact method."
    if not game.forever:
        try:
            exact = verify(game, theta, most=most, finer=finer_lattice(game))
            scope = _scope(exact)
        except TooLargeError:
            scope = f"The game is too large for the exact method: one period of it has more than {most:,} nodes."
    if exact is not None and exact.periods == game.periods:
        return VerificationRow(exact, scope, None)
    progress("Solving on a finer lattice", 0, 1)
    if solved is None:
        coarse, fine = (solve_game(replace(game, lattice=r), theta) for r in (game.lattice, finer_lattice(game)))
    else:
        coarse, fine = solved()
    return VerificationRow(exact, scope, refinement(coarse, fine, paths, seed))


def _scope(exact: Verification) -> str:
    if exact.periods == exact.of_periods:
        return "The exact method covers the whole game."
    first = "the first period" if exact.periods == 1 else f"the first {exact.periods} periods"
    return (
        f"The whole game is too large for the exact method: it covers {first} of {exact.of_periods}, as a game of its "
        "own that ends there, and says nothing of how beliefs count later."
    )


def _row(sources: Sources) -> VerificationRow | None:
    finer, base = sources.finer, sources.base
    if finer is None:
        return None
    return verification(
        base.study.game,
        seed=sources.seed,
        progress=sources.progress,
        solved=None if base.study.exact else lambda: (_on_lattice(base), _on_lattice(finer)),
    )


def _on_lattice(base: Base) -> OnLattice:
    solution = base.draw.case.solution()
    assert not isinstance(solution, ExactSolution)
    return solution


# --- shown ------------------------------------------------------------------------------------------------------------

MEASURES = {
    "choice": "Choice, largest",
    "choice_mean": "Choice, mean",
    "worth": "Worth, largest",
    "worth_mean": "Worth, mean",
}


def inexactness(answers: Answers) -> list[Part]:
    """How exact the numbers of a run are."""
    found = answers["verification"]
    if found is None:
        return [Line(enough(answers["solver"], answers["claims"]))]
    measured = found["plays"] or found["exact"]
    against = f"that of {measured['finer']}" if found["plays"] else "exact beliefs"
    title = f"The same by step, on the lattice of {measured['lattice']} against {against}"
    by_step = _differences("Step", [(row["step"], row) for row in measured["steps"]], title)
    return [*parts(found, answers["claims"]), by_step]


def enough(solver: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]) -> str:
    """Whether the solution is exact enough for the claims, in words."""
    if solver["exact"]:
        return "The game is small enough to be solved exactly: beliefs are as they are, no lattice blurs the claims."
    if solver["beside"] is None:
        return "Beliefs are kept on a lattice, and values between its points are interpolated."
    known = [claim for claim in claims if claim["error"] is not None]
    open_ = [claim["id"] for claim in known if claim["verdict"] == "open"]
    said = (
        f"The margin of {words.listed(open_)} is within its error: the lattice is not fine enough to tell"
        if open_
        else f"It is fine enough for {'the claim' if len(known) == 1 else f'all {len(known)} claims'} that can be told"
    )
    return (
        f"Beliefs are kept on a lattice of {solver['lattice']}, and values between its points are interpolated. How"
        f" far that is off is estimated beside a lattice of {solver['beside']}, and said with every margin. {said}."
    )


def parts(found: Mapping[str, Any], claims: Sequence[Mapping[str, Any]] = ()) -> list[Part]:
    """How far the lattice is from the exact equilibrium, and from a finer lattice; what that does to ``claims``."""
    title = "Differences of choice probabilities and of worth, along the path of play"
    return [
        _differences("Compared", _compared(found), title),
        *points([*([good_enough(claims)] if claims else []), *_scope_in_words(found), _claims_on_finer(claims)]),
    ]


def _differences(heading: str, rows: Sequence[tuple[str, Mapping[str, Any]]], title: str) -> Table:
    cells = [(what, *(words.magnitude(row[key]) for key in MEASURES)) for what, row in rows]
    return Table((heading, *MEASURES.values()), cells, title=title, numbers=tuple(MEASURES.values()))


def _compared(found: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """What was held against what, in words, with the differences."""
    rows: list[tuple[str, Mapping[str, Any]]] = []
    if exact := found["exact"]:
        periods = exact["periods"]
        whole = periods == exact["of_periods"]
        where = "" if whole else "first period: " if periods == 1 else f"first {periods} periods: "
        rows = [
            (f"{where}lattice of {exact['lattice']}, against exact beliefs", exact["exact"]),
            (f"{where}lattice of {exact['finer']}, against exact beliefs", exact["finer_exact"]),
            (f"{where}lattice of {exact['lattice']}, against that of {exact['finer']}", exact["refinement"]),
        ]
    if plays := found["plays"]:
        where = "all periods: " if rows else ""
        rows.append((f"{where}lattice of {plays['lattice']}, against that of {plays['finer']}", plays["whole"]))
    return [(f"{what[0].upper()}{what[1:]}", row) for what, row in rows]


def _claims_on_finer(claims: Sequence[Mapping[str, Any]]) -> str:
    """Whether the verdicts stand on the finer lattice of a verified run, as a sentence; empty without one."""
    checked = [claim for claim in claims if claim["finer"]]
    if not checked:
        return ""
    turned = [claim["id"] for claim in checked if claim["finer"]["holds"] != claim["holds"]]
    moved = [
        abs(claim["finer"]["margin"] - claim["margin"])
        for claim in checked
        if claim["margin"] is not None and claim["finer"]["margin"] is not None
    ]
    verdicts = f"{words.listed(turned)} {'turns' if len(turned) == 1 else 'turn'}" if turned else "no claim turns"
    most = f"; margins move by {words.magnitude(max(moved))} at most" if moved else ""
    return f"On a lattice of {checked[0]['finer']['lattice']} {verdicts}{most}."


def too_near(claims: Sequence[Mapping[str, Any]]) -> list[str]:
    """The claims that the lattice is not fine enough for: within the error of their numbers, or turned by a finer one.

    Where the error is not known, it is taken to be twice what doubling the resolution changes.
    """
    return [claim["id"] for claim in claims if claim["finer"] and _too_near(claim)]


def _too_near(claim: Mapping[str, Any]) -> bool:
    if claim.get("error") is not None:
        return claim["verdict"] == "open"
    here, there = claim["margin"], claim["finer"]["margin"]
    turned = claim["finer"]["holds"] != claim["holds"]
    return turned or (None not in (here, there) and abs(here) <= 2 * abs(there - here) > 0)


def good_enough(claims: Sequence[Mapping[str, Any]]) -> str:
    """Whether the lattice is fine enough for the claims, as a sentence."""
    checked = [claim for claim in claims if claim["finer"]]
    if not checked:
        return "The scenario makes no claims: whether this is good enough depends on what is asked of it."
    if all(claim.get("error") == 0.0 for claim in checked):
        return "No lattice blurs the claims: the game was solved exactly, or nothing in it is hidden."
    near = too_near(checked)
    if near:
        return (
            f"Not good enough for {words.listed(near)}: {'its margin is' if len(near) == 1 else 'their margins are'} no"
            f" larger than the error of the lattice of {checked[0]['finer']['lattice'] // 2}. Take a finer one"
            " (`solver: {lattice: ...}`)."
        )
    what = "the claim" if len(checked) == 1 else f"all {len(checked)} claims"
    margin = "its margin is" if len(checked) == 1 else "every margin is"
    return f"Good enough for {what}: {margin} larger than the error of the lattice."


def _scope_in_words(found: Mapping[str, Any]) -> list[str]:
    """How a verification was made, as sentences."""
    said = [found["scope"]]
    if exact := found["exact"]:
        histories = words.count(exact["histories"], "public history", "public histories")
        said.append(
            f"Exact: {histories} at which somebody chooses ({words.count(exact['nodes'], 'node')}), solved to a"
            f" residual of {words.tiny(exact['residual'])}. {exact['status']}"
        )
    if plays := found["plays"]:
        said.append(
            f"All periods: {words.count(plays['plays'], 'simulated play')} on the finer lattice, with exact beliefs."
            " What one lattice changes against the other says how fine is fine enough; it bounds no error."
        )
    said.append("Worth is a share of each actor's stake; means are weighed by how likely play is to come there.")
    return said


VERIFICATION = Block("verification", _row)
