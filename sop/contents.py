"""What a step says: the kinds of messages, what each consists of, and its words in variants."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sop import wording
from sop.reading import Reader, under

TEXT_BYTES_MAX = 2048  # what the platform takes in one text message
VARIANTS_MAX = 8

# What can be filled in, and for whom. ``family:*`` is every ``family:<key>`` that there is.
PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "member": frozenset(
        {"nickname", "points", "points_expiring", "tier", "streak", "birthday"}
        | {"radar:*", "form:*", "quiz:*", "group_link:*", "coupon"}
    ),
    "group": frozenset({"group_name", "quiz:*", "group_link:*"}),
}
# A placeholder that can be filled in messages of one kind alone.
ONLY_IN: Mapping[str, str] = {"coupon": "coupon"}
# Kinds of messages that become one with the placeholder of that name, so that they can be said only
# to those for whom it can be filled.
MADE_WITH_ONE = frozenset({"coupon", "form", "quiz"})
# The fields of a message's content: those it must have, and those it may have.
CONTENTS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "text": (frozenset({"text"}), frozenset()),
    "link": (frozenset({"title", "url"}), frozenset({"description", "picture_url"})),
    "image": (frozenset({"media"}), frozenset()),
    "voice": (frozenset({"media"}), frozenset()),
    "video": (frozenset({"media", "thumb_media"}), frozenset({"title", "description"})),
    "miniprogram": (frozenset({"title", "appid", "page_path", "thumb_media"}), frozenset()),
    "article": (
        frozenset({"title"}),
        frozenset({"url", "description", "picture_url", "article_id", "draft_id"}),
    ),
    "coupon": (frozenset({"coupon"}), frozenset({"text"})),
    "quiz": (frozenset({"quiz"}), frozenset({"text"})),
    "form": (frozenset({"form"}), frozenset({"text"})),
    "material": (frozenset({"material"}), frozenset({"version"})),
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
# An article is the platform's own, published or still a draft, or a page of the web.
ONE_OF: Mapping[str, tuple[str, ...]] = {"article": ("url", "article_id", "draft_id")}
# Fields that name something of ours, by its number or its key.
REFERENCES: Mapping[str, re.Pattern[str]] = {
    "coupon": re.compile("[0-9]{1,15}"),
    "quiz": re.compile("[0-9]{1,15}"),
    "material": re.compile("[0-9]{1,15}"),
    "version": re.compile("[0-9]{1,9}"),
    "form": re.compile("[A-Za-z0-9_-]{1,40}"),
}
# A file is ours, by its digest; or one that the platform keeps, by its id there.
INSTEAD: Mapping[str, str] = {"media": "media_id", "thumb_media": "thumb_media_id"}

_URL_BEGINS = ("https://", "http://", "{radar:", "{form:", "{group_link:")


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
    if kind in MADE_WITH_ONE and kind not in {name.partition(":")[0] for name in known}:
        reader.wrong(under(path, "kind"), "社群收不到这种消息", "cannot be said to a group")
    content = _content(reader, f"{path}.content", kind, fields.get("content", {}), known)
    return None if content is None else Message(kind, dict(content))


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


def written_in(written: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every message that stands somewhere in a definition as an operator wrote it, with its
    place: in steps, in their variants and their routes, in the arms of branches."""
    if isinstance(written, Mapping):
        if isinstance(written.get("content"), Mapping) and isinstance(written.get("kind"), str):
            yield path, written
            return
        for name, value in written.items():
            yield from written_in(value, under(path, str(name)))
    elif isinstance(written, (list, tuple)):
        for index, value in enumerate(written):
            yield from written_in(value, f"{path}[{index}]")


def fillable(kind: str, known: Collection[str]) -> frozenset[str]:
    """Those of the ``known`` placeholders that can be filled in a message of this kind."""
    return frozenset(name for name in known if ONLY_IN.get(name, kind) == kind)


def _content(
    reader: Reader, path: str, kind: str, value: Any, known: Collection[str]
) -> Mapping[str, Any] | None:
    """``value`` when it is an object; what is wrong with its fields is noted."""
    needed, optional = _fields_of(kind, value)
    content = reader.mapping(path, value, needed, optional)
    if content is None:
        return None
    for name in sorted(content.keys() & (needed | optional)):
        where, text = under(path, name), content[name]
        if name in _CHECKS:
            _CHECKS[name](reader, where, text, fillable(kind, known))
        elif name in REFERENCES:
            _check_reference(reader, where, name, text)
        else:
            _check_content(reader, where, name, text, fillable(kind, known), name in needed)
    one_of = ONE_OF.get(kind, ())
    if one_of and not any(content.get(name) for name in one_of):
        listed = "、".join(one_of), ", ".join(one_of)
        reader.wrong(under(path, one_of[0]), f"至少要填 {listed[0]} 之一", f"needs {listed[1]}")
    return content


def _check_reference(reader: Reader, path: str, name: str, value: Any) -> None:
    if not isinstance(value, str) or not REFERENCES[name].fullmatch(value):
        reader.wrong(path, "要选一个", "has to be chosen")


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
            path,
            "要以 https://、{radar:、{form: 或 {group_link: 开头",
            "begins with https://, {radar:, {form: or {group_link:",
        )
    else:
        reader.read(path, lambda text: wording.check(text, known), value)


_CHECKS: Mapping[str, Callable[[Reader, str, Any, Collection[str]], None]] = {
    "params": _check_params,
    "data": _check_data,
    "mini_program": _check_mini_program,
}
