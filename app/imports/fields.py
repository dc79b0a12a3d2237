"""Fields: what a column can tell, under which headings it is known by itself, and how the texts of
a row are read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app.domain.imports import Outcome

Value = TypeVar("Value")

PHONE = re.compile(r"1[3-9]\d{9}")
ABROAD = re.compile(r"\+[1-9]\d{6,14}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")
NAME = re.compile(r"\S(.{0,98}\S)?")
FIRST_YEAR, LAST_YEAR = 1990, 2099
YES = {"是", "有", "同意", "yes", "y", "true", "1"}
NO = {"否", "无", "不同意", "no", "n", "false", "0"}
_DAY = re.compile(r"(\d{4})(?:[-/.年]?)(\d{1,2})(?:[-/.月]?)(\d{1,2})日?")
_CLOCK = re.compile(r"[\sT]*(\d{1,2}):?(\d{2})(?::?(\d{2}))?(?:\.\d+)?")
_LIST = re.compile(r"[,，;；、|\n]")


class BadRow(Exception):
    """The row cannot be taken; the text says why, in Chinese and English."""

    def __init__(self, zh: str, en: str):
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    zh: str
    en: str
    headings: Sequence[str] = ()  # under which it is known by itself, beside its names


@dataclass(frozen=True, slots=True)
class Row:
    """``told`` by the names of the fields; those that are empty are left out."""

    number: int
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Become:
    """What has become of a row; ``problem`` in Chinese and English where it was refused."""

    outcome: Outcome
    member_id: int | None = None
    problem: tuple[str, str] | None = None


def guessed(fields: Sequence[Field], heading: Sequence[str]) -> Mapping[str, int]:
    """Which column each field is in, by its heading; a column tells one field at most."""
    columns = {plain(title): at for at, title in reversed(list(enumerate(heading)))}
    found: dict[str, int] = {}
    for field in fields:
        for known in (field.name, field.zh, field.en, *field.headings):
            at = columns.get(plain(known))
            if at is not None and at not in found.values():
                found[field.name] = at
                break
    return found


def row(number: int, cells: Sequence[str], mapping: Mapping[str, int]) -> Row:
    told = {name: cells[at] for name, at in mapping.items() if at < len(cells) and cells[at]}
    return Row(number, told)


def phone(text: str) -> str:
    """A number as members' numbers are kept: of the mainland without its country code, others with
    a plus. Raises BadRow."""
    digits = re.sub(r"[\s\-().]", "", text)
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", text.strip()):
        raise BadRow(
            f"手机号 {text} 被表格软件改成了科学计数法，请把这一列设为文本再导出",
            f"the phone number {text} has become a power of ten: make its column text and save",
        )
    mainland = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", digits)
    if PHONE.fullmatch(mainland):
        return mainland
    if ABROAD.fullmatch(digits) and not digits.startswith("+86"):
        return digits
    raise BadRow(f"手机号不对：{text}", f"this is no phone number: {text}")


def email(text: str) -> str:
    if not EMAIL.fullmatch(text):
        raise BadRow(f"邮箱不对：{text}", f"this is no mail address: {text}")
    return text


def name(text: str) -> str:
    if not NAME.fullmatch(text) or not text.isprintable():
        raise BadRow(f"名称太长或有怪字符：{text[:20]}", f"too long or unprintable: {text[:20]}")
    return text


def day(text: str) -> date:
    """2001-02-03, 2001/2/3, 20010203 or 2001年2月3日, whatever time follows. Raises BadRow."""
    found = _DAY.match(text.strip())
    try:
        year, month, day_of_month = (int(part) for part in found.groups()) if found else (0, 0, 0)
        return date(year, month, day_of_month)
    except ValueError:
        raise BadRow(f"日期不对：{text}", f"this is no date: {text}") from None


def moment(text: str, zone: ZoneInfo) -> datetime:
    """A day, or a day and a time, where the shop is, since the first shop sold anything by wire.
    Raises BadRow."""
    try:
        at = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        at = datetime.combine(day(text), _clock(text))
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise BadRow(f"日期不对：{text}", f"this is no date: {text}")
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _clock(text: str) -> time:
    """The time that follows a day; midnight when none does. Raises BadRow."""
    found = _CLOCK.fullmatch(_DAY.sub("", text.strip(), count=1))
    try:
        hour, minute, second = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
        return time(hour, minute, second)
    except ValueError:
        raise BadRow(f"时间不对：{text}", f"this is no time: {text}") from None


def yes(text: str) -> bool:
    """Raises BadRow."""
    said = text.strip().lower()
    if said not in YES | NO:
        raise BadRow(f"要写是或否：{text}", f"has to be yes or no: {text}")
    return said in YES


def names(text: str) -> Sequence[str]:
    """Several names in one cell, each once. Raises BadRow."""
    return list(dict.fromkeys(name(part.strip()) for part in _LIST.split(text) if part.strip()))


def told(row: Row, field: str, read: Callable[[str], Value]) -> Value | None:
    """What the row tells of a field, None where it is silent. Raises BadRow."""
    return read(row.told[field]) if field in row.told else None


def refused(problem: BadRow) -> Become:
    return Become(Outcome.REFUSED, problem=(problem.zh, problem.en))


def plain(heading: Any) -> str:
    """A heading without remarks in brackets, blanks and signs."""
    return re.sub(r"[（(].*|[\s_*：:-]", "", str(heading).lower())
