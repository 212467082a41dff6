"""`longgame lsp` over the standard streams, asked by a client as an editor asks."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from longgame.scenario import library
from longgame.scenario.editing import diagnose
from tests import loops

TRUCE = library.read("truce-on-offer")
WAIT = 60.0


class Client(LanguageClient):
    """A client that keeps what it is told."""

    def __init__(self) -> None:
        super().__init__("test", "1")
        self.told: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def told(params: types.PublishDiagnosticsParams) -> None:
            self.told.put_nowait(params)

    async def next(self, uri: str, version: int | None = None) -> list[types.Diagnostic]:
        while True:
            params = await asyncio.wait_for(self.told.get(), WAIT)
            if params.uri == uri and version in (None, params.version):
                return list(params.diagnostics)

    def open(self, path: Path, text: str) -> str:
        uri = path.as_uri()
        self.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "yaml", 1, text))
        )
        return uri


@asynccontextmanager
async def served(encodings=(types.PositionEncodingKind.Utf16,)):
    client = Client()
    await client.start_io(sys.executable, "-m", "longgame", "lsp")
    general = types.GeneralClientCapabilities(position_encodings=list(encodings))
    capabilities = types.ClientCapabilities(general=general)
    await client.initialize_async(types.InitializeParams(capabilities))
    client.initialized(types.InitializedParams())
    try:
        yield client
    finally:
        await asyncio.wait_for(client.shutdown_async(None), WAIT)
        client.exit(None)
        await asyncio.wait_for(client.stop(), WAIT)


def place(text: str, sub: str, offset: int = 0) -> types.Position:
    index = text.index(sub) + offset
    before = text[:index]
    line = before[before.rfind("\n") + 1 :]
    return types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)


def under(text: str, range: types.Range) -> str:
    """The text in a range of UTF-16 units."""
    line = text.split("\n")[range.start.line].encode("utf-16-le")
    assert range.start.line == range.end.line
    return line[2 * range.start.character : 2 * range.end.character].decode("utf-16-le")


def test_an_editor_is_told_all_mistakes_as_one_types_and_they_go_when_mended(tmp_path):
    path = tmp_path / "case.yaml"
    wrong = TRUCE.replace("took: cut", "took: cutt").replace("title: A truce", "title: Ein 🕊 A truce")
    wrong = wrong.replace("says: The side that is advancing.", 'says: "🕊 x", discont: 3', 1)

    async def talk():
        async with served() as client:
            uri = client.open(path, wrong)
            told = await client.next(uri, 1)
            assert sorted(d.code for d in told) == sorted(f.problem.code for f in diagnose(wrong, str(path)))
            assert {under(wrong, d.range) for d in told} == {"cutt", "discont"}
            assert all(d.source == "longgame" and d.severity == types.DiagnosticSeverity.Error for d in told)
            option = next(d for d in told if d.code == "unknown-option")
            assert option.message.endswith("found `cutt`. Did you mean `cut`?")
            start = place(wrong, "cutt")
            change = types.TextDocumentContentChangePartial(
                types.Range(start, types.Position(start.line, start.character + 4)), "cut"
            )
            client.text_document_did_change(
                types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(2, uri), [change])
            )
            assert [d.code for d in await client.next(uri, 2)] == ["unknown-key"]
            client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
            assert await client.next(uri) == []

    loops.run(talk())


def test_completion_hover_and_definition_also_into_what_is_extended(tmp_path):
    base, over = tmp_path / "base.yaml", tmp_path / "over.yaml"
    base.write_text(TRUCE, encoding="utf-8")
    text = "extends: base.yaml\nclaims:\n  mine:\n    says: 🕊 one\n    holds: worth(att\n"
    shipped = "extends: truce-on-offer\nclaims:\n  mine: {says: x, holds: stake(patron) > aid_cost}\n"

    async def talk():
        async with served() as client:
            uri = client.open(over, text)
            here = types.TextDocumentIdentifier(uri)
            at = place(text, "worth(att", len("worth(att"))
            found = await client.text_document_completion_async(types.CompletionParams(here, at))
            items = {item.label: item for item in found.items}
            assert list(items) == ["attacker"] and items["attacker"].detail == "actor"
            assert "side that is advancing" in items["attacker"].documentation
            edit = items["attacker"].text_edit
            assert under(text, edit.range) == "att" and edit.new_text == "attacker"
            hover = await client.text_document_hover_async(types.HoverParams(here, place(text, "worth(", 2)))
            assert hover.contents.value.startswith("worth (question)\nWhat a change is worth to the actor")
            assert under(text, hover.range) == "worth"
            uri = client.open(tmp_path / "of-shipped.yaml", shipped)
            here = types.TextDocumentIdentifier(uri)
            at = place(shipped, "aid_cost", 3)
            defined = await client.text_document_definition_async(types.DefinitionParams(here, at))
            assert defined.uri == library.path_of("truce-on-offer").as_uri()
            assert TRUCE.split("\n")[defined.range.start.line].startswith("  aid_cost:")
            fixed = text.replace("worth(att", "worth(attacker, energy_truce) > 0")
            uri = client.open(tmp_path / "two.yaml", fixed)
            here = types.TextDocumentIdentifier(uri)
            at = place(fixed, "attacker")
            defined = await client.text_document_definition_async(types.DefinitionParams(here, at))
            assert defined.uri == base.as_uri() and defined.range.start.line == 10
            nothing = await client.text_document_hover_async(types.HoverParams(here, place(fixed, "one")))
            assert nothing is None

    loops.run(talk())


def test_what_only_the_game_shows_comes_after_opening_and_a_save_looks_at_what_extends_it(tmp_path):
    base, over = tmp_path / "base.yaml", tmp_path / "over.yaml"
    base.write_text(TRUCE.replace("took: cut", "took: cutt"), encoding="utf-8")
    large = TRUCE.replace("grid: [0, 1, 0.125]", "grid: [0, 1, 0.00001]")

    async def talk():
        async with served() as client:
            uri = client.open(over, "extends: base.yaml\n")
            told = await client.next(uri)
            assert [d.code for d in told] == ["unknown-option"]
            assert "base.yaml:151:" in told[0].message
            base.write_text(TRUCE, encoding="utf-8")
            client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))
            assert await client.next(uri) == []
            uri = client.open(tmp_path / "large.yaml", large)
            while not (told := await client.next(uri)):  # the scenario is sound, and then its game is too large
                pass
            assert all(d.source == "longgame" for d in told)
            uri = client.open(tmp_path / "other.yaml", "services:\n  web: {image: x}\n")
            assert await client.next(uri) == []  # not a scenario

    loops.run(talk())


def test_without_pygls_the_command_says_what_to_install(tmp_path):
    block = "import sys; sys.modules['pygls'] = None; from longgame.cli import main; sys.exit(main(['lsp']))"
    done = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "pip install 'longgame[lsp]'" in done.stderr


@pytest.mark.parametrize("argument", [[], ["--stdio"]])
def test_the_server_ends_when_its_editor_is_gone(argument):
    done = subprocess.run(
        [sys.executable, "-m", "longgame", "lsp", *argument], input=b"", capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_every_request_is_answered_and_the_end_is_quiet(tmp_path):
    """Also requests before the first, such as cannot be read, and such on a file that was not opened or is no text."""
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("title: Ein Brüll\nactors: {}\n".encode("latin-1"))
    there = {"textDocument": {"uri": latin.as_uri()}, "position": {"line": 0, "character": 0}}
    asked = [
        ("textDocument/hover", there),
        ("initialize", {"processId": None, "rootUri": None, "capabilities": {}}),
        ("textDocument/hover", there),
        ("textDocument/definition", there | {"textDocument": {"uri": (tmp_path / "none.yaml").as_uri()}}),
        ("textDocument/completion", there),
        ("textDocument/hover", {"position": -1}),
        ("textDocument/none", {}),
        ("shutdown", None),
    ]
    messages = [
        *({"jsonrpc": "2.0", "id": i, "method": method, "params": p} for i, (method, p) in enumerate(asked)),
        {"jsonrpc": "2.0", "method": "exit"},
    ]
    bodies = [json.dumps(message).encode() for message in messages]
    sent = b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies)
    command = [sys.executable, "-m", "longgame", "lsp"]
    done = subprocess.run(command, input=sent, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    said = [json.loads(part) for part in re.split(rb"Content-Length: [^{]*", done.stdout)[1:]]
    answers = {one["id"]: one for one in said if "id" in one}
    codes = [answers[i].get("error", {}).get("code") for i in range(len(asked))]
    assert codes == [-32002, None, None, None, None, -32602, -32601, None]
    assert answers[2]["result"] is answers[3]["result"] is None and answers[4]["result"]["items"] == []
