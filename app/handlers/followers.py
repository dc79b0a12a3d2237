"""Followers: once a night the list of those who follow an official account is compared with ours.

The platform is asked page by page, and for the profiles of those whom we do not know or have not
asked about for long. Who is new to us is met and follows; who is on no page has left. What concerns
one person goes on as an event of her own. Every question and event is keyed by the night, so that
whatever is cut off goes on where it was, and nothing happens twice.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from app import inbox, lanes, outbox
from app.domain.insight import mirrored_tags, tags
from app.domain.loyalty.earning import kinds
from app.domain.people import followings, members
from app.handlers import member_tags, mirrors, questions
from app.handlers.scene import AccountScene, Scene, earn, joined, place

RULE = "followers"
PROFILES_A_QUESTION = 100
IDS_A_QUERY = 500
KNOWN_FOR = timedelta(days=7)  # so long a profile is good; where tags are mirrored, until the night
GONE_AT_ONCE = 500
_Item = TypeVar("_Item")


def list_all(session: Session, account: AccountScene, now: datetime) -> None:
    """The night has come: ask for the first page of followers."""
    _ask_for_page(session, account, f"followers:{account.event.key}", 1, "", 0, now)


def compare_list(session: Session, account: AccountScene, now: datetime) -> None:
    """A page of openids: note that they are on the list, ask who the unknown ones are, and for the
    next page. The night is the moment in which the first page was asked for."""
    asked, night_at = questions.asked(session, account.event), account.event.happened_at
    openids = account.event.fields["OpenIds"]
    mirrors_tags = bool(mirrored_tags.of_channel(session, account.channel.id))
    fresh_since = night_at if mirrors_tags else now - KNOWN_FOR
    wanted: list[str] = []
    for some in _in_portions(openids, IDS_A_QUERY):
        followings.note_listed(session, account.channel.id, some, night_at)
        known = followings.known_since(session, account.channel.id, some, fresh_since)
        wanted += [openid for openid in some if openid not in known]
    night, page = asked.content["night"], asked.content["page"]
    for number, some in enumerate(_in_portions(wanted, PROFILES_A_QUESTION)):
        key = f"{night}:{page}:profiles:{number}"
        _ask(session, account, key, "follower_profiles", {"openids": some}, now)
    listed = asked.content["listed"] + len(openids)
    if openids and listed < int(account.event.fields["Total"]):
        _ask_for_page(session, account, night, page + 1, openids[-1], listed, now)
    elif listed >= int(account.event.fields["Total"]):
        _go_on(session, account, f"{night}:listed:0", 0, now)
    # else the list broke off: nobody is missed tonight


def compare_profiles(session: Session, account: AccountScene, now: datetime) -> None:
    """Who the platform says they are. Only what we did not know is an event."""
    profiles = account.event.fields["Profiles"]
    openids = [profile["OpenId"] for profile in profiles]
    known = followings.of(session, account.channel.id, openids)
    mirrored = Mirrored.of(session, account.channel.id, known.values())
    for profile in profiles:
        found = known.get(profile["OpenId"])
        if found is None or _tells_news(profile, found) or mirrored.differs(profile, found):
            kind = "follower" if profile["Follows"] else "follower_gone"
            _pass_on(session, account, kind, profile["OpenId"], profile, now)
    followings.note_asked(session, account.channel.id, openids, account.event.received_at)


def miss(session: Session, account: AccountScene, now: datetime) -> None:
    """The whole list is read. Whoever followed before the night and is not on it has left."""
    after = int(account.event.fields["After"])
    night_at = account.event.happened_at
    gone = followings.unlisted(session, account.channel.id, night_at, after, GONE_AT_ONCE)
    for identity in gone:
        _pass_on(session, account, "follower_gone", identity.external_id, {}, now)
    if len(gone) == GONE_AT_ONCE:
        night, _, _ = account.event.key.rpartition(":")
        _go_on(session, account, f"{night}:{gone[-1].id}", gone[-1].id, now)


def be_known(session: Session, scene: Scene, now: datetime) -> None:
    """She follows, though no callback said so. If she came since the account is ours, its callback
    was lost: she gets what following is worth. Welcomed she is not, it is too late for that."""
    assert scene.identity is not None
    assert scene.channel is not None
    since = datetime.fromtimestamp(int(scene.event.fields["FollowedAt"]), UTC)
    first_time = members.join(scene.member, scene.identity, scene.event.happened_at, since)
    if scene.identity.unfollowed_at is None:
        scene.identity.followed_at = since
    scene.identity.profile_asked_at = scene.event.happened_at
    if first_time and since >= scene.channel.created_at:
        earn(session, scene, kinds.JOIN, f"join:{scene.member.id}", now)
        joined(session, scene, now)
    place(session, scene, now)


def compare_tags(session: Session, scene: Scene, now: datetime) -> None:
    """The tags she has in the account's own console."""
    if scene.identity is None:
        return
    give = partial(_give, session, scene, now)
    theirs = scene.event.fields["TagIds"]
    mirrors.compare(session, scene.event, scene.identity, theirs, give, now)


def _give(session: Session, scene: Scene, now: datetime, tag_id: int, name: str) -> None:
    said = f"{scene.channel.name if scene.channel else ''} → {name}"
    member_tags.give(
        session, scene, tag_id, rule=mirrors.RULE, rule_version=None, evidence=said, now=now
    )


@dataclass(frozen=True, slots=True)
class Mirrored:
    """The mirrored tags of an account and, by identity, who has them here."""

    tag_ids: Mapping[str, int]
    held: Mapping[int, frozenset[int]]

    @classmethod
    def of(
        cls, session: Session, channel_id: int, known: Collection[followings.Following]
    ) -> "Mirrored":
        mirrors_of = mirrored_tags.of_channel(session, channel_id)
        tag_ids = {str(one.platform_tag_id): one.tag_id for one in mirrors_of}
        members_known = [one.member_id for one in known]
        return cls(tag_ids, tags.held(session, members_known, list(tag_ids.values())))

    def differs(self, profile: Mapping[str, Any], found: followings.Following) -> bool:
        there = {self.tag_ids[one] for one in profile["TagIds"] if one in self.tag_ids}
        return there != self.held.get(found.member_id, frozenset())


def _tells_news(profile: Mapping[str, Any], found: followings.Following) -> bool:
    if not profile["Follows"]:
        return found.follows
    return not found.follows or bool(profile["UnionId"] and not found.unionid)


def _ask_for_page(
    session: Session,
    account: AccountScene,
    night: str,
    page: int,
    after: str,
    listed: int,
    now: datetime,
) -> None:
    content = {"night": night, "page": page, "after": after, "listed": listed}
    _ask(session, account, f"{night}:{page}", "followers", content, now)


def _ask(
    session: Session,
    account: AccountScene,
    key: str,
    kind: str,
    content: Mapping[str, Any],
    now: datetime,
) -> None:
    """Behind everything that is said to somebody."""
    outbox.put(
        session,
        outbox.Address(account.channel.id, ""),
        key=key,
        purpose=outbox.QUESTION,
        kind=kind,
        content=content,
        cause=outbox.Cause(RULE, None, account.event.id),
        pipe=lanes.BROADCASTS,
        now=now,
    )


def _pass_on(
    session: Session,
    account: AccountScene,
    kind: str,
    openid: str,
    fields: Mapping[str, Any],
    now: datetime,
) -> None:
    inbox.pass_on(
        session,
        account.event,
        key=f"{kind}:{account.event.key}:{openid}",
        kind=kind,
        channel_key=account.channel.key,
        sender=openid,
        fields=fields,
        now=now,
    )


def _go_on(session: Session, account: AccountScene, key: str, after: int, now: datetime) -> None:
    inbox.receive_own(
        session,
        key=key,
        kind="followers_listed",
        subject="",
        fields={"After": str(after)},
        cause=account.event,
        now=now,
    )


def _in_portions(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
