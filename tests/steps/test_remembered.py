"""A book that is asked over and over looks every row up once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from fakes import FakeLedger
from seamline.formats.sequences import material_under
from seamline.formats.turnover import read_turnover
from seamline.ports import Row
from seamline.steps.draft import Draft
from seamline.steps.remembered import Remembered
from seamline.steps.turnover import take_in
from seamline.steps.turnover_look import Asked
from tiny import TinyShow
from turned_over import HOUR, cut_list, plate


class Counted:
    """A ledger that counts the rows it was made to read."""

    def __init__(self, ledger: object) -> None:
        self._ledger, self.read = ledger, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)

    def rows(self, kind: str | None = None, *, after: int = 0) -> Iterator[Row]:
        for row in self._ledger.rows(kind, after=after):  # type: ignore[attr-defined]
            self.read += 1
            yield row


def test_what_is_remembered_is_what_the_ledger_says_whoever_writes() -> None:
    ledger = FakeLedger()
    book = Remembered(ledger)
    for n in range(30):
        (ledger, book)[n % 2].append("ab"[n % 3 == 0], {"n": n})
        for kind in ("a", "b", None):
            for after in (0, n // 2, n + 5):
                said = [row.hash for row in book.rows(kind, after=after)]
                assert said == [row.hash for row in ledger.rows(kind, after=after)]


def test_what_is_said_about_a_shot_is_what_a_walk_would_find() -> None:
    ledger = FakeLedger()
    book = Remembered(ledger)
    for n in range(60):
        (ledger, book)[n % 2].append("ab"[n % 3 == 0], {"name": f"s{n % 7}", "n": n})
        draft = Draft(book)
        draft.append("a", {"name": "s3", "n": -1})
        for kind in ("a", "b"):
            for name in ("s0", "s3", "s9"):
                for indexed in (book, draft, Draft(ledger)):
                    walked = [r for r in indexed.rows(kind) if r.body["name"] == name]
                    assert [*indexed.about(kind, "name", name)] == walked


def test_looking_a_thousand_shots_up_looks_at_each_row_once() -> None:
    class Looked(dict[str, Any]):
        count = 0

        def __contains__(self, key: object) -> bool:
            Looked.count += 1
            return super().__contains__(key)

    ledger = FakeLedger()
    book = Remembered(ledger)
    for n in range(1000):
        ledger.append("shot", {"name": f"s{n}"})
        ledger.written[-1] = replace(ledger.written[-1], body=Looked(ledger.written[-1].body))
        assert book.about("shot", "name", f"s{n}") == (ledger.written[-1],)

    assert Looked.count == 1000


def test_a_turnover_of_more_shots_reads_each_row_of_the_book_once(
    tiny_show: TinyShow, tmp_path: Path
) -> None:
    def read_for(count: int, folder: Path) -> int:
        folder.mkdir()
        events = []
        for n in range(count):
            name, starts = f"{folder.name}{n:02d}_0010", HOUR + 100 * n
            plate(folder, name, range(1001, 1003), starts=starts)
            events.append((name, name, starts, 2))
        path = folder / "cut.edl"
        path.write_text(cut_list(events))
        counted = Counted(tiny_show.studio.ledger)
        before = sum(1 for _ in tiny_show.studio.ledger.rows())
        studio = replace(tiny_show.studio, ledger=counted)
        found = read_turnover(str(path), Fraction(24))
        take_in(studio, found, material_under([str(folder)]), Asked(), dry_run=False)
        rows = sum(1 for _ in tiny_show.studio.ledger.rows())
        assert rows - before >= count  # it did take them in
        return counted.read - rows

    assert read_for(2, tmp_path / "a") <= 0
    assert read_for(8, tmp_path / "b") <= 0
