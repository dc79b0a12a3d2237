"""Names behind causes: what ``form:3`` or ``plan:7/step:2`` is called by whoever made it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.loyalty.earning.rules import EarningRule


@dataclass(frozen=True, slots=True)
class Behind:
    """What a cause of this kind points to. ``name`` is empty when it is not there any more."""

    rule: str
    kind: str
    number: int
    name: str


def behind(
    session: Session, rules: Collection[str], columns: Mapping[str, Any]
) -> Iterator[Behind]:
    """Those of the kinds that have a column with names; one query for each kind there is."""
    for kind, column in columns.items():
        wanted = {rule: number for rule in rules if (number := _number(rule, kind)) is not None}
        if wanted:
            names = _names(session, column, set(wanted.values()))
            yield from (Behind(rule, kind, n, names.get(n, "")) for rule, n in wanted.items())


def earning(session: Session, rules: Collection[str]) -> Collection[EarningRule]:
    """Those of them that operators have set for earning."""
    return session.scalars(sa.select(EarningRule).where(EarningRule.key.in_(rules))).all()


def _number(rule: str, kind: str) -> int | None:
    """The id in ``plan:7/step:2``, or None when the rule is of another kind."""
    prefix, _colon, rest = rule.partition(":")
    digits = rest.partition("/")[0]
    return int(digits) if prefix == kind and digits.isdecimal() else None


def _names(session: Session, column: Any, ids: Collection[int]) -> dict[int, str]:
    rows = session.execute(sa.select(column.class_.id, column).where(column.class_.id.in_(ids)))
    return {number: str(name) for number, name in rows}
