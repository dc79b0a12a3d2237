"""Readers of a radar link, each below the one through whom she came: how a link travels on.

Whose reading it is, is decided here, from what the server knows and never from what a page says.

* Whom WeChat has named to us is she herself, through whatever link she came.
* Else a member's own link stands for her in the first browser that opens it, and in every browser
  that is known as hers. In any other browser it was opened by somebody unknown, through her; also
  in one that is known as another member's, and where WeChat was asked and named nobody.
* An onward link stands for nobody: whoever opens it in the browser of the one who passed it on is
  she, and everybody else came through her.

So a member who takes her own link to a second device, outside WeChat, is unknown there. The other
mistake, a friend's reading booked as hers, would be worse: it gives tags and points.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once
from app.domain.insight.radar_tokens import Opener, Through
from app.domain.people import members
from app.domain.people.members import Member


class RadarReader(Base):
    """Somebody who has, or whose link others have, opened a link. ``who`` is ``member:5``,
    ``wechat:1:<openid>`` of whom the worker has yet to meet, or ``browser:<id>`` of somebody
    unknown; ``browser`` is the first one she was seen in."""

    __tablename__ = "radar_readers"
    __table_args__ = (
        sa.UniqueConstraint("link_id", "who"),
        sa.Index("ix_radar_readers_tree", "link_id", "parent_id", "id"),
        sa.Index("ix_radar_readers_parent_id", "parent_id"),
        sa.Index("ix_radar_readers_browser", "browser", "member_id"),
        sa.Index("ix_radar_readers_member_id", "member_id", "link_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    link_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("radar_links.id"))
    who: Mapped[str]
    member_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id"))
    browser: Mapped[str | None]
    parent_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("radar_readers.id"))
    depth: Mapped[int] = mapped_column(default=0)
    times: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    last_opened_at: Mapped[datetime | None]

    @property
    def is_named(self) -> bool:
        """Whether we or WeChat know who she is."""
        return not self.who.startswith("browser:")


class NoSuchReader(Exception):
    """A genuine token of a member, a link or a reader that is not there any more."""


def of_opening(session: Session, through: Through, opener: Opener, now: datetime) -> RadarReader:
    """The reader whose opening this is, by the rules above; made if she is new. Raises
    NoSuchReader."""
    passed_on_by = _passed_on_by(session, through, now)
    who, member_id = _named(session, opener)
    if who is not None:
        return _found_or_made(session, passed_on_by, who, member_id, opener.browser, now)
    if _is_hers(session, passed_on_by, through, opener):
        return passed_on_by
    who = f"browser:{opener.browser}"
    return _found_or_made(session, passed_on_by, who, None, opener.browser, now)


def is_known(session: Session, through: Through) -> bool:
    """Whether a link leads anywhere: what it goes through is there."""
    if through.reader_id is not None:
        reader = session.get(RadarReader, through.reader_id)
        return reader is not None and reader.link_id == through.link_id
    return session.get(Member, through.member_id) is not None


def count_opening(session: Session, reader_id: int, since: datetime, now: datetime) -> bool:
    """Counts an opening, unless she has opened it ``since`` already."""
    counted = session.execute(
        sa.update(RadarReader)
        .where(
            RadarReader.id == reader_id,
            sa.or_(RadarReader.last_opened_at.is_(None), RadarReader.last_opened_at < since),
        )
        .values(times=RadarReader.times + 1, last_opened_at=now)
        .returning(RadarReader.id)
    )
    return counted.scalar_one_or_none() is not None


def recognise(session: Session, reader_id: int, member_id: int) -> None:
    """The worker has met her whom WeChat had named."""
    session.execute(
        sa.update(RadarReader)
        .where(RadarReader.id == reader_id, RadarReader.member_id.is_(None))
        .values(member_id=member_id)
    )


def _passed_on_by(session: Session, through: Through, now: datetime) -> RadarReader:
    if through.reader_id is not None:
        reader = session.get(RadarReader, through.reader_id)
        if reader is None or reader.link_id != through.link_id:
            raise NoSuchReader(through)
        return reader
    if through.member_id is None or session.get(Member, through.member_id) is None:
        raise NoSuchReader(through)
    member_id = members.get(session, through.member_id).id
    known = _known(session, through.link_id, member_id)
    if known is not None:
        return known
    return _kept(session, _row(through.link_id, f"member:{member_id}", member_id, None, now))


def _named(session: Session, opener: Opener) -> tuple[str | None, int | None]:
    """Who she is by WeChat's word, and as which member, if we know her already."""
    if opener.channel_id is None:
        return None, None
    identity = members.identity_of(session, opener.channel_id, opener.openid)
    if identity is None:
        return f"wechat:{opener.channel_id}:{opener.openid}", None
    member_id = members.get(session, identity.member_id).id
    return f"member:{member_id}", member_id


def _is_hers(session: Session, owner: RadarReader, through: Through, opener: Opener) -> bool:
    """Whether this opening is of the one through whose link she came."""
    if opener.unnamed:
        return False
    if through.reader_id is not None or owner.browser == opener.browser:
        return owner.browser == opener.browser
    known = session.scalar(
        sa.select(RadarReader.member_id)
        .where(RadarReader.browser == opener.browser, RadarReader.member_id.is_not(None))
        .limit(1)
    )
    return known == owner.member_id if known is not None else _bind(session, owner, opener.browser)


def _bind(session: Session, owner: RadarReader, browser: str) -> bool:
    """Takes the browser for hers, unless another one was before."""
    bound = session.execute(
        sa.update(RadarReader)
        .where(RadarReader.id == owner.id, RadarReader.browser.is_(None))
        .values(browser=browser)
        .returning(RadarReader.id)
    )
    return bound.scalar_one_or_none() is not None


def _found_or_made(
    session: Session,
    parent: RadarReader,
    who: str,
    member_id: int | None,
    browser: str,
    now: datetime,
) -> RadarReader:
    known = _known(session, parent.link_id, member_id) if member_id is not None else None
    if who == parent.who or (known is not None and known.id == parent.id):
        _bind(session, parent, browser)
        return parent
    if known is not None:
        return known
    row = _row(parent.link_id, who, member_id, browser, now)
    return _kept(session, row | {"parent_id": parent.id, "depth": parent.depth + 1})


def _row(
    link_id: int, who: str, member_id: int | None, browser: str | None, now: datetime
) -> dict[str, object]:
    return {
        "link_id": link_id,
        "who": who,
        "member_id": member_id,
        "browser": browser,
        "parent_id": None,
        "depth": 0,
        "times": 0,
        "made_at": now,
    }


def _known(session: Session, link_id: int, member_id: int) -> RadarReader | None:
    """Who has read it before she was this member, as WeChat named her or as a record of hers that
    was absorbed, reads it still."""
    hers = sa.select(RadarReader).where(
        RadarReader.member_id.in_(members.records_of(session, member_id)),
        RadarReader.link_id == link_id,
    )
    return session.scalars(hers.order_by(RadarReader.id).limit(1)).one_or_none()


def _kept(session: Session, row: dict[str, object]) -> RadarReader:
    insert_once(session, RadarReader, row, unique=["link_id", "who"])
    named = (RadarReader.link_id == row["link_id"], RadarReader.who == row["who"])
    return session.scalars(sa.select(RadarReader).where(*named)).one()
