"""What WeCom tells of people, in words: for timelines and the member's page."""

from collections.abc import Mapping

from flask_babel import gettext as _

from app.console.frame import console

_CONTACT, _GROUP = "event.change_external_contact", "event.change_external_chat"


def kinds() -> Mapping[str, str]:
    """The kinds of events."""
    return {
        f"{_CONTACT}.add_external_contact": _("添加企业微信成员"),
        f"{_CONTACT}.add_half_external_contact": _("添加企业微信成员，待确认"),
        f"{_CONTACT}.edit_external_contact": _("企业微信资料变更"),
        f"{_CONTACT}.del_external_contact": _("被企业微信成员删除"),
        f"{_CONTACT}.del_follow_user": _("删除企业微信成员"),
        f"{_CONTACT}.transfer_fail": _("客户继承失败"),
        f"{_CONTACT}.msg_audit_approved": _("同意会话存档"),
        f"{_GROUP}.create": _("客户群创建"),
        f"{_GROUP}.update": _("客户群变更"),
        f"{_GROUP}.dismiss": _("客户群解散"),
        "contact": _("企业微信告知客户资料"),
        "contact_found": _("夜间核对：发现客户关系"),
        "contact_marked": _("夜间核对：成员打了标签"),
        "contact_missing": _("夜间核对：客户关系已不在"),
        "group_joined": _("进入客户群"),
        "group_left": _("离开客户群"),
    }


def fail_reason(reason: str) -> str:
    """Why a contact could not be handed over to another member of staff."""
    words = {
        "customer_refused": _("客户拒绝了继承"),
        "customer_limit_exceed": _("接替成员的客户数已达上限"),
    }
    return words.get(reason, reason)


@console.app_template_filter()
def ended_by_in_words(ended_by: str) -> str:
    words = {
        "staff": _("成员删除了客户"),
        "member": _("客户删除了成员"),
        "transfer": _("已转给其他成员"),
        "untold": _("已不在平台名单里"),
    }
    return words.get(ended_by, ended_by)


@console.app_template_filter()
def join_scene_in_words(join_scene: str) -> str:
    words = {"0": _("被邀请"), "1": _("被邀请"), "2": _("通过链接"), "3": _("扫码")}
    return words.get(join_scene, join_scene)
