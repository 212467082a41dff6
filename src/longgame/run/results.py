"""The draws of a run as one netCDF file in the schema of ArviZ (netCDF-4, which xarray and R read too).

    prior              [chain, draw] the assumptions of every draw
    sample_stats_prior [chain, draw] of the same draws: status, residual, iterations, log-likelihood of each piece of
                       evidence, weight
    answers            [chain, draw, ...] of the same draws: truth and margin of each claim, beliefs, postures
    posterior          [chain, draw] the assumptions of draws taken anew in proportion to their weights; or, where these
                       leave less than a tenth of the draws, of the draws that were led to the posterior
    sample_stats       [chain, draw] of those: status, residual, iterations, and which draw of the prior it is
    posterior_answers  [chain, draw, ...] as ``answers``, of draws that were led to the posterior
    log_likelihood     [chain, draw, evidence] of those
    log_prior          [chain, draw] of those: the log of the density of each assumption
    constant_data      [assumption] base value, least and greatest value

There is one chain. The file is written some hundreds of draws at a time: memory holds these, and the weights of all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5netcdf
import h5py
import numpy as np
from numpy.typing import NDArray

from longgame.files import Steady
from longgame.game import sample
from longgame.inference.weights import resample
from longgame.run.plan import DETAIL, STATUSES, Arrays, Axes, Plan
from longgame.run.store import Store, in_batches
from longgame.run.tempering import Tempered
from longgame.run.weighing import Weighed
from longgame.scenario.model import Assumption

SAMPLE = ("chain", "draw")
TEXT = h5py.string_dtype("utf-8")

STATUS = {"flag_values": np.arange(len(STATUSES), dtype="int8"), "flag_meanings": " ".join(s.name for s in STATUSES)}

#: Variable -> (array of the run, its axes after chain and draw, attributes).
Fields = dict[str, tuple[str, tuple[str, ...], Mapping[str, Any]]]

REPORT: Fields = {
    "status": ("status", (), STATUS),
    "residual": ("residual", (), {"long_name": "largest residual of any step"}),
    "iterations": ("iterations", (), {"long_name": "most iterations at any step"}),
    "jumps": ("jumps", (), {"long_name": "places where choices jumped as rationality was raised"}),
}
SEEN: Fields = {
    "seen": ("log_likelihood", ("evidence",), {"long_name": "log P(piece of evidence | all earlier ones)"}),
}
ANSWERS: Fields = {
    "holds": ("holds", ("claim",), {"flag_values": np.array([-1, 0, 1], "int8"), "flag_meanings": "no_answer no yes"}),
    "margin": ("margin", ("claim",), {"long_name": "how far the claim is from turning; above 0 where it holds"}),
    "belief": ("belief", ("at", "world"), {"long_name": "public belief at the date of a question"}),
    "learned": ("learned", ("after", "world"), {"long_name": "public belief after a piece of evidence"}),
    "chance": ("chance", ("forecast", "end"), {"long_name": "chance of each event by the end of a period"}),
    "posture_value": ("posture_value", ("posture", "world"), {"long_name": "what its actor can expect from now on"}),
    "free_value": ("free_value", ("actor", "world"), {"long_name": "what an actor can expect from now on, not bound"}),
    "choice": ("choice", ("actor", "rule"), {"long_name": "position of the posture that the rule chooses"}),
}


def write_results(store: Store, path: Path, tempered: Tempered | None = None) -> None:
    """Write the draws of a finished run, of which there is at least one; and the posterior, where it was walked to."""
    plan = store.plan
    weighed = Weighed.of(store)
    count = int(np.count_nonzero(weighed.by_draw))
    taken = np.empty(0, dtype=int)
    if count and tempered is None:
        taken = resample(weighed.by_draw, count, plan.seed)
    assumptions = plan.read().assumptions
    with _opened(path) as file:
        file.attrs["title"] = f"{plan.name}: {plan.size} draws, seed {plan.seed}"
        for name, version in plan.versions:
            file.attrs[f"version_{name}"] = version
        _constants(file, plan.axes, assumptions)
        prior = _Group(file, "prior", plan.size)
        report = _Group(file, "sample_stats_prior", plan.size)
        answers = _Group(file, "answers", plan.size)
        posterior = _Posterior(file, plan, assumptions, taken)
        for draws, arrays in in_batches(store):
            prior.append(draws.start, _by_assumption(plan.axes, arrays["theta"]))
            report.append_fields(draws.start, plan.axes, REPORT | SEEN, arrays)
            report.append(draws.start, {"weight": weighed.by_draw[draws], "detail": arrays[DETAIL]})
            answers.append_fields(draws.start, plan.axes, ANSWERS, arrays)
            posterior.append(arrays, draws.start, draws.stop)
        if tempered is not None:
            particles = _Posterior(file, plan, assumptions, np.arange(tempered.size))
            particles.write(0, tempered.arrays)
            _Group(file, "posterior_answers", tempered.size).append_fields(0, plan.axes, ANSWERS, tempered.arrays)


@contextmanager
def _opened(path: Path) -> Iterator[h5netcdf.File]:
    """A new file; raises the OSError that HDF5 would crash at."""
    with path.open("w+b", buffering=0) as plain:
        steady = Steady(plain)
        try:
            with h5netcdf.File(steady, "w") as file:
                yield file
        finally:
            steady.check()


class _Group:
    """A group whose variables are written some draws at a time."""

    def __init__(self, file: h5netcdf.File, name: str, draws: int):
        self._group = file.create_group(name)
        self._group.dimensions = {"chain": 1, "draw": draws}
        self._group.create_variable("chain", ("chain",), data=np.zeros(1, dtype="int64"))
        self._group.create_variable("draw", ("draw",), data=np.arange(draws, dtype="int64"))

    def append(self, start: int, columns: Mapping[str, NDArray[Any]]) -> None:
        """Write one number or text for each of some draws, from draw ``start`` on."""
        for name, column in columns.items():
            self._write(name, (), start, column, {})

    def append_fields(self, start: int, axes: Axes, fields: Fields, arrays: Arrays) -> None:
        """Write arrays of some draws; those without any entry are left out."""
        for name, (array, more, attributes) in fields.items():
            if all(axes.shape(array)):
                for axis in more:
                    _names(self._group, axis, getattr(axes, axis))
                self._write(name, more, start, arrays[array], attributes)

    def _write(
        self, name: str, more: Sequence[str], start: int, values: NDArray[Any], attributes: Mapping[str, Any]
    ) -> None:
        name = f"{name}_" if name in SAMPLE else name  # an assumption that is called like a dimension
        text = values.dtype.kind == "U"
        if name not in self._group.variables:
            kind = TEXT if text else values.dtype
            self._group.create_variable(name, (*SAMPLE, *more), dtype=kind).attrs.update(attributes)
        self._group[name][0, start : start + len(values)] = values.astype(object) if text else values


class _Posterior:
    """The groups of the draws that were taken anew: ``taken`` [N] are draws of the prior, in ascending order."""

    def __init__(self, file: h5netcdf.File, plan: Plan, assumptions: Mapping[str, Assumption], taken: NDArray[np.int_]):
        self._axes = plan.axes
        self._assumptions = assumptions
        self._taken = taken
        self._groups = {
            name: _Group(file, name, taken.size)
            for name in ("posterior", "sample_stats", "log_likelihood", "log_prior")
            if taken.size
        }

    def append(self, arrays: Arrays, start: int, stop: int) -> None:
        """Write those that were taken from some draws of the prior."""
        first, end = np.searchsorted(self._taken, [start, stop])
        if first == end:
            return
        here = self._taken[first:end]
        some = {name: array[here - start] for name, array in arrays.items()}
        self._groups["sample_stats"].append(first, {"prior_draw": here})
        self.write(first, some)

    def write(self, first: int, some: Arrays) -> None:
        """Write draws of the posterior, from draw ``first`` on."""
        values = _by_assumption(self._axes, some["theta"])
        density = {name: sample.log_density(self._assumptions[name], column) for name, column in values.items()}
        self._groups["posterior"].append(first, values)
        self._groups["log_prior"].append(first, density)
        self._groups["log_likelihood"].append_fields(first, self._axes, SEEN, some)
        self._groups["sample_stats"].append_fields(first, self._axes, REPORT, some)


def _by_assumption(axes: Axes, theta: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """The assumptions that vary, by name: their columns of theta [D, P]."""
    return {name: theta[:, p] for p, name in enumerate(axes.assumption) if name in axes.varying}


def _constants(file: h5netcdf.File, axes: Axes, assumptions: Mapping[str, Assumption]) -> None:
    group = file.create_group("constant_data")
    _names(group, "assumption", axes.assumption)
    given = list(assumptions.values())
    low, high = np.array([sample.support(assumption) for assumption in given]).T
    values = {"value": np.array([float(assumption.value) for assumption in given]), "low": low, "high": high}
    for name, column in values.items():
        group.create_variable(name, ("assumption",), data=column)


def _names(group: h5netcdf.Group, axis: str, names: Sequence[str]) -> None:
    """A dimension with the names along it, once."""
    if axis not in group.dimensions:
        group.dimensions[axis] = len(names)
        group.create_variable(axis, (axis,), dtype=TEXT)[:] = np.array(names, dtype=object)
