"""Conversations: what platforms tell of agents who talk with a member.

An official account tells when an agent takes a member over and when that ends, but not what is
said. WeChat customer service and the session archive tell each word. So there a conversation lasts
until some time after the last word; on an official account until it is closed.

Official documentation: "Session control" of customer service (official accounts), "Receive messages
and events" of WeChat customer service, "Data formats of messages" of the session archive.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.outreach import manners
from app.domain.people import conversations, members
from app.domain.people.members import Member
from app.handlers.scene import AccountScene, Scene

Handler = Callable[[Session, Scene, datetime], None]
AccountHandler = Callable[[Session, AccountScene, datetime], None]

TAKEN_FROM_POOL, HANDED_OVER, ENDED, TAKEN_AGAIN = "1", "2", "3", "4"  # ChangeType
SPOKEN = ("text", "image", "voice", "video", "file", "link", "card", "emotion", "weapp", "mixed")
STAFF = "staff"


def open_session(session: Session, scene: Scene, now: datetime) -> None:
    """An agent of the account has taken her on, or from another agent."""
    fields = scene.event.fields
    by = str(fields.get("ToKfAccount") or fields.get("KfAccount") or STAFF)
    if manners.in_force(session).agent_minutes:
        until = scene.event.happened_at + conversations.SESSION_MAX
        conversations.attend(scene.member, by, until)


def close_session(session: Session, scene: Scene, now: datetime) -> None:
    conversations.end(scene.member)


def change_session(session: Session, scene: Scene, now: datetime) -> None:
    """WeChat customer service: somebody serves her now, or nobody any more."""
    fields = scene.event.fields
    if str(fields.get("ChangeType")) == ENDED:
        conversations.end(scene.member)
    elif str(fields.get("ChangeType")) in (TAKEN_FROM_POOL, HANDED_OVER, TAKEN_AGAIN):
        by = str(fields.get("NewServicerUserid") or STAFF)
        _attend(session, scene.member, by, scene.event.happened_at)


def be_spoken_to(session: Session, scene: Scene, now: datetime) -> None:
    """An agent of WeChat customer service has said something to her."""
    by = str(scene.event.fields.get("ServicerUserId") or STAFF)
    _attend(session, scene.member, by, scene.event.happened_at)


def overhear_staff(session: Session, scene: AccountScene, now: datetime) -> None:
    """A member of staff has written to her alone, as the archive tells."""
    event = scene.event
    listeners = event.fields.get("ToList") or []
    if event.room or not isinstance(listeners, list):
        return
    for external_id in listeners:
        identity = members.identity_of(session, scene.channel.id, str(external_id))
        if identity is not None:
            member = members.hold(session, identity.member_id)
            _attend(session, member, STAFF, event.happened_at)


def _attend(session: Session, member: Member, by: str, at: datetime) -> None:
    lasts = timedelta(minutes=manners.in_force(session).agent_minutes)
    conversations.attend(member, by, at + lasts)


HANDLERS: dict[str, tuple[Handler, ...]] = {
    "event.kf_create_session": (open_session,),
    "event.kf_switch_session": (open_session,),
    "event.kf_close_session": (close_session,),
    "event.kf.session_status_change": (change_session,),
    **dict.fromkeys((f"servicer.{kind}" for kind in SPOKEN), (be_spoken_to,)),
}
OF_ACCOUNTS: dict[str, tuple[AccountHandler, ...]] = dict.fromkeys(
    (f"archive.staff.{kind}" for kind in SPOKEN), (overhear_staff,)
)
