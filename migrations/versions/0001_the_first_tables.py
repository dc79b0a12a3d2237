"""the first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("appid", sa.String(), nullable=False),
        sa.Column("original_id", sa.String(), nullable=False),
        sa.Column("api_base_url", sa.String(), nullable=False),
        sa.Column("callback_mode", sa.String(), nullable=False),
        sa.Column("sealed_secrets", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("key", name=op.f("uq_channels_key")),
    )
    op.create_table(
        "earning_rules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earning_rules")),
        sa.UniqueConstraint("key", name=op.f("uq_earning_rules_key")),
    )
    op.create_table(
        "inbox_conflicts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_conflicts")),
        sa.UniqueConstraint("key", "fingerprint", name=op.f("uq_inbox_conflicts_key_fingerprint")),
    )
    op.create_table(
        "keyword_revisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyword_revisions")),
    )
    op.create_table(
        "lanes",
        sa.Column("pipe", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("pipe", "number", name=op.f("pk_lanes")),
    )
    op.create_table(
        "limits",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limits")),
        sa.UniqueConstraint("key", name=op.f("uq_limits_key")),
    )
    op.create_table(
        "operators",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("session_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operators")),
        sa.UniqueConstraint("email", name=op.f("uq_operators_email")),
    )
    op.create_table(
        "tags",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("dimension", sa.String(), nullable=False),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("name", name=op.f("uq_tags_name")),
    )
    op.create_table(
        "tiers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("growth_min", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tiers")),
        sa.UniqueConstraint("growth_min", name=op.f("uq_tiers_growth_min")),
        sa.UniqueConstraint("key", name=op.f("uq_tiers_key")),
    )
    op.create_table(
        "api_sessions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("openid", sa.String(), nullable=False),
        sa.Column("unionid", sa.String(), nullable=True),
        sa.Column("phone_code_hash", sa.String(), nullable=True),
        sa.Column("sealed_phone", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_api_sessions_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_sessions_token_hash")),
    )
    op.create_index("ix_api_sessions_expires_at", "api_sessions", ["expires_at"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column(
            "details", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_audit_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_done_at", "audit", ["done_at"], unique=False)
    op.create_table(
        "groups",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tier_label", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_groups_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint(
            "channel_id", "external_id", name=op.f("uq_groups_channel_id_external_id")
        ),
    )
    op.create_table(
        "keyword_rules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("words", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("unless", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("tag_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("reply", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_keyword_rules_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyword_rules")),
    )
    op.create_table(
        "live_codes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("scene", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tag_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("welcome", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_live_codes_channel_id")
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_live_codes_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_codes")),
        sa.UniqueConstraint("channel_id", "scene", name=op.f("uq_live_codes_channel_id_scene")),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("trigger_tag", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_plans_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index("ix_plans_state", "plans", ["state"], unique=False)
    op.create_table(
        "radar_links",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("tag_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_radar_links_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_radar_links")),
        sa.UniqueConstraint("key", name=op.f("uq_radar_links_key")),
    )
    op.create_table(
        "keyword_rule_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("rule_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "definition", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_keyword_rule_versions_operator_id")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["keyword_rules.id"], name=op.f("fk_keyword_rule_versions_rule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyword_rule_versions")),
        sa.UniqueConstraint(
            "rule_id", "version", name=op.f("uq_keyword_rule_versions_rule_id_version")
        ),
    )
    op.create_table(
        "members",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("nickname", sa.String(), nullable=False),
        sa.Column("birthday_on", sa.Date(), nullable=True),
        sa.Column("unionid", sa.String(), nullable=True),
        sa.Column("sealed_phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.String(), nullable=True),
        sa.Column("tier_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column(
            "live_code_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
        sa.Column("inviter_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("same_as_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["inviter_id"], ["members.id"], name=op.f("fk_members_inviter_id")),
        sa.ForeignKeyConstraint(
            ["live_code_id"], ["live_codes.id"], name=op.f("fk_members_live_code_id")
        ),
        sa.ForeignKeyConstraint(["same_as_id"], ["members.id"], name=op.f("fk_members_same_as_id")),
        sa.ForeignKeyConstraint(["tier_id"], ["tiers.id"], name=op.f("fk_members_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_members_phone_index")),
        sa.UniqueConstraint("unionid", name=op.f("uq_members_unionid")),
    )
    op.create_index("ix_members_created_at", "members", ["created_at"], unique=False)
    op.create_index("ix_members_joined_at", "members", ["joined_at"], unique=False)
    op.create_index("ix_members_live_code_id", "members", ["live_code_id"], unique=False)
    op.create_index("ix_members_nickname", "members", ["nickname"], unique=False)
    op.create_index("ix_members_same_as_id", "members", ["same_as_id"], unique=False)
    op.create_index("ix_members_tier_id", "members", ["tier_id"], unique=False)
    op.create_table(
        "plan_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "definition", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_plan_versions_operator_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_versions_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_versions")),
        sa.UniqueConstraint("plan_id", "version", name=op.f("uq_plan_versions_plan_id_version")),
    )
    op.create_table(
        "quizzes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column(
            "options", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("right_option", sa.String(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_quizzes_channel_id")
        ),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_quizzes_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quizzes")),
    )
    op.create_index("ix_quizzes_scope", "quizzes", ["scope", "opened_at"], unique=False)
    op.create_index(
        "uq_quizzes_open_scope",
        "quizzes",
        ["scope"],
        unique=True,
        sqlite_where=sa.text("opened_at IS NOT NULL AND closed_at IS NULL"),
        postgresql_where=sa.text("opened_at IS NOT NULL AND closed_at IS NULL"),
    )
    op.create_table(
        "group_members",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_group_members_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_group_members_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_members")),
        sa.UniqueConstraint(
            "group_id", "member_id", name=op.f("uq_group_members_group_id_member_id")
        ),
    )
    op.create_index("ix_group_members_member_id", "group_members", ["member_id"], unique=False)
    op.create_table(
        "identities",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unfollowed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("profile_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chat_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chat_left", sa.Integer(), nullable=False),
        sa.Column("action_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("action_left", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_identities_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_identities_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint(
            "channel_id", "external_id", name=op.f("uq_identities_channel_id_external_id")
        ),
    )
    op.create_index("ix_identities_member_id", "identities", ["member_id"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=True),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("cause_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quarantined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["cause_id"], ["inbox.id"], name=op.f("fk_inbox_cause_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_inbox_channel_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_inbox_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("key", name=op.f("uq_inbox_key")),
    )
    op.create_index("ix_inbox_member_id", "inbox", ["member_id", "id"], unique=False)
    op.create_index(
        "ix_inbox_quarantined",
        "inbox",
        ["quarantined_at"],
        unique=False,
        sqlite_where=sa.text("quarantined_at IS NOT NULL"),
        postgresql_where=sa.text("quarantined_at IS NOT NULL"),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"], unique=False)
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["lane", "id"],
        unique=False,
        sqlite_where=sa.text("handled_at IS NULL AND quarantined_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL AND quarantined_at IS NULL"),
    )
    op.create_table(
        "points_balances",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("arrears", sa.Integer(), nullable=False),
        sa.Column("growth", sa.Integer(), nullable=False),
        sa.CheckConstraint("arrears >= 0", name=op.f("ck_points_balances_arrears_not_negative")),
        sa.CheckConstraint(
            "points = 0 OR arrears = 0", name=op.f("ck_points_balances_arrears_are_paid_first")
        ),
        sa.CheckConstraint("points >= 0", name=op.f("ck_points_balances_points_not_negative")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_points_balances_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_balances")),
        sa.UniqueConstraint("member_id", name=op.f("uq_points_balances_member_id")),
    )
    op.create_table(
        "radar_openings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("link_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["radar_links.id"], name=op.f("fk_radar_openings_link_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_radar_openings_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_radar_openings")),
        sa.UniqueConstraint(
            "link_id", "member_id", name=op.f("uq_radar_openings_link_id_member_id")
        ),
    )
    op.create_index("ix_radar_openings_member_id", "radar_openings", ["member_id"], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_consents_event_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_consents_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint(
            "member_id",
            "purpose",
            "version",
            "given_at",
            name=op.f("uq_consents_member_id_purpose_version_given_at"),
        ),
    )
    op.create_table(
        "enrolments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_step", sa.Integer(), nullable=True),
        sa.Column("due_occurrence", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_enrolments_event_id")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_enrolments_group_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_enrolments_member_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_enrolments_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("plan_id", "subject", name=op.f("uq_enrolments_plan_id_subject")),
    )
    op.create_index(
        "ix_enrolments_due",
        "enrolments",
        ["plan_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("ix_enrolments_member_id", "enrolments", ["member_id"], unique=False)
    op.create_index("ix_enrolments_plan_id", "enrolments", ["plan_id", "id"], unique=False)
    op.create_table(
        "member_tags",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("tag_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "removed_by_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_member_tags_event_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_member_tags_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["operators.id"], name=op.f("fk_member_tags_removed_by_id")
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_member_tags_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_tags")),
    )
    op.create_index("ix_member_tags_given_at", "member_tags", ["given_at"], unique=False)
    op.create_index(
        "ix_member_tags_member_id", "member_tags", ["member_id", "given_at"], unique=False
    )
    op.create_index(
        "ix_member_tags_tag_id", "member_tags", ["tag_id", "removed_at", "member_id"], unique=False
    )
    op.create_index(
        "uq_member_tags_held",
        "member_tags",
        ["member_id", "tag_id"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "points_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("growth", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("reverses_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_points_entries_amount_positive")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["inbox.id"], name=op.f("fk_points_entries_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_points_entries_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["points_entries.id"], name=op.f("fk_points_entries_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_entries")),
        sa.UniqueConstraint("key", name=op.f("uq_points_entries_key")),
    )
    op.create_index("ix_points_entries_booked_at", "points_entries", ["booked_at"], unique=False)
    op.create_index(
        "ix_points_entries_member_id", "points_entries", ["member_id", "id"], unique=False
    )
    op.create_index(
        "ix_points_entries_reverses_id", "points_entries", ["reverses_id"], unique=False
    )
    op.create_table(
        "quiz_answers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("quiz_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("option", sa.String(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_quiz_answers_event_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_quiz_answers_member_id")
        ),
        sa.ForeignKeyConstraint(["quiz_id"], ["quizzes.id"], name=op.f("fk_quiz_answers_quiz_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_answers")),
        sa.UniqueConstraint("quiz_id", "member_id", name=op.f("uq_quiz_answers_quiz_id_member_id")),
    )
    op.create_index("ix_quiz_answers_member_id", "quiz_answers", ["member_id"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("signed_in_on", sa.Date(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("bonus_days", sa.Integer(), nullable=True),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_sign_ins_event_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_sign_ins_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint(
            "member_id", "signed_in_on", name=op.f("uq_sign_ins_member_id_signed_in_on")
        ),
    )
    op.create_index("ix_sign_ins_signed_in_on", "sign_ins", ["signed_in_on"], unique=False)
    op.create_table(
        "tier_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "from_tier_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
        sa.Column("tier_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("growth", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_tier_changes_event_id")),
        sa.ForeignKeyConstraint(
            ["from_tier_id"], ["tiers.id"], name=op.f("fk_tier_changes_from_tier_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_tier_changes_member_id")
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["tiers.id"], name=op.f("fk_tier_changes_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_changes")),
        sa.UniqueConstraint("member_id", "tier_id", name=op.f("uq_tier_changes_member_id_tier_id")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("pipe", sa.String(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("to_group", sa.Boolean(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column(
            "content", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=True),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column(
            "enrolment_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=True),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("platform_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_outbox_channel_id")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_outbox_enrolment_id")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_outbox_event_id")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_outbox_group_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_outbox_member_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_outbox_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"], unique=False)
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["pipe", "lane", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index("ix_outbox_enrolment_id", "outbox", ["enrolment_id"], unique=False)
    op.create_index("ix_outbox_event_id", "outbox", ["event_id"], unique=False)
    op.create_index(
        "ix_outbox_group_id",
        "outbox",
        ["group_id", "attempted_at"],
        unique=False,
        sqlite_where=sa.text("group_id IS NOT NULL"),
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.create_index("ix_outbox_member_id", "outbox", ["member_id", "id"], unique=False)
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["state", "pipe", "lane", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('attempting', 'unknown', 'failed')"),
        postgresql_where=sa.text("state IN ('attempting', 'unknown', 'failed')"),
    )
    op.create_index("ix_outbox_plan_id", "outbox", ["plan_id", "state"], unique=False)
    op.create_table(
        "points_lots",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "remaining >= 0 AND remaining <= amount", name=op.f("ck_points_lots_remaining_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["points_entries.id"], name=op.f("fk_points_lots_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_points_lots_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_lots")),
    )
    op.create_index("ix_points_lots_entry_id", "points_lots", ["entry_id"], unique=False)
    op.create_index(
        "ix_points_lots_expiring",
        "points_lots",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("remaining > 0 AND expires_at IS NOT NULL"),
        postgresql_where=sa.text("remaining > 0 AND expires_at IS NOT NULL"),
    )
    op.create_index(
        "ix_points_lots_open",
        "points_lots",
        ["member_id", "expires_at"],
        unique=False,
        sqlite_where=sa.text("remaining > 0"),
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_table(
        "points_postings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["points_entries.id"], name=op.f("fk_points_postings_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_points_postings_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_postings")),
    )
    op.create_index("ix_points_postings_entry_id", "points_postings", ["entry_id"], unique=False)
    op.create_index(
        "ix_points_postings_member_id", "points_postings", ["member_id", "account"], unique=False
    )
    op.create_table(
        "points_lot_moves",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["points_entries.id"], name=op.f("fk_points_lot_moves_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["points_lots.id"], name=op.f("fk_points_lot_moves_lot_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_lot_moves")),
    )
    op.create_index("ix_points_lot_moves_entry_id", "points_lot_moves", ["entry_id"], unique=False)
    op.create_index("ix_points_lot_moves_lot_id", "points_lot_moves", ["lot_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_points_lot_moves_lot_id", table_name="points_lot_moves")
    op.drop_index("ix_points_lot_moves_entry_id", table_name="points_lot_moves")
    op.drop_table("points_lot_moves")
    op.drop_index("ix_points_postings_member_id", table_name="points_postings")
    op.drop_index("ix_points_postings_entry_id", table_name="points_postings")
    op.drop_table("points_postings")
    op.drop_index(
        "ix_points_lots_open",
        table_name="points_lots",
        sqlite_where=sa.text("remaining > 0"),
        postgresql_where=sa.text("remaining > 0"),
    )
    op.drop_index(
        "ix_points_lots_expiring",
        table_name="points_lots",
        sqlite_where=sa.text("remaining > 0 AND expires_at IS NOT NULL"),
        postgresql_where=sa.text("remaining > 0 AND expires_at IS NOT NULL"),
    )
    op.drop_index("ix_points_lots_entry_id", table_name="points_lots")
    op.drop_table("points_lots")
    op.drop_index("ix_outbox_plan_id", table_name="outbox")
    op.drop_index(
        "ix_outbox_open",
        table_name="outbox",
        sqlite_where=sa.text("state IN ('attempting', 'unknown', 'failed')"),
        postgresql_where=sa.text("state IN ('attempting', 'unknown', 'failed')"),
    )
    op.drop_index("ix_outbox_member_id", table_name="outbox")
    op.drop_index(
        "ix_outbox_group_id",
        table_name="outbox",
        sqlite_where=sa.text("group_id IS NOT NULL"),
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.drop_index("ix_outbox_event_id", table_name="outbox")
    op.drop_index("ix_outbox_enrolment_id", table_name="outbox")
    op.drop_index(
        "ix_outbox_due",
        table_name="outbox",
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.drop_index("ix_outbox_created_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("tier_changes")
    op.drop_index("ix_sign_ins_signed_in_on", table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_index("ix_quiz_answers_member_id", table_name="quiz_answers")
    op.drop_table("quiz_answers")
    op.drop_index("ix_points_entries_reverses_id", table_name="points_entries")
    op.drop_index("ix_points_entries_member_id", table_name="points_entries")
    op.drop_index("ix_points_entries_booked_at", table_name="points_entries")
    op.drop_table("points_entries")
    op.drop_index(
        "uq_member_tags_held",
        table_name="member_tags",
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_index("ix_member_tags_tag_id", table_name="member_tags")
    op.drop_index("ix_member_tags_member_id", table_name="member_tags")
    op.drop_index("ix_member_tags_given_at", table_name="member_tags")
    op.drop_table("member_tags")
    op.drop_index("ix_enrolments_plan_id", table_name="enrolments")
    op.drop_index("ix_enrolments_member_id", table_name="enrolments")
    op.drop_index(
        "ix_enrolments_due",
        table_name="enrolments",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_table("enrolments")
    op.drop_table("consents")
    op.drop_index("ix_radar_openings_member_id", table_name="radar_openings")
    op.drop_table("radar_openings")
    op.drop_table("points_balances")
    op.drop_index(
        "ix_inbox_waiting",
        table_name="inbox",
        sqlite_where=sa.text("handled_at IS NULL AND quarantined_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL AND quarantined_at IS NULL"),
    )
    op.drop_index("ix_inbox_received_at", table_name="inbox")
    op.drop_index(
        "ix_inbox_quarantined",
        table_name="inbox",
        sqlite_where=sa.text("quarantined_at IS NOT NULL"),
        postgresql_where=sa.text("quarantined_at IS NOT NULL"),
    )
    op.drop_index("ix_inbox_member_id", table_name="inbox")
    op.drop_table("inbox")
    op.drop_index("ix_identities_member_id", table_name="identities")
    op.drop_table("identities")
    op.drop_index("ix_group_members_member_id", table_name="group_members")
    op.drop_table("group_members")
    op.drop_index("ix_quizzes_scope", table_name="quizzes")
    op.drop_index(
        "uq_quizzes_open_scope",
        table_name="quizzes",
        sqlite_where=sa.text("opened_at IS NOT NULL AND closed_at IS NULL"),
        postgresql_where=sa.text("opened_at IS NOT NULL AND closed_at IS NULL"),
    )
    op.drop_table("quizzes")
    op.drop_table("plan_versions")
    op.drop_index("ix_members_tier_id", table_name="members")
    op.drop_index("ix_members_same_as_id", table_name="members")
    op.drop_index("ix_members_nickname", table_name="members")
    op.drop_index("ix_members_live_code_id", table_name="members")
    op.drop_index("ix_members_joined_at", table_name="members")
    op.drop_index("ix_members_created_at", table_name="members")
    op.drop_table("members")
    op.drop_table("keyword_rule_versions")
    op.drop_table("radar_links")
    op.drop_index("ix_plans_state", table_name="plans")
    op.drop_table("plans")
    op.drop_table("live_codes")
    op.drop_table("keyword_rules")
    op.drop_table("groups")
    op.drop_index("ix_audit_done_at", table_name="audit")
    op.drop_table("audit")
    op.drop_index("ix_api_sessions_expires_at", table_name="api_sessions")
    op.drop_table("api_sessions")
    op.drop_table("tiers")
    op.drop_table("tags")
    op.drop_table("operators")
    op.drop_table("limits")
    op.drop_table("lanes")
    op.drop_table("keyword_revisions")
    op.drop_table("inbox_conflicts")
    op.drop_table("earning_rules")
    op.drop_table("channels")
