"""The server: tools, resources and a prompt, over standard input and output."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp_types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

import longgame
from longgame.cli.assistant import guide
from longgame.cli.assistant.room import Room
from longgame.cli.assistant.tools import Tools
from longgame.cli.output import to_json
from longgame.errors import Place, Problem, ScenarioError
from longgame.scenario.patterns import begun
from longgame.text import describe


class _Server(MCPServer):
    """The SDK's server, which says in plain words what is wrong with the arguments of a call."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            raise ToolError("\n".join(map(_said, error.__cause__.errors()))) from None


def _said(fault: ErrorDetails) -> str:
    missing = fault["type"] == "missing"
    expected = "this argument" if missing else fault["msg"].removeprefix("Input should be ")
    found = "nothing" if missing else describe(fault["input"])
    return str(Problem("argument", Place(path=".".join(map(str, fault["loc"]))), expected, found))


def server(folder: Path) -> MCPServer:
    """A server that keeps to a folder. Raises ScenarioError where there is none."""
    room = Room.at(folder)
    made = _Server(
        "longgame",
        title="longgame",
        description="Checks strategic assessments as games.",
        instructions=guide.INSTRUCTIONS,
        version=longgame.__version__,
        log_level="CRITICAL",
    )
    tools = Tools(room)
    for tool in (tools.check, tools.explain, tools.ask, tools.whatif, tools.patterns):
        made.add_tool(tool, annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False))
    made.add_tool(tools.run, annotations=ToolAnnotations(destructive_hint=False, open_world_hint=False))
    _resources(made)
    _prompt(made, room)
    return made


def _resources(made: MCPServer) -> None:
    @made.resource("longgame://language", mime_type="text/markdown")
    def language() -> str:
        """The scenario language: every key, with examples."""
        return guide.language()

    @made.resource("longgame://schema", mime_type="application/schema+json")
    def schema() -> str:
        """The scenario language as a JSON Schema."""
        return to_json(longgame.json_schema())

    @made.resource("longgame://patterns/{pattern}", mime_type="application/yaml")
    def pattern(pattern: str) -> str:
        """A scenario to start from; the tool `patterns` lists them."""
        try:
            return begun("my-case", pattern)
        except ScenarioError as error:
            raise ResourceNotFoundError(str(error)) from None


def _prompt(made: MCPServer, room: Room) -> None:
    @made.prompt(title="From a column to a checked scenario")
    async def assess(
        column: Annotated[str, Field(description="The text whose claims are to be checked.")],
        scenario: Annotated[str, Field(description="The scenario so far, if there is one: `check` is fed back.")] = "",
    ) -> str:
        """Lead from a column to claims to a scenario that passes the checks, and to what follows from it."""
        try:
            found = await to_thread.run_sync(room.problems, scenario) if scenario else []
        except ScenarioError as error:  # there is no such file, or it cannot be read
            found = error.problems
        checked = room.shown("\n".join(map(str, found))) or "sound so far: call `check` for stakes, size and warnings."
        return guide.assess(column, scenario, checked)
