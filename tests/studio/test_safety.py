"""Who may ask the studio, and where it reads and writes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import httpx
import pytest

import longgame
from longgame.studio.desk import Desk
from longgame.studio.shelf import Shelf
from longgame.studio.work import Bench
from tests import loops
from tests.studio.games import ORIGIN, TINY, asked, bench, client, last, solved


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return bench(tmp_path_factory.mktemp("studio"))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://127.0.0.1"}, 200),
        ({"host": "localhost"}, 200),
        ({"host": "studio.example"}, 403),
        ({"host": "127.0.0.1.example"}, 403),
        ({"origin": "http://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"content-type": "text/plain"}, 415),
    ],
    ids=str,
)
def test_only_its_own_page_may_ask(place: Bench, headers: dict[str, str], status: int):
    content = {"origin": ORIGIN, "text": TINY}
    assert asked(place, "check", content, headers=headers).status_code == status


def test_nothing_is_there_without_the_token(place: Bench):
    async def ask() -> list[int]:
        async with client(place) as one:
            return [(await one.get(f"http://127.0.0.1/{path}")).status_code for path in ("", "x/", "x/api/scenarios")]

    assert loops.run(ask()) == [404, 404, 404]


def test_pages_may_load_nothing_from_elsewhere(place: Bench):
    async def ask() -> httpx.Response:
        async with client(place) as one:
            return await one.get("")

    answer = loops.run(ask())
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"  # the token stays here
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert nonce in answer.text


def test_a_game_that_takes_too_long_is_refused(place: Bench):
    short = Bench(place.folder, Shelf(most_seconds=0.0), Desk())
    problem = last(solved(short, {}), "problem")["problems"][0]
    assert problem["code"] == "too-large" and "longgame run" in problem["fix"]


# --- files ---


def save(place: Bench, **more: Any) -> httpx.Response:
    state = {"origin": ORIGIN, "values": {"prize": 1.25}}
    return asked(place, "save", {"state": state, "name": "mine", **more})


def test_a_state_is_saved_as_a_scenario_that_extends_the_one_opened(tmp_path: Path):
    place = bench(tmp_path)
    assert save(place, title="Mine").json() == {"origin": "file:mine.yaml", "file": "mine.yaml"}
    saved = longgame.load(tmp_path / "mine.yaml")
    assert saved.title == "Mine" and saved.assumptions["prize"].value == 1.25
    assert saved.assumptions["prior_yes"].value == 0.5 and "extends: tiny.yaml" in (tmp_path / "mine.yaml").read_text()
    assert save(place).json()["problems"][0]["code"] == "file-exists"
    assert save(place, replace=True).status_code == 200
    assert save(place, name="tiny", replace=True).status_code == 422  # it would extend itself
    assert (tmp_path / "tiny.yaml").read_text() == TINY


def test_an_edited_text_is_saved_as_it_is(tmp_path: Path):
    place, text = bench(tmp_path), TINY.replace("A tiny game", "Another game")
    state = {"origin": ORIGIN, "text": text}
    assert save(place, state=state).status_code == 200
    assert (tmp_path / "mine.yaml").read_text() == text
    assert save(place, state=state | {"values": {"prize": 1.25}}, name="both").status_code == 422
    assert save(place, state=state | {"text": "actors: 3"}, name="bad").status_code == 422
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.yaml", "tiny.yaml"]


@pytest.mark.parametrize("name", ["../out", "a/b", "/tmp/x", "", ".hidden", "x\x00", "con.yaml", "a" * 81, "ü"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str):
    place = bench(tmp_path)
    assert save(place, name=name).status_code == 422
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.yaml"]


def test_what_a_text_extends_is_read_in_the_folder_alone(tmp_path: Path):
    (tmp_path / "secret.yaml").write_text("assumptions: {secret: {value: 1, source: judgement, because: Hush.}}\n")
    (tmp_path / "inside").mkdir()
    place = bench(tmp_path / "inside")
    for wanted in ("../secret.yaml", str(tmp_path / "secret.yaml"), "/etc/passwd"):
        text = f"extends: [tiny.yaml, {wanted}]\nclaims:\n  c: {{says: x, holds: secr\n"
        state = {"origin": ORIGIN, "text": text}
        marks = asked(place, "check", state).json()["marks"]
        assert [one["problem"]["code"] for one in marks if one["problem"]["path"] == "extends"] == ["outside"]
        offers = asked(place, "complete", state | {"line": 3, "column": 27}).json()["offers"]
        assert all(one["name"] != "secret" for one in offers)
        for path, more in (("text", {}), ("picture", {}), ("save", {"name": "mine"})):
            answer = asked(place, path, {"state": {**state, "text": f"extends: {wanted}\n"}, **more})
            assert path == "text" or answer.json()["problems"][0]["code"] == "outside"
        found = last(solved(place, {}, f"extends: {wanted}\n"), "problem")["problems"]
        assert [one["code"] for one in found] == ["outside"]


def test_what_was_edited_can_be_kept_when_its_file_is_gone(tmp_path: Path):
    place = bench(tmp_path)
    (tmp_path / "tiny.yaml").unlink()
    refused = asked(place, "text", {"state": {"origin": ORIGIN}})
    assert refused.status_code == 422 and "moved or deleted" in refused.json()["problems"][0]["fix"]
    assert save(place, state={"origin": ORIGIN, "text": TINY}).status_code == 200
    assert (tmp_path / "mine.yaml").read_text() == TINY


def test_the_list_says_which_files_have_mistakes_and_is_not_held_up(tmp_path: Path):
    place = bench(tmp_path)
    os.mkfifo(tmp_path / "pipe.yaml")  # reading it would wait for ever
    (tmp_path / "latin.yaml").write_bytes("actors: {a: {says: Brüll}}\n".encode("latin-1"))
    (tmp_path / "other.yaml").write_text("services: {}\n")
    titles = [one.title for one in place.folder.scenarios() if one.group == "This folder"]
    assert titles == ["latin.yaml (has mistakes)", "tiny.yaml"]
    found = asked(place, "text", {"state": {"origin": "file:latin.yaml"}}).json()["problems"][0]
    assert (found["line"], found["column"], found["found"]) == (1, 22, "the byte 0xFC")


def test_nothing_is_read_or_written_through_a_link(tmp_path: Path):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    place = bench(inside)
    (outside / "secret.yaml").write_text(TINY)
    (inside / "mine.yaml").symlink_to(outside / "secret.yaml")
    (inside / "folder").symlink_to(outside)
    for origin in ("file:mine.yaml", "file:folder/secret.yaml", "file:../outside/secret.yaml", "file:/etc/passwd.yaml"):
        assert asked(place, "text", {"state": {"origin": origin}}).status_code == 422
    assert save(place, replace=True).status_code == 422
    assert (outside / "secret.yaml").read_text() == TINY
    assert [one.origin for one in place.folder.scenarios() if one.group == "This folder"] == ["file:tiny.yaml"]
