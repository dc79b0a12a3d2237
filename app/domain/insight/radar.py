"""Radar links 雷达: a link of the member's own, so that opening it tells who is interested."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once

KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")  # as in {radar:key}


class RadarLink(Base):
    __tablename__ = "radar_links"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    url: Mapped[str]
    tag_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("tags.id"))
    points: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class RadarOpening(Base):
    """That a member has opened a link, how often, and when first and last."""

    __tablename__ = "radar_openings"
    __table_args__ = (
        sa.UniqueConstraint("link_id", "member_id"),
        sa.Index("ix_radar_openings_member_id", "member_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    link_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("radar_links.id"))
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id"))
    times: Mapped[int] = mapped_column(default=1)
    first_opened_at: Mapped[datetime]
    last_opened_at: Mapped[datetime]


class BadLink(ValueError):
    """The key is no name (letters, digits, - and _), or the address is no web address."""


class LinkTaken(Exception):
    """There is a link of this key already."""


class RadarSigner:
    """Makes and reads the tokens of ``/r/<token>``: which link, whose."""

    def __init__(self, secret: str):
        self._serializer = URLSafeSerializer(secret, salt="radar")

    def token(self, link_id: int, member_id: int) -> str:
        return str(self._serializer.dumps([link_id, member_id]))

    def read(self, token: str) -> tuple[int, int] | None:
        """(link, member), or None when the token is not ours."""
        try:
            link_id, member_id = self._serializer.loads(token)
        except BadSignature:
            return None
        return int(link_id), int(member_id)


def by_key(session: Session, key: str) -> RadarLink | None:
    return session.scalar(sa.select(RadarLink).where(RadarLink.key == key))


def all_of(session: Session) -> Sequence[RadarLink]:
    return session.scalars(sa.select(RadarLink).order_by(RadarLink.id)).all()


def add(session: Session, *, key: str, now: datetime, **told: Any) -> RadarLink:
    """A new link; ``told`` as in ``change``. Raises BadLink and LinkTaken."""
    if not KEY.fullmatch(key):
        raise BadLink(key)
    if by_key(session, key) is not None:
        raise LinkTaken(key)
    link = RadarLink(key=key, title="", url="", points=0, version=0, created_at=now)
    session.add(link)
    change(link, **told)
    session.flush()
    return link


def change(link: RadarLink, *, title: str, url: str, tag_id: int | None, points: int) -> None:
    """Where it leads and what opening it brings from now on, as its next version. Raises
    BadLink."""
    if not url.startswith(("https://", "http://")) or not url.isprintable() or " " in url:
        raise BadLink(url)
    told = (title, url, tag_id, points)
    if told != (link.title, link.url, link.tag_id, link.points):
        link.title, link.url, link.tag_id, link.points = told
        link.version += 1


def openings(session: Session) -> dict[int, tuple[int, int]]:
    """By link: how many members have opened it, and how often in all."""
    rows = session.execute(
        sa.select(RadarOpening.link_id, sa.func.count(), sa.func.sum(RadarOpening.times)).group_by(
            RadarOpening.link_id
        )
    )
    return {link_id: (members, int(times)) for link_id, members, times in rows}


def opened(session: Session, link_id: int, member_id: int, now: datetime) -> bool:
    """Counts an opening. Returns whether it is the member's first of this link."""
    values = {
        "link_id": link_id,
        "member_id": member_id,
        "times": 1,
        "first_opened_at": now,
        "last_opened_at": now,
    }
    if insert_once(session, RadarOpening, values, unique=["link_id", "member_id"]) is not None:
        return True
    session.execute(
        sa.update(RadarOpening)
        .where(RadarOpening.link_id == link_id, RadarOpening.member_id == member_id)
        .values(times=RadarOpening.times + 1, last_opened_at=now)
    )
    return False
