"""Codes on pieces: somebody has looked at one, a member claims what it is worth. She does so on the
code's page, in the mini-program, or by writing the code to us."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.loyalty.earning import kinds
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.item_codes import batches, codes, pieces
from app.domain.loyalty.item_codes.batches import ItemCodeBatch
from app.domain.loyalty.item_codes.pieces import NotClaimable
from app.domain.loyalty.item_codes.places import Place
from app.domain.loyalty.spending import coupons
from app.domain.people import members
from app.handlers import texts
from app.handlers.scene import Scene, earn_own, say
from app.inbox import InboxEvent

WRITTEN_MAX = 40  # characters, with whatever sets a code off


def look(session: Session, event: InboxEvent, _now: datetime) -> None:
    """Whoever it was: who is logged in is known by her login."""
    fields = event.fields
    identity = None
    if fields.get("openid"):
        identity = members.identity_of(session, fields["channel_id"], fields["openid"])
    pieces.look(
        session,
        session.get_one(ItemCodeBatch, fields["batch"]),
        fields["number"],
        browser=fields["browser"],
        member_id=identity.member_id if identity else None,
        where=Place(fields["lat_e2"], fields["lon_e2"]) if "lat_e2" in fields else None,
        event_id=event.id,
        at=event.happened_at,
    )


def claim(session: Session, scene: Scene, now: datetime) -> None:
    """What came of it, the page reads from the piece."""
    fields = scene.event.fields
    batch = session.get_one(ItemCodeBatch, fields["batch"])
    _claim(session, scene, batch, fields["number"], now)


def answer(session: Session, scene: Scene, now: datetime) -> bool:
    """She has written a code to us, and nothing else; in a group it would be everybody's."""
    written = scene.event.text
    if scene.group is not None or len(written) > WRITTEN_MAX or codes.normal(written) is None:
        return False
    known = batches.piece(session, written, scene.programme.vault)
    if known is None:
        say(session, scene, texts.ITEM_CODE_UNKNOWN, rule="item_code", now=now)
        return True
    batch, number = known
    why = _claim(session, scene, batch, number, now)
    text = texts.item_code(why, batch.product, batch.points)
    rule = f"item_code:{batch.id}"
    say(session, scene, text, rule=rule, rule_version=batch.version, now=now)
    return True


def _claim(
    session: Session, scene: Scene, batch: ItemCodeBatch, number: int, now: datetime
) -> str | None:
    """Returns why not, None when it is hers now."""
    rule, key = f"item_code:{batch.id}", f"item_code:{batch.id}:{number}"
    try:
        pieces.claim(session, batch, number, scene.member.id, scene.event.happened_at)
    except NotClaimable as why:
        return str(why)
    version = batch.version
    about: dict[str, Any] = {"key": key, "rule": rule, "rule_version": version}
    earn_own(session, scene, kinds.ITEM_CODE, batch.points, **about, now=now)
    if batch.coupon_id is not None:
        _give_coupon(session, scene, batch, key, now)
    return None


def _give_coupon(
    session: Session, scene: Scene, batch: ItemCodeBatch, key: str, now: datetime
) -> None:
    """None is left, or she has had as many as she may: the points are hers all the same."""
    cause = Cause(f"item_code:{batch.id}", batch.version, scene.event.id)
    member_id, coupon_id = scene.member.id, batch.coupon_id
    assert coupon_id is not None
    try:
        coupons.issue(session, member_id, coupon_id, key=f"coupon:{key}", cause=cause, now=now)
    except (coupons.NoneLeft, coupons.TooManyForHer):
        return
