"""How programs are compiled, and where they are kept.

Numba keeps a compiled program as long as the file that it stands in does not change, whatever becomes of the functions
that it calls. So programs are kept in a folder that is named by the text of the whole kernel (see ``arrays``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any, TypeVar, cast

import numba
import numpy as np
from numba.core import config
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

from longgame.arrays import Array, cache_folder

try:
    import fcntl
except ModuleNotFoundError:  # not a Unix
    fcntl = None

PATIENCE = 180.0  # seconds that a process waits for another one to compile a program that it needs too
_PAUSE = 0.05  # seconds between two looks

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
    """A function that is called from Python, without its lock; kept once it is compiled.

    Of several processes that need it at once, one compiles it and the others wait for that.
    """
    folder = _folder()
    if folder is None:
        return cast(F, numba.njit(**_OPTIONS)(function))
    settings: Any = config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(folder)  # read when the function is made
    try:
        made: Any = numba.njit(cache=True, **_OPTIONS)(function)
    finally:
        settings.CACHE_DIR = before
    compile_or_load = made.compile

    def compile_alone(signature: Any) -> Any:
        with _alone(folder / f"{function.__module__}.{function.__name__}.lock"):
            return compile_or_load(signature)

    made.compile = compile_alone
    return cast(F, made)


def read(array: Array, kind: Any = np.float64) -> np.ndarray:
    """An array as programs take it: contiguous, and read-only, so that the same compiled program serves all."""
    array = np.ascontiguousarray(array, dtype=kind).view()
    array.flags.writeable = False
    return array


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """No other process is within for the same file, as far as the file system knows locks, and nobody waits for ever:
    whoever is within may have been halted.
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("ab")
    except OSError:  # the folder went away, or cannot be written any more
        yield
        return
    with file:
        deadline = monotonic() + PATIENCE
        while not _taken(file) and monotonic() < deadline:
            sleep(_PAUSE)
        yield


def _taken(file: IO[bytes]) -> bool:
    """Whether the lock is ours now, or there are no locks."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


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
    for path in sorted([Path(__file__), *(Path(__file__).parent / "solver" / "kernel").glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
