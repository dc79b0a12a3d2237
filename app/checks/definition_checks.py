"""Everything that is wrong with a plan or a broadcast beyond the shape of its definition: what it
names that is not there, what cannot be filled, and what the ways that it takes cannot say."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.checks import content_checks, name_checks
from app.domain.people.channels import Channel
from app.sending import route_checks
from sop.reading import Problem


class StillWrong(Exception):
    """What is about to begin names what is not there any more, or cannot be said."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{p.path}: {p.zh} / {p.en}" for p in problems))
        self.problems = problems


def check(session: Session, channel: Channel, definition: Mapping[str, Any]) -> None:
    """Again before it begins, since what it names may be gone by then. Raises StillWrong."""
    if problems := problems_in(session, channel, definition):
        raise StillWrong(problems)


def problems_in(
    session: Session, channel: Channel | None, definition: Mapping[str, Any]
) -> list[Problem]:
    """Of a definition whose shape is right; without a channel nothing is known of its ways."""
    audience = definition["audience"]
    problems = name_checks.problems_in(session, definition)
    problems += content_checks.problems_in(session, definition, audience)
    if channel is None or problems:  # a material that is not there says nothing to be checked
        return problems
    return list(route_checks.problems_in(session, channel, definition, audience))
