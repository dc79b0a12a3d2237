"""Manners in the console: what operators change of them, a member's own, and the switch that stops
everything."""

from app.domain.outreach.halts import Halt
from app.domain.outreach.manners import MannersVersion
from app.domain.people.consents import Consent
from app.domain.people.members import Member
from app.domain.people.operators import AuditEntry
from tests.console_desk import Desk
from tests.world import World

FORM = {
    "quiet_on": "yes",
    "quiet_from": "23:00",
    "quiet_to": "07:30",
    "quiet_categories": ["marketing"],
    "quiet_then": "drop",
    "cap_category": ["marketing", "", "marketing"],
    "cap_period": ["week", "day", "day"],
    "cap_most": ["2", "5", ""],
    "holdout_percent": "5",
    "agent_minutes": "45",
    "opt_out_words": "退订，别发了",
    "come_back_words": "恢复",
}


def test_manners_are_changed_on_record_and_shown_as_they_are(world: World, desk: Desk) -> None:
    assert "22:00" in desk.read("/manners")
    assert desk.post("/manners", FORM).status_code == 303
    (version,) = world.rows(MannersVersion, MannersVersion.operator_id.is_not(None))
    assert version.definition["caps"] == [
        {"category": "marketing", "period": "week", "most": 2},
        {"category": "", "period": "day", "most": 5},
    ]
    assert version.definition["quiet"]["then"] == "drop"
    (entry,) = world.rows(AuditEntry)
    assert entry.action == "manners.change"
    assert entry.details["to"] == version.definition
    assert entry.details["from"] != version.definition
    shown = desk.read("/manners")
    assert "23:00" in shown
    assert "别发了" in shown


def test_what_makes_no_sense_is_refused_with_its_place(world: World, desk: Desk) -> None:
    wrong = FORM | {"quiet_to": "23:00", "cap_most": ["many", "5", ""], "opt_out_words": ""}
    page = desk.post("/manners", wrong).text
    assert "免打扰的开始和结束不能相同" in page
    assert "caps[0].most" in page
    assert "退订词" in page
    assert world.rows(MannersVersion, MannersVersion.operator_id.is_not(None)) == []


def test_everything_is_stopped_by_a_typed_word_and_every_page_says_so(
    world: World, desk: Desk
) -> None:
    assert "请原样输入" in desk.post("/halt", {"reason": "发错了", "typed": "停"}).text
    assert "请写明原因" in desk.post("/halt", {"reason": " ", "typed": "全部停发"}).text
    assert world.rows(Halt) == []
    for _ in range(2):
        assert desk.post("/halt", {"reason": "发错了", "typed": "全部停发"}).status_code == 303
    (halt,) = world.rows(Halt)
    assert (halt.reason, halt.ended_at) == ("发错了", None)
    for path in ("/", "/members", "/plans", "/halt"):
        assert "alert-danger halted" in desk.read(path)
    assert desk.post("/halt/end").status_code == 303
    assert "alert-danger halted" not in desk.read("/")
    actions = [entry.action for entry in world.rows(AuditEntry)]
    assert actions == ["halt.begin", "halt.end"]
    assert world.rows(Halt)[0].ended_at is not None
    assert desk.post("/halt", {"reason": "又错了", "typed": "stop"}).status_code == 303
    assert len(world.rows(Halt)) == 2


def test_an_operator_opts_a_member_out_and_back_with_a_reason(world: World, desk: Desk) -> None:
    world.says("小雨", "帮助")
    world.work()
    (her,) = world.rows(Member)
    page = f"/members/{her.id}"
    desk.post(f"{page}/opt-out", {"reason": "", "back": "no"})
    assert world.rows(Consent) == []
    desk.post(f"{page}/opt-out", {"reason": "电话里说的", "back": "no"})
    assert world.rows(Member)[0].opted_out_at is not None
    assert "已退订" in desk.read(page)
    desk.post(f"{page}/opt-out", {"reason": "记错人了", "back": "yes"})
    assert world.rows(Member)[0].opted_out_at is None
    entries = world.rows(AuditEntry)
    assert [entry.action for entry in entries] == ["member.opt_out", "member.come_back"]
    assert entries[0].details["reason"] == "电话里说的"


def test_an_operator_says_that_she_is_talking_with_her_and_by_which_clock_she_lives(
    world: World, desk: Desk
) -> None:
    world.says("小雨", "帮助")
    world.work()
    (her,) = world.rows(Member)
    page = f"/members/{her.id}"
    desk.post(f"{page}/attend")
    assert "四月 正在跟进" in desk.read(page)
    desk.post(f"{page}/attend", {"over": "yes"})
    assert "正在跟进，到" not in desk.read(page)
    assert "没有这个时区" in desk.post(f"{page}/zone", {"zone": "Mars"}, follow_redirects=True).text
    desk.post(f"{page}/zone", {"zone": "America/New_York"})
    assert world.rows(Member)[0].zone == "America/New_York"
    desk.post(f"{page}/zone", {"zone": ""})
    assert world.rows(Member)[0].zone is None
    assert desk.post("/members/999999/attend").status_code == 404
