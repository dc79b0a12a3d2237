"""What a plan will do: when each step is due, what it does, and how what it says will look on a
phone, for an example member. Also of a plan that is not right yet: each step as far as it can be
read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.console import languages
from app.console.automation import handsets, plan_sentences
from app.console.automation.handsets import Handset, Shown
from app.console.automation.plan_fields import steps
from app.console.content import message_previews
from app.console.saying.names import Names
from sop.mistakes import Mistake


@dataclass(frozen=True, slots=True)
class StepPreview:
    """``number`` as ``sop.steps`` numbers them; ``arm`` is the one of ``under`` in which it stands.
    ``handsets`` are phones with its message, with each of its variants, and with what single ways
    say instead; ``mistake`` where something cannot be read."""

    number: int
    name: str
    does: str
    when: str
    depth: int
    arm: str = ""
    under: str = ""
    sentence: str = ""
    route: str = ""
    handsets: Sequence[Handset] = ()
    mistake: str = ""

    @property
    def arm_of(self) -> str:
        """Which words the arm has, see ``plan_words``."""
        return "wait_arm" if self.under == "wait" else "arm"

    def heard_at(self, at: datetime) -> "StepPreview":
        """As the phones show it at this moment."""
        return replace(self, handsets=[replace(one, at=at) for one in self.handsets])


def of(
    session: Session,
    definition: Mapping[str, Any],
    sender: str,
    values: Mapping[str, str] | None = None,
    *,
    now: datetime,
) -> list[StepPreview]:
    """Every step, those of an arm right behind what they hang on; ``sender`` is who speaks where a
    way has no account of its own."""
    shown = Shown(session, sender, values or message_previews.example(session), now)
    previews = _Previews(Names(session), shown)
    return list(previews.of_all(definition["steps"]))


@dataclass(slots=True)
class _Previews:
    names: Names
    shown: Shown
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
            sentence=plan_sentences.step(self.names, step),
            route=plan_sentences.route(self.names, step.get("route", [])),
            handsets=handsets.all_of(self.shown, self.names, step),
            mistake=mistake,
        )
