"""A YAML language server nobody here wrote, spoken to as an editor does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import IO, Any

from tests.e2e.node_clients import NODE

__all__ = ["LanguageServer", "language_server"]

_SERVER = NODE / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"

#: A server that says nothing for so long is ended, in seconds.
_PATIENCE = 60

# Any: the protocol's messages are JSON of many shapes.
Message = dict[str, Any]


class LanguageServer:
    """An editor's end of the conversation: one file open, and what the server says of it."""

    def __init__(self, told: IO[bytes], heard: IO[bytes]) -> None:
        self._told = told
        self._heard = heard
        self._asked = 100
        self._uri = ""
        self._lines: list[str] = []

    def begin(self, folder: Path) -> None:
        """Greet the server; nothing is fetched from the outside."""
        self._ask("initialize", processId=None, rootUri=folder.as_uri(), capabilities={})
        self._tell("initialized")

    def open(self, file: Path, text: str) -> list[tuple[int, int, str]]:
        """Open a file with this text; give line, column (from 1) and message of each finding."""
        self._uri, self._lines = file.as_uri(), text.splitlines()
        document = {"uri": self._uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", textDocument=document)
        while True:
            heard = self._hear()
            if heard.get("method") == "textDocument/publishDiagnostics":
                return sorted(
                    (
                        one["range"]["start"]["line"] + 1,
                        one["range"]["start"]["character"] + 1,
                        one["message"],
                    )
                    for one in heard["params"]["diagnostics"]
                )

    def explain(self, line: str, word: str) -> str:
        """Give what an editor shows where the pointer rests on a word."""
        answer = self._ask("textDocument/hover", **self._at(line, word))
        return str(answer["contents"]["value"]) if answer else ""

    def complete(self, line: str, word: str) -> set[str]:
        """Give what an editor offers in the place of a word."""
        answer = self._ask("textDocument/completion", **self._at(line, word))
        return {one["label"] for one in answer["items"]}

    def _at(self, line: str, word: str) -> Message:
        number = next(at for at, text in enumerate(self._lines) if text.strip().startswith(line))
        place = {"line": number, "character": self._lines[number].index(word) + 1}
        return {"textDocument": {"uri": self._uri}, "position": place}

    def _ask(self, method: str, **params: Any) -> Any:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while (heard := self._hear()).get("id") != self._asked:
            continue
        return heard["result"]

    def _tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _hear(self) -> Message:
        """Give the next message; what the server asks of the editor is answered with its wish."""
        length = 0
        while header := self._heard.readline().strip():
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the language server has ended"
        message: Message = json.loads(self._heard.read(length))
        if "method" in message and "id" in message:
            wishes = message.get("params", {}).get("items", [])
            settings = {"validate": True, "schemaStore": {"enable": False}}
            result = [settings if one["section"] == "yaml" else {} for one in wishes]
            self._send({"id": message["id"], "result": result})
            return self._hear()
        return message

    def _send(self, message: Message) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._told.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._told.flush()


@contextmanager
def language_server(node: str, folder: Path) -> Iterator[LanguageServer]:
    """Start a server for a folder and end it."""
    command = [node, str(_SERVER), "--stdio"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    patience = Timer(_PATIENCE, process.kill)
    patience.start()
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        server = LanguageServer(process.stdin, process.stdout)
        server.begin(folder)
        yield server
    finally:
        patience.cancel()
        process.kill()
        process.communicate()
