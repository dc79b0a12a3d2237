"""Customer groups: whatever order their callbacks come in, our list ends up as the platform's."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.people.customer_groups import CustomerGroup
from app.domain.people.groups import Group
from app.inbox import InboxEvent
from bots.messages import Answer, Outcome, Outgoing
from tests.wecom_house import CorpWorld, corp_world
from tests.wecom_world import CORPID

__all__ = ["corp_world"]

PEOPLE = ("wmAnna", "wmBao", "wmCai")
_numbers = itertools.count(1)


@dataclass
class Chat:
    """A customer group as WeCom has it, and what it tells of it."""

    chat_id: str
    members: set[str] = field(default_factory=set)
    version: int = 0
    is_gone: bool = False
    told: list[dict[str, str]] = field(default_factory=list)

    def change(self, what: str, who: str) -> None:
        """A change, unless it cannot happen; told in a callback that may come at any time."""
        if self.is_gone or (what == "add_member") == (who in self.members):
            return
        before, self.version = self.version, self.version + 1
        (self.members.add if what == "add_member" else self.members.remove)(who)
        versions = {"LastMemVer": f"v{before}", "CurMemVer": f"v{self.version}"}
        listed = {"MemChangeCnt": "1", "MemChangeList": {"Item": [who]}}
        self.tell("update", UpdateDetail=what, JoinScene="0", **versions, **listed)

    def rename(self) -> None:
        self.tell("update", UpdateDetail="change_name")

    def dismiss(self) -> None:
        if not self.is_gone:
            self.is_gone, self.members = True, set()
            self.tell("dismiss")

    def tell(self, change: str, **fields: Any) -> None:
        at = str(1_700_000_000 + len(self.told))
        about = {"ToUserName": CORPID, "FromUserName": "sys", "CreateTime": at}
        about |= {"MsgType": "event", "Event": "change_external_chat", "ChatId": self.chat_id}
        self.told.append({**about, "ChangeType": change, **fields})


class Platform:
    """Answers questions about the chat as it is at that moment."""

    def __init__(self, chat: Chat) -> None:
        self.chat, self.asked = chat, 0

    def repeatable(self, way: str) -> bool:
        return False

    def send(self, outgoing: Outgoing) -> Answer:
        if outgoing.kind != "customer_group":
            return Answer(Outcome.ACCEPTED, told={"UserID": "xiaowang", "Name": "小王"})
        self.asked += 1
        return Answer(Outcome.ACCEPTED, told=self._group(outgoing.content["number"]))

    def _group(self, number: int) -> Mapping[str, Any]:
        about = {"ChatId": self.chat.chat_id, "Number": number}
        if self.chat.is_gone:
            return {**about, "IsGone": "true"}
        more = {"JoinTime": "1700000000", "JoinScene": "1", "State": "", "UnionId": ""}
        people = [
            {"UserID": one, "Type": "2", "Name": one, **more} for one in sorted(self.chat.members)
        ]
        owner = {"UserID": "xiaowang", "Type": "1", "Name": "小王", **more}
        named = {"Name": "巧克力群", "Owner": "xiaowang", "Notice": ""}
        version = {"MemberVersion": f"v{self.chat.version}"}
        return {**about, **named, **version, "Members": [owner, *people]}


def begun(world: CorpWorld) -> tuple[Chat, Platform]:
    """A group of its own, of which the house has just heard."""
    chat = Chat(f"wrChat{next(_numbers)}", {"wmAnna"})
    platform = Platform(chat)
    world.siyu.speaker = lambda channel: platform
    chat.tell("create")
    hear(world, chat, 0)
    world.work()
    return chat, platform


def hear(world: CorpWorld, chat: Chat, number: int) -> None:
    """One callback reaches the house, perhaps not for the first time."""
    world.hear(chat.told[number])


def test_a_group_is_read_when_it_is_made(corp_world: CorpWorld):
    chat, _ = begun(corp_world)
    assert corp_world.in_group(chat.chat_id) == {"wmAnna"}
    (group,) = corp_world.rows(Group)
    assert group.name == "巧克力群"
    (read,) = corp_world.rows(CustomerGroup)
    assert (read.member_version, read.asked, read.answered) == ("v0", 1, 1)


def test_a_change_that_fits_what_we_have_is_not_asked_about(corp_world: CorpWorld):
    chat, platform = begun(corp_world)
    chat.change("add_member", "wmBao")
    hear(corp_world, chat, 1)
    corp_world.work()
    assert platform.asked == 1
    assert corp_world.in_group(chat.chat_id) == {"wmAnna", "wmBao"}
    (read,) = corp_world.rows(CustomerGroup)
    assert read.member_version == "v1"


def test_a_gap_between_versions_is_read_over(corp_world: CorpWorld):
    chat, platform = begun(corp_world)
    chat.change("add_member", "wmBao")
    chat.change("add_member", "wmCai")
    hear(corp_world, chat, 2)  # the callback of the first was lost
    corp_world.work()
    assert platform.asked == 2
    assert corp_world.in_group(chat.chat_id) == {"wmAnna", "wmBao", "wmCai"}


def test_who_was_there_before_us_does_not_join(corp_world: CorpWorld):
    begun(corp_world)
    (joined,) = corp_world.rows(InboxEvent, InboxEvent.kind == "group_joined")
    assert joined.happened_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert corp_world.corp_member("wmAnna").joined_at is None


def test_who_leaves_the_last_group_has_left(corp_world: CorpWorld):
    chat, _ = begun(corp_world)
    chat.change("del_member", "wmAnna")
    hear(corp_world, chat, 1)
    corp_world.work()
    assert corp_world.in_group(chat.chat_id) == set()
    assert corp_world.corp_member("wmAnna").left_at is not None


def test_a_dismissed_group_has_nobody_in_it(corp_world: CorpWorld):
    chat, _ = begun(corp_world)
    chat.dismiss()
    hear(corp_world, chat, 1)
    corp_world.work()
    (group,) = corp_world.rows(Group)
    assert group.dismissed_at is not None
    assert corp_world.in_group(chat.chat_id) == set()


def test_who_came_before_the_end_and_is_told_of_after_it_is_in_no_group(corp_world: CorpWorld):
    chat, _ = begun(corp_world)
    chat.change("add_member", "wmBao")
    chat.dismiss()
    hear(corp_world, chat, 2)
    hear(corp_world, chat, 1)
    corp_world.work()
    assert corp_world.in_group(chat.chat_id) == set()


CHANGES = st.tuples(st.sampled_from(["add_member", "del_member"]), st.sampled_from(PEOPLE))
STEPS = st.one_of(
    CHANGES,
    st.just("rename"),
    st.just("work once"),
    st.tuples(st.just("hear"), st.integers(0, 30)),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, max_size=14), ends=st.booleans(), rest=st.randoms())
def test_any_order_of_callbacks_ends_in_the_platform_s_list(corp_world, steps, ends, rest):
    chat, _ = begun(corp_world)
    for step in steps:
        if step == "rename":
            chat.rename()
        elif step == "work once":
            corp_world.work_once()
        elif step[0] == "hear":
            hear(corp_world, chat, step[1] % len(chat.told))
        else:
            chat.change(*step)
    if ends:
        chat.dismiss()
    left = [*range(len(chat.told)), *range(len(chat.told))]
    rest.shuffle(left)
    for number in left:
        hear(corp_world, chat, number)
        if rest.random() < 0.3:
            corp_world.work_once()
    corp_world.work()
    assert corp_world.in_group(chat.chat_id) == chat.members
