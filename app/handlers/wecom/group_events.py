"""WeCom customer groups: their member lists, kept as the platform has them.

A change of members is applied as it was told if it fits the version we have; in every other case
the whole list is asked for, and what it says replaces what we had. Whoever is new in a group, or in
none any more, gets an event of her own, in her own lane.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from app import inbox
from app.domain.people import customer_groups, groups, members, staff
from app.domain.people.customer_groups import CustomerGroup
from app.domain.people.groups import Group
from app.handlers import comings
from app.handlers.scene import AccountScene, Scene, happen, joined
from app.handlers.wecom import asking, contact_events, staff_events

BY_CODE = "3"  # of JoinScene: which code it was, only the list tells
EXTERNAL = "2"  # of Type
MEMBERS_CHANGE = ("add_member", "del_member")
EXTERNAL_PREFIXES = ("wm", "wo")


def pull(session: Session, account: AccountScene, now: datetime) -> None:
    """A group that we have to read as a whole."""
    group, customer_group = _met(session, account, str(account.event.room), now)
    asking.who_is_in(session, account.event, group, customer_group, now)


def change(session: Session, account: AccountScene, now: datetime) -> None:
    """Somebody came or left, if that is all we lack; else whatever it is, is read. Told after the
    group was dismissed, it is of a time that is over: nobody is in it any more."""
    fields = account.event.fields
    group, customer_group = _met(session, account, str(account.event.room), now)
    if group.dismissed_at is not None or _is_known(customer_group, fields):
        return
    if not _fits(customer_group, fields):
        asking.who_is_in(session, account.event, group, customer_group, now)
        return
    for userid in _external(session, account, _changed(fields)):
        if fields["UpdateDetail"] == "add_member":
            scene = str(fields.get("JoinScene", ""))
            told = {"UserID": userid, "JoinScene": scene}
            _join(session, account, group, told, account.event.happened_at, now)
        else:
            _leave(session, account, group, userid, account.event.happened_at, now)
    customer_group.member_version = str(fields["CurMemVer"])


def dismiss(session: Session, account: AccountScene, now: datetime) -> None:
    group, _ = _met(session, account, str(account.event.room), now)
    _dismiss(session, account, group, account.event.happened_at, now)


def be_told_of(session: Session, account: AccountScene, now: datetime) -> None:
    """What the group is, as the platform has it."""
    fields = account.event.fields
    group, customer_group = _met(session, account, str(fields["ChatId"]), now)
    if not customer_groups.take_answer(customer_group, int(fields["Number"]), now):
        return
    if fields.get("IsGone"):
        _dismiss(session, account, group, account.event.happened_at, now)
    if group.dismissed_at is not None:
        return
    group.name = fields["Name"] or group.name
    customer_group.notice = fields["Notice"]
    customer_group.member_version = fields["MemberVersion"]
    owner = fields["Owner"]
    if owner:
        customer_group.owner_id = staff_events.meet(session, account.event, owner, now).id
    _name_staff(session, account, fields["Members"])
    _reconcile(session, account, group, fields["Members"], now)


def join(session: Session, scene: Scene, now: datetime) -> None:
    """She has come into a group. If she has since the account is ours, she has joined; who was
    there before is only known from now on."""
    assert scene.identity is not None
    assert scene.channel is not None
    _happen(session, scene, "joined_group", now)
    if not contact_events.is_of_our_time(scene.channel, scene.event.happened_at):
        members.follow(scene.member, scene.identity, scene.event.happened_at)
        return
    comings.arrive(session, scene, now)
    joined(session, scene, now)


def leave(session: Session, scene: Scene, now: datetime) -> None:
    """She is in one group less."""
    assert scene.identity is not None
    contact_events.review(session, scene, scene.identity, scene.event.happened_at, now)
    _happen(session, scene, "left_group", now)


def _happen(session: Session, scene: Scene, kind: str, now: datetime) -> None:
    assert scene.channel is not None
    group = groups.meet(session, scene.channel.id, scene.event.fields["ChatId"], "", now)
    happen(session, scene, kind, group=group.id, now=now)


def _is_known(customer_group: CustomerGroup, fields: Mapping[str, Any]) -> bool:
    """Whether the list we have read is the one to which the callback leads."""
    version = fields.get("CurMemVer")
    is_there = customer_group.is_read and bool(version) and version == customer_group.member_version
    return is_there and fields.get("UpdateDetail") in MEMBERS_CHANGE


def _fits(customer_group: CustomerGroup, fields: Mapping[str, Any]) -> bool:
    """Whether the callback says all that leads from the list we have to the next."""
    changed = _changed(fields)
    return (
        fields.get("UpdateDetail") in MEMBERS_CHANGE
        and customer_group.is_read
        and bool(fields.get("CurMemVer"))
        and customer_group.member_version == fields.get("LastMemVer")
        and bool(changed)
        and str(len(changed)) == fields.get("MemChangeCnt")
        and not (fields["UpdateDetail"] == "add_member" and fields.get("JoinScene") == BY_CODE)
    )


def _changed(fields: Mapping[str, Any]) -> Sequence[str]:
    listed = fields.get("MemChangeList")
    return listed.get("Item", []) if isinstance(listed, Mapping) else []


def _external(session: Session, account: AccountScene, ids: Sequence[str]) -> list[str]:
    """Those who are not staff: a userid may begin like the id of an external contact."""
    found = [one for one in ids if one.startswith(EXTERNAL_PREFIXES)]
    return [one for one in found if staff.by_userid(session, account.channel.id, one) is None]


def _reconcile(
    session: Session,
    account: AccountScene,
    group: Group,
    listed: Sequence[Mapping[str, str]],
    now: datetime,
) -> None:
    at = account.event.happened_at
    here = [
        _join(session, account, group, one, _moment(one["JoinTime"], at), now)
        for one in listed
        if one["Type"] == EXTERNAL
    ]
    for member_id in set(groups.present(session, group.id)) - set(here):
        _leave_as(session, account, group, member_id, at, now)


def _join(
    session: Session,
    account: AccountScene,
    group: Group,
    told: Mapping[str, str],
    at: datetime,
    now: datetime,
) -> int:
    """Returns who it is."""
    certain = members.known_by(session, told.get("UnionId"), None)
    met = members.meet(session, account.channel.id, told["UserID"], now, certain=certain)
    member = members.get(session, met.member_id)
    member.nickname = member.nickname or told.get("Name", "")[:64]
    how = {"join_scene": told.get("JoinScene", ""), "state": told.get("State", "")}
    if groups.join(session, group.id, met.member_id, at, **how):
        _tell(session, account, "group_joined", group, met.external_id, told, at, now)
    return met.member_id


def _leave(
    session: Session, account: AccountScene, group: Group, userid: str, at: datetime, now: datetime
) -> None:
    met = members.identity_of(session, account.channel.id, userid)
    if met is not None:
        _leave_as(session, account, group, met.member_id, at, now)


def _leave_as(
    session: Session,
    account: AccountScene,
    group: Group,
    member_id: int,
    at: datetime,
    now: datetime,
) -> None:
    groups.leave(session, group.id, member_id, at)
    for identity in members.identities_on(session, member_id, account.channel.id):
        _tell(session, account, "group_left", group, identity.external_id, {}, at, now)


def _dismiss(
    session: Session, account: AccountScene, group: Group, at: datetime, now: datetime
) -> None:
    present = groups.present(session, group.id)
    groups.dismiss(session, group, at)
    for member_id in present:
        _leave_as(session, account, group, member_id, at, now)


def _tell(
    session: Session,
    account: AccountScene,
    kind: str,
    group: Group,
    external_userid: str,
    told: Mapping[str, str],
    at: datetime,
    now: datetime,
) -> None:
    inbox.receive_own(
        session,
        key=f"{kind}:{group.id}:{external_userid}:{account.event.key}",
        kind=kind,
        subject=f"{account.channel.key}/{external_userid}",
        fields={**told, "ChatId": group.external_id, "RoomName": group.name},
        channel_id=account.channel.id,
        sender=external_userid,
        happened_at=at,
        now=now,
    )


def _met(
    session: Session, account: AccountScene, chat_id: str, now: datetime
) -> tuple[Group, CustomerGroup]:
    group = groups.meet(session, account.channel.id, chat_id, "", now)
    return group, customer_groups.meet(session, group.id)


def _name_staff(
    session: Session, account: AccountScene, listed: Sequence[Mapping[str, str]]
) -> None:
    for one in listed:
        known = staff.by_userid(session, account.channel.id, one["UserID"])
        if one["Type"] != EXTERNAL and known is not None and one["Name"] and not known.name:
            known.name = one["Name"][:64]


def _moment(seconds: str, otherwise: datetime) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() else otherwise
