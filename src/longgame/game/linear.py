"""What stays as it is under a linear map: x = c + L x.

Whatever is expected for ever under fixed play is such an x, with L one period backwards, and so is what values move by
when a stationary equilibrium moves. L is given by what it makes of a vector; GMRES (Saad and Schultz 1986) finds x.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy

_KRYLOV = 60  # directions that are held at once
_BYTES = 2**28  # that they may take
_ROUNDS = 40
_FINEST = 1e-8  # how much of an error is taken away in one round
_SLOW = 0.9  # a round that leaves more of it is the last
_DENSE = 40  # unknowns up to which L is written out
EXACT = 1e-13
ROUGH = 1e-9  # what is left of the error where rounding is in the way of more


def fixed_point(
    apply: Callable[[np.ndarray], np.ndarray], constant: np.ndarray, accuracy: float = EXACT
) -> np.ndarray | None:
    """x with x = constant + apply(x), of the shape of ``constant``; None where none was found.

    accuracy  how much is left of the error of x = 0
    """
    shape, size = constant.shape, constant.size

    def amiss(x: np.ndarray) -> np.ndarray:
        return x - apply(x.reshape(shape)).ravel()

    rhs = np.ascontiguousarray(constant).ravel()
    target = float(np.linalg.norm(rhs))
    if target == 0.0:
        return np.zeros(shape)
    if size <= _DENSE:
        matrix = np.stack([amiss(unit) for unit in np.eye(size)], axis=1)
        try:
            x = np.linalg.solve(matrix, rhs)
        except np.linalg.LinAlgError:
            return None
        return x.reshape(shape) if np.isfinite(x).all() else None
    operator = scipy.sparse.linalg.LinearOperator((size, size), matvec=amiss, dtype=np.float64)
    held, x, left = max(10, min(_KRYLOV, _BYTES // (8 * size))), np.zeros(size), rhs
    for _ in range(_ROUNDS):  # each begins with what is really left, so that rounding does not add up
        before = float(np.linalg.norm(left))
        wanted = max(0.1 * accuracy * target / before, _FINEST)
        move, _ = scipy.sparse.linalg.gmres(operator, left, rtol=wanted, atol=0.0, restart=held, maxiter=1)
        x = x + move
        left = rhs - amiss(x)
        now = float(np.linalg.norm(left))
        if not now < _SLOW * before or now <= accuracy * target:
            break
    return x.reshape(shape) if np.linalg.norm(left) <= max(accuracy, ROUGH) * target else None
