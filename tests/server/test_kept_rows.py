"""What the server keeps of a ledger is what the ledger says, and takes only so much memory."""

from __future__ import annotations

import pytest

from fakes import FakeLedger
from seamline.ports import Row
from seamline.server import kept
from seamline.server.kept import KeptLedger


class Counted(FakeLedger):
    """A ledger that counts the rows it was made to read."""

    read = 0

    def rows(self, kind: str | None = None, *, after: int = 0):  # type: ignore[no-untyped-def]
        for row in super().rows(kind, after=after):
            self.read += 1
            yield row


def numbers(rows: object) -> list[int]:
    return [row.number for row in rows]  # type: ignore[attr-defined]


def test_what_is_kept_says_what_the_ledger_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FRESH_S", 0.0)
    ledger = Counted()
    keeps = KeptLedger(ledger)
    for n in range(40):
        writer = (ledger, keeps)[n % 2]
        writer.append("ab"[n % 3 == 0], {"n": n})
        for kind in ("a", "b", None):
            for after in (0, n // 2, n + 5):
                found = [row.hash for row in keeps.rows(kind, after=after)]
                assert found == [row.hash for row in ledger.rows(kind, after=after)]


def test_no_row_is_read_twice() -> None:
    ledger = Counted()
    for n in range(100):
        ledger.append("a", {"n": n})
    keeps = KeptLedger(ledger)
    assert len(list(keeps.rows("a"))) == 100
    keeps.append("a", {"n": 100})

    assert numbers(keeps.rows("a", after=98)) == [99, 100, 101]
    assert ledger.read == 101


def test_what_would_take_too_much_memory_is_read_from_the_book(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 3000)
    ledger = Counted()
    ledger.append("a", {"n": 1})
    for n in range(40):
        ledger.append("bulky", {"n": n, "says": "x" * 100})
    keeps = KeptLedger(ledger)
    found: list[Row] = list(keeps.rows("bulky"))

    assert numbers(found) == list(range(2, 42))
    assert numbers(keeps.rows("a")) == [1]
    ledger.read = 0
    assert numbers(keeps.rows("a")) == [1]
    assert ledger.read == 0
    assert len(list(keeps.rows("bulky"))) == 40
    assert ledger.read == 40
