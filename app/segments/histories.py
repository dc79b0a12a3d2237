"""Histories: what has happened to members, of the kinds that rules ask about."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.insight.form_submissions import FormAnswer
from app.domain.loyalty.orders import OrderLine
from app.segments.sources import SOURCES, Source
from tagging.segments.known import Happening


def of_members(
    session: Session, ids: Collection[int], since: Mapping[str, datetime | None]
) -> Mapping[int, Mapping[str, list[Happening]]]:
    """By member and kind, from the moments in ``since`` on; None is since ever."""
    found: dict[int, dict[str, list[Happening]]] = defaultdict(lambda: defaultdict(list))
    for kind, begins in since.items():
        source = SOURCES[kind]
        for row in session.execute(_rows(source, ids, begins)):
            member_id, at, number, *told = row
            fields = dict(zip(source.told, told, strict=True)) | {"number": number}
            found[member_id][kind].append(Happening(at, fields))
        hers = [one for of_her in found.values() for one in of_her.get(kind, ())]
        if kind in _PARTS:
            _add_parts(session, kind, hers)
    return found


def _rows(source: Source, ids: Collection[int], begins: datetime | None) -> sa.Select[Any]:
    number = source.number if source.number is not None else sa.null()
    wanted = sa.select(source.member_id, source.at, number, *source.told.values())
    late = [source.at >= begins] if begins else [source.at.is_not(None)]
    hers = source.member_id.in_(ids)
    return wanted.select_from(source.from_).where(hers, *source.where, *late)


def _add_parts(session: Session, kind: str, happened: list[Happening]) -> None:
    """What is in each order, and what was answered on each form."""
    name, number, *parts = _PARTS[kind]
    numbers = {one.fields["number"] for one in happened}
    listed = defaultdict(set)
    for of, *part in session.execute(sa.select(number, *parts).where(number.in_(numbers))):
        listed[of].add(part[0] if len(part) == 1 else tuple(part))
    for one in happened:
        assert isinstance(one.fields, dict)
        one.fields[name] = frozenset(listed[one.fields["number"]])


_PARTS: Mapping[str, tuple[Any, ...]] = {
    "ordered": ("skus", OrderLine.order_id, OrderLine.sku),
    "form_submitted": (
        *("answers", FormAnswer.submission_id),
        *(FormAnswer.question, FormAnswer.value),
    ),
}
