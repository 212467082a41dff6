"""What the commands on runs need: who solves the draws, what a folder holds, the table of draws."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from longgame.errors import RunError
from longgame.run.executors import ChunkExecutor, Threads
from longgame.run.processes import Processes
from longgame.run.store import RUN, Folder
from longgame.run.table import write_csv
from longgame.solver.kernel import cores

ANSWERS = "answers.json"
WRITTEN = (ANSWERS, "report.html", "verification.json", "results.nc", "draws.csv", "draws.parquet")


MANY = 1_000  # draws from which worker processes are worth their start: questions hold back the threads of one process


def executor(workers: int | None, cluster: str | None, draws: int = 0) -> ChunkExecutor:
    """Who solves so many draws. Raises RunError where that takes something that is not installed."""
    if cluster is None:
        return Processes(workers) if workers or (draws >= MANY and cores() > 1) else Threads()
    try:
        from longgame.run.cluster import Cluster
    except ModuleNotFoundError:
        raise RunError("A cluster needs Dask: pip install 'longgame[cluster]'.") from None
    return Cluster(cluster)


def holds_run(folder: Path) -> bool:
    """Whether a folder holds a run, finished or not."""
    return (folder / RUN).exists()


def clear(folder: Path, *, anew: bool) -> None:
    """Make room for a new run. Raises RunError where the folder holds draws of a run that was not finished."""
    finished = (folder / ANSWERS).exists()
    if not anew and not finished and (chunks := Folder.chunks_in(folder)):
        raise RunError(
            f"{folder} holds an unfinished run ({chunks} chunks of draws are solved). `longgame resume {folder}` "
            "finishes it; --anew gives it up; or choose another folder with --out."
        )
    for name in WRITTEN:
        (folder / name).unlink(missing_ok=True)


def write_table(folder: Path, format: Literal["csv", "parquet"]) -> Path:
    """Write the draws of a finished run as one table, and say where."""
    store = Folder.open(folder)
    if not store.plan.size:
        raise RunError(f"{folder} holds a run without draws.")
    path = folder / f"draws.{format}"
    if format == "csv":
        write_csv(store, path)
        return path
    try:
        from longgame.run.parquet import write_parquet
    except ModuleNotFoundError:
        raise RunError("Parquet needs pyarrow: pip install 'longgame[parquet]'.") from None
    write_parquet(store, path)
    return path
