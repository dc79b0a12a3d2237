"""What a member does on her phone: it is noted, told to the account's server, and noted again
with what became of that."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bots.sandbox import callbacks, gateway, pushes, said, subscribe_messages, wiring
from bots.sandbox.accounts import GROUP_GATEWAY, MINI_PROGRAM, OFFICIAL_ACCOUNT, Account, Group
from bots.sandbox.deliveries import Delivery
from bots.sandbox.mini_program import conversations
from bots.sandbox.mini_program import pushes as mini_pushes
from bots.sandbox.official_account import qr_codes, subscriptions, windows
from bots.sandbox.pushes import Act

IN_GROUPS = ("text", "image", "voice", "location", "join", "leave")
FIRST_OF_ALL = ("subscribe", "scan")  # what one can do without following
NEEDS = {"text": "text", "click": "key", "scan": "scene"}
NEEDS |= dict.fromkeys(subscribe_messages.ACTS, "template")
SHOWN = ("text", "scene", "key", "template")
AGREE_WITH = (OFFICIAL_ACCOUNT, MINI_PROGRAM)


class CannotAct(Exception):
    """No phone could do this; the text says why."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member as one account knows her, or a stranger with only an id."""

    platform_id: str
    name: str


def person(sandbox: wiring.Sandbox, account: Account, name_or_id: str) -> Person:
    """By nickname or platform id; whoever has an id we do not know is a stranger. Raises
    CannotAct."""
    member = sandbox.directory.find_member(account.key, name_or_id)
    if member is not None and account.key in member.ids:
        return Person(member.ids[account.key], member.nickname)
    if member is not None or not subscriptions.OPENID.fullmatch(name_or_id):
        raise CannotAct(f"{account.key} knows no member {name_or_id!r}")
    if sandbox.directory.is_of_another_account(account.key, name_or_id):
        raise CannotAct(f"{name_or_id!r} is the id of another account")
    return Person(name_or_id, name_or_id)


def perform(
    sandbox: wiring.Sandbox, account: Account, who: Person, act: Act, room: str = ""
) -> Delivery:
    """Takes up to three times the callback timeout. Raises CannotAct."""
    if act.do in NEEDS and not (getattr(act, NEEDS[act.do]) or act.ticket):
        raise CannotAct(f"{act.do} needs {NEEDS[act.do]}")
    if account.kind == GROUP_GATEWAY:
        return _in_group(sandbox, account, who, act, room)
    if act.do in subscribe_messages.ACTS and account.kind in AGREE_WITH:
        return _about_template(sandbox, account, who, act)
    if account.kind == MINI_PROGRAM:
        return _in_mini_program(sandbox, account, who, act)
    if account.kind != OFFICIAL_ACCOUNT or act.do not in pushes.ACTS:
        raise CannotAct(f"there is no {act.do!r} with {account.key}")
    return _with_official_account(sandbox, account, who, act)


def _with_official_account(
    sandbox: wiring.Sandbox, account: Account, who: Person, act: Act
) -> Delivery:
    now = sandbox.clock()
    openid = who.platform_id
    with sandbox.store.writing() as db:
        was_subscribed = subscriptions.is_subscribed(db, sandbox.directory, account.key, openid)
        if not was_subscribed and act.do not in FIRST_OF_ALL:
            raise CannotAct(f"{who.name} does not follow {account.key}")
        if act.ticket or act.scene:
            act = _through_code(db, account, act, now)
        if act.do in FIRST_OF_ALL and not (act.do == "scan" and was_subscribed):
            subscriptions.subscribe(db, account.key, openid, act.scene, now)
        elif act.do == "unsubscribe":
            subscriptions.unsubscribe(db, account.key, openid, now)
        windows.open_by(db, account.key, openid, act.do, now)
        said_id = _note(db, account, who, act, "", now)
    done = replace(act, was_subscribed=was_subscribed)
    push = pushes.of_act(account, openid, done, sandbox.clock.real())
    return said.noted(sandbox.store, said_id, callbacks.deliver_push(sandbox, account, push))


def _in_mini_program(sandbox: wiring.Sandbox, account: Account, who: Person, act: Act) -> Delivery:
    if act.do not in mini_pushes.ACTS:
        raise CannotAct(f"there is no {act.do!r} in a mini-program")
    if not (account.callback_url and account.token and account.encoding_aes_key):
        raise CannotAct(f"{account.key} has no message push: callback_url, token and key are empty")
    now = sandbox.clock()
    with sandbox.store.writing() as db:
        conversations.open_by(db, account.key, who.platform_id, act.do, now)
        said_id = _note(db, account, who, act, "", now)
    push = mini_pushes.of_act(account, who.platform_id, act, sandbox.clock.real())
    return said.noted(sandbox.store, said_id, callbacks.deliver_push(sandbox, account, push))


def _about_template(sandbox: wiring.Sandbox, account: Account, who: Person, act: Act) -> Delivery:
    """She agrees to one more message by a template, or to none."""
    agrees, openid = act.do == subscribe_messages.ACCEPT, who.platform_id
    with sandbox.store.writing() as db:
        try:
            subscribe_messages.decide(db, account, openid, act.template, agrees)
        except KeyError:
            raise CannotAct(f"{account.key} has no template {act.template!r}") from None
        said_id = _note(db, account, who, act, "", sandbox.clock())
    if not account.callback_url:
        return said.noted(sandbox.store, said_id, Delivery(False, 0, "no server to tell"))
    real = sandbox.clock.real()
    push = subscribe_messages.popup(account, openid, act.template, agrees, real)
    return said.noted(sandbox.store, said_id, callbacks.deliver_push(sandbox, account, push))


def _in_group(
    sandbox: wiring.Sandbox, account: Account, who: Person, act: Act, room: str
) -> Delivery:
    if act.do not in IN_GROUPS:
        raise CannotAct(f"there is no {act.do!r} in groups")
    group = _group(sandbox, account, room) if room else None
    sender = (who.platform_id, who.name)
    real = sandbox.clock.real()
    message = gateway.said_in_group(account, group, sender, act.do, act.text, real)
    with sandbox.store.writing() as db:
        said_id = _note(db, account, who, act, room, sandbox.clock())
    return said.noted(sandbox.store, said_id, gateway.deliver(sandbox, account, message))


def _group(sandbox: wiring.Sandbox, account: Account, room: str) -> Group:
    if not gateway.PLACE.fullmatch(room):
        raise CannotAct(f"{room!r} cannot be a room")
    return sandbox.directory.group(account.key, room) or Group(account.key, room, room)


def _through_code(db: sqlite3.Connection, account: Account, act: Act, now: datetime) -> Act:
    """The act with both the scene and the ticket of the code it went through."""
    if not act.ticket:
        return replace(act, ticket=qr_codes.ticket_for(db, account.key, act.scene, now))
    code = qr_codes.behind(db, act.ticket, now)
    if code is None or code["account"] != account.key:
        raise CannotAct("there is no such QR code, or no longer")
    return replace(act, scene=code["scene"])


def _note(
    db: sqlite3.Connection, account: Account, who: Person, act: Act, room: str, now: datetime
) -> int:
    content = {name: getattr(act, name) for name in SHOWN if getattr(act, name)}
    sender = (who.platform_id, who.name)
    return said.note(db, said.Said(account.key, sender, room, act.do, content), now)


def act_from(entry: Mapping[str, Any]) -> Act:
    """The JSON of POST /sandbox/act. Everything in it is text."""
    names = ("do", "text", "scene", "key", "ticket", "template")
    told: dict[str, Any] = {name: str(entry.get(name) or "") for name in names}
    return Act(**told)
