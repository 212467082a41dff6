"""The answers: what a run says, in the layout of ``answers.json``, and the registry of its blocks.

Each field of ``Answers`` is a key of the file, in the file's order; those of ``BLOCKS`` are made, shown and compared by
their own modules. The layout is stable: ``layout`` is raised when a key changes its meaning or goes. Every number is a
plain float, or null where there is none (an answer that could not be had is never written as NaN or infinity). Two runs
with the same scenario, seed and number of draws on the same machine give the same file, but for ``started`` and
``seconds``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from longgame.answers.assumptions import ASSUMPTIONS, AssumptionRow
from longgame.answers.beliefs import BELIEFS, BeliefRow
from longgame.answers.block import Block, Sources
from longgame.answers.bundles import BUNDLES, BundlesRow
from longgame.answers.claims import CLAIMS, ClaimRow
from longgame.answers.commitment import COMMITMENT, CommitmentRow
from longgame.answers.cost import refuse_beyond_minutes
from longgame.answers.deals import BARGAINING, DEALS, BargainRow, DealRow
from longgame.answers.drawn import DRAWN, DrawnRow
from longgame.answers.ensemble_rows import ENSEMBLE, EnsembleRow
from longgame.answers.explain import EXPLANATIONS
from longgame.answers.explain_rows import ExplanationRow
from longgame.answers.forecasts import FORECASTS, ForecastRow
from longgame.answers.game import ACTORS, SIZE, WORLDS, ActorRow, SizeRow, WorldRow
from longgame.answers.ledger import LEDGER, LedgerRow
from longgame.answers.notebook import Chart, Findings, charts
from longgame.answers.parts import Part, Section
from longgame.answers.paths import PATHS, PathsRow
from longgame.answers.posture_rows import PosturesRow
from longgame.answers.postures import POSTURES
from longgame.answers.reported import REPORTED
from longgame.answers.reported_rows import ReportedRows
from longgame.answers.scores import SCORES, ScoresRow
from longgame.answers.solver import SOLVER, SolverRow
from longgame.answers.surprise import SURPRISE, SurpriseRow
from longgame.answers.variants import VARIANTS, VariantsRow
from longgame.answers.verification import VERIFICATION, VerificationRow
from longgame.errors import Problem, ScenarioError
from longgame.run.precision import Base, ask
from longgame.run.study import Progress, SolvedDraw, Study, silent
from longgame.scenario import library
from longgame.scenario.dump import dump
from longgame.scenario.model import Scenario

LAYOUT = 2

#: Every block, in the order of the file, in which they are made.
BLOCKS: Mapping[str, Block] = {
    block.name: block
    for block in (
        ASSUMPTIONS, ACTORS, WORLDS, SIZE, BELIEFS, SURPRISE, LEDGER, FORECASTS, SCORES, PATHS, POSTURES, DEALS,
        BARGAINING, BUNDLES, COMMITMENT, REPORTED, CLAIMS, VARIANTS, EXPLANATIONS, ENSEMBLE, DRAWN, VERIFICATION,
        SOLVER,
    )
}  # fmt: skip

#: The blocks that have a section of the report, in its order.
SECTIONS = (
    CLAIMS, VARIANTS, BELIEFS, SURPRISE, LEDGER, FORECASTS, SCORES, POSTURES, DEALS, BUNDLES, COMMITMENT, REPORTED,
    ASSUMPTIONS, ACTORS, SOLVER,
)  # fmt: skip


@dataclass(frozen=True)
class ScenarioRow:
    """Which scenario was asked. ``sha256`` is of the whole of it, after ``extends`` and ``--set``."""

    name: str
    title: str
    file: str | None
    sha256: str
    about: str


@dataclass(frozen=True)
class OnScenario(Findings):
    """What is found of one scenario, under the head of all answers (``origin``)."""

    longgame: str
    layout: int
    scenario: ScenarioRow


@dataclass(frozen=True)
class OnDraws(OnScenario):
    """The same, with the draws of the assumptions that it rests on, under the whole ``head``."""

    seed: int
    draws: int


@dataclass(frozen=True)
class Answers(OnScenario):
    """Everything that a run says. ``to_json`` gives the layout of the file as plain objects."""

    versions: Mapping[str, str]
    seed: int
    draws: int
    started: str
    seconds: float
    assumptions: list[AssumptionRow]
    actors: list[ActorRow]
    worlds: list[WorldRow]
    size: SizeRow
    beliefs: list[BeliefRow]
    surprise: SurpriseRow
    ledger: list[LedgerRow]
    forecasts: list[ForecastRow]
    scores: ScoresRow
    paths: PathsRow | None
    postures: list[PosturesRow]
    deals: list[DealRow]
    bargaining: list[BargainRow]
    bundles: BundlesRow
    commitment: list[CommitmentRow]
    accounts: ReportedRows | None
    claims: list[ClaimRow]
    variants: VariantsRow | None
    explanations: list[ExplanationRow]
    ensemble: EnsembleRow
    drawn: DrawnRow
    solver: SolverRow
    verification: VerificationRow | None

    def in_parts(self) -> list[Part]:
        """What is shown of it."""
        return [*headlines(self.to_json()), *BLOCKS["claims"].table(self.to_json())]

    @property
    def charts(self) -> dict[str, Chart]:
        """The charts of the report by name, which show themselves in a notebook."""
        return charts(sections(self.to_json()))


def head(scenario: Scenario, seed: int, draws: int = 0) -> dict[str, Any]:
    """What says which answers these are; those of the base case alone have no draws."""
    return {**origin(scenario), "seed": seed, "draws": draws}


def origin(scenario: Scenario) -> dict[str, Any]:
    """What says from which scenario answers are, where no chance is in them."""
    return {"longgame": metadata.version("longgame"), "layout": LAYOUT, "scenario": scenario_row(scenario)}


def scenario_row(scenario: Scenario) -> ScenarioRow:
    """Which scenario was asked; the hash is of all of it, as it would be written out."""
    digest = hashlib.sha256(dump(scenario).encode("utf-8")).hexdigest()
    source = scenario.source
    file = None if source.name in library.names() and source.file == f"{source.name}.yaml" else source.file
    return ScenarioRow(source.name or scenario.title, scenario.title, file, digest, scenario.about)


def base_case(study: Study, blocks: Iterable[str], progress: Progress = silent, draws: int = 0) -> Base:
    """Solve the base case as far as some blocks of the answers need it, and say how far its claims may be off.

    ``draws`` is how many draws will be solved on the same lattice.

    Raises ScenarioError where the given values make no game, or the evidence cannot have happened in it; TooLargeError
    where it takes more time than the analyst allows.
    """
    refuse_beyond_minutes(study, draws)
    blocks = list(blocks)
    atoms = dict.fromkeys(atom for name in blocks for atom in BLOCKS[name].needs(study))
    compared = [claim.holds for claim in study.claims] if {"claims", "explanations"} & set(blocks) else []
    told = [question for name in blocks for question in BLOCKS[name].told(study)]
    return ask(study, atoms, compared, told=told, draws=draws, progress=progress, ready=refuse_no_game)


def refuse_no_game(draw: SolvedDraw) -> None:
    """Raise ScenarioError where the assumptions of a draw make no game."""
    if not draw.valid:
        where = draw.study.scenario.place(("assumptions",))
        found = "a probability outside 0 to 1, a discount factor outside 0 to 1, or a payoff that is no number"
        raise ScenarioError([Problem("no-game", where, "given values of the assumptions that make a game", found)])


def made(sources: Sources, blocks: Iterable[str] = BLOCKS) -> dict[str, Any]:
    """Some blocks by name, in the order of the file; what says how all was solved comes last."""
    wanted = set(blocks)
    return {name: block.make(sources) for name, block in BLOCKS.items() if name in wanted}


# --- shown ------------------------------------------------------------------------------------------------------------


def tables(answers: Mapping[str, Any]) -> list[Part]:
    """What a terminal shows of the blocks that are there: what stands above all, then their tables."""
    here = [block for name, block in BLOCKS.items() if name in answers]
    return [part for block in here for part in block.headline(answers)] + [
        part for block in here for part in block.table(answers)
    ]


def sections(answers: Mapping[str, Any]) -> list[Section]:
    """The sections of the report that there is something in."""
    return [section for block in SECTIONS if (section := block.section(answers))]


def headlines(answers: Mapping[str, Any]) -> list[Part]:
    """What is said above everything else."""
    return [part for block in BLOCKS.values() for part in block.headline(answers)]
