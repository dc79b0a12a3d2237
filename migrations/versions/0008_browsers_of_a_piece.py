"""browsers of a piece"""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_item_scans_number", "item_scans", ["piece_id", "number"], unique=False)
    op.create_index("ix_item_scans_browser", "item_scans", ["piece_id", "browser"], unique=False)
    op.drop_index("ix_item_scans_piece", table_name="item_scans")


def downgrade() -> None:
    op.create_index("ix_item_scans_piece", "item_scans", ["piece_id"], unique=False)
    op.drop_index("ix_item_scans_browser", table_name="item_scans")
    op.drop_index("ix_item_scans_number", table_name="item_scans")
