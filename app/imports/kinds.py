"""The kinds of tables that can be brought along, and what each of them brings to going through."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from app.imports import fields, member_tags, members, naming, order_rows, orders
from app.imports.fields import Become, Field, Row
from app.imports.telling import Options
from app.imports.together import Named
from app.programme import Programme

Take = Callable[
    [Session, Sequence[Row], int, Options, Programme, datetime],
    Iterator[Become],
]


@dataclass(frozen=True, slots=True)
class Kind:
    """``fields`` can be told by its columns; ``guessed`` says which column tells which, by the
    heading. ``take`` takes some rows for what they tell, ``at_once`` of them at most; ``whole``
    says how many of those are taken now, so that what belongs together is taken together. Where
    rows far apart may name the same people, ``named`` says whom each names."""

    fields: Sequence[Field]
    take: Take
    guessed: Callable[[Sequence[str]], Mapping[str, int]]
    at_once: int = 100
    whole: Callable[[Sequence[Row]], int] = len
    named: Named | None = None


KINDS: Mapping[str, Kind] = {
    "members": Kind(
        members.FIELDS,
        members.take,
        partial(fields.guessed, members.FIELDS),
        named=naming.named,
    ),
    "member_tags": Kind(
        member_tags.FIELDS,
        member_tags.take,
        partial(fields.guessed, member_tags.FIELDS),
        named=naming.named,
    ),
    "orders": Kind(
        order_rows.FIELDS,
        orders.take,
        order_rows.guessed,
        at_once=orders.AT_ONCE,
        whole=orders.whole,
    ),
}
