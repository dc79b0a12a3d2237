"""What people around a corp do on their phones: members outside it, and its staff. Each act is
noted, told to the app's server, and noted again with what became of that."""

from collections.abc import Mapping
from typing import Any

from bots.sandbox import said, wiring
from bots.sandbox.accounts import SMART_BOT, Account
from bots.sandbox.acts import CannotAct
from bots.sandbox.deliveries import Delivery
from bots.sandbox.wecom import (
    callbacks,
    contact_acts,
    contacts,
    group_acts,
    groups,
    smart_bot,
    tag_acts,
    talk_acts,
    task_acts,
)
from bots.sandbox.wecom.kf import acts as kf_acts
from bots.sandbox.wecom.scenes import Play, Scene

PLAYS: Mapping[str, Play] = {
    **contact_acts.PLAYS,
    **group_acts.PLAYS,
    **talk_acts.PLAYS,
    **task_acts.PLAYS,
    **tag_acts.PLAYS,
    **kf_acts.PLAYS,
}
NOT_CONTENT = ("account", "member", "do", "room")
NOTHING_TOLD = Delivery(True, 0, "nobody is told of this")


def perform(
    sandbox: wiring.Sandbox, account: Account, entry: Mapping[str, Any]
) -> tuple[Delivery, Mapping[str, Any]]:
    """The delivery of the last thing told, and what else the act came to. Takes up to three times
    the callback timeout for everything told. Raises CannotAct, and then nothing has happened."""
    if account.kind == SMART_BOT:
        return smart_bot.perform(sandbox, account, entry)
    play = PLAYS.get(str(entry.get("do", "")))
    if play is None:
        raise CannotAct(f"there is no {entry.get('do')!r} with {account.key}")
    with sandbox.store.writing() as db:
        now = sandbox.clock()
        contacts.begin(db, sandbox.directory, account, now)
        groups.begin(db, sandbox.directory, account, now)
        done = play(Scene(sandbox, db, account, entry, now, sandbox.clock.real()))
        content = {name: entry[name] for name in entry if name not in NOT_CONTENT and entry[name]}
        act = said.Said(account.key, done.speaker, done.room, str(entry["do"]), content)
        said_id = said.note(db, act, now)
    delivery = NOTHING_TOLD
    for push in done.pushes:
        delivery = callbacks.deliver(sandbox, account, push)
    return said.noted(sandbox.store, said_id, delivery), done.told or {}
