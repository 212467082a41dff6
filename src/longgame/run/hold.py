"""One run in a folder at a time.

Whoever works in a folder holds the file ``.longgame.lock`` in it, which says who that is. It is the system that keeps
the hold and lets go of it when the process ends, however it ends: a file that a killed process left, here or on another
machine, keeps nobody out. Where a file system knows no locks, nobody is kept out.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from longgame.errors import RunError

try:
    import fcntl
except ModuleNotFoundError:  # not a Unix
    fcntl = None

LOCK = ".longgame.lock"
_HELD = errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES


@dataclass
class Held:
    """A folder in which nobody else works meanwhile.

    begun  whether it holds the run that is worked on, and no longer an earlier one
    """

    path: Path
    begun: bool = False


@contextmanager
def held(folder: str | Path | Held) -> Iterator[Held]:
    """Hold a folder, which is made if need be, and taken away again if nothing came of it.

    Raises RunError where another process holds it; what is held already stays so.
    """
    if isinstance(folder, Held):
        yield folder
        return
    path = Path(folder)
    made = not path.exists()
    path.mkdir(parents=True, exist_ok=True)
    try:
        with _locked(path / LOCK, path):
            yield Held(path)
    except BaseException:
        if made:
            with suppress(OSError):  # not empty: then it is not ours to remove
                path.rmdir()
        raise


@contextmanager
def _locked(lock: Path, folder: Path) -> Iterator[None]:
    handle = _taken(lock, folder)
    try:
        now = datetime.now().astimezone().isoformat(" ", "seconds")
        with suppress(OSError):  # a full disk is met later, if at all
            os.truncate(handle, 0)
            os.write(handle, f"process {os.getpid()} on {socket.gethostname()} since {now}\n".encode())
        yield
    finally:
        lock.unlink(missing_ok=True)  # before it is let go, so that nobody else's is removed
        os.close(handle)


def _taken(lock: Path, folder: Path) -> int:
    """The lock file, opened and held."""
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        try:
            _take(handle)
            if _same(handle, lock):
                return handle
        except OSError as error:
            os.close(handle)
            if error.errno not in _HELD:
                raise
            raise RunError(
                f"{folder} is held by {_holder(lock)}. Wait until it has ended, or choose another folder."
            ) from None
        os.close(handle)  # whoever held it has removed it meanwhile


def _take(handle: int) -> None:
    if fcntl is not None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK):  # no locks in this file system
                raise


def _same(handle: int, lock: Path) -> bool:
    """Whether the file that was opened is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(handle), lock.stat())
    except FileNotFoundError:
        return False


def _holder(lock: Path) -> str:
    try:
        return lock.read_text(encoding="utf-8", errors="replace").strip() or "another process"
    except OSError:
        return "another process"
