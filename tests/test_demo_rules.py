"""The demo rules of a food and personal-care shop, on lines like those its members write."""

import json
from pathlib import Path
from typing import Any

import pytest

from tagging.words import Tagger, WordRule

DEMO = Path(__file__).parent.parent / "app" / "demo"
DIMENSIONS = {"attribute", "product_cycle", "member_cycle", "preference", "value", "channel"}


def rules(name: str) -> list[dict[str, Any]]:
    return list(json.loads((DEMO / name).read_text(encoding="utf-8")))


def tags_of(line: str) -> set[str]:
    listed = rules("tag_rules.json")
    tagger = Tagger(
        WordRule(number, 1, tuple(rule["words"]), tuple(rule["unless"]))
        for number, rule in enumerate(listed)
    )
    return {listed[hit.rule_id]["tag"] for hit in tagger.hits(line)}


def test_every_tag_is_named_once_and_stands_in_one_of_the_six_dimensions() -> None:
    listed = rules("tag_rules.json")
    assert len({rule["tag"] for rule in listed}) == len(listed)
    assert {rule["dimension"] for rule in listed} == DIMENSIONS
    for rule in listed:
        assert set(rule) == {"tag", "dimension", "visible", "words", "unless"}
        assert len(set(rule["words"])) == len(rule["words"]) > 0
        assert not set(rule["words"]) & set(rule["unless"])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("我是油性发质，一天不洗就出油", {"油性发质"}),
        ("用完不油，也没有头屑", set()),
        ("敏感头皮能用吗", {"敏感头皮"}),
        ("洗完头皮不痒了", set()),
        ("生完孩子掉头发严重", {"母婴家庭", "脱发困扰"}),
        ("核桃能便宜点吗", {"坚果爱好", "价格敏感"}),
        ("什么时候发货，发什么快递", {"催发货", "关注物流"}),
        ("可以开发票吗", {"关注发票"}),
        ("公司福利要买整箱，团购有优惠吗", {"团购意向", "价格敏感"}),
        ("买来送人的，要礼盒", {"送礼"}),
        ("有一瓶漏了，我要退货", {"售后问题"}),
        ("是不是正品啊，怀疑是假货", {"正品疑虑"}),
        ("第一次买，朋友推荐的", {"新客", "亲友推荐"}),
        ("一直用这个牌子，会回购", {"老客复购"}),
        ("太失望了，再也不买", {"流失风险"}),
        ("618囤货", {"大促购物", "囤货"}),
        ("客官小店已经是最优惠的了哦", set()),
        ("你好，在吗", set()),
    ],
)
def test_members_are_tagged_for_what_they_say(line: str, expected: set[str]) -> None:
    assert tags_of(line) == expected


@pytest.mark.parametrize(
    ("line", "about"),
    [
        ("几天能到", "发货"),
        ("有优惠券吗", "领券"),
        ("要开发票", "发票"),
        ("转人工", "人工客服"),
        ("收到时破损了", "补发"),
        ("员工福利怎么订", "团购价"),
    ],
)
def test_a_question_finds_its_reply(line: str, about: str) -> None:
    listed = rules("reply_rules.json")
    tagger = Tagger(
        WordRule(number, 1, tuple(rule["words"]), tuple(rule["unless"]))
        for number, rule in enumerate(listed)
    )
    (hit,) = tagger.hits(line)
    reply = listed[hit.rule_id]["reply_zh"]
    assert about in reply
    assert len(reply.encode()) <= 2048
