"""The prizes of a lottery in its form: a row of plain inputs for each, ``p{row}-{name}``, and one
radio button, ``consolation``, that says which of them is given when another has run out."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, Overflow
from typing import Any

from flask import request
from flask_babel import gettext as _

from app.console.fields.mistakes import Mistaken
from app.console.fields.written import whole
from app.domain.loyalty.spending.odds import WHOLE_PPM
from app.domain.loyalty.spending.prizes import Offered, Prize

ROWS, NAME_MAX, NUMBER_MAX = 8, 60, 1_000_000_000
PPM_A_PERCENT = 10_000
_NAMES = ("name", "percent", "stock", "points", "reward")


@dataclass(frozen=True, slots=True)
class _Row:
    at: int
    written: Mapping[str, str]
    is_consolation: bool

    def number(self, name: str) -> int | str | None:
        """What is no number stays as it is written."""
        return whole(self.written[name]) if self.written[name] else None

    def ppm(self) -> int | None:
        """Of a million draws; None for what is no such number."""
        try:
            ppm = Decimal(self.written["percent"]) * PPM_A_PERCENT
        except (InvalidOperation, Overflow):
            return None
        is_whole = ppm.is_finite() and 0 < ppm <= WHOLE_PPM and ppm == ppm.to_integral_value()
        return int(ppm) if is_whole else None


def read(
    sent: Mapping[str, str], reward_ids: Collection[int], own_boxes: Collection[int] = ()
) -> list[Offered]:
    """The rows in which anything is written; a prize is one of ``reward_ids``, and none that would
    draw this lottery again. Raises Mistaken."""
    rows = [row for row in _rows(sent) if any(row.written.values())]
    wrong = {f"p{row.at}-{name}": said for row in rows for name, said in _wrong(row, reward_ids)}
    for row in rows:
        if row.number("reward") in own_boxes:
            said = _("这个盲盒抽的是这个抽奖本身，或绕一圈又回到它，不能作它的奖品。")
            wrong[f"p{row.at}-reward"] = said
    if not wrong:
        wrong = dict(_wrong_together(rows))
    if wrong:
        raise Mistaken(wrong)
    return [_offered(row) for row in rows]


def rows_of(kept: Sequence[Prize]) -> list[dict[str, Any]]:
    """What stands in the fields: what was sent just now, else the prizes that are kept."""
    if request.method == "POST":
        return [
            dict(row.written) | {"consolation": row.is_consolation} for row in _rows(request.form)
        ]
    empty = dict.fromkeys(_NAMES, "") | {"consolation": False}
    return ([_shown(one) for one in kept] + [empty] * ROWS)[:ROWS]


def _rows(sent: Mapping[str, str]) -> Iterator[_Row]:
    consolation = sent.get("consolation", "")
    for at in range(ROWS):
        written = {name: sent.get(f"p{at}-{name}", "").strip() for name in _NAMES}
        yield _Row(at, written, is_consolation=consolation == str(at))


def _wrong(row: _Row, reward_ids: Collection[int]) -> Iterator[tuple[str, str]]:
    """By the name of the field."""
    name = row.written["name"]
    if not 0 < len(name) <= NAME_MAX:
        yield "name", _("名称要有 1 到 %(most)s 个字。", most=NAME_MAX)
    if row.ppm() is None:
        yield "percent", _("要大于 0，不超过 100，最多四位小数。")
    for number in ("stock", "points"):
        if not _is_amount(row.number(number)):
            yield number, _("要是 0 到 %(most)s 的整数。", most=NUMBER_MAX)
    if row.is_consolation and row.written["stock"]:
        yield "stock", _("安慰奖不限库存，这里要空着。")
    if row.number("reward") not in (None, *reward_ids):
        yield "reward", _("没有这个兑换品，或已经下架。")
    elif row.number("points") and row.number("reward"):
        yield "reward", _("积分和兑换品只能填一样。")


def _wrong_together(rows: Sequence[_Row]) -> Iterator[tuple[str, str]]:
    """What no row is wrong by itself, by the name of what they have in common."""
    in_all = sum(row.ppm() or 0 for row in rows)
    if in_all != WHOLE_PPM:
        percent = f"{Decimal(in_all) / PPM_A_PERCENT:f}"
        yield "odds", _("概率加起来是 %(percent)s%%，要正好是百分之百。", percent=percent)
    if not any(row.is_consolation for row in rows):
        yield "consolation", _("请选一个奖品作安慰奖。")


def _is_amount(number: int | str | None) -> bool:
    return number is None or (isinstance(number, int) and number <= NUMBER_MAX)


def _offered(row: _Row) -> Offered:
    stock, points, reward_id = (
        number if isinstance(number := row.number(name), int) else None
        for name in ("stock", "points", "reward")
    )
    name, ppm = row.written["name"], row.ppm() or 0
    return Offered(name, ppm, stock, points or 0, reward_id, row.is_consolation)


def _shown(prize: Prize) -> dict[str, Any]:
    return {
        "name": prize.name,
        "percent": f"{Decimal(prize.odds_ppm) / PPM_A_PERCENT:f}",
        "stock": "" if prize.stock is None else str(prize.stock),
        "points": str(prize.points or ""),
        "reward": str(prize.reward_id or ""),
        "consolation": prize.is_consolation,
    }
