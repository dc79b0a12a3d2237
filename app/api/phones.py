"""Phones: the number a member agreed to give, by a code that works once.

The platform forgets a code as soon as it has answered, so the number is kept, sealed, with the
session: when our own answer gets lost on the way, the same code gives the same number again.
"""

import time
from dataclasses import dataclass, field

from app.api.refusals import RefusedRequest
from app.domain.people import api_sessions
from app.domain.people.api_sessions import ApiSession
from app.domain.people.channels import Channel
from app.wiring import Siyu
from bots import mini_program

MEANWHILE_S, LOOK_EVERY_S = 1.0, 0.05


@dataclass(frozen=True, slots=True)
class Phone:
    """``sealed`` opens in the context ``signup:<openid>``; ``index`` is the blind one."""

    index: str
    sealed: bytes = field(repr=False)


def verified(siyu: Siyu, known: ApiSession, code: str) -> Phone:
    """The number behind the code. Raises RefusedRequest."""
    kept = _kept(siyu, known.id, code)
    if kept is None:
        kept = _asked(siyu, known, code)
    phone = siyu.vault.open(kept, context=_context(known))
    return Phone(siyu.vault.blind_index(phone), kept)


def _asked(siyu: Siyu, known: ApiSession, code: str) -> bytes:
    with siyu.database.reading() as session:
        channel = session.get_one(Channel, known.channel_id)
    try:
        phone = siyu.mini_program(channel).phone_of(code)
    except mini_program.CodeRefused as error:
        # perhaps the same request is under way twice, and the other has just used the code up
        kept = _kept_meanwhile(siyu, known.id, code) if error.reason == "code_used" else None
        if kept is None:
            raise RefusedRequest("phone_code_refused") from error
        return kept
    except mini_program.PlatformUnavailable as error:
        raise RefusedRequest("platform_unavailable") from error
    sealed = siyu.vault.seal(phone, context=_context(known))
    with siyu.database.writing() as session:
        api_sessions.keep_phone(session, known.id, code, sealed)
    return sealed


def _kept(siyu: Siyu, session_id: int, code: str) -> bytes | None:
    with siyu.database.reading() as session:
        return api_sessions.phone_behind(session, session_id, code)


def _kept_meanwhile(siyu: Siyu, session_id: int, code: str) -> bytes | None:
    until_s = time.monotonic() + MEANWHILE_S
    while (kept := _kept(siyu, session_id, code)) is None and time.monotonic() < until_s:
        time.sleep(LOOK_EVERY_S)
    return kept


def _context(known: ApiSession) -> str:
    return f"signup:{known.openid}"
