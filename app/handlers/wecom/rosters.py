"""Rosters at work: WeCom is told who of a live code's staff takes new contacts from now on, after
each new contact and whenever the clock has found that others are on duty."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app import outbox
from app.domain.outreach.live_codes import duties, rosters
from app.domain.people import ways_in
from app.domain.people.live_codes import LiveCode
from app.handlers import comings, errands, questions
from app.handlers.scene import AccountScene, Scene

DUE, LED = "roster_due", "way_in_led"
WANTED_FOR = timedelta(minutes=5)  # then the clock looks again who is on duty


def look(session: Session, scene: AccountScene, now: datetime) -> None:
    """Somebody's hours or a day's numbers have begun or ended."""
    _lead(session, scene, _code(session, scene), now)


def look_after_contact(session: Session, scene: Scene, now: datetime) -> None:
    """Whoever has just had the last one of her day is taken out of the code."""
    assert scene.channel is not None
    account = AccountScene(scene.event, scene.channel, scene.programme)
    codes = comings.live_code(session, scene), comings.code_at_work(session, scene)
    for code in {code.id: code for code in codes if code is not None}.values():
        _lead(session, account, code, now)


def be_led(session: Session, scene: AccountScene, now: datetime) -> None:
    """The platform leads the code as it was asked; what was asked for since is asked for again."""
    asked = questions.asked(session, scene.event)
    code = session.get_one(LiveCode, int(asked.content["live_code"]))
    way_in = ways_in.of_code(session, code.id)
    if way_in is None or way_in.config_id != asked.through:
        return
    if not rosters.accept(session, way_in, int(asked.content["number"]), now):
        _lead(session, scene, code, now)


OF_ACCOUNTS: Mapping[str, Sequence[Callable[[Session, AccountScene, datetime], None]]] = {
    DUE: (look,),
    LED: (be_led,),
}


def _lead(session: Session, scene: AccountScene, code: LiveCode, now: datetime) -> None:
    way_in = ways_in.of_code(session, code.id)
    if way_in is None or not way_in.userids:
        return
    zone = scene.programme.zone
    userids = duties.leading_to(session, code, way_in.userids, zone, now)
    number = rosters.ask(session, way_in, userids, now)
    if number is None:
        return
    outbox.put(
        session,
        outbox.Address(scene.channel.id, "", way=LED, through=way_in.config_id),
        key=f"{LED}:{way_in.config_id}:{number}",
        purpose=outbox.ERRAND,
        kind=LED,
        content={
            "live_code": code.id,
            "number": number,
            "state": code.scene,
            "remark": code.name,
            "skip_verify": way_in.skip_verify,
            "userids": list(userids),
        },
        cause=outbox.Cause(f"live_code:{code.id}", code.version, scene.event.id),
        expires_at=now + WANTED_FOR,
        now=now,
    )


def _code(session: Session, scene: AccountScene) -> LiveCode:
    return session.get_one(LiveCode, errands.subject(session, scene, "LiveCodeId"))
