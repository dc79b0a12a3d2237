"""Group welcomes: what an operator writes, changes or deletes is done at WeCom, once each."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.outreach.group_welcomes import GroupWelcome
from app.handlers import errands
from app.handlers.scene import AccountScene

WANTED, CHANGED, UNWANTED = (
    "group_welcome_wanted",
    "group_welcome_changed",
    "group_welcome_unwanted",
)
MADE, EDITED, DELETED = "group_welcome", "group_welcome_editing", "group_welcome_deleting"


def make(session: Session, scene: AccountScene, now: datetime) -> None:
    _do(session, scene, MADE, now)


def edit(session: Session, scene: AccountScene, now: datetime) -> None:
    _do(session, scene, EDITED, now)


def delete(session: Session, scene: AccountScene, now: datetime) -> None:
    _do(session, scene, DELETED, now)


def be_made(session: Session, scene: AccountScene, now: datetime) -> None:
    """The platform has it. What an operator has changed or deleted meanwhile is caught up with."""
    welcome = _welcome(session, scene)
    welcome.template_id = str(scene.event.fields["TemplateId"])
    if welcome.deleting_at is not None:
        _do(session, scene, DELETED, now)
    elif welcome.version > 1:
        _do(session, scene, EDITED, now)


def be_deleted(session: Session, scene: AccountScene, now: datetime) -> None:
    welcome = _welcome(session, scene)
    welcome.deleted_at = welcome.deleted_at or now


def rule_of(welcome: GroupWelcome) -> str:
    return f"group_welcome:{welcome.id}"


OF_ACCOUNTS: Mapping[str, Sequence[Callable[[Session, AccountScene, datetime], None]]] = {
    WANTED: (make,),
    MADE: (be_made,),
    CHANGED: (edit,),
    UNWANTED: (delete,),
    DELETED: (be_deleted,),
}


def _do(session: Session, scene: AccountScene, way: str, now: datetime) -> None:
    """Only what the platform has can be edited or deleted there; until then it waits."""
    welcome = _welcome(session, scene)
    if way != MADE and welcome.template_id is None:
        return
    errands.make(
        session,
        scene,
        way,
        f"{welcome.id}:{welcome.version}",
        rule_of(welcome),
        welcome.content if way != DELETED else {},
        through=welcome.template_id or "",
        rule_version=welcome.version,
        now=now,
    )


def _welcome(session: Session, scene: AccountScene) -> GroupWelcome:
    return session.get_one(GroupWelcome, errands.subject(session, scene, "GroupWelcomeId"))
