"""Acts worth points that nothing else follows from: speaking in a group, a complete profile, a live
stream watched, a link passed on that somebody has opened.

Fields of ``live_watched``, which a partner posts: source, stream_id, minutes.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.loyalty.earning import earnings, kinds
from app.domain.people import members
from app.handlers.scene import Scene, earn


def speak_in_group(session: Session, scene: Scene, now: datetime) -> None:
    """The first message that is long enough, in each group on each business day."""
    if scene.group is None:
        return
    on = scene.programme.business_day(scene.event.happened_at)
    key = f"group_chat:{scene.group.id}:{scene.member.id}:{on}"
    earn(session, scene, kinds.GROUP_CHAT, key, now, measure=len(scene.event.text.strip()))


def complete_profile(session: Session, scene: Scene, now: datetime) -> None:
    """Her name, her birthday and a verified telephone number are known: once."""
    member = scene.member
    if member.nickname and member.birthday_on and member.phone_index:
        _earn_once(session, scene, kinds.PROFILE, "profile", now)


def watch_live(session: Session, scene: Scene, now: datetime) -> None:
    fields = scene.event.fields
    stream = f"live:{fields['source']}:{fields['stream_id']}"
    _earn_once(session, scene, kinds.LIVE, stream, now, measure=fields["minutes"])


def share(session: Session, scene: Scene, now: datetime) -> None:
    """Somebody has come through her: once for each reader."""
    earn(session, scene, kinds.SHARE, f"share:{scene.event.key}", now)


def _earn_once(
    session: Session, scene: Scene, kind: str, name: str, now: datetime, *, measure: int = 0
) -> None:
    """Of all the records that have become her, one is paid for it."""
    own, *others = (f"{name}:{it}" for it in members.records_of(session, scene.member.id))
    if not earnings.paid_for(session, others):
        earn(session, scene, kind, own, now, measure=measure)
