"""What a row of a shop's export tells of an order, and how the exports of Taobao, JD, Douyin and
Youzan are known by their headings.

A row is an order, or a line of one: rows of the same order stand below each other. Amounts are in
yuan, as the shops write them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from app.domain.loyalty.orders import Buyer
from app.imports import fields, telling
from app.imports.fields import BadRow, Field, Row
from app.imports.telling import Options
from app.programme import Programme

FIELDS = (
    Field("order_no", "订单号", "order number", ("订单编号", "主订单编号", "主订单号", "交易号")),
    Field("source", "店铺", "shop", ("来源", "平台", "source")),
    Field(
        *("paid_at", "付款时间", "paid at"),
        ("订单付款时间", "买家付款时间", "支付完成时间", "付款确认时间", "支付时间"),
    ),
    Field(
        *("amount", "实付金额", "amount paid"),
        ("买家实际支付金额", "订单实付金额", "买家实付金额", "实收金额", "应付金额", "amount"),
    ),
    Field("refunded", "退款金额", "amount refunded", ("已退款金额", "订单已退款金额", "refund")),
    Field("state", "订单状态", "state", ("交易状态", "状态")),
    Field(
        *("phone", "手机号", "phone"),
        ("联系手机", "收货人手机号", "收件人手机号", "收货人手机号/提货人手机号", "买家手机号"),
    ),
    Field("unionid", "unionid", "unionid", ("union_id",)),
    Field("openid", "openid", "openid", ("open_id",)),
    Field("member_id", "会员编号", "member id", ("会员id",)),
    Field("sku", "货号", "sku", ("商家编码", "商品编码", "规格编码", "商品规格编码", "商品id")),
    Field("product", "商品名称", "product", ("宝贝标题", "选购商品", "全部商品名称", "商品")),
    Field("quantity", "数量", "quantity", ("宝贝总数量", "商品数量", "订购数量", "件数")),
    Field("line_amount", "这件商品的金额", "amount of the line", ("商品实付金额", "商品小计")),
)
AMOUNT_MAX_FEN = 2**31 - 1
_AMOUNT = re.compile(r"[¥￥\s]*([0-9,]+(?:\.[0-9]+)?)\s*(?:元|CNY)?")
_AS_TEXT = re.compile(r'^[\'\t]?=?"?(.*?)"?\t?$', re.DOTALL)  # how exports keep long numbers whole
_NUMBER = re.compile(r"[!-~]{1,64}")
_POWER_OF_TEN = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_SOURCE = re.compile(r"[\w.\-]{1,32}")
_SILENT = {"", "-", "--", "/", "无", "null"}  # for a cell that tells nothing
_NONE_BACK = re.compile(r"[无未没]\D*")
_CLOSED, _UNPAID = ("关闭", "取消", "退款成功"), ("待付款", "未付款", "等待买家付款", "待支付")


@dataclass(frozen=True, slots=True)
class Shop:
    """Whose export it is. ``headings`` are the shop's own words for fields."""

    key: str
    zh: str
    en: str
    headings: Mapping[str, str]


SHOPS = (
    Shop(
        *("taobao", "淘宝、天猫", "Taobao, Tmall"),
        {
            "order_no": "订单编号",
            "amount": "买家实际支付金额",
            "paid_at": "订单付款时间",
            "phone": "联系手机",
            "product": "宝贝标题",
            "quantity": "宝贝总数量",
            "state": "订单状态",
            "refunded": "退款金额",
        },
    ),
    Shop(
        *("jd", "京东", "JD"),
        {
            "order_no": "订单号",
            "amount": "应付金额",
            "paid_at": "付款确认时间",
            "phone": "联系电话",
            "sku": "商品ID",
            "product": "商品名称",
            "quantity": "订购数量",
            "state": "订单状态",
        },
    ),
    Shop(
        *("douyin", "抖音", "Douyin"),
        {
            "order_no": "主订单编号",
            "line_amount": "订单应付金额",  # a row is one piece of the order, with its own amount
            "paid_at": "支付完成时间",
            "phone": "收件人手机号",
            "sku": "商家编码",
            "product": "选购商品",
            "quantity": "商品数量",
            "state": "订单状态",
        },
    ),
    Shop(
        *("youzan", "有赞", "Youzan"),
        {
            "order_no": "订单号",
            "amount": "订单实付金额",
            "paid_at": "买家付款时间",
            "phone": "收货人手机号/提货人手机号",
            "product": "全部商品名称",
            "state": "订单状态",
            "refunded": "订单已退款金额",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """What a row tells of a piece; ``amount_fen`` None where it does not say."""

    sku: str
    name: str
    quantity: int
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a row tells of an order; ``amount_fen`` None where it tells only of its own piece."""

    row: Row
    source: str
    order_no: str
    paid_at: datetime
    amount_fen: int | None
    refunded_fen: int
    is_closed: bool
    named: Buyer
    line: Line | None


def shop_of(heading: Sequence[str]) -> Shop | None:
    """Whose export this is, by most of its own headings; at least five of them."""
    known = {fields.plain(title) for title in heading}
    own = [(sum(fields.plain(word) in known for word in s.headings.values()), s) for s in SHOPS]
    count, shop = max(own, key=lambda pair: pair[0])
    return shop if count >= 5 else None


def guessed(heading: Sequence[str]) -> Mapping[str, int]:
    """Which column each field is in: by the shop's own words, then by the usual ones."""
    shop = shop_of(heading)
    columns = {fields.plain(title): at for at, title in reversed(list(enumerate(heading)))}
    own = {
        name: columns[fields.plain(word)]
        for name, word in (shop.headings.items() if shop else ())
        if fields.plain(word) in columns
    }
    taken, rest = set(own.values()), fields.guessed(FIELDS, heading)
    if "line_amount" in own:  # then no column is the amount of the whole
        rest = {name: at for name, at in rest.items() if name != "amount"}
    return {name: at for name, at in rest.items() if at not in taken} | own


def of(row: Row, options: Options, programme: Programme, now: datetime) -> Told:
    """Raises BadRow."""
    cells = {name: as_text(cell) for name, cell in row.told.items()}
    row = replace(row, told={name: cell for name, cell in cells.items() if cell not in _SILENT})
    if "order_no" not in row.told:
        raise BadRow("没有订单号", "there is no order number")
    source = fields.told(row, "source", _source) or options.source
    if not source:
        raise BadRow("没有说是哪个店铺的订单", "which shop is the order of?")
    order_no = _code(row.told["order_no"])
    state = row.told.get("state", "")
    if "paid_at" not in row.told or any(word in state for word in _UNPAID):
        raise BadRow(f"没有付款，不导入：{state}", f"not paid, so it is left out: {state}")
    paid_at = fields.moment(row.told["paid_at"], programme.zone)
    if paid_at > now:
        raise BadRow("付款时间在将来", "it was paid in the future")
    amount_fen, line = fields.told(row, "amount", amount), _line(row)
    if amount_fen is None and (line is None or line.amount_fen is None):
        raise BadRow("没有金额", "there is no amount")
    return Told(
        row,
        source,
        order_no,
        paid_at,
        amount_fen,
        fields.told(row, "refunded", _paid_back) or 0,
        any(word in state for word in _CLOSED),
        _named(row, options, programme),
        line,
    )


def amount(text: str) -> int:
    """Fen, of yuan as shops write them. Raises BadRow."""
    found = _AMOUNT.fullmatch(text.strip())
    try:
        fen = Decimal(found[1].replace(",", "")) * 100 if found else Decimal("NaN")
        if fen == fen.to_integral_value() and fen <= AMOUNT_MAX_FEN:
            return int(fen)
    except InvalidOperation:
        pass
    raise BadRow(f"金额不对：{text}", f"this is no amount: {text}")


def _paid_back(text: str) -> int:
    return 0 if _NONE_BACK.fullmatch(text) else amount(text)


def _line(row: Row) -> Line | None:
    if not {"sku", "product"} & row.told.keys():
        return None
    name = row.told.get("product", "")
    sku = row.told.get("sku", "") or name
    count = fields.told(row, "quantity", _count)
    own = fields.told(row, "line_amount", amount)
    return Line(sku[:64], (name or sku)[:200], 1 if count is None else count, own)


def _named(row: Row, options: Options, programme: Programme) -> Buyer:
    """Whom it names. A number that the shop has masked names nobody."""
    written = row.told.get("phone", "")
    phone = fields.phone(written) if written and "*" not in written else None
    if "openid" in row.told and options.channel_id is None:
        raise BadRow("没有说 openid 属于哪个渠道账号", "which account is the openid of?")
    openid = fields.told(row, "openid", telling.code)
    return Buyer(
        member_id=fields.told(row, "member_id", telling.number),
        unionid=fields.told(row, "unionid", telling.code),
        phone_index=programme.vault.blind_index(phone) if phone else None,
        channel_id=options.channel_id if openid else None,
        openid=openid,
    )


def as_text(cell: str) -> str:
    """A cell without the marks that keep spreadsheets from reckoning with it."""
    found = _AS_TEXT.match(cell.strip())
    return found[1].strip() if found else ""


def _code(code: str) -> str:
    if _POWER_OF_TEN.fullmatch(code):
        raise BadRow(
            f"订单号 {code} 被表格软件改成了科学计数法，请把这一列设为文本再导出",
            f"the order number {code} has become a power of ten: make its column text and save",
        )
    if not _NUMBER.fullmatch(code):
        raise BadRow(f"订单号不对：{code[:40]}", f"this is no order number: {code[:40]}")
    return code


def _source(text: str) -> str:
    for shop in SHOPS:
        if text in (shop.key, *shop.zh.split("、")):
            return shop.key
    if not _SOURCE.fullmatch(text):
        raise BadRow(f"店铺名不对：{text[:40]}", f"this is no shop's name: {text[:40]}")
    return text


def _count(text: str) -> int:
    try:
        count = Decimal(text.strip())
    except InvalidOperation:
        count = Decimal(-1)
    if not count.is_finite() or not 0 < count < 1_000_000 or count != count.to_integral_value():
        raise BadRow(f"数量不对：{text}", f"this is no count: {text}")
    return int(count)
