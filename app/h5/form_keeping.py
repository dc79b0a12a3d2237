"""Answers on their way into the inbox: once under their key, sealed where they would find her."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app import inbox, whereabouts
from app.domain.insight import answering, forms
from app.domain.insight.forms import Form
from app.domain.insight.questions import SEALED
from app.domain.people.members import Member
from app.whereabouts import Whereabouts
from app.wiring import Siyu


class NoMore(Exception):
    """The form has as many answers as it may have."""


@dataclass(frozen=True, slots=True)
class Who:
    """A member; or nobody we know, in this browser."""

    member: Member | None
    browser: str = ""


def is_known(siyu: Siyu, asked: Form, who: Who) -> bool:
    """Whether she has answered already."""
    with siyu.database.reading() as session:
        return inbox.by_key(session, _once_key(asked, who)) is not None


def keep(siyu: Siyu, asked: Form, who: Who, answers: Mapping[str, Sequence[str]]) -> None:
    """Once under its key, however often the button is pressed. Raises NoMore."""
    now = siyu.clock()
    key = _once_key(asked, who)
    if asked.repeatable:
        digest = hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()[:16]
        key = f"{key}:{siyu.programme.business_day(now)}:{digest}"
    masked, sealed = _sealed(siyu, asked, answers)
    with siyu.waking() as session:
        if inbox.by_key(session, key) is not None:  # sealed anew, it would look like a conflict
            return
        if not forms.let_in(session, asked.id):
            raise NoMore(asked.key)
        member = who.member
        she_is = Whereabouts(None, "", f"form:{asked.id}:{who.browser}")
        if member is not None:
            she_is = whereabouts.of(session, member.id)
        inbox.receive_own(
            session,
            key=key,
            kind="form_submitted" if member is not None else "form_submitted_unnamed",
            subject=she_is.subject,
            fields={"form": asked.key, "form_id": asked.id, "answers": masked, "sealed": sealed},
            channel_id=she_is.channel_id,
            sender=she_is.sender,
            member_id=member.id if member is not None else None,
            now=now,
        )


def _sealed(
    siyu: Siyu, asked: Form, answers: Mapping[str, Sequence[str]]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The answers with what would find her masked, and that sealed, in hex."""
    shown, sealed = {key: list(given) for key, given in answers.items()}, {}
    for question in asked.asked:
        if question.kind in SEALED and question.key in shown:
            (value,) = shown[question.key]
            context = f"form:{asked.id}:{question.key}"
            sealed[question.key] = siyu.vault.seal(value, context=context).hex()
            shown[question.key] = [answering.masked(question.kind, value)]
    return shown, sealed


def _once_key(asked: Form, who: Who) -> str:
    if who.member is not None:
        return f"form_submitted:{asked.id}:{who.member.id}"
    return f"form_submitted:{asked.id}:browser:{who.browser}"
