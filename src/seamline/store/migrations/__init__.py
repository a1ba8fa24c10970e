"""
Migrations of a ledger's index, by Alembic; the rows' bytes are never touched.

A migration is a module in ``versions``. It may add, change or drop columns and
indexes, which can all be made again from the stored bytes; it never writes to
``stored`` or ``hash``. SQLite ledgers from before there were migrations are of
revision 0001 already and are told so.
"""

from __future__ import annotations

import os

from sqlalchemy import Connection, inspect, text

HEAD = "0001"
"""The newest revision; a test holds it to what stands in ``versions``."""
FIRST = "0001"
FOLDER = os.path.dirname(os.path.abspath(__file__))


def revision(connection: Connection) -> str:
    """Return the revision the ledger at ``connection`` is of; empty for none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found or "")


def bring_up(connection: Connection) -> None:
    """Bring the ledger to ``HEAD``, within the transaction that ``connection`` is in."""
    # Opened when a ledger is made or brought up: most commands do neither.
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(FOLDER)
    if not revision(connection) and inspect(connection).has_table("rows"):
        MigrationContext.configure(connection).stamp(scripts, FIRST)
    context = MigrationContext.configure(
        connection,
        opts={"fn": lambda standing, _: scripts._upgrade_revs("head", standing)},
    )
    with Operations.context(context):
        context.run_migrations()
