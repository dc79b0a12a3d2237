"""The smart bot: a member of staff asks in an internal chat how things are. She is no member of the
programme, so nothing is booked, and what is answered stays among staff."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import outbox
from app.domain.insight import days, tags
from app.domain.loyalty import points
from app.domain.loyalty.standing import tiers
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people.members import Member
from app.handlers import texts
from app.handlers.scene import AccountScene
from sop import wording

ASKED_FOR = timedelta(minutes=7)  # the platform comes for the answer for six minutes
POSTED_WITHIN = timedelta(hours=1)
FOUND_MAX = 3
TODAY, YESTERDAY, LOOK_UP = {"今日数据", "今天", "today"}, {"昨日数据", "昨天", "yesterday"}, "查"


def answer(session: Session, scene: AccountScene, now: datetime) -> None:
    event = scene.event
    text = _answer(session, scene, _asked(event.text))
    outbox.put(
        session,
        outbox.Address(
            scene.channel.id,
            event.sender,
            way="response_url",
            through=str(event.fields.get("response_url", "")),
        ),
        key=f"bot_reply:{event.key}",
        purpose="reply",
        kind="text",
        content={"text": wording.cut(text, limits.value(session, limit_table.BOT_TEXT_BYTES))},
        cause=outbox.Cause("smart_bot", None, event.id),
        due_at=event.received_at + ASKED_FOR,
        expires_at=event.received_at + POSTED_WITHIN,
        now=now,
    )


def _asked(text: str) -> str:
    """The words without the name the bot is called by in a group."""
    return " ".join(word for word in text.split() if not word.startswith("@"))


def _answer(session: Session, scene: AccountScene, asked: str) -> str:
    zone = scene.programme.zone
    today = scene.programme.business_day(scene.event.received_at)
    if asked.lower() in TODAY:
        return texts.report(today, days.of(session, zone, today))
    if asked.lower() in YESTERDAY:
        yesterday = today - timedelta(days=1)
        return texts.report(yesterday, days.of(session, zone, yesterday))
    if asked.startswith(LOOK_UP) and (name := asked.removeprefix(LOOK_UP).strip()):
        return _looked_up(session, name)
    return texts.BOT_HELP


def _looked_up(session: Session, nickname: str) -> str:
    found: Sequence[Member] = session.scalars(
        sa.select(Member)
        .where(Member.nickname == nickname, Member.same_as_id.is_(None))
        .order_by(Member.id)
        .limit(FOUND_MAX)
    ).all()
    return "\n\n".join(_described(session, member) for member in found) or texts.nobody(nickname)


def _described(session: Session, member: Member) -> str:
    tier = tiers.of(session, member)
    balance = points.balance_of(session, member.id).points
    named = [tag.name for tag in tags.of(session, member.id)]
    return texts.member(member.nickname, tier.name if tier else "", balance, named)
