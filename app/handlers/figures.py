"""Figures: what an order, or a night, has changed about a member: her figures, the tags that go by
them, and the plans that wait for that.

Fields of ``figures_changed``: ChangeId.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.insight import figure_tags
from app.domain.insight.figure_changes import SEGMENT, STAGE, FigureChange
from app.figuring import at_once
from app.handlers import member_tags
from app.handlers.scene import Scene, happen

HAPPENINGS = {STAGE: "stage_changed", SEGMENT: "rfm_changed"}


def refigure(session: Session, scene: Scene, now: datetime) -> None:
    """She has ordered, or was paid back."""
    changes = at_once.figure(session, scene.member, scene.programme, now, event_id=scene.event.id)
    for change in changes:
        _tell(session, scene, change, now)


def hear_of_change(session: Session, scene: Scene, now: datetime) -> None:
    """A night has shown it, see ``app.figuring.telling``."""
    change = session.get_one(FigureChange, int(scene.event.fields["ChangeId"]))
    _tell(session, scene, change, now)


def _tell(session: Session, scene: Scene, change: FigureChange, now: datetime) -> None:
    change.told_at = change.told_at or now
    _change_tags(session, scene, change, now)
    kind = HAPPENINGS.get(change.figure)
    if kind is not None:
        happen(session, scene, kind, **{change.figure: change.became}, now=now)


def _change_tags(session: Session, scene: Scene, change: FigureChange, now: datetime) -> None:
    figure, rule = change.figure, figure_tags.RULES[change.figure]
    left = figure_tags.given_by(session, figure, change.was)
    came = figure_tags.given_by(session, figure, change.became)
    if left is not None and (came is None or left.tag_id != came.tag_id):
        _lose(session, scene, figure, left.tag_id, now)
    if came is not None:
        member_tags.give(
            session,
            scene,
            came.tag_id,
            rule=rule,
            rule_version=came.version,
            evidence=change.became,
            now=now,
        )


def _lose(session: Session, scene: Scene, figure: str, tag_id: int, now: datetime) -> None:
    """Unless somebody else gave it to her."""
    if figure_tags.gave(session, scene.member.id, figure, tag_id):
        member_tags.take(session, scene, tag_id, rule=figure_tags.RULES[figure], now=now)
