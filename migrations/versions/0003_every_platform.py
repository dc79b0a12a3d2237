"""every platform"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "channels",
        sa.Column(
            "settings",
            sa.JSON().with_variant(postgresql.JSONB, "postgresql"),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.add_column("outbox", sa.Column("way", sa.String(), server_default="", nullable=False))
    op.add_column("outbox", sa.Column("through", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("outbox", "through")
    op.drop_column("outbox", "way")
    op.drop_column("channels", "settings")
