"""What a plan will do, in words: when each step is due, what it does, and how its texts will read,
for an example member. Also of a plan that is not right yet: each step as far as it can be read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.console import languages, message_previews, plan_sentences
from app.console.message_previews import MessagePreview
from app.console.plan_fields import steps
from sop.mistakes import Mistake


@dataclass(frozen=True, slots=True)
class StepPreview:
    """``number`` as ``sop.steps`` numbers them; ``arm`` is the one of ``under`` in which it stands.
    ``says`` are its message, or its
    variants' with their names; ``mistake`` where something cannot be read."""

    number: int
    name: str
    does: str
    when: str
    depth: int
    arm: str = ""
    under: str = ""
    sentence: str = ""
    route: str = ""
    says: Sequence[tuple[str, MessagePreview]] = ()
    mistake: str = ""

    @property
    def arm_of(self) -> str:
        """Which words the arm has, see ``plan_words``."""
        return "wait_arm" if self.under == "wait" else "arm"


def of(
    session: Session, definition: Mapping[str, Any], values: Mapping[str, str] | None = None
) -> list[StepPreview]:
    """Every step, those of an arm right behind what they hang on."""
    previews = _Previews(session, values or message_previews.example(session))
    return list(previews.of_all(definition["steps"]))


@dataclass(slots=True)
class _Previews:
    session: Session
    values: Mapping[str, str]
    count: int = 0

    def of_all(
        self, listed: list[Any], depth: int = 0, arm: str = "", under: str = ""
    ) -> Iterator[StepPreview]:
        for step in listed:
            yield self._step(step, depth, arm, under)
            for its_arm, _path, inside in steps.arms_of(step, ""):
                yield from self.of_all(inside, depth + 1, its_arm, steps.does(step))

    def _step(self, step: Mapping[str, Any], depth: int, arm: str, under: str) -> StepPreview:
        number, when, mistake = self.count, "", ""
        self.count += 1
        try:
            when = plan_sentences.when(step["when"], in_arm=bool(arm))
        except Mistake as wrong:
            mistake = languages.in_language(wrong)
        return StepPreview(
            number=number,
            name=step["name"],
            does=steps.does(step),
            when=when,
            depth=depth,
            arm=arm,
            under=under,
            sentence=plan_sentences.step(step),
            route=plan_sentences.route(step.get("route", [])),
            says=[
                (label, message_previews.of(self.session, message, self.values))
                for label, message in _messages_of(step)
            ],
            mistake=mistake,
        )


def _messages_of(step: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    if "message" in step:
        return [("", step["message"])]
    return [(f"{one['name']} {one['share']}", one["message"]) for one in step.get("variants", ())]
