"""Members in the console: found, shown without what is private, and explained."""

import re

import sqlalchemy as sa

from app.domain.people import members
from app.domain.people.members import Member
from app.domain.people.operators import AuditEntry
from tests.console_desk import Desk
from tests.shop import OPENIDS
from tests.world import World

PHONE = "13812345678"


def arrive(world: World) -> int:
    """小雨 follows, signs in and says that her hair is oily. Returns her id."""
    world.event("小雨", "subscribe", EventKey="qrscene_store_001")
    world.says("小雨", "签到")
    world.says("小雨", "我头发总是很油怎么办")
    world.work()
    with world.siyu.database.writing() as session:
        member = world.member(session, "小雨")
        member.nickname = "小雨"
        members.keep_phone(member, PHONE, world.siyu.vault)
        return member.id


def found(desk: Desk, query: str) -> list[int]:
    return [int(n) for n in re.findall(r'href="/console/members/(\d+)"', desk.read(query))]


def test_members_are_found_by_whatever_is_known_of_them(world: World, desk: Desk) -> None:
    member_id = arrive(world)
    world.event("阿诚", "subscribe")
    world.work()
    for wanted in ("小雨", "小", str(member_id), f"%23{member_id}", OPENIDS["小雨"], PHONE):
        assert found(desk, f"/members?q={wanted}") == [member_id], wanted
    assert found(desk, f"/members?q=%2B86{PHONE}") == [member_id]
    for unknown in (PHONE[:-1], "oApril", "%25", "_", "99999999999999999999"):
        assert found(desk, f"/members?q={unknown}") == [], unknown
    assert len(found(desk, "/members")) == 2


def test_members_are_narrowed_by_tier_and_tag(world: World, desk: Desk) -> None:
    member_id = arrive(world)
    world.event("阿诚", "subscribe")
    world.work()
    page = desk.read("/members")
    tag = re.search(r'<option value="(\d+)">油性发质', page)
    assert tag is not None
    assert found(desk, f"/members?tag={tag[1]}") == [member_id]
    assert len(found(desk, "/members?tier=1")) == 2
    assert found(desk, "/members?tier=3") == []


def test_fifty_members_a_page_and_none_twice(world: World, desk: Desk) -> None:
    with world.siyu.database.writing() as session:
        session.add_all(Member(nickname=f"会员{n}", created_at=world.now) for n in range(120))
    seen: list[int] = []
    path: str | None = "/members?q=会员"
    while path:
        page = desk.read(path)
        seen += [int(n) for n in re.findall(r'href="/console/members/(\d+)"', page)]
        older = re.search(r'href="/console(/members\?[^"]*before=[^"]*)"', page)
        path = older[1].replace("&amp;", "&") if older else None
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)


def test_a_phone_number_is_masked_until_it_is_asked_for_on_record(world: World, desk: Desk) -> None:
    member_id = arrive(world)
    for path in ("/members", f"/members/{member_id}", f"/members?q={PHONE[:3]}"):
        page = desk.read(path)
        assert PHONE not in page.replace(f"q={PHONE[:3]}", "")
    assert "138****5678" in desk.read(f"/members/{member_id}")
    assert world.rows(AuditEntry) == []
    assert PHONE in desk.post(f"/members/{member_id}/phone").text
    (entry,) = world.rows(AuditEntry)
    assert (entry.action, entry.subject) == ("phone.unmask", f"member:{member_id}")


def test_the_timeline_says_why(world: World, desk: Desk) -> None:
    member_id = arrive(world)
    lines = timeline(desk.read(f"/members/{member_id}"))
    tag = next(line for line in lines if "获得标签" in line and "油性发质" in line)
    assert "关键词「油发」" in tag
    assert "v1" in tag
    assert "我头发总是很油怎么办" in tag
    assert any("+5" in line and "签到" in line and "v1" in line for line in lines)
    welcome = next(line for line in lines if "欢迎来一号店" in line)
    assert "平台已接收" in welcome
    assert "活码「一号店」" in welcome
    assert "关注" in welcome
    page = desk.read(f"/members/{member_id}")
    rule = re.search(r'href="(/console/rules/\d+)#v1"', page)
    assert rule is not None, "the rule is a link to the very version"


def test_the_timeline_names_the_version_that_was_in_force(world: World, desk: Desk) -> None:
    arrive(world)
    form = {"name": "油发", "words": "油头", "tag": "油性发质", "dimension": "attribute"}
    desk.post("/rules/1", form)
    world.event("阿诚", "subscribe")
    world.says("阿诚", "油头怎么办")
    world.work()
    with world.siyu.database.reading() as session:
        ids = [world.member(session, name).id for name in ("小雨", "阿诚")]
    versions = [
        next(line for line in timeline(desk.read(f"/members/{i}")) if "关键词「油发」" in line)
        for i in ids
    ]
    assert "v1" in versions[0]
    assert "v2" in versions[1]


def test_the_timeline_says_why_something_was_not_sent(world: World, desk: Desk) -> None:
    member_id = arrive(world)
    world.plan(({"kind": "after", "minutes": 0}, "只给黄金会员"), filter={"tiers": ["gold"]})
    world.event("小雨", "unsubscribe")
    world.event("小雨", "subscribe")
    world.work()
    line = next(
        line for line in timeline(desk.read(f"/members/{member_id}")) if "只给黄金会员" in line
    )
    assert "未发送" in line
    assert "等级不在计划范围内" in line
    desk.post("/language", {"language": "en", "next": "/console/"})
    assert "tier not meant by the plan" in desk.read(f"/members/{member_id}")


def test_a_long_timeline_is_read_page_by_page_and_misses_nothing(world: World, desk: Desk) -> None:
    member_id = arrive(world)
    for number in range(60):  # many of them at one moment
        world.says("小雨", f"第{number}句")
    world.work()
    shown, path = "", f"/members/{member_id}"
    while path:
        page = desk.read(path)
        shown += page
        older = re.search(r'hx-get="/console(/members/[^"]*before=[^"]*)"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    said = re.findall(r"第(\d+)句", "".join(re.findall(r'class="said">[^<]*', shown)))
    assert [int(number) for number in said] == list(range(59, -1, -1))
    assert shown.count("获得标签") == 2
    assert desk.read(f"/members/{member_id}/timeline?before=made-up")


def test_tags_are_given_and_taken_by_hand_on_record(world: World, desk: Desk) -> None:
    member_id = arrive(world)
    world.plan(({"kind": "after", "minutes": 0}, "生日快乐"), trigger="tagged", trigger_tag="寿星")
    given = desk.post(f"/members/{member_id}/tags", {"name": "寿星", "dimension": "member_cycle"})
    assert "寿星" in given.text
    world.work()
    assert "生日快乐" in str(world.heard("小雨")[-1])
    lines = timeline(desk.read(f"/members/{member_id}"))
    assert any("获得标签" in line and "寿星" in line and "运营 四月" in line for line in lines)
    tag_id = re.search(r"寿星\s*<button[^>]*/tags/(\d+)/remove", given.text)
    assert tag_id is not None
    desk.post(f"/members/{member_id}/tags/{tag_id[1]}/remove")
    assert "寿星" not in world.tags("小雨")
    assert [entry.action for entry in world.rows(AuditEntry)] == ["tag.give", "tag.remove"]


def test_a_record_that_was_absorbed_leads_to_the_one_that_stays(world: World, desk: Desk) -> None:
    kept_id = arrive(world)
    world.says_in_group("小雨", "大家好")
    world.work()
    with world.siyu.database.writing() as session:
        other_id = world.member(session, "小雨", "demo-groups").id
        session.execute(sa.update(Member).where(Member.id == other_id).values(same_as_id=kept_id))
    assert f'href="/console/members/{kept_id}"' in desk.read(f"/members/{other_id}")
    assert "大家好" in desk.read(f"/members/{kept_id}"), "what she said elsewhere is hers too"


def timeline(page: str) -> list[str]:
    """The lines of a timeline, as text."""
    parts = page.split('<div class="line ')[1:]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part)) for part in parts]
