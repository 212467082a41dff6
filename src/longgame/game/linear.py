"""What stays as it is under a linear map: x = c + L x.

Whatever is expected for ever under fixed play is such an x, with L one period backwards, and so is what values move by
when a stationary equilibrium moves. L is given by what it makes of a vector; GMRES (Saad and Schultz 1986) finds x.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

_KRYLOV = 120  # directions that are held at once
_BYTES = 2**28  # that they may take
_RESTARTS = 12
_DENSE = 150  # unknowns up to which L is written out
EXACT = 1e-13


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
    operator = LinearOperator((size, size), matvec=amiss, dtype=np.float64)
    held, x = max(10, min(_KRYLOV, _BYTES // (8 * size))), rhs.copy()
    for _ in range(3):  # GMRES reckons its own residual; started again from where it is, rounding does not add up
        left = rhs - amiss(x)
        if np.linalg.norm(left) <= accuracy * target:
            break
        move, _ = gmres(operator, left, rtol=accuracy * target / float(np.linalg.norm(left)), atol=0.0,
                        restart=held, maxiter=_RESTARTS * _KRYLOV // held)  # fmt: skip
        if not np.isfinite(move).all():
            return None
        x = x + move
    return x.reshape(shape) if np.linalg.norm(rhs - amiss(x)) <= max(1e3 * accuracy, 1e-10) * target else None
