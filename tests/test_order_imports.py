"""A shop's export is brought along: its rows become orders, whose they are is found, and the same
file twice changes nothing."""

import io
import random
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app import worker
from app.domain import imports
from app.domain.imports import Import, ImportRow
from app.domain.loyalty import orders
from app.domain.loyalty.earning import kinds, rules
from app.domain.loyalty.orders import Order, OrderLine, OrderRefund
from app.domain.people import members
from app.exports import commands as exports
from app.imports import commands, order_rows
from app.imports.fields import BadRow
from app.imports.kinds import KINDS
from app.imports.telling import Options
from app.inbox import InboxEvent
from app.spreadsheets import reading
from tests.world import World

TAOBAO = (
    "订单编号,买家会员名,买家应付货款,总金额,买家实际支付金额,订单状态,收货人姓名,联系电话,联系手机,"
    "订单创建时间,订单付款时间 ,宝贝标题,宝贝种类,宝贝总数量,退款金额",
    '="2039400012345678901",小**,268,268,268.00,交易成功,林小雨,null,"\'13800000001",'
    "2026-10-01 09:00:00,2026-10-01 09:01:02,控油洗发水 500ml,1,2,0",
    '="2039400012345678902",阿**,99,99,99.00,交易关闭,陈诚,null,138****0002,'
    "2026-10-02 09:00:00,2026-10-02 09:01:02,护发素,1,1,很多",
    '="2039400012345678903",阿**,99,99,99.00,等待买家付款,陈诚,null,138****0002,'
    "2026-10-02 09:00:00,,护发素,1,1,0",
)
JD = (
    "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,"
    "订单状态,订单类型,下单帐号,客户姓名,客户地址,联系电话,付款确认时间",
    "290000000001,100012,洗发水,2,在线支付,2026-10-01 08:00:00,59.9,149.7,149.7,0,149.70,完成,SOP,"
    "jd_1,林,杭州,13800000001,2026-10-01 08:01:00",
    "290000000001,100013,护发素,1,在线支付,2026-10-01 08:00:00,29.9,149.7,149.7,0,149.70,完成,SOP,"
    "jd_1,林,杭州,13800000001,2026-10-01 08:01:00",
)
DOUYIN = (
    "主订单编号,子订单编号,选购商品,商品规格,商品数量,商品ID,商家编码,商品单价,订单应付金额,运费,"
    "收件人,收件人手机号,订单提交时间,支付完成时间,订单状态,售后状态",
    "6920000000001\t,6920000000001\t,洗发水,500ml,1,34,SH-500,59.90,59.90,0,林,13800000001,"
    "2026-10-03 10:00:00,2026-10-03 10:00:30,已完成,-",
    "6920000000001\t,6920000000002\t,护发素,300ml,2,35,CO-300,20.00,40.00,0,林,13800000001,"
    "2026-10-03 10:00:00,2026-10-03 10:00:30,已完成,-",
)
YOUZAN = (
    "订单号,订单状态,订单类型,买家付款时间,商品种类数,全部商品名称,商品金额合计,订单实付金额,"
    "收货人/提货人,收货人手机号/提货人手机号,订单已退款金额",
    "E20261004000001,交易完成,普通订单,2026-10-04 12:00:00,2,洗发水;护发素,100.00,88.80,林,"
    "13800000001,8.80",
)
FILES = {"taobao": TAOBAO, "jd": JD, "douyin": DOUYIN, "youzan": YOUZAN}


def brought(world: World, lines: Sequence[str], *, trial: bool = False, **how: object) -> Import:
    """The import once workers have gone through it."""
    table = reading.table(io.BytesIO("\n".join(lines).encode("gb18030")))
    with world.siyu.database.writing() as session:
        begun = imports.add(
            session,
            kind="orders",
            file_name="orders.csv",
            heading=table.heading,
            rows=table.rows,
            operator_id=None,
            vault=world.siyu.vault,
            now=world.now,
        )
        shop = order_rows.shop_of(begun.heading)
        options = asdict(Options(**({"source": shop.key if shop else "shop"} | how)))  # type: ignore[arg-type]
        mapping = KINDS["orders"].guessed(begun.heading)
        session.flush()
        imports.want(session, begun.id, mapping, options, in_earnest=not trial, now=world.now)
    while worker.go_through_imports(world.siyu):
        pass
    with world.siyu.database.reading() as session:
        return session.get_one(Import, begun.id)


def counts(done: Import) -> tuple[int, int, int, int]:
    return done.added, done.changed, done.unchanged, done.refused


def problems(world: World) -> list[str]:
    with world.siyu.database.reading() as session:
        rows = session.query(ImportRow).order_by(ImportRow.import_id, ImportRow.number)
        return [row.problem[1] for row in rows if row.problem]


def rain(world: World) -> int:
    """小雨, whose number is in the exports."""
    world.event("小雨", "subscribe", EventKey="")
    world.work()
    with world.siyu.database.writing() as session:
        member = world.member(session, "小雨")
        members.keep_phone(member, "13800000001", world.siyu.vault)
        return member.id


def kept(world: World) -> dict[str, tuple[int, int, int | None]]:
    return {o.order_no: (o.amount_fen, o.refunded_fen, o.member_id) for o in world.rows(Order)}


@pytest.mark.parametrize(("shop", "lines"), FILES.items())
def test_an_export_is_known_by_its_headings(shop: str, lines: Sequence[str]) -> None:
    heading = lines[0].split(",")
    known = order_rows.shop_of(heading)
    assert known is not None
    assert known.key == shop
    told = {name: heading[at] for name, at in order_rows.guessed(heading).items()}
    assert known.headings.items() <= {n: t.strip() for n, t in told.items()}.items()


def test_orders_of_taobao_are_hers_whose_number_they_name(world: World) -> None:
    her = rain(world)
    assert counts(brought(world, TAOBAO)) == (1, 0, 0, 2)  # 很多 is no amount, and one is not paid
    assert kept(world) == {"2039400012345678901": (26_800, 0, her)}
    (order,) = world.rows(Order)
    assert order.source == "taobao"
    assert order.paid_at.astimezone(world.siyu.programme.zone).hour == 9
    (line,) = world.rows(OrderLine)
    assert (line.name, line.quantity, line.amount_fen) == ("控油洗发水 500ml", 2, 26_800)


def test_paid_and_closed_is_all_paid_back(world: World) -> None:
    closed = [line.replace(",很多", ",0") for line in TAOBAO]
    brought(world, closed)
    assert kept(world)["2039400012345678902"] == (9_900, 9_900, None)
    (refund,) = world.rows(OrderRefund)
    assert refund.amount_fen == 9_900


@pytest.mark.parametrize(
    ("lines", "whole", "pieces"),
    [
        (JD, (14_970, 0), [("100012", 2, 14_970), ("100013", 1, 0)]),
        (DOUYIN, (9_990, 0), [("SH-500", 1, 5_990), ("CO-300", 2, 4_000)]),
        (YOUZAN, (8_880, 880), [("洗发水;护发素", 1, 8_880)]),
    ],
    ids=["jd", "douyin", "youzan"],
)
def test_rows_of_an_order_become_one_with_its_lines(
    world: World,
    lines: Sequence[str],
    whole: tuple[int, int],
    pieces: list[tuple[str, int, int]],
) -> None:
    brought(world, lines)
    ((amount, refunded, _),) = kept(world).values()
    assert (amount, refunded) == whole
    sold = [(line.sku, line.quantity, line.amount_fen) for line in world.rows(OrderLine)]
    assert sold == pieces


def test_the_same_file_twice_changes_nothing_and_a_later_one_brings_what_was_paid_back(
    world: World,
) -> None:
    rain(world)
    brought(world, YOUZAN)
    before = kept(world)
    assert counts(brought(world, YOUZAN)) == (0, 0, 1, 0)
    assert kept(world) == before
    more = [line.replace(",8.80", ",88.80") for line in YOUZAN]
    assert counts(brought(world, more)) == (0, 1, 0, 0)
    assert kept(world)["E20261004000001"][1] == 8_880
    assert [one.amount_fen for one in world.rows(OrderRefund)] == [880, 8_000]
    assert counts(brought(world, YOUZAN)) == (0, 0, 1, 0), "an older export takes nothing back"
    assert kept(world)["E20261004000001"][1] == 8_880


def test_marks_that_keep_a_spreadsheet_from_reckoning_are_no_part_of_any_cell(world: World) -> None:
    her = rain(world)
    cells = YOUZAN[1].split(",")
    for mark in ('="{}"', "'{}", "{}\t", '"\t{}"'):
        lines = [YOUZAN[0], ",".join(mark.format(cell) for cell in cells)]
        brought(world, lines)
        assert problems(world) == []
    assert kept(world) == {"E20261004000001": (8_880, 880, her)}
    (order,) = world.rows(Order)
    assert order.paid_at.astimezone(world.siyu.programme.zone).hour == 12


@pytest.mark.parametrize("nothing", ["无", "无退款申请", "-", "--", "null", '=""'])
def test_a_word_for_nothing_is_no_money_back(world: World, nothing: str) -> None:
    quiet = [line.replace(",8.80", f",{nothing}") for line in YOUZAN]
    assert counts(brought(world, quiet)) == (1, 0, 0, 0)
    assert kept(world)["E20261004000001"][1] == 0


def test_a_number_that_is_not_told_names_nobody(world: World) -> None:
    nameless = [line.replace("13800000001", "null") for line in YOUZAN]
    assert counts(brought(world, nameless)) == (1, 0, 0, 0)
    assert kept(world)["E20261004000001"] == (8_880, 880, None)


def test_a_piece_that_was_closed_is_paid_back_and_the_others_are_not(world: World) -> None:
    """Of an order of two pieces, which a row each tells."""
    brought(world, DOUYIN)
    first, closed, other = DOUYIN[0], DOUYIN[1].replace("已完成", "已关闭"), DOUYIN[2]
    assert counts(brought(world, [first, closed, other])) == (0, 2, 0, 0)
    assert kept(world)["6920000000001"][:2] == (9_990, 5_990)
    brought(world, [first, closed, other.replace("已完成", "已关闭")])
    assert kept(world)["6920000000001"][:2] == (9_990, 9_990)


def test_another_amount_for_a_known_order_is_refused(world: World) -> None:
    brought(world, YOUZAN)
    other = [line.replace(",88.80,", ",99.90,") for line in YOUZAN]
    assert counts(brought(world, other)) == (0, 0, 0, 1)
    assert problems(world) == ["it was 88.80, not 99.90"]


def test_an_order_of_nobody_is_hers_when_a_later_file_names_her(world: World) -> None:
    nameless = [line.replace("13800000001", "138****0001") for line in YOUZAN]
    brought(world, nameless)
    assert kept(world)["E20261004000001"][2] is None
    her = rain(world)
    assert counts(brought(world, YOUZAN)) == (0, 1, 0, 0)
    assert kept(world)["E20261004000001"][2] == her


def test_a_trial_says_what_would_become_of_each_row_and_keeps_nothing(world: World) -> None:
    rain(world)
    assert counts(brought(world, TAOBAO, trial=True)) == (1, 0, 0, 2)
    assert world.rows(Order) == []
    assert world.rows(InboxEvent, InboxEvent.kind == "order_imported") == []


def test_an_order_is_told_of_once_where_it_earns(world: World) -> None:
    rain(world)
    brought(world, YOUZAN, earns=False)
    assert world.rows(InboxEvent, InboxEvent.kind == "order_imported") == []
    brought(world, JD)
    brought(world, JD)
    (event,) = world.rows(InboxEvent, InboxEvent.kind == "order_imported")
    assert event.fields == {"source": "jd", "order_no": "290000000001"}


def test_orders_that_lie_across_slices_stay_whole(world: World, monkeypatch: Any) -> None:
    monkeypatch.setitem(KINDS, "orders", replace(KINDS["orders"], at_once=7))
    dice, lines = random.Random(7), [DOUYIN[0]]
    meant: dict[str, int] = {}
    for number in range(60):
        for piece in range(dice.randint(1, 5)):
            fen = dice.randint(1, 9_999)
            meant[f"D{number}"] = meant.get(f"D{number}", 0) + fen
            lines.append(
                f"D{number},{number}-{piece},洗发水,,1,34,S{piece},1,{fen / 100:.2f},0,林,,"
                "2026-10-03 10:00:00,2026-10-03 10:00:30,已完成,-"
            )
    done = brought(world, lines)
    assert counts(done) == (len(lines) - 1, 0, 0, 0)
    assert {number: amount for number, (amount, _, _) in kept(world).items()} == meant
    assert len(world.rows(OrderLine)) == len(lines) - 1


@pytest.mark.parametrize(
    ("written", "fen"),
    [("268", 26_800), ("¥1,234.50", 123_450), ("￥ 0.10元", 10), ("0", 0), ("12.300", 1_230)],
)
def test_amounts_are_read_as_shops_write_them(written: str, fen: int) -> None:
    assert order_rows.amount(written) == fen


@pytest.mark.parametrize("written", ["", "-1", "1.234", "abc", "1e5", "99999999999", "１２"])
def test_what_is_no_amount_is_refused(written: str) -> None:
    with pytest.raises(BadRow):
        order_rows.amount(written)


def test_a_number_that_a_spreadsheet_has_spoilt_is_refused_with_the_reason(world: World) -> None:
    spoilt = [line.replace("E20261004000001", "2.03940E+18") for line in YOUZAN]
    assert counts(brought(world, spoilt)) == (0, 0, 0, 1)
    (why,) = problems(world)
    assert "power of ten" in why


def test_the_command_takes_an_export_and_writes_one_that_can_be_taken_again(
    world: World, tmp_path: Path
) -> None:
    rain(world)
    source, written = tmp_path / "抖店.csv", tmp_path / "orders.csv"
    source.write_text("\n".join(DOUYIN), encoding="gb18030")
    taking, writing = commands.importing(world.siyu), exports.exporting(world.siyu)
    told = CliRunner().invoke(taking, ["orders", str(source)])
    assert told.exit_code == 0, told.output
    assert "added      2" in told.output
    told = CliRunner().invoke(writing, ["orders", str(written)])
    assert told.exit_code == 0, told.output
    again = CliRunner().invoke(taking, ["orders", str(written)])
    assert "same   2" in again.output, again.output
    assert len(world.rows(Order)) == 1
    with world.siyu.database.reading() as session:
        (order,) = orders.newest(session, None, 10)
    assert order.source == "douyin"


def test_an_imported_order_earns_as_one_that_was_posted_and_money_back_takes_it_back(
    world: World,
) -> None:
    rain(world)
    with world.siyu.database.writing() as session:
        whose = {"written": {}, "operator_id": None, "now": world.now}
        rules.add(session, key="order", kind=kinds.ORDER, points=1, **whose)
    before = world.balance("小雨").points
    brought(world, TAOBAO)
    world.work()
    earned = world.balance("小雨").points - before
    assert earned > 0
    brought(world, [line.replace(",0", ",268.00") for line in TAOBAO[:2]])
    world.work()
    assert world.balance("小雨").points == before
