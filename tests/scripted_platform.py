"""A platform on a real socket that answers what the test says, and remembers what it was asked."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[["_Handler"], None]


class _Server(ThreadingHTTPServer):
    platform: "ScriptedPlatform"


class ScriptedPlatform:
    """``answers[path]`` are given in order, the last one for ever. An answer is a JSON object, or
    a behaviour: one of the functions below, which do with the connection what networks do."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.connections = 0
        self.answers: dict[str, list[Any]] = defaultdict(list)
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.platform = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> "ScriptedPlatform":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def calls_to(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    def next_answer(self, path: str) -> Any:
        answers = self.answers[path]
        return answers.pop(0) if len(answers) > 1 else answers[0]


def never(handler: "_Handler") -> None:
    handler.platform.closing.wait(30)
    handler.close_connection = True


def cut_off(handler: "_Handler") -> None:
    handler.close_connection = True


def half_an_answer(handler: "_Handler") -> None:
    handler.reply(b'{"errcode":0,', length=100)
    handler.close_connection = True


def a_byte_at_a_time(handler: "_Handler") -> None:
    handler.reply(b"", length=10_000)
    handler.close_connection = True
    try:
        while not handler.platform.closing.is_set():
            handler.wfile.write(b" ")
            time.sleep(0.02)
    except OSError:
        return


def status(code: int) -> Behaviour:
    return lambda handler: handler.reply(b"{}", status=code)


def raw(content: bytes) -> Behaviour:
    return lambda handler: handler.reply(content)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.platform.connections += 1

    def handle_call(self) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(address.query))
        self.platform.calls.append(Call(self.command, address.path, query, headers, body))
        answer = self.platform.next_answer(address.path)
        if callable(answer):
            answer(self)
        else:
            self.reply_json(answer)

    def reply_json(self, answer: Any) -> None:
        self.reply(json.dumps(answer, ensure_ascii=False).encode())

    do_GET = do_POST = handle_call  # noqa: N815

    def reply(self, content: bytes, *, status: int = 200, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    @property
    def platform(self) -> ScriptedPlatform:
        assert isinstance(self.server, _Server)
        return self.server.platform

    def log_message(self, *_: object) -> None:
        pass
