"""WeCom (企业微信): its API paths and the tables they need.

One account of kind ``wecom`` is one app of a corp; what happens with one app is not seen by
another, even of the same corp.
"""

from bots.sandbox.calls import Handler
from bots.sandbox.wecom import (
    agreements,
    app_messages,
    archive,
    bot_answers,
    contact_lists,
    contact_ways,
    contacts,
    conversions,
    corp_tags,
    gate,
    group_lists,
    group_send_results,
    group_sends,
    group_statistics,
    group_welcomes,
    groups,
    join_ways,
    kf,
    media,
    moment_lists,
    moments,
    rates,
    robots,
    smart_bot,
    staff,
    tag_book,
    tag_marks,
    transfers,
    welcomes,
)
from bots.sandbox.wecom.gate import CorpHandler

GET, POST = "GET", "POST"
CONTACT = "/cgi-bin/externalcontact/"
GROUP = CONTACT + "groupchat/"
WELCOME = group_welcomes.API
AUDIT = "/cgi-bin/msgaudit/"
TABLES = "".join(
    part.TABLES
    for part in (
        gate,
        media,
        contacts,
        tag_book,
        tag_marks,
        contact_ways,
        welcomes,
        groups,
        join_ways,
        group_welcomes,
        archive,
        agreements,
        kf,
        rates,
        group_sends,
        app_messages,
        moments,
        transfers,
        smart_bot,
        bot_answers,
    )
)

_GUARDED: tuple[tuple[str, str, CorpHandler], ...] = (
    (POST, "/cgi-bin/media/upload_attachment", media.upload_attachment),
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
    (POST, CONTACT + "close_temp_chat", contact_ways.close_temp_chat),
    (POST, CONTACT + "opengid_to_chatid", group_lists.of_opengid),
    (POST, CONTACT + "get_corp_tag_list", corp_tags.listed),
    (POST, CONTACT + "add_corp_tag", corp_tags.add),
    (POST, CONTACT + "edit_corp_tag", corp_tags.edit),
    (POST, CONTACT + "del_corp_tag", corp_tags.remove),
    (POST, CONTACT + "mark_tag", corp_tags.mark),
    (POST, GROUP + "list", group_lists.listed),
    (POST, GROUP + "get", group_lists.one),
    (POST, GROUP + "statistic", group_statistics.by_owner),
    (POST, GROUP + "statistic_group_by_day", group_statistics.by_day),
    (POST, GROUP + "add_join_way", join_ways.add),
    (POST, GROUP + "get_join_way", join_ways.get),
    (POST, GROUP + "update_join_way", join_ways.update),
    (POST, GROUP + "del_join_way", join_ways.remove),
    (POST, WELCOME + "add", group_welcomes.add),
    (POST, WELCOME + "edit", group_welcomes.edit),
    (POST, WELCOME + "get", group_welcomes.get),
    (POST, WELCOME + "del", group_welcomes.remove),
    (POST, AUDIT + "get_permit_user_list", agreements.permitted),
    (POST, AUDIT + "check_single_agree", agreements.of_private_chats),
    (POST, AUDIT + "check_room_agree", agreements.of_group),
    (POST, group_sends.API, group_sends.add),
    (POST, CONTACT + "remind_groupmsg_send", group_sends.remind),
    (POST, CONTACT + "cancel_groupmsg_send", group_sends.cancel),
    (POST, CONTACT + "get_groupmsg_list_v2", group_sends.listed),
    (POST, CONTACT + "get_groupmsg_task", group_send_results.tasks),
    (POST, CONTACT + "get_groupmsg_send_result", group_send_results.recipients),
    (POST, CONTACT + "get_group_msg_result", group_send_results.at_once),
    (POST, app_messages.API, app_messages.send),
    (POST, moments.API, moments.add),
    (GET, CONTACT + "get_moment_task_result", moments.job_result),
    (POST, CONTACT + "cancel_moment_task", moments.cancel),
    (POST, CONTACT + "get_moment_list", moment_lists.listed),
    (POST, CONTACT + "get_moment_task", moment_lists.tasks),
    (POST, CONTACT + "get_moment_customer_list", moment_lists.audience),
    (POST, CONTACT + "get_moment_send_result", moment_lists.send_result),
    (POST, CONTACT + "get_moment_comments", moment_lists.comments),
    (POST, CONTACT + "transfer_customer", transfers.ask),
    (POST, CONTACT + "transfer_result", transfers.results),
    (POST, CONTACT + "transfer", transfers.ask_one),
    (POST, CONTACT + "get_unassigned_list", transfers.unassigned),
    (GET, "/cgi-bin/user/simplelist", staff.listed_briefly),
    (GET, "/cgi-bin/user/list", staff.listed),
    (GET, "/cgi-bin/department/list", staff.departments),
    (POST, "/cgi-bin/idconvert/unionid_to_external_userid", conversions.to_external_userid),
    (
        POST,
        "/cgi-bin/idconvert/batch/external_userid_to_pending_id",
        conversions.to_pending_ids,
    ),
    (POST, CONTACT + "unionid_to_external_userid", conversions.to_contact),
    (POST, CONTACT + "convert_to_openid", conversions.to_openid),
    *kf.GUARDED,
)
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    (GET, "/cgi-bin/gettoken", gate.hinted(gate.token)),
    (POST, archive.PATH, gate.hinted(archive.feed)),
    (POST, robots.API, gate.hinted(robots.send)),
    (POST, smart_bot.RESPONSE_PATH, gate.hinted(smart_bot.respond)),
    (POST, "/cgi-bin/webhook/upload_media", gate.hinted(robots.upload)),
    *((method, path, gate.guarded(path, handler)) for method, path, handler in _GUARDED),
)
# Paths that official accounts have as well: whose token it is decides.
SHARED: dict[str, Handler] = {
    path: gate.guarded(path, handler)
    for path, handler in (
        ("/cgi-bin/getcallbackip", gate.server_addresses),
        ("/cgi-bin/get_api_domain_ip", gate.server_addresses),
        ("/cgi-bin/media/upload", media.upload),
        (media.GET, media.get),
        ("/cgi-bin/user/get", staff.one),
    )
}
