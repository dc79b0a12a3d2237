"""Connections to platforms, kept open between calls: any number of threads, one call at a time
each.

The standard library's client under a pool of our own: a call costs half of what urllib3 takes for
it, and nothing is ever repeated behind the caller's back. What a caller has to know of a failure is
whether the call had left, so connecting and calling fail differently.
"""

import select
import socket
import ssl
import time
import weakref
from base64 import b64encode
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult, unquote, urlsplit

CONNECT_TIMEOUT_S = 3.0
KEPT = 256  # to one place that stay open: as many as call at the same time
_PIECE_BYTES = 65_536

_Place = tuple[str, str]  # scheme, and host with port


class NeverLeft(Exception):
    """Nothing of the call reached the platform."""


class Lost(Exception):
    """The call may have reached the platform, and no whole answer came back."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take, from one piece to the next and altogether, and how long it may
    be."""

    between_s: float
    whole_s: float
    most_bytes: int


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    content_type: str
    content: bytes


class Connections:
    """``proxy``: the address of one that leads out of this machine, with its login, if any.
    ``certificates``: a file of those who vouch for a platform."""

    def __init__(self, certificates: str, proxy: str | None = None) -> None:
        self.proxy = urlsplit(proxy) if proxy is not None else None
        self._trust = _trust_in(certificates)
        self._kept = defaultdict[_Place, list[HTTPConnection]](list)
        weakref.finalize(self, _close_all, self._kept)

    def exchange(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], wait: Patience
    ) -> Reply:
        """One call and its answer, whatever its status. Never repeated, never redirected. Raises
        NeverLeft, Lost."""
        give_up_at = time.monotonic() + wait.whole_s
        place = _split(url)
        request = self._written(method, place, body, headers)
        connection = self._connected(place)
        try:
            connection.sock.settimeout(wait.between_s)
            connection.sock.sendall(request)
            with _begun(connection.sock, method) as response:
                content = _content(response, give_up_at, wait.most_bytes)
        except (OSError, HTTPException, ValueError, Lost) as error:
            connection.close()
            raise Lost(str(error) if isinstance(error, Lost) else type(error).__name__) from None
        self._keep(place, connection, response.will_close)
        return Reply(response.status, response.getheader("Content-Type", ""), content)

    def _connected(self, place: SplitResult) -> HTTPConnection:
        """A connection that was kept, unless the platform has closed it meanwhile; or a new one."""
        kept = self._kept[place.scheme, place.netloc]
        with suppress(IndexError):  # nobody left one
            while _is_closed((connection := kept.pop()).sock):
                connection.close()
            return connection
        connection = self._new(place)
        try:
            connection.connect()
        except (OSError, HTTPException, ValueError):
            connection.close()
            raise NeverLeft from None
        return connection

    def _keep(self, place: SplitResult, connection: HTTPConnection, is_ending: bool) -> None:
        kept = self._kept[place.scheme, place.netloc]
        if is_ending or len(kept) >= KEPT:
            connection.close()
        else:
            kept.append(connection)

    def _new(self, place: SplitResult) -> HTTPConnection:
        towards = self.proxy or place
        host, port = towards.hostname or "", towards.port
        if place.scheme == "http":
            return HTTPConnection(host, port, timeout=CONNECT_TIMEOUT_S)
        secure = HTTPSConnection(host, port, timeout=CONNECT_TIMEOUT_S, context=self._trust)
        if self.proxy is not None:
            secure.set_tunnel(place.hostname or "", place.port, _login_of(self.proxy))
        return secure

    def _written(
        self, method: str, place: SplitResult, body: bytes | None, headers: Mapping[str, str]
    ) -> bytes:
        """The whole request, which leaves in one piece. Raises NeverLeft when it cannot be written
        as one: a line of it with a line break in it would be read as two."""
        target = self._target(place)
        named = {**headers, **self._login(place)}
        described = {"host": place.netloc.rpartition("@")[2]}
        described |= {name.lower(): value for name, value in named.items()}
        if body is not None or method == "POST":
            described["content-length"] = str(len(body or b""))
        lines = [f"{method} {target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in described.items()]
        if " " in target or not all(line.isascii() and line.isprintable() for line in lines):
            raise NeverLeft
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")

    def _target(self, place: SplitResult) -> str:
        """A proxy is told the whole address, unless it leads through a tunnel."""
        if self.proxy is not None and place.scheme == "http":
            return place.geturl()
        return f"{place.path or '/'}?{place.query}" if place.query else place.path or "/"

    def _login(self, place: SplitResult) -> Mapping[str, str]:
        return _login_of(self.proxy) if self.proxy is not None and place.scheme == "http" else {}


@cache
def _trust_in(certificates: str) -> ssl.SSLContext:
    """Read once a process: to read a hundred and more certificates takes longer than many calls."""
    return ssl.create_default_context(cafile=certificates)


def _split(url: str) -> SplitResult:
    """Raises NeverLeft when this is no address that can be called."""
    with suppress(ValueError):
        place = urlsplit(url)
        if place.scheme in ("http", "https") and place.hostname:
            return place
    raise NeverLeft


def _login_of(proxy: SplitResult) -> dict[str, str]:
    login = proxy.netloc.rpartition("@")[0]
    if not login:
        return {}
    return {"Proxy-Authorization": "Basic " + b64encode(unquote(login).encode()).decode()}


def _is_closed(kept: socket.socket) -> bool:
    """Whether the platform has closed it, or said something that nobody asked."""
    looking = select.poll()
    looking.register(kept, select.POLLIN)
    return bool(looking.poll(0))


def _close_all(kept: Mapping[_Place, list[HTTPConnection]]) -> None:
    for connections in kept.values():
        for connection in connections:
            connection.close()


def _begun(answering: socket.socket, method: str) -> HTTPResponse:
    """The answer, as far as its content."""
    response = HTTPResponse(answering, method=method)
    try:
        response.begin()
    except (OSError, HTTPException, ValueError):
        response.close()  # else it would keep the socket open after the connection is closed
        raise
    return response


def _content(response: HTTPResponse, give_up_at: float, most_bytes: int) -> bytes:
    content = b""
    while piece := response.read1(_PIECE_BYTES):
        content += piece
        if time.monotonic() > give_up_at:
            raise Lost("too slow")
        if len(content) > most_bytes:
            raise Lost("too long")
    if response.length:
        raise Lost("cut short")
    return content
