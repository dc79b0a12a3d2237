"""Importing: a table is brought along, workers go through it, and what has become of it is read."""

import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app import worker
from app.domain import imports
from app.domain.imports import Import, ImportRow
from app.domain.people.members import Member
from app.imports import fields
from app.imports.kinds import KINDS
from app.imports.telling import Options
from app.spreadsheets import reading
from tests.world import World

LINES = (
    "手机号,昵称,生日,标签,接受营销",
    "138 0000 0001,小雨,2000-02-29,油性发质；新客,是",
    "+86 13800000002,阿诚,1990/1/2,,否",
)


def brought(world: World, lines: Sequence[str], kind: str = "members") -> int:
    table = reading.table(io.BytesIO("\n".join(lines).encode()))
    with world.siyu.database.writing() as session:
        begun = imports.add(
            session,
            kind=kind,
            file_name="members.csv",
            heading=table.heading,
            rows=table.rows,
            operator_id=None,
            vault=world.siyu.vault,
            now=world.now,
        )
        return begun.id


def taken(
    world: World,
    lines: Sequence[str],
    kind: str = "members",
    *,
    in_earnest: bool = True,
    **how: Any,
) -> Import:
    """The import as it stands once workers have gone through it."""
    import_id = brought(world, lines, kind)
    with world.siyu.database.writing() as session:
        heading = session.get_one(Import, import_id).heading
        mapping = fields.guessed(KINDS[kind].fields, heading)
        options = asdict(Options(makes_tags=True) if not how else Options(**how))
        imports.want(session, import_id, mapping, options, in_earnest=in_earnest, now=world.now)
    while worker.go_through_imports(world.siyu):
        pass
    with world.siyu.database.reading() as session:
        return session.get_one(Import, import_id)


def counts(done: Import) -> tuple[int, int, int, int]:
    return done.added, done.changed, done.unchanged, done.refused


def problems(world: World, done: Import) -> list[tuple[int, str]]:
    rows = [row for row in lines_kept(world) if row.import_id == done.id and row.problem]
    return [(row.number, (row.problem or ["", ""])[1]) for row in rows]


def lines_kept(world: World) -> Sequence[ImportRow]:
    with world.siyu.database.reading() as session:
        return session.query(ImportRow).order_by(ImportRow.import_id, ImportRow.number).all()


def named(world: World, nickname: str) -> Member:
    (found,) = [member for member in world.rows(Member) if member.nickname == nickname]
    return found
