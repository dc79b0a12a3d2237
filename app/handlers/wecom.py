"""What is done about everything that WeCom tells of people: contacts, customer groups and staff."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.handlers import (
    comings,
    identities,
    rosters,
    wecom_contacts,
    wecom_groups,
    wecom_nights,
    wecom_staff,
    wecom_tags,
)
from app.handlers.scene import AccountScene, Scene

_CONTACT, _GROUP = "event.change_external_contact", "event.change_external_chat"
_MARKS = (wecom_tags.mark, wecom_tags.compare)
_SOME_MARKS = (wecom_tags.mark, wecom_tags.ask_for_all)
_TAG_CHANGES = ("create", "update", "delete", "shuffle")

HANDLERS: Mapping[str, Sequence[Callable[[Session, Scene, datetime], None]]] = {
    f"{_CONTACT}.add_external_contact": (
        *(wecom_contacts.add, comings.tag_by_live_code, wecom_contacts.pull),
        rosters.look_after_contact,
    ),
    f"{_CONTACT}.add_half_external_contact": (
        *(wecom_contacts.add_half, comings.tag_by_live_code, wecom_contacts.pull),
        rosters.look_after_contact,
    ),
    f"{_CONTACT}.edit_external_contact": (wecom_contacts.pull,),
    f"{_CONTACT}.del_external_contact": (wecom_contacts.be_deleted, wecom_contacts.pull),
    f"{_CONTACT}.del_follow_user": (wecom_contacts.delete, wecom_contacts.pull),
    f"{_CONTACT}.transfer_fail": (wecom_contacts.pull,),
    f"{_CONTACT}.msg_audit_approved": (wecom_contacts.be_audited,),
    "contact": (identities.recognise, wecom_contacts.be_told_of, *_MARKS),
    "contact_found": (
        *(identities.recognise, wecom_nights.find, *_SOME_MARKS),
        rosters.look_after_contact,
    ),
    "contact_marked": _SOME_MARKS,
    "contact_missing": (wecom_nights.miss,),
    "group_joined": (identities.recognise, wecom_groups.join, comings.tag_by_live_code),
    "group_left": (wecom_groups.leave,),
}

OF_ACCOUNTS: Mapping[str, Sequence[Callable[[Session, AccountScene, datetime], None]]] = {
    f"{_GROUP}.create": (wecom_groups.pull,),
    f"{_GROUP}.update": (wecom_groups.change,),
    f"{_GROUP}.dismiss": (wecom_groups.dismiss,),
    "customer_group": (wecom_groups.be_told_of,),
    **{f"event.change_external_tag.{change}": (wecom_tags.pull,) for change in _TAG_CHANGES},
    "corp_tags": (wecom_tags.be_told_of,),
    "staff_member": (wecom_staff.be_called,),
    "staff_list": (wecom_nights.compare_staff,),
    "contacts_of_staff": (wecom_nights.compare_contacts,),
    "customer_group_list": (wecom_nights.compare_groups,),
    **rosters.OF_ACCOUNTS,
}

NIGHTLY = (wecom_tags.pull, wecom_nights.begin)
