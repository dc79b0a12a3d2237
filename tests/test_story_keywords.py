"""Stories of keyword rules with terms: said in several messages, several times, denied, excluded,
expired; and rules that change while messages go on."""

from datetime import timedelta
from typing import Any

import pytest

from app.clockwork import tag_expiry
from app.domain.insight import keyword_hits, keywords, synonyms, tag_exclusions, tags
from app.domain.insight.keyword_hits import KeywordHit
from app.domain.insight.keyword_parts import KeywordPart
from app.domain.insight.tags import MemberTag
from app.words import word_book
from tagging.rules import Denials
from tagging.terms import Terms
from tests.world import World


def rule(world: World, tag: str, words: list[str], **terms: Any) -> int:
    with world.siyu.database.writing() as session:
        tag_id = tags.named(session, tag, "attribute", world.now).id
        written = keywords.write(
            session, name=tag, words=words, tag_id=tag_id, terms=Terms(**terms), now=world.now
        )
        return written.id


def say(world: World, *texts: str) -> list[str]:
    """Says each, a minute apart; the tags she has then."""
    for text in texts:
        world.now += timedelta(minutes=1)
        world.says("小雨", text)
    world.work()
    return world.tags("小雨")


@pytest.fixture(autouse=True)
def there_is_she(world: World) -> None:
    world.event("小雨", "subscribe", EventKey="")
    world.work()


def test_a_rule_may_be_met_by_several_messages(world: World):
    rule(world, "敏感油头", ["很油"], all_of=(("头皮痒", "发痒"),), within_messages=3)
    assert say(world, "头发很油", "在吗", "好的", "头皮痒") == [], "the first is too long ago"
    assert say(world, "还是很油") == ["敏感油头"]
    (held,) = world.rows(MemberTag, MemberTag.rule.startswith("keyword:"))
    assert held.evidence == "还是很油"
    assert world.rows(KeywordPart) == [], "its next round begins"


def test_a_rule_may_be_met_within_some_days_unless_something_is_said(world: World):
    rule(world, "求推荐", ["推荐"], all_of=(("油头",),), none_of=("已经买了",), within_days=2)
    assert say(world, "我是油头") == []
    world.now += timedelta(days=3)
    assert say(world, "求推荐") == [], "that was three days ago"
    assert say(world, "已经买了", "我是油头") == []
    world.now += timedelta(days=3)
    assert say(world, "油头求推荐") == ["求推荐"]


def test_a_tag_may_need_several_hits(world: World):
    rule(world, "常问快递", ["快递"], hits_needed=3, hits_days=7)
    assert say(world, "快递到哪了", "快递呢，快递呢") == []
    world.now += timedelta(days=8)
    assert say(world, "快递到了", "快递费多少") == [], "the first two were last week"
    assert say(world, "发什么快递") == ["常问快递"]
    assert len(world.rows(KeywordHit)) == 5


def test_the_same_message_twice_is_one_hit(world: World):
    rule(world, "常问快递", ["快递"], hits_needed=2, hits_days=7)
    delivery = world_text(world, "快递到哪了")
    world.deliver(delivery)
    world.deliver(delivery)
    world.work()
    assert world.tags("小雨") == []
    assert len(world.rows(KeywordHit)) == 1


def test_a_tag_expires_some_days_after_the_last_hit(world: World):
    rule(world, "大促购物", ["双十一"], expires_days=10)
    assert say(world, "双十一有活动吗") == ["大促购物"]
    world.now += timedelta(days=9)
    assert say(world, "双十一什么时候") == ["大促购物"]
    world.now += timedelta(days=9)
    assert expire(world) == ["大促购物"], "the last hit was nine days ago"
    world.now += timedelta(days=1, minutes=1)
    assert expire(world) == []
    (held,) = world.rows(MemberTag, MemberTag.removed_at.is_not(None))
    assert (held.removed_rule, held.removed_at) == (tags.EXPIRED, world.now)
    assert say(world, "双十一又来了") == ["大促购物"]


def test_a_denial_takes_the_tag_away_and_says_why(world: World):
    number = rule(world, "油皮", ["油皮"], denials=Denials.TAKE)
    assert say(world, "我是油皮") == ["油皮"]
    assert say(world, "我不是油皮吗？") == ["油皮"], "that is a question"
    assert say(world, "测了一下，我不是油皮") == []
    (held,) = world.rows(MemberTag, MemberTag.removed_at.is_not(None))
    assert held.removed_rule == f"keyword:{number}"
    assert held.removed_event_id is not None


def test_of_tags_that_exclude_each_other_the_newer_stays(world: World):
    oily, dry = rule(world, "油皮", ["油皮"]), rule(world, "干皮", ["干皮"])
    with world.siyu.database.writing() as session:
        ids = [tags.named(session, name, "attribute", world.now).id for name in ("油皮", "干皮")]
        tag_exclusions.write(session, ids[0], [ids[1]])
    assert say(world, "我是油皮") == ["油皮"]
    assert say(world, "换季变干皮了") == ["干皮"]
    (held,) = world.rows(MemberTag, MemberTag.removed_at.is_not(None))
    assert (held.rule, held.removed_rule) == (f"keyword:{oily}", f"keyword:{dry}")


def test_a_word_added_to_the_book_of_synonyms_counts_from_the_next_message_on(world: World):
    rule(world, "关注快递", ["快递"])
    assert say(world, "我的包裹呢") == []
    with world.siyu.database.writing() as session:
        synonyms.write(session, [["快递", "包裹", "物流"]], world.now)
    assert say(world, "我的包裹呢") == ["关注快递"]


def test_many_rules_are_built_beside_while_messages_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    rule(world, "油皮", ["油皮"])
    book = world.siyu.word_book
    before = book.words()
    monkeypatch.setattr(word_book, "BUILT_BETWEEN_MESSAGES", 0)
    rule(world, "干皮", ["干皮"])
    assert book.words() is before, "the old ones are gone by until the new ones are ready"
    book.finish()
    assert book.words().revision == before.revision + 1
    assert say(world, "我是干皮") == ["干皮"]


def test_of_hits_the_newest_stay_and_those_that_were_judged(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(keyword_hits, "KEPT_OF_A_RULE", 2)
    rule(world, "关注快递", ["快递"])
    counting = rule(world, "常问物流", ["物流"], hits_needed=4, hits_days=30)
    say(world, *["快递呢", "物流呢"] * 4)
    with world.siyu.database.writing() as session:
        first = world.rows(KeywordHit)[0]
        keyword_hits.judge(session, first.id, keyword_hits.RIGHT, None, world.now)
        keyword_hits.forget_old(session, world.now)
    kept = world.rows(KeywordHit)
    assert [hit.id for hit in kept if hit.rule_id != counting] == [1, 5, 7]
    assert len([hit for hit in kept if hit.rule_id == counting]) == 4, "they may still count"


def expire(world: World) -> list[str]:
    with world.siyu.database.writing() as session:
        tag_expiry.run(session, world.now)
    return world.tags("小雨")


def world_text(world: World, text: str) -> Any:
    from tests.shop import OPENIDS, WECHAT

    return WECHAT.seal(WECHAT.text(OPENIDS["小雨"], text, world.now), world.now)
