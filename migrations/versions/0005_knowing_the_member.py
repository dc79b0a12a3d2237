"""knowing the member"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "articles",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("cover", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
    )
    op.create_table(
        "product_pairs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("first_sku", sa.String(), nullable=False),
        sa.Column("second_sku", sa.String(), nullable=False),
        sa.Column("baskets", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("second", sa.Integer(), nullable=False),
        sa.Column("together", sa.Integer(), nullable=False),
        sa.Column("figured_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_pairs")),
        sa.UniqueConstraint(
            "first_sku", "second_sku", name=op.f("uq_product_pairs_first_sku_second_sku")
        ),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("set_days", sa.Integer(), nullable=True),
        sa.Column("remind_set_days", sa.Integer(), nullable=True),
        sa.Column("learned_days", sa.Double(), nullable=True),
        sa.Column("learned_from", sa.Integer(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("sku", name=op.f("uq_products_sku")),
    )
    op.create_table(
        "segment_entries",
        sa.Column("segment_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("segment_id", "member_id", name=op.f("pk_segment_entries")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_segment_entries_entered_at",
        "segment_entries",
        ["segment_id", "entered_at"],
        unique=False,
    )
    op.create_table(
        "segment_snapshot_members",
        sa.Column(
            "snapshot_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint(
            "snapshot_id", "member_id", name=op.f("pk_segment_snapshot_members")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "synonym_lines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("words", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym_lines")),
    )
    op.create_table(
        "figure_rules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "definition", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_figure_rules_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_rules")),
    )
    op.create_table(
        "figure_tags",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("tag_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_figure_tags_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_tags")),
        sa.UniqueConstraint("figure", "value", name=op.f("uq_figure_tags_figure_value")),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column(
            "heading", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column(
            "mapping", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column(
            "options", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_earnest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_imports_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index(
        "ix_imports_at_work",
        "imports",
        ["id"],
        unique=False,
        sqlite_where=sa.text("wanted_at IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("wanted_at IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_table(
        "keyword_previews",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("outcome", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_keyword_previews_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyword_previews")),
    )
    op.create_index("ix_keyword_previews_asked_at", "keyword_previews", ["asked_at"], unique=False)
    op.create_table(
        "segments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "definition", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_segments_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("key", name=op.f("uq_segments_key")),
    )
    op.create_table(
        "spoken_materials",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("holder_kind", sa.String(), nullable=False),
        sa.Column("holder_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "material_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["material_id"], ["materials.id"], name=op.f("fk_spoken_materials_material_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spoken_materials")),
        sa.UniqueConstraint(
            "holder_kind", "holder_id", name=op.f("uq_spoken_materials_holder_kind_holder_id")
        ),
    )
    op.create_table(
        "tag_exclusions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("tag_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("other_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["tags.id"], name=op.f("fk_tag_exclusions_other_id")),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_tag_exclusions_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_exclusions")),
        sa.UniqueConstraint("tag_id", "other_id", name=op.f("uq_tag_exclusions_tag_id_other_id")),
    )
    op.create_index("ix_tag_exclusions_other_id", "tag_exclusions", ["other_id"], unique=False)
    op.create_table(
        "figurings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("figured_on", sa.Date(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alive_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rules_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("fitted", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column(
            "why_not", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column(
            "summary", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rules_id"], ["figure_rules.id"], name=op.f("fk_figurings_rules_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figurings")),
    )
    op.create_index("ix_figurings_ended_at", "figurings", ["ended_at"], unique=False)
    op.create_index(
        "ix_figurings_figured_on", "figurings", ["figured_on", "ended_at"], unique=False
    )
    op.create_table(
        "import_rows",
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("problem", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=True),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_rows_import_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_rows")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_import_rows_open",
        "import_rows",
        ["import_id", "number"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(
        "ix_import_rows_outcome", "import_rows", ["import_id", "outcome", "number"], unique=False
    )
    op.create_table(
        "live_code_terms",
        sa.Column(
            "live_code_id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("store", sa.String(), nullable=False),
        sa.Column("staff_userid", sa.String(), nullable=False),
        sa.Column("hours", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("members_max", sa.Integer(), nullable=True),
        sa.Column("members_max_a_day", sa.Integer(), nullable=True),
        sa.Column("fallback_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["fallback_id"], ["live_codes.id"], name=op.f("fk_live_code_terms_fallback_id")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_live_code_terms_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["live_code_id"], ["live_codes.id"], name=op.f("fk_live_code_terms_live_code_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_live_code_terms_plan_id")),
        sa.PrimaryKeyConstraint("live_code_id", name=op.f("pk_live_code_terms")),
    )
    op.create_index(
        "ix_live_code_terms_fallback_id", "live_code_terms", ["fallback_id"], unique=False
    )
    op.create_index("ix_live_code_terms_plan_id", "live_code_terms", ["plan_id"], unique=False)
    op.create_table(
        "radar_thresholds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("link_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("opened_min", sa.Integer(), nullable=True),
        sa.Column("read_min_s", sa.Integer(), nullable=True),
        sa.Column("scrolled_min_percent", sa.Integer(), nullable=True),
        sa.Column("shared_min", sa.Integer(), nullable=True),
        sa.Column("tag_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("notify_userid", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["link_id"], ["radar_links.id"], name=op.f("fk_radar_thresholds_link_id")
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_radar_thresholds_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_radar_thresholds")),
    )
    op.create_index(
        "ix_radar_thresholds_open",
        "radar_thresholds",
        ["id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "segment_snapshots",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("segment_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "definition", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_segment_snapshots_operator_id")
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk_segment_snapshots_segment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_snapshots")),
    )
    op.create_index(
        "ix_segment_snapshots_segment_id", "segment_snapshots", ["segment_id", "id"], unique=False
    )
    op.create_table(
        "segment_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("segment_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "definition", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_segment_versions_operator_id")
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk_segment_versions_segment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_versions")),
        sa.UniqueConstraint(
            "segment_id", "version", name=op.f("uq_segment_versions_segment_id_version")
        ),
    )
    op.create_table(
        "member_figures",
        sa.Column(
            "member_id",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("spent_fen", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("first_paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recency_days", sa.Integer(), nullable=True),
        sa.Column("r_score", sa.SmallInteger(), nullable=True),
        sa.Column("f_score", sa.SmallInteger(), nullable=True),
        sa.Column("m_score", sa.SmallInteger(), nullable=True),
        sa.Column("r_band", sa.SmallInteger(), nullable=True),
        sa.Column("f_band", sa.SmallInteger(), nullable=True),
        sa.Column("m_band", sa.SmallInteger(), nullable=True),
        sa.Column("rfm_segment", sa.String(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("rhythm_days", sa.Double(), nullable=True),
        sa.Column("active_hour", sa.SmallInteger(), nullable=True),
        sa.Column("cluster", sa.String(), nullable=True),
        sa.Column("expected_orders_year", sa.Double(), nullable=True),
        sa.Column(
            "expected_value_fen_year",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            nullable=True,
        ),
        sa.Column("alive_chance", sa.Double(), nullable=True),
        sa.Column("figured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figuring_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["figuring_id"], ["figurings.id"], name=op.f("fk_member_figures_figuring_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_member_figures_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_figures")),
    )
    op.create_index(
        "ix_member_figures_cluster", "member_figures", ["cluster", "member_id"], unique=False
    )
    op.create_index(
        "ix_member_figures_rfm_segment",
        "member_figures",
        ["rfm_segment", "member_id"],
        unique=False,
    )
    op.create_index(
        "ix_member_figures_since_the_night",
        "member_figures",
        ["figured_at"],
        unique=False,
        sqlite_where=sa.text("figuring_id IS NULL"),
        postgresql_where=sa.text("figuring_id IS NULL"),
    )
    op.create_index(
        "ix_member_figures_stage", "member_figures", ["stage", "member_id"], unique=False
    )
    op.create_table(
        "radar_readers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("link_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("browser", sa.String(), nullable=True),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["link_id"], ["radar_links.id"], name=op.f("fk_radar_readers_link_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_radar_readers_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["radar_readers.id"], name=op.f("fk_radar_readers_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_radar_readers")),
        sa.UniqueConstraint("link_id", "who", name=op.f("uq_radar_readers_link_id_who")),
    )
    op.create_index(
        "ix_radar_readers_browser", "radar_readers", ["browser", "member_id"], unique=False
    )
    op.create_index(
        "ix_radar_readers_member_id", "radar_readers", ["member_id", "link_id"], unique=False
    )
    op.create_index("ix_radar_readers_parent_id", "radar_readers", ["parent_id"], unique=False)
    op.create_index(
        "ix_radar_readers_tree", "radar_readers", ["link_id", "parent_id", "id"], unique=False
    )
    op.create_table(
        "twins",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("first_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("second_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "reasons", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "decided_by_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["operators.id"], name=op.f("fk_twins_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["first_id"], ["members.id"], name=op.f("fk_twins_first_id")),
        sa.ForeignKeyConstraint(["second_id"], ["members.id"], name=op.f("fk_twins_second_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_twins")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_twins_first_id_second_id")),
    )
    op.create_index("ix_twins_second_id", "twins", ["second_id"], unique=False)
    op.create_index(
        "ix_twins_undecided",
        "twins",
        ["id"],
        unique=False,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "figure_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("was", sa.String(), nullable=True),
        sa.Column("became", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("figuring_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["inbox.id"], name=op.f("fk_figure_changes_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["figuring_id"], ["figurings.id"], name=op.f("fk_figure_changes_figuring_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_figure_changes_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_changes")),
    )
    op.create_index(
        "ix_figure_changes_member_id", "figure_changes", ["member_id", "changed_at"], unique=False
    )
    op.create_index(
        "ix_figure_changes_untold",
        "figure_changes",
        ["id"],
        unique=False,
        sqlite_where=sa.text("told_at IS NULL"),
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.create_index(
        "ix_figure_changes_untold_of",
        "figure_changes",
        ["member_id"],
        unique=False,
        sqlite_where=sa.text("told_at IS NULL"),
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.create_table(
        "keyword_hits",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("rule_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("begins", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("hit_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("judged_as", sa.String(), nullable=True),
        sa.Column(
            "judged_by_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_keyword_hits_event_id")),
        sa.ForeignKeyConstraint(
            ["judged_by_id"], ["operators.id"], name=op.f("fk_keyword_hits_judged_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_keyword_hits_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["keyword_rules.id"], name=op.f("fk_keyword_hits_rule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyword_hits")),
        sa.UniqueConstraint("event_id", "rule_id", name=op.f("uq_keyword_hits_event_id_rule_id")),
    )
    op.create_index(
        "ix_keyword_hits_judged",
        "keyword_hits",
        ["rule_id", "judged_as"],
        unique=False,
        sqlite_where=sa.text("judged_as IS NOT NULL"),
        postgresql_where=sa.text("judged_as IS NOT NULL"),
    )
    op.create_index(
        "ix_keyword_hits_member_id",
        "keyword_hits",
        ["member_id", "rule_id", "hit_at"],
        unique=False,
    )
    op.create_index("ix_keyword_hits_rule_id", "keyword_hits", ["rule_id", "id"], unique=False)
    op.create_table(
        "keyword_parts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("rule_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_keyword_parts_event_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_keyword_parts_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["keyword_rules.id"], name=op.f("fk_keyword_parts_rule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyword_parts")),
        sa.UniqueConstraint(
            "member_id", "rule_id", "part", name=op.f("uq_keyword_parts_member_id_rule_id_part")
        ),
    )
    op.create_table(
        "live_code_arrivals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("code_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("through_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("closed_why", sa.String(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["code_id"], ["live_codes.id"], name=op.f("fk_live_code_arrivals_code_id")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["inbox.id"], name=op.f("fk_live_code_arrivals_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_live_code_arrivals_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["through_id"], ["live_codes.id"], name=op.f("fk_live_code_arrivals_through_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_code_arrivals")),
        sa.UniqueConstraint("event_id", name=op.f("uq_live_code_arrivals_event_id")),
    )
    op.create_index(
        "ix_live_code_arrivals_code_id",
        "live_code_arrivals",
        ["code_id", "arrived_at"],
        unique=False,
    )
    op.create_index(
        "ix_live_code_arrivals_member_id",
        "live_code_arrivals",
        ["member_id", "through_id"],
        unique=False,
    )
    op.create_index(
        "ix_live_code_arrivals_through_id",
        "live_code_arrivals",
        ["through_id", "counted_on"],
        unique=False,
    )
    op.create_table(
        "merges",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("kept_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "absorbed_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("before", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "undone_by_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["absorbed_id"], ["members.id"], name=op.f("fk_merges_absorbed_id")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["inbox.id"], name=op.f("fk_merges_event_id")),
        sa.ForeignKeyConstraint(["kept_id"], ["members.id"], name=op.f("fk_merges_kept_id")),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name=op.f("fk_merges_operator_id")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["operators.id"], name=op.f("fk_merges_undone_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    op.create_index("ix_merges_absorbed_id", "merges", ["absorbed_id"], unique=False)
    op.create_index("ix_merges_kept_id", "merges", ["kept_id"], unique=False)
    op.create_table(
        "radar_thresholds_met",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column(
            "threshold_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False
        ),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["inbox.id"], name=op.f("fk_radar_thresholds_met_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_radar_thresholds_met_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["threshold_id"],
            ["radar_thresholds.id"],
            name=op.f("fk_radar_thresholds_met_threshold_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_radar_thresholds_met")),
        sa.UniqueConstraint(
            "threshold_id", "member_id", name=op.f("uq_radar_thresholds_met_threshold_id_member_id")
        ),
    )
    op.create_index(
        "ix_radar_thresholds_met_member_id", "radar_thresholds_met", ["member_id"], unique=False
    )
    op.create_table(
        "radar_views",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("link_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("reader_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("credited_ms", sa.Integer(), nullable=False),
        sa.Column("visible_ms", sa.Integer(), nullable=False),
        sa.Column("scroll_percent", sa.Integer(), nullable=False),
        sa.Column("share_taps", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["radar_links.id"], name=op.f("fk_radar_views_link_id")
        ),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["radar_readers.id"], name=op.f("fk_radar_views_reader_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_radar_views")),
        sa.UniqueConstraint("key", name=op.f("uq_radar_views_key")),
    )
    op.create_index("ix_radar_views_link_id", "radar_views", ["link_id", "began_at"], unique=False)
    op.create_index("ix_radar_views_reader_id", "radar_views", ["reader_id"], unique=False)
    op.create_table(
        "unnamed_submissions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("form_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
        sa.Column(
            "answers", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False
        ),
        sa.Column("sealed", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["inbox.id"], name=op.f("fk_unnamed_submissions_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["form_id"], ["forms.id"], name=op.f("fk_unnamed_submissions_form_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unnamed_submissions")),
        sa.UniqueConstraint("key", name=op.f("uq_unnamed_submissions_key")),
    )
    op.create_index(
        "ix_unnamed_submissions_form_id",
        "unnamed_submissions",
        ["form_id", "submitted_at"],
        unique=False,
    )
    op.add_column(
        "broadcast_recipients",
        sa.Column("turn", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
    )
    op.create_index(
        "ix_broadcast_recipients_turn",
        "broadcast_recipients",
        ["broadcast_id", "turn", "subject_id"],
        unique=False,
        sqlite_where=sa.text("turn IS NOT NULL"),
        postgresql_where=sa.text("turn IS NOT NULL"),
    )
    op.add_column(
        "broadcasts",
        sa.Column(
            "fed_turn",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            server_default="0",
            nullable=False,
        ),
    )
    op.add_column("broadcasts", sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("broadcasts", sa.Column("winner", sa.String(), nullable=True))
    op.add_column("broadcasts", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("channels", sa.Column("web_login_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("forms", sa.Column("unnamed", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("forms", sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("forms", sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("forms", sa.Column("answers_max", sa.Integer(), nullable=True))
    op.add_column("forms", sa.Column("taken", sa.Integer(), server_default="0", nullable=False))
    op.add_column("forms", sa.Column("points", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "forms",
        sa.Column("coupon_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
    )
    op.add_column(
        "keyword_rules",
        sa.Column("terms", sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=True),
    )
    op.add_column("member_tags", sa.Column("removed_rule", sa.String(), nullable=True))
    op.add_column(
        "member_tags",
        sa.Column(
            "removed_event_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True
        ),
    )
    op.add_column("member_tags", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_member_tags_expiring",
        "member_tags",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("removed_at IS NULL AND expires_at IS NOT NULL"),
        postgresql_where=sa.text("removed_at IS NULL AND expires_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_orders_member_id"), table_name="orders")
    op.create_index(
        "ix_orders_of_member",
        "orders",
        ["member_id", "paid_at", "amount_fen", "refunded_fen"],
        unique=False,
    )
    op.add_column(
        "radar_links",
        sa.Column("article_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=True),
    )
    op.add_column(
        "radar_links", sa.Column("category", sa.String(), server_default="", nullable=False)
    )
    op.add_column(
        "radar_links", sa.Column("page_first", sa.Boolean(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("radar_links", "page_first")
    op.drop_column("radar_links", "category")
    op.drop_column("radar_links", "article_id")
    op.drop_index("ix_orders_of_member", table_name="orders")
    op.create_index(op.f("ix_orders_member_id"), "orders", ["member_id", "paid_at"], unique=False)
    op.drop_index(
        "ix_member_tags_expiring",
        table_name="member_tags",
        sqlite_where=sa.text("removed_at IS NULL AND expires_at IS NOT NULL"),
        postgresql_where=sa.text("removed_at IS NULL AND expires_at IS NOT NULL"),
    )
    op.drop_column("member_tags", "expires_at")
    op.drop_column("member_tags", "removed_event_id")
    op.drop_column("member_tags", "removed_rule")
    op.drop_column("keyword_rules", "terms")
    op.drop_column("forms", "coupon_id")
    op.drop_column("forms", "points")
    op.drop_column("forms", "taken")
    op.drop_column("forms", "answers_max")
    op.drop_column("forms", "closes_at")
    op.drop_column("forms", "opens_at")
    op.drop_column("forms", "unnamed")
    op.drop_column("channels", "web_login_at")
    op.drop_column("broadcasts", "decided_at")
    op.drop_column("broadcasts", "winner")
    op.drop_column("broadcasts", "tried_at")
    op.drop_column("broadcasts", "fed_turn")
    op.drop_index(
        "ix_broadcast_recipients_turn",
        table_name="broadcast_recipients",
        sqlite_where=sa.text("turn IS NOT NULL"),
        postgresql_where=sa.text("turn IS NOT NULL"),
    )
    op.drop_column("broadcast_recipients", "turn")
    op.drop_index("ix_unnamed_submissions_form_id", table_name="unnamed_submissions")
    op.drop_table("unnamed_submissions")
    op.drop_index("ix_radar_views_reader_id", table_name="radar_views")
    op.drop_index("ix_radar_views_link_id", table_name="radar_views")
    op.drop_table("radar_views")
    op.drop_index("ix_radar_thresholds_met_member_id", table_name="radar_thresholds_met")
    op.drop_table("radar_thresholds_met")
    op.drop_index("ix_merges_kept_id", table_name="merges")
    op.drop_index("ix_merges_absorbed_id", table_name="merges")
    op.drop_table("merges")
    op.drop_index("ix_live_code_arrivals_through_id", table_name="live_code_arrivals")
    op.drop_index("ix_live_code_arrivals_member_id", table_name="live_code_arrivals")
    op.drop_index("ix_live_code_arrivals_code_id", table_name="live_code_arrivals")
    op.drop_table("live_code_arrivals")
    op.drop_table("keyword_parts")
    op.drop_index("ix_keyword_hits_rule_id", table_name="keyword_hits")
    op.drop_index("ix_keyword_hits_member_id", table_name="keyword_hits")
    op.drop_index(
        "ix_keyword_hits_judged",
        table_name="keyword_hits",
        sqlite_where=sa.text("judged_as IS NOT NULL"),
        postgresql_where=sa.text("judged_as IS NOT NULL"),
    )
    op.drop_table("keyword_hits")
    op.drop_index(
        "ix_figure_changes_untold_of",
        table_name="figure_changes",
        sqlite_where=sa.text("told_at IS NULL"),
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.drop_index(
        "ix_figure_changes_untold",
        table_name="figure_changes",
        sqlite_where=sa.text("told_at IS NULL"),
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.drop_index("ix_figure_changes_member_id", table_name="figure_changes")
    op.drop_table("figure_changes")
    op.drop_index(
        "ix_twins_undecided",
        table_name="twins",
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.drop_index("ix_twins_second_id", table_name="twins")
    op.drop_table("twins")
    op.drop_index("ix_radar_readers_tree", table_name="radar_readers")
    op.drop_index("ix_radar_readers_parent_id", table_name="radar_readers")
    op.drop_index("ix_radar_readers_member_id", table_name="radar_readers")
    op.drop_index("ix_radar_readers_browser", table_name="radar_readers")
    op.drop_table("radar_readers")
    op.drop_index("ix_member_figures_stage", table_name="member_figures")
    op.drop_index(
        "ix_member_figures_since_the_night",
        table_name="member_figures",
        sqlite_where=sa.text("figuring_id IS NULL"),
        postgresql_where=sa.text("figuring_id IS NULL"),
    )
    op.drop_index("ix_member_figures_rfm_segment", table_name="member_figures")
    op.drop_index("ix_member_figures_cluster", table_name="member_figures")
    op.drop_table("member_figures")
    op.drop_table("segment_versions")
    op.drop_index("ix_segment_snapshots_segment_id", table_name="segment_snapshots")
    op.drop_table("segment_snapshots")
    op.drop_index(
        "ix_radar_thresholds_open",
        table_name="radar_thresholds",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("radar_thresholds")
    op.drop_index("ix_live_code_terms_plan_id", table_name="live_code_terms")
    op.drop_index("ix_live_code_terms_fallback_id", table_name="live_code_terms")
    op.drop_table("live_code_terms")
    op.drop_index("ix_import_rows_outcome", table_name="import_rows")
    op.drop_index(
        "ix_import_rows_open",
        table_name="import_rows",
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.drop_table("import_rows")
    op.drop_index("ix_figurings_figured_on", table_name="figurings")
    op.drop_index("ix_figurings_ended_at", table_name="figurings")
    op.drop_table("figurings")
    op.drop_index("ix_tag_exclusions_other_id", table_name="tag_exclusions")
    op.drop_table("tag_exclusions")
    op.drop_table("spoken_materials")
    op.drop_table("segments")
    op.drop_index("ix_keyword_previews_asked_at", table_name="keyword_previews")
    op.drop_table("keyword_previews")
    op.drop_index(
        "ix_imports_at_work",
        table_name="imports",
        sqlite_where=sa.text("wanted_at IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("wanted_at IS NOT NULL AND ended_at IS NULL"),
    )
    op.drop_table("imports")
    op.drop_table("figure_tags")
    op.drop_table("figure_rules")
    op.drop_table("synonym_lines")
    op.drop_table("segment_snapshot_members")
    op.drop_index("ix_segment_entries_entered_at", table_name="segment_entries")
    op.drop_table("segment_entries")
    op.drop_table("products")
    op.drop_table("product_pairs")
    op.drop_table("articles")
