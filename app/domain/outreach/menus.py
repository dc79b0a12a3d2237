"""Menus 菜单: the buttons under the conversation with an official account, as operators write them.

Rules of the platform's page "Custom menus": up to three buttons, each with up to five below it;
names of 16 bytes above and 60 below, of which phones show 4 and 8 汉字; keys of 128 bytes and
addresses of 1024.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Id, insert_once

BUTTONS_MAX, BELOW_MAX = 3, 5
_ABOVE, _BELOW = (16, 4), (60, 8)  # bytes and 汉字 that a name may have
_KEY, _URL = ("key",), ("url",)
# The kinds of buttons, and what each needs beside its name.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "click": _KEY,
    "view": _URL,
    "miniprogram": ("appid", "pagepath", "url"),
    "scancode_push": _KEY,
    "scancode_waitmsg": _KEY,
    "pic_sysphoto": _KEY,
    "pic_photo_or_album": _KEY,
    "pic_weixin": _KEY,
    "location_select": _KEY,
}
_BYTES_MAX = {"key": 128, "url": 1024, "appid": 64, "pagepath": 1024}


class BadMenu(ValueError):
    """The platform would not take it; the text says why, in Chinese and English."""

    def __init__(self, zh: str, en: str):
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


class Menu(Base):
    """The version on the platform is the one that was published last, if any is there."""

    __tablename__ = "menus"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("channels.id"), unique=True)
    buttons: Mapped[list[Any]]
    version: Mapped[int]
    changed_at: Mapped[datetime]
    published_version: Mapped[int | None]
    published_at: Mapped[datetime | None]

    @property
    def is_published(self) -> bool:
        """Whether the platform has what is written here."""
        return self.published_version == self.version


def of_channel(session: Session, channel_id: int) -> Menu | None:
    return session.scalar(sa.select(Menu).where(Menu.channel_id == channel_id))


def write(
    session: Session, channel_id: int, buttons: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Keeps the menu of a channel, which changes nothing on the platform. Raises BadMenu."""
    _check(buttons)
    written = {"buttons": list(buttons), "changed_at": now}
    row = {"channel_id": channel_id, "version": 1, **written}
    if insert_once(session, Menu, row, unique=["channel_id"]) is None:
        _update(session, channel_id, version=Menu.version + 1, **written)


def note_published(session: Session, channel_id: int, version: int, now: datetime) -> None:
    """The platform has taken this version, whatever has been written since."""
    _update(session, channel_id, published_version=version, published_at=now)


def note_deleted(session: Session, channel_id: int) -> None:
    """The platform has none any more; what is written here stays."""
    _update(session, channel_id, published_version=None, published_at=None)


def _update(session: Session, channel_id: int, **values: Any) -> None:
    session.execute(sa.update(Menu).where(Menu.channel_id == channel_id).values(values))


def _check(buttons: Sequence[Mapping[str, Any]]) -> None:
    if not 1 <= len(buttons) <= BUTTONS_MAX:
        raise BadMenu(f"要有 1 到 {BUTTONS_MAX} 个菜单", f"1 to {BUTTONS_MAX} buttons are needed")
    for button in buttons:
        below = button.get("sub_button") or []
        if len(below) > BELOW_MAX:
            raise BadMenu(f"子菜单最多 {BELOW_MAX} 个", f"at most {BELOW_MAX} buttons below one")
        _check_name(button, *_ABOVE)
        if not below:
            _check_action(button)
        for one in below:
            _check_name(one, *_BELOW)
            _check_action(one)


def _check_name(button: Mapping[str, Any], bytes_max: int, hanzi_max: int) -> None:
    name = str(button.get("name", ""))
    if not name:
        raise BadMenu("每个菜单都要有名字", "every button needs a name")
    hanzi = sum(not character.isascii() for character in name)
    if len(name.encode()) > bytes_max or hanzi > hanzi_max:
        raise BadMenu(
            f"菜单名「{name}」太长：最多 {hanzi_max} 个汉字、{bytes_max} 字节",
            f"“{name}” is too long: at most {hanzi_max} Chinese characters and {bytes_max} bytes",
        )


def _check_action(button: Mapping[str, Any]) -> None:
    name, kind = button.get("name", ""), str(button.get("type", ""))
    if kind not in NEEDS:
        raise BadMenu(f"「{name}」没有选择动作", f"“{name}” does nothing")
    for part in NEEDS[kind]:
        value = str(button.get(part, ""))
        if not 0 < len(value.encode()) <= _BYTES_MAX[part]:
            raise BadMenu(
                f"「{name}」的 {part} 要有 1 到 {_BYTES_MAX[part]} 字节",
                f"{part} of “{name}” has to have 1 to {_BYTES_MAX[part]} bytes",
            )
        if part == "url" and not value.startswith(("https://", "http://")):
            raise BadMenu(f"「{name}」的网址有误", f"“{name}” has no address of a page")
