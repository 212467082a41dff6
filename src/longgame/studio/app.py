"""The server: who may ask, and how answers are sent.

Only the page that the studio printed the address of may ask: the token stands in the address of everything, requests
for another host (a name that a foreign site has pointed at 127.0.0.1) are refused, and so are requests that another
site's page makes. What is asked is checked field by field, and at most ``MOST_BYTES`` of it are read.

All work is done in threads; the loop that talks to browsers never waits for it. When a connection ends, its work is
told to stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from longgame.errors import LonggameError, Place, Problem, ScenarioError
from longgame.run.solver import Stopped
from longgame.studio.desk import GivenUp
from longgame.studio.endpoints import Endpoint, document, endpoints
from longgame.studio.models import Asked, ProblemRow
from longgame.studio.work import Bench, Job

MOST_BYTES = 20_000_000  # of a request
MOST_SHOWN = 200  # characters of what was found in a field
MOST_STREAMS = 64  # at once
BREATH = 0.5  # seconds between two looks at whether a silent connection is still there
HOSTS = ("127.0.0.1", "localhost")
STATIC = {"": ("studio/static/index.html", "text/html"), "studio.js": ("studio/static/studio.js", "text/javascript"),
          "editor.js": ("studio/static/editor.js", "text/javascript"),
          "studio.css": ("studio/static/studio.css", "text/css"), "charts.js": ("report/charts.js", "text/javascript"),
          "licences.txt": ("studio/static/licences.txt", "text/plain"),
          "charts.licences.txt": ("report/charts.js.LICENSES.txt", "text/plain")}  # fmt: skip


def app(bench: Bench, token: str, opened: str) -> ASGIApp:
    """The studio as an ASGI application, all of it below ``/TOKEN/``."""
    pool = ThreadPoolExecutor(MOST_STREAMS + 16, thread_name_prefix="studio")
    all_endpoints = endpoints(opened)
    description = document(all_endpoints)
    described = lambda request: JSONResponse(description)  # noqa: E731
    routes = [
        *(Route(f"/{token}/{name}", _static(*what), methods=["GET"]) for name, what in STATIC.items()),
        Route(f"/{token}/api/openapi.json", described, methods=["GET"]),
        *(
            Route(f"/{token}/{one.path}", _route(one, bench, pool), methods=["GET" if one.asked is None else "POST"])
            for one in all_endpoints
        ),
    ]

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        pool.shutdown(wait=False, cancel_futures=True)

    return _Guard(Starlette(routes=routes, lifespan=lifespan))


class _Guard:
    """Lets nobody in but the studio's own page, and tells browsers what that page may do."""

    def __init__(self, inner: ASGIApp):
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        if (reason := _stranger(Request(scope))) is not None:
            refused = _problems([Problem("not-allowed", Place(path="request"), "the studio's own page", reason)], 403)
            await refused(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(12)
        scope["nonce"] = nonce
        policy = (
            f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self';"
            " img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        headers = {
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
            "cross-origin-resource-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
        }
        extra = [(name.encode(), value.encode()) for name, value in headers.items()]

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *extra]
            await send(message)

        await self._inner(scope, receive, sent)


def _stranger(request: Request) -> str | None:
    """Why a request is not the studio's own, if it is not."""
    host = request.headers.get("host", "")
    if host.rsplit(":", 1)[0] not in HOSTS:
        return "a request for another host"
    origin = request.headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return "a request from another site"
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return "a request from another site"
    return None


def _static(name: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    content = files("longgame").joinpath(*name.split("/")).read_text(encoding="utf-8")

    async def answer(request: Request) -> Response:
        return Response(content.replace("{{nonce}}", request.scope["nonce"]) if not name.endswith("js") else content,
                        media_type=kind)  # fmt: skip

    return answer


def _route(one: Endpoint, bench: Bench, pool: ThreadPoolExecutor) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        asked = await _asked(one, request)
        if isinstance(asked, Response):
            return asked
        if one.stream is not None:
            return StreamingResponse(_events(one.stream, asked, bench, pool, request), media_type="text/event-stream")
        assert one.answer is not None
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(pool, one.answer, bench, asked)
        except LonggameError as error:
            return _problems(_problems_of(error), 422)
        except Exception as error:  # of ours; said without a traceback
            return _problems([_ours(error)], 500)
        return Response(found.model_dump_json(), media_type="application/json")

    return answer


async def _asked(one: Endpoint, request: Request) -> Asked | Response | None:
    """What a request asks, or why it cannot be asked."""
    if one.asked is None:
        return None
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return _problems(
            [Problem("not-json", Place(path="request"), "application/json", "another kind of content")], 415
        )
    told, body = request.headers.get("content-length", ""), bytearray()
    found = f"more than {MOST_BYTES:,} bytes"
    too_long = _problems([Problem("too-long", Place(path="request"), "a shorter request", found)], 413)
    if told.isdecimal() and int(told) > MOST_BYTES:
        return too_long
    try:
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return too_long
    except ClientDisconnect:
        return Response(status_code=400)
    try:
        return one.asked.model_validate_json(bytes(body))
    except ValidationError as error:
        return _problems([_field(each) for each in error.errors(include_url=False, include_context=False)], 422)


def _field(error: ErrorDetails) -> Problem:
    """What is wrong with one field of a request."""
    where = ".".join(map(str, error["loc"])) or "request"
    return Problem("field", Place(path=where), error["msg"], repr(error["input"])[:MOST_SHOWN])


async def _events(
    stream: Callable[[Job, Any], None], asked: Any, bench: Bench, pool: ThreadPoolExecutor, request: Request
) -> AsyncIterator[str]:
    """The events of a piece of work, as text. Its thread stops when this ends, for whatever reason."""
    loop, stop = asyncio.get_running_loop(), threading.Event()
    told: asyncio.Queue[tuple[str, dict[str, Any]] | None] = asyncio.Queue()

    def tell(kind: str, data: dict[str, Any]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(told.put_nowait, (kind, data))

    def work() -> None:
        try:
            stream(Job(bench, tell, stop.is_set), asked)
        except (GivenUp, Stopped):
            pass
        except LonggameError as error:
            tell("problem", {"problems": [ProblemRow.of(one).model_dump() for one in _problems_of(error)]})
        except Exception as error:
            tell("problem", {"problems": [ProblemRow.of(_ours(error)).model_dump()]})
        finally:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(told.put_nowait, None)

    working = loop.run_in_executor(pool, work)
    try:
        yield ": begun\n\n"
        while True:
            try:
                event = await asyncio.wait_for(told.get(), BREATH)
            except TimeoutError:
                if await request.is_disconnected():
                    return
                yield ": still at it\n\n"
                continue
            if event is None:
                return
            kind, data = event
            yield f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False, allow_nan=False)}\n\n"
    finally:
        stop.set()
        working.add_done_callback(lambda done: done.cancelled() or done.exception())


def _ours(error: Exception) -> Problem:
    """An error of longgame itself."""
    fix = "This is an error of longgame itself, not of the scenario: please report it."
    return Problem("longgame", Place(path="longgame"), "an answer", f"{type(error).__name__}: {error}", fix)


def _problems_of(error: LonggameError) -> list[Problem]:
    if isinstance(error, ScenarioError):
        return list(error.problems)
    return [Problem("longgame", Place(path="scenario"), "an answer", str(error))]


def _problems(found: list[Problem], status: int) -> Response:
    return JSONResponse({"problems": [ProblemRow.of(one).model_dump() for one in found]}, status)
