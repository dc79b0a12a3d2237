"""Claiming: what a member says is hers at one of our doors, in the mini-program or on a page: an
order by its number, what a piece is worth by its code."""

from datetime import datetime

from sqlalchemy.orm import Session

from app import whereabouts


def order_key(member_id: int, source: str, order_no: str, now: datetime) -> str:
    """Of one try a minute; without a ``source``, she does not say which shop's order it is."""
    return f"claim:{member_id}:{source}:{order_no}:{now:%Y%m%d%H%M}"


def claim_order(
    session: Session, member_id: int, source: str, order_no: str, now: datetime
) -> int | None:
    """None when she has just tried it."""
    named = {"order_no": order_no} | ({"source": source} if source else {})
    key = order_key(member_id, source, order_no, now)
    return whereabouts.receive(
        session, member_id, key=key, kind="order_claimed", fields=named, now=now
    )


def piece_key(member_id: int, batch_id: int, number: int) -> str:
    return f"item_code_claimed:{batch_id}:{number}:{member_id}"


def claim_piece(
    session: Session, member_id: int, batch_id: int, number: int, now: datetime
) -> int | None:
    """None when she has claimed it before."""
    key = piece_key(member_id, batch_id, number)
    fields = {"batch": batch_id, "number": number}
    return whereabouts.receive(
        session, member_id, key=key, kind="item_code_claimed", fields=fields, now=now
    )
