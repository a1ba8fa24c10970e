"""
What every ledger promises. Each promise is held by the real ledger and the one tests use,
and each is broken by some bad ledger, so a promise that cannot fail would be found.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import FakeClock, FakeLedger
from postgres import Server
from seamline.errors import AgainError, TamperError
from seamline.ports import Ledger, Row
from seamline.store.ledger import open_ledger

Promise = Callable[[Ledger], None]


def a_row_is_its_canonical_bytes_and_their_hash(ledger: Ledger) -> None:
    row = ledger.append("lock", {"shot": "042_0110", "tilt_deg": -2.5}, by="m.okafor")

    record = json.loads(row.stored)
    assert sorted(record) == [
        "at",
        "body",
        "by",
        "host",
        "key",
        "kind",
        "number",
        "os_user",
        "previous",
    ]
    assert record["body"] == row.body == {"shot": "042_0110", "tilt_deg": -2.5}
    assert (record["kind"], record["by"], record["number"]) == ("lock", "m.okafor", 1)
    assert record["at"] == "2026-11-21T10:00:00Z"
    assert row.stored == json.dumps(
        record, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode("utf-8")
    assert row.hash == hashlib.sha256(row.stored).hexdigest()


def each_row_names_the_hash_of_the_one_before(ledger: Ledger) -> None:
    first, second = ledger.append("shot", {"n": 1}), ledger.append("seam", {"n": 2})

    assert json.loads(first.stored)["previous"] == "0" * 64
    assert json.loads(second.stored)["previous"] == first.hash
    assert [first.number, second.number] == [1, 2]


def rows_come_back_in_the_order_they_were_written(ledger: Ledger) -> None:
    written = [ledger.append("note", {"n": n}) for n in range(1200)]

    assert [row.stored for row in ledger.rows()] == [row.stored for row in written]


def rows_of_a_kind_leave_the_others_out(ledger: Ledger) -> None:
    ledger.append("note", {"n": 1})
    ledger.append("verdict", {"n": 2})
    ledger.append("note", {"n": 3})

    assert [row.body["n"] for row in ledger.rows("note")] == [1, 3]
    assert list(ledger.rows("sign-off")) == []


def rows_after_a_number_are_those_that_came_later(ledger: Ledger) -> None:
    for n in range(1, 8):
        ledger.append("note" if n % 2 else "verdict", {"n": n})

    assert [row.body["n"] for row in ledger.rows(after=4)] == [5, 6, 7]
    assert [row.body["n"] for row in ledger.rows("note", after=3)] == [5, 7]
    assert list(ledger.rows(after=7)) == []


def what_is_published_twice_stands_once(ledger: Ledger) -> None:
    first = ledger.append_once("variation", "ask-1 1001", {"n": 1})
    again = ledger.append_once("variation", "ask-1 1001", {"n": 2})
    ledger.append_once("version", "ask-1 1001", {"n": 3})
    ledger.append_once("variation", "ask-1 1002", {"n": 4})

    assert again == first
    assert [row.body["n"] for row in ledger.rows()] == [1, 3, 4]


def what_was_overtaken_is_not_written(ledger: Ledger) -> None:
    seen = ledger.append("lock", {"shot": "A"}).number
    ledger.append("note", {"shot": "A"})

    def published(key: str) -> int | None:
        row = ledger.append_unless(
            "version",
            key,
            {"n": key},
            after=seen,
            kinds=("lock", "seam"),
            overtaken=lambda row: row.body["shot"] == "A",
        )
        return row.number if row else None

    assert published("k1") == 3, "a note takes nothing back, and an earlier lock was seen"
    ledger.append("seam", {"shot": "B"})
    assert published("k2") == 5, "another shot's seam is none of this one's business"
    ledger.append("lock", {"shot": "A"})
    assert published("k3") is None
    assert published("k1") == 3, "what stands is found, as ever"
    assert [row.body["n"] for row in ledger.rows("version")] == ["k1", "k2"]


def words_of_any_script_survive(ledger: Ledger) -> None:
    row = ledger.append("note", {"says": "Bäume — 夕焼け 🎬"}, by="Ōkafor")

    assert next(iter(ledger.rows())).body["says"] == "Bäume — 夕焼け 🎬"
    assert "夕焼け".encode() in row.stored


def a_number_that_is_none_is_refused_and_leaves_no_row(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="JSON"):
        ledger.append("finding", {"measured": float("nan")})

    assert list(ledger.rows()) == []
    assert ledger.append("finding", {"measured": 1.0}).number == 1


def a_whole_chain_is_counted(ledger: Ledger) -> None:
    for n in range(5):
        ledger.append("note", {"n": n})

    assert ledger.verify() == 5


def a_row_may_be_written_while_rows_are_read(ledger: Ledger) -> None:
    ledger.append("note", {"n": 1})
    for row in ledger.rows("note"):
        ledger.append("answer", {"to": row.number})

    assert [row.body for row in ledger.rows("answer")] == [{"to": 1}]


PROMISES = [
    a_row_is_its_canonical_bytes_and_their_hash,
    each_row_names_the_hash_of_the_one_before,
    rows_come_back_in_the_order_they_were_written,
    rows_of_a_kind_leave_the_others_out,
    rows_after_a_number_are_those_that_came_later,
    what_is_published_twice_stands_once,
    what_was_overtaken_is_not_written,
    words_of_any_script_survive,
    a_number_that_is_none_is_refused_and_leaves_no_row,
    a_whole_chain_is_counted,
    a_row_may_be_written_while_rows_are_read,
]


def kept(promise: Promise, where: str) -> None:
    ledger = open_ledger(where, FakeClock())
    try:
        promise(ledger)
        ledger.verify()
    finally:
        ledger.close()


by_promise = pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)


@by_promise
def test_the_ledger_of_the_tests_keeps_its_promises(promise: Promise) -> None:
    promise(FakeLedger(FakeClock()))


@by_promise
def test_a_ledger_in_a_file_keeps_its_promises(promise: Promise, tmp_path: Path) -> None:
    kept(promise, str(tmp_path / "ledger.sqlite"))


@by_promise
def test_a_ledger_in_postgresql_keeps_its_promises(
    promise: Promise, postgres_server: Server
) -> None:
    kept(promise, postgres_server.database())


@pytest.mark.parametrize("where", ["file", "postgresql"])
def test_nobody_writes_between_the_look_and_the_row(
    where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    at = str(tmp_path / "ledger.sqlite")
    if where == "postgresql":
        at = request.getfixturevalue("postgres_server").database()
    ours = open_ledger(at, FakeClock())
    theirs = open_ledger(at, FakeClock(), wait_s=0.2)
    ours.append("shot", {"n": 1})
    theirs.append("seam", {"n": 2})

    def look(_: Row) -> bool:
        with pytest.raises(AgainError):
            theirs.append("lock", {"n": 3})
        return False

    row = ours.append_unless("version", "k", {}, after=0, kinds=("shot",), overtaken=look)

    assert row is not None
    assert [r.kind for r in ours.rows()] == ["shot", "seam", "version"]
    for ledger in (ours, theirs):
        ledger.close()


# -- ledgers that must not pass ---------------------------------------------


class RoundsNumbers(FakeLedger):
    def _write(self, kind: str, key: str | None, body: Any, by: str) -> Any:
        body = {k: round(v) if isinstance(v, float) else v for k, v in body.items()}
        return super()._write(kind, key, body, by)


class ForgetsTheChain(FakeLedger):
    def _write(self, kind: str, key: str | None, body: Any, by: str) -> Any:
        written, self.written = self.written, []
        row = super()._write(kind, key, body, by)
        self.written = [*written, replace(row, number=len(written) + 1)]
        return self.written[-1]


class NewestFirst(FakeLedger):
    def rows(self, kind: str | None = None, *, after: int = 0) -> Any:
        return reversed(list(super().rows(kind, after=after)))


class MixesKinds(FakeLedger):
    def rows(self, kind: str | None = None, *, after: int = 0) -> Any:
        return super().rows(None, after=after)


class BeginsAnew(FakeLedger):
    def rows(self, kind: str | None = None, *, after: int = 0) -> Any:
        return super().rows(kind)


class WritesTwice(FakeLedger):
    def append_once(self, kind: str, key: str, body: Any, *, by: str = "") -> Any:
        return self._write(kind, key, body, by)


class OneKeyForAllKinds(FakeLedger):
    def append_once(self, kind: str, key: str, body: Any, *, by: str = "") -> Any:
        for row in self.rows():
            if json.loads(row.stored)["key"] == key:
                return row
        return self._write(kind, key, body, by)


class LooksAtTheWholeBook(FakeLedger):
    def append_unless(self, kind: str, key: str, body: Any, **how: Any) -> Any:
        return super().append_unless(kind, key, body, **{**how, "after": 0})


class WritesWhateverHappened(FakeLedger):
    def append_unless(self, kind: str, key: str, body: Any, **how: Any) -> Any:
        return self.append_once(kind, key, body)


class TakesAnything(FakeLedger):
    def _write(self, kind: str, key: str | None, body: Any, by: str) -> Any:
        body = {k: None if v != v else v for k, v in body.items()}
        return super()._write(kind, key, body, by)


class AsciiOnly(FakeLedger):
    def _write(self, kind: str, key: str | None, body: Any, by: str) -> Any:
        body = json.loads(json.dumps(body).encode("ascii", "replace").replace(b"\\u", b"u"))
        return super()._write(kind, key, body, by)


class CountsOnly(FakeLedger):
    def verify(self) -> int:
        return -1


@pytest.mark.parametrize(
    ("bad", "promise"),
    [
        (RoundsNumbers, a_row_is_its_canonical_bytes_and_their_hash),
        (ForgetsTheChain, each_row_names_the_hash_of_the_one_before),
        (NewestFirst, rows_come_back_in_the_order_they_were_written),
        (MixesKinds, rows_of_a_kind_leave_the_others_out),
        (BeginsAnew, rows_after_a_number_are_those_that_came_later),
        (WritesTwice, what_is_published_twice_stands_once),
        (OneKeyForAllKinds, what_is_published_twice_stands_once),
        (LooksAtTheWholeBook, what_was_overtaken_is_not_written),
        (WritesWhateverHappened, what_was_overtaken_is_not_written),
        (TakesAnything, a_number_that_is_none_is_refused_and_leaves_no_row),
        (AsciiOnly, words_of_any_script_survive),
        (CountsOnly, a_whole_chain_is_counted),
    ],
)
def test_a_ledger_that_breaks_a_promise_is_rejected(
    bad: type[FakeLedger], promise: Promise
) -> None:
    with pytest.raises((AssertionError, TamperError, pytest.fail.Exception)):
        promise(bad(FakeClock()))
