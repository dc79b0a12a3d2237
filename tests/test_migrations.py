"""Migrations and tables say the same, and every migration can be taken back."""

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from app import db, schema


def test_the_migrations_make_the_tables_the_code_declares(engine: sa.Engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_partial_indexes_keep_their_conditions(engine: sa.Engine):
    """Alembic does not compare the conditions, so the catalogues are asked."""
    declared = {
        index.name
        for table in schema.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options[engine.dialect.name]["where"] is not None
    }
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'",
        "postgresql": "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %'"
        " AND schemaname = 'public'",
    }
    with engine.connect() as connection:
        made = set(connection.scalars(sa.text(catalogue[engine.dialect.name])))
    assert made == declared


def test_every_migration_can_be_taken_back_and_made_again(database_url: str, engine: sa.Engine):
    config = Config()
    config.set_main_option("script_location", str(db.MIGRATIONS))
    config.attributes["url"] = database_url
    command.downgrade(config, "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    assert db.pending_migrations(engine)
    db.migrate(database_url)
    assert not db.pending_migrations(engine)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM lanes")) == 3 * 32 + 1


def test_rebuilding_the_tables_of_tiers_loses_nobody(database_url: str, engine: sa.Engine):
    """SQLite makes both anew, and members refer to one of them."""
    config = Config()
    config.set_main_option("script_location", str(db.MIGRATIONS))
    config.attributes["url"] = database_url
    command.downgrade(config, "0005")
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO tiers (id, key, name, name_en, growth_min) VALUES (7, 'g', '金', 'G', 9)",
            "INSERT INTO members (id, nickname, tier_id, created_at)"
            " VALUES (3, '', 7, '2026-04-01 00:00:00')",
            "INSERT INTO tier_changes (id, member_id, tier_id, growth, changed_at)"
            " VALUES (1, 3, 7, 9, '2026-04-01 00:00:00')",
        ):
            connection.execute(sa.text(statement))
    command.upgrade(config, "head")
    with engine.connect() as connection:
        kept = connection.execute(
            sa.text(
                "SELECT m.id, t.growth_min, c.direction FROM members m"
                " JOIN tiers t ON t.id = m.tier_id JOIN tier_changes c ON c.member_id = m.id"
            )
        ).all()
    assert kept == [(3, 9, "up")]
