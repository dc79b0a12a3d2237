"""Windows: until when, and how often, an official account may speak to a member by
customer-service message. Source: the platform's customer-service message rules, platform.md §1.6:
her message opens 48 hours for 5 messages, following, scanning or a menu click 1 minute for 3. The
numbers are those of ``limits``.

A window is ours from when we hear of her, but it closes when the platform's does: as much earlier
as the callback may have been on its way.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.outreach import limit_table, limits
from app.domain.people.members import Identity


def open_by_chat(session: Session, identity: Identity, now: datetime) -> None:
    length = timedelta(hours=limits.value(session, limit_table.CHAT_WINDOW_H))
    identity.chat_until = now + length - _callback_delay(session)
    identity.chat_left = limits.value(session, limit_table.CHAT_MESSAGES)


def open_by_action(session: Session, identity: Identity, now: datetime) -> None:
    length = timedelta(seconds=limits.value(session, limit_table.ACTION_WINDOW_S))
    identity.action_until = now + length - _callback_delay(session)
    identity.action_left = limits.value(session, limit_table.ACTION_MESSAGES)


def take(session: Session, identity_id: int, now: datetime) -> bool:
    """Uses up one message of the window that closes first. False when none is open. The database
    counts, since a reply and a broadcast may ask for the last one at the same moment."""
    for until, left in (
        (Identity.action_until, Identity.action_left),
        (Identity.chat_until, Identity.chat_left),
    ):
        taken = session.execute(
            sa.update(Identity)
            .where(Identity.id == identity_id, left > 0, until > now)
            .values({left: left - 1})
            .returning(Identity.id)
            .execution_options(synchronize_session=False)
        )
        if taken.scalar_one_or_none() is not None:
            return True
    return False


def give_back(session: Session, identity_id: int, taken_at: datetime) -> None:
    """What the platform did not take has used up nothing. It goes back to the short window where
    that was open at ``taken_at``, though it may have closed meanwhile: the long one must never
    come to hold more than the platform left in it."""
    was_action = sa.func.coalesce(Identity.action_until > taken_at, sa.false())
    for its_own, left, most in (
        (was_action, Identity.action_left, limit_table.ACTION_MESSAGES),
        (sa.not_(was_action), Identity.chat_left, limit_table.CHAT_MESSAGES),
    ):
        session.execute(
            sa.update(Identity)
            .where(Identity.id == identity_id, its_own, left < limits.value(session, most))
            .values({left: left + 1})
            .execution_options(synchronize_session=False)
        )


def _callback_delay(session: Session) -> timedelta:
    return timedelta(seconds=limits.value(session, limit_table.CALLBACK_DELAY_S))
