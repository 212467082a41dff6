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
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

from longgame.arrays import cache_folder

F = TypeVar("F", bound=Callable[..., Any])

# Products and sums may be fused; nothing else that would change a result is allowed.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract"}, "nogil": True}


class _PartLibrary(JITCodeLibrary):
    """The code of a part, which is copied into programs and nothing else: only they are worked over as a whole.

    Numba would make each part ready to be called from Python, with all the parts that it uses, and those again.
    """

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Nothing is there to be called."""
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> Any:
        """What is told of names in machine code, of which there is none."""
        return self

    def set_env(self, name: str, env: Any) -> None:
        """Only programs raise errors."""


class _PartCompiler(Compiler):
    """What compiles a part."""

    def __init__(self, typingctx: Any, targetctx: Any, library: Any, *rest: Any):
        super().__init__(typingctx, targetctx, _PartLibrary(targetctx.codegen(), "part"), *rest)


def _part(function: F, **options: Any) -> F:
    options |= {"pipeline_class": _PartCompiler, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    part: Any = numba.njit(**options, **_OPTIONS)(function)
    part._insert, part._compile_for_args = _no_entry, _not_called
    return part


def _no_entry(*_: Any) -> None:
    """Keeps Numba from calling what has no machine code."""


def _not_called(*_: Any, **__: Any) -> None:
    raise TypeError("this is a part of compiled programs; from Python only programs can be called")


def compiled(function: F) -> F:
    """A part of a program."""
    return _part(function, forceinline=True)


def shared(function: F) -> F:
    """A part of a program that is called where it is needed, not copied there."""
    return _part(function)


def program(function: F) -> F:
    """A function that is called from Python, without its lock; kept once it is compiled."""
    folder = _folder()
    if folder is None:
        return cast(F, numba.njit(**_OPTIONS)(function))
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
