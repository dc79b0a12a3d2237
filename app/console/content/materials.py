"""The material library 素材库: messages written once, found again, and where each is used."""

from typing import Any

from flask import abort, flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.checks import content_checks
from app.console import uses
from app.console.content import message_fields, message_previews
from app.console.fields.written import problems_at
from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.outreach.journeys import plans
from app.domain.outreach.journeys.plans import NotAllowed, Plan
from app.domain.outreach.materials import content_uses, material_uses, materials
from app.domain.outreach.materials.content_uses import MATERIAL
from app.domain.outreach.materials.materials import BadMaterial, Material, StillUsed
from app.domain.people import operators
from sop.plans import BadPlan
from sop.reading import Problem

_SOUGHT = ("words", "kind", "folder")
_EMPTY = {"kind": "text", "content": {"text": ""}}


@console.get("/materials", endpoint="materials")
def list_materials() -> Answer:
    sought = {name: request.args.get(name, "").strip() for name in _SOUGHT}
    words, kind, folder = (sought[name] for name in _SOUGHT)
    archived = request.args.get("archived") == "1"
    with siyu().database.reading() as session:
        return page(
            "content/materials.html",
            materials=materials.search(
                session, words=words, kind=kind, folder=folder, archived=archived
            ),
            folders=materials.folders(session),
            kinds=[kind for kind in message_fields.KINDS if kind != MATERIAL],
            counts=content_uses.counts(session, MATERIAL),
            sought=sought,
            archived=archived,
        )


@console.route("/materials/new", methods=["GET", "POST"])
def new_material() -> Answer:
    return _edit(None)


@console.route("/materials/<int:material_id>/edit", methods=["GET", "POST"])
def edit_material(material_id: int) -> Answer:
    return _edit(material_id)


@console.post("/materials/form")
def change_material_form() -> Answer:
    """The message's own fields for another kind, for htmx."""
    with siyu().database.reading() as session:
        return page("content/_material_fields.html", **_fields(session, _message(), []))


@console.post("/materials/preview")
def preview_material() -> Answer:
    with siyu().database.reading() as session:
        values = message_previews.example(session)
        said = message_previews.of(session, _message(), values)
        return page("content/_message_preview.html", said=said)


@console.get("/materials/<int:material_id>")
def material(material_id: int) -> Answer:
    with siyu().database.reading() as session:
        shown = _material(session, material_id)
        values = message_previews.example(session)
        versions = [
            (one, message_previews.of(session, {"kind": one.kind, "content": one.content}, values))
            for one in materials.versions(session, material_id)
        ]
        return page(
            "content/material.html",
            material=shown,
            versions=versions,
            uses=uses.of(session, MATERIAL, str(material_id)),
        )


@console.post("/materials/<int:material_id>/archive")
def archive_material(material_id: int) -> Answer:
    """Archives it, or brings it back."""
    now, back = siyu().clock(), request.form.get("back") == "yes"
    with siyu().database.writing() as session:
        changed = _material(session, material_id)
        if back:
            materials.bring_back(changed)
        else:
            materials.archive(changed, now)
        action = "material.bring_back" if back else "material.archive"
        operators.record(session, operator_id(), action, f"material:{material_id}", {}, now)
    return go("material", material_id=material_id)


@console.post("/materials/<int:material_id>/delete")
def delete_material(material_id: int) -> Answer:
    now = siyu().clock()
    try:
        with siyu().database.writing() as session:
            name = _material(session, material_id).name
            materials.delete(session, material_id)
            details = {"name": name}
            subject = f"material:{material_id}"
            operators.record(session, operator_id(), "material.delete", subject, details, now)
    except StillUsed:
        flash(_("它正在或曾经被使用，只能归档。"), "danger")
        return go("material", material_id=material_id)
    flash(_("已删除。"))
    return go("materials")


@console.post("/materials/<int:material_id>/adopt/<int:plan_id>")
def adopt_material(material_id: int, plan_id: int) -> Answer:
    """The plan says its newest version from now on, which is a new version of the plan."""
    now = siyu().clock()
    try:
        with siyu().database.writing() as session:
            plan = session.get(Plan, plan_id) or abort(404)
            written = plans.written(session, plan_id, plan.version)
            newest = material_uses.pinned(session, written, newest=material_id)
            if newest != written:
                plans.revise(session, plan, newest, operator_id(), now)
    except (NotAllowed, BadPlan):
        flash(_("这个计划用不了新版本，请到计划里修改。"), "danger")
        return go("material", material_id=material_id)
    flash(_("计划已改用最新版本，对此后入组的会员生效。"))
    return go("material", material_id=material_id)


def _edit(material_id: int | None) -> Answer:
    problems: list[Problem] = []
    message = _message() if request.method == "POST" else _EMPTY
    if request.method == "POST":
        saved_id = _save(material_id, message, problems)
        if saved_id is not None:
            flash(_("已保存。"))
            return go("material", material_id=saved_id)
    with siyu().database.reading() as session:
        known = _material(session, material_id) if material_id else None
        if known is not None and request.method == "GET":
            said = materials.said(session, known.id, known.version)
            message = {"kind": said.kind, "content": dict(said.content)}
        values = message_previews.example(session)
        return page(
            "content/material_form.html",
            material=known,
            folders=materials.folders(session),
            said=message_previews.of(session, message, values),
            written=_written(known),
            **_fields(session, message, problems),
        )


def _save(material_id: int | None, message: dict[str, Any], problems: list[Problem]) -> int | None:
    """Its id, or None with what is wrong noted in ``problems``."""
    named, now = _written(None), siyu().clock()
    try:
        with siyu().database.writing() as session:
            problems += _problems_of(session, message)
            if problems:
                return None
            saved = materials.write(
                session,
                material_id=material_id,
                name=named["name"],
                message=message,
                folder=named["folder"],
                labels=named["labels"].replace("，", ",").split(","),
                operator_id=operator_id(),
                now=now,
            )
            return saved.id
    except BadMaterial as bad:
        problems += bad.problems
        return None


def _problems_of(session: Session, message: dict[str, Any]) -> list[Problem]:
    """What its shape leaves open: whether all that it names is there."""
    audience = "group" if "{group_name" in str(message["content"]) else "member"
    try:
        materials.check(message)
    except BadMaterial:
        return []  # said when it is written
    return content_checks.problems_in(session, {"message": message}, audience)


def _written(known: Material | None) -> dict[str, str]:
    """Name, folder and labels as the form has them."""
    kept = {"name": "", "folder": "", "labels": ""}
    if known is not None:
        kept = {"name": known.name, "folder": known.folder, "labels": known.labels}
    return {name: request.form.get(name, kept[name]).strip() for name in kept}


def _message() -> dict[str, Any]:
    return message_fields.message_in(request.form)


def _fields(session: Session, message: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    offer = message_fields.offered(session, "member", materials_too=False)
    return {
        "message": message,
        "problems": problems,
        "problems_at": problems_at,
        **message_fields.in_template(offer),
    }


def _material(session: Session, material_id: int) -> Material:
    return session.get(Material, material_id) or abort(404)
