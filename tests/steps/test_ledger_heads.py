"""A ledger against its signed head: rebuilt, cut, edited, reordered; and a family tree."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fakes import FakeAuthority
from layered import Layered, employing, paint, two_references
from seamline import wiring
from seamline.cli.main import main
from seamline.errors import FormatError, TamperError
from seamline.show.record import canonical
from seamline.show.seam import Box
from seamline.steps.family import family_tree, tree_lines
from seamline.steps.heads import hold_to_head, signed_head
from seamline.steps.review import choose
from seamline.steps.sign import sign
from tiny import TinyShow


@pytest.fixture
def show(tiny_show: TinyShow) -> TinyShow:
    """A show whose ledger has seven rows about people and choices."""
    for number in range(7):
        tiny_show.studio.ledger.append("note", {"shot": "S_010", "text": f"note {number}"})
    return tiny_show


def stored(show: TinyShow) -> list[tuple[Any, ...]]:
    book = sqlite3.connect(show.root / ".seamline/ledger.sqlite")
    rows = book.execute("SELECT kind, key, stored FROM rows ORDER BY number").fetchall()
    book.close()
    return rows


def written_anew(show: TinyShow, rows: list[tuple[Any, ...]]) -> TinyShow:
    """Write a chain of ``rows`` with hashes that fit, as somebody with the file would."""
    show.studio.ledger.close()  # type: ignore[attr-defined]
    path = show.root / ".seamline/ledger.sqlite"
    book = sqlite3.connect(path)
    for (trigger,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        book.execute(f"DROP TRIGGER {trigger}")
    book.execute("DELETE FROM rows")
    previous = "0" * 64
    for number, (kind, key, content) in enumerate(rows, start=1):
        said = {**json.loads(content), "number": number, "previous": previous}
        plain = canonical(said)
        previous = hashlib.sha256(plain).hexdigest()
        book.execute(
            "INSERT INTO rows (number, kind, key, stored, hash) VALUES (?, ?, ?, ?, ?)",
            (number, kind, key, plain, previous),
        )
    book.commit()
    book.close()
    return show


def changed(content: bytes) -> bytes:
    return content.replace(b"note 3", b"note X")


FORGED: list[tuple[str, Callable[[list[Any]], list[Any]], str]] = [
    ("cut", lambda rows: rows[:-2], "its end was cut off"),
    ("edited", lambda rows: [(k, i, changed(c)) for k, i, c in rows], "changed, reordered"),
    ("reordered", lambda rows: [rows[1], rows[0], *rows[2:]], "changed, reordered"),
    ("one less", lambda rows: [*rows[:2], *rows[3:]], "its end was cut off"),
    ("another instead", lambda rows: [*rows[:2], *rows[3:], rows[2]], "changed, reordered"),
    ("longer", lambda rows: [rows[0], *rows], "changed, reordered"),
]


@pytest.mark.parametrize(
    ("change", "words"), [f[1:] for f in FORGED], ids=[f[0] for f in FORGED]
)
def test_a_chain_that_was_written_anew_is_caught_by_its_old_head(
    show: TinyShow, change: Callable[[list[Any]], list[Any]], words: str
) -> None:
    head = signed_head(show.studio)
    written_anew(show, change(stored(show)))
    studio = wiring.open_studio(str(show.root), threads=1, quiet=True)
    rows = [row.stored for row in studio.ledger.rows()]
    previous = "0" * 64
    for row in rows:  # the forger's chain is a whole one
        assert json.loads(row)["previous"] == previous
        previous = hashlib.sha256(row).hexdigest()
    # The triggers are gone too, which is found first; a careful forger puts them back.
    lenient: Any = studio.ledger
    lenient._home.check = lambda connection: None

    with pytest.raises(TamperError, match=words):
        hold_to_head(studio, head, where="head.json")


def test_a_ledger_that_grew_holds_its_head(show: TinyShow) -> None:
    head = signed_head(show.studio)
    show.studio.ledger.append("note", {"shot": "S_010", "text": "later"})

    found = hold_to_head(show.studio, head, where="head.json")

    assert (found["rows"], found["ledger_rows"]) == (7, 8)


def test_the_head_is_signed_by_the_authority_and_can_be_checked_without_us(
    show: TinyShow,
) -> None:
    said = json.loads(signed_head(show.studio))
    signature = bytes.fromhex(said.pop("signature"))

    plain = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(said["authority"]["public_hex"]))
    public.verify(signature, plain.encode())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda said: said.update(rows=3), "changed after it was signed"),
        (lambda said: said.update(hash="0" * 64), "changed after it was signed"),
        (lambda said: said["authority"].update(public_hex="0" * 64), "another authority"),
        (lambda said: said.update(signature="zz"), "changed after it was signed"),
    ],
)
def test_a_head_that_was_changed_is_no_head(
    show: TinyShow, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    said = json.loads(signed_head(show.studio))
    change(said)

    with pytest.raises(TamperError, match=words):
        hold_to_head(show.studio, json.dumps(said).encode(), where="head.json")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b"[" * 9000, b" " * 20000])
def test_what_is_no_head_is_refused(show: TinyShow, content: bytes) -> None:
    with pytest.raises(FormatError, match="no exported head"):
        hold_to_head(show.studio, content, where="head.json")


def test_a_show_whose_authority_was_exchanged_is_caught(show: TinyShow) -> None:
    head = signed_head(show.studio)

    with pytest.raises(TamperError, match="another authority"):
        hold_to_head(replace(show.studio, authority=FakeAuthority()), head, where="head.json")


def test_the_shell_exports_a_head_and_holds_the_ledger_to_it(
    show: TinyShow, tmp_path: Path
) -> None:
    file = str(tmp_path / "head.json")
    run = CliRunner()
    at = ["--show", str(show.root)]

    assert run.invoke(main, ["audit", "--ledger", "--export", file, *at]).exit_code == 0
    said = run.invoke(main, ["audit", "--ledger", "--head", file, *at])

    assert said.exit_code == 0
    assert "it holds row 7 as it stood on" in said.output
    Path(file).write_text("{}")
    assert run.invoke(main, ["audit", "--ledger", "--head", file, *at]).exit_code == 2


def test_the_family_of_an_element_goes_down_to_files_and_people(tiny_show: TinyShow) -> None:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    tiny_show.static_shot("042", frames=1, box=Box(x=32, y=0, width=32, height=36))
    entry = paint(tiny_show)
    tiny_show.studio.keyring.create("Ada", None)
    choose(tiny_show.studio, "042", entry["id"], by="Ada")
    sign(tiny_show.studio, entry["id"], by="Ada", passphrase=None)

    tree = family_tree(tiny_show.studio, entry["id"])

    text = "\n".join(tree_lines(tree))
    for words in (
        "sky.exr: sky, CC-BY-4.0, approved by Supervisor",
        "range.exr: range, CC-BY-4.0, approved by Supervisor",
        "chosen by Ada",
        "signed by Ada",
        "plate ",
        "seam v1",
        "painted by layered",
    ):
        assert words in text, words
    painting = tree["from"][0]
    named = {one["kind"] for one in painting["from"]}
    assert named == {"layer", "reference"}
    assert text.splitlines()[1].startswith("├── painted by")
    drawn = tiny_show.studio.papers.family_picture(tree, title="<script>")
    picture = ElementTree.fromstring(drawn)
    marks = [one for one in picture if one.tag.rpartition("}")[2] in ("rect", "circle")]
    assert len(marks) == 1 + len(text.splitlines())  # the page, and one for each member
    assert b"<script" not in drawn
