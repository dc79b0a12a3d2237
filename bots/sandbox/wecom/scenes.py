"""What an act needs to know, and what it may leave to be told."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots.sandbox import acts, wiring
from bots.sandbox.accounts import Account, Directory
from bots.sandbox.acts import CannotAct, Person
from bots.sandbox.wecom import contacts, staff
from bots.sandbox.wecom.pushes import Push


@dataclass(frozen=True, slots=True)
class Scene:
    """One act: by whom, with what, when. ``now`` is the sandbox's clock, ``real`` the real one."""

    sandbox: wiring.Sandbox
    db: sqlite3.Connection
    account: Account
    entry: Mapping[str, Any]
    now: datetime
    real: datetime

    @property
    def key(self) -> str:
        return self.account.key

    @property
    def directory(self) -> Directory:
        return self.sandbox.directory

    def text(self, name: str, instead: str | None = None) -> str:
        """Raises CannotAct if it is not there and nothing stands in for it."""
        value = self.entry.get(name)
        if isinstance(value, str) and value:
            return value
        if instead is None:
            raise CannotAct(f"{self.entry.get('do')} needs {name}")
        return instead

    def person(self, name: str = "member") -> Person:
        """Whom the act names, by nickname or external_userid. Raises CannotAct."""
        return self.person_called(self.text(name))

    def person_called(self, name_or_id: str) -> Person:
        who = acts.person(self.sandbox, self.account, name_or_id)
        if not contacts.EXTERNAL_ID.fullmatch(who.platform_id):
            raise CannotAct(f"{who.platform_id!r} cannot be an external_userid")
        return who

    def staff(self, name: str = "staff") -> str:
        """A userid; the first there is if none is named. Raises CannotAct."""
        everyone = staff.userids(self.account)
        userid = self.text(name, everyone[0] if everyone else None)
        if userid not in everyone:
            raise CannotAct(f"{self.key} has no staff {userid!r}")
        return userid


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an act: what the account's server is to be told, and what the caller of the
    act may want to know. ``speaker`` is (id, name) of who did it."""

    speaker: tuple[str, str]
    pushes: tuple[Push, ...] = ()
    told: Mapping[str, Any] | None = None
    room: str = ""


Play = Callable[[Scene], Done]
