"""What operators do about earning: every term without code, versions, an example, and why."""

import re
from typing import Any

from app.domain.loyalty.earning.rules import EarningRule, EarningRuleVersion
from tests.console_desk import Desk
from tests.world import World

ORDERS = {"points": "1", "each": "1", "tier_factor": "y", "cap_day": "500", "pending_days": "15"}
WEDNESDAYS = {"factor": "150", "weekdays": ["3"], "kinds": ["order"]}


def test_a_rule_is_made_and_changed_and_every_version_stays(world: World, desk: Desk) -> None:
    assert desk.post("/earning/new/order", ORDERS, page="/earning/new/order").status_code == 303
    assert "每消费 1 元得 1 积分；按等级加倍；每天最多 500；15 天后可用" in desk.read("/earning")
    changed = ORDERS | {"points": "2", "expires_on": "12-31", "expires_years": "1"}
    assert desk.post("/earning/order", changed, page="/earning/order").status_code == 303
    (rule,) = world.rows(EarningRule, EarningRule.key == "order")
    assert (rule.points, rule.version, rule.terms["expires"]) == (
        *(2, 2),
        {"on": "12-31", "years": 1},
    )
    versions = world.rows(EarningRuleVersion, EarningRuleVersion.rule_id == rule.id)
    assert [(one.version, one.points) for one in versions] == [(1, 1), (2, 2)]
    shown = desk.read("/earning/order")
    assert "每消费 1 元得 1 积分" in shown
    assert "到下一个 12-31 再过 1 年过期" in shown
    assert "四月" in shown, "who has changed it"


def test_a_rule_from_before_terms_keeps_its_length_when_it_is_changed(
    world: World, desk: Desk
) -> None:
    assert 'value="7"' in desk.read("/earning/streak_7")
    assert desk.post("/earning/streak_7", {"points": "40", "least": "7"}).status_code == 303
    (rule,) = world.rows(EarningRule, EarningRule.key == "streak_7")
    assert (rule.points, rule.terms, rule.ruling.terms.least) == (40, {"days": 7}, 7)
    first = world.rows(EarningRuleVersion, EarningRuleVersion.rule_id == rule.id)[0]
    assert (first.version, first.points, first.since) == (1, 30, None)


def test_terms_that_cannot_hold_are_refused_at_their_field(world: World, desk: Desk) -> None:
    def refused(kind: str, form: dict[str, Any]) -> str:
        page = f"/earning/new/{kind}"
        answer = desk.post(page, form, page=page)
        assert answer.status_code == 200
        found = re.findall(r'<div class="invalid-feedback">([^<]+)</div>', answer.text)
        assert len(found) == 1, found
        return found[0]

    assert refused("campaign", {"factor": "200", "stacks": "adds"}) == "活动要有起止日期"
    assert refused("member_day", {"factor": "150"}) == "至少选一天"
    assert "31" in refused("member_day", {"factor": "150", "days": "32"})
    backwards = ORDERS | {"from_on": "2026-11-02", "until_on": "2026-11-01"}
    assert refused("order", backwards) == "不能早于开始的日子"
    assert refused("order", ORDERS | {"expires_on": "02-30"}) == "要写成 12-31 这样"
    assert not world.rows(EarningRule, EarningRule.key.in_(["campaign", "member_day", "order"]))
    assert desk.get("/earning/new/nothing").status_code == 404


def test_an_order_is_tried_on_the_rules(world: World, desk: Desk) -> None:
    desk.post("/earning/new/order", ORDERS, page="/earning/new/order")
    desk.post("/earning/new/member_day", WEDNESDAYS, page="/earning/new/member_day")
    birthday = {"factor": "200", "span": "week"}
    desk.post("/earning/new/birthday", birthday, page="/earning/new/birthday")
    asked = "yuan=268.90&on=2026-11-04&tier=gold&factor=150&birthday=1990-11-06"
    shown = desk.read(f"/earning?{asked}")
    assert "计入消费 268.90 元" in shown
    assert "等级加倍（黄金） 1.5 倍" in shown
    assert "生日加倍 2 倍" in shown
    assert '<strong id="total">670</strong>' in shown, "268 + 134 + 268"
    for field, written in {"yuan": "many", "on": "soon", "birthday": "x", "factor": "9"}.items():
        answer = desk.get(
            "/earning", query_string={"yuan": "10", "on": "2026-11-04", field: written}
        )
        assert answer.status_code == 400
        assert f'is-invalid" id="{field}"' in answer.text, "the reason stands at the field"
        assert f'value="{written}"' in answer.text, "and nothing that was typed is lost"


def test_every_entry_of_a_member_says_by_which_rule_and_why(world: World, desk: Desk) -> None:
    desk.post("/earning/new/member_day", {"factor": "200", "weekdays": ["1"]}, page="/earning")
    desk.post("/earning/sign_in", {"points": "7"})
    world.event("小雨", "subscribe")
    world.says("小雨", "签到")
    world.work()
    with world.siyu.database.reading() as session:
        member_id = world.member(session, "小雨").id
    shown = desk.read(f"/members/{member_id}/points")
    assert "会员日加倍 2 倍" in shown
    assert "v2" in shown, "the version that paid"
    assert "/console/earning/sign_in" in shown
    assert world.balance("小雨").points == 2 * (10 + 7)


def test_how_points_are_earned_is_told_in_words(world: World, desk: Desk) -> None:
    desk.post("/earning/new/member_day", WEDNESDAYS, page="/earning")
    past = {"points": "9", "least": "5", "until_on": "2026-11-01"}
    desk.post("/earning/new/group_chat", past, page="/earning")
    told = world.client.get("/api/v1/earning-rules").json["rules"]
    found = {one["key"]: (one["zh"], one["en"]) for one in told}
    assert found["sign_in"] == ("每日签到：得 5 积分", "Signing in, once a day: 5 points")
    assert found["member_day"][0] == "每周三：积分 1.5 倍；只对：消费"
    assert "group_chat" not in found, "it is over"
