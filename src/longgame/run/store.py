"""Where the arrays of finished chunks are kept: in memory, or in a folder that an interrupted run can be resumed from.

    DIR/run.json           the plan, written first
    DIR/chunks/00012.npz   the arrays of a finished chunk
    DIR/posterior/chunks   the same of the points on the way to the posterior, where the draws are led there
    DIR/variants/NAME/chunks   the same of the draws of a variant of the scenario

A file that is there is whole (``files``). Arrays are written without pickle. Each chunk says of which plan it is, and
of which points. The plan stands in run.json with the digest of each file that the run wrote beside the chunks, so that
it can be told what is the run's own: nothing else is ever replaced or removed, and nothing behind a link.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np

from longgame.errors import RunError
from longgame.files import sweep, whole, write_whole
from longgame.run.hold import Held, held
from longgame.run.manifest import read_run, write_run
from longgame.run.plan import DETAIL, FIELDS, Arrays, Chunk, Plan

RUN = "run.json"
ANSWERS = "answers.json"
REPORT = "report.html"
VERIFICATION = "verification.json"
RESULTS = "results.nc"
MADE = (RUN, ANSWERS, REPORT, VERIFICATION, RESULTS)  # the files that a run makes beside the chunks
CHUNKS = "chunks"
BATCH = 512  # draws that are held at once, or a few more
POSTERIOR = "posterior"  # the folder, in that of a run, of the chunks on the way to the posterior
VARIANTS = "variants"  # the folder, in that of a run, of the folders of its variants
PLAN, POINTS = "plan", "points"  # the entries of a chunk's file that say whose it is
_CHUNK_FILE = re.compile(r"\d{5,}\.npz")
_ANY_FILE = re.compile(r"\d{5,}\.npz|(run|answers|verification)\.json|report\.html|results\.nc|draws\.(csv|parquet)")


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
        """Whether a chunk is there."""
        return chunk.number in self._chunks


class ChunkFiles:
    """Keeps chunks in files of a folder."""

    def __init__(self, path: Path, plan: Plan, run: Plan | None = None):
        self.path = path
        self.plan = plan
        self._run_digest = (run or plan).digest  # of the plan of the run, by which its files are told

    def put(self, chunk: Chunk, arrays: Arrays) -> None:
        """Keep the arrays of a finished chunk. Raises RunError where another's file has its name."""
        file = self._file(chunk)
        if _there(file) and not self.owns(file):
            raise RunError(_STRANGER.format(file))
        whose = {PLAN: np.array(self._run_digest), POINTS: np.array(self._points(chunk))}
        with whole(file) as temporary, temporary.open("wb") as opened:
            np.savez(opened, allow_pickle=False, **arrays, **whose)

    def get(self, chunk: Chunk, *names: str) -> Arrays:
        """Some arrays of a finished chunk; all without names. Raises RunError where the file is not what was put."""
        file = self._file(chunk)
        try:
            arrays = _read(file, (*(names or (*FIELDS, DETAIL)), PLAN, POINTS))
        except FileNotFoundError:
            raise RunError(f"{chunk} of the run is not finished; `longgame resume {self._run}` finishes it.") from None
        except _UNREADABLE:  # what NumPy says of it is for programmers
            raise RunError(f"{file} holds no draws that can be read. {_MEND.format(self._run)}") from None
        if (str(arrays.pop(PLAN)), str(arrays.pop(POINTS))) != (self._run_digest, self._points(chunk)):
            raise RunError(f"{file} holds another run's draws, or others of this one. {_MEND.format(self._run)}")
        return arrays

    def missing(self) -> list[Chunk]:
        """The chunks that are not finished."""
        there = {file.name for file in self.path.glob("*.npz")}
        return [chunk for chunk in self.plan.chunks() if self._file(chunk).name not in there]

    def has(self, chunk: Chunk) -> bool:
        """Whether this very chunk is there: of this plan, and of its points."""
        try:
            found = _read(self._file(chunk), (PLAN, POINTS))
        except (FileNotFoundError, *_UNREADABLE):
            return False
        return (str(found[PLAN]), str(found[POINTS])) == (self._run_digest, self._points(chunk))

    def owns(self, file: Path) -> bool:
        """Whether a file is a chunk of this plan."""
        try:
            return not file.is_symlink() and str(_read(file, (PLAN,))[PLAN]) == self._run_digest
        except _UNREADABLE:
            return False

    @property
    def _run(self) -> Path:
        """The folder of the run."""
        return self.path.parent

    def _file(self, chunk: Chunk) -> Path:
        return self.path / f"{chunk.number:05}.npz"

    def _points(self, chunk: Chunk) -> str:
        """The digest of what a chunk was asked for."""
        asked = f"{chunk.start} {chunk.stop} {chunk.evidence_only} "
        return hashlib.sha256(asked.encode() + chunk.cube).hexdigest()


class _Way(ChunkFiles):
    """The chunks on the way to the posterior."""

    @property
    def _run(self) -> Path:
        return self.path.parent.parent


class _OfVariant(ChunkFiles):
    """The chunks of a variant, which has a plan of its own; they are the run's."""

    @property
    def _run(self) -> Path:
        return self.path.parent.parent.parent

    def _points(self, chunk: Chunk) -> str:
        return hashlib.sha256(f"{self.plan.digest} {super()._points(chunk)}".encode()).hexdigest()


class Folder(ChunkFiles):
    """The folder of a run: the plan, the chunks, and the files that are made of them.

    root   the folder; ``path`` is where the chunks are
    files  file -> the digest of what this run wrote into it
    """

    def __init__(self, root: Path, plan: Plan, files: Mapping[str, str] | None = None):
        super().__init__(root / CHUNKS, plan)
        self.root = root
        self.files = dict(files or {})
        self._room: Held | None = None  # where a new run is to begin

    @classmethod
    def new(cls, room: Held, plan: Plan) -> Folder:
        """A run that begins with its first result; until then the folder stays as it is. See ``room_in``."""
        folder = cls(room.path, plan)
        folder._room = room
        return folder

    @classmethod
    def open(cls, root: Path) -> Folder:
        """The run that a folder holds. Raises RunError where there is none."""
        path = root / RUN
        try:
            return cls(root, *read_run(path.read_bytes()))
        except (FileNotFoundError, NotADirectoryError):
            raise RunError(f"{root} holds no run: there is no {RUN} in it.") from None
        except RunError as error:
            raise RunError(f"{path}: {error}") from None

    @classmethod
    @contextmanager
    def resumed(cls, place: str | Path | Held) -> Iterator[Folder]:
        """The run that a folder holds, to be gone on with. Raises RunError where there is none, or another is at it."""
        cls.open(place.path if isinstance(place, Held) else Path(place))  # no folder is made where there is no run
        with held(place) as room:
            folder, room.begun = cls.open(room.path), True
            for path in (folder.root, *folders_of_chunks(folder.root)):
                sweep(path, _ANY_FILE)
            yield folder

    def begin(self) -> None:
        """Where the run is a new one, put it in the place of the one before: of that, all goes that it wrote."""
        if self._room is None:
            return
        room, self._room = self._room, None
        if _there(self.root / RUN):
            before = Folder.open(self.root)
            named = [self.root / name for name in (ANSWERS, *before.files) if _ANY_FILE.fullmatch(name) and name != RUN]
            for path in named + before.all_chunks():
                if before.owns(path):
                    path.unlink()
        self.path.mkdir(exist_ok=True)
        self._write_plan()
        room.begun = True

    def put(self, chunk: Chunk, arrays: Arrays) -> None:
        """Keep the arrays of a finished chunk."""
        self.begin()
        super().put(chunk, arrays)

    def missing(self) -> list[Chunk]:
        """The chunks that are not finished."""
        return super().missing() if self._room is None else list(self.plan.chunks())

    def on_the_way(self) -> ChunkFiles:
        """The folder, in this one, for the chunks on the way to the posterior."""
        return _Way(self.root / POSTERIOR / CHUNKS, self.plan)

    def of_variant(self, name: str, plan: Plan) -> ChunkFiles:
        """The folder, in this one, for the chunks of a variant of this plan's scenario, with a plan of its own."""
        return _OfVariant(self.root / VARIANTS / name / CHUNKS, plan, self.plan)

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """Where to write a file of the run, which is then put in its place. Raises RunError if that is another's."""
        self.begin()
        path = self.root / name
        if _there(path) and not self.owns(path):
            raise RunError(_STRANGER.format(path))
        with whole(path) as temporary:
            yield temporary
            self.files[name] = _digest(temporary)
            self._write_plan()  # first: a file is the run's own from the moment that it is there

    def write(self, name: str, text: str) -> None:
        """Write a text as a file of the run."""
        with self.file(name) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="")

    @property
    def finished(self) -> bool:
        """Whether the answers are there."""
        return (self.root / ANSWERS).exists()

    def owns(self, file: Path) -> bool:
        """Whether this run wrote a file, and nobody changed it since."""
        if file.parent != self.root:
            return super().owns(file)
        if file.is_symlink() or not file.is_file():
            return False
        return file.name == RUN or _digest(file) == self.files.get(file.name)

    @property
    def _run(self) -> Path:
        return self.root

    def all_chunks(self) -> list[Path]:
        """Whatever is there under the name of a chunk, those beside the draws themselves too."""
        return [file for folder in folders_of_chunks(self.root) for file in chunk_files(folder)]

    def _write_plan(self) -> None:
        write_whole(self.root / RUN, write_run(self.plan, self.files))


@contextmanager
def room_in(place: str | Path | Held) -> Iterator[Held]:
    """Hold a folder that a new run can be written to, and has not been yet.

    Raises RunError where another process holds it, or where something would be in the way that no run has written.
    """
    with held(place) as room:
        for path in (room.path / POSTERIOR, room.path / VARIANTS, *folders_of_chunks(room.path)):
            if link := next((part for part in (path, path.parent) if part != room.path and part.is_symlink()), None):
                raise RunError(f"{link} is a link, behind which a run writes nothing. Remove the link.")
        before = Folder.open(room.path) if _there(room.path / RUN) else None
        there = [path for path in [room.path / name for name in MADE] if _there(path)]
        there += [file for folder in folders_of_chunks(room.path) for file in chunk_files(folder)]
        for path in there:
            if before is None or not before.owns(path):
                raise RunError(_STRANGER.format(path))
        yield room


def folders_of_chunks(root: Path) -> list[Path]:
    """The folders in which a run keeps chunks, be they there or not."""
    variants = sorted((root / VARIANTS).glob(f"*/{CHUNKS}"))
    return [root / CHUNKS, root / POSTERIOR / CHUNKS, *variants]


def chunk_files(folder: Path) -> list[Path]:
    """Whatever is in a folder under the name of a chunk."""
    return [file for file in folder.glob("*.npz") if _CHUNK_FILE.fullmatch(file.name)]


_UNREADABLE = (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile)
_MEND = "Delete it; `longgame resume {}` makes it anew."
_STRANGER = (
    "{} was not written by the run in this folder, or was changed since, and is not overwritten. "
    "Move it away, or choose another folder."
)


def _read(file: Path, names: Sequence[str]) -> Arrays:
    with np.load(file, allow_pickle=False) as kept:
        return {name: kept[name] for name in names}


def _there(path: Path) -> bool:
    """Whether there is anything of this name, be it a link that leads nowhere."""
    return path.exists() or path.is_symlink()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
