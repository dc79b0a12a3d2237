"""corrections"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_WAITING = sa.text("decided_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "points_corrections",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("member_id", _ID, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("asked_by_id", _ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", _ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_granted", sa.Boolean(), nullable=False),
        sa.Column("undone_by_id", _ID, nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("points <> 0", name=op.f("ck_points_corrections_moves_points")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_points_corrections_member_id_members")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["operators.id"], name=op.f(f"fk_points_corrections_{column}_operators")
            )
            for column in ("asked_by_id", "decided_by_id", "undone_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_corrections")),
        sa.UniqueConstraint("key", name=op.f("uq_points_corrections_key")),
    )
    op.create_index(
        "ix_points_corrections_member_id", "points_corrections", ["member_id", "id"], unique=False
    )
    op.create_index(
        "ix_points_corrections_waiting",
        "points_corrections",
        ["id"],
        unique=False,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )


def downgrade() -> None:
    op.drop_index(
        "ix_points_corrections_waiting",
        table_name="points_corrections",
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.drop_index("ix_points_corrections_member_id", table_name="points_corrections")
    op.drop_table("points_corrections")
