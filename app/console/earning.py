"""What things are worth: points per rule, and the growth value at which each tier begins."""

from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console import causes
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.loyalty import earning as rules
from app.domain.loyalty import tiers
from app.domain.people import operators

POINTS_MAX = 1_000_000
GROWTH_MAX = 1_000_000_000
NAME_MAX = 20


@console.get("/earning")
def earning() -> Answer:
    with siyu().database.reading() as session:
        shown = rules.all_of(session)
        return page(
            "earning.html",
            rules=shown,
            named=causes.name_all(session, {rule.key for rule in shown}),
            tiers=tiers.all_of(session),
        )


@console.post("/earning/<key>")
def change_earning(key: str) -> Answer:
    points = request.form.get("points", type=int)
    if points is None or not 0 <= points <= POINTS_MAX:
        flash(_("积分要是 0 到 1000000 的整数。"), "danger")
        return go("earning")
    with siyu().database.writing() as session:
        if key not in {rule.key for rule in rules.all_of(session)}:
            abort(404)
        changed = rules.change(session, key, points)
        details = {"points": points, "version": changed.version}
        _record(session, "earning.change", f"earning:{key}", details)
    flash(_("已保存，从现在起生效。"))
    return go("earning")


@console.post("/tiers/<int:tier_id>")
def change_tier(tier_id: int) -> Answer:
    name, name_en = (request.form.get(field, "").strip() for field in ("name", "name_en"))
    growth_min = request.form.get("growth_min", type=int)
    if not (0 < len(name) <= NAME_MAX and 0 < len(name_en) <= NAME_MAX):
        flash(_("名称要有 1 到 20 个字。"), "danger")
        return go("earning")
    try:
        with siyu().database.writing() as session:
            if session.get(tiers.Tier, tier_id) is None:
                abort(404)
            if growth_min is None or growth_min > GROWTH_MAX:
                raise ValueError(growth_min)
            tiers.change(session, tier_id, name=name, name_en=name_en, growth_min=growth_min)
            _record(session, "tier.change", f"tier:{tier_id}", {"growth_min": growth_min})
    except tiers.ThresholdTaken:
        flash(_("另一个等级已从这个成长值开始。"), "danger")
    except ValueError:
        flash(_("成长值要是不小于 0 的整数，最低等级从 0 开始。"), "danger")
    else:
        flash(_("已保存。会员下次获得积分时按新门槛升级，不会降级。"))
    return go("earning")


def _record(session: Session, action: str, subject: str, details: dict[str, Any]) -> None:
    operators.record(session, operator_id(), action, subject, details, siyu().clock())
