"""The demo rules of a food and personal-care shop, on lines like those its members write."""

import csv
import json
import os
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.domain.insight import keywords
from tagging import terms
from tagging.rules import WordRule
from tagging.words import Tagger

DEMO = Path(__file__).parent.parent / "app" / "demo"
DIMENSIONS = {"attribute", "product_cycle", "member_cycle", "preference", "value", "channel"}


LABELS = Path(__file__).parent / "labelled_lines.json"
MADE_UP = Path(__file__).parent / "made_up_lines.txt"
REAL = ["chat_shop.txt", "reviews_shampoo.csv"]
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


class Score(NamedTuple):
    precision: float
    recall: float


@cache
def rules(name: str) -> Any:
    return json.loads((DEMO / name).read_text(encoding="utf-8"))


def tag_rules() -> list[dict[str, Any]]:
    return list(rules("tag_rules.json")["rules"])


@cache
def tagger() -> Tagger:
    shop_talk = rules("tag_rules.json")["shop_talk"]
    return Tagger(
        keywords.word_rule(
            number, 1, rule["words"], [*rule["unless"], *shop_talk], terms.of(rule.get("terms"))
        )
        for number, rule in enumerate(tag_rules())
    )


@cache
def tags_of(line: str) -> set[str]:
    listed = tag_rules()
    return {listed[hit.rule_id]["tag"] for hit in tagger().hits(line)}


def test_every_tag_is_named_once_and_stands_in_one_of_the_six_dimensions() -> None:
    listed = tag_rules()
    assert len({rule["tag"] for rule in listed}) == len(listed)
    assert {rule["dimension"] for rule in listed} == DIMENSIONS
    for rule in listed:
        assert set(rule) - {"terms"} == {"tag", "dimension", "visible", "words", "unless"}
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


# Lines of the same kinds as members write, made up for this test: what is denied, asked, over, of
# somebody else, across words, about goods, or the shop's own words.
LINES = """
我买的是面油，头皮倒还行|
饼干性价比不高|价格敏感
我是大油头，半天就塌|油性发质
一天不洗头发就油了|油性发质
才洗的头，下午又很油|油性发质
以前是油性发质，现在好多了|
以前头屑多，用了两瓶以后没有了|
以前没有头屑，现在全是头皮屑|头屑困扰
不是头屑，是洗发水没冲干净|
不是油性发质而是干枯毛躁|干枯发质
我同事是油性发质|
我闺蜜掉头发很厉害|
我和老公头都痒|敏感头皮 全家共用
朋友说我头屑很多|头屑困扰
适合油性发质吗|油性发质
孕妇可以用吗|母婴家庭
这款止痒吗|控油去屑需求
洗了以后不痒了|
头皮没有以前那么痒|
头发很柴，梳不开|干枯发质
掉头发掉得心慌|脱发困扰
给婆婆也买了一瓶|全家共用
核桃有没有坏的|坚果爱好
普洱有试喝装吗|茶友
味道很好闻，洗完留香|喜欢香味
香味太冲了，不喜欢|
一点香味都没有|
什么时候能到天津|关注物流
今天能发货吗|催发货
昨天下单今天下午就到了|关注物流
瓶盖断了，洗发水漏了一箱|售后问题
外包装完好，没有漏|
是正品吗，闻着怪怪的|正品疑虑
跟专柜的不一样，怀疑是假货|对比线下 正品疑虑
是正品，放心买|
刚买完就降价|价格敏感
满199减80买的|价格敏感
不便宜啊|价格敏感
双11囤的货，够用一年|大促购物 囤货
说好送的小样没给|关注赠品
没有赠品吗|关注赠品
第一次买这个牌子|新客
第一次买就买到坏的|
用了好几年了，还会回购|老客复购
不会再来买了|流失风险
希望不要让我失望|
没有给过差评|
可以开电子发票吗|关注发票
不用发票，谢谢|关注发票
日期到2030年，很新鲜|关注保质期
比超市便宜|对比线下 价格敏感
亲爱的客官，您拍两份送湿巾哦|
亲这款已经是最优惠价格了呢|
小店默认发韵达快递哦|
呵呵，这也叫控油？越洗越油|控油去屑需求 油性发质
真行，还能再假一点吗|正品疑虑
""".strip().splitlines()


def test_made_up_lines_of_every_kind_are_tagged_rightly() -> None:
    wrong = {}
    for line, _, expected in (written.partition("|") for written in LINES):
        if tags_of(line) != set(expected.split()):
            wrong[line] = tags_of(line) ^ set(expected.split())
    assert not wrong


def test_lines_made_up_to_trap_rules_are_tagged_precisely_and_few_are_missed() -> None:
    """Some were written to be missed or to mislead; what stands behind the second stroke could be
    argued either way."""
    labelled = [written.split("|") for written in MADE_UP.read_text().splitlines()]
    scored = score([(line, set(sure.split()), set(may.split())) for line, sure, may in labelled])
    assert scored.precision >= 0.95
    assert scored.recall >= 0.90


@pytest.mark.parametrize("names", [["chat_shop.txt"], ["reviews_shampoo.csv"], REAL])
def test_real_lines_are_tagged_precisely_and_few_are_missed(names: list[str]) -> None:
    """Labelled by hand, by their number in the files, before the rules were asked: all of the chat
    and every sixth review. A tag that could be argued either way counts neither for nor against."""
    if not DATA.exists():
        assert os.environ.get("CI") != "true", f"with CI=true the lines must be in {DATA}"
        return
    labels = json.loads(LABELS.read_text())
    labelled = []
    for name in names:
        lines = _lines(DATA / name)
        labelled += [
            (lines[int(n)], set(sure), set(may)) for n, (sure, may) in labels[name].items()
        ]
    scored = score(labelled)
    assert scored.precision >= 0.95
    assert scored.recall >= 0.90


def score(labelled: list[tuple[str, set[str], set[str]]]) -> Score:
    """How the rules do on lines with the tags that are sure, and those that may be argued."""
    right = wrong = missed = 0
    for line, sure, arguable in labelled:
        found = tags_of(line)
        right += len(found & sure)
        wrong += len(found - sure - arguable)
        missed += len(sure - found)
    return Score(right / (right + wrong), right / (right + missed))


def _lines(path: Path) -> list[str]:
    if path.suffix == ".csv":
        with path.open(newline="") as reviews:
            return [row["text"] for row in csv.DictReader(reviews)]
    return path.read_text().splitlines()


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
