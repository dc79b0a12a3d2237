"""Talk between members and staff, in private or in a customer group: no API hears of it but the
session archive."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bots.sandbox.acts import CannotAct
from bots.sandbox.wecom import (
    agreements,
    archive,
    contacts,
    group_acts,
    groups,
    pushes,
    staff,
    welcomes,
)
from bots.sandbox.wecom.pushes import Push
from bots.sandbox.wecom.scenes import Done, Play, Scene

Content = Mapping[str, Any]


def text(scene: Scene) -> Done:
    """She says ``text`` in ``room``, or to ``staff``."""
    return _by_member(scene, "text", {"content": scene.text("text")})


def image(scene: Scene) -> Done:
    file = {"md5sum": "0" * 32, "filesize": 1, "sdkfileid": "sandbox-image"}
    return _by_member(scene, "image", file)


def staff_text(scene: Scene) -> Done:
    """``staff`` says ``text`` in ``room``, or to ``member``."""
    userid, content = scene.staff(), {"content": scene.text("text")}
    speaker = (userid, staff.name_of(scene.account, userid))
    if scene.text("room", ""):
        return _in_group(scene, speaker, "text", content)
    who = scene.person()
    contacts.chat(scene.db, scene.key, userid, who.platform_id, scene.now)
    told = _kept(scene, userid, [who.platform_id], "", "text", content)
    return Done(speaker, told)


def agree(scene: Scene) -> Done:
    """She agrees to the archive; the app is told for each of hers with a seat."""
    done = _agreement(scene, agreements.AGREE)
    if not archive.is_on(scene.account):
        return done
    seats = agreements.seats(scene.account)
    hers = contacts.of_person(scene.db, scene.key, done.speaker[0])
    told = [_approved(scene, row["userid"], done.speaker[0]) for row in hers]
    return replace(done, pushes=tuple(push for push in told if push["UserID"] in seats))


def disagree(scene: Scene) -> Done:
    return _agreement(scene, agreements.DISAGREE)


def _approved(scene: Scene, userid: str, who: str) -> Push:
    code = welcomes.new_code(scene.db, scene.key, userid, who, scene.now)
    return pushes.contact_change(
        scene.account, "msg_audit_approved", userid, who, scene.real, WelcomeCode=code
    )


def _by_member(scene: Scene, kind: str, content: Content) -> Done:
    who = scene.person()
    speaker = (who.platform_id, who.name)
    if scene.text("room", ""):
        return _in_group(scene, speaker, kind, content)
    userid = scene.staff()
    if contacts.relation(scene.db, scene.key, userid, who.platform_id) is None:
        raise CannotAct(f"{who.name} is no contact of {userid}")
    contacts.chat(scene.db, scene.key, userid, who.platform_id, scene.now)
    return Done(speaker, _kept(scene, who.platform_id, [userid], "", kind, content))


def _in_group(scene: Scene, speaker: tuple[str, str], kind: str, content: Content) -> Done:
    group = group_acts.group_of(scene)
    chat_id = group["chat_id"]
    if not groups.is_member(scene.db, scene.key, chat_id, speaker[0]):
        raise CannotAct(f"{speaker[1]} is not in {group['name']}")
    everyone = [row["member_id"] for row in groups.members(scene.db, scene.key, chat_id)]
    others = [one for one in everyone if one != speaker[0]]
    return Done(speaker, _kept(scene, speaker[0], others, chat_id, kind, content), None, chat_id)


def _kept(
    scene: Scene, speaker: str, others: list[str], room: str, kind: str, content: Content
) -> tuple[Push, ...]:
    """Archived if somebody with a seat takes part and nobody outside disagrees."""
    part = {speaker, *others}
    outside = [one for one in part if contacts.EXTERNAL_ID.fullmatch(one)]
    has_seat = bool(part & set(agreements.seats(scene.account)))
    agreed = agreements.all_agree(scene.db, scene.key, outside)
    if not (archive.is_on(scene.account) and has_seat and agreed):
        return ()
    message = {"from": speaker, "tolist": others, "roomid": room, "msgtype": kind, kind: content}
    if not archive.keep(scene.db, scene.account, message, scene.now):
        return ()
    news = pushes.event(scene.account, "msgaudit_notify", scene.real)
    return ({**news, "AgentID": scene.account.settings.get("agent_id", "")},)


def _agreement(scene: Scene, status: str) -> Done:
    who = scene.person()
    agreements.say(scene.db, scene.key, who.platform_id, status, scene.now)
    return Done((who.platform_id, who.name))


PLAYS: Mapping[str, Play] = {
    "text": text,
    "image": image,
    "staff_text": staff_text,
    "agree": agree,
    "disagree": disagree,
}
