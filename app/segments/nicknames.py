"""Nicknames that contain a text, A to Z being the same as a to z and nothing else: what ``lower``
does beyond that depends on the database and on how it was built."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.domain.people.members import Member
from tagging.segments.deciding import in_lower_case


class _Found(FunctionElement[bool]):
    """Of a text and another that is in lower case: whether the one has the other in it."""

    inherit_cache = True
    type = sa.Boolean()


def contain(text: str) -> sa.ColumnElement[bool]:
    return _Found(Member.nickname, sa.literal(in_lower_case(text)))


@compiles(_Found, "sqlite")
def _on_sqlite(found: _Found, compiler: SQLCompiler, **how: Any) -> str:
    whole, part = (compiler.process(it, **how) for it in found.clauses)
    return f"(instr(lower({whole}), {part}) > 0)"


@compiles(_Found, "postgresql")
def _on_postgresql(found: _Found, compiler: SQLCompiler, **how: Any) -> str:
    whole, part = (compiler.process(it, **how) for it in found.clauses)
    return f'(strpos(lower({whole} COLLATE "C"), {part}) > 0)'
