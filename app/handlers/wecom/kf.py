"""微信客服: what members say to WeChat customer service is pulled, and then happens like all else.

A callback only says that there is something. The question what it is goes through the outbox, from
where we have read up to; each message of the answer becomes an event of its own in its member's
lane, and in the same transaction the cursor moves on. So a crash anywhere loses nothing, and a page
that comes twice changes nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app import inbox
from app.domain.outreach.allowances import limit_table, limits
from app.domain.people import kf_accounts
from app.domain.people.kf_accounts import KfAccount
from app.handlers import comings, questions, recalls, texts
from app.handlers.scene import AccountScene, Scene, say
from app.sending import reports

MESSAGES = "kf_messages"
ON_EVENT = "kf_event"  # the way of what is said with the code of an event


def ask(session: Session, scene: AccountScene, now: datetime) -> None:
    """There is something to read: asks for it, unless that is about to be asked anyway."""
    fields = scene.event.fields
    account = kf_accounts.meet(session, scene.channel.id, str(fields["OpenKfId"]), now)
    account.called_at = now
    if not questions.is_still_to_be_asked(session, scene.channel.id, MESSAGES, account.open_kfid):
        _ask(session, scene, account, str(fields.get("Token", "")), now)


def read(session: Session, scene: AccountScene, now: datetime) -> None:
    """A page has come: what it says happens now, and the next one is asked for. What members said
    is kept once, each message in its own event."""
    event, channel = scene.event, scene.channel
    fields = event.fields
    account = kf_accounts.meet(session, channel.id, str(fields["OpenKfId"]), now)
    for said in fields["Messages"]:
        heard = questions.received(said, now)
        inbox.receive(session, channel.id, channel.key, heard, now)
    kf_accounts.advance(session, account, str(fields["Cursor"]), str(fields["NextCursor"]))
    account.read_at = now
    event.fields = {**fields, "Messages": [said["key"] for said in fields["Messages"]]}
    session.flush()
    session.refresh(account)
    if fields["HasMore"] == "true":
        _ask(session, scene, account, str(fields["Token"]), now)


def enter(session: Session, scene: Scene, now: datetime) -> None:
    """She opens the conversation: the platform gives a code for one welcome within 20 seconds."""
    comings.be_here(session, scene, now)
    comings.tag_by_live_code(session, scene, now)
    welcome_code = str(scene.event.fields.get("WelcomeCode", ""))
    if not welcome_code or scene.address is None:
        return
    words, rule, version = comings.welcome_of(session, scene, texts.KF_WELCOME)
    seconds = limits.value(session, limit_table.KF_EVENT_WINDOW_S)
    say(
        session,
        scene,
        words,
        rule=rule,
        rule_version=version,
        purpose="welcome",
        address=replace(scene.address, way=ON_EVENT, through=welcome_code),
        expires_at=scene.event.happened_at + timedelta(seconds=seconds),
        now=now,
    )


def note_failure(session: Session, scene: Scene, now: datetime) -> None:
    """What the platform had accepted did not reach her."""
    fields = scene.event.fields
    failed_id, reason = str(fields.get("FailMsgid", "")), str(fields.get("FailReason", ""))
    why = reason or "not_delivered"
    reports.was_not_delivered(session, scene.member.id, failed_id, why, now)


def forget_recalled(session: Session, scene: Scene, now: datetime) -> None:
    """She takes back what she wrote: that she wrote stays, what she wrote goes."""
    assert scene.channel is not None
    recalled = str(scene.event.fields.get("RecallMsgid", ""))
    recalls.forget(session, scene, f"{scene.channel.key}/message:{scene.event.sender}:{recalled}")


def _ask(
    session: Session, scene: AccountScene, account: KfAccount, token: str, now: datetime
) -> None:
    content = {"open_kfid": account.open_kfid, "cursor": account.cursor, "token": token}
    questions.ask(session, scene, MESSAGES, account.open_kfid, content, now)
