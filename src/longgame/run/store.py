"""Where the arrays of finished chunks are kept: in memory, or in a folder that an interrupted run can be resumed from.

    DIR/run.json           the plan, written first
    DIR/chunks/00012.npz   the arrays of a finished chunk
    DIR/posterior/chunks   the same of the points on the way to the posterior, where the draws are led there

Each file is written under another name and then renamed, so that a file that is there is whole. Arrays are written
without pickle.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np

from longgame.errors import RunError
from longgame.run.plan import DETAIL, FIELDS, Arrays, Chunk, Plan

RUN = "run.json"
CHUNKS = "chunks"
BATCH = 512  # draws that are held at once, or a few more
POSTERIOR = "posterior"  # the folder, in that of a run, of the chunks on the way to the posterior


class Store(Protocol):
    """Keeps the arrays of finished chunks."""

    plan: Plan

    def put(self, chunk: Chunk, arrays: Arrays) -> None:
        """Keep the arrays of a finished chunk."""

    def get(self, chunk: Chunk, *names: str) -> Arrays:
        """Some arrays of a finished chunk; all without names."""
        ...

    def missing(self) -> list[Chunk]:
        """The chunks that are not finished."""
        ...


def each_chunk(store: Store, *names: str) -> Iterator[tuple[Chunk, Arrays]]:
    """Some arrays of all chunks (all, without names), one chunk at a time, so that memory holds only one."""
    for chunk in store.plan.chunks():
        yield chunk, store.get(chunk, *names)


def in_batches(store: Store) -> Iterator[tuple[slice, Arrays]]:
    """All arrays of all draws, some hundreds of draws at a time: for files that take long to be opened for more."""
    start = 0
    parts: list[Arrays] = []
    for chunk, arrays in each_chunk(store):
        parts.append(arrays)
        if chunk.stop - start >= BATCH or chunk.stop == store.plan.size:
            yield slice(start, chunk.stop), {name: np.concatenate([part[name] for part in parts]) for name in arrays}
            start, parts = chunk.stop, []


class Memory:
    """Keeps chunks in memory."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self._chunks: dict[int, Arrays] = {}

    def put(self, chunk: Chunk, arrays: Arrays) -> None:
        """Keep the arrays of a finished chunk."""
        self._chunks[chunk.number] = arrays

    def get(self, chunk: Chunk, *names: str) -> Arrays:
        """Some arrays of a finished chunk; all without names."""
        arrays = self._chunks[chunk.number]
        return {name: arrays[name] for name in names or arrays}

    def missing(self) -> list[Chunk]:
        """The chunks that are not finished."""
        return [chunk for chunk in self.plan.chunks() if not self.has(chunk)]

    def has(self, chunk: Chunk) -> bool:
        """Whether a chunk of this number is there."""
        return chunk.number in self._chunks


class Folder:
    """Keeps chunks in files of a folder."""

    def __init__(self, path: Path, plan: Plan):
        self.path = path
        self.plan = plan

    @classmethod
    def begin(cls, path: Path, plan: Plan) -> Folder:
        """Begin a run in a folder: the chunks of an earlier run go, the plan is written."""
        folder = cls(path, plan)
        (path / RUN).unlink(missing_ok=True)  # first: chunks without a plan are no run, whatever happens from here on
        (path / CHUNKS).mkdir(parents=True, exist_ok=True)
        for old in [*(path / CHUNKS).iterdir(), *(path / POSTERIOR / CHUNKS).glob("*.npz")]:
            old.unlink()
        with whole(path / RUN) as temporary:
            temporary.write_text(plan.to_json(), encoding="utf-8")
        return folder

    @classmethod
    def open(cls, path: Path) -> Folder:
        """The run that a folder holds. Raises RunError where there is none."""
        try:
            text = (path / RUN).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            raise RunError(f"{path} holds no run: there is no {RUN} in it.") from None
        return cls(path, Plan.from_json(text))

    def on_the_way(self) -> Folder:
        """The folder, in this one, for the chunks on the way to the posterior."""
        path = self.path / POSTERIOR
        (path / CHUNKS).mkdir(parents=True, exist_ok=True)
        return Folder(path, self.plan)

    def has(self, chunk: Chunk) -> bool:
        """Whether a chunk of this number is there."""
        return self._file(chunk).exists()

    def put(self, chunk: Chunk, arrays: Arrays) -> None:
        """Keep the arrays of a finished chunk."""
        with whole(self._file(chunk)) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)

    @staticmethod
    def chunks_in(path: Path) -> int:
        """How many chunks are finished of the run that a folder holds; 0 where it holds none."""
        return len(list((path / CHUNKS).glob("*.npz"))) if (path / RUN).exists() else 0

    def get(self, chunk: Chunk, *names: str) -> Arrays:
        """Some arrays of a finished chunk; all without names. Raises RunError where the file is not what was put."""
        file = self._file(chunk)
        wanted: Sequence[str] = names or (*FIELDS, DETAIL)
        try:
            with np.load(file, allow_pickle=False) as kept:
                arrays = {name: kept[name] for name in wanted}
        except FileNotFoundError:
            raise RunError(f"{chunk} of the run is not finished; `longgame resume {self.path}` finishes it.") from None
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise RunError(f"{file} cannot be read: {error}. {_MEND.format(self.path)}") from None
        for name, array in arrays.items():
            if array.shape != (chunk.size, *(() if name == DETAIL else self.plan.axes.shape(name))):
                raise RunError(
                    f"{file} holds another run's draws: {name} has shape {array.shape}. {_MEND.format(self.path)}"
                )
        return arrays

    def missing(self) -> list[Chunk]:
        """The chunks that are not finished."""
        there = {file.name for file in (self.path / CHUNKS).glob("*.npz")}
        return [chunk for chunk in self.plan.chunks() if self._file(chunk).name not in there]

    def _file(self, chunk: Chunk) -> Path:
        return self.path / CHUNKS / f"{chunk.number:05}.npz"


_MEND = "Delete it; `longgame resume {}` makes it anew."


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Another name to write a file under; at the end it goes to the disk and is renamed.

    So a file is whole or not there, and if writing fails, what was there before stays.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
