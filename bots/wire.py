"""One HTTP call to a platform, bounded in time and size, with the ways it can end unanswered.

What matters to the caller is whether the platform may have acted. Texts of exceptions never hold
the address: access tokens are part of it.
"""

import json
import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.exceptions import ConnectTimeout, InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError
from urllib3.filepost import encode_multipart_formdata

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 5.0  # between two pieces of the answer
ANSWER_TIMEOUT_S = 10.0  # for the whole answer: a byte a second would never be late otherwise
ANSWER_MAX_BYTES = 1024 * 1024

THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})

# At DEBUG this logger writes every address, and with it the access token.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


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


def session_to(url: str) -> requests.Session:
    """Connections to a platform. A proxy named in the environment leads out of the machine, so what
    runs on this one (the sandbox) is reached without it."""
    http = requests.Session()
    http.trust_env = urlsplit(url).hostname not in THIS_MACHINE
    return http


def call(
    http: requests.Session,
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
    http: requests.Session,
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
    http: requests.Session,
    method: str,
    url: str,
    params: Mapping[str, str] | None,
    body: Mapping[str, Any] | Form | bytes | None,
    headers: Mapping[str, str] | None,
    refuses_with: Collection[int] = (),
) -> File:
    give_up_at = time.monotonic() + ANSWER_TIMEOUT_S
    try:
        with http.request(
            method,
            url,
            params=dict(params or {}),
            data=_bytes_of(body),
            headers={"Content-Type": _type_of(body), **(headers or {})},
            timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
            stream=True,
            allow_redirects=False,
        ) as response:
            if response.status_code not in refuses_with:
                _check_status(response.status_code)
            content = _content(response, give_up_at)
            if not content.lstrip().startswith(b"{"):
                _check_status(response.status_code)  # something in between refused it
            mimetype = response.headers.get("Content-Type", "").partition(";")[0].lower()
            return File(content, mimetype)
    except (requests.RequestException, HTTPError) as error:
        if _never_left(error):
            raise NotSent("unreachable") from None
        raise Unanswered(f"lost: {type(error).__name__}") from None


def encoded(body: Mapping[str, Any]) -> bytes:
    """JSON as UTF-8: WeChat shows ``\\u`` escapes to members as they stand."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


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


def _content(response: requests.Response, give_up_at: float) -> bytes:
    content = b""
    while piece := response.raw.read1(65_536, decode_content=True):
        content += piece
        if time.monotonic() > give_up_at:
            raise Unanswered("too slow")
        if len(content) > ANSWER_MAX_BYTES:
            raise Unanswered("too long")
    return content


def _object(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        raise Unanswered("not JSON") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("errcode", 0), int):
        raise Unanswered("not an answer")
    return answer


def _never_left(error: Exception) -> bool:
    if isinstance(error, (ConnectTimeout, InvalidSchema, InvalidURL, MissingSchema)):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
