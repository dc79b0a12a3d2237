"""The menu beside every page. A page of the console has its place here: one line, in its group."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class Entry:
    """A line of the menu, and the pages that belong to it: those below the address of its
    ``endpoint``, and below each of ``also``, a first word of an address after ``/console/``."""

    endpoint: str
    label: LazyString
    also: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return url_for(f"console.{self.endpoint}")


@dataclass(frozen=True)
class Group:
    """Entries under one heading; ``icon`` is one of ``_macros.html``."""

    icon: str
    label: LazyString
    entries: tuple[Entry, ...]


FIRST = (Entry("front", _l("概览")), Entry("todos", _l("待办")))
GROUPS = (
    Group(
        "people",
        _l("会员与人群"),
        (
            Entry("members", _l("会员"), also=("twins", "identities", "why")),
            Entry("segments", _l("人群"), also=("segment-snapshots",)),
            Entry("imports", _l("导入")),
        ),
    ),
    Group(
        "automation",
        _l("自动化"),
        (
            Entry("rules", _l("关键词规则")),
            Entry("plans", _l("计划")),
        ),
    ),
    Group(
        "content",
        _l("内容"),
        (
            Entry("materials", _l("素材库")),
            Entry("media_files", _l("素材文件")),
            Entry("radar_links", _l("雷达链接"), also=("articles",)),
            Entry("forms", _l("表单")),
            Entry("quizzes", _l("问答")),
        ),
    ),
    Group(
        "sending",
        _l("群发与触达"),
        (
            Entry("broadcasts", _l("群发")),
            Entry("mass_messages", _l("公众号群发")),
            Entry("staff_messages", _l("企业群发")),
            Entry("moments", _l("客户朋友圈")),
            Entry("message_templates", _l("模板")),
            Entry("manners", _l("打扰规则")),
        ),
    ),
    Group(
        "loyalty",
        _l("忠诚度"),
        (
            Entry("earning", _l("积分规则")),
            Entry("tiers_page", _l("等级与权益")),
            Entry("cards", _l("付费会员")),
            Entry("coupons", _l("优惠券")),
            Entry("rewards", _l("兑换品"), also=("redemptions",)),
            Entry("lotteries", _l("抽奖"), also=("blind-boxes",)),
            Entry("cash_points", _l("积分抵现")),
            Entry("item_codes", _l("一物一码")),
            Entry("referrals", _l("推荐")),
            Entry("orders", _l("订单")),
            Entry("ledger", _l("积分账本")),
            Entry("point_liability", _l("积分负债")),
            Entry("corrections", _l("积分调整")),
        ),
    ),
    Group(
        "channels",
        _l("渠道与社群"),
        (
            Entry("channels", _l("渠道账号")),
            Entry("live_codes", _l("渠道活码")),
            Entry("groups", _l("社群")),
            Entry("wecom", _l("成员与客户群")),
            Entry("group_welcomes", _l("入群欢迎语")),
            Entry("mirrored_tags", _l("标签同步")),
        ),
    ),
    Group(
        "figures",
        _l("经营"),
        (
            Entry("member_figures", _l("会员指标")),
            Entry("products", _l("商品")),
        ),
    ),
    Group(
        "running",
        _l("运行"),
        (
            Entry("pipeline", _l("消息管道")),
            Entry("limits", _l("平台限制")),
            Entry("operators", _l("运营人员")),
            Entry("partner_keys", _l("合作方接口")),
            Entry("audit", _l("操作记录")),
        ),
    ),
)


def entries() -> Iterator[Entry]:
    yield from FIRST
    for group in GROUPS:
        yield from group.entries


def here() -> Entry | None:
    """The entry that the page being shown belongs to: the one whose address is nearest to it."""
    near = [(len(at), entry) for entry in entries() for at in _addresses(entry) if _below(at)]
    return max(near, key=lambda pair: pair[0])[1] if near else None


def _addresses(entry: Entry) -> Iterator[str]:
    yield entry.address
    yield from (url_for("console.front") + word for word in entry.also)


def _below(address: str) -> bool:
    return request.path == address or request.path.startswith(f"{address}/")
