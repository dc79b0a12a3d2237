"""One HTTP call to a platform, bounded in time and size, with the ways it can end unanswered.

What matters to the caller is whether the platform may have acted. Texts of exceptions never hold
the address: access tokens are part of it.
"""

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
from urllib3.filepost import encode_multipart_formdata

from bots import connections
from bots.connections import Lost, NeverLeft, Patience

READ_TIMEOUT_S = 5.0  # between two pieces of the answer
ANSWER_TIMEOUT_S = 10.0  # for the whole answer: a byte a second would never be late otherwise
ANSWER_MAX_BYTES = 1024 * 1024
Connections = connections.Connections  # kept open, for any number of threads

_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_READER = json.JSONDecoder(strict=False)
THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


class PlatformUnavailable(Exception):
    """The platform gave no answer that says what it did."""


class NotSent(PlatformUnavailable):
    """Nothing reached the platform."""


class Unanswered(PlatformUnavailable):
    """The platform may have acted: the answer was lost, late or broken."""


class TurnedAway(PlatformUnavailable):
    """Something in front of the platform refused the call (HTTP 4xx): nothing was done."""

    def __init__(self, status: int) -> None:
        super().__init__(f"http_{status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Form:
    """A body of its own content type, as a file has that is handed over."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class File:
    """What came as it is."""

    content: bytes
    mimetype: str


def form_with_file(field: str, name: str, mime: str, content: bytes) -> Form:
    """A file as a form of a web page would send it (multipart/form-data)."""
    return Form(*encode_multipart_formdata({field: (name, content, mime)}))


def connections_to(url: str) -> Connections:
    """Connections to a platform. A proxy named in the environment leads out of the machine, so what
    runs on this one (the sandbox) is reached without it."""
    certificates = os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where()
    return Connections(certificates, _proxy_to(url))


def call(
    http: Connections,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | Form | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    refuses_with: Collection[int] = (),
) -> dict[str, Any]:
    """The JSON object the platform answers; an ``errcode`` in it is a number. ``refuses_with`` are
    the HTTP statuses beside 200 under which this platform says in JSON what is wrong. Raises
    NotSent, Unanswered or TurnedAway; never repeats a call, never follows a redirection (it would
    carry the token elsewhere)."""
    return _object(_answered(http, method, url, params, body, headers, refuses_with).content)


def fetch(
    http: Connections,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> File | dict[str, Any]:
    """The picture the platform answers, or the JSON object it answers in its place. Raises like
    ``call``."""
    answer = _answered(http, method, url, params, body, None)
    return answer if answer.mimetype.startswith("image/") else _object(answer.content)


def _answered(
    http: Connections,
    method: str,
    url: str,
    params: Mapping[str, str] | None,
    body: Mapping[str, Any] | Form | bytes | None,
    headers: Mapping[str, str] | None,
    refuses_with: Collection[int] = (),
) -> File:
    wait = Patience(READ_TIMEOUT_S, ANSWER_TIMEOUT_S, ANSWER_MAX_BYTES)
    asked = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url
    described = {"Content-Type": _type_of(body), **(headers or {})}
    try:
        reply = http.exchange(method, asked, _bytes_of(body), described, wait)
    except NeverLeft:
        raise NotSent("unreachable") from None
    except Lost as lost:
        raise Unanswered(f"lost: {lost}") from None
    if reply.status not in refuses_with or not reply.content.lstrip().startswith(b"{"):
        _check_status(reply.status)  # something in between refused it
    return File(reply.content, reply.content_type.partition(";")[0].lower())


def encoded(body: Mapping[str, Any]) -> bytes:
    """JSON as UTF-8: WeChat shows ``\\u`` escapes to members as they stand."""
    return _WRITER.encode(body).encode("utf-8", "replace")


def _bytes_of(body: Mapping[str, Any] | Form | bytes | None) -> bytes | None:
    if isinstance(body, Mapping):
        return encoded(body)
    return body.content if isinstance(body, Form) else body


def _type_of(body: object) -> str:
    return body.content_type if isinstance(body, Form) else "application/json"


def _check_status(status: int) -> None:
    if 400 <= status < 500:
        raise TurnedAway(status)
    if status != 200:
        raise Unanswered(f"http_{status}")


def _object(content: bytes) -> dict[str, Any]:
    try:
        answer = _READER.decode(content.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Unanswered("not JSON") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("errcode", 0), int):
        raise Unanswered("not an answer")
    return answer


def _proxy_to(url: str) -> str | None:
    """The proxy that the environment names for this address."""
    place = urlsplit(url)
    host = place.hostname or ""
    if host in THIS_MACHINE or proxy_bypass(host):
        return None
    proxies = getproxies()
    return proxies.get(place.scheme) or proxies.get("all")
