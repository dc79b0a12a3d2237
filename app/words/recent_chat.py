"""What members said of late, as the inbox has it, oldest first and a page at a time."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db import Database
from app.inbox import InboxEvent
from tagging.trials import Said

KINDS = ("text", "voice", "archive.text")
PAGE = 2_000


def count(session: Session, since: datetime, limit: int) -> int:
    """How many events there are since then, of all kinds, counted up to ``limit``."""
    some = sa.select(InboxEvent.id).where(InboxEvent.received_at >= since).limit(limit)
    return session.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0


def said(database: Database, since: datetime, limit: int) -> Iterator[Said]:
    """Messages among the newest ``limit`` events since then. Each page is read in a transaction of
    its own, so that a long reading holds up nobody."""
    with database.reading() as session:
        after_id = _before_newest(session, since, limit)
    while True:
        with database.reading() as session:
            page = _page(session, since, after_id)
        for event in page:
            after_id = event.id
            text = str(event.fields.get("Content") or event.fields.get("Recognition") or "")
            if event.kind in KINDS and event.member_id is not None and text:
                yield Said(event.id, event.member_id, event.happened_at, text)
        if len(page) < PAGE:
            return


def texts_of(session: Session, event_ids: Sequence[int]) -> dict[int, str]:
    """What was said in these events; nothing where it was taken back."""
    rows = session.execute(
        sa.select(InboxEvent.id, InboxEvent.fields).where(InboxEvent.id.in_(event_ids))
    )
    return {
        event_id: str(fields.get("Content") or fields.get("Recognition") or "")
        for event_id, fields in rows
    }


def _before_newest(session: Session, since: datetime, limit: int) -> int:
    newest = sa.select(InboxEvent.id).where(InboxEvent.received_at >= since)
    return session.scalar(newest.order_by(InboxEvent.id.desc()).offset(limit).limit(1)) or 0


def _page(
    session: Session, since: datetime, after_id: int
) -> Sequence[sa.Row[int, int | None, str, datetime, dict[str, object]]]:
    return session.execute(
        sa.select(
            InboxEvent.id,
            InboxEvent.member_id,
            InboxEvent.kind,
            InboxEvent.happened_at,
            InboxEvent.fields,
        )
        .where(InboxEvent.id > after_id, InboxEvent.received_at >= since)
        .order_by(InboxEvent.id)
        .limit(PAGE)
    ).all()
