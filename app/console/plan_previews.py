"""What a plan will do, in words: when each step is due and how its text will read, for an example
member. Also of a plan that is not right yet: each step is shown as far as it can be read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.console import languages, message_previews, step_words
from app.console.message_previews import MessagePreview
from sop import schedules
from sop.mistakes import Mistake
from sop.steps import ELSE, THEN


@dataclass(frozen=True, slots=True)
class StepPreview:
    """``when`` in words; ``says`` are its message, or its variants' with their names; ``does`` is
    what else it does. It hangs ``depth`` arms deep, the arm being ``arm``."""

    name: str
    when: str
    says: Sequence[tuple[str, MessagePreview]]
    does: str = ""
    mistake: str = ""
    depth: int = 0
    arm: str = ""


def of(session: Session, definition: Mapping[str, Any]) -> list[StepPreview]:
    values = message_previews.example(session)
    return list(_walked(session, definition["steps"], values, 0, ""))


def _walked(
    session: Session, steps: Sequence[Any], values: Mapping[str, str], depth: int, arm: str
) -> Iterator[StepPreview]:
    """The steps in the order of their numbers, what hangs on one right behind it."""
    for step in steps:
        yield _step(session, step, values, depth, arm)
        forks = step.get("branch") or step.get("wait") or {}
        for taken, label in ((THEN, _("是")), (ELSE, _("否"))):
            yield from _walked(session, forks.get(taken) or (), values, depth + 1, label)


def _step(
    session: Session, step: Mapping[str, Any], values: Mapping[str, str], depth: int, arm: str
) -> StepPreview:
    when, mistake = "", ""
    try:
        when = _in_words(schedules.parse(step["when"]))
    except Mistake as wrong:
        mistake = languages.in_language(wrong)
    said = [(one["name"], one["message"]) for one in step.get("variants") or ()]
    if step.get("message"):
        said.append(("", step["message"]))
    says = [(name, message_previews.of(session, message, values)) for name, message in said]
    return StepPreview(step["name"], when, says, step_words.of(step), mistake, depth, arm)


def _in_words(when: schedules.When) -> str:
    zh, en = schedules.describe(when)
    return zh if languages.language() == "zh" else en
