"""Broadcasts in the console: written without JSON, tried, launched, watched, stopped, read."""

import csv
import io
import re
from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from app.broadcasting import figures
from app.doctor import house
from app.domain.outreach import broadcasts
from app.domain.outreach.broadcasts import Broadcast, State
from app.domain.people import channels
from app.domain.people.members import Member
from app.domain.people.operators import AuditEntry, Operator
from app.outbox import OutboxMessage
from tests import broadcast_desk
from tests.audiences import SEND, chat
from tests.console_desk import Desk
from tests.shop import NAMES, OA
from tests.world import World


def form(world: World, **fields: Any) -> MultiDict[str, str]:
    with world.siyu.database.reading() as session:
        channel = channels.by_key(session, OA)
    assert channel is not None
    written = {
        "name": "周五上新",
        "channel_id": str(channel.id),
        "audience": "member",
        "category": "marketing",
        "message.message_kind": "text",
        "message.text": "{nickname|亲}，周五上新",
    }
    return MultiDict(written | fields)


def drafted(world: World, desk: Desk, **fields: Any) -> int:
    answer = desk.post("/broadcasts/new", form(world, **fields))
    assert answer.status_code == 303, answer.text
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def launched(world: World, desk: Desk, **fields: Any) -> int:
    number = drafted(world, desk, **fields)
    shown = re.search(r'id="meant">(\d+)<', desk.read(f"/broadcasts/{number}"))
    assert shown is not None
    answer = desk.post(f"/broadcasts/{number}/launch", {"confirmed": shown[1]})
    assert answer.status_code == 303
    return number


def test_from_the_draft_to_what_the_platform_accepted(world: World, desk: Desk):
    chat(world)
    number = launched(world, desk)
    world.work()
    assert [world.heard(name)[-1] for name in NAMES] == ["亲，周五上新"] * 3
    shown = desk.read(f"/broadcasts/{number}/figures")
    assert "各状态之和等于名单人数 3" in shown
    assert "hx-trigger" not in shown, "nothing changes any more"
    actions = [entry.action for entry in world.rows(AuditEntry)]
    assert "broadcast.launch" in actions


def test_the_number_that_is_typed_has_to_be_the_number_that_is_frozen(world: World, desk: Desk):
    chat(world)
    number = drafted(world, desk)
    desk.post(f"/broadcasts/{number}/launch", {"confirmed": "2"})
    assert "现在符合条件的是 3 个" in desk.read(f"/broadcasts/{number}")
    assert broadcast_desk.state(world, number) == State.DRAFT
    desk.post(f"/broadcasts/{number}/launch", {})
    assert broadcast_desk.state(world, number) == State.DRAFT


def test_a_broadcast_may_wait_for_its_hour(world: World, desk: Desk):
    chat(world)
    number = drafted(world, desk)
    desk.post(f"/broadcasts/{number}/launch", {"confirmed": "3", "at": "2026-11-02T20:30"})
    assert "2026-11-02 20:30" in desk.read(f"/broadcasts/{number}")
    world.at(2, "20:30")
    world.work()
    assert broadcast_desk.states(world, number) == {"accepted": 3}


def test_a_new_form_counts_who_is_meant_before_anything_is_written(world: World, desk: Desk):
    chat(world)
    page = desk.read("/broadcasts/new")
    assert re.search(r"现在符合条件.*?>3<", page, re.DOTALL)
    assert 'class="handset"' in page


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_saved(world: World, desk: Desk):
    answer = desk.post(
        "/broadcasts/new", form(world, name="", pace_a_minute="0", **{"message.text": "{nobody}"})
    )
    assert answer.status_code == 200
    assert "没有占位符 {nobody}" in answer.text
    assert answer.text.count("is-invalid") == 3
    assert world.rows(Broadcast) == []


def test_the_form_grows_variants_and_ways_and_keeps_what_was_written(world: World, desk: Desk):
    split = desk.post("/broadcasts/form", form(world, change="split")).text
    assert split.count("{nickname|亲}，周五上新") == 2
    ways = {"route[0].way": "customer_service", "route[1].way": "mass"}
    up = desk.post("/broadcasts/form", form(world, change="up:route[1]", **ways)).text
    first = re.search(r'id="route\[0\]\.way".*?value="(\w+)" selected', up, re.DOTALL)
    assert first is not None
    assert first[1] == "mass"
    more = desk.post("/broadcasts/form", form(world, change="add:route", **ways)).text
    assert 'name="route[2].way"' in more
    fewer = desk.post("/broadcasts/form", form(world, change="remove:route[0]", **ways)).text
    assert 'name="route[1].way"' not in fewer


def test_variants_and_a_route_are_saved_as_written(world: World, desk: Desk):
    fields = {"route[0].way": "customer_service", "route[1].way": "mass", "holdout_percent": "10"}
    for letter, number in (("A", 0), ("B", 1)):
        fields |= {
            f"variants[{number}].name": letter,
            f"variants[{number}].share": "50",
            f"variants[{number}].message.message_kind": "text",
            f"variants[{number}].message.text": f"版本{letter}",
        }
    number = drafted(world, desk, **fields)
    (saved,) = world.rows(Broadcast)
    assert [one.message.content["text"] for one in saved.parsed.variants] == ["版本A", "版本B"]
    assert [way.name for way in saved.parsed.route] == ["customer_service", "mass"]
    shown = desk.read(f"/broadcasts/{number}/edit")
    assert 'value="版本A"' not in shown
    assert shown.count("版本A") >= 2, "in its field and on the phone"


def test_the_preview_looks_like_a_phone_and_counts_who_is_meant(world: World, desk: Desk):
    chat(world)
    with world.siyu.database.writing() as session:
        rain = world.member(session, "小雨")
        rain.nickname = "雨儿"
    shown = desk.post("/broadcasts/preview", form(world, member_id=str(rain.id))).text
    assert 'class="handset-bubble">雨儿，周五上新<' in shown
    assert 'class="figure-value">3<' in shown
    link = {
        "message.message_kind": "link",
        "message.title": "上新",
        "message.url": "https://shop.example/new",
    }
    shown = desk.post("/broadcasts/preview", form(world, **link)).text
    assert "handset-card" in shown
    assert "https://shop.example/new" in shown


def test_an_operator_sees_it_first_on_her_own_phone_and_is_remembered(world: World, desk: Desk):
    chat(world, "小雨")
    number = drafted(world, desk)
    with world.siyu.database.reading() as session:
        rain_id = world.member(session, "小雨").id
    desk.post(f"/broadcasts/{number}/trial", {"member_id": str(rain_id)})
    world.work()
    assert world.heard("小雨")[-1] == "[测试] 亲，周五上新"
    (april,) = world.rows(Operator)
    assert april.member_id == rain_id
    assert broadcast_desk.states(world, number) == {}
    desk.post(f"/broadcasts/{number}/trial", {"member_id": "999999"})
    assert "没有这位会员" in desk.read(f"/broadcasts/{number}")


def test_an_operator_whose_record_was_absorbed_is_who_absorbed_it(world: World, desk: Desk):
    chat(world, "小雨")
    number = drafted(world, desk)
    with world.siyu.database.writing() as session:
        rain = world.member(session, "小雨")
        absorbed = Member(nickname="", created_at=world.now, same_as_id=rain.id)
        session.add(absorbed)
        session.flush()
        session.scalars(sa.select(Operator)).one().member_id = absorbed.id
        rain_id, absorbed_id = rain.id, absorbed.id
    assert f'您自己的会员编号" value="{rain_id}"' in desk.read(f"/broadcasts/{number}")
    desk.post(f"/broadcasts/{number}/trial", {"member_id": str(absorbed_id)})
    world.work()
    assert world.heard("小雨")[-1] == "[测试] 亲，周五上新"


def test_its_buttons_stop_it_and_let_it_go_on(world: World, desk: Desk):
    chat(world)
    number = launched(world, desk)
    for button, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        desk.post(f"/broadcasts/{number}/state", {"button": button})
        assert broadcast_desk.state(world, number) == state
    world.work()
    assert broadcast_desk.states(world, number) == {"suppressed": 3}
    assert desk.post(f"/broadcasts/{number}/state", {"button": "resume"}).status_code == 409
    assert desk.post(f"/broadcasts/{number}/state", {"button": "explode"}).status_code == 400


def test_only_ticked_reasons_are_sent_again(world: World, desk: Desk):
    chat(world)
    number = launched(world, desk)
    world.fault(SEND, "errcode", errcode=40003, times=1)
    world.work()
    assert broadcast_desk.states(world, number) == {"accepted": 2, "failed": 1}
    shown = desk.read(f"/broadcasts/{number}")
    ticked = re.findall(r'name="failed" value="([^"]+)" checked', shown)
    assert ticked, shown
    desk.post(f"/broadcasts/{number}/resend", {"failed": ticked})
    world.work()
    assert broadcast_desk.states(world, number) == {"accepted": 3}


def test_the_list_of_recipients_has_everybody_and_is_safe_to_open(world: World, desk: Desk):
    chat(world)
    with world.siyu.database.writing() as session:
        world.member(session, "阿诚").nickname = "=HYPERLINK(1)"
    number = launched(world, desk)
    waiting = desk.get(f"/broadcasts/{number}/recipients.csv").text
    assert waiting.count("等待排入") == 3
    world.work()
    assert desk.read(f"/broadcasts/{number}/recipients?state=accepted").count("平台已接收") >= 3
    table = desk.get(f"/broadcasts/{number}/recipients.csv").text.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["state"] for row in rows] == ["平台已接收"] * 3
    assert "'=HYPERLINK(1)" in [row["name"] for row in rows]
    assert "broadcast.export" in [entry.action for entry in world.rows(AuditEntry)]


def test_figures_that_do_not_add_up_are_shown_in_red(world: World, desk: Desk):
    chat(world)
    number = launched(world, desk)
    broadcast_desk.feed(world, number)
    with world.siyu.database.writing() as session:
        lost = sa.select(sa.func.min(OutboxMessage.id)).where(OutboxMessage.broadcast_id == number)
        session.execute(sa.delete(OutboxMessage).where(OutboxMessage.id == lost.scalar_subquery()))
    with world.siyu.database.reading() as session:
        assert figures.discrepancies(session) == [f"broadcast {number}: {{'planned': 2}} of 3"]
    assert "各状态之和与名单人数不符" in desk.read(f"/broadcasts/{number}/figures")
    assert "群发的各状态之和与名单人数不符" in desk.read("/")
    assert house.broadcasts_add_up(world.siyu) is not None


def test_a_launched_broadcast_cannot_be_rewritten(world: World, desk: Desk):
    chat(world)
    number = launched(world, desk)
    assert (
        desk.post(f"/broadcasts/{number}/edit", form(world, **{"message.text": "改了"})).status_code
        == 409
    )
    assert desk.get("/broadcasts/999/edit").status_code == 404
    with world.siyu.database.reading() as session:
        assert broadcasts.newest(session, None, 1)[0].definition["message"]["content"] == {
            "text": "{nickname|亲}，周五上新"
        }


def test_a_broadcast_leads_to_its_quotas_to_why_and_to_its_experiment(world: World, desk: Desk):
    number = drafted(world, desk)
    shown = desk.read(f"/broadcasts/{number}")
    assert f"/console/broadcasts/{number}/quotas" in shown
    assert f"/console/why?broadcast={number}" in shown
    pace = desk.post(f"/broadcasts/{number}/quotas", page=f"/broadcasts/{number}")
    assert pace.status_code == 409  # three members are within every number of a day
    assert f"/console/broadcasts/{number}" in desk.read(f"/why?broadcast={number}")
    assert desk.get(f"/broadcasts/{number}/experiments").status_code == 200


VARIANTS = {
    "variants[0].name": "甲",
    "variants[0].share": "50",
    "variants[0].message.message_kind": "text",
    "variants[0].message.text": "甲",
    "variants[1].name": "乙",
    "variants[1].share": "50",
    "variants[1].message.message_kind": "text",
    "variants[1].message.text": "乙",
}


def test_each_ones_own_time_is_written_foreseen_and_shown(world: World, desk: Desk):
    chat(world)
    fields = {"when.time": "active", "when.otherwise": "21:00"}
    number = launched(world, desk, **fields)
    (row,) = world.rows(Broadcast)
    assert row.definition["when"] == {"at": "active", "otherwise": "21:00"}
    shown = desk.read(f"/broadcasts/{number}")
    assert "各人的活跃时间，未知时当地 21:00" in shown
    assert "2026-11-02 21:00" in shown
    assert "3" in shown.partition('id="hours"')[2].partition("</table>")[0]
    draft = drafted(world, desk, **{"when.time": "at", "when.at": "09:30"})
    assert "2026-11-03 09:00" in desk.read(f"/broadcasts/{draft}"), "foreseen, by the full hour"
    assert 'value="09:30"' in desk.read(f"/broadcasts/{draft}/edit")


def test_a_tryout_is_written_watched_and_decided(world: World, desk: Desk):
    chat(world)
    tryout = {"tryout.percent": "40", "tryout.hours": "2", "tryout.decide": "certain"}
    tryout |= {"when.time": "tryout", "tryout.happened.kind": "replied"}
    number = launched(world, desk, **VARIANTS, **tryout)
    world.work()
    shown = desk.read(f"/broadcasts/{number}")
    assert "其余的人在等，到 2026-11-02 14:00 选定" in shown
    assert broadcast_desk.states(world, number)["waiting"] >= 1
    world.at(2, "14:00")
    assert "请选定一个版本" in desk.read(f"/broadcasts/{number}")
    assert desk.post(f"/broadcasts/{number}/winner", {"winner": "丙"}).status_code == 400
    assert desk.post(f"/broadcasts/{number}/winner", {"winner": "乙"}).status_code == 303
    assert "其余的人收到「乙」" in desk.read(f"/broadcasts/{number}")
    assert desk.post(f"/broadcasts/{number}/winner", {"winner": "甲"}).status_code == 409
    world.work()
    assert broadcast_desk.states(world, number) == {"accepted": 3}
    assert "broadcast.winner" in [entry.action for entry in world.rows(AuditEntry)]


def test_a_tryout_needs_variants_and_the_form_offers_it_only_then(world: World, desk: Desk):
    assert 'value="tryout"' not in desk.read("/broadcasts/new")
    form_part = desk.post("/broadcasts/form", MultiDict(form(world) | {"change": "split"})).text
    assert 'value="tryout"' in form_part
    chosen = MultiDict(form(world, **VARIANTS, **{"when.time": "tryout"}))
    assert 'name="tryout.hours"' in desk.post("/broadcasts/form", chosen).text
