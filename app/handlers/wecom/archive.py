"""会话内容存档: what members say in customer groups, where the corp has the archive and they agree.

It is read like customer service: a question from where we have read up to, a page, an event for
each message. Nothing can be answered there: WeCom lets no program speak in a customer group. Words
give tags, sign-ins and quiz answers count, and staff may be told.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app import inbox
from app.domain.people import archives, consents
from app.handlers import chat, comings, keyword_tags, notices, questions, recalls
from app.handlers.loyalty import earning
from app.handlers.scene import AccountScene, Scene

ARCHIVE = "archive"


def ask(session: Session, scene: AccountScene, now: datetime) -> None:
    """There may be something to read, if the operators have said where."""
    channel = scene.channel
    is_asked = questions.is_still_to_be_asked(session, channel.id, ARCHIVE, channel.appid)
    if channel.settings.get("archive_url") and not is_asked:
        _ask(session, scene, now)


def read(session: Session, scene: AccountScene, now: datetime) -> None:
    """A page has come: what it says happens now, and the next one is asked for."""
    event, channel = scene.event, scene.channel
    messages = event.fields["Messages"]
    for said in messages:
        heard = questions.received(said, now)
        inbox.receive(session, channel.id, channel.key, heard, now)
    archives.advance(session, channel.id, int(event.fields["NextSeq"]), now)
    event.fields = {**event.fields, "Messages": [said["key"] for said in messages]}
    if event.fields["HasMore"] == "true":
        _ask(session, scene, now)


def overhear(session: Session, scene: Scene, now: datetime) -> None:
    """She said it to staff or in a customer group; unless she has refused to be archived, it counts
    as in any group."""
    if consents.is_withdrawn(session, scene.member.id, ARCHIVE):
        return
    comings.be_here(session, scene, now)
    keyword_tags.hear(session, scene, now)
    notices.tell_staff(session, scene, now)
    earning.speak_in_group(session, scene, now)
    chat.answer(session, scene, now)


def agree(session: Session, scene: Scene, now: datetime) -> None:
    event = scene.event
    consents.give(session, scene.member.id, ARCHIVE, "", event.id, event.happened_at)


def disagree(session: Session, scene: Scene, now: datetime) -> None:
    """From now on what she says is not evaluated, should the platform still tell of it."""
    event = scene.event
    consents.refuse(session, scene.member.id, ARCHIVE, "", event.id, event.happened_at)


def forget(session: Session, scene: Scene, now: datetime) -> None:
    """She takes back what she said."""
    assert scene.channel is not None
    msgid = str(scene.event.fields.get("PreMsgid", ""))
    recalls.forget(session, scene, f"{scene.channel.key}/archive:{msgid}")


def _ask(session: Session, scene: AccountScene, now: datetime) -> None:
    seq = archives.of(session, scene.channel.id).seq
    questions.ask(session, scene, ARCHIVE, scene.channel.appid, {"seq": seq}, now)
