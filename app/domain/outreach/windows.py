"""Windows: until when, and how often, an official account may speak to a member by
customer-service message. Source: the platform's customer-service message rules, platform.md §1.6:
her message opens 48 hours for 5 messages, following, scanning or a menu click 1 minute for 3.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.people.members import Identity

CHAT_WINDOW = timedelta(hours=48)
CHAT_MESSAGES = 5
ACTION_WINDOW = timedelta(minutes=1)
ACTION_MESSAGES = 3


def open_by_chat(identity: Identity, now: datetime) -> None:
    identity.chat_until, identity.chat_left = now + CHAT_WINDOW, CHAT_MESSAGES


def open_by_action(identity: Identity, now: datetime) -> None:
    identity.action_until, identity.action_left = now + ACTION_WINDOW, ACTION_MESSAGES


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


def give_back(session: Session, identity_id: int, now: datetime) -> None:
    """What the platform did not take has used up nothing."""
    for until, left, most in (
        (Identity.chat_until, Identity.chat_left, CHAT_MESSAGES),
        (Identity.action_until, Identity.action_left, ACTION_MESSAGES),
    ):
        given = session.execute(
            sa.update(Identity)
            .where(Identity.id == identity_id, left < most, until > now)
            .values({left: left + 1})
            .returning(Identity.id)
            .execution_options(synchronize_session=False)
        )
        if given.scalar_one_or_none() is not None:
            return
