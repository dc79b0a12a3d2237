"""What a step says: the kinds of messages, what each consists of, and its words in variants."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sop import wording
from sop.reading import Reader, under

TEXT_BYTES_MAX = 2048  # what the platform takes in one text message
VARIANTS_MAX = 8

PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "member": frozenset({"nickname", "points", "tier", "streak", "radar:*", "form:*"}),
    "group": frozenset({"group_name"}),
}
# The fields of a message's content: those it must have, and those it may have.
CONTENTS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "text": (frozenset({"text"}), frozenset()),
    "link": (frozenset({"title", "url"}), frozenset({"description", "picture_url"})),
    "image": (frozenset({"media"}), frozenset()),
    "voice": (frozenset({"media"}), frozenset()),
    "video": (frozenset({"media", "thumb_media"}), frozenset({"title", "description"})),
    "miniprogram": (frozenset({"title", "appid", "page_path", "thumb_media"}), frozenset()),
    "mail": (frozenset({"subject", "text"}), frozenset({"url"})),
    "sms": (frozenset(), frozenset({"template_id", "params"})),
    "call": (frozenset(), frozenset({"template_id", "params"})),
    "template": (frozenset({"template_id", "data"}), frozenset({"url", "mini_program"})),
    "subscribe": (frozenset({"template_id", "data"}), frozenset({"page"})),
}
# What a platform's template is filled with, and the page that a tap opens.
DATA_FIELDS_MAX = 20
_MINI_PROGRAM: tuple[frozenset[str], frozenset[str]] = (
    frozenset({"appid"}),
    frozenset({"page_path"}),
)
# A file is ours, by its digest; or one that the platform keeps, by its id there.
INSTEAD: Mapping[str, str] = {"media": "media_id", "thumb_media": "thumb_media_id"}

_URL_BEGINS = ("https://", "http://", "{radar:", "{form:")


@dataclass(frozen=True, slots=True)
class Message:
    kind: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Variant:
    """One arm of an A/B test: ``share`` is its weight among the step's variants."""

    name: str
    share: int
    message: Message


def read(reader: Reader, path: str, value: Any, known: Collection[str]) -> Message | None:
    """The message that is written there; ``known`` are the placeholders that can be filled."""
    fields = reader.mapping(path, value, ("kind", "content"))
    if fields is None:
        return None
    kind = reader.choice(under(path, "kind"), fields.get("kind"), CONTENTS)
    if kind is None:
        return None
    needed, optional = _fields_of(kind, fields.get("content"))
    content = reader.mapping(f"{path}.content", fields.get("content", {}), needed, optional)
    if content is None:
        return None
    for name in sorted(content.keys() & (needed | optional)):
        where = f"{path}.content.{name}"
        if name in _CHECKS:
            _CHECKS[name](reader, where, content[name], known)
        else:
            _check_content(reader, where, name, content[name], known, name in needed)
    return Message(kind, dict(content))


def read_variants(
    reader: Reader, path: str, value: Any, known: Collection[str]
) -> tuple[Variant, ...]:
    """Two variants or more, each with a name, a share and a message."""
    variants = []
    for index, one in enumerate(reader.listed(path, value, 2, VARIANTS_MAX)):
        at = f"{path}[{index}]"
        fields = reader.mapping(at, one, ("name", "share", "message"))
        if fields is None:
            continue
        name = reader.name(under(at, "name"), fields.get("name"), 32)
        share = reader.whole(under(at, "share"), fields.get("share"), 1, 100)
        message = read(reader, under(at, "message"), fields.get("message"), known)
        if name and share and message:
            variants.append(Variant(name, share, message))
    names = [variant.name for variant in variants]
    if len(set(names)) != len(names):
        reader.wrong(path, "名称不能重复", "names have to differ")
    return tuple(variants)


def _fields_of(kind: str, content: Any) -> tuple[frozenset[str], frozenset[str]]:
    """The fields it must have and may have, where a file is named as ``content`` names it."""
    needed, optional = CONTENTS[kind]
    given = content if isinstance(content, Mapping) else {}
    swapped = {INSTEAD[name] for name in needed & INSTEAD.keys() if INSTEAD[name] in given}
    return frozenset(
        name for name in needed if INSTEAD.get(name) not in swapped
    ) | swapped, optional


def _check_params(reader: Reader, path: str, value: Any, known: Collection[str]) -> None:
    """What fills the holes of a template, one text each, none of them blank."""
    if not isinstance(value, list):
        reader.wrong(path, "要写成一个列表", "has to be a list")
        return
    for index, text in enumerate(value):
        _check_content(reader, f"{path}[{index}]", "param", text, known, True)


def _check_data(reader: Reader, path: str, value: Any, known: Collection[str]) -> None:
    """What fills the fields of a template that the platform has approved: one text each."""
    fields = value if isinstance(value, Mapping) else {}
    if not 1 <= len(fields) <= DATA_FIELDS_MAX:
        zh, en = f"要有 1 到 {DATA_FIELDS_MAX} 项", f"has to have 1 to {DATA_FIELDS_MAX} fields"
        reader.wrong(path, zh, en)
    for name, text in fields.items():
        _check_content(reader, under(path, str(name)), "data", text, known, True)


def _check_mini_program(reader: Reader, path: str, value: Any, known: Collection[str]) -> None:
    fields = reader.mapping(path, value, *_MINI_PROGRAM) or {}
    for name in sorted(fields.keys() & {"appid", "page_path"}):
        needed = name in _MINI_PROGRAM[0]
        _check_content(reader, under(path, name), name, fields[name], known, needed)


def _check_content(
    reader: Reader, path: str, name: str, value: Any, known: Collection[str], is_needed: bool
) -> None:
    if not isinstance(value, str) or (is_needed and not value.strip()):
        reader.wrong(path, "要写成文字，不能空着", "has to be text and not blank")
    elif len(value.encode(errors="replace")) > TEXT_BYTES_MAX:
        reader.wrong(path, f"最多 {TEXT_BYTES_MAX} 字节", f"has at most {TEXT_BYTES_MAX} bytes")
    elif name.endswith("url") and value and not value.startswith(_URL_BEGINS):
        reader.wrong(
            path, "要以 https://、{radar: 或 {form: 开头", "begins with https://, {radar: or {form:"
        )
    else:
        reader.read(path, lambda text: wording.check(text, known), value)


_CHECKS: Mapping[str, Callable[[Reader, str, Any, Collection[str]], None]] = {
    "params": _check_params,
    "data": _check_data,
    "mini_program": _check_mini_program,
}
