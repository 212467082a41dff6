"""Every field that the studio describes is sent, right and wrong: what comes back is always what is described."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from longgame.studio.endpoints import document, endpoints
from longgame.studio.work import Bench
from tests import loops
from tests.studio.games import ORIGIN, TINY, bench, client, events

ALL = endpoints(ORIGIN)
DOCUMENT = document(ALL)
ASKED = {one.path: one for one in ALL if one.asked is not None}
ORIGINS = st.sampled_from([ORIGIN, "shipped:take-it-or-leave-it", "shipped:none", "file:../x.yaml", "file:none.yaml"])
TEXTS = st.sampled_from([TINY, TINY[:700], "", "actors: {", "extends: tiny.yaml", "extends: /etc/passwd"]) | st.text()
ENDS = ("done", "problem", "page", "explanation", "drawing", "commitment", "bundles", "accounts")  # how streams end
STRANGE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.integers())
    | st.just({"$ref": "x"})
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("outer") / "studio"
    folder.mkdir()
    return bench(folder)


def schema_of(content: dict[str, Any]) -> dict[str, Any]:
    """What is described for some content, with all that it refers to."""
    (described,) = content.values()
    return described["schema"] | {"components": DOCUMENT["components"]}


def sound(schema: dict[str, Any], name: str = "") -> st.SearchStrategy[Any]:
    """Values that a schema of the document allows; strings of a kind that means something in the field."""
    if "$ref" in schema:
        return sound(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]], name)
    if "anyOf" in schema:
        return st.one_of(*(sound(one, name) for one in schema["anyOf"]))
    match schema.get("type"):
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            most = 8 if name == "draws" else min(schema.get("maximum", 50), 90)
            return st.integers(schema.get("minimum", 0), most)
        case "number":
            return st.floats(0.25, 1.5) | st.floats(allow_nan=False, allow_infinity=False)
        case "array":
            return st.lists(sound(schema["items"], name), max_size=3)
        case "object" if schema.get("additionalProperties"):
            keys = st.sampled_from(["prize", "prior_yes", "fixed", "nobody"])
            return st.dictionaries(keys, sound(schema["additionalProperties"]), max_size=2)
        case "object":
            needed = set(schema.get("required", ()))
            fields = {key: sound(value, key) for key, value in schema["properties"].items()}
            return st.fixed_dictionaries(
                {key: value for key, value in fields.items() if key in needed},
                optional={key: value for key, value in fields.items() if key not in needed},
            )
    if name == "origin":
        return ORIGINS
    if name == "text":
        return TEXTS
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    return st.sampled_from(["prize", "x"]) | st.text(min_size=schema.get("minLength", 0), max_size=20)


@st.composite
def asked(draw: st.DrawFn, path: str) -> Any:
    """What the document allows to be asked, often with one field of it spoilt."""
    schema = schema_of(DOCUMENT["paths"][f"/{path}"]["post"]["requestBody"]["content"])
    content = draw(sound(schema))
    if draw(st.integers(0, 2)):
        return content
    where = content
    while True:
        key = draw(st.sampled_from([*where, "more"]))
        if isinstance(where.get(key), dict) and where[key] and draw(st.booleans()):
            where = where[key]
            continue
        where[key] = draw(STRANGE)
        return content


def answer(place: Bench, path: str, content: bytes) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with client(place) as one:
            return await one.post(path, content=content, headers={"content-type": "application/json"})

    return loops.run(ask())


def is_as_described(path: str, found: httpx.Response) -> None:
    """Raise AssertionError unless an answer is one of those in the document."""
    responses = DOCUMENT["paths"][f"/{path}"]["post"]["responses"]
    assert str(found.status_code) in responses, found.text
    described = responses[str(found.status_code)]["content"]
    kind = found.headers["content-type"].partition(";")[0]
    assert kind in described
    validator = Draft202012Validator(schema_of(described))
    if kind == "text/event-stream":
        told = events(found.text)
        assert told and told[-1][0] in ENDS
        for name, data in told:
            validator.validate({"kind": name, "data": data})
            for problem in data.get("problems", ()):
                assert problem["code"] != "longgame", problem  # an error of ours
    else:
        validator.validate(found.json())


@pytest.mark.parametrize("path", ASKED)
def test_whatever_is_asked_the_answer_is_as_described(place: Bench, path: str):
    tries = {"api/solve": 12, "api/report": 4}.get(path, 30)

    @settings(max_examples=tries, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(content=asked(path))
    def every(content: Any) -> None:
        try:
            encoded = httpx.Request("POST", "http://x", json=content).content
        except (ValueError, UnicodeEncodeError):  # what no browser could send
            return
        is_as_described(path, answer(place, path, encoded))

    every()
    root = place.folder.root
    assert [one.name for one in root.parent.iterdir()] == [root.name]  # nothing was written beside the folder
    assert all(one.suffix == ".yaml" and one.is_file() for one in root.iterdir())


def test_whatever_bytes_come_the_answer_is_as_described(place: Bench):
    @settings(max_examples=40, deadline=None, database=None)
    @given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
    @example(content=b"")
    @example(content=b"[" * 5000)
    @example(content=b'{"origin": "file:tiny.yaml", "text": "\xff"}')
    def every(content: bytes) -> None:
        is_as_described("api/check", answer(place, "api/check", content))

    every()


def test_the_document_is_served_and_sound(place: Bench):
    async def ask() -> dict[str, Any]:
        async with client(place) as one:
            return (await one.get("api/openapi.json")).json()

    served = loops.run(ask())
    assert served == DOCUMENT and served["openapi"].startswith("3.1")
    for schema in served["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    asked_models = {one.asked.__name__ for one in ASKED.values() if one.asked is not None}
    for name in asked_models:
        for field, described in served["components"]["schemas"][name]["properties"].items():
            assert described.get("description") or "$ref" in described, f"{name}.{field} is not described"


def test_a_request_that_is_too_long_is_refused(place: Bench):
    assert answer(place, "api/check", b" " * 20_000_001).status_code == 413
