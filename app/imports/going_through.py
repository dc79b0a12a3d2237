"""Going through an import: a slice of rows a transaction, in trial or in earnest.

Whoever does it holds the import's row, so two of them take turns, and what has become of a slice is
kept with what it brought, so a killed one leaves nothing half done. A trial takes the rows for real
and then takes it all back; so rows that name the same person have to lie in one slice, and are put
together first (``together``).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.domain import imports
from app.domain.imports import Import, ImportRow, Outcome
from app.imports import fields, together
from app.imports.fields import BadRow, Become, Row
from app.imports.kinds import KINDS
from app.imports.telling import Options
from app.programme import Programme

_log = structlog.get_logger(__name__)

_TAKEN = BadRow("同时有人改了这个会员，请再导入一次", "somebody else changed her: import again")
_UNFORESEEN = BadRow(
    "系统没能处理这一行，原因已记入日志，请联系技术人员",
    "this row could not be dealt with; the log says why, please tell your engineers",
)


def go_on(session: Session, import_id: int, programme: Programme, now: datetime) -> bool:
    """Takes the next slice. Returns whether there is more; one that somebody else goes through is
    left to her."""
    chosen = session.scalar(
        sa.select(Import).where(Import.id == import_id).with_for_update(skip_locked=True)
    )
    if chosen is None or not chosen.is_at_work:
        return False
    kind = KINDS[chosen.kind]
    is_trial = chosen.in_earnest_at is None
    if is_trial and kind.named is not None and chosen.sorted_at is None:
        together.sort_on(session, chosen, kind.named, programme, now)
        return True
    opened = imports.open_together(session, import_id, kind.at_once) if is_trial else ()
    opened = opened or imports.open_rows(session, import_id, kind.at_once)
    if not opened:
        imports.forget_names(session, import_id)
        chosen.ended_at = now
        return False
    rows = [together.row_of(chosen, one, programme) for one in opened]
    if len(rows) == kind.at_once:  # others may follow
        rows = rows[: kind.whole(rows)]
        opened = opened[: len(rows)]
    _keep(session, chosen, opened, _become(session, chosen, rows, programme, now))
    return True


def _become(
    session: Session, chosen: Import, rows: Sequence[Row], programme: Programme, now: datetime
) -> Sequence[Become]:
    try:
        return _take(session, chosen, rows, programme, now)
    except IntegrityError:
        if len(rows) == 1:
            return [fields.refused(_TAKEN)]
    except OperationalError:
        raise  # the database's trouble is not the row's: all of it is tried again
    except Exception:  # noqa: BLE001  an odd row may hold up neither the others nor other imports
        if len(rows) == 1:
            _log.exception("row not taken", import_id=chosen.id, row=rows[0].number)
            return [fields.refused(_UNFORESEEN)]
    # one is odd, or somebody else has just brought it in: one by one, the others get through
    return [_become(session, chosen, [row], programme, now)[0] for row in rows]


def _take(
    session: Session, chosen: Import, rows: Sequence[Row], programme: Programme, now: datetime
) -> Sequence[Become]:
    kind = KINDS[chosen.kind]
    options = Options(**chosen.options)
    savepoint = session.begin_nested()
    try:
        become = list(kind.take(session, rows, chosen.id, options, programme, now))
    except Exception:
        savepoint.rollback()
        raise
    if chosen.in_earnest_at is not None:
        savepoint.commit()
        return become
    savepoint.rollback()
    session.expire_all()
    added = {one.member_id for one in become if one.outcome == Outcome.ADDED}
    return [
        Become(one.outcome, None if one.member_id in added else one.member_id, one.problem)
        for one in become
    ]


def _keep(
    session: Session, chosen: Import, opened: Iterable[ImportRow], become: Sequence[Become]
) -> None:
    told: list[dict[str, Any]] = []
    for row, one in zip(opened, become, strict=True):
        is_over = chosen.in_earnest_at is not None and one.outcome != Outcome.REFUSED
        told.append(
            {
                "import_id": chosen.id,
                "number": row.number,
                "outcome": one.outcome,
                "problem": list(one.problem) if one.problem else None,
                "member_id": one.member_id,
                "sealed": None if is_over else row.sealed,
            }
        )
    session.execute(sa.update(ImportRow), told)
    chosen.done += len(told)
    for outcome in Outcome:
        count = sum(one.outcome == outcome for one in become)
        setattr(chosen, outcome, getattr(chosen, outcome) + count)
