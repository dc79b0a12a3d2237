"""Trials: one member gets exactly what a broadcast would tell her, marked as a test. It counts in
nobody's figures."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app import outbox
from app.broadcasting import rows
from app.broadcasting.rows import Slice
from app.domain.outreach.broadcasts import Broadcast
from app.programme import Programme

MARK = "[测试] "
_MARKED = ("text", "title", "subject")


def put(
    session: Session, broadcast: Broadcast, member_id: int, programme: Programme, now: datetime
) -> str | None:
    """Plans a trial for each of the broadcast's messages. Returns why none was, or None."""
    definition = replace(broadcast.parsed, audience="member", holdout_percent=0, route=())
    for number, message in enumerate(definition.messages):
        alone = replace(definition, message=message, variants=())
        part = Slice(broadcast, alone, [member_id], [now])
        (row,) = rows.of(session, part, programme, now)
        if row["reason"] is not None:
            return str(row["reason"])
        row["content"] = _marked(row["content"])
        row["key"] = f"broadcast:{broadcast.id}:trial:{member_id}:{now.isoformat()}:{number}"
        row |= {"purpose": "trial", "broadcast_id": None, "category": "", "pipe": "replies"}
        outbox.put_all(session, [row])
    return None


def _marked(content: dict[str, object]) -> dict[str, object]:
    """With the mark before its first words, where it has any."""
    for name in _MARKED:
        if isinstance(content.get(name), str):
            return content | {name: f"{MARK}{content[name]}"}
    return content
