"""Shape letters, the one float type, and JAX, which is had from here.

    letter   axis
    N        actors
    W        worlds: one value of every hidden variable
    C        information cells of the mover: worlds that it cannot tell apart
    S        public states
    B        points of the belief lattice
    A        options of a step (outcomes, at a chance step)
    Y        public signals of a step
    L        successors of an option (a lottery)
    K        steps in a period
    T        periods
    P        assumptions; in the solver's inner loops, points (a state and a belief each)
    E        value functions that are evaluated together (E = N for the actors' own values)

Arrays are written with the axes in this order: ``U [S, N, W, B]`` holds a number for each state, actor, world and
lattice point. Lattice points come last, so that they lie side by side in memory. All floats are 64 bits wide.

JAX takes as long to import as a question takes to answer, and where the kernel does the work few questions need it: so
it is imported when something of ``jax`` or ``jnp`` is first used. Whoever imports it, it works with 64 bits.

Compiled programs are kept between processes under ``$LONGGAME_CACHE``, else ``$XDG_CACHE_HOME/longgame``, else
``~/.cache/longgame``. An empty ``LONGGAME_CACHE`` turns this off. Where the folder cannot be written, nothing is kept.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

Array = Any  # a NumPy or a JAX array: every function that takes one says its shape

FLOAT = "float64"
INDEX = "int32"


class _Later(ModuleType):
    """A module that is imported when something of it is first used."""

    def __getattr__(self, name: str) -> Any:
        _set_up()
        value = getattr(import_module(self.__name__), name)
        setattr(self, name, value)
        return value


def _jit(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """``jax.jit`` of a function, made when that is first called."""
    made = cache(lambda: jax.jit(function, **options))
    return wraps(function)(lambda *arguments: made()(*arguments))


if TYPE_CHECKING:
    import jax
    import jax.numpy as jnp
    from jax import jit
else:
    jax, jnp, jit = _Later("jax"), _Later("jax.numpy"), _jit


def library(x: Array) -> ModuleType:
    """``jax.numpy`` for an array of JAX's, or one that it traces; else NumPy."""
    return jnp if "jax" in sys.modules and isinstance(x, jax.Array) else np


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
        with tempfile.TemporaryFile(dir=folder):  # permission bits alone do not tell (root, read-only mounts)
            return folder
    except (OSError, RuntimeError):  # RuntimeError: no home directory
        return None


@cache
def _set_up() -> None:
    config = import_module("jax").config
    config.update("jax_enable_x64", True)
    folder = cache_folder()
    if folder is not None and config.values["jax_compilation_cache_dir"] is None:
        config.update("jax_compilation_cache_dir", str(folder))
        # A game compiles some dozens of small programs; each is worth keeping.
        config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        config.update("jax_persistent_cache_min_entry_size_bytes", -1)


if "jax" in sys.modules:
    _set_up()
else:
    os.environ["JAX_ENABLE_X64"] = "true"  # for whoever imports JAX first
