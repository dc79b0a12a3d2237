"""Bulk: thousands of numbers as one parameter, of a statement that stays the same however many they
are."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Numbers(sa.types.TypeDecorator[Sequence[int]]):
    """Thousands of whole numbers as one parameter, which has no type of its own: PostgreSQL takes
    it for the array that it is cast to."""

    impl = sa.types.NullType
    cache_ok = True

    def process_bind_param(self, value: Sequence[int] | None, dialect: sa.Dialect) -> str | None:
        # as text: of a list the driver would look at each number
        if value is None:
            return None
        written = ",".join(map(str, value))
        return f"{{{written}}}" if dialect.name == "postgresql" else f"[{written}]"


class Among(FunctionElement[bool]):
    """``among(column, name)``: whether it is one of the ``Numbers`` that are bound to the name."""

    type = sa.Boolean()
    inherit_cache = True


def among(column: sa.SQLColumnExpression[int], name: str) -> sa.ColumnElement[bool]:
    return Among(column, sa.bindparam(name, type_=Numbers))


@compiles(Among, "sqlite")
def _among_on_sqlite(element: Among, compiler: SQLCompiler, **how: Any) -> str:
    column, numbers = (compiler.process(one, **how) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"  # nosec B608


@compiles(Among, "postgresql")
def _among_on_postgresql(element: Among, compiler: SQLCompiler, **how: Any) -> str:
    column, numbers = (compiler.process(one, **how) for one in element.clauses)
    return f"{column} = ANY (CAST({numbers} AS bigint[]))"
