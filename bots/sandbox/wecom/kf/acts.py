"""Writing to a kf account, and what its servicers do."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from bots.sandbox.acts import CannotAct
from bots.sandbox.wecom import limits, pushes, staff
from bots.sandbox.wecom.kf import accounts, codes, sessions, syncing
from bots.sandbox.wecom.scenes import Done, Play, Scene

FROM_POOL, HANDED_OVER, ENDED, TAKEN_UP_AGAIN = 1, 2, 3, 4  # change_type
SERVING, RESTING = 1, 2  # status of the event, which differs from servicer/list


def enter(scene: Scene) -> Done:
    """She opens the chat, with ``scene`` and ``scene_param`` of the link she came through."""
    key = _key(scene)
    session = sessions.here(scene.db, key)
    came_by, param = scene.text("scene", ""), scene.text("scene_param", "")
    sessions.enter(scene.db, key, came_by, param)
    event = {"event_type": "enter_session", "scene": came_by, "scene_param": param}
    if sessions.may_be_welcomed(session, scene.now):
        event["welcome_code"] = codes.new(scene.db, key, scene.now, limits.KF_WELCOME_LIVES)
    return _event(scene, key, event)


def text(scene: Scene) -> Done:
    """She says ``text``, by choosing ``menu_id`` from a menu if it is given."""
    content = {"content": scene.text("text"), "menu_id": scene.text("menu_id", "")}
    return _said(scene, "text", {name: content[name] for name in content if content[name]})


def image(scene: Scene) -> Done:
    return _said(scene, "image", {"media_id": f"kf{secrets.token_urlsafe(24)}"})


def recall(scene: Scene) -> Done:
    """She takes the message with ``msgid`` back."""
    event = {"event_type": "user_recall_msg", "recall_msgid": scene.text("msgid")}
    return _event(scene, _key(scene), event)


def reject(scene: Scene) -> Done:
    """She refuses messages of the account from now on, or with ``on`` false no longer."""
    key, rejects = _key(scene), scene.entry.get("on", True) is not False
    sessions.here(scene.db, key)
    sessions.reject(scene.db, key, rejects)
    event = {"event_type": "reject_customer_msg_switch_change", "reject_switch": int(rejects)}
    return _event(scene, key, event)


def staff_text(scene: Scene) -> Done:
    """The servicer says ``text``; only in a session that is his."""
    key, userid = _key(scene), scene.staff()
    session = sessions.find(scene.db, key)
    if session is None or (session["state"], session["servicer"]) != (sessions.HUMAN, userid):
        raise CannotAct(f"{userid} is not serving her")
    content = {"msgtype": "text", "text": {"content": scene.text("text")}}
    more = {"external_userid": key[2], "servicer_userid": userid, **content}
    msgid = syncing.keep(scene.db, scene.key, key[1], syncing.SERVICER, more, scene.now)
    return _told(scene, key, (userid, staff.name_of(scene.account, userid)), {"msgid": msgid})


def changing(state: int, change_type: int) -> Play:
    """The servicer takes her on, hands her over, ends the session, or takes it up again."""

    def play(scene: Scene) -> Done:
        key, userid = _key(scene), scene.staff()
        session = sessions.find(scene.db, key)
        if session is None or not accounts.serves(scene.db, scene.key, key[1], userid):
            raise CannotAct("there is no such session, or nobody who serves it")
        event: dict[str, Any] = {"event_type": "session_status_change", "change_type": change_type}
        event["old_servicer_userid"] = session["servicer"]
        event["new_servicer_userid"] = userid if state == sessions.HUMAN else ""
        sessions.change(scene.db, key, state, event["new_servicer_userid"])
        lives = {FROM_POOL: limits.KF_QUEUE_LIVES, ENDED: limits.KF_END_LIVES}.get(change_type)
        if lives:
            event["msg_code"] = codes.new(scene.db, key, scene.now, lives)
        return _event(scene, key, {name: event[name] for name in event if event[name] != ""})

    return play


def servicer_status(scene: Scene) -> Done:
    """``staff`` rests, or with ``on`` true serves again."""
    open_kfid, userid = _open_kfid(scene), scene.staff()
    serving = scene.entry.get("on") is True
    at_list = accounts.SERVING if serving else accounts.RESTING
    accounts.set_status(scene.db, scene.key, open_kfid, userid, at_list)
    event: dict[str, Any] = {"event_type": "servicer_status_change", "servicer_userid": userid}
    event |= {"status": SERVING if serving else RESTING, "open_kfid": open_kfid}
    content = {"msgtype": "event", "event": event}
    syncing.keep(scene.db, scene.key, open_kfid, syncing.SYSTEM, content, scene.now)
    speaker = (userid, staff.name_of(scene.account, userid))
    return _told(scene, (scene.key, open_kfid, ""), speaker, {})


def _said(scene: Scene, kind: str, content: Mapping[str, Any]) -> Done:
    key = _key(scene)
    sessions.here(scene.db, key)
    sessions.said(scene.db, key, scene.now)
    message = {"external_userid": key[2], "msgtype": kind, kind: content}
    msgid = syncing.keep(scene.db, scene.key, key[1], syncing.CUSTOMER, message, scene.now)
    return _told(scene, key, _speaker(scene), {"msgid": msgid})


def _event(scene: Scene, key: sessions.Key, event: dict[str, Any]) -> Done:
    about = {"open_kfid": key[1], "external_userid": key[2], **event}
    content = {"msgtype": "event", "event": about}
    msgid = syncing.keep(scene.db, scene.key, key[1], syncing.SYSTEM, content, scene.now)
    codes_told: dict[str, Any] = {
        name: event[name] for name in ("welcome_code", "msg_code") if name in event
    }
    return _told(scene, key, _speaker(scene), {"msgid": msgid, **codes_told})


def _told(scene: Scene, key: sessions.Key, speaker: tuple[str, str], told: dict[str, Any]) -> Done:
    token = syncing.new_token(scene.db, scene.key, key[1], scene.now)
    push = pushes.kf_news(scene.account, token, key[1], scene.real)
    return Done(speaker, (push,), {**told, "open_kfid": key[1], "token": token})


def _speaker(scene: Scene) -> tuple[str, str]:
    who = scene.person()
    return who.platform_id, who.name


def _key(scene: Scene) -> sessions.Key:
    return scene.key, _open_kfid(scene), scene.person().platform_id


def _open_kfid(scene: Scene) -> str:
    """The kf account in ``kf``; the first there is if none is named. Raises CannotAct."""
    accounts.begin(scene.db, scene.account)
    known = [row["open_kfid"] for row in accounts.everyone(scene.db, scene.key)]
    open_kfid = scene.text("kf", known[0] if known else None)
    if open_kfid not in known:
        raise CannotAct("there is no such kf account, or no longer")
    return open_kfid


PLAYS: Mapping[str, Callable[[Scene], Done]] = {
    "kf_enter": enter,
    "kf_text": text,
    "kf_image": image,
    "kf_recall": recall,
    "kf_reject": reject,
    "kf_staff_text": staff_text,
    "kf_take": changing(sessions.HUMAN, FROM_POOL),
    "kf_hand_over": changing(sessions.HUMAN, HANDED_OVER),
    "kf_end": changing(sessions.ENDED, ENDED),
    "kf_take_again": changing(sessions.HUMAN, TAKEN_UP_AGAIN),
    "kf_servicer_status": servicer_status,
}
