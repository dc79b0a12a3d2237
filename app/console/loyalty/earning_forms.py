"""The form of an earning rule: all that can be said of its terms, without code."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    SelectField,
    StringField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.console import languages
from app.console.fields.bounds import ManyField, NumberField, WholeField, in_our_days, whole_fen
from app.domain.loyalty.earning import kinds
from app.domain.loyalty.earning.terms import (
    ADDS,
    BEST_ONLY,
    DAYS_MAX,
    FACTOR_MAX,
    MEASURES,
    POINTS_MAX,
)
from app.domain.loyalty.earning.wordings import NAMES
from sop.reading import Problem

WEEKDAYS = (_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日"))
NAMES_MAX = 2000


def _many(most: int = POINTS_MAX, least: int = 1) -> list[Any]:
    return [Optional(), NumberRange(least, most)]


class RuleForm(FlaskForm):
    name = StringField(_l("名称"), [Length(max=40)], description=_l("空着就用它的种类"))
    points = WholeField(_l("积分"), [InputRequired(), NumberRange(0, POINTS_MAX)])
    each = NumberField(
        _l("每多少元得这些积分"), [Optional(), NumberRange(Decimal("0.01"), 10**8)], places=2
    )
    least = WholeField(_l("至少"), _many())
    window_days = WholeField(_l("付款后几天内可以领"), _many(DAYS_MAX))
    factor = WholeField(
        _l("倍数（百分数）"),
        [InputRequired(), NumberRange(101, FACTOR_MAX)],
        description=_l("200 是双倍，150 是一倍半"),
    )
    span = SelectField(
        _l("生日的哪段时间"),
        choices=[
            SelectChoice("day", _l("生日当天")),
            SelectChoice("week", _l("生日当周（周一起）")),
            SelectChoice("month", _l("生日当月")),
        ],
    )
    weekdays = ManyField(
        _l("每周哪几天"),
        choices=[SelectChoice(str(number), day) for number, day in enumerate(WEEKDAYS, 1)],
    )
    days = StringField(_l("每月哪几日"), description=_l("例如 8、18、28"))
    kinds = ManyField(_l("对哪些行为（不选就是全部）"))
    tiers = ManyField(_l("对哪些等级（不选就是全部）"))
    from_on = DateField(_l("从哪天起"), [Optional(), in_our_days])
    until_on = DateField(_l("到哪天止（含当天）"), [Optional(), in_our_days])
    min_yuan = NumberField(
        _l("订单满多少元才算"), [Optional(), NumberRange(0, 10**8), whole_fen], places=2
    )
    sources = StringField(_l("限哪些店铺"), [Length(max=NAMES_MAX)], description=_l("用顿号隔开"))
    channels = StringField(
        _l("限哪些渠道"), [Length(max=NAMES_MAX)], description=_l("渠道的标识，用顿号隔开")
    )
    skus = StringField(
        _l("限哪些商品"), [Length(max=NAMES_MAX)], description=_l("货号，用顿号隔开")
    )
    categories = StringField(_l("限哪些商品分类"), [Length(max=NAMES_MAX)])
    tags = StringField(_l("限有其中任一标签的会员"), [Length(max=NAMES_MAX)])
    segments = ManyField(
        _l("限在其中任一人群里的会员（不选就是全部）"),
        description=_l(
            "补报的订单：人群里的时间段从付款时往回算，其余按现在；要按当时，请用等级或标签"
        ),
    )
    stacks = SelectField(
        _l("和别的活动"),
        choices=[
            SelectChoice(ADDS, _l("叠加")),
            SelectChoice(BEST_ONLY, _l("只取最高的一个")),
        ],
    )
    cap_day = WholeField(_l("每天最多多少积分"), _many(10**9))
    cap_week = WholeField(_l("每周最多多少积分"), _many(10**9))
    cap_ever = WholeField(_l("累计最多多少积分"), _many(10**9))
    tier_factor = BooleanField(_l("按会员等级加倍"))
    pending_days = WholeField(
        _l("几天后才能用"), _many(DAYS_MAX, 0), description=_l("例如过了退货期")
    )
    expires_days = WholeField(_l("几天后过期"), _many(DAYS_MAX))
    expires_months = WholeField(_l("或者几个月后过期"), _many(120))
    expires_on = StringField(_l("或者在哪一天过期"), description=_l("例如 12-31"))
    expires_years = WholeField(
        _l("在那之后几年"), _many(10, 0), description=_l("0 是下一个这样的日子")
    )


_COMMON = ("from_on", "until_on", "cap_day", "cap_week", "cap_ever")
_OF_ACTS = (
    "tier_factor",
    "pending_days",
    "expires_days",
    "expires_months",
    "expires_on",
    "expires_years",
)
_MORE: Mapping[str, tuple[str, ...]] = {
    kinds.CLAIM: ("window_days",),
    kinds.ORDER: ("each", "min_yuan", "sources", "channels", "skus", "categories"),
    kinds.BIRTHDAY: ("span",),
    kinds.MEMBER_DAY: ("weekdays", "days"),
    kinds.CAMPAIGN: ("channels", "sources", "tags", "segments", "stacks"),
}
# Where a complaint about terms stands in the form.
_PLACES = {
    "from": "from_on",
    "until": "until_on",
    "each_fen": "each",
    "min_fen": "min_yuan",
    **dict.fromkeys(MEASURES.values(), "least"),
    **{f"caps.{period}": f"cap_{period}" for period in ("day", "week", "ever")},
    "expires.after_days": "expires_days",
    "expires.after_months": "expires_months",
    **{f"expires.{name}": f"expires_{name}" for name in ("on", "years")},
}


def shown(kind: str) -> tuple[str, ...]:
    """The fields of the form that a rule of this kind has."""
    if kind in kinds.BONUSES:
        return ("name", "factor", *_MORE[kind], "kinds", "tiers", *_COMMON)
    has_points = () if kind in kinds.WITH_OWN_POINTS else ("points",)
    least = ("least",) if kind in MEASURES else ()
    return ("name", *has_points, *least, *_MORE.get(kind, ()), *_COMMON, *_OF_ACTS)


def empty(kind: str, tiers: Mapping[str, str], segments: Mapping[str, str]) -> RuleForm:
    """The form for a rule of this kind; ``tiers`` and ``segments`` are keys and names."""
    form = RuleForm()
    acts = {one: languages.in_language(NAMES[one]) for one in kinds.ACTS}
    form.kinds.choices = [SelectChoice(one, name) for one, name in acts.items()]
    form.tiers.choices = [SelectChoice(key, name) for key, name in tiers.items()]
    form.segments.choices = [SelectChoice(key, name) for key, name in segments.items()]
    form.least.label.text = _least_in_words(kind)
    kept = {*shown(kind), "csrf_token"}
    for name in [field.name for field in form if field.name not in kept]:
        del form[name]
    return form


def points_of(form: RuleForm) -> int:
    """0 for what has points of its own, and for a factor."""
    return form.points.data if "points" in form else 0


def fill(form: RuleForm, kind: str, name: str, points: int, terms: Mapping[str, Any]) -> None:
    """Shows a rule as it is."""
    caps, expires = terms.get("caps", {}), terms.get("expires") or {}
    form.process(
        data={
            "name": name,
            "points": points,
            "each": _yuan(terms.get("each_fen", 100)),
            "min_yuan": _yuan(terms.get("min_fen", 0)),
            "least": terms.get(MEASURES.get(kind, ""), 1),
            "from_on": _date(terms.get("from")),
            "until_on": _date(terms.get("until")),
            "weekdays": [str(day) for day in terms.get("weekdays", ())],
            "days": "、".join(str(day) for day in _listed(terms, "days")),
            **{f"cap_{period}": most for period, most in caps.items()},
            "expires_days": expires.get("after_days"),
            "expires_months": expires.get("after_months"),
            "expires_on": expires.get("on", ""),
            "expires_years": expires.get("years"),
            **{name: "、".join(terms.get(name, ())) for name in _LISTS},
            **{name: terms[name] for name in _AS_THEY_ARE if name in terms},
        }
    )


def written(form: RuleForm, kind: str) -> dict[str, Any]:
    """The terms as the form has them, for ``terms.read`` to judge."""
    fields = set(shown(kind))
    found = {
        name: reading(form) for name, (field, reading) in _readings(kind).items() if field in fields
    }
    caps = {period: form[f"cap_{period}"].data for period in ("day", "week", "ever")}
    found["caps"] = {period: most for period, most in caps.items() if most is not None} or None
    if "expires_on" in fields and _text(form, "expires_on"):
        years = form.expires_years.data
        found["expires"] = {
            "on": _text(form, "expires_on"),
            "years": 1 if years is None else years,
        }
    for unit in ("days", "months"):
        if f"expires_{unit}" in fields and form[f"expires_{unit}"].data is not None:
            found["expires"] = {f"after_{unit}": form[f"expires_{unit}"].data}
    return {name: value for name, value in found.items() if value not in (None, [], "", False)}


def complain(form: RuleForm, problems: list[Problem], language: str) -> None:
    """Says what is wrong with terms at the fields they came from."""
    for problem in problems:
        path = problem.path.partition("[")[0]
        places = (_PLACES.get(path, path), path, "name")
        field = form[next(place for place in places if place in form)]
        field.errors = [*field.errors, problem.zh if language == "zh" else problem.en]


_LISTS = ("sources", "channels", "skus", "categories", "tags")
_AS_THEY_ARE = (
    *("factor", "span", "kinds", "tiers", "segments", "stacks", "window_days", "tier_factor"),
    "pending_days",
)


def _readings(kind: str) -> dict[str, tuple[str, Callable[[RuleForm], Any]]]:
    """Each of the terms: the field it comes from, and how it is read there."""
    lists = {name: (name, lambda form, name=name: _names(form[name].data)) for name in _LISTS}
    plain = {name: (name, lambda form, name=name: form[name].data) for name in _AS_THEY_ARE}
    return {
        **lists,
        **plain,
        "from": ("from_on", lambda form: _iso(form.from_on.data)),
        "until": ("until_on", lambda form: _iso(form.until_on.data)),
        "each_fen": ("each", lambda form: _fen(form.each.data)),
        "min_fen": ("min_yuan", lambda form: _fen(form.min_yuan.data) or None),
        "weekdays": ("weekdays", lambda form: [int(day) for day in form.weekdays.data]),
        "days": ("days", lambda form: [_number(day) for day in _names(form.days.data)]),
        MEASURES.get(kind, "least"): ("least", lambda form: form.least.data),
    }


def _least_in_words(kind: str) -> str:
    words = {
        kinds.STREAK: _("连续几天"),
        kinds.GROUP_CHAT: _("至少几个字"),
        kinds.LIVE: _("至少几分钟"),
    }
    return words.get(kind, _("至少"))


def _listed(terms: Mapping[str, Any], name: str) -> list[Any]:
    """A streak has as many ``days``, a member day has them in a list."""
    return terms[name] if isinstance(terms.get(name), list) else []


def _text(form: RuleForm, name: str) -> str:
    return (form[name].data or "").strip()


def _names(text: str | None) -> list[str]:
    parts = (text or "").replace("，", "、").replace(",", "、").split("、")
    return [part.strip() for part in parts if part.strip()]


def _number(text: str) -> int | str:
    """What is no number is complained of by the terms."""
    return int(text) if text.isdecimal() else text


def _fen(yuan: Decimal | None) -> int | None:
    return int((yuan * 100).to_integral_value()) if yuan is not None else None


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def _iso(on: Any) -> str | None:
    return on.isoformat() if on is not None else None


def _date(written_on: str | None) -> Any:
    return date.fromisoformat(written_on) if written_on else None
