"""Joining and leaving customer groups, and what their owners do with them."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from bots.sandbox.accounts import Group
from bots.sandbox.acts import CannotAct
from bots.sandbox.store import moment
from bots.sandbox.wecom import group_welcomes, groups, join_ways, pushes, staff
from bots.sandbox.wecom.pushes import Push
from bots.sandbox.wecom.scenes import Done, Play, Scene

INVITED, BY_CODE = 0, 3  # JoinScene of the event, which differs from join_scene of the list
LEFT, REMOVED = 0, 1  # QuitScene


def group_of(scene: Scene) -> sqlite3.Row:
    """The group in ``room``. Raises CannotAct."""
    return _found(scene, scene.text("room"))


def join(scene: Scene) -> Done:
    """She joins through the join way with ``config_id`` or ``state``, else invited by ``staff``
    into ``room``."""
    who, way = scene.person(), _way(scene)
    group = _found(scene, way["chat_id_list"][0]) if way else group_of(scene)
    how: dict[str, Any] = {"scene": groups.INVITED, "invitor": group["owner"]}
    if way:
        how = {"scene": groups.BY_CODE, "state": way["state"]}
    chat_id = group["chat_id"]
    kind = groups.OUTSIDER
    if not groups.join(scene.db, scene.key, chat_id, who.platform_id, kind, scene.now, **how):
        raise CannotAct(f"{who.name} is in {group['name']} already")
    group_welcomes.welcome(scene.db, group, who.name, scene.now)
    push = members_changed(
        scene, group, "add_member", [who.platform_id], join=BY_CODE if way else INVITED
    )
    return Done((who.platform_id, who.name), (push,), {"chat_id": chat_id}, chat_id)


def leave(scene: Scene) -> Done:
    who, group = scene.person(), group_of(scene)
    push = _without(scene, group, who.platform_id, LEFT)
    return Done((who.platform_id, who.name), (push,), None, group["chat_id"])


def remove_member(scene: Scene) -> Done:
    """The owner takes her out."""
    who, group = scene.person(), group_of(scene)
    push = _without(scene, group, who.platform_id, REMOVED)
    return _by_owner(scene, group, push)


def create(scene: Scene) -> Done:
    """``staff`` makes a group called ``name``; it has its staff only."""
    owner, chat_id = scene.staff(), groups.new_chat_id()
    group = Group(scene.key, chat_id, scene.text("name"), (), owner, ())
    groups.make(scene.db, group, scene.now)
    push = pushes.group_change(scene.account, "create", chat_id, scene.real)
    speaker = (owner, staff.name_of(scene.account, owner))
    return Done(speaker, (push,), {"chat_id": chat_id}, chat_id)


def dismiss(scene: Scene) -> Done:
    group = group_of(scene)
    groups.change(scene.db, group, "dismissed_at", moment(scene.now))
    push = pushes.group_change(scene.account, "dismiss", group["chat_id"], scene.real)
    return _by_owner(scene, group, push)


def choose_welcome(scene: Scene) -> Done:
    """The owner chooses the template with ``template_id``, which nobody is told."""
    group, template_id = group_of(scene), scene.text("template_id")
    if group_welcomes.find(scene.db, scene.key, template_id) is None:
        raise CannotAct("there is no such welcome template")
    groups.change(scene.db, group, "welcome_template", template_id)
    return _by_owner(scene, group)


def changing(column: str, detail: str) -> Play:
    """The owner changes the group's name, notice or owner."""

    def play(scene: Scene) -> Done:
        group = group_of(scene)
        value = scene.staff() if column == "owner" else scene.text(column)
        groups.change(scene.db, group, column, value)
        return _by_owner(scene, group, _updated(scene, group, detail))

    return play


def members_changed(
    scene: Scene, group: sqlite3.Row, detail: str, ids: list[str], *, join: int = 0, quit_: int = 0
) -> Push:
    last, current = groups.new_version(scene.db, group)
    return _updated(
        scene,
        group,
        detail,
        JoinScene=join,
        QuitScene=quit_,
        MemChangeCnt=len(ids),
        MemChangeList={"Item": ids},
        LastMemVer=last,
        CurMemVer=current,
    )


def _without(scene: Scene, group: sqlite3.Row, member_id: str, quit_: int) -> Push:
    if not groups.leave(scene.db, scene.key, group["chat_id"], member_id):
        raise CannotAct(f"{member_id} is not in {group['name']}")
    return members_changed(scene, group, "del_member", [member_id], quit_=quit_)


def _updated(scene: Scene, group: sqlite3.Row, detail: str, **more: Any) -> Push:
    told = {"UpdateDetail": detail, **more}
    return pushes.group_change(scene.account, "update", group["chat_id"], scene.real, **told)


def _found(scene: Scene, chat_id: str) -> sqlite3.Row:
    group = groups.find(scene.db, scene.key, chat_id)
    if group is None or group["dismissed_at"] is not None:
        raise CannotAct("there is no such group, or no longer")
    return group


def _way(scene: Scene) -> dict[str, Any] | None:
    config_id, state = scene.text("config_id", ""), scene.text("state", "")
    if not config_id and not state:
        return None
    way = join_ways.find(scene.db, scene.key, config_id, state)
    if way is None:
        raise CannotAct("there is no such join way, or no longer")
    return way


def _by_owner(scene: Scene, group: sqlite3.Row, *told: Push) -> Done:
    owner = group["owner"]
    speaker = (owner, staff.name_of(scene.account, owner))
    return Done(speaker, told, None, group["chat_id"])


PLAYS: Mapping[str, Callable[[Scene], Done]] = {
    "join": join,
    "leave": leave,
    "remove_member": remove_member,
    "create_group": create,
    "dismiss_group": dismiss,
    "choose_welcome": choose_welcome,
    "group_name": changing("name", "change_name"),
    "group_notice": changing("notice", "change_notice"),
    "group_owner": changing("owner", "change_owner"),
}
