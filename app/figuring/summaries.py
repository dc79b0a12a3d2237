"""Summaries: what the console shows of all members together, counted once a night."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight.member_figures import MemberFigures as Figures

CURVE_POINTS = 20


def of(session: Session) -> dict[str, Any]:
    """{"matrix": [[r, f, members, spent_fen]], "bands": the same, "stages": {stage: members},
    "segments": {segment: [members, spent_fen]}, "clusters": {name: [members, spent_fen,
    recency_days, orders]}, "hours": {hour: members}, "curve": [[share of members, share of
    value]], "value_fen": of the next year}."""
    return {
        "matrix": _matrix(session, Figures.r_score, Figures.f_score),
        "bands": _matrix(session, Figures.r_band, Figures.f_band),
        "stages": dict(_counted(session, Figures.stage)),
        "segments": {name: rest for name, *rest in _sums(session, Figures.rfm_segment)},
        "clusters": {name: rest for name, *rest in _sums(session, Figures.cluster)},
        "hours": {str(hour): many for hour, many in _counted(session, Figures.active_hour)},
        **_curve(session),
    }


def _counted(session: Session, column: Any) -> list[tuple[Any, int]]:
    counted = sa.select(column, sa.func.count()).where(column.is_not(None)).group_by(column)
    return [(value, many) for value, many in session.execute(counted.order_by(column))]


def _matrix(session: Session, r: Any, f: Any) -> list[list[int]]:
    counted = sa.select(r, f, sa.func.count(), sa.func.sum(Figures.spent_fen))
    rows = session.execute(counted.where(r.is_not(None)).group_by(r, f).order_by(r, f))
    return [[int(value) for value in row] for row in rows]


def _sums(session: Session, column: Any) -> list[list[Any]]:
    """By value: members, what they spent, and the means of days and orders."""
    summed = sa.select(
        column,
        sa.func.count(),
        sa.func.sum(Figures.spent_fen),
        sa.func.avg(Figures.recency_days),
        sa.func.avg(Figures.orders),
    )
    rows = session.execute(summed.where(column.is_not(None)).group_by(column).order_by(column))
    return [[name, int(n), int(fen), float(days), float(each)] for name, n, fen, days, each in rows]


def _curve(session: Session) -> dict[str, Any]:
    """How much of next year's value comes from the most valuable members: of every twentieth of
    them, the share of value up to there."""
    value = Figures.expected_value_fen_year
    part = sa.func.ntile(CURVE_POINTS).over(order_by=(value.desc(), Figures.member_id))
    parts = sa.select(value.label("fen"), part.label("part")).where(value.is_not(None)).subquery()
    summed = sa.select(parts.c.part, sa.func.count(), sa.func.sum(parts.c.fen))
    rows = session.execute(summed.group_by(parts.c.part).order_by(parts.c.part)).all()
    members, fen = (sum(int(row[place]) for row in rows) for place in (1, 2))
    curve, so_many, so_much = [[0.0, 0.0]], 0, 0
    for _, many, much in rows:
        so_many, so_much = so_many + many, so_much + int(much)
        curve.append([round(so_many / members, 4), round(so_much / max(fen, 1), 4)])
    return {"curve": curve if rows else [], "value_fen": fen}
