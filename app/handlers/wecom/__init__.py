"""What is done about everything that WeCom tells of people: contacts, customer groups and staff."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.handlers import comings, identities
from app.handlers.scene import AccountScene, Scene
from app.handlers.wecom import (
    contact_events,
    corp_tags,
    group_events,
    nights,
    rosters,
    staff_events,
)

_CONTACT, _GROUP = "event.change_external_contact", "event.change_external_chat"
_MARKS = (corp_tags.mark, corp_tags.compare)
_SOME_MARKS = (corp_tags.mark, corp_tags.ask_for_all)
_TAG_CHANGES = ("create", "update", "delete", "shuffle")

HANDLERS: Mapping[str, Sequence[Callable[[Session, Scene, datetime], None]]] = {
    f"{_CONTACT}.add_external_contact": (
        *(contact_events.add, comings.tag_by_live_code, contact_events.pull),
        rosters.look_after_contact,
    ),
    f"{_CONTACT}.add_half_external_contact": (
        *(contact_events.add_half, comings.tag_by_live_code, contact_events.pull),
        rosters.look_after_contact,
    ),
    f"{_CONTACT}.edit_external_contact": (contact_events.pull,),
    f"{_CONTACT}.del_external_contact": (contact_events.be_deleted, contact_events.pull),
    f"{_CONTACT}.del_follow_user": (contact_events.delete, contact_events.pull),
    f"{_CONTACT}.transfer_fail": (contact_events.pull,),
    f"{_CONTACT}.msg_audit_approved": (contact_events.be_audited,),
    "contact": (identities.recognise, contact_events.be_told_of, *_MARKS),
    "contact_found": (
        *(identities.recognise, nights.find, *_SOME_MARKS),
        rosters.look_after_contact,
    ),
    "contact_marked": _SOME_MARKS,
    "contact_missing": (nights.miss,),
    "group_joined": (identities.recognise, group_events.join, comings.tag_by_live_code),
    "group_left": (group_events.leave,),
}

OF_ACCOUNTS: Mapping[str, Sequence[Callable[[Session, AccountScene, datetime], None]]] = {
    f"{_GROUP}.create": (group_events.pull,),
    f"{_GROUP}.update": (group_events.change,),
    f"{_GROUP}.dismiss": (group_events.dismiss,),
    "customer_group": (group_events.be_told_of,),
    **{f"event.change_external_tag.{change}": (corp_tags.pull,) for change in _TAG_CHANGES},
    "corp_tags": (corp_tags.be_told_of,),
    "staff_member": (staff_events.be_called,),
    "staff_list": (nights.compare_staff,),
    "contacts_of_staff": (nights.compare_contacts,),
    "customer_group_list": (nights.compare_groups,),
    **rosters.OF_ACCOUNTS,
}

NIGHTLY = (corp_tags.pull, nights.begin)
