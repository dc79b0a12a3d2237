"""What a platform's error codes mean for the sender: one table (official "Global return codes").

A code that is not in the table counts as refused with the reason "unclassified": seeing one is a
reason to extend the table, not to try again blindly.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bots.messages import Answer, Outcome
from bots.wire import NotSent, PlatformUnavailable, TurnedAway

STALE_TOKEN_CODES = frozenset({40001, 40014, 42001})

_SOON_S = 5
_MINUTE_S = 60
_DAY_S = 24 * 60 * 60
_BEIJING_OFFSET_S = 8 * 60 * 60  # no summer time since 1991


class _Meaning(NamedTuple):
    outcome: Outcome
    reason: str
    retry_after_s: int = 0


_UNCLASSIFIED = _Meaning(Outcome.REFUSED, "unclassified")
_BAD_TOKEN = _Meaning(Outcome.LATER, "token_refused", 30)  # not to be renewed more often
_BAD_RECIPIENT = _Meaning(Outcome.REFUSED, "bad_recipient")
_UNREACHABLE = _Meaning(Outcome.REFUSED, "recipient_unreachable")
_BAD_PARAMETERS = _Meaning(Outcome.REFUSED, "bad_parameters")
_NO_RIGHT = _Meaning(Outcome.MISCONFIGURED, "no_right")

_MEANINGS = {
    0: _Meaning(Outcome.ACCEPTED, ""),
    -1: _Meaning(Outcome.LATER, "system_busy", _SOON_S),
    40001: _BAD_TOKEN,
    40014: _BAD_TOKEN,
    42001: _BAD_TOKEN,
    40003: _BAD_RECIPIENT,
    46004: _BAD_RECIPIENT,
    49003: _BAD_RECIPIENT,
    40007: _Meaning(Outcome.REFUSED, "media_expired"),
    40013: _Meaning(Outcome.MISCONFIGURED, "bad_appid"),
    40125: _Meaning(Outcome.MISCONFIGURED, "bad_secret"),
    40164: _Meaning(Outcome.MISCONFIGURED, "address_not_allowed"),
    40029: _Meaning(Outcome.REFUSED, "code_invalid"),
    40163: _Meaning(Outcome.REFUSED, "code_used"),
    40226: _Meaning(Outcome.REFUSED, "risky_account"),
    42003: _Meaning(Outcome.REFUSED, "code_expired"),
    40032: _BAD_PARAMETERS,
    40035: _BAD_PARAMETERS,
    40037: _BAD_PARAMETERS,
    47001: _BAD_PARAMETERS,
    47003: _BAD_PARAMETERS,
    43004: _UNREACHABLE,
    43019: _UNREACHABLE,
    48002: _UNREACHABLE,
    50005: _UNREACHABLE,
    43101: _Meaning(Outcome.REFUSED, "not_subscribed"),
    45002: _Meaning(Outcome.REFUSED, "text_too_long"),
    45009: _Meaning(Outcome.PARKED, "daily_quota"),
    45011: _Meaning(Outcome.LATER, "too_frequent", _MINUTE_S),
    45015: _Meaning(Outcome.REFUSED, "window_closed"),
    45047: _Meaning(Outcome.REFUSED, "window_used_up"),
    45065: _Meaning(Outcome.ACCEPTED, "same_key"),
    45066: _Meaning(Outcome.LATER, "same_key_too_soon", _MINUTE_S),
    45067: _Meaning(Outcome.REFUSED, "key_too_long"),
    48001: _NO_RIGHT,
    48004: _NO_RIGHT,
    48006: _NO_RIGHT,
    48008: _NO_RIGHT,
    50002: _NO_RIGHT,
}


def classify(code: int, now: datetime | None = None, platform_id: str = "") -> Answer:
    """The answer that an error code stands for. A daily quota comes back at midnight in Beijing,
    counted from ``now`` (by default, now)."""
    outcome, reason, retry_after_s = _MEANINGS.get(code) or _by_family(code)
    if outcome is Outcome.PARKED:
        retry_after_s = _seconds_to_midnight(now or datetime.now(UTC))
    return Answer(outcome, code, reason, platform_id, retry_after_s)


def of_reply(reply: Mapping[str, Any], id_field: str) -> Answer:
    """The answer in a reply to something sent; ``id_field`` names the platform's id for it. A reply
    without a code does not say what was done."""
    code = reply.get("errcode")
    if not isinstance(code, int):
        return Answer(Outcome.AMBIGUOUS, reason="broken answer")
    return classify(code, platform_id=str(reply.get(id_field, "")))


def of_failure(failure: PlatformUnavailable) -> Answer:
    """The answer that a failed call amounts to: only what may have arrived is ambiguous."""
    match failure:
        case TokenRefused(code=code):
            return _of_token(classify(code))
        case NotSent() | TurnedAway(status=429):
            return Answer(Outcome.LATER, reason=str(failure), retry_after_s=_SOON_S)
        case TurnedAway():
            return Answer(Outcome.MISCONFIGURED, reason=str(failure))
        case _:
            return Answer(Outcome.AMBIGUOUS, reason=str(failure))


class TokenRefused(PlatformUnavailable):
    """The platform gave no access token: nothing can be said until it does."""

    def __init__(self, code: int, said: str = "") -> None:
        super().__init__(f"no access token: {classify(code).reason} ({code})")
        self.code = code
        self.said = said  # in the platform's words: with 40164, which address it sees


def _of_token(answer: Answer) -> Answer:
    # Where tokens are given, 40001 means a wrong secret; so does all that waiting cannot cure.
    if answer.outcome in (Outcome.LATER, Outcome.PARKED) and answer.code not in STALE_TOKEN_CODES:
        return answer
    return Answer(Outcome.MISCONFIGURED, answer.code, f"no_token:{answer.reason}")


def _by_family(code: int) -> _Meaning:
    return _BAD_PARAMETERS if code // 1000 in (41, 44) else _UNCLASSIFIED


def _seconds_to_midnight(now: datetime) -> int:
    return _DAY_S - (int(now.timestamp()) + _BEIJING_OFFSET_S) % _DAY_S
