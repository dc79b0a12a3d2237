"""What the figures say of all members: stages, RFM, clusters, value; by which rules; and the tags
that go by them."""

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _

from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.console.saying import figure_words
from app.domain.insight import figure_rules, figure_tags, figurings, tags
from app.domain.insight.figure_changes import CLUSTER, FIGURES, SEGMENT, STAGE
from app.domain.insight.figure_rules import BadFigureRules
from app.domain.people import operators

NAME_MAX = 40
FEN = 100
STEPS = range(5, 0, -1)
HEATS = ((0.10, "heat-4"), (0.05, "heat-3"), (0.02, "heat-2"), (0.0, "heat-1"))


@console.get("/figures")
def member_figures() -> Answer:
    with siyu().database.reading() as session:
        figuring = figurings.newest(session)
        summary = figuring.summary if figuring else {}
        mapped = {(one.figure, one.value): one.tag_id for one in figure_tags.all_of(session)}
        named = {tag.id: tag.name for tag in tags.all_of(session)}
        return page(
            "people/member_figures.html",
            figuring=figuring,
            summary=summary,
            at_work=figurings.is_at_work(session, siyu().clock()),
            matrix=_matrix(summary.get("matrix", [])),
            steps=STEPS,
            charts=_charts(summary),
            values=_values(summary),
            names=figure_words.NAMES,
            tag_of={key: named.get(tag_id or 0, "") for key, tag_id in mapped.items()},
            all_tags=sorted(named.values()),
            rules=_as_fields(figure_rules.written(session)),
        )


@console.post("/figures/tags")
def map_figure_tags() -> Answer:
    """Which tag each stage, class and cluster gives: fields ``stage.new`` and so on."""
    wanted = {
        (figure, value): written.strip()
        for field, written in request.form.items()
        for figure, _dot, value in [field.partition(".")]
        if figure in FIGURES
    }
    if any(len(name) > NAME_MAX for name in wanted.values()):
        abort(400)
    now = siyu().clock()
    with siyu().database.writing() as session:
        for (figure, value), name in wanted.items():
            figure_tags.map_to(session, figure, value, name, now)
        given = {f"{figure}.{value}": name for (figure, value), name in wanted.items() if name}
        operators.record(session, operator_id(), "figure.tags", "figures", given, now)
    flash(_("已保存。之后的变化立即打标签，已在其中的会员今晚打上。"))
    return go("member_figures")


@console.post("/figures/rules")
def change_figure_rules() -> Answer:
    now = siyu().clock()
    try:
        definition = _definition(request.form)
        with siyu().database.writing() as session:
            figure_rules.change(session, definition, operator_id(), now)
            operators.record(session, operator_id(), "figure.rules", "figures", definition, now)
    except BadFigureRules as wrong:
        flash(_("这一项写得不对：%(field)s", field=_field_in_words(str(wrong))), "danger")
    else:
        flash(_("已保存：下一笔订单和今晚的计算按新规则。"))
    return go("member_figures")


def _definition(form: Mapping[str, str]) -> dict[str, Any]:
    """Raises BadFigureRules."""
    definition = {
        "recency_days": _numbers(form, "recency_days", int),
        "orders": _numbers(form, "orders", int),
        "spent_fen": [round(yuan * FEN) for yuan in _numbers(form, "spent_fen", float)],
        "patience": _numbers(form, "patience", float),
        "rhythm_days": _number(form, "rhythm_days"),
        "clusters": _number(form, "clusters") if form.get("clusters", "").strip() else None,
        "margin_percent": _number(form, "margin_percent"),
    }
    figure_rules.check(definition)
    return definition


def _numbers(form: Mapping[str, str], name: str, kind: Any) -> list[Any]:
    try:
        return [kind(part) for part in form.get(name, "").replace("，", ",").split(",")]
    except ValueError:
        raise BadFigureRules(name) from None


def _number(form: Mapping[str, str], name: str) -> int:
    numbers: list[int] = _numbers(form, name, int)
    if len(numbers) != 1:
        raise BadFigureRules(name)
    return numbers[0]


def _as_fields(written: Mapping[str, Any]) -> dict[str, str]:
    """As the form shows it; amounts in yuan."""
    yuan = [fen / FEN for fen in written["spent_fen"]]
    lists = {**written, "spent_fen": yuan}
    fields = {
        name: ", ".join(f"{value:g}" for value in values)
        for name, values in lists.items()
        if isinstance(values, list)
    }
    single = ("rhythm_days", "clusters", "margin_percent")
    return fields | {name: str(written[name] or "") for name in single}


def _field_in_words(name: str) -> str:
    words = {
        "recency_days": _("多少天以内（四档）"),
        "orders": _("多少笔起（四档）"),
        "spent_fen": _("多少元起（四档）"),
        "patience": _("活跃、沉默、流失中各到几个周期"),
        "rhythm_days": _("没有节奏时的周期（天）"),
        "clusters": _("聚成几类"),
        "margin_percent": _("毛利率（百分比）"),
    }
    return words.get(name, name)


def _matrix(rows: list[list[int]]) -> Mapping[tuple[int, int], tuple[int, int, str]]:
    """By (r, f): members, what they spent, and how much it stands out."""
    everybody = sum(many for _r, _f, many, _fen in rows) or 1
    return {(r, f): (many, fen, _heat(many / everybody)) for r, f, many, fen in rows}


def _heat(share: float) -> str:
    return next(name for least, name in HEATS if share >= least)


def _charts(summary: Mapping[str, Any]) -> dict[str, Any]:
    stages, hours, curve = (summary.get(name, {}) for name in ("stages", "hours", "curve"))
    members = _("会员")
    return {
        "stages": {
            "days": [str(words) for words in figure_words.STAGES.values()],
            "bars": [
                {"name": members, "values": [stages.get(it, 0) for it in figure_words.STAGES]}
            ],
        },
        "hours": {
            "days": list(range(24)),
            "bars": [{"name": members, "values": [hours.get(str(it), 0) for it in range(24)]}],
        },
        "curve": {
            "days": [f"{share:.0%}" for share, _value in curve],
            "lines": [
                {"name": _("累计价值占比"), "values": [round(it * 100, 1) for _s, it in curve]}
            ],
        },
    }


def _values(summary: Mapping[str, Any]) -> Mapping[str, list[str]]:
    """What each figure can be, for the mapping."""
    return {
        STAGE: list(figure_words.STAGES),
        SEGMENT: list(figure_words.SEGMENTS),
        CLUSTER: list(summary.get("clusters", {})),
    }
