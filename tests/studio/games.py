"""A folder with a tiny scenario in it, and the studio above it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from longgame.studio.app import app
from longgame.studio.desk import Desk
from longgame.studio.files import Home
from longgame.studio.shelf import Shelf
from longgame.studio.work import Bench
from tests import loops
from tests.tiny import TEXT

CLAIMS = """
claims:
  bold: {says: A loud yes is believed., holds: belief(h == yes) > 0.7}
  worth: {says: A high x is worth something to A., holds: "worth(a, set(x=high)) > 0.1"}
  never: {says: A sure thing., holds: belief(h == yes) > 2}
"""
TINY = TEXT + CLAIMS
LATTICE = TINY.replace("periods: 1", "periods: 40").replace("{lattice: 4}", "{lattice: 5}")  # too long to solve exactly
TOKEN = "token"
ORIGIN = "file:tiny.yaml"
Event = tuple[str, dict[str, Any]]


def bench(folder: Path) -> Bench:
    """A folder with the tiny scenario, and where it is solved."""
    (folder / "tiny.yaml").write_text(TINY, encoding="utf-8")
    return Bench(Home.at(folder), Shelf(), Desk())


@asynccontextmanager
async def client(place: Bench, **more: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a studio, below its token."""
    transport = httpx.ASGITransport(app=app(place, TOKEN, ORIGIN))
    base = f"http://127.0.0.1/{TOKEN}/"
    async with httpx.AsyncClient(transport=transport, base_url=base, timeout=120, **more) as one:
        yield one


def events(text: str) -> list[Event]:
    """The events of a stream."""
    found = []
    for part in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in part.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def last(found: list[Event], kind: str) -> dict[str, Any]:
    """The data of the last event of a kind."""
    return [data for name, data in found if name == kind][-1]


def asked(place: Bench, path: str, content: Any, **more: Any) -> httpx.Response:
    """The answer to one request."""

    async def ask() -> httpx.Response:
        async with client(place) as one:
            return await one.post(f"api/{path}", json=content, **more)

    return loops.run(ask())


def solved(place: Bench, values: dict[str, float], text: str | None = None, **more: Any) -> list[Any]:
    state = {"origin": ORIGIN, "text": text, "values": values}
    return events(asked(place, "solve", {"state": state, **more}).text)
