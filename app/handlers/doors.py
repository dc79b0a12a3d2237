"""What comes in by our own doors: the mini-program, and our own events."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from app.domain.loyalty.earning import kinds
from app.domain.loyalty.standing.tiers import UP, Why
from app.domain.people import consents, live_codes, members, zones
from app.handlers import games, texts
from app.handlers.comings import tag_by_live_code
from app.handlers.loyalty import referrals
from app.handlers.scene import Scene, earn, joined, place, say


def sign_up(session: Session, scene: Scene, now: datetime) -> None:
    """A member fills in who she is in the mini-program: consents, channel, inviter, points.
    Nothing of it happens with a phone number that is another member's; the door tells her."""
    if _phone_is_taken(session, scene):
        return
    fields, member = scene.event.fields, scene.member
    first_time = member.signed_up_at is None
    is_new = referrals.is_new(member, now)
    member.nickname = str(fields.get("Nickname") or member.nickname)
    if fields.get("Birthday"):
        member.birthday_on = date.fromisoformat(str(fields["Birthday"]))
    if fields.get("Zone"):
        zones.keep(member, str(fields["Zone"]))
    _keep_phone(scene)
    member.signed_up_at = member.signed_up_at or now
    member.joined_at, member.left_at = member.joined_at or now, None
    _keep_consents(session, scene)
    _keep_inviter(session, scene, is_new, now)
    _keep_live_code(session, scene)
    tag_by_live_code(session, scene, now)
    if first_time:
        earn(session, scene, kinds.SIGN_UP, f"signup:{member.id}", now)
    place(session, scene, now)
    joined(session, scene, now)


def sign_in(session: Session, scene: Scene, now: datetime) -> None:
    """A sign-in in the mini-program: the page shows the outcome, so nothing is said."""
    games.sign_in(session, scene, now)


def congratulate(session: Session, scene: Scene, now: datetime) -> None:
    """When she has come to a higher tier by herself; a new scheme moves many at once, quietly."""
    fields = scene.event.fields
    if fields.get("direction", UP) != UP or fields.get("why") == Why.SCHEME:
        return
    text = texts.congratulations("{tier}")
    say(session, scene, text, rule="tier_changed", now=now)


def _phone_is_taken(session: Session, scene: Scene) -> bool:
    owner = members.known_by(session, None, scene.event.fields.get("PhoneIndex"))
    return owner is not None and owner.id != scene.member.id


def _keep_phone(scene: Scene) -> None:
    """Seals the verified phone number under the member's own name; a new one replaces the old."""
    fields, member, vault = scene.event.fields, scene.member, scene.programme.vault
    if fields.get("SealedPhone") and fields.get("PhoneIndex") != member.phone_index:
        sealed = bytes.fromhex(str(fields["SealedPhone"]))
        phone = vault.open(sealed, context=f"signup:{scene.event.sender}")
        members.keep_phone(member, phone, vault)


def _keep_consents(session: Session, scene: Scene) -> None:
    fields, given_at = scene.event.fields, scene.event.happened_at
    version = str(fields["ConsentVersion"])
    consents.give(session, scene.member.id, "membership", version, scene.event.id, given_at)
    if fields.get("Marketing") == "true":
        consents.give(session, scene.member.id, "marketing", version, scene.event.id, given_at)


def _keep_inviter(session: Session, scene: Scene, is_new: bool, now: datetime) -> None:
    inviter_id = int(scene.event.fields.get("InviterId") or 0)
    if inviter_id:
        referrals.come_by(session, scene, inviter_id, is_new=is_new, now=now)


def _keep_live_code(session: Session, scene: Scene) -> None:
    scene_key = str(scene.event.fields.get("EventKey", ""))
    if scene_key and scene.channel is not None and scene.member.live_code_id is None:
        code = live_codes.by_scene(session, scene.channel.id, scene_key)
        scene.member.live_code_id = code.id if code else None
