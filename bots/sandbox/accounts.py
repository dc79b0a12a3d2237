"""The accounts, members and groups of the sandbox, as one JSON file describes them.

The file is written by someone else and may change while we run; it is read again when it does.
"""

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

OFFICIAL_ACCOUNT = "official_account"
MINI_PROGRAM = "mini_program"
GROUP_GATEWAY = "group_gateway"
WECOM = "wecom"
SMART_BOT = "smart_bot"
GROUP_ROBOT = "group_robot"

DEFAULT_MENU = (
    {"name": "签到", "key": "sign_in"},
    {"name": "我的积分", "key": "balance"},
    {"name": "帮助", "key": "help"},
)


class BadAccounts(Exception):
    """The accounts file cannot be understood."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account of ours on the platform. A group gateway keeps its account_id in ``appid``."""

    kind: str
    key: str
    name: str
    appid: str
    secret: str = ""
    original_id: str = ""
    token: str = ""
    encoding_aes_key: str = ""
    callback_url: str = ""
    format: str = "xml"
    menu: tuple[Mapping[str, str], ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)  # what else its kind has


@dataclass(frozen=True, slots=True)
class Member:
    """A person with a phone. ``ids`` are her platform ids, by the key of the account; ``staff``
    are the userids whose contact she is from the start, by the key of a WeCom account."""

    nickname: str
    unionid: str = ""
    phone: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    subscribed: bool = True
    risky: bool = False  # the platform lets no mini-program log her in
    staff: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """``owner`` and ``staff`` are userids, and there for WeCom's customer groups only."""

    account: str
    room_id: str
    name: str
    members: tuple[str, ...] = ()
    owner: str = ""
    staff: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything the file says, at one moment."""

    accounts: tuple[Account, ...] = ()
    members: tuple[Member, ...] = ()
    groups: tuple[Group, ...] = ()
    owners: Mapping[tuple[str, str], Member] = field(default_factory=dict)

    def account(self, key: str) -> Account | None:
        return next((account for account in self.accounts if account.key == key), None)

    def account_of_appid(self, appid: str, *kinds: str) -> Account | None:
        of_kind = (account for account in self.accounts if account.kind in kinds)
        return next((account for account in of_kind if account.appid == appid), None)

    def owner(self, account_key: str, platform_id: str) -> Member | None:
        """The member behind an openid or sender id; None for a stranger."""
        return self.owners.get((account_key, platform_id))

    def find_member(self, account_key: str, name_or_id: str) -> Member | None:
        """By platform id, else the first with that nickname."""
        found = self.owner(account_key, name_or_id)
        if found is not None:
            return found
        return next((one for one in self.members if one.nickname == name_or_id), None)

    def group(self, account_key: str, room_id: str) -> Group | None:
        keys = (account_key, room_id)
        return next((one for one in self.groups if (one.account, one.room_id) == keys), None)

    def is_of_another_account(self, account_key: str, platform_id: str) -> bool:
        """Whether this id belongs to a member as another account of ours knows her."""
        if (account_key, platform_id) in self.owners:
            return False
        others = (account.key for account in self.accounts if account.key != account_key)
        return any((other, platform_id) in self.owners for other in others)


class AccountsFile:
    """The file, read again whenever it has changed.

    While it does not exist there are no accounts (the demo may be set up later). Raises
    BadAccounts if it is wrong at the start; a wrong change later is logged and the last good
    reading stays in force.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._directory = Directory()
        self._read_if_changed()

    @property
    def directory(self) -> Directory:
        try:
            self._read_if_changed()
        except BadAccounts:
            log.exception("the accounts file is wrong; the last good reading stays in force")
        return self._directory

    def _read_if_changed(self) -> None:
        with self._lock:
            stamp = self._stamp_now()
            if stamp is None or stamp == self._stamp:
                return
            self._stamp = stamp
            try:
                self._directory = read(json.loads(self._path.read_bytes()))
            except ValueError as error:
                raise BadAccounts(f"{self._path}: not JSON: {error}") from error

    def _stamp_now(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def read(content: Any) -> Directory:
    """Raises BadAccounts."""
    try:
        accounts = tuple(_account(entry) for entry in content["accounts"])
        members = tuple(Member(**entry) for entry in content.get("members", ()))
        groups = tuple(_group(entry) for entry in content.get("groups", ()))
    except (KeyError, TypeError, AttributeError) as error:
        raise BadAccounts(f"missing or misplaced in the accounts file: {error}") from error
    owners = {(key, one): member for member in members for key, one in member.ids.items()}
    return Directory(accounts, members, groups, owners)


def _account(entry: Mapping[str, Any]) -> Account:
    named = {name: entry[name] for name in entry if name not in ("account_id", "menu")}
    if entry["kind"] == GROUP_GATEWAY:
        named["appid"] = entry["account_id"]
    if entry["kind"] == OFFICIAL_ACCOUNT:
        named["menu"] = tuple(entry.get("menu", DEFAULT_MENU))
    return Account(**named)


def _group(entry: Mapping[str, Any]) -> Group:
    lists = {name: tuple(entry.get(name, ())) for name in ("members", "staff")}
    return Group(**{**entry, **lists})
