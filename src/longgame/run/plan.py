"""What a run over many draws is: the whole scenario, the seed, how many draws, and in what parts they are solved.

A plan is all that a worker needs, wherever it runs, and all that an interrupted run needs to be finished (``manifest``
writes it to a file). It says what the arrays of the run mean: their names, their kinds and the names along each axis.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longgame.choice.table import RULES
from longgame.errors import RunError
from longgame.game import sample
from longgame.inference.draws import DrawStatus
from longgame.queries.questions import which_solutions
from longgame.run.study import Study
from longgame.run.together import abreast
from longgame.scenario.dump import dump
from longgame.scenario.expand import evidence_ids, observations_of
from longgame.scenario.load import loads
from longgame.scenario.model import Scenario
from longgame.scenario.places import Source

STATUSES = tuple(DrawStatus)
FEWER = 4  # times as many draws has a scenario itself as each of its variants, where nothing is said

Arrays = dict[str, NDArray[Any]]

#: Array -> (kind of number, what it holds where there is nothing, its axes after that of the draws).
FIELDS: Mapping[str, tuple[str, Any, tuple[str, ...]]] = {
    "theta": ("float64", np.nan, ("assumption",)),
    "status": ("int8", -1, ()),  # position in `Axes.status`
    "residual": ("float64", np.nan, ()),  # the largest of all solutions of the draw
    "iterations": ("int32", 0, ()),  # the most at any step of any of them
    "jumps": ("int32", 0, ()),  # at how many places choices jumped as rationality was raised, in all solutions
    "log_likelihood": ("float64", np.nan, ("evidence",)),  # log P(this piece | all earlier ones)
    "holds": ("int8", -1, ("claim",)),  # 1 true, 0 false, -1 no answer
    "margin": ("float64", np.nan, ("claim",)),
    "belief": ("float64", np.nan, ("at", "world")),  # the public belief at the date of a question
    "learned": ("float64", np.nan, ("after", "world")),  # the public belief after a piece of evidence
    "chance": ("float64", np.nan, ("forecast", "end")),  # the chance of each event by the end of a period
    "posture_value": ("float64", np.nan, ("posture", "world")),  # what its actor can expect now under each posture
    "free_value": ("float64", np.nan, ("actor", "world")),  # what an actor can expect now if it is not bound
    "choice": ("int16", -1, ("actor", "rule")),  # position in `Axes.posture` of what the rule chooses
}
DETAIL = "detail"  # [D] text: what went wrong in a draw that failed


@dataclass(frozen=True)
class Axes:
    """The names along the axes of the arrays.

    assumption  all, in the order of theta
    varying     those that are not fixed to one value
    evidence    in the order of the scenario
    claim       in the order of the scenario
    at          the dates of the claims, and ``now``
    world       in the order of the game
    after       ``start``, and each piece of evidence
    forecast    in the order of the scenario
    end         the ends of the periods that are still to come, by which things are forecast
    actor       those whose postures are solved in every draw
    posture     of these actors, as ACTOR.POSTURE
    rule        by which a posture can be chosen
    status      how a draw can end
    """

    assumption: tuple[str, ...]
    varying: tuple[str, ...]
    evidence: tuple[str, ...]
    claim: tuple[str, ...]
    at: tuple[str, ...]
    world: tuple[str, ...]
    actor: tuple[str, ...]
    posture: tuple[str, ...]
    after: tuple[str, ...] = ()
    forecast: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    rule: tuple[str, ...] = RULES
    status: tuple[str, ...] = tuple(status.name for status in STATUSES)

    def names(self, field: str) -> tuple[tuple[str, ...], ...]:
        """The names along each axis of an array of one draw."""
        return tuple(getattr(self, axis) for axis in FIELDS[field][2])

    def shape(self, field: str) -> tuple[int, ...]:
        """The shape of an array of one draw."""
        return tuple(map(len, self.names(field)))


@dataclass(frozen=True)
class Chunk:
    """Some draws that follow each other and are solved by one worker: ``start`` to ``stop`` (exclusive).

    cube           the points [size, varying assumptions] of the unit cube, as bytes, where they are not the plan's
    evidence_only  they are solved for the likelihood of the evidence and for nothing else
    """

    number: int
    start: int
    stop: int
    cube: bytes = b""
    evidence_only: bool = False

    @property
    def size(self) -> int:
        """How many draws."""
        return self.stop - self.start

    def __str__(self) -> str:
        return f"chunk {self.number} (draws {self.start} to {self.stop - 1})"


@dataclass(frozen=True)
class Plan:
    """A run over many draws.

    scenario       all of it, as YAML
    name, file     what the scenario was called, and where it was read
    seed           of the draws (and of the simulations of the base case)
    draws          how many were asked for
    chunk          how many of them are solved together by one worker
    temper         whether the draws are led to the posterior where their weights alone would not do
    every_posture  whether the postures of every actor are solved in each draw, or only those that claims ask for
    versions       of the software that the numbers depend on
    axes           what the arrays mean
    variant_draws  how many draws of each variant of the scenario are solved beside; None where none are
    """

    scenario: str
    name: str
    file: str | None
    seed: int
    draws: int
    chunk: int
    every_posture: bool
    versions: tuple[tuple[str, str], ...]
    axes: Axes
    temper: bool = True
    variant_draws: int | None = None

    @classmethod
    def of(
        cls,
        study: Study,
        draws: int,
        seed: int,
        *,
        every_posture: bool = False,
        chunk: int | None = None,
        temper: bool = True,
        variant_draws: int | None = None,
    ) -> Plan:
        """The plan to solve some draws of a study. Raises QuestionError for a claim that cannot be understood."""
        axes = axes_of(study, every_posture=every_posture)
        return cls(
            scenario=dump(study.scenario),
            name=study.scenario.source.name,
            file=study.scenario.source.file,
            seed=seed,
            draws=draws,
            chunk=chunk or chunk_size(draws, abreast(study)),
            every_posture=every_posture,
            versions=tuple(software().items()),
            axes=axes,
            temper=temper,
            variant_draws=variant_draws,
        )

    def without_forecasts(self) -> Plan:
        """The same plan, in whose draws nothing is simulated."""
        return replace(self, axes=replace(self.axes, forecast=(), end=()))

    @property
    def size(self) -> int:
        """How many draws are solved: none where there is nothing that draws could tell."""
        asks = self.axes.claim or self.axes.forecast or (self.every_posture and self.axes.posture)
        return self.draws if asks and self.axes.varying else 0

    def chunks(self) -> Iterator[Chunk]:
        """The parts of the run."""
        for number, start in enumerate(range(0, self.size, self.chunk)):
            yield Chunk(number, start, min(start + self.chunk, self.size))

    def read(self) -> Scenario:
        """The scenario again. Its answers name the file that it was first read from."""
        scenario = loads(self.scenario)
        return scenario.read_from(Source(self.name, self.file, scenario.source.sha256))

    def blank(self, size: int) -> Arrays:
        """Arrays for some draws with nothing in them yet."""
        arrays: Arrays = {
            name: np.full((size, *self.axes.shape(name)), empty, dtype=kind)
            for name, (kind, empty, _) in FIELDS.items()
        }
        return arrays | {DETAIL: np.full(size, "", dtype="U1")}

    @cached_property
    def digest(self) -> str:
        """Of all that the plan says: what was solved for another plan is told by it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def same_software(self) -> None:
        """Raise RunError unless this process would compute the same numbers as the one that made the plan."""
        here = software()
        other = [
            f"{name} {version} (here {here.get(name, 'none')})"
            for name, version in self.versions
            if here.get(name) != version
        ]
        if other:
            raise RunError(f"The run was begun with {', '.join(other)}; other versions may give other numbers.")


def fewer(draws: int) -> int:
    """How many draws of each variant are solved where nothing is said."""
    return -(-draws // FEWER)


def chunk_size(draws: int, abreast: int) -> int:
    """So many draws that a chunk is worth sending and a run has enough chunks to share out: 4 to 256.

    As many as are solved ``abreast`` if the run has 16 times as many, and above that a multiple of them.
    """
    size = min(256, max(4, draws // 128, min(abreast, draws // 16)))
    return size - size % abreast if size > abreast else size


def versions() -> dict[str, str]:
    """The software that the numbers depend on."""
    libraries = {name: metadata.version(name) for name in ("numba", "numpy", "scipy")}
    return {"python": platform.python_version(), **libraries}


def software() -> dict[str, str]:
    """The versions that the numbers depend on, longgame's own first."""
    return {"longgame": metadata.version("longgame")} | versions()


def axes_of(study: Study, *, every_posture: bool) -> Axes:
    """The names along the axes of the draws of a study."""
    actors = posture_actors(study, every_posture=every_posture)
    return Axes(
        assumption=tuple(study.scenario.assumptions),
        varying=tuple(list(study.scenario.assumptions)[p] for p in varying(study)),
        evidence=evidence_ids(study.scenario),
        claim=tuple(study.scenario.claims),
        at=tuple(dict.fromkeys([*(str(claim.at) for claim in study.scenario.claims.values()), "now"])),
        world=study.game.worlds,
        actor=actors,
        posture=tuple(f"{actor}.{posture}" for actor in actors for posture in study.scenario.postures[actor]),
        after=("start", *evidence_ids(study.scenario)),
        forecast=tuple(study.scenario.forecasts),
        end=_ends(study) if study.scenario.forecasts else (),
    )


def _ends(study: Study) -> tuple[str, ...]:
    """The ends of the periods from the one on that the last piece of evidence is of."""
    last = max((seen.period for seen in observations_of(study.scenario)), default=0)
    return tuple(study.scenario.clock.end_label(t) for t in range(last, study.game.periods))


def posture_actors(study: Study, *, every_posture: bool) -> tuple[str, ...]:
    """The actors whose postures are all solved in each draw: because that is asked for, or because claims need it."""
    needed = set(study.postures if every_posture else which_solutions(claim.holds for claim in study.claims))
    return tuple(
        actor
        for actor, postures in study.scenario.postures.items()
        if postures and needed.issuperset((actor, posture) for posture in postures)
    )


def varying(study: Study) -> list[int]:
    """The positions of the assumptions that are not fixed to one value."""
    return [
        p
        for p, assumption in enumerate(study.scenario.assumptions.values())
        if np.ptp(sample.support(assumption)) > 0.0
    ]
