"""What is asked of WeCom. A question is a message of the outbox whose answer comes back as an event
of the question's own kind, in the lane of whatever it was asked for. It may be asked twice without
harm, and survives whatever the processes do not.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import outbox
from app.domain.people.customer_groups import CustomerGroup
from app.domain.people.groups import Group
from app.inbox import InboxEvent

RULE = "wecom"
CONTACT = "contact"
GROUP = "customer_group"
GROUP_LIST = "customer_group_list"
STAFF_LIST = "staff_list"
STAFF_MEMBER = "staff_member"
CONTACTS_OF_STAFF = "contacts_of_staff"
CORP_TAGS = "corp_tags"


def who_is(session: Session, event: InboxEvent, external_userid: str, now: datetime) -> None:
    """Who a contact is, and whose."""
    key = f"{CONTACT}:{external_userid}:{event.key}"
    put(session, event, CONTACT, key, external_userid, {}, now)


def what_is_called(session: Session, event: InboxEvent, userid: str, now: datetime) -> None:
    key = f"{STAFF_MEMBER}:{userid}:{event.key}"
    put(session, event, STAFF_MEMBER, key, "", {"userid": userid}, now)


def who_is_in(
    session: Session,
    event: InboxEvent,
    group: Group,
    customer_group: CustomerGroup,
    now: datetime,
) -> None:
    """The whole list of a group's members, as it is by then."""
    customer_group.asked += 1
    content = {"chat_id": group.external_id, "number": customer_group.asked}
    key = f"{GROUP}:{group.id}:{customer_group.asked}"
    put(session, event, GROUP, key, group.external_id, content, now)


def which_tags(session: Session, event: InboxEvent, now: datetime) -> None:
    """All corp tags there are."""
    put(session, event, CORP_TAGS, f"{CORP_TAGS}:{event.key}", "", {}, now)


def put(
    session: Session,
    event: InboxEvent,
    way: str,
    key: str,
    recipient: str,
    content: Mapping[str, Any],
    now: datetime,
) -> None:
    """Asks because of ``event``. What is asked of the corp as a whole has no recipient."""
    assert event.channel_id is not None, "whatever asks came through a channel"
    outbox.put(
        session,
        outbox.Address(event.channel_id, recipient, way=way),
        key=key,
        purpose=outbox.QUESTION,
        kind=way,
        content=content,
        cause=outbox.Cause(RULE, None, event.id),
        now=now,
    )
