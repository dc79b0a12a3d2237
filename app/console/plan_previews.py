"""What a plan will do, in words: when each step is due and how its text will read, for an example
member. Also of a plan that is not right yet: each step is shown as far as it can be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console import languages
from app.console.frame import siyu
from app.domain.insight import forms, radar
from app.domain.loyalty import tiers
from sop import schedules, wording
from sop.mistakes import Mistake


@dataclass(frozen=True, slots=True)
class StepPreview:
    """``when`` and ``texts`` in words; ``mistake`` where one of them cannot be read."""

    name: str
    kind: str
    when: str
    texts: Mapping[str, str]
    mistake: str = ""


def of(session: Session, definition: Mapping[str, Any]) -> list[StepPreview]:
    values = _example(session)
    return [_step(step, values) for step in definition["steps"]]


def _step(step: Mapping[str, Any], values: Mapping[str, str]) -> StepPreview:
    when, texts, mistakes = "", {}, []
    try:
        when = _in_words(schedules.parse(step["when"]))
    except Mistake as mistake:
        mistakes.append(languages.in_language(mistake))
    for name, text in step["message"]["content"].items():
        try:
            texts[name] = _rendered(text, values)
        except Mistake as mistake:
            mistakes.append(languages.in_language(mistake))
    return StepPreview(step["name"], step["message"]["kind"], when, texts, "；".join(mistakes))


def _rendered(text: str | list[str], values: Mapping[str, str]) -> str:
    lines = text if isinstance(text, list) else [text]
    return "\n".join(wording.render(line, values) for line in lines)


def _in_words(when: schedules.When) -> str:
    zh, en = schedules.describe(when)
    return zh if languages.language() == "zh" else en


def _example(session: Session) -> dict[str, str]:
    """An example member, so that the text reads as it will."""
    known = tiers.all_of(session)
    address = siyu().programme.public_url
    links = {f"radar:{link.key}": f"{address}/r/…" for link in radar.all_of(session)}
    links |= {f"form:{form.key}": f"{address}/h5/forms/…" for form in forms.all_of(session)}
    return {
        "nickname": _("小雨"),
        "points": "120",
        "tier": known[-1].name if known else "",
        "streak": "3",
        "opt_out": "https://…",
        "group_name": _("黄金群"),
        **links,
    }
