"""every platform"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "call_counts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("rate", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_call_counts_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_counts")),
        sa.UniqueConstraint(
            "channel_id",
            "rate",
            "subject",
            "ends_at",
            name=op.f("uq_call_counts_channel_id_rate_subject_ends_at"),
        ),
    )
    op.create_index("ix_call_counts_ends_at", "call_counts", ["ends_at"], unique=False)
    op.create_table(
        "kf_accounts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("open_kfid", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_kf_accounts_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kf_accounts")),
        sa.UniqueConstraint(
            "channel_id", "open_kfid", name=op.f("uq_kf_accounts_channel_id_open_kfid")
        ),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("userid", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_staff_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("channel_id", "userid", name=op.f("uq_staff_channel_id_userid")),
    )
    op.create_table(
        "customer_groups",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("member_version", sa.String(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_customer_groups_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff.id"], name=op.f("fk_customer_groups_owner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_groups")),
        sa.UniqueConstraint("group_id", name=op.f("uq_customer_groups_group_id")),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "identity_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("add_way", sa.String(), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unconfirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identities.id"], name=op.f("fk_contacts_identity_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_contacts_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint(
            "staff_id", "identity_id", name=op.f("uq_contacts_staff_id_identity_id")
        ),
    )
    op.create_index("ix_contacts_identity_id", "contacts", ["identity_id"], unique=False)
    op.create_index(
        "ix_contacts_living", "contacts", ["staff_id", "ended_at", "listed_at"], unique=False
    )
    op.add_column(
        "channels",
        sa.Column(
            "settings",
            sa.JSON().with_variant(postgresql.JSONB, "postgresql"),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.add_column(
        "group_members", sa.Column("join_scene", sa.String(), server_default="", nullable=False)
    )
    op.add_column(
        "group_members", sa.Column("state", sa.String(), server_default="", nullable=False)
    )
    op.add_column("identities", sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_identities_followed",
        "identities",
        ["channel_id", "id"],
        unique=False,
        sqlite_where=sa.text("unfollowed_at IS NULL AND followed_at IS NOT NULL"),
        postgresql_where=sa.text("unfollowed_at IS NULL AND followed_at IS NOT NULL"),
    )
    op.add_column("outbox", sa.Column("way", sa.String(), server_default="", nullable=False))
    op.add_column("outbox", sa.Column("through", sa.String(), server_default="", nullable=False))
    op.create_index(
        "ix_outbox_unclassified",
        "outbox",
        ["channel_id", "code"],
        unique=False,
        sqlite_where=sa.text("reason = 'unclassified'"),
        postgresql_where=sa.text("reason = 'unclassified'"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_outbox_unclassified",
        table_name="outbox",
        sqlite_where=sa.text("reason = 'unclassified'"),
        postgresql_where=sa.text("reason = 'unclassified'"),
    )
    op.drop_column("outbox", "through")
    op.drop_column("outbox", "way")
    op.drop_index(
        "ix_identities_followed",
        table_name="identities",
        sqlite_where=sa.text("unfollowed_at IS NULL AND followed_at IS NOT NULL"),
        postgresql_where=sa.text("unfollowed_at IS NULL AND followed_at IS NOT NULL"),
    )
    op.drop_column("identities", "listed_at")
    op.drop_column("group_members", "state")
    op.drop_column("group_members", "join_scene")
    op.drop_column("channels", "settings")
    op.drop_index("ix_contacts_living", table_name="contacts")
    op.drop_index("ix_contacts_identity_id", table_name="contacts")
    op.drop_table("contacts")
    op.drop_table("customer_groups")
    op.drop_table("staff")
    op.drop_table("kf_accounts")
    op.drop_index("ix_call_counts_ends_at", table_name="call_counts")
    op.drop_table("call_counts")
