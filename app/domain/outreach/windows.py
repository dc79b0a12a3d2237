"""Windows: until when, and how often, an official account may speak to a member by
customer-service message. Source: the platform's customer-service message rules, platform.md §1.6:
her message opens 48 hours for 5 messages, following, scanning or a menu click 1 minute for 3.
"""

from datetime import datetime, timedelta

from app.domain.people.members import Identity

CHAT_WINDOW = timedelta(hours=48)
CHAT_MESSAGES = 5
ACTION_WINDOW = timedelta(minutes=1)
ACTION_MESSAGES = 3


def open_by_chat(identity: Identity, now: datetime) -> None:
    identity.chat_until, identity.chat_left = now + CHAT_WINDOW, CHAT_MESSAGES


def open_by_action(identity: Identity, now: datetime) -> None:
    identity.action_until, identity.action_left = now + ACTION_WINDOW, ACTION_MESSAGES


def take(identity: Identity, now: datetime) -> bool:
    """Uses up one message of the window that closes first. False when none is open."""
    if identity.action_left > 0 and _is_open(identity.action_until, now):
        identity.action_left -= 1
        return True
    if identity.chat_left > 0 and _is_open(identity.chat_until, now):
        identity.chat_left -= 1
        return True
    return False


def _is_open(until: datetime | None, now: datetime) -> bool:
    return until is not None and now < until
