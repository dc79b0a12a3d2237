"""Somebody whom the official account and the mini-program know under two names is one member."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from app import awaiting, outbox, schema, worker
from app.domain.loyalty import ledger, points
from app.domain.loyalty.sign_ins import SignIn
from app.domain.outreach.journeys.enrolments import Enrolment
from app.domain.people import members
from app.domain.people.members import Identity, Member
from app.inbox import InboxEvent
from app.merging import crowds, merging, records
from app.outbox import OutboxMessage
from tests import mini_world
from tests.mini_world import MINI_IDS, PHONES, UNIONIDS, MiniWorld
from tests.shop import NAMES, OA, OPENIDS, ROOM, WECHAT, WXIDS

USER_INFO = "/cgi-bin/user/info"


@pytest.fixture
def world(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[MiniWorld]:
    with mini_world.opened(tmp_path, database_url, redis_url) as opened:
        yield opened
        with opened.siyu.database.reading() as session:
            assert ledger.discrepancies(session) == []


def test_who_follows_and_then_signs_up_is_one_member(world: MiniWorld):
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    with world.at_work():
        world.sign_up("小雨")
    (member,) = world.members()
    assert member.unionid == UNIONIDS["小雨"]
    assert {one.external_id for one in world.rows(Identity)} == {OPENIDS["小雨"], MINI_IDS["小雨"]}
    assert world.balance("小雨").points == 10 + 20
    assert world.rows(Member, Member.same_as_id.is_not(None)) == []


def test_who_signs_up_and_then_follows_is_one_member(world: MiniWorld):
    with world.at_work():
        world.sign_up("小雨")
    world.event("小雨", "subscribe", EventKey="qrscene_store_001")
    world.says("小雨", "头发总是很油")
    world.work()
    (member,) = world.members()
    assert member.nickname == "小雨"
    assert {one.member_id for one in world.rows(Identity)} == {member.id}
    assert world.balance("小雨").points == 20 + 10
    assert world.tags("小雨") == ["油性发质", "门店·一号店"]


def test_who_writes_before_following_is_asked_for_once(world: MiniWorld):
    for _ in range(3):
        world.says("小雨", "在吗")
        world.work()
    assert world.calls(USER_INFO) == 1
    assert world.members()[0].unionid == UNIONIDS["小雨"]


def test_a_stranger_without_a_unionid_is_not_asked_for_again_and_again(world: MiniWorld):
    for text in ("在吗", "在吗？", "签到"):
        world.deliver(WECHAT.seal(WECHAT.text("oStranger", text, world.now), world.now))
        world.work()
    assert world.calls(USER_INFO) == 1
    assert world.members()[0].unionid is None
    assert world.rows(InboxEvent, InboxEvent.kind == "profile") == []


def test_asking_is_not_saying(world: MiniWorld):
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    assert [sent["kind"] for sent in world.sent()] == ["text"]
    (question,) = world.rows(OutboxMessage, OutboxMessage.purpose == outbox.QUESTION)
    assert question.state == outbox.State.ACCEPTED
    (told,) = world.rows(InboxEvent, InboxEvent.kind == "profile")
    assert told.fields == {"UnionId": UNIONIDS["小雨"]}
    assert told.cause_id == question.event_id


def test_a_question_whose_answer_was_lost_is_asked_again(world: MiniWorld):
    world.fault(USER_INFO, "lost", times=1)
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    assert world.members()[0].unionid is None
    world.now += timedelta(seconds=10)
    world.work()
    assert world.members()[0].unionid == UNIONIDS["小雨"]


def test_used_up_questions_do_not_silence_the_account(world: MiniWorld):
    world.fault(USER_INFO, "errcode", errcode=45009)
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    world.says("小雨", "积分")
    world.work()
    assert len(world.heard("小雨")) == 2


def grown_apart(world: MiniWorld) -> tuple[str, int, int]:
    """She signed up yesterday and follows today, but who she is has not been answered yet: there
    are two records of her. Returns her token, and both ids."""
    with world.at_work():
        token = world.sign_up("小雨", birthday="1992-05-06")
        world.call("POST", "sign-ins", token)
    older = world.member_id(MINI_IDS["小雨"])
    world.now += timedelta(days=1)
    world.fault(USER_INFO, "lost", times=1)
    world.event("小雨", "subscribe", EventKey="qrscene_store_001")
    world.says("小雨", "签到")
    world.work()
    younger = world.member_id(OPENIDS["小雨"], OA)
    assert younger > older
    return token, older, younger


def answered(world: MiniWorld) -> None:
    """The question is asked again, and answered."""
    world.now += timedelta(minutes=1)
    world.work()


def test_two_records_of_one_person_become_one(world: MiniWorld):
    token, older, younger = grown_apart(world)
    answered(world)
    (member,) = world.members()
    assert member.id == older
    assert (member.birthday_on.isoformat(), member.live_code_id is not None) == ("1992-05-06", True)
    assert world.tags("小雨") == ["门店·一号店"]
    assert {row.member_id for row in world.rows(SignIn)} == {older}
    assert (world.balance("小雨").points, world.growth("小雨")) == (40, 40)
    with world.siyu.database.reading() as session:
        absorbed = session.get_one(Member, younger)
        assert (absorbed.same_as_id, absorbed.left_at) == (older, world.now)
    me = world.call("GET", "me", token).json
    assert (me["streak_days"], me["signed_in_today"], me["points"]) == (2, True, 40)


def test_an_absorbed_record_keeps_its_history_and_stands_for_the_other(world: MiniWorld):
    _, _, younger = grown_apart(world)
    answered(world)
    assert world.rows(InboxEvent, InboxEvent.member_id == younger)
    token = world.siyu.programme.radar_signer.token(1, younger)
    assert world.client.get(f"/r/{token}").status_code == 302
    world.work()
    assert "兴趣·护发" in world.tags("小雨")


def test_what_a_plan_had_begun_with_either_record_goes_on_once(world: MiniWorld):
    plan = world.plan(
        ({"kind": "after_minutes", "minutes": 30}, "第一步"), trigger="joined", channel=OA
    )
    _, older, younger = grown_apart(world)
    assert {one.member_id for one in world.rows(Enrolment)} == {older, younger}
    answered(world)
    left = world.rows(Enrolment, Enrolment.plan_id == plan.id, Enrolment.ended_at.is_(None))
    assert [one.member_id for one in left] in ([older], [])
    (ended,) = world.rows(Enrolment, Enrolment.end_reason == merging.RULE)
    assert ended.subject == f"member:{older}/same_member:{younger}"
    assert {one.member_id for one in world.rows(Enrolment)} == {older}


def test_one_person_at_every_door_at_once_is_one_member(
    world: MiniWorld, monkeypatch: pytest.MonkeyPatch
):
    """The question's answer and the sign-up are handled in different lanes at the same time."""
    monkeypatch.setattr(awaiting, "WAIT_S", 0.01)
    for name in NAMES:
        world.event(name, "subscribe", EventKey="")
        world.says(name, "签到")
        token = world.log_in(name)
        assert world.call("POST", "members", token, json=world.form(name)).status_code == 202
    with ThreadPoolExecutor(4) as pool:
        while waiting := world.waiting():
            list(pool.map(lambda one: worker.work(world.siyu, *one), [*waiting, *waiting]))
    assert world.rows(InboxEvent, InboxEvent.handled_at.is_(None)) == []
    assert len(world.members()) == len(NAMES)
    assert {one.unionid for one in world.members()} == set(UNIONIDS.values())
    for name in NAMES:
        ids = {world.member_id(MINI_IDS[name]), world.member_id(OPENIDS[name], OA)}
        assert len(ids) == 1
        assert world.balance(name).points in (10 + 5 + 20, 5 + 20)


def test_growth_without_points_goes_over_too(world: MiniWorld):
    with world.at_work():
        world.sign_up("小雨")
    world.fault(USER_INFO, "lost", times=1)
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    spent_by = world.member_id(OPENIDS["小雨"], OA)
    with world.siyu.database.writing() as session:
        points.spend(session, spent_by, 10, key="k", cause=points.Cause("test"), now=world.now)
    answered(world)
    assert (world.balance("小雨").points, world.growth("小雨")) == (20, 30)


def test_what_both_records_had_is_had_once(world: MiniWorld):
    with world.at_work():
        token = world.sign_up("小雨")
        world.call("POST", "sign-ins", token)
    world.fault(USER_INFO, "lost", times=1)
    world.says("小雨", "签到")
    world.work()
    assert len(world.rows(SignIn)) == 2
    world.now += timedelta(minutes=1)
    world.work()
    member = world.members()[0]
    assert len(world.rows(SignIn, SignIn.member_id == member.id)) == 1
    assert world.call("GET", "me", token).json["streak_days"] == 1


def test_a_phone_number_joins_what_has_no_unionid(world: MiniWorld):
    """Known from elsewhere by her phone number only, she is met again when she signs up."""
    with world.siyu.database.writing() as session:
        member = Member(nickname="", created_at=world.now)
        session.add(member)
        session.flush()
        members.keep_phone(member, PHONES["小雨"], world.siyu.vault)
        known_id = member.id
    world.says("小雨", "在吗")
    world.work()
    with world.at_work():
        world.sign_up("小雨")
    assert [one.id for one in world.members()] == [known_id]


def test_an_unknown_person_in_a_group_is_nobody_s_twin(world: MiniWorld):
    world.says_in_group("小雨", "签到")
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    assert len(world.members()) == 2
    assert world.sent(ROOM)
    assert WXIDS["小雨"] in {one.external_id for one in world.rows(Identity)}


def test_whatever_belongs_to_a_member_is_carried_or_is_history():
    history = {
        *("inbox", "outbox", "points_entries", "points_postings", "points_balances"),
        *(
            "points_lots",
            "points_holds",
            "points_corrections",
            "tier_changes",
            "members",
            "import_rows",
            "figure_changes",
        ),
    }
    pointing = {
        table.name
        for table in schema.metadata.tables.values()
        for column in table.columns
        if column.references(schema.metadata.tables["members"].c.id) or column.name == "member_id"
    }
    carried = {table.__tablename__ for table in records.CARRIED}
    carried |= {table.name for table in crowds.PLACES}
    added_up, merged, reckoned = (
        {"touch_books"},
        {"enrolments"},
        {"member_figures", "tier_standings"},
    )
    about_both, asked_by_name = {"merges", "twins"}, {"operators", "referrals"}  # members.get knows
    known = carried | history | added_up | merged | reckoned | about_both | asked_by_name
    assert pointing == known
