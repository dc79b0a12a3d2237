"""Tags from a table: given to, and taken from, members we know; nobody is added for it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.imports import members, telling
from app.imports.fields import Become, Row
from app.imports.telling import Options
from app.programme import Programme

FIELDS = (
    *(field for field in telling.FIELDS if field.name in (*telling.NAMING, "tags")),
    telling.REMOVED,
)


def take(
    session: Session,
    rows: Sequence[Row],
    import_id: int,
    options: Options,
    programme: Programme,
    now: datetime,
) -> Iterator[Become]:
    known_only = replace(options, adds=False)
    return members.take(session, rows, import_id, known_only, programme, now)
