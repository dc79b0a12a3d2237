"""Where not everybody's turn comes at launch: how what is tried out stands, and the button that
decides it."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import tryouts, wakeups
from app.console.frame import Answer, console, go, operator_id, siyu
from app.domain.outreach.broadcasts import Broadcast, NotAllowed
from app.experiments import Compared


@dataclass(frozen=True, slots=True)
class Tryout:
    """``is_open``: an operator may still decide. ``is_over``: its hours are."""

    compared: Compared
    is_open: bool
    is_over: bool
    ends_at: datetime | None


def tryout_of(session: Session, shown: Broadcast, now: datetime) -> Tryout | None:
    compared = tryouts.standing(session, shown)
    if compared is None:
        return None
    ends_at = tryouts.ends(shown)
    return Tryout(compared, tryouts.awaits(shown), ends_at is not None and ends_at <= now, ends_at)


@console.post("/broadcasts/<int:broadcast_id>/winner")
def choose_winner(broadcast_id: int) -> Answer:
    """What those get who have not been told yet."""
    winner, now = request.form.get("winner", ""), siyu().clock()
    try:
        with siyu().database.writing() as session:
            found = session.get(Broadcast, broadcast_id) or abort(404)
            tryouts.choose(session, found, winner, operator_id(), now)
    except KeyError:
        abort(400)
    except NotAllowed:
        abort(409)
    siyu().wakeups.wake(wakeups.FEEDS)
    flash(_("已选定「%(name)s」，其余的人收到这个版本。", name=winner))
    return go("broadcast", broadcast_id=broadcast_id)
