"""loyalty"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "cash_terms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("points_per_yuan", sa.Integer(), nullable=False),
        sa.Column("share_max_percent", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("hold_minutes", sa.Integer(), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points_per_yuan > 0", name=op.f("ck_cash_terms_a_yuan_costs_points")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_terms")),
    )
    op.create_table(
        "lotteries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("intro", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("free_per_day", sa.Integer(), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=True),
        sa.Column("per_member", sa.Integer(), nullable=True),
        sa.Column(
            "tier_ids", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column(
            "windows", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_seed", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.String(), nullable=True),
        sa.Column("seed", sa.String(), nullable=True),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lotteries")),
    )
    op.create_table(
        "membership_cards",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("price_fen", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_cards")),
        sa.UniqueConstraint("sku", name=op.f("uq_membership_cards_sku")),
    )
    op.create_table(
        "points_seals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("newest_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_seals")),
        sa.UniqueConstraint("number", name=op.f("uq_points_seals_number")),
    )
    op.create_table(
        "points_verifications",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("night_on", sa.Date(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("seals", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("found", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_verifications")),
        sa.UniqueConstraint("night_on", name=op.f("uq_points_verifications_night_on")),
    )
    op.create_table(
        "benefit_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("terms", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_benefit_versions_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_versions")),
        sa.UniqueConstraint("holder", "version", name=op.f("uq_benefit_versions_holder_version")),
    )
    op.create_table(
        "blind_box_rules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lottery_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("amount_min_fen", sa.Integer(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["lottery_id"], ["lotteries.id"], name=op.f("fk_blind_box_rules_lottery_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blind_box_rules")),
    )
    with op.batch_alter_table("blind_box_rules", schema=None) as batch_op:
        batch_op.create_index("ix_blind_box_rules_ends_at", ["ends_at"], unique=False)

    op.create_table(
        "earning_rule_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("rule_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("terms", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_earning_rule_versions_operator_id")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["earning_rules.id"], name=op.f("fk_earning_rule_versions_rule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earning_rule_versions")),
        sa.UniqueConstraint(
            "rule_id", "version", name=op.f("uq_earning_rule_versions_rule_id_version")
        ),
    )
    op.create_table(
        "item_code_batches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("coupon_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("claim_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looks_max", sa.Integer(), nullable=False),
        sa.Column("far_km", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["coupons.id"], name=op.f("fk_item_code_batches_coupon_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_code_batches")),
    )
    op.create_table(
        "referral_terms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stays_days", sa.Integer(), nullable=False),
        sa.Column("needs_order", sa.Boolean(), nullable=False),
        sa.Column("inviter_points", sa.Integer(), nullable=False),
        sa.Column("friend_points", sa.Integer(), nullable=False),
        sa.Column(
            "inviter_coupon_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
        sa.Column(
            "friend_coupon_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
        sa.Column("month_max", sa.Integer(), nullable=True),
        sa.Column("koc_from", sa.Integer(), nullable=True),
        sa.Column("koc_tag", sa.String(), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["friend_coupon_id"], ["coupons.id"], name=op.f("fk_referral_terms_friend_coupon_id")
        ),
        sa.ForeignKeyConstraint(
            ["inviter_coupon_id"], ["coupons.id"], name=op.f("fk_referral_terms_inviter_coupon_id")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["operators.id"], name=op.f("fk_referral_terms_made_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_terms")),
        sa.UniqueConstraint("version", name=op.f("uq_referral_terms_version")),
    )
    op.create_table(
        "rewards",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("intro", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("coupon_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("lottery_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("money_fen", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("per_member", sa.Integer(), nullable=True),
        sa.Column("per_month", sa.Integer(), nullable=True),
        sa.Column(
            "tier_ids", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column(
            "windows", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "stock IS NULL OR taken <= stock", name=op.f("ck_rewards_taken_within_stock")
        ),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_rewards_taken_not_negative")),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupons.id"], name=op.f("fk_rewards_coupon_id")),
        sa.ForeignKeyConstraint(
            ["lottery_id"], ["lotteries.id"], name=op.f("fk_rewards_lottery_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rewards")),
    )
    op.create_table(
        "tier_schemes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("terms", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("may_lower", sa.Boolean(), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "counted", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("counted_to", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_on", sa.Date(), nullable=True),
        sa.Column("moved_to", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_tier_schemes_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_schemes")),
    )
    op.create_table(
        "import_names",
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_names_import_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "name", name=op.f("pk_import_names")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "prizes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("lottery_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("odds_ppm", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("won", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reward_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("is_consolation", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "stock IS NULL OR won <= stock", name=op.f("ck_prizes_won_within_stock")
        ),
        sa.ForeignKeyConstraint(
            ["lottery_id"], ["lotteries.id"], name=op.f("fk_prizes_lottery_id")
        ),
        sa.ForeignKeyConstraint(["reward_id"], ["rewards.id"], name=op.f("fk_prizes_reward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prizes")),
        sa.UniqueConstraint("lottery_id", "place", name=op.f("uq_prizes_lottery_id_place")),
    )
    op.create_table(
        "roster_leads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "live_code_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column(
            "userids", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["live_code_id"], ["live_codes.id"], name=op.f("fk_roster_leads_live_code_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_leads")),
        sa.UniqueConstraint("live_code_id", name=op.f("uq_roster_leads_live_code_id")),
    )
    op.create_table(
        "roster_shifts",
        sa.Column(
            "live_code_id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("userid", sa.String(), nullable=False),
        sa.Column("hours", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("contacts_max_a_day", sa.Integer(), nullable=True),
        sa.Column("stands_in", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["live_code_id"], ["live_codes.id"], name=op.f("fk_roster_shifts_live_code_id")
        ),
        sa.PrimaryKeyConstraint("live_code_id", "userid", name=op.f("pk_roster_shifts")),
    )
    op.create_table(
        "item_pieces",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("flag", sa.String(), nullable=True),
        sa.Column("flagged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["item_code_batches.id"], name=op.f("fk_item_pieces_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_item_pieces_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_pieces")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_item_pieces_batch_id_number")),
    )
    with op.batch_alter_table("item_pieces", schema=None) as batch_op:
        batch_op.create_index(
            "ix_item_pieces_flagged",
            ["flagged_at", "id"],
            unique=False,
            sqlite_where=sa.text("flagged_at IS NOT NULL"),
            postgresql_where=sa.text("flagged_at IS NOT NULL"),
        )
        batch_op.create_index("ix_item_pieces_member_id", ["member_id"], unique=False)

    op.create_table(
        "tier_overrides",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("tier_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_tier_overrides_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_tier_overrides_operator_id")
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["tiers.id"], name=op.f("fk_tier_overrides_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_overrides")),
    )
    with op.batch_alter_table("tier_overrides", schema=None) as batch_op:
        batch_op.create_index("ix_tier_overrides_member_id", ["member_id", "id"], unique=False)

    op.create_table(
        "tier_standings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("scheme_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column(
            "begins_tier_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
        sa.Column("tier_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("falls_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["begins_tier_id"], ["tiers.id"], name=op.f("fk_tier_standings_begins_tier_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_tier_standings_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_id"], ["tier_schemes.id"], name=op.f("fk_tier_standings_scheme_id")
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["tiers.id"], name=op.f("fk_tier_standings_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_standings")),
        sa.UniqueConstraint("member_id", name=op.f("uq_tier_standings_member_id")),
    )
    with op.batch_alter_table("tier_standings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_tier_standings_due",
            ["due_on", "member_id"],
            unique=False,
            sqlite_where=sa.text("due_on IS NOT NULL"),
            postgresql_where=sa.text("due_on IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_tier_standings_ends",
            ["ends_on", "member_id"],
            unique=False,
            sqlite_where=sa.text("ends_on IS NOT NULL"),
            postgresql_where=sa.text("ends_on IS NOT NULL"),
        )

    op.create_table(
        "cash_payments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("order_no", sa.String(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("order_fen", sa.Integer(), nullable=False),
        sa.Column("terms_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_back", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "given_back <= points", name=op.f("ck_cash_payments_given_back_at_most_spent")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_cash_payments_event_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_cash_payments_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["terms_id"], ["cash_terms.id"], name=op.f("fk_cash_payments_terms_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_payments")),
        sa.UniqueConstraint("source", "order_no", name=op.f("uq_cash_payments_source_order_no")),
    )
    with op.batch_alter_table("cash_payments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_cash_payments_of_member", ["member_id", "reserved_at"], unique=False
        )

    op.create_table(
        "draws",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("lottery_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("fell_on_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("prize_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("free_on", sa.Date(), nullable=True),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_draws_event_id")),
        sa.ForeignKeyConstraint(["fell_on_id"], ["prizes.id"], name=op.f("fk_draws_fell_on_id")),
        sa.ForeignKeyConstraint(["lottery_id"], ["lotteries.id"], name=op.f("fk_draws_lottery_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_draws_member_id")),
        sa.ForeignKeyConstraint(["prize_id"], ["prizes.id"], name=op.f("fk_draws_prize_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draws")),
        sa.UniqueConstraint("key", name=op.f("uq_draws_key")),
        sa.UniqueConstraint("lottery_id", "number", name=op.f("uq_draws_lottery_id_number")),
    )
    with op.batch_alter_table("draws", schema=None) as batch_op:
        batch_op.create_index(
            "ix_draws_of_member", ["member_id", "lottery_id", "drawn_at"], unique=False
        )

    op.create_table(
        "item_scans",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("piece_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("lat_e2", sa.Integer(), nullable=True),
        sa.Column("lon_e2", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_item_scans_event_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_item_scans_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["piece_id"], ["item_pieces.id"], name=op.f("fk_item_scans_piece_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_scans")),
        sa.UniqueConstraint("event_id", name=op.f("uq_item_scans_event_id")),
    )
    with op.batch_alter_table("item_scans", schema=None) as batch_op:
        batch_op.create_index("ix_item_scans_piece", ["piece_id"], unique=False)

    op.create_table(
        "radar_sums",
        sa.Column(
            "reader_id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("link_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("visible_ms", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("scroll_percent", sa.Integer(), nullable=False),
        sa.Column("share_taps", sa.Integer(), nullable=False),
        sa.Column("lasted_10_s", sa.Integer(), nullable=False),
        sa.Column("lasted_30_s", sa.Integer(), nullable=False),
        sa.Column("lasted_60_s", sa.Integer(), nullable=False),
        sa.Column("lasted_180_s", sa.Integer(), nullable=False),
        sa.Column("lasted_600_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["radar_links.id"], name=op.f("fk_radar_sums_link_id")
        ),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["radar_readers.id"], name=op.f("fk_radar_sums_reader_id")
        ),
        sa.PrimaryKeyConstraint("reader_id", "on", name=op.f("pk_radar_sums")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("radar_sums", schema=None) as batch_op:
        batch_op.create_index("ix_radar_sums_link_id", ["link_id"], unique=False)

    op.create_table(
        "redemptions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("reward_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("reward_version", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("money_fen", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("sealed_delivery", sa.LargeBinary(), nullable=True),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pay_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_source", sa.String(), nullable=True),
        sa.Column("paid_order_no", sa.String(), nullable=True),
        sa.Column("fulfilled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fulfilled_by", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("coupon_code", sa.String(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_redemptions_event_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_redemptions_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["reward_id"], ["rewards.id"], name=op.f("fk_redemptions_reward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("code", name=op.f("uq_redemptions_code")),
        sa.UniqueConstraint("key", name=op.f("uq_redemptions_key")),
    )
    with op.batch_alter_table("redemptions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_redemptions_of_member", ["member_id", "redeemed_at"], unique=False
        )
        batch_op.create_index("ix_redemptions_of_reward", ["reward_id", "id"], unique=False)
        batch_op.create_index(
            "ix_redemptions_open",
            ["id"],
            unique=False,
            sqlite_where=sa.text("fulfilled_at IS NULL AND cancelled_at IS NULL"),
            postgresql_where=sa.text("fulfilled_at IS NULL AND cancelled_at IS NULL"),
        )
        batch_op.create_index(
            "ix_redemptions_order",
            ["paid_source", "paid_order_no"],
            unique=False,
            sqlite_where=sa.text("paid_order_no IS NOT NULL"),
            postgresql_where=sa.text("paid_order_no IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_redemptions_unpaid",
            ["pay_until"],
            unique=False,
            sqlite_where=sa.text(
                "paid_at IS NULL AND cancelled_at IS NULL AND pay_until IS NOT NULL"
            ),
            postgresql_where=sa.text(
                "paid_at IS NULL AND cancelled_at IS NULL AND pay_until IS NOT NULL"
            ),
        )

    op.create_table(
        "referrals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("inviter_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("friend_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("terms_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_referrals_event_id")),
        sa.ForeignKeyConstraint(["friend_id"], ["members.id"], name=op.f("fk_referrals_friend_id")),
        sa.ForeignKeyConstraint(
            ["inviter_id"], ["members.id"], name=op.f("fk_referrals_inviter_id")
        ),
        sa.ForeignKeyConstraint(
            ["terms_id"], ["referral_terms.id"], name=op.f("fk_referrals_terms_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals")),
        sa.UniqueConstraint("friend_id", name=op.f("uq_referrals_friend_id")),
    )
    with op.batch_alter_table("referrals", schema=None) as batch_op:
        batch_op.create_index(
            "ix_referrals_due",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("stayed_at IS NULL AND refused_at IS NULL"),
            postgresql_where=sa.text("stayed_at IS NULL AND refused_at IS NULL"),
        )
        batch_op.create_index("ix_referrals_inviter", ["inviter_id", "invited_at"], unique=False)

    op.create_table(
        "spending_refusals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["inbox.id"], name=op.f("fk_spending_refusals_event_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spending_refusals")),
        sa.UniqueConstraint("event_id", name=op.f("uq_spending_refusals_event_id")),
    )
    op.create_table(
        "earnings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("room", sa.Integer(), nullable=True),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("counted_fen", sa.Integer(), nullable=True),
        sa.Column("factor", sa.Integer(), nullable=True),
        sa.Column("tier", sa.String(), nullable=True),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.CheckConstraint("kept >= 0 AND kept <= amount", name=op.f("ck_earnings_kept_in_range")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_earnings_member_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_earnings_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earnings")),
        sa.UniqueConstraint("key", name=op.f("uq_earnings_key")),
    )
    with op.batch_alter_table("earnings", schema=None) as batch_op:
        batch_op.create_index("ix_earnings_act", ["act"], unique=False)
        batch_op.create_index(
            "ix_earnings_of_rule", ["member_id", "rule", "earned_on"], unique=False
        )
        batch_op.create_index(
            "ix_earnings_order_id",
            ["order_id"],
            unique=False,
            sqlite_where=sa.text("order_id IS NOT NULL"),
            postgresql_where=sa.text("order_id IS NOT NULL"),
        )

    op.create_table(
        "order_claims",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("order_no", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_order_claims_event_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_order_claims_member_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_claims_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_claims")),
        sa.UniqueConstraint("event_id", name=op.f("uq_order_claims_event_id")),
    )
    with op.batch_alter_table("order_claims", schema=None) as batch_op:
        batch_op.create_index(
            "ix_order_claims_member_id", ["member_id", "claimed_at"], unique=False
        )

    op.create_table(
        "points_holds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["points_entries.id"], name=op.f("fk_points_holds_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_points_holds_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_holds")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_points_holds_entry_id")),
    )
    with op.batch_alter_table("points_holds", schema=None) as batch_op:
        batch_op.create_index(
            "ix_points_holds_open_of_member",
            ["member_id"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "ix_points_holds_open_until",
            ["until"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "points_sealed_entries",
        sa.Column(
            "entry_id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["points_entries.id"], name=op.f("fk_points_sealed_entries_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_points_sealed_entries")),
    )
    with op.batch_alter_table("points_sealed_entries", schema=None) as batch_op:
        batch_op.create_index("ix_points_sealed_entries_number", ["number"], unique=False)

    op.create_table(
        "reward_codes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("reward_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column(
            "redemption_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["redemption_id"], ["redemptions.id"], name=op.f("fk_reward_codes_redemption_id")
        ),
        sa.ForeignKeyConstraint(
            ["reward_id"], ["rewards.id"], name=op.f("fk_reward_codes_reward_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_codes")),
        sa.UniqueConstraint("redemption_id", name=op.f("uq_reward_codes_redemption_id")),
        sa.UniqueConstraint("reward_id", "code", name=op.f("uq_reward_codes_reward_id_code")),
    )
    with op.batch_alter_table("reward_codes", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reward_codes_left",
            ["reward_id", "id"],
            unique=False,
            sqlite_where=sa.text("redemption_id IS NULL"),
            postgresql_where=sa.text("redemption_id IS NULL"),
        )

    op.create_table(
        "memberships",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "order_line_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("card_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"], ["membership_cards.id"], name=op.f("fk_memberships_card_id")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_memberships_event_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_memberships_member_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_memberships_order_id")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_memberships_order_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("order_line_id", name=op.f("uq_memberships_order_line_id")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index("ix_memberships_card_id", ["card_id", "ends_at"], unique=False)
        batch_op.create_index(
            "ix_memberships_member_id", ["member_id", "card_id", "paid_at"], unique=False
        )
        batch_op.create_index("ix_memberships_order_id", ["order_id"], unique=False)
        batch_op.create_index(
            "ix_memberships_running",
            ["ends_at", "id"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    with op.batch_alter_table("coupons", schema=None) as batch_op:
        batch_op.add_column(sa.Column("nth", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("times", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("gift_sku", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("gift_name", sa.String(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "scope", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=True
            )
        )
        batch_op.add_column(
            sa.Column(
                "tier_ids", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=True
            )
        )
        batch_op.add_column(
            sa.Column("comes_back", sa.Boolean(), server_default=sa.text("(false)"), nullable=False)
        )

    with op.batch_alter_table("earning_rules", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("name", sa.String(), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column(
                "terms",
                sa.JSON().with_variant(postgresql.JSONB, "postgresql"),
                server_default=sa.text("'{}'"),
                nullable=False,
            )
        )

    with op.batch_alter_table("import_rows", schema=None) as batch_op:
        batch_op.add_column(sa.Column("together", sa.Integer(), nullable=True))
        batch_op.create_index(
            "ix_import_rows_together",
            ["import_id", "together", "number"],
            unique=False,
            sqlite_where=sa.text("outcome IS NULL AND together IS NOT NULL"),
            postgresql_where=sa.text("outcome IS NULL AND together IS NOT NULL"),
        )

    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("sorted_to", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("sorted_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("live_code_arrivals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("userid", sa.String(), nullable=True))
        batch_op.create_index(
            "ix_live_code_arrivals_arrived_at", ["through_id", "arrived_at"], unique=False
        )

    with op.batch_alter_table("mass_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("member_coupons", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("came_back", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_member_coupons_order",
            ["used_source", "used_order_no"],
            unique=False,
            sqlite_where=sa.text("used_order_no IS NOT NULL"),
            postgresql_where=sa.text("used_order_no IS NOT NULL"),
        )

    with op.batch_alter_table("order_lines", schema=None) as batch_op:
        batch_op.add_column(sa.Column("category", sa.String(), server_default="", nullable=False))

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index("ix_orders_order_no", ["order_no"], unique=False)

    with op.batch_alter_table("points_balances", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pending", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("reserved", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column(
                "due_at",
                sa.DateTime(timezone=True),
                server_default="1970-01-01 00:00:00",
                nullable=True,
            )
        )

    with op.batch_alter_table("points_lots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pending_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_points_lots_pending",
            ["pending_until"],
            unique=False,
            sqlite_where=sa.text("remaining > 0 AND pending_until IS NOT NULL"),
            postgresql_where=sa.text("remaining > 0 AND pending_until IS NOT NULL"),
        )

    with op.batch_alter_table("radar_views", schema=None) as batch_op:
        batch_op.create_index("ix_radar_views_began_at", ["began_at"], unique=False)

    with op.batch_alter_table("segments", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("sampled", sa.Boolean(), server_default=sa.text("(false)"), nullable=False)
        )
        batch_op.create_index("ix_segments_counted_at", ["counted_at"], unique=False)

    with op.batch_alter_table("tier_changes", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("direction", sa.String(), server_default="up", nullable=False)
        )
        batch_op.add_column(sa.Column("why", sa.String(), server_default="event", nullable=False))
        batch_op.add_column(
            sa.Column(
                "scheme_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
            )
        )
        batch_op.add_column(
            sa.Column(
                "evidence", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=True
            )
        )
        batch_op.drop_constraint(batch_op.f("uq_tier_changes_member_id_tier_id"), type_="unique")
        batch_op.create_index(
            "ix_tier_changes_member_id", ["member_id", "changed_at"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_tier_changes_scheme_id"), "tier_schemes", ["scheme_id"], ["id"]
        )

    with op.batch_alter_table("tiers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rank", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.alter_column("growth_min", existing_type=sa.INTEGER(), nullable=True)


def downgrade() -> None:
    with op.batch_alter_table("tiers", schema=None) as batch_op:
        batch_op.alter_column("growth_min", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("retired_at")
        batch_op.drop_column("rank")

    with op.batch_alter_table("tier_changes", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_tier_changes_scheme_id"), type_="foreignkey")
        batch_op.drop_index("ix_tier_changes_member_id")
        batch_op.create_unique_constraint(
            batch_op.f("uq_tier_changes_member_id_tier_id"), ["member_id", "tier_id"]
        )
        batch_op.drop_column("evidence")
        batch_op.drop_column("scheme_id")
        batch_op.drop_column("why")
        batch_op.drop_column("direction")

    with op.batch_alter_table("segments", schema=None) as batch_op:
        batch_op.drop_index("ix_segments_counted_at")
        batch_op.drop_column("sampled")

    with op.batch_alter_table("radar_views", schema=None) as batch_op:
        batch_op.drop_index("ix_radar_views_began_at")

    with op.batch_alter_table("points_lots", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_points_lots_pending",
            sqlite_where=sa.text("remaining > 0 AND pending_until IS NOT NULL"),
            postgresql_where=sa.text("remaining > 0 AND pending_until IS NOT NULL"),
        )
        batch_op.drop_column("pending_until")

    with op.batch_alter_table("points_balances", schema=None) as batch_op:
        batch_op.drop_column("due_at")
        batch_op.drop_column("reserved")
        batch_op.drop_column("pending")

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index("ix_orders_order_no")

    with op.batch_alter_table("order_lines", schema=None) as batch_op:
        batch_op.drop_column("category")

    with op.batch_alter_table("member_coupons", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_member_coupons_order",
            sqlite_where=sa.text("used_order_no IS NOT NULL"),
            postgresql_where=sa.text("used_order_no IS NOT NULL"),
        )
        batch_op.drop_column("voided_at")
        batch_op.drop_column("came_back")

    with op.batch_alter_table("mass_messages", schema=None) as batch_op:
        batch_op.drop_column("discarded_at")

    with op.batch_alter_table("live_code_arrivals", schema=None) as batch_op:
        batch_op.drop_index("ix_live_code_arrivals_arrived_at")
        batch_op.drop_column("userid")

    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_column("sorted_at")
        batch_op.drop_column("sorted_to")

    with op.batch_alter_table("import_rows", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_import_rows_together",
            sqlite_where=sa.text("outcome IS NULL AND together IS NOT NULL"),
            postgresql_where=sa.text("outcome IS NULL AND together IS NOT NULL"),
        )
        batch_op.drop_column("together")

    with op.batch_alter_table("earning_rules", schema=None) as batch_op:
        batch_op.drop_column("terms")
        batch_op.drop_column("name")
        batch_op.drop_column("kind")

    with op.batch_alter_table("coupons", schema=None) as batch_op:
        batch_op.drop_column("comes_back")
        batch_op.drop_column("tier_ids")
        batch_op.drop_column("scope")
        batch_op.drop_column("gift_name")
        batch_op.drop_column("gift_sku")
        batch_op.drop_column("times")
        batch_op.drop_column("nth")

    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_memberships_running",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_memberships_order_id")
        batch_op.drop_index("ix_memberships_member_id")
        batch_op.drop_index("ix_memberships_card_id")

    op.drop_table("memberships")
    with op.batch_alter_table("reward_codes", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_reward_codes_left",
            sqlite_where=sa.text("redemption_id IS NULL"),
            postgresql_where=sa.text("redemption_id IS NULL"),
        )

    op.drop_table("reward_codes")
    with op.batch_alter_table("points_sealed_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_points_sealed_entries_number")

    op.drop_table("points_sealed_entries")
    with op.batch_alter_table("points_holds", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_points_holds_open_until",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_points_holds_open_of_member",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("points_holds")
    with op.batch_alter_table("order_claims", schema=None) as batch_op:
        batch_op.drop_index("ix_order_claims_member_id")

    op.drop_table("order_claims")
    with op.batch_alter_table("earnings", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_earnings_order_id",
            sqlite_where=sa.text("order_id IS NOT NULL"),
            postgresql_where=sa.text("order_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_earnings_of_rule")
        batch_op.drop_index("ix_earnings_act")

    op.drop_table("earnings")
    op.drop_table("spending_refusals")
    with op.batch_alter_table("referrals", schema=None) as batch_op:
        batch_op.drop_index("ix_referrals_inviter")
        batch_op.drop_index(
            "ix_referrals_due",
            sqlite_where=sa.text("stayed_at IS NULL AND refused_at IS NULL"),
            postgresql_where=sa.text("stayed_at IS NULL AND refused_at IS NULL"),
        )

    op.drop_table("referrals")
    with op.batch_alter_table("redemptions", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_redemptions_unpaid",
            sqlite_where=sa.text(
                "paid_at IS NULL AND cancelled_at IS NULL AND pay_until IS NOT NULL"
            ),
            postgresql_where=sa.text(
                "paid_at IS NULL AND cancelled_at IS NULL AND pay_until IS NOT NULL"
            ),
        )
        batch_op.drop_index(
            "ix_redemptions_order",
            sqlite_where=sa.text("paid_order_no IS NOT NULL"),
            postgresql_where=sa.text("paid_order_no IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_redemptions_open",
            sqlite_where=sa.text("fulfilled_at IS NULL AND cancelled_at IS NULL"),
            postgresql_where=sa.text("fulfilled_at IS NULL AND cancelled_at IS NULL"),
        )
        batch_op.drop_index("ix_redemptions_of_reward")
        batch_op.drop_index("ix_redemptions_of_member")

    op.drop_table("redemptions")
    with op.batch_alter_table("radar_sums", schema=None) as batch_op:
        batch_op.drop_index("ix_radar_sums_link_id")

    op.drop_table("radar_sums")
    with op.batch_alter_table("item_scans", schema=None) as batch_op:
        batch_op.drop_index("ix_item_scans_piece")

    op.drop_table("item_scans")
    with op.batch_alter_table("draws", schema=None) as batch_op:
        batch_op.drop_index("ix_draws_of_member")

    op.drop_table("draws")
    with op.batch_alter_table("cash_payments", schema=None) as batch_op:
        batch_op.drop_index("ix_cash_payments_of_member")

    op.drop_table("cash_payments")
    with op.batch_alter_table("tier_standings", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_tier_standings_ends",
            sqlite_where=sa.text("ends_on IS NOT NULL"),
            postgresql_where=sa.text("ends_on IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_tier_standings_due",
            sqlite_where=sa.text("due_on IS NOT NULL"),
            postgresql_where=sa.text("due_on IS NOT NULL"),
        )

    op.drop_table("tier_standings")
    with op.batch_alter_table("tier_overrides", schema=None) as batch_op:
        batch_op.drop_index("ix_tier_overrides_member_id")

    op.drop_table("tier_overrides")
    with op.batch_alter_table("item_pieces", schema=None) as batch_op:
        batch_op.drop_index("ix_item_pieces_member_id")
        batch_op.drop_index(
            "ix_item_pieces_flagged",
            sqlite_where=sa.text("flagged_at IS NOT NULL"),
            postgresql_where=sa.text("flagged_at IS NOT NULL"),
        )

    op.drop_table("item_pieces")
    op.drop_table("roster_shifts")
    op.drop_table("roster_leads")
    op.drop_table("prizes")
    op.drop_table("import_names")
    op.drop_table("tier_schemes")
    op.drop_table("rewards")
    op.drop_table("referral_terms")
    op.drop_table("item_code_batches")
    op.drop_table("earning_rule_versions")
    with op.batch_alter_table("blind_box_rules", schema=None) as batch_op:
        batch_op.drop_index("ix_blind_box_rules_ends_at")

    op.drop_table("blind_box_rules")
    op.drop_table("benefit_versions")
    op.drop_table("points_verifications")
    op.drop_table("points_seals")
    op.drop_table("membership_cards")
    op.drop_table("lotteries")
    op.drop_table("cash_terms")
