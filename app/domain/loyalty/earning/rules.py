"""Earning rules 积分规则, as operators set them. Every version stays: entries point to it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain import once
from app.domain.loyalty.earning import kinds, terms
from app.domain.loyalty.earning.terms import OfBonus
from app.domain.loyalty.earning.worth import Ruling

_WORTH_ANYWAY = (*kinds.WITH_OWN_POINTS, kinds.CLAIM)  # points stand elsewhere


class EarningRule(Base):
    """``version`` rises with every change. ``kind`` and ``terms`` are empty for a rule that was
    written before there were any: then its key says which it is."""

    __tablename__ = "earning_rules"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    points: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(default="", server_default="")
    name: Mapped[str] = mapped_column(default="", server_default="")
    terms: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=sa.text("'{}'"))

    @property
    def known_kind(self) -> str:
        return self.kind or kinds.of_key(self.key)

    @property
    def written_terms(self) -> dict[str, Any]:
        """The terms with what the key of an old rule says."""
        is_old_streak = not self.kind and self.known_kind == kinds.STREAK
        days = {"days": int(self.key.removeprefix(f"{kinds.STREAK}_"))} if is_old_streak else {}
        return days | self.terms

    @property
    def ruling(self) -> Ruling:
        read = terms.read(self.known_kind, self.written_terms)
        return Ruling(self.key, self.known_kind, self.version, self.points, read)


class EarningRuleVersion(Base):
    """What a rule was from ``since`` on, and who has set it; nobody is the set-up."""

    __tablename__ = "earning_rule_versions"
    __table_args__ = (sa.UniqueConstraint("rule_id", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    rule_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("earning_rules.id"))
    version: Mapped[int]
    points: Mapped[int]
    name: Mapped[str]
    terms: Mapped[dict[str, Any]]
    since: Mapped[datetime | None]
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))


class KeyTaken(Exception):
    """Another rule has this key."""


def rule(session: Session, key: str) -> EarningRule | None:
    """The rule of this key, whatever it is worth."""
    return session.scalar(sa.select(EarningRule).where(EarningRule.key == key))


def all_of(session: Session) -> Sequence[EarningRule]:
    return session.scalars(sa.select(EarningRule).order_by(EarningRule.id)).all()


def rulings(session: Session, wanted: Collection[str]) -> list[Ruling]:
    """The rules of these kinds as they are now, in the order in which they were made."""
    known = once.read(session, _rulings, EarningRule)
    return [one for one in known if one.kind in wanted]


def _rulings(session: Session) -> list[Ruling]:
    return [one.ruling for one in all_of(session)]


def ruling(session: Session, key: str, version: int) -> Ruling:
    """A rule as it was in this version."""
    for one in once.read(session, _rulings, EarningRule):
        if (one.key, one.version) == (key, version):
            return one
    known = session.scalars(sa.select(EarningRule).where(EarningRule.key == key)).one()
    was = session.scalars(
        sa.select(EarningRuleVersion).where(
            EarningRuleVersion.rule_id == known.id, EarningRuleVersion.version == version
        )
    ).one()
    return was_ruling(known, was)


def was_ruling(known: EarningRule, was: EarningRuleVersion) -> Ruling:
    """A rule as a version of it was."""
    read = terms.read(known.known_kind, was.terms)
    return Ruling(known.key, known.known_kind, was.version, was.points, read)


def streak_days(session: Session, on: date) -> list[int]:
    """The lengths of a streak that bring something on this day, the shortest first."""
    met = rulings(session, {kinds.STREAK})
    return sorted({one.terms.least for one in met if one.points and one.terms.holds_on(on)})


def offered(session: Session, on: date) -> list[Ruling]:
    """Those that give anything on this day, for members to read."""
    known = rulings(session, kinds.EVERY)
    worth = [one for one in known if one.points or one.terms.bonus or one.kind in _WORTH_ANYWAY]
    return [one for one in worth if one.terms.holds_on(on)]


def claim_window(session: Session, on: date) -> int | None:
    """Within how many days an order may be claimed; None when no rule lets her on this day."""
    met = [one.terms for one in rulings(session, {kinds.CLAIM}) if one.terms.holds_on(on)]
    return max((one.window_days for one in met), default=None)


def campaigns(session: Session) -> list[OfBonus]:
    """Who each campaign is for, whenever it is."""
    found = rulings(session, {kinds.CAMPAIGN})
    return [one.terms.bonus for one in found if one.terms.bonus is not None]


def versions_of(session: Session, rule_id: int) -> Sequence[EarningRuleVersion]:
    """The newest first."""
    hers = sa.select(EarningRuleVersion).where(EarningRuleVersion.rule_id == rule_id)
    return session.scalars(hers.order_by(EarningRuleVersion.version.desc())).all()


def add(
    session: Session,
    *,
    key: str,
    kind: str,
    points: int,
    name: str = "",
    written: Mapping[str, Any],
    operator_id: int | None,
    now: datetime,
) -> EarningRule:
    """A new rule. Raises BadTerms, KeyTaken."""
    terms.read(kind, written)
    values = {"key": key, "kind": kind, "points": points, "name": name, "terms": dict(written)}
    made_id = insert_once(session, EarningRule, values | {"version": 1}, unique=["key"])
    if made_id is None:
        raise KeyTaken(key)
    made = session.get_one(EarningRule, made_id)
    _keep_version(session, made, operator_id, now)
    return made


def change(
    session: Session,
    key: str,
    *,
    points: int,
    name: str,
    written: Mapping[str, Any],
    operator_id: int | None,
    now: datetime,
) -> EarningRule:
    """What a rule is from now on; entries of the past keep their version. Raises BadTerms."""
    changed = session.scalars(
        sa.select(EarningRule).where(EarningRule.key == key).with_for_update()
    ).one()
    terms.read(changed.known_kind, written)
    if points < 0:
        raise ValueError("a rule cannot take points away")
    wanted = (points, name, dict(written))
    if wanted != (changed.points, changed.name, changed.written_terms):
        _keep_version(session, changed, None, None)  # of a rule that is older than versions
        changed.points, changed.name, changed.terms = wanted
        changed.version += 1
        _keep_version(session, changed, operator_id, now)
    return changed


def _keep_version(
    session: Session, kept: EarningRule, operator_id: int | None, since: datetime | None
) -> None:
    once.forget(session, EarningRule)
    values = {
        "rule_id": kept.id,
        "version": kept.version,
        "points": kept.points,
        "name": kept.name,
        "terms": kept.written_terms,
        "since": since,
        "operator_id": operator_id,
    }
    insert_once(session, EarningRuleVersion, values, unique=["rule_id", "version"])
