"""Limits: the numbers that platforms set us and senders obey, in one table.

What is declared here is what the platforms say. A row exists only for a number that an operator has
changed, so whoever never changed one follows the declaration of the release that runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once

CHAT_WINDOW_H = "chat_window_h"
CHAT_MESSAGES = "chat_messages"
ACTION_WINDOW_S = "action_window_s"
ACTION_MESSAGES = "action_messages"
CALLBACK_DELAY_S = "callback_delay_s"
TEXT_BYTES_MAX = "text_bytes_max"
ROOM_MESSAGES_A_MINUTE = "room_messages_a_minute"

# where a number comes from
CUSTOMER_SERVICE = "customer_service"  # official account: customer-service messages
CALLBACKS = "callbacks"  # official account: receiving messages, three tries of 5 s
GROUP_ROBOT = "group_robot"  # WeCom: group robots; gateways have no number of their own


@dataclass(frozen=True, slots=True)
class Limit:
    """One number: what the platform says, and between what an operator may set it."""

    key: str
    value: int
    unit: str
    least: int
    most: int
    source: str


LIMITS = (
    # her message opens so many hours for so many messages of ours
    Limit(CHAT_WINDOW_H, 48, "hours", 1, 720, CUSTOMER_SERVICE),
    Limit(CHAT_MESSAGES, 5, "messages", 0, 1000, CUSTOMER_SERVICE),
    # following, scanning or a menu click opens so many seconds for so many messages
    Limit(ACTION_WINDOW_S, 60, "seconds", 1, 86_400, CUSTOMER_SERVICE),
    Limit(ACTION_MESSAGES, 3, "messages", 0, 1000, CUSTOMER_SERVICE),
    # the platform's window began when she acted: so much before we hear of it, at the latest
    Limit(CALLBACK_DELAY_S, 15, "seconds", 0, 3600, CALLBACKS),
    Limit(TEXT_BYTES_MAX, 2048, "bytes", 64, 2048, CUSTOMER_SERVICE),
    Limit(ROOM_MESSAGES_A_MINUTE, 60, "messages", 1, 10_000, GROUP_ROBOT),
)
BY_KEY: Mapping[str, Limit] = {limit.key: limit for limit in LIMITS}


class OutOfRange(ValueError):
    """A number that the limit cannot have."""

    def __init__(self, limit: Limit):
        super().__init__(f"{limit.key} is a whole number from {limit.least} to {limit.most}")
        self.limit = limit


class ChangedLimit(Base):
    """A number that an operator has changed."""

    __tablename__ = "limits"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    value: Mapped[int]


def value(session: Session, key: str) -> int:
    """The number in force. Its table is looked at once a transaction."""
    return changed(session).get(key, BY_KEY[key].value)


def changed(session: Session) -> Mapping[str, int]:
    """What operators have changed, by key, as this transaction sees it."""
    if ChangedLimit not in session.info:
        rows = session.execute(sa.select(ChangedLimit.key, ChangedLimit.value))
        session.info[ChangedLimit] = {key: number for key, number in rows}  # noqa: C416  rows
    return cast(Mapping[str, int], session.info[ChangedLimit])


def change(session: Session, key: str, number: int | None) -> None:
    """Sets a limit from now on; what the platform says anyway is kept as unchanged. Raises
    OutOfRange, KeyError."""
    limit = BY_KEY[key]
    if number is None or not limit.least <= number <= limit.most:
        raise OutOfRange(limit)
    if number == limit.value:
        reset(session, key)
        return
    session.info.pop(ChangedLimit, None)
    if insert_once(session, ChangedLimit, {"key": key, "value": number}, unique=["key"]) is None:
        session.execute(sa.update(ChangedLimit).where(ChangedLimit.key == key).values(value=number))


def reset(session: Session, key: str) -> None:
    """What the platform says is in force again."""
    session.info.pop(ChangedLimit, None)
    session.execute(sa.delete(ChangedLimit).where(ChangedLimit.key == key))
