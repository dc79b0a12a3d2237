"""What follows from reading: a link's own tag and points at the first opening, and whatever the
thresholds of radar give, each once; and a word to staff, once a day for each member and link."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import outbox
from app.domain.insight import radar, radar_readers, radar_thresholds
from app.domain.insight.radar import RadarLink
from app.domain.insight.radar_thresholds import RadarThreshold
from app.domain.loyalty.earning import kinds
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people import channels
from app.domain.people.channels import Kind
from app.handlers import member_tags, texts
from app.handlers.notices import WANTED_FOR
from app.handlers.scene import Scene, earn_own, say
from sop import wording


def open_link(session: Session, scene: Scene, now: datetime) -> None:
    """She opened a link: its tag, and once its points."""
    link = _link(session, scene)
    if "ReaderId" in scene.event.fields:  # openings of earlier days have none
        radar_readers.recognise(session, int(scene.event.fields["ReaderId"]), scene.member.id)
    first_time = radar.opened(session, link.id, scene.member.id, scene.event.happened_at)
    rule, version = f"radar:{link.id}", link.version
    if link.tag_id is not None:
        member_tags.give(
            session,
            scene,
            link.tag_id,
            rule=rule,
            rule_version=version,
            evidence=link.title,
            now=now,
        )
    key = f"{rule}:{scene.member.id}"
    if first_time:
        _earn(session, scene, link.points, key, rule, version, now)


def weigh(session: Session, scene: Scene, now: datetime) -> None:
    """Whatever she has just done, some thresholds may be met by it."""
    link = _link(session, scene)
    for threshold in radar_thresholds.of_link(session, link):
        shown = radar_thresholds.interest(session, scene.member.id, threshold)
        if radar_thresholds.is_met(threshold, shown):
            _give(session, scene, link, threshold, now)
            _tell_staff(session, scene, link, threshold, now)


def _give(
    session: Session, scene: Scene, link: RadarLink, threshold: RadarThreshold, now: datetime
) -> None:
    member_id = scene.member.id
    if not radar_thresholds.note_met(session, threshold.id, member_id, scene.event.id, now):
        return
    rule = f"radar:{link.id}/threshold:{threshold.id}"
    if threshold.tag_id is not None:
        member_tags.give(
            session,
            scene,
            threshold.tag_id,
            rule=rule,
            rule_version=None,
            evidence=link.title,
            now=now,
        )
    key = f"radar_threshold:{threshold.id}:{member_id}"
    _earn(session, scene, threshold.points, key, rule, None, now)


def _earn(
    session: Session,
    scene: Scene,
    amount: int,
    key: str,
    rule: str,
    rule_version: int | None,
    now: datetime,
) -> None:
    about: dict[str, Any] = {"key": key, "rule": rule, "rule_version": rule_version}
    earned = earn_own(session, scene, kinds.RADAR, amount, **about, now=now)
    if earned:
        say(session, scene, texts.radar_thanks(earned), rule=rule, now=now)


def _tell_staff(
    session: Session, scene: Scene, link: RadarLink, threshold: RadarThreshold, now: datetime
) -> None:
    corps = (known for known in channels.all_of(session) if known.kind == Kind.WECOM)
    corp = next(corps, None)
    if corp is None or not threshold.notify_userid:
        return
    name = scene.member.nickname or "一位会员"
    shown = radar_thresholds.interest_in(session, scene.member.id, [link.id])
    text = texts.radar_notice(name, link.title, shown)
    day = scene.programme.business_day(now)
    outbox.put(
        session,
        outbox.Address(corp.id, threshold.notify_userid, way="app"),
        key=f"notice:radar:{link.id}:{scene.member.id}:{threshold.notify_userid}:{day}",
        purpose="notice",
        kind="text",
        content={"text": wording.cut(text, limits.value(session, limit_table.APP_TEXT_BYTES))},
        cause=outbox.Cause(f"radar:{link.id}/threshold:{threshold.id}", None, scene.event.id),
        expires_at=now + WANTED_FOR,
        now=now,
    )


def _link(session: Session, scene: Scene) -> RadarLink:
    return session.get_one(RadarLink, int(scene.event.fields["LinkId"]))
