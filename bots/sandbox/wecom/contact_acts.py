"""Becoming a contact, chatting, and parting."""

from collections.abc import Mapping
from typing import Any

from bots.sandbox.acts import CannotAct, Person
from bots.sandbox.wecom import contact_ways, contacts, pushes, staff, welcomes
from bots.sandbox.wecom.scenes import Done, Play, Scene


def add(scene: Scene) -> Done:
    """She becomes a contact of ``staff``, or of whom the live code with ``config_id`` or
    ``state`` leads to."""
    return _added(scene, "add_external_contact")


def add_half(scene: Scene) -> Done:
    """She has added him, he has not confirmed yet."""
    return _added(scene, "add_half_external_contact")


def edit(scene: Scene) -> Done:
    """He changes what he remarks on her."""
    who, userid = scene.person(), scene.staff()
    relation = _relation(scene, userid, who)
    scene.db.execute(
        "UPDATE wecom_contacts SET remark = ? WHERE number = ?",
        (scene.text("remark", relation["remark"]), relation["number"]),
    )
    return _told(scene, "edit_external_contact", userid, who, by_staff=True)


def delete_staff(scene: Scene) -> Done:
    """She deletes him."""
    who, userid = scene.person(), scene.staff()
    if not contacts.leave(scene.db, scene.key, userid, who.platform_id, scene.now):
        raise CannotAct(f"{who.name} has not got {userid}")
    return _told(scene, "del_follow_user", userid, who)


def delete_contact(scene: Scene) -> Done:
    """He deletes her."""
    who, userid = scene.person(), scene.staff()
    if not contacts.delete(scene.db, scene.key, userid, who.platform_id):
        raise CannotAct(f"{who.name} is no contact of {userid}")
    return _told(scene, "del_external_contact", userid, who, by_staff=True)


def _added(scene: Scene, kind: str) -> Done:
    who = scene.person()
    way = _way(scene)
    userid = way["user"][0] if way and not scene.entry.get("staff") else scene.staff()
    if userid not in staff.with_contacts(scene.account):
        raise CannotAct(f"{userid} may not have external contacts")
    state = str(way["state"] if way else scene.text("state", ""))
    add_way = contacts.BY_CODE if way or state else contacts.UNKNOWN_WAY
    people = (scene.key, userid, who.platform_id)
    is_new = contacts.add(scene.db, *people, scene.now, way=add_way, state=state)
    if not is_new and kind == "add_half_external_contact":
        raise CannotAct(f"{who.name} is a contact of {userid} already")
    code = welcomes.new_code(scene.db, *people, scene.now) if _welcomes(scene) else ""
    return _told(scene, kind, userid, who, State=state, WelcomeCode=code)


def _way(scene: Scene) -> dict[str, Any] | None:
    """The live code she scanned; None if she found him otherwise."""
    config_id, state = scene.text("config_id", ""), scene.text("state", "")
    if config_id:
        way = contact_ways.through(scene.db, scene.key, config_id, scene.now)
        if way is None:
            raise CannotAct("there is no such live code, or no longer")
        return way
    return contact_ways.of_state(scene.db, scene.key, state, scene.now) if state else None


def _welcomes(scene: Scene) -> bool:
    """Without a code if the administrators' console has a welcome of its own."""
    of_console = scene.account.settings.get("console_welcome", False)
    return scene.entry.get("welcome", True) is not False and not of_console


def _relation(scene: Scene, userid: str, who: Person) -> Any:
    relation = contacts.relation(scene.db, scene.key, userid, who.platform_id)
    if relation is None:
        raise CannotAct(f"{who.name} is no contact of {userid}")
    return relation


def _told(
    scene: Scene, kind: str, userid: str, who: Person, by_staff: bool = False, **more: Any
) -> Done:
    push = pushes.contact_change(scene.account, kind, userid, who.platform_id, scene.real, **more)
    told = {"userid": userid, "external_userid": who.platform_id}
    if more.get("WelcomeCode"):
        told["welcome_code"] = more["WelcomeCode"]
    name = staff.name_of(scene.account, userid)
    speaker = (userid, name) if by_staff else (who.platform_id, who.name)
    return Done(speaker, (push,), told)


PLAYS: Mapping[str, Play] = {
    "add": add,
    "add_half": add_half,
    "edit": edit,
    "delete_staff": delete_staff,
    "delete_contact": delete_contact,
}
