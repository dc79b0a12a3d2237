"""Wanting: what an operator asks a platform for is an event like any other, so that it is done once
and in order, whatever happens meanwhile."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from app import inbox
from app.console.frame import operator_id, siyu
from app.domain.people import operators


def want(
    session: Session,
    kind: str,
    channel_id: int,
    subject: str,
    fields: Mapping[str, str],
    *,
    once: bool = False,
) -> None:
    """Puts the wish into the inbox and on record. ``once``: a thing of which there is only one,
    such as the making of it; others may be wanted again a moment later."""
    now = siyu().clock()
    moment = "" if once else f":{now.timestamp():.3f}"
    inbox.receive_own(
        session,
        key=f"{kind}:{subject}{moment}",
        kind=kind,
        subject=subject,
        fields=fields,
        channel_id=channel_id,
        now=now,
    )
    operators.record(session, operator_id(), kind, subject, {}, now)
