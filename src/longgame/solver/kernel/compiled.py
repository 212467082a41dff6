"""How the kernel is compiled, and where its programs are kept.

Numba keeps a compiled program as long as the file that it stands in does not change, whatever becomes of the functions
that it calls. So programs are kept in a folder that is named by the text of the whole kernel (see ``arrays``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config

from longgame.arrays import cache_folder

F = TypeVar("F", bound=Callable[..., Any])

# Products and sums may be fused; nothing else that would change a result is allowed.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract"}, "nogil": True}


def compiled(function: F) -> F:
    """A part of a program."""
    return cast(F, numba.njit(forceinline=True, **_OPTIONS)(function))


def shared(function: F) -> F:
    """A part of a program that is called where it is needed, not copied there."""
    return cast(F, numba.njit(**_OPTIONS)(function))


def program(function: F) -> F:
    """A function that is called from Python, without its lock; kept once it is compiled."""
    folder = _folder()
    if folder is None:
        return compiled(function)
    settings: Any = config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(folder)  # read when the function is made
    try:
        return cast(F, numba.njit(cache=True, **_OPTIONS)(function))
    finally:
        settings.CACHE_DIR = before


def is_kept(function: Callable[..., Any]) -> bool:
    """Whether a program was compiled by an earlier process, and kept."""
    folder = _folder()
    return folder is not None and any(folder.rglob(f"*.{function.__name__}-*.nbi"))


def _folder() -> Path | None:
    folder = cache_folder()
    return None if folder is None else folder / f"kernel-{_text()}"


@lru_cache(maxsize=1)
def _text() -> str:
    """A short hash of the kernel's source."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
