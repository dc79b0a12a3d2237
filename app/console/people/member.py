"""A member: who she is, what she has, and her timeline, in which everything says why."""

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime

from flask import abort, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import inbox
from app.console.frame import Answer, console, operator_id, page, siyu
from app.console.people import (
    direct_lines,
    figure_reasons,
    member_manners,
    member_plans,
    member_standing,
    twins,
)
from app.console.saying import timeline
from app.domain.insight import directory, mirrored_tags, tags
from app.domain.insight.tags import DIMENSIONS, Tag
from app.domain.loyalty import orders, points, sign_ins
from app.domain.loyalty.spending import coupons
from app.domain.outreach import tags_by_hand, todos
from app.domain.people import addresses, consents, contacts, groups, members, operators
from app.domain.people.channels import Channel
from app.domain.people.members import Member
from app.journeys import hearing
from app.journeys.causes import Cause
from app.reviewing import records
from sop.happenings import Happened

LINES, ORDERS, COUPONS = 40, 10, 10
TAG_NAME_MAX = 40


@console.get("/members/<int:member_id>")
def member(member_id: int) -> Answer:
    return show(member_id, {})


def show(member_id: int, wrong: Mapping[str, str]) -> str:
    """Her page; ``wrong`` is what is wrong in a form of it that was sent just now, by the name of
    the field, and the form then shows what was typed."""
    now, programme = siyu().clock(), siyu().programme
    with siyu().database.reading() as session:
        shown = _member(session, member_id)
        return page(
            "people/member.html",
            member=shown,
            phone=members.masked_phone_of(shown, siyu().vault),
            balance=points.balance_of(session, member_id),
            growth=records.growth_of(session, [member_id]).get(member_id, 0),
            streak=sign_ins.streak_days(session, member_id, programme.business_day(now)),
            identities=directory.identities_of(session, member_id),
            inviter=session.get(Member, shown.inviter_id) if shown.inviter_id else None,
            consents=consents.of(session, member_id),
            contacts=contacts.of_member(session, member_id),
            groups=groups.of_member(session, member_id),
            todos=todos.open_of_member(session, member_id),
            coupons=coupons.of_member(session, member_id, COUPONS),
            coupons_on_offer=coupons.on_offer(session),
            now=now,
            orders=orders.of_member(session, member_id, ORDERS),
            places=member_plans.of(session, member_id),
            plans_to_enter=member_plans.to_enter(session),
            timeline=timeline.page_of(session, member_id, None, LINES),
            excerpt=timeline.excerpt,
            email=addresses.masked_email_of(shown, siyu().vault),
            agreed={one.purpose for one in consents.of(session, member_id) if not one.withdrawn_at},
            direct_channels=direct_lines.offered(session),
            **member_manners.shown(session, shown),
            **figure_reasons.shown(session, shown, programme, now),
            **member_standing.shown(session, shown, programme, now),
            once=secrets.token_hex(16),
            merges=twins.made_of(session, member_id),
            wrong=wrong,
            typed=request.form if wrong else {},
            **_tags_shown(session, member_id),
        )


@console.get("/members/<int:member_id>/timeline")
def member_timeline(member_id: int) -> Answer:
    """The next part of the timeline, for htmx."""
    before = timeline.place_of(request.args.get("before", ""))
    with siyu().database.reading() as session:
        return page(
            "people/_timeline.html",
            member=_member(session, member_id),
            timeline=timeline.page_of(session, member_id, before, LINES),
            excerpt=timeline.excerpt,
        )


@console.post("/members/<int:member_id>/phone")
def unmask_phone(member_id: int) -> Answer:
    """The whole number, which goes on record."""
    now = siyu().clock()
    with siyu().database.writing() as session:
        shown = _member(session, member_id)
        phone = members.phone_of(shown, siyu().vault)
        operators.record(session, operator_id(), "phone.unmask", f"member:{member_id}", {}, now)
    return page("people/_phone.html", member=shown, phone=phone, is_whole=True)


@console.post("/members/<int:member_id>/tags")
def give_tag(member_id: int) -> Answer:
    name, dimension = request.form.get("name", "").strip(), request.form.get("dimension", "")
    wrong = dict(_wrong(name, dimension))
    now = siyu().clock()
    with siyu().waking() as session:
        _member(session, member_id)
        if wrong:
            return _tags_page(session, member_id, wrong)
        tag = tags.named(session, name, dimension, now)
        if tags_by_hand.give(session, member_id, tag, operator_id(), now):
            happened = Happened("tagged", now, {"tag": tag.name})
            by_hand = Cause(entry=now.isoformat())
            hearing.hear(session, member_id, happened, siyu().programme, by_hand, now)
        _mirror(session, member_id, tag.id, now)
        return _tags_page(session, member_id, {})


def _wrong(name: str, dimension: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a tag to be given, by the name of the field."""
    if not 0 < len(name) <= TAG_NAME_MAX:
        yield "name", _("标签名要有 1 到 %(most)s 个字。", most=TAG_NAME_MAX)
    if dimension not in DIMENSIONS:
        yield "dimension", _("请选一个维度。")


@console.post("/members/<int:member_id>/tags/<int:tag_id>/remove")
def remove_tag(member_id: int, tag_id: int) -> Answer:
    with siyu().waking() as session:
        _member(session, member_id)
        tag = session.get(Tag, tag_id) or abort(404)
        now = siyu().clock()
        tags_by_hand.remove(session, member_id, tag, operator_id(), now)
        _mirror(session, member_id, tag.id, now)
        return _tags_page(session, member_id, {})


def _member(session: Session, member_id: int) -> Member:
    return session.get(Member, member_id) or abort(404)


def _mirror(session: Session, member_id: int, tag_id: int, now: datetime) -> None:
    """Where the tag is mirrored, the platforms are told, each in her lane there."""
    for mirror in mirrored_tags.of_tag(session, tag_id):
        identity = members.on_channel(session, member_id, mirror.channel_id)
        if identity is None:
            continue
        channel = session.get_one(Channel, mirror.channel_id)
        inbox.receive_own(
            session,
            key=f"mirror_due:{mirror.id}:{identity.id}:{now.isoformat()}",
            kind="mirror_due",
            subject=f"{channel.key}/{identity.external_id}",
            fields={"TagId": str(tag_id)},
            channel_id=channel.id,
            sender=identity.external_id,
            member_id=member_id,
            now=now,
        )


def _tags_page(session: Session, member_id: int, wrong: Mapping[str, str]) -> str:
    typed = request.form if wrong else {}
    shown = _tags_shown(session, member_id)
    return page("people/_tags.html", **shown, wrong=wrong, typed=typed)


def _tags_shown(session: Session, member_id: int) -> dict[str, object]:
    return {
        "member_id": member_id,
        "held": tags.of(session, member_id),
        "all_tags": tags.all_of(session),
        "dimensions": DIMENSIONS,
    }
