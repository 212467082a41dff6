"""How the base case was solved, and what the report says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from longgame.answers import words
from longgame.answers.block import Answers, Block
from longgame.answers.parts import Facts, Heading, Line, Part, Section
from longgame.answers.verification import inexactness
from longgame.exact.exact_solution import METHOD as EXACT
from longgame.run.precision import Base
from longgame.solver.blocks.solution import METHOD as BY_BLOCKS
from longgame.solver.solution import CONVERGED, METHOD, Status


@dataclass(frozen=True)
class SolverRow:
    """How the base case was solved, all solutions taken together (free play and each posture).

    exact    without a lattice; else ``lattice`` is its resolution
    beside   the lattice that tells how far the claims may be off; null where nothing was compared
    """

    method: str
    lattice: int
    tolerance: float
    residual: float
    iterations: int
    jumps: int
    unconverged: int
    status: str
    exact: bool = False
    beside: int | None = None


def solver_row(base: Base) -> SolverRow:
    """How the solutions of the base case ended, all taken together."""
    reports = base.draw.solved.values()
    return SolverRow(
        method=EXACT if base.study.exact else BY_BLOCKS if base.study.game.factored else METHOD,
        lattice=base.study.game.lattice,
        tolerance=CONVERGED,
        residual=max((report.residual for report in reports), default=0.0),
        iterations=max((report.iterations for report in reports), default=0),
        jumps=sum(report.jumps for report in reports),
        unconverged=sum(sum(report.unconverged.values()) for report in reports),
        status=worst(report.status for report in reports).value,
        exact=base.study.exact,
        beside=base.precision.beside,
    )


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of some statuses; converged where there is none."""
    found = set(statuses)
    return next((status for status in reversed(Status) if status in found), Status.CONVERGED)


def about_start(status: str) -> Line | None:
    """What is to be said of a start from honest talk, or from play that is given: where the answers are from."""
    failed = (Status.UNRAVELLED.value, Status.STRAYED.value)
    if status not in (Status.ALIKE.value, Status.HONEST.value, Status.NEAR.value, *failed):
        return None
    return Line(status, "warning" if status in failed else "plain")


def _headline(answers: Answers) -> list[Part]:
    """Above everything else, where not all is solved; and what became of a start that was given."""
    status = answers["solver"]["status"]
    if said := about_start(status):
        return [said]
    if status != Status.UNCONVERGED.value:
        return []
    return [Line(f"Not everything here is solved. {status} Answers that rest on it say so.", "warning")]


def _section(answers: Answers) -> Section:
    solver, ensemble = answers["solver"], answers["ensemble"]
    said = [solver["status"]]
    if solver["residual"] is not None:
        said.append(
            f"The largest residual of any step is {words.tiny(solver['residual'])}, to a tolerance of"
            f" {words.tiny(solver['tolerance'])}: no choice probability would move by more if it were worked out once"
            " again."
        )
    said.append(
        f"In {words.count(solver['jumps'], 'place')} the choices jumped as rationality was raised; several equilibria"
        " are possible there, and another could have been found."
        if solver["jumps"]
        else "Nowhere did the choices jump as rationality was raised, so nothing hints at a second equilibrium."
    )
    facts = [
        ("Steps not solved to the tolerance", str(solver["unconverged"])),
        ("Iterations, most for any step", str(solver["iterations"])),
        ("Resolution of the belief lattice", "none: exact" if solver["exact"] else str(solver["lattice"])),
    ]
    if ensemble["draws"]:
        facts += [
            ("Draws solved", f"{ensemble['valid']} of {ensemble['draws']}"),
            ("Draws with a step not solved", str(ensemble["unconverged"])),
            ("Effective draws when weighed by the evidence", words.number(ensemble["effective_sample_size"])),
            *(
                (f"Draws {aside['first']} to {aside['last']}, set aside", aside["reason"])
                for aside in ensemble["set_aside"]
            ),
        ]
    parts = [Line(words.sentence(solver["method"])), Line(" ".join(said)), Facts(facts)]
    return Section(
        "solution", "The solution", parts=[*parts, Heading("How exact the numbers are"), *inexactness(answers)]
    )


SOLVER = Block("solver", lambda sources: solver_row(sources.base), section=_section, headline=_headline)
