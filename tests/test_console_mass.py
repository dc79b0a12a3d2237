"""Operators write to many and by template: every step on a page, bad input told clearly."""

from app.domain.outreach.mass_messages import MassJob, MassMessage
from app.domain.outreach.message_templates import MessageTemplate
from app.domain.people.operators import AuditEntry
from app.outbox import RECIPIENTS, OutboxMessage
from app.segments import keeping
from tests.console_desk import Desk
from tests.shop import NAMES, OPENIDS
from tests.test_story_mass import finish, follow, got
from tests.world import World

DRAFT = {"channel": "1", "kind": "text", "said": "周五上新", "to": "members", "tier": ""}


def test_a_mass_message_from_the_draft_to_its_end(world: World, desk: Desk) -> None:
    follow(world)
    assert desk.post("/mass/new", DRAFT, page="/mass/new").status_code == 303
    assert "现在有 3 位" in desk.read("/mass/1")
    page = "/mass/1"
    desk.post("/mass/1/preview", {"member_id": "1"}, page=page)
    world.work()
    assert len([one for one in world.sent() if "preview" in one["api"]]) == 1
    assert desk.post("/mass/1/send", page=page).status_code == 303
    assert desk.post("/mass/1/send", page=page).status_code == 409, "only once"
    world.work()
    assert got(world) == sorted(OPENIDS.values())
    (carrier,) = world.rows(
        OutboxMessage, OutboxMessage.way == "mass", OutboxMessage.pipe != RECIPIENTS
    )
    finish(world, carrier.platform_id, SentCount=2, ErrorCount=1)
    assert "共 3，过滤后 3，成功 2，失败 1" in desk.read(page)
    desk.post("/mass/1/jobs/1/delete", page=page)
    assert "已撤回" in desk.read(page)
    assert world.rows(MassJob)[0].deleted_at == world.now
    assert [entry.action for entry in world.rows(AuditEntry)] == ["mass.send", "mass.delete"]
    assert "周五上新" in desk.read("/mass")


def test_a_mass_message_goes_to_whom_a_segment_means_when_it_is_handed_over(
    world: World, desk: Desk
) -> None:
    follow(world)
    with world.siyu.database.writing() as session:
        rule = {"kind": "tag", "tag": "油性发质"}
        told = {"name": "油发的人", "operator_id": None, "now": world.now}
        keeping.add(session, key="oily", definition=rule, **told)
    assert desk.post("/mass/new", DRAFT | {"segment": "oily"}, page="/mass/new").status_code == 303
    assert "现在有 0 位" in desk.read("/mass/1")
    for name in NAMES[:2]:
        world.says(name, "头发总是很油")
    world.work()
    assert "现在有 2 位" in desk.read("/mass/1")
    desk.post("/mass/1/send", page="/mass/1")
    world.work()
    assert got(world) == sorted(OPENIDS[name] for name in NAMES[:2])


def test_a_draft_that_names_a_segment_keeps_it_until_it_is_sent_or_given_up(
    world: World, desk: Desk
) -> None:
    follow(world)
    with world.siyu.database.writing() as session:
        told = {"name": "油发的人", "definition": {"kind": "tag", "tag": "油性发质"}}
        rule = {"operator_id": None, "now": world.now, **told}
        segment_id = keeping.add(session, key="oily", **rule).id
    page, form = f"/segments/{segment_id}", DRAFT | {"segment": "oily"}
    for number, ends in ((1, "discard"), (2, "send")):
        desk.post("/mass/new", form, page="/mass/new")
        assert f"群发消息草稿 · #{number}" in desk.read(page)
        desk.post(f"{page}/delete", page=page)
        assert f"不能删除：群发消息草稿 · #{number}" in desk.read(page)
        assert desk.post(f"/mass/{number}/{ends}", page=f"/mass/{number}").status_code == 303
        assert "群发消息草稿" not in desk.read(page)
    assert [bool(one.discarded_at) for one in world.rows(MassMessage)] == [True, False]
    assert desk.post("/mass/1/send", page="/mass/new").status_code == 409
    assert desk.post("/mass/2/discard", page="/mass/new").status_code == 409
    desk.post(f"{page}/delete", page=page)
    assert desk.get(page).status_code == 404


def test_what_cannot_be_sent_to_many_is_told_at_the_form(world: World, desk: Desk) -> None:
    for change, said in (
        ({"said": "{nickname}，您好"}, "nickname"),
        ({"said": "字" * 700}, "文字太长"),
        ({"to": "tag", "tag_id": "金卡"}, "请填写平台标签的编号"),
    ):
        assert said in desk.post("/mass/new", DRAFT | change, page="/mass/new").text
    assert world.rows(MassMessage) == []
    for kind in (
        {"to": "all"},
        {"to": "tag", "tag_id": "2"},
        {"kind": "mpnews", "said": "media-1", "tags": "油发，银发"},
    ):
        assert desk.post("/mass/new", DRAFT | kind, page="/mass/new").status_code == 303
    assert [one.recipient for one in world.rows(MassMessage)] == ["all", "tag:2", ""]
    assert desk.get("/mass/99").status_code == 404
    desk.post("/mass/1/preview", {"member_id": "77"}, page="/mass/1")
    assert "联系不到" in desk.read("/mass/1")


def test_templates_are_pulled_and_tried_on_one_member(world: World, desk: Desk) -> None:
    follow(world, *NAMES[:1])
    desk.post("/templates/pull/1", page="/templates")
    desk.post("/templates/pull/2", page="/templates")
    assert len(world.rows(MessageTemplate)) == 4, "the mini-program is not played here"
    assert "会员生日提醒" in desk.read("/templates")
    form = {"member_id": "1", "thing1": "小雨", "time2": "12:00", "target": "https://x.example"}
    assert desk.post("/templates/1", form, page="/templates/1").status_code == 303
    world.work()
    (sent,) = [one for one in world.sent(OPENIDS["小雨"]) if one["kind"] == "template"]
    assert sent["content"]["url"] == "https://x.example"
    for wrong in ({"member_id": "9"}, {"thing1": " "}, {"target": "javascript:1"}):
        answer = desk.post("/templates/1", form | wrong, page="/templates/1")
        assert (answer.status_code, "invalid-feedback" in answer.text) == (400, True)
    order = next(one for one in world.rows(MessageTemplate) if one.template_id == "sandbox-order")
    page = f"/templates/{order.id}"
    values = {"thing1": "巴旦木", "character_string2": "A-7", "amount3": "很多"}
    answer = desk.post(page, {"member_id": "1"} | values, page=page)
    assert "格式或长度不对" in answer.text


def test_a_platform_that_does_not_answer_leaves_the_templates_as_they_were(
    world: World, desk: Desk
) -> None:
    world.fault("/cgi-bin/template/get_all_private_template", "errcode", errcode=48001, times=1)
    desk.post("/templates/pull/1", page="/templates")
    assert "平台没有给出模板" in desk.read("/templates")
    assert world.rows(MessageTemplate) == []
    assert desk.post("/templates/pull/3", page="/templates").status_code == 404
