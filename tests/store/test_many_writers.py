"""Many processes write one ledger: one chain, no row lost, none twice, and old ones open."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from fakes import FakeClock
from postgres import Server
from seamline.errors import AgainError, InputError, LeaseError, TamperError
from seamline.store import migrations
from seamline.store.ledger import open_ledger

APPENDS = Path(__file__).with_name("appends.py")
STANDING = Path(__file__).with_name("standing") / "ledger_format_1.sqlite"
WRITERS, ROWS = 8, 50


def write_from_many(where: str) -> None:
    writers = [
        subprocess.Popen([sys.executable, str(APPENDS), where, f"w{n}", str(ROWS)])
        for n in range(WRITERS)
    ]
    assert [writer.wait() for writer in writers] == [0] * WRITERS

    ledger = open_ledger(where, FakeClock())
    rows = list(ledger.rows())
    assert ledger.verify() == len(rows) == WRITERS * ROWS + ROWS // 5
    own = Counter((r.body["of"], r.body["n"]) for r in rows if r.kind == "own")
    assert own == Counter((f"w{w}", n) for w in range(WRITERS) for n in range(ROWS))
    assert sorted(r.body["n"] for r in rows if r.kind == "shared") == list(range(0, ROWS, 5))
    for writer in range(WRITERS):
        mine = [r.body["n"] for r in rows if r.kind == "own" and r.body["of"] == f"w{writer}"]
        assert mine == list(range(ROWS)), "a writer's rows stand in the order it wrote them"
    ledger.close()


def test_eight_processes_write_one_chain_in_a_file(tmp_path: Path) -> None:
    write_from_many(str(tmp_path / "ledger.sqlite"))


def test_eight_processes_write_one_chain_in_postgresql(postgres_server: Server) -> None:
    write_from_many(postgres_server.database())


def test_rows_of_many_threads_go_to_disk_together(tmp_path: Path) -> None:
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), FakeClock())
    ledger.append("note", {})
    other = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    threads = [
        threading.Thread(target=ledger.append, args=("ask", {"n": n})) for n in range(40)
    ]
    for thread in threads:
        thread.start()
    assert all(thread.is_alive() for thread in threads), "none is told before it is on disk"
    before = other.execute("PRAGMA data_version").fetchone()
    other.execute("ROLLBACK")
    for thread in threads:
        thread.join()

    assert other.execute("PRAGMA data_version").fetchone() != before
    assert ledger.verify() == 41
    other.close()


def test_a_row_that_cannot_be_written_leaves_the_others_theirs(tmp_path: Path) -> None:
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"), FakeClock())
    refused: list[Exception] = []

    def write(n: int) -> None:
        try:
            ledger.append("finding", {"measured": float("nan") if n % 4 == 0 else n})
        except ValueError as error:
            refused.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 4
    assert ledger.verify() == 12


# -- ledgers from before, and from later -------------------------------------


def test_a_ledger_from_before_there_were_migrations_opens_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    shutil.copy(STANDING, path)
    before = sqlite3.connect(path)
    written = before.execute("SELECT number, stored, hash FROM rows").fetchall()
    before.close()

    ledger = open_ledger(str(path), FakeClock())
    row = ledger.append("note", {"says": "goes on"})

    # The hash of row 6 as the seamline that wrote it printed it.
    head = "034bc9c6fb55554daa6969f4578a2964c3737dc5dd193876a0609e41eb6b58f6"
    assert json.loads(row.stored)["previous"] == head
    assert [(r.number, r.stored, r.hash) for r in ledger.rows()][:6] == written
    assert ledger.verify() == 7
    ledger.close()
    after = sqlite3.connect(path)
    assert after.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
    after.close()


def test_the_newest_migration_is_the_one_that_ledgers_are_held_to() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(migrations.FOLDER).get_current_head() == migrations.HEAD


def test_a_ledger_of_a_later_revision_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = open_ledger(str(path), FakeClock())
    ledger.append("note", {})
    ledger.close()
    later = sqlite3.connect(path)
    later.execute("UPDATE alembic_version SET version_num = '0999'")
    later.commit()
    later.close()

    with pytest.raises(Exception, match="revision 0999") as refused:
        open_ledger(str(path), FakeClock()).append("note", {})

    assert "newer" in str(getattr(refused.value, "remedy", ""))


# -- what only PostgreSQL can do ---------------------------------------------


def test_the_database_refuses_to_change_a_row_and_what_was_forced_is_found(
    postgres_server: Server,
) -> None:
    url = postgres_server.database()
    ledger = open_ledger(url, FakeClock())
    for n in range(1, 6):
        ledger.append("sign-off", {"signed": n})
    with psycopg.connect(url, autocommit=True) as tool:
        for statement in (
            "UPDATE rows SET kind = 'note' WHERE number = 2",
            "DELETE FROM rows WHERE number = 2",
            "TRUNCATE rows",
            "INSERT INTO rows VALUES (99, 'note', NULL, '{}', 'ab')",
        ):
            with pytest.raises(psycopg.Error, match="append-only"):
                tool.execute(statement)
        tool.execute("ALTER TABLE rows DISABLE TRIGGER ALL")
        tool.execute("UPDATE rows SET kind = 'note' WHERE number = 4")

    with pytest.raises(TamperError, match="row 4"):
        ledger.verify()
    ledger.close()


def test_a_database_that_is_kept_busy_says_try_again(postgres_server: Server) -> None:
    url = postgres_server.database()
    ledger = open_ledger(url, FakeClock(), wait_s=0.1)
    ledger.append("note", {})
    with psycopg.connect(url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (0x5EA7114E,))
        held = other.execute("SELECT objid FROM pg_locks WHERE locktype = 'advisory'")
        assert held.fetchall()
        with pytest.raises(LeaseError, match="another process"):
            ledger.append("note", {})
    ledger.close()


def test_a_database_that_is_not_there_is_said_so(postgres_server: Server) -> None:
    with pytest.raises((InputError, AgainError), match="nobody_made_it") as refused:
        open_ledger(postgres_server.url("nobody_made_it"), FakeClock()).append("note", {})
    assert refused.value.remedy

    with pytest.raises(AgainError, match="cannot be reached"):
        open_ledger("postgresql://a@/b?host=/nowhere", FakeClock()).append("note", {})


def test_a_connection_that_was_lost_is_made_again(postgres_server: Server) -> None:
    url = postgres_server.database()
    ledger = open_ledger(url, FakeClock())
    ledger.append("note", {"n": 1})
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert ledger.append("note", {"n": 2}).number == 2
    ledger.close()
