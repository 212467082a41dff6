"""Between the few points of a block's lattice: a smooth surface through them, looked up on a finer lattice.

A product of many lattices can only be coarse, and what is linear between its points is too crude. Values are smooth in
the belief nearly everywhere, so a polyharmonic spline is laid through them (Duchon 1977; in one dimension a cubic
spline): with points x_p and the terms m of a polynomial of degree 2,

    f(x) = sum over p of  c_p |x - x_p|^3  +  sum over m of  d_m x^m,   f(x_p) = v_p,   sum over p of  c_p x_p^m = 0

f is linear in the values v, so that its values at the points of a finer lattice are a matrix times v. Between these it
is linear, as elsewhere. A lattice that is fine by itself is left as it is.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import combinations_with_replacement

import numpy as np

from longgame.game.lattice import RESOLUTION, Lattice

DEGREE = 2  # of the polynomial
FINER = 3, 2  # times as fine is the finer lattice: of up to three worlds, of more
FEW = 3


@lru_cache(maxsize=64)
def finer(lattice: Lattice) -> Lattice:
    """The lattice on which choices are made along a block: as fine as where it is the only one."""
    if lattice.resolution >= RESOLUTION[lattice.worlds]:
        return lattice
    return replace(lattice, resolution=lattice.resolution * FINER[lattice.worlds > FEW])


@lru_cache(maxsize=64)
def prolonged(lattice: Lattice) -> np.ndarray:
    """[P', P] what values at the points of a lattice come to at the points of the finer one."""
    fine = finer(lattice)
    if fine == lattice:
        return _kept(np.eye(lattice.size))
    x, at = lattice.points[:, :-1], fine.points[:, :-1]
    if lattice.resolution <= DEGREE:  # a polynomial alone goes through all points
        return _kept(_powers(at, lattice.resolution) @ np.linalg.inv(_powers(x, lattice.resolution)))
    powers, terms = _powers(x, DEGREE), _powers(at, DEGREE)
    count = powers.shape[1]
    system = np.block([[_apart(x, x), powers], [powers.T, np.zeros((count, count))]])
    inverse = np.linalg.inv(system)[:, : len(x)]
    found = np.hstack([_apart(at, x), terms]) @ inverse
    found[coarse(lattice)] = np.eye(len(x))
    return _kept(found)


@lru_cache(maxsize=64)
def coarse(lattice: Lattice) -> np.ndarray:
    """[P] the places of the points of a lattice among those of the finer one."""
    index, weight = finer(lattice).locate(lattice.points)
    return _kept(np.take_along_axis(index, weight.argmax(axis=-1)[:, None], axis=-1)[:, 0].astype(np.int64))


def _apart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.linalg.norm(x[:, None] - y[None], axis=-1) ** 3


def _powers(x: np.ndarray, degree: int) -> np.ndarray:
    """[M, terms] all products of up to so many coordinates."""
    terms = [some for n in range(degree + 1) for some in combinations_with_replacement(range(x.shape[1]), n)]
    return np.stack([np.prod(x[:, list(some)], axis=1) for some in terms], axis=1)


def _kept(x: np.ndarray) -> np.ndarray:
    x = np.ascontiguousarray(x)
    x.setflags(write=False)
    return x
