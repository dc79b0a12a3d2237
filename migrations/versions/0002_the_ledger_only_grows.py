"""The ledger only grows, and the lanes are there to be claimed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

APPEND_ONLY = ("points_entries", "points_postings", "points_lot_moves", "audit")
PIPES = ("inbox", "replies", "broadcasts")
LANES = 32


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _refuse_on_postgresql()
    else:
        _refuse_on_sqlite()
    lanes = sa.table("lanes", sa.column("pipe"), sa.column("number"), sa.column("term"))
    rows = [
        {"pipe": pipe, "number": number, "term": 0} for pipe in PIPES for number in range(LANES)
    ]
    op.bulk_insert(lanes, [*rows, {"pipe": "clock", "number": 0, "term": 0}])
    op.bulk_insert(sa.table("keyword_revisions", sa.column("number")), [{"number": 1}])


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _refuse_on_sqlite() -> None:
    for table in APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        if postgresql:
            op.execute(f"DROP TRIGGER {table}_only_grows ON {table}")
        else:
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(f"DROP TRIGGER {table}_no_delete")
    if postgresql:
        op.execute("DROP FUNCTION refuse_change()")
    op.execute("DELETE FROM lanes")
    op.execute("DELETE FROM keyword_revisions")
