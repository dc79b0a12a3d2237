"""What platforms' answers mean for the sender. The meanings of the codes are in tables, one a
platform, see ``error_tables``.

A code that is not in its table counts as refused with the reason "unclassified": seeing one is a
reason to extend the table, not to try again blindly.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bots.error_tables import OFFICIAL_ACCOUNT, ErrorTable
from bots.messages import Answer, Outcome
from bots.wire import NotSent, PlatformUnavailable, TurnedAway

STALE_TOKEN_CODES = frozenset({40001, 40014, 42001})

_SOON_S = 5
_DAY_S = 24 * 60 * 60
_BEIJING_OFFSET_S = 8 * 60 * 60  # no summer time since 1991


def classify(
    code: int,
    now: datetime | None = None,
    platform_id: str = "",
    table: ErrorTable = OFFICIAL_ACCOUNT,
) -> Answer:
    """The answer that an error code stands for. A daily quota comes back at midnight in Beijing,
    counted from ``now`` (by default, now)."""
    outcome, reason, retry_after_s = table.meaning_of(code)
    if outcome is Outcome.PARKED and not retry_after_s:
        retry_after_s = seconds_to_midnight(now or datetime.now(UTC))
    return Answer(outcome, code, reason, platform_id, retry_after_s)


def of_reply(
    reply: Mapping[str, Any], id_field: str, table: ErrorTable = OFFICIAL_ACCOUNT
) -> Answer:
    """The answer in a reply to something sent; ``id_field`` names the platform's id for it. A reply
    without a code does not say what was done."""
    code = reply.get("errcode")
    if not isinstance(code, int):
        return Answer(Outcome.AMBIGUOUS, reason="broken answer")
    return classify(code, platform_id=str(reply.get(id_field, "")), table=table)


def of_failure(failure: PlatformUnavailable) -> Answer:
    """The answer that a failed call amounts to: only what may have arrived is ambiguous."""
    match failure:
        case TokenRefused(code=code, table=table):
            return _of_token(classify(code, table=table))
        case NotSent() | TurnedAway(status=429):
            return Answer(Outcome.LATER, reason=str(failure), retry_after_s=_SOON_S)
        case TurnedAway():
            return Answer(Outcome.MISCONFIGURED, reason=str(failure))
        case _:
            return Answer(Outcome.AMBIGUOUS, reason=str(failure))


class TokenRefused(PlatformUnavailable):
    """The platform gave no access token: nothing can be said until it does."""

    def __init__(self, code: int, said: str = "", table: ErrorTable = OFFICIAL_ACCOUNT) -> None:
        super().__init__(f"no access token: {table.meaning_of(code).reason} ({code})")
        self.code = code
        self.table = table
        self.said = said  # in the platform's words: with 40164, which address it sees


def _of_token(answer: Answer) -> Answer:
    # Where tokens are given, 40001 means a wrong secret; so does all that waiting cannot cure.
    if answer.outcome in (Outcome.LATER, Outcome.PARKED) and answer.code not in STALE_TOKEN_CODES:
        return answer
    return Answer(Outcome.MISCONFIGURED, answer.code, f"no_token:{answer.reason}")


def seconds_to_midnight(now: datetime) -> int:
    """Until the day of the platforms ends, in Beijing."""
    return _DAY_S - (int(now.timestamp()) + _BEIJING_OFFSET_S) % _DAY_S
