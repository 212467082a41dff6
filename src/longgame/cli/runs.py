"""What the commands on runs need: who solves the draws, what a folder holds, the table of draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from longgame.cli.output import to_json
from longgame.errors import RunError
from longgame.report import render
from longgame.run.executors import ChunkExecutor
from longgame.run.hold import Held, held
from longgame.run.local import Local
from longgame.run.processes import Processes, worker_processes
from longgame.run.store import ANSWERS, REPORT, RUN, VERIFICATION, Folder, room_in
from longgame.run.table import write_csv


def executor(workers: int | None, cluster: str | None) -> ChunkExecutor:
    """Who solves the draws. Raises RunError where that takes something that is not installed."""
    if cluster is None:
        return Processes(workers) if workers else Local()
    try:
        from longgame.run.cluster import Cluster
    except ModuleNotFoundError:
        raise RunError("A cluster needs Dask: pip install 'longgame[cluster]'.") from None
    return Cluster(cluster)


@contextmanager
def pool_of(workers: int | None, cluster: str | None) -> Iterator[Executor | None]:
    """Workers that are given one piece of work after another: so many processes, or those of a Dask cluster; None where
    neither is asked for. Raises RunError where that takes something that is not installed, or no cluster answers.
    """
    if cluster is not None:
        try:
            from longgame.run.cluster import cluster_pool
        except ModuleNotFoundError:
            raise RunError("A cluster needs Dask: pip install 'longgame[cluster]'.") from None
        with cluster_pool(cluster) as pool:
            yield pool
    elif workers is not None and workers > 1:
        with worker_processes(workers) as pool:
            yield pool
    else:
        yield None


@contextmanager
def room_for(folder: Path, *, anew: bool) -> Iterator[Held]:
    """Hold a folder for a new run. Raises RunError where it holds draws of a run that was not finished."""
    with room_in(folder) as room:
        if not anew and (folder / RUN).exists():
            before = Folder.open(folder)
            if not before.finished and (chunks := before.all_chunks()):
                raise RunError(
                    f"{folder} holds an unfinished run ({len(chunks)} chunks of draws are solved). `longgame resume"
                    f" {folder}` finishes it; --anew gives it up; or choose another folder with --out."
                )
        yield room


@contextmanager
def to_resume(folder: Path) -> Iterator[Held]:
    """Hold the folder of a run. Raises RunError where it holds none."""
    Folder.open(folder)  # no folder is made where there is none
    with held(folder) as room:
        yield room


def write(folder: Path, answers: Mapping[str, Any]) -> None:
    """Write the files of a finished run for people and programs to read."""
    store = Folder.open(folder)
    if answers["verification"]:
        store.write(VERIFICATION, to_json(answers["verification"]) + "\n")
    store.write(REPORT, render(answers, store.plan.read()))
    store.write(ANSWERS, to_json(answers) + "\n")  # last: with it the run is finished


@contextmanager
def to_be_gone_on_with(room: Held) -> Iterator[None]:
    """Say with whatever ends a run how to go on with it, once something of it is in the folder."""
    kept = f"What was solved is kept: `longgame resume {room.path}` finishes the run"
    try:
        yield
    except OSError as error:
        if not room.begun:
            raise
        what = f"{error.filename or room.path}: {error.strerror or error}"
        raise RunError(f"{what}. {kept} once that is mended.") from None
    except RunError as error:
        if not room.begun or "longgame resume" in str(error):
            raise
        raise RunError(f"{error} {kept}.") from None


def write_table(folder: Path, format: Literal["csv", "parquet"]) -> Path:
    """Write the draws of a finished run as one table, and say where."""
    with Folder.resumed(folder) as store:
        return _table_of(store, format)


def _table_of(store: Folder, format: Literal["csv", "parquet"]) -> Path:
    if not store.plan.size:
        raise RunError(f"{store.root} holds a run without draws.")
    name = f"draws.{format}"
    if format == "csv":
        with store.file(name) as path:
            write_csv(store, path)
        return store.root / name
    try:
        from longgame.run.parquet import write_parquet
    except ModuleNotFoundError:
        raise RunError("Parquet needs pyarrow: pip install 'longgame[parquet]'.") from None
    with store.file(name) as path:
        write_parquet(store, path)
    return store.root / name
