"""Along which directions of the coefficients a likelihood is searched, where its columns are nearly alike.

A column of years, or of sums in the billions with little spread, is nearly a multiple of the constant: the likelihood
then bends a million times more along one direction than along another, and what a search or an inverse finds is
rounding. So it is searched along the singular vectors of the design matrix X (a row a case, each column divided by its
size), each divided by its singular value:

    X D^-1 = U S V',    beta = start + D^-1 V S^-1 gamma

and X moves by U gamma: as much in all directions. A direction whose singular value is nil changes nothing. Its
coefficients are *tied*: the cases tell of a combination of them alone (Belsley, Kuh and Welsch 1980, Regression
Diagnostics).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

APART = 1e-2  # of the largest singular value: with all above it, coefficients are searched as they are
EVEN = 1e4  # times the smallest column: with none larger, the same
NIL = 1e-11  # the same of a direction that changes nothing, but for rounding
SHARE = 1e-6  # of a direction of length 1: a coefficient with less is not in it


@dataclass(frozen=True, eq=False)
class Directions:
    """Directions of the coefficients.

    basis  [K, R] in columns, each with as large an effect as the others
    tied   coefficients, in groups, of which only a combination can be told
    """

    basis: np.ndarray
    tied: tuple[tuple[int, ...], ...] = ()


def directions(slope: np.ndarray, weight: np.ndarray, bounded: np.ndarray) -> Directions | None:
    """The directions for a linear model; None where its columns are well apart.

    slope    [X, K] derivatives of what is modelled by the coefficients, weight [X] what each row counts for
    bounded  [K] coefficients that have bounds: each of them stays a direction of its own
    """
    design = slope * np.sqrt(weight)[:, None]
    size = np.sqrt((design**2).sum(axis=0))
    even = float(size.max()) <= EVEN * float(size.min())
    size = np.where(size > 0.0, size, 1.0)
    open_ = np.flatnonzero(~bounded)
    _, values, vectors = np.linalg.svd((design / size)[:, open_], full_matrices=True)
    values = np.concatenate([values, np.zeros(len(vectors) - len(values))])
    largest = float(values.max(initial=0.0))
    if even and values.min(initial=np.inf) > APART * largest:
        return None
    told, whole = values > NIL * largest, float(np.sqrt(weight.sum()))
    turned = np.zeros((len(size), int(told.sum())))
    turned[open_] = whole * vectors[told].T / values[told] / size[open_, None]
    alone = np.eye(len(size))[:, bounded] * (whole / size[bounded])
    return Directions(np.concatenate([turned, alone], axis=1), _groups(open_, vectors[~told]))


def _groups(names: np.ndarray, nil: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """Which coefficients come together in the directions [R, K] that change nothing."""
    together = np.abs(nil.T @ nil) > SHARE
    left: list[int] = np.flatnonzero(np.diag(together)).tolist()
    groups = []
    while left:
        group, ends = set[int](), [left[0]]
        while ends:
            group |= set(ends)
            ends = [k for k in np.flatnonzero(together[list(group)].any(axis=0)).tolist() if k not in group]
        groups.append(tuple(int(names[k]) for k in sorted(group)))
        left = [k for k in left if k not in group]
    return tuple(groups)
