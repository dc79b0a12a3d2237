"""A message in a form: its fields by kind, what may be chosen in them, and what they say.

Plans, broadcasts and materials share it: the macros of ``_message_macros.html`` make the fields
from the message itself and ``message_in`` reads them back, so nothing is lost between two looks at
a page, be it right or wrong.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app import personal
from app.domain.insight import forms
from app.domain.loyalty import quizzes
from app.domain.loyalty.spending import coupons
from app.domain.outreach.materials import materials, media, sayable
from sop.contents import CONTENTS, INSTEAD

FIELDS: Mapping[str, tuple[str, ...]] = {
    "text": ("text",),
    "link": ("title", "description", "url", "picture_url"),
    "image": ("media",),
    "voice": ("media",),
    "video": ("media", "thumb_media", "title", "description"),
    "miniprogram": ("title", "appid", "page_path", "thumb_media"),
    "article": ("title", "description", "url", "picture_url", "article_id", "draft_id"),
    "coupon": ("coupon", "text"),
    "quiz": ("quiz", "text"),
    "form": ("form", "text"),
    "material": ("material",),
    "mail": ("subject", "text", "url"),
    "sms": ("template_id", "params"),
    "call": ("template_id", "params"),
    "template": ("template_id", "data", "url"),
    "subscribe": ("template_id", "data", "page"),
}
KINDS = tuple(FIELDS)
LEAVES_OUT = frozenset({"article", "coupon", "quiz", "form", "template", "subscribe"})
_LISTED, _NAMED = frozenset({"params"}), frozenset({"data"})
_DIGEST = re.compile("[0-9a-f]{64}")

Form = MultiDict[str, str]
Choices = Mapping[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Offered:
    """What a message may be and what may be chosen in it. ``choices`` and ``files`` are by field,
    and by kind and field."""

    kinds: Sequence[str]
    choices: Choices
    files: Mapping[tuple[str, str], Sequence[media.Media]]
    placeholders: Sequence[str]

    def choices_of(self, name: str, value: str) -> Sequence[tuple[str, str]]:
        """What is offered, and what is chosen already, although it is not offered any more."""
        offered = self.choices[name]
        is_known = not value or value in {key for key, _label in offered}
        return offered if is_known else [*offered, (value, self._label(name, value))]

    def _label(self, name: str, value: str) -> str:
        if name != "material":
            return value
        number, _at, version = value.partition("@")
        labels = {key.partition("@")[0]: shown for key, shown in self.choices[name]}
        label = labels.get(number, "").rpartition(" v")[0]
        return _("%(name)s · 保持 v%(n)s", name=label, n=version) if label else value


def offered(
    session: Session, audience: str, channel_kind: str | None = None, *, materials_too: bool = True
) -> Offered:
    """What can be said to members or to groups, over an account of this kind or over any."""
    known = personal.known_for_members if audience == "member" else personal.known_for_groups
    kinds = [kind for kind in KINDS if _is_for(kind, audience)]
    if channel_kind is not None:
        kinds = [
            one for one in kinds if one == "material" or sayable.can_say_somehow(one, channel_kind)
        ]
    if not materials_too:
        kinds.remove("material")
    return Offered(kinds, _choices(session), _files(session), sorted(known(session)))


def in_template(offer: Offered) -> dict[str, Any]:
    """What the macros need."""
    return {"offered": offer, "fields_of": FIELDS, "shown": shown}


def message_in(form: Form, prefix: str = "") -> dict[str, Any]:
    """The message whose fields have names of this prefix, as it was written."""

    def written(name: str) -> str:
        return form.get(f"{prefix}{name}", "").strip()

    kind = written("message_kind")
    return {"kind": kind, "content": content_in(kind, written)}


def content_in(kind: str, written: Callable[[str], str]) -> dict[str, Any]:
    """What is no digest of ours where a file stands is an id of the platform's own."""
    content = {name: written(name) for name in FIELDS.get(kind, ())}
    if kind == "material":
        return _material(content["material"])
    if kind in LEAVES_OUT:
        needed, _optional = CONTENTS[kind]
        content = {name: text for name, text in content.items() if text or name in needed}
    for name, its_id in INSTEAD.items():
        if content.get(name) and not _DIGEST.fullmatch(content[name]):
            content[its_id] = content.pop(name)
    return {name: _parsed(name, text) for name, text in content.items()}


def shown(name: str, content: Mapping[str, Any]) -> str:
    """What stands in the field of this name: the way back from ``content_in``."""
    value = content.get(name) or content.get(f"{name}_id") or ""
    if name == "material":
        return f"{value}@{content['version']}" if content.get("version") else str(value)
    if isinstance(value, Mapping):
        return "\n".join(f"{key}={text}" for key, text in value.items())
    return "\n".join(value) if isinstance(value, list) else str(value)


def _is_for(kind: str, audience: str) -> bool:
    return audience == "member" or kind not in {"coupon", "form", "sms", "mail", "call"}


def _material(chosen: str) -> dict[str, Any]:
    number, _at, version = chosen.partition("@")
    return {"material": number, "version": version} if version else {"material": number}


def _parsed(name: str, text: str) -> Any:
    """What fills a template comes one text a line; by name, where its fields have names."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if name in _LISTED:
        return lines
    if name in _NAMED:
        pairs = (line.partition("=") for line in lines)
        return {key.strip(): value.strip() for key, _equals, value in pairs}
    return text


def _choices(session: Session) -> Choices:
    return {
        "coupon": [(str(one.id), one.name) for one in coupons.on_offer(session)],
        "quiz": [(str(one.id), one.question) for one in quizzes.open_ones(session)],
        "form": [(one.key, one.title) for one in forms.all_of(session) if one.closed_at is None],
        "material": [
            (f"{one.id}@{one.version}", f"{one.name} v{one.version}")
            for one in materials.search(session)
        ],
    }


def _files(session: Session) -> dict[tuple[str, str], list[media.Media]]:
    """What may be chosen for each field that holds a file, by the kind of message."""
    known = media.all_of(session)
    of_kind = {kind: [file for file in known if file.kind == kind] for kind in media.BYTES_MAX}
    return {
        **{(kind, "media"): files for kind, files in of_kind.items()},
        ("video", "thumb_media"): [file for file in known if file.is_cover],
        ("miniprogram", "thumb_media"): of_kind[media.IMAGE],
    }
