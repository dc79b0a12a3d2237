"""Windows: until when, and how often, an account may speak to a member by customer-service message.

Source: the platforms' rules for customer-service messages. Her message opens a long window; on an
official account following, scanning or a menu click, in a mini-program entering the conversation,
opens a short one. The numbers are those of ``limits``.

A window is ours from when we hear of her, but it closes when the platform's does: as much earlier
as the callback may have been on its way.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach.allowances import limit_table, limits
from app.domain.people.channels import Kind
from app.domain.people.members import Identity

KF = "kf"  # the way of WeChat customer service
PASSIVE = "passive"  # the way of what is said in the answer to a callback, which needs no window


@dataclass(frozen=True, slots=True)
class Rules:
    """Which of the limits hold for the windows of a kind of channel, and for what is said in which
    way. Not every kind has a short window."""

    chat_window_h: str
    chat_messages: str
    action_window_s: str = ""
    action_messages: str = ""
    way: str = ""


RULES: Mapping[str, Rules] = {
    Kind.OFFICIAL_ACCOUNT: Rules(
        limit_table.CHAT_WINDOW_H,
        limit_table.CHAT_MESSAGES,
        limit_table.ACTION_WINDOW_S,
        limit_table.ACTION_MESSAGES,
    ),
    Kind.MINI_PROGRAM: Rules(
        limit_table.MINI_CHAT_WINDOW_H,
        limit_table.MINI_CHAT_MESSAGES,
        limit_table.MINI_ENTER_WINDOW_S,
        limit_table.MINI_ENTER_MESSAGES,
    ),
    Kind.WECOM: Rules(limit_table.KF_WINDOW_H, limit_table.KF_MESSAGES, way=KF),
}


def needed(kind: str, way: str) -> bool:
    """Whether what is said this way needs a window; templates and mass messages, for one, do
    not."""
    return kind in RULES and RULES[kind].way == way


def open_by_chat(session: Session, identity: Identity, kind: str, now: datetime) -> None:
    """Where the kind of channel knows windows, her message opens one."""
    rules = RULES.get(kind)
    if rules is not None:
        length = timedelta(hours=limits.value(session, rules.chat_window_h))
        identity.chat_until = now + length - _callback_delay(session)
        identity.chat_left = limits.value(session, rules.chat_messages)


def open_by_action(session: Session, identity: Identity, kind: str, now: datetime) -> None:
    """Where the kind of channel knows windows, what she did opens one."""
    rules = RULES.get(kind)
    if rules is not None and rules.action_window_s:
        length = timedelta(seconds=limits.value(session, rules.action_window_s))
        identity.action_until = now + length - _callback_delay(session)
        identity.action_left = limits.value(session, rules.action_messages)


def is_open(identity: Identity, now: datetime) -> bool:
    """Whether a message of ours could be taken from one of her windows; takes none."""
    return any(
        until is not None and until > now and left > 0
        for until, left in (
            (identity.action_until, identity.action_left),
            (identity.chat_until, identity.chat_left),
        )
    )


def take(session: Session, identity_id: int, now: datetime) -> bool:
    """Uses up one message of the window that closes first. False when none is open."""
    return bool(take_all(session, [identity_id], now))


def take_all(session: Session, identity_ids: Collection[int], now: datetime) -> frozenset[int]:
    """Uses up one message of each one's window, of that which closes first. Returns who had one.
    The database counts, since a reply and a broadcast may ask for the last one at the same
    moment."""
    if not identity_ids:
        return frozenset()
    _hold_in_order(session, identity_ids)
    taken = session.scalars(_TAKEN, {"ids": list(identity_ids), "now": now})
    return frozenset(taken)


def give_back(session: Session, identity_id: int, kind: str, taken_at: datetime) -> None:
    """What the platform did not take has used up nothing. It goes back to the short window where
    that was open at ``taken_at``, though it may have closed meanwhile: the long one must never
    come to hold more than the platform left in it."""
    rules = RULES[kind]
    was_action = sa.func.coalesce(Identity.action_until > taken_at, sa.false())
    for its_own, left, most in (
        (was_action, Identity.action_left, rules.action_messages),
        (sa.not_(was_action), Identity.chat_left, rules.chat_messages),
    ):
        if not most:
            continue
        session.execute(
            sa.update(Identity)
            .where(Identity.id == identity_id, its_own, left < limits.value(session, most))
            .values({left: left + 1})
            .execution_options(synchronize_session=False)
        )


def _hold_in_order(session: Session, identity_ids: Collection[int]) -> None:
    """The lowest id first, so that two who want the same ones wait for each other in turn. One who
    wants one only need not; and SQLite has one writer at a time anyway."""
    if len(identity_ids) > 1 and session.get_bind().dialect.name == "postgresql":
        session.execute(_HELD, {"ids": list(identity_ids)})


def _callback_delay(session: Session) -> timedelta:
    return timedelta(seconds=limits.value(session, limit_table.CALLBACK_DELAY_S))


_THESE = Identity.id.in_(sa.bindparam("ids", expanding=True))
_ACTS = sa.and_(Identity.action_left > 0, Identity.action_until > sa.bindparam("now"))
_CHATS = sa.and_(Identity.chat_left > 0, Identity.chat_until > sa.bindparam("now"))
_TAKEN = (
    sa.update(Identity)
    .where(_THESE, sa.or_(_ACTS, _CHATS))
    .values(
        action_left=Identity.action_left - sa.case((_ACTS, 1), else_=0),
        chat_left=Identity.chat_left - sa.case((_ACTS, 0), else_=1),
    )
    .returning(Identity.id)
    .execution_options(synchronize_session=False)
)
_HELD = sa.select(Identity.id).where(_THESE).order_by(Identity.id).with_for_update(key_share=True)
