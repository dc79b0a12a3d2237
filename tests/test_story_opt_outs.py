"""Stories of members who want no more, by a word or a link of theirs, and of who comes back."""

import pytest

from app import personal
from app.domain.outreach import manners
from app.domain.people.consents import Consent
from app.domain.people.members import Member
from app.inbox import InboxEvent
from sop.manners import USUAL
from tests.shop import GROUPS
from tests.world import World


def _is_out(world: World, name: str, **where: str) -> bool:
    with world.siyu.database.reading() as session:
        return world.member(session, name, **where).opted_out_at is not None


@pytest.mark.parametrize("words", ["退订", " TD。", "ｔｄ", "T", "取消订阅"])
def test_a_word_ends_marketing_and_is_confirmed(world: World, words: str):
    world.says("小雨", words)
    world.work()
    assert _is_out(world, "小雨")
    (confirmed,) = world.heard("小雨")
    assert "已为您退订" in confirmed
    (consent,) = world.rows(Consent)
    (event,) = world.rows(InboxEvent, InboxEvent.kind == "text")
    assert (consent.purpose, consent.event_id) == ("marketing", event.id)
    assert consent.withdrawn_at is not None


@pytest.mark.parametrize(
    "words", ["退订了怎么恢复", "TDK 是什么", "我要取消订阅周刊", "tt", "不退订"]
)
def test_the_word_inside_others_means_nothing(world: World, words: str):
    world.says("小雨", words)
    world.work()
    assert not _is_out(world, "小雨")


def test_who_comes_back_is_told_of_everything_again(world: World):
    for said in ("退订", "恢复", "退订", "订阅"):
        world.says("小雨", said)
        world.work()
        world.now = world.now.replace(minute=world.now.minute + 1)
    assert not _is_out(world, "小雨")
    assert len(world.heard("小雨")) == 4
    assert "已为您恢复" in world.heard("小雨")[-1]


def test_in_a_group_a_letter_is_talk_and_a_word_is_meant(world: World):
    world.says_in_group("阿诚", "T")
    world.work()
    assert not _is_out(world, "阿诚", channel=GROUPS)
    world.says_in_group("阿诚", "@四月小助手\u2005退订")
    world.work()
    assert _is_out(world, "阿诚", channel=GROUPS)
    assert world.heard_in_group()[0].startswith("@阿诚 已为您退订")


def test_operators_choose_the_words(world: World):
    with world.siyu.database.writing() as session:
        chosen = USUAL | {"opt_out_words": ["别发了"], "come_back_words": ["想你们了"]}
        manners.change(session, chosen, None, world.now)
    world.says("小雨", "退订")
    world.work()
    assert not _is_out(world, "小雨")
    world.says("小雨", "别发了！")
    world.work()
    assert "回复「想你们了」" in world.heard("小雨")[0]


def test_a_link_of_hers_in_any_text_ends_it_and_works_again_after_she_came_back(world: World):
    world.says("小雨", "帮助")
    world.work()
    programme = world.siyu.programme
    with world.siyu.database.reading() as session:
        hers = world.member(session, "小雨")
        text = {"text": "秋季特惠。退订：{opt_out}"}
        said = personal.content_for_member(session, text, hers, programme, world.now)["text"]
    path = said.removeprefix(f"秋季特惠。退订：{programme.public_url}")
    for minute in (1, 2):
        world.now = world.now.replace(minute=minute)
        assert world.client.get(path).status_code == 200
        assert not _is_out(world, "小雨")
        assert world.client.post(path).status_code == 200
        world.work()
        assert _is_out(world, "小雨")
        world.says("小雨", "恢复")
        world.work()
    assert [member.nickname for member in world.rows(Member, Member.opted_out_at.is_(None))]
