"""The addresses of the studio: what each is asked, what it answers, and the OpenAPI document that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from longgame.answers.picture import picture
from longgame.report.draw import game_svg
from longgame.scenario.editing import complete, diagnose
from longgame.scenario.load import with_values
from longgame.studio.models import (
    Asked,
    BundlesAsked,
    Checked,
    CompleteAsked,
    Drawing,
    Event,
    ExplainAsked,
    Mark,
    OfferRow,
    OfferRows,
    ProblemRow,
    Problems,
    ReportAsked,
    SaveAsked,
    Saved,
    Scenarios,
    SolveAsked,
    State,
    StateAsked,
    StretchRow,
    TextAsked,
    TextRow,
)
from longgame.studio.saving import saved_text
from longgame.studio.work import Bench, Job

MOST_OFFERS = 200


@dataclass(frozen=True)
class Endpoint:
    """One address.

    path     below the token
    says     what it does, in a sentence
    asked    what it is sent; None: nothing
    answer   of what is asked, for those that answer at once
    stream   for those that answer by server-sent events
    """

    path: str
    says: str
    answered: type[BaseModel]
    asked: type[Asked] | None = None
    answer: Callable[[Bench, Any], BaseModel] | None = None
    stream: Callable[[Job, Any], None] | None = None


def _text(bench: Bench, asked: StateAsked) -> TextRow:
    state = asked.state
    text = bench.folder.read(state.origin) if state.text is None else state.text
    return TextRow(origin=state.origin, text=text)


def _check(bench: Bench, asked: TextAsked) -> Checked:
    found = diagnose(asked.text, bench.folder.label(asked.origin), within=bench.folder.root)
    return Checked(
        marks=[Mark(stretch=StretchRow(**vars(one.stretch)), problem=ProblemRow.of(one.problem)) for one in found]
    )


def _complete(bench: Bench, asked: CompleteAsked) -> OfferRows:
    file, within = bench.folder.label(asked.origin), bench.folder.root
    found = complete(asked.text, asked.line, asked.column, file, within=within)[:MOST_OFFERS]
    return OfferRows(
        offers=[
            OfferRow(name=e.name, kind=e.kind, says=" ".join([e.says, e.facts]).strip(), insert=e.insert) for e in found
        ]
    )


def _picture(bench: Bench, asked: StateAsked) -> Drawing:
    return Drawing(svg=game_svg(picture(_moved(bench, asked.state))))


def _moved(bench: Bench, state: State) -> Any:
    scenario = bench.scenario(state)
    return with_values(scenario, state.values) if state.values else scenario


def _save(bench: Bench, asked: SaveAsked) -> Saved:
    text = saved_text(bench, asked)
    bench.folder.loads(text, f"file:{asked.name}.yaml")  # nothing is saved that cannot be opened
    origin = bench.folder.write(asked.name, text, replace=asked.replace)
    return Saved(origin=origin, file=origin.partition(":")[2])


def endpoints(opened: str) -> tuple[Endpoint, ...]:
    """All addresses of a studio that was started with a scenario."""

    def scenarios(bench: Bench, asked: None) -> Scenarios:
        return Scenarios(scenarios=bench.folder.scenarios(), opened=opened, folder=str(bench.folder.root))

    return (
        Endpoint("api/scenarios", "The scenarios that can be opened.", Scenarios, answer=scenarios),
        Endpoint("api/text", "The text of a scenario.", TextRow, StateAsked, _text),
        Endpoint("api/check", "What is wrong with a text.", Checked, TextAsked, _check),
        Endpoint("api/complete", "What may be written at a place of a text.", OfferRows, CompleteAsked, _complete),
        Endpoint("api/picture", "The game as a picture.", Drawing, StateAsked, _picture),
        Endpoint("api/save", "Keep a state as a scenario file in the studio's folder.", Saved, SaveAsked, _save),
        Endpoint(
            "api/solve",
            "The claims of a state: the base case solved exactly, its errors, slopes, and shares over draws.",
            Event,
            SolveAsked,
            stream=Job.solve,
        ),
        Endpoint("api/explain", "Why a claim follows or fails.", Event, ExplainAsked, stream=Job.explain),
        Endpoint("api/paths", "The likeliest courses of play, drawn.", Event, StateAsked, stream=Job.paths),
        Endpoint("api/commitment", "Whether each deal would be kept.", Event, StateAsked, stream=Job.commitment),
        Endpoint("api/bundles", "What can be put together of the clauses.", Event, BundlesAsked, stream=Job.bundles),
        Endpoint("api/accounts", "The accounts of a meeting side by side.", Event, StateAsked, stream=Job.accounts),
        Endpoint("api/report", "The report of a state as a page.", Event, ReportAsked, stream=Job.report),
    )


def document(all_endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    """The OpenAPI document."""
    models = dict.fromkeys(model for one in all_endpoints for model in (one.asked, one.answered) if model is not None)
    keys, schemas = models_json_schema(
        [*((model, "validation") for model in models), (Problems, "validation")],
        ref_template="#/components/schemas/{model}",
    )

    def described(model: type[BaseModel], kind: str = "application/json") -> dict[str, Any]:
        return {kind: {"schema": keys[model, "validation"]}}

    refused = {"description": "Why there is no answer.", "content": described(Problems)}
    paths = {}
    for one in all_endpoints:
        kind = "text/event-stream" if one.stream else "application/json"
        responses: dict[str, Any] = {
            "200": {"description": one.says, "content": described(one.answered, kind)},
            "403": {"description": "Not asked by the studio's own page.", "content": described(Problems)},
        }
        operation: dict[str, Any] = {"summary": one.says, "operationId": one.path.replace("/", "_")}
        if one.asked is not None:
            operation["requestBody"] = {"required": True, "content": described(one.asked)}
            responses |= {"413": refused, "415": refused, "422": refused}
        paths[f"/{one.path}"] = {("get" if one.asked is None else "post"): operation | {"responses": responses}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "longgame studio", "version": metadata.version("longgame")},
        "paths": paths,
        "components": {"schemas": schemas["$defs"]},
    }
