"""The ledger's file: what was changed in it is found, and what it cannot do is said."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
from pathlib import Path

import pytest

from fakes import FakeClock
from seamline.errors import FormatError, InputError, LeaseError, ShowError, TamperError
from seamline.store import homes
from seamline.store.ledger import SqliteLedger


def written(tmp_path: Path, rows: int = 9) -> Path:
    """A closed ledger of so many rows; row n says that n pixels were signed."""
    path = tmp_path / "ledger.sqlite"
    ledger = SqliteLedger(str(path), FakeClock())
    for n in range(1, rows + 1):
        ledger.append_once(
            "sign-off", f"frame {n}", {"signed": f"{n:04d} pixels"}, by="m.okafor"
        )
    ledger.close()
    return path


def opened(path: Path) -> SqliteLedger:
    return SqliteLedger(str(path), FakeClock())


def change(path: Path, *statements: str) -> None:
    """What somebody with a database tool does: the guards off, then the statements."""
    connection = sqlite3.connect(path)
    for guard in ("rows_stand", "rows_stay", "rows_follow"):
        connection.execute(f"DROP TRIGGER {guard}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_one_changed_byte_of_a_record_is_found_and_its_row_named(tmp_path: Path) -> None:
    path = written(tmp_path)
    content = path.read_bytes()
    assert content.count(b"0004 pixels") == 1
    path.write_bytes(content.replace(b"0004 pixels", b"0005 pixels"))

    with pytest.raises(TamperError, match="row 4") as found:
        opened(path).verify()

    assert found.value.exit_code == 1
    assert "backup" in found.value.remedy


def test_a_record_made_anew_with_its_hash_breaks_the_next_row(tmp_path: Path) -> None:
    path = written(tmp_path)
    connection = sqlite3.connect(path)
    stored = connection.execute("SELECT stored FROM rows WHERE number = 4").fetchone()[0]
    connection.close()
    forged = stored.replace(b"0004 pixels", b"9999 pixels")
    hash_ = hashlib.sha256(forged).hexdigest()
    change(
        path,
        f"UPDATE rows SET stored = X'{forged.hex()}', hash = '{hash_}' WHERE number = 4",
    )

    with pytest.raises(TamperError, match="row 5: it does not follow"):
        opened(path).verify()


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("DELETE FROM rows WHERE number = 3", 3),
        ("DELETE FROM rows WHERE number = 1", 1),
        ("UPDATE rows SET kind = 'note' WHERE number = 2", 2),
        ("UPDATE rows SET key = 'frame 99' WHERE number = 7", 7),
        ("UPDATE rows SET hash = upper(hash) WHERE number = 6", 6),
        ("UPDATE rows SET stored = CAST(stored AS TEXT) WHERE number = 5", 5),
        ("INSERT INTO rows VALUES (10, 'sign-off', NULL, '{}', 'ab')", 10),
    ],
)
def test_whatever_is_changed_with_a_database_tool_is_found(
    tmp_path: Path, statement: str, row: int
) -> None:
    path = written(tmp_path)
    change(path, statement)

    with pytest.raises(TamperError, match=f"at row {row}:"):
        opened(path).verify()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rows SET kind = 'note' WHERE number = 2",
        "DELETE FROM rows WHERE number = 2",
        "INSERT INTO rows VALUES (99, 'note', NULL, '{}', 'ab')",
        "INSERT OR REPLACE INTO rows VALUES (3, 'note', NULL, '{}', 'ab')",
    ],
)
def test_the_file_itself_refuses_to_change_a_row(tmp_path: Path, statement: str) -> None:
    path = written(tmp_path)
    connection = sqlite3.connect(path)

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)

    connection.close()
    assert opened(path).verify() == 9


def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(b"this was a ledger once" * 500)

    with pytest.raises(TamperError, match=r"ledger\.sqlite is damaged"):
        list(opened(path).rows())


def test_another_program_s_database_is_not_taken_for_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE shots (name TEXT)")
    connection.close()

    with pytest.raises(FormatError, match="not a seamline ledger"):
        opened(path).append("note", {})


def test_a_ledger_of_a_later_seamline_is_left_alone(tmp_path: Path) -> None:
    path = written(tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 2")
    connection.close()

    with pytest.raises(ShowError, match="format 2") as refused:
        opened(path).append("note", {})

    assert "version of seamline" in refused.value.remedy


def test_a_ledger_that_another_process_keeps_busy_says_try_again(tmp_path: Path) -> None:
    path = written(tmp_path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ledger = SqliteLedger(str(path), FakeClock(), wait_s=0.05)

    with pytest.raises(LeaseError, match="another process") as refused:
        ledger.append("note", {})

    assert refused.value.exit_code == 4
    other.execute("ROLLBACK")
    assert ledger.append("note", {}).number == 10
    other.close()


def test_a_ledger_below_a_file_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file, not a folder")

    with pytest.raises(InputError) as refused:
        opened(tmp_path / "a" / "ledger.sqlite").append("note", {})

    assert refused.value.exit_code == 2
    assert str(tmp_path / "a") in str(refused.value)


def test_a_folder_named_like_the_ledger_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").mkdir()

    with pytest.raises(InputError, match=r"ledger\.sqlite"):
        list(opened(tmp_path / "ledger.sqlite").rows())


def test_a_network_file_system_is_refused_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "network_file_system", lambda path: "nfs4")

    with pytest.raises(ShowError, match="nfs4") as refused:
        opened(tmp_path / "ledger.sqlite").append("note", {})

    assert "disk of the machine" in refused.value.remedy
    assert "PostgreSQL" in refused.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_many_threads_write_one_chain(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "ledger.sqlite")

    def write() -> None:
        for n in range(25):
            ledger.append("own", {"n": n})
            ledger.append_once("shared", str(n), {"n": n})

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ledger.verify() == 6 * 25 + 25


def test_a_ledger_goes_on_where_it_was_closed(tmp_path: Path) -> None:
    path = written(tmp_path, rows=2)
    ledger = opened(path)

    row = ledger.append("note", {"says": "horizon sits high"})

    assert row.number == 3
    assert json.loads(row.stored)["previous"] == list(opened(path).rows())[1].hash
    ledger.close()
    assert [p.name for p in tmp_path.iterdir()] == ["ledger.sqlite"]


@pytest.mark.parametrize(("umask", "mode"), [(0o002, 0o664), (0o027, 0o640), (0o077, 0o600)])
def test_a_ledger_is_for_those_whom_the_umask_lets_in(
    tmp_path: Path, umask: int, mode: int
) -> None:
    before = os.umask(umask)
    try:
        ledger = SqliteLedger(str(tmp_path / "state" / "ledger.sqlite"), FakeClock())
        ledger.append("note", {})
        found = {p.name: p.stat().st_mode & 0o777 for p in (tmp_path / "state").iterdir()}
        ledger.close()
    finally:
        os.umask(before)

    assert found["ledger.sqlite"] == mode
    assert set(found.values()) == {mode}  # also what SQLite lays beside it


def test_a_folder_that_gives_its_group_on_gives_it_to_the_ledger(tmp_path: Path) -> None:
    group = 12345
    try:
        os.chown(tmp_path, -1, group)
    except PermissionError:
        pytest.skip("only root gives a folder to a group it is not in")
    os.chmod(tmp_path, 0o2775)
    ledger = SqliteLedger(str(tmp_path / "state" / "ledger.sqlite"), FakeClock())
    ledger.append("note", {})

    assert {p.stat().st_gid for p in tmp_path.rglob("*")} == {group}
    ledger.close()
