"""Rules with terms in the console: written without code, tried, reckoned on what was said, judged,
and fed with new words."""

import re
from datetime import timedelta
from typing import Any

import pytest

from app.domain.insight.keyword_hits import KeywordHit
from app.domain.insight.keyword_previews import KeywordPreview
from app.domain.insight.keywords import KeywordRule
from app.words import keyword_trials
from tagging import precision
from tagging import terms as tagging_terms
from tagging.rules import Denials, Questions
from tagging.terms import Terms
from tests.console_desk import Desk
from tests.world import World

FORM = {
    "name": "敏感",
    "words": "敏感肌\n/泛红|刺痛/",
    "unless": "",
    "all_of": "洗面奶 | 洗发水\n/推荐|求/",
    "none_of": "已经买了",
    "within_messages": "5",
    "within_days": "0",
    "questions": "ignore",
    "denials": "take",
    "is_own": "y",
    "in_pinyin": "y",
    "hits_needed": "2",
    "hits_days": "30",
    "expires_days": "180",
    "tag": "敏感肌",
    "dimension": "attribute",
    "excludes": "耐受",
    "reply": "",
}
PLAIN = {"name": "敏感", "words": "敏感肌", "tag": "敏感肌", "dimension": "attribute"}


def says(world: World, *texts: str, name: str = "小雨") -> None:
    for text in texts:
        world.now += timedelta(minutes=1)
        world.says(name, text)
    world.work()


def test_all_terms_are_written_in_fields_and_read_back(world: World, desk: Desk) -> None:
    assert desk.post("/rules/new", FORM).status_code == 303
    (rule,) = world.rows(KeywordRule, KeywordRule.name == "敏感")
    assert tagging_terms.of(rule.terms) == Terms(
        all_of=(("洗面奶", "洗发水"), ("/推荐|求/",)),
        none_of=("已经买了",),
        within_messages=5,
        questions=Questions.IGNORE,
        denials=Denials.TAKE,
        is_own=True,
        in_pinyin=True,
        hits_needed=2,
        hits_days=30,
        expires_days=180,
    )
    page = desk.read(f"/rules/{rule.id}")
    for written in ("洗面奶 | 洗发水", "已经买了", "耐受", 'value="180"', "30 天内命中 2 次"):
        assert written in page
    again = desk.post(f"/rules/{rule.id}", FORM | {"excludes": ""})
    assert again.status_code == 303
    assert "耐受</textarea>" not in desk.read(f"/rules/{rule.id}")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"words": "/(?=头)屑/"}, "正则表达式不能用"),
        ({"words": "/头*/"}, "会命中任何文字"),
        ({"words": "=！"}, "空的关键词"),
        ({"within_days": "3"}, "请二选一"),
        ({"hits_days": "0"}, "在几天之内"),
        ({"all_of": "", "none_of": ""}, "并且条件"),
        ({"all_of": "\n".join("一二三四五六")}, "最多 5 行"),
    ],
)
def test_terms_that_cannot_be_met_are_refused_at_their_field(
    world: World, desk: Desk, changed: dict[str, str], said: str
) -> None:
    answer = desk.post("/rules/new", FORM | changed)
    assert answer.status_code == 200
    assert said in " ".join(re.findall(r'class="invalid-feedback">([^<]*)', answer.text))
    assert not world.rows(KeywordRule, KeywordRule.name == "敏感")
    trial = desk.post("/rules/try", FORM | changed | {"sentence": "敏感肌"}).text
    assert said in trial


def test_a_sentence_shows_what_it_says_of_a_rule_in_parts(desk: Desk) -> None:
    trial = desk.post("/rules/try", FORM | {"sentence": "我是敏感肌"}).text
    assert "说到一部分" in trial
    assert "<mark>敏感肌</mark>" in trial
    assert "否定，收回标签" in desk.post("/rules/try", FORM | {"sentence": "我不是敏感肌"}).text


def test_a_rule_is_reckoned_on_the_last_30_days_before_it_is_saved(
    world: World, desk: Desk
) -> None:
    says(world, "我是敏感肌", "在吗")
    world.now += timedelta(days=1)
    says(world, "敏感肌<b>能用</b>吗", name="阿诚")
    says(world, "敏感肌呢")
    world.now += timedelta(days=29, minutes=-2)
    page = desk.post("/rules/preview", PLAIN).text
    assert "命中 2 条，涉及 2 位会员；会给 2 位会员标签" in page, "the first is too long ago"
    assert "<mark>敏感肌</mark>&lt;b&gt;能用" in page
    twice = desk.post("/rules/preview", PLAIN | {"hits_needed": "2", "hits_days": "7"}).text
    assert "会给 0 位会员标签" in twice
    assert "空的关键词" in desk.post("/rules/preview", PLAIN | {"words": "**"}).text
    assert not world.rows(KeywordRule, KeywordRule.name == "敏感"), "nothing was saved"


def test_much_to_read_is_read_beside_and_the_page_asks_again(
    world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(world, "我是敏感肌")
    works: list[Any] = []
    monkeypatch.setattr(keyword_trials, "WHILE_WAITING", 0)
    monkeypatch.setattr(keyword_trials, "beside", works.append)
    page = desk.post("/rules/preview", PLAIN).text
    (again,) = re.findall(r'hx-get="/console(/rules/previews/\d+)"', page)
    assert "正在回看" in desk.read(again)
    works[0]()
    assert "命中 1 条" in desk.read(again)
    desk.post("/rules/preview", PLAIN)
    world.now += timedelta(minutes=11)
    unfinished = world.rows(KeywordPreview)[-1].id
    assert "没有算完" in desk.read(f"/rules/previews/{unfinished}")


def test_hits_are_judged_and_a_wrong_one_offers_words_to_exclude(world: World, desk: Desk) -> None:
    desk.post("/rules/new", PLAIN)
    (rule,) = world.rows(KeywordRule, KeywordRule.name == "敏感")
    says(world, "我是敏感肌", "敏感肌的课程有卖吗")
    page = desk.read(f"/rules/{rule.id}/precision")
    assert page.count("<mark>敏感肌</mark>") == 2
    right, wrong = world.rows(KeywordHit)
    desk.post(f"/rules/{rule.id}/hits/{right.id}", {"judged_as": "right"})
    desk.post(f"/rules/{rule.id}/hits/{wrong.id}", {"judged_as": "wrong"})
    page = desk.read(f"/rules/{rule.id}/precision")
    assert "50%" in page
    assert "已判断 2 条，其中 1 条正确" in page
    assert "9% 到 91%" in page
    assert "准确率 50%" in desk.read("/rules")
    assert 'value="课程"' in page
    desk.post(f"/rules/{rule.id}/unless", {"word": "课程"})
    (rule,) = world.rows(KeywordRule, KeywordRule.name == "敏感")
    assert rule.unless == ["课程"]
    says(world, "敏感肌的课程有卖吗")
    assert len(world.rows(KeywordHit)) == 2
    assert desk.post(f"/rules/{rule.id}/hits/{right.id}", {"judged_as": "?"}).status_code == 400


def test_new_words_of_recent_chat_are_a_click_away_from_a_rule(world: World, desk: Desk) -> None:
    desk.post("/rules/new", PLAIN)
    for name in ("小雨", "阿诚", "林夏"):
        says(world, "氨基酸洁面有吗", "敏感肌可以用吗", name=name)
    page = desk.read("/rules/suggestions")
    assert "氨基酸" in page
    assert "<strong>敏感" not in page, "a rule hears it"
    (rule,) = world.rows(KeywordRule, KeywordRule.name == "敏感")
    desk.post("/rules/suggestions", {"word": "氨基酸", "rule_id": str(rule.id)})
    assert "<strong>氨基酸" not in desk.read("/rules/suggestions")
    (rule,) = world.rows(KeywordRule, KeywordRule.name == "敏感")
    assert rule.words == ["敏感肌", "氨基酸"]
    new = desk.post("/rules/suggestions", {"word": "洁面", "rule_id": ""})
    assert "洁面</textarea>" in desk.client.get(new.location).text


def test_the_book_of_synonyms_is_written_on_one_page(world: World, desk: Desk) -> None:
    assert desk.post("/rules/synonyms", {"lines": "快递=包裹 = 物流\n\n"}).status_code == 303
    assert "快递 = 包裹 = 物流" in desk.read("/rules/synonyms")
    answer = desk.post("/rules/synonyms", {"lines": "孤词"})
    assert "没有同义词" in answer.text
    assert "孤词" in answer.text


def test_wilsons_interval_is_as_published() -> None:
    assert precision.of(0, 0) is None
    none, some = precision.of(0, 10), precision.of(81, 263)
    assert none is not None
    assert some is not None
    assert (round(none.least, 4), round(none.most, 4)) == (0.0, 0.2775)
    assert (round(some.least, 4), round(some.most, 4)) == (0.2553, 0.3662)
