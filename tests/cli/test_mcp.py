"""`longgame mcp` as an assistant uses it: the SDK's own client, over standard input and output."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError, StdioServerParameters

from longgame.cli import main
from longgame.cli.assistant import room
from longgame.cli.assistant.server import server
from longgame.cli.assistant.tools import MOST_DRAWS
from longgame.scenario.patterns import begun, patterns
from tests import loops
from tests.tiny import TEXT

COLUMN = """
The ferrymen of Port Sorrel have struck for a fortnight, and the company has bid low twice. It says that its books leave
it no choice. A firm that lets its ships lie idle and still bids low is as poor as it says, and by May there will be an
agreement. The men would do best to take what is on the table.
"""
CLAIMS = """claims:
  firm_is_poor:
    says: A firm that lets its ships lie idle and still bids low is as poor as it says.
    holds: belief(books == strained) > 0.6
  agreement_by_may:
    says: By May there will be an agreement.
    holds: chance(talks != open, by=4) > 0.5
  take_the_bid:
    says: The men would do best to take what is on the table.
    holds: lead(ferrymen, take_what_is_there) > 0
"""


def with_client(served: Any, talk: Callable[[Client], Awaitable[None]]) -> None:
    async def session() -> None:
        with anyio.fail_after(240):
            async with Client(served) as client:
                await talk(client)

    loops.run(session())


def over_stdio(folder: Path) -> StdioServerParameters:
    arguments = ["-m", "longgame", "mcp", str(folder)]
    return StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))


def text_of(result: Any) -> str:
    return "\n".join(content.text for content in result.content)


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    text = text_of(result)
    assert "Traceback" not in text and 'File "' not in text
    return text


# --- from a column to claims that are explained -----------------------------------------------------------------------


def test_a_scripted_assistant_goes_from_a_column_to_explained_claims(tmp_path):
    async def talk(client: Client) -> None:
        told = await client.get_prompt("assess", {"column": COLUMN})
        prompt = told.messages[0].content.text
        assert "Port Sorrel" in prompt and "Call `check`" in prompt and "Claims." in prompt

        listed = await client.call_tool("patterns", {})
        nearest = next(one["name"] for one in listed.structured_content["patterns"] if "pay round" in one["fits"])
        text = text_of(await client.call_tool("patterns", {"pattern": nearest, "name": "ferries"}))

        # It writes the claims of the column, and renames the union; but in one place it forgets to.
        text = re.sub(r"(?s)claims:\n.*", CLAIMS, text)
        text = text.replace("union", "ferrymen").replace("by: ferrymen", "by: ferryman")
        found = await client.call_tool("check", {"scenario": text})
        assert not found.is_error and found.structured_content["sound"] is False
        message = text_of(found)
        assert "scenario.yaml:" in message and str(tmp_path) not in message and "Mend these" in message

        # `check` says how to mend it, and it does as it is told.
        ((line, wrong, right),) = re.findall(r"scenario\.yaml:(\d+):\d+: .*`(\w+)`\. Did you mean `(\w+)`", message)
        lines = text.splitlines(keepends=True)
        lines[int(line) - 1] = lines[int(line) - 1].replace(wrong, right)
        text = "".join(lines)
        fed_back = await client.get_prompt("assess", {"column": COLUMN, "scenario": text})
        assert "sound so far" in fed_back.messages[0].content.text
        found = await client.call_tool("check", {"scenario": text})
        assert found.structured_content["sound"] is True and found.structured_content["problems"] == []
        assert "What is at stake" in text_of(found)

        answers = await client.call_tool("run", {"scenario": text, "draws": 8, "keep": "ferries"})
        claims = {claim["id"]: claim for claim in answers.structured_content["claims"]}
        assert list(claims) == ["firm_is_poor", "agreement_by_may", "take_the_bid"]
        kept = {path.name for path in (tmp_path / "ferries").iterdir()}
        assert {"scenario.yaml", "answers.json", "report.html"} <= kept
        assert (tmp_path / "ferries" / "scenario.yaml").read_text() == text

        for claim in claims:
            why = await client.call_tool("explain", {"scenario": "ferries/scenario.yaml", "claim": claim})
            explanation = why.structured_content["explanation"]
            assert explanation["verdict"] == claims[claim]["verdict"]
            assert explanation["margin"] == pytest.approx(claims[claim]["margin"], abs=1e-6)
            assert len(explanation["sentences"]) >= 2 and explanation["sentences"][0] in " ".join(text_of(why).split())

        asked = await client.call_tool(
            "ask", {"scenario": text, "question": "prior(books == strained)", "at": "start"}
        )
        assert asked.structured_content["value"] == pytest.approx(0.4) and "0.400" in text_of(asked)
        changed = await client.call_tool(
            "whatif", {"scenario": text, "values": {"prior_strained": 0.7}, "draws": 0}
        )
        assert "firm_is_poor" in text_of(changed)

    with_client(over_stdio(tmp_path), talk)


# --- what there is to read --------------------------------------------------------------------------------------------


def test_language_schema_and_patterns_can_be_read(tmp_path):
    async def talk(client: Client) -> None:
        read = client.read_resource
        assert "# The scenario language" in (await read("longgame://language")).contents[0].text
        assert '"$schema"' in (await read("longgame://schema")).contents[0].text
        for pattern in patterns():
            assert 'title: "My case"' in (await read(f"longgame://patterns/{pattern}")).contents[0].text
        with pytest.raises(MCPError, match="Did you mean `mediation`"):
            await read("longgame://patterns/mediaton")
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"check", "run", "explain", "ask", "whatif", "patterns"}
        for tool in tools.values():
            assert tool.description
            given = tool.input_schema["properties"]
            assert all(one.get("description") for one in given.values()), tool.name
        assert "longgame://language" in client.instructions

    with_client(server(tmp_path), talk)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_nothing_outside_the_folder_is_read(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "secret.yaml").write_text(TEXT)
    (home / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (home / "inside.yaml").write_text(TEXT)
    (home / "lent").symlink_to(tmp_path)

    async def talk(client: Client) -> None:
        outside = ("../secret.yaml", str(tmp_path / "secret.yaml"), "link.yaml", "lent/secret.yaml")
        for name in (*outside, "/etc/passwd", "\0"):
            assert "folder" in await refusal(client, "ask", scenario=name, question="value(a)")
        for base in outside:
            text = f"extends: {base}\ntitle: Another\n"
            assert "Nothing outside it is read" in await refusal(client, "ask", scenario=text, question="value(a)")
            checked = await client.call_tool("check", {"scenario": text})
            assert checked.structured_content["problems"][0]["code"] == "outside"
        (home / "over.yaml").write_text("extends: ../secret.yaml\ntitle: Another\n")
        assert "Nothing outside it" in await refusal(client, "ask", scenario="over.yaml", question="value(a)")
        inside = {"scenario": "extends: inside.yaml\ntitle: Another\n", "question": "value(a)"}
        assert (await client.call_tool("ask", inside)).structured_content["kind"] == "payoff"

    with_client(server(home), talk)


def test_nothing_outside_the_folder_is_written_and_nothing_over_what_is_there(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "mine").mkdir()

    async def talk(client: Client) -> None:
        for name in ("../out", str(tmp_path / "out"), ".", "..", "a/b", "mine"):
            assert "keep: error" in await refusal(client, "run", scenario=TEXT, draws=0, keep=name)
        assert (await client.call_tool("run", {"scenario": TEXT, "draws": 0, "keep": "new"})).is_error is False

    with_client(server(home), talk)
    assert {path.name for path in tmp_path.iterdir()} == {"home"}
    assert {path.name for path in home.iterdir()} == {"mine", "new"} and not list((home / "mine").iterdir())


def test_errors_are_in_plain_words(tmp_path):
    async def talk(client: Client) -> None:
        assert "Did you mean `a`?" in await refusal(client, "ask", scenario=TEXT, question="value(aa)")
        assert "no-such" in await refusal(client, "explain", scenario="truce-on-offer", claim="no-such")
        assert "Did you mean `truce-on-offer`?" in await refusal(client, "explain", scenario="truce-on-ofer", claim="x")
        assert "in its range" in await refusal(client, "whatif", scenario=TEXT, values={"prize": 1e9}, draws=0)
        assert "no-such-pattern" in await refusal(client, "patterns", pattern="poker")
        assert "bad-name" in await refusal(client, "patterns", pattern="mediation", name="a/b")
        assert "512" in await refusal(client, "run", scenario=TEXT, draws=10**6)
        assert "expected" in await refusal(client, "run", scenario="title: [\n")
        assert "a file in the folder" in await refusal(client, "check", scenario=" ")
        assert await refusal(client, "check") == "scenario: error [argument]: expected this argument, found nothing."
        wrong = await refusal(client, "whatif", scenario=TEXT, values=[1], draws=-1)
        assert "values: error" in wrong and "draws: error" in wrong and "pydantic" not in wrong
        fed_back = await client.get_prompt("assess", {"column": COLUMN, "scenario": "none.yaml"})
        assert "moved or deleted" in fed_back.messages[0].content.text

    with_client(server(tmp_path), talk)


def test_games_that_are_too_large_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "MOST_SECONDS", 1e-9)

    async def talk(client: Client) -> None:
        for tool, more in (("run", {}), ("check", {}), ("ask", {"question": "value(a)"})):
            said = await refusal(client, tool, scenario=TEXT, **more)
            assert "too-large" in said and "Coarsen its grids" in said

    with_client(server(tmp_path), talk)


def test_progress_is_told_and_what_is_cancelled_is_given_up(tmp_path):
    async def talk(client: Client) -> None:
        told: list[tuple[str | None, float]] = []

        async with anyio.create_task_group() as group:

            async def until_draws(progress: float, total: float | None, message: str | None) -> None:
                told.append((message, progress))
                if message == "Draws" and progress > 0:
                    group.cancel_scope.cancel()

            long = {"scenario": begun("my-case", "labour-dispute"), "draws": MOST_DRAWS}
            await client.call_tool("run", long, progress_callback=until_draws)
        assert told[0][0] == "Compiling" and told[-1][0] == "Draws"
        assert 0 < told[-1][1] < MOST_DRAWS / 4
        with anyio.fail_after(10):  # the turn is free again
            assert not (await client.call_tool("patterns", {})).is_error

    with_client(server(tmp_path), talk)


def test_a_folder_that_is_not_there(tmp_path, capsys):
    assert main(["mcp", str(tmp_path / "no")]) == 2
    assert "no-such-folder" in capsys.readouterr().err
