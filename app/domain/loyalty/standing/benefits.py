"""Benefits 权益: what a tier or a paid card brings those who have it. Every change is a new
version, and points and coupons that follow from it point to theirs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain import once
from app.domain.loyalty.spending.coupons import Coupon
from app.domain.loyalty.standing import memberships
from app.domain.loyalty.standing.benefit_terms import SINGLE, Benefits, Names, Wording, in_words
from app.domain.people.staff import Staff


class BenefitVersion(Base):
    """``holder`` is whose benefits they are: ``tier:{id}`` or ``card:{id}``."""

    __tablename__ = "benefit_versions"
    __table_args__ = (sa.UniqueConstraint("holder", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    holder: Mapped[str]
    version: Mapped[int]
    terms: Mapped[dict[str, Any]]
    operator_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("operators.id"))
    created_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Held:
    """What one holder brings, and which version says so; the rule of what follows from it."""

    holder: str
    version: int
    terms: Benefits

    @property
    def rule(self) -> str:
        kind, _colon, number = self.holder.partition(":")
        return f"{kind}_benefit:{number}"


def of_tier(tier_id: int) -> str:
    return f"tier:{tier_id}"


def of_card(card_id: int) -> str:
    return f"card:{card_id}"


def present(session: Session, holder: str) -> Held:
    """The last version; before any was written, nothing at all."""
    return of_holders(session, [holder]).get(holder) or Held(holder, 0, Benefits())


def of_holders(
    session: Session, holders: Collection[str], at: datetime | None = None
) -> Mapping[str, Held]:
    """The last versions of those that have any; or those that held at a moment."""
    versions = once.read(session, _versions, BenefitVersion)
    return {
        held.holder: held
        for since, held in versions
        if held.holder in holders and (at is None or since <= at)
    }


def _versions(session: Session) -> Sequence[tuple[datetime, Held]]:
    """Of all holders, from when on each held; the first first."""
    rows = session.scalars(sa.select(BenefitVersion).order_by(BenefitVersion.version))
    return [
        (row.created_at, Held(row.holder, row.version, Benefits.model_validate(row.terms)))
        for row in rows
    ]


def of_member(
    session: Session, member_id: int, tier_id: int | None, now: datetime
) -> Sequence[Held]:
    """What this tier of hers and the cards she holds bring her, in this order."""
    holders = [of_tier(tier_id)] if tier_id is not None else []
    holders += [of_card(it.card_id) for it in memberships.running(session, member_id, now)]
    known = of_holders(session, holders)
    return [known[holder] for holder in dict.fromkeys(holders) if holder in known]


def of_member_at(
    session: Session, member_id: int, tier_id: int | None, at: datetime
) -> Sequence[Held]:
    """What this tier and the cards she held brought her at an earlier moment."""
    holders = [of_tier(tier_id)] if tier_id is not None else []
    holders += [of_card(it.card_id) for it in memberships.held_at(session, member_id, at)]
    known = of_holders(session, holders, at) if holders else {}
    return [known[holder] for holder in dict.fromkeys(holders) if holder in known]


def factor_of(held: Collection[Held]) -> int:
    """By how much her points are multiplied, in percent: the largest of her tier's and her paid
    cards', 100 without any."""
    return max((it.terms.points_factor for it in held), default=SINGLE)


def change(
    session: Session, holder: str, terms: Benefits, operator_id: int | None, now: datetime
) -> Held:
    """What holds from now on; what is given already stays given. The same again is no version.
    Two who change it at once: the unique key refuses the second."""
    was = present(session, holder)
    if was.version and was.terms == terms:
        return was
    version = was.version + 1
    session.add(
        BenefitVersion(
            holder=holder,
            version=version,
            terms=terms.model_dump(mode="json"),
            operator_id=operator_id,
            created_at=now,
        )
    )
    session.flush()
    return Held(holder, version, terms)


def words(held: Collection[Held], names: Names) -> list[Wording]:
    """All of it in words, each line once."""
    return list(dict.fromkeys(line for it in held for line in in_words(it.terms, names)))


def names_in(session: Session, held: Collection[Held]) -> Names:
    """Of the coupons and the staff that are named in these."""
    coupon_ids = {coupon_id for it in held for coupon_id in it.terms.coupons}
    staff_ids = {it.terms.agent_staff_id for it in held}
    called = sa.select(Coupon.id, Coupon.name).where(Coupon.id.in_(coupon_ids))
    working = sa.select(Staff.id, Staff.name).where(Staff.id.in_(staff_ids), Staff.name != "")
    return Names(dict(session.execute(called).all()), dict(session.execute(working).all()))
