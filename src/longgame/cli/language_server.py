"""The language server: what `longgame.scenario.editing` knows, said to editors in the Language Server Protocol.

Mistakes of the scenario are told a moment after each change; what only its game can show (`describe`) follows when a
file is opened or saved, for making the game takes seconds where it is large. The protocol counts lines and characters
from 0, and characters in units that editor and server agree on; ours count from 1 in characters.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcServerNotInitialized
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.uris import from_fs_path
from pygls.workspace import TextDocument, Workspace
from pygls.workspace.position_codec import ServerTextPosition, ServerTextRange

import longgame
from longgame.errors import LonggameError, Problem, ScenarioError
from longgame.scenario import editing, library
from longgame.scenario.layout import formatted

PAUSE = 0.25  # seconds without a change after which a text is checked
SIGNS = (".", "(", ",", "=", "[", "{", " ", ":")  # after which an editor asks what may follow
_OURS = re.compile(r"^(extends|clock|actors|state|hidden|period|payoffs|claims|evidence|assumptions)\s*:", re.MULTILINE)
_KINDS = {
    "key": types.CompletionItemKind.Property,
    "question": types.CompletionItemKind.Function,
    "function": types.CompletionItemKind.Function,
    "word": types.CompletionItemKind.Keyword,
    "actor": types.CompletionItemKind.Class,
    "assumption": types.CompletionItemKind.Constant,
    "state variable": types.CompletionItemKind.Variable,
    "hidden variable": types.CompletionItemKind.Variable,
    "evidence": types.CompletionItemKind.Event,
    "shipped scenario": types.CompletionItemKind.File,
}


class _Protocol(LanguageServerProtocol):
    """The protocol, in which every request is answered: also one before the first, and one that cannot be read."""

    @property
    def workspace(self) -> Workspace:
        if self._workspace is None:
            raise JsonRpcServerNotInitialized
        return self._workspace

    def structure_message(self, data: dict[str, Any]) -> Any:
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and isinstance(data.get("id"), int | str):
                self._send_response(data["id"], error=error.to_response_error())
            raise


class ScenarioServer(LanguageServer):
    """A server for scenario files, with the check that waits for each open document."""

    def __init__(self) -> None:
        super().__init__("longgame", longgame.__version__, protocol_cls=_Protocol)
        self.waiting: dict[str, asyncio.Task[None]] = {}

    def document(self, uri: str) -> TextDocument | None:
        """A document that the editor has opened; of others it asks nothing, and none is read from the disk."""
        return self.workspace.text_documents.get(uri)

    def word(self, uri: str, position: types.Position) -> tuple[TextDocument, editing.Found] | None:
        """The word at a place of an open document that means something, and what."""
        document = self.document(uri)
        if document is None:
            return None
        found = editing.find(document.source, *_place(document, position), file_of(document))
        return None if found is None else (document, found)

    def look_at(self, uri: str, *, pause: float = PAUSE, game: bool = False) -> None:
        """Check a document after a pause, in place of the check that waits for it; ``game``: with its game."""
        before = self.waiting.pop(uri, None)
        if before is not None:
            before.cancel()
        self.waiting[uri] = asyncio.get_running_loop().create_task(self._check(uri, pause, game))

    def forget(self, uri: str) -> None:
        """A document that was closed has no mistakes any more."""
        before = self.waiting.pop(uri, None)
        if before is not None:
            before.cancel()
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    async def _check(self, uri: str, pause: float, game: bool) -> None:
        await asyncio.sleep(pause)
        document = self.document(uri)
        if document is None:
            return
        text, version, file = document.source, document.version, file_of(document)
        found = await asyncio.to_thread(mistakes, text, file)
        self._publish(document, version, found)
        if game and not any(each.problem.severity == "error" for each in found) and is_scenario(text):
            more = editing.located(text, await asyncio.to_thread(of_the_game, text, file), file)
            if self.document(uri) is document and document.version == version:
                self._publish(document, version, [*found, *more])

    def _publish(self, document: TextDocument, version: int | None, found: Sequence[editing.Diagnostic]) -> None:
        said = [_diagnostic(document, each) for each in found]
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(document.uri, said, version))


def mistakes(text: str, file: str) -> list[editing.Diagnostic]:
    """All that is wrong with a text that seems to be a scenario."""
    return editing.diagnose(text, file) if is_scenario(text) else []


def is_scenario(text: str) -> bool:
    """Whether a text seems to be a scenario rather than another YAML file."""
    return bool(_OURS.search(text))


def of_the_game(text: str, file: str) -> list[Problem]:
    """What only the game of a sound scenario shows: that it is too large, odds that are none, and the like."""
    try:
        return longgame.describe(longgame.loads(text, file))[2]
    except ScenarioError as error:
        return list(error.problems)
    except LonggameError:
        return []


def serve() -> None:
    """Serve one editor over the standard streams until it says that it leaves."""
    logging.getLogger("pygls").setLevel(logging.CRITICAL)  # an editor shows the standard error as messages
    made().start_io(stdout=os.fdopen(os.dup(sys.stdout.fileno()), "wb"))  # it closes what it has written to


def made() -> ScenarioServer:
    """A server with all that it can do."""
    server = ScenarioServer()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(ls: ScenarioServer, params: types.DidOpenTextDocumentParams) -> None:
        ls.look_at(params.text_document.uri, pause=0.0, game=True)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(ls: ScenarioServer, params: types.DidChangeTextDocumentParams) -> None:
        ls.look_at(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(ls: ScenarioServer, params: types.DidSaveTextDocumentParams) -> None:
        for uri in list(ls.workspace.text_documents):  # one may extend what was saved
            ls.look_at(uri, pause=0.0, game=uri == params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(ls: ScenarioServer, params: types.DidCloseTextDocumentParams) -> None:
        ls.forget(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=list(SIGNS)))
    def completion(ls: ScenarioServer, params: types.CompletionParams) -> types.CompletionList:
        document = ls.document(params.text_document.uri)
        if document is None:
            return types.CompletionList(False, [])
        line, column = _place(document, params.position)
        entries = editing.complete(document.source, line, column, file_of(document))
        word = editing.begun(document.source, line, column)
        here = _range(document, editing.Stretch(line, column - len(word), line, column))
        return types.CompletionList(False, [_item(entry, number, here) for number, entry in enumerate(entries)])

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(ls: ScenarioServer, params: types.HoverParams) -> types.Hover | None:
        word = ls.word(params.text_document.uri, params.position)
        if word is None:
            return None
        document, found = word
        content = types.MarkupContent(types.MarkupKind.PlainText, found.text)
        return types.Hover(content, _range(document, found.stretch))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(ls: ScenarioServer, params: types.DefinitionParams) -> types.Location | None:
        word = ls.word(params.text_document.uri, params.position)
        if word is None or word[1].defined is None:
            return None
        document, defined = word[0], word[1].defined
        file = defined.file or file_of(document)
        shipped = library.path_of(file.removesuffix(".yaml")) if not os.path.isabs(file) else None
        uri = document.uri if file == file_of(document) else from_fs_path(str(shipped or Path(file).resolve()))
        start = types.Position((defined.line or 1) - 1, (defined.column or 1) - 1)
        return None if uri is None else types.Location(uri, types.Range(start, start))

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def formatting(ls: ScenarioServer, params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        document = ls.document(params.text_document.uri)
        if document is None or not is_scenario(document.source):
            return None
        try:
            made = formatted(document.source, file_of(document))
        except ScenarioError:  # its mistakes are told already
            return None
        end = types.Position(len(document.lines), 0)
        return [types.TextEdit(types.Range(types.Position(0, 0), end), made)]

    return server


def file_of(document: TextDocument) -> str:
    """What messages call the file of a document: its path."""
    return document.path


def _place(document: TextDocument, position: types.Position) -> tuple[int, int]:
    """Line and column from 1 of a position of the protocol."""
    ours = document.position_from_client_units(position)
    return ours.line + 1, ours.character + 1


def _range(document: TextDocument, stretch: editing.Stretch) -> types.Range:
    """A stretch as a range of the protocol."""
    start = ServerTextPosition(stretch.line - 1, stretch.column - 1)
    end = ServerTextPosition(stretch.end_line - 1, stretch.end_column - 1)
    return document.range_to_client_units(ServerTextRange(start, end))


def _diagnostic(document: TextDocument, found: editing.Diagnostic) -> types.Diagnostic:
    warning = found.problem.severity == "warning"
    severity = types.DiagnosticSeverity.Warning if warning else types.DiagnosticSeverity.Error
    return types.Diagnostic(
        _range(document, found.stretch), found.message, severity, code=found.problem.code, source="longgame"
    )


def _item(entry: editing.Entry, number: int, here: types.Range) -> types.CompletionItem:
    said = "\n".join(part for part in (entry.says, entry.facts) if part)
    return types.CompletionItem(
        label=entry.name,
        kind=_KINDS.get(entry.kind, types.CompletionItemKind.Value),
        detail=entry.kind,
        documentation=said or None,
        sort_text=f"{number:04d}",
        filter_text=entry.name,
        text_edit=types.TextEdit(here, entry.insert or entry.name),
    )
