"""Shape letters, the one float type, and where compiled programs are kept.

    letter   axis
    G        draws of the assumptions
    N        actors
    W        worlds: one value of every hidden variable
    C        information cells of the mover: worlds that it cannot tell apart
    S        public states; X the states of all draws of a batch, side by side
    B        points of the belief lattice
    A        options of a step (outcomes, at a chance step)
    Y        public signals of a step
    L        successors of an option (a lottery)
    K        steps in a period
    T        periods
    P        assumptions
    V        directions in the assumptions, along which derivatives are taken
    E        value functions that are evaluated together (E = N for the actors' own values)

Arrays are written with the axes in this order: ``U [S, N, W, B]`` holds a number for each state, actor, world and
lattice point. Lattice points come last, so that they lie side by side in memory. All floats are 64 bits wide.

Compiled programs are kept between processes under ``$LONGGAME_CACHE``, else ``$XDG_CACHE_HOME/longgame``, else
``~/.cache/longgame``. An empty ``LONGGAME_CACHE`` turns this off. Where the folder cannot be written, nothing is kept.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

Array = Any  # an array, or what NumPy takes for one: every function that takes one says its shape

#: What the libraries under NumPy and SciPy read when they begin. Our matrices are small, so that threads of theirs only
#: wait for each other: on two busy cores the path follower was three times as slow with two of them.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def cache_folder() -> Path | None:
    """The folder for compiled programs, made if need be; None where there is none that can be written."""
    chosen = os.environ.get("LONGGAME_CACHE")
    if chosen == "":
        return None
    try:
        if chosen:
            folder = Path(chosen).expanduser()
        elif os.environ.get("XDG_CACHE_HOME"):
            folder = Path(os.environ["XDG_CACHE_HOME"]) / "longgame"
        else:
            folder = Path.home() / ".cache" / "longgame"
        folder = folder / "programs"
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / f".{os.urandom(8).hex()}"  # permission bits alone do not tell (root, read-only mounts)
        trial.touch(exist_ok=False)
        trial.unlink()
        return folder
    except (OSError, RuntimeError):  # RuntimeError: no home directory
        return None
