"""What became of a radar link, and the thresholds from which reading it gives something."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console import uses
from app.console.frame import Answer, console, go, operator_id, page, siyu, zone
from app.domain.insight import radar_figures, radar_thresholds, tags
from app.domain.insight.articles import Article
from app.domain.insight.keywords import KeywordRule
from app.domain.insight.radar import RadarLink
from app.domain.insight.radar_figures import Node, Reading
from app.domain.insight.radar_thresholds import CONDITIONS, BadThreshold, RadarThreshold
from app.domain.outreach.materials.content_uses import RADAR
from app.domain.people import operators
from app.domain.people.live_codes import LiveCode
from app.domain.people.members import Member
from sop import wording

NUMBER_MAX = 1_000_000


@console.get("/radar/<int:link_id>")
def radar_link(link_id: int) -> Answer:
    now = siyu().clock()
    with siyu().database.reading() as session:
        link = session.get(RadarLink, link_id) or abort(404)
        nodes = radar_figures.tree(session, link_id)
        return page(
            "content/radar_link.html",
            link=link,
            article=session.get(Article, link.article_id) if link.article_id else None,
            reading=radar_figures.of_links(session).get(link_id, Reading()),
            charts=_charts(session, link_id),
            depths=radar_figures.depths(session, link_id),
            nodes=nodes,
            tree_max=radar_figures.TREE_MAX,
            names=_names(session, nodes),
            thresholds=radar_thresholds.of_link(session, link),
            tags={tag.id: tag for tag in tags.all_of(session)},
            uses=uses.of(session, RADAR, link.key),
            said_by=_said_by(session, link),
            now=now,
        )


@console.post("/radar/<int:link_id>/thresholds")
def add_radar_threshold(link_id: int) -> Answer:
    now, tag_name = siyu().clock(), request.form.get("tag", "").strip()[:40]
    try:
        with siyu().database.writing() as session:
            link = session.get(RadarLink, link_id) or abort(404)
            is_of_all = "category" in request.form and bool(link.category)
            tag = tags.named(session, tag_name, "preference", now) if tag_name else None
            made = radar_thresholds.add(
                session,
                link_id=None if is_of_all else link.id,
                category=link.category if is_of_all else "",
                conditions={name: _number(name) for name in CONDITIONS},
                tag_id=tag.id if tag else None,
                points=_number("points") or 0,
                notify_userid=request.form.get("notify_userid", "").strip()[:64],
                now=now,
            )
            _record(session, "radar.threshold", link, made)
    except BadThreshold:
        flash(_("请至少写一个条件。"), "danger")
    else:
        flash(_("已保存。"))
    return go("radar_link", link_id=link_id)


@console.post("/radar/<int:link_id>/thresholds/<int:threshold_id>/end")
def end_radar_threshold(link_id: int, threshold_id: int) -> Answer:
    with siyu().database.writing() as session:
        link = session.get(RadarLink, link_id) or abort(404)
        threshold = session.get(RadarThreshold, threshold_id) or abort(404)
        radar_thresholds.end(threshold, siyu().clock())
        _record(session, "radar.threshold_end", link, threshold)
    return go("radar_link", link_id=link_id)


def _number(name: str) -> int | None:
    """A whole number of the form; what is none counts as not written."""
    written = request.form.get(name, "").strip()
    is_number = written.isascii() and written.isdigit() and len(written) < 8
    return min(int(written), NUMBER_MAX) or None if is_number else None


def _charts(session: Session, link_id: int) -> dict[str, object]:
    hours = radar_figures.by_hour(session, link_id, siyu().clock())
    lasting = radar_figures.lasting(session, link_id)
    return {
        "hours": {
            "days": [f"{at.astimezone(zone()):%d %H:00}" for at, _count in hours],
            "bars": [{"name": _("打开次数"), "values": [count for _at, count in hours]}],
        },
        "lasting": {
            "days": [_("%(n)s 秒起", n=seconds) for seconds, _count in lasting],
            "bars": [{"name": _("次数"), "values": [count for _seconds, count in lasting]}],
        },
    }


def _names(session: Session, nodes: Sequence[Node]) -> Mapping[int, str]:
    ids = {node.reader.member_id for node in nodes if node.reader.member_id is not None}
    found = session.scalars(sa.select(Member).where(Member.id.in_(ids)))
    return {member.id: member.nickname or f"#{member.id}" for member in found}


def _said_by(session: Session, link: RadarLink) -> list[tuple[str, str, int]]:
    """Welcomes and replies that lead to it: endpoint, name and id."""
    place = f"radar:{link.key}"
    codes = session.scalars(sa.select(LiveCode).where(LiveCode.welcome.contains(place)))
    rules = session.scalars(sa.select(KeywordRule).where(KeywordRule.reply.contains(place)))
    said = [("live_code", one.name, one.id, one.welcome) for one in codes]
    said += [("rule", one.name, one.id, one.reply or "") for one in rules]
    return [(page, name, n) for page, name, n, text in said if place in wording.names_in(text)]


def _record(session: Session, action: str, link: RadarLink, threshold: RadarThreshold) -> None:
    details = {"key": link.key, "threshold": threshold.id}
    operators.record(session, operator_id(), action, f"radar:{link.id}", details, siyu().clock())
