"""Stories of customer groups that the session archive tells of: words count, nothing is answered,
who refuses is not evaluated, and what is taken back is forgotten."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import inbox
from app.domain.insight.tags import MemberTag
from app.domain.people.archives import Archive
from app.domain.people.groups import Group
from app.inbox import InboxEvent
from app.outbox import OutboxMessage
from tests import corp_world
from tests.corp_world import CORP, CorpWorld
from tests.wecom_world import CHAT, LAOWANG


class ArchiveWorld(CorpWorld):
    def says_outside(self, text: str, **where: str) -> None:
        """老王 says it in the customer group, or to a member of staff."""
        self.act("text", text=text, **(where or {"room": CHAT}))

    def hears(self, kind: str, **content: Any) -> None:
        """What the archive has besides, as if read from it."""
        fields = {"MsgId": "x", "MsgType": kind, **content}
        with self.siyu.database.writing() as session:
            channel = self.channel(session, CORP)
            inbox.receive_own(
                session,
                key=f"{CORP}/archive:{kind}",
                kind=f"archive.{kind}",
                subject=f"{CORP}/{LAOWANG}",
                fields=fields,
                channel_id=channel.id,
                sender=LAOWANG,
                now=self.now,
            )
        self.work()


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[ArchiveWorld]:
    with corp_world.opened(tmp_path, database_url, redis_url) as opened:
        yield ArchiveWorld(opened.siyu, opened.sandbox_url)


def tags(world: ArchiveWorld) -> list[str]:
    return [row.evidence for row in world.rows(MemberTag)]


def test_words_in_a_customer_group_give_tags_and_nothing_is_answered(world: ArchiveWorld):
    world.says_outside("头发总是很油怎么办")
    world.says_outside("签到")
    world.says_outside("多久发货")
    world.tick()
    assert len(tags(world)) == 1
    (group,) = world.rows(Group, Group.external_id == CHAT)
    heard = world.rows(InboxEvent, InboxEvent.kind == "archive.text")
    assert [event.room for event in heard] == [CHAT] * 3
    assert world.rows(OutboxMessage, OutboxMessage.purpose != "question") == []
    (archive,) = world.rows(Archive)
    assert archive.seq == 3
    assert group.dismissed_at is None


def test_private_words_count_as_well(world: ArchiveWorld):
    world.act("add", staff="xiaowang")
    world.says_outside("头发总是很油", staff="xiaowang")
    world.tick()
    assert len(tags(world)) == 1


def test_who_refuses_is_not_evaluated_until_she_agrees(world: ArchiveWorld):
    world.hears("disagree")
    world.says_outside("头发总是很油怎么办")
    world.tick()
    assert tags(world) == []
    world.hears("agree")
    world.hears("text", Content="油性头发")
    assert len(tags(world)) == 1


def test_what_is_taken_back_is_forgotten_wherever_it_is_quoted(world: ArchiveWorld):
    world.says_outside("头发总是很油，住在长乐路 1 号")
    world.tick()
    (said,) = world.rows(InboxEvent, InboxEvent.kind == "archive.text")
    world.hears("revoke", PreMsgid=said.fields["MsgId"])
    assert tags(world) == [""]
    assert not any("长乐路" in str(event.fields) for event in world.rows(InboxEvent))


def test_the_clock_asks_once_a_quarter_of_an_hour(world: ArchiveWorld):
    for _ in range(3):
        world.tick()
    questions = world.rows(OutboxMessage, OutboxMessage.kind == "archive")
    assert len(questions) <= 2, "the quarter may have ended meanwhile"
