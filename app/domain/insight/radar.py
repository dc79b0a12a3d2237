"""Radar links 雷达: a link of the member's own, so that opening it tells who is interested.

A link leads to an article of ours, whose page tells how it is read, or to an outside page, of which
only the opening is known; ``page_first`` shows a page of ours before that, so that what only looks
like an opening is not counted and the link can be passed on.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
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
    article_id: Mapped[int | None] = mapped_column(Id)  # then there is no url
    category: Mapped[str] = mapped_column(default="", server_default="")
    page_first: Mapped[bool] = mapped_column(default=False, server_default="0")

    @property
    def has_page(self) -> bool:
        """Whether a page of ours is shown, whose script tells that it is read."""
        return self.article_id is not None or self.page_first

    @property
    def leads_somewhere(self) -> bool:
        return self.article_id is not None or is_web_address(self.url)


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


def by_key(session: Session, key: str) -> RadarLink | None:
    return session.scalar(sa.select(RadarLink).where(RadarLink.key == key))


def all_of(session: Session) -> Sequence[RadarLink]:
    return session.scalars(sa.select(RadarLink).order_by(RadarLink.id)).all()


def categories(session: Session) -> Sequence[str]:
    """The categories there are, in their order."""
    wanted = sa.select(RadarLink.category).where(RadarLink.category != "")
    return session.scalars(wanted.distinct().order_by(RadarLink.category)).all()


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


def change(
    link: RadarLink,
    *,
    title: str,
    url: str,
    tag_id: int | None,
    points: int,
    article_id: int | None = None,
    category: str = "",
    page_first: bool = False,
) -> None:
    """Where it leads and what opening it brings from now on, as its next version. Raises
    BadLink."""
    if article_id is None and not is_web_address(url):
        raise BadLink(url)
    told: dict[str, Any] = {
        "title": title,
        "url": "" if article_id is not None else url,
        "tag_id": tag_id,
        "points": points,
        "article_id": article_id,
        "category": category,
        "page_first": page_first and article_id is None,
    }
    if any(getattr(link, name) != value for name, value in told.items()):
        for name, value in told.items():
            setattr(link, name, value)
        link.version += 1


def is_web_address(url: str) -> bool:
    """Whether a browser finds there what we mean: a page of a host that is named."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_plain = url.isprintable() and " " not in url and "\\" not in url
    return is_plain and parts.scheme in ("http", "https") and bool(parts.hostname)


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
