"""Redemption windows in a form: a few rows of plain fields, of which empty ones are left out; and
windows in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.console.fields.mistakes import Mistaken
from app.console.frame import console
from app.domain.loyalty.spending.windows import DAY_END, MONTH_END, BadWindow, Window

ROWS = 3
_NAMES = ("months", "weekdays", "from_day", "from_clock", "to_day", "to_clock", "opens", "closes")
_CLOCK = _l("写成 09:30，最晚 24:00。")
_WRONG: Mapping[str, object] = {
    "months": _l("写 1 到 12，用空格分开。"),
    "weekdays": _l("写 1（周一）到 7，用空格分开。"),
    "from_day": _l("写 1 到 31。"),
    "to_day": _l("写 1 到 31，并且不早于开始。"),
    "from_clock": _CLOCK,
    "to_clock": _CLOCK,
    "opens": _CLOCK,
    "closes": _l("写成 21:00，并且和开始不同。"),
}


def read(sent: Mapping[str, str]) -> list[dict[str, Any]]:
    """As ``Window.as_json`` has them. Raises Mistaken."""
    wrong: dict[str, str] = {}
    windows = []
    for at in range(ROWS):
        row = {name: sent.get(f"w{at}-{name}", "").strip() for name in _NAMES}
        if not any(row.values()):
            continue
        try:
            windows.append(_window(row).as_json())
        except BadWindow as bad:
            wrong[f"w{at}-{bad}"] = str(_WRONG[str(bad)])
    if wrong:
        raise Mistaken(wrong)
    return windows


def rows_of(kept: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What stands in the fields: what was sent just now, else the windows that are kept."""
    if request.method == "POST":
        sent = request.form
        return [{name: sent.get(f"w{row}-{name}", "") for name in _NAMES} for row in range(ROWS)]
    return _rows(kept)


def _rows(windows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    written = [{name: _text(one[name]) for name in _NAMES} for one in windows]
    return (written + [dict.fromkeys(_NAMES, "")] * ROWS)[:ROWS]


@console.app_template_filter()
def windows_in_words(windows: Sequence[Mapping[str, Any]]) -> str:
    return "；".join(_in_words(Window.of(dict(one))) for one in windows)


def _window(row: Mapping[str, str]) -> Window:
    usual = Window()
    window = Window(
        months=_numbers(row["months"], "months"),
        from_day=_number(row["from_day"], usual.from_day, "from_day"),
        from_clock=row["from_clock"] or usual.from_clock,
        to_day=_number(row["to_day"], usual.to_day, "to_day"),
        to_clock=row["to_clock"] or usual.to_clock,
        weekdays=_numbers(row["weekdays"], "weekdays"),
        opens=row["opens"] or usual.opens,
        closes=row["closes"] or usual.closes,
    )
    window.check()
    return window


def _numbers(text: str, name: str) -> tuple[int, ...]:
    parts = text.replace("、", " ").replace(",", " ").replace("，", " ").split()
    return tuple(sorted({_number(part, 0, name) for part in parts}))


def _number(text: str, usual: int, name: str) -> int:
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise BadWindow(name)
    return int(text)


def _text(value: Any) -> str:
    return " ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _in_words(window: Window) -> str:
    months = "、".join(str(month) for month in window.months)
    parts = [_("%(months)s 月", months=months) if months else ""]
    if (window.from_day, window.from_clock, window.to_day, window.to_clock) != _WHOLE_MONTH:
        begins = _("%(day)s 日 %(clock)s", day=window.from_day, clock=window.from_clock)
        ends = _("%(day)s 日 %(clock)s", day=window.to_day, clock=window.to_clock)
        if (window.to_day, window.to_clock) == (MONTH_END, DAY_END):
            parts.append(_("每月 %(begins)s 至月底", begins=begins))
        else:
            parts.append(_("每月 %(begins)s 至 %(ends)s", begins=begins, ends=ends))
    if window.weekdays:
        days = "、".join(str(day) for day in window.weekdays)
        parts.append(_("周 %(days)s", days=days))
    if (window.opens, window.closes) != ("00:00", DAY_END):
        parts.append(f"{window.opens}–{window.closes}")
    return " ".join(part for part in parts if part) or _("总是开放")


_WHOLE_MONTH = (1, "00:00", MONTH_END, DAY_END)
