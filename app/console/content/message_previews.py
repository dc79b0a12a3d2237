"""A message as an example member will read it: for plans, broadcasts and materials alike, also of
one that is not right yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import row_ids
from app.console import languages
from app.console.frame import siyu
from app.domain.insight import forms, radar
from app.domain.loyalty import quizzes
from app.domain.loyalty.quizzes import Quiz
from app.domain.loyalty.spending.coupons import Coupon
from app.domain.loyalty.standing import tiers
from app.domain.outreach.materials import material_uses
from app.domain.people import ways_in
from sop import wording
from sop.contents import Message
from sop.mistakes import Mistake


@dataclass(frozen=True, slots=True)
class MessagePreview:
    """``kind`` as an operator chose it; ``texts`` by field, filled; ``mistake`` in words where
    something cannot be read. ``bubble``: whether it comes as words and not as a card."""

    kind: str
    texts: Mapping[str, str]
    mistake: str = ""

    @property
    def bubble(self) -> bool:
        return set(self.texts) <= {"text"}


def of(session: Session, message: Mapping[str, Any], values: Mapping[str, str]) -> MessagePreview:
    kind, content = str(message.get("kind", "")), message.get("content")
    written = Message(kind, content if isinstance(content, Mapping) else {})
    try:
        written = material_uses.resolved(session, written)
    except (Mistake, KeyError, ValueError):
        return MessagePreview(kind, {}, _("请选择一个素材"))
    texts, mistakes = {}, []
    for name, text in _as_read(session, written).items():
        try:
            texts[name] = _rendered(text, values)
        except Mistake as mistake:
            mistakes.append(languages.in_language(mistake))
    return MessagePreview(written.kind, texts, "；".join(mistakes))


def example(session: Session) -> dict[str, str]:
    """An example member, so that the text reads as it will."""
    known = tiers.all_of(session)
    public = siyu().programme.public_url
    links = {f"radar:{link.key}": f"{public}/r/…" for link in radar.all_of(session)}
    links |= {f"form:{form.key}": f"{public}/h5/forms/…" for form in forms.all_of(session)}
    into = {f"group_link:{it.id}": "https://wework.qpic.cn/…" for it in ways_in.led_into(session)}
    asked = {f"quiz:{quiz.id}": quizzes.as_text(quiz) for quiz in quizzes.open_ones(session)}
    return {
        "nickname": _("小雨"),
        "points": "120",
        "points_expiring": "30",
        "tier": known[-1].name if known else "",
        "streak": "3",
        "birthday": "6月1日",
        "group_name": _("黄金群"),
        "opt_out": f"{public}/h5/opt-out/…",
        "coupon": f"{public}/h5/coupons/…",
        **links,
        **into,
        **asked,
    }


def _as_read(session: Session, message: Message) -> Mapping[str, Any]:
    """What will be seen of it: a coupon is a card with its name, a quiz its question."""
    content, words = message.content, str(message.content.get("text", ""))
    key = str(content.get(message.kind, ""))
    if message.kind == "quiz":
        quiz = session.get(Quiz, row_ids.read_or_none(key) or 0)
        asked = wording.escaped(quizzes.as_text(quiz)) if quiz else _("请选择一个问答")
        return {"text": f"{words}\n{asked}" if words else asked}
    if message.kind == "coupon":
        coupon = session.get(Coupon, row_ids.read_or_none(key) or 0)
        title = wording.escaped(coupon.name) if coupon else _("请选择一张优惠券")
        return {"title": title, "description": words, "url": "{coupon}"}
    if message.kind == "form":
        form = forms.by_key(session, key)
        title = wording.escaped(form.title) if form else _("请选择一个表单")
        url = f"{{form:{form.key}}}" if form else ""
        return {"title": title, "description": words, "url": url}
    return content


def _rendered(text: Any, values: Mapping[str, str]) -> str:
    if isinstance(text, Mapping):
        return "\n".join(f"{name}：{_rendered(one, values)}" for name, one in text.items())
    lines = text if isinstance(text, list) else [str(text)]
    return "\n".join(wording.render(line, values) for line in lines)
