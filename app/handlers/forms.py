"""A form that a member has answered is kept: see ``app.domain.insight.forms`` for the fields."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.insight import forms
from app.domain.insight.forms import Form
from app.handlers.scene import Scene


def keep(session: Session, scene: Scene, now: datetime) -> None:
    fields = scene.event.fields
    forms.submit(
        session,
        session.get_one(Form, fields["form_id"]),
        scene.member.id,
        key=scene.event.key,
        answers=fields["answers"],
        sealed={name: bytes.fromhex(hexed) for name, hexed in fields["sealed"].items()},
        event_id=scene.event.id,
        now=now,
    )
