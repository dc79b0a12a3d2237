"""Telling somebody's server something: five seconds a try, three tries (platform.md §1.2)."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

TRIES = 3
ANSWER_MAX_BYTES = 256 * 1024


class BadAnswer(Exception):
    """The server answered, but not what the platform takes for an answer."""


class TooSlow(BadAnswer):
    """The server began to answer in time, and did not end in time."""


# When the platform tries again: official accounts after everything that went wrong.
AFTER_ANYTHING = (requests.RequestException, BadAnswer)
AFTER_NETWORK_FAILURES = (requests.RequestException, TooSlow)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a server has to answer, and how far apart the tries begin, at least: one that is
    just restarting gets its chance."""

    answer_within_s: float = 5.0  # platform.md §1.2
    tries_apart_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Attempt:
    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Delivery:
    """``answer`` is what the server said, or why the last try failed. ``reply`` is the message
    that was in the answer, if any."""

    delivered: bool
    tries: int
    answer: str
    reply: dict[str, Any] | None = None


def deliver(
    make: Callable[[], Attempt],
    read: Callable[[bytes], dict[str, Any] | None],
    pace: Pace,
    again: tuple[type[Exception], ...] = AFTER_ANYTHING,
) -> Delivery:
    """``make`` is asked for every try (timestamp and nonce are new each time); ``read`` returns
    the reply in an answer or raises BadAnswer; ``again`` is what a further try follows."""
    why = ""
    for number in range(1, TRIES + 1):
        started = time.monotonic()
        try:
            answer = _post(make(), pace.answer_within_s)
            reply = read(answer)
            return Delivery(True, number, "reply" if reply else answer.decode(), reply)
        except (requests.RequestException, BadAnswer) as error:
            why = f"{type(error).__name__}: {error}"
            if not isinstance(error, again):
                return Delivery(False, number, why)
        if number < TRIES:
            time.sleep(max(0.0, started + pace.tries_apart_s - time.monotonic()))
    return Delivery(False, TRIES, why)


def _post(attempt: Attempt, timeout_s: float) -> bytes:
    ends = time.monotonic() + timeout_s
    with requests.Session() as http:
        http.trust_env = False  # no proxy stands between the platform and the callback
        with http.post(
            attempt.url,
            data=attempt.body,
            headers=dict(attempt.headers),
            timeout=timeout_s,
            allow_redirects=False,
            stream=True,
        ) as response:
            answer = _body(response, ends)
    if response.status_code != 200:
        raise BadAnswer(f"HTTP {response.status_code}")
    return answer


def _body(response: requests.Response, ends: float) -> bytes:
    body = b""
    for chunk in response.iter_content(8192):
        body += chunk
        if time.monotonic() > ends:
            raise TooSlow("too slow")
        if len(body) > ANSWER_MAX_BYTES:
            raise BadAnswer("too large")
    return body
