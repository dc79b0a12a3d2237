"""What an operator chose to say becomes what a platform takes: a coupon a card with the member's
own link, a quiz its question, an article the account's own or a link.

What comes out still has its placeholders, which ``personal`` fills for everybody at once; those
that this one message alone can fill (her coupon's link) come with it, by member.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.insight import forms
from app.domain.loyalty import quizzes
from app.domain.loyalty.entries import Cause
from app.domain.loyalty.quizzes import Quiz
from app.domain.loyalty.spending import coupon_batches
from app.domain.loyalty.spending.coupons import Coupon
from app.domain.outreach.materials import material_uses, sayable
from app.domain.people.channels import Channel
from app.programme import Programme
from sop import wording
from sop.contents import Message


class CannotBeSaid(Exception):
    """To nobody, this way; ``reason`` as the outbox has it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class AsSent:
    """``kind`` and ``content`` as in ``Outgoing``, placeholders still in it. ``values`` fill what
    is this message's own, by member; whom it cannot be said to is in ``refused``, with why."""

    kind: str
    content: Mapping[str, Any]
    values: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    refused: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Saying:
    """Over which account and way, to whom, and why. ``keys``: by member (by group, in what is said
    to groups), the key of the message, under which whatever it brings comes once."""

    channel: Channel
    keys: Mapping[int, str]
    cause: Cause
    way: str = ""
    to_groups: bool = False

    @property
    def kinds(self) -> frozenset[str]:
        return sayable.kinds_of(self.channel.kind, self.way)


def as_sent(
    session: Session, message: Message, saying: Saying, programme: Programme, now: datetime
) -> AsSent:
    """The message as the platform takes it. A few queries, however many it is said to; the caller
    holds the members. Raises CannotBeSaid."""
    said = material_uses.resolved(session, message)
    match said.kind:
        case "article":
            return _article(said.content, saying.kinds)
        case "coupon":
            return _coupon(session, said.content, saying, programme, now)
        case "quiz":
            return _quiz(session, said.content, saying)
        case "form":
            return _form(session, said.content, saying.kinds)
        case kind:
            if kind not in saying.kinds:
                raise CannotBeSaid(f"kind_not_offered:{kind}")
            return AsSent(kind, said.content)


def _article(content: Mapping[str, Any], kinds: Collection[str]) -> AsSent:
    if content.get("article_id") and "published_article" in kinds:
        return AsSent("published_article", {"article_id": content["article_id"]})
    if content.get("draft_id") and "articles" in kinds:
        return AsSent("articles", {"media_id": content["draft_id"]})
    if not content.get("url"):
        raise CannotBeSaid("article_without_link")
    kept = {name: content[name] for name in ("description", "picture_url") if content.get(name)}
    return _card(content["title"], content["url"], kept, kinds)


def _coupon(
    session: Session,
    content: Mapping[str, Any],
    saying: Saying,
    programme: Programme,
    now: datetime,
) -> AsSent:
    """Issues it to everybody it is said to."""
    coupon = session.get(Coupon, int(content["coupon"]))
    if coupon is None:
        raise CannotBeSaid("coupon_gone")
    card = _with_words(
        wording.escaped(coupon.name), "{coupon}", content.get("text", ""), saying.kinds
    )
    keys = {member_id: f"coupon:{key}" for member_id, key in saying.keys.items()}
    given = coupon_batches.issue(session, coupon.id, keys, cause=saying.cause, now=now)
    links = {
        member_id: {"coupon": programme.coupon_url(code)} for member_id, code in given.codes.items()
    }
    return AsSent(card.kind, card.content, links, given.refused)


def _quiz(session: Session, content: Mapping[str, Any], saying: Saying) -> AsSent:
    """Answers are given in the chat where it is open, so it can be asked nowhere else."""
    quiz = session.get(Quiz, int(content["quiz"]))
    if quiz is None or not quiz.is_open:
        raise CannotBeSaid("quiz_closed")
    if "text" not in saying.kinds:
        raise CannotBeSaid("kind_not_offered:text")
    asked = quizzes.as_text(quiz)
    head = content.get("text", "")
    text = f"{head}\n{wording.escaped(asked)}" if head else wording.escaped(asked)
    elsewhere = {
        subject_id: "quiz_elsewhere"
        for subject_id in saying.keys
        if quiz.scope
        != quizzes.scope_of(saying.channel.id, subject_id if saying.to_groups else None)
    }
    return AsSent("text", {"text": text}, refused=elsewhere)


def _form(session: Session, content: Mapping[str, Any], kinds: Collection[str]) -> AsSent:
    form = forms.by_key(session, content["form"])
    if form is None or form.closed_at is not None:
        raise CannotBeSaid("form_closed")
    place = f"{{form:{form.key}}}"
    return _with_words(wording.escaped(form.title), place, content.get("text", ""), kinds)


def _with_words(title: str, place: str, words: str, kinds: Collection[str]) -> AsSent:
    """A card that leads to ``place``; or a text, where there are no cards or the words themselves
    have the place in them."""
    if place in words and "text" in kinds:
        return AsSent("text", {"text": words})
    return _card(title, place, {"description": words} if words else {}, kinds)


def _card(title: str, url: str, more: Mapping[str, str], kinds: Collection[str]) -> AsSent:
    if "link" in kinds:
        return AsSent("link", {"title": title, "url": url, **more})
    if "text" not in kinds:
        raise CannotBeSaid("kind_not_offered:link")
    lines = (title, more.get("description"), url)
    return AsSent("text", {"text": "\n".join(line for line in lines if line)})
