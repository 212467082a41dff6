"""The studio's server: its numbers are those of the package, it writes only where it may, and mixes nothing up."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

import longgame
from longgame.answers.answers import base_case
from longgame.answers.block import Sources
from longgame.answers.claims import claim_rows
from longgame.cli import main
from longgame.run.study import Study
from longgame.scenario.load import loads, with_values
from longgame.studio import shelf as shelves
from longgame.studio.app import app
from longgame.studio.desk import Desk, GivenUp
from longgame.studio.server import serve
from longgame.studio.shelf import Shelf
from longgame.studio.work import Bench
from tests import loops
from tests.conftest import SOURCE
from tests.studio.games import LATTICE, ORIGIN, TINY, TOKEN, asked, bench, client, events, last, solved

ENVIRONMENT = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(SOURCE.parent)}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return bench(tmp_path_factory.mktemp("studio"))


@pytest.mark.parametrize("text", [TINY, LATTICE], ids=["exact", "lattice"])
def test_claims_of_the_sliders_are_those_of_a_scenario_with_these_values(place: Bench, text: str):
    values = {"prize": 1.25, "prior_yes": 0.4}
    found = solved(place, values, text, draws=0, slopes=False)
    scenario = with_values(loads(text), values)
    rows = claim_rows(Sources(base_case(Study.of(scenario), ["claims"])))
    told = last(found, "claims" if text is TINY else "errors")
    for row, claim in zip(rows, told["claims"], strict=True):
        assert claim["id"] == row.id and claim["verdict"] == row.verdict
        assert claim["margin"] == pytest.approx(row.margin, abs=1e-8)
        assert claim["error"] == pytest.approx(row.error, abs=1e-7)
    assert told["errors"]


def test_shares_are_those_of_whatif(place: Bench):
    found = last(solved(place, {"prize": 1.25}, draws=64, slopes=False), "shares")
    compared = longgame.whatif(loads(TINY), {"prize": 1.25}, draws=64)
    shares = {claim.id: claim.b.share for claim in compared.claims if claim.b}
    assert found["share"] == [shares[name] for name in loads(TINY).claims]


def test_shares_without_moved_sliders_are_those_of_a_run(place: Bench):
    found = last(solved(place, {}, draws=64, slopes=False), "shares")
    answers = longgame.assess(loads(TINY), draws=64)
    assert found["share"] == [claim.share for claim in answers.claims]
    assert found["firmness"] == [claim.firmness for claim in answers.claims]


def test_files_with_mistakes_are_marked(place: Bench):
    (place.folder.root / "broken.yaml").write_text(TINY.replace("period:", "periode:"), encoding="utf-8")
    titles = {one.origin: one.title for one in place.folder.scenarios()}
    assert titles["file:broken.yaml"] == "broken.yaml (has mistakes)"
    assert titles[ORIGIN] == "tiny.yaml"


def test_slopes_predict_what_is_then_found(place: Bench):
    found = solved(place, {}, draws=0)
    slopes = {data["assumption"]: data["slopes"] for kind, data in found if kind == "slopes"}
    assert set(slopes) == {"prize", "prior_yes"}
    step = 1e-4
    for name, own in (("prize", 1.0), ("prior_yes", 0.5)):
        moved = last(solved(place, {name: own + step}, draws=0, slopes=False), "claims")["claims"]
        for before, after, slope in zip(last(found, "claims")["claims"], moved, slopes[name], strict=True):
            assert after["margin"] - before["margin"] == pytest.approx(step * slope, abs=1e-6)


def test_wanted_slopes_come_first(place: Bench):
    found = solved(place, {}, draws=0, first=["prior_yes"])
    assert [data["assumption"] for kind, data in found if kind == "slopes"] == ["prior_yes", "prize"]


def test_a_game_is_compiled_once(place: Bench, monkeypatch: pytest.MonkeyPatch):
    compiled = []
    monkeypatch.setattr(shelves, "Study", type("Counted", (), {"of": lambda s: compiled.append(s) or Study.of(s)}))
    fresh = Bench(place.folder, Shelf(), Desk())
    for prize in (1.0, 1.1, 1.2):
        solved(fresh, {"prize": prize}, draws=0, slopes=False)
    assert len(compiled) == 1


def test_twenty_clients_get_their_own_answers(place: Bench):
    priors = [0.3 + 0.02 * n for n in range(20)]

    async def everybody() -> list[httpx.Response]:
        async with client(place) as one:
            states = [{"origin": ORIGIN, "values": {"prior_yes": prior}} for prior in priors]
            return await asyncio.gather(*(one.post("api/solve", json={"state": state, "draws": 8}) for state in states))

    for prior, answer in zip(priors, loops.run(everybody()), strict=True):
        found = events(answer.text)
        belief = 0.75 * prior / (0.75 * prior + 0.25 * (1 - prior))  # Bayes: loud is three times as likely if yes
        claims = last(found, "claims")
        assert claims["claims"][0]["margin"] == pytest.approx(belief - 0.7, abs=1e-9)
        assert claims["beliefs"][-1]["posterior"]["yes"] == pytest.approx(belief, abs=1e-9)
        assert last(found, "shares")["done"] == 8 and found[-1][0] == "done"


def test_the_loop_answers_while_a_game_is_solved(place: Bench):
    async def both() -> float:
        async with client(place) as one:
            state = {"origin": ORIGIN, "text": LATTICE, "values": {"prize": 0.8}}
            working = asyncio.create_task(one.post("api/solve", json={"state": state, "draws": 16, "slopes": False}))
            await asyncio.sleep(0.3)
            began = time.monotonic()
            assert (await one.get("")).status_code == 200
            took = time.monotonic() - began
            await working
            return took

    assert loops.run(both()) < 1.0


def test_a_closed_tab_cancels_its_work(place: Bench):
    """Over a real connection: the stream is closed after its first share, and soon nothing runs any more."""
    server = uvicorn.Server(uvicorn.Config(app(place, TOKEN, ORIGIN), port=0, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}/{TOKEN}/api/solve"
    content = {"state": {"origin": ORIGIN}, "draws": 2000}
    try:
        with httpx.stream("POST", address, json=content, timeout=60) as stream:
            for line in stream.iter_lines():
                if line == "event: shares":
                    break
        deadline = time.monotonic() + 5
        while running() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert running() == []
    finally:
        server.should_exit = True
        thread.join(10)


def running() -> list[str]:
    """The threads in which something is worked out for later."""
    return [one.name for one in threading.enumerate() if one.name.startswith("studio-later")]


def test_a_turn_for_later_waits_for_what_is_wanted_soon():
    desk, order = Desk(most=1), []

    def long() -> None:
        with desk.later(lambda: False) as between:
            for part in range(3):
                order.append(f"long {part}")
                time.sleep(0.1)
                between()

    thread = threading.Thread(target=long)
    thread.start()
    time.sleep(0.05)
    with desk.soon(lambda: False):
        time.sleep(0.4)
        order.append("short")
    thread.join()
    assert order == ["long 0", "short", "long 1", "long 2"]


def test_who_gave_up_gets_no_turn():
    desk = Desk(most=1)
    with desk.soon(lambda: False), pytest.raises(GivenUp), desk.soon(lambda: True):
        pass
    with desk.soon(lambda: False):  # the place is free again
        pass


def test_what_is_wrong_is_said(place: Bench):
    wrong = last(solved(place, {"prize": 9.0}), "problem")["problems"][0]
    assert wrong["code"] == "out-of-range" and "[0.5, 1.5]" in wrong["expected"]
    wrong = last(solved(place, {}, TINY.replace("x == high)", "x == hihg)")), "problem")["problems"][0]
    assert wrong["line"] and wrong["expected"] and "hihg" in wrong["found"]
    text = TINY.replace("(x == high)", "(x == hihg)", 1)
    found = asked(place, "check", {"origin": ORIGIN, "text": text}).json()
    marks = [mark for mark in found["marks"] if mark["problem"]["severity"] == "error"]
    line = text.splitlines()[marks[0]["stretch"]["line"] - 1]
    assert line[marks[0]["stretch"]["column"] - 1 : marks[0]["stretch"]["end_column"] - 1] in ("hihg", "x == hihg")


def test_names_are_completed(place: Bench):
    line = next(n for n, text in enumerate(TINY.splitlines(), 1) if "move: pick" in text) + 1
    text = TINY.replace("    by: a\n    options:\n      stay", "    by: \n    options:\n      stay")
    found = asked(place, "complete", {"origin": ORIGIN, "text": text, "line": line, "column": 9}).json()
    assert [offer["name"] for offer in found["offers"]][:3] == ["a", "b", "c"]


def test_an_explanation_is_that_of_a_scenario_with_these_values(place: Bench):
    values = {"prior_yes": 0.4}
    state = {"origin": ORIGIN, "values": values}
    told = last(events(asked(place, "explain", {"state": state, "claim": "bold"}).text), "explanation")
    expected = longgame.explain(with_values(loads(TINY), values), "bold", slopes=False).to_json()["explanation"]
    lines = [part["text"] for part in told["parts"] if part["kind"] == "Line"]
    assert lines[: len(expected["sentences"])] == expected["sentences"]
    tables = [part for part in told["parts"] if part["kind"] == "Table"]
    assert tables and all(len(row) == len(table["headings"]) for table in tables for row in table["rows"])
    problem = last(events(asked(place, "explain", {"state": state, "claim": "bald"}).text), "problem")["problems"][0]
    assert "bold" in problem["fix"]


def test_likely_play_is_drawn_at_the_values(place: Bench):
    def drawn(values: dict[str, float]) -> str:
        state = {"origin": ORIGIN, "values": values}
        return last(events(asked(place, "paths", {"state": state}).text), "drawing")["svg"]

    assert drawn({}).startswith("<svg") and drawn({}) == drawn({}) != drawn({"prior_yes": 0.3})


def test_whether_deals_would_be_kept_is_told_at_the_values(place: Bench):
    def told(values: dict[str, float]) -> list[dict[str, Any]]:
        state = {"origin": ORIGIN, "values": values}
        return last(events(asked(place, "commitment", {"state": state}).text), "commitment")["parts"]

    lines = " ".join(item for part in told({}) if part["kind"] == "Points" for item in part["items"])
    assert "It is broken if A takes “go” at its pick." in lines
    assert told({}) == told({}) != told({"prize": 0.6})


def test_bundles_are_those_of_the_command_for_whoever_bargains(place: Bench):
    def told(values: dict[str, float], **more: Any) -> list[Any]:
        return events(asked(place, "bundles", {"state": {"origin": ORIGIN, "values": values}, **more}).text)

    for values, between in (({}, ["c", "a"]), ({"prize": 0.6}, ["c", "a"]), ({"prize": 0.6}, ["a", "b", "c"])):
        found = last(told(values, between=between), "bundles")
        row = longgame.clauses(with_values(loads(TINY), values), between=between).to_json()["bundles"]
        [group] = row["groups"]
        figure = next(part for part in found["parts"] if part["kind"] == "Figure")
        shown = {(one["name"], one["x"], one["y"]) for one in figure["spec"]["data"]["values"]}
        first, second = between[:2]
        assert shown == {(one["name"], one["share"][first], one["share"][second]) for one in group["map"]}
        assert found["between"] == between
    assert last(told({}), "bundles")["between"] == ["c", "a"]  # the parties of the offer
    [(kind, refused)] = [one for one in told({}, between=["a", "d"]) if one[0] != "progress"]
    assert kind == "problem" and refused["problems"][0]["found"] == "`d`"


def test_accounts_are_those_of_the_command(place: Bench):
    def told(text: str | None, **values: float) -> list[dict[str, Any]]:
        state = {"origin": ORIGIN, "text": text, "values": values}
        return last(events(asked(place, "accounts", {"state": state}).text), "accounts")["parts"]

    found = told(None, prize=1.25)
    assert [part["text"] for part in found if part["kind"] == "Heading"] == ["told against denied"]
    pair = longgame.accounts(with_values(loads(TINY), {"prize": 1.25})).pairs[0]
    assert pair.gains["c"] == "denied"
    assert any("C would gain from having “denied” accepted" in part.get("text", "") for part in found)
    without = TINY[: TINY.index("accounts:")] + TINY[TINY.index("postures:") :]
    assert [part["text"] for part in told(without)] == ["The scenario has no accounts of a meeting."]


# --- the command ---


def test_the_command_serves_until_it_is_stopped(tmp_path: Path):
    (tmp_path / "tiny.yaml").write_text(TINY)
    command = [sys.executable, "-m", "longgame", "studio", "tiny.yaml", "--no-browser", "--json"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    assert process.stdout is not None
    text = ""
    while "}" not in text:
        text += process.stdout.readline()
    address = json.loads(text)["address"]
    assert httpx.get(f"{address}api/scenarios").json()["opened"] == ORIGIN
    with httpx.stream("POST", f"{address}api/solve", json={"state": {"origin": ORIGIN}, "draws": 2000}) as stream:
        next(stream.iter_lines())
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130 and "Traceback" not in said


def test_a_scenario_elsewhere_is_refused(tmp_path: Path):
    (tmp_path / "tiny.yaml").write_text(TINY)
    (tmp_path / "other").mkdir()
    with pytest.raises(longgame.ScenarioError, match="--folder"):
        serve(str(tmp_path / "tiny.yaml"), tmp_path / "other", 0, print)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    for name in [name for name in sys.modules if name.startswith(("longgame.studio", "starlette", "uvicorn"))]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("starlette", "uvicorn"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["studio", "--no-browser"]) == 2
    assert "pip install 'longgame[studio]'" in capsys.readouterr().err
