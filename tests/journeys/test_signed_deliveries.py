"""Only what a named person signed is delivered, exactly as it was when they signed."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import material
import numpy as np
import pytest
from shell import Work, begin

from seamline.formats import nk_read

SHOT = "042_0600"
BY = "M. Okafor"


def folder(work: Work) -> Path:
    return work.root.parent / "delivery"


def deliver(work: Work, code: int = 0) -> Any:
    return work("deliver", SHOT, str(folder(work)), "--json", code=code)


def assert_not_delivered(work: Work, *words: str) -> None:
    rows = work.rows()

    said = deliver(work, code=1)

    assert all(word in said.sentence for word in words), said.sentence
    assert not folder(work).exists()
    assert work.rows() == rows
    assert list(folder(work).parent.glob("*.tmp-*")) == []


# -- unsigned, or changed after signing -------------------------------------


def test_an_element_that_nobody_signed_is_not_delivered(work: Work) -> None:
    work.meadow(SHOT)
    element = work.json("paint", SHOT, "-n", "1", "-g", "neutral")["variations"][0]["id"]
    assert_not_delivered(work, "no variation has been chosen")
    work("choose", SHOT, element, "--by", work.person())

    assert_not_delivered(work, element, "raw material")


def test_a_signature_does_not_carry_over_to_another_variation(work: Work) -> None:
    work.signed(SHOT)
    other = work.json("paint", SHOT, "-n", "1", "--seed", "9", "-g", "neutral")["variations"][0]
    work("choose", SHOT, other["id"], "--by", BY)

    assert_not_delivered(work, other["id"], "raw material")


def change_pixels(path: Path) -> Callable[[], None]:
    """Brighten one pixel of an EXR by one code value; return what undoes it."""
    mode, content = path.stat().st_mode, path.read_bytes()
    planes, header = material.read(path)
    name = "G" if "G" in planes else next(iter(planes))
    code = material.bits(planes[name]) if planes[name].dtype.kind == "f" else planes[name]
    code[3, 5] += 1
    planes[name] = code.view(planes[name].dtype)
    os.chmod(path, 0o644)
    material.write(path, planes, origin=(header.x, header.y))

    def undo() -> None:
        path.unlink()
        path.write_bytes(content)
        os.chmod(path, mode)

    return undo


def plate_of(work: Work) -> Path:
    return work.outside / SHOT / f"{SHOT}.1002.exr"


def matte_of(work: Work) -> Path:
    return work.outside / SHOT / f"{SHOT}_fg.1002.exr"


def element_of(work: Work) -> Path:
    return next((work.root / "shots").rglob("elements/*/*.1002.exr"))


def comp_of(work: Work) -> Path:
    return next((work.root / "shots").rglob("comps/*/*.1002.exr"))


CHANGES = {"plate": plate_of, "matte": matte_of, "clean element": element_of, "comp": comp_of}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_after_signing_is_not_delivered(work: Work, what: str) -> None:
    work.signed(SHOT)
    undo = change_pixels(CHANGES[what](work))

    assert_not_delivered(work, f"the {what} changed after {BY} signed")

    undo()
    assert deliver(work).json["files"]


def change_a_byte(path: Path) -> Callable[[], None]:
    """Change one bit in the middle of a file; return what undoes it."""
    mode, content = path.stat().st_mode, path.read_bytes()
    changed = bytearray(content)
    changed[len(changed) // 2] ^= 1
    path.unlink()  # the blob's other names keep what they have
    path.write_bytes(changed)

    def undo() -> None:
        path.write_bytes(content)
        os.chmod(path, mode)

    return undo


def test_a_painted_layer_that_changed_is_not_delivered(work: Work) -> None:
    work.signed(SHOT)
    painted = work.json("paint", SHOT, "-n", "1", "-g", "neutral")["variations"][0]
    changes = (("canvas", change_pixels), ("canvas", change_a_byte), ("lineage", change_a_byte))
    for kind, change in changes:
        blob = Path(painted[kind])
        undo = change(blob)

        assert_not_delivered(work, blob.stem[:12], "is not what it was")

        undo()
    assert deliver(work).json["files"]


def test_another_matte_asks_for_another_signature(work: Work) -> None:
    element = work.signed(SHOT)
    wider = work.matte(f"{SHOT}_b", [np.roll(material.matte_plane(96, 64), 4, axis=0)] * 2)
    work("seam", "set", SHOT, "--matte", wider)

    assert_not_delivered(work, "the matte changed")

    again = work.json("paint", SHOT, "-n", "1", "-g", "neutral")["variations"][0]["id"]
    assert again != element
    work("choose", SHOT, again, "--by", BY)
    assert_not_delivered(work, again, "raw material")
    work("sign", again, "--by", BY)
    assert deliver(work).json["files"]


@contextmanager
def behind_its_back(work: Work) -> Iterator[sqlite3.Connection]:
    """Open the ledger as somebody would who wants to change the past."""
    book = sqlite3.connect(work.root / ".seamline" / "ledger.sqlite")
    found = book.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (trigger,) in found:
        book.execute(f"DROP TRIGGER {trigger}")
    yield book
    book.commit()
    book.close()


def changed_row(work: Work, kind: str, old: str, new: str) -> None:
    """Change a word in the newest row of ``kind``."""
    with behind_its_back(work) as book:
        number, stored = book.execute(
            "SELECT number, stored FROM rows WHERE kind = ? ORDER BY number DESC", (kind,)
        ).fetchone()
        assert old.encode() in stored
        stored = stored.replace(old.encode(), new.encode())
        book.execute("UPDATE rows SET stored = ? WHERE number = ?", (stored, number))


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("version", '"slope":[1.0,1.0,1.0]', '"slope":[1.1,1.0,1.0]'),
        ("sign-off", BY, "L. Moreau"),
        ("choice", '"at":"2', '"at":"1'),
    ],
    ids=("CDL", "signature", "choice"),
)
def test_a_ledger_row_that_was_changed_is_found_by_everybody(
    work: Work, kind: str, old: str, new: str
) -> None:
    work.signed(SHOT)
    deliver(work)
    comp = next(folder(work).rglob("*_comp.1001.exr"))
    changed_row(work, kind, old, new)

    for words in (
        ("doctor",),
        ("audit", str(comp)),
        ("audit", str(folder(work))),
        ("deliver", SHOT, str(work.root / "again")),
    ):
        said = work(*words, code=1)
        assert "row" in said.sentence, said.sentence
    assert not (work.root / "again").exists()


def test_a_row_that_was_removed_is_found(work: Work) -> None:
    work.signed(SHOT)
    deliver(work)
    with behind_its_back(work) as book:
        book.execute("DELETE FROM rows WHERE number = (SELECT max(number) - 1 FROM rows)")

    assert "row" in work("doctor", code=1).sentence


# -- what is delivered ------------------------------------------------------


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """A show that has delivered; tests work on copies of the delivery."""
    work = begin(tmp_path_factory.mktemp("delivered"))
    work.signed(SHOT)
    deliver(work)
    return work


def copied(work: Work, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder(work), tmp_path / "copy"))


def test_a_delivery_holds_what_its_record_lists(delivered: Work) -> None:
    answer = deliver(delivered).json
    record = json.loads(Path(answer["record"]).read_text())

    on_disk = {
        str(path.relative_to(folder(delivered)))
        for path in folder(delivered).rglob("*")
        if path.is_file()
    }
    listed = {os.path.relpath(entry["path"], folder(delivered)) for entry in answer["files"]}
    assert on_disk == listed | {"record.json", "SHA256SUMS", "SHA256SUMS.sig"}
    assert listed == {entry["path"] for entry in record["files"]}
    for entry in record["files"]:
        content = (folder(delivered) / entry["path"]).read_bytes()
        assert sha256(content).hexdigest() == entry["sha256"]
    kinds = {Path(entry["path"]).suffix for entry in answer["files"]}
    assert {".exr", ".cc", ".nk", ".ocio"} <= kinds
    assert record["sign_off"]["by"] == BY
    assert record["frames"] == "1001-1002"


def test_the_delivered_matte_is_what_was_generated(delivered: Work) -> None:
    region = 1 - material.matte_plane(96, 64)
    frames = sorted(folder(delivered).rglob("matte/*.exr"))

    assert len(frames) == 2
    for frame in frames:
        planes, _ = material.read(frame)
        (plane,) = planes.values()
        assert np.abs(plane.astype(np.float64) - region).max() < 1e-3
        assert np.array_equal(plane == 0, region == 0)


def test_the_nuke_script_finds_every_file_beside_it(delivered: Work, tmp_path: Path) -> None:
    moved = copied(delivered, tmp_path)
    (script,) = moved.glob("*.nk")

    nodes = nk_read.parse(script.read_bytes())

    read = [node for node in nodes if str(node.kind) in ("Read", "DeepRead")]
    assert {"comp", "element", "matte"} <= {
        Path(str(n.knobs["file"])).parent.name for n in read
    }
    for node in read:
        named = str(node.knobs["file"]).replace("[file dirname [value root.name]]", str(moved))
        if named.startswith(str(delivered.outside)):
            continue  # the plate stays where the show has it
        for frame in (1001, 1002):
            assert Path(named.replace("%04d", str(frame)).replace("####", str(frame))).is_file()


def test_delivering_again_changes_nothing(delivered: Work) -> None:
    rows = delivered.rows()
    before = {p: p.stat().st_mtime_ns for p in folder(delivered).rglob("*")}

    deliver(delivered)

    assert {p: p.stat().st_mtime_ns for p in folder(delivered).rglob("*")} == before
    assert delivered.rows() == rows


def without_last_row(work: Work) -> None:
    """Take the ledger back to where a run that was killed before its last row left it."""
    with behind_its_back(work) as book:
        book.execute("DELETE FROM rows WHERE number = (SELECT max(number) FROM rows)")


def test_a_run_killed_between_folder_and_row_is_finished_by_the_next(work: Work) -> None:
    work.signed(SHOT)
    work.rows()  # doctor: what the walls are here is on record before the delivery
    deliver(work)
    rows = work.rows()
    without_last_row(work)
    assert work.rows() == rows - 1
    work("audit", str(folder(work)), code=1)

    deliver(work)

    assert work.json("audit", str(folder(work)))["whole"] is True
    assert work.rows() == rows


def test_a_folder_that_somebody_made_up_is_not_entered(work: Work) -> None:
    work.signed(SHOT)
    deliver(work)
    without_last_row(work)
    record = json.loads((folder(work) / "record.json").read_text())
    del record["digest"]
    record["references"] = [{"owner": "Somebody Else"}]
    plain = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    record["digest"] = sha256(plain.encode()).hexdigest()
    text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (folder(work) / "record.json").write_text(text)
    rows = work.rows()

    said = deliver(work, code=1)

    assert "not a record that this show wrote" in said.sentence
    assert work.rows() == rows


def test_a_folder_in_use_is_not_written_over(delivered: Work, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    said = delivered("deliver", SHOT, str(tmp_path), code=2)

    assert str(tmp_path) in said.sentence
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_every_changed_byte_of_the_record_is_found(delivered: Work, tmp_path: Path) -> None:
    path = copied(delivered, tmp_path) / "record.json"
    content = path.read_bytes()
    assert delivered.json("audit", str(path))["whole"] is True
    rng = np.random.default_rng(1012)

    for spot in [*rng.integers(0, len(content), 60), 0, len(content) - 1]:
        changed = bytearray(content)
        changed[spot] = ord("\t" if changed[spot] in b" \n" else "7")
        if changed == content:
            continue
        path.write_bytes(changed)
        said = delivered("audit", str(path), code=1)
        assert "record.json" in said.sentence

    path.write_bytes(content)
    delivered("audit", str(path.parent))


def test_a_record_that_was_rewritten_with_a_fitting_digest_is_found(
    delivered: Work, tmp_path: Path
) -> None:
    path = copied(delivered, tmp_path) / "record.json"
    record = json.loads(path.read_text())
    del record["digest"]
    record["sign_off"]["by"] = "Somebody Else"
    plain = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    record["digest"] = sha256(plain.encode()).hexdigest()
    path.write_text(json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n")

    said = delivered("audit", str(path), code=1)

    assert "not a record that this show wrote" in said.sentence


@pytest.mark.parametrize("suffix", [".exr", ".cc", ".nk", ".ocio"])
def test_a_delivered_file_that_was_changed_is_found(
    delivered: Work, tmp_path: Path, suffix: str
) -> None:
    moved = copied(delivered, tmp_path)
    file = sorted(moved.rglob(f"*{suffix}"))[-1]
    os.chmod(file, 0o644)
    content = bytearray(file.read_bytes())
    content[-9] ^= 1
    file.write_bytes(content)

    said = delivered("audit", str(moved), code=1)

    assert file.name in said.sentence
    file.unlink()
    assert file.name in delivered("audit", str(moved), code=1).sentence


def test_a_retouched_comp_is_not_the_shows(delivered: Work, tmp_path: Path) -> None:
    comp = next(copied(delivered, tmp_path).rglob("*_comp.1001.exr"))
    element = delivered.json("audit", str(comp))["element"]
    planes, _ = material.read(comp)
    planes["R"][0, 0] *= np.float16(1.01)
    material.write(comp, planes, attributes={"seamline:element": ("string", element)})

    said = delivered("audit", str(comp), code=1)

    assert element in said.sentence
    assert "never published" in said.sentence


def test_a_new_header_or_compression_does_not_break_the_signature(
    delivered: Work, tmp_path: Path
) -> None:
    comp = next(folder(delivered).rglob("*_comp.1002.exr"))
    planes, _ = material.read(comp)
    renamed = material.write(
        tmp_path / "final_FINAL.1002.exr", planes, attributes={"comments": ("string", "hello")}
    )

    said = delivered.json("audit", str(renamed))

    assert (said["kind"], said["frame"], said["signed_by"]) == ("comp", 1002, [BY])


def test_a_strangers_picture_is_not_ours(delivered: Work, tmp_path: Path) -> None:
    stranger = material.write(tmp_path / "a.exr", {"R": np.ones((8, 8), np.float16)})

    said = delivered("audit", str(stranger), code=2)

    assert "a.exr" in said.sentence
