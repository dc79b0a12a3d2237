"""Tags by figures 指标标签: which tag a stage or a class gives, as operators have mapped them.

A stage gives its tag in the dimension of the member's cycle, a class or a cluster in that of value.
Whoever leaves the stage loses the tag again, unless somebody else has given it to her.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_selected
from app.domain import once
from app.domain.insight import tags
from app.domain.insight.figure_changes import CLUSTER, FIGURES, SEGMENT, STAGE, FigureChange
from app.domain.insight.member_figures import MemberFigures
from app.domain.insight.tags import MemberTag

DIMENSION_OF: Mapping[str, str] = {STAGE: "member_cycle", SEGMENT: "value", CLUSTER: "value"}
RULES: Mapping[str, str] = {figure: f"figures:{figure}" for figure in FIGURES}


class FigureTag(Base):
    """``version`` counts the changes of what this value gives."""

    __tablename__ = "figure_tags"
    __table_args__ = (sa.UniqueConstraint("figure", "value"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    figure: Mapped[str]
    value: Mapped[str]
    tag_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("tags.id"))
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]


def all_of(session: Session) -> Sequence[FigureTag]:
    return session.scalars(sa.select(FigureTag).order_by(FigureTag.figure, FigureTag.id)).all()


@dataclass(frozen=True, slots=True)
class Given:
    tag_id: int
    version: int


def given_by(session: Session, figure: str, value: str | None) -> Given | None:
    """The tag that this value is mapped to, if it is."""
    return once.read(session, _given, FigureTag).get((figure, value or ""))


def _given(session: Session) -> Mapping[tuple[str, str], Given]:
    return {
        (one.figure, one.value): Given(one.tag_id, one.version)
        for one in all_of(session)
        if one.tag_id is not None
    }


def map_to(session: Session, figure: str, value: str, tag_name: str, now: datetime) -> None:
    """From the next night on, and for whoever comes to it at once, the value gives the tag of this
    name; none when the name is empty."""
    tag_id = tags.named(session, tag_name, DIMENSION_OF[figure], now).id if tag_name else None
    wanted = sa.select(FigureTag).where(FigureTag.figure == figure, FigureTag.value == value)
    known = session.scalar(wanted)
    if known is None and tag_id is not None:
        session.add(FigureTag(figure=figure, value=value, tag_id=tag_id, changed_at=now))
    elif known is not None and known.tag_id != tag_id:
        known.tag_id, known.changed_at, known.version = tag_id, now, known.version + 1
    session.flush()


def gave(session: Session, member_id: int, figure: str, tag_id: int) -> bool:
    """Whether she has the tag, and from this figure."""
    given = sa.select(MemberTag.id).where(
        MemberTag.member_id == member_id,
        MemberTag.tag_id == tag_id,
        MemberTag.rule == RULES[figure],
        MemberTag.removed_at.is_(None),
    )
    return session.scalar(given) is not None


def settle(session: Session, member_ids: tuple[int, int], now: datetime) -> None:
    """Gives and takes back the tags of everybody from one id up to another, in a few statements:
    after a night, and when the mapping has changed. Of whom a change is still to be told, it is
    told with her tags. No plan hears of what is settled here."""
    of_these = MemberFigures.member_id.between(*member_ids)
    is_untold = sa.exists().where(
        FigureChange.member_id == MemberFigures.member_id, FigureChange.told_at.is_(None)
    )
    for figure in FIGURES:
        _take_back_wrong(session, figure, member_ids, is_untold, now)
        for mapped in all_of(session):
            if mapped.figure == figure and mapped.tag_id is not None:
                has = getattr(MemberFigures, figure) == mapped.value
                _give(session, mapped, sa.and_(of_these, has, ~is_untold), now)


def _take_back_wrong(
    session: Session,
    figure: str,
    member_ids: tuple[int, int],
    is_untold: sa.ColumnElement[bool],
    now: datetime,
) -> None:
    is_right = sa.exists().where(
        MemberFigures.member_id == MemberTag.member_id,
        FigureTag.figure == figure,
        FigureTag.tag_id == MemberTag.tag_id,
        sa.or_(FigureTag.value == getattr(MemberFigures, figure), is_untold),
    )
    wrong = sa.update(MemberTag).where(
        MemberTag.rule == RULES[figure],
        MemberTag.removed_at.is_(None),
        MemberTag.member_id.between(*member_ids),
        ~is_right,
    )
    values = {"removed_at": now, "removed_rule": RULES[figure]}
    session.execute(wrong.values(values).execution_options(synchronize_session=False))


def _give(
    session: Session, mapped: FigureTag, where: sa.ColumnElement[bool], now: datetime
) -> None:
    holds = sa.exists().where(
        MemberTag.member_id == MemberFigures.member_id,
        MemberTag.tag_id == mapped.tag_id,
        MemberTag.removed_at.is_(None),
    )
    values: list[Any] = [
        MemberFigures.member_id,
        sa.literal(mapped.tag_id),
        sa.literal(RULES[mapped.figure]),
        sa.literal(mapped.version),
        sa.literal(mapped.value),
        sa.literal(now, MemberTag.given_at.type),
    ]
    names = ["member_id", "tag_id", "rule", "rule_version", "evidence", "given_at"]
    rows: sa.Select[Any] = sa.select(*values).where(where, ~holds)
    insert_selected(session, MemberTag, names, rows, unique=())
