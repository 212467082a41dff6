"""What the studio is asked, and what it answers: every field is checked, and described in the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints

from longgame.errors import Problem
from longgame.scenario.yaml_tree import MAX_CHARACTERS

MOST_DRAWS = 2000
Origin = Annotated[str, StringConstraints(pattern=r"^(shipped|file):[^\x00-\x1f]{1,300}$", max_length=310)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$", max_length=80)]
Text = Annotated[str, StringConstraints(max_length=MAX_CHARACTERS)]


class Asked(BaseModel):
    """What a browser sends: nothing but the fields that are described."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class State(Asked):
    """A scenario as somebody looks at it: where it is from, its text if that was edited, and moved assumptions."""

    origin: Origin = Field(description="`shipped:NAME`, or `file:PATH` of a file in the studio's folder.")
    text: Text | None = Field(None, description="The scenario as YAML, where it was edited; else that of `origin`.")
    values: dict[Name, FiniteFloat] = Field(
        default_factory=dict, max_length=5000, description="Assumption -> its value, where not the scenario's own."
    )


class SolveAsked(Asked):
    """The claims of a state."""

    state: State
    draws: int = Field(128, ge=0, le=MOST_DRAWS, description="Draws of the assumptions that are not held by sliders.")
    seed: int = Field(0, ge=0, le=2**32 - 1, description="Of the draws.")
    slopes: bool = Field(True, description="Whether to tell how margins move with each assumption.")
    first: list[Name] = Field(default_factory=list, max_length=64, description="Whose slopes are wanted first.")
    describe: bool = Field(False, description="Whether to tell what the scenario is made of first.")


class ReportAsked(Asked):
    """The report of a state, as a page."""

    state: State
    draws: int = Field(128, ge=0, le=MOST_DRAWS, description="Draws of the assumptions.")
    seed: int = Field(0, ge=0, le=2**32 - 1, description="Of the draws.")


class TextAsked(Asked):
    """A text in the editor."""

    origin: Origin = Field(description="Whose text it was: what it extends is looked for beside that.")
    text: Text = Field(description="The scenario as YAML, as far as it is written.")


class CompleteAsked(TextAsked):
    """What may be written at a place of a text."""

    line: int = Field(ge=1, le=MAX_CHARACTERS, description="The line of the cursor, from 1.")
    column: int = Field(ge=1, le=MAX_CHARACTERS, description="The character before which it stands, from 1.")


class StateAsked(Asked):
    """A state, of which something is to be shown."""

    state: State


class BundlesAsked(StateAsked):
    """All that can be put together of the clauses."""

    between: list[Name] = Field(
        default_factory=list,
        max_length=64,
        description="Who bargains, the axes of the map first; if nobody is named, the parties of the first offer.",
    )


class ExplainAsked(StateAsked):
    """Why a claim follows or fails."""

    claim: Name = Field(description="The name of the claim.")


class SaveAsked(Asked):
    """Keep a state as a scenario file in the studio's folder."""

    state: State
    name: FileName = Field(description="The file's name without `.yaml`: letters, digits, - and _.")
    title: str = Field("", max_length=200, description="The title of the new scenario; the old one if empty.")
    replace: bool = Field(False, description="Whether a file of that name may be replaced.")


class Answered(BaseModel):
    """What the server sends."""

    model_config = ConfigDict(extra="forbid")


class ProblemRow(Answered):
    """One mistake or warning, with its place."""

    code: str
    severity: Literal["error", "warning"]
    file: str | None
    line: int | None
    column: int | None
    path: str
    expected: str
    found: str
    fix: str

    @classmethod
    def of(cls, problem: Problem) -> ProblemRow:
        """As the command line prints it with ``--json``."""
        where = problem.where
        return cls(
            code=problem.code,
            severity="warning" if problem.severity == "warning" else "error",
            file=where.file,
            line=where.line,
            column=where.column,
            path=where.path,
            expected=problem.expected,
            found=problem.found,
            fix=problem.fix,
        )


class Problems(Answered):
    """Why there is no other answer."""

    problems: list[ProblemRow]


class ScenarioFile(Answered):
    """A scenario that can be opened."""

    origin: str
    title: str
    group: str


class Scenarios(Answered):
    """All scenarios that can be opened, and the one that the studio was started with."""

    scenarios: list[ScenarioFile]
    opened: str
    folder: str


class TextRow(Answered):
    """The text of a scenario."""

    origin: str
    text: str


class StretchRow(Answered):
    """A stretch of the text, lines and columns from 1, the end not in it."""

    line: int
    column: int
    end_line: int
    end_column: int


class Mark(Answered):
    """A mistake or warning, and the stretch of the text that it is about."""

    stretch: StretchRow
    problem: ProblemRow


class Checked(Answered):
    """What is wrong with a text."""

    marks: list[Mark]


class OfferRow(Answered):
    """Something that may be written."""

    name: str
    kind: str
    says: str
    insert: str


class OfferRows(Answered):
    """What may be written at a place, the likeliest first."""

    offers: list[OfferRow]


class Saved(Answered):
    """The file that was written."""

    origin: str
    file: str


class Drawing(Answered):
    """A picture, as SVG."""

    svg: str


class Event(Answered):
    """One event of a stream of server-sent events: `kind` is its name, `data` what stands in its data line."""

    kind: str
    data: dict[str, Any]
