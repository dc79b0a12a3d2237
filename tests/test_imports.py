"""A table of members is brought along: each row finds whom it means, what is known stays, and the
same file twice changes nothing."""

from dataclasses import asdict, replace
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app import worker
from app.domain import imports
from app.domain.imports import Import
from app.domain.insight import tags
from app.domain.insight.tags import MemberTag
from app.domain.people import channels, consents, members
from app.domain.people.members import Identity, Member
from app.imports import going_through
from app.imports.kinds import KINDS
from app.imports.telling import Options
from tests import shop
from tests.importing import LINES, brought, counts, lines_kept, named, problems, taken
from tests.world import World


def test_members_of_a_file_are_there_with_number_birthday_tags_and_agreement(world: World) -> None:
    assert counts(taken(world, LINES)) == (2, 0, 0, 0)
    rain, cheng = named(world, "小雨"), named(world, "阿诚")
    assert members.phone_of(rain, world.siyu.vault) == "13800000001"
    assert str(rain.birthday_on) == "2000-02-29"
    with world.siyu.database.reading() as session:
        assert {tag.name for tag in tags.of(session, rain.id)} == {"油性发质", "新客"}
        assert consents.holds(session, rain.id, "marketing")
        assert not consents.holds(session, cheng.id, "marketing")
    assert cheng.opted_out_at is not None
    given = [held for held in world.rows(MemberTag) if held.member_id == rain.id]
    assert {(held.rule, held.evidence) for held in given} == {("import:1", "#2")}


def test_the_same_file_twice_changes_nothing(world: World) -> None:
    taken(world, LINES)
    before = [vars(row) for table in (Member, MemberTag) for row in world.rows(table)]
    assert counts(taken(world, LINES)) == (0, 0, 2, 0)
    after = [vars(row) for table in (Member, MemberTag) for row in world.rows(table)]
    assert [_plain(row) for row in after] == [_plain(row) for row in before]


def test_what_is_known_stays_unless_the_file_knows_better(world: World) -> None:
    taken(world, LINES)
    other = ("手机号,昵称,邮箱", "13800000001,大雨,rain@example.com")
    assert counts(taken(world, other)) == (0, 1, 0, 0)
    assert named(world, "小雨").sealed_email is not None
    assert counts(taken(world, other, overwrites=True)) == (0, 1, 0, 0)
    assert named(world, "大雨")


def test_whoever_refused_marketing_is_not_brought_back_by_a_file(world: World) -> None:
    taken(world, LINES)
    assert counts(taken(world, ("手机号,接受营销", "13800000002,是"))) == (0, 0, 1, 0)
    assert named(world, "阿诚").opted_out_at is not None


def test_a_row_that_names_two_members_or_nobody_is_refused_with_its_number(world: World) -> None:
    taken(world, ("手机号,unionid", "13800000001,oUnionRain", "13800000002,"))
    done = taken(
        world,
        (
            "手机号,unionid,昵称,会员编号",
            "13800000002,oUnionRain,谁,",
            ",,无名,",
            "13800000001,oUnionOther,,",
            "12345,,,",
            "1.38E+10,,,",
            ",,,999",
            "13800000003,,新人,",
        ),
    )
    assert counts(done) == (1, 0, 0, 6)
    told = dict(problems(world, done))
    assert "several members: #1、#2" in told[2]
    assert "nobody knows who this is" in told[3]
    assert "has another unionid" in told[4]
    assert "no phone number: 12345" in told[5]
    assert "power of ten" in told[6]
    assert "no member #999" in told[7]


def test_an_openid_finds_the_member_whom_the_account_knows(world: World) -> None:
    world.says("小雨", "你好")
    world.work()
    with world.siyu.database.reading() as session:
        channel = channels.by_key(session, shop.OA)
        assert channel is not None
    lines = ("openid,手机号,标签", f"{shop.OPENIDS['小雨']},13800000001,老客", "oNew,,老客")
    assert counts(taken(world, lines, channel_id=channel.id, makes_tags=True)) == (1, 1, 0, 0)
    owners = {one.external_id: one.member_id for one in world.rows(Identity)}
    with world.siyu.database.reading() as session:
        rain = session.get_one(Member, owners[shop.OPENIDS["小雨"]])
        assert members.phone_of(rain, world.siyu.vault) == "13800000001"
        assert {tag.name for tag in tags.of(session, owners["oNew"])} == {"老客"}


def test_rows_of_one_file_see_each_other(world: World) -> None:
    lines = ("手机号,昵称,标签", "13800000001,小雨,甲", "13800000001,,乙", "13800000001,,乙")
    assert counts(taken(world, lines)) == (1, 1, 1, 0)


def test_a_tag_that_there_is_not_is_refused_unless_it_may_be_made(world: World) -> None:
    assert counts(taken(world, LINES, makes_tags=False)) == (1, 0, 0, 1)
    assert counts(taken(world, LINES, makes_tags=True)) == (1, 0, 1, 0)


def test_tags_are_given_to_and_taken_from_members_we_know(world: World) -> None:
    taken(world, LINES)
    lines = ("手机,标签,去掉的标签", "13800000001,老客,新客", "13900000000,老客,")
    done = taken(world, lines, "member_tags", makes_tags=True)
    assert counts(done) == (0, 1, 0, 1)
    with world.siyu.database.reading() as session:
        held = {tag.name for tag in tags.of(session, named(world, "小雨").id)}
    assert held == {"油性发质", "老客"}


def test_a_killed_worker_leaves_the_rest_to_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "members", replace(KINDS["members"], at_once=2))
    lines = ("手机号", *(f"1380000{number:04}" for number in range(7)))
    import_id = brought(world, lines)
    with world.siyu.database.writing() as session:
        mapping = {"phone": 0}
        imports.want(session, import_id, mapping, asdict(Options()), in_earnest=True, now=world.now)
    with Session(world.siyu.database.engine) as session:
        going_through.go_on(session, import_id, world.siyu.programme, world.now)
        session.rollback()  # as the database does when it loses us
    assert world.rows(Member) == []
    worker.go_through_imports(world.siyu)
    assert len(world.rows(Member)) == 7
    assert all(row.sealed is None for row in lines_kept(world))


def test_a_row_that_nobody_foresaw_holds_up_neither_the_rest_nor_other_imports(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = KINDS["members"]

    def stumbling(session: Session, rows: Any, *how: Any) -> Any:
        for row in rows:
            yield from usual.take(session, [row], *how)
            if row.told.get("nickname") == "小雨":
                raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setitem(KINDS, "members", replace(usual, take=stumbling))
    done = taken(world, LINES)
    assert counts(done) == (1, 0, 0, 1)
    ((number, told),) = problems(world, done)
    assert number == 2
    assert "could not be dealt with" in told
    assert [member.nickname for member in world.rows(Member)] == ["阿诚"]
    assert counts(taken(world, ("手机号,昵称", "13800000009,小李"))) == (1, 0, 0, 0)


def test_two_files_at_once_make_one_member_of_one_number(world: World) -> None:
    lines = ("手机号,昵称", *(f"1380000{number:04},某{number}" for number in range(40)))
    ids, started = [brought(world, lines), brought(world, lines)], Barrier(2)
    for import_id in ids:
        with world.siyu.database.writing() as session:
            mapping, told = {"phone": 0, "nickname": 1}, asdict(Options())
            imports.want(session, import_id, mapping, told, in_earnest=True, now=world.now)

    def go(import_id: int) -> None:
        started.wait()
        has_more = True
        while has_more:
            with world.siyu.database.writing() as session:
                has_more = going_through.go_on(session, import_id, world.siyu.programme, world.now)

    threads = [Thread(target=go, args=(import_id,)) for import_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.rows(Member)) == 40
    done = [one for one in world.rows(Import) if one.id in ids]
    assert sum(one.added for one in done) == 40
    assert sum(one.refused for one in done) == 0


def test_cancelled_what_is_done_stays_and_nothing_else_is_kept(world: World) -> None:
    import_id = brought(world, LINES)
    with world.siyu.database.writing() as session:
        imports.cancel(session, import_id, world.now)
        imports.cancel(session, import_id, world.now)
    assert worker.go_through_imports(world.siyu) == 0
    assert all(row.sealed is None for row in lines_kept(world))
    with world.siyu.database.writing() as session, pytest.raises(imports.Done):
        imports.want(session, import_id, {}, {}, in_earnest=True, now=world.now)


def test_no_number_of_a_file_lies_open_in_the_database(world: World) -> None:
    brought(world, LINES)
    kept = b"".join(row.sealed or b"" for row in lines_kept(world))
    assert b"13800000002" not in kept
    assert "小雨".encode() not in kept


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("_")}
