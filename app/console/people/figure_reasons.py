"""Why a member's figures are what they are, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console.frame import yuan
from app.console.saying import figure_words
from app.domain.insight import figure_changes, figure_rules, figurings, member_figures
from app.domain.insight.figure_changes import SEGMENT, STAGE, FigureChange
from app.domain.insight.member_figures import MemberFigures
from app.domain.people.members import Member
from app.programme import Programme
from tagging import life_cycle, rfm
from tagging.figures import Fitted, Rules

CHANGES = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A figure, what it is, and why."""

    name: str
    value: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """By what a member was figured, and on which day one looks."""

    rules: Rules
    fitted: Fitted
    programme: Programme
    now: datetime

    def days_since(self, moment: datetime) -> int:
        day = self.programme.business_day
        return max(0, (day(self.now) - day(moment)).days)

    @property
    def usual_days(self) -> float:
        return self.fitted.rhythm_days or self.rules.rhythm_days


def shown(session: Session, member: Member, programme: Programme, now: datetime) -> dict[str, Any]:
    """What the member's page says of her figures."""
    hers = member_figures.of(session, member.id)
    (_id, rules), (_night, fitted) = figure_rules.in_force(session), figurings.fitted(session)
    return {
        "figures": hers,
        "figure_lines": lines(hers, member, Reckoned(rules, fitted, programme, now))
        if hers
        else [],
        "figure_changes": _changes(session, member.id),
    }


def lines(hers: MemberFigures, member: Member, by: Reckoned) -> list[Line]:
    stage = figure_words.figure_in_words(hers.stage, STAGE)
    told = [Line(_("生命周期阶段"), stage, stage_reason(hers, member, by))]
    if hers.r_band is not None and hers.f_band is not None and hers.m_band is not None:
        told += [*_classes(hers), *_forecasts(hers)]
    if hers.active_hour is not None:
        clock = f"{hers.active_hour:02d}:00"
        told.append(Line(_("活跃时间"), clock, _("最近 60 天在这个钟点活动最多")))
    return told


def stage_reason(hers: MemberFigures, member: Member, by: Reckoned) -> str:
    """Such as: usually buys every 21 days, nothing for 60."""
    if hers.last_paid_at is None:
        silent = by.days_since(member.last_seen_at or member.created_at)
        return _("还没有买过，%(n)s 天没有动静", n=silent)
    silent, rhythm = by.days_since(hers.last_paid_at), hers.rhythm_days or by.usual_days
    times = f"{life_cycle.silences(silent, rhythm):.1f}"
    if hers.rhythm_days is None:
        return _(
            "买的次数还少，按全店 %(rhythm)s 天的节奏看：已 %(n)s 天没有买，是 %(times)s 个周期",
            rhythm=f"{rhythm:g}",
            n=silent,
            times=times,
        )
    return _(
        "平时每 %(rhythm)s 天买一次，已 %(n)s 天没有买，是 %(times)s 个周期",
        rhythm=f"{rhythm:g}",
        n=silent,
        times=times,
    )


def _classes(hers: MemberFigures) -> list[Line]:
    told = []
    if hers.rfm_segment is not None:
        scores = _(
            "与其他会员比：R %(r)s、F %(f)s、M %(m)s（5 最好，%(high)s 起算高）",
            r=hers.r_score,
            f=hers.f_score,
            m=hers.m_score,
            high=rfm.HIGH,
        )
        segment = figure_words.figure_in_words(hers.rfm_segment, SEGMENT)
        told.append(Line(_("RFM 分层"), segment, scores))
    bought = _(
        "%(n)s 笔订单，共 %(spent)s，最近一次在 %(days)s 天前",
        n=hers.orders,
        spent=yuan(hers.spent_fen),
        days=hers.recency_days,
    )
    bands = f"R {hers.r_band} · F {hers.f_band} · M {hers.m_band}"
    told.append(Line(_("固定标准"), bands, bought))
    if hers.cluster is not None:
        told.append(Line(_("聚类"), figure_words.cluster(hers.cluster)))
    return told


def _forecasts(hers: MemberFigures) -> list[Line]:
    told = []
    if hers.alive_chance is not None:
        why = _("按大家的购买历史推算（BG/NBD）")
        told.append(Line(_("仍是顾客的可能"), f"{hers.alive_chance:.0%}", why))
    if hers.expected_orders_year is not None:
        times = _("%(n)s 次", n=f"{hers.expected_orders_year:.1f}")
        told.append(Line(_("未来一年预计下单"), times))
    if hers.expected_value_fen_year is not None:
        why = _("次数 × 预计每次金额（Gamma-Gamma）× 毛利率")
        told.append(Line(_("未来一年预计价值"), yuan(hers.expected_value_fen_year), why))
    return told


def _changes(session: Session, member_id: int) -> Sequence[FigureChange]:
    return figure_changes.of_member(session, member_id, CHANGES)
