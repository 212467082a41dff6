"""The memory that is free, on the machine and in the container if there is one; and that of ours which lies idle."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def free_memory() -> float | None:
    """Bytes that may still be taken; None where the system does not say."""
    return min(_free(), default=None)


def _free() -> Iterator[float]:
    for line in _lines("/proc/meminfo"):
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            yield 1024.0 * float(value.split()[0])
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        with suppress(StopIteration, ValueError):  # no such group; or no limit: `max`
            yield max(0.0, float(next(iter(_lines(limit)))) - float(next(iter(_lines(used)))))


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="ascii").splitlines()
    except OSError:
        return []


def give_back() -> None:
    """Give the system the memory that lies idle after large work; glibc would keep it until the process ends."""
    with suppress(OSError, AttributeError, TypeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
