"""Comings and goings: members follow, scan, leave; groups are joined and left."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.insight.tags import Tag
from app.domain.loyalty.earning import kinds
from app.domain.outreach.allowances import windows
from app.domain.outreach.materials.spoken_materials import LIVE_CODE
from app.domain.people import groups, live_codes, members
from app.domain.people.channels import Kind
from app.domain.people.live_codes import LiveCode
from app.handlers import live_code_arrivals, member_tags, spoken, texts
from app.handlers.scene import Scene, earn, happen, joined, left, place, say


def open_window(session: Session, scene: Scene, now: datetime) -> None:
    """Following, scanning, menu clicks and entering a mini-program's conversation let us speak for
    a minute, from when we hear of it."""
    if scene.identity is not None and scene.channel is not None:
        kind, heard_at = scene.channel.kind, scene.event.received_at
        windows.open_by_action(session, scene.identity, kind, heard_at)


def be_here(session: Session, scene: Scene, now: datetime) -> None:
    """Who speaks is here: she follows the account, or is in the group. A mini-program is nothing
    one follows."""
    assert scene.identity is not None
    assert scene.channel is not None
    if scene.group is not None:
        join_group(session, scene, now)
    elif scene.channel.kind != Kind.MINI_PROGRAM:
        members.follow(scene.member, scene.identity, scene.event.happened_at)
    if scene.member.tier_id is None:
        place(session, scene, now)


def join(session: Session, scene: Scene, now: datetime) -> None:
    """She follows the account: welcome, and points the first time."""
    first_time = arrive(session, scene, now)
    words = texts.WELCOME if first_time else texts.WELCOME_BACK
    if not _welcome_by_code(session, scene, words, now):
        say(session, scene, words, rule="welcome", rule_version=1, purpose="welcome", now=now)
    joined(session, scene, now)


def arrive(session: Session, scene: Scene, now: datetime) -> bool:
    """She is one of us from now on, by the code through which she came; points the first time.
    Returns whether it is that."""
    assert scene.identity is not None
    first_time = members.join(scene.member, scene.identity, scene.event.happened_at, now)
    code = live_code(session, scene)
    if code is not None and scene.member.live_code_id is None:
        scene.member.live_code_id = code.id
    live_code_arrivals.note(session, scene, code, now)
    if first_time:
        earn(session, scene, kinds.JOIN, f"join:{scene.member.id}", now)
    place(session, scene, now)
    return first_time


def welcome_of(session: Session, scene: Scene, otherwise: str) -> tuple[str, str, int]:
    """The words of the code that acts, or else these, and what it adds of a group; with the rule
    and its version."""
    code = code_at_work(session, scene)
    if code is None:
        return otherwise, "welcome", 1
    invitation = live_code_arrivals.invitation(session, code)
    if not code.welcome and not invitation:
        return otherwise, "welcome", 1
    text = "\n".join(part for part in (code.welcome or otherwise, invitation) if part)
    return text, f"live_code:{code.id}", code.version


def _welcome_by_code(session: Session, scene: Scene, otherwise: str, now: datetime) -> bool:
    """With the material or the words of the code that acts, if it has any."""
    code = code_at_work(session, scene)
    if code is None:
        return False
    words, rule, version = welcome_of(session, scene, otherwise)
    own_words = words if rule != "welcome" else ""
    about: dict[str, Any] = {"rule": f"live_code:{code.id}", "rule_version": version}
    return spoken.say(
        session, scene, (LIVE_CODE, code.id), own_words, purpose="welcome", **about, now=now
    )


def tag_by_live_code(session: Session, scene: Scene, now: datetime) -> None:
    """Plans hear which code she scanned; the code that acts gives its tag."""
    scanned = live_code(session, scene)
    if scanned is None:
        return
    live_code_arrivals.note(session, scene, scanned, now)
    happen(session, scene, "scanned", live_code=scanned.scene, now=now)
    code = code_at_work(session, scene)
    if code is None or code.tag_id is None:
        return
    name = session.get_one(Tag, code.tag_id).name
    member_tags.give(
        session,
        scene,
        code.tag_id,
        rule=f"live_code:{code.id}",
        rule_version=code.version,
        evidence=f"{code.name} → {name}",
        now=now,
    )


def leave(session: Session, scene: Scene, now: datetime) -> None:
    """She leaves the account; who follows none of ours any more has left, which may start plans."""
    assert scene.identity is not None
    was_here = scene.member.left_at is None
    members.leave(session, scene.member, scene.identity, scene.event.happened_at)
    if was_here and scene.member.left_at is not None:
        left(session, scene, now)


def join_group(session: Session, scene: Scene, now: datetime) -> None:
    group = scene.group
    if group is not None and groups.join(session, group.id, scene.member.id, now):
        happen(session, scene, "joined_group", group=group.id, now=now)


def leave_group(session: Session, scene: Scene, now: datetime) -> None:
    if scene.group is not None:
        groups.leave(session, scene.group.id, scene.member.id, now)
        happen(session, scene, "left_group", group=scene.group.id, now=now)


def code_at_work(session: Session, scene: Scene) -> LiveCode | None:
    """The code that acts for the one she came through."""
    return live_code_arrivals.acting(session, scene, live_code(session, scene))


def live_code(session: Session, scene: Scene) -> LiveCode | None:
    """The code she came through: by the event's key or, on WeCom, its state; a link's own
    parameter counts where its scene names none."""
    if scene.channel is None:
        return None
    for name in ("EventKey", "State", "SceneParam"):
        scene_key = live_codes.scene_of(str(scene.event.fields.get(name, "")))
        found = scene_key and live_codes.by_scene(session, scene.channel.id, scene_key)
        if found:
            return found
    return None
