"""Live codes: a way in each, with its tag and its welcome."""

from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import personal
from app.console import languages
from app.console.content import spoken_materials
from app.console.frame import Answer, console, go, page, siyu
from app.console.platforms import live_code_terms, qr_codes
from app.console.platforms.live_code_fields import LiveCodeForm, NewLiveCodeForm
from app.domain.insight import tags
from app.domain.insight.tags import Tag
from app.domain.outreach.materials.spoken_materials import LIVE_CODE
from app.domain.people import channels
from app.domain.people import live_codes as codes
from app.domain.people.channels import Channel, Kind
from app.domain.people.live_codes import LiveCode
from sop.mistakes import Mistake


@console.get("/live-codes")
def live_codes() -> Answer:
    with siyu().database.reading() as session:
        return page(
            "platforms/live_codes.html",
            channels={channel.id: channel for channel in channels.all_of(session)},
            tags={tag.id: tag for tag in tags.all_of(session)},
            **live_code_terms.listed(session, request.args.get("store", "")),
        )


@console.route("/live-codes/new", methods=["GET", "POST"])
def new_live_code() -> Answer:
    form = NewLiveCodeForm()
    with siyu().database.reading() as session:
        usable = [c for c in channels.all_of(session) if c.kind != Kind.GROUP_GATEWAY]
        form.channel.choices = {channel.id: channel.name for channel in usable}
        all_tags = tags.all_of(session)
        form.material.choices = spoken_materials.choices(session, LIVE_CODE, None)
        live_code_terms.offer(session, form, None)
    if form.validate_on_submit():
        code_id = _save(form)
        if code_id is not None:
            qr_codes.ask_for(code_id)
            return go("live_codes")
    return page("platforms/live_code_form.html", form=form, code=None, all_tags=all_tags)


@console.route("/live-codes/<int:code_id>", methods=["GET", "POST"])
def live_code(code_id: int) -> Answer:
    """What the code does; where it leads is printed already and stays."""
    with siyu().database.reading() as session:
        known = session.get(LiveCode, code_id) or abort(404)
        tag = session.get(Tag, known.tag_id) if known.tag_id else None
        all_tags = tags.all_of(session)
        offered = spoken_materials.choices(session, LIVE_CODE, code_id)
        held = spoken_materials.chosen(session, LIVE_CODE, code_id)
        told = {"name": known.name, "tag": tag.name if tag else "", "welcome": known.welcome}
        told |= live_code_terms.written(session, code_id)
        form = LiveCodeForm(data=told | {"material": held})
        form.material.choices = offered
        live_code_terms.offer(session, form, code_id)
    if form.validate_on_submit() and _change(form, code_id):
        flash(_("已保存，从现在起生效。"))
        return go("live_codes")
    return page("platforms/live_code_form.html", form=form, code=known, all_tags=all_tags)


def _save(form: NewLiveCodeForm) -> int | None:
    try:
        with siyu().database.writing() as session:
            added = codes.add(
                session,
                channel_id=form.channel.data,
                scene=form.scene.data.strip(),
                now=siyu().clock(),
                **_told(session, form),
            )
            _choose(session, added, form)
            live_code_terms.keep(session, added.id, form)
            return added.id
    except live_code_terms.BadTerms as problem:
        problem.show(form)
    except Mistake as mistake:
        form.welcome.errors = [languages.in_language(mistake)]
    except codes.BadScene:
        form.scene.errors = [_("1 到 64 个字符，不能有空格。")]
    except codes.SceneTaken:
        form.scene.errors = [_("这个渠道账号已有这个场景值。")]
    return None


def _change(form: LiveCodeForm, code_id: int) -> bool:
    try:
        with siyu().database.writing() as session:
            code = session.get_one(LiveCode, code_id)
            codes.change(code, **_told(session, form))
            _choose(session, code, form)
            live_code_terms.keep(session, code_id, form)
    except live_code_terms.BadTerms as problem:
        problem.show(form)
        return False
    except Mistake as mistake:
        form.welcome.errors = [languages.in_language(mistake)]
        return False
    return True


def _choose(session: Session, code: LiveCode, form: LiveCodeForm) -> None:
    """Raises Mistake for a material that cannot be said over the code's account."""
    kind = session.get_one(Channel, code.channel_id).kind
    spoken_materials.choose(session, LIVE_CODE, code.id, form.material.data or "", kind)


def _told(session: Session, form: LiveCodeForm) -> dict[str, Any]:
    """What the code does, as the form says it. Raises Mistake for a welcome that cannot be said."""
    welcome, tag_name = (form.welcome.data or "").strip(), (form.tag.data or "").strip()
    personal.check(session, welcome)
    tag = tags.named(session, tag_name, "channel", siyu().clock()) if tag_name else None
    return {"name": form.name.data.strip(), "tag_id": tag.id if tag else None, "welcome": welcome}
