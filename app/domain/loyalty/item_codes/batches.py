"""Batches of item codes: for which product, how many, and what a piece is worth to its finder."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id
from app.domain.loyalty.item_codes import codes
from app.domain.loyalty.item_codes.codes import SIZE_MAX, Maker
from app.domain.vault import Vault

FAR_KM, LOOKS_MAX = 300, 5


class BadBatch(ValueError):
    """The terms make no sense; the text names the field."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an operator sets, and may change; as in ``ItemCodeBatch``."""

    name: str
    product: str
    sku: str | None = None
    points: int = 0
    coupon_id: int | None = None
    claim_until: datetime | None = None
    looks_max: int = LOOKS_MAX
    far_km: int = FAR_KM


class ItemCodeBatch(Base):
    """``sealed_key`` makes and reads its codes; it opens in the context ``item_codes:{id}``. A code
    that more than ``looks_max`` browsers have looked at, or that was seen in two places more than
    ``far_km`` apart, is flagged. ``version`` rises when what a piece is worth changes."""

    __tablename__ = "item_code_batches"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    product: Mapped[str]
    sku: Mapped[str | None]
    size: Mapped[int]
    points: Mapped[int]
    coupon_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("coupons.id"))
    claim_until: Mapped[datetime | None]
    looks_max: Mapped[int]
    far_km: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    sealed_key: Mapped[bytes]
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


def make(session: Session, terms: Terms, size: int, vault: Vault, now: datetime) -> ItemCodeBatch:
    """A new batch of so many; its codes exist from now on. Raises BadBatch."""
    if not 0 < size <= SIZE_MAX:
        raise BadBatch("size")
    batch = ItemCodeBatch(size=size, sealed_key=b"", created_at=now, **_checked(terms))
    session.add(batch)
    session.flush()
    key = secrets.token_hex(codes.KEY_BYTES)
    batch.sealed_key = vault.seal(key, context=_context(batch.id))
    session.flush()
    return batch


def change(session: Session, batch_id: int, terms: Terms) -> ItemCodeBatch:
    """For pieces that are looked at and claimed from now on. Raises BadBatch."""
    batch = session.get_one(ItemCodeBatch, batch_id, with_for_update=True)
    if (batch.points, batch.coupon_id) != (terms.points, terms.coupon_id):
        batch.version += 1
    for name, value in _checked(terms).items():
        setattr(batch, name, value)
    session.flush()
    return batch


def withdraw(session: Session, batch_id: int, now: datetime) -> None:
    """Its codes are no longer rewarded, and whoever looks at one is warned."""
    batch = session.get_one(ItemCodeBatch, batch_id, with_for_update=True)
    batch.withdrawn_at = batch.withdrawn_at or now


def maker(batch: ItemCodeBatch, vault: Vault) -> Maker:
    return Maker(batch.id, bytes.fromhex(vault.open(batch.sealed_key, context=_context(batch.id))))


def piece(session: Session, text: str, vault: Vault) -> tuple[ItemCodeBatch, int] | None:
    """The batch and the number of a code as somebody has written it; None when we made none."""
    code = codes.normal(text)
    batch = session.get(ItemCodeBatch, codes.batch_of(code)) if code else None
    if code is None or batch is None:
        return None
    number = maker(batch, vault).number(code)
    return (batch, number) if number is not None and number <= batch.size else None


def all_of(session: Session) -> Sequence[ItemCodeBatch]:
    return session.scalars(sa.select(ItemCodeBatch).order_by(ItemCodeBatch.id.desc())).all()


def _checked(terms: Terms) -> dict[str, Any]:
    least = {"points": 0, "looks_max": 1, "far_km": 1}
    for name, value in least.items():
        if getattr(terms, name) < value:
            raise BadBatch(name)
    return asdict(terms)


def _context(batch_id: int) -> str:
    return f"item_codes:{batch_id}"
