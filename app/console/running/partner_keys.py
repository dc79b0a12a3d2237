"""The keys with which the shops' systems come through the API: made, shown once, revoked."""

from flask import abort, request
from flask_babel import gettext as _

from app.console.frame import Answer, console, go, operator_id, page, siyu
from app.domain.people import operators
from app.domain.people import partner_keys as keys
from app.domain.people.partner_keys import PartnerKey

NAME_MAX = 60


@console.get("/partner-keys")
def partner_keys() -> Answer:
    return _page()


@console.post("/partner-keys")
def make_partner_key() -> Answer:
    """The page that answers is the only one that ever shows the key."""
    name, now = request.form.get("name", "").strip(), siyu().clock()
    if not 0 < len(name) <= NAME_MAX:
        return _page(mistake=_("请填写名称，不超过 %(most)s 个字。", most=NAME_MAX))
    with siyu().database.writing() as session:
        made, text = keys.make(session, name, now)
        details = {"name": name, "hint": made.hint}
        operators.record(
            session, operator_id(), "partner_key.make", f"partner_key:{made.id}", details, now
        )
    return _page(made=text)


@console.post("/partner-keys/<int:key_id>/revoke")
def revoke_partner_key(key_id: int) -> Answer:
    now = siyu().clock()
    with siyu().database.writing() as session:
        key = session.get(PartnerKey, key_id) or abort(404)
        keys.revoke(key, now)
        operators.record(
            session, operator_id(), "partner_key.revoke", f"partner_key:{key.id}", {}, now
        )
    return go("partner_keys")


def _page(**values: str) -> Answer:
    with siyu().database.reading() as session:
        return page("running/partner_keys.html", keys=keys.all_of(session), **values)
