"""Live codes 渠道活码: a QR code per way in, so that we know who came from where."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once

SCENE_PREFIX = "qrscene_"  # platform.md §1.4: EventKey of a subscription through a code
SCENE_MAX = 64  # of QR_LIMIT_STR_SCENE


class LiveCode(Base):
    __tablename__ = "live_codes"
    __table_args__ = (sa.UniqueConstraint("channel_id", "scene"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"))
    scene: Mapped[str]  # 1 to 64 characters, QR_LIMIT_STR_SCENE
    name: Mapped[str]
    tag_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("tags.id"))
    welcome: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    ticket: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    link_expires_at: Mapped[datetime | None]  # of a mini-program, whose ``url`` ends then
    created_at: Mapped[datetime]


class BadScene(ValueError):
    """A scene has 1 to 64 characters without blanks."""


class SceneTaken(Exception):
    """The channel has a live code of this scene already."""


def add(
    session: Session,
    *,
    channel_id: int,
    scene: str,
    name: str,
    tag_id: int | None,
    welcome: str,
    now: datetime,
) -> LiveCode:
    """A new live code, whose QR code is still to be made. Raises BadScene and SceneTaken."""
    if not 1 <= len(scene) <= SCENE_MAX or any(character.isspace() for character in scene):
        raise BadScene(scene)
    values = {
        "channel_id": channel_id,
        "scene": scene,
        "name": name,
        "tag_id": tag_id,
        "welcome": welcome,
        "version": 1,
        "ticket": "",
        "url": "",
        "created_at": now,
    }
    code_id = insert_once(session, LiveCode, values, unique=["channel_id", "scene"])
    if code_id is None:
        raise SceneTaken(scene)
    return session.get_one(LiveCode, code_id)


def change(code: LiveCode, *, name: str, tag_id: int | None, welcome: str) -> None:
    """What the code does from now on, as its next version."""
    if (name, tag_id, welcome) != (code.name, code.tag_id, code.welcome):
        code.name, code.tag_id, code.welcome = name, tag_id, welcome
        code.version += 1


def keep_link(code: LiveCode, url: str, expires_at: datetime) -> None:
    """The link into the mini-program that was made for the code; the one before stays good."""
    code.url, code.link_expires_at = url, expires_at


def query_of(scene: str) -> str:
    """As the mini-program's page gets it, and hands it on when a member signs up."""
    return f"scene={quote(scene, safe='')}"


def all_of(session: Session) -> Sequence[LiveCode]:
    return session.scalars(sa.select(LiveCode).order_by(LiveCode.id)).all()


def with_qr(session: Session, channel_id: int) -> int:
    """How many of an official account have a QR code, which is theirs for good."""
    made = sa.select(sa.func.count()).where(
        LiveCode.channel_id == channel_id, LiveCode.ticket != ""
    )
    return session.scalar(made) or 0


def by_scene(session: Session, channel_id: int, scene: str) -> LiveCode | None:
    return session.scalar(
        sa.select(LiveCode).where(LiveCode.channel_id == channel_id, LiveCode.scene == scene)
    )


def scene_of(event_key: str) -> str:
    """The scene in a subscribe (``qrscene_x``) or SCAN (``x``) event's key."""
    return event_key.removeprefix(SCENE_PREFIX)
