"""Files that are whole or not there, with the rights that the user's umask leaves.

A file is written under another name beside its place, brought to the disk and renamed. So readers see the old one or
the new one; and if writing fails, the old one stays and nothing is left behind. Only a process that is killed on the
spot leaves its part: ``sweep`` takes those away.
"""

from __future__ import annotations

import errno
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

_PART = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.part")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Another name to write a file under, which is renamed at the end. An OSError on the way names ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _beside(path) as temporary:
        yield temporary
        _to_disk(temporary)
        temporary.replace(path)


def write_whole(path: Path, text: str) -> None:
    """Write a text, whole or not at all."""
    with whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def write_new(path: Path, text: str) -> None:
    """Write a file that must not be there yet; raises FileExistsError and leaves what is there alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _beside(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
        _to_disk(temporary)
        os.link(temporary, path)


def sweep(folder: Path, names: re.Pattern[str]) -> None:
    """Remove what killed processes left of files with such names. Nobody else may be writing them."""
    for path in folder.glob(".*.part"):
        part = _PART.fullmatch(path.name)
        if part and names.fullmatch(part["name"]):
            path.unlink(missing_ok=True)


class Steady(io.RawIOBase):
    """A file for a library that cannot bear an error while it writes (HDF5 crashes when it then closes the file).

    After the first error nothing more is written, and the library is told that all is well; ``check`` raises the error.
    """

    def __init__(self, file: IO[bytes]):
        super().__init__()
        self._file = file
        self._error: OSError | None = None

    def check(self) -> None:
        """Raise the first error, if there was one."""
        if self._error is not None:
            raise self._error

    def readable(self) -> bool:
        """Yes."""
        return True

    def writable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """As any file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As any file."""
        return self._file.tell()

    def readinto(self, buffer: Any, /) -> int:
        """As any file."""
        return self._file.readinto(buffer)  # pyright: ignore[reportAttributeAccessIssue]

    def write(self, data: Any, /) -> int:
        """As any file, until there was an error."""
        size = memoryview(data).nbytes
        if self._error is None:
            try:
                written = self._file.write(data)
                if written < size:  # the disk became full on the way
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError as error:
                self._error = error
        return size

    def truncate(self, size: int | None = None, /) -> int:
        """As any file, until there was an error."""
        if self._error is None:
            try:
                return self._file.truncate(size)
            except OSError as error:
                self._error = error
        return self.tell() if size is None else size


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """An empty file beside ``path``, which is gone at the end. It is made as any other, so the umask counts."""
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
    except OSError as error:
        if error.filename in (None, str(temporary), temporary) and error.errno is not None:
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
