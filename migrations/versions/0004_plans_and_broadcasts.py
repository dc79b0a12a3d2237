"""plans and broadcasts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "broadcast_recipients",
        sa.Column(
            "broadcast_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("broadcast_id", "subject_id", name=op.f("pk_broadcast_recipients")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "content_uses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("holder_kind", sa.String(), nullable=False),
        sa.Column("holder_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("holder_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_uses")),
        sa.UniqueConstraint(
            "kind",
            "key",
            "holder_kind",
            "holder_id",
            "holder_version",
            name=op.f("uq_content_uses_kind_key_holder_kind_holder_id_holder_version"),
        ),
    )
    op.create_index(
        "ix_content_uses_holder",
        "content_uses",
        ["holder_kind", "holder_id", "holder_version"],
        unique=False,
    )
    op.create_table(
        "coupons",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("threshold_fen", sa.Integer(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("per_member", sa.Integer(), nullable=True),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "stock IS NULL OR issued <= stock", name=op.f("ck_coupons_issued_within_stock")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
    )
    op.create_table(
        "forms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("intro", sa.String(), nullable=False),
        sa.Column(
            "questions", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("repeatable", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forms")),
        sa.UniqueConstraint("key", name=op.f("uq_forms_key")),
    )
    op.create_table(
        "materials",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("labels", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_materials")),
    )
    op.create_index("ix_materials_archived_at", "materials", ["archived_at", "id"], unique=False)
    op.create_index("ix_materials_folder", "materials", ["folder", "id"], unique=False)
    op.create_table(
        "partner_keys",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_partner_keys_key_hash")),
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column(
            "asked_by_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "decided_by_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_granted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["operators.id"], name=op.f("fk_approvals_asked_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["operators.id"], name=op.f("fk_approvals_decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("subject", "version", name=op.f("uq_approvals_subject_version")),
    )
    op.create_index(
        "ix_approvals_open",
        "approvals",
        ["asked_at"],
        unique=False,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "definition", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen", sa.Integer(), nullable=False),
        sa.Column("fed_to", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("fed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paced_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_broadcasts_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_broadcasts_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    op.create_index(
        "ix_broadcasts_open",
        "broadcasts",
        ["state"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "halts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column(
            "operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["operators.id"], name=op.f("fk_halts_ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_halts_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halts")),
    )
    op.create_index(
        "ix_halts_open",
        "halts",
        ["scope"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "manners",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "definition", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_manners_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manners")),
    )
    op.create_table(
        "material_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "material_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column(
            "content", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["material_id"], ["materials.id"], name=op.f("fk_material_versions_material_id")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_material_versions_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_versions")),
        sa.UniqueConstraint(
            "material_id", "version", name=op.f("uq_material_versions_material_id_version")
        ),
    )
    op.create_table(
        "plan_clocks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("put_off_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_clocks_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_clocks")),
        sa.UniqueConstraint("plan_id", name=op.f("uq_plan_clocks_plan_id")),
    )
    op.create_table(
        "winner_rules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column(
            "measure", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column(
            "operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("winner", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_winner_rules_operator_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_winner_rules_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_winner_rules")),
        sa.UniqueConstraint(
            "plan_id", "version", "step", name=op.f("uq_winner_rules_plan_id_version_step")
        ),
    )
    op.create_index(
        "ix_winner_rules_open",
        "winner_rules",
        ["plan_id"],
        unique=False,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "todos",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column(
            "enrolment_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["done_by_id"], ["operators.id"], name=op.f("fk_todos_done_by_id")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_todos_group_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_todos_member_id")),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_todos_operator_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_todos_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_todos")),
        sa.UniqueConstraint("key", name=op.f("uq_todos_key")),
    )
    op.create_index("ix_todos_done_at", "todos", ["done_at"], unique=False)
    op.create_index("ix_todos_member_id", "todos", ["member_id"], unique=False)
    op.create_index(
        "ix_todos_open",
        "todos",
        ["due_at", "id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "touch_books",
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("counts", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_touch_books_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_touch_books")),
    )
    op.create_table(
        "form_submissions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("form_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["inbox.id"], name=op.f("fk_form_submissions_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["form_id"], ["forms.id"], name=op.f("fk_form_submissions_form_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_form_submissions_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_submissions")),
        sa.UniqueConstraint("key", name=op.f("uq_form_submissions_key")),
    )
    op.create_index(
        "ix_form_submissions_form_id", "form_submissions", ["form_id", "id"], unique=False
    )
    op.create_index(
        "ix_form_submissions_member_id", "form_submissions", ["member_id"], unique=False
    )
    op.create_table(
        "member_coupons",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("coupon_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_source", sa.String(), nullable=True),
        sa.Column("used_order_no", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["coupons.id"], name=op.f("fk_member_coupons_coupon_id")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["inbox.id"], name=op.f("fk_member_coupons_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_member_coupons_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_coupons")),
        sa.UniqueConstraint("code", name=op.f("uq_member_coupons_code")),
        sa.UniqueConstraint("key", name=op.f("uq_member_coupons_key")),
    )
    op.create_index(
        "ix_member_coupons_coupon_id", "member_coupons", ["coupon_id", "member_id"], unique=False
    )
    op.create_index(
        "ix_member_coupons_member_id", "member_coupons", ["member_id", "issued_at"], unique=False
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("order_no", sa.String(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("phone_index", sa.String(), nullable=True),
        sa.Column("unionid", sa.String(), nullable=True),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("openid", sa.String(), nullable=True),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("refunded_fen", sa.Integer(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "refunded_fen <= amount_fen", name=op.f("ck_orders_refunded_at_most_paid")
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_orders_channel_id")),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_orders_event_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_orders_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("source", "order_no", name=op.f("uq_orders_source_order_no")),
    )
    op.create_index("ix_orders_member_id", "orders", ["member_id", "paid_at"], unique=False)
    op.create_index(
        "ix_orders_nobodys_openid",
        "orders",
        ["openid"],
        unique=False,
        sqlite_where=sa.text("member_id IS NULL"),
        postgresql_where=sa.text("member_id IS NULL"),
    )
    op.create_index(
        "ix_orders_nobodys_phone_index",
        "orders",
        ["phone_index"],
        unique=False,
        sqlite_where=sa.text("member_id IS NULL"),
        postgresql_where=sa.text("member_id IS NULL"),
    )
    op.create_index(
        "ix_orders_nobodys_unionid",
        "orders",
        ["unionid"],
        unique=False,
        sqlite_where=sa.text("member_id IS NULL"),
        postgresql_where=sa.text("member_id IS NULL"),
    )
    op.create_index("ix_orders_paid_at", "orders", ["paid_at", "id"], unique=False)
    op.create_table(
        "form_answers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "submission_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("form_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["form_id"], ["forms.id"], name=op.f("fk_form_answers_form_id")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["form_submissions.id"], name=op.f("fk_form_answers_submission_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_answers")),
    )
    op.create_index(
        "ix_form_answers_form_id", "form_answers", ["form_id", "question", "value"], unique=False
    )
    op.create_index(
        "ix_form_answers_submission_id", "form_answers", ["submission_id"], unique=False
    )
    op.create_table(
        "journey_marks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "enrolment_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_journey_marks_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journey_marks")),
        sa.UniqueConstraint(
            "enrolment_id",
            "step",
            "occurrence",
            name=op.f("uq_journey_marks_enrolment_id_step_occurrence"),
        ),
    )
    op.create_table(
        "order_lines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_order_lines_order_id_number")),
    )
    op.create_index("ix_order_lines_sku", "order_lines", ["sku"], unique=False)
    op.create_table(
        "order_refunds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("refund_no", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_order_refunds_event_id")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_refunds_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_refunds")),
        sa.UniqueConstraint(
            "order_id", "refund_no", name=op.f("uq_order_refunds_order_id_refund_no")
        ),
    )
    op.add_column(
        "enrolments", sa.Column("depth", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "enrolments", sa.Column("put_off_from_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("enrolments", sa.Column("acting", sa.Integer(), nullable=True))
    op.add_column("enrolments", sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("enrolments", sa.Column("passed_step", sa.Integer(), nullable=True))
    op.add_column(
        "enrolments",
        sa.Column(
            "decided",
            sa.JSON().with_variant(postgresql.JSONB, "postgresql"),
            server_default="{}",
            nullable=False,
        ),
    )
    op.add_column("enrolments", sa.Column("held_out_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("enrolments", sa.Column("goal_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "enrolments",
        sa.Column(
            "goal_event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
    )
    op.create_index(
        "ix_enrolments_group_id",
        "enrolments",
        ["group_id"],
        unique=False,
        sqlite_where=sa.text("group_id IS NOT NULL"),
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.add_column("identities", sa.Column("chat_through", sa.String(), nullable=True))
    op.drop_index(op.f("ix_identities_member_id"), table_name="identities")
    op.create_index(
        "ix_identities_member_id", "identities", ["member_id", "channel_id"], unique=False
    )
    op.create_index(
        "ix_inbox_member_kind",
        "inbox",
        ["member_id", "kind", "happened_at"],
        unique=False,
        sqlite_where=sa.text("member_id IS NOT NULL"),
        postgresql_where=sa.text("member_id IS NOT NULL"),
    )
    op.add_column("mass_messages", sa.Column("rule", sa.String(), nullable=True))
    op.create_index("ix_mass_messages_rule", "mass_messages", ["rule"], unique=False)
    op.add_column("members", sa.Column("zone", sa.String(), nullable=True))
    op.add_column("members", sa.Column("attended_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("members", sa.Column("attended_by", sa.String(), nullable=True))
    op.create_index("ix_members_birthday_on", "members", ["birthday_on"], unique=False)
    op.create_index("ix_members_last_seen_at", "members", ["last_seen_at"], unique=False)
    op.add_column(
        "operators",
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
    )
    op.add_column(
        "outbox",
        sa.Column(
            "staff_message_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
    )
    op.add_column(
        "outbox",
        sa.Column(
            "broadcast_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
    )
    op.add_column("outbox", sa.Column("category", sa.String(), server_default="", nullable=False))
    op.add_column("outbox", sa.Column("variant", sa.String(), nullable=True))
    op.add_column(
        "outbox",
        sa.Column(
            "ways_left", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=True
        ),
    )
    op.add_column(
        "outbox",
        sa.Column(
            "passed_over", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=True
        ),
    )
    op.create_index(
        "ix_outbox_broadcast_id",
        "outbox",
        ["broadcast_id", "state", "reason", "due_at"],
        unique=False,
        sqlite_where=sa.text("broadcast_id IS NOT NULL"),
        postgresql_where=sa.text("broadcast_id IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_staff_message_id",
        "outbox",
        ["staff_message_id", "state"],
        unique=False,
        sqlite_where=sa.text("staff_message_id IS NOT NULL"),
        postgresql_where=sa.text("staff_message_id IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_to_gather",
        "outbox",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text(
            "pipe = 'mass' AND state = 'planned' AND mass_job_id IS NULL AND staff_message_id IS NULL"
        ),
        postgresql_where=sa.text(
            "pipe = 'mass' AND state = 'planned' AND mass_job_id IS NULL AND staff_message_id IS NULL"
        ),
    )
    op.create_index(
        "ix_outbox_to_go_on",
        "outbox",
        ["state", "id"],
        unique=False,
        sqlite_where=sa.text("pipe = 'mass' AND ways_left IS NOT NULL"),
        postgresql_where=sa.text("pipe = 'mass' AND ways_left IS NOT NULL"),
    )
    op.add_column(
        "plans", sa.Column("category", sa.String(), server_default="marketing", nullable=False)
    )
    op.add_column("staff_messages", sa.Column("rule", sa.String(), nullable=True))
    op.add_column(
        "staff_messages", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "staff_messages", sa.Column("reminders", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "staff_messages", sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index("ix_staff_messages_rule", "staff_messages", ["rule"], unique=False)
    op.create_index(
        "ix_staff_messages_waiting",
        "staff_messages",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("given_up_at IS NULL"),
        postgresql_where=sa.text("given_up_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_staff_messages_waiting",
        table_name="staff_messages",
        sqlite_where=sa.text("given_up_at IS NULL"),
        postgresql_where=sa.text("given_up_at IS NULL"),
    )
    op.drop_index("ix_staff_messages_rule", table_name="staff_messages")
    op.drop_column("staff_messages", "given_up_at")
    op.drop_column("staff_messages", "reminders")
    op.drop_column("staff_messages", "reminded_at")
    op.drop_column("staff_messages", "rule")
    op.drop_column("plans", "category")
    op.drop_index(
        "ix_outbox_to_go_on",
        table_name="outbox",
        sqlite_where=sa.text("pipe = 'mass' AND ways_left IS NOT NULL"),
        postgresql_where=sa.text("pipe = 'mass' AND ways_left IS NOT NULL"),
    )
    op.drop_index(
        "ix_outbox_to_gather",
        table_name="outbox",
        sqlite_where=sa.text(
            "pipe = 'mass' AND state = 'planned' AND mass_job_id IS NULL AND staff_message_id IS NULL"
        ),
        postgresql_where=sa.text(
            "pipe = 'mass' AND state = 'planned' AND mass_job_id IS NULL AND staff_message_id IS NULL"
        ),
    )
    op.drop_index(
        "ix_outbox_staff_message_id",
        table_name="outbox",
        sqlite_where=sa.text("staff_message_id IS NOT NULL"),
        postgresql_where=sa.text("staff_message_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_outbox_broadcast_id",
        table_name="outbox",
        sqlite_where=sa.text("broadcast_id IS NOT NULL"),
        postgresql_where=sa.text("broadcast_id IS NOT NULL"),
    )
    op.drop_column("outbox", "passed_over")
    op.drop_column("outbox", "ways_left")
    op.drop_column("outbox", "variant")
    op.drop_column("outbox", "category")
    op.drop_column("outbox", "broadcast_id")
    op.drop_column("outbox", "staff_message_id")
    op.drop_column("operators", "member_id")
    op.drop_index("ix_members_last_seen_at", table_name="members")
    op.drop_index("ix_members_birthday_on", table_name="members")
    op.drop_column("members", "attended_by")
    op.drop_column("members", "attended_until")
    op.drop_column("members", "zone")
    op.drop_index("ix_mass_messages_rule", table_name="mass_messages")
    op.drop_column("mass_messages", "rule")
    op.drop_index(
        "ix_inbox_member_kind",
        table_name="inbox",
        sqlite_where=sa.text("member_id IS NOT NULL"),
        postgresql_where=sa.text("member_id IS NOT NULL"),
    )
    op.drop_index("ix_identities_member_id", table_name="identities")
    op.create_index(op.f("ix_identities_member_id"), "identities", ["member_id"], unique=False)
    op.drop_column("identities", "chat_through")
    op.drop_index(
        "ix_enrolments_group_id",
        table_name="enrolments",
        sqlite_where=sa.text("group_id IS NOT NULL"),
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.drop_column("enrolments", "goal_event_id")
    op.drop_column("enrolments", "goal_at")
    op.drop_column("enrolments", "held_out_at")
    op.drop_column("enrolments", "decided")
    op.drop_column("enrolments", "passed_step")
    op.drop_column("enrolments", "passed_at")
    op.drop_column("enrolments", "acting")
    op.drop_column("enrolments", "put_off_from_at")
    op.drop_column("enrolments", "depth")
    op.drop_table("order_refunds")
    op.drop_index("ix_order_lines_sku", table_name="order_lines")
    op.drop_table("order_lines")
    op.drop_table("journey_marks")
    op.drop_index("ix_form_answers_submission_id", table_name="form_answers")
    op.drop_index("ix_form_answers_form_id", table_name="form_answers")
    op.drop_table("form_answers")
    op.drop_index("ix_orders_paid_at", table_name="orders")
    op.drop_index(
        "ix_orders_nobodys_unionid",
        table_name="orders",
        sqlite_where=sa.text("member_id IS NULL"),
        postgresql_where=sa.text("member_id IS NULL"),
    )
    op.drop_index(
        "ix_orders_nobodys_phone_index",
        table_name="orders",
        sqlite_where=sa.text("member_id IS NULL"),
        postgresql_where=sa.text("member_id IS NULL"),
    )
    op.drop_index(
        "ix_orders_nobodys_openid",
        table_name="orders",
        sqlite_where=sa.text("member_id IS NULL"),
        postgresql_where=sa.text("member_id IS NULL"),
    )
    op.drop_index("ix_orders_member_id", table_name="orders")
    op.drop_table("orders")
    op.drop_index("ix_member_coupons_member_id", table_name="member_coupons")
    op.drop_index("ix_member_coupons_coupon_id", table_name="member_coupons")
    op.drop_table("member_coupons")
    op.drop_index("ix_form_submissions_member_id", table_name="form_submissions")
    op.drop_index("ix_form_submissions_form_id", table_name="form_submissions")
    op.drop_table("form_submissions")
    op.drop_table("touch_books")
    op.drop_index(
        "ix_todos_open",
        table_name="todos",
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.drop_index("ix_todos_member_id", table_name="todos")
    op.drop_index("ix_todos_done_at", table_name="todos")
    op.drop_table("todos")
    op.drop_index(
        "ix_winner_rules_open",
        table_name="winner_rules",
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.drop_table("winner_rules")
    op.drop_table("plan_clocks")
    op.drop_table("material_versions")
    op.drop_table("manners")
    op.drop_index(
        "ix_halts_open",
        table_name="halts",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("halts")
    op.drop_index(
        "ix_broadcasts_open",
        table_name="broadcasts",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("broadcasts")
    op.drop_index(
        "ix_approvals_open",
        table_name="approvals",
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.drop_table("approvals")
    op.drop_table("partner_keys")
    op.drop_index("ix_materials_folder", table_name="materials")
    op.drop_index("ix_materials_archived_at", table_name="materials")
    op.drop_table("materials")
    op.drop_table("forms")
    op.drop_table("coupons")
    op.drop_index("ix_content_uses_holder", table_name="content_uses")
    op.drop_table("content_uses")
    op.drop_table("broadcast_recipients")
