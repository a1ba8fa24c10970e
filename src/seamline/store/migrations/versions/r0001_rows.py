"""The rows of a ledger, which the database itself refuses to change or drop."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

APPLICATION = 0x5EA_711_4E
"""Marks a file as a ledger in its SQLite header."""

_SQLITE_GUARDS = (
    """CREATE TRIGGER rows_stand BEFORE UPDATE ON rows
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER rows_stay BEFORE DELETE ON rows
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER rows_follow BEFORE INSERT ON rows
    WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM rows)
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    f"PRAGMA application_id = {APPLICATION}",
    "PRAGMA user_version = 1",
)
_POSTGRES_GUARDS = (
    """CREATE FUNCTION rows_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$""",
    """CREATE FUNCTION rows_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.number IS DISTINCT FROM (SELECT coalesce(max(number), 0) + 1 FROM rows) THEN
            RAISE EXCEPTION 'the ledger is append-only';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER rows_stand BEFORE UPDATE OR DELETE OR TRUNCATE ON rows
    FOR EACH STATEMENT EXECUTE FUNCTION rows_refuse()""",
    """CREATE TRIGGER rows_follow BEFORE INSERT ON rows
    FOR EACH ROW EXECUTE FUNCTION rows_in_order()""",
)


def upgrade() -> None:
    """Make the table, its index, and its guards."""
    op.create_table(
        "rows",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("stored", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    given = sa.text("key IS NOT NULL")
    op.create_index(
        "rows_once", "rows", ["kind", "key"], unique=True,
        sqlite_where=given, postgresql_where=given,
    )  # fmt: skip
    op.create_index("rows_kind", "rows", ["kind", "number"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for guard in _SQLITE_GUARDS if sqlite else _POSTGRES_GUARDS:
        op.execute(guard)
