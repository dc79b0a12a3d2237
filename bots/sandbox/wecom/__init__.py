"""WeCom (企业微信): its API paths and the tables they need.

One account of kind ``wecom`` is one app of a corp; what happens with one app is not seen by
another, even of the same corp.
"""

from bots.sandbox.calls import Handler
from bots.sandbox.wecom import (
    contact_lists,
    contact_ways,
    contacts,
    corp_tags,
    gate,
    media,
    staff,
    tag_marks,
    welcomes,
)
from bots.sandbox.wecom.gate import CorpHandler

GET, POST = "GET", "POST"
CONTACT = "/cgi-bin/externalcontact/"
TABLES = "".join(
    part.TABLES for part in (gate, media, contacts, corp_tags, tag_marks, contact_ways, welcomes)
)

_GUARDED: tuple[tuple[str, str, CorpHandler], ...] = (
    (GET, CONTACT + "get_follow_user_list", staff.follow_users),
    (GET, CONTACT + "list", contact_lists.listed),
    (GET, CONTACT + "get", contact_lists.one),
    (POST, CONTACT + "batch/get_by_user", contact_lists.of_several),
    (POST, CONTACT + "remark", contact_lists.remark),
    (POST, welcomes.API, welcomes.send),
    (POST, CONTACT + "add_contact_way", contact_ways.add),
    (POST, CONTACT + "get_contact_way", contact_ways.get),
    (POST, CONTACT + "list_contact_way", contact_ways.listed),
    (POST, CONTACT + "update_contact_way", contact_ways.update),
    (POST, CONTACT + "del_contact_way", contact_ways.remove),
    (POST, CONTACT + "get_corp_tag_list", corp_tags.listed),
    (POST, CONTACT + "add_corp_tag", corp_tags.add),
    (POST, CONTACT + "edit_corp_tag", corp_tags.edit),
    (POST, CONTACT + "del_corp_tag", corp_tags.remove),
    (POST, CONTACT + "mark_tag", corp_tags.mark),
)
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    (GET, "/cgi-bin/gettoken", gate.hinted(gate.token)),
    *((method, path, gate.guarded(path, handler)) for method, path, handler in _GUARDED),
)
# Paths that official accounts have as well: whose token it is decides.
SHARED: dict[str, Handler] = {
    path: gate.guarded(path, handler)
    for path, handler in (
        ("/cgi-bin/getcallbackip", gate.server_addresses),
        ("/cgi-bin/get_api_domain_ip", gate.server_addresses),
        ("/cgi-bin/media/upload", media.upload),
        ("/cgi-bin/user/get", staff.one),
    )
}
