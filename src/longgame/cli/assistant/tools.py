"""The tools: each answers in words, as the command of its name does, and with the same numbers as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from anyio import CapacityLimiter, from_thread, to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent
from pydantic import Field

import longgame
from longgame.answers import ask as asking
from longgame.answers import checkup, comparison, explain_words
from longgame.answers.answers import BLOCKS, headlines
from longgame.answers.game import checked
from longgame.answers.parts import Part
from longgame.answers.words import count
from longgame.cli import runs
from longgame.cli.assistant.room import Room
from longgame.cli.output import PIPED_WIDTH, part, problem_json
from longgame.cli.screen import lines
from longgame.errors import LonggameError, Problem, ScenarioError, in_file_order
from longgame.files import write_new
from longgame.run.study import Progress
from longgame.scenario.patterns import begun, patterns

MOST_DRAWS = 512
SCENARIO = "scenario.yaml"

Given = Annotated[
    str,
    Field(
        description="The scenario: its YAML text, the name of a file in the folder that the server was given, "
        "or the name of a shipped scenario."
    ),
]
Values = Annotated[dict[str, float], Field(description="Assumptions with the values that they are to have.")]
Draws = Annotated[int, Field(ge=0, le=MOST_DRAWS, description="Draws of the assumptions from their ranges.")]
At = Annotated[str, Field(description="When it is asked: now (after all evidence), start, or a date.")]
Answer = tuple[str, dict[str, Any]]  # in words, and as data


class Tools:
    """What an assistant can do in a room; one thing at a time, since each takes all processors."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._turn: CapacityLimiter | None = None

    async def check(self, scenario: Given, ctx: Context) -> CallToolResult:
        """Check a scenario: every mistake and warning with its place and how to mend it, what is at stake, its size.

        Call it after every change, until it says `sound` without a warning.
        """
        return await self._done(ctx, partial(self._check, scenario))

    async def run(
        self,
        scenario: Given,
        ctx: Context,
        draws: Draws = 128,
        keep: Annotated[
            str, Field(description="A new folder in the server's, for scenario.yaml, answers.json and report.html.")
        ] = "",
    ) -> CallToolResult:
        """Solve a scenario and say of each claim whether it follows, by what margin, and how firmly over the draws."""
        return await self._done(ctx, partial(self._run, scenario, draws, keep))

    async def explain(
        self,
        scenario: Given,
        claim: Annotated[str, Field(description="The name of the claim.")],
        ctx: Context,
        at: Annotated[str, Field(description="Another date than the claim's own.")] = "",
    ) -> CallToolResult:
        """Say why a claim follows or fails: what its numbers are made of, and who would have to act otherwise."""
        return await self._done(ctx, partial(self._explain, scenario, claim, at))

    async def ask(
        self,
        scenario: Given,
        question: Annotated[str, Field(description="Such as `belief(aim == peace)` or `worth(a, deal) > 0`.")],
        ctx: Context,
        at: At = "now",
    ) -> CallToolResult:
        """Ask one question more of the solved game, in the language of questions."""
        return await self._done(ctx, partial(self._ask, scenario, question, at))

    async def whatif(self, scenario: Given, values: Values, ctx: Context, draws: Draws = 64) -> CallToolResult:
        """Say what changes, claims first, if assumptions have other values."""
        return await self._done(ctx, partial(self._whatif, scenario, values, draws))

    async def patterns(
        self,
        ctx: Context,
        pattern: Annotated[str, Field(description="The pattern whose text is wanted; all are listed without.")] = "",
        name: Annotated[str, Field(description="What the new scenario is to be called.")] = "my-case",
    ) -> CallToolResult:
        """List the patterns that a scenario can start from, or give the text of one: whole, commented and sound."""
        return await self._done(ctx, partial(self._patterns, pattern, name))

    # --- what they do, in a thread -----------------------------------------------------------------------------------

    def _check(self, given: str, tell: Progress) -> Answer:
        found = self._room.problems(given)
        if any(problem.severity == "error" for problem in found):
            mend = "Mend these and check again. Nothing is solved before a scenario is sound."
            return self._listed(found, mend), {"sound": False, "problems": [problem_json(one) for one in found]}
        study = self._room.study(given)
        actors, size, warnings = longgame.describe(study)
        more = checkup.checkup(study, progress=tell)
        found = in_file_order([*found, *warnings, *more.problems])
        told = in_words([*checked(actors, size), *checkup.in_words(more)])
        end = f"{study.scenario.title}: sound." + (f" {count(len(found), 'warning')}: mend these too." if found else "")
        data = {"sound": True, "problems": [problem_json(one) for one in found], "actors": actors, "size": size}
        return f"{told}\n\n{self._listed(found, end)}", data

    def _run(self, given: str, draws: int, keep: str, tell: Progress) -> Answer:
        folder = self._room.folder(keep) if keep else None
        study = self._room.study(given)
        answers = longgame.assess(study, draws=draws, folder=folder, progress=tell).to_json()
        told = in_words([*headlines(answers), *BLOCKS["claims"].table(answers)])
        if folder is not None:
            runs.write(folder, answers)
            write_new(folder / SCENARIO, self._room.text_of(given)[0])
            told += f"\n\nWrote {keep}/{SCENARIO}, {keep}/answers.json and {keep}/report.html."
        return told, part(answers, "claims", "solver")

    def _explain(self, given: str, claim: str, at: str, tell: Progress) -> Answer:
        found = longgame.explain(self._room.scenario(given), claim, at=at or None, progress=tell).to_json()
        return in_words(explain_words.parts(found["explanation"])), found

    def _ask(self, given: str, question: str, at: str, tell: Progress) -> Answer:
        found = longgame.ask(self._room.scenario(given), question, at=at, progress=tell)
        return in_words(asking.answer(found)), found

    def _whatif(self, given: str, values: Mapping[str, float], draws: int, tell: Progress) -> Answer:
        found = longgame.whatif(self._room.scenario(given), values, draws=draws, progress=tell).to_json()
        return in_words(comparison.parts(found)), found

    def _patterns(self, pattern: str, name: str, tell: Progress) -> Answer:
        if pattern:
            text = begun(name, pattern)
            return text, {"pattern": pattern, "name": name, "text": text}
        known = patterns()
        told = [f"{one}\n  answers: {said['answers']}\n  fits: {said['fits']}" for one, said in known.items()]
        return "\n".join(told), {"patterns": [{"name": one} | said for one, said in known.items()]}

    # --- how it is said ----------------------------------------------------------------------------------------------

    async def _done(self, ctx: Context, work: Callable[[Progress], Answer]) -> CallToolResult:
        """Do some work in a thread that can be given up, telling its progress; what went wrong is said in words."""
        self._turn = self._turn or CapacityLimiter(1)

        def tell(stage: str, done: int = 0, total: int = 0) -> None:
            from_thread.check_cancelled()  # raises, and so gives the work up
            from_thread.run(ctx.report_progress, done, total or None, stage)

        try:
            text, data = await to_thread.run_sync(partial(work, tell), limiter=self._turn)
        except ScenarioError as error:
            raise ToolError(self._listed(list(error.problems), "")) from None
        except LonggameError as error:
            raise ToolError(self._room.shown(str(error))) from None
        except OSError as error:
            raise ToolError(f"A file could not be used: {error.strerror or error}.") from None
        except Exception as error:
            raise ToolError(f"An error of longgame itself, to be reported: {type(error).__name__}: {error}") from None
        return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=data)

    def _listed(self, problems: list[Problem], end: str) -> str:
        return self._room.shown("\n".join([*map(str, problems), *([end] if end else [])]))


def in_words(parts: list[Part]) -> str:
    """Parts of answers as they stand on a terminal."""
    return "\n".join(lines(parts, PIPED_WIDTH))
