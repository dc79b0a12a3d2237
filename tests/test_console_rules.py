"""Keyword rules in the console: written, tried on a sentence, switched, explained by versions."""

import re

from app.domain.insight.keywords import KeywordRule, KeywordRuleVersion
from tests.console_desk import Desk
from tests.world import World

FORM = {
    "name": "脱发",
    "words": "掉头发\n 脱发 \n\n掉头发",
    "unless": "孩子",
    "tag": "脱发困扰",
    "dimension": "attribute",
    "reply": "{nickname|亲}，试试防脱洗发水",
}


def test_a_rule_works_from_the_next_message_on(world: World, desk: Desk) -> None:
    answer = desk.post("/rules/new", FORM)
    assert answer.status_code == 303
    world.event("小雨", "subscribe")
    world.says("小雨", "最近老掉头发")
    world.work()
    assert world.tags("小雨") == ["脱发困扰"]
    assert world.heard("小雨")[-1] == "亲，试试防脱洗发水"
    page = desk.read("/rules")
    assert "标签 1" in page
    assert "回复 1" in page
    (rule,) = world.rows(KeywordRule, KeywordRule.name == "脱发")
    assert rule.words == ["掉头发", "脱发"]


def test_a_change_is_a_new_version_and_the_old_one_stays_readable(world: World, desk: Desk) -> None:
    desk.post("/rules/1", FORM | {"words": "油头"})
    desk.post("/rules/1/switch", {"enabled": "no"})
    page = desk.read("/rules/1")
    assert [f'id="v{n}"' in page for n in (1, 2, 3)] == [True] * 3
    assert "头发总是很油" in page.split('id="v1"')[1]
    versions = world.rows(KeywordRuleVersion, KeywordRuleVersion.rule_id == 1)
    assert [version.operator_id for version in versions][1:] == [1, 1]
    assert versions[-1].definition["enabled"] is False


def test_a_rule_that_is_switched_off_gives_nothing(world: World, desk: Desk) -> None:
    desk.post("/rules/1/switch", {"enabled": "no"})
    world.event("小雨", "subscribe")
    world.says("小雨", "头发总是很油")
    world.work()
    assert world.tags("小雨") == []
    desk.post("/rules/1/switch", {"enabled": "yes"})
    world.says("小雨", "头发总是很油")
    world.work()
    assert world.tags("小雨") == ["油性发质"]


def test_rules_come_a_page_at_a_time_and_can_be_looked_for(world: World, desk: Desk) -> None:
    for number in range(1, 25):
        words = "掉头发" if number == 3 else f"词语{number}"
        desk.post("/rules/new", FORM | {"name": f"第{number}条规则", "words": words})
    newest = desk.read("/rules")
    assert "第24条规则" in newest
    assert "第5条规则" in newest
    assert "第4条规则" not in newest
    older = re.search(r'href="/console(/rules\?before=\d+)"', newest)
    assert older is not None
    assert "第4条规则" in desk.read(older[1])
    found = desk.read("/rules?q=掉头")
    assert "第3条规则" in found
    assert "第24条规则" not in found
    assert "没有符合的规则" in desk.read("/rules?q=没有人写过")


def test_who_switches_a_rule_stays_on_its_page_of_the_list(world: World, desk: Desk) -> None:
    answer = desk.post("/rules/1/switch", {"enabled": "no", "q": "油", "before": "40"})
    assert answer.location == "/console/rules?q=%E6%B2%B9&before=40"


def test_what_cannot_work_is_said_at_its_field_and_not_saved(world: World, desk: Desk) -> None:
    wrong = {
        "至少要有一个关键词": FORM | {"words": " \n"},
        "规则要给标签、回复或通知员工": FORM | {"tag": "", "reply": ""},
        "关键词过长": FORM | {"words": "长" * 41},
        "关键词最多": FORM | {"words": "\n".join(f"词{n}" for n in range(401))},
        "没有占位符": FORM | {"reply": "{surname}"},
        "花括号不成对": FORM | {"reply": "{nickname"},
    }
    before = len(world.rows(KeywordRuleVersion))
    for said, form in wrong.items():
        answer = desk.post("/rules/new", form)
        assert answer.status_code == 200
        assert said in " ".join(re.findall(r'class="invalid-feedback">([^<]*)', answer.text)), said
        assert form["name"] in answer.text, "what was written is still there"
    assert len(world.rows(KeywordRuleVersion)) == before
    assert "{radar:gone}" in desk.post("/rules/new", FORM | {"reply": "{radar:gone}"}).text


def test_a_sentence_shows_which_rules_it_meets(desk: Desk) -> None:
    page = desk.post("/rules/try", {"sentence": "我的头发总是很油，什么时候发货"}).text
    assert "<mark>头发总是很油</mark>" in page
    assert "<mark>发货</mark>" in page
    assert page.count("trial-met") == 2
    assert ">头发<" in page, "how it is cut"


def test_a_sentence_shows_why_a_rule_is_not_met(desk: Desk) -> None:
    page = desk.post("/rules/try", {"sentence": "我头发不油，没有发货"}).text
    assert "没有命中任何规则" in page
    assert "trial-missed" in page
    assert "发货" in page.split("trial-missed")[1]


def test_the_rule_that_is_being_edited_is_tried_unsaved(world: World, desk: Desk) -> None:
    form = {"sentence": "头发总是很油", "words": "很油", "unless": "", "rule_id": "1"}
    page = desk.post("/rules/try", form).text
    assert "正在编辑的规则" in page
    assert "<mark>很油</mark>" in page
    assert page.count("trial-met") == 1, "the saved version of the same rule is not tried"
    excluded = desk.post("/rules/try", form | {"unless": "头发"}).text
    assert excluded.count("trial-met") == 0
    assert world.rows(KeywordRule, KeywordRule.id == 1)[0].version == 1


def test_strange_sentences_are_tried_like_all_others(desk: Desk) -> None:
    for sentence in ("", " ", "\ud83d", "ＡＢＣ" * 400, "<b>发货</b>", "　"):
        answer = desk.post("/rules/try", {"sentence": sentence.encode("utf-8", "replace")})
        assert answer.status_code == 200
        assert "<b>" not in answer.text
    assert desk.post("/rules/try", {"sentence": "x", "words": " \n\t"}).status_code == 200
    assert desk.post("/rules/try", {"sentence": "\x00"}).status_code == 400, "no text holds it"
