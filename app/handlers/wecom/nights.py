"""WeCom at night: staff, contacts and customer groups are gone over, since callbacks may be lost.

Page by page the platform says whom each member of staff has as a contact, and which groups there
are. What we have already is noted as seen; whoever is new to us, or is on no page, gets an event of
her own. Questions and events are keyed by the night, so whatever is cut off goes on where it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import inbox
from app.domain.people import contacts, customer_groups, groups, staff
from app.domain.people.contacts import EndedBy
from app.handlers import comings, questions
from app.handlers.scene import AccountScene, Scene, joined
from app.handlers.wecom import asking, contact_events, corp_tags, staff_events

STAFF_AT_ONCE = 100


def begin(session: Session, account: AccountScene, now: datetime) -> None:
    """The night has come: ask who has contacts, and read every group we know anew."""
    night = account.event.key
    _ask(session, account, asking.STAFF_LIST, f"{night}:staff", {"night": night}, now)
    for group in groups.of(session, account.channel.id):
        _read(session, account, group.external_id, now)


def compare_staff(session: Session, account: AccountScene, now: datetime) -> None:
    """All who have contacts: ask whom, and for their groups, a hundred of them at once."""
    night = questions.asked(session, account.event).content["night"]
    userids = account.event.fields["UserIDs"]
    for userid in userids:
        staff_events.meet(session, account.event, userid, now)
    staff.keep_to(session, account.channel.id, userids, now)
    for number, some in enumerate(_in_portions(userids, STAFF_AT_ONCE)):
        told = {"night": night, "userids": some, "page": 1, "cursor": ""}
        contacts_key = f"{night}:contacts:{number}"
        _ask_page(session, account, asking.CONTACTS_OF_STAFF, contacts_key, told, now)
        _ask_page(session, account, asking.GROUP_LIST, f"{night}:groups:{number}", told, now)


def compare_contacts(session: Session, account: AccountScene, now: datetime) -> None:
    """A page of relations. After the last one, whom it did not name is nobody's any more."""
    asked = questions.asked(session, account.event).content
    night_at, channel = account.event.happened_at, account.channel
    ours = corp_tags.mirrored(session, channel.id)
    for told in account.event.fields["Contacts"]:
        (relation,) = told["Staff"]
        met = staff_events.meet(session, account.event, relation["UserID"], now)
        since = contact_events.moment_of(relation)
        who = told["ExternalUserID"]
        if not contacts.note_listed(session, channel.id, met.id, who, since, night_at):
            _tell(session, account, "contact_found", who, {**told, **relation}, now)
        elif corp_tags.has_news(session, channel.id, who, relation["TagIds"], ours):
            _tell(session, account, "contact_marked", who, {**told, **relation}, now)
    if account.event.fields["NextCursor"]:
        _ask_next(session, account, asking.CONTACTS_OF_STAFF, asked, now)
        return
    for userid, external_userid in contacts.unlisted(
        session, channel.id, asked["userids"], night_at
    ):
        _tell(session, account, "contact_missing", external_userid, {"UserID": userid}, now)


def compare_groups(session: Session, account: AccountScene, now: datetime) -> None:
    """A page of groups: read those of which we have never heard."""
    known = {group.external_id for group in groups.of(session, account.channel.id)}
    for chat_id in account.event.fields["ChatIds"]:
        if chat_id not in known:
            _read(session, account, chat_id, now)
    if account.event.fields["NextCursor"]:
        asked = questions.asked(session, account.event).content
        _ask_next(session, account, asking.GROUP_LIST, asked, now)


def find(session: Session, scene: Scene, now: datetime) -> None:
    """She is somebody's contact, though no callback said so. If she has become it since the account
    is ours, its callback was lost, and she joins now. It is too late to welcome her."""
    assert scene.channel is not None
    contact_events.be_told_of_some(session, scene, now)
    since = contact_events.moment_of(scene.event.fields)
    if since is not None and contact_events.is_of_our_time(scene.channel, since):
        comings.arrive(session, scene, now)
        comings.tag_by_live_code(session, scene, now)
        joined(session, scene, now)


def miss(session: Session, scene: Scene, now: datetime) -> None:
    """No list names her as a contact of this member of staff any more."""
    contact_events.end(session, scene, EndedBy.UNTOLD, now)


def _read(session: Session, account: AccountScene, chat_id: str, now: datetime) -> None:
    group = groups.meet(session, account.channel.id, chat_id, "", now)
    customer_group = customer_groups.meet(session, group.id)
    asking.who_is_in(session, account.event, group, customer_group, now)


def _ask_next(
    session: Session, account: AccountScene, way: str, asked: Mapping[str, Any], now: datetime
) -> None:
    """The page after the one that the event answers."""
    key = account.event.key.rpartition(":")[0]
    page = {"page": asked["page"] + 1, "cursor": account.event.fields["NextCursor"]}
    _ask_page(session, account, way, key, {**asked, **page}, now)


def _ask_page(
    session: Session,
    account: AccountScene,
    way: str,
    key: str,
    told: Mapping[str, Any],
    now: datetime,
) -> None:
    _ask(session, account, way, f"{key}:{told['page']}", told, now)


def _ask(
    session: Session,
    account: AccountScene,
    way: str,
    key: str,
    content: Mapping[str, Any],
    now: datetime,
) -> None:
    asking.put(session, account.event, way, key, "", content, now)


def _tell(
    session: Session,
    account: AccountScene,
    kind: str,
    external_userid: str,
    fields: Mapping[str, Any],
    now: datetime,
) -> None:
    inbox.receive_own(
        session,
        key=f"{kind}:{fields['UserID']}:{external_userid}:{account.event.key}",
        kind=kind,
        subject=f"{account.channel.key}/{external_userid}",
        fields=fields,
        channel_id=account.channel.id,
        sender=external_userid,
        happened_at=account.event.happened_at,
        now=now,
    )


def _in_portions(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
