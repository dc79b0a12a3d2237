"""The staff of a corp: met when an event or an answer names them, and asked for by name once."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.people import staff
from app.domain.people.staff import Staff
from app.handlers.scene import AccountScene
from app.handlers.wecom import asking
from app.inbox import InboxEvent


def meet(session: Session, event: InboxEvent, userid: str, now: datetime) -> Staff:
    """The member of staff of this userid. At first sight, WeCom is asked what she is called."""
    assert event.channel_id is not None, "she was heard of through a channel"
    known = staff.by_userid(session, event.channel_id, userid)
    if known is not None:
        return known
    asking.what_is_called(session, event, userid, now)
    return staff.meet(session, event.channel_id, userid, now)


def be_called(session: Session, account: AccountScene, now: datetime) -> None:
    fields = account.event.fields
    known = staff.by_userid(session, account.channel.id, str(fields["UserID"]))
    if known is not None and fields["Name"]:
        known.name = str(fields["Name"])[:64]
