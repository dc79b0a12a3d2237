"""every platform"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("digest", name=op.f("uq_media_digest")),
    )
    op.create_table(
        "archives",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_archives_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archives")),
        sa.UniqueConstraint("channel_id", name=op.f("uq_archives_channel_id")),
    )
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
        "corp_tags",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("tag_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_corp_tags_channel_id")
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_corp_tags_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corp_tags")),
        sa.UniqueConstraint(
            "channel_id", "external_id", name=op.f("uq_corp_tags_channel_id_external_id")
        ),
    )
    op.create_table(
        "group_welcomes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "content", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("template_id", sa.String(), nullable=True),
        sa.Column("deleting_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_group_welcomes_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_welcomes")),
    )
    op.create_index(
        "ix_group_welcomes_channel_id", "group_welcomes", ["channel_id", "id"], unique=False
    )
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
        "mass_messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column(
            "content", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column(
            "audience", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_mass_messages_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_mass_messages_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mass_messages")),
    )
    op.create_table(
        "menus",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "buttons", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_version", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_menus_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menus")),
        sa.UniqueConstraint("channel_id", name=op.f("uq_menus_channel_id")),
    )
    op.create_table(
        "message_templates",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("template_id", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("pulled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_message_templates_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_templates")),
        sa.UniqueConstraint(
            "channel_id", "template_id", name=op.f("uq_message_templates_channel_id_template_id")
        ),
    )
    op.create_table(
        "mirrored_tags",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("tag_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("platform_tag_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_mirrored_tags_channel_id")
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_mirrored_tags_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mirrored_tags")),
        sa.UniqueConstraint(
            "channel_id", "tag_id", name=op.f("uq_mirrored_tags_channel_id_tag_id")
        ),
    )
    op.create_index("ix_mirrored_tags_tag_id", "mirrored_tags", ["tag_id"], unique=False)
    op.create_table(
        "moments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "content", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("job_id", sa.String(), nullable=True),
        sa.Column("platform_id", sa.String(), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_moments_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_moments_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moments")),
        sa.UniqueConstraint("channel_id", "job_id", name=op.f("uq_moments_channel_id_job_id")),
        sa.UniqueConstraint(
            "channel_id", "platform_id", name=op.f("uq_moments_channel_id_platform_id")
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
        "staff_messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("chat_type", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column(
            "content", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_staff_messages_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_staff_messages_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_messages")),
        sa.UniqueConstraint(
            "channel_id", "platform_id", name=op.f("uq_staff_messages_channel_id_platform_id")
        ),
    )
    op.create_index(
        "ix_staff_messages_channel_id", "staff_messages", ["channel_id", "id"], unique=False
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
        "mass_jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "mass_message_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("filtered", sa.Integer(), nullable=True),
        sa.Column("sent", sa.Integer(), nullable=True),
        sa.Column("errors", sa.Integer(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["mass_message_id"], ["mass_messages.id"], name=op.f("fk_mass_jobs_mass_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mass_jobs")),
        sa.UniqueConstraint(
            "mass_message_id", "number", name=op.f("uq_mass_jobs_mass_message_id_number")
        ),
    )
    op.create_table(
        "moment_tasks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("moment_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("userid", sa.String(), nullable=False),
        sa.Column("seen_published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["moment_id"], ["moments.id"], name=op.f("fk_moment_tasks_moment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moment_tasks")),
        sa.UniqueConstraint("moment_id", "userid", name=op.f("uq_moment_tasks_moment_id_userid")),
    )
    op.create_table(
        "staff_message_recipients",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "staff_message_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("userid", sa.String(), nullable=False),
        sa.Column("reach", sa.String(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_message_id"],
            ["staff_messages.id"],
            name=op.f("fk_staff_message_recipients_staff_message_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_message_recipients")),
        sa.UniqueConstraint(
            "staff_message_id",
            "external_id",
            name=op.f("uq_staff_message_recipients_staff_message_id_external_id"),
        ),
    )
    op.create_index(
        "ix_staff_message_recipients_month",
        "staff_message_recipients",
        ["external_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "staff_tasks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "staff_message_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("userid", sa.String(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_message_id"],
            ["staff_messages.id"],
            name=op.f("fk_staff_tasks_staff_message_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_tasks")),
        sa.UniqueConstraint(
            "staff_message_id", "userid", name=op.f("uq_staff_tasks_staff_message_id_userid")
        ),
    )
    op.create_table(
        "ways_in",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "live_code_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column(
            "userids", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column(
            "chat_ids", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("skip_verify", sa.Boolean(), nullable=False),
        sa.Column("config_id", sa.String(), nullable=False),
        sa.Column("qr_url", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["live_code_id"], ["live_codes.id"], name=op.f("fk_ways_in_live_code_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ways_in")),
        sa.UniqueConstraint("live_code_id", name=op.f("uq_ways_in_live_code_id")),
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
    op.create_table(
        "mass_months",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "identity_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identities.id"], name=op.f("fk_mass_months_identity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mass_months")),
        sa.UniqueConstraint("month", "identity_id", name=op.f("uq_mass_months_month_identity_id")),
    )
    op.create_table(
        "mirrored_holdings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "identity_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column(
            "mirrored_tag_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identities.id"], name=op.f("fk_mirrored_holdings_identity_id")
        ),
        sa.ForeignKeyConstraint(
            ["mirrored_tag_id"],
            ["mirrored_tags.id"],
            name=op.f("fk_mirrored_holdings_mirrored_tag_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mirrored_holdings")),
        sa.UniqueConstraint(
            "identity_id",
            "mirrored_tag_id",
            name=op.f("uq_mirrored_holdings_identity_id_mirrored_tag_id"),
        ),
    )
    op.create_table(
        "subscribe_grants",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "identity_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("template_id", sa.String(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identities.id"], name=op.f("fk_subscribe_grants_identity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribe_grants")),
        sa.UniqueConstraint(
            "identity_id", "template_id", name=op.f("uq_subscribe_grants_identity_id_template_id")
        ),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("counts", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_reports_channel_id")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["outbox.id"], name=op.f("fk_reports_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "channel_id", "platform_id", name=op.f("uq_reports_channel_id_platform_id")
        ),
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
    op.add_column(
        "keyword_rules", sa.Column("notify_userid", sa.String(), server_default="", nullable=False)
    )
    op.add_column(
        "live_codes", sa.Column("link_expires_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("members", sa.Column("sealed_email", sa.LargeBinary(), nullable=True))
    op.add_column("members", sa.Column("email_index", sa.String(), nullable=True))
    op.create_index("ix_members_email_index", "members", ["email_index"], unique=False)
    op.add_column("outbox", sa.Column("way", sa.String(), server_default="", nullable=False))
    op.add_column("outbox", sa.Column("through", sa.String(), server_default="", nullable=False))
    op.add_column(
        "outbox",
        sa.Column("mass_job_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
    )
    op.add_column("outbox", sa.Column("doubtful_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_outbox_mass_job_id",
        "outbox",
        ["mass_job_id", "state"],
        unique=False,
        sqlite_where=sa.text("mass_job_id IS NOT NULL"),
        postgresql_where=sa.text("mass_job_id IS NOT NULL"),
    )
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
    op.drop_index(
        "ix_outbox_mass_job_id",
        table_name="outbox",
        sqlite_where=sa.text("mass_job_id IS NOT NULL"),
        postgresql_where=sa.text("mass_job_id IS NOT NULL"),
    )
    op.drop_column("outbox", "doubtful_at")
    op.drop_column("outbox", "mass_job_id")
    op.drop_column("outbox", "through")
    op.drop_column("outbox", "way")
    op.drop_index("ix_members_email_index", table_name="members")
    op.drop_column("members", "email_index")
    op.drop_column("members", "sealed_email")
    op.drop_column("live_codes", "link_expires_at")
    op.drop_column("keyword_rules", "notify_userid")
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
    op.drop_table("reports")
    op.drop_table("subscribe_grants")
    op.drop_table("mirrored_holdings")
    op.drop_table("mass_months")
    op.drop_index("ix_contacts_living", table_name="contacts")
    op.drop_index("ix_contacts_identity_id", table_name="contacts")
    op.drop_table("contacts")
    op.drop_table("ways_in")
    op.drop_table("staff_tasks")
    op.drop_index("ix_staff_message_recipients_month", table_name="staff_message_recipients")
    op.drop_table("staff_message_recipients")
    op.drop_table("moment_tasks")
    op.drop_table("mass_jobs")
    op.drop_table("customer_groups")
    op.drop_index("ix_staff_messages_channel_id", table_name="staff_messages")
    op.drop_table("staff_messages")
    op.drop_table("staff")
    op.drop_table("moments")
    op.drop_index("ix_mirrored_tags_tag_id", table_name="mirrored_tags")
    op.drop_table("mirrored_tags")
    op.drop_table("message_templates")
    op.drop_table("menus")
    op.drop_table("mass_messages")
    op.drop_table("kf_accounts")
    op.drop_index("ix_group_welcomes_channel_id", table_name="group_welcomes")
    op.drop_table("group_welcomes")
    op.drop_table("corp_tags")
    op.drop_index("ix_call_counts_ends_at", table_name="call_counts")
    op.drop_table("call_counts")
    op.drop_table("archives")
    op.drop_table("media")
