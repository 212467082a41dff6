"""Runs the studio on 127.0.0.1 until it is stopped."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from longgame.errors import Place, Problem, ScenarioError
from longgame.studio.app import app
from longgame.studio.desk import Desk
from longgame.studio.files import Home
from longgame.studio.shelf import Shelf
from longgame.studio.work import Bench

FIRST = "truce-on-offer"  # the scenario that is opened if none is named


def serve(source: str | None, folder: Path | None, port: int, say: Callable[[str], None]) -> None:
    """Serve the studio until Ctrl-C.

    Args:
        source: a scenario file, or the name of a shipped one.
        folder: the only folder in which it reads and writes; that of the file, or the current one, if None.
        port: on 127.0.0.1; 0 for any that is free.
        say: given the address once connections are taken.

    Raises ScenarioError where the scenario cannot be opened, OSError where the port is taken.
    """
    home = folder or (Path(source).parent if source is not None and Path(source).is_file() else Path())
    place = Home.at(home)
    try:
        opened = place.origin_of(source or FIRST)
    except ValueError:
        expected, fix = f"a scenario in {place.root}", "Name its folder with --folder."
        raise ScenarioError([Problem("no-such-file", Place(file=source), expected, "one elsewhere", fix)]) from None
    place.read(opened)
    token = secrets.token_urlsafe(18)
    with socket.create_server(("127.0.0.1", port)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/{token}/"
        bench = Bench(place, Shelf(), Desk())
        settings = uvicorn.Config(
            app(bench, token, opened), log_level="critical", access_log=False, server_header=False,
            timeout_graceful_shutdown=1, ws="none",
        )  # fmt: skip
        say(address)
        uvicorn.Server(settings).run(sockets=[listening])
